"""What a claim says of the unknowns: a sum of them, and between which values it lies."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import pandas as pd

from corridor.ports import first_train, port_rows
from corridor.volumes.grid import DAY, Grid, Series, Terms, make_grid
from corridor.volumes.program import INFINITE

CLAIMED = ("value", "growth")
"""Kinds of bands that claims make."""

FORCED = (*CLAIMED, "opening")
"""Kinds of bands that rest on print alone; all others (ratio, share, body, pace) are assumed."""


class Band(NamedTuple):
    """A row of the model.

    ``claim``: its id, or that of an assumption; ``kind``: value or growth, opening, limit (what trains can carry), or
    what is assumed (ratio, share, body, pace); ``terms``, ``low``, ``high``: the sum and its ends; ``trust``: weight
    when not all can hold;
    ``source``: the claim of another body that an assumption is applied to; ``yields``: whether it gives way to
    assumptions; ``tie``: from 0 to 1, a number of its own by which ties are broken; ``room``: by how much its
    ends are moved outwards while a programme is solved (:func:`with_ties`).
    """

    claim: str
    kind: str
    terms: Terms
    low: float
    high: float
    trust: float
    source: str = ""
    yields: bool = False
    tie: float = 0.0
    room: float = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of what it rests on."""
        return (self.source, self.claim) if self.source else (self.claim,)


_ROOM = 5e-6
"""Room of a firm claim [trains or TEU]: far more than solvers miss rows by (1e-9), far less than figures differ by."""

_LEAST_RELIED = 10.0
"""No band has more than so many times the room of one that is surely relied on."""


def with_ties(bands: Iterable[Band]) -> list[Band]:
    """Bands, each with a ``tie`` that no sum of others' equals, drawn from its ids, and its ``room``.

    Often more claims than are needed force a value (a total, and parts that add up to it), and which of them a solver
    names depends on how it pivots. With room for each row one set alone holds a value: that with the least room
    altogether. It is larger for what is relied on less, and for claims on sums of several series, so that figures by
    direction and port are named before their sums; of assumptions as few as may be.
    """
    seen, out = Counter[str](), []
    for band in bands:
        name = "|".join((*band.names, band.kind))
        seen[name] += 1
        drawn = hashlib.blake2b(f"{name}|{seen[name]}".encode(), digest_size=6).digest()
        tie = int.from_bytes(drawn) / 2**48
        series = sum(factor > 0 for factor in band.terms.values()) if band.kind in CLAIMED else 1
        room = _ROOM * min(1 + 1 / band.trust, _LEAST_RELIED) * max(1, series) ** 2 * (1 + tie / 2)
        out.append(band._replace(tie=tie, room=room))
    return out


class Figure(NamedTuple):
    """A claim, as far as the model reads it.

    ``after``: the day after its last one; ``part``: of one service only; ``milestone``: the so many thousandth train.
    """

    name: str
    ports: frozenset[str]
    measure: str
    direction: str
    basis: str
    first: date
    after: date
    value: float
    low: float
    high: float
    growth: tuple[float, float] | None
    trust: float
    part: bool
    milestone: bool
    doubt: str


def figures_of(claims: pd.DataFrame) -> tuple[Figure, ...]:
    """The claims of a ledger, in an order that does not depend on that of its rows."""
    found = [_figure(row) for row in claims.itertuples()]
    return tuple(
        sorted(found, key=lambda one: (one.measure, sorted(one.ports), one.direction, one.first, one.after, one.name))
    )


def _figure(row: Any) -> Figure:
    value, part = float(row.value), row.scope == "service"
    low, high = band_of(value, row.precision, row.rounding_unit)
    if part:
        high = INFINITE  # a service's figure is a part of the port's
    growth = None if part or pd.isna(row.yoy_percent) else growth_of(row.yoy_percent)
    return Figure(
        str(row.Index),
        frozenset(row.ports.split(";")),
        row.measure,
        row.direction,
        row.basis,
        row.period_start.date(),
        row.period_end.date() + DAY,
        value,
        low,
        high,
        growth,
        _trust(row),
        part,
        _milestone(row),
        row.doubt,
    )


def band_of(value: float, precision: str, unit: float) -> tuple[float, float]:
    """The least and the largest value that a printed figure stands for.

    Exact: itself. Rounded to a unit: half of it on either side. At least: a floor. About: a whole unit on either side.
    """
    if precision == "at_least":
        return value, INFINITE
    margin = {"exact": 0.0, "rounded": unit / 2, "about": float(unit)}[precision]
    return max(0.0, value - margin), value + margin


def growth_of(percent: float) -> tuple[float, float]:
    """The least and the largest factor that a growth rate stands for, to the digits that it is printed to."""
    digits = len(repr(float(percent)).partition(".")[2].rstrip("0"))
    half = 0.5 / 10**digits
    return 1 + (percent - half) / 100, 1 + (percent + half) / 100


