"""Every argument of every public function: what a person may mean is taken, all else is one clear line."""

import datetime as dt
import decimal
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import place
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import half, ledger
from shapely import Point

import corridor
from corridor import arguments
from corridor.errors import BadValue, CorridorError, UnknownName, UnknownValue
from corridor.network import network_bytes
from corridor.places import Place, find_place

MANZHOULI = (117.442, 49.583)

ODD = {
    "none": None,
    "whole": 3,
    "fraction": 3.5,
    "NaN": float("nan"),
    "infinite": float("inf"),
    "beyond floats": 10**400,
    "true": True,
    "bytes": b"x",
    "empty text": "",
    "blank": "  ",
    "null character": "a\0b",
    "half a character": "\ud800",
    "long text": "x" * 5000,
    "no day": "2021-02-30",
    "list": [],
    "tuple": (),
    "dict": {},
    "pair of a dict": {"lon": 1, "lat": 2},
    "range": range(3),
    "out of range": (200, 100),
    "text and number": ("116.4", 39.9),
    "three numbers": (1, 2, 3),
    "list of None": [None],
    "list of lists": [["Harbin"]],
    "empty point": Point(),
    "points": shapely.MultiPoint([(1, 2)]),
    "line": shapely.LineString([(1, 2), (3, 4)]),
    "numpy whole": np.int64(3),
    "numpy truth": np.bool_(True),
    "numpy nothing": np.array(None),
    "no dimension": np.array(3),
    "objects": np.array(["Harbin", None], dtype=object),
    "frame": pd.DataFrame(),
    "geometry": gpd.GeoDataFrame(geometry=[Point(1, 2)]),
    "no time": pd.NaT,
    "not available": pd.NA,
    "numpy's no time": np.datetime64("NaT"),
    "far day": np.datetime64("20000-01-01"),
    "period": pd.Period("2021-01"),
    "difference": dt.timedelta(1),
    "imaginary": 1j,
    "object": object(),
    "function": len,
    "class": Path,
}


@pytest.fixture(scope="module")
def volumes():
    return corridor.estimate_volumes(ledger({"value": 100}, {"value": 40, **half(2019)}))


SMALL = ledger({"value": 100}, {"value": 40, **half(2019)})
SERVICE = corridor.load_routes().head(1)

