"""Trains and TEU: small ledgers whose answer is known, laws, and the real ledger."""

import json
import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from corridor.claims import load_claims
from corridor.errors import DataError, UnknownName
from corridor.provenance import explain
from corridor.statements import VERDICTS, check_statements
from corridor.volumes import Volumes, estimate_volumes
from corridor.volumes.backtest import backtest_volumes
from corridor.volumes.bands import band_of, figures_of, growth_of, year_before
from corridor.volumes.model import Model

BASE = {
    "ports": "manzhouli",
    "measure": "trains",
    "direction": "both",
    "basis": "rail",
    "scope": "port",
    "period_start": "2019-01-01",
    "period_end": "2019-12-31",
    "period_status": "printed",
    "precision": "exact",
    "rounding_unit": 1,
    "sources": 1,
    "yoy_percent": math.nan,
    "span": "annual",
    "published": "2020-01-01",
    "publisher": "somebody",
    "title": "something",
    "url": "https://example.org/a",
    "doubt": "",
    "note": "",
}


def ledger(*rows):
    """Claims on Manzhouli trains in 2019, both directions, by the railway, unless a row says otherwise."""
    table = pd.DataFrame([{**BASE, **row} for row in rows], index=[f"X{i}" for i in range(len(rows))])
    table.index.name = "claim_id"
    return table.assign(**{name: pd.to_datetime(table[name]) for name in ("period_start", "period_end")})


def half(year, first=True):
    return {
        "period_start": f"{year}-01-01" if first else f"{year}-07-01",
        "period_end": f"{year}-06-30" if first else f"{year}-12-31",
        "span": "half",
    }


def since(start, end, value, **more):
    return {"period_start": start, "period_end": end, "span": "cumulative", "value": value, **more}


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


# ---------------------------------------------------------------- small ledgers


@pytest.mark.parametrize(
    ("claims", "lower", "upper", "status", "ids"),
    [
        ([{"value": 100}], 100, 100, "printed", ["X0"]),
        ([{"value": 1000, "precision": "rounded", "rounding_unit": 10}], 995, 1005, "printed", ["X0"]),
        (
            [{"value": 60, "direction": "outbound"}, {"value": 50, "direction": "inbound"}],
            110, 110, "implied", ["X0", "X1"],
        ),
        ([{"value": 100, "precision": "at_least"}], 100, None, "unknown", ["X0"]),
        ([{"value": 100, "scope": "service"}], 100, None, "unknown", ["X0"]),
        ([{"value": 60, **half(2019)}, {"value": 70, **half(2019, first=False)}], 130, 130, "implied", ["X0", "X1"]),
        ([since("2013-01-01", "2018-12-31", 900), since("2013-01-01", "2019-12-31", 1000)], 100, 100, "implied",
         ["X0", "X1"]),
        ([{"value": 150, "ports": "manzhouli;suifenhe"}, {"value": 40, "ports": "suifenhe"}], 110, 110, "implied",
         ["X0", "X1"]),
        (
            [{"value": 1300, "period_start": "2020-01-01", "period_end": "2020-12-31", "yoy_percent": 30.0}],
            1300 / 1.305, 1300 / 1.295, "estimated", ["X0"],
        ),
        (
            [{"value": 700, "direction": "outbound"}, {"value": 900, "precision": "at_least"}],
            900, None, "unknown", ["X1"],
        ),
        ([{"value": 100, "doubt": "odd"}, {"value": 90}], 90, 90, "printed", ["X1"]),
        ([{"value": 100, "basis": "border"}, {"value": 90}], 90, 90, "printed", ["X1"]),
    ],
    ids=[
        "printed", "rounded", "both directions", "at least", "a service", "two halves", "cumulative", "two ports",
        "growth", "one direction is a part", "doubt", "another body",
    ],
)  # fmt: skip
def test_what_claims_force(claims, lower, upper, status, ids):
    found = estimate_volumes(ledger(*claims))
    window = found.between("2019-01-01", "2019-12-31", ports="manzhouli")
    forced = found.bounds("2019-01-01", "2019-12-31", ports="manzhouli")["forced"]
    assert forced["lower"] == pytest.approx(lower, abs=1e-6)
    assert forced["upper"] is None if upper is None else forced["upper"] == pytest.approx(upper, abs=1e-6)
    assert window.lower >= forced["lower"] - 1e-6
    assert set(window.claims) == set(ids)
    if upper is not None:
        assert window.status == status
        assert window.lower - 1e-6 <= window.estimate <= window.upper + 1e-6
    elif window.upper is None:
        assert (window.estimate, window.status) == (None, "unknown")


