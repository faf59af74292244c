"""Rails that cross level without a switch: no path turns there."""

import json
import math

import numpy as np
import pytest
from osm_drawn import write_extract

from corridor.errors import NoPath
from corridor.places import Place
from corridor.routing import find_path
from corridor.sources import import_network, note_lines
from corridor.sources.download import _read_answer
from corridor.sources.tags import Choice

osmium = pytest.importorskip("osmium")
RAIL = {"railway": "rail", "gauge": "1520"}
CENTRE, X = (114.0, 51.9), 500


def arm(direction, first, km=40, count=9):
    """Nodes out from the centre in a direction [degrees from east], the nearest first."""
    squeeze = math.cos(math.radians(CENTRE[1]))
    east, north = math.cos(math.radians(direction)), math.sin(math.radians(direction))
    steps = [km * (i + 1) / count / 111.2 for i in range(count)]
    return {first + i: (CENTRE[0] + step * east / squeeze, CENTRE[1] + step * north) for i, step in enumerate(steps)}


def write(path, nodes, ways, tags=None):
    """An extract whose nodes may have tags."""
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as writer:
        for node, place in sorted(nodes.items()):
            writer.add_node(
                osmium.osm.mutable.Node(id=node, version=1, location=place, tags=(tags or {}).get(node, {}))
            )
        for way, (refs, own) in sorted(ways.items()):
            writer.add_way(osmium.osm.mutable.Way(id=way, version=1, nodes=refs, tags=own))
    return path


def lines(*directions):
    """Nodes, arms and the lines over the centre: each line from the far end of one arm to that of the opposite."""
    nodes, arms = {X: CENTRE}, {}
    for i, direction in enumerate(directions):
        own = arm(direction, 1000 * (i + 1))
        nodes |= own
        arms[direction] = list(own)
    return nodes, arms


def over(*arms):
    """References of a way over the centre, from the far end of one arm to that of another."""
    return [*arms[0][::-1], X, *arms[1]]


def joined(network, nodes, one, other):
    """Whether rails lead from the far end of one arm to that of another by the centre."""
    try:
        path = find_path(Place("a", *nodes[one[-1]]), Place("b", *nodes[other[-1]]), network=network)
    except NoPath:
        return False
    return path.rail_km < 100


def turns(network, nodes, arms):
    """Pairs of arms between which trains can go over the centre."""
    names = list(arms)
    return {(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if joined(network, nodes, arms[a], arms[b])}


ANY_OF_FOUR = {(0, 180), (0, 90), (0, 270), (180, 90), (180, 270), (90, 270)}
STRAIGHT = {(0, 180), (90, 270)}
CROSSING, SWITCH = {"railway": "railway_crossing"}, {"railway": "switch"}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, STRAIGHT),
        (CROSSING, STRAIGHT),
        (SWITCH, ANY_OF_FOUR),
        (SWITCH | {"railway:switch": "double_slip"}, ANY_OF_FOUR),
        (SWITCH | {"railway:switch": "single_slip"}, ANY_OF_FOUR),
        (CROSSING | {"railway:switch": "double_slip"}, ANY_OF_FOUR),
        ({"railway": "level_crossing"}, STRAIGHT),
        ({"railway": "crossing"}, STRAIGHT),
        ({"railway": "signal"}, STRAIGHT),
    ],
    ids=lambda tags: " ".join(tags.values()) or "untagged" if isinstance(tags, dict) else "",
)
@pytest.mark.parametrize("cut", [False, True], ids=["two ways", "four ways that end there"])
def test_what_the_node_is(tmp_path, tags, expected, cut):
    nodes, arms = lines(0, 180, 90, 270)
    if cut:
        ways = {i: ([*own[::-1], X], RAIL) for i, own in enumerate(arms.values(), start=1)}
    else:
        ways = {1: (over(arms[0], arms[180]), RAIL), 2: (over(arms[90], arms[270]), RAIL)}
    network = import_network([write(tmp_path / "a.osm.pbf", nodes, ways, {X: tags})], island_km=0)
    assert turns(network, nodes, arms) == expected
    assert network.origin["parted_crossings"] == str(int(expected == STRAIGHT))
    assert network.km.sum() == pytest.approx(160, abs=1)


@pytest.mark.parametrize(
    ("angle", "tags", "parted"),
    [(90, {}, True), (45, {}, True), (25, {}, True), (12, {}, False), (6, {}, False), (6, CROSSING, True)],
)
def test_a_small_angle_may_be_a_switch_that_nobody_tagged(tmp_path, angle, tags, parted):
    nodes, arms = lines(0, 180, angle, angle + 180)
    ways = {1: (over(arms[0], arms[180]), RAIL), 2: (over(arms[angle], arms[angle + 180]), RAIL)}
    network = import_network([write(tmp_path / "a.osm.pbf", nodes, ways, {X: tags})], island_km=0)
    assert ((0, angle) not in turns(network, nodes, arms)) is parted


