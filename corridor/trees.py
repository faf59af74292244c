"""Shortest-path trees over the links of some countries: grown once, walked back from any node."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from corridor.network import RailNetwork


class _Graph(NamedTuple):
    """Links of some countries as a sparse matrix [km]; of parallel links the shortest one.

    ``key``: first node times number of nodes plus second node, sorted; ``link``: the link of each key.
    """

    matrix: Any
    key: NDArray[np.int64]
    link: NDArray[np.int64]


class _Tree(NamedTuple):
    """For each node the node before it on the way from the root, and the link to there; -1: not reached."""

    before: list[int]
    link: list[int]


@lru_cache(maxsize=8)
def _graph(network: RailNetwork, countries: frozenset[str]) -> _Graph:
    from scipy.sparse import csr_array

    allowed = np.array([code in countries for code in network.countries])
    links = np.tile(np.flatnonzero(allowed[network.country]), 2)
    half = len(links) // 2
    start = np.concatenate([network.ends[links[:half], 0], network.ends[links[:half], 1]]).astype(np.int64)
    stop = np.concatenate([network.ends[links[:half], 1], network.ends[links[:half], 0]]).astype(np.int64)
    n = len(network.nodes)
    key = start * n + stop
    order = np.lexsort((links, network.km[links], key))
    key, first = np.unique(key[order], return_index=True)
    links = links[order][first]
    # scipy takes a stored zero for "no link".
    km = np.maximum(network.km[links], 1e-6)
    rows = np.searchsorted(key, np.arange(n + 1) * n)
    # Older versions of scipy's search take 32-bit indices only.
    columns, rows = (key % n).astype(np.int32), rows.astype(np.int32)
    return _Graph(csr_array((km, columns, rows), shape=(n, n)), key, links)


@lru_cache(maxsize=64)
def _tree(network: RailNetwork, countries: frozenset[str], root: int, limit: float) -> _Tree:
    from scipy.sparse.csgraph import dijkstra

    graph = _graph(network, countries)
    _, before = dijkstra(graph.matrix, indices=root, return_predecessors=True, limit=limit)
    link = np.full(len(before), -1, dtype=np.int64)
    reached = np.flatnonzero(before >= 0)
    link[reached] = graph.link[np.searchsorted(graph.key, reached * len(before) + before[reached])]
    return _Tree(before.tolist(), link.tolist())


def walk_back(
    network: RailNetwork, countries: frozenset[str], root: int, node: int, *, limit: float = np.inf
) -> tuple[list[int], list[int]] | None:
    """Shortest way from a node to the root of a tree.

    Parameters
    ----------
    network : RailNetwork
    countries : frozenset of str
        Only links in these countries are used.
    root, node : int
        Nodes of the network. The tree of each root is kept for the next call.
    limit : float
        Nothing farther than this from the root is looked at [km].

    Returns
    -------
    nodes, links : lists of int
        From ``node`` to ``root``; one node more than links. None if they are not joined.
    """
    tree = _tree(network, countries, root, limit)
    nodes, links = [node], []
    while node != root:
        if tree.before[node] < 0:
            return None
        links.append(tree.link[node])
        node = tree.before[node]
        nodes.append(node)
    return nodes, links
