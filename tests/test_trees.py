"""Many paths at once: alternatives, matrices, and the trees that they are read from."""

import os
from dataclasses import replace

import numpy as np
import pytest
from conftest import make_network, nodes_of, place

from corridor.errors import BadValue, DataError, NoPath
from corridor.gates import gates_bytes, gates_of, locate_gates, trees_path, write_network
from corridor.network import load_network, read_network
from corridor.places import Place
from corridor.routing import distance_matrix, find_alternatives, find_path, find_paths
from corridor.routing.alternatives import crossing_names
from corridor.routing.limits import limits_of
from corridor.trees import ANY_GAUGE, grow, tree_over, walk_back

EAST, SOUTH, WEST = "manzhouli-zabaykalsk", "suifenhe-grodekovo", "brest-malaszewicze"


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
                assert table[i, j] == pytest.approx(find_path(a, b, network=network, **asked).source_km)
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
                    expected = find_path(a, b, network=network, **asked).source_km
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
    with pytest.raises(BadValue, match="did you swap them"):
        Place("x", 45.75, 126.65)
    with pytest.raises(BadValue):
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


CHANGED = {
    "shape": lambda arrays: {"metres": arrays["metres"][:, :-1]},
    "out of range": lambda arrays: {"node": arrays["node"] + 900},
    "a hop": lambda arrays: {"hop": arrays["hop"][::-1]},
    "a count of hops": lambda arrays: {"hop_count": arrays["hop_count"] + np.array([1, -1, 0], np.int32)},
    "a distance": lambda arrays: {"metres": np.where(arrays["metres"] > 10, arrays["metres"] - 1, arrays["metres"])},
    "wider": lambda arrays: {"metres": arrays["metres"].astype(np.int64)},
    "byte order": lambda arrays: {"metres": arrays["metres"].astype(">i4")},
    "float": lambda arrays: {"node": arrays["node"].astype(float)},
    "names": lambda arrays: {"names": arrays["names"][::-1]},
    "key": lambda arrays: {"key": np.array("0" * 64)},
    "no key": lambda arrays: {"key": np.empty(0, "<U1")},
    "one more": lambda arrays: {"more": arrays["hop"]},
}


@pytest.mark.parametrize("harm", ["another", "cut", "zeroed", "none", "a pipe", "a folder", *CHANGED])
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
    elif harm in CHANGED:
        with np.load(trees) as whole:
            arrays = dict(whole)
        np.savez(trees, **(arrays | CHANGED[harm](arrays)))
    else:
        trees.unlink()
        if harm == "a pipe":
            os.mkfifo(trees)
        elif harm == "a folder":
            trees.mkdir()
    again = read_network(file)
    assert gates_of(again).stored is None
    assert find_path(place(again, at, "H"), place(again, at, "W"), network=again).rail_km == pytest.approx(8663)


def test_stored_trees_are_of_the_network_as_it_is_read(two_gauges, tmp_path):
    """Coordinates between those that a file can hold."""
    network, _ = two_gauges
    write_network(tmp_path / "n.npz", replace(network, nodes=network.nodes + 0.4e-5))
    again = read_network(tmp_path / "n.npz")
    assert gates_bytes(locate_gates(again)) == trees_path(tmp_path / "n.npz").read_bytes()


def test_stored_trees_do_not_change_while_they_are_used(two_gauges, tmp_path):
    """Another program cuts the file: what was read stays as it was, and the process lives."""
    network, _ = two_gauges
    write_network(tmp_path / "n.npz", network)
    again = read_network(tmp_path / "n.npz")
    kept = gates_of(again)
    trees_path(tmp_path / "n.npz").open("wb").close()
    np.testing.assert_array_equal(kept.metres, locate_gates(network).metres)


def test_the_embedded_trees_are_those_that_grow():
    network = load_network()
    assert gates_of(network).stored is not None
    assert gates_bytes(locate_gates(network)) == trees_path(network.file).read_bytes()


def test_a_link_just_longer_than_what_is_left_does_not_lead_out_of_a_tree():
    """A is 60 km from the root; from it another link, 1 m longer than that, leads to where the tree does not reach."""
    nodes = {"F": (90.0, 60.0), "A": (91.0, 60.0), "R": (92.0, 60.0)}
    links = [("A", "F", 60.001, "RU"), ("A", "R", 60, "RU")]
    network, at = make_network(nodes, links, ("RU",))
    near = tree_over(network, ANY_GAUGE, ((at["R"], 0),), reach_km=100)
    assert near[at["F"]] == -1
    assert walk_back(network, network.freight, near, at["A"], ((at["R"], 0),))[0] == [at["A"], at["R"]]


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
    with pytest.raises(DataError, match="does not belong"):
        walk_back(network, np.zeros(len(network.metres), dtype=bool), near, at["Z"], seeds)


def test_a_query_does_not_change_the_network(two_gauges):
    network, at = two_gauges
    before = network.digest
    find_path(place(network, at, "H"), place(network, at, "W"), avoid=["suifenhe"], network=network)
    assert network.__dict__.pop("digest") == before
    assert network.digest == before
