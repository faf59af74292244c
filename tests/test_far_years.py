"""Claims far from all others: the years between cost nothing, and nothing is known of them."""

from datetime import date

import pytest
from ledgers import ledger, since

from corridor.claims import load_claims
from corridor.volumes import estimate_volumes, smooth
from corridor.volumes.bands import figures_of, grid_of
from corridor.volumes.model import Model

YEAR = {"period_start": "2021-01-01", "period_end": "2021-12-31", "span": "annual"}
FAR = {"period_start": "2090-03-05", "period_end": "2090-03-05", "span": "other"}


def cuts(*claims):
    return [len(one) for one in grid_of(figures_of(ledger(*claims))).cuts]


@pytest.mark.parametrize("far", [FAR, {**FAR, "period_start": "2090-01-01"}, {**FAR, "measure": "teu"}])
def test_the_years_between_have_no_months(far):
    assert max(cuts({**YEAR, "value": 100}, {**far, "value": 3})) <= max(cuts({**YEAR, "value": 100})) + 40


def test_months_stand_wherever_the_project_has_claims():
    grid = grid_of(figures_of(load_claims()))
    for days in grid.cuts:
        months = {(day.year, day.month) for day in days[1:-1] if day.day == 1}
        first, last = days[0], days[-1]
        wanted = range(first.year * 12 + first.month, last.year * 12 + last.month - (last.day == 1))
        assert months >= {(i // 12, i % 12 + 1) for i in wanted}


def test_a_long_window_needs_no_months_inside():
    assert max(cuts(since("2013-09-30", "2090-12-31", 10**6))) <= 60
    assert max(cuts(since("2013-09-30", "2025-12-31", 10**4))) > 140


def test_nothing_is_known_of_the_years_between():
    found = estimate_volumes(ledger({**YEAR, "value": 4235}, {**FAR, "value": 12}))
    between = found.between("2050-01-01", "2050-12-31", ports="manzhouli")
    assert (between.estimate, between.lower, between.upper, between.status) == (None, 0.0, None, "unknown")
    assert found.between("2021-01-01", "2021-12-31", ports="manzhouli").status == "printed"
    assert found.between("2090-03-05", "2090-03-05", ports="manzhouli").status == "printed"
    table = found.table("year", measure="trains", ports="manzhouli").set_index("period")
    assert set(table.loc["2024":"2088", "status"]) == {"unknown"}


def test_a_window_over_the_years_between_bounds_each():
    found = estimate_volumes(ledger(since("2013-09-30", "2090-12-31", 77000)))
    year = found.between("2050-01-01", "2050-12-31", ports="manzhouli")
    assert year.status == "estimated"
    assert year.upper == pytest.approx(77000, rel=0.01)
    assert year.estimate == pytest.approx(1000, rel=0.5)
    assert found.last == date(2090, 12, 31)


STALLS = [{**YEAR, "value": 5001}, {**YEAR, "value": 5100}, {**YEAR, "period_end": "2021-01-31", "value": 90}]


@pytest.mark.parametrize("steps", [5, 40])
def test_the_work_of_the_smoothest_series_is_bounded(monkeypatch, steps):
    model = Model("rail", figures_of(ledger(*STALLS)), "")
    attempts, attempt = [], smooth._solved

    def counted(rows, *given):
        found = attempt(rows, *given)
        attempts.append((found.iterations, rows.shape[1]))
        return found

    monkeypatch.setattr(smooth, "_solved", counted)
    smooth.smoothest(model.grid, model.settled.bands, model.proxies, model.goals, model.usual)
    unknowns = attempts[0][1]
    assert sum(done for done, _ in attempts) > 3 * steps
    attempts.clear()
    monkeypatch.setattr(smooth, "_WORK", steps * unknowns)
    totals = smooth.smoothest(model.grid, model.settled.bands, model.proxies, model.goals, model.usual)
    assert sum(done for done, _ in attempts) <= 3 * steps
    stands = [band for band in model.settled.bands if band.kind == "value" and band.low == band.high]
    assert stands
    for band in stands:
        assert sum(factor * totals[i] for i, factor in band.terms.items()) == pytest.approx(band.low, rel=1e-6)
