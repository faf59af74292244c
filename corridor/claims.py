"""The ledger of published statements: one row a figure, with who counted, over which days, and the citation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from corridor import store, tables
from corridor.ports import port_rows

BASES = ("rail", "customs", "ciq", "border", "unstated")
"""Counting bodies: the railway, customs, the former inspection bureau, border police, or none named."""

MEASURES = ("trains", "teu")
DIRECTIONS = ("both", "outbound", "inbound")
SPANS = ("annual", "ytd", "half", "quarter", "monthly", "cumulative", "other")
PRECISIONS = ("exact", "rounded", "at_least", "about")


def load_claims(path: Path | str | None = None) -> pd.DataFrame:
    """Published figures on trains and TEU at the ports, one row a claim.

    Parameters
    ----------
    path : path-like, optional
        A ledger of the same columns; by default data/ports/claims.csv.

    Returns
    -------
    DataFrame
        Index ``claim_id``. ``ports``: semicolon list of port ids, whose sum the figure is; ``measure``
        trains or teu; ``direction`` both, outbound or inbound; ``basis``: who counted; ``scope`` port, or
        service (a part only, so a lower bound for the port); ``period_start``, ``period_end`` (days,
        inclusive) with ``period_status`` printed or derived; ``value`` as printed with ``precision`` and
        ``rounding_unit``; ``yoy_percent``: growth on the same days a year earlier; ``span``; ``sources``: how many
        publications were seen with it; the citation;
        ``doubt``: why the figure cannot be what it says (empty: no doubt), and then it binds no other figure. A
        ledger may leave out ``period_status`` (then printed), ``sources`` (one), ``doubt`` and ``note``.

    Raises
    ------
    DataError
        All faults at once, each with file, line, column and value.
    """
    ports = port_rows()

    def check(row: dict[str, Any]) -> Iterator[str]:
        if row["period_end"] < row["period_start"]:
            yield f"period_end={row['period_end']} lies before period_start={row['period_start']}"
        opened = min(ports[port]["first_outbound"] for port in row["ports"].split(";"))
        if row["period_end"] < opened:
            yield f"period_end={row['period_end']} lies before any of {row['ports']} opened ({opened})"

    file = Path(path) if path is not None else store.data_file("ports/claims.csv")
    anything = tables.optional(tables.text, empty="")
    table = tables.read_table(
        file,
        {
            "claim_id": tables.text,
            "ports": tables.words_of(*ports),
            "measure": tables.one_of(*MEASURES),
            "direction": tables.one_of(*DIRECTIONS),
            "basis": tables.one_of(*BASES),
            "scope": tables.one_of("port", "service"),
            "period_start": tables.day,
            "period_end": tables.day,
            "period_status": tables.one_of("printed", "derived"),
            "value": tables.whole(0),
            "precision": tables.one_of(*PRECISIONS),
            "rounding_unit": tables.whole(1),
            "yoy_percent": tables.optional(tables.number(-99.9, 10000), empty=float("nan")),
            "span": tables.one_of(*SPANS),
            "sources": tables.whole(1),
            "published": tables.optional(tables.partial_day, empty=""),
            "publisher": tables.text,
            "title": tables.text,
            "url": tables.optional(tables.web_address, empty=""),
            "doubt": anything,
            "note": anything,
        },
        key="claim_id",
        check=check,
        defaults={"period_status": "printed", "sources": "1", "doubt": "", "note": ""},
    )
    days = {name: pd.to_datetime(table[name]) for name in ("period_start", "period_end")}
    return table.assign(**days)