def test_before_its_opening_nothing_can_have_passed():
    found = estimate_volumes(ledger({"value": 100}))
    for port, until in (("manzhouli", "2013-09-29"), ("suifenhe", "2018-08-01"), ("tongjiang", "2019-12-31")):
        window = found.between("2010-01-01", until, ports=port)
        assert (window.estimate, window.lower, window.upper, window.status) == (0, 0, 0, "implied")


def test_a_claim_that_starts_before_the_opening_is_cut_port_by_port():
    found = estimate_volumes(ledger(since("2013-01-01", "2019-12-31", 500, ports="manzhouli;suifenhe")))
    assert found.between("2013-01-01", "2018-08-01", ports="suifenhe").upper == 0
    assert found.between("2013-09-30", "2019-12-31", ports=["manzhouli", "suifenhe"]).status == "printed"


def test_inside_an_interval_the_estimate_is_uniform_and_the_bounds_are_nothing_and_all():
    found = estimate_volumes(ledger({"value": 310, "period_start": "2019-01-01", "period_end": "2019-01-31"}))
    part = found.between("2019-01-05", "2019-01-14", ports="manzhouli")
    forced = found.bounds("2019-01-05", "2019-01-14", ports="manzhouli")["forced"]
    assert part.estimate == pytest.approx(100)
    assert (forced["lower"], forced["upper"]) == pytest.approx((0, 310))


def test_after_the_last_claim_nothing_is_known():
    found = estimate_volumes(ledger({"value": 100}))
    assert found.last == date(2019, 12, 31)
    window = found.between("2019-01-01", "2020-01-01", ports="manzhouli")
    assert (window.estimate, window.upper, window.status) == (None, None, "unknown")
    assert window.lower == pytest.approx(100)


def test_a_train_holds_about_so_many_teu_as_claims_print():
    found = estimate_volumes(
        ledger(
            {"value": 100},
            {"value": 9000, "measure": "teu"},
            {"value": 200, "period_start": "2020-01-01", "period_end": "2020-12-31"},
        )
    )
    teu = found.between("2020-01-01", "2020-12-31", ports="manzhouli", measure="teu")
    assert teu.bound == "assumed"
    assert (teu.lower, teu.upper) == pytest.approx((200 * 90 * 0.9, 200 * 90 * 1.1))
    assert teu.assumptions == ("teu-per-train-margin",)
    assert found.bounds("2020-01-01", "2020-12-31", ports="manzhouli", measure="teu")["forced"]["upper"] is None


def test_another_body_tells_where_the_railway_prints_nothing():
    customs = {"basis": "customs", "value": 1000, "period_start": "2016-01-01", "period_end": "2016-12-31"}
    rail = since("2013-01-01", "2019-12-31", 5000)
    found = estimate_volumes(ledger(customs, rail))
    year = found.between("2016-01-01", "2016-12-31", ports="manzhouli")
    assert (year.bound, year.status) == ("assumed", "estimated")
    assert (year.lower, year.upper) == pytest.approx((600, 1250))
    assert "rail-per-customs" in year.assumptions
    # Where the railway prints the year, the other body's figure tells nothing.
    both = estimate_volumes(ledger(customs, rail, {**customs, "basis": "rail", "value": 1500}))
    assert both.between("2016-01-01", "2016-12-31", ports="manzhouli").estimate == pytest.approx(1500)
    assert not len(both.conflicts())


