"""GeoJSON, and tables in the usual formats: short, valid, with their licence."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import corridor
from corridor.cli import main


def run(*words):
    return CliRunner().invoke(main, words)


DOCUMENTS = [
    ["routes", "--port", "tongjiang", "--geojson"],
    ["path", "Harbin", "Moscow", "--geojson"],
    ["path", "126.651234567,45.751234567", "Moscow", "--geojson", "--alternatives", "2"],
    ["path", "Harbin", "Harbin", "--geojson"],
]


@pytest.mark.parametrize("words", DOCUMENTS, ids=" ".join)
def test_geojson_is_short_valid_and_says_whose_data_it_holds(words):
    done = run(*words)
    assert done.exit_code == 0, done.output
    digits = []
    read = json.loads(
        done.stdout,
        parse_float=lambda text: digits.append(len(text.partition(".")[2])) or float(text),
        parse_constant=lambda name: pytest.fail(name),
    )
    assert max(digits) <= 5
    assert read["type"] == "FeatureCollection"
    assert "crs" not in read  # RFC 7946 knows WGS84 alone
    assert read["licence"] == "ODbL-1.0"
    assert "OpenStreetMap contributors" in read["attribution"]
    assert read["features"]
    for feature in read["features"]:
        assert feature["type"] == "Feature"
        assert isinstance(feature["properties"], dict)
        geometry = feature["geometry"]
        assert geometry["type"] == "LineString"
        lonlat = np.array(geometry["coordinates"])
        assert lonlat.shape[1] == 2
        assert len(lonlat) >= 2
        assert (np.abs(lonlat) <= (180, 90)).all()
        assert np.array_equal(lonlat, lonlat.round(5))


def test_geojson_of_services_is_their_path():
    import geopandas as gpd

    read = gpd.GeoDataFrame.from_features(json.loads(run(*DOCUMENTS[0]).stdout)["features"], crs="EPSG:4326")
    paths = corridor.route_paths(corridor.load_routes().query("port == 'tongjiang'"))
    assert read.geometry.geom_equals_exact(paths.geometry.reset_index(drop=True), 1e-5).all()
    assert read["rail_km"].tolist() == paths["rail_km"].round(5).tolist()


TABLES = {
    "ports": corridor.load_ports,
    "stations": corridor.load_stations,
    "routes": corridor.load_routes,
    "claims": corridor.load_claims,
    "transfers": corridor.load_transfers,
    "lines": corridor.load_lines,
    "distances": corridor.load_distances,
    "route paths": lambda: corridor.route_paths(corridor.load_routes().head(2)),
    "distance metrics": lambda: corridor.distance_metrics(corridor.load_routes().head(2)),
    "volumes": lambda: corridor.estimate_volumes().table(),
    "conflicts": lambda: corridor.estimate_volumes().conflicts(),
    "backtest": lambda: corridor.backtest_volumes(only=["C110"]),
    "statements": corridor.check_statements,
    "findings": corridor.check_data,
}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_goes_into_the_usual_formats(name, tmp_path):
    import folium
    import geopandas as gpd

    table = TABLES[name]()
    table.to_csv(tmp_path / "t.csv")
    table.to_parquet(tmp_path / "t.parquet")
    if not isinstance(table, gpd.GeoDataFrame):
        assert len(json.loads(table.to_json(orient="records", date_format="iso"))) == len(table)
        assert len(pd.read_parquet(tmp_path / "t.parquet")) == len(table)
        return
    for part in (
        table,
        table.head(1),
        table.reset_index(),
        table.to_crs("EPSG:3857"),
        table.copy(),
        table.sort_index(),
    ):
        assert len(json.loads(part.to_json())["features"]) == len(part)
        on_map = folium.Map()
        folium.GeoJson(part).add_to(on_map)
        assert "FeatureCollection" in on_map.get_root().render()
    assert len(gpd.read_parquet(tmp_path / "t.parquet")) == len(table)
    for driver, suffix in (("GPKG", "gpkg"), ("GeoJSON", "geojson"), ("FlatGeobuf", "fgb")):
        table.to_file(tmp_path / f"t.{suffix}", driver=driver)
        assert len(gpd.read_file(tmp_path / f"t.{suffix}")) == len(table)


def test_days_of_ports_are_days_in_the_table_and_text_in_geojson():
    ports = corridor.load_ports()
    assert all(ports[name].dtype.kind == "M" for name in ("opened", "first_outbound", "first_inbound"))
    facts = {one["id"]: one["properties"] for one in json.loads(ports.to_json())["features"]}
    assert facts["manzhouli"]["first_outbound"] == "2013-09-30"
    assert facts["manzhouli"]["first_inbound"] is None
    early = ports[ports["opened"] < "1902-01-01"]
    assert [one["properties"]["opened"] for one in json.loads(early.to_json())["features"]] == ["1901-11-14"]
