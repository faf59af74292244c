"""Distances and paths between many places at once, from the trees of the transfers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor.errors import BadValue
from corridor.network import GAUGE_SYSTEMS, RailNetwork, as_network
from corridor.places import PlaceLike, find_places
from corridor.routing.field import NO_WAY, Field, Leg, chain_of, field_of
from corridor.routing.limits import Limits, limits_of, unpacked
from corridor.routing.path import RailPath
from corridor.routing.pieces import path_of
from corridor.routing.search import try_search
from corridor.routing.stops import Stop, stop_at

if TYPE_CHECKING:
    from numpy.typing import NDArray


def distance_matrix(
    origins: PlaceLike | Iterable[PlaceLike],
    destinations: PlaceLike | Iterable[PlaceLike],
    *,
    port: str | Iterable[str] | None = None,
    avoid: PlaceLike | Iterable[PlaceLike] = (),
    on: date | str | None = None,
    ferries: bool = False,
    network: RailNetwork | Path | str | None = None,
) -> NDArray[np.float64]:
    """Rail distances from each origin to each destination.

    Distances across a change of gauge come from the trees of the transfers, all at once; places that rails of one gauge
    may join are searched for one by one.

    Parameters
    ----------
    origins, destinations : iterable of places, or one place
        Each as in :func:`find_path`; points also as the rows of an array of shape (n, 2), or as a GeoSeries.
    port, avoid, on, ferries, network
        As in :func:`find_path`.

    Returns
    -------
    ndarray of float, shape (origins, destinations)
        What :func:`find_path` gives as ``source_km`` [km]; NaN where there is no way.

    Raises
    ------
    UnknownName, NoPath
        If a place or the port is not known, or lies too far from the rails.
    BadValue
        As in :func:`find_path`.
    """
    field, limits, starts, stops = _asked(origins, destinations, port, avoid, on, ferries, network)
    total = np.full((len(starts), len(stops)), NO_WAY)
    if field.columns and starts and stops:
        ahead, behind = _costs(field, starts), _costs(field, stops, behind=True)
        for column in range(ahead.shape[1]):
            np.minimum(total, ahead[:, column, None] + behind[:, column], out=total)
    km = np.where(total < NO_WAY, field.metres_of(total) / 1000, np.nan)
    for i, j in np.argwhere(_alone(field, limits, starts, stops)).tolist():
        path = try_search(field.network, [starts[i].place, stops[j].place], limits)
        km[i, j] = np.nan if path is None else path.source_km
    return km


def find_paths(
    origins: PlaceLike | Iterable[PlaceLike],
    destinations: PlaceLike | Iterable[PlaceLike],
    *,
    port: str | Iterable[str] | None = None,
    avoid: PlaceLike | Iterable[PlaceLike] = (),
    on: date | str | None = None,
    ferries: bool = False,
    network: RailNetwork | Path | str | None = None,
) -> list[list[RailPath | None]]:
    """Paths from each origin to each destination; what many paths share is traced once.

    Parameters
    ----------
    origins, destinations, port, avoid, on, ferries, network
        As in :func:`distance_matrix`.

    Returns
    -------
    list of lists of RailPath
        For each origin, one for each destination, as :func:`find_path` gives it; None where there is no way.

    Raises
    ------
    UnknownName, NoPath
        If a place or the port is not known, or lies too far from the rails.
    BadValue
        As in :func:`find_path`.
    """
    field, limits, starts, stops = _asked(origins, destinations, port, avoid, on, ferries, network)
    alone = _alone(field, limits, starts, stops)
    out: list[list[RailPath | None]] = [[None] * len(stops) for _ in starts]
    for i, j in np.argwhere(alone).tolist():
        out[i][j] = try_search(field.network, [starts[i].place, stops[j].place], limits)
    if not (field.columns and starts and stops):
        return out
    ahead, behind = _halves(field, starts), _halves(field, stops, behind=True)
    total = ahead.cost[:, None, :] + behind.cost[None, :, :]
    columns, system = total.argmin(axis=2), field.gates.system.tolist()
    cost = np.take_along_axis(total, columns[:, :, None], axis=2)[:, :, 0]
    first, last, before = ahead.side.tolist(), behind.side.tolist(), field.between[1]
    chains: dict[tuple[int, int, int], tuple[int, ...]] = {}
    for i, j in np.argwhere((cost < NO_WAY) & ~alone).tolist():
        column = int(columns[i, j])
        key = first[i][column], column, last[j][column]
        if key not in chains:
            enter, leave, _ = field.columns[column]
            chains[key] = (*chain_of(before, key[0], enter), *chain_of(before, leave, key[2]))
        sides = chains[key]
        leg = Leg(int(cost[i, j]), sides, system[sides[0]], system[sides[-1]])
        out[i][j] = path_of(field, (starts[i], stops[j]), (leg,))
    return out


def _alone(field: Field, limits: Limits, starts: Sequence[Stop], stops: Sequence[Stop]) -> NDArray[np.bool_]:
    """Pairs to be searched for one by one, shape (starts, stops).

    Those that rails of one gauge may join without a transfer, as far as the gates' trees tell; and all of a place that
    stands at the rails of a closed transfer, over which the trees lead.
    """
    alone = np.zeros((len(starts), len(stops)), dtype=bool)
    gates, ends = field.gates, field.network.ends
    for system in range(len(GAUGE_SYSTEMS)) if not field.limits.port else ():
        mine = gates.metres[gates.system == system]
        seen = [
            [None if (snap := stop.snaps.get(system)) is None else mine[:, ends[snap.link, 0]] >= 0 for stop in side]
            for side in (starts, stops)
        ]
        kinds: dict[bytes, int] = {}
        codes = [
            np.array(
                [-1 if row is None else kinds.setdefault(row.tobytes(), len(kinds)) for row in side], dtype=np.int64
            )
            for side in seen
        ]
        alone |= (codes[0][:, None] == codes[1]) & (codes[0][:, None] >= 0)
    touched = np.zeros(len(field.network.nodes), dtype=bool)
    touched[ends[unpacked(field.network, limits.hops)].ravel()] = True
    for side, at in ((starts, np.s_[:, None]), (stops, np.s_[None, :])):
        near = [any(touched[ends[snap.link]].any() for snap in stop.snaps.values()) for stop in side]
        alone |= np.array(near, dtype=bool)[at]
    return alone


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


def _costs(field: Field, stops: Sequence[Stop], *, behind: bool = False) -> NDArray[np.int64]:
    """The costs alone; through a port they need no trees of the other gates."""
    if field.gates.ready or not field.limits.port:
        return _halves(field, stops, behind=behind).cost
    snaps = [stop.snaps for stop in stops]
    return np.array(
        [
            field.costs_of(snaps, leave) if behind else field.costs_of(snaps, enter) + hop
            for enter, leave, hop in field.columns
        ]
    ).T


def _asked(
    origins: PlaceLike | Iterable[PlaceLike],
    destinations: PlaceLike | Iterable[PlaceLike],
    port: str | Iterable[str] | None,
    avoid: PlaceLike | Iterable[PlaceLike],
    on: date | str | None,
    ferries: bool,
    network: RailNetwork | Path | str | None,
) -> tuple[Field, Limits, list[Stop], list[Stop]]:
    """The field of what is asked for, and the places on its rails."""
    for what, given in (("origins", origins), ("destinations", destinations)):
        if given is None:
            raise BadValue(f"{what} cannot be None: give a list of places")
    net = as_network(network)
    net = net.with_ferries if ferries else net
    limits = limits_of(net, port=port, avoid=avoid, on=on)
    starts, stops = (
        [stop_at(net, place, limits.closed, limits.idle) for place in find_places(given, what)]
        for given, what in ((origins, "origins"), (destinations, "destinations"))
    )
    # Where only transfers are closed, the stored trees still tell all ways that do not begin or end at one of them.
    return field_of(net, limits if limits.shut else limits._replace(hops=b"")), limits, starts, stops
