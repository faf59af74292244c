"""How long a path takes: running days at published speeds, and stays at transfers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor.assumptions import assumed
from corridor.network import GAUGE_SYSTEMS, gauge_bits

if TYPE_CHECKING:
    from corridor.routing.path import RailPath


class Days(NamedTuple):
    """An estimate of travel time [days]: best value and range."""

    best: float
    low: float
    high: float


def travel_days(path: RailPath) -> Days:
    """Travel time of a path [days]: length over running speed by area, and the stay at each transfer.

    Speeds (``speed-cn`` in China, ``speed-1520`` on broad gauge, ``speed-1435-eu`` elsewhere) and the stay at
    transfers of which nothing is published (``dwell-other``) are assumptions with ranges, from
    :func:`corridor.assumptions.load_assumptions`. The low value takes the highest speeds and the shortest stays, the
    high value the opposite.
    """
    broad = gauge_bits(";".join(map(str, GAUGE_SYSTEMS[1])))
    in_china = np.array([code == "CN" for code in path.network.countries])[path.stretches.country]
    on_broad = ((path.train_gauge & broad) > 0) & ~in_china
    best = low = high = 0.0
    for name, mine in (("speed-cn", in_china), ("speed-1520", on_broad), ("speed-1435-eu", ~in_china & ~on_broad)):
        km, (usual, slowest, fastest) = float(path.piece_km[mine].sum()), assumed(name)
        best, low, high = best + km / usual, low + km / fastest, high + km / slowest
    middling, shortest, longest = assumed("dwell-other")
    for passage in path.transfers:
        least, most = passage.dwell_hours or (shortest, longest)
        middle = (least + most) / 2 if passage.dwell_hours else middling
        best, low, high = best + middle / 24, low + least / 24, high + most / 24
    return Days(best, low, high)
