"""The ledger: what a printed figure stands for, and what is refused."""

import math
import re
from datetime import date

import pandas as pd
import pytest
from ledgers import BASE, half, ledger

from corridor.claims import checked_claims, load_claims
from corridor.errors import DataError
from corridor.statements import check_statements
from corridor.volumes import estimate_volumes
from corridor.volumes.backtest import backtest_volumes
from corridor.volumes.bands import band_of, growth_of, year_before

# ---------------------------------------------------------------- bands


@pytest.mark.parametrize(
    ("value", "precision", "unit", "band"),
    [
        (3548, "exact", 1, (3548, 3548)),
        (489000, "rounded", 1000, (488500, 489500)),
        (540000, "rounded", 10000, (535000, 545000)),
        (3000, "at_least", 1000, (3000, math.inf)),
        (110800, "about", 100, (110700, 110900)),
        (3, "rounded", 10, (0, 8)),
    ],
)
def test_what_a_printed_figure_stands_for(value, precision, unit, band):
    assert band_of(value, precision, unit) == band


@pytest.mark.parametrize(
    ("percent", "factors"),
    [(18.0, (1.175, 1.185)), (25.1, (1.2505, 1.2515)), (99.77, (1.99765, 1.99775)), (-3.5, (0.9645, 0.9655))],
)
def test_growth_to_the_digits_that_are_printed(percent, factors):
    assert growth_of(percent) == pytest.approx(factors)


def test_a_year_before_the_29th_of_february():
    assert year_before(date(2020, 2, 29)) == date(2019, 2, 28)
    assert year_before(date(2020, 3, 1)) == date(2019, 3, 1)


# ---------------------------------------------------------------- bad input


def test_all_faults_of_a_ledger_at_once(tmp_path):
    file = tmp_path / "claims.csv"
    header = [name for name in load_claims().reset_index().columns if name not in ("doubt", "note")]
    good = {**BASE, "claim_id": "A", "value": "100", "yoy_percent": ""}
    bad = [
        {"claim_id": "B", "period_end": "2018-01-01"},
        {"claim_id": "C", "value": "-5"},
        {"claim_id": "D", "ports": "dalian"},
        {"claim_id": "E", "basis": "rumour"},
        {"claim_id": "F", "ports": "tongjiang"},
        {"claim_id": "A"},
        {"claim_id": "G", "publisher": ""},
    ]
    rows = [good, *({**good, **row} for row in bad)]
    file.write_text("\n".join([",".join(header), *(",".join(str(row[name]) for name in header) for row in rows)]))
    with pytest.raises(DataError) as caught:
        load_claims(file)
    text = str(caught.value)
    wanted = [
        ":3:",
        ":4:",
        "dalian",
        "rumour",
        "tongjiang opened",
        ":2 already",
        "publisher",
        "value='-5'",
    ]
    assert text.startswith("7 faults")
    for part in wanted:
        assert part in text
    file.write_text(",".join(header) + "\n")
    with pytest.raises(DataError, match="a header and no rows"):
        load_claims(file)


# ---------------------------------------------------------------- a DataFrame of one's own