def _trust(row: Any) -> float:
    """How much a claim is relied on when claims cannot all hold.

    Exact whole years and splits by direction before other exact figures, and these before totals since the beginning;
    then floors and rounded figures, "about", and last the thousandth trains that stations celebrate. Dated before
    undated, and figures seen in several publications before those seen once.
    """
    if row.precision == "exact":
        firm = row.span == "annual" or row.direction != "both"
        trust = 30.0 if firm else 10.0
        if row.span == "cumulative":
            trust = 1.0 if _milestone(row) else 4.0
    else:
        trust = {"at_least": 2.0, "rounded": 2.0, "about": 1.5}[row.precision]
    return trust * (0.8 if row.period_status == "derived" else 1.0) * (1.25 if row.sources > 1 else 1.0)


def _milestone(row: Any) -> bool:
    return bool(row.precision == "exact" and row.span == "cumulative" and row.value % MILESTONE == 0)


MILESTONE = 1000
"""Totals since the beginning that are a multiple of this are milestones, told on a day that suits."""

FIRST_TRUST = 100.0
"""The day of a first train is what the whole series begins with."""

FIRST_DAYS = timedelta(days=28)
"""A first train is counted within the month or so that claims and months cut after it."""

UNIT = {"trains": 1.0, "teu": 100.0}
"""What weighs the same: a train, or as many TEU."""

GROWTH_TRUST = 0.25
"""Growth rates rest on a figure of the year before that is often revised later: they give way before figures do."""


def year_before(day: date) -> date:
    """The same day a year earlier; of 29 February the 28th."""
    return date(day.year - 1, 2, 28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def spans_of(figures: Iterable[Figure]) -> Iterator[tuple[date, date]]:
    """Windows of claims: the first day and the day after the last; where growth is printed, also a year earlier."""
    for one in figures:
        yield one.first, one.after
        if one.growth:
            yield year_before(one.first), year_before(one.after)


def grid_of(figures: Sequence[Figure]) -> Grid:
    """The grid on which each claim is an exact sum, up to the last day of any; what none names has no series."""
    series, end = [], max(one.after for one in figures)
    named = {port for one in figures for port in one.ports}
    for measure in dict.fromkeys(one.measure for one in figures):
        for port in port_rows():
            for direction in ("outbound", "inbound"):
                opened = first_train(port, direction)
                if port in named and opened < end:
                    series.append(Series(measure, port, direction, opened))
    return make_grid(sorted(series, key=lambda one: one.measure != "trains"), spans_of(figures), end)


def opening_bands(grid: Grid) -> list[Band]:
    """One train at least in the month after the first, where its day is known (data/ports/ports.csv)."""
    rows, out = port_rows(), []
    for i, one in enumerate(grid.series):
        later = [day for day in grid.cuts[i] if day >= one.opened + FIRST_DAYS]
        if later and one.measure == "trains" and one.opened == rows[one.port][f"first_{one.direction}"]:
            terms = grid.window([i], one.opened, later[0])
            out.append(Band(one.port, "opening", terms, 1.0, INFINITE, FIRST_TRUST))
    return out


def bands_of(grid: Grid, one: Figure) -> list[Band]:
    """What a claim says: its value, and its growth on the year before."""
    series = grid.pick(one.measure, one.ports, one.direction)
    whole = grid.window(series, one.first, one.after)
    trust = one.trust / UNIT[one.measure]
    out = [Band(one.name, "value", whole, one.low, one.high, trust, yields=one.milestone)]
    if one.growth:
        earlier = grid.window(series, year_before(one.first), year_before(one.after))
        if earlier:  # else nothing ran a year earlier, and the rate is of something else
            slow, fast = (added(whole, earlier, -factor) for factor in one.growth)
            # A sum less so many times another is off by as many times as that one is.
            less = GROWTH_TRUST * trust / max(1.0, *one.growth)
            out.append(Band(one.name, "growth", slow, 0.0, INFINITE, less, yields=True))
            out.append(Band(one.name, "growth", fast, -INFINITE, 0.0, less, yields=True))
    return out


class Goal(NamedTuple):
    """What a sum is most likely to be, as a rounded figure or growth rate has it, and half of the rounding."""

    terms: Terms
    value: float
    half: float


def goals_of(grid: Grid, one: Figure, kinds: Collection[str]) -> Iterator[Goal]:
    """The middle of what a claim says by its value and by its growth."""
    series = grid.pick(one.measure, one.ports, one.direction)
    whole = grid.window(series, one.first, one.after)
    if "value" in kinds and whole and one.low < one.high < INFINITE:
        yield Goal(whole, (one.low + one.high) / 2, (one.high - one.low) / 2)
    if "growth" in kinds and one.growth and one.value and one.high < INFINITE:
        earlier = grid.window(series, year_before(one.first), year_before(one.after))
        slow, fast = one.growth
        if earlier:
            middle = (slow + fast) / 2
            # No closer than half a train: counts are whole, whatever the digits of a rate.
            half = max(one.value * (fast - slow) / 2 / middle, UNIT[one.measure] / 2)
            yield Goal(added(whole, earlier, -middle), 0.0, half)


def added(terms: Terms, more: Terms, factor: float = 1.0) -> Terms:
    """Two sums, the second times a factor, as one."""
    total = dict(terms)
    for column, weight in more.items():
        total[column] = total.get(column, 0.0) + factor * weight
    return {column: weight for column, weight in total.items() if weight}
