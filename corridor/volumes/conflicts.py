"""Claims that cannot all hold: which give way, by how much, and to which others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from corridor.volumes.bands import FORCED, Band
from corridor.volumes.grid import Grid, Terms
from corridor.volumes.program import INFINITE, Extreme, Program, Row, held_together, rising, without_error

TOLERANCE = 1e-6
"""Bands are met to this share of a claim's value."""

FARTHER = 3.0
"""What gave way may be so many times farther off than it must be."""

_TIE = 1e-4


class Conflict(NamedTuple):
    """A band that gave way.

    ``by``: how far beyond its end the sum must lie, below it if negative; ``against``: the bands that it cannot hold
    with; without any one of them, or itself, the rest can.
    """

    band: Band
    by: float
    against: tuple[Band, ...]


class Settled(NamedTuple):
    """Bands that can all hold, each wider at the end at which it gave way, and the conflicts."""

    bands: tuple[Band, ...]
    conflicts: tuple[Conflict, ...]


def settle(grid: Grid, bands: Sequence[Band], limits: Sequence[Band] = ()) -> Settled:
    """Let bands give way until all can hold, those least relied on first, by as little as may be.

    First claims among themselves, then beside the limits. Then assumptions, which make no claim give way but growth
    rates and milestones.

    Parameters
    ----------
    grid : Grid
    bands : sequence of Band
    limits : sequence of Band
        What a train can carry: they never give way and are no part of what is settled, as assumptions are narrower.
    """
    left, named, count = [*bands, *limits], dict[int, _Named](), len(bands)
    claims = [i for i, band in enumerate(bands) if band.kind in FORCED]
    yielding = [i for i, band in enumerate(bands) if band.kind not in FORCED or band.yields]
    beside = [*claims, *range(count, len(left))]
    for places, may in ((claims, claims), (beside, claims), (range(count), yielding)):
        named = {**_give_way(grid, left, places, set(may)), **named}
    # What gave way still tells something: it is farther off than it must be, but not by orders of magnitude.
    whole = [*bands, *limits]
    last = _excess(grid, [whole[i] if i in named else band for i, band in enumerate(left)], range(count), named)
    for i, one in named.items():
        ends, band = (0.0, one.by, last.get(i, 0.0)), whole[i]
        left[i] = band._replace(low=band.low + FARTHER * min(ends), high=band.high + FARTHER * max(ends))
    order = sorted(named, key=lambda i: (-whole[i].trust, i))
    found = (Conflict(whole[i], named[i].by, tuple(whole[j] for j in named[i].against)) for i in order)
    return Settled(tuple(left[:count]), tuple(found))


class _Named(NamedTuple):
    """How far beyond its end a band's sum must lie, and the places of those that it cannot hold with."""

    by: float
    against: tuple[int, ...]


def _give_way(grid: Grid, left: list[Band], places: Sequence[int], may: Collection[int]) -> dict[int, _Named]:
    """Open some of the bands that may give way, until all at some places can hold; what each cannot hold with."""
    excess, tight = _excess_and_holders(grid, left, places, may)
    ways = {i: 1 if by > 0 else -1 for i, by in excess.items() if abs(by) > _slack(left[i])}
    whole = {i: left[i] for i in ways}
    for i in places:
        left[i] = _opened(left[i], ways[i]) if i in ways else _eased(left[i], excess.get(i, 0.0))
    order = sorted(ways, key=lambda i: (-left[i].trust, i))
    # First by those that held the excess where it was least, which are few.
    named = _against(grid, whole, ways, left, [i for i in places if i in tight], order)
    rest = [i for i in order if i not in named]
    if not rest:
        return named
    # Where others gave way too, these may yet hold, all at once or some.
    again = [whole[i] if i in rest else band for i, band in enumerate(left)]
    beyond = _excess(grid, again, places, set(rest))
    odd = [i for i in rest if abs(beyond.get(i, 0.0)) > _slack(whole[i])]
    for i in rest:
        by = beyond.get(i, 0.0)
        ways[i] = 1 if by > 0 else -1
        left[i] = _opened(whole[i], ways[i]) if i in odd else _eased(whole[i], by)
    named |= _against(grid, whole, ways, left, places, odd)
    # What none holds against has room after all, now that others have given way: one by one, as the room that one takes
    # may be what the next would need.
    unnamed = [i for i in odd if i not in named]
    if not unnamed:
        return named
    room = _Room(grid, places, left)
    for i in unnamed:
        by, held = room.beyond(whole[i], ways[i])
        if ways[i] * by > _slack(whole[i]):
            needed = _irreducible(grid, whole[i], ways[i], [left[j] for j in held])
            named[i] = _Named(by, tuple(held[k] for k in needed))
        else:
            left[i] = _eased(whole[i], ways[i] * max(ways[i] * by, 0.0))
            room.take(i, left[i])
    return named


