"""Random ledgers: figures, bounds and conflicts beside what the claims say, and beside a linear programme of its own."""

from __future__ import annotations

import json
import math
import random
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trials import frame
from trials.frame import Wrong, answer_or_refusal
from trials.mutators import csv_bytes, read_csv

SHIPPED = Path(__file__).resolve().parents[2] / "data/ports/claims.csv"
PORTS = ("manzhouli", "suifenhe", "tongjiang")
Claim = dict[str, str]

# ---------------------------------------------------------------- ledgers


def made_up(rng: random.Random) -> list[Claim]:
    """One to twenty claims of any kind: they may contradict each other, and name far years."""
    first = rng.choice((2014, 2019, 2021, 2023))
    many = rng.choice((1, 1, 2, 3, 5, 8, 13, 20))
    far = rng.random() < 0.15
    claims = [_any_claim(rng, f"X{i}", first + (rng.randrange(80) if far else rng.randrange(3))) for i in range(many)]
    return [one for one in claims if _has_begun(one)] if rng.random() < 0.9 else claims


def _has_begun(claim: Claim) -> bool:
    """Whether a claim ends after the first train of one of its ports; others are refused."""
    ways = ("outbound", "inbound") if claim["direction"] == "both" else (claim["direction"],)
    begun = (OPENED.get((port, way), OPENED[port, "outbound"]) for port in claim["ports"].split(";") for way in ways)
    return min(begun).isoformat() <= claim["period_end"]


def _any_claim(rng: random.Random, name: str, year: int) -> Claim:
    start, end = _window(rng, year)
    measure = rng.choice(("trains", "trains", "trains", "teu"))
    value = rng.choice((0, 1, rng.randrange(40), rng.randrange(6000), 1000 * rng.randrange(1, 9), 5 * 10**5, 10**9))
    if value == 10**9 and rng.random() < 0.9:
        value = rng.randrange(300)
    value *= 80 if measure == "teu" and value < 10**6 else 1
    precision = rng.choice(("exact", "exact", "exact", "rounded", "about", "at_least"))
    return {
        "claim_id": name,
        "ports": ";".join(rng.sample(PORTS, rng.choice((1, 1, 1, 2, 3)))),
        "measure": measure,
        "direction": rng.choice(("both", "both", "outbound", "inbound")),
        "basis": rng.choice(("rail", "rail", "rail", "customs", "border", "unstated")),
        "scope": rng.choice(("port",) * 9 + ("service",)),
        "period_start": start.isoformat(),
        "period_end": end.isoformat(),
        "value": str(value),
        "precision": precision,
        "rounding_unit": str(rng.choice((1, 10, 100, 1000))) if precision in ("rounded", "about") else "",
        "yoy_percent": rng.choice(("", "", "", "", "12.5", "-40", "0", "900", "3.14")),
        "publisher": "P",
        "title": "t",
        "doubt": rng.choice(("", "", "", "", "", "cannot be")),
    }


