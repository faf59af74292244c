"""Numbers as text: printed bounds hold what the figure holds, whatever error a solver leaves in its digits."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corridor import words

DIGITS = st.integers(0, 4)
VALUES = st.floats(-1e7, 1e7)
AMOUNTS = st.floats(0, 1e7)
HALVES = st.integers(-(10**6), 10**6).map(lambda number: number / 2)
NOISE = st.floats(-1e-9, 1e-9)
ERROR = 0.0101  # in steps: more no number is moved

NAN, INF = math.nan, math.inf


@given(VALUES, VALUES, VALUES, DIGITS)
@example(0.0, 0.0, 0.0, 0)
@example(-0.0, 1e-300, -1e-300, 2)
def test_printed_bounds_hold_the_bounds_and_the_estimate(a, b, c, digits):
    lower, estimate, upper = sorted((a, b, c))
    step = 10.0**-digits
    printed = words.interval(estimate, lower, upper, digits)
    assert printed.lower <= printed.estimate <= printed.upper
    assert lower - step < printed.lower <= lower + ERROR * step + 1e-9
    assert upper - ERROR * step - 1e-9 <= printed.upper < upper + step
    assert abs(printed.estimate - estimate) <= (0.5 + ERROR) * step + 1e-9


@given(VALUES, DIGITS)
def test_what_is_printed_is_printed_as_it_is(value, digits):
    for rounded in (words.down, words.nearest, words.up):
        once = rounded(value, digits)
        assert words.interval(once, once, once, digits) == (once, once, once)
        assert words.span(once, once, digits) == words.number(once, digits)


@given(VALUES, VALUES, DIGITS)
def test_a_larger_number_is_printed_no_smaller(a, b, digits):
    low, high = sorted((a, b))
    for rounded in (words.down, words.nearest, words.up):
        assert rounded(low, digits) <= rounded(high, digits)


@given(HALVES, NOISE)
@example(544999.5, -1e-9)
@example(80000.0, -1e-9)
@example(545000.0, 1e-9)
@example(0.5, -1e-9)
def test_the_error_of_a_solver_is_not_printed(value, noise):
    for rounded in (words.down, words.nearest, words.up):
        assert rounded(value * (1 + noise)) == rounded(value) == rounded(value + 500 * noise)


@given(VALUES, DIGITS)
def test_text_and_number_have_the_same_digits(value, digits):
    for rounded in (words.down, words.nearest, words.up):
        text = words.number(rounded(value, digits), digits)
        assert float(text.replace(",", "")) == rounded(value, digits)
        assert len(text.partition(".")[2]) == digits
        assert text not in ("-0", "-0.0", "-0.00", "-0.000", "-0.0000")
    assert words.number(value, digits) == words.number(words.nearest(value, digits), digits)


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.sampled_from(["printed", "implied", "estimated"]))
def test_the_text_of_an_amount_is_its_printed_interval(a, b, c, status):
    lower, estimate, upper = sorted((a, b, c))
    printed = words.interval(estimate, lower, upper)
    text = words.amount(estimate, lower, upper, status)
    assert read(text) == printed
    assert text.startswith(words.best(estimate, lower, upper, status))
    assert text.startswith("≈") == (status == "estimated" or (status == "printed" and printed.lower != printed.upper))


def read(text):
    """The numbers of an amount's text."""
    head, _, room = text.removeprefix("≈ ").removesuffix(" †").removesuffix(")").partition(" (")
    head = "0" if head == "none" else head
    low, _, high = room.partition("–")
    return tuple(int(part.replace(",", "")) for part in (head, low or head, high or low or head))


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ((NAN, 0, NAN), "not known"),
        ((None, 0, None), "not known"),
        ((None, None, None), "not known"),
        ((NAN, 0.4, INF), "not known"),
        ((NAN, 80000, INF), "at least 80,000"),
        ((NAN, 79999.9999999, NAN), "at least 80,000"),
        ((NAN, 0, 44.2), "at most 45"),
        ((NAN, 0, 0), "0"),
        ((NAN, 5, 5), "5"),
        ((538608.9, 535000.0000004, 544999.9999996, "printed"), "≈ 538,609 (535,000–545,000)"),
        ((4235, 4235, 4235, "printed", "C001"), "4,235 †"),
        ((4234.9999999, 4234.9999999, 4235.0000001, "printed"), "4,235"),
        ((0.0, 0.0, 0.0, "implied"), "none"),
        ((1e-9, 0.0, 1e-9, "implied"), "none"),
        ((0.3, 0.0, 0.4, "implied"), "0 (0–1)"),
        ((1057.5, 1057.5, 1057.5, "estimated"), "≈ 1,058 (1,057–1,058)"),
        ((np.float64(3.2), np.int64(3), np.float32(4)), "3 (3–4)"),
        ((2e9, 1e9, 3e12), "2,000,000,000 (1,000,000,000–3,000,000,000,000)"),
        ((5, 4, None), "5 (at least 4)"),
        ((7.0, 8.0, 9.0), "8 (8–9)"),  # a solver's estimate beside its bounds
    ],
    ids=str,
)
def test_amounts_as_text(amount, text):
    assert words.amount(*amount) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (-0.0, 0, "0"),
        (-0.04, 1, "0.0"),
        (0.5, 0, "1"),
        (1.5, 0, "2"),
        (2.5, 0, "3"),
        (-2.5, 0, "-3"),
        (0.05, 1, "0.1"),
        (12.25, 1, "12.3"),
        (2.675, 2, "2.68"),
        (1.005, 2, "1.01"),
        (999.95, 1, "1,000.0"),
        (1e22, 1, "10,000,000,000,000,000,000,000.0"),
        (10**18 + 1, 0, "1,000,000,000,000,000,001"),
        (NAN, 1, "not known"),
        (-INF, 1, "not known"),
        (None, 1, "not known"),
    ],
)
def test_numbers_as_text(value, digits, text):
    assert words.number(value, digits) == text


@pytest.mark.parametrize(
    ("low", "high", "text"), [(-4, -2, "-4 to -2"), (-4, 3, "-4 to 3"), (0, 3, "0–3"), (2.999999999, 3, "3")]
)
def test_no_dash_stands_beside_a_sign(low, high, text):
    assert words.span(low, high) == text


def test_a_table_keeps_its_rows_and_what_is_missing():
    table = pd.DataFrame(
        {
            "estimate": pd.array([4.5, None], dtype="Float64"),
            "lower": [1.2, NAN],
            "upper": [7.1, INF],
            "rail_km": [12.25, NAN],
            "published_km": [428.65, NAN],
            "year": [2020, 2021],
        },
        index=["a", "b"],
    )
    printed = words.printed_table(table)
    assert printed.loc["a"].tolist() == [5, 1, 8, 12.3, 428.65, 2020]
    assert printed.loc["b"].isna().tolist() == [True] * 5 + [False]
    assert list(printed.columns) == list(table.columns)
    shown = [words.cell(name, value) for name, value in table.loc["a"].items()]
    assert shown[:-1] == ["5", "1", "8", "12.3", "428.65"]
    assert words.cell("year", 2020) == "2020"


@pytest.mark.parametrize("value", [INF, -INF])
def test_what_has_no_end_stays_so(value):
    assert [rounded(value, 1) for rounded in (words.down, words.nearest, words.up)] == [value] * 3
    assert words.cell("upper", value) == words.cell("note", value) == "not known"
