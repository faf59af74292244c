"""Laws of the search over nodes and gauges, against a plain one."""

from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest
from conftest import make_network, place
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from soak import examples

from corridor.errors import NoPath
from corridor.gates import gates_of, locate_gates
from corridor.network import GAUGE_SYSTEMS, gauge_bits, load_network, network_path, read_network
from corridor.routing import distance_matrix, find_path
from corridor.routing.field import CHANGE
from corridor.routing.limits import limits_of
from corridor.routing.stops import stop_at
from corridor.transfers import transfers
from corridor.trees import ANY_GAUGE, grow, rails, walk_back

_STATIONS = {"M": (117.442, 49.583), "Z": (117.3267, 49.6514), "S": (131.1478, 44.3998), "G": (131.3756, 44.4136)}
_RING = {
    name: (124 + 9 * np.cos(2 * np.pi * i / 9).item(), 47 + 6 * np.sin(2 * np.pi * i / 9).item())
    for i, name in enumerate("abcdefghi")
}
_NODES = _STATIONS | _RING
_pairs = [(a, b) for i, a in enumerate(_NODES) for b in list(_NODES)[i + 1 :]]


@st.composite
def drawn(draw):
    """A network of nodes on a ring and four stations, its links of any gauge, usage and length.

    No rail may join the two stations of a transfer.
    """
    chosen = draw(st.lists(st.sampled_from(_pairs), min_size=6, max_size=26, unique=True))
    links = [(a, b, draw(st.integers(5, 900)), draw(st.sampled_from(["CN", "RU"]))) for a, b in chosen]
    hops = draw(st.sampled_from([["MZ", "SG"], ["MZ"], ["SG"], []]))
    links += [(*hop, {"MZ": 12, "SG": 26}[hop], "RU") for hop in hops]
    gauge = {i: draw(st.sampled_from([0, 1, 1, 2, 2, 3, 4, 6])) for i in range(len(links))}
    gauge |= {len(links) - 1 - i: 3 for i in range(len(hops))}
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
            hop = CHANGE + gates.hop_metres[i]
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
    return CHANGE * len(path.transfers) + round(1000 * path.source_km)


@settings(max_examples=examples(60, 2000), deadline=None)
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
    for piece in path.pieces:
        for link, after in pairwise(piece.links.tolist()):
            assert set(network.ends[link]) & set(network.ends[after])
    assert (path.train_gauge > 0).all()
    lines = [lonlat for piece in path.pieces if len(lonlat := piece.vertices[0])]
    for before, after in pairwise(lines):
        assert before[-1].tolist() == after[0].tolist()
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


@pytest.mark.parametrize("lengths", [(1213, 1211), (1211, 1213), (4900, 4890)])
def test_the_shorter_of_two_winding_links_counts_however_long_both_are(lengths):
    # Both are far longer than the straight line between their ends, at which the search first stops.
    network, at = make_network({"A": (60.0, 51.0), "B": (70.0, 51.0)}, [("A", "B", km, "RU") for km in lengths])
    found = find_path(place(network, at, "A"), place(network, at, "B"), network=network)
    assert found.links.tolist() == [lengths.index(min(lengths))]
    assert distance_matrix(place(network, at, "A"), place(network, at, "B"), network=network) == [[min(lengths)]]
