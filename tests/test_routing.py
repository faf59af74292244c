"""Paths on drawn networks: gauge changes, limits, certificates, alternatives; and laws against a plain search."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from conftest import make_network
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corridor.errors import NoPath, UnknownName
from corridor.gates import gates_bytes, gates_of, locate_gates, trees_path, write_network
from corridor.geo import geodesic_km
from corridor.network import GAUGE_SYSTEMS, gauge_bits, gauge_name, load_network, network_path, read_network
from corridor.places import Place, fold
from corridor.routing import distance_matrix, find_alternatives, find_path, find_paths
from corridor.routing.alternatives import crossing_names
from corridor.routing.days import travel_days
from corridor.routing.field import CHANGE
from corridor.routing.limits import limits_of
from corridor.routing.report import path_facts, path_feature
from corridor.routing.stops import stop_at
from corridor.transfers import Transfer, transfers
from corridor.trees import ANY_GAUGE, grow, rails, tree_over, walk_back

EAST, SOUTH, WEST = "manzhouli-zabaykalsk", "suifenhe-grodekovo", "brest-malaszewicze"


def place(network, at, name):
    return Place(name, *network.nodes[at[name]].tolist())


def nodes_of(path, at):
    """Names of the nodes that a path over whole links passes."""
    name = {number: name for name, number in at.items()}
    if not len(path.links):
        return ""
    ahead = path.span[:, 1] > path.span[:, 0]
    last = path.network.ends[path.links[-1], int(ahead[-1])]
    return "".join(name[node] for node in [*path.starts.tolist(), int(last)])


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
    ("asked", "words"),
    [
        ({"port": "nowhere"}, "no port 'nowhere'.*For comparison also: .*erenhot"),
        ({"avoid": ["Atlantis"]}, "no place 'Atlantis'"),
        ({"via": ["Atlantis"]}, "no place 'Atlantis'"),
        ({"on": "2016"}, "no day '2016': it is not a day as YYYY-MM-DD"),
        ({"on": "2016-02-30"}, "is not a day of the calendar"),
    ],
)
def test_names_that_are_not_known(two_gauges, asked, words):
    network, at = two_gauges
    with pytest.raises(UnknownName, match=words):
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
    assert distance_matrix(ends[:1], ends[1:], network=network, **asked)[0, 0] == pytest.approx(path.geometry_km)


@pytest.mark.parametrize("transfer", [t for t in transfers() if t.opened.year > 1900], ids=lambda t: t.name)
def test_no_transfer_is_ridden_over_before_it_opened(transfer):
    gates = gates_of(load_network())
    hop = set(gates.hop[gates.names.index(transfer.name)])
    before = transfer.opened - timedelta(days=1)
    for on, is_open in ((before, False), (transfer.opened, transfer.is_open(transfer.opened))):
        try:
            path = find_path(*transfer.stations, on=on)
        except NoPath:
            continue
        assert is_open or not hop & set(path.links.tolist())


# ---------------------------------------------------------------- points on a link


@pytest.mark.parametrize(
    ("a", "b", "km"),
    [
        ((116.5, 50.0), (119.5, 50.0), 300),  # both on one link
        ((119.5, 50.0), (116.5, 50.0), 300),
        ((116.0, 50.0), (118.0, 50.0), 200),  # from an end
        ((118.0, 50.0), (121.0, 50.0), 300),  # over a node
        ((121.0, 50.0), (121.0, 50.0), 0),
    ],
)
def test_points_between_nodes(a, b, km):
    nodes = {"A": (116.0, 50.0), "B": (120.0, 50.0), "C": (122.0, 50.0)}
    network, _ = make_network(nodes, [("A", "B", 400, "CN", (118.0, 50.0)), ("B", "C", 200, "CN")])
    path = find_path(Place("a", *a), Place("b", *b), network=network)
    assert path.rail_km == pytest.approx(km, rel=0.002, abs=0.01)
    np.testing.assert_allclose(path.lonlat[[0, -1]], [a, b], atol=1e-3)
    assert (np.diff(path.lonlat[:, 0]) * np.sign(b[0] - a[0]) >= 0).all()
    assert sum(path.km_by_country.values()) == pytest.approx(path.rail_km)


def test_via_a_point_in_the_middle_of_a_link():
    nodes = {"A": (116.0, 50.0), "B": (120.0, 50.0), "C": (120.0, 52.0)}
    network, _ = make_network(nodes, [("A", "B", 400, "CN"), ("B", "C", 250, "CN")])
    through = find_path("116,50", "120,50", via=["118,50"], network=network)
    assert through.rail_km == pytest.approx(400)
    out_and_back = find_path("120,52", "120,50", via=["118,50"], network=network)
    assert out_and_back.rail_km == pytest.approx(250 + 200 + 200, rel=0.002)
    np.testing.assert_allclose(out_and_back.lonlat, [(120, 52), (120, 50), (118, 50), (120, 50)], atol=1e-3)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("Harbn", UnknownName, "Did you mean harbin?"),
        ("nowhere at all", UnknownName, "known: manzhouli"),
        ("126.6,145.8", UnknownName, "longitude is -180 to 180 and comes first"),
        ("45.75,126.65", UnknownName, "did you swap them"),
        ("181,45", UnknownName, "longitude is -180 to 180"),
        ("90,71", NoPath, "km from the nearest freight rail; the limit is 25 km"),
        ("-30.5,20", NoPath, "km from the nearest freight rail"),
    ],
)
def test_a_place_that_cannot_be(text, error, words):
    with pytest.raises(error, match=words) as caught:
        find_path(text, "Moscow")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["harbin", "Harbin", "HARBIN", "哈尔滨", "Харбин", " harbin ", "126.65,45.75"])
def test_places_by_any_name(name):
    assert find_path(name, "manzhouli").rail_km == pytest.approx(find_path("harbin", "manzhouli").rail_km, abs=10)


@pytest.mark.parametrize(
    ("one", "other"), [("Łódź", "lodz"), ("Xi’an", "xi'an"), ("Nizhny-Novgorod", "nizhny novgorod")]
)
def test_names_are_folded(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize("bits", range(8))
def test_gauge_names(bits):
    name = gauge_name(bits)
    assert name.count("+") == max(0, bits.bit_count() - 1)
    assert (name == "unknown") == (bits == 0)
    assert gauge_bits("" if bits == 0 else name.replace("+", ";")) == bits


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
    assert path.geometry_km == pytest.approx(158)
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


# ---------------------------------------------------------------- alternatives, many at once


def test_alternatives_cross_other_borders(two_gauges):
    network, at = two_gauges
    ways = find_alternatives(place(network, at, "H"), place(network, at, "W"), network=network)
    assert [round(way.rail_km) for way in ways] == [8663, 11384]
    assert [crossing_names(way)[0] for way in ways] == [EAST, SOUTH]
    assert len({crossing_names(way) for way in ways}) == len(ways)
    assert len(find_alternatives(place(network, at, "H"), place(network, at, "W"), most=1, network=network)) == 1
    with pytest.raises(NoPath):
        find_alternatives(place(network, at, "H"), place(network, at, "W"), avoid=["brest"], network=network)


def test_a_matrix_is_made_of_paths(two_gauges):
    network, at = two_gauges
    home, abroad = ([place(network, at, name) for name in names] for names in ("HT", "UWP"))
    for asked in ({}, {"port": "suifenhe"}, {"port": ["suifenhe", "manzhouli"]}, {"avoid": ["manzhouli"]}):
        table = distance_matrix(home, abroad, network=network, **asked)
        for i, a in enumerate(home):
            for j, b in enumerate(abroad):
                assert table[i, j] == pytest.approx(find_path(a, b, network=network, **asked).geometry_km)
        found = find_paths(home, abroad, network=network, **asked)
        for i, a in enumerate(home):
            for j, b in enumerate(abroad):
                alone = find_path(a, b, network=network, **asked)
                np.testing.assert_array_equal(found[i][j].links, alone.links)
                np.testing.assert_array_equal(found[i][j].lonlat, alone.lonlat)
                assert found[i][j].snap_km == alone.snap_km
    closed = {"avoid": ["manzhouli", "suifenhe"], "network": network}
    assert np.isnan(distance_matrix(home, abroad, **closed)).all()
    assert find_paths(home, abroad, **closed) == [[None] * 3] * 2
    # Places that rails of one gauge join.
    assert [nodes_of(path, at) for path in find_paths(home[:1], [home[1]], network=network)[0]] == ["HT"]
    everywhere = [place(network, at, name) for name in at]
    for asked in ({}, {"avoid": ["manzhouli"]}, {"port": "suifenhe"}):
        table = distance_matrix(everywhere, everywhere, network=network, **asked)
        for i, a in enumerate(everywhere):
            for j, b in enumerate(everywhere):
                try:
                    expected = find_path(a, b, network=network, **asked).geometry_km
                except NoPath:
                    expected = np.nan
                assert table[i, j] == pytest.approx(expected, nan_ok=True)
    assert distance_matrix([], home, network=network).shape == (0, 2)
    assert find_paths(home, [], network=network) == [[], []]


def test_a_network_without_transfers_has_distances():
    nodes = {"A": (90.0, 60.0), "B": (91.0, 60.0)}
    network, at = make_network(nodes, [("A", "B", 60, "RU")], ("RU",))
    spots = [place(network, at, name) for name in "AB"]
    assert distance_matrix(spots, spots, network=network).tolist() == [[0, 60], [60, 0]]
    assert find_paths(spots[:1], spots[1:], network=network)[0][0].rail_km == 60


def test_what_paths_share_cannot_be_changed(two_gauges):
    network, at = two_gauges
    path = find_path(place(network, at, "H"), place(network, at, "W"), network=network)
    for array in (path.pieces[0].links, path.pieces[0].span, path.pieces[0].vertices[0]):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0
    with pytest.raises(TypeError):
        path.km_by_country["CN"] = 0
    with pytest.raises(TypeError):
        network.origin["source"] = "x"
    with pytest.raises(UnknownName, match="did you swap them"):
        Place("x", 45.75, 126.65)
    with pytest.raises(UnknownName):
        Place("x", float("nan"), 50)


# ---------------------------------------------------------------- trees


def test_stored_trees_are_those_that_grow(two_gauges, tmp_path):
    network, _ = two_gauges
    file = tmp_path / "n.npz"
    write_network(file, network)
    again = read_network(file)
    kept, grown = gates_of(again), locate_gates(network)
    assert kept.names == grown.names
    assert kept.hop == grown.hop
    for name in ("node", "system", "metres"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(grown, name))
    assert not kept.metres.flags.writeable
    assert gates_bytes(grown) == trees_path(file).read_bytes()


@pytest.mark.parametrize("harm", ["another", "cut", "zeroed", "shape", "out of range", "none"])
def test_trees_that_do_not_fit_are_grown_again(two_gauges, ladder, tmp_path, harm):
    network, at = two_gauges
    file = tmp_path / "n.npz"
    write_network(file, network)
    trees = trees_path(file)
    if harm == "another":
        write_network(tmp_path / "other.npz", ladder[0])
        trees.write_bytes(trees_path(tmp_path / "other.npz").read_bytes())
    elif harm == "cut":
        trees.write_bytes(trees.read_bytes()[:300])
    elif harm == "zeroed":
        raw = bytearray(trees.read_bytes())
        at_metres = raw.index(b"metres.npy") + 200
        raw[at_metres : at_metres + 400] = bytes(400)
        trees.write_bytes(raw)
    elif harm in ("shape", "out of range"):
        with np.load(trees) as whole:
            arrays = dict(whole)
        change = {"shape": {"metres": arrays["metres"][:, :-1]}, "out of range": {"node": arrays["node"] + 900}}[harm]
        np.savez(trees, **(arrays | change))
    else:
        trees.unlink()
    again = read_network(file)
    assert find_path(place(again, at, "H"), place(again, at, "W"), network=again).rail_km == pytest.approx(8663)


def test_closed_links_regrow_only_what_they_harm(two_gauges):
    network, _ = two_gauges
    shut = limits_of(network, avoid=["poland"]).shut
    whole, left = gates_of(network), gates_of(network, shut)
    assert WEST in whole.names
    assert WEST not in left.names
    for name in left.names:
        for side in (0, 1):
            i, j = 2 * left.names.index(name) + side, 2 * whole.names.index(name) + side
            (fresh,) = grow(network, int(left.system[i]), shut, [int(left.node[i])])
            np.testing.assert_array_equal(left.metres[i], fresh)
            assert (left.metres[i] <= whole.metres[j]).all()


def test_a_tree_reaches_as_far_as_asked(two_gauges):
    network, at = two_gauges
    seeds = ((at["M"], 0),)
    near = tree_over(network, ANY_GAUGE, seeds, reach_km=50)
    assert near[at["Z"]] == 12_000
    assert near[at["R"]] == -1
    assert tree_over(network, ANY_GAUGE, seeds)[at["R"]] == 7_512_000
    # From a point between nodes.
    between = tree_over(network, ANY_GAUGE, ((at["M"], 5000), (at["Z"], 7000)))
    assert (between[at["M"]], between[at["Z"]], between[at["H"]]) == (5000, 7000, 940_000)
    with pytest.raises(AssertionError, match="does not belong"):
        walk_back(network, np.zeros(len(network.metres), dtype=bool), near, at["Z"], seeds)


def test_a_query_does_not_change_the_network(two_gauges):
    network, at = two_gauges
    before = network.digest
    find_path(place(network, at, "H"), place(network, at, "W"), avoid=["suifenhe"], network=network)
    assert network.__dict__.pop("digest") == before
    assert network.digest == before


# ---------------------------------------------------------------- laws against a plain search

_STATIONS = {"M": (117.442, 49.583), "Z": (117.3267, 49.6514), "S": (131.1478, 44.3998), "G": (131.3756, 44.4136)}
_RING = {
    name: (124 + 9 * np.cos(2 * np.pi * i / 9).item(), 47 + 6 * np.sin(2 * np.pi * i / 9).item())
    for i, name in enumerate("abcdefghi")
}
_NODES = _STATIONS | _RING
_pairs = [(a, b) for i, a in enumerate(_NODES) for b in list(_NODES)[i + 1 :]]


@st.composite
def drawn(draw):
    """A network of nodes on a ring and four stations, its links of any gauge, usage and length."""
    chosen = draw(st.lists(st.sampled_from(_pairs), min_size=6, max_size=26, unique=True))
    links = [(a, b, draw(st.integers(5, 900)), draw(st.sampled_from(["CN", "RU"]))) for a, b in chosen]
    links.append(("M", "Z", 12, "RU"))
    links.append(("S", "G", 26, "RU"))
    gauge = {i: draw(st.sampled_from([0, 1, 1, 2, 2, 3, 4, 6])) for i in range(len(links))}
    gauge |= {len(links) - 2: 3, len(links) - 1: 3}
    usage = {i: draw(st.sampled_from([0, 1, 3])) for i in range(len(chosen))}
    return make_network(_NODES, links, gauge=gauge, usage=usage)


def cheapest(network, start, stop, closed=frozenset()):
    """Fewest changes of gauge, then metres, between two nodes, by relaxing every edge until nothing changes."""
    edges = []
    for (u, v), metres, bits, free in zip(
        network.ends.tolist(), network.metres.tolist(), network.gauge.tolist(), network.freight.tolist(), strict=True
    ):
        for system, gauges in enumerate(GAUGE_SYSTEMS):
            if free and bits & gauge_bits(";".join(map(str, gauges))):
                edges.append(((u, system), (v, system), metres))
    gates = locate_gates(network)
    for i, name in enumerate(gates.names):
        if name not in closed:
            hop = CHANGE + int(network.metres[list(gates.hop[i])].sum())
            a, b = ((int(gates.node[k]), int(gates.system[k])) for k in (2 * i, 2 * i + 1))
            edges.append((a, b, hop))
    cost = dict.fromkeys(start, 0)
    changed = True
    while changed:
        changed = False
        for a, b, more in edges:
            for one, other in ((a, b), (b, a)):
                if one in cost and cost[one] + more < cost.get(other, 2**60):
                    cost[other] = cost[one] + more
                    changed = True
    return min((cost[state] for state in stop if state in cost), default=None)


def states(network, spot):
    """Node and gauge where a place at a node meets the rails; None if it meets them elsewhere."""
    try:
        stop = stop_at(network, spot)
    except NoPath:
        return None
    found = [(int(network.ends[s.link, int(s.share)]), system) for system, s in stop.snaps.items() if s.share in (0, 1)]
    return found if len(found) == len(stop.snaps) else None


def cost_of(path):
    return CHANGE * len(path.transfers) + round(1000 * path.geometry_km)


@settings(max_examples=150, deadline=None)
@given(drawn(), st.sampled_from(list(_NODES)), st.sampled_from(list(_NODES)))
def test_no_way_is_cheaper(network_and_places, a, b):
    network, at = network_and_places
    one, other = place(network, at, a), place(network, at, b)
    start, stop = states(network, one), states(network, other)
    assume(start is not None and stop is not None)
    expected = cheapest(network, start, stop)
    if expected is None:
        with pytest.raises(NoPath):
            find_path(one, other, network=network)
        return
    path = find_path(one, other, network=network)
    assert cost_of(path) == expected
    # The path is what it says: links that join, of the train's gauge, changing only at transfers.
    for i, (link, after) in enumerate(pairwise(path.links.tolist())):
        assert set(network.ends[link]) & set(network.ends[after])
        assert path.train_gauge[i] & network.gauge[link]
    assert network.freight[path.links].all()
    assert {passage.transfer for passage in path.transfers} <= {transfer.name for transfer in transfers()}
    assert sum(path.km_by_country.values()) == pytest.approx(path.rail_km)
    assert sum(path.km_by_gauge.values()) == pytest.approx(path.rail_km)
    # Back again: the same rails.
    back = find_path(other, one, network=network)
    np.testing.assert_array_equal(back.links, path.links[::-1])
    np.testing.assert_array_equal(back.span, path.span[::-1, ::-1])


@settings(max_examples=80, deadline=None)
@given(drawn(), *[st.sampled_from(list(_RING))] * 3, st.sampled_from(["manzhouli", "suifenhe"]))
def test_laws_of_the_search(network_and_places, a, b, c, port):
    network, at = network_and_places
    spots = [place(network, at, name) for name in (a, b, c)]
    ways = {}
    for i, j in ((0, 1), (0, 2), (2, 1)):
        try:
            ways[i, j] = find_path(spots[i], spots[j], network=network)
        except NoPath:
            ways[i, j] = None
    if (best := ways[0, 1]) is None:
        return
    # Going by a place is never cheaper, nor is keeping off something.
    with suppress(NoPath):
        assert cost_of(find_path(spots[0], spots[1], via=[spots[2]], network=network)) >= cost_of(best)
    for asked in ({"avoid": [port]}, {"port": port}, {"avoid": ["China"]}, {"on": "1901-12-01"}):
        with suppress(NoPath):
            assert cost_of(find_path(spots[0], spots[1], network=network, **asked)) >= cost_of(best)
    # The triangle holds where the place between is served by one gauge only: else the two legs may part there.
    if ways[0, 2] and ways[2, 1] and len(stop_at(network, spots[2]).snaps) == 1:
        assert cost_of(best) <= cost_of(ways[0, 2]) + cost_of(ways[2, 1])


@settings(max_examples=40, deadline=None)
@given(drawn(), st.sampled_from(list(_NODES)))
def test_a_walk_back_has_the_length_of_its_tree(network_and_places, root):
    network, at = network_and_places
    for system in (ANY_GAUGE, 0, 1):
        (metres,) = grow(network, system, b"", [at[root]])
        for node in np.flatnonzero(metres >= 0).tolist():
            nodes, links = walk_back(network, rails(network, system), metres, node, ((at[root], 0),))
            assert nodes[-1] == at[root]
            assert network.metres[links].sum() == metres[node]
            assert rails(network, system)[links].all()


@settings(max_examples=60, deadline=None)
@given(drawn(), st.sampled_from(["manzhouli", "suifenhe", ["manzhouli", "suifenhe"]]), st.sampled_from([(), ("a",)]))
def test_one_tree_over_the_gauges_tells_what_those_of_the_transfers_tell(network_and_places, port, avoid):
    network, at = network_and_places
    spots = [place(network, at, name) for name in _RING if states(network, place(network, at, name))]
    asked = {"port": port, "avoid": [place(network, at, name) for name in avoid], "network": network}
    with suppress(NoPath):  # a place may lie on what is avoided
        gates = gates_of(network, limits_of(network, port=port, avoid=asked["avoid"]).shut)
        assert not gates.ready
        early = distance_matrix(spots, spots, **asked)
        assert gates.metres is not None
        np.testing.assert_array_equal(distance_matrix(spots, spots, **asked), early)


def test_the_same_on_the_network_of_the_project():
    bare = read_network(network_path())
    bare.__dict__["file"] = None  # so that no trees are found beside it
    ends = ["suzhou", "harbin"], ["duisburg", "-3.70,40.42", "moscow", "vladivostok", "warsaw"]
    ports = ["manzhouli", "suifenhe", "tongjiang"]
    grown, stored = (distance_matrix(*ends, port=ports, network=net) for net in (bare, load_network()))
    assert not gates_of(bare).ready
    np.testing.assert_array_equal(grown, stored)
    assert (stored > 1000).sum() >= 8


# ---------------------------------------------------------------- what a reading from outside found untested


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
