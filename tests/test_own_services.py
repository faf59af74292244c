"""Services of users' own, as DataFrames, records and files: read like the project's, or refused with all faults."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from corridor import corridor_map, distance_metrics, find_path, route_paths
from corridor.errors import DataError
from corridor.routes import checked_routes, load_routes
from corridor.routing import find_route_paths

FIVE = {
    "route_id": "mine",
    "origin": "harbin",
    "destination": "hamburg",
    "port": "manzhouli",
    "direction": "outbound",
}
KEPT = ["origin", "destination", "port", "direction", "via"]


def kept(table):
    return checked_routes(table)[KEPT].to_numpy().tolist()


# ---------------------------------------------------------------- the project's services, there and back


def test_the_projects_services_are_what_they_were():
    pd.testing.assert_frame_equal(checked_routes(load_routes()), load_routes())


@pytest.mark.parametrize(
    ("write", "read"),
    [
        ({}, {}),
        ({}, {"index_col": 0}),
        ({}, {"index_col": "route_id", "keep_default_na": False}),
        ({}, {"dtype": str}),
        ({}, {"dtype_backend": "numpy_nullable"}),
        ({"sep": ";", "decimal": ","}, {"sep": ";", "decimal": ","}),
        ({"encoding": "utf-16", "sep": "\t"}, {"encoding": "utf-16", "sep": "\t"}),
    ],
)
def test_a_round_trip_through_a_file_changes_nothing(tmp_path, write, read):
    routes, file = load_routes(), tmp_path / "routes.csv"
    routes.to_csv(file, **write)
    pd.testing.assert_frame_equal(checked_routes(pd.read_csv(file, **read)), routes)
    pd.testing.assert_frame_equal(checked_routes(file), routes)


def test_a_round_trip_with_numbered_rows_changes_nothing(tmp_path):
    routes, file = load_routes(), tmp_path / "routes.csv"
    routes.reset_index().to_csv(file)
    pd.testing.assert_frame_equal(checked_routes(pd.read_csv(file)), routes)
    pd.testing.assert_frame_equal(checked_routes(str(file)), routes)
    pd.testing.assert_frame_equal(checked_routes(routes.reset_index().to_dict("records")), routes)


def test_what_is_computed_after_a_round_trip_is_the_same(tmp_path):
    routes, file = load_routes().iloc[:2], tmp_path / "routes.csv"
    routes.to_csv(file)
    again = pd.read_csv(file)
    pd.testing.assert_frame_equal(distance_metrics(again), distance_metrics(routes))
    pd.testing.assert_frame_equal(route_paths(again), route_paths(routes))
    assert corridor_map(again).html() == corridor_map(routes).html()


# ---------------------------------------------------------------- services of one's own


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, ["harbin", "hamburg", "manzhouli", "outbound", ""]),
        ({"origin": "哈爾濱"}, ["harbin", "hamburg", "manzhouli", "outbound", ""]),
        ({"origin": "Харбин, Китай"}, ["harbin", "hamburg", "manzhouli", "outbound", ""]),
        ({"origin": "126.63,45.75"}, ["126.63,45.75", "hamburg", "manzhouli", "outbound", ""]),
        ({"origin": (126.63, 45.75)}, ["126.63,45.75", "hamburg", "manzhouli", "outbound", ""]),
        ({"destination": " 9.990 , 53.55 "}, ["harbin", "9.99,53.55", "manzhouli", "outbound", ""]),
        ({"direction": None}, ["harbin", "hamburg", "manzhouli", "outbound", ""]),
        ({"direction": np.nan, "destination": "9.99,53.55"}, ["harbin", "9.99,53.55", "manzhouli", "outbound", ""]),
        ({"direction": " Outbound"}, ["harbin", "hamburg", "manzhouli", "outbound", ""]),
        (
            {"origin": "Hamburg", "destination": "Harbin", "direction": ""},
            ["hamburg", "harbin", "manzhouli", "inbound", ""],
        ),
        ({"port": "滿洲里口岸"}, ["harbin", "hamburg", "manzhouli", "outbound", ""]),
        ({"via": ""}, ["harbin", "hamburg", "manzhouli", "outbound", ""]),
        ({"via": float("nan")}, ["harbin", "hamburg", "manzhouli", "outbound", ""]),
        ({"via": "Чита; Moscow"}, ["harbin", "hamburg", "manzhouli", "outbound", "chita;moscow"]),
        ({"via": ["赤塔", "37.6,55.7"]}, ["harbin", "hamburg", "manzhouli", "outbound", "chita;37.6,55.7"]),
        ({"origin": "vladivostok", "port": "suifenhe"}, ["vladivostok", "hamburg", "suifenhe", "outbound", ""]),
    ],
)
def test_a_service_of_ones_own(change, found):
    assert kept([FIVE | change]) == [found]
    assert kept(pd.DataFrame([FIVE | change])) == [found]


def test_three_columns_may_do():
    record = {name: FIVE[name] for name in ("origin", "destination", "port")}
    assert checked_routes([record, record]).index.tolist() == ["0", "1"]
    table = pd.DataFrame([record], index=["mine"])
    found = checked_routes(table)
    assert found.index.tolist() == ["mine"]
    assert list(found.columns) == list(load_routes().columns)
    assert found.dtypes.tolist() == load_routes().dtypes.tolist()


def test_what_follows_from_other_cells_is_filled_in():
    row = checked_routes([FIVE | {"via": "moscow", "published_km": 9820.0, "first_run": 2015.0}]).loc["mine"]
    assert (row.via_basis, row.km_precision, row.first_run, row.first_run_basis) == (
        "assumed",
        "exact",
        "2015",
        "printed",
    )
    assert checked_routes([FIVE]).loc["mine", ["via_basis", "km_precision", "first_run_basis"]].tolist() == [
        "",
        "",
        "unknown",
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"origin": "Atlantis"}, "origin='Atlantis' is not known: no place 'Atlantis'"),
        ({"origin": "Harbin, Germany"}, "harbin lies in China, not in Germany"),
        ({"origin": None}, "origin='' is not known"),
        ({"origin": "45.75,126.63"}, "did you swap them?"),
        ({"origin": "126.63,145.75"}, "longitude is -180 to 180"),
        ({"origin": 7}, "origin='7' is not known"),
        ({"destination": np.nan}, "destination='' is not known"),
        ({"port": "Khorgos"}, "port='Khorgos' is not known: no port 'Khorgos'; known: manzhouli"),
        ({"direction": "sideways"}, "direction='sideways' is not one of outbound, inbound"),
        ({"direction": "inbound"}, "direction='inbound' does not fit harbin - hamburg, which is outbound"),
        ({"direction": "", "origin": "moscow"}, "direction='' is needed, as it does not follow from moscow - hamburg"),
        ({"direction": "", "origin": "126.63,45.75"}, "direction='' is needed"),
        ({"destination": "Harbin"}, "origin and destination are both harbin"),
        ({"via": "moscow;Atlantis"}, "via='moscow;Atlantis' is not known: no place 'Atlantis'"),
        ({"via": "moscow;"}, "via='moscow;' is not known"),
        ({"published_km": "9,820"}, "published_km='9,820' may be 9820 or 9.820"),
        ({"published_km": -1}, "published_km='-1' is not between 0"),
        ({"days_min": 15, "days_max": 14}, "days_min=15 is more than days_max=14"),
        ({"url": "example.org"}, "url='example.org' is not an http(s) address"),
        ({"route_id": "a\x1b[31m"}, "route_id="),
        ({"publisher": "a\x00"}, "holds a control character"),
    ],
)
def test_a_service_that_is_refused(change, fault):
    for ask in (checked_routes, route_paths, distance_metrics, corridor_map, find_route_paths):
        with pytest.raises(DataError, match=r"^routes\[0\]: .*" + re.escape(fault)):
            ask([FIVE | change])


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ([{"origin": "harbin"}], "columns: missing destination, port; wanted: route_id, origin, destination, port;"),
        (pd.DataFrame({"name": ["x"]}), "columns: missing origin, destination, port"),
        ([FIVE | {"dirction": "x"} | {"direction": ""}], None),
        ([{**{k: v for k, v in FIVE.items() if k != "direction"}, "dirction": "inbound"}], "did you mean direction?"),
        ([FIVE, FIVE], "route_id='mine' stands at routes[0] already"),
        (7, "routes: 7 is no table"),
        ({"origin": "harbin"}, "routes: a dict is no table"),
        (["harbin"], "routes: ['harbin'] is no table"),
        ([{}], "columns: missing origin"),
    ],
)
def test_what_is_no_table_of_services(table, fault):
    if fault is None:
        checked_routes(table)
        return
    with pytest.raises(DataError, match=re.escape(fault)):
        checked_routes(table)


def test_all_faults_at_once():
    rows = [FIVE | {"route_id": "a", "origin": "Atlantis"}, FIVE | {"route_id": "b", "port": "x", "via": "y"}]
    with pytest.raises(DataError) as caught:
        route_paths(pd.DataFrame(rows))
    lines = str(caught.value).splitlines()
    assert lines[0] == "3 faults"
    assert [line[: line.index("=")] for line in lines[1:]] == [
        "routes.iloc[0]: origin",
        "routes.iloc[1]: port",
        "routes.iloc[1]: via",
    ]


def test_no_services_are_no_fault():
    assert len(route_paths([])) == 0
    assert len(route_paths(load_routes().iloc[:0])) == 0
    assert len(distance_metrics(load_routes().iloc[:0])) == 0


# ---------------------------------------------------------------- what is computed of them


def test_the_path_of_a_service_of_ones_own():
    services = [FIVE | {"via": "Moscow"}, FIVE | {"route_id": "point", "origin": "126.63,45.75", "via": "Moscow"}]
    found = route_paths(services)
    assert found.loc["mine", "rail_km"] == find_path("harbin", "hamburg", port="manzhouli", via=["moscow"]).rail_km
    assert found.loc["point", "rail_km"] == pytest.approx(found.loc["mine", "rail_km"], abs=20)
    metrics = distance_metrics(services)
    assert metrics.loc["mine", "rail_km"] == found.loc["mine", "rail_km"]
    assert metrics["published_km"].isna().all()


@pytest.mark.parametrize(
    "point",
    [
        Point(126.63, 45.75),
        (126.63, 45.75),
        [np.float64(126.63), 45.75],
        np.array([126.63, 45.75]),
        pd.Series([126.63, 45.75]).to_numpy(dtype=object),
    ],
    ids=repr,
)
def test_ends_may_be_what_stands_for_a_place_elsewhere(point):
    assert kept([FIVE | {"origin": point, "via": [point, "Moscow"]}]) == [
        ["126.63,45.75", "hamburg", "manzhouli", "outbound", "126.63,45.75;moscow"]
    ]


def test_a_map_of_services_of_ones_own():
    page = corridor_map([FIVE, FIVE | {"route_id": "point", "destination": "9.99,53.55", "direction": ""}]).html()
    assert "Harbin – Hamburg" in page
    assert "Harbin – 9.99,53.55" in page


LAW = settings(deadline=None, max_examples=50)

TEXTS = st.none() | st.text(max_size=8) | st.floats() | st.integers() | st.sampled_from(["harbin", "Hamburg", "7,50"])


@LAW
@given(st.lists(st.dictionaries(st.sampled_from([*FIVE, "via", "first_run", "mine"]), TEXTS), max_size=3))
def test_any_records_are_read_or_refused(records):
    try:
        found = checked_routes(records)
    except DataError:
        return
    assert len(found) <= len(records)
