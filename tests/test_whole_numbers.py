"""Figures of claims are whole numbers, and so are their sums and differences: in every table, bound and document."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ledgers import half, ledger

import corridor
from corridor import atlas
from corridor.claims import load_claims
from corridor.cli import main
from corridor.tables import csv_text
from corridor.volumes.program import without_error

CLAIMS = load_claims()
EXACT = CLAIMS[(CLAIMS["precision"] == "exact") & (CLAIMS["basis"] == "rail") & (CLAIMS["scope"] == "port")]


@pytest.fixture(scope="module")
def real():
    return corridor.estimate_volumes()


def printed_figure(volumes, row):
    days = row.period_start, row.period_end
    return volumes.between(*days, ports=row.ports.split(";"), measure=row.measure, direction=row.direction)


@pytest.mark.parametrize("row", list(EXACT.itertuples()), ids=list(EXACT.index))
def test_every_figure_printed_exactly_is_that_whole_number(row, real):
    found = printed_figure(real, row)
    if row.Index in found.printed:
        assert (found.lower, found.estimate, found.upper) == (row.value, row.value, row.value)
        kinds = real.bounds(
            row.period_start, row.period_end, ports=row.ports.split(";"), measure=row.measure, direction=row.direction
        )
        assert [kinds["forced"][end] for end in ("lower", "upper")] == [row.value, row.value]
    else:
        assert row.Index in found.contested


@pytest.mark.parametrize(
    ("freq", "which"),
    [
        ("year", {}),
        ("year", {"by": ["port", "direction"]}),
        ("quarter", {"by": (), "measure": "trains"}),
        ("month", {"ports": "manzhouli", "measure": "trains"}),
    ],
    ids=str,
)
def test_tables_hold_whole_numbers_where_these_are_printed(real, freq, which):
    table = real.table(freq, **which)
    printed = table[(table["status"] == "printed") & (table["lower"] == table["upper"])]
    assert len(printed) or "direction" in which.get("by", ())
    assert (printed["estimate"].astype(int) == printed["estimate"]).all()
    near = pd.concat([table[name] for name in ("estimate", "lower", "upper")])
    apart = (2 * near - (2 * near).round()).abs()
    assert not ((apart > 0) & (apart < 1e-6)).any()  # a solver's error is nowhere left
    known = table[table["estimate"].notna()]
    assert (known["lower"] <= known["estimate"]).all()
    assert (known["estimate"] <= known["upper"].fillna(math.inf)).all()


def test_documents_print_whole_numbers(real):
    facts = corridor.explain("trains", port="manzhouli", year=2021)
    assert [facts[name] for name in ("estimate", "lower", "upper")] == [4235, 4235, 4235]
    assert [facts["bounds"]["forced"][name] for name in ("lower", "upper")] == [4235, 4235]
    rows = json.loads(CliRunner().invoke(main, ["volumes", "--measure", "trains", "--json"]).stdout)
    assert {4235.0} == {row["estimate"] for row in rows if (row["port"], row["year"]) == ("manzhouli", 2021)}
    assert ",4235.0,4235.0,4235.0," in csv_text(real.table(measure="trains", ports="manzhouli").set_index("measure"))
    assert ",4235,4235,4235," in csv_text(atlas.volume_table())
    by = real.conflicts()["by"].dropna()
    assert not (((2 * by - (2 * by).round()).abs() < 1e-6) & (2 * by != (2 * by).round())).any()


@st.composite
def exact_years(draw):
    """A ledger that prints halves and quarters of some years, and the whole of each, of a size in common."""
    size = draw(st.sampled_from([10, 1000, 10**5, 10**7, 10**8]))
    rows, parts = [], []
    for year in range(2015, 2015 + draw(st.integers(1, 4))):
        first, second = (draw(st.integers(size // 2, size)) for _ in range(2))
        quarter = draw(st.integers(1, first - 1))
        parts.append((year, quarter, first, second))
        rows += [
            {"value": first + second, "period_start": f"{year}-01-01", "period_end": f"{year}-12-31"},
            {"value": first, **half(year)},
            {"value": quarter, "period_start": f"{year}-01-01", "period_end": f"{year}-03-31", "span": "quarter"},
        ]
    return rows, parts


@given(exact_years())
@example(
    (
        [
            {"value": 84422, **half(2019, first=True), "period_end": "2019-12-31", "span": "annual"},
            {"value": 30001, **half(2019)},
            {"value": 12345, "period_start": "2019-01-01", "period_end": "2019-03-31", "span": "quarter"},
        ],
        [(2019, 12345, 30001, 54421)],
    )
)
@settings(max_examples=10, deadline=None)
def test_sums_and_differences_of_exact_figures_are_exact(made):
    rows, parts = made
    volumes = corridor.estimate_volumes(ledger(*rows))
    for year, quarter, first, second in parts:
        for start, end, value in (
            (f"{year}-01-01", f"{year}-03-31", quarter),
            (f"{year}-04-01", f"{year}-06-30", first - quarter),
            (f"{year}-01-01", f"{year}-06-30", first),
            (f"{year}-07-01", f"{year}-12-31", second),
            (f"{year}-01-01", f"{year}-12-31", first + second),
        ):
            found = volumes.between(start, end, ports="manzhouli")
            assert (found.lower, found.estimate, found.upper) == (value, value, value)
            bounds = volumes.bounds(start, end, ports="manzhouli")["forced"]
            assert (bounds["lower"], bounds["upper"]) == (value, value)
    total = sum(first + second for _, _, first, second in parts)
    whole = volumes.between(f"{parts[0][0]}-01-01", f"{parts[-1][0]}-12-31", ports="manzhouli")
    assert (whole.lower, whole.estimate, whole.upper) == (total, total, total)
    table = volumes.table("year", ports="manzhouli", measure="trains")
    assert table.loc[table["year"].between(parts[0][0], parts[-1][0]), "estimate"].sum() == total


@given(st.integers(-(10**9), 10**9), st.floats(-4e-7, 4e-7))
def test_a_half_is_found_again(halves, error):
    assert without_error(halves / 2 + error) == halves / 2


@given(st.floats(-1e9, 1e9))
def test_nothing_moves_by_more_than_solvers_err(value):
    assert abs(without_error(value) - value) <= max(1e-6, 1e-12 * abs(value))


def test_no_bound_stays_no_bound():
    assert [without_error(math.inf), without_error(-math.inf)] == [math.inf, -math.inf]


# ---------------------------------------------------------------- years


@pytest.mark.parametrize("freq", ["year", "quarter", "month"])
def test_years_join_with_whole_numbers(real, freq):
    table = real.table(freq, measure="trains", ports="manzhouli")
    assert table["year"].dtype == np.int64
    assert (table["year"] == table["start"].dt.year).all()
    assert (table["year"].astype(str) == table["period"].str[:4]).all()
    mine = pd.DataFrame({"year": [2020, 2021], "mine": [1.0, 2.0]})
    joined = table.merge(mine, on="year")
    assert len(joined) == 2 * {"year": 1, "quarter": 4, "month": 12}[freq]
    rows = json.loads(CliRunner().invoke(main, ["volumes", "--freq", freq, "--port", "manzhouli", "--json"]).stdout)
    assert {type(row["year"]) for row in rows} == {int}
