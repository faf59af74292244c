"""Trials of users' tables: ledgers and services, as files, DataFrames and records."""

from __future__ import annotations

import csv
import io
import random
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from trials.frame import Wrong, answer_or_refusal
from trials.mutators import HOSTILE, Table, any_csv, damaged_bytes, damaged_table, read_csv

LEDGER: Table = read_csv(
    """\
claim_id,ports,measure,basis,period_start,period_end,value,publisher,title,direction,precision,rounding_unit,yoy_percent,note,mine
A,manzhouli,trains,rail,2021-01-01,2021-12-31,4235,哈铁,2021,both,exact,,,,
B,suifenhe,trains,rail,2021-01-01,2021-06-30,250,HG,half,outbound,,,,,x
C,满洲里,teu,customs,2020-01-01,2020-12-31,30000,Хабаровск,y,,rounded,1000,,"a, b",
D,tongjiang,trains,rail,2024-01-01,2024-03-31,12,Q,"quoted ""x"" y",inbound,at_least,,12.5,n,2
E,manzhouli;suifenhe,trains,rail,2022-01-01,2022-12-31,5400,P,t,both,about,100,-3.1,"two
lines",
""".encode()
)

SERVICES: Table = read_csv(
    b"""\
route_id,origin,destination,port,direction,via,published_km,days_min,title,note
r1,Harbin,Hamburg,manzhouli,outbound,,9820,15,t,
r2,Hamburg,\xe5\x93\x88\xe5\xb0\x94\xe6\xbb\xa8,Manzhouli,,Moscow,,,x,n
r3,suzhou,Warsaw,Manzhouli,outbound,zabaykalsk;moscow,11200.5,12,,m
r4,"120.6,31.3","9.99,53.55",suifenhe,outbound,,,,,
"""
)


def own_table(rng: random.Random) -> str:
    """A damaged file of a user's: refused, or each plain cell read as it stands."""
    ledger = rng.random() < 0.7
    table = damaged_table(rng, LEDGER if ledger else SERVICES) if rng.random() < 0.8 else LEDGER if ledger else SERVICES
    raw = any_csv(rng, table)
    if rng.random() < 0.35:
        raw = damaged_bytes(rng, raw)
    return _check_own(raw, ledger=ledger)


def _check_own(raw: bytes, *, ledger: bool) -> str:
    from corridor.claims import load_claims
    from corridor.routes import checked_routes

    file = Path("mine.csv")
    file.write_bytes(raw)
    found, refused = answer_or_refusal(lambda: (load_claims if ledger else checked_routes)(file))
    what = "ledger" if ledger else "services"
    if refused is not None:
        return f"{what}: refused"
    check_cells(found, _naive(raw), "claim_id" if ledger else "route_id")
    return f"{what}: answer"


def _naive(raw: bytes) -> list[dict[str, str]]:
    """Rows of a file by Python's csv, with names of columns in small letters without marks."""
    text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    best: list[list[str]] = []
    for delimiter in ",;\t|，；":
        rows = [
            row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(map(str.strip, row))
        ]
        best = max(best, rows, key=lambda some: len(some[0]) if some else 0)
    header = [_letters(cell) for cell in best[0]]
    return [dict(zip(header, map(_seen, row), strict=False)) for row in best[1:]]


def _seen(cell: str) -> str:
    return re.sub("[\ufeff\u200b\u200e\u200f\u2060]", "", cell).replace("\r\n", "\n").replace("\r", "\n").strip()


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", _seen(name)).casefold()


