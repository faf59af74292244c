"""The nearest point of the rails to a place, on a link, not only at its ends."""

from __future__ import annotations

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
    squeeze = np.array([np.cos(np.radians(lat)), 1.0])  # good for the few kilometres that matter
    place = np.array([lon, lat])
    box_gap2 = np.where(allowed, _box_gap2(network, place, squeeze), np.inf)
    # Look at the nearest boxes, then at all that could still win.
    some = np.argpartition(box_gap2, min(32, len(box_gap2) - 1))[:33]
    reach = _gaps(network, some[allowed[some]], place, squeeze).gap.min() + slack_km / _KM_PER_DEGREE + _ROUNDING
    near = _gaps(network, np.flatnonzero(box_gap2 <= reach**2), place, squeeze)
    found: dict[int, Snap] = {}
    for i in np.lexsort((near.link, near.gap)).tolist():
        link = int(near.link[i])
        if near.gap[i] <= reach and (gauge := int(network.gauge[link])) not in found:
            found[gauge] = _snap(network, link, float(near.share[i]), near.foot[i] / squeeze + place, lon, lat)
    return found


def links_within(network: RailNetwork, lon: float, lat: float, km: float) -> NDArray[np.bool_]:
    """Links that come so near to a place (degrees), shape (m,)."""
    squeeze, place = np.array([np.cos(np.radians(lat)), 1.0]), np.array([lon, lat])
    boxes = np.flatnonzero(_box_gap2(network, place, squeeze) <= (km / _KM_PER_DEGREE) ** 2)
    near = np.zeros(len(network.metres), dtype=bool)
    if len(boxes):
        near[boxes[_gaps(network, boxes, place, squeeze).gap <= km / _KM_PER_DEGREE]] = True
    return near


def _box_gap2(network: RailNetwork, place: NDArray[np.float64], squeeze: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each link's box lies from a place [square degrees of latitude]; no link comes nearer than its box."""
    west, south, east, north = network.boxes
    lon, lat = place
    aside: NDArray[np.float64] = np.maximum(west - lon, lon - east)
    along = np.maximum(south - lat, lat - north)
    np.maximum(aside, 0, out=aside)
    np.maximum(along, 0, out=along)
    aside *= squeeze[0]
    aside *= aside
    along *= along
    aside += along
    return aside


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


def _gaps(
    network: RailNetwork, links: NDArray[np.int64], place: NDArray[np.float64], squeeze: NDArray[np.float64]
) -> _Near:
    lonlat, of_vertex = network.vertices(links)
    step = np.flatnonzero(np.diff(of_vertex, append=-1) == 0)
    owner = of_vertex[step]
    begin = np.searchsorted(owner, np.arange(len(links)))
    start = (lonlat[step] - place) * squeeze
    run = (lonlat[step + 1] - place) * squeeze - start
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
