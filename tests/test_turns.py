"""Reversals and sharp turns that the certificate of a path names."""

import json
import math

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import make_network, place
from osm_drawn import write_extract

from corridor.cli import main
from corridor.gates import write_network
from corridor.network import load_network
from corridor.places import Place
from corridor.routing import find_path, find_route_paths
from corridor.routing.report import path_facts, path_feature
from corridor.sources import import_network

LAT = 51.9
SQUEEZE = math.cos(math.radians(LAT))


def out(direction, km, origin=(114.0, LAT)):
    """A point so far from another in a direction [degrees from east, anticlockwise]."""
    east, north = math.cos(math.radians(direction)), math.sin(math.radians(direction))
    return origin[0] + km / 111.2 * east / SQUEEZE, origin[1] + km / 111.2 * north


def fork(turn, *, km=60, bends=((), ())):
    """A--X--B, where the way turns by so much at X, and a third line C straight on from A."""
    nodes = {"A": out(180, km), "X": (114.0, LAT), "B": out(turn, km), "C": out(0, km)}
    links = [("A", "X", km, "RU", *bends[0]), ("X", "B", km, "RU", *bends[1]), ("X", "C", km, "RU")]
    return make_network(nodes, links, ("RU",))


def turns(network, at, start="A", stop="B", **asked):
    path = find_path(place(network, at, start), place(network, at, stop), network=network, **asked)
    return path.certificate.turns


@pytest.mark.parametrize(
    ("turn", "kind"),
    [
        (0, None),
        (45, None),
        (88, None),
        (92, "turn"),
        (120, "turn"),
        (134, "turn"),
        (136, "reversal"),
        (179, "reversal"),
    ],
)
def test_turns_at_a_node(turn, kind):
    network, at = fork(turn)
    found = turns(network, at)
    if kind is None:
        assert found == ()
        return
    (only,) = found
    assert only.is_reversal is (kind == "reversal")
    assert only.degrees == pytest.approx(turn, abs=0.5)
    assert (only.lon, only.lat, only.at_km) == pytest.approx((114.0, LAT, 60), abs=1e-3)
    (back,) = turns(network, at, "B", "A")
    assert back.degrees == pytest.approx(only.degrees, abs=0.1)
    assert turns(network, at, "A", "C") == ()


def test_what_is_said_of_a_turn():
    network, at = fork(170)
    path = find_path(place(network, at, "A"), place(network, at, "B"), network=network)
    assert [str(turn) for turn in path.certificate.turns] == ["a reversal at 60.0 km (114.000,51.900), 170°"]
    (told,) = path_facts(path)["certificate"]["turns"]
    assert told == {"kind": "reversal", "at_km": 60.0, "lon": 114.0, "lat": LAT, "degrees": 170.0}
    assert path_feature(path)["properties"]["certificate"]["turns"] == [told]


def test_noise_of_rounded_coordinates_is_no_turn():
    """Vertices 30 to 70 m from the node, off the line by as much: the way is straight all the same."""
    before, after = [out(180, 0.05), out(100, 0.06)], [out(-90, 0.04), out(0, 0.5)]
    network, at = fork(0, bends=(before, after))
    assert turns(network, at) == ()
    # And a sharp turn is one though its first metres lead straight on.
    network, at = fork(150, bends=((), [out(0, 0.04)]))
    (only,) = turns(network, at)
    assert only.degrees == pytest.approx(150, abs=12)


def test_bends_between_nodes_are_the_line_as_it_is_drawn():
    network, at = fork(0, bends=((out(90, 30, out(180, 30)), out(180, 29)), ()))
    assert turns(network, at) == ()


@pytest.mark.parametrize("km", [0.5, 1.9])
def test_in_the_stations_of_a_path_trains_may_reverse(km):
    network, at = fork(170)
    near = Place("near the node", *out(0, km))
    path = find_path(place(network, at, "A"), place(network, at, "B"), via=[place(network, at, "X")], network=network)
    assert path.certificate.turns == ()
    path = find_path(place(network, at, "A"), place(network, at, "B"), via=[near], network=network)
    assert path.certificate.turns == ()
    beyond = Place("beyond", *out(170, 20))  # on the way, no longer in the station
    path = find_path(place(network, at, "A"), place(network, at, "B"), via=[beyond], network=network)
    assert [round(turn.degrees) for turn in path.certificate.turns] == [170]


