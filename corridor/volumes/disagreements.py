"""Conflicts as a table: what gave way, to what, and why, in words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from corridor import words
from corridor.assumptions import assumed, assumption_rows
from corridor.volumes.bands import FORCED, Band, Figure, year_before
from corridor.volumes.conflicts import Conflict
from corridor.volumes.grid import DAY, Terms
from corridor.volumes.model import Model
from corridor.volumes.program import INFINITE, Program, rising

_COLUMNS = ["claim", "part", "ports", "measure", "direction", "start", "end", "value"]
_COLUMNS += ["low", "high", "by", "against", "reason"]


def conflict_table(model: Model) -> pd.DataFrame:
    """Conflicts of a model, and its claims under doubt; columns as of :meth:`Volumes.conflicts`."""
    figures = {one.name: one for one in model.figures}
    rows = [_row(model, one, figures) for one in model.settled.conflicts]
    rows += [
        {"claim": one.name, "part": "doubt", **_said(one), "against": "", "reason": one.doubt}
        for one in model.figures
        if one.doubt and one.basis == model.basis
    ]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    return table.assign(**{name: pd.to_datetime(table[name]) for name in ("start", "end")})


def _said(one: Figure) -> dict[str, Any]:
    """What a claim says."""
    return {
        "ports": ";".join(sorted(one.ports)),
        "measure": one.measure,
        "direction": one.direction,
        "start": one.first,
        "end": one.after - DAY,
        "value": one.value,
        "low": one.low,
        "high": _finite(one.high),
    }


def _where(model: Model, band: Band) -> dict[str, Any]:
    """The ports and days of which an assumption tells."""
    grid = model.grid
    at = [(int(np.searchsorted(grid.start, column, side="right")) - 1, column) for column in band.terms]
    days = {grid.cuts[i][column - int(grid.start[i]) + 1] for i, column in at}
    start = min(days) if len(days) > 1 else min(grid.cuts[i][0] for i, _ in at)  # an opening has no column
    return {"ports": ";".join(sorted({grid.series[i].port for i, _ in at})), "start": start, "end": max(days) - DAY}


def _row(model: Model, one: Conflict, figures: dict[str, Figure]) -> dict[str, Any]:
    band = one.band
    figure = figures.get(band.names[0])
    others = list(dict.fromkeys(map(_name, one.against)))
    together = " and ".join(filter(None, [", ".join(others[:-1]), others[-1]])) if others else "the openings"
    verb, measure = "forces" if len(others) == 1 else "force", model.measure_of(band)
    by = words.counted(words.number(abs(one.by)), measure)
    if band.kind == "value":
        end = band.high if one.by > 0 else band.low
        side, forced = ("at least", words.down(end + one.by)) if one.by > 0 else ("at most", words.up(end + one.by))
        what = f"{words.number(forced)} where it says {words.given(end)}"
        reason = f"{together} {verb} {side} {what}{_carried(model, one)}"
    elif band.kind == "growth" and figure is not None and figure.growth:
        said = words.given(words.nearest(100 * (sum(figure.growth) / 2 - 1), 4), signed=True)
        way, grown = ("above" if one.by > 0 else "below"), _grown(model, figure)
        reason = f"{together} {verb} the figure {by} {way} what its growth of {said} % allows; {grown}"
    elif band.source:
        reason = f"{together} {verb} a sum {by} beyond what {band.claim} makes of it"
    else:
        reason = f"{together} {verb} a sum {by} beyond the range that is assumed{_range(band.claim)}"
    return {
        **(_said(figure) if figure is not None else {"measure": measure, **_where(model, band)}),
        "claim": band.names[0],
        "part": band.kind,
        "low": _finite(band.low),
        "high": _finite(band.high),
        "by": one.by,
        "against": ";".join(dict.fromkeys(name for other in one.against for name in other.names)),
        "reason": reason,
    }


def _carried(model: Model, one: Conflict) -> str:
    """What a train would carry if claims on trains and on TEU that contradict each other both held."""
    bands = (one.band, *one.against)
    limit = next((band for band in bands if band.kind == "limit"), None)
    if limit is None:
        return ""
    grid, parts = model.grid, dict[str, Terms]()
    for column, factor in limit.terms.items():
        measure = grid.series[int(np.searchsorted(grid.start, column, side="right")) - 1].measure
        parts.setdefault(measure, {})[column] = math.copysign(1.0, factor) * (1 if measure == "teu" else -1)
    claimed = [(band.terms, band.low, band.high) for band in bands if band.kind in FORCED]
    program = Program(grid.columns, [*rising(grid), *claimed])
    too_many = limit.high == 0.0
    teu, trains = (
        (program.least if least else program.largest)(parts[measure])
        for measure, least in (("teu", too_many), ("trains", not too_many))
    )
    if teu is None or trains is None:
        return ""  # other claims gave way too, so these cannot hold even without a limit
    _, low, high = assumed(limit.claim)
    side = "at least" if too_many else "at most"
    if trains.value < 0.5:
        said = "no train would be there to carry the TEU"
    else:
        load = abs(teu.value / trains.value)
        ends = f"{load:.2g}" if load < 10 else words.number(words.down(load) if too_many else words.up(load))
        said = f"a train would carry {side} {ends} TEU"
    return f"; {said}, where {words.given(low)} to {words.given(high)} a train are assumed possible"


def _range(assumption: str) -> str:
    """The range of an assumption, in brackets; empty of what is none."""
    row = assumption_rows().get(assumption)
    return f" ({words.given(row['value_min'])} to {words.given(row['value_max'])}, {row['unit']})" if row else ""


def _name(band: Band) -> str:
    """What stands against another, and with which part."""
    if band.source:
        return f"{band.source} ({band.claim})"
    return f"{band.claim} (growth)" if band.kind == "growth" else band.claim


def _grown(model: Model, one: Figure) -> str:
    """By how much the estimate grows where a claim prints another rate."""
    series = model.grid.pick(one.measure, one.ports, one.direction)
    now = model.between(series, one.first, one.after)
    then = model.between(series, year_before(one.first), year_before(one.after))
    if then <= 0:
        return "the estimate begins at nothing"
    return f"the estimate grows by {words.percent(100 * (now / then - 1), signed=True)}"


def _finite(end: float) -> float:
    return end if abs(end) < INFINITE else math.nan
