"""Claims that cannot all hold: which give way, by how much, and to which others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from corridor.volumes.bands import Band
from corridor.volumes.grid import Grid, Terms
from corridor.volumes.program import INFINITE, Program, rising

TOLERANCE = 1e-6
"""Bands are met to this share of a claim's value."""

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
    """Bands that can all hold, each open at the end at which it gave way, and the conflicts."""

    bands: tuple[Band, ...]
    conflicts: tuple[Conflict, ...]


def settle(grid: Grid, bands: Sequence[Band]) -> Settled:
    """Let bands give way until all can hold, those least relied on first, and as few and as little as may be.

    Parameters
    ----------
    grid : Grid
    bands : sequence of Band
    """
    excess = _excess(grid, bands)
    ways = {i: 1 if by > 0 else -1 for i, by in excess.items() if abs(by) > _slack(bands[i])}
    left = [_opened(band, ways[i]) if i in ways else _eased(band, excess.get(i, 0.0)) for i, band in enumerate(bands)]
    fixed = rising(grid)
    program = Program(grid.columns, [*fixed, *((band.terms, band.low, band.high) for band in left)])
    conflicts = []
    for i in sorted(ways, key=lambda i: (-bands[i].trust, i)):
        band, way = bands[i], ways[i]
        found = program.least(band.terms) if way > 0 else program.largest(band.terms)
        assert found is not None  # what is left holds together
        by = found.value - (band.high if way > 0 else band.low)
        if way * by <= _slack(band):
            # Where others gave way too, this one may yet hold.
            left[i] = _eased(band, by)
            program.set_row(len(fixed) + i, left[i].low, left[i].high)
            continue
        held = [left[row - len(fixed)] for row in found.rows if row >= len(fixed)]
        conflicts.append(Conflict(band, by, _irreducible(grid, band, way, held)))
    return Settled(tuple(left), tuple(conflicts))


def _slack(band: Band) -> float:
    ends = [abs(end) for end in (band.low, band.high) if abs(end) < INFINITE]
    return TOLERANCE * max(1.0, *ends)


def _opened(band: Band, way: int) -> Band:
    """A band without the end at which it gave way: +1 its upper one, -1 its lower one."""
    if way:
        band = band._replace(high=INFINITE) if way > 0 else band._replace(low=-INFINITE)
    return band


def _eased(band: Band, by: float) -> Band:
    """A band beyond whose end a sum lies by no more than numbers err, wide enough to hold it."""
    if by > 0:
        return band._replace(high=max(band.high, band.high + 1.01 * by))
    return band._replace(low=band.low + 1.01 * by) if by < 0 else band


def _excess(grid: Grid, bands: Sequence[Band]) -> dict[int, float]:
    """How far beyond the ends of bands the sums come to lie, below them if negative; the weighted whole is least."""
    rows = rising(grid)
    cost: Terms = {}
    column, owner = grid.columns, {}
    for i, band in enumerate(bands):
        terms = dict(band.terms)
        for end, way in ((band.low, -1), (band.high, 1)):
            if abs(end) < INFINITE:
                terms[column], owner[column] = -float(way), (i, way)
                # Later ones a trace cheaper, so that of two that weigh the same always the same gives way.
                cost[column] = band.trust * (1 - _TIE * i / len(bands))
                column += 1
        rows.append((terms, band.low, band.high))
    found = Program(column, rows, cost).solve()
    assert found is not None  # any sum will do if the excess is large enough
    return {i: way * float(found.point[column]) for column, (i, way) in owner.items() if found.point[column] > 0}


def _irreducible(grid: Grid, band: Band, way: int, held: Sequence[Band]) -> tuple[Band, ...]:
    """Of bands that keep another from holding, so many that without any one of them it could."""
    fixed = rising(grid)
    program = Program(grid.columns, [*fixed, *((one.terms, one.low, one.high) for one in held)])
    needed = []
    for i in sorted(range(len(held)), key=lambda i: (held[i].trust, i)):
        program.set_row(len(fixed) + i, -INFINITE, INFINITE)
        found = program.least(band.terms) if way > 0 else program.largest(band.terms)
        assert found is not None
        if way * (found.value - (band.high if way > 0 else band.low)) <= _slack(band):
            program.set_row(len(fixed) + i, held[i].low, held[i].high)
            needed.append(i)
    return tuple(held[i] for i in sorted(needed))
