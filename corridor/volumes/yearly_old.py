"""Yearly trains and TEU at the ports, as far as single published figures carry: a value, a range, or nothing.

One claim is read at a time; claims are not yet weighed against each other. A year has a value only where a
source prints the whole year, or both its directions, or the next year with its growth. Else it has a range:
no less than any claim on a part of the year, no more than any claim that covers it. A claim under doubt binds
nothing.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Any, NamedTuple

import pandas as pd

from corridor.claims import load_claims
from corridor.errors import UnknownName
from corridor.ports import port_rows

YEARS = range(2013, 2024)
"""Years of the yearly table."""

_INFINITE = float("inf")


class _Reading(NamedTuple):
    """What a claim says of a figure: the value printed, and all values that it stands for."""

    value: float
    low: float
    high: float
    claims: tuple[str, ...]


def yearly_volumes(claims: pd.DataFrame | None = None, *, basis: str = "rail") -> pd.DataFrame:
    """Trains and TEU per port and year 2013-2023, both directions together, counted by one body.

    Parameters
    ----------
    claims : DataFrame, optional
        As from :func:`load_claims`.
    basis : str
        Counting body; two bodies never make one series.

    Returns
    -------
    DataFrame
        One row a ``measure`` (trains, teu), ``port`` and ``year``, with

        * ``value`` [trains or TEU in the year], NaN where no single value is printed or follows;
        * ``lower``, ``upper``: what single claims leave open; ``upper`` is NaN where none bounds it;
        * ``status``: ``printed`` (a source prints the year; where sources differ the value is NaN and the
          bounds span them), ``implied`` (the bounds follow from other claims, or the port was not open),
          ``unknown`` (nothing is known);
        * ``claims``: ids of the claims that the row rests on (semicolons).

    Raises
    ------
    UnknownName
        If no claim has that basis.
    """
    ledger = claims if claims is not None else load_claims()
    counted = ledger[(ledger["basis"] == basis) & (ledger["doubt"] == "")]
    if counted.empty:
        raise UnknownName(f"no claim counted by {basis!r}; known: {', '.join(sorted(set(ledger['basis'])))}")
    rows = []
    for measure in ("trains", "teu"):
        of_measure = [_Claim.of(row) for row in counted[counted["measure"] == measure].itertuples()]
        for port, row in port_rows().items():
            for year in YEARS:
                found = _year(of_measure, port, year, row["first_outbound"])
                rows.append({"measure": measure, "port": port, "year": year, **found})
    return pd.DataFrame(rows)


class _Claim(NamedTuple):
    """What of a claim is read here; days as dates."""

    ports: frozenset[str]
    direction: str
    start: date
    end: date
    growth: float
    definite: bool
    reading: _Reading

    @classmethod
    def of(cls, row: Any) -> _Claim:
        value, name = float(row.value), (str(row.Index),)
        # A service's figure is a part of the port's.
        definite = row.precision != "at_least" and row.scope == "port"
        half = row.rounding_unit / 2 if row.rounding_unit > 1 else 0.0
        low, high = (max(0.0, value - half), value + half) if definite else (value, _INFINITE)
        return cls(
            frozenset(row.ports.split(";")),
            row.direction,
            row.period_start.date(),
            row.period_end.date(),
            row.yoy_percent,
            definite,
            _Reading(value, low, high, name),
        )


def _year(claims: list[_Claim], port: str, year: int, opened: date) -> dict[str, Any]:
    """One row of the yearly table."""
    first, end = date(year, 1, 1), date(year, 12, 31)
    start = max(first, opened)
    if opened > end:
        return _row("implied", _Reading(0, 0, 0, ()))
    own = [claim for claim in claims if claim.ports == {port}]
    if printed := _whole_year(own, start, end):
        return _row("printed", _together(printed))
    if grown := _from_next_year(own, year):
        return _row("implied", _together(grown))
    part = [claim.reading for claim in own if first <= claim.start and claim.end <= end]
    cover = [
        claim.reading
        for claim in claims
        if claim.direction == "both" and port in claim.ports and claim.start <= start and claim.end >= end
    ]
    least = max(part, key=lambda reading: reading.low, default=_Reading(0, 0, 0, ()))
    most = min(cover, key=lambda reading: reading.high, default=_Reading(0, 0, _INFINITE, ()))
    if most.high < least.low:
        # Claims that cannot both hold are shown as the range between them; weighing them is another matter.
        least, most = _Reading(0, most.high, 0, most.claims), _Reading(0, 0, least.low, least.claims)
    used = {*least.claims, *(most.claims if most.high < _INFINITE else ())}
    status = "implied" if used else "unknown"
    return _row(status, _Reading(float("nan"), least.low, most.high, tuple(sorted(used))))


def _row(status: str, reading: _Reading) -> dict[str, Any]:
    return {
        "value": reading.low if reading.low == reading.high else reading.value,
        "lower": reading.low,
        "upper": reading.high if reading.high < _INFINITE else float("nan"),
        "status": status,
        "claims": ";".join(reading.claims),
    }


def _together(readings: list[_Reading]) -> _Reading:
    """All readings of one figure: where they differ there is no value, and the bounds span them."""
    values = {reading.value for reading in readings}
    return _Reading(
        values.pop() if len(values) == 1 else float("nan"),
        min(reading.low for reading in readings),
        max(reading.high for reading in readings),
        tuple(sorted({name for reading in readings for name in reading.claims})),
    )


def _whole_year(own: list[_Claim], start: date, end: date) -> list[_Reading]:
    """Figures printed for the whole year (from the opening on), or the sums of both its directions."""
    # A first year may be printed from the start of the opening month.
    whole = [
        claim
        for claim in own
        if claim.definite and claim.start <= start and claim.start.year == end.year and claim.end == end
    ]
    out, back, both = (
        [claim.reading for claim in whole if claim.direction == direction]
        for direction in ("outbound", "inbound", "both")
    )
    return both or [
        _Reading(one.value + two.value, one.low + two.low, one.high + two.high, one.claims + two.claims)
        for one in out
        for two in back
    ]


def _from_next_year(own: list[_Claim], year: int) -> list[_Reading]:
    """A year from the next one's printed figure and its growth, to the digits that the growth is printed to."""
    readings = []
    for claim in own:
        following = (claim.start, claim.end) == (date(year + 1, 1, 1), date(year + 1, 12, 31))
        if not (following and claim.definite and claim.direction == "both" and not math.isnan(claim.growth)):
            continue
        half = 0.5 if claim.growth.is_integer() else 0.05
        low = round(claim.reading.low / (1 + (claim.growth + half) / 100))
        high = round(claim.reading.high / (1 + (claim.growth - half) / 100))
        readings.append(_Reading(low if low == high else float("nan"), low, high, claim.reading.claims))
    return readings
