"""Distances and paths between many places at once, from the trees of the transfers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor.errors import NoPath
from corridor.network import RailNetwork, load_network
from corridor.places import Place, find_place
from corridor.routing.field import NO_WAY, Field, Leg, chain_of, field_of
from corridor.routing.limits import limits_of
from corridor.routing.path import RailPath
from corridor.routing.pieces import path_of
from corridor.routing.search import search
from corridor.routing.stops import Stop, stop_at

if TYPE_CHECKING:
    from numpy.typing import NDArray


def distance_matrix(
    origins: Sequence[str | Place],
    destinations: Sequence[str | Place],
    *,
    port: str | Sequence[str] | None = None,
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
    field, starts, stops = _asked(origins, destinations, port, avoid, on, network)
    ahead, behind = _halves(field, starts), _halves(field, stops, behind=True)
    total = np.full((len(starts), len(stops)), NO_WAY)
    for column in range(ahead.cost.shape[1]):
        np.minimum(total, ahead.cost[:, column, None] + behind.cost[:, column], out=total)
    return np.where(total < NO_WAY, field.metres_of(total) / 1000, np.nan)


def find_paths(
    origins: Sequence[str | Place],
    destinations: Sequence[str | Place],
    *,
    port: str | Sequence[str] | None = None,
    avoid: Sequence[str | Place] = (),
    on: date | str | None = None,
    network: RailNetwork | None = None,
) -> list[list[RailPath | None]]:
    """Paths from each origin to each destination; what many paths share is traced once.

    Parameters
    ----------
    origins, destinations, port, avoid, on, network
        As in :func:`distance_matrix`.

    Returns
    -------
    list of lists of RailPath
        For each origin, one for each destination, as :func:`find_path` gives it; None where there is no way.

    Raises
    ------
    UnknownName, NoPath
        If a place or the port is not known, or lies too far from the rails.
    """
    field, starts, stops = _asked(origins, destinations, port, avoid, on, network)
    ahead, behind = _halves(field, starts), _halves(field, stops, behind=True)
    total = ahead.cost[:, None, :] + behind.cost[None, :, :]
    columns, system = total.argmin(axis=2), field.gates.system.tolist()
    cost = np.take_along_axis(total, columns[:, :, None], axis=2)[:, :, 0].tolist()
    first, last = ahead.side.tolist(), behind.side.tolist()
    chains: dict[tuple[int, int, int], tuple[int, ...]] = {}
    out: list[list[RailPath | None]] = []
    for i, start in enumerate(starts):
        row: list[RailPath | None] = []
        for j, stop in enumerate(stops):
            column = int(columns[i, j])
            if not field.limits.port and not set(start.snaps).isdisjoint(stop.snaps):
                row.append(_one(field, start, stop))
            elif cost[i][j] >= NO_WAY:
                row.append(None)
            else:
                key = first[i][column], column, last[j][column]
                if key not in chains:
                    enter, leave, _ = field.columns[column]
                    chains[key] = (
                        *chain_of(field.between[1], key[0], enter),
                        *chain_of(field.between[1], leave, key[2]),
                    )
                sides = chains[key]
                row.append(
                    path_of(field, (start, stop), (Leg(cost[i][j], sides, system[sides[0]], system[sides[-1]]),))
                )
        out.append(row)
    return out


class _Half(NamedTuple):
    """From each place to each column of the field: the least cost, and the side that the place is next to."""

    cost: NDArray[np.int64]
    side: NDArray[np.int64]


def _halves(field: Field, stops: Sequence[Stop], *, behind: bool = False) -> _Half:
    away, (between, _) = field.sides_of([stop.snaps for stop in stops]), field.between
    cost, side = np.empty((2, len(stops), len(field.columns)), dtype=np.int64)
    for i, (enter, leave, hop) in enumerate(field.columns):
        whole = away + (between[leave] if behind else between[:, enter] + hop)
        side[:, i] = whole.argmin(axis=1)
        cost[:, i] = np.minimum(np.take_along_axis(whole, side[:, i, None], axis=1)[:, 0], NO_WAY)
    return _Half(cost, side)


def _one(field: Field, start: Stop, stop: Stop) -> RailPath | None:
    """The path between two places that rails of one gauge may join."""
    try:
        return search(field.network, [start.place, stop.place], field.limits)
    except NoPath:
        return None


def _asked(
    origins: Sequence[str | Place],
    destinations: Sequence[str | Place],
    port: str | Sequence[str] | None,
    avoid: Sequence[str | Place],
    on: date | str | None,
    network: RailNetwork | None,
) -> tuple[Field, list[Stop], list[Stop]]:
    """The field of what is asked for, and the places on its rails."""
    net = network if network is not None else load_network()
    limits = limits_of(net, port=port, avoid=avoid, on=on)
    starts, stops = (
        [stop_at(net, place if isinstance(place, Place) else find_place(place), limits.shut) for place in places]
        for places in (origins, destinations)
    )
    return field_of(net, limits), starts, stops
