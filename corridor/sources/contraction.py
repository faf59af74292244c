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

    Kept as nodes: those in ``keep``, and where country, gauge, usage or mending changes. Links that go back to
    where they start are dropped; parallel links are kept if they differ in length or in geometry.
    """
    n, m = len(graph.lonlat), len(graph.ends)
    degree = np.bincount(graph.ends.ravel(), minlength=n)
    kept = degree != 2
    kept[keep] = True
    # What links are, as one number each; a node where it changes stays.
    what = np.column_stack([graph.country, graph.gauge, graph.gauge_basis, graph.usage, graph.mended]).astype(np.int64)
    kind = np.unique(what, axis=0, return_inverse=True)[1].reshape(-1)
    low, high = np.full(n, m), np.full(n, -1)
    np.minimum.at(low, graph.ends, kind[:, None])
    np.maximum.at(high, graph.ends, kind[:, None])
    kept |= (low != high) & (degree > 0)

    links_of: list[list[int]] = [[] for _ in range(n)]
    for link, (first, second) in enumerate(graph.ends.tolist()):
        links_of[first].append(link)
        links_of[second].append(link)
    ends, used = graph.ends.tolist(), np.zeros(m, dtype=bool)
    found: dict[tuple[int, int, int, tuple[int, ...]], int] = {}
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
            key = (chain[0], chain[-1], max(1, round(metres)), tuple(chain[1:-1]))
            found.setdefault(key, first_link)

    order = sorted(found)
    nodes = np.unique([end for key in order for end in key[:2]])
    number = np.full(n, -1)
    number[nodes] = np.arange(len(nodes))
    bends = [node for key in order for node in key[3]]
    counts = [len(key[3]) for key in order]
    one = [found[key] for key in order]
    return RailNetwork(
        nodes=graph.lonlat[nodes],
        ends=number[[key[:2] for key in order]].astype(np.int32),
        metres=np.array([key[2] for key in order], dtype=np.int32),
        country=graph.country[one],
        gauge=graph.gauge[one],
        gauge_basis=graph.gauge_basis[one],
        usage=graph.usage[one],
        mended=graph.mended[one],
        checked=np.zeros(len(order), dtype=bool),
        bends=graph.lonlat[bends].reshape(-1, 2),
        bend_start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        countries=countries,
        origin=origin,
    )
