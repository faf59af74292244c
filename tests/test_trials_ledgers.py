"""A slice of the trials of random ledgers."""

import random

import pytest
from trials import ledgers
from trials.frame import Wrong

from corridor.volumes import bands, series

FIRST = 52_000


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("seed", [52_000, 52_001, 52_003, 52_005, 52_006])
def test_a_slice_of_random_ledgers(seed):
    ledgers.case(seed)


def test_bounds_by_hand():
    claim = {"ports": "manzhouli", "direction": "both", "precision": "exact", "rounding_unit": "1"}
    year = claim | {"period_start": "2021-01-01", "period_end": "2021-12-31", "value": "100"}
    part = claim | {"period_start": "2021-03-01", "period_end": "2021-03-31", "value": "30"}
    rounded = part | {"value": "30", "precision": "rounded", "rounding_unit": "10"}
    march, april = 2021 * 12 + 2, 2021 * 12 + 3
    assert ledgers.bounds_of([year, part], ["manzhouli"], "both", march, march) == (30, 30)
    assert ledgers.bounds_of([year, part], ["manzhouli"], "both", april, april) == (0, 70)
    assert ledgers.bounds_of([year, part], ["manzhouli"], "outbound", march, april) == (0, 100)
    assert ledgers.bounds_of([year, rounded], ["manzhouli"], "both", april, april) == (0, 75)
    # The first month of a port has a train at least, and before it there is none.
    first = claim | {"ports": "suifenhe", "period_start": "2018-08-01", "period_end": "2018-09-30", "value": "5"}
    assert ledgers.bounds_of([first], ["suifenhe"], "outbound", 2018 * 12 + 7, 2018 * 12 + 7) == (1, 5)


# ---------------------------------------------------------------- trials that see what goes wrong


def _tried(check, seeds=range(FIRST, FIRST + 40)):
    for seed in seeds:
        check(random.Random(seed))


def test_bounds_that_are_too_narrow_are_seen(monkeypatch):
    plain = bands.band_of

    def narrower(value, precision, unit):
        low, high = plain(value, precision, unit)
        return (low, (low + high) / 2) if precision == "rounded" else (low, high)

    monkeypatch.setattr(bands, "band_of", narrower)
    with pytest.raises(Wrong, match="and by themselves"):
        _tried(ledgers.check_bounds)


def _claim(**more):
    window = {"period_start": "2021-01-01", "period_end": "2021-12-31", "value": "100", "publisher": "P", "title": "t"}
    return {"claim_id": "X0", "ports": "manzhouli", "measure": "trains", "basis": "rail"} | window | more


def _estimates_moved(by):
    plain = series.window_of

    def moved(*asked):
        found = plain(*asked)
        return found if found.estimate is None else found._replace(**by(found))

    return moved


@pytest.mark.parametrize(
    ("value", "by", "seen"),  # another value each, so that no answer is one of before
    [
        ("101", lambda found: {"estimate": found.estimate + 1}, "manzhouli 2021: "),
        ("102", lambda found: {"estimate": found.estimate + 1, "upper": found.upper + 1}, "X0 prints 102"),
        ("103", lambda found: {"estimate": None}, "X0 prints 103"),
    ],
)
def test_an_exact_claim_that_is_not_met_is_seen(monkeypatch, value, by, seen):
    ledgers.check_laws(random.Random(FIRST), [_claim()])
    monkeypatch.setattr(series, "window_of", _estimates_moved(by))
    with pytest.raises(Wrong, match=seen):
        ledgers.check_laws(random.Random(FIRST), [_claim(value=value)])


def test_a_table_without_its_columns_is_seen(monkeypatch):
    plain = series.Volumes.table
    monkeypatch.setattr(series.Volumes, "table", lambda self, *asked: plain(self, *asked).drop(columns="status"))
    with pytest.raises(Wrong, match=r"a table lacks \{'status'\}"):
        ledgers.check_laws(random.Random(FIRST), [_claim()])