# ---------------------------------------------------------------- conflicts


def gone(found):
    return [(row.claim, row.part, round(row.by, 3), row.against) for row in found.conflicts().itertuples()]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([{"value": 100}, {"value": 104, "span": "other"}], [("X1", "value", -4, "X0")]),
        ([{"value": 100, "span": "other"}, {"value": 104}], [("X0", "value", 4, "X1")]),
        ([{"value": 100}, {"value": 104, "precision": "rounded", "rounding_unit": 4}], [("X1", "value", -2, "X0")]),
        ([{"value": 100, "period_status": "derived"}, {"value": 104}], [("X0", "value", 4, "X1")]),
        ([{"value": 100}, {"value": 104, "sources": 3}], [("X0", "value", 4, "X1")]),
        ([{"value": 100}, {"value": 120, "precision": "at_least"}], [("X1", "value", -20, "X0")]),
        (
            [{"value": 60, "direction": "outbound"}, {"value": 50, "direction": "inbound"},
             {"value": 100, "span": "other"}],
            [("X2", "value", 10, "X1;X0")],
        ),
        (
            [{"value": 100}, {"value": 150, "period_start": "2020-01-01", "period_end": "2020-12-31",
                              "yoy_percent": 40.0}],
            [("X1", "growth", 9.5, "X0;X1")],
        ),
        ([{"value": 100}, {"value": 100, "measure": "teu"}], []),
    ],
    ids=[
        "annual before other", "whatever the order", "exact before rounded", "dated before undated",
        "several sources before one", "exact before a floor", "splits before a sum", "figures before growth", "none",
    ],
)  # fmt: skip
def test_which_claim_gives_way(claims, expected):
    found = gone(estimate_volumes(ledger(*claims)))
    assert [row for row in found if row[1] in ("value", "growth")] == expected


def test_a_conflict_is_irreducible_and_without_any_member_there_is_none():
    rows = [
        {"value": 60, **half(2019)},
        {"value": 70, **half(2019, first=False)},
        {"value": 100},
        {"value": 500, "period_start": "2017-01-01", "period_end": "2017-12-31"},
    ]
    whole = estimate_volumes(ledger(*rows)).conflicts()
    members = {whole["claim"][0], *whole["against"][0].split(";")}
    assert members == {"X0", "X1", "X2"}
    for name in members:
        left = ledger(*rows).drop(name)
        assert not len(estimate_volumes(left).conflicts())


def test_a_ledger_that_contradicts_itself_altogether_still_has_an_answer():
    rows = [{"value": 100 * (i + 1), "span": "other", "publisher": f"p{i}"} for i in range(12)]
    found = estimate_volumes(ledger(*rows))
    assert len(found.conflicts()) == 11
    window = found.between("2019-01-01", "2019-12-31", ports="manzhouli")
    assert window.lower <= window.estimate <= window.upper


# ---------------------------------------------------------------- laws


_periods = [
    ("2019-01-01", "2019-12-31"), ("2020-01-01", "2020-12-31"), ("2019-01-01", "2019-06-30"),
    ("2020-03-01", "2020-05-17"), ("2013-01-01", "2020-08-14"), ("2013-01-01", "2019-02-10"),
]  # fmt: skip


