"""Dead ends that lie within a metre of other rails and share no node with them."""

import pytest
from click.testing import CliRunner
from osm_drawn import write_extract
from test_crossings import write

from corridor.cli import main
from corridor.errors import NoPath
from corridor.places import Place
from corridor.routing import find_path
from corridor.sources import import_network

pytest.importorskip("osmium")
RAIL = {"railway": "rail", "gauge": "1520"}
LAT, METRE = 51.9, 1 / 111_250  # degrees of latitude; north of here a metre is as long
EAST = 1 / 68_800  # degrees of longitude in a metre here

# A line from 113 to 114 E; another from 114 to 115 E that begins near its end, or a branch that ends at its side.
WEST = {i: (113 + i / 10, LAT) for i in range(1, 11)}
BEYOND = {20 + i: (114 + i / 10, LAT) for i in range(1, 11)}
BRANCH = {40 + i: (113.55, LAT + i / 10) for i in range(1, 6)}


def joined(tmp_path, nodes, ways, tags=None, stop=30, **known):
    network = import_network([write(tmp_path / "a.osm.pbf", nodes, ways, tags)], island_km=0, **known)
    try:
        path = find_path(Place("start", *nodes[1]), Place("stop", *nodes[stop]), ferries=True, network=network)
    except NoPath:
        return network, False
    return network, path.rail_km < 160


def end_to_end(gap_m, here=RAIL, there=RAIL):
    nodes = WEST | {20: (114 + gap_m * EAST, LAT)} | BEYOND
    return nodes, {1: (list(WEST), here), 2: ([20, *BEYOND], there)}


@pytest.mark.parametrize(("gap_m", "expected"), [(0, True), (0.3, True), (0.95, True), (1.1, False), (10, False)])
def test_end_to_end(tmp_path, gap_m, expected):
    network, found = joined(tmp_path, *end_to_end(gap_m))
    assert found is expected
    assert network.origin["joined_ends"] == ("2" if expected else "0")


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        (RAIL, RAIL | {"gauge": "1524"}, True),  # one system
        (RAIL, RAIL | {"gauge": "1435"}, False),
        (RAIL, RAIL | {"gauge": "1435;1520"}, True),
        (RAIL, {"railway": "rail"}, True),  # the country's: 1520
        (RAIL, RAIL | {"gauge": "broad"}, True),
        (RAIL, RAIL | {"gauge": "1435/broad"}, True),
        (RAIL, {"route": "ferry", "train": "yes"}, True),
        (RAIL | {"bridge": "yes", "layer": "1"}, RAIL, True),  # goes straight on at the head of a bridge
        (RAIL | {"tunnel": "yes"}, RAIL, True),
        (RAIL | {"usage": "main"}, RAIL | {"usage": "branch"}, True),
    ],
)
def test_ends_of_other_kinds(tmp_path, here, there, expected):
    network, found = joined(tmp_path, *end_to_end(0.5, here, there))
    assert found is expected
    assert (network.origin["joined_ends"], network.origin["ends_left_apart"]) == (
        ("2", "0") if expected else ("0", "2")
    )


def test_a_node_given_twice_is_an_end_all_the_same(tmp_path):
    nodes, _ = end_to_end(0.5)
    ways = {1: ([*WEST, 10], RAIL), 2: ([20, 20, *BEYOND], RAIL), 3: ([10], RAIL)}
    assert joined(tmp_path, nodes, ways)[1]


def test_two_extracts_with_nodes_of_their_own_at_one_place(tmp_path):
    nodes, ways = end_to_end(0)
    one = write_extract(tmp_path / "one.osm.pbf", WEST, {1: ways[1]})
    other = write_extract(tmp_path / "other.osm.pbf", {i: nodes[i] for i in ways[2][0]}, {2: ways[2]})
    for order in ([one, other], [other, one]):
        network = import_network(order, island_km=0)
        assert len(network.metres) == 1
        assert network.km.sum() == pytest.approx(19 * 6.884, abs=0.1)


