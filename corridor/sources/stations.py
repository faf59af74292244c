"""A node on the rails of each gauge at the stations of transfers, so that a transfer begins there and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from corridor.geo import step_km
from corridor.network import GAUGE_SYSTEMS, PER_LINK, RailNetwork, Snap, nearest_rail
from corridor.places import station_place
from corridor.transfers import STATION_LIMIT_KM, transfers

if TYPE_CHECKING:
    from numpy.typing import NDArray


def with_nodes_at_transfers(network: RailNetwork) -> RailNetwork:
    """Split the freight rails that come nearest to each station of a transfer, on the gauge that it has there.

    Parameters
    ----------
    network : RailNetwork

    Returns
    -------
    RailNetwork
        The same rails; where they come near to no such station, or have a node there, the same network.
    """
    cuts: dict[int, list[Snap]] = {}
    for station, mm in sorted({side for t in transfers() for side in zip(t.stations, t.gauges_mm, strict=True)}):
        place = station_place(station)
        system = next(i for i, gauges in enumerate(GAUGE_SYSTEMS) if mm in gauges)
        snap = nearest_rail(network, place.lon, place.lat, network.runs(system))
        if snap is not None and snap.gap_km <= STATION_LIMIT_KM and 0 < snap.share < 1:
            cuts.setdefault(snap.link, []).append(snap)
    for link, snaps in sorted(cuts.items()):
        # From the last point back: the first part keeps the place of the link, and the points before lie on it.
        for snap in sorted(snaps, key=lambda snap: -snap.share):
            network = _cut(network, link, snap)
    return network


def _cut(network: RailNetwork, link: int, snap: Snap) -> RailNetwork:
    """A network with a link cut in two at a point of it: the first part in its place, the other after all links."""
    line, metres = network.line(link), int(network.metres[link])
    point = np.round([snap.lon, snap.lat], 5)
    before = _step_at(line, np.array([snap.lon, snap.lat])) + 1  # vertices before the point
    km = [float(step_km(np.vstack(part)).sum()) for part in ((line[:before], point), (point, line[before:]))]
    part = round(metres * km[0] / sum(km)) if sum(km) else 0
    if not 0 < part < metres:
        return network  # on a node, as near as lengths are known
    node = len(network.nodes)
    first, last = network.ends[link].tolist()
    begin, stop = network.bend_start[link : link + 2].tolist()
    cut = begin + before - 1
    bends = network.bends[:cut], network.bends[stop:], network.bends[cut:stop][::-1]  # from the last node to the new
    bend_start = np.append(network.bend_start, np.int32(len(network.bends)))
    bend_start[link + 1 : -1] -= stop - cut
    ends = np.vstack([network.ends, [[last, node]]]).astype(np.int32)
    ends[link] = first, node
    lengths = np.append(network.metres, np.int32(metres - part))
    lengths[link] = part
    again = np.append(np.arange(len(network.metres)), link)
    return replace(
        network,
        nodes=np.vstack([network.nodes, point]),
        ends=ends,
        bends=np.concatenate(bends),
        bend_start=bend_start,
        **{name: getattr(network, name)[again] for name in PER_LINK} | {"metres": lengths},
    )


def _step_at(line: NDArray[np.float64], point: NDArray[np.float64]) -> int:
    """The step of a polyline that comes nearest to a point."""
    squeeze = np.array([np.cos(np.radians(point[1])), 1.0])
    start, run = (line[:-1] - point) * squeeze, np.diff(line, axis=0) * squeeze
    share = np.clip(-(start * run).sum(axis=1) / np.maximum((run**2).sum(axis=1), 1e-30), 0, 1)
    return int(np.hypot(*(start + share[:, None] * run).T).argmin())
