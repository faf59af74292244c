"""Ledgers written for a test."""

import math

import pandas as pd

BASE = {
    "ports": "manzhouli",
    "measure": "trains",
    "direction": "both",
    "basis": "rail",
    "scope": "port",
    "period_start": "2019-01-01",
    "period_end": "2019-12-31",
    "period_status": "printed",
    "precision": "exact",
    "rounding_unit": 1,
    "sources": 1,
    "yoy_percent": math.nan,
    "span": "annual",
    "published": "2020-01-01",
    "publisher": "somebody",
    "title": "something",
    "url": "https://example.org/a",
    "doubt": "",
    "note": "",
}


def ledger(*rows):
    """Claims on Manzhouli trains in 2019, both directions, by the railway, unless a row says otherwise."""
    table = pd.DataFrame([{**BASE, **row} for row in rows], index=[f"X{i}" for i in range(len(rows))])
    table.index.name = "claim_id"
    return table.assign(**{name: pd.to_datetime(table[name]) for name in ("period_start", "period_end")})


def half(year, first=True):
    return {
        "period_start": f"{year}-01-01" if first else f"{year}-07-01",
        "period_end": f"{year}-06-30" if first else f"{year}-12-31",
        "span": "half",
    }


def since(start, end, value, **more):
    return {"period_start": start, "period_end": end, "span": "cumulative", "value": value, **more}