def _against(
    grid: Grid,
    whole: Mapping[int, Band],
    ways: Mapping[int, int],
    left: Sequence[Band],
    places: Sequence[int],
    some: Sequence[int],
) -> dict[int, _Named]:
    """What some bands that gave way cannot hold with, among what is left at some places."""
    if not some:
        return {}
    out, room = {}, _Room(grid, places, left)
    for i in some:
        by, held = room.beyond(whole[i], ways[i])
        if ways[i] * by > _slack(whole[i]):
            needed = _irreducible(grid, whole[i], ways[i], [left[j] for j in held])
            out[i] = _Named(by, tuple(held[k] for k in needed))
    return out


class _Room:
    """What some bands leave."""

    def __init__(self, grid: Grid, places: Sequence[int], bands: Sequence[Band]) -> None:
        rows = [(bands[i].terms, bands[i].low, bands[i].high) for i in places]
        columns, fixed, rows = _packed(grid, rows)
        self._columns, self._first, self._places = columns, len(fixed), list(places)
        room = [*[0.0] * len(fixed), *(bands[i].room for i in places)]
        self._program = Program(len(columns), [*fixed, *rows], room=room)

    def take(self, place: int, band: Band) -> None:
        """Let the band at a place have other ends."""
        self._program.set_row(self._first + self._places.index(place), band.low, band.high)

    def beyond(self, band: Band, way: int) -> tuple[float, list[int]]:
        """How far beyond its end a band's sum must lie, and the places of the bands that hold it there."""
        if any(column not in self._columns for column in band.terms):
            return 0.0, []  # nothing here bounds all parts of it
        terms = {self._columns[column]: factor for column, factor in band.terms.items()}
        found = held_together(self._program.least(terms) if way > 0 else self._program.largest(terms))
        held = [self._places[row - self._first] for row in found.rows if row >= self._first]
        return without_error(found.value - (band.high if way > 0 else band.low)), held


def _packed(grid: Grid, rows: Sequence[Row]) -> tuple[dict[int, int], list[Row], list[Row]]:
    """The columns that some rows use, renumbered, the rows that say that no total falls, and the rows themselves.

    What stands between two of them is free to lie anywhere between, and can be left out.
    """
    used = sorted({column for terms, _, _ in rows for column in terms})
    columns = {column: i for i, column in enumerate(used)}
    series = np.searchsorted(grid.start, used, side="right")
    fixed: list[Row] = [
        ({i + 1: 1.0, i: -1.0}, 0.0, INFINITE) for i in range(len(used) - 1) if series[i] == series[i + 1]
    ]
    packed = [({columns[i]: factor for i, factor in terms.items()}, low, high) for terms, low, high in rows]
    return columns, fixed, packed


def _slack(band: Band) -> float:
    ends = [abs(end) for end in (band.low, band.high) if abs(end) < INFINITE]
    return TOLERANCE * max(1.0, *ends)


