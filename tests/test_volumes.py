"""Yearly figures from single claims: small ledgers, laws, and the real one."""

import math

import pandas as pd
import pytest

from corridor.claims import load_claims
from corridor.errors import UnknownName
from corridor.volumes import YEARS, yearly_volumes

LEDGER = load_claims()


def ledger(*rows):
    """Claims on Manzhouli trains, both directions, by the railway, unless a row says otherwise."""
    base = {
        "ports": "manzhouli",
        "measure": "trains",
        "direction": "both",
        "basis": "rail",
        "scope": "port",
        "precision": "exact",
        "rounding_unit": 1,
        "doubt": "",
        "yoy_percent": float("nan"),
        "span": "annual",
        "period_start": "2019-01-01",
        "period_end": "2019-12-31",
    }
    table = pd.DataFrame([{**base, **row} for row in rows], index=[f"X{i}" for i in range(len(rows))])
    days = {name: pd.to_datetime(table[name]) for name in ("period_start", "period_end")}
    return table.assign(**days)


def row(table, port="manzhouli", year=2019, measure="trains"):
    return table[(table["port"] == port) & (table["year"] == year) & (table["measure"] == measure)].iloc[0]


@pytest.mark.parametrize(
    ("claims", "value", "lower", "upper", "status", "ids"),
    [
        ([{"value": 100}], 100, 100, 100, "printed", "X0"),
        ([{"value": 100, "precision": "rounded", "rounding_unit": 10}], 100, 95, 105, "printed", "X0"),
        ([{"value": 100}, {"value": 104}], None, 100, 104, "printed", "X0;X1"),
        (
            [{"value": 60, "direction": "outbound"}, {"value": 50, "direction": "inbound"}],
            110, 110, 110, "printed", "X0;X1",
        ),
        ([{"value": 100, "precision": "at_least"}], None, 100, None, "implied", "X0"),
        ([{"value": 100, "scope": "service"}], None, 100, None, "implied", "X0"),
        ([{"value": 60, "period_end": "2019-06-30", "span": "half"}], None, 60, None, "implied", "X0"),
        (
            [{"value": 900, "period_start": "2013-01-01", "period_end": "2020-03-01", "span": "cumulative"}],
            None, 0, 900, "implied", "X0",
        ),
        ([{"value": 900, "ports": "manzhouli;suifenhe"}], None, 0, 900, "implied", "X0"),
        (
            [{"value": 130, "period_start": "2020-01-01", "period_end": "2020-12-31", "yoy_percent": 30.0}],
            100, 100, 100, "implied", "X0",
        ),
        (
            [{"value": 1300, "period_start": "2020-01-01", "period_end": "2020-12-31", "yoy_percent": 30.0}],
            None, 996, 1004, "implied", "X0",
        ),
        ([{"value": 100, "basis": "customs"}, {"value": 3, "measure": "teu"}], None, 0, None, "unknown", ""),
        ([{"value": 100, "doubt": "odd"}, {"value": 3, "measure": "teu"}], None, 0, None, "unknown", ""),
        (
            [{"value": 900, "direction": "outbound", "period_start": "2013-01-01", "period_end": "2020-03-01"}],
            None, 0, None, "unknown", "",
        ),
        (
            [{"value": 70, "direction": "outbound"},
             {"value": 130, "direction": "outbound", "period_start": "2020-01-01", "period_end": "2020-12-31",
              "yoy_percent": 30.0}],
            None, 70, None, "implied", "X0",
        ),
        (
            [{"value": 130, "period_start": "2020-01-01", "period_end": "2020-11-30", "yoy_percent": 30.0}],
            None, 0, None, "unknown", "",
        ),
        ([{"value": 900, "period_start": "2018-01-01", "period_end": "2019-12-31"}], None, 0, 900, "implied", "X0"),
        (
            [{"value": 1000, "period_start": "2020-01-01", "period_end": "2020-12-31", "yoy_percent": 33.3}],
            750, 750, 750, "implied", "X0",
        ),
        (
            [{"value": 100, "period_end": "2019-06-30", "span": "half"},
             {"value": 60, "period_start": "2013-01-01", "period_end": "2020-03-01", "span": "cumulative"}],
            None, 60, 100, "implied", "X0;X1",
        ),
    ],
    ids=[
        "printed", "rounded", "sources differ", "both directions", "at least", "a service", "half a year",
        "cumulative", "two ports", "growth", "growth, to its digits", "another body",
        "doubt", "a cover of one direction", "growth of one direction", "growth of a part", "two years",
        "growth to a tenth", "claims that cannot both hold",
    ],
)  # fmt: skip
def test_what_a_year_gets(claims, value, lower, upper, status, ids):
    found = row(yearly_volumes(ledger(*claims)))
    assert (found["status"], found["claims"]) == (status, ids)
    for name, wanted in (("value", value), ("lower", lower), ("upper", upper)):
        assert found[name] == wanted if wanted is not None else math.isnan(found[name])


def test_before_its_opening_a_port_has_none():
    table = yearly_volumes(ledger({"value": 100}))
    found = row(table, port="tongjiang")
    assert (found["value"], found["status"], found["claims"]) == (0, "implied", "")


def test_a_first_year_may_be_printed_from_the_opening_month():
    table = yearly_volumes(
        ledger({"ports": "suifenhe", "value": 20, "period_start": "2018-08-01", "period_end": "2018-12-31"})
    )
    assert row(table, port="suifenhe", year=2018)["value"] == 20


def test_an_unknown_body():
    with pytest.raises(UnknownName, match="known: border, ciq, customs, rail, unstated"):
        yearly_volumes(basis="guess")


def test_the_order_of_rows_does_not_matter():
    pd.testing.assert_frame_equal(yearly_volumes(LEDGER), yearly_volumes(LEDGER.iloc[::-1]))


@pytest.mark.parametrize("basis", ["rail", "customs", "ciq"])
def test_every_row_is_sound(basis):
    table = yearly_volumes(basis=basis)
    assert len(table) == 2 * 3 * len(YEARS)
    for found in table.itertuples():
        upper = math.inf if math.isnan(found.upper) else found.upper
        assert 0 <= found.lower <= upper
        assert math.isnan(found.value) or found.lower <= found.value <= upper
        assert set(filter(None, found.claims.split(";"))) <= set(LEDGER.index)
        for name in filter(None, found.claims.split(";")):
            assert LEDGER.loc[name, "basis"] == basis
            assert LEDGER.loc[name, "measure"] == found.measure


@pytest.mark.parametrize(
    ("port", "year", "measure", "value", "claim"),
    [
        ("manzhouli", 2021, "trains", 4235, "C110"),
        ("manzhouli", 2023, "trains", 5001, "C192"),
        ("manzhouli", 2020, "teu", 324310, "C076"),
        ("suifenhe", 2022, "trains", 884, "C158"),
        ("suifenhe", 2020, "trains", 217, "C084"),
    ],
)
def test_printed_years(port, year, measure, value, claim):
    found = row(yearly_volumes(), port, year, measure)
    assert (found["value"], found["status"], found["claims"]) == (value, "printed", claim)
