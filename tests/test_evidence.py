"""What the real ledger says: figures, conflicts, statements of the article, explanations."""

import os
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from corridor.claims import load_claims
from corridor.errors import BadValue, UnknownName
from corridor.provenance import explain
from corridor.statements import VERDICTS, check_statements
from corridor.volumes import Volumes, estimate_volumes
from corridor.volumes.backtest import backtest_volumes
from corridor.volumes.model import Model

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
    own = Path(os.environ["XDG_CACHE_HOME"])
    again = Model("rail", real.model.figures, real.model.digest)
    with monkeypatch.context() as patch:
        for name in ("settle", "smoothest"):  # nothing is solved a second time
            patch.setattr(f"corridor.volumes.model.{name}", lambda *args: pytest.fail("solved again"))
        np.testing.assert_array_equal(again.totals, real.model.totals)
        assert again.settled == real.model.settled
    assert len(again.windows) >= 78
    # A damaged copy is not believed.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    odd = Model("rail", real.model.figures, real.model.digest)
    file = tmp_path / "corridor" / "volumes" / f"{odd.digest}.json"
    whole = (own / "corridor" / "volumes" / f"{odd.digest}.json").read_text()
    assert Model("rail", odd.figures, odd.digest).windows == {}
    for text in ("{", "[]", "", whole[:-9], whole.replace("windows", "window"), whole.partition("\n")[2]):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        assert Model("rail", odd.figures, odd.digest).windows == {}


def test_left_out_claims_are_predicted():
    """A sample that a test has time for; benchmarks/bench_volumes.py leaves out every claim."""
    claims = load_claims()
    tested = ["C110", "C129", "C186", "C178", "C211", "C185", "C199", "C234"]
    found = backtest_volumes(claims, only=tested)
    assert set(found["claim"]) == set(tested)
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


@pytest.mark.parametrize("claim", ["C080", "C110", "C158", "C192", "C212"])
def test_an_exact_claim_stated_again_is_not_contradicted(monkeypatch, claim):
    """Numbers err: what claims force to the train is not ruled out by the last digit of a float."""
    import corridor.statements as statements

    told = load_claims().loc[claim]
    row = {
        **statements.statement_rows()["trains-2023"],
        "subject": told["measure"],
        "ports": told["ports"],
        "period_start": told["period_start"].date(),
        "period_end": told["period_end"].date(),
        "value": int(told["value"]),
        "precision": "exact",
        "rounding_unit": 1,
        "url": "",
    }
    monkeypatch.setattr(statements, "statement_rows", lambda: {"x": row})
    assert check_statements()["verdict"].tolist() == ["holds"]


def test_windows_of_no_port_and_of_days_as_pandas_has_them(real):
    with pytest.raises(UnknownName, match="no port is asked for; known: manzhouli"):
        real.between("2021-01-01", "2021-12-31", ports=[])
    stamps = [pd.Timestamp("2021-01-01"), pd.Timestamp("2021-12-31 18:00")]
    assert real.between(*stamps, ports="manzhouli") == real.between("2021-01-01", "2021-12-31", ports=["满洲里"])
    assert len(real.table("year", ports="manzhouli", measure="trains")) == 13
    assert repr(real).startswith("<Volumes by rail, 2013-09-30 to ")


def test_a_figure_tells_what_contests_it(real):
    year = real.between("2020-01-01", "2020-12-31", ports="manzhouli")
    assert (year.printed, year.contested) == (("C080",), ("C081",))
    facts = explain("trains", port="manzhouli", year=2020)
    roles = {one["id"]: one["roles"] for one in facts["claims"]}
    assert roles["C080"] == ["prints it"]
    assert roles["C081"] == ["prints another figure, and gave way"]
    assert facts["first_trains"] == {"outbound": "2013-09-30", "inbound": None}
    table = real.conflicts().set_index(["claim", "part"])
    assert table.loc[("C081", "value"), ["ports", "value"]].tolist() == ["manzhouli", 3585]
    assert "growth of +18 % allows; the estimate grows by +19" in table.loc[("C110", "growth"), "reason"]


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
    roles = {one["id"]: one["roles"] for one in early["claims"]}
    assert roles["C011"] == ["informs it"]
    assert roles["C018"] == ["holds the lower bound"]  # times the least that the railway counted of the customs' trains
    assert {"rail-per-customs-before-2019", "rail-per-ciq-before-2019"} <= {one["id"] for one in early["assumptions"]}
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
    [
        (("2021-13-01", "2021-12-31"), "is no day"),
        (("20210101", "2021-12-31"), "is no day"),
        ((20210101, "2021-12-31"), "is no day"),
        (("2021-12-31", "2021-01-01"), "lies before the start"),
        (("2021-12-31", "9999-12-31"), "lies outside the years 1900 to 2100"),
    ],
)
def test_days_that_are_none(real, days, fault):
    for asked in (real.between, real.bounds):
        with pytest.raises(BadValue, match=fault):
            asked(*days)