def _opened(band: Band, way: int) -> Band:
    """A band without the end at which it gave way: +1 its upper one, -1 its lower one."""
    return band._replace(high=INFINITE) if way > 0 else band._replace(low=-INFINITE)


def _eased(band: Band, by: float) -> Band:
    """A band beyond whose end a sum lies by no more than numbers err, wide enough to hold it."""
    return band._replace(high=band.high + 1.01 * max(by, 0.0), low=band.low + 1.01 * min(by, 0.0))


def _excess(grid: Grid, bands: Sequence[Band], places: Sequence[int], may: Collection[int]) -> dict[int, float]:
    """How far sums come to lie beyond the ends of bands that may give way, below if negative; the whole is least."""
    elastic = _elastic(grid, bands, places, may)
    program = Program(elastic.columns, elastic.rows, elastic.cost, error=_CLOSER)
    return _beyond(held_together(program.solve()), elastic)


def _excess_and_holders(
    grid: Grid, bands: Sequence[Band], places: Sequence[int], may: Collection[int]
) -> tuple[dict[int, float], set[int]]:
    """The same, and the places of the bands that hold the sums there.

    What holds the sums is seen where rows have room, and how far they lie beyond their ends where they have none.
    """
    elastic = _elastic(grid, bands, places, may)
    first = len(elastic.rows) - len(places)
    room = [*[0.0] * first, *(bands[i].room for i in places)]
    program = Program(elastic.columns, elastic.rows, elastic.cost, room=room, error=_CLOSER)
    held, found = held_together(program.solve()), held_together(program.without_room())
    return _beyond(found, elastic), {places[row - first] for row in held.rows if row >= first}


_CLOSER = 1e-10
"""Rows of elastic programmes are met closer than others', which are to find that what is left holds together."""


class _Elastic(NamedTuple):
    """A programme in which bands may give way, at a cost; ``owner``: whose excess a column is, and beyond which end."""

    columns: int
    rows: list[Row]
    cost: Terms
    owner: dict[int, tuple[int, int]]


def _elastic(grid: Grid, bands: Sequence[Band], places: Sequence[int], may: Collection[int]) -> _Elastic:
    rows = rising(grid)
    cost: Terms = {}
    column, owner = grid.columns, {}
    for i in places:
        band = bands[i]
        terms = dict(band.terms)
        for end, way in ((band.low, -1), (band.high, 1)) if i in may else ():
            if abs(end) < INFINITE:
                terms[column], owner[column] = -float(way), (i, way)
                # Later ones a trace cheaper, so that of two that weigh the same always the same gives way.
                cost[column] = band.trust * (1 - _TIE * (i + band.tie) / len(bands))
                column += 1
        rows.append((terms, band.low, band.high))
    return _Elastic(column, rows, cost, owner)


def _beyond(found: Extreme, elastic: _Elastic) -> dict[int, float]:
    by = {column: without_error(float(found.point[column])) for column in elastic.owner}
    return {i: way * by[column] for column, (i, way) in elastic.owner.items() if by[column] > 0}


def _irreducible(grid: Grid, band: Band, way: int, held: Sequence[Band]) -> list[int]:
    """Of bands that keep another from holding the places of so many that without any one of them it could."""
    rows: list[Row] = [(band.terms, -INFINITE, INFINITE), *((one.terms, one.low, one.high) for one in held)]
    columns, fixed, rows = _packed(grid, rows)
    room = [*[0.0] * len(fixed), 0.0, *(one.room for one in held)]
    program, terms = Program(len(columns), [*fixed, *rows], room=room), rows[0][0]
    needed = []
    for i in sorted(range(len(held)), key=lambda i: (held[i].trust, i)):
        row = len(fixed) + 1 + i
        program.set_row(row, -INFINITE, INFINITE)
        found = held_together(program.least(terms) if way > 0 else program.largest(terms))
        if way * (found.value - (band.high if way > 0 else band.low)) <= _slack(band):
            program.set_row(row, held[i].low, held[i].high)
            needed.append(i)
    return sorted(needed)
