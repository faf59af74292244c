"""Paths on drawn networks: gauge changes, limits, certificates."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from conftest import make_network, nodes_of, place

from corridor.errors import BadValue, NoPath, UnknownName
from corridor.gates import gates_of
from corridor.geo import geodesic_km
from corridor.network import load_network
from corridor.places import Place
from corridor.routing import distance_matrix, find_path, find_paths
from corridor.routing.days import travel_days
from corridor.routing.limits import limits_of
from corridor.routing.report import path_facts, path_feature
from corridor.routing.stops import stop_at
from corridor.transfers import Transfer, transfers

EAST, SOUTH, WEST = "manzhouli-zabaykalsk", "suifenhe-grodekovo", "brest-malaszewicze"


# ---------------------------------------------------------------- gauge states


@pytest.mark.parametrize(
    ("start", "stop", "asked", "km", "nodes", "passed"),
    [
        ("H", "W", {}, 8663, "HMZRLW", [EAST, WEST]),
        ("W", "H", {}, 8663, "WLRZMH", [WEST, EAST]),
        # 545, not 430: the shorter link is for passengers only.
        ("H", "U", {}, 668, "HSGU", [SOUTH]),
        # Standard gauge reaches Grodekovo: a train from Harbin needs no transfer to get there.
        ("H", "G", {}, 571, "HSG", []),
        ("H", "G", {"port": "suifenhe"}, 571, "HSG", [SOUTH]),
        # Through China it is shorter, but that takes two changes of gauge.
        ("U", "R", {}, 10500, "UZR", []),
        ("H", "W", {"port": "suifenhe"}, 11384, "HSGUZRLW", [SOUTH, WEST]),
        ("H", "W", {"port": "绥芬河"}, 11384, "HSGUZRLW", [SOUTH, WEST]),
        ("H", "W", {"port": ["suifenhe", "manzhouli", "tongjiang"]}, 8663, "HMZRLW", [EAST, WEST]),
        ("H", "U", {"port": ["suifenhe", "manzhouli"]}, 668, "HSGU", [SOUTH]),
        ("H", "W", {"avoid": ["manzhouli"]}, 11384, "HSGUZRLW", [SOUTH, WEST]),
        ("H", "W", {"avoid": ["Zabaykalsk"]}, 11384, "HSGUZRLW", [SOUTH, WEST]),
        ("H", "W", {"avoid": ["126.142,45.989"]}, 11384, "HSGUZRLW", [SOUTH, WEST]),
        ("H", "R", {"via": ["U"]}, 668 + 10500, "HSGUZR", [SOUTH]),
        ("H", "U", {"port": "manzhouli"}, 3947, "HMZU", [EAST]),
        ("T", "S", {}, 845, "THS", []),
        ("H", "H", {}, 0, "", []),
    ],
)
def test_ways_over_two_gauges(two_gauges, start, stop, asked, km, nodes, passed):
    network, at = two_gauges
    asked = asked | {"via": [place(network, at, name) for name in asked.get("via", [])]}
    path = find_path(place(network, at, start), place(network, at, stop), network=network, **asked)
    assert path.rail_km == pytest.approx(km)
    assert nodes_of(path, at) == nodes
    assert [passage.transfer for passage in path.transfers] == passed
    assert sum(path.km_by_country.values()) == pytest.approx(path.rail_km)
    assert sum(path.km_by_gauge.values()) == pytest.approx(path.rail_km)
    assert sum(path.km_by_gauge_basis.values()) == pytest.approx(path.rail_km)


def test_what_a_way_is_made_of(two_gauges):
    network, at = two_gauges
    path = find_path(place(network, at, "H"), place(network, at, "W"), network=network)
    assert path.port == "manzhouli"
    assert path.km_by_country == {"RU": 7512, "CN": 935, "PL": 216}
    assert path.km_by_gauge == {"1520": 7500, "1435": 1135, "1435+1520": 28}
    assert path.km_by_gauge_basis == {"assumed": 8663}
    assert path.assumed_gauge_km == 8663
    first, second = path.transfers
    assert (first.stations, first.gauges_mm, first.at_km, first.rail_km) == (
        ("manzhouli", "zabaykalsk"),
        (1435, 1520),
        935,
        12,
    )
    assert (second.stations, second.gauges_mm, second.at_km) == (
        ("brest", "malaszewicze"),
        (1520, 1435),
        935 + 12 + 7500,
    )
    assert [(c.countries, c.at_km) for c in path.crossings] == [(("CN", "RU"), 935), (("RU", "PL"), 8447)]
    np.testing.assert_allclose([path.crossings[0].lon, path.crossings[0].lat], network.nodes[at["M"]])
    back = find_path(place(network, at, "W"), place(network, at, "H"), network=network)
    assert back.transfers[0].stations == ("malaszewicze", "brest")
    assert back.transfers[0].gauges_mm == (1435, 1520)


@pytest.mark.parametrize(
    ("start", "stop", "asked", "words"),
    [
        # Rails of two gauges meet at B, where no transfer is listed.
        ("U", "P", {"avoid": ["brest"]}, "no rails for freight join U, P without brest"),
        ("H", "T", {"port": "manzhouli"}, "lie on the same side of manzhouli"),
        ("H", "W", {"port": "tongjiang"}, "tongjiang lies off this network: name another port"),
        ("H", "W", {"port": ["tongjiang", "erenhot"]}, "tongjiang lies off this network; erenhot lies off"),
        ("H", "W", {"port": "manzhouli", "avoid": ["Manzhouli"]}, "both to be passed and to be avoided"),
        (
            "H",
            "W",
            {"port": "tongjiang", "on": "2016-06-01"},
            "not open on 2016-06-01 .open since 2022-11-16.: name another port or day",
        ),
        ("H", "W", {"on": "1890-01-01"}, "no rails for freight join H, W on 1890-01-01"),
        ("H", "W", {"avoid": ["russia"]}, "no rails for freight join H, W without russia"),
        ("H", "W", {"avoid": ["poland"]}, "W lies on rails that are closed or to be avoided"),
        ("H", "W", {"port": "manzhouli", "avoid": ["brest"]}, "no way .* H to W passes manzhouli without brest"),
    ],
)
def test_no_silent_detour(two_gauges, start, stop, asked, words):
    network, at = two_gauges
    asked = asked | {"via": [place(network, at, name) for name in asked.get("via", [])]}
    with pytest.raises(NoPath, match=words) as caught:
        find_path(place(network, at, start), place(network, at, stop), network=network, **asked)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"port": "nowhere"}, UnknownName, "no port 'nowhere'.*For comparison also: .*erenhot"),
        ({"avoid": ["Atlantis"]}, UnknownName, "no place 'Atlantis'"),
        ({"via": ["Atlantis"]}, UnknownName, "no place 'Atlantis'"),
        ({"on": "2016"}, BadValue, "no day '2016': it is not a day as YYYY-MM-DD"),
        ({"on": "2016-02-30"}, BadValue, "is not a day of the calendar"),
    ],
)
def test_names_that_are_not_known(two_gauges, asked, error, words):
    network, at = two_gauges
    with pytest.raises(error, match=words):
        find_path(place(network, at, "H"), place(network, at, "W"), network=network, **asked)


def test_rails_of_unknown_gauge_carry_no_train(two_gauges):
    network, at = two_gauges
    gauge = network.gauge.copy()
    gauge[4] = 0
    unknown = replace(network, gauge=gauge)
    with pytest.raises(NoPath, match="no rails for freight join"):
        find_path(place(network, at, "H"), place(network, at, "W"), avoid=["brest"], network=unknown)


def test_finnish_and_russian_gauge_are_one_system():
    nodes = {"A": (28.0, 61.0), "B": (28.5, 60.8), "C": (30.0, 60.0)}
    network, at = make_network(nodes, [("A", "B", 40, "RU"), ("B", "C", 120, "RU")], ("RU",), gauge={0: 4})
    path = find_path(place(network, at, "A"), place(network, at, "C"), network=network)
    assert path.km_by_gauge == {"1520": 120, "1524": 40}
    assert path.transfers == ()


@pytest.mark.parametrize(
    ("on", "km"),
    [
        (None, 8663),
        ("2020-01-01", 8663),
        (date(2020, 1, 1), 8663),
        (datetime(2020, 1, 1, 12, tzinfo=UTC), 8663),
        # Poland shut its rail crossings with Belarus for two weeks; on broad gauge nothing else leads there.
        ("2025-09-20", None),
    ],
)
def test_what_was_open_on_a_day(two_gauges, on, km):
    network, at = two_gauges
    ends = place(network, at, "H"), place(network, at, "W")
    if km is None:
        with pytest.raises(NoPath, match="on 2025-09-20"):
            find_path(*ends, on=on, network=network)
    else:
        assert find_path(*ends, on=on, network=network).rail_km == pytest.approx(km)


def test_a_border_that_tracks_cross_can_be_closed():
    nodes = {"A": (35.0, 52.0), "B": (34.0, 51.9), "C": (33.0, 51.3), "D": (33.5, 53.5)}
    links = [("A", "B", 80, "RU"), ("B", "C", 90, "UA"), ("A", "D", 200, "RU"), ("D", "C", 300, "RU")]
    network, at = make_network(nodes, links, ("RU", "UA"), gauge={1: 2})
    ends = place(network, at, "A"), place(network, at, "C")
    assert find_path(*ends, on="2022-02-23", network=network).rail_km == pytest.approx(170)
    # The link of the other country at the border is closed, and the way round is told as it is.
    assert find_path(*ends, on="2023-01-01", network=network).rail_km == pytest.approx(500)
    with pytest.raises(NoPath, match=r"on 2023-01-01 without 34\.25,52\.75"):
        find_path(*ends, on="2023-01-01", avoid=["34.25,52.75"], network=network)


@pytest.mark.parametrize(
    ("start", "stop", "asked"),
    [
        # Both gauges lie between the stations of a transfer; what is closed is not ridden over on one of them either.
        ("H", "Z", {"avoid": ["manzhouli"]}),
        ("H", "Z", {"on": "1890-01-01"}),
        ("M", "R", {"avoid": ["manzhouli"]}),
        ("W", "R", {"on": "2025-09-20"}),
        ("L", "U", {"on": "2025-09-20"}),
        ("H", "Z", {"port": "suifenhe"}),
        # A place does not move to other rails when its own are closed.
        ("M", "U", {"avoid": ["china"]}),
        ("H", "W", {"avoid": ["126.6,45.8"]}),
    ],
)
def test_what_is_closed_is_not_ridden_over(two_gauges, start, stop, asked):
    network, at = two_gauges
    ends = place(network, at, start), place(network, at, stop)
    hops = {name: set(hop) for name, hop in zip(gates_of(network).names, gates_of(network).hop, strict=True)}
    limits = limits_of(network, **asked)
    closed = set().union(*(hop for name, hop in hops.items() if name not in limits.open))
    path = None
    with suppress(NoPath):
        path = find_path(*ends, network=network, **asked)
    if path is None:
        with suppress(NoPath):  # where a place itself lies on what is closed
            assert find_paths(ends[:1], ends[1:], network=network, **asked) == [[None]]
        return
    assert not closed & set(path.links.tolist())
    assert path.snap_km == (0, 0)
    assert distance_matrix(ends[:1], ends[1:], network=network, **asked)[0, 0] == pytest.approx(path.source_km)


@pytest.mark.parametrize("transfer", [t for t in transfers() if t.opened.year > 1900], ids=lambda t: t.name)
def test_no_transfer_is_ridden_over_before_it_opened(transfer):
    gates = gates_of(load_network())
    hop = set(gates.hop[gates.names.index(transfer.name)])
    before = transfer.opened - timedelta(days=1)
    for on, is_open in ((before, False), (transfer.opened, transfer.is_open(transfer.opened))):
        try:
            path = find_path(*transfer.stations, on=on)
        except NoPath:
            assert not is_open
            continue
        assert is_open or not hop & set(path.links.tolist())


# ---------------------------------------------------------------- certificate


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({}, []),
        ({"checked": False}, ["a straight step of"]),
        ({"mended": True}, ["of it runs over mends"]),
        ({"metres": 2_000_000}, ["km by rail for"]),
        ({"metres": 2_000_000, "checked": False}, ["a straight step of", "km by rail for"]),
    ],
)
def test_limits_of_the_certificate(change, broken):
    nodes = {"A": (116.0, 50.0), "B": (120.0, 50.0)}
    network, at = make_network(nodes, [("A", "B", 300, "CN")])
    for name, value in change.items():
        network = replace(network, **{name: np.array([value], dtype=getattr(network, name).dtype)})
    path = find_path(place(network, at, "A"), place(network, at, "B"), network=network)
    assert len(path.certificate.broken) == len(broken)
    for text, words in zip(path.certificate.broken, broken, strict=True):
        assert words in text
    assert path.certificate.longest_straight_km == pytest.approx(path.geodesic_km, rel=1e-3)
    assert path.certificate.network == network.digest
    assert path_facts(path)["certificate"]["holds"] is not bool(broken)


def test_a_place_away_from_the_rails_breaks_a_limit():
    nodes = {"A": (116.0, 50.0), "B": (120.0, 50.0)}
    network, at = make_network(nodes, [("A", "B", 300, "CN")])
    path = find_path("118,50.15", place(network, at, "B"), network=network)
    assert path.snap_km[0] == pytest.approx(float(geodesic_km(118, 50.15, 118, 50)), rel=0.01)
    assert path.certificate.broken[0].startswith("118.0,50.15 lies 16.7 km from the rails")


def test_the_length_factor_leaves_mends_alone():
    nodes = {"A": (116.0, 50.0), "B": (118.0, 50.0), "C": (118.1, 50.0)}
    network, at = make_network(nodes, [("A", "B", 150, "CN"), ("B", "C", 8, "CN")], mended={1: True})
    network = replace(network, length_factor=(1.01, 1.0, 1.02))
    path = find_path(place(network, at, "A"), place(network, at, "C"), network=network)
    assert path.source_km == pytest.approx(158)
    assert path.rail_km == pytest.approx(151.5 + 8)
    assert path.rail_km_range == pytest.approx((158, 161))
    assert sum(path.km_by_country.values()) == pytest.approx(path.rail_km)


def test_facts_and_feature(two_gauges):
    network, at = two_gauges
    path = find_path(place(network, at, "H"), place(network, at, "W"), network=network)
    facts = path_facts(path)
    assert facts["rail_km"] == 8663
    assert [row["transfer"] for row in facts["transfers"]] == [EAST, WEST]
    assert facts["transfers"][1]["dwell_hours"] == [24, 48]
    assert path_feature(path)["geometry"]["coordinates"][0] == [126.6, 45.8]
    days = travel_days(path)
    assert days.low < days.best < days.high
    assert 7 < days.best < 16


# ---------------------------------------------------------------- rules at their edges


def test_the_way_round_may_be_shorter_than_along_the_link():
    nodes = {"A": (116.0, 50.0), "B": (120.0, 50.0)}
    network, _ = make_network(nodes, [("A", "B", 2000, "CN", (118.0, 54.0)), ("A", "B", 300, "CN")])
    # Both points lie on the long link, near its two ends.
    path = find_path("116.2,50.4", "119.8,50.4", network=network)
    assert path.rail_km == pytest.approx(300 + 2 * 100, rel=0.02)
    assert path.links.tolist() == [0, 1, 0]


def test_a_way_far_longer_than_the_straight_line_is_found():
    """The tree is first grown over one and a half times the straight line only."""
    nodes = {"A": (116.0, 50.0), "B": (116.1, 50.0), "C": (130.0, 50.0)}
    network, at = make_network(nodes, [("A", "C", 1500, "CN"), ("C", "B", 1500, "CN")])
    assert find_path(place(network, at, "A"), place(network, at, "B"), network=network).rail_km == 3000


def test_a_transfer_within_one_station_is_listed():
    path = find_path("hrubieszow", "lodz", via=["slawkow"])
    assert [passage.transfer for passage in path.transfers] == ["slawkow-lhs"]
    assert path.transfers[0].rail_km < 3


@pytest.mark.parametrize(("lat", "km"), [(50.08, 800), (50.11, 300)])
def test_to_avoid_a_place_is_to_keep_10_km_off(lat, km):
    nodes = {"A": (116.0, 50.0), "B": (120.0, 50.0), "C": (118.0, 52.0)}
    network, at = make_network(nodes, [("A", "B", 300, "CN"), ("A", "C", 400, "CN"), ("C", "B", 400, "CN")])
    ends = place(network, at, "A"), place(network, at, "B")
    assert find_path(*ends, avoid=f"118,{lat}", network=network).rail_km == km


@pytest.mark.parametrize(("lat", "gauges"), [(50.017, {0, 1}), (50.019, {0})])
def test_rails_of_another_gauge_serve_a_place_within_2_km(lat, gauges):
    nodes = {"A": (116.0, 50.0), "B": (120.0, 50.0), "C": (116.0, lat), "D": (120.0, lat)}
    network, _ = make_network(nodes, [("A", "B", 300, "CN"), ("C", "D", 300, "RU")])
    assert set(stop_at(network, Place("x", 118.0, 50.0)).snaps) == gauges


@pytest.mark.parametrize(
    ("km", "mended", "gap", "broken"),
    [
        (585, 0, 0.0, 0),  # the shortest way is 286 km: 1.7 times that and 60 km more are 588
        (592, 0, 0.0, 1),
        (300, 5, 0.0, 0),  # 2 % of 305 are 6.1
        (300, 7, 0.0, 1),
        (300, 0, 0.0895, 0),  # 9.95 km
        (300, 0, 0.0905, 1),
    ],
)
def test_each_limit_just_kept_and_just_broken(km, mended, gap, broken):
    nodes = {"A": (116.0, 50.0), "B": (120.0, 50.0), "C": (120.001, 50.0)}
    links = [("A", "B", km, "CN")] + ([("B", "C", mended, "CN")] if mended else [])
    network, _ = make_network(nodes, links, mended={1: True} if mended else {})
    path = find_path(f"116,{50 + gap}", "120.001,50" if mended else "120,50", network=network)
    assert len(path.certificate.broken) == broken, path.certificate


@pytest.mark.parametrize(
    ("on", "is_open"),
    [
        (None, True),
        (date(2015, 12, 31), False),
        (date(2016, 1, 1), True),
        (date(2018, 3, 1), False),
        (date(2018, 3, 31), False),
        (date(2018, 4, 1), True),
        (date(2020, 1, 1), False),
    ],
)
def test_when_a_transfer_is_open(on, is_open):
    closed = ((date(2018, 3, 1), date(2018, 3, 31)), (date(2020, 1, 1), None))
    transfer = Transfer("x", ("a", "b"), (1435, 1520), date(2016, 1, 1), closed, None)
    assert transfer.is_open(on) is is_open


@pytest.mark.parametrize(
    ("name", "port"),
    [
        ("manzhouli", "manzhouli"),
        ("满洲里", "manzhouli"),
        ("Маньчжурия", "manzhouli"),
        ("manzhouli-zabaykalsk", "manzhouli"),
        ("Erenhot", "erenhot"),
        ("阿拉山口", "alashankou"),
        ("khorgos-altynkol", "khorgos"),
    ],
)
def test_ports_by_any_name(name, port):
    assert find_path("Beijing", "Moscow", port=name).port == port


def test_a_port_named_twice_and_closed_is_refused(two_gauges):
    network, at = two_gauges
    with pytest.raises(NoPath, match="tongjiang lies off this network: name another port"):
        find_path(place(network, at, "H"), place(network, at, "W"), port=["tongjiang", "Tongjiang"], network=network)
