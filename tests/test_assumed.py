"""What is assumed where claims are silent, and the series that is drawn within."""

from datetime import date

import numpy as np
import pytest
from ledgers import half, ledger, since

from corridor.errors import DataError
from corridor.volumes import estimate_volumes
from corridor.volumes.assumed import Ratio, pace_bands, range_of
from corridor.volumes.bands import figures_of, grid_of
from corridor.volumes.model import Model, digest_of

YEAR = {"period_start": "2020-01-01", "period_end": "2020-12-31"}
CUSTOMS = {"basis": "customs", "period_start": "2016-01-01", "period_end": "2016-12-31"}


def year(found, number, **asked):
    return found.between(f"{number}-01-01", f"{number}-12-31", **{"ports": "manzhouli", **asked})


# ---------------------------------------------------------------- ranges of ratios

DAYS = date(2019, 1, 1), date(2020, 1, 1)
LATER = date(2021, 6, 1), date(2021, 7, 1)
_OWN = [Ratio("rail", frozenset({"manzhouli"}), *DAYS, 90 + i, 91 + i) for i in range(3)]
_OTHER_BODY = [Ratio("customs", frozenset({"manzhouli"}), *DAYS, 70 + i, 71 + i) for i in range(3)]
_OTHER_PORT = [Ratio("rail", frozenset({"suifenhe"}), *DAYS, 50 + i, 51 + i) for i in range(3)]
_LATER = [Ratio("rail", frozenset({"manzhouli"}), *LATER, 120 + i, 121 + i) for i in range(4)]


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        (_OWN + _OTHER_BODY + _OTHER_PORT + _LATER, (90, 93)),
        (_OWN[:2] + _OTHER_BODY + _OTHER_PORT + _LATER, (70, 92)),
        (_OWN[:1] + _OTHER_BODY[:1] + _OTHER_PORT + _LATER, (50, 91)),
        (_OWN[:1] + _LATER, (90, 122)),
        (_LATER, (120, 123)),
    ],
    ids=["its own", "any body's", "any port's", "and the nearest", "the nearest alone"],
)
def test_ratios_near_a_month(ratios, expected):
    assert range_of(ratios, "rail", "manzhouli", date(2019, 5, 1), date(2019, 6, 1)) == expected


# ---------------------------------------------------------------- other bodies


def test_another_bodys_rounded_figure_leaves_its_rounding_too():
    rounded = {**CUSTOMS, "value": 1000, "precision": "rounded", "rounding_unit": 100}
    window = year(estimate_volumes(ledger(rounded, since("2013-01-01", "2019-12-31", 5000))), 2016)
    assert (window.lower, window.upper) == pytest.approx((950 * 0.6, 1050 * 1.25))
    assert {"X0"} <= set(window.claims)


def test_another_body_gives_way_before_the_railway():
    found = estimate_volumes(ledger({**CUSTOMS, "value": 1000}, since("2013-01-01", "2019-12-31", 555)))
    assert year(found, 2016).upper <= 555
    assert found.conflicts()[["claim", "part", "against"]].to_numpy().tolist() == [["X0", "body", "X1"]]


def test_the_trains_of_a_service_are_a_floor_as_they_stand():
    service = {**CUSTOMS, "value": 100, "precision": "at_least", "scope": "service"}
    window = year(estimate_volumes(ledger(service, since("2013-01-01", "2019-12-31", 5000))), 2016)
    assert window.lower == pytest.approx(100)
    assert "rail-per-service" in window.assumptions


def test_a_growth_rate_of_a_service_is_not_that_of_the_port():
    service = {**YEAR, "value": 100, "scope": "service", "yoy_percent": 50.0}
    found = estimate_volumes(ledger(service, {"value": 1000}))
    # Else the claim would force 2020 to be half as much again as 2019.
    assert found.bounds("2020-01-01", "2020-12-31", ports="manzhouli")["forced"]["upper"] is None
    assert not len(found.conflicts())


def test_figures_of_other_bodies_keep_their_proportions():
    claims = [
        {**CUSTOMS, "value": 1000, "period_start": "2015-01-01", "period_end": "2015-12-31"},
        {**CUSTOMS, "value": 2000},
        since("2015-01-01", "2017-12-31", 4800),
    ]
    found = estimate_volumes(ledger(*claims))
    assert year(found, 2016).estimate / year(found, 2015).estimate == pytest.approx(2, rel=0.1)


# ---------------------------------------------------------------- busy days


