"""From many short links to few: nodes of degree two become vertices of a link."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from corridor.network import RailNetwork
from corridor.sources.graph import RawGraph

if TYPE_CHECKING:
    from numpy.typing import NDArray


def contract(
    graph: RawGraph,
    *,
    keep: NDArray[np.int64],
    countries: tuple[str, ...],
    origin: dict[str, str],
    rings: bool = False,
) -> RailNetwork:
    """Merge links at nodes of degree two; their places stay in the geometry.

    Kept as nodes: those in ``keep``, and where country, gauge, usage, traits, days or mending change. Parallel links
    are kept if they differ in length, in geometry or in what they are. No link ends where it starts: a ring that hangs
    at one node, or at none, is dropped, as the embedded network has it; with ``rings`` it is parted at a vertex
    halfway round.
    """
    kind, example = _kinds(graph)
    kept = _kept_nodes(graph, kind, keep)
    if rings:
        kept = _with_rings_parted(graph, kept)
    follower = _followers(graph.ends, kept)
    starts, stops, metres, counts = _walk(graph, follower, kept)
    first, last = _tails(graph.ends, starts), _heads(graph.ends, stops)
    # Every chain was walked from both ends: the way from the lower node counts.
    chosen = np.flatnonzero(first < last)
    starts, first, last, counts = starts[chosen], first[chosen], last[chosen], counts[chosen]
    metre = np.maximum(np.rint(metres[chosen]), 1).astype(np.int32)
    offset = np.concatenate([[0], np.cumsum(counts - 1)])
    bends = _bends(graph.ends, follower, starts, counts, offset)
    one = kind[starts % len(graph.ends)]
    order = _in_order(first, last, metre, one, bends, offset)

    nodes = np.unique([first[order], last[order]])
    number = np.zeros(len(graph.lonlat), dtype=np.int32)
    number[nodes] = np.arange(len(nodes))
    counts = counts[order] - 1
    bend_start = np.concatenate([[0], np.cumsum(counts)])
    place = np.repeat(offset[order] - bend_start[:-1], counts) + np.arange(bend_start[-1])
    like = example[one[order]]  # a link of the graph that is what each chain is
    return RailNetwork(
        nodes=graph.lonlat[nodes],
        ends=number[np.column_stack([first[order], last[order]])],
        metres=metre[order],
        country=graph.country[like],
        gauge=graph.gauge[like],
        gauge_basis=graph.gauge_basis[like],
        usage=graph.usage[like],
        traits=graph.traits[like],
        opened=graph.opened[like],
        closed=graph.closed[like],
        mended=graph.mended[like],
        checked=np.zeros(len(order), dtype=bool),
        bends=graph.lonlat[bends[place]].reshape(-1, 2),
        bend_start=bend_start.astype(np.int32),
        countries=countries,
        origin=origin,
    )


def _kinds(graph: RawGraph) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What each link is (country, gauge, basis, usage, traits, mended, days) as a number, and a link of each kind."""
    what = np.column_stack([graph.country, graph.gauge, graph.gauge_basis, graph.usage, graph.traits, graph.mended])
    # As one number each: rows sort slowly, numbers fast.
    packed = what.astype(np.int64) @ (256 ** np.arange(6, dtype=np.int64))
    for days in (graph.opened, graph.closed):
        if days.any():
            packed = np.unique(packed, return_inverse=True)[1].reshape(-1) << 32 | days
    _, example, kind = np.unique(packed, return_index=True, return_inverse=True)
    return kind.reshape(-1), example