def test_a_line_that_turns_at_the_node_is_no_crossing(tmp_path):
    """Two lines that touch at a corner; tagged as a crossing each still keeps its own way."""
    nodes, arms = lines(0, 90, 180, 270)
    ways = {1: (over(arms[0], arms[90]), RAIL), 2: (over(arms[180], arms[270]), RAIL)}
    network = import_network([write(tmp_path / "a.osm.pbf", nodes, ways)], island_km=0)
    assert len(turns(network, nodes, arms)) == 6


@pytest.mark.parametrize("tags", [{}, CROSSING], ids=["untagged", "tagged"])
def test_a_way_that_ends_there_is_a_junction(tmp_path, tags):
    for directions in ((0, 180, 90), (0, 180, 90, 270, 45)):
        nodes, arms = lines(*directions)
        ways = {1: (over(arms[0], arms[180]), RAIL)}
        if 270 in directions:
            ways[2] = (over(arms[90], arms[270]), RAIL)
        ways[3] = ([*arms[directions[-1]][::-1], X], RAIL)
        network = import_network([write(tmp_path / "a.osm.pbf", nodes, ways, {X: tags})], island_km=0)
        count = len(directions)
        assert len(turns(network, nodes, arms)) == count * (count - 1) / 2


@pytest.mark.parametrize(
    ("tags", "other", "expected"),
    [
        (CROSSING, {"railway": "disused"}, {(0, 180)}),
        (CROSSING, RAIL | {"access": "no"}, {(0, 180)}),
        (CROSSING, {"railway": "tram"}, {(0, 180), (0, 90), (180, 90)}),  # none of the rails: may be tagged wrongly
        ({}, {"railway": "disused"}, {(0, 180), (0, 90), (180, 90)}),
        (SWITCH, {"railway": "disused"}, {(0, 180), (0, 90), (180, 90)}),
    ],
)
def test_a_line_over_a_crossing_goes_on_out_of_use(tmp_path, tags, other, expected):
    nodes, arms = lines(0, 180, 90, 270)
    ways = {1: (over(arms[0], arms[180]), RAIL), 2: ([X, *arms[90]], RAIL), 3: ([X, *arms[270]], other)}
    network = import_network([write(tmp_path / "a.osm.pbf", nodes, ways, {X: tags})], island_km=0)
    del arms[270]
    assert turns(network, nodes, arms) == expected


def test_a_way_out_of_use_makes_no_junction_of_a_crossing(tmp_path):
    nodes, arms = lines(0, 180, 90, 270, 45)
    ways = {1: (over(arms[0], arms[180]), RAIL), 2: (over(arms[90], arms[270]), RAIL)}
    ways[3] = ([X, *arms.pop(45)], {"railway": "disused"})
    for tags in ({}, CROSSING):
        network = import_network([write(tmp_path / "a.osm.pbf", nodes, ways, {X: tags})], island_km=0)
        assert turns(network, nodes, arms) == STRAIGHT


FERRY = {"route": "ferry", "train": "yes", "gauge": "1520"}


@pytest.mark.parametrize("tags", [{}, CROSSING], ids=["untagged", "tagged"])
@pytest.mark.parametrize(
    "aboard", [(90, 270), (180, 90), (90,)], ids=["from a line", "from two tracks that end there", "from its middle"]
)
def test_trains_change_to_a_ferry_where_it_begins(tmp_path, tags, aboard):
    nodes, arms = lines(0, 180, 90, 270)
    ways = {i: ([X, *own], FERRY if way in aboard else RAIL) for i, (way, own) in enumerate(arms.items(), start=1)}
    network = import_network([write(tmp_path / "a.osm.pbf", nodes, ways, {X: tags})], island_km=0).with_ferries
    assert turns(network, nodes, arms) == ANY_OF_FOUR


def test_three_lines_over_one_node(tmp_path):
    nodes, arms = lines(0, 180, 60, 240, 120, 300)
    ways = {i: (over(arms[60 * i], arms[60 * i + 180]), RAIL) for i in range(3)}
    network = import_network(
        [write(tmp_path / "a.osm.pbf", nodes, {i + 1: way for i, way in ways.items()})], island_km=0
    )
    assert turns(network, nodes, arms) == {(0, 180), (60, 240), (120, 300)}
    assert network.origin["parted_crossings"] == "1"
    # Two of them meet at a small angle: they stay one, the third is parted from both.
    nodes, arms = lines(0, 180, 8, 188, 90, 270)
    ways = {
        1: (over(arms[0], arms[180]), RAIL),
        2: (over(arms[8], arms[188]), RAIL),
        3: (over(arms[90], arms[270]), RAIL),
    }
    network = import_network([write(tmp_path / "b.osm.pbf", nodes, ways)], island_km=0)
    assert (90, 270) in turns(network, nodes, arms)
    assert not {pair for pair in turns(network, nodes, arms) if len({90, 270} & set(pair)) == 1}
    assert (0, 188) in turns(network, nodes, arms)


