"""The unknowns: running totals of each port and direction, at every day on which a month or a claim begins or ends.

Far from all claims there are no months: so a single claim on a day in 2090 costs no more than others.

A figure on a window is the difference of two running totals, so each claim is an exact and short sum, however long
its window.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY = timedelta(days=1)


class Series(NamedTuple):
    """What one running total counts: trains or TEU, at a port, in a direction, since its first day."""

    measure: str
    port: str
    direction: str
    opened: date


Terms = dict[int, float]
"""A weighted sum of unknowns: their columns, each with its factor."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Columns of the running totals.

    Attributes
    ----------
    series : tuple of Series
    cuts : tuple of tuples of date
        For each series the days at whose beginning its total stands, the first being that of its opening, where it is
        zero and has no column.
    """

    series: tuple[Series, ...]
    cuts: tuple[tuple[date, ...], ...]

    def __repr__(self) -> str:
        return f"<Grid of {len(self.series)} series, {self.columns:,} unknowns>"

    @cached_property
    def start(self) -> NDArray[np.int64]:
        """First column of each series, and the number of all columns, shape (series + 1,)."""
        return np.cumsum([0, *(len(cuts) - 1 for cuts in self.cuts)])

    @property
    def columns(self) -> int:
        """How many unknowns there are."""
        return int(self.start[-1])

    @cached_property
    def _places(self) -> tuple[Mapping[date, int], ...]:
        return tuple({day: i for i, day in enumerate(cuts)} for cuts in self.cuts)

    @cached_property
    def ordinals(self) -> tuple[NDArray[np.float64], ...]:
        """The cuts as numbers of days."""
        return tuple(np.array([day.toordinal() for day in cuts], dtype=np.float64) for cuts in self.cuts)

    def _cuts_of(self, series: Sequence[int]) -> list[date]:
        """Days on which any of some series is cut, in order."""
        key = tuple(series)
        if key not in self._merged_cuts:
            self._merged_cuts[key] = sorted({day for i in series for day in self.cuts[i]})
        return self._merged_cuts[key]

    @cached_property
    def _merged_cuts(self) -> dict[tuple[int, ...], list[date]]:
        return {}

    @property
    def end(self) -> date:
        """The day after the last one."""
        return self.cuts[0][-1]

    def pick(self, measure: str, ports: Iterable[str], direction: str) -> list[int]:
        """Series that a figure adds up."""
        wanted = set(ports)
        return [
            i
            for i, one in enumerate(self.series)
            if one.measure == measure and one.port in wanted and direction in ("both", one.direction)
        ]

    def window(self, series: Sequence[int], first: date, after: date) -> Terms:
        """What passes in some series from one cut to before another, as a sum of columns; before an opening nothing."""
        terms: Terms = {}
        for i in series:
            opened, places, start = self.cuts[i][0], self._places[i], int(self.start[i])
            for day, factor in ((after, 1.0), (first, -1.0)):
                if day > opened:
                    terms[start + places[day] - 1] = factor
        return terms

    def exact(self, series: Sequence[int], first: date, after: date) -> Terms:
        """The same, or nothing if one of the days is no cut."""
        cut = all(day <= self.cuts[i][0] or day in self._places[i] for i in series for day in (first, after))
        return self.window(series, first, after) if cut else {}

    def spanned(self, series: Sequence[int], first: date, after: date, *, outwards: bool) -> Terms:
        """The same on the whole intervals within two days, or on all that they touch."""
        if not series:
            return {}
        cuts = self._cuts_of(series)
        begin, end = bisect_left(cuts, first), bisect_right(cuts, after)
        if outwards:
            begin, end = bisect_right(cuts, first) - 1, bisect_left(cuts, after) + 1
        inside = cuts[max(begin, 0) : end]
        return self.window(series, inside[0], inside[-1]) if len(inside) > 1 else {}


def month_starts(first: date, after: date) -> list[date]:
    """Firsts of months from that of a day on, up to another."""
    months = range(first.year * 12 + first.month - 1, after.year * 12 + after.month)
    return [date(i // 12, i % 12 + 1, 1) for i in months]


LONG = timedelta(days=20 * 366)
"""A longer window says nothing of any one month inside it."""

NEAR = timedelta(days=366)
"""Claims say something of days so far around their windows."""

GAP = timedelta(days=10 * 366)
"""A longer stretch that no claim touches has no months."""


def make_grid(series: Sequence[Series], windows: Iterable[tuple[date, date]], end: date) -> Grid:
    """The grid of some series, cut at the ends of windows, and at month starts but in long stretches without a claim.

    Parameters
    ----------
    series : sequence of Series
    windows : iterable of (date, date)
        Of claims: the first day, and the day after the last.
    end : date
        The day after the last one.
    """
    windows = list(windows)
    # Days on which others begin too, so that all series have the same cuts once they have begun.
    wanted = {*(day for window in windows for day in window), *(one.opened for one in series)}
    near = _merged([*(window for window in windows if window[1] - window[0] <= LONG), *((day, day) for day in wanted)])
    cuts = []
    for one in series:
        starts = (day for day in month_starts(one.opened, end) if _within(day, near))
        inside = {day for day in (*wanted, *starts) if one.opened < day < end}
        cuts.append((one.opened, *sorted(inside), end))
    return Grid(tuple(series), tuple(cuts))


def _merged(windows: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    """Windows with what lies near them, in order, those with no long gap between them as one."""
    out: list[tuple[date, date]] = []
    for first, after in sorted((first - NEAR, after + NEAR) for first, after in windows):
        if out and first - out[-1][1] <= GAP:
            out[-1] = out[-1][0], max(after, out[-1][1])
        else:
            out.append((first, after))
    return out


def _within(day: date, windows: Sequence[tuple[date, date]]) -> bool:
    i = bisect_right(windows, day, key=lambda window: window[0]) - 1
    return i >= 0 and day <= windows[i][1]
