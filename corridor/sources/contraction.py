"""From many short links to few: nodes of degree two become vertices of a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corridor.network import RailNetwork
from corridor.sources.graph import RawGraph

if TYPE_CHECKING:
    from numpy.typing import NDArray


def contract(
    graph: RawGraph, *, keep: NDArray[np.int64], countries: tuple[str, ...], origin: dict[str, str]
) -> RailNetwork:
    """Merge links at nodes of degree two; their places stay in the geometry.

    Kept as nodes: those in ``keep``, ends of mends, and where the country changes. Links that go back to
    where they start are dropped; parallel links are kept if they differ in length or in geometry.
    """
    n, m = len(graph.lonlat), len(graph.ends)
    degree = np.bincount(graph.ends.ravel(), minlength=n)
    kept = degree != 2
    kept[keep] = True
    kept[graph.ends[graph.mended].ravel()] = True
    low, high = np.full(n, 255), np.zeros(n, dtype=np.int64)
    for side in (0, 1):
        np.minimum.at(low, graph.ends[:, side], graph.country)
        np.maximum.at(high, graph.ends[:, side], graph.country)
    kept |= (low != high) & (degree > 0)

    links_of: list[list[int]] = [[] for _ in range(n)]
    for link, (first, second) in enumerate(graph.ends.tolist()):
        links_of[first].append(link)
        links_of[second].append(link)
    ends, used = graph.ends.tolist(), np.zeros(m, dtype=bool)
    found: dict[tuple[int, int, int, tuple[int, ...]], tuple[int, bool]] = {}
    for start in np.flatnonzero(kept).tolist():
        for first_link in links_of[start]:
            if used[first_link]:
                continue
            chain, node, link, metres = [start], start, first_link, 0.0
            while True:
                used[link] = True
                metres += graph.km[link] * 1000
                pair = ends[link]
                node = pair[1] if pair[0] == node else pair[0]
                chain.append(node)
                if kept[node]:
                    break
                one, other = links_of[node]
                link = other if one == link else one
            if chain[0] == chain[-1]:
                continue
            if chain[0] > chain[-1]:
                chain.reverse()
            key = (chain[0], chain[-1], round(metres), tuple(chain[1:-1]))
            found.setdefault(key, (int(graph.country[first_link]), bool(graph.mended[first_link])))

    order = sorted(found)
    nodes = np.unique([end for key in order for end in key[:2]])
    number = np.full(n, -1)
    number[nodes] = np.arange(len(nodes))
    bends = [node for key in order for node in key[3]]
    counts = [len(key[3]) for key in order]
    links = len(order)
    return RailNetwork(
        nodes=graph.lonlat[nodes],
        ends=number[[key[:2] for key in order]].astype(np.int32),
        km=np.array([key[2] for key in order]) / 1000,
        country=np.array([found[key][0] for key in order], dtype=np.uint8),
        gauge=np.zeros(links, dtype=np.uint8),
        gauge_basis=np.zeros(links, dtype=np.uint8),
        mended=np.array([found[key][1] for key in order]),
        bends=graph.lonlat[bends].reshape(-1, 2),
        bend_start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        countries=countries,
        origin=origin,
    )
