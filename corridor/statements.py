"""The figures of the article that this project began with, each tested against the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from corridor import store, tables, texts, words
from corridor.claims import checked_claims, load_claims
from corridor.countries import country_rows
from corridor.places import station_rows
from corridor.ports import port_rows
from corridor.routes import load_routes
from corridor.volumes import band_of, estimate_volumes

if TYPE_CHECKING:
    import pandas as pd

VERDICTS = ("holds", "holds if rounded", "contradicted", "cannot be tested")
"""Other evidence leaves no less; leaves it among figures a tenth of it apart or less, near the estimate; rules it out;
leaves it open."""

_SUBJECTS = ("trains", "teu", "routes", "cities", "countries", "country", "province")

_NEAR = 0.01
"""An estimate farther off than this share of a statement's value cannot confirm it."""

_TELLING = 0.1
"""Bounds farther apart than this share of a statement's value cannot confirm it."""


@tables.remember
def statement_rows() -> dict[str, tables.Row]:
    """Rows of data/ports/statements.csv by ``statement_id``."""
    anything = tables.optional(tables.text, empty="")
    known = {"country": tables.one_of(*country_rows()), "other": tables.words_of(*port_rows())}

    def check(row: tables.Row) -> Iterator[str]:
        try:
            known["country" if row["subject"] == "country" else "other"](row["ports"])
        except ValueError as err:
            yield f"ports={texts.shown(row['ports'])} {err}"
        if row["subject"] in ("trains", "teu") and None in (row["period_start"], row["period_end"], row["value"]):
            yield "a figure of trains or TEU needs a value and both days"

    return tables.read_rows(
        store.data_file("ports/statements.csv"),
        {
            "statement_id": tables.text,
            "subject": tables.one_of(*_SUBJECTS),
            "ports": tables.text,
            "period_start": tables.optional(tables.day),
            "period_end": tables.optional(tables.day),
            "value": tables.optional(tables.whole(0)),
            "precision": tables.one_of("exact", "rounded", "at_least", "about"),
            "rounding_unit": tables.whole(1),
            "statement": tables.text,
            "publisher": tables.text,
            "title": tables.text,
            "published": tables.optional(tables.partial_day, empty=""),
            "url": tables.optional(tables.web_address, empty=""),
            "note": anything,
        },
        key="statement_id",
        check=check,
    )


class _Finding(NamedTuple):
    verdict: str
    evidence: str
    claims: tuple[str, ...] = ()


def check_statements(claims: pd.DataFrame | None = None) -> pd.DataFrame:
    """Test the article's figures against all other evidence.

    Figures of trains and TEU are tested against the bounds that the ledger leaves once the article's own claims are
    taken out; counts of routes, cities and countries against the services that sources name, which can only show that
    there are as many.

    Parameters
    ----------
    claims : DataFrame, optional
        As from :func:`corridor.load_claims`, and checked like a file.

    Returns
    -------
    DataFrame
        One row a statement: ``statement_id``, ``statement``, ``value``; ``verdict``: holds, holds if rounded,
        contradicted, or cannot be tested; ``evidence`` in words; ``claims``: ids of those that decide it; the citation.
    """
    import pandas as pd

    ledger = load_claims() if claims is None else checked_claims(claims)
    services = load_routes()
    rows = []
    for name, row in statement_rows().items():
        found = _volume(row, ledger) if row["subject"] in ("trains", "teu") else _TESTS[row["subject"]](row, services)
        rows.append(
            {
                "statement_id": name,
                "statement": row["statement"],
                "value": row["value"],
                "verdict": found.verdict,
                "evidence": found.evidence,
                "claims": ";".join(found.claims),
                **{key: row[key] for key in ("publisher", "title", "published", "url", "note")},
            }
        )
    return pd.DataFrame(rows).astype({"value": "Int64"})


def _volume(row: tables.Row, ledger: pd.DataFrame) -> _Finding:
    """Whether a figure lies within what all other claims leave open, and why the ledger doubts it, if it does."""
    found = _within(row, ledger)
    same = (ledger["url"] == row["url"]) & (ledger["measure"] == row["subject"]) & (ledger["value"] == row["value"])
    doubts = "".join(f"; in doubt: {text}" for text in ledger.loc[same, "doubt"] if text)
    read = "; containers are read as TEU" if row["subject"] == "teu" else ""
    return found._replace(evidence=found.evidence + doubts + read)


