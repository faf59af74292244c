"""The ledger of published statements: one row a figure, with who counted, over which days, and the citation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from corridor import arguments, cells, store, tables
from corridor.errors import UnknownName
from corridor.own_tables import own_rows
from corridor.ports import find_port, first_train

BASES = ("rail", "customs", "ciq", "border", "unstated")
"""Counting bodies: the railway, customs, the former inspection bureau, border police, or none named."""

YEARS = range(1900, 2101)
"""Years that claims and questions may name."""

MOST = 10**9
"""Most trains or TEU that a claim may print."""

MEASURES = ("trains", "teu")
DIRECTIONS = ("both", "outbound", "inbound")
SPANS = ("annual", "ytd", "half", "quarter", "monthly", "cumulative", "other")
PRECISIONS = ("exact", "rounded", "at_least", "about")


def load_claims(path: Path | str | None = None) -> pd.DataFrame:
    """Published figures on trains and TEU at the ports, one row a claim.

    Parameters
    ----------
    path : path-like, optional
        A ledger of your own, read as :func:`checked_claims` reads it; by default data/ports/claims.csv.

    Returns
    -------
    DataFrame
        Index ``claim_id``. ``ports``: semicolon list of port ids, whose sum the figure is; ``measure``
        trains or teu; ``direction`` both, outbound or inbound; ``basis``: who counted; ``scope`` port, or
        service (a part only, so a lower bound for the port); ``period_start``, ``period_end`` (days,
        inclusive) with ``period_status`` printed or derived; ``value`` as printed with ``precision`` and
        ``rounding_unit``; ``yoy_percent``: growth on the same days a year earlier; ``span``; ``sources``: how many
        publications were seen with it; the citation;
        ``doubt``: why the figure cannot be what it says (empty: no doubt), and then it binds no other figure.

    Raises
    ------
    DataError
        All faults at once, each with file, line, column and value.
    """
    if path is not None:
        return checked_claims(arguments.path(path, "path"))
    file = store.data_file("ports/claims.csv")
    # A data folder of the user's own (CORRIDOR_DATA) may leave columns out as well.
    return _completed(tables.read_rows(file, _columns(), key="claim_id", check=_faults, defaults=_DEFAULTS))


def checked_claims(table: pd.DataFrame | Sequence[Mapping[str, Any]] | Path | str) -> pd.DataFrame:
    """Claims of a user's own, read where they have one meaning and put to the same checks as the project's.

    Parameters
    ----------
    table : DataFrame, sequence of mappings, or path-like
        A DataFrame with ``claim_id`` as its index or as a column, records, or a file as spreadsheets write it. It
        needs ``claim_id``, ``ports`` (by any name; several with semicolons), ``measure``, ``basis``,
        ``period_start``, ``period_end``, ``value``, ``publisher`` and ``title``. It may leave out the other columns of
        :func:`load_claims`, or single cells of them: both directions, exact, of the whole port, printed, from one
        source, and the span that the days make. Columns of one's own are left out.

    Returns
    -------
    DataFrame
        As of :func:`load_claims`.

    Raises
    ------
    DataError
        All faults at once, each with its place, column and value.

    Examples
    --------
    >>> claim = {"claim_id": "A", "ports": "滿洲里", "measure": "Trains", "basis": "rail", "value": "4,235"}
    >>> days = {"period_start": "2021/1/1", "period_end": "31.12.2021", "publisher": "HG", "title": "2021"}
    >>> checked_claims([claim | days])[["ports", "period_end", "value"]].to_numpy().tolist()
    [['manzhouli', Timestamp('2021-12-31 00:00:00'), 4235]]
    """
    columns = {name: tables.after(_READ[name], parser) for name, parser in _columns().items()}
    return _completed(own_rows(table, "claims", columns, key="claim_id", check=_faults, defaults=_DEFAULTS))


_DEFAULTS = {
    "direction": "both",
    "scope": "port",
    "period_status": "printed",
    "precision": "exact",
    "rounding_unit": "",
    "yoy_percent": "",
    "span": "",
    "sources": "1",
    "published": "",
    "url": "",
    "doubt": "",
    "note": "",
}
"""Columns that a ledger of one's own may leave out, and what their cells then hold."""