@st.composite
def ledgers(draw):
    rows = []
    for _ in range(draw(st.integers(1, 8))):
        start, end = draw(st.sampled_from(_periods))
        rows.append(
            {
                "ports": draw(st.sampled_from(["manzhouli", "suifenhe", "manzhouli;suifenhe"])),
                "measure": draw(st.sampled_from(["trains", "trains", "teu"])),
                "direction": draw(st.sampled_from(["both", "outbound", "inbound"])),
                "basis": draw(st.sampled_from(["rail", "rail", "rail", "customs"])),
                "precision": draw(st.sampled_from(["exact", "rounded", "at_least", "about"])),
                "rounding_unit": draw(st.sampled_from([1, 10, 1000])),
                "value": draw(st.integers(0, 4000)),
                "yoy_percent": draw(st.sampled_from([math.nan, math.nan, 12.5, -30.0, 200.0])),
                "period_start": start,
                "period_end": end,
            }
        )
    return ledger({"value": 1000}, *rows)


# Not made smaller when one fails: each try takes a second.
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(ledgers(), st.randoms(use_true_random=False))
def test_laws_of_any_ledger(claims, random):
    found = estimate_volumes(claims)
    year = found.table("year")
    month = found.table("month", by=["port", "direction"])
    # Months add up to years, directions to both, ports to the corridor.
    month = month[month["period"].str[:4].isin(set(year["period"]))]
    parts = month.assign(year=month["period"].str[:4]).groupby(["measure", "port", "year"])["estimate"].sum(min_count=1)
    whole = year.set_index(["measure", "port", "period"])["estimate"]
    known = whole.notna() & parts.reindex(whole.index).notna()
    if known.any() and not month["estimate"].isna().any():
        np.testing.assert_allclose(parts.reindex(whole.index)[known], whole[known], atol=1e-6)
    # Bounds contain the estimate, and forced ones the assumed.
    for row in [*year.itertuples(), *month.itertuples()]:
        assert row.lower >= 0
        if not math.isnan(row.upper):
            assert row.lower - 1e-9 <= row.estimate <= row.upper + 1e-9
        assert row.status in ("printed", "implied", "estimated", "unknown")
        assert set(filter(None, row.claims.split(";"))) <= set(claims.index)
    # Every claim that did not give way holds.
    totals, bands = found.model.totals, found.model.settled.bands
    for band in bands:
        value = sum(factor * totals[column] for column, factor in band.terms.items())
        slack = 3e-5 * max(100.0, abs(value), *(abs(end) for end in (band.low, band.high) if abs(end) < math.inf))
        assert band.low - slack <= value <= band.high + slack
    # The order of rows does not matter.
    order = list(claims.index)
    random.shuffle(order)
    again = estimate_volumes(claims.loc[order])
    assert again.model.digest == found.model.digest
    fresh = Model("rail", figures_of(claims.loc[order]), "")
    np.testing.assert_array_equal(fresh.totals, totals)


def test_more_claims_never_widen_what_is_forced():
    rows = [since("2013-01-01", "2020-12-31", 5000), {"value": 1000}, {"value": 300, **half(2020)}]
    before = (0.0, math.inf)
    for n in range(1, 4):
        forced = estimate_volumes(ledger(*rows[:n])).bounds("2019-06-01", "2020-06-30", ports="manzhouli")["forced"]
        now = (forced["lower"], math.inf if forced["upper"] is None else forced["upper"])
        assert before[0] - 1e-6 <= now[0] <= now[1] <= before[1] + 1e-6
        before = now


# ---------------------------------------------------------------- the real ledger


@pytest.fixture(scope="module")
def real():
    return estimate_volumes()


@pytest.mark.parametrize(
    ("port", "year", "measure", "value", "claim"),
    [
        ("manzhouli", 2020, "trains", 3548, "C080"),
        ("manzhouli", 2021, "trains", 4235, "C110"),
        ("manzhouli", 2023, "trains", 5001, "C192"),
        ("manzhouli", 2020, "teu", 324310, "C076"),
        ("suifenhe", 2022, "trains", 884, "C158"),
        ("suifenhe", 2020, "trains", 217, "C084"),
    ],
)
def test_printed_years(real, port, year, measure, value, claim):
    window = real.between(f"{year}-01-01", f"{year}-12-31", ports=port, measure=measure)
    assert window.estimate == pytest.approx(value, abs=1e-3)
    assert window.status == "printed"
    assert claim in window.printed


