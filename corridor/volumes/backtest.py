"""Left-out claims, predicted by the others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import pandas as pd

from corridor import arguments
from corridor.claims import checked_claims, load_claims
from corridor.errors import UnknownName
from corridor.volumes.bands import Figure, figures_of
from corridor.volumes.grid import DAY
from corridor.volumes.model import Model, digest_of
from corridor.volumes.program import INFINITE
from corridor.volumes.series import Volumes, counted_by

BLOCKS = ("claim", "publication")
"""What can be left out at a time."""

SHORTEST_DAYS = 28
"""Shorter windows are left alone: a day or two of trains is chance."""


def backtest_volumes(
    claims: pd.DataFrame | None = None,
    *,
    basis: str = "rail",
    block: str = "claim",
    only: str | Iterable[str] | None = None,
    jobs: int = 1,
) -> pd.DataFrame:
    """Leave claims out and compare what they print with what the others make of it.

    Parameters
    ----------
    claims : DataFrame, optional
        As from :func:`corridor.load_claims`, and checked like a file.
    basis : str
        Counting body.
    block : {"claim", "publication"}
        What is left out at a time: one claim, or all of one publication.
    only : str or iterable of str, optional
        Ids of the claims to leave out; by default all that are no mere floors and span a month or more.
    jobs : int
        Processes that share the work.

    Returns
    -------
    DataFrame
        One row a claim of a month or more that is no mere floor: ``claim``, ``measure``, ``ports``, ``direction``,
        ``start``, ``end``; ``value`` as printed; ``estimate``, ``lower``, ``upper`` without it; ``error_percent`` of
        the estimate; ``within``: whether the bounds leave room for what it says; ``width_percent`` of the bounds;
        ``in_conflict``: whether it stands in a conflict, on either side, once it is there.

    Raises
    ------
    UnknownName
        If no claim has that basis, or one of those ids.
    BadValue
        If ``block`` is neither of the two, or ``jobs`` is no number of processes.
    """
    block, jobs = arguments.word(block, BLOCKS, "block"), arguments.whole(jobs, "jobs", 1)
    ledger = load_claims() if claims is None else checked_claims(claims)
    figures = figures_of(ledger)
    basis = counted_by(basis, figures)
    chosen = None if only is None else {_claim(name, figures) for name in arguments.several(only, "only")}
    whole = Model(basis, figures, digest_of(basis, figures))
    odd = {name for one in whole.settled.conflicts for name in (one.band.claim, *(band.claim for band in one.against))}
    tested = [
        one
        for one in whole.main
        if one.high < INFINITE
        and one.value
        and (one.after - one.first).days >= SHORTEST_DAYS
        and (chosen is None or one.name in chosen)
    ]
    source = {str(row.Index): str(row.url or row.title) for row in ledger.itertuples()}
    blocks: dict[str, list[str]] = {}
    for one in tested:
        blocks.setdefault(one.name if block == "claim" else source[one.name], []).append(one.name)
    left = [
        tuple(name for name in source if name in names or (block != "claim" and source[name] == key))
        for key, names in blocks.items()
    ]
    work = partial(_predicted, basis, figures)
    if jobs > 1:
        with ProcessPoolExecutor(jobs) as pool:
            found = list(pool.map(work, left, chunksize=4))
    else:
        found = list(map(work, left))
    return pd.DataFrame([{**row, "in_conflict": row["claim"] in odd} for rows in found for row in rows])


def _claim(name: str, figures: Sequence[Figure]) -> str:
    """Id of a claim, if the ledger has it."""
    if arguments.name(name, "claim") not in {one.name for one in figures}:
        raise UnknownName(f"no claim {arguments.shown(name)} in this ledger; `corridor claims` lists the project's")
    return name


def _predicted(basis: str, figures: Sequence[Figure], left: Sequence[str]) -> list[dict[str, Any]]:
    """What the other claims make of some that are left out."""
    others = tuple(one for one in figures if one.name not in left)
    volumes = Volumes(Model(basis, others, ""))
    rows: list[dict[str, Any]] = []
    if not (volumes.model.main or volumes.model.others):
        return rows
    for one in figures:
        countable = one.high < INFINITE and one.value and (one.after - one.first).days >= SHORTEST_DAYS
        if one.name not in left or one.basis != basis or one.doubt or not countable:
            continue
        if one.after > volumes.model.grid.end:
            continue  # beyond the last day of any other claim nothing is predicted
        window = volumes.window(one.measure, sorted(one.ports), one.direction, one.first, one.after)
        upper = math.inf if window.upper is None else window.upper
        estimate = math.nan if window.estimate is None else window.estimate
        rows.append(
            {
                "claim": one.name,
                "measure": one.measure,
                "ports": ";".join(sorted(one.ports)),
                "direction": one.direction,
                "start": one.first,
                "end": one.after - DAY,
                "value": one.value,
                "estimate": estimate,
                "lower": window.lower,
                "upper": upper,
                "bound": window.bound,
                "error_percent": 100 * (estimate / one.value - 1),
                "within": window.lower <= one.high * (1 + 1e-9) and one.low * (1 - 1e-9) <= upper,
                "width_percent": 100 * (upper - window.lower) / one.value,
            }
        )
    return rows