def test_a_via_off_the_line_is_a_stop_and_what_follows_is_not():
    """Out to C and back over X: at C the train turns in a station, at X it goes on from C to B."""
    network, at = fork(100)
    path = find_path(place(network, at, "A"), place(network, at, "B"), via=[place(network, at, "C")], network=network)
    assert path.certificate.turns == ()
    network, at = fork(60)
    path = find_path(place(network, at, "A"), place(network, at, "B"), via=[place(network, at, "C")], network=network)
    (only,) = path.certificate.turns  # from C, back west, to the north-east
    assert only.degrees == pytest.approx(120, abs=1)
    assert only.at_km == pytest.approx(180, abs=0.1)


def test_the_hop_of_a_transfer_is_no_turn():
    """No rail joins the tracks at Manzhouli and Zabaykalsk, and the hop leads off at right angles and more."""
    nodes = {
        "H": (117.0, 50.6),
        "M": (117.442, 49.583),
        "Z": (117.3267, 49.6514),
        "R": (118.0, 48.6),
    }
    network, at = make_network(nodes, [("H", "M", 130, "CN"), ("Z", "R", 140, "RU")])
    path = find_path(place(network, at, "H"), place(network, at, "R"), network=network)
    assert path.certificate.unjoined == ("manzhouli-zabaykalsk",)
    assert path.certificate.turns == ()


def test_turns_near_each_other_are_one():
    nodes = {"A": out(180, 60), "X": (114.0, LAT), "Y": out(90, 0.1), "B": out(170, 60, out(90, 0.1)), "C": out(0, 9)}
    links = [
        ("A", "X", 60, "RU"),
        ("X", "Y", 0.1, "RU"),
        ("Y", "B", 60, "RU"),
        ("X", "C", 9, "RU"),
        ("Y", "C", 10, "RU"),
    ]
    network, at = make_network(nodes, links, ("RU",))
    (only,) = turns(network, at)
    assert only.is_reversal


def test_a_spike_of_an_imported_line_is_a_node_and_named(tmp_path):
    pytest.importorskip("osmium")
    rail = {"railway": "rail", "gauge": "1520"}
    nodes = {1: out(180, 60), 2: out(180, 30), 3: (114.0, LAT), 4: out(160, 30), 5: out(160, 60)}
    network = import_network(
        [write_extract(tmp_path / "a.osm.pbf", nodes, {1: ([1, 2, 3], rail), 2: ([3, 4, 5], rail)})], island_km=0
    )
    assert len(network.nodes) == 3
    path = find_path(Place("one", *nodes[1]), Place("other", *nodes[5]), network=network)
    (only,) = path.certificate.turns
    assert only.degrees == pytest.approx(160, abs=1)


def test_the_command_line_names_turns_and_they_break_no_limit(tmp_path):
    network, _ = fork(170)
    write_network(tmp_path / "n.npz", network)
    ends = [",".join(f"{degree:.4f}" for degree in out(*where)) for where in ((180, 60), (170, 60))]
    words = ["path", "--strict", "--network", str(tmp_path / "n.npz"), *ends]
    # 0.5 km between the ends of a fork so sharp would break the limit of the detour; only that.
    text = CliRunner().invoke(main, words).output
    assert "    ~ a reversal at 60.0 km (114.000,51.900), 170°" in text
    facts = json.loads(CliRunner().invoke(main, [*words, "--json"]).stdout)
    assert facts["certificate"]["turns"][0]["kind"] == "reversal"
    assert not any("reversal" in text for text in facts["certificate"]["broken"])
    geo = json.loads(CliRunner().invoke(main, [*words, "--geojson"]).stdout)
    assert geo["features"][0]["properties"]["certificate"]["turns"][0]["kind"] == "reversal"


def test_in_the_network_of_the_project_too():
    paths = find_route_paths()
    named = {(round(t.lon, 3), round(t.lat, 3)): t for path in paths.values() for t in path.certificate.turns}
    # West of Moscow the lines of the ring and of Smolensk meet at a fork that faces the other way.
    assert (37.53, 55.751) in named
    net = load_network()
    nodes, gap = net.nearest_node(*np.array(list(named)).T)
    assert gap.max() < 0.1
    assert (np.bincount(net.ends.ravel())[nodes] >= 3).all()
    assert all(90 < turn.degrees <= 180 for turn in named.values())
    assert not any(
        word in text for path in paths.values() for text in path.certificate.broken for word in ("turn", "reversal")
    )