def _within(row: tables.Row, ledger: pd.DataFrame) -> _Finding:
    others = ledger[ledger["url"] != row["url"]] if row["url"] else ledger
    volumes = estimate_volumes(others)
    found = volumes.between(
        row["period_start"], row["period_end"], ports=row["ports"].split(";"), measure=row["subject"]
    )
    volumes.model.keep()
    value = float(row["value"])
    low, high = band_of(value, row["precision"], row["rounding_unit"])
    margin = 1e-6 * max(1.0, value)  # numbers err
    lower, upper = found.lower, found.upper
    if upper is None:
        evidence = f"the other claims leave {words.counted(words.number(words.down(lower)), row['subject'])} or more"
        if lower > high + margin:
            return _Finding("contradicted", evidence, found.claims)
        verdict = "holds" if row["precision"] == "at_least" and lower >= low - margin else "cannot be tested"
        return _Finding(verdict, evidence, found.claims)
    ends = words.counted(words.span(lower, upper, between=" to "), row["subject"])
    evidence = f"the other claims leave {ends} ({found.bound})"
    evidence += f", the estimate is {words.number(words.interval(found.estimate, lower, upper).estimate)}"
    if lower > high + margin or upper < low - margin:
        return _Finding("contradicted", evidence, found.claims)
    if row["precision"] == "at_least" and lower >= low - margin:
        return _Finding("holds", evidence, found.claims)
    if upper - lower > _TELLING * value:
        return _Finding("cannot be tested", f"{evidence}: too far apart to tell", found.claims)
    if abs((found.estimate or 0.0) - value) > _NEAR * value:
        return _Finding("cannot be tested", f"{evidence}: not near enough to tell", found.claims)
    exact = (
        row["precision"] in ("exact", "at_least") and lower - margin <= value <= upper + margin and upper - lower <= 1
    )
    return _Finding("holds" if exact else "holds if rounded", evidence, found.claims)


def _routes(_: tables.Row, services: pd.DataFrame) -> _Finding:
    recent = int((services["last_seen"].str[:4] >= "2023").sum())
    pairs = len({frozenset(pair) for pair in zip(services["origin"], services["destination"], strict=True)})
    evidence = (
        f"sources name {len(services)} services, each direction apart, between {pairs} pairs of cities; "
        f"{recent} were seen in 2023 or later; no source lists those that run at one time"
    )
    return _Finding("cannot be tested", evidence)


def _ends(services: pd.DataFrame) -> tuple[set[str], set[str]]:
    """Places in China and countries elsewhere at the ends of services."""
    stations = station_rows()
    ends = {*services["origin"], *services["destination"]}
    home = {key for key in ends if stations[key]["country"] == "CN"}
    return home, {stations[key]["country"] for key in ends - home}


def _cities(row: tables.Row, services: pd.DataFrame) -> _Finding:
    home, _ = _ends(services)
    evidence = f"services with a source begin or end in {len(home)} Chinese cities; others may feed them"
    return _Finding("holds" if len(home) >= row["value"] else "cannot be tested", evidence)


def _countries(row: tables.Row, services: pd.DataFrame) -> _Finding:
    _, abroad = _ends(services)
    evidence = f"services with a source reach {len(abroad)} countries: {', '.join(sorted(abroad))}"
    return _Finding("holds" if len(abroad) >= row["value"] else "cannot be tested", evidence)


def _country(row: tables.Row, services: pd.DataFrame) -> _Finding:
    stations = station_rows()
    ends = services["origin"].map(lambda key: stations[key]["country"]) == row["ports"]
    ends |= services["destination"].map(lambda key: stations[key]["country"]) == row["ports"]
    names = list(services.index[ends])
    count = f"{len(names)} services with a source, such as" if len(names) > 1 else "one service with a source:"
    evidence = f"{count} {names[0]}" if names else "no service with a source"
    return _Finding("holds" if names else "cannot be tested", evidence)


def _province(row: tables.Row, _: pd.DataFrame) -> _Finding:
    port = port_rows()[row["ports"]]
    evidence = f"{port['name_en']} lies in {port['province_en']} (ports.csv)"
    return _Finding("holds" if row["statement"].endswith(port["province_en"]) else "contradicted", evidence)


_TESTS: dict[str, Any] = {
    "routes": _routes,
    "cities": _cities,
    "countries": _countries,
    "country": _country,
    "province": _province,
}