# Each with its other arguments as they should be; what None means there needs no test.
PARAMETERS = {
    "find_path origin": lambda x, net, _: corridor.find_path(x, "Moscow", network=net),
    "find_path port": lambda x, net, _: corridor.find_path("Harbin", "Moscow", port=x, network=net),
    "find_path via": lambda x, net, _: corridor.find_path("Harbin", "Moscow", via=x, network=net),
    "find_path avoid": lambda x, net, _: corridor.find_path("Harbin", "Moscow", avoid=x, network=net),
    "find_path on": lambda x, net, _: corridor.find_path("Harbin", "Moscow", on=x, network=net),
    "find_path network": lambda x, *_: corridor.find_path("Harbin", "Moscow", network=x),
    "find_alternatives destination": lambda x, net, _: corridor.find_alternatives("Harbin", x, network=net),
    "find_alternatives most": lambda x, net, _: corridor.find_alternatives("Harbin", "Moscow", most=x, network=net),
    "distance_matrix origins": lambda x, net, _: corridor.distance_matrix(x, ["Moscow"], network=net),
    "distance_matrix destinations": lambda x, net, _: corridor.distance_matrix("Harbin", x, network=net),
    "distance_matrix port": lambda x, net, _: corridor.distance_matrix("Harbin", "Moscow", port=x, network=net),
    "distance_matrix network": lambda x, *_: corridor.distance_matrix("Harbin", "Moscow", network=x),
    "find_paths origins": lambda x, net, _: corridor.find_paths(x, ["Moscow"], network=net),
    "route_paths routes": lambda x, net, _: x is None or isinstance(x, pd.DataFrame) or corridor.route_paths(x),
    "route_paths network": lambda x, *_: x is None or corridor.route_paths(SERVICE, network=x),
    "distance_metrics routes": lambda x, *_: x is None or isinstance(x, pd.DataFrame) or corridor.distance_metrics(x),
    "distance_metrics network": lambda x, *_: x is None or corridor.distance_metrics(SERVICE, network=x),
    "corridor_map routes": lambda x, *_: x is None or isinstance(x, pd.DataFrame) or corridor.corridor_map(x),
    "corridor_map network": lambda x, *_: x is None or corridor.corridor_map(SERVICE, network=x),
    "check_distances network": lambda x, *_: x is None or corridor.check_distances(network=x),
    "load_network path": lambda x, *_: x is None or corridor.load_network(x),
    "load_claims path": lambda x, *_: x is None or corridor.load_claims(x),
    "estimate_volumes claims": lambda x, *_: x is None or corridor.estimate_volumes(x),
    "estimate_volumes basis": lambda x, *_: corridor.estimate_volumes(SMALL, basis=x),
    "table freq": lambda x, _, volumes: volumes.table(x),
    "table measure": lambda x, _, volumes: volumes.table(measure=x),
    "table by": lambda x, _, volumes: volumes.table(by=x),
    "table ports": lambda x, _, volumes: volumes.table(ports=x),
    "table direction": lambda x, _, volumes: volumes.table(direction=x),
    "between start": lambda x, _, volumes: volumes.between(x, "2019-12-31"),
    "between ports": lambda x, _, volumes: volumes.between("2019-01-01", "2019-12-31", ports=x),
    "between measure": lambda x, _, volumes: volumes.between("2019-01-01", "2019-12-31", measure=x),
    "bounds end": lambda x, _, volumes: volumes.bounds("2019-01-01", x),
    "bounds direction": lambda x, _, volumes: volumes.bounds("2019-01-01", "2019-12-31", direction=x),
    "explain metric": lambda x, *_: corridor.explain(x, port="manzhouli", year=2019, claims=SMALL),
    "explain port": lambda x, *_: corridor.explain("trains", port=x, year=2019, claims=SMALL),
    "explain year": lambda x, *_: corridor.explain("trains", port="manzhouli", year=x, claims=SMALL),
    "explain basis": lambda x, *_: corridor.explain("trains", port="manzhouli", year=2019, claims=SMALL, basis=x),
    "backtest_volumes claims": lambda x, *_: x is None or corridor.backtest_volumes(x),
    "backtest_volumes basis": lambda x, *_: corridor.backtest_volumes(SMALL, basis=x),
    "backtest_volumes block": lambda x, *_: corridor.backtest_volumes(SMALL, block=x, only=[]),
    "backtest_volumes only": lambda x, *_: corridor.backtest_volumes(SMALL, only=x),
    "backtest_volumes jobs": lambda x, *_: corridor.backtest_volumes(SMALL, only=[], jobs=x),
    "check_statements claims": lambda x, *_: x is None or corridor.check_statements(x),
    "figure name": lambda x, *_: corridor.figure(x),
    "build_atlas out": lambda x, *_: isinstance(x, str) or corridor.build_atlas(x),
    "build_atlas progress": lambda x, *_: x is None or callable(x) or corridor.build_atlas("x", progress=x),
    "Place name": lambda x, *_: Place(x, 1, 2),
    "Place lon": lambda x, *_: Place("x", x, 2),
    "Place country": lambda x, *_: Place("x", 1, 2, x),
    "nearest_node lat": lambda x, net, _: net.nearest_node(1.0, x),
}


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_every_parameter_takes_a_value_or_says_why_not(parameter, two_gauges, volumes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    taken = []
    for name, value in ODD.items():
        try:
            PARAMETERS[parameter](value, two_gauges[0], volumes)
            taken.append(name)
        except CorridorError as err:
            said = str(err)
            assert said, name
            assert "\n" not in said, name
            assert len(said) < 700 or str(value) in said, name  # a path is shown whole
    assert len(taken) < len(ODD)


def test_functions_and_their_parameters_are_all_there():
    """A public function with arguments of its own needs rows above."""
    callables = {name for name in corridor.__all__ if callable(getattr(corridor, name))}
    classes = {name for name in callables if isinstance(getattr(corridor, name), type)}
    without = {"check_data", "figure_names", "load_distances", "load_lines", "load_ports", "load_routes"}
    without |= {"load_stations", "load_transfers"}
    assert callables - classes - without <= {parameter.split()[0] for parameter in PARAMETERS}


# ---------------------------------------------------------------- places


@pytest.mark.parametrize(
    "given",
    [
        MANZHOULI,
        list(MANZHOULI),
        np.array(MANZHOULI),
        np.array(MANZHOULI, dtype=np.float64)[None][0],
        pd.Series(MANZHOULI, index=["lon", "lat"]),
        (np.float64(MANZHOULI[0]), decimal.Decimal("49.583")),
        Point(MANZHOULI),
        Point(*MANZHOULI, 600),
        Place("here", *MANZHOULI),
        "117.442,49.583",
        np.str_("117.442,49.583"),
    ],
    ids=lambda given: type(given).__name__,
)
def test_a_point_of_any_kind_is_a_place(given, two_gauges):
    network, at = two_gauges
    found = find_place(given)
    assert (found.lon, found.lat) == MANZHOULI
    assert type(found.lon) is float
    far = place(network, at, "H")
    assert corridor.find_path(given, far, network=network).source_km == 935
    assert corridor.distance_matrix(given, far, network=network).tolist() == [[935]]
    assert corridor.find_path(far, far, via=given, network=network).source_km == 2 * 935


@pytest.mark.parametrize(
    "given",
    [
        ["manzhouli", "harbin"],
        ("manzhouli", "harbin"),
        pd.Series(["manzhouli", "harbin"]),
        pd.Index(["manzhouli", "harbin"]),
        np.array(["manzhouli", "harbin"]),
        [Point(MANZHOULI), (126.6, 45.8)],
        np.array([MANZHOULI, (126.6, 45.8)]),
        gpd.GeoSeries([Point(MANZHOULI), Point(126.6, 45.8)]),
        {"manzhouli": 1, "harbin": 2}.keys(),
    ],
    ids=lambda given: type(given).__name__,
)
def test_a_list_of_places_of_any_kind(given, two_gauges):
    km = corridor.distance_matrix(given, (name for name in ["harbin"]), network=two_gauges[0])
    assert km[:, 0] == pytest.approx([935, 0], abs=10)


def test_a_text_where_a_list_is_wanted_is_one_of_it(two_gauges, volumes):
    network, _ = two_gauges
    assert corridor.distance_matrix("Harbin", "Manzhouli", network=network).shape == (1, 1)
    assert volumes.table(ports="Manzhouli").equals(volumes.table(ports=["manzhouli"]))
    assert volumes.table(by="port").equals(volumes.table(by=["port"]))
    assert corridor.backtest_volumes(SMALL, only="X0").equals(corridor.backtest_volumes(SMALL, only=["X0"]))


def test_a_path_where_a_network_is_wanted(two_gauges, tmp_path):
    network, at = two_gauges
    file = tmp_path / "drawn.npz"
    file.write_bytes(network_bytes(network))
    ends = place(network, at, "H"), place(network, at, "W")
    for form in (file, str(file), network):
        assert corridor.find_path(*ends, network=form).source_km == corridor.find_path(*ends, network=network).source_km
        assert corridor.distance_matrix(*ends, network=form).shape == (1, 1)
    with pytest.raises(BadValue, match="network cannot be 3: give a RailNetwork or the path of its npz file"):
        corridor.find_path(*ends, network=3)


@pytest.mark.parametrize(
    ("lon", "lat", "words"),
    [
        ("1", 2, "at '1', 2: give longitude and latitude as numbers"),
        (1, float("nan"), "as numbers"),
        (True, 2, "as numbers"),
        (100, 91, "latitude is -90 to 90$"),
        (50, 100, "did you swap them"),
    ],
)
def test_coordinates_that_cannot_be(lon, lat, words):
    with pytest.raises(BadValue, match=words):
        Place("x", lon, lat)


@pytest.mark.parametrize("text", ["nan,nan", "126.6,NaN", "inf,45.75", " -Infinity , 45"])
def test_coordinates_that_are_no_numbers_are_not_taken_for_a_name(text):
    with pytest.raises(BadValue, match="is no place: give a name, an id, 'lon,lat'"):
        corridor.find_path(text, "hamburg")


# ---------------------------------------------------------------- days, words, numbers


@pytest.mark.parametrize(
    "given",
    [
        "2019-07-01",
        np.str_("2019-07-01"),
        dt.date(2019, 7, 1),
        pd.Timestamp("2019-07-01 23:00").to_pydatetime(),
        dt.datetime(2019, 7, 1, 23, tzinfo=dt.UTC),
        pd.Timestamp("2019-07-01 23:00", tz="Asia/Shanghai"),
        np.datetime64("2019-07-01"),
        np.datetime64("2019-07-01T23:00", "ns"),
    ],
    ids=lambda given: type(given).__name__,
)
def test_a_day_of_any_kind(given, volumes):
    assert arguments.day(given) == dt.date(2019, 7, 1)
    assert volumes.between(given, "2019-12-31").estimate == volumes.between("2019-07-01", "2019-12-31").estimate


@pytest.mark.parametrize("given", ["2019-02-29", "2019-7-1", "1.7.2019", "2019", "", "today", "2019-07-01T00:00"])
def test_text_that_is_no_day(given, volumes):
    with pytest.raises(BadValue, match="is no day; give it as YYYY-MM-DD") as caught:
        volumes.between(given, "2019-12-31")
    assert not isinstance(caught.value, UnknownName)
    with pytest.raises(BadValue, match="no day"):
        corridor.find_path("Harbin", "Moscow", on=given)


@pytest.mark.parametrize(
    "year", [2019, np.int64(2019), np.float64(2019), 2019.0, "2019", decimal.Decimal(2019)], ids=repr
)
def test_a_year_of_any_kind(year):
    assert corridor.explain("trains", port="manzhouli", year=year, claims=SMALL)["year"] == 2019


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda volumes: volumes.table("weekly"), "no frequency 'weekly'; known: year, quarter, month"),
        (lambda volumes: volumes.table(measure="tons"), "no measure 'tons'; known: trains, teu"),
        (lambda volumes: volumes.table(direction=["both"]), r"no direction \['both'\]; known: both"),
        (lambda volumes: volumes.table(by="year"), "no way to split 'year'; known: port, direction"),
        (lambda volumes: volumes.table(ports=[]), "no port is asked for; known: manzhouli"),
        (lambda _: corridor.find_path("Harbin", "Moscow", port=[]), "no port is asked for; known: .*leave port out"),
        (lambda _: corridor.backtest_volumes(block="nonsense"), "no block 'nonsense'; known: claim, publication"),
        (lambda _: corridor.explain("tons", port="manzhouli", year=2019), "no metric 'tons'; known: trains, teu"),
        (lambda _: corridor.explain("trains", port="manzhouli", year=1), "no figure for 1; known: 2013 to"),
    ],
)
def test_a_value_that_is_none_of_a_short_list(ask, words, volumes):
    with pytest.raises(UnknownValue, match=words) as caught:
        ask(volumes)
    assert isinstance(caught.value, BadValue)
    assert isinstance(caught.value, UnknownName)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: corridor.figure("trians"), "Did you mean trains"),
        (lambda: corridor.find_path("Harbn", "Moscow"), "Did you mean harbin"),
        (lambda: corridor.estimate_volumes(basis="guess"), "known: border"),
        (lambda: corridor.backtest_volumes(basis="guess"), "known: border"),
        (lambda: corridor.backtest_volumes(SMALL, only=["X0", "X9"]), "no claim 'X9' in this ledger"),
    ],
)
def test_a_name_that_is_not_known(ask, words):
    with pytest.raises(UnknownName, match=words) as caught:
        ask()
    assert not isinstance(caught.value, BadValue)