_PLAIN = {"value": r"[0-9]{1,15}", "rounding_unit": r"[1-9][0-9]{0,8}", "published_km": r"[0-9]{1,5}(\.[0-9])?"}
_PLAIN |= {"days_min": "[0-9]{1,4}", "yoy_percent": r"-?[0-9]{1,2}(\.[0-9])?"}
_PLAIN |= dict.fromkeys(("period_start", "period_end"), r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TEXT = ("publisher", "title", "note")
_WORDS = ("measure", "basis", "precision")


def check_cells(found: pd.DataFrame, rows: list[dict[str, str]], key: str) -> None:
    """Whether each cell that is plain was read as it stands, and each row with an id was read."""
    given = {row.get(_letters(key), ""): row for row in rows}
    if rows and _letters(key) in rows[0]:
        marks = {_letters(key), ""}
        lost = [one for one, row in given.items() if one not in found.index and not one.startswith("#")]
        if lost := [one for one in lost if _letters(one) not in marks]:
            raise Wrong(f"row {lost[0]!r} was left out without a word")
    for one, values in found.iterrows():
        row = given.get(str(one))
        if row is None:
            raise Wrong(f"row {one!r} stands nowhere in the file")
        for column in (*_PLAIN, *_TEXT, *_WORDS):
            cell = row.get(_letters(column), "")
            if column not in found.columns or not cell:
                continue
            value = values[column]
            if column in _PLAIN:
                plain = re.fullmatch(_PLAIN[column], cell)
                as_text = str(value)[:10] if column.startswith("period") else None
                same = not plain or (as_text == cell if as_text else float(value) == float(cell))
            elif column in _WORDS:
                same = not cell.isascii() or _letters(value) == _letters(cell) or not cell.replace("_", "").isalpha()
            else:
                same = value == cell or (value == "" and len(cell) < 6)  # a mark for a missing value
            if not same:
                raise Wrong(f"{one}: {column}={cell!r} was read as {value!r}")


# ---------------------------------------------------------------- values of a program

_REFUSED = object()
_VALUES: list[tuple[Any, Any]] = [
    *(
        (5, 5),
        (5.0, 5),
        (np.int64(5), 5),
        (np.float32(5), 5),
        ("5", 5),
        ("٥", _REFUSED),
        (Decimal(5), 5),
        (np.array(5), 5),
    ),
    *((one, _REFUSED) for one in (None, nan, float("inf"), 5.5, -5, b"5", object(), pd.NA, pd.NaT, {"a": 1}, "five")),
    *((one, _REFUSED) for one in (True, [], [5, 6], 10**400, np.array([1, 2]), 1 + 2j, lambda: 5, 10**10, type)),
]
_DAYS: list[tuple[Any, Any]] = [
    *(
        (one, "2021-06-30")
        for one in ("2021-06-30", date(2021, 6, 30), datetime(2021, 6, 30, tzinfo=UTC), pd.Timestamp("2021-06-30"))
    ),
    *(
        (one, "2021-06-30")
        for one in (np.datetime64("2021-06-30"), "30.6.2021", pd.Timestamp("2021-06-30", tz="Asia/Harbin"))
    ),
    *(
        (one, _REFUSED)
        for one in (None, pd.NaT, nan, 2021, 44377, "2021-06", b"2021-06-30", [], date(1, 1, 1), date(9999, 12, 31))
    ),
    *(
        (one, _REFUSED)
        for one in (pd.Period("2021-06"), np.datetime64("NaT"), pd.Timedelta(5), True, object(), "2021-06-31")
    ),
]


def own_values(rng: random.Random) -> str:
    """A record or DataFrame with a value of any kind in it: refused, or read as what it means."""
    from corridor.claims import checked_claims

    plain = dict(zip(LEDGER[0], LEDGER[1], strict=True))
    rows = [dict(plain) | {"claim_id": "A"}, dict(plain) | {"claim_id": "B", "value": 7}]
    column = rng.choice(("value", "value", "period_end", "period_end", *plain))
    given, meant = rng.choice(_VALUES if column != "period_end" else _DAYS)
    if column not in ("value", "period_end") and rng.random() < 0.5:
        given = rng.choice(HOSTILE)
    rows[0][column] = given
    table: Any = rows
    if rng.random() < 0.5:
        table = pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in plain})
    found, refused = answer_or_refusal(lambda: checked_claims(table))
    if column in ("value", "period_end") and refused is None:
        read = found.iloc[0][column]
        if meant is _REFUSED or (str(read)[:10] != meant if column == "period_end" else read != meant):
            raise Wrong(f"{column}={given!r} was read as {read!r}")
    elif column in ("value", "period_end") and meant is not _REFUSED:
        raise Wrong(f"{column}={given!r} was refused: {refused}")
    if refused is None and isnan(found["value"].astype(float).sum()):
        raise Wrong("a value that is no number")
    return "values: " + ("answer" if refused is None else "refused")
