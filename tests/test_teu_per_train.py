"""Claims on trains and claims on TEU that no train could carry contradict each other."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ledgers import half, ledger, since
from soak import examples

from corridor.assumptions import assumed
from corridor.provenance import explain
from corridor.volumes import estimate_volumes
from corridor.volumes.assumed import LIMITS, RANGE

BEST, LEAST, MOST = assumed(LIMITS)
TEU = {"measure": "teu"}
BOTH = {"ports": "manzhouli;suifenhe"}
OUT, IN = {"direction": "outbound"}, {"direction": "inbound"}


def claimed(found):
    """Claims that gave way by their value, and whether what a train can carry stands against them."""
    table = found.conflicts()
    table = table[(table["part"] == "value") & table["against"].str.contains(LIMITS)]
    return {frozenset({row.claim, *row.against.split(";")} - {LIMITS}) for row in table.itertuples()}


@pytest.mark.parametrize(
    ("claims", "conflicts"),
    [
        ([{"value": 10}, {**TEU, "value": 400000}], [{"X0", "X1"}]),
        ([{"value": 10000}, {**TEU, "value": 100}], [{"X0", "X1"}]),
        ([{"value": 100}, {**TEU, "value": 40000}], [{"X0", "X1"}]),
        ([{"value": 10, "basis": "customs"}, {**TEU, "value": 400000, "basis": "customs"}], [{"X0", "X1"}]),
        # A sum of ports, and each of them.
        ([{"value": 10}, {"value": 10, "ports": "suifenhe"}, {**TEU, **BOTH, "value": 400000}], [{"X0", "X1", "X2"}]),
        ([{**BOTH, "value": 10}, {**TEU, "value": 400000}], [{"X0", "X1"}]),
        # Parts of a year.
        ([{"value": 10}, {**TEU, **half(2019), "value": 400000}], [{"X0", "X1"}]),
        ([{**half(2019), "value": 10000}, {**TEU, "value": 100}], [{"X0", "X1"}]),
        (
            [{"value": 10}, {**TEU, **half(2019), "value": 3000}, {**TEU, **half(2019, first=False), "value": 3000}],
            [{"X0", "X1", "X2"}],
        ),
        ([since("2013-01-01", "2019-12-31", 10), {**TEU, "value": 400000}], [{"X0", "X1"}]),
        # Directions.
        ([{"value": 10}, {**TEU, **OUT, "value": 3000}, {**TEU, **IN, "value": 3000}], [{"X0", "X1", "X2"}]),
        ([{**OUT, "value": 10}, {**TEU, **OUT, "value": 400000}], [{"X0", "X1"}]),
        ([{**OUT, "value": 10000}, {**TEU, "value": 100}], [{"X0", "X1"}]),
        # As wide as they are printed.
        ([{"value": 10, "precision": "rounded", "rounding_unit": 10}, {**TEU, "value": 6000}], [{"X0", "X1"}]),
        ([{"value": 10, "precision": "rounded", "rounding_unit": 10}, {**TEU, "value": 4900}], []),
        ([{"value": 10}, {**TEU, "value": 4000, "precision": "at_least", "rounding_unit": 1}], [{"X0", "X1"}]),
        ([{"value": 10, "precision": "at_least", "rounding_unit": 1}, {**TEU, "value": 400000}], []),
        # What tells nothing of the same trains.
        ([{"value": 10}, {**TEU, "value": 400000, "ports": "suifenhe"}], []),
        ([{"value": 10}, {**TEU, **half(2020), "value": 400000}], []),
        ([{**OUT, "value": 10}, {**TEU, **IN, "value": 400000}], []),
        ([{**half(2019), "value": 10}, {**TEU, "value": 400000}], []),
        ([{"value": 10}, {**TEU, "value": 400000, "doubt": "too many"}], []),
        ([{"value": 10, "scope": "service"}, {**TEU, "value": 400000}], []),
        # What trains carry.
        ([{"value": 1000}, {**TEU, "value": 96000}], []),
        ([{"value": 0}, {**TEU, "value": 0}], []),
    ],
)
def test_trains_and_teu_that_do_not_go_together(claims, conflicts):
    found = estimate_volumes(ledger(*claims), basis=claims[0].get("basis", "rail"))
    assert claimed(found) == set(map(frozenset, conflicts))


def test_trains_of_the_railway_and_teu_of_the_customs():
    found = estimate_volumes(ledger({"value": 10}, {**TEU, "value": 400000, "basis": "customs"}))
    assert RANGE in {name for cell in found.conflicts()["against"] for name in cell.split(";")}


def test_neither_of_two_that_contradict_each_other_goes_unsaid():
    found = estimate_volumes(ledger({"value": 10}, {**TEU, "value": 400000}))
    year = {
        what: found.between("2019-01-01", "2019-12-31", ports="manzhouli", measure=what) for what in ("trains", "teu")
    }
    assert sorted(len(window.contested) for window in year.values()) == [0, 1]
    assert LEAST <= year["teu"].estimate / year["trains"].estimate <= MOST
    (row,) = found.conflicts().query("part == 'value'").itertuples()
    assert row.claim == "X0"
    assert row.reason == (
        "X1 and teu-per-train-limits force at least 1,212 where it says 10; "
        "a train would carry at least 40,000 TEU, where 1 to 330 a train are assumed possible"
    )


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ([{"value": 100}, {**TEU, "value": 40000}], "at least 400 TEU"),
        ([{"value": 10000}, {**TEU, "value": 100}], "at most 0.01 TEU"),
        ([{"value": 10}, {**TEU, "value": 0}], "at most 0 TEU"),
        ([{"value": 0}, {**TEU, "value": 500}], "no train would be there to carry the TEU"),
        ([{"value": 10}, {"value": 10, "ports": "suifenhe"}, {**TEU, **BOTH, "value": 400000}], "at least 20,000 TEU"),
        ([{"value": 10}, {**TEU, **half(2019), "value": 400000}], "at least 40,000 TEU"),
        ([{"value": 10}, {**TEU, **OUT, "value": 3000}, {**TEU, **IN, "value": 3000}], "at least 600 TEU"),
        ([{"value": 10, "precision": "rounded", "rounding_unit": 10}, {**TEU, "value": 6000}], "at least 400 TEU"),
    ],
)
def test_a_conflict_says_what_a_train_would_carry(claims, said):
    (row,) = estimate_volumes(ledger(*claims)).conflicts().query("part == 'value'").itertuples()
    assert f"{said}, where 1 to 330 a train are assumed possible" in row.reason


def test_conflicts_with_what_is_assumed_say_its_range():
    found = estimate_volumes(ledger({"value": 100}, {**TEU, "value": 20000}))
    assert all("(35 to 165, TEU per train)" in reason for reason in found.conflicts()["reason"])


def test_an_explanation_names_what_gave_way_on_some_days_of_the_year():
    august = {"period_start": "2019-08-01", "period_end": "2019-08-31", "span": "monthly"}
    claims = ledger({"value": 4235}, {**august, "value": 300}, {**august, "value": 305, "precision": "about"})
    facts = explain("trains", port="manzhouli", year=2019, claims=claims)
    assert [one["claim"] for one in facts["conflicts"]] == ["X2"]
    assert "X2" not in [one["id"] for one in facts["claims"]]
    assert not explain("trains", port="manzhouli", year=2018, claims=claims)["conflicts"]


@settings(deadline=None, max_examples=examples(10, 200))
@given(st.integers(1, 5000), st.integers(0, 10**6))
@example(100, int(100 * MOST))
@example(100, int(100 * MOST) + 1)
@example(100, int(100 * LEAST))
@example(100, int(100 * LEAST) - 1)
def test_a_conflict_is_what_lies_outside_the_limits(trains, teu):
    found = estimate_volumes(ledger({"value": trains}, {**TEU, "value": teu}))
    assert bool(claimed(found)) == (not LEAST * trains <= teu <= MOST * trains)


@pytest.mark.parametrize("teu", [500, 2500, 20000, 30000])
def test_what_is_possible_but_not_plausible_is_said_too(teu):
    found = estimate_volumes(ledger({"value": 100}, {**TEU, "value": teu}))
    table = found.conflicts()
    assert set(table["claim"]) == {RANGE}
    assert {"X0", "X1"} <= {name for cell in table["against"] for name in cell.split(";")}


@pytest.mark.parametrize("teu", [3500, 9000, 16500])
def test_what_is_plausible_is_no_conflict(teu):
    assert not len(estimate_volumes(ledger({"value": 100}, {**TEU, "value": teu})).conflicts())


def test_the_limits_hold_for_all_that_the_project_knows():
    for basis in ("rail", "customs"):
        assert not estimate_volumes(basis=basis).conflicts()["against"].str.contains(LIMITS).any()