@pytest.mark.parametrize("most", [0, -1, 2.5, "two", None, True])
def test_a_number_of_ways_that_cannot_be(most):
    with pytest.raises(BadValue, match=r"most cannot be .*: give a whole number of 1 or more"):
        corridor.find_alternatives("Harbin", "Moscow", most=most)


def test_a_claim_alone_is_predicted_by_nothing():
    assert corridor.backtest_volumes(ledger({"value": 100})).empty


# ---------------------------------------------------------------- laws

anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.dates(),
    st.datetimes(),
    st.lists(st.one_of(st.text(), st.floats()), max_size=3),
    st.tuples(st.floats(), st.floats()),
    st.dictionaries(st.text(), st.floats(), max_size=2),
)


@given(anything)
@settings(max_examples=300)
def test_readers_give_what_they_say_or_a_bad_value(value):
    readers = {
        arguments.day: dt.date,
        lambda x: arguments.whole(x, "x", 1, 20): int,
        lambda x: arguments.word(x, ["a", "b"], "x"): str,
        lambda x: arguments.name(x, "x"): str,
        lambda x: arguments.several(x, "x"): list,
        lambda x: arguments.path(x, "x"): Path,
        find_place: Place,
    }
    for reader, kind in readers.items():
        try:
            assert type(reader(value)) in (kind, type(Path()))
        except (BadValue, UnknownName) as err:
            assert "\n" not in str(err)  # noqa: PT017 - which of the two it is, is the matter


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_a_pair_and_its_point_are_one_place(lon, lat):
    assert find_place((lon, lat)) == find_place(Point(lon, lat)) == find_place(np.array([lon, lat]))


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)))
def test_a_day_and_its_text_are_one(day):
    assert arguments.day(day) == arguments.day(f"{day}") == arguments.day(np.datetime64(day)) == day
