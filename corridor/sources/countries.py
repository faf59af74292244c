"""Countries: their outlines, and the outlines for drawing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor import store, texts
from corridor.countries import country_rows
from corridor.errors import DataError
from corridor.geo import unwrap_lon

if TYPE_CHECKING:
    import geopandas as gpd


def read_countries(path: Path) -> gpd.GeoDataFrame:
    """Natural Earth countries (world-atlas TopoJSON, read by GDAL) with the codes of countries.csv.

    Returns
    -------
    GeoDataFrame
        Columns country (ISO 3166 alpha-2), name, geometry (WGS84); territories with one code are merged.
    """
    import geopandas as gpd
    import shapely

    try:
        world = gpd.read_file(path, layer="countries", engine="pyogrio")[["name", "geometry"]]
    except Exception as err:  # GDAL raises many kinds
        raise DataError(
            f"{path}: not world-atlas's countries TopoJSON ({err}); npm pack world-atlas@2.0.2 brings "
            "package/countries-10m.json"
        ) from err
    rows = country_rows()
    codes = {name: code for code, row in rows.items() for name in row["natural_earth"].split(";")}
    world = world[world["name"].isin(codes)]
    if missing := set(codes) - set(world["name"]):
        raise DataError(f"{path}: lacks {', '.join(sorted(missing))}, which countries.csv names")
    # Made valid, an outline that touches itself comes with stray lines: such a collection has no boundary to cross.
    whole = [_polygons(area) for area in shapely.make_valid([_unwrapped(area) for area in world.geometry])]
    world = world.assign(country=world["name"].map(codes), geometry=whole).set_crs("EPSG:4326", allow_override=True)
    merged = world.dissolve(by="country", as_index=False)[["country", "geometry"]]
    return merged.assign(name=[rows[code]["name_en"] for code in merged["country"]])


def _unwrapped(area: Any) -> Any:
    """A country's polygons with rings that cross the 180° meridian going on east of it, not back across the map."""
    import shapely

    def ring(line: Any) -> Any:
        lonlat = shapely.get_coordinates(line)
        lonlat[:, 0] = unwrap_lon(lonlat[:, 0])
        # The world is cut in the Bering Strait, at 168° W, so that Russia is one piece.
        turns = np.floor((lonlat[:, 0].mean() + 168) / 360)
        return lonlat - (360 * turns, 0)

    parts = [
        shapely.Polygon(ring(part.exterior), [ring(hole) for hole in part.interiors])
        for part in shapely.get_parts(area)
    ]
    return shapely.MultiPolygon(parts)


def read_outlines() -> gpd.GeoDataFrame:
    """Countries as data/routes/countries.json draws them: borders are some kilometres off.

    Returns
    -------
    GeoDataFrame
        As from :func:`read_countries`.
    """
    import geopandas as gpd
    import shapely

    path = store.data_file("routes/countries.json")
    text = store.read_text(path)
    try:
        features = store.json_of(text)["features"]
        rows = [(row["properties"]["country"], row["properties"]["name"]) for row in features]
        if not rows or not all(isinstance(word, str) and not texts.fault(word) for row in rows for word in row):
            raise ValueError("a country without a code or a name")
        areas = shapely.from_geojson([json.dumps(row["geometry"]) for row in features])
        if not all(map(_is_outline, areas)):
            raise ValueError("an outline that is no polygons in degrees")
    except (ValueError, KeyError, TypeError, RecursionError, shapely.errors.GEOSException) as err:
        raise DataError(
            f"{path}: no GeoJSON of countries ({texts.bare(repr(err))}); restore it, or name a file of countries"
        ) from err
    codes, names = zip(*rows, strict=True)
    drawn = gpd.GeoDataFrame({"country": codes, "name": names}, geometry=shapely.make_valid(areas), crs="EPSG:4326")
    return drawn.sort_values("country", ignore_index=True)


def _is_outline(area: Any) -> bool:
    """Whether an area is of polygons on the globe; some go on beyond 180°."""
    if area.geom_type not in ("Polygon", "MultiPolygon") or area.is_empty or area.has_z:
        return False
    return all(abs(bound) <= most for bound, most in zip(area.bounds, (360, 90, 360, 90), strict=True))


def outline_bytes(countries: Path, box: tuple[float, float, float, float]) -> bytes:
    """Country outlines for drawing: cropped, simplified together so that neighbours still touch, GeoJSON."""
    import shapely

    areas = read_countries(countries)
    # A wide frame, so that no edge of the crop shows on a map of the corridor.
    frame = shapely.box(box[0] - 18, box[1] - 51, 191, box[3] + 10)
    cropped = [_polygons(area) for area in shapely.intersection(areas.geometry.values, frame)]
    features = []
    for code, name, area in zip(areas["country"], areas["name"], shapely.coverage_simplify(cropped, 0.06), strict=True):
        large = _polygons(area, smallest=0.02)
        if not large.is_empty:
            rounded = shapely.set_precision(large, 0.01)
            features.append(
                {
                    "type": "Feature",
                    "properties": {"country": code, "name": name},
                    "geometry": json.loads(shapely.to_geojson(rounded)),
                }
            )
    whole = {"type": "FeatureCollection", "features": features}
    return (json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _polygons(area: Any, smallest: float = 0.0) -> Any:
    """The polygons of a geometry that are larger than some square degrees."""
    import shapely

    parts = shapely.get_parts(shapely.get_parts(area))  # twice: a collection can hold multipolygons
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon" and part.area > smallest])
