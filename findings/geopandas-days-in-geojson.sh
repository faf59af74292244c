#!/usr/bin/env bash
# geopandas 1.2.0, folium 0.20.0, pandas 3.1.1, pyogrio 0.13.0; seen 2026-11-28.
# A table of points with a column of days: to_file writes it as GeoJSON, but to_json of the same table raises, and with it
# folium.GeoJson, which calls it. Both worlds call the result GeoJSON.
# Output seen:
#   to_file         written
#   to_json         TypeError: Object of type Timestamp is not JSON serializable
#   folium.GeoJson  TypeError: Object of type Timestamp is not JSON serializable
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip --disable-pip-version-check install --quiet \
  geopandas==1.2.0 folium==0.20.0 pandas==3.1.1 pyogrio==0.13.0 shapely==2.2.0
cd "$folder"
"$folder/env/bin/python" - <<'PY'
import folium
import geopandas as gpd
import pandas as pd
import shapely

ports = gpd.GeoDataFrame(
    {"opened": pd.to_datetime(["1901-11-14", None])},
    geometry=[shapely.Point(131.1, 44.4), shapely.Point(132.5, 47.7)],
    crs="EPSG:4326",
)
calls = {
    "to_file": lambda: ports.to_file("ports.geojson", driver="GeoJSON"),
    "to_json": ports.to_json,
    "folium.GeoJson": lambda: folium.GeoJson(ports),
}
found = {}
for name, call in calls.items():
    try:
        call()
        found[name] = "written"
    except TypeError as err:
        found[name] = f"TypeError: {err}"
    print(f"{name:15} {found[name]}")
refused = "TypeError: Object of type Timestamp is not JSON serializable"
raise SystemExit(list(found.values()) != ["written", refused, refused])
PY
