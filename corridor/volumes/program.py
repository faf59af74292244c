"""Linear programmes over the unknowns, solved by HiGHS, which keeps the model while only the question changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from corridor.errors import SolverError
from corridor.streams import silenced
from corridor.volumes.grid import Grid, Terms
from corridor.volumes.solving import alone

if TYPE_CHECKING:
    from numpy.typing import NDArray

INFINITE = float("inf")

Row = tuple[Terms, float, float]
"""A sum of unknowns, and the least and the largest value that it may have."""

_BINDS = 1e-7

_CLOSE = 1e-9
"""So far may rows be missed, and prices be off."""

_WORST_ERROR = 1e-6
"""So far may rows be missed where a solver comes no closer."""

_LARGE, _DIGITS = 1e7, 1e-15
"""Rows with ends beyond this [trains or TEU] may be missed by this share of the largest, as numbers have no more
digits. HiGHS 1.16.0, asked to come closer, called a programme unbounded that cannot be."""

DECIMALS = 6
"""Of trains and TEU where they leave a solver. What a model tells is coarser, what solvers err by is less."""

_ERROR, _SHARE = 1e-6, 1e-12
"""Solvers err by less than this [trains or TEU], and by less than this share of large values."""


def without_error(value: float) -> float:
    """A solver's answer without its error: the half that it lies next to, if it is no farther away than solvers err.

    Claims are whole numbers, rounded by whole units, so their ends, and sums and differences of them, are multiples of
    a half. An answer that lies this near to one by chance loses nothing, for these digits say nothing. Products with
    ratios and growth rates are no such multiples: they are rounded to millionths, in two steps, so that one with seven
    decimals, the last of them 5, is rounded the same way whichever side of it the solver came out on.

    Examples
    --------
    >>> without_error(4234.999999999997), without_error(1057.5000000000002), without_error(1057.4000000001)
    (4235.0, 1057.5, 1057.4)
    >>> without_error(0.12345649999999999), without_error(0.1234565000000001)
    (0.123456, 0.123456)
    """
    if abs(value) == INFINITE:
        return value
    half = round(2 * value) / 2
    return (
        half if abs(value - half) <= max(_ERROR, _SHARE * abs(value)) else round(round(value, DECIMALS + 3), DECIMALS)
    )


class Extreme(NamedTuple):
    """The least or largest value of a sum (infinite if nothing bounds it), where, and the rows that hold it there.

    The value is the sum of the ends of these rows, each times its dual value: so it has none of the error with which a
    solver meets rows, and nothing of the room that rows are given. It is rounded (:func:`without_error`).
    """

    value: float
    point: NDArray[np.float64]
    rows: tuple[int, ...]


@cache
def _maker() -> Callable[[], Any]:
    """What makes a solver. HiGHS 1.16 greets whoever makes the first, before it can be asked not to: so here."""
    import highspy

    make: Callable[[], Any] = highspy.Highs
    with silenced():
        make()
    return make


class Program:
    """Rows ``low <= sum <= high`` over non-negative unknowns. Each question is asked in the thread of the solvers.

    Parameters
    ----------
    columns : int
    rows : sequence of (terms, low, high)
    cost : terms, optional
        What is made smallest, until another question is asked.
    room : sequence of float, optional
        By how much the ends of each row are moved outwards while solving. Where several sets of rows hold the same
        value, that with the least room is found, by every version of the solver (``bands.with_ties``).
    error : float
        How far rows may be missed.

    Raises
    ------
    SolverError
        By a question, if HiGHS gives up: it reached a limit, or failed.
    """

    @alone
    def __init__(
        self,
        columns: int,
        rows: Sequence[Row],
        cost: Terms | None = None,
        *,
        room: Sequence[float] | None = None,
        error: float = _CLOSE,
    ) -> None:
        import highspy

        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = columns, len(rows)
        model.col_cost_ = np.zeros(columns)
        model.col_lower_, model.col_upper_ = np.zeros(columns), np.full(columns, INFINITE)
        self._room = np.zeros(len(rows)) if room is None else np.array(room, dtype=np.float64)
        self._low = np.array([low for _, low, _ in rows], dtype=np.float64)
        self._high = np.array([high for _, _, high in rows], dtype=np.float64)
        model.row_lower_, model.row_upper_ = self._low - self._room, self._high + self._room
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.cumsum([0, *(len(terms) for terms, _, _ in rows)]).astype(np.int32)
        model.a_matrix_.index_ = np.array([i for terms, _, _ in rows for i in terms], dtype=np.int32)
        model.a_matrix_.value_ = np.array([v for terms, _, _ in rows for v in terms.values()], dtype=np.float64)
        self._solver = _maker()()
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        ends = np.concatenate([model.row_lower_, model.row_upper_])
        largest = np.abs(ends[np.isfinite(ends)]).max(initial=0.0)
        error = max(error, _DIGITS * largest if largest > _LARGE else 0.0)
        self._solver.setOptionValue("primal_feasibility_tolerance", error)
        self._solver.setOptionValue("dual_feasibility_tolerance", error)
        # 0: HiGHS chooses, the dual simplex method without a basis and the primal one from a basis. Measured on the
        # project's ledger with highspy 1.16.0, to settle it and to answer a table of years: 13,334 iterations, against
        # 69,121 with the dual method alone (1, the default), which gains nothing from a basis when the objective
        # changes. The primal method alone (4) ends in a solve error where conflicts are settled.
        self._solver.setOptionValue("simplex_strategy", 0)
        self._solver.passModel(model)
        self._columns, self._error = columns, error
        self._asked: list[int] = []
        self._ends: set[Any] = set()
        self._first: Any = None
        status = highspy.HighsModelStatus
        self._optimal, self._unbounded, self._contradiction = status.kOptimal, status.kUnbounded, status.kInfeasible
        self._ask(cost or {})

    def _ask(self, cost: Terms) -> None:
        asked = {**dict.fromkeys(self._asked, 0.0), **cost}
        self._solver.changeColsCost(
            len(asked), np.fromiter(asked, np.int32, len(asked)), np.fromiter(asked.values(), np.float64, len(asked))
        )
        self._asked = list(cost)
        # Unknowns are not negative, so a sum without negative factors has a least value.
        self._ends = {self._optimal, self._unbounded} if any(v < 0 for v in cost.values()) else {self._optimal}

    @alone
    def least(self, terms: Terms) -> Extreme | None:
        """The least value of a sum; None if the rows contradict each other."""
        if self._first is None:
            # Every question starts at the same point, so that no answer, nor what holds it, depends on those before.
            self._ask({})
            self.solve()
            self._first = self._solver.getBasis()
        self._ask(terms)
        self._solver.clearSolver()
        self._solver.setBasis(self._first)
        return self.solve()

    def largest(self, terms: Terms) -> Extreme | None:
        """The largest value of a sum; None if the rows contradict each other."""
        found = self.least({column: -factor for column, factor in terms.items()})
        return found and found._replace(value=-found.value)

    @alone
    def solve(self) -> Extreme | None:
        """The least cost; None if the rows contradict each other."""
        ended = self._solver.run()
        error = self._error
        while (status := self._solver.getModelStatus()) not in self._ends and error <= max(_WORST_ERROR, self._error):
            # First without the basis at which the question began, which may have led astray; then less closely: large
            # numbers have no digits for an error of 1e-10.
            self._solver.setOptionValue("primal_feasibility_tolerance", error)
            self._solver.clearSolver()
            ended = self._solver.run()
            error *= 10
        self._solver.setOptionValue("primal_feasibility_tolerance", self._error)
        if status == self._unbounded and status in self._ends:
            return Extreme(-INFINITE, np.full(self._columns, np.nan), ())
        if status == self._contradiction:
            return None
        if status != self._optimal:
            raise _failure(f"{ended.name}, model status {self._solver.modelStatusToString(status)!r}")
        found = self._solver.getSolution()
        duals = np.asarray(found.row_dual)
        ends = np.where(duals > 0, self._low, self._high)
        binding = tuple(np.flatnonzero((np.abs(duals) > _BINDS) & np.isfinite(ends)).tolist())
        value = math.fsum(duals[row] * ends[row] for row in binding)
        return Extreme(without_error(value), np.array(found.col_value), binding)

    @alone
    def without_room(self) -> Extreme | None:
        """The least cost if no row has room, from where it is with room."""
        for row in np.flatnonzero(self._room).tolist():
            self._solver.changeRowBounds(row, float(self._low[row]), float(self._high[row]))
        self._room, self._first = np.zeros(len(self._room)), None
        return self.solve()

    @alone
    def set_row(self, row: int, low: float, high: float) -> None:
        """Change the ends of a row."""
        self._low[row], self._high[row] = low, high
        self._solver.changeRowBounds(row, low - self._room[row], high + self._room[row])
        self._first = None


def held_together(found: Extreme | None) -> Extreme:
    """An answer where rows are known to hold together.

    Raises
    ------
    SolverError
        If the solver took them for a contradiction: numbers that are too far apart leave it no digits for errors.
    """
    if found is None:
        raise _failure("it takes what holds together for a contradiction")
    return found


def _failure(status: str) -> SolverError:
    return SolverError(
        f"the solver HiGHS {version('highspy')} gives no answer ({status}); see whether a claim of the ledger is far "
        "larger than the others, try another version of highspy, or report it with the ledger"
    )


def rising(grid: Grid) -> list[Row]:
    """Rows that say that no running total falls."""
    rows: list[Row] = []
    for first, after in zip(grid.start[:-1].tolist(), grid.start[1:].tolist(), strict=True):
        rows += [({column: 1.0, column - 1: -1.0}, 0.0, INFINITE) for column in range(first + 1, after)]
    return rows
