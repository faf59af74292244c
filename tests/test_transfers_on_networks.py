"""Transfers on networks of other origin: where they stand, and hops that no rail joins."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import make_network, place
from osm_drawn import write_extract

from corridor.cli import main
from corridor.errors import NoPath
from corridor.flows import shared_chains
from corridor.gates import gates_bytes, gates_of, locate_gates, trees_path, write_network
from corridor.geo import geodesic_km, step_km
from corridor.network import LONG_STRAIGHT_KM, read_network
from corridor.places import Place, station_place
from corridor.routing import distance_matrix, find_alternatives, find_path, find_paths
from corridor.routing.report import path_facts, path_feature
from corridor.sources import Choice, import_network
from corridor.transfers import transfers

pytest.importorskip("osmium")
LIFT = np.array([0, 0.00015])  # from one track to the other [degrees], some 17 m
EVERY = pytest.mark.parametrize("transfer", transfers(), ids=lambda transfer: transfer.name)


def stretch(a, b, count, first):
    """Nodes on a straight line, both ends included."""
    return {first + i: tuple(np.add(a, np.subtract(b, a) * i / (count - 1)).tolist()) for i in range(count)}


def two_tracks(transfer, *, meet=True):
    """Nodes and ways of a track of each gauge at a transfer, a bend at its own station and 80 km on beyond it.

    ``meet``: each goes on to the other's station, beside the other track; else there is nothing between the stations.
    """
    a, b = (np.array([spot.lon, spot.lat]) for spot in map(station_place, transfer.stations))
    squeeze = np.array([np.cos(np.radians(a[1])), 1])
    along = (b - a) * squeeze
    along = along / np.hypot(*along) if np.hypot(*along) > 1e-6 else np.array([1.0, 0])
    aside = np.array([-along[1], along[0]])
    b = b + LIFT
    far_a, far_b = a + (-0.6 * along + 0.4 * aside) / squeeze, b + (0.6 * along + 0.4 * aside) / squeeze
    nodes = stretch(far_a, a, 9, 1) | stretch(b, far_b, 9, 201)
    refs = [list(range(1, 10)), list(range(201, 210))]
    if meet:
        nodes |= stretch(a, b - LIFT, 6, 101) | stretch(a + LIFT, b, 6, 301)
        refs = [[*refs[0], *range(102, 107)], [*range(301, 306), *refs[1]]]
    ways = {
        number: (own, {"railway": "rail", "gauge": str(mm)})
        for number, own, mm in zip((1, 2), refs, transfer.gauges_mm, strict=True)
    }
    return nodes, ways


def drawn(tmp_path, nodes, ways, **known):
    return import_network([write_extract(tmp_path / "drawn.osm.pbf", nodes, ways)], island_km=0, **known)


def ends_of(nodes):
    return [Place(name, *nodes[number]) for name, number in (("start", 1), ("stop", 209))]


def line_km(nodes, numbers):
    return float(step_km([nodes[number] for number in numbers]).sum())


# ---------------------------------------------------------------- where a transfer stands


@EVERY
@pytest.mark.parametrize("meet", [True, False], ids=["side by side", "with nothing between"])
def test_no_rail_need_join_the_two_tracks(tmp_path, transfer, meet):
    nodes, ways = two_tracks(transfer, meet=meet)
    network = drawn(tmp_path, nodes, ways)
    path = find_path(*ends_of(nodes), network=network)
    (passage,) = path.transfers
    assert (passage.transfer, passage.joined) == (transfer.name, False)
    straight = float(geodesic_km(*nodes[9], *nodes[201]))
    assert passage.rail_km == pytest.approx(straight, abs=0.03)  # the foot point on a track is no vertex of it
    own = [line_km(nodes, range(1, 10)), line_km(nodes, range(201, 210))]
    assert path.rail_km == pytest.approx(sum(own) + straight, abs=0.05)
    assert passage.at_km == pytest.approx(own[0], abs=0.03)
    assert step_km(path.lonlat).sum() == pytest.approx(path.rail_km, abs=0.02)
    for parts in (path.km_by_country, path.km_by_gauge, path.km_by_gauge_basis):
        assert sum(parts.values()) == pytest.approx(path.rail_km)
    assert path.certificate.unjoined == (transfer.name,)
    nodes_stand_at_the_stations(network, transfer, nodes, ways)
    # Farther than a straight step may be without a check: said so, and else trusted.
    assert bool(path.certificate.broken) == (straight > LONG_STRAIGHT_KM)


@EVERY
def test_rails_that_join_the_tracks_are_run_over(tmp_path, transfer):
    nodes, ways = two_tracks(transfer)
    if transfer.stations[0] == transfer.stations[1]:
        pytest.skip("one place")
    ways[1][0].insert(11, 303)  # the other track's node between the stations
    network = drawn(tmp_path, nodes, ways)
    path = find_path(*ends_of(nodes), network=network)
    (passage,) = path.transfers
    assert (passage.transfer, passage.joined) == (transfer.name, True)
    assert path.certificate.unjoined == ()
    assert passage.rail_km == pytest.approx(line_km(nodes, [101, 106]), abs=0.1)


@EVERY
def test_both_stations_need_rails_of_their_gauge(tmp_path, transfer):
    if transfer.stations[0] == transfer.stations[1]:
        pytest.skip("one place")
    nodes, ways = two_tracks(transfer, meet=False)
    del ways[2][0][:2]  # the track of the second gauge begins some 15 km from its station
    network = drawn(tmp_path, nodes, ways)
    assert transfer.name not in gates_of(network).names
    missing = f"no transfer {transfer.name}: no freight rails of {transfer.gauges_mm[1]} mm within 5 km of"
    with pytest.raises(NoPath, match=missing) as caught:
        find_path(*ends_of(nodes), network=network)
    assert station_place(transfer.stations[1]).name in str(caught.value)


def test_a_port_without_rails_of_one_gauge_says_which(tmp_path):
    transfer = transfers()[0]
    nodes, ways = two_tracks(transfer, meet=False)
    del ways[2]
    network = drawn(tmp_path, nodes, ways)
    with pytest.raises(NoPath, match=r"manzhouli lies off this network \(no freight rails of 1520 mm .* Zabaykalsk\)"):
        find_path(*ends_of(nodes), port="manzhouli", network=network)


@pytest.mark.parametrize("asked", [True, False], ids=["siding read", "siding left out"])
def test_where_only_a_siding_joins_the_tracks(tmp_path, asked):
    nodes, ways = two_tracks(transfers()[0])
    ways[3] = ([103, 304], {"railway": "rail", "service": "siding", "gauge": "1435;1520"})
    network = drawn(tmp_path, nodes, ways, choice=Choice(service=asked))
    (passage,) = find_path(*ends_of(nodes), network=network).transfers
    assert passage.joined is asked


def test_rails_that_join_only_far_away_are_not_run_over(tmp_path):
    """The tracks share a node 70 km from the stations; containers still change between tracks that lie side by side."""
    nodes, ways = two_tracks(transfers()[0])
    ways[3] = ([1, 400, 209], {"railway": "rail", "gauge": "1435;1520"})
    nodes[400] = (nodes[1][0], nodes[1][1] + 1)
    network = drawn(tmp_path, nodes, ways)
    start = Place("near", *nodes[5])
    path = find_path(start, Place("beyond", *nodes[205]), port="manzhouli", network=network)
    assert not path.transfers[0].joined
    assert path.transfers[0].rail_km < 12


# ---------------------------------------------------------------- what else is asked of such a network


@pytest.fixture(scope="module")
def apart(tmp_path_factory):
    """Manzhouli and Zabaykalsk, and Suifenhe and Grodekovo, with nothing between; both lead to one line each side."""
    nodes = {
        "H": (122.6, 47.8),
        "M": (117.442, 49.583),
        "S": (131.1478, 44.3998),
        "Z": (117.3267, 49.6514),
        "G": (131.3756, 44.4136),
        "Y": (116.0, 50.2),
        "R": (114.0, 51.0),
        "T": (122.9, 47.2),
    }
    links = [
        ("H", "M", 500, "CN"),
        ("H", "S", 900, "CN"),
        ("Z", "Y", 120, "RU"),
        ("Y", "R", 180, "RU"),
        ("G", "R", 1500, "RU", (125.0, 53.0)),
        ("H", "T", 60, "CN"),
    ]
    network, at = make_network(nodes, links)
    return replace(network, length_factor=(1.01, 1.0, 1.02)), at


def test_the_hop_is_in_every_figure_of_a_path(apart):
    network, at = apart
    path = find_path(place(network, at, "H"), place(network, at, "R"), network=network)
    hop = float(geodesic_km(*network.nodes[at["M"]], *network.nodes[at["Z"]]))
    assert path.source_km == pytest.approx(800 + hop, abs=0.001)
    assert path.rail_km == pytest.approx(808 + hop, abs=0.001)  # a straight line has no length factor
    assert path.rail_km_range == pytest.approx((800 + hop, 816 + hop), abs=0.001)
    assert path.km_by_country == pytest.approx({"CN": 505 + hop / 2, "RU": 303 + hop / 2}, abs=0.001)
    assert path.km_by_gauge == pytest.approx({"1435": 505, "1520": 303, "1435+1520": hop}, abs=0.001)
    assert path.km_by_gauge_basis == pytest.approx({"assumed": 808, "curated": hop}, abs=0.001)
    (crossing,) = path.crossings
    assert crossing.countries == ("CN", "RU")
    assert crossing.at_km == pytest.approx(505 + hop / 2, abs=0.001)
    middle = network.nodes[[at["M"], at["Z"]]].mean(axis=0)
    assert (crossing.lon, crossing.lat) == pytest.approx(tuple(middle))
    np.testing.assert_array_equal(path.lonlat, network.nodes[[at[name] for name in "HMZYR"]])
    assert path.certificate.longest_straight_km > 300
    facts = path_facts(path)
    assert facts["transfers"][0]["joined"] is False
    assert facts["transfers"][0]["rail_km"] == pytest.approx(hop, abs=0.001)
    assert facts["certificate"]["unjoined"] == ["manzhouli-zabaykalsk"]
    assert path_feature(path)["properties"] == facts
    back = find_path(place(network, at, "R"), place(network, at, "H"), network=network)
    assert back.rail_km == pytest.approx(path.rail_km)
    np.testing.assert_array_equal(back.lonlat, path.lonlat[::-1])
    assert back.km_by_country == pytest.approx(dict(path.km_by_country))
    assert back.crossings[0].countries == ("RU", "CN")


def test_a_hop_within_thirty_kilometres_breaks_no_limit_of_itself(apart):
    network, at = apart
    path = find_path(place(network, at, "M"), place(network, at, "Z"), network=network)
    assert path.certificate.unjoined == ("manzhouli-zabaykalsk",)
    assert not path.certificate.broken
    assert len(path.links) == 0
    assert path.lonlat.tolist() == network.nodes[[at["M"], at["Z"]]].tolist()
    assert path.certificate.longest_straight_km == pytest.approx(path.rail_km, abs=0.001)


def test_such_a_transfer_closes_and_is_avoided_as_others(apart):
    network, at = apart
    start, stop = place(network, at, "H"), place(network, at, "R")
    near = Place("near Zabaykalsk", 117.3, 49.65)  # closes the rails there
    for asked in ({"avoid": ["manzhouli"]}, {"avoid": ["zabaykalsk"]}, {"avoid": [near]}, {"port": "suifenhe"}):
        assert [p.transfer for p in find_path(start, stop, network=network, **asked).transfers] == [
            "suifenhe-grodekovo"
        ]
    with pytest.raises(NoPath):
        find_path(start, stop, avoid=["manzhouli", "suifenhe"], network=network)
    with pytest.raises(NoPath, match="not open then: manzhouli-zabaykalsk"):
        find_path(start, stop, on="1900-01-01", network=network)
    ways = find_alternatives(start, stop, network=network)
    assert [way.transfers[0].transfer for way in ways] == ["manzhouli-zabaykalsk"]
    near = find_alternatives(place(network, at, "T"), place(network, at, "G"), network=network)
    assert [way.transfers[0].transfer for way in near] == ["suifenhe-grodekovo"]


def test_matrices_and_many_paths_take_such_hops(apart):
    network, at = apart
    home, abroad = [place(network, at, name) for name in "HTMS"], [place(network, at, name) for name in "RZG"]
    for asked in ({}, {"port": "suifenhe"}, {"avoid": ["manzhouli"]}, {"port": ["manzhouli", "suifenhe"]}):
        table = distance_matrix(home, abroad, network=network, **asked)
        many = find_paths(home, abroad, network=network, **asked)
        for i, a in enumerate(home):
            for j, b in enumerate(abroad):
                alone = find_path(a, b, network=network, **asked)
                assert table[i, j] == pytest.approx(alone.source_km)
                np.testing.assert_array_equal(many[i][j].lonlat, alone.lonlat)


def test_a_via_may_stand_at_either_side(apart):
    network, at = apart
    via = [place(network, at, name) for name in "MZ"]
    path = find_path(place(network, at, "H"), place(network, at, "R"), via=via, network=network)
    straight = find_path(place(network, at, "H"), place(network, at, "R"), network=network)
    assert path.rail_km == pytest.approx(straight.rail_km)
    assert len(path.transfers) == 1


def test_the_hop_is_drawn_where_services_share_it(apart):
    network, at = apart
    start, stop = place(network, at, "H"), place(network, at, "R")
    paths = {
        "out": find_path(start, stop, network=network),
        "back": find_path(stop, start, network=network),
        "from T": find_path(place(network, at, "T"), stop, network=network),
    }
    chains, of_route = shared_chains(paths)
    (hop,) = [chain for chain in chains if chain.hop]
    assert hop.services == set(paths)
    assert sorted(hop.lonlat(network).tolist()) == sorted(network.nodes[[at["M"], at["Z"]]].tolist())
    drawn_points = {tuple(point) for i in of_route["out"] for point in chains[i].lonlat(network).tolist()}
    assert drawn_points == {tuple(point) for point in paths["out"].lonlat.tolist()}
    assert of_route["back"] == of_route["out"][::-1]


def test_trees_with_such_hops_are_stored_and_older_ones_grown_again(apart, tmp_path):
    network, at = apart
    file = tmp_path / "n.npz"
    write_network(file, network)
    again = read_network(file)
    assert gates_of(again).stored is not None
    assert gates_of(again).hop_metres == locate_gates(network).hop_metres
    assert gates_bytes(gates_of(again)) == trees_path(file).read_bytes()
    # As written when a transfer stood only where rails join its tracks: Manzhouli is not in it.
    with np.load(trees_path(file)) as whole:
        arrays = dict(whole)
    assert arrays["names"].tolist()[0] == "manzhouli-zabaykalsk"
    arrays |= {name: arrays[name][1:] for name in ("names", "hop_count")}
    arrays |= {name: arrays[name][2:] for name in ("node", "system", "metres")}
    np.savez(trees_path(file), **arrays)
    old = read_network(file)
    (passage,) = find_path(place(old, at, "H"), place(old, at, "R"), network=old).transfers
    assert passage.transfer == "manzhouli-zabaykalsk"


def test_a_network_without_transfers_keeps_its_trees(tmp_path):
    network, _ = make_network({"A": (90.0, 60.0), "B": (91.0, 60.0)}, [("A", "B", 60, "RU")], ("RU",))
    write_network(tmp_path / "n.npz", network)
    assert gates_of(read_network(tmp_path / "n.npz")).stored is not None


def test_the_command_line_marks_the_hop(apart, tmp_path):
    network, _ = apart
    write_network(tmp_path / "n.npz", network)
    words = ["path", "122.6,47.8", "114,51", "--network", str(tmp_path / "n.npz")]
    text = CliRunner().invoke(main, words).output
    assert "stay 12 h; no rail joins the two tracks, 11.3 km straight" in text
    facts = json.loads(CliRunner().invoke(main, [*words, "--json"]).stdout)
    assert facts["transfers"][0]["joined"] is False
    other = CliRunner().invoke(main, [*words, "--alternatives", "2"])
    assert "manzhouli-zabaykalsk" in other.output


# ---------------------------------------------------------------- nodes at stations


def nodes_stand_at_the_stations(network, transfer, nodes, ways):
    """Tracks have no node for 80 km on either side; both sides of the transfer lie at its stations all the same."""
    gates = gates_of(network)
    i = gates.names.index(transfer.name)
    for node, station in zip(gates.node[2 * i : 2 * i + 2].tolist(), transfer.stations, strict=True):
        spot = station_place(station)
        assert geodesic_km(*network.nodes[node], spot.lon, spot.lat) < 0.1
    # Cutting links loses nothing: lengths, geometry and order of ends are as ever.
    assert network.km.sum() == pytest.approx(sum(line_km(nodes, refs) for refs, _ in ways.values()), abs=0.05)
    assert (network.ends[:, 0] < network.ends[:, 1]).all()
    for link in range(len(network.metres)):
        assert step_km(network.line(link)).sum() == pytest.approx(network.km[link], abs=0.02)


def test_a_fragment_beside_the_station_is_not_taken_for_its_track(tmp_path):
    """Two kilometres of rail at the station, joined to nothing: left out as an island, and the line has the node."""
    nodes, ways = two_tracks(transfers()[0])
    spot = station_place("manzhouli")
    nodes |= {900: (spot.lon - 0.015, spot.lat + 0.001), 901: (spot.lon + 0.015, spot.lat + 0.001)}
    for number in (9, 101):  # the line passes a kilometre off
        nodes.pop(number, None)
    ways[1] = ([number for number in ways[1][0] if number != 9], ways[1][1])
    ways[3] = ([900, 901], ways[1][1])
    network = import_network([write_extract(tmp_path / "a.osm.pbf", nodes, ways)])
    path = find_path(*ends_of(nodes), network=network)
    assert [passage.transfer for passage in path.transfers] == ["manzhouli-zabaykalsk"]
    assert path.rail_km < 80 + 80 + 14 + 5


@EVERY
def test_days_stay_with_their_tracks_where_links_are_cut(tmp_path, transfer):
    """The first track opens in 2050, the second is not dated."""
    nodes, ways = two_tracks(transfer)
    ways[1] = (ways[1][0], ways[1][1] | {"start_date": "2050-01-01"})
    made = drawn(tmp_path, nodes, ways)
    write_network(tmp_path / "n.npz", made)
    for network in (made, read_network(tmp_path / "n.npz")):
        early, late = (network.in_service(date.fromisoformat(day)) for day in ("2049-12-31", "2050-01-01"))
        assert late.all()
        assert network.km[early].sum() == pytest.approx(line_km(nodes, ways[2][0]), abs=0.05)
        if transfer.is_open(date(2060, 1, 1)):
            assert find_path(*ends_of(nodes), on="2060-01-01", network=network).transfers
        with pytest.raises(NoPath):
            find_path(*ends_of(nodes), on="2040-01-01", network=network)
