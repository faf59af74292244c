"""How well left-out claims are predicted, how long volumes take, and how that grows with the ledger.

    python benchmarks/bench_volumes.py [--jobs N] [--large]

First each claim of the railway of a month or more is left out and predicted by the others, then all claims of each
publication at once: error of the estimate, coverage and width of the bounds, by year. Then times: the model, yearly and
monthly tables, a figure between two days. With ``--large`` ledgers of up to 10,000 made-up claims that contradict each
other.
"""

import argparse
import resource
import time
from datetime import date, timedelta

import numpy as np
import pandas as pd

from corridor.claims import load_claims
from corridor.volumes import Volumes
from corridor.volumes.backtest import backtest_volumes
from corridor.volumes.bands import figures_of
from corridor.volumes.model import Model


def tell(name: str, found: pd.DataFrame) -> None:
    """A line on some left-out claims."""
    error = found["error_percent"].abs()
    print(
        f"{name:44} n {len(found):4}  median {error.median():5.2f} %  within 6 %: {(error <= 6).mean():5.1%}  "
        f"covered {found['within'].mean():6.1%}  width {found['width_percent'].median():5.1f} %"
    )


def predict(block: str, jobs: int) -> None:
    """Leave claims out, one or one publication at a time."""
    start = time.perf_counter()
    found = backtest_volumes(block=block, jobs=jobs)
    print(f"left out by {block}: {time.perf_counter() - start:.0f} s")
    tell("all", found)
    tell("not in conflict", found[~found["in_conflict"]])
    main = found[(found["ports"] == "manzhouli") | found["ports"].str.contains(";")]
    tell("Manzhouli or several ports", main)
    tell("Manzhouli or several ports, not in conflict", main[~main["in_conflict"]])
    # Some are the sum of two others, which says little of how good an estimate is.
    tell("Manzhouli or several ports, not pinned", main[main["width_percent"] > 0.1])
    for year, part in found[~found["in_conflict"]].groupby(pd.to_datetime(found["end"]).dt.year):
        tell(f"not in conflict, {year}", part)


def clock(name: str, run) -> None:
    start = time.perf_counter()
    run()
    print(f"{name:44} {time.perf_counter() - start:8.3f} s")


def times() -> None:
    """Times on the project's ledger, nothing kept from before."""
    volumes = Volumes(Model("rail", figures_of(load_claims()), ""))
    clock("conflicts", lambda: volumes.model.settled)
    clock("estimate", lambda: volumes.model.totals)
    clock("yearly bounds, both measures", volumes.table)
    clock("monthly bounds, both measures", lambda: volumes.table("month"))
    clock("monthly bounds by direction", lambda: volumes.table("month", by=["port", "direction"]))
    days = iter(range(50))
    ask = [lambda: volumes.between(date(2021, 3, 5) + timedelta(next(days)), "2023-08-20") for _ in range(9)]
    for one in ask:
        one()
    clock("a figure between two days", lambda: volumes.between("2021-03-03", "2021-08-21"))


def large(count: int) -> None:
    """A made-up ledger: windows at random over a true series, one claim in ten off by up to a fifth."""
    random = np.random.default_rng(7)
    first, days = date(2013, 9, 30), 4500
    rate = np.cumsum(random.uniform(0, 0.006, days))
    total = np.concatenate([[0], np.cumsum(rate)])
    rows = []
    for i in range(count):
        a, b = np.sort(random.choice(days, 2, replace=False)).tolist()
        off = random.uniform(0.8, 1.2) if i % 10 == 0 else 1.0
        value = round(off * (total[b] - total[a]))
        rows.append(
            {
                "ports": "manzhouli", "measure": "trains", "direction": "both", "basis": "rail", "scope": "port",
                "period_start": first + timedelta(a), "period_end": first + timedelta(b - 1), "value": value,
                "precision": "rounded", "rounding_unit": 10, "yoy_percent": np.nan, "span": "other", "sources": 1,
                "period_status": "printed", "doubt": "",
            }
        )  # fmt: skip
    table = pd.DataFrame(rows, index=[f"L{i:05}" for i in range(count)])
    table = table.assign(**{name: pd.to_datetime(table[name]) for name in ("period_start", "period_end")})
    start = time.perf_counter()
    volumes = Volumes(Model("rail", figures_of(table), ""))
    conflicts = len(volumes.model.settled.conflicts)
    settled = time.perf_counter() - start
    volumes.table("year", measure="trains", ports=["manzhouli"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count:6} claims, {volumes.model.grid.columns:6} unknowns, {conflicts:5} conflicts: "
        f"settled {settled:7.1f} s, estimate and yearly bounds {time.perf_counter() - start - settled:7.1f} s, "
        f"peak {peak:,.0f} MB",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--large", action="store_true")
    asked = parser.parse_args()
    times()
    for block in ("claim", "publication"):
        predict(block, asked.jobs)
    for count in (300, 1000, 3000, 10000) if asked.large else (300,):
        large(count)


if __name__ == "__main__":
    main()
