"""Dead ends that lie within a metre of other rails and share no node with them: joined, or left and counted.

Whoever draws rails, or cuts and joins files of them, may leave two nodes where the track has one point. A dead end is
joined to what it all but touches: to a node, or else into the straight step that passes it. Left as they are: an end at
a buffer stop; an end beside rails of another gauge or, like one on a bridge above a line, on another level. Two ends of
different levels are joined where one goes on straight from the other, as at the head of a bridge.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor.geo import geodesic_km
from corridor.network import GAUGE_SYSTEMS, gauge_bits
from corridor.sources.tracks import Tracks, between, heading

if TYPE_CHECKING:
    from numpy.typing import NDArray

END_GAP_M = 1.0
"""An end that comes this near to other rails touches them."""

_STRAIGHT_ON = 45.0  # degrees; ends of two levels are one track if they turn by no more
_OWN_M = 3.0  # so far back from an end its own track is not other rails
_METRES_PER_DEGREE = 110_500  # at least, of latitude
_AT_ONCE = 200_000  # steps held as geometries at a time


class _Touch(NamedTuple):
    """A dead end (its place in ``nodes``) near the step that begins at another place in ``nodes``."""

    end: int
    step: int
    share: float


def join_ends(tracks: Tracks, stops: NDArray[np.int64]) -> tuple[Tracks, int, int]:
    """Join dead ends to the rails that they touch.

    Parameters
    ----------
    tracks : Tracks
    stops : ndarray of int
        Nodes with a buffer stop.

    Returns
    -------
    tracks : Tracks
        Nodes that were joined are one; a way may have one node more where an end meets it between two.
    joined, left : int
        Ends that were joined, and those that touch only rails of another gauge or level.
    """
    step = tracks.step
    ends = _dead_ends(tracks, step, stops)
    is_end = np.zeros(len(tracks.places), dtype=bool)
    is_end[tracks.nodes[ends]] = True
    root = np.arange(len(tracks.places))
    inserted: list[tuple[int, float, int]] = []
    joined = left = 0
    for end, touches in groupby(_touches(tracks, step, ends), key=lambda touch: touch.end):
        own = _own_nodes(tracks, step, end)
        others = [touch for touch in touches if own.isdisjoint(tracks.nodes[touch.step : touch.step + 2].tolist())]
        met = [touch for touch in others if _are_one(tracks, step, is_end, touch)]
        for touch in met:
            node = int(tracks.nodes[end])
            if (near := _node_met(tracks, touch)) is None:
                inserted.append((touch.step + 1, touch.share, node))
            else:
                low, high = sorted((_root(root, node), _root(root, near)))
                root[high] = low
        joined, left = joined + bool(met), left + bool(others and not met)
    for node in np.flatnonzero(root != np.arange(len(root))).tolist():
        root[node] = _root(root, node)
    inserted.sort()
    at = np.array([place for place, _, _ in inserted], dtype=np.int64)
    nodes = np.insert(tracks.nodes, at, [node for _, _, node in inserted])
    longer = np.bincount(tracks.way[at - 1], minlength=len(tracks.start) - 1)
    start = tracks.start + np.concatenate([[0], np.cumsum(longer)])
    return tracks._replace(start=start, nodes=root[nodes]), joined, left


def _root(root: NDArray[np.int64], node: int) -> int:
    while root[node] != node:
        node = int(root[node])
    return node


def _dead_ends(tracks: Tracks, step: NDArray[np.bool_], stops: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places in ``nodes`` from where rails lead on one way only."""
    arms = step.astype(np.int64)
    arms[1:] += step[:-1]
    alone = np.bincount(tracks.nodes, arms, len(tracks.places))[tracks.nodes] == 1
    return np.flatnonzero((arms == 1) & alone & ~np.isin(tracks.nodes, stops))