def test_a_way_that_passes_itself(tmp_path):
    """One way: in from the west, over the centre, round by the south-east, over the centre to the north."""
    nodes, arms = lines(0, 180, 90, 270)
    corner = {9000: (nodes[arms[0][-1]][0], nodes[arms[270][-1]][1])}
    refs = [*over(arms[180], arms[0]), 9000, *over(arms[270], arms[90])]
    network = import_network([write(tmp_path / "a.osm.pbf", nodes | corner, {1: (refs, RAIL)})], island_km=0)
    path = find_path(Place("west", *nodes[arms[180][-1]]), Place("north", *nodes[arms[90][-1]]), network=network)
    assert path.rail_km == pytest.approx(240, abs=3)


def test_lines_that_share_rails_are_not_parted(tmp_path):
    """Two ways over the same rails from the east, which part at the node."""
    nodes, arms = lines(0, 180, 150)
    ways = {1: (over(arms[0], arms[180]), RAIL), 2: (over(arms[0], arms[150]), RAIL | {"usage": "freight"})}
    network = import_network([write(tmp_path / "a.osm.pbf", nodes, ways, {X: CROSSING})], island_km=0)
    assert turns(network, nodes, arms) == {(0, 180), (0, 150), (180, 150)}


def test_the_first_metres_may_be_drawn_askew(tmp_path):
    """A node 5 m from the crossing, 3 m off the line: the line is straight all the same."""
    nodes, arms = lines(0, 180, 90, 270)
    nodes[7000] = (CENTRE[0] + 5 / 68_600, CENTRE[1] + 3 / 111_200)
    ways = {1: ([*arms[180][::-1], X, 7000, *arms[0]], RAIL), 2: (over(arms[90], arms[270]), RAIL)}
    network = import_network([write(tmp_path / "a.osm.pbf", nodes, ways)], island_km=0)
    assert turns(network, nodes, arms) == STRAIGHT


def test_what_the_newest_extract_says_of_a_node_counts(tmp_path):
    nodes, arms = lines(0, 180, 90, 270)
    ways = {1: (over(arms[0], arms[180]), RAIL), 2: (over(arms[90], arms[270]), RAIL)}
    files = []
    for stamp, tags in (("2024-01-01T00:00:00Z", SWITCH), ("2025-01-01T00:00:00Z", {})):
        path = tmp_path / f"{stamp[:4]}.osm.pbf"
        header = osmium.io.Header()
        header.set("osmosis_replication_timestamp", stamp)
        header.set("timestamp", stamp)
        with osmium.SimpleWriter(str(path), header=header) as writer:
            for node, spot in sorted(nodes.items()):
                own = tags if node == X else {}
                writer.add_node(osmium.osm.mutable.Node(id=node, version=1, location=spot, tags=own))
            for way, (refs, own) in ways.items():
                writer.add_way(osmium.osm.mutable.Way(id=way, version=1, nodes=refs, tags=own))
        files.append(path)
    for order in (files, files[::-1]):
        assert turns(import_network(order, island_km=0), nodes, arms) == STRAIGHT
    assert turns(import_network(files[:1], island_km=0), nodes, arms) == ANY_OF_FOUR


def test_the_search_and_the_lengths_are_the_same(tmp_path):
    """Every link of the network is one of the drawn lines, whole: nothing is cut or lost where they cross."""
    nodes, arms = lines(0, 180, 90, 270)
    ways = {1: (over(arms[0], arms[180]), RAIL), 2: (over(arms[90], arms[270]), RAIL)}
    network = import_network([write(tmp_path / "a.osm.pbf", nodes, ways)], island_km=0)
    assert len(network.metres) == 2
    assert (network.bends.round(5) == np.array(CENTRE)).all(axis=1).sum() == 2  # both pass over it


def test_an_answer_of_overpass_says_what_its_nodes_are():
    nodes, arms = lines(0, 180, 90, 270)
    elements = [{"type": "node", "id": node, "lon": lon, "lat": lat} for node, (lon, lat) in nodes.items()]
    elements[0]["tags"] = SWITCH
    elements += [{"type": "way", "id": 1, "nodes": over(arms[0], arms[180]), "tags": RAIL}]
    found = _read_answer(json.loads(json.dumps({"elements": elements})), Choice())
    assert found.points == [(X, "switch")]


def test_the_import_says_how_many_were_parted(tmp_path):
    nodes, arms = lines(0, 180, 90, 270)
    ways = {1: (over(arms[0], arms[180]), RAIL), 2: (over(arms[90], arms[270]), RAIL)}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", nodes, ways)], island_km=0)
    assert note_lines(network.origin) == ["crossings of rails without a switch, where no path turns: 1"]