@pytest.mark.parametrize(
    ("claim", "other"),
    [("C081", "C082"), ("C140", "C139"), ("C092", "C089"), ("C034", "C111"), ("C180", "C188"), ("C091", "C058")],
    ids=["2020", "first seven months of 2022", "10,000th train", "3,000th train", "growth to October 2023", "Q1 2021"],
)
def test_known_conflicts_are_named(real, claim, other):
    table = real.conflicts()
    assert any(other in row.against.split(";") for row in table[table["claim"] == claim].itertuples())


def test_the_table_of_the_real_ledger(real):
    table = real.table("year")
    assert list(dict.fromkeys(table["period"])) == [str(year) for year in range(2013, 2026)]
    assert set(table["status"]) <= {"printed", "implied", "estimated", "unknown"}
    together = real.table("year", by=())["estimate"].to_numpy()
    parts = table.groupby(["measure", "period"], sort=False)["estimate"].sum().to_numpy()
    np.testing.assert_allclose(parts, together, atol=1e-6)
    quarters = real.table("quarter", measure="trains", ports=["manzhouli"])
    assert quarters["period"].iloc[-1] == "2025Q4"
    with pytest.raises(UnknownName, match="no frequency 'week'"):
        real.table("week")


def test_a_year_of_whole_days_is_that_of_the_table(real):
    row = real.table("year", measure="trains", ports=["manzhouli"]).set_index("period").loc["2024"]
    window = real.between("2024-01-01", "2024-12-31", ports="manzhouli")
    assert (window.estimate, window.lower, window.upper) == (row.estimate, row.lower, row.upper)


def test_days_add_up(real):
    day = timedelta(days=1)
    start = date(2022, 3, 3)
    whole = real.between(start, start + 29 * day).estimate
    assert sum(real.between(start + i * day, start + i * day).estimate for i in range(30)) == pytest.approx(whole)


@pytest.mark.parametrize("basis", ["customs", "ciq", "border"])
def test_other_bodies_have_series_of_their_own(basis):
    found = estimate_volumes(basis=basis)
    claims = load_claims()
    for row in found.table("year").itertuples():
        assert {claims.loc[name, "basis"] for name in row.claims.split(";") if name} <= {basis}


def test_an_answer_does_not_depend_on_the_questions_before(real):
    fresh, asked = (Model("rail", real.model.figures, "") for _ in range(2))
    for model in (fresh, asked):
        model.__dict__["settled"] = real.model.settled
        model.__dict__["totals"] = real.model.totals
    for day in range(1, 12):
        Volumes(asked).between(f"2021-03-{day:02}", "2023-05-17")
    one, other = (Volumes(model).table("year", measure="trains") for model in (fresh, asked))
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_what_was_found_is_kept(real, monkeypatch, tmp_path):
    real.table("year")
    again = Model("rail", real.model.figures, real.model.digest)
    np.testing.assert_array_equal(again.totals, real.model.totals)
    assert again.settled == real.model.settled
    assert "smoothest" not in again.__dict__
    assert len(again.windows) >= 78
    # A damaged copy is not believed.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    odd = Model("rail", real.model.figures, real.model.digest)
    file = tmp_path / "corridor" / "volumes" / f"{odd.digest}.json"
    for text in ("{", "[]", json.dumps({"columns": 3, "totals": [1], "bands": 0}), json.dumps({"columns": "x"})):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        assert Model("rail", odd.figures, odd.digest).windows == {}