def _kept_nodes(graph: RawGraph, kind: NDArray[np.int64], keep: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Nodes that stay: where not just two links meet, where their kind changes, and those asked for."""
    n = len(graph.lonlat)
    degree = np.bincount(graph.ends.ravel(), minlength=n)
    kept = degree != 2
    kept[keep] = True
    low, high = np.full(n, len(graph.ends), dtype=np.int64), np.full(n, -1, dtype=np.int64)
    for side in (0, 1):
        np.minimum.at(low, graph.ends[:, side], kind)
        np.maximum.at(high, graph.ends[:, side], kind)
    kept |= (low != high) & (degree > 0)
    return np.asarray(kept)


def _with_rings_parted(graph: RawGraph, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The nodes that stay, and of each ring with less than two of them as many more as part it in two."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends, kept = graph.ends, kept.copy()
    n = len(kept)
    joined = coo_array((np.ones(len(ends)), tuple(ends.T)), shape=(n, n))
    parts, label = connected_components(joined, directed=False)
    # A part of the graph with no node that stays is a ring by itself: its lowest node does.
    alone = np.bincount(label, kept, parts) == 0
    lowest = np.full(parts, n)
    np.minimum.at(lowest, label, np.arange(n))
    kept[lowest[alone]] = True
    follower = _followers(ends, kept)
    starts, stops, _, counts = _walk(graph, follower, kept)
    ring = (_tails(ends, starts) == _heads(ends, stops)) & (counts > 1)
    starts, counts = starts[ring], counts[ring]
    offset = np.concatenate([[0], np.cumsum(counts - 1)])
    bends = _bends(ends, follower, starts, counts, offset)
    # Halfway round by number of vertices; of the two in the middle the lower, whichever way the ring was walked.
    halfway = np.minimum(bends[offset[:-1] + (counts - 2) // 2], bends[offset[:-1] + (counts - 1) // 2])
    kept[halfway] = True
    return kept


def sharp_corners(graph: RawGraph) -> NDArray[np.int64]:
    """Nodes of degree two where the rails turn by more than 90°: kept as nodes, so that a certificate can name them."""
    n, ends = len(graph.lonlat), graph.ends
    low, high = np.full(n, n, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    for side in (0, 1):
        np.minimum.at(low, ends[:, side], ends[:, 1 - side])
        np.maximum.at(high, ends[:, side], ends[:, 1 - side])
    node = np.flatnonzero((np.bincount(ends.ravel(), minlength=n) == 2) & (low < high))
    squeeze = np.column_stack([np.cos(np.radians(graph.lonlat[node, 1])), np.ones(len(node))])
    came, goes = (graph.lonlat[node] - graph.lonlat[low[node]]) * squeeze, graph.lonlat[high[node]] - graph.lonlat[node]
    return np.asarray(node[(came * goes * squeeze).sum(axis=1) < 0])


# A link can be travelled two ways: step i leads along link i from its first to its second end, step m + i back.


def _tails(ends: NDArray[np.int64], step: NDArray[np.int64]) -> NDArray[np.int64]:
    m = len(ends)
    return np.asarray(np.where(step < m, ends[step % m, 0], ends[step % m, 1]))


def _heads(ends: NDArray[np.int64], step: NDArray[np.int64]) -> NDArray[np.int64]:
    return _tails(ends, (step + len(ends)) % (2 * len(ends)))


def _followers(ends: NDArray[np.int64], kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The step after each step, or -1 where it comes to a node that is kept."""
    m = len(ends)
    # Two steps leave a node of degree two: their sum less the one is the other, so no list of neighbours is needed.
    both = np.zeros(len(kept), dtype=np.int64)
    np.add.at(both, ends[:, 0], np.arange(m))
    np.add.at(both, ends[:, 1], np.arange(m, 2 * m))
    head = np.concatenate([ends[:, 1], ends[:, 0]])
    back = np.concatenate([np.arange(m, 2 * m), np.arange(m)])
    return np.asarray(np.where(kept[head], -1, both[head] - back))


def _walk(
    graph: RawGraph, follower: NDArray[np.int64], kept: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """All chains of steps from one kept node to the next: first and last step, metres, number of steps."""
    tail = np.concatenate([graph.ends[:, 0], graph.ends[:, 1]])
    starts = np.flatnonzero(kept[tail])
    metre = graph.km * 1000
    stops, metres, counts = starts.copy(), metre[starts % len(metre)], np.ones(len(starts), dtype=np.int64)
    # All chains go forward together, a step a turn: as many turns as the longest has links, few of them long.
    walking = np.arange(len(starts))
    while len(walking):
        step = follower[stops[walking]]
        walking, step = walking[step >= 0], step[step >= 0]
        stops[walking] = step
        metres[walking] += metre[step % len(metre)]
        counts[walking] += 1
    return starts, stops, metres, counts


def _bends(
    ends: NDArray[np.int64],
    follower: NDArray[np.int64],
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
    offset: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Nodes between the two ends of each chain, of all chains in turn."""
    out = np.empty(offset[-1], dtype=np.int64)
    walking, step, turn = np.flatnonzero(counts > 1), starts, 0
    step = step[walking]
    while len(walking):
        out[offset[walking] + turn] = _heads(ends, step)
        turn += 1
        on = counts[walking] > turn + 1
        walking, step = walking[on], follower[step[on]]
    return out


def _in_order(
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    metre: NDArray[np.int32],
    kind: NDArray[np.int64],
    bends: NDArray[np.int64],
    offset: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Chains by ends, length, geometry and kind; of those alike in all of it, the first."""
    order = np.lexsort((metre, last, first))
    alike = np.zeros(len(order), dtype=bool)  # as the one before it
    if len(order) > 1:
        before, after = order[:-1], order[1:]
        alike[1:] = np.logical_and.reduce([array[before] == array[after] for array in (first, last, metre)])
    # Few are alike so far: these are compared one by one.
    dropped = np.zeros(len(order), dtype=bool)
    begins = np.flatnonzero(~alike)
    lengths = np.diff(begins, append=len(order))
    for begin, length in zip(begins[lengths > 1].tolist(), lengths[lengths > 1].tolist(), strict=True):
        group = np.arange(begin, begin + length)
        keys = {i: (*bends[offset[i] : offset[i + 1]].tolist(), int(kind[i])) for i in order[group].tolist()}
        order[group] = ranked = sorted(keys, key=lambda i: (keys[i], i))
        dropped[group[1:]] = [keys[one] == keys[other] for one, other in pairwise(ranked)]
    return np.asarray(order[~dropped])
