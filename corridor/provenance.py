"""How a number came about: formula, inputs, claims in words with their links, bounds, and what holds them."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from corridor import arguments, words
from corridor.assumptions import assumption_rows
from corridor.claims import checked_claims, load_claims
from corridor.errors import UnknownValue
from corridor.ports import find_port, port_rows
from corridor.volumes import Volumes, estimate_volumes

METRICS = {
    "trains": "trains in the year, both directions",
    "teu": "TEU in the year, both directions",
}

_TELLING_DAYS = 3 * 366
"""A figure on more days than this says little of one year in them."""

_FORMULA = (
    "estimate: the sum over the year of the smoothest series that all accepted claims and assumptions allow; "
    "lower, upper: the least and the largest sum that they allow "
    "(forced: accepted claims alone; assumed: with assumptions)"
)

_ROLES = {
    "prints": "prints it",
    "lower": "holds the lower bound",
    "upper": "holds the upper bound",
    "informs": "informs it",
    "contests": "prints another figure, and gave way",
}


def citation(row: Any) -> str:
    """Who printed it, under which title, when."""
    return f"{row.publisher}: {row.title}" + (f" ({row.published})" if row.published else "")


def claim_text(claim: Any, port_names: Any) -> str:
    """What a claim says, in a line; ``port_names``: name of each port, by id."""
    word = {"exact": "", "rounded": "rounded ", "at_least": "at least ", "about": "about "}[claim.precision]
    ports = ", ".join(port_names[name] for name in claim.ports.split(";"))
    way = {"both": "both directions", "outbound": "outbound", "inbound": "inbound"}[claim.direction]
    growth = (
        "" if math.isnan(claim.yoy_percent) else f", {words.given(claim.yoy_percent, signed=True)} % on the year before"
    )
    return (
        f"{word}{words.counted(words.given(claim.value), claim.measure)}, {ports}, {way}, "
        f"{claim.period_start:%Y-%m-%d} to {claim.period_end:%Y-%m-%d}{growth}."
    )


def explain(
    metric: str, *, port: str, year: int, claims: pd.DataFrame | None = None, basis: str = "rail"
) -> dict[str, Any]:
    """How the figure of a port and year came about.

    Parameters
    ----------
    metric : {"trains", "teu"}
    port : str
        Any name of a port.
    year : int
    claims : DataFrame, optional
        As from :func:`corridor.load_claims`, and checked like a file.
    basis : str
        Counting body whose series it is.

    Returns
    -------
    dict
        ``metric``, ``port``, ``year``, ``basis``; ``estimate``, ``lower``, ``upper`` (None: unknown, no bound);
        ``bound``; ``status``; ``first_trains``: the day of the first by direction (None: not known), before which
        nothing can have passed; ``formula``; ``bounds``: for forced and assumed both values, and ids of what holds
        each; ``claims``: each with ``id``, ``roles``, ``text``, ``citation``, ``url``; ``assumptions``: each with
        ``id``, ``quantity``, ``range``, ``note``; ``conflicts``: those in which one of these claims
        stands, and all others on some days of the year.

    Raises
    ------
    UnknownName
        If there is no such port or counting body.
    UnknownValue
        If there is no such metric, or the year lies outside the series.
    BadValue
        If the year is no whole number.
    """
    arguments.word(metric, METRICS, "metric")
    year = arguments.whole(year, "year", 1)
    ledger = load_claims() if claims is None else checked_claims(claims)
    name, volumes = find_port(port), estimate_volumes(ledger, basis=basis)
    first, last = volumes.first.year, volumes.last.year
    if not first <= year <= last:
        raise UnknownValue(f"no figure for {year}; known: {first} to {last}")
    found = volumes.between(f"{year}-01-01", f"{year}-12-31", ports=[name], measure=metric)
    bounds = volumes.bounds(f"{year}-01-01", f"{year}-12-31", ports=[name], measure=metric)
    roles: dict[str, list[str]] = {}
    for role, names in (
        ("prints", found.printed),
        ("lower", bounds[found.bound]["lower_by"]),
        ("upper", bounds[found.bound]["upper_by"]),
        ("contests", found.contested),
    ):
        for one in names:
            roles.setdefault(one, []).append(_ROLES[role])
    for one in (*found.claims, *found.assumptions):
        roles.setdefault(one, [_ROLES["informs"]])
    volumes.model.keep()
    known, port_names = assumption_rows(), {key: row["name_en"] for key, row in port_rows().items()}
    cited = ledger.loc[[one for one in sorted(roles) if one in ledger.index]]
    return {
        "metric": metric,
        "port": name,
        "year": year,
        "basis": basis,
        "meaning": METRICS[metric],
        "estimate": found.estimate,
        "lower": found.lower,
        "upper": found.upper,
        "bound": found.bound,
        "status": found.status,
        "first_trains": {
            way: None if (day := port_rows()[name][f"first_{way}"]) is None else f"{day}"
            for way in ("outbound", "inbound")
        },
        "formula": _FORMULA,
        "bounds": bounds,
        "claims": [
            {
                "id": str(row.Index),
                "roles": roles[str(row.Index)],
                "text": claim_text(row, port_names),
                "citation": citation(row),
                "url": row.url or None,
            }
            for row in cited.itertuples()
        ],
        "assumptions": [
            {
                "id": one,
                "roles": roles[one],
                "quantity": known[one]["quantity"],
                "range": [known[one]["value_min"], known[one]["value_max"]],
                "note": known[one]["note"],
            }
            for one in sorted(roles)
            if one in known
        ],
        "conflicts": _conflicts(volumes, set(cited.index), name, metric, year),
    }


def _conflicts(volumes: Volumes, names: set[str], port: str, metric: str, year: int) -> list[dict[str, Any]]:
    """Conflicts in which one of some claims stands, or in which a figure of the port for part of the year gave way."""
    table = volumes.conflicts()
    touched = [
        bool(names & {row.claim, *row.against.split(";")})
        or (metric in row.measure.split(";") and port in row.ports.split(";") and _near(row, year))
        for row in table.itertuples()
    ]
    return [
        {
            "claim": row.claim,
            "part": row.part,
            "against": [one for one in row.against.split(";") if one],
            "reason": row.reason,
        }
        for row in table[touched].itertuples()
    ]


def _near(row: Any, year: int) -> bool:
    """Whether some of its days are in a year, and all are not so many that they tell little of it."""
    return bool(row.start.year <= year <= row.end.year and (row.end - row.start).days <= _TELLING_DAYS)