def test_no_days_are_far_busier_than_what_is_printed_near_them():
    figures = figures_of(ledger({"value": 3650}, {**YEAR, "value": 36600}))
    grid = grid_of(figures)
    both = grid.pick("trains", ["manzhouli"], "both")
    ends = {frozenset(band.terms.items()): (band.low, band.high) for band in pace_bands(grid, figures)}

    def month(*days):
        return ends[frozenset(grid.window(both, *days).items())]

    # Half a year from the busier year 10 a day are the only rate; nearer to it, 100.
    assert month(date(2019, 5, 1), date(2019, 6, 1)) == pytest.approx((310 * 0.5 - 3, 310 * 1.35 + 3))
    assert month(date(2019, 8, 1), date(2019, 9, 1)) == pytest.approx((310 * 0.5 - 3, 3100 * 1.35 + 3))
    assert month(date(2020, 8, 1), date(2020, 9, 1)) == pytest.approx((3100 * 0.5 - 3, 3100 * 1.35 + 3))
    # Long before any figure the busiest of all; no calm.
    assert month(date(2015, 3, 1), date(2015, 4, 1)) == pytest.approx((0, 3100 * 1.35 + 3))


def test_of_few_trains_chance_scatters_more():
    figures = figures_of(ledger({"value": 365}))
    grid = grid_of(figures)
    band = pace_bands(grid, figures)[-1]
    assert (band.low, band.high) == pytest.approx((max(0, 31 - 4 * 31**0.5 - 3), 31 + 4 * 31**0.5 + 3))


def test_a_figure_of_one_direction_tells_how_busy_both_can_be():
    found = estimate_volumes(ledger({"value": 1200, "direction": "outbound"}, since("2013-01-01", "2019-12-31", 9000)))
    month = found.between("2019-05-01", "2019-05-31", ports="manzhouli")
    assert month.bound == "assumed"
    assert month.upper < 2 * 1200 * 31 / 365 * 1.35 + 60


# ---------------------------------------------------------------- first trains


def test_the_first_train_counts():
    found = estimate_volumes(ledger({"value": 100}))
    begin = found.bounds("2013-09-30", "2013-10-31", ports="manzhouli", direction="outbound")
    assert begin["forced"]["lower"] == pytest.approx(1)
    # So sure is its day that a claim of none gives way.
    none = ledger({"value": 100}, {"value": 0, "period_start": "2013-09-30", "period_end": "2013-12-31"})
    assert estimate_volumes(none).conflicts()["claim"].tolist() == ["X1"]


def test_trains_to_tongjiang_came_later_than_from_it():
    found = estimate_volumes(
        ledger({"ports": "tongjiang", "value": 100, "period_start": "2023-07-28", "period_end": "2024-07-28"})
    )
    inbound = found.between("2023-08-01", "2023-10-25", ports="tongjiang", direction="inbound")
    assert (inbound.status, inbound.estimate) == ("implied", 0)
    assert found.between("2023-08-01", "2023-10-25", ports="tongjiang", direction="outbound").estimate > 0


# ---------------------------------------------------------------- the series within


def months(found, direction="both", measure="trains"):
    table = found.table("month", ports="manzhouli", measure=measure, direction=direction)
    return table.set_index("period")["estimate"]


def test_rising_years_rise_month_by_month():
    rows = [
        {"value": 1200 * (i + 1), "period_start": f"{2017 + i}-01-01", "period_end": f"{2017 + i}-12-31"}
        for i in range(4)
    ]
    series = months(estimate_volumes(ledger(*rows))).loc["2017-06":"2020-06"]
    assert series.iloc[-1] / series.iloc[0] > 3
    assert np.abs(np.diff(series)).max() < 60
    assert (series.rolling(12).mean().dropna().diff().dropna() > 0).all()


def test_directions_drift_apart_slowly():
    claims = [{"value": 700, "direction": "outbound"}, {"value": 300, "direction": "inbound"}, {**YEAR, "value": 1000}]
    found = estimate_volumes(ledger(*claims))
    assert year(found, 2020, direction="outbound").estimate == pytest.approx(700, rel=0.05)


def test_loads_are_those_of_the_months_around():
    claims = [
        {"value": 1000, **half(2019)},
        {"value": 90000, "measure": "teu", **half(2019)},
        {"value": 1000, **half(2020)},
        {"value": 100000, "measure": "teu", **half(2020)},
        {"value": 1000, **half(2019, first=False)},
    ]
    found = estimate_volumes(ledger(*claims))
    teu = found.between("2019-07-01", "2019-12-31", ports="manzhouli", measure="teu")
    assert teu.estimate == pytest.approx(95000, rel=0.02)


