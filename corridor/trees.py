"""Shortest-path trees over the rails of one gauge: distances in whole metres, and the ways that they tell.

A tree is kept as distances alone. Lengths are whole metres, so sums are exact on every machine, and the way back is
found link by link: the one over which the distance falls by just its length.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor.errors import DataError
from corridor.frozen import read_only
from corridor.memory import size_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from corridor.network import RailNetwork

ANY_GAUGE = -1
"""In place of a number of GAUGE_SYSTEMS: all freight rails, whatever their gauge."""

Seeds = tuple[tuple[int, int], ...]
"""Nodes next to a point, and how far each lies from it [m]."""

LONGEST = 10**9
"""No path is so long [m]; distances stay well below what 32 bits hold."""

_LIMITS_KM = (100, 200, 400, 700, 1200, 2000, 4000, np.inf)


def rails(network: RailNetwork, system: int, shut: bytes = b"") -> NDArray[np.bool_]:
    """Links that freight trains of a gauge system may use, shape (m,).

    Parameters
    ----------
    network : RailNetwork
    system : int
        Place in GAUGE_SYSTEMS, or ANY_GAUGE.
    shut : bytes
        Links that are closed, as :func:`numpy.packbits` packs a mask of them; empty for none.
    """
    return network.memory.get(("rails", system, shut), lambda: _rails(network, system, shut))


def _rails(network: RailNetwork, system: int, shut: bytes) -> NDArray[np.bool_]:
    allowed = network.freight if system == ANY_GAUGE else network.runs(system)
    if shut:
        allowed = allowed & ~np.unpackbits(np.frombuffer(shut, np.uint8), count=len(allowed)).astype(bool)
    allowed.flags.writeable = False
    return allowed


def _matrix(network: RailNetwork, system: int, shut: bytes) -> Any:
    """The rails as a sparse matrix of metres; parallel links stand in it one by one, and the search takes the best."""
    from scipy.sparse import csr_array

    def matrix() -> Any:
        start, far, link = network.adjacency
        free = rails(network, system, shut)[link]
        rows = np.concatenate([[0], np.cumsum(free)])[start].astype(np.int32)
        n = len(network.nodes)
        return csr_array((network.metres[link[free]].astype(np.float64), far[free], rows), shape=(n, n))

    return network.memory.get(
        ("matrix", system, shut), matrix, lambda made: size_of([made.data, made.indices, made.indptr])
    )


def grow(
    network: RailNetwork, system: int, shut: bytes, roots: Sequence[int], limit_km: float = np.inf
) -> NDArray[np.int32]:
    """Distance of every node from each root [m], -1 where it is not reached, shape (roots, n).

    Nothing farther than the limit is looked at.
    """
    from scipy.sparse.csgraph import dijkstra

    matrix = _matrix(network, system, shut)
    metres = np.empty((len(roots), len(network.nodes)), dtype=np.int32)
    for tree, root in zip(metres, roots, strict=True):  # one by one: all at once they would not fit the cache
        tree[:] = _whole_metres(dijkstra(matrix, indices=root, limit=limit_km * 1000))
    metres.flags.writeable = False
    return metres


def tree_over(
    network: RailNetwork, system: int, seeds: Seeds, *, shut: bytes = b"", reach_km: float = np.inf
) -> NDArray[np.int32]:
    """Distance of every node from a point [m], -1 where it is not reached, shape (n,); kept for the next call.

    Parameters
    ----------
    network : RailNetwork
    system, shut
        As in :func:`rails`.
    seeds : tuple of (int, int)
        Nodes next to the point, and how far each lies from it [m]: a node itself, or both ends of a link.
    reach_km : float
        The tree reaches at least so far, or everything.
    """
    limit = next(limit for limit in _LIMITS_KM if limit >= reach_km)
    key = ("tree", system, shut, seeds, limit)
    return network.memory.get(key, lambda: _grown(network, system, shut, seeds, limit))


def _grown(network: RailNetwork, system: int, shut: bytes, seeds: Seeds, limit_km: float) -> NDArray[np.int32]:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    matrix, n = _matrix(network, system, shut), len(network.nodes)
    # One more node for the point, with links to its neighbours and none back. Where the point is a node, such a link
    # has no length: a zero that is stored in a sparse matrix is a link to scipy, in a dense one it would be none.
    nodes, metres = np.array(seeds).T
    data = np.concatenate([matrix.data, metres])
    columns = np.concatenate([matrix.indices, nodes.astype(np.int32)])
    rows = np.append(matrix.indptr, np.int32(len(data)))
    found = dijkstra(csr_array((data, columns, rows), shape=(n + 1, n + 1)), indices=n, limit=limit_km * 1000)[:n]
    return read_only(_whole_metres(found))


def _whole_metres(found: NDArray[np.float64]) -> NDArray[np.int32]:
    """Distances as a tree holds them."""
    found[np.isinf(found)] = -1
    if found.max(initial=0) > LONGEST:
        raise DataError(f"a network with a path of {found.max() / 1000:,.0f} km, longer than any rails; make it again")
    return found.astype(np.int32)


def _slots(network: RailNetwork) -> tuple[memoryview, ...]:
    """Adjacency and lengths for reading one by one, which numpy does slowly."""
    arrays: list[Any] = [*network.adjacency, network.metres]
    return tuple(map(memoryview, arrays))


def walk_back(
    network: RailNetwork, allowed: NDArray[np.bool_], metres: NDArray[np.int32], node: int, seeds: Seeds
) -> tuple[list[int], list[int]]:
    """The way from a node to the point from which a tree was grown.

    Parameters
    ----------
    network : RailNetwork
    allowed : ndarray of bool, shape (m,)
        The links over which the tree was grown.
    metres : ndarray of int32, shape (n,)
        The tree.
    node : int
        A node that it reaches.
    seeds : tuple of (int, int)
        As in :func:`tree_over`.

    Returns
    -------
    nodes, links : lists of int
        From ``node`` to a seed; one node more than links. Of ways of one length always the same.

    Raises
    ------
    DataError
        If the tree was grown over other rails.
    """
    start, neighbour, link, length = network.memory.get("slots", lambda: _slots(network))
    arrays: list[Any] = [np.ascontiguousarray(allowed), np.ascontiguousarray(metres)]
    free, away, end = memoryview(arrays[0]), memoryview(arrays[1]), dict(seeds)
    nodes, links = [node], []
    left = away[node]
    while end.get(node) != left:
        for slot in range(start[node], start[node + 1]):
            i, next_node = link[slot], neighbour[slot]
            # Where a tree ends early, -1 stands beyond: no distance that is left may be taken for it.
            if free[i] and left >= length[i] and away[next_node] == left - length[i]:
                node, left = next_node, left - length[i]
                nodes.append(node)
                links.append(i)
                break
        else:
            raise DataError("a tree that does not belong to these rails; delete the .trees.npz beside the network file")
    return nodes, links
