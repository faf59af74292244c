"""Distances between many places at once, from the trees of the transfers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from corridor.network import RailNetwork, load_network
from corridor.places import Place, find_place
from corridor.routing.field import NO_WAY, field_of
from corridor.routing.limits import limits_of
from corridor.routing.stops import stop_at

if TYPE_CHECKING:
    from numpy.typing import NDArray


def distance_matrix(
    origins: Sequence[str | Place],
    destinations: Sequence[str | Place],
    *,
    port: str | None = None,
    avoid: Sequence[str | Place] = (),
    on: date | str | None = None,
    network: RailNetwork | None = None,
) -> NDArray[np.float64]:
    """Rail distances from each origin to each destination across a change of gauge.

    Parameters
    ----------
    origins, destinations : sequence of str or Place
        As in :func:`find_path`.
    port, avoid, on, network
        As in :func:`find_path`.

    Returns
    -------
    ndarray of float, shape (origins, destinations)
        What :func:`find_path` gives as ``geometry_km`` [km] where the way passes a transfer; NaN where there is no
        such way. Ways without a transfer are not looked for.

    Raises
    ------
    UnknownName, NoPath
        If a place or the port is not known, or lies too far from the rails.
    """
    net = network if network is not None else load_network()
    limits = limits_of(net, port=port, avoid=avoid, on=on)
    field = field_of(net, limits)
    cost, _ = field.between
    if limits.port:
        through = np.full(cost.shape, NO_WAY)
        for enter, leave, hop in field.port_hops():
            through = np.minimum(through, cost[:, enter, None] + hop + cost[leave])
        cost = through
    away = [
        field.sides_of([stop_at(net, p if isinstance(p, Place) else find_place(p), limits.shut).snaps for p in side])
        for side in (origins, destinations)
    ]
    # From each origin to each side past the transfers, then on to each destination; column by column, to stay small.
    ahead = np.full(away[0].shape, NO_WAY)
    for side in range(cost.shape[0]):
        np.minimum(ahead, away[0][:, side, None] + cost[side], out=ahead)
    total = np.full((len(origins), len(destinations)), NO_WAY)
    for side in range(cost.shape[0]):
        np.minimum(total, ahead[:, side, None] + away[1][:, side], out=total)
    return np.where(total < NO_WAY, field.metres_of(total) / 1000, np.nan)