def test_left_out_claims_are_predicted():
    """A sample that a test has time for; benchmarks/bench_volumes.py leaves out every claim."""
    claims = load_claims()
    tested = ["C110", "C129", "C186", "C178", "C211", "C185", "C199", "C234"]
    keep = claims.index.isin(tested) | (claims["basis"] != "rail")
    found = backtest_volumes(claims, only=tested)
    assert set(found["claim"]) == set(tested)
    assert keep.any()
    assert found["error_percent"].abs().median() <= 2
    assert found["error_percent"].abs().max() <= 6
    assert found.loc[~found["in_conflict"], "within"].all()


# ---------------------------------------------------------------- statements, explanations


def test_the_statements_of_the_article():
    table = check_statements().set_index("statement_id")
    assert set(table["verdict"]) <= set(VERDICTS)
    verdicts = table["verdict"].to_dict()
    assert verdicts["trains-2023"] == "contradicted"
    assert verdicts["teu-total"] == "holds if rounded"
    assert {verdicts[f"country-{code}"] for code in ("DE", "BE", "NL", "PL")} == {"holds"}
    assert {verdicts[f"province-{port}"] for port in ("manzhouli", "suifenhe", "tongjiang")} == {"holds"}
    assert verdicts["routes-27"] == "cannot be tested"
    # The article's own claims do not test it.
    for row in table.itertuples():
        assert not {"C001", "C193", "C224", "C225"} & set(row.claims.split(";"))


@pytest.mark.parametrize(
    ("value", "verdict"), [(1000, "contradicted"), (5900, "holds if rounded"), (9000, "contradicted")]
)
def test_a_statement_against_bounds(monkeypatch, value, verdict):
    import corridor.statements as statements

    row = statements.statement_rows()["trains-2023"]
    monkeypatch.setattr(statements, "statement_rows", lambda: {"x": {**row, "value": value, "rounding_unit": 100}})
    assert check_statements()["verdict"].tolist() == [verdict]


def test_an_explanation_names_what_holds_a_figure():
    facts = explain("trains", port="满洲里", year=2022)
    assert (facts["port"], facts["status"], facts["bound"]) == ("manzhouli", "estimated", "forced")
    assert facts["lower"] == pytest.approx(5001 / 1.035)
    assert facts["upper"] == pytest.approx(5001 / 1.025)
    assert [one["id"] for one in facts["claims"]] == ["C192"]
    assert facts["claims"][0]["roles"] == ["holds the lower bound", "holds the upper bound"]
    assert facts["claims"][0]["url"].startswith("http")
    assert facts["bounds"]["forced"]["lower_by"] == ["C192"]
    # What another body printed informs a year that the railway left out, and is told.
    early = explain("trains", port="manzhouli", year=2016)
    assert {"C018", "C020"} <= {one["id"] for one in early["claims"] if one["roles"] == ["informs it"]}
    assert {"rail-per-customs", "rail-per-ciq"} <= {one["id"] for one in early["assumptions"]}
    for year in (2012, 2030):
        with pytest.raises(UnknownName, match="known: 2013 to 2026"):
            explain("trains", port="manzhouli", year=year)
    with pytest.raises(UnknownName, match="no metric 'tons'"):
        explain("tons", port="manzhouli", year=2022)


# ---------------------------------------------------------------- bad input


def test_an_unknown_body():
    with pytest.raises(UnknownName, match="known: border, ciq, customs, rail, unstated"):
        estimate_volumes(basis="guess")


@pytest.mark.parametrize(
    ("days", "fault"),
    [(("2021-13-01", "2021-12-31"), "is no day"), (("2021-12-31", "2021-01-01"), "lies before the start")],
)
def test_days_that_are_none(real, days, fault):
    for asked in (real.between, real.bounds):
        with pytest.raises(UnknownName, match=fault):
            asked(*days)


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
        "stands in line 2 already",
        "publisher",
        "value='-5'",
    ]
    assert text.startswith("7 faults")
    for part in wanted:
        assert part in text
    file.write_text(",".join(header) + "\n")
    with pytest.raises(DataError, match="a header and no rows"):
        load_claims(file)
