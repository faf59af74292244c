"""Ways that differ in the borders they cross, not in a siding."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corridor import arguments
from corridor.errors import NoPath
from corridor.network import RailNetwork, as_network
from corridor.places import Place, PlaceLike, find_place, find_places
from corridor.routing.field import bounds_of
from corridor.routing.limits import Limits, border_links, limits_of, unpacked
from corridor.routing.path import RailPath
from corridor.routing.search import search, shortest

if TYPE_CHECKING:
    pass

EXTRA_SHARE = 0.5
"""Alternatives that are longer than the best way by more than this share are not listed."""


def find_alternatives(
    origin: PlaceLike,
    destination: PlaceLike,
    *,
    port: str | Iterable[str] | None = None,
    via: PlaceLike | Iterable[PlaceLike] = (),
    avoid: PlaceLike | Iterable[PlaceLike] = (),
    on: date | str | None = None,
    ferries: bool = False,
    most: int = 5,
    network: RailNetwork | Path | str | None = None,
) -> list[RailPath]:
    """The best way for each sequence of border crossings: the fewest changes of gauge first, then the shortest.

    A crossing is a transfer, or a pair of countries where tracks run through. Ways are found best first by closing each
    crossing of those found already; so each is the best of its sequence, and one that passes all crossings of a
    shorter way and more is not looked for.

    Parameters
    ----------
    origin, destination, port, via, avoid, on, ferries, network
        As in :func:`find_path`.
    most : int
        No more ways than this, at least 1; none is longer than the best by more than a half.

    Returns
    -------
    list of RailPath
        The first is that of :func:`find_path`.

    Raises
    ------
    UnknownName, BadValue, NoPath
        As in :func:`find_path`.
    """
    most = arguments.whole(most, "most", 1)
    net = as_network(network)
    net = net.with_ferries if ferries else net
    places = [find_place(origin), *find_places(via, "via"), find_place(destination)]
    limits = limits_of(net, port=port, avoid=avoid, on=on)
    best = search(net, places, limits)
    ways = _Ways(net, places, limits, best)
    number = count()  # of equal ways the one found first
    queue: list[tuple[float, int, RailPath, frozenset[str]]] = [(best.source_km, next(number), best, frozenset())]
    tried: set[frozenset[str]] = {frozenset()}
    found: dict[tuple[str, ...], RailPath] = {}
    while queue and len(found) < most:
        _, _, path, closed = heapq.heappop(queue)
        found.setdefault(crossing_names(path), path)
        for name in dict.fromkeys(crossing_names(path)):
            if (more := closed | {name}) in tried:
                continue
            tried.add(more)
            other = ways.without(more)
            if other is not None and other.source_km <= (1 + EXTRA_SHARE) * best.source_km:
                heapq.heappush(queue, (other.source_km, next(number), other, more))
    return sorted(found.values(), key=lambda path: (len(path.transfers), path.source_km))


class _Ways:
    """Best ways with more and more crossings closed; each is searched for once, however many closures it answers."""

    def __init__(self, network: RailNetwork, places: Sequence[Place], limits: Limits, best: RailPath) -> None:
        self.network, self.places, self.limits = network, places, limits
        self.known: list[tuple[frozenset[str], RailPath | None, Mapping[int, bytes] | None]] = [
            (frozenset(), best, None)
        ]

    def without(self, closed: frozenset[str]) -> RailPath | None:
        """The best way that keeps off some crossings; None if there is none."""
        below = [known for known in self.known if known[0] <= closed]
        for _, path, _ in below:
            # The best with fewer closed is the best with more closed too, if it keeps off these; and where there was
            # no way, there is none.
            if path is None or not any(self._uses(path, name) for name in closed):
                return path
        nearest = max(below, key=lambda known: len(known[0]))
        field = bounds_of(self.network, self._limits(closed), nearest[2])
        try:
            found, field = shortest(field, self.places)
        except NoPath:
            found = None
        self.known.append((closed, found, field.grown))
        return found

    def _uses(self, path: RailPath, name: str) -> bool:
        """Whether a path runs over a crossing."""
        if name in self.limits.open:
            return any(piece.transfer is not None and piece.transfer[0] == name for piece in path.pieces)
        return bool(border_links(self.network, frozenset(name.split("-")))[path.links].any())

    def _limits(self, closed: frozenset[str]) -> Limits:
        """Limits with more transfers and borders closed."""
        shut = unpacked(self.network, self.limits.shut)
        for name in sorted(closed - self.limits.open):
            shut |= border_links(self.network, frozenset(name.split("-")))
        packed = np.packbits(shut).tobytes() if shut.any() else b""
        return self.limits._replace(open=self.limits.open - closed, shut=packed)


def crossing_names(path: RailPath) -> tuple[str, ...]:
    """The crossings of a path in order: ids of transfers, or country codes such as "BY-RU" (in alphabetical order)."""
    transfers = [(passage.at_km, passage.transfer) for passage in path.transfers]
    hops = [(passage.at_km, passage.at_km + passage.rail_km) for passage in path.transfers]
    borders = [
        (crossing.at_km, "-".join(sorted(crossing.countries)))
        for crossing in path.crossings
        if not any(start <= crossing.at_km <= stop for start, stop in hops)
    ]
    names = [name for _, name in sorted([*transfers, *borders])]
    # A line that winds along a border crosses it several times; that is one crossing.
    return tuple(name for i, name in enumerate(names) if i == 0 or name != names[i - 1])