def test_a_ledger_is_the_same_as_a_file_and_as_a_dataframe():
    claims = load_claims()
    pd.testing.assert_frame_equal(checked_claims(claims), claims)
    # Cells as other programmes leave them: texts, days, numbers with a fraction of nothing, columns of one's own.
    loose = claims.reset_index().assign(
        period_start=claims["period_start"].dt.date.to_numpy(),
        period_end=claims["period_end"].dt.strftime("%Y-%m-%d").to_numpy(),
        value=claims["value"].astype(float).to_numpy(),
        doubt=[text or None for text in claims["doubt"]],
        mine=1,
    )
    pd.testing.assert_frame_equal(
        checked_claims(loose.drop(columns=["period_status", "sources"])),
        claims.assign(period_status="printed", sources=1),
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"value": -5}, "value='-5' is not between 0"),
        ({"value": math.nan}, "value='' is not a whole number"),
        ({"value": 12.5}, "value='12.5' is not a whole number"),
        ({"ports": "dalian"}, "ports='dalian' names a port that is not known"),
        ({"ports": "manzhouli;满洲里"}, "names one twice"),
        (
            {"ports": "tongjiang", "direction": "inbound", "period_start": "2023-08-01", "period_end": "2023-10-25"},
            "before any of tongjiang opened (2023-10-26)",
        ),
        ({"period_end": "2204-12-31"}, "period_end=2204-12-31 lies outside the years 1900 to 2100"),
        ({"period_start": "0001-01-01"}, "period_start=0001-01-01 lies outside the years"),
        ({"value": 10**10}, "value='10000000000' is not between 0 and 1000000000"),
        ({"precision": "rounded", "rounding_unit": None}, "rounding_unit='' is needed where precision=rounded"),
        ({"basis": "rumour"}, "basis='rumour' is not one of rail"),
        ({"publisher": ""}, "publisher='' must not be empty"),
        ({"period_end": "2018-12-31"}, "lies before period_start"),
        ({"period_start": "2019-01-01 12:00"}, "is not a day"),
        ({"period_start": pd.NaT}, "is not a day"),
        ({"period_start": pd.Timestamp("2019-01-01 12:00")}, "is not a day"),
    ],
)
def test_a_dataframe_is_checked_as_a_file_is(change, fault):
    table = ledger({"value": 100}, {"value": 50, **half(2019)}).astype(object)
    for column, value in change.items():
        table.loc["X1", column] = value
    for ask in (estimate_volumes, backtest_volumes, check_statements):
        with pytest.raises(DataError, match=r"^claims\.iloc\[1\]: .*" + re.escape(fault)):
            ask(table)


def test_the_least_that_a_ledger_needs(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(
        "claim_id,ports,measure,basis,period_start,period_end,value,publisher,title\n"
        "A,满洲里,trains,rail,2021-01-01,2021-12-31,4235,me,mine\n"
        "B,Suifenhe; manzhouli,trains,rail,2021-03-01,2021-03-31,400,me,mine\n",
        encoding="utf-8",
    )
    claims = load_claims(file)
    assert claims["ports"].tolist() == ["manzhouli", "suifenhe;manzhouli"]
    assert claims["span"].tolist() == ["annual", "monthly"]
    assert set(zip(claims["direction"], claims["precision"], claims["rounding_unit"], strict=True)) == {
        ("both", "exact", 1)
    }
    window = estimate_volumes(claims).between("2021-01-01", "2021-12-31", ports="manzhouli")
    assert (window.status, window.estimate) == ("printed", pytest.approx(4235))


@pytest.mark.parametrize(
    ("start", "end", "span"),
    [
        ("2021-01-01", "2021-12-31", "annual"),
        ("2021-07-01", "2021-12-31", "half"),
        ("2021-04-01", "2021-06-30", "quarter"),
        ("2021-02-01", "2021-04-30", "other"),
        ("2020-02-01", "2020-02-29", "monthly"),
        ("2021-02-01", "2021-02-27", "other"),
        ("2021-01-01", "2021-10-16", "ytd"),
        ("2013-09-30", "2021-12-31", "cumulative"),
    ],
)
def test_a_span_left_out_is_what_the_days_make(start, end, span):
    table = ledger({"value": 5, "period_start": start, "period_end": end}).drop(columns="span")
    assert checked_claims(table)["span"].tolist() == [span]


def test_a_dataframe_that_is_no_ledger():
    table = ledger({"value": 100})
    with pytest.raises(DataError, match="columns: missing value"):
        checked_claims(table.drop(columns="value"))
    with pytest.raises(DataError, match="no rows"):
        checked_claims(table.iloc[:0])
    with pytest.raises(DataError, match=r"claims.iloc\[1\]: claim_id='X0' stands at claims.iloc\[0\] already"):
        checked_claims(pd.concat([table, table]))


@pytest.mark.parametrize("name", ["", "A\nB", "A;B", "A\u202eB", "A\x1b[31m"])
def test_an_id_that_could_forge_a_line(name):
    table = ledger({"value": 100})
    with pytest.raises(DataError, match=r"must be printable text without a semicolon|direction of text, U\+202E"):
        checked_claims(table.set_axis(pd.Index([name], name="claim_id")))