def test_a_rounded_figure_is_met_near_its_middle():
    rounded = {**YEAR, "value": 2000, "precision": "rounded", "rounding_unit": 100}
    found = estimate_volumes(ledger({"value": 1000}, rounded))
    assert year(found, 2020).estimate == pytest.approx(2000, abs=10)
    growing = {**YEAR, "value": 1500, "yoy_percent": 50.0}
    assert year(estimate_volumes(ledger(growing)), 2019).estimate == pytest.approx(1000, abs=1)


def test_months_of_which_nothing_is_said_lean_to_the_usual_share():
    claims = [
        {"value": 800, "direction": "outbound"},
        {"value": 200, "direction": "inbound"},
        {"value": 1000, "period_start": "2015-01-01", "period_end": "2015-12-31"},
    ]
    found = estimate_volumes(ledger(*claims))
    assert year(found, 2015, direction="outbound").estimate == pytest.approx(800, rel=0.05)


# ---------------------------------------------------------------- what an answer depends on


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (
            "routes/assumptions.csv",
            ',ratio,assumed,,,,"Claims that print both',
            ',ratio,assumed,,,,"Claims  that print both',
        ),
        ("routes/assumptions.csv", ",1,0.9,1.1,ratio", ",1,0.8,1.1,ratio"),
        ("ports/ports.csv", "2013-09-30", "2013-09-29"),
    ],
    ids=["a word", "a range", "an opening"],
)
def test_kept_answers_are_those_to_the_same_question(data_copy, file, old, new):
    figures = figures_of(ledger({"value": 100}))
    before = digest_of("rail", figures)
    path = data_copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert (digest_of("rail", figures) == before) == (new.count("  ") == 1)


@pytest.mark.parametrize("name", ["teu-per-train-limits", "busiest-days"])
def test_an_assumption_that_the_table_lacks_is_one_line(data_copy, name):
    path = data_copy / "routes" / "assumptions.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    left = [line for line in lines if not line.startswith(f"{name},")]
    assert len(left) == len(lines) - 1
    path.write_text("".join(left), encoding="utf-8")
    with pytest.raises(DataError, match=f"assumptions.csv: lacks the row '{name}'"):
        estimate_volumes(ledger({"value": 100})).table()


def test_doubts_of_other_bodies_stand_in_their_own_conflicts():
    claims = ledger(
        {"value": 100}, {"value": 50, "basis": "customs", "doubt": "too few"}, {"value": 70, "doubt": "odd"}
    )
    assert estimate_volumes(claims).conflicts()["claim"].tolist() == ["X2"]
    window = year(estimate_volumes(claims), 2019)
    assert (window.printed, window.contested) == (("X0",), ("X2",))


def test_of_a_port_without_claims_nothing_is_known():
    found = estimate_volumes(ledger({"value": 100}, {"value": 100, **YEAR}))
    assert year(found, 2019, ports=["manzhouli", "suifenhe"]).status == "unknown"
    assert year(found, 2019, ports=["manzhouli", "tongjiang"]).status == "printed"  # not open yet
    assert found.table("year", ports="manzhouli", measure="trains")["period"].iloc[-1] == "2020"


def test_beyond_the_last_day_there_is_no_upper_bound():
    found = estimate_volumes(ledger({"value": 100}))
    assert found.bounds("2019-12-01", "2020-01-05", ports="manzhouli")["forced"]["upper"] is None
    assert found.bounds("2019-12-01", "2019-12-31", ports="manzhouli")["forced"]["upper"] == pytest.approx(100)


def test_a_stalled_solver_still_gives_a_series():
    """Ledgers at which the solver was seen to stall, or to see a contradiction where there is none."""
    rows = [
        {"ports": "manzhouli", "value": 500159, "measure": "teu", "precision": "rounded", "rounding_unit": 10,
         "yoy_percent": 1000.0, **half(2019)},
        {"value": 554739, "yoy_percent": -99.0, **YEAR},
        {"value": 796038, "direction": "outbound"},
    ]  # fmt: skip
    model = Model("rail", figures_of(ledger(*rows)), "")
    for band in model.settled.bands:
        value = sum(factor * model.totals[column] for column, factor in band.terms.items())
        slack = 1e-4 * max(1.0, abs(value))
        assert band.low - slack <= value <= band.high + slack
