"""Bands that have nothing to do with each other, each group of them a programme of its own.

An amount is what passes between two cuts, and bands are sums of amounts. Bands that share an amount belong together, as
do those that are joined by others; a question is asked of those groups only that hold some of its amounts. Far from
long claims a month is such a group, and costs next to nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

import numpy as np

from corridor.volumes.bands import Band
from corridor.volumes.grid import Grid, Terms
from corridor.volumes.program import INFINITE, Program, Row, held_together

_NOTHING = 1e-12
"""Factors of growth rates that cancel out leave no more than this."""


class Parts:
    """The least and largest values of sums that bands allow.

    Parameters
    ----------
    grid : Grid
    bands : sequence of Band
        Which can all hold.
    """

    def __init__(self, grid: Grid, bands: Sequence[Band]) -> None:
        self._grid, self._bands = grid, bands
        self._start: list[int] = grid.start.tolist()
        runs = [list(self._runs(band.terms)) for band in bands]
        joined, touched = np.zeros(grid.columns, bool), np.zeros(grid.columns, bool)
        for own in runs:
            for first, last, _ in own:
                joined[first:last] = touched[first : last + 1] = True
        piece = np.cumsum(np.concatenate([[0], ~joined[:-1]])) if grid.columns else np.zeros(0, np.int64)
        parent = list(range(int(piece[-1]) + 1 if grid.columns else 0))

        def root(i: int) -> int:
            while parent[i] != i:
                parent[i] = i = parent[parent[i]]
            return i

        for own in runs:
            for first, _, _ in own[1:]:
                parent[root(int(piece[first]))] = root(int(piece[own[0][0]]))
        # The group of each amount, -1 where no band says anything of it; and the bands of each group.
        group = np.array([root(i) for i in range(len(parent))], dtype=np.int64)
        self._group = np.where(touched, group[piece], -1) if grid.columns else piece
        self._members: dict[int, list[Band]] = {}
        for band, own in zip(bands, runs, strict=True):
            if own:
                self._members.setdefault(int(self._group[own[0][0]]), []).append(band)
        self._programs: dict[int, tuple[Program, dict[int, int], int]] = {}

    def extreme(self, terms: Terms, *, largest: bool) -> tuple[float, list[Band]]:
        """The least or largest value of a sum (infinite if nothing bounds it), and the bands that hold it there."""
        asked: dict[int, Terms] = {}
        for first, last, factor in self._runs(terms):
            groups = self._group[first : last + 1]
            begins = np.flatnonzero(np.diff(groups, prepend=-2)).tolist()
            for begin, after in zip(begins, [*begins[1:], len(groups)], strict=True):
                if (key := int(groups[begin])) < 0:
                    if (factor > 0) == largest:
                        return (INFINITE if largest else -INFINITE), []
                    continue  # nothing bounds it, and nothing keeps it from being zero
                own = asked.setdefault(key, {})
                own[first + after - 1] = own.get(first + after - 1, 0.0) + factor
                if (before := first + begin - 1) >= self._start[self._series(first)]:
                    own[before] = own.get(before, 0.0) - factor
        value, held = 0.0, []
        for key, own in asked.items():
            program, columns, above = self._program(key)
            sum_of = {columns[column]: factor for column, factor in own.items() if factor}
            found = held_together(program.largest(sum_of) if largest else program.least(sum_of))
            if abs(found.value) == INFINITE:
                return found.value, []
            value += found.value
            held += [self._members[key][row - above] for row in found.rows if row >= above]
        return value, held

    def _program(self, key: int) -> tuple[Program, dict[int, int], int]:
        """The programme of a group, its columns by those of the grid, and how many rows stand before its bands."""
        if key not in self._programs:
            amounts = np.flatnonzero(self._group == key)
            before = np.setdiff1d(amounts, self._start) - 1
            used = np.union1d(amounts, before).tolist()
            columns = {column: i for i, column in enumerate(used)}
            series = np.searchsorted(self._grid.start, used, side="right")
            falls = np.flatnonzero(series[1:] == series[:-1]).tolist()
            rows: list[Row] = [({i + 1: 1.0, i: -1.0}, 0.0, INFINITE) for i in falls]
            rows += [
                ({columns[i]: factor for i, factor in band.terms.items()}, band.low, band.high)
                for band in self._members[key]
            ]
            room = [*[0.0] * len(falls), *(band.room for band in self._members[key])]
            self._programs[key] = Program(len(used), rows, room=room), columns, len(falls)
        return self._programs[key]

    def _series(self, column: int) -> int:
        return bisect_right(self._start, column) - 1

    def _runs(self, terms: Terms) -> Iterator[tuple[int, int, float]]:
        """The amounts that a sum of running totals adds up: from the first to the last of them, with their factor."""
        order = sorted(terms, reverse=True)
        factor, series = 0.0, -1
        for column, lower in zip(order, [*order[1:], -1], strict=True):
            if self._series(column) != series:
                factor, series = 0.0, self._series(column)
            factor += terms[column]
            first = max(lower + 1, self._start[series])
            if abs(factor) > _NOTHING:
                yield first, column, factor
