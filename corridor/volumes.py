"""Yearly trains and TEU at the ports, as far as single published figures carry: a value, a range, or nothing.

One claim is read at a time; claims are not yet weighed against each other. A year has a value only where a
source prints the whole year, or both its directions, or the next year with its growth. Else it has a range:
no less than any claim on a part of the year, no more than any claim that covers it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from corridor.claims import load_claims
from corridor.errors import UnknownName
from corridor.ports import port_table

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
    counted = ledger[ledger["basis"] == basis]
    if counted.empty:
        raise UnknownName(f"no claim counted by {basis!r}; known: {', '.join(sorted(set(ledger['basis'])))}")
    rows = []
    for measure in ("trains", "teu"):
        of_measure = counted[counted["measure"] == measure]
        for port, opened in port_table()["first_outbound"].items():
            for year in YEARS:
                row = _year(of_measure, str(port), year, pd.Timestamp(opened))
                rows.append({"measure": measure, "port": port, "year": year, **row})
    return pd.DataFrame(rows)


def _year(claims: pd.DataFrame, port: str, year: int, opened: pd.Timestamp) -> dict[str, Any]:
    """One row of the yearly table."""
    start, end = max(pd.Timestamp(year, 1, 1), opened), pd.Timestamp(year, 12, 31)
    if opened > end:
        return _row("implied", _Reading(0, 0, 0, ()))
    own = claims[claims["ports"] == port]
    if printed := _whole_year(own, start, end):
        return _row("printed", _together(printed))
    if grown := _from_next_year(own, year):
        return _row("implied", _together(grown))
    names = claims["ports"].str.split(";").map(frozenset)
    part = (claims["period_start"] >= pd.Timestamp(year, 1, 1)) & (claims["period_end"] <= end)
    cover = (claims["period_start"] <= start) & (claims["period_end"] >= end) & (claims["direction"] == "both")
    least = max(map(_reading, claims[part & (names == {port})].itertuples()), key=lambda r: r.low, default=None)
    most = min(
        map(_reading, claims[cover & names.map(lambda ports: port in ports)].itertuples()),
        key=lambda r: r.high,
        default=None,
    )
    low = least.low if least else 0.0
    high = most.high if most else _INFINITE
    used = {*(least.claims if least else ()), *(most.claims if most and high < _INFINITE else ())}
    return _row("implied" if used else "unknown", _Reading(float("nan"), low, high, tuple(sorted(used))))


def _row(status: str, reading: _Reading) -> dict[str, Any]:
    return {
        "value": reading.value,
        "lower": reading.low,
        "upper": reading.high if reading.high < _INFINITE else float("nan"),
        "status": status,
        "claims": ";".join(reading.claims),
    }


def _reading(claim: Any) -> _Reading:
    """The values that one printed figure stands for; a service's figure is a part of the port's."""
    value, name = float(claim.value), (str(claim.Index),)
    if claim.precision == "at_least" or claim.scope == "service":
        return _Reading(value, value, _INFINITE, name)
    half = claim.rounding_unit / 2 if claim.rounding_unit > 1 else 0.0
    return _Reading(value, max(0.0, value - half), value + half, name)


def _together(readings: list[_Reading]) -> _Reading:
    """All readings of one figure: where they differ there is no value, and the bounds span them."""
    values = {reading.value for reading in readings}
    return _Reading(
        values.pop() if len(values) == 1 else float("nan"),
        min(reading.low for reading in readings),
        max(reading.high for reading in readings),
        tuple(sorted({name for reading in readings for name in reading.claims})),
    )


def _whole_year(own: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> list[_Reading]:
    """Figures printed for the whole year (from the opening on), or the sums of both its directions."""
    # A first year may be printed from the start of the opening month.
    whole = (own["period_start"] <= start) & (own["period_start"].dt.year == end.year) & (own["period_end"] == end)
    definite = (own["scope"] == "port") & (own["precision"] != "at_least")
    of_year = {
        direction: [_reading(claim) for claim in rows.itertuples()]
        for direction, rows in own[whole & definite].groupby("direction")
    }
    sums = [
        _Reading(out.value + back.value, out.low + back.low, out.high + back.high, out.claims + back.claims)
        for out in of_year.get("outbound", [])
        for back in of_year.get("inbound", [])
    ]
    return of_year.get("both") or sums


def _from_next_year(own: pd.DataFrame, year: int) -> list[_Reading]:
    """A year from the next one's printed figure and its growth, to the digits that the growth is printed to."""
    start, end = pd.Timestamp(year + 1, 1, 1), pd.Timestamp(year + 1, 12, 31)
    readings = []
    for claim in own[
        (own["period_start"] == start)
        & (own["period_end"] == end)
        & (own["direction"] == "both")
        & (own["scope"] == "port")
        & (own["precision"] != "at_least")
        & own["yoy_percent"].notna()
    ].itertuples():
        following = _reading(claim)
        half = 0.5 if float(claim.yoy_percent).is_integer() else 0.05
        low = round(following.low / (1 + (claim.yoy_percent + half) / 100))
        high = round(following.high / (1 + (claim.yoy_percent - half) / 100))
        readings.append(_Reading(low if low == high else float("nan"), low, high, following.claims))
    return readings
