"""Shortest ways over (node, gauge): gauge changes only at transfers, and the fewest of them first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

from corridor.errors import NoPath
from corridor.gates import gates_of, half_located
from corridor.network import RailNetwork, as_network
from corridor.places import Place, PlaceLike, find_place, find_places
from corridor.routing.causes import left_out, missing_link
from corridor.routing.field import NO_WAY, Field, Leg, bounds_of
from corridor.routing.limits import Limits, limits_of, unpacked
from corridor.routing.path import RailPath
from corridor.routing.pieces import harmed, path_of
from corridor.routing.stops import Stop, stop_at


def find_path(
    origin: PlaceLike,
    destination: PlaceLike,
    *,
    port: str | Iterable[str] | None = None,
    via: PlaceLike | Iterable[PlaceLike] = (),
    avoid: PlaceLike | Iterable[PlaceLike] = (),
    on: date | str | None = None,
    ferries: bool = False,
    network: RailNetwork | Path | str | None = None,
) -> RailPath:
    """The way of a freight train and its containers between two places: fewest changes of gauge, then shortest.

    Trains keep to rails of their gauge that are not for passengers only; containers change gauge only at the
    transfers of data/routes/transfers.csv. Of all ways that with the fewest changes of gauge is taken, and of these
    the shortest.

    Parameters
    ----------
    origin, destination : str, Place, pair of numbers or shapely Point
        A name in English, Chinese or Russian, an alias, an id, or ``"lon,lat"``; or a point in WGS84 degrees, longitude
        first.
    port : str or iterable of str, optional
        Border port to pass, or one of several, whichever is best; another transfer at the Chinese border will do for
        comparison ("erenhot", "alashankou", "khorgos"). By default any.
    via : iterable of places, or one place
        Places to pass, in order of travel.
    avoid : iterable of places, or one place
        What not to pass: a transfer or a port; a country by its name or code; a place, that is all rails within
        10 km of it.
    on : date or str, optional
        Only what was open on this day, and rails that were in service as far as their days are known; by default
        every transfer and all rails that ever opened, whatever the date.
    ferries : bool
        Whether train ferries may be used, where the network has any.
    network : RailNetwork or path-like, optional
        A network or its npz file; by default as from :func:`load_network`.

    Returns
    -------
    RailPath

    Raises
    ------
    UnknownName
        If a place, the port or what to avoid is not known.
    BadValue
        If coordinates are out of range, ``on`` is no day, or a value is of a kind that is not taken.
    NoPath
        If there is no such way: the places are not joined, the port was closed, or it does not lie between them.
    """
    net = as_network(network)
    net = net.with_ferries if ferries else net
    places = [find_place(origin), *find_places(via, "via"), find_place(destination)]
    return search(net, places, limits_of(net, port=port, avoid=avoid, on=on))


def search(network: RailNetwork, places: Sequence[Place], limits: Limits) -> RailPath:
    """Shortest way past some places in turn, within limits; a NoPath that says why if there is none."""
    if (found := _search(network, places, limits)) is None:
        raise NoPath(_why_not(network, places, limits))
    return found


def try_search(network: RailNetwork, places: Sequence[Place], limits: Limits) -> RailPath | None:
    """The same; None if there is none, and no search for the reason."""
    try:
        return _search(network, places, limits)
    except NoPath:
        return None


def _search(network: RailNetwork, places: Sequence[Place], limits: Limits) -> RailPath | None:
    path, field = shortest(bounds_of(network, limits), places)
    if field.grown:  # the next question within these limits begins with its trees
        network.memory.put(("bounds", limits), field)
    return path


def shortest(field: Field, places: Sequence[Place]) -> tuple[RailPath | None, Field]:
    """The shortest path past some places, None if there is none, and the field with the trees that were grown for it.

    Raises
    ------
    NoPath
        If a place lies too far from any rails, or on closed ones.
    """
    limits = field.limits
    stops = [stop_at(field.network, place, field.closed, limits.idle) for place in places]
    closed = unpacked(field.network, field.closed)
    # What is best by bounds from below, and runs over nothing that is closed, is best.
    while (legs := _best(field, stops)) is not None:
        path = path_of(field, stops, legs)
        sides = harmed(field, stops, legs, closed) if closed[path.links].any() else set()
        if not sides:
            return path, field
        field = field.regrown(sides)
    return None, field


def _best(field: Field, stops: Sequence[Stop]) -> tuple[Leg, ...] | None:
    """The cheapest legs from stop to stop; None if there is no way."""
    limits = field.limits
    # The cheapest way to each stop, by the gauge on which it is reached and whether the port was passed.
    best: dict[tuple[int, bool], tuple[int, tuple[Leg, ...]]] = {(s, False): (0, ()) for s in stops[0].snaps}
    for start, stop in pairwise(stops):
        reached: dict[tuple[int, bool], tuple[int, tuple[Leg, ...]]] = {}
        for (system, passed), (cost, legs) in best.items():
            for through_port in (False, True) if limits.port and not passed else (False,):
                for leg in field.legs(start, stop, system, through_port=through_port):
                    key, total = (leg.to_system, passed or through_port), cost + leg.cost
                    if total < reached.get(key, (NO_WAY,))[0]:
                        reached[key] = (total, (*legs, leg))
        best = reached
    ways = [way for (_, passed), way in best.items() if passed == bool(limits.port)]
    if not ways:
        return None
    return min(ways, key=lambda way: way[0])[1]


def _why_not(network: RailNetwork, places: Sequence[Place], limits: Limits) -> str:
    """Why there is no way, and what to do."""
    names = ", ".join(place.label for place in places)
    start, stop = places[0].label, places[-1].label
    if limits.port:
        without = limits._replace(port=frozenset(), port_name=None)
        way = _search(network, places, without)
        if way is not None and not way.transfers:
            return (
                f"{start} and {stop} lie on the same side of {limits.port_name}: a way through it would cross the "
                "border twice; leave the port out, or name a place on the other side"
            )
    cause = missing_link(lambda net, less: try_search(net, places, less), network, limits)
    if limits.port:
        no_way = f"no way for freight from {start} to {stop} passes {limits.port_name}{limits.told}"
        return f"{no_way}: {cause}" if cause else f"{no_way}; name another port"
    if cause:
        return f"no rails for freight join {names}{limits.told}: {cause}"
    elsewhere = {transfer for _, transfer in limits.ports} if limits.port else set()
    closed = [name for name in gates_of(network).names if name not in limits.open and name not in elsewhere]
    if closed:
        return f"no rails for freight join {names}{limits.told}; not open then: {', '.join(closed)}"
    lacking = "; ".join([*half_located(network), *filter(None, [left_out(network)])])
    return (
        f"no rails for freight join {names}{limits.told}; the network may have a hole, the sea may lie between, "
        f"or no known transfer joins their gauges{lacking and f' ({lacking})'}"
    )