def _window(rng: random.Random, year: int) -> tuple[date, date]:
    """A year, half, quarter, month, all since January, since the beginning, or any days."""
    match rng.randrange(7):
        case 0 | 1:
            return date(year, 1, 1), date(year, 12, 31)
        case 2 | 3:
            months = rng.choice((1, 3, 6))
            begin = rng.randrange(12 // months) * months
            return _month(year * 12 + begin), _month(year * 12 + begin + months) - timedelta(1)
        case 4:
            return date(year, 1, 1), _month(year * 12 + rng.randrange(1, 12)) - timedelta(1)
        case 5:
            return date(2013, 9, 30), date(year, rng.randrange(1, 13), rng.randrange(1, 29))
        case _:
            start = date(year, 1, 1) + timedelta(rng.randrange(360))
            return start, start + timedelta(rng.choice((0, 1, 6, 20, 45, 300)))


def _month(number: int) -> date:
    """The first day of a month by its number, twelve a year."""
    return date(number // 12, number % 12 + 1, 1)


def sliced(rng: random.Random) -> list[Claim]:
    """Some claims of the project's ledger, some of them changed."""
    header, *rows = read_csv(SHIPPED.read_bytes())
    claims = [dict(zip(header, row, strict=True)) for row in rows]
    begin, many = rng.randrange(len(claims)), rng.choice((5, 12, 20))
    taken = claims[begin : begin + many] if rng.random() < 0.5 else rng.sample(claims, many)
    for claim in rng.sample(taken, min(len(taken), rng.choice((0, 1, 1, 3)))):
        match rng.randrange(7):
            case 0:
                claim["value"] = str(int(claim["value"]) * 10)
            case 1:
                claim["value"] = str(min(10**9, int(claim["value"]) * 10**6))
            case 2:
                claim["precision"], claim["rounding_unit"] = rng.choice((("exact", "1"), ("about", "500")))
            case 3:
                days = timedelta(rng.choice((-400, -31, -1, 1, 31, 400, 9000)))
                for name in ("period_start", "period_end"):
                    claim[name] = (date.fromisoformat(claim[name]) + days).isoformat()
            case 4:
                claim["measure"] = "teu" if claim["measure"] == "trains" else "trains"
            case 5:
                claim["ports"] = rng.choice(PORTS)
            case _:
                claim["basis"] = rng.choice(("rail", "customs"))
    return taken


OPENED = {("manzhouli", "outbound"): date(2013, 9, 30), ("suifenhe", "outbound"): date(2018, 8, 2)}
OPENED |= {("tongjiang", "outbound"): date(2023, 7, 28), ("tongjiang", "inbound"): date(2023, 10, 26)}
"""Days of first trains, as data/ports/ports.csv prints them."""


def consistent(rng: random.Random) -> tuple[list[Claim], tuple[int, int]]:
    """Exact and rounded claims on whole months that some made-up months fulfil; the first and last month of them."""
    first = rng.choice((2013 * 12 + 8, 2018 * 12 + 6, 2023 * 12 + 6, 2021 * 12))
    last = first + rng.randrange(3, 30)
    truth = {
        (port, way, month): rng.choice((0, rng.randrange(1, 200), rng.randrange(1, 9)))
        + ((port, way) in OPENED and month in _opening(port, way))
        for port in PORTS
        for way in ("outbound", "inbound")
        for month in range(_begin(port, way), last + 1)
    }
    claims = []
    for i in range(rng.randint(1, 15)):
        begin = rng.randrange(first, last + 1)
        end = min(last, begin + rng.choice((0, 0, 2, 5, 11)))
        ports, way = rng.sample(PORTS, rng.choice((1, 1, 2))), rng.choice(("both", "outbound", "inbound"))
        ways = ("outbound", "inbound") if way == "both" else (way,)
        if all(_begin(port, one) > end for port in ports for one in ways):
            continue
        value = sum(truth.get((p, w, m), 0) for p in ports for w in ways for m in range(begin, end + 1))
        unit = rng.choice((1, 1, 10, 100))
        claims.append(
            {
                "claim_id": f"X{i}",
                "ports": ";".join(ports),
                "measure": "trains",
                "direction": way,
                "basis": "rail",
                "period_start": _month(begin).isoformat(),
                "period_end": (_month(end + 1) - timedelta(1)).isoformat(),
                "value": str(round(value / unit) * unit),
                "precision": "exact" if unit == 1 else "rounded",
                "rounding_unit": str(unit),
                "span": "other",
                "publisher": "P",
                "title": "t",
            }
        )
    return claims, (first, last)


def _begin(port: str, way: str) -> int:
    """Number of the month in which a port's first train ran; inbound, if no source prints the day, as outbound."""
    day = OPENED.get((port, way), OPENED[port, "outbound"])
    return day.year * 12 + day.month - 1


def _opening(port: str, way: str) -> range:
    """Months of which at least one train ran: up to the first that begins four weeks after the first train."""
    later = OPENED[port, way] + timedelta(28)
    after = later.year * 12 + later.month - 1 + (later.day > 1)
    return range(_begin(port, way), after)


# ---------------------------------------------------------------- an independent linear programme


def bounds_of(claims: list[Claim], ports: list[str], way: str, begin: int, end: int) -> tuple[float, float]:
    """Least and largest number of trains in some months, by scipy on one unknown a port, direction and month."""
    from scipy.optimize import linprog

    stop = max(date.fromisoformat(one["period_end"]) for one in claims) + timedelta(1)
    named = {port for one in claims for port in one["ports"].split(";")}
    unknown = {
        (port, one, month): i
        for i, (port, one, month) in enumerate(
            (port, one, month)
            for port in sorted(named)
            for one in ("outbound", "inbound")
            for month in range(_begin(port, one), stop.year * 12 + stop.month - 1)
        )
    }

    def total(ports: list[str], way: str, months: range) -> np.ndarray:
        row = np.zeros(len(unknown))
        for port in ports:
            for one in ("outbound", "inbound") if way == "both" else (way,):
                for month in months:
                    if (port, one, month) in unknown:
                        row[unknown[port, one, month]] = 1
        return row

    rows, most = [], []
    for claim in claims:
        start, last = (date.fromisoformat(claim[name]) for name in ("period_start", "period_end"))
        months = range(start.year * 12 + start.month - 1, last.year * 12 + last.month)
        half = int(claim["rounding_unit"]) / 2 if claim["precision"] == "rounded" else 0
        row = total(claim["ports"].split(";"), claim["direction"], months)
        rows += [row, -row]
        most += [int(claim["value"]) + half, -max(0, int(claim["value"]) - half)]
    for port, one in OPENED:
        if port in named and _month(_opening(port, one).stop) <= stop:
            rows.append(-total([port], one, _opening(port, one)))
            most.append(-1)
    asked = total(ports, way, range(begin, end + 1))
    low, high = (linprog(sign * asked, A_ub=np.array(rows), b_ub=most) for sign in (1, -1))
    if low.status != 0 or high.status not in (0, 3):
        raise AssertionError(f"the trial's own programme has no answer: {low.message} {high.message}")
    return low.fun, math.inf if high.status == 3 else -high.fun


def check_bounds(rng: random.Random) -> str:
    """Bounds that claims force, beside the independent programme."""
    from corridor import estimate_volumes

    claims, (first, last) = consistent(rng)
    if not claims:
        return "bounds: no claim"
    volumes = estimate_volumes(claims)
    gone = volumes.conflicts()
    if len(gone := gone[gone["claim"].isin([one["claim_id"] for one in claims])]):  # assumptions may give way
        raise Wrong(f"claims that can all hold do not: {gone['reason'].tolist()}\n{_shown(claims)}")
    stop = volumes.last + timedelta(1)
    named = sorted({port for one in claims for port in one["ports"].split(";")})
    for _ in range(4):
        begin = rng.randrange(first, last + 1)
        end = min(last, begin + rng.choice((0, 1, 2, 11)))
        ports, way = rng.sample(named, rng.randint(1, len(named))), rng.choice(("both", "outbound", "inbound"))
        if _month(end + 1) > stop:
            continue
        wanted = bounds_of(claims, ports, way, begin, end)
        days = _month(begin), _month(end + 1) - timedelta(1)
        forced = volumes.bounds(*days, ports=ports, direction=way)["forced"]
        got = forced["lower"], math.inf if forced["upper"] is None else forced["upper"]
        if not all(a == b or abs(a - b) <= 1e-5 * max(1, abs(b)) for a, b in zip(got, wanted, strict=True)):
            raise Wrong(f"{ports} {way} {days}: bounds {got}, and by themselves {wanted}\n{_shown(claims)}")
        window = volumes.between(*days, ports=ports, direction=way)
        if window.estimate is not None and not got[0] - 1e-6 <= window.estimate <= got[1] + 1e-6:
            raise Wrong(f"{ports} {way} {days}: {window.estimate} lies outside {got}\n{_shown(claims)}")
    return "bounds: answer"


# ---------------------------------------------------------------- laws of any ledger

COLUMNS = {"measure", "port", "direction", "period", "year", "start", "end", "estimate", "lower", "upper", "bound"}
COLUMNS |= {"status", "claims", "assumptions", "contested"}


def check_laws(rng: random.Random, claims: list[Claim]) -> str:
    """What holds of the answer to any ledger."""
    from corridor import estimate_volumes
    from corridor.claims import checked_claims

    if not claims:
        return "ledger: no claim"
    ledger, refused = answer_or_refusal(lambda: checked_claims(claims))
    if refused is not None:
        return "ledger: refused"
    volumes, refused = answer_or_refusal(lambda: estimate_volumes(ledger))
    if refused is not None:
        return "ledger: refused"
    freq = rng.choice(("year", "year", "quarter", "month"))
    table, refused = answer_or_refusal(lambda: volumes.table(freq))
    if refused is not None:
        raise Wrong(f"a table was refused: {refused}\n{_shown(claims)}")
    if not set(table.columns) >= COLUMNS:
        raise Wrong(f"a table lacks {COLUMNS - set(table.columns)}\n{_shown(claims)}")
    for row in table.itertuples():
        if not math.isnan(row.estimate) and not row.lower <= row.estimate <= row.upper:
            raise Wrong(
                f"{row.measure} {row.port} {row.period}: {row.lower} {row.estimate} {row.upper}\n{_shown(claims)}"
            )
    _check_met(volumes, ledger, claims)
    shuffled = rng.sample(claims, len(claims))
    if estimate_volumes(shuffled).model.digest != volumes.model.digest:
        raise Wrong(f"another order of rows is another ledger\n{_shown(claims)}")
    if rng.random() < 0.2:
        _check_json(table, claims, freq)
    return "ledger: answer"


def _check_met(volumes: Any, ledger: Any, claims: list[Claim]) -> None:
    """Whether each exact claim that did not give way is met, and estimates lie within both kinds of bounds."""
    gone = set(volumes.conflicts()["claim"])
    for row in ledger.itertuples():
        exact = row.precision == "exact" and row.scope == "port" and row.basis == "rail" and not row.doubt
        asked = {"ports": row.ports.split(";"), "measure": row.measure, "direction": row.direction}
        days = row.period_start.date(), row.period_end.date()
        if not exact or row.Index in gone:
            continue
        window, refused = answer_or_refusal(lambda days=days, asked=asked: volumes.between(*days, **asked))
        if refused is not None:
            raise Wrong(f"{row.Index} is asked and refused: {refused}\n{_shown(claims)}")
        if window.estimate is None or abs(window.estimate - row.value) > 1e-6 * max(1, row.value):
            raise Wrong(f"{row.Index} prints {row.value} and gave way to none: {window}\n{_shown(claims)}")
        bounds = volumes.bounds(*days, **asked)
        for kind, ends in bounds.items():
            upper = math.inf if ends["upper"] is None else ends["upper"]
            slack = 1e-6 * max(1, row.value)
            if not ends["lower"] - slack <= window.estimate <= upper + slack:
                raise Wrong(f"{row.Index}: {window.estimate} lies outside the {kind} bounds {ends}\n{_shown(claims)}")


def _check_json(table: Any, claims: list[Claim], freq: str) -> None:
    """Whether the command line gives the same figures, as JSON and nothing else."""
    from click.testing import CliRunner

    from corridor.cli import main

    header = list(claims[0])
    Path("mine.csv").write_bytes(csv_bytes([header, *([one.get(name, "") for name in header] for one in claims)]))
    done = CliRunner().invoke(main, ["volumes", "--claims", "mine.csv", "--freq", freq, "--json"])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    rows = json.loads(done.stdout) if done.exit_code == 0 else done.stderr
    plain = [None if math.isnan(one) else one for one in table["estimate"]] if len(table) else []
    if [row["estimate"] for row in rows] != plain:
        raise Wrong(f"the command line gives {str(rows)[:500]}\n{_shown(claims)}")


def _shown(claims: list[Claim]) -> str:
    return csv_bytes([list(claims[0]), *(list(one.values()) for one in claims)]).decode()


def case(seed: int) -> str:
    """One ledger: consistent, made up, or a slice of the project's."""
    rng = random.Random(seed)
    kind = seed % 5
    if kind < 2:
        return check_bounds(rng)
    return check_laws(rng, made_up(rng) if kind < 4 else sliced(rng))


if __name__ == "__main__":
    frame.main("ledgers", case, 500)