_READ: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("claim_id", "ports", "publisher", "title", "url", "doubt", "note"), cells.tidy),
    **dict.fromkeys(("measure", "direction", "basis", "scope", "period_status", "precision", "span"), cells.word),
    **dict.fromkeys(("period_start", "period_end"), cells.day),
    **dict.fromkeys(("value", "rounding_unit", "sources"), cells.whole_number),
    "yoy_percent": cells.number,
    "published": cells.partial_day,
}
"""How each cell of such a ledger is rewritten before it is checked."""


def _columns() -> dict[str, tables.Parser]:
    anything = tables.optional(tables.text, empty="")
    return {
        "claim_id": tables.identifier,
        "ports": _ports,
        "measure": tables.one_of(*MEASURES),
        "direction": tables.one_of(*DIRECTIONS),
        "basis": tables.one_of(*BASES),
        "scope": tables.one_of("port", "service"),
        "period_start": tables.calendar_day,
        "period_end": tables.calendar_day,
        "period_status": tables.one_of("printed", "derived"),
        "value": tables.whole(0, MOST),
        "precision": tables.one_of(*PRECISIONS),
        "rounding_unit": tables.optional(tables.whole(1, MOST)),
        "yoy_percent": tables.optional(tables.number(-99.9, 10000), empty=float("nan")),
        "span": tables.optional(tables.one_of(*SPANS), empty=""),
        "sources": tables.whole(1),
        "published": tables.optional(tables.partial_day, empty=""),
        "publisher": tables.text,
        "title": tables.text,
        "url": tables.optional(tables.web_address, empty=""),
        "doubt": anything,
        "note": anything,
    }


def _ports(cell: str) -> str:
    """One port or more, by any of their names, with semicolons between them (or 、, or commas)."""
    try:
        try:
            found = [find_port(name.strip()) for name in re.split("[;；、\n]", cell)]
        except UnknownName:
            if "," not in cell:
                raise
            found = [find_port(name.strip()) for name in re.split("[;；、\n,]", cell)]
    except UnknownName as err:
        raise ValueError(f"names a port that is not known: {err}") from err
    if len(set(found)) < len(found):
        raise ValueError("names one twice")
    return ";".join(found)


def _faults(row: tables.Row) -> Iterator[str]:
    """What is wrong between the cells of a row."""
    start, end = row["period_start"], row["period_end"]
    if end < start:
        yield f"period_end={end} lies before period_start={start}"
    opened = min(first_train(port, row["direction"]) for port in row["ports"].split(";"))
    if end < opened:
        yield f"period_end={end} lies before any of {row['ports']} opened ({opened})"
    for name in ("period_start", "period_end"):
        if row[name].year not in YEARS:
            yield f"{name}={row[name]} lies outside the years {YEARS[0]} to {YEARS[-1]}"
    if row["precision"] in ("rounded", "about") and row["rounding_unit"] is None:
        yield f"rounding_unit='' is needed where precision={row['precision']}"


def _span(start: date, end: date) -> str:
    """What kind of period some days are."""
    if start.year < end.year:
        return "cumulative"
    months = {12: "annual", 6: "half", 3: "quarter", 1: "monthly"}
    count = end.month - start.month + 1
    whole = start.day == 1 and (end + timedelta(days=1)).day == 1 and start.month % count == 1 % count
    if whole and count in months:
        return months[count]
    return "ytd" if (start.month, start.day) == (1, 1) else "other"


def _completed(rows: dict[str, tables.Row]) -> pd.DataFrame:
    """Rows as a DataFrame, with what a ledger may leave out."""
    table = tables.frame(
        {
            name: {
                **row,
                "rounding_unit": row["rounding_unit"] or 1,
                "span": row["span"] or _span(row["period_start"], row["period_end"]),
            }
            for name, row in rows.items()
        },
        "claim_id",
    )
    return table.assign(**{name: pd.to_datetime(table[name]) for name in ("period_start", "period_end")})
