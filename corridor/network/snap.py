"""The nearest point of the rails to a place, on a link, not only at its ends."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor.geo import geodesic_km

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from corridor.network.model import RailNetwork

_KM_PER_DEGREE = 111.2  # of latitude

_ROUNDING = 1e-9  # degrees

_AT_END_KM = 0.05  # a foot point this near to an end of its link is that end


class Snap(NamedTuple):
    """A point on a link.

    ``share``: how far along the link it lies, from 0 at its first end to 1 at its second; ``lon``, ``lat``:
    the point [degrees]; ``gap_km``: how far it lies from the place asked for [km].
    """

    link: int
    share: float
    lon: float
    lat: float
    gap_km: float


class _Lines(NamedTuple):
    """Vertices of all links in turn; link i has ``first[i]`` to ``first[i + 1]``, within a box of degrees."""

    lonlat: NDArray[np.float64]
    first: NDArray[np.int64]
    west: NDArray[np.float64]
    south: NDArray[np.float64]
    east: NDArray[np.float64]
    north: NDArray[np.float64]


@lru_cache(maxsize=4)
def _lines(network: RailNetwork) -> _Lines:
    lonlat, _ = network.vertices()
    first = np.concatenate([[0], np.cumsum(np.diff(network.bend_start) + 2)])
    low, high = np.minimum.reduceat(lonlat, first[:-1]), np.maximum.reduceat(lonlat, first[:-1])
    return _Lines(lonlat, first, *(np.ascontiguousarray(side) for side in (*low.T, *high.T)))


def nearest_rail(network: RailNetwork, lon: float, lat: float, allowed: NDArray[np.bool_]) -> Snap | None:
    """Nearest point of the allowed links to a place (degrees); None if no link is allowed."""
    near = rails_near(network, lon, lat, allowed, 0.0)
    return min(near.values(), key=lambda snap: (snap.gap_km, snap.link), default=None)


def rails_near(
    network: RailNetwork, lon: float, lat: float, allowed: NDArray[np.bool_], slack_km: float
) -> dict[int, Snap]:
    """Nearest points of the rails to a place, one for each set of gauges.

    Parameters
    ----------
    network : RailNetwork
    lon, lat : float
        The place [degrees].
    allowed : ndarray of bool, shape (m,)
        Links to look at.
    slack_km : float
        How much farther than the nearest rails those of other gauges may be [km].

    Returns
    -------
    dict of gauge bits to Snap
        Empty if no link is allowed.
    """
    if not allowed.any():
        return {}
    lines = _lines(network)
    squeeze = np.array([np.cos(np.radians(lat)), 1.0])  # good for the few kilometres that matter
    place = np.array([lon, lat])
    box_gap = np.where(allowed, _box_gap(lines, place, squeeze), np.inf)
    # Look at the nearest boxes, then at all that could still win.
    some = np.argpartition(box_gap, min(32, len(box_gap) - 1))[:33]
    reach = _gaps(lines, some[allowed[some]], place, squeeze).gap.min() + slack_km / _KM_PER_DEGREE + _ROUNDING
    near = _gaps(lines, np.flatnonzero(box_gap <= reach), place, squeeze)
    found: dict[int, Snap] = {}
    for i in np.lexsort((near.link, near.gap)).tolist():
        link = int(near.link[i])
        if near.gap[i] <= reach and (gauge := int(network.gauge[link])) not in found:
            found[gauge] = _snap(network, link, float(near.share[i]), near.foot[i] / squeeze + place, lon, lat)
    return found


def links_within(network: RailNetwork, lon: float, lat: float, km: float) -> NDArray[np.bool_]:
    """Links that come so near to a place (degrees), shape (m,)."""
    lines = _lines(network)
    squeeze, place = np.array([np.cos(np.radians(lat)), 1.0]), np.array([lon, lat])
    boxes = np.flatnonzero(_box_gap(lines, place, squeeze) <= km / _KM_PER_DEGREE)
    near = np.zeros(len(network.metres), dtype=bool)
    if len(boxes):
        near[boxes[_gaps(lines, boxes, place, squeeze).gap <= km / _KM_PER_DEGREE]] = True
    return near


def _box_gap(lines: _Lines, place: NDArray[np.float64], squeeze: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each link's box lies from a place [degrees of latitude]; no link comes nearer than its box."""
    lon, lat = place
    aside = np.maximum(np.maximum(lines.west - lon, lon - lines.east), 0) * squeeze[0]
    along = np.maximum(np.maximum(lines.south - lat, lat - lines.north), 0)
    return np.hypot(aside, along)  # type: ignore[no-any-return]


def _snap(network: RailNetwork, link: int, share: float, foot: NDArray[np.float64], lon: float, lat: float) -> Snap:
    length = network.metres[link] / 1000
    for end, off in ((0.0, share), (1.0, 1 - share)):
        if off * length < _AT_END_KM:
            share, foot = end, network.nodes[network.ends[link, int(end)]]
            break
    return Snap(link, share, float(foot[0]), float(foot[1]), float(geodesic_km(lon, lat, foot[0], foot[1])))


class _Near(NamedTuple):
    """For each link its gap from the place [degrees of latitude], and the foot point there."""

    link: NDArray[np.int64]
    gap: NDArray[np.float64]
    share: NDArray[np.float64]
    foot: NDArray[np.float64]


def _gaps(lines: _Lines, links: NDArray[np.int64], place: NDArray[np.float64], squeeze: NDArray[np.float64]) -> _Near:
    count = lines.first[links + 1] - lines.first[links] - 1
    begin = np.cumsum(count) - count
    owner = np.repeat(np.arange(len(links)), count)
    step = np.repeat(lines.first[links] - begin, count) + np.arange(len(owner))
    start = (lines.lonlat[step] - place) * squeeze
    run = (lines.lonlat[step + 1] - place) * squeeze - start
    length = np.sqrt((run**2).sum(axis=1))
    square = np.where(length > 0, length, 1) ** 2
    along = np.clip(-(start * run).sum(axis=1) / square, 0, 1)
    foot = start + along[:, None] * run
    gap = np.sqrt((foot**2).sum(axis=1))
    best = np.lexsort((gap, owner))[begin]  # the first of each link's steps, by gap
    total = np.add.reduceat(length, begin)
    before = np.cumsum(length) - length
    covered = before[best] - before[begin] + along[best] * length[best]
    share = np.clip(covered / np.where(total > 0, total, 1), 0, 1)
    return _Near(links, gap[best], share, foot[best])
