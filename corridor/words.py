"""Numbers as text: one printed form of each figure, the same on every page, in every table, figure and line.

How many decimals a figure has depends on what it counts, never on its size, its bounds or the place where it stands.
Bounds are rounded outwards, so that what is printed holds whatever the figure itself holds; the estimate is rounded
to the nearest number, and lies within its printed bounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

COUNT, KM, PERCENT, DAYS, RATIO = 0, 1, 1, 1, 3
"""Decimals of trains and TEU; of lengths [km], shares and differences [%], travel times [days]; of pure ratios."""

UNKNOWN = "not known"

_ERROR, _SHARE, _MOST = 1e-6, 1e-8, 0.01
"""A number this near to the middle or the end of a printed step stands for it: solvers and sums of floats err by less.
In steps; as a share of the number of steps; and never more than this."""


class Interval(NamedTuple):
    """An estimate with its bounds, as printed; None: not known, no bound."""

    estimate: float | None
    lower: float | None
    upper: float | None


def nearest(value: float, digits: int = COUNT) -> float:
    """A number rounded to so many decimals; halves away from zero.

    Examples
    --------
    >>> nearest(4857.716), nearest(0.5), nearest(-2.5), nearest(2.675, 2), nearest(9558.64, KM)
    (4858, 1, -3, 2.68, 9558.6)
    """
    return _rounded(value, digits, _half_up)


def down(value: float, digits: int = COUNT) -> float:
    """A lower bound: the largest number of so many decimals that is not above it, but for errors of a solver.

    Examples
    --------
    >>> down(88650.7), down(79999.9999999), down(-0.2), down(9400.04, KM)
    (88650, 80000, -1, 9400.0)
    """
    return _rounded(value, digits, math.floor)


def up(value: float, digits: int = COUNT) -> float:
    """An upper bound: the smallest number of so many decimals that is not below it, but for errors of a solver.

    Examples
    --------
    >>> up(157461.6), up(545000.0000001), up(-0.2), up(9400.04, KM)
    (157462, 545000, 0, 9400.1)
    """
    return _rounded(value, digits, math.ceil)


def interval(estimate: float | None, lower: float | None, upper: float | None, digits: int = COUNT) -> Interval:
    """An estimate and its bounds as printed numbers: bounds outwards, the estimate to the nearest within them.

    Parameters
    ----------
    estimate, lower, upper : float
        None, NaN and infinity stand for what is not known and for no bound.
    digits : int
        Decimals.

    Examples
    --------
    >>> interval(538608.909, 535000.0000004, 544999.9999996)
    Interval(estimate=538609, lower=535000, upper=545000)
    >>> interval(None, 80000, float("inf"))
    Interval(estimate=None, lower=80000, upper=None)
    """
    low = None if lower is None or _missing(lower) else down(lower, digits)
    high = None if upper is None or _missing(upper) else up(upper, digits)
    middle = None if estimate is None or _missing(estimate) else nearest(estimate, digits)
    if middle is not None and high is not None:
        middle = min(middle, high)
    if middle is not None and low is not None:
        middle = max(middle, low)
    return Interval(middle, low, high)


def number(value: float | None, digits: int = COUNT, *, signed: bool = False) -> str:
    """A number as text, thousands separated by commas; with ``signed`` also what is positive has a sign.

    Examples
    --------
    >>> number(5001), number(9558.64, KM), number(-0.2), number(-1234.5), number(0.04, PERCENT, signed=True)
    ('5,001', '9,558.6', '0', '-1,235', '+0.0')
    >>> number(float("nan"))
    'not known'
    """
    if value is None or _missing(value):
        return UNKNOWN
    steps = _half_up(_steps(value, digits))
    whole, rest = divmod(abs(steps), 10**digits)
    sign = "-" if steps < 0 else "+" * signed
    return f"{sign}{whole:,}" + (f".{rest:0{digits}d}" if digits else "")


def km(length: float) -> str:
    """A length as text.

    Examples
    --------
    >>> km(9558.64)
    '9,558.6 km'
    """
    return f"{number(length, KM)} km"


def percent(share: float, *, signed: bool = False) -> str:
    """A share or a difference [%] as text.

    Examples
    --------
    >>> percent(1.25), percent(1.25, signed=True)
    ('1.3 %', '+1.3 %')
    """
    return f"{number(share, PERCENT, signed=signed)} %"


def given(value: float | None, *, signed: bool = False) -> str:
    """A number that somebody gave, with the decimals that it was given with, and thousands separated.

    Examples
    --------
    >>> given(9800.0), given(428.6), given(4500), given(1e-7), given(1e16), given(77.9, signed=True)
    ('9,800', '428.6', '4,500', '0.0000001', '10,000,000,000,000,000', '+77.9')
    """
    if value is None or _missing(value):
        return UNKNOWN
    text = format(Decimal(repr(value.item() if hasattr(value, "item") else value)), ",f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else "+" * (signed and value > 0) + text


def span(lower: float, upper: float, digits: int = COUNT, *, between: str = "–") -> str:
    """Two bounds as text, rounded outwards; once if they are printed the same.

    Examples
    --------
    >>> span(4831.9, 4879.02), span(20, 20), span(10.04, 12.3, DAYS, between=" to "), span(-3.5, 2.5)
    ('4,831–4,880', '20', '10.0 to 12.3', '-4 to 3')
    """
    ends = number(down(lower, digits), digits), number(up(upper, digits), digits)
    if any(end.startswith("-") for end in ends):
        between = " to "  # a dash beside a sign would be read as one
    return between.join(dict.fromkeys(ends))


def counted(amount: str, measure: str) -> str:
    """A printed amount with what it counts: ``trains``, ``teu``, or the TEU of a ratio of both.

    Examples
    --------
    >>> counted("1", "trains"), counted("4,831 to 4,880", "trains"), counted("1", "teu")
    ('1 train', '4,831 to 4,880 trains', '1 TEU')
    """
    unit = ("train" if amount == "1" else "trains") if measure == "trains" else "TEU"
    return f"{amount} {unit}"


def best(estimate: float, lower: float, upper: float, status: str) -> str:
    """The estimate of a figure as text, marked by ≈ if it is no report: it is estimated, or printed rounded.

    Examples
    --------
    >>> best(4855.2, 4831.9, 4879.0, "estimated"), best(5001, 5001, 5001, "printed"), best(0, 0, 0, "implied")
    ('≈ 4,855', '5,001', 'none')
    """
    printed = interval(estimate, lower, upper)
    if printed.estimate is None:
        return UNKNOWN
    if status == "implied" and printed == (0, 0, 0):
        return "none"  # nothing can have run
    rough = status == "estimated" or (status == "printed" and printed.lower != printed.upper)
    return "≈ " * rough + number(printed.estimate)


def amount(estimate: float, lower: float, upper: float, status: str = "", contested: str = "") -> str:
    """A figure of trains or TEU as text: its estimate, with its bounds if they differ; else what is known of it.

    Parameters
    ----------
    estimate, lower, upper : float
        Trains or TEU; None, NaN or infinite where nothing is known.
    status : str
        As of :class:`corridor.volumes.Window`: an estimate is marked by ≈, so that it never passes for a report.
    contested : str
        Ids of claims that print another figure for the same days; a dagger says that there are some.

    Examples
    --------
    >>> amount(5001, 5001, 5001), amount(540000, 535000, 545000), amount(3548, 3548, 3548, "printed", "C081")
    ('5,001', '540,000 (535,000–545,000)', '3,548 †')
    >>> nan = float("nan")
    >>> amount(nan, 684, 3103), amount(nan, 80000, nan), amount(nan, 0, 45), amount(nan, 0, nan)
    ('684–3,103', 'at least 80,000', 'at most 45', 'not known')
    >>> amount(4855.2, 4831.9, 4879.0, "estimated"), amount(20.2, 20.1, 20.3, "estimated")
    ('≈ 4,855 (4,831–4,879)', '≈ 20 (20–21)')
    >>> amount(115970, 88650, 157461.7, "estimated"), amount(538608.9, 535000, 545000, "printed")
    ('≈ 115,970 (88,650–157,462)', '≈ 538,609 (535,000–545,000)')
    >>> amount(0, 0, 0, "implied")
    'none'
    """
    mark = " †" if contested else ""
    printed = interval(estimate, lower, upper)
    if printed.estimate is None:
        return _range(printed) + mark
    if printed.lower == printed.upper:
        return best(estimate, lower, upper, status) + mark
    whole = printed.lower is not None and printed.upper is not None
    return f"{best(estimate, lower, upper, status)} ({span(lower, upper) if whole else _range(printed)}){mark}"


def _range(printed: Interval) -> str:
    """Printed bounds in words, of which either may be missing; that nothing can be below 0 is no knowledge."""
    low = None if printed.lower == 0 and printed.upper != 0 else printed.lower
    if printed.upper is None:
        return UNKNOWN if low is None else f"at least {number(low)}"
    return f"at most {number(printed.upper)}" if low is None else span(low, printed.upper)


# ---------------------------------------------------------------- tables


_COLUMNS: dict[str, tuple[Callable[[float, int], float], int]] = {
    **dict.fromkeys(("estimate", "by"), (nearest, COUNT)),
    **dict.fromkeys(("lower", "low"), (down, COUNT)),
    **dict.fromkeys(("upper", "high"), (up, COUNT)),
    **dict.fromkeys(("rail_km", "source_km", "drawn_km", "geodesic_km", "difference_km"), (nearest, KM)),
    **dict.fromkeys(("mended_km", "longest_straight_km", "snap_km"), (nearest, KM)),
    **dict.fromkeys(("difference_percent", "error_percent"), (nearest, PERCENT)),
    "detour": (nearest, RATIO),
}
"""How calculated columns are rounded, and to how many decimals; all others are as they were given."""


def printed_table(table: pd.DataFrame) -> pd.DataFrame:
    """A table with its calculated columns as numbers of the digits that pages and lines print of them."""
    known = [name for name in table.columns if name in _COLUMNS]
    return table.assign(**{name: _printed_column(table[name], *_COLUMNS[name]) for name in known})


def _printed_column(column: pd.Series, rounded: Callable[[float, int], float], digits: int) -> pd.Series:
    values = column.to_numpy("float64", na_value=math.nan)
    printed = [rounded(value, digits) if math.isfinite(value) else math.nan for value in values.tolist()]
    whole = type(column)(printed, index=column.index, dtype="float64")
    return whole if digits else whole.astype("Int64")


def cell(column: str, value: Any) -> str:
    """A number in a table's cell as text, rounded as :func:`printed_table` rounds its column.

    Examples
    --------
    >>> cell("lower", 88650.7), cell("rail_km", 9558.64), cell("published_km", 428.6), cell("year", 2021)
    ('88,650', '9,558.6', '428.6', '2021')
    """
    if column in _COLUMNS:
        rounded, digits = _COLUMNS[column]
        return number(rounded(value, digits), digits)
    return given(value) if isinstance(value, float) else str(value)


# ---------------------------------------------------------------- steps


def _steps(value: float, digits: int) -> float:
    """A number in steps of its last decimal, without the error of solvers and of sums of floats."""
    if abs(value) >= 1e15:  # floats so large have no decimals, and integers have no errors
        return int(value) * int(10**digits)
    steps = float(value) * 10.0**digits
    half = round(2 * steps) / 2
    return half if abs(steps - half) <= min(max(_ERROR, _SHARE * abs(steps)), _MOST) else steps


def _half_up(steps: float) -> int:
    whole = math.floor(abs(steps))
    return (1 if steps >= 0 else -1) * (whole + (abs(steps) - whole >= 0.5))


def _rounded(value: float, digits: int, to_step: Callable[[float], int]) -> float:
    if _missing(value):
        return value
    steps = to_step(_steps(value, digits))
    return steps / 10.0**digits if digits else steps


def _missing(value: float) -> bool:
    return not -math.inf < value < math.inf
