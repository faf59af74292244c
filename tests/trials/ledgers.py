"""Random ledgers: figures and bounds beside what the claims say, and beside a linear programme of its own."""

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
from trials.mutators import csv_bytes
from trials.random_ledgers import OPENED, Claim, begin_of, consistent, made_up, month_start, opening_of, sliced

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
            for month in range(begin_of(port, one), stop.year * 12 + stop.month - 1)
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
        if port in named and month_start(opening_of(port, one).stop) <= stop:
            rows.append(-total([port], one, opening_of(port, one)))
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
        if month_start(end + 1) > stop:
            continue
        wanted = bounds_of(claims, ports, way, begin, end)
        days = month_start(begin), month_start(end + 1) - timedelta(1)
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
