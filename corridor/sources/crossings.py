"""Lines that cross level without a switch, each given a node of its own, so that no path turns there.

Read in the OpenStreetMap wiki (Tag:railway=railway_crossing, Tag:railway=switch): the first is a point where tracks
cross and no train can move from one to the other; the second is where it can, slip switches
(``railway:switch=single_slip``, ``double_slip``) among them, which look like crossings. ``railway=crossing`` and
``railway=level_crossing`` are for people and roads.

A way that passes a node is a line there; ways that end in it are paired to lines where one goes on straight from the
other. At a node that is tagged as a crossing each line gets its own node. At one that is not, and that is no switch, it
does where the lines are straight and cross at a clear angle: lines that meet at a small angle may be a switch that
nobody tagged. Where a way ends without another that goes on from it there is a junction, whatever the tag says; but for
a crossing at which a way was left out, a disused one say: that is what the line went on over.
"""

from __future__ import annotations

from itertools import combinations, groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor.sources.tracks import Tracks, between, heading

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLEAR_ANGLE = 20.0
"""Lines that cross at this angle or more have no slip switch: those are built for half of it or less [degrees]."""

STRAIGHT_ANGLE = 15.0
"""A line that turns by no more than this at a node goes straight over it [degrees]."""

_TAGGED_STRAIGHT = 45.0  # degrees; where the tag says that lines cross, they may be drawn more roughly
_BASE_M = 30.0  # directions are taken over so much of the track, if the way is that long
_METRES_PER_UNIT = 0.0111  # of latitude, 1e-7 degrees


class _Line(NamedTuple):
    """A line over a node: places in ``nodes`` where it stands, and the neighbours and directions of its two arms."""

    at: tuple[int, ...]
    arms: tuple[int, int]
    headings: tuple[float, float]

    @property
    def turn(self) -> float:
        return 180 - between(*self.headings)


class _Arm(NamedTuple):
    """A way that ends in a node: where it stands in ``nodes``, its neighbour, and the direction in which it leaves."""

    at: int
    neighbour: int
    heading: float


def part_crossings(
    tracks: Tracks, crossings: NDArray[np.int64], switches: NDArray[np.int64], halved: NDArray[np.int64]
) -> tuple[Tracks, NDArray[np.int64]]:
    """Give lines that cross without a switch a node of their own each.

    Parameters
    ----------
    tracks : Tracks
    crossings, switches : ndarray of int
        Nodes tagged as crossings of rails, and as switches.
    halved : ndarray of int
        Those of the crossings at which a way was left out: a line may end there.

    Returns
    -------
    tracks : Tracks
        With more nodes, after those that were there.
    copied : ndarray of int
        The node that each new one was.
    """
    step = tracks.step
    arms = step.astype(np.int64)
    arms[1:] += step[:-1]
    cut = np.zeros(len(tracks.places), dtype=bool)
    cut[halved] = True
    many = np.bincount(tracks.nodes, arms, len(tracks.places)) >= 4 - cut
    many[switches] = False
    tagged = np.zeros(len(tracks.places), dtype=bool)
    tagged[crossings] = True
    at = np.flatnonzero(many[tracks.nodes])
    at = at[np.argsort(tracks.nodes[at], kind="stable")]
    nodes = tracks.nodes.copy()
    copied: list[int] = []
    for node, places in groupby(at.tolist(), key=lambda place: int(tracks.nodes[place])):
        for group in _groups(tracks, step, list(places), crossing=bool(tagged[node]), cut=bool(cut[node]))[1:]:
            nodes[list(group)] = len(tracks.places) + len(copied)
            copied.append(node)
    new = np.array(copied, dtype=np.int64)
    return tracks._replace(nodes=nodes, places=np.vstack([tracks.places, tracks.places[new]])), new


def _groups(
    tracks: Tracks, step: NDArray[np.bool_], places: list[int], *, crossing: bool, cut: bool
) -> list[list[int]]:
    """The places of a node in ``nodes``, those together between whose lines trains can turn."""
    whole = [sorted(places)]
    if (lines := _lines(tracks, step, places, cut=cut)) is None:
        return whole
    straight = all(line.turn <= STRAIGHT_ANGLE for line in lines)
    if not (crossing or straight):
        return whole
    groups = [{i} for i in range(len(lines))]
    for i, j in combinations(range(len(lines)), 2):
        one, other = lines[i], lines[j]
        angle = min(between(one.headings[0], heading) for heading in other.headings)
        if not set(one.arms).isdisjoint(other.arms) or (not crossing and angle < CLEAR_ANGLE):
            first, second = (next(group for group in groups if k in group) for k in (i, j))
            if first is not second:
                first |= second
                groups.remove(second)
    return sorted(sorted({place for i in group for place in lines[i].at}) for group in groups)


def _lines(tracks: Tracks, step: NDArray[np.bool_], places: list[int], *, cut: bool) -> list[_Line] | None:
    """The lines over a node; None if a way ends there from which none goes on, unless a line may be cut there."""
    lines, ending = [], []
    for at in places:
        ahead = [direction for direction in (-1, 1) if _leads(step, at, direction)]
        arms = [_Arm(at, int(tracks.nodes[at + way]), _direction(tracks, step, at, way)) for way in ahead]
        if len(arms) == 2:
            lines.append(_Line((at,), *zip(*(arm[1:] for arm in arms), strict=True)))
        else:
            ending += arms
    pairs = sorted(
        (180 - between(one.heading, other.heading), i, j) for (i, one), (j, other) in combinations(enumerate(ending), 2)
    )
    left = set(range(len(ending)))
    for turn, i, j in pairs:
        if {i, j} <= left and turn <= _TAGGED_STRAIGHT:
            left -= {i, j}
            one, other = ending[i], ending[j]
            lines.append(_Line((one.at, other.at), (one.neighbour, other.neighbour), (one.heading, other.heading)))
    if cut:
        alone = [ending[i] for i in sorted(left)]
        return lines + [_Line((arm.at,), (arm.neighbour,) * 2, (arm.heading, arm.heading + 180)) for arm in alone]
    return None if left else lines


def _leads(step: NDArray[np.bool_], at: int, way: int) -> bool:
    return bool(step[at] if way == 1 else at > 0 and step[at - 1])


def _direction(tracks: Tracks, step: NDArray[np.bool_], at: int, way: int) -> float:
    """Direction in which rails leave a node along their way [degrees]."""
    here, far = tracks.places[tracks.nodes[at]].astype(np.int64), at + way
    squeeze = np.array([np.cos(np.radians(here[1] * 1e-7)), 1])
    while _leads(step, far, way) and np.hypot(*((tracks.places[tracks.nodes[far]] - here) * squeeze)) < (
        _BASE_M / _METRES_PER_UNIT
    ):
        far += way
    return heading(tracks, int(tracks.nodes[at]), int(tracks.nodes[far]))
