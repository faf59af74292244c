"""Rings: joined at one junction, at none, at each other; and networks of no links."""

import math

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from osm_drawn import write_extract
from test_contraction import LINK, POINTS, distances, drawn

from corridor.cli import main
from corridor.errors import DataError
from corridor.gates import write_network
from corridor.network import RailNetwork, gauge_name, load_network
from corridor.places import Place
from corridor.routing import find_path
from corridor.sources import import_network
from corridor.sources.contraction import contract

pytest.importorskip("osmium")
RAIL = {"railway": "rail", "gauge": "1520"}
LINE = {i: (113 + (i - 1) / 10, 51.9) for i in range(1, 22)}  # 137.7 km along 51.9 N


def ring(first, count=36, centre=(115.5, 51.9), at=0):
    """Nodes round a ring of half a degree by 0.3, from its westernmost on; the first has the number ``at`` if given."""
    turns = [2 * math.pi * i / count for i in range(count)]
    places = [(centre[0] - 0.5 * math.cos(turn), centre[1] + 0.3 * math.sin(turn)) for turn in turns]
    return {at or first: places[0]} | {first + i: place for i, place in enumerate(places) if i}


def closed(nodes):
    return [*nodes, next(iter(nodes))]


ON_LINE = ring(100, at=21)
BESIDE = ring(200, centre=(115.5, 52.5))
SECOND = ring(300, centre=(116.5, 51.9), at=118)  # hangs at the easternmost node of the first ring
OTHER_WAY = ring(400, centre=(114.5, 51.9))
EIGHT = {21 if i == 400 + 18 else i: place for i, place in OTHER_WAY.items()}  # joins the first ring at node 21
PAIR = {500: (113.0, 53.0), 501: (113.5, 53.2), 502: (114.0, 53.0), 503: (113.5, 52.8)}


@pytest.mark.parametrize(
    ("ways", "km"),
    [
        ({1: list(LINE), 2: closed(ON_LINE)}, (138, 213)),
        ({1: [*LINE, *closed(ON_LINE)[1:]]}, (138, 213)),
        ({2: closed(ON_LINE)[:10], 1: list(LINE), 3: closed(ON_LINE)[9:]}, (138, 213)),
        ({1: closed(BESIDE)}, (211,)),
        ({1: closed(BESIDE), 2: list(LINE)}, (138, 211)),
        ({1: closed(ON_LINE), 2: closed(EIGHT)}, (213, 213)),
        ({1: list(LINE), 2: closed(ON_LINE), 3: closed(SECOND)}, (138, 213, 213)),
        ({1: [500, 501, 502], 2: [502, 503, 500]}, (161,)),
        ({1: [500, 501, 502, 500]}, (147,)),
    ],
    ids=[
        "at the end of a line",
        "of the line's own way",
        "of two ways",
        "by itself",
        "beside a line",
        "figure of eight",
        "ring on ring",
        "two ways between two nodes",
        "triangle by itself",
    ],
)
def test_rings_are_kept(tmp_path, ways, km):
    nodes = LINE | SECOND | EIGHT | ON_LINE | BESIDE | PAIR
    used = {ref: nodes[ref] for refs in ways.values() for ref in refs}
    path = write_extract(tmp_path / "a.osm.pbf", used, {number: (refs, RAIL) for number, refs in ways.items()})
    network = import_network([path], island_km=0)
    assert network.km.sum() == pytest.approx(sum(km), abs=1.5)
    assert (network.ends[:, 0] != network.ends[:, 1]).all()
    places = {tuple(place) for place in np.vstack([network.nodes, network.bends]).round(4).tolist()}
    assert places >= {tuple(np.round(place, 4).tolist()) for place in used.values()}
    # Every node of it can be reached from every other that rails join to it.
    write_network(tmp_path / "n.npz", network)
    assert load_network(tmp_path / "n.npz").digest == network.digest


def test_a_place_on_the_ring_is_reached(tmp_path):
    ways = {1: (list(LINE), RAIL), 2: (closed(ON_LINE), RAIL)}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", LINE | ON_LINE, ways)])
    start = Place("start", 113.0, 51.9)
    assert find_path(start, Place("junction", 115.0, 51.9), network=network).rail_km == pytest.approx(137.7, abs=0.1)
    path = find_path(start, Place("on the ring", 116.0, 51.9), network=network)
    assert path.rail_km == pytest.approx(137.7 + 213 / 2, abs=1)
    assert path.snap_km[1] < 0.01
    # Both halves of the ring are there: a place a quarter round is reached the shorter way.
    for lat in (52.2, 51.6):
        quarter = find_path(start, Place("a quarter round", 115.5, lat), network=network)
        assert quarter.rail_km == pytest.approx(137.7 + 213 / 4, abs=1)