@pytest.mark.parametrize(
    ("at", "gap_m", "own", "expected"),
    [
        (113.55, 0.5, {}, True),  # between two nodes
        (113.5, 0.5, {}, True),  # beside a node
        (113.5, 0, {}, True),
        (113.55, 2, {}, False),
        (113.55, 0.5, {"layer": "1"}, False),
        (113.55, 0.5, {"bridge": "yes"}, False),
        (113.5, 0.5, {"bridge": "viaduct", "layer": "2"}, False),
        (113.55, 0.5, {"tunnel": "yes"}, False),
        (113.55, 0.5, {"bridge": "no", "tunnel": "no", "layer": "0"}, True),
        (113.55, 0.5, {"gauge": "1435"}, False),
    ],
)
def test_an_end_at_the_side_of_a_line(tmp_path, at, gap_m, own, expected):
    branch = {40: (at, LAT + gap_m * METRE)} | {i: (at, lat) for i, (_, lat) in BRANCH.items()}
    network, found = joined(tmp_path, WEST | branch, {1: (list(WEST), RAIL), 3: (list(branch), RAIL | own)}, stop=45)
    assert found is expected
    assert network.origin["joined_ends"] == str(int(expected))
    line = 113 + 0.1, 114
    assert network.km.sum() == pytest.approx((line[1] - line[0]) * 68.85 + 55.6, abs=0.2)


def test_only_ends_are_candidates(tmp_path):
    """Two lines that cross on the plane, without a node in common, half a metre from each other's nodes."""
    across = {60 + i: (113.5, LAT + (i - 3) / 10 + 0.5 * METRE) for i in range(7)}
    network, found = joined(tmp_path, WEST | across, {1: (list(WEST), RAIL), 3: (list(across), RAIL)}, stop=66)
    assert not found
    assert network.origin["joined_ends"] == "0"


def test_a_buffer_stop_is_an_end(tmp_path):
    nodes, ways = end_to_end(0.5)
    buffers = {20: {"railway": "buffer_stop"}, 10: {"railway": "buffer_stop"}}
    network, found = joined(tmp_path, nodes, ways, buffers)
    assert not found
    assert network.origin["joined_ends"] == "0"
    _, found = joined(tmp_path, nodes, ways, {20: {"railway": "milestone"}})
    assert found


def test_the_last_step_may_be_shorter_than_a_metre(tmp_path):
    """An end whose own track has nodes within a metre is joined to other rails only."""
    nodes = WEST | {11: (114 + 0.4 * EAST, LAT), 12: (114 + 0.8 * EAST, LAT)}
    network = import_network([write(tmp_path / "a.osm.pbf", nodes, {1: (list(nodes), RAIL)})], island_km=0)
    assert network.origin["joined_ends"] == "0"
    assert len(network.metres) == 1


def test_a_ring_whose_ends_do_not_quite_meet_is_closed(tmp_path):
    ring = {
        1: (113.0, LAT),
        2: (113.3, LAT + 0.2),
        3: (113.6, LAT),
        4: (113.3, LAT - 0.2),
        5: (113.0 + 0.5 * EAST, LAT),
    }
    network = import_network([write(tmp_path / "a.osm.pbf", ring, {1: (list(ring), RAIL)})], island_km=0)
    assert network.origin["joined_ends"] == "2"
    assert len(network.metres) == 2


def test_many_ends_meet_in_one_place(tmp_path):
    spots = [(114, LAT), (114 + 0.6 * EAST, LAT), (114, LAT + 0.6 * METRE)]
    far = [(113, LAT), (115, LAT), (114, LAT + 0.9)]
    nodes = {i + 1: spot for i, spot in enumerate([*far, *spots])}
    ways = {i: ([i, i + 3], RAIL) for i in (1, 2, 3)}
    network, found = joined(tmp_path, nodes, ways, stop=2)
    assert found
    assert network.origin["joined_ends"] == "3"
    assert len(network.nodes) == 4


@pytest.mark.parametrize(
    ("gauge", "what"), [("1520", "joined"), ("1435", "of another gauge or level, left as they are")]
)
def test_the_import_says_what_it_joined_and_left(tmp_path, gauge, what):
    file = write(tmp_path / "a.osm.pbf", *end_to_end(0.5, RAIL, RAIL | {"gauge": gauge}))
    done = CliRunner().invoke(main, ["network", "import", str(file), "--out", str(tmp_path / "n.npz")])
    near = "ends of rails within 1 m of other rails that share no node with them"
    assert done.stderr == f"corridor: {near}, {what}: 2\n"