def _touches(tracks: Tracks, step: NDArray[np.bool_], ends: NDArray[np.int64]) -> list[_Touch]:
    """Ends within a metre of steps that do not begin or end there, by end."""
    import shapely

    if not len(ends):
        return []
    degrees = tracks.places[tracks.nodes[ends]] * 1e-7
    tree = shapely.STRtree(shapely.points(degrees))
    reach = 1.1 * END_GAP_M / _METRES_PER_DEGREE / float(np.cos(np.radians(np.abs(degrees[:, 1]).max())))
    begins = np.flatnonzero(step)
    found = []
    for first in range(0, len(begins), _AT_ONCE):
        part = begins[first : first + _AT_ONCE]
        lines = shapely.linestrings(tracks.places[np.column_stack([tracks.nodes[part], tracks.nodes[part + 1]])] * 1e-7)
        line, end = tree.query(lines, predicate="dwithin", distance=reach)
        found.append(np.column_stack([ends[end], part[line]]))
    pairs = np.concatenate(found)
    node = tracks.nodes[pairs[:, 0]]
    pairs = pairs[(node != tracks.nodes[pairs[:, 1]]) & (node != tracks.nodes[pairs[:, 1] + 1])]
    if not len(pairs):
        return []
    share, gap_m = _foot(tracks, pairs)
    order = np.lexsort((pairs[:, 1], gap_m, pairs[:, 0]))
    return [
        _Touch(int(pairs[i, 0]), int(pairs[i, 1]), float(share[i])) for i in order.tolist() if gap_m[i] <= END_GAP_M
    ]


def _foot(tracks: Tracks, pairs: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each end and step: how far along the step it lies nearest to the end [share], and how near [m]."""
    end = tracks.places[tracks.nodes[pairs[:, 0]]] * 1e-7
    squeeze = np.column_stack([np.cos(np.radians(end[:, 1])), np.ones(len(end))])
    start, stop = (tracks.places[tracks.nodes[pairs[:, 1] + k]] * 1e-7 for k in (0, 1))
    run = (stop - start) * squeeze
    share = np.clip((((end - start) * squeeze) * run).sum(axis=1) / np.maximum((run**2).sum(axis=1), 1e-30), 0, 1)
    foot = start + share[:, None] * (stop - start)
    return share, 1000 * geodesic_km(*end.T, *foot.T)


def _node_met(tracks: Tracks, touch: _Touch) -> int | None:
    """The node of a step that an end lies within a metre of, the nearer; None if it lies between them."""
    pair = np.repeat(tracks.places[tracks.nodes[[touch.end]]] * 1e-7, 2, axis=0)
    nodes = tracks.nodes[touch.step : touch.step + 2]
    gap_m = 1000 * geodesic_km(*pair.T, *(tracks.places[nodes] * 1e-7).T)
    return int(nodes[gap_m.argmin()]) if gap_m.min() <= END_GAP_M else None


def _own_nodes(tracks: Tracks, step: NDArray[np.bool_], end: int) -> set[int]:
    """Nodes of an end's way within some metres of it along the rails: its steps there are its own track."""
    own, at, gone = {int(tracks.nodes[end])}, end, 0.0
    ahead = 1 if step[end] else -1
    while gone <= _OWN_M and (step[at] if ahead == 1 else at > 0 and step[at - 1]):
        one, other = tracks.places[tracks.nodes[[at, at + ahead]]] * 1e-7
        gone += 1000 * float(geodesic_km(*one, *other))
        at += ahead
        if gone <= _OWN_M:
            own.add(int(tracks.nodes[at]))
    return own


def _are_one(tracks: Tracks, step: NDArray[np.bool_], is_end: NDArray[np.bool_], touch: _Touch) -> bool:
    """Whether trains could go on from an end to the rails that it touches."""
    mine, other = (int(np.searchsorted(tracks.start, at, side="right")) - 1 for at in (touch.end, touch.step))
    if not _same_gauge(int(tracks.gauge[mine]), int(tracks.gauge[other])):
        return False
    if tracks.level[mine] == tracks.level[other]:
        return True
    node = _node_met(tracks, touch)
    if node is None or not is_end[node]:
        return False
    before = touch.end + 1 if step[touch.end] else touch.end - 1
    ahead = touch.step + 1 if tracks.nodes[touch.step] == node else touch.step
    turn = between(
        heading(tracks, int(tracks.nodes[before]), int(tracks.nodes[touch.end])),
        heading(tracks, node, int(tracks.nodes[ahead])),
    )
    return turn <= _STRAIGHT_ON


def _same_gauge(one: int, other: int) -> bool:
    """Whether trains run through from one set of gauges to another; what is not known may be the same."""
    if not (one and other):
        return True
    systems = [gauge_bits(";".join(map(str, gauges))) for gauges in GAUGE_SYSTEMS]
    return any(one & bits and other & bits for bits in systems)