def test_a_ring_may_change_gauge_or_country(tmp_path):
    nodes = closed(ON_LINE)
    ways = {1: (list(LINE), RAIL), 2: (nodes[:12], RAIL), 3: (nodes[11:], RAIL | {"gauge": "1520;1435"})}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", LINE | ON_LINE, ways)])
    km = {gauge_name(int(g)): float(network.km[network.gauge == g].sum()) for g in np.unique(network.gauge)}
    assert km["1520"] > 137.7 + 60
    assert km["1435+1520"] == pytest.approx(213 - (km["1520"] - 137.7), abs=2)
    # Across the Amur near Blagoveshchensk: half of it in China.
    over = ring(600, centre=(127.5, 50.25))
    split = import_network(
        [write_extract(tmp_path / "b.osm.pbf", over, {1: (closed(over), {"railway": "rail"})})], island_km=0
    )
    assert {split.countries[i] for i in np.unique(split.country)} == {"CN", "RU"}
    assert split.km.sum() == pytest.approx(214, abs=4)


@given(st.lists(LINK, min_size=1, max_size=14), st.sets(st.integers(0, 8)), st.randoms())
def test_no_link_is_lost_however_links_are_ordered(links, keep, random):
    keep = np.array(sorted(keep), dtype=int)
    graph = drawn(links)
    network = contract(graph, keep=keep, countries=("AA",), origin={}, rings=True)
    assert (network.ends[:, 0] < network.ends[:, 1]).all()
    unlike = {(min(a, b), max(a, b), km, usage) for a, b, km, usage in links}  # what is alike in all of it counts once
    assert network.km.sum() == pytest.approx(sum(km for _, _, km, _ in unlike)) or len(unlike) < len(links)
    place = {tuple(point): i for i, point in enumerate(POINTS.tolist())}
    number = [place[tuple(node)] for node in network.nodes.tolist()]
    before = distances(len(POINTS), graph.ends, graph.km)[np.ix_(number, number)]
    np.testing.assert_allclose(distances(len(number), network.ends, network.km), before)
    turned = [(b, a, km, usage) if random.random() < 0.5 else (a, b, km, usage) for a, b, km, usage in links]
    random.shuffle(turned)
    assert contract(drawn(turned), keep=keep, countries=("AA",), origin={}, rings=True).digest == network.digest


# ---------------------------------------------------------------- no links at all


def empty():
    numbers = {name: np.empty(0, np.uint8) for name in ("country", "gauge", "gauge_basis", "usage", "traits")}
    flags = {name: np.empty(0, bool) for name in ("mended", "checked")}
    return RailNetwork(
        nodes=np.empty((0, 2)),
        ends=np.empty((0, 2), np.int32),
        metres=np.empty(0, np.int32),
        bends=np.empty((0, 2)),
        bend_start=np.zeros(1, np.int32),
        countries=("RU",),
        origin={},
        **numbers,
        **flags,
    )


def test_a_network_of_no_links_is_refused(tmp_path):
    file = tmp_path / "none.npz"
    write_network(file, empty())
    with pytest.raises(DataError, match=r"none\.npz: a network of no links; make it again") as caught:
        load_network(file)
    assert "\n" not in str(caught.value)
    said = CliRunner().invoke(main, ["network", "info", "--network", str(file)])
    assert (said.exit_code, said.output.count("\n")) == (1, 1)
    assert "no links" in said.output


@pytest.mark.parametrize("refs", [[1], [1, 1], []], ids=["one node", "the same node twice", "no node"])
def test_ways_of_no_length_make_no_network(tmp_path, refs):
    path = write_extract(tmp_path / "a.osm.pbf", LINE, {1: (refs, RAIL)})
    with pytest.raises(DataError, match="no rails"):
        import_network([path])
    out = tmp_path / "n.npz"
    said = CliRunner().invoke(main, ["network", "import", str(path), "--out", str(out)])
    assert said.exit_code == 1
    assert not out.exists()
