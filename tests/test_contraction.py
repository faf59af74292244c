"""Laws of contraction, and borders that outlines mended on the way still cut."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from corridor.network import GAUGES_MM
from corridor.sources.borders import split_at_borders
from corridor.sources.contraction import contract
from corridor.sources.countries import read_countries, read_outlines
from corridor.sources.graph import raw_graph

POINTS = np.column_stack([np.arange(9) * 0.1 + 10, np.arange(9) ** 2 * 0.01 + 50])
LINK = st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 9), st.integers(0, 1)).filter(
    lambda link: link[0] != link[1]
)


def drawn(links):
    table = np.array(links, dtype=np.int64)
    return raw_graph(POINTS, table[:, :2], table[:, 2].astype(float), usage=table[:, 3].astype(np.uint8))


def distances(count, ends, km):
    """Shortest ways between all nodes; of parallel links the shorter counts."""
    matrix = np.full((count, count), np.inf)
    np.minimum.at(matrix, (ends[:, 0], ends[:, 1]), km)
    matrix = np.minimum(matrix, matrix.T)
    matrix[np.isinf(matrix)] = 0
    return shortest_path(csr_array(matrix), directed=False)


@given(st.lists(LINK, min_size=1, max_size=14), st.sets(st.integers(0, 8)))
def test_ways_between_the_nodes_that_stay_are_as_long_as_before(links, keep):
    graph = drawn(links)
    network = contract(graph, keep=np.array(sorted(keep), dtype=int), countries=("AA",), origin={})
    place = {tuple(point): i for i, point in enumerate(POINTS.tolist())}
    number = [place[tuple(node)] for node in network.nodes.tolist()]
    before = distances(len(POINTS), graph.ends, graph.km)[np.ix_(number, number)]
    np.testing.assert_allclose(distances(len(number), network.ends, network.km), before)
    # Both ends of each link are told apart, and in order: no loops, one way to write a network.
    assert (network.ends[:, 0] < network.ends[:, 1]).all()


@given(st.lists(LINK, min_size=1, max_size=14))
def test_no_node_stays_without_a_reason(links):
    network = contract(drawn(links), keep=np.empty(0, dtype=int), countries=("AA",), origin={})
    raw_degree = np.bincount(np.array(links)[:, :2].ravel(), minlength=len(POINTS))
    place = {tuple(point): i for i, point in enumerate(POINTS.tolist())}
    for node, point in enumerate(network.nodes.tolist()):
        usages = {int(network.usage[i]) for i in np.flatnonzero((network.ends == node).any(axis=1))}
        assert raw_degree[place[tuple(point)]] != 2 or len(usages) == 2


@given(st.lists(LINK, min_size=1, max_size=14), st.randoms())
def test_the_order_of_links_and_of_their_ends_does_not_matter(links, random):
    one = contract(drawn(links), keep=np.empty(0, dtype=int), countries=("AA",), origin={})
    turned = [(b, a, km, usage) if random.random() < 0.5 else (a, b, km, usage) for a, b, km, usage in links]
    random.shuffle(turned)
    assert contract(drawn(turned), keep=np.empty(0, dtype=int), countries=("AA",), origin={}).digest == one.digest


def test_what_links_are_keeps_them_apart():
    """a--b--c--d--e: gauge changes at b, how it is known at c, usage at d."""
    one = dict.fromkeys(("gauge", "gauge_basis", "usage"))
    one["gauge"] = np.array([1, 2, 2, 2], np.uint8)
    one["gauge_basis"] = np.array([1, 1, 3, 3], np.uint8)
    one["usage"] = np.array([0, 0, 0, 2], np.uint8)
    graph = raw_graph(POINTS[:5], np.array([[0, 1], [1, 2], [2, 3], [3, 4]]), np.ones(4), **one)
    network = contract(graph, keep=np.empty(0, dtype=int), countries=("AA",), origin={})
    assert network.gauge.tolist() == one["gauge"].tolist()
    assert network.gauge_basis.tolist() == one["gauge_basis"].tolist()
    assert network.usage.tolist() == one["usage"].tolist()
    assert len(GAUGES_MM) == 8  # the bits of one byte


def test_an_outline_that_touches_itself_is_a_border_all_the_same(data_copy):
    """Both countries have a spike, as Russia and China have somewhere: made valid, it is a stray line."""
    west = [[10.05, 52], [10.05, 45], [5, 45], [5, 52], [5, 53], [5, 52], [10.05, 52]]
    east = [[10.05, 52], [10.05, 45], [15, 45], [15, 52], [15, 53], [15, 52], [10.05, 52]]
    shapes = [
        {"type": "Polygon", "properties": {"name": name}, "arcs": [[arc]]}
        for arc, name in enumerate(["Westland", "Eastland"])
    ]
    topology = {
        "type": "Topology",
        "arcs": [west, east],
        "objects": {"countries": {"type": "GeometryCollection", "geometries": shapes}},
    }
    path = data_copy / "countries-10m.json"
    path.write_text(json.dumps(topology))
    rows = [
        f"{code},{name},{name},1435,assumed,https://example.org"
        for code, name in (("WW", "Westland"), ("EE", "Eastland"))
    ]
    header = "country,name_en,natural_earth,gauge_mm,status,source"
    (data_copy / "routes" / "countries.csv").write_text("\n".join([header, *rows]) + "\n")
    areas = read_countries(path)
    assert set(areas.geometry.geom_type) <= {"Polygon", "MultiPolygon"}
    graph = raw_graph(np.array([[10.0, 50], [10.2, 50]]), np.array([[0, 1]]), np.array([14.0]))
    split = split_at_borders(graph, areas)
    assert [areas["country"][i] for i in split.country] == ["WW", "EE"]
    assert split.km.tolist() == pytest.approx([3.5, 10.5])


def test_the_outlines_of_the_data_are_countries_too():
    areas = read_outlines()
    assert areas["country"].is_monotonic_increasing
    assert {"CN", "RU", "MN", "KZ", "DE"} <= set(areas["country"])
    assert areas.geometry.is_valid.all()
