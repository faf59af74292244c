"""Ledgers drawn at random: consistent by construction, of any kind, or slices of the project's."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

from trials.mutators import read_csv

SHIPPED = Path(__file__).resolve().parents[2] / "data/ports/claims.csv"
PORTS = ("manzhouli", "suifenhe", "tongjiang")
Claim = dict[str, str]


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
            return month_start(year * 12 + begin), month_start(year * 12 + begin + months) - timedelta(1)
        case 4:
            return date(year, 1, 1), month_start(year * 12 + rng.randrange(1, 12)) - timedelta(1)
        case 5:
            return date(2013, 9, 30), date(year, rng.randrange(1, 13), rng.randrange(1, 29))
        case _:
            start = date(year, 1, 1) + timedelta(rng.randrange(360))
            return start, start + timedelta(rng.choice((0, 1, 6, 20, 45, 300)))


def month_start(number: int) -> date:
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
        + ((port, way) in OPENED and month in opening_of(port, way))
        for port in PORTS
        for way in ("outbound", "inbound")
        for month in range(begin_of(port, way), last + 1)
    }
    claims = []
    for i in range(rng.randint(1, 15)):
        begin = rng.randrange(first, last + 1)
        end = min(last, begin + rng.choice((0, 0, 2, 5, 11)))
        ports, way = rng.sample(PORTS, rng.choice((1, 1, 2))), rng.choice(("both", "outbound", "inbound"))
        ways = ("outbound", "inbound") if way == "both" else (way,)
        if all(begin_of(port, one) > end for port in ports for one in ways):
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
                "period_start": month_start(begin).isoformat(),
                "period_end": (month_start(end + 1) - timedelta(1)).isoformat(),
                "value": str(round(value / unit) * unit),
                "precision": "exact" if unit == 1 else "rounded",
                "rounding_unit": str(unit),
                "span": "other",
                "publisher": "P",
                "title": "t",
            }
        )
    return claims, (first, last)


def begin_of(port: str, way: str) -> int:
    """Number of the month in which a port's first train ran; inbound, if no source prints the day, as outbound."""
    day = OPENED.get((port, way), OPENED[port, "outbound"])
    return day.year * 12 + day.month - 1


def opening_of(port: str, way: str) -> range:
    """Months of which at least one train ran: up to the first that begins four weeks after the first train."""
    later = OPENED[port, way] + timedelta(28)
    after = later.year * 12 + later.month - 1 + (later.day > 1)
    return range(begin_of(port, way), after)
