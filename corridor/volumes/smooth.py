"""The estimate: of all series that the bands allow the smoothest, as a convex quadratic programme solved by Clarabel.

What is made small is told in rates per month over the level around them, so that a port of five trains and one of five
hundred weigh the same: how rates bend and slope once a yearly pattern is taken off; how far both directions, and
trains and TEU, drift apart; how far the ratio to other bodies' counts is from one constant; how far a sum is from
what was printed rounded, a figure or a growth rate; how far months are from the usual TEU per train and outbound share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from corridor.volumes.assumed import Proxy, Usual
from corridor.volumes.bands import UNIT, Band, Goal, added
from corridor.volumes.grid import Grid
from corridor.volumes.program import DECIMALS, INFINITE, Program, Row, held_together, rising

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

MONTH = 30.4375
"""Days of a mean month."""

_LONGEST_MONTH = 31

BEND, SLOPE, SEASON, DRIFT_WAYS, DRIFT_LOAD, RATIO, PRINT, LEAN = 0.3, 0.02, 200.0, 0.3, 10.0, 5.0, 10.0, 0.2
"""Weights, set once for left-out claims as a whole: tenfold changes of one move their median error by 0.2 points."""

_LARGEST = 1e5
"""Largest end of a claim [trains or TEU] at which a unit is one train or a hundred TEU."""

ROUNDS = 3
"""Levels come from the estimate of the round before; the first takes them as equal."""

LEVEL_DAYS = 180.0
"""A level is the mean of rates around a day, which weigh e-fold less at this distance."""


def smoothest(
    grid: Grid, bands: Sequence[Band], proxies: Sequence[Proxy], goals: Sequence[Goal], usual: Sequence[Usual]
) -> NDArray[np.float64]:
    """The running totals of the smoothest series, shape (columns,).

    Parameters
    ----------
    grid : Grid
    bands : sequence of Band
        Which can all hold.
    proxies : sequence of Proxy
        What other bodies print where the main one prints nothing.
    goals : sequence of Goal
        What was printed rounded.
    usual : sequence of Usual
        How many TEU a train holds, and which share goes out.
    """
    from scipy import sparse

    proxies = [one for one in proxies if one.value > 0 and one.high < INFINITE]  # a floor, or a part, tells of no level
    kinds = sorted({(one.assumption, one.measure) for one in proxies})
    goals = [*goals, *map(_told, proxies)]
    # Unknowns: running totals, a yearly pattern, how far the ratio to each other body is off, by how much goals are
    # missed, and rates over their levels. The last two follow from the first, but told apart they leave the solver
    # numbers of one size.
    first_off = grid.columns + 12
    first_miss = first_off + len(kinds)
    first_rate = first_miss + len(goals)
    rates = [_rates(grid, i) for i in range(len(grid.series))]
    counts = [rate.shape[0] for rate in rates]
    width = first_rate + sum(counts)
    relative = np.split(np.arange(first_rate, width), np.cumsum(counts)[:-1])
    # Numbers far from one mislead the solver: in a ledger of millions a unit is more than a train or a hundred TEU.
    largest = max((abs(end) for band in bands for end in (band.low, band.high) if abs(end) < INFINITE), default=0.0)
    size = max(1.0, largest / _LARGEST)
    unit = size * np.concatenate(
        [np.full(len(cuts) - 1, UNIT[one.measure]) for cuts, one in zip(grid.cuts, grid.series, strict=True)]
    )
    off, misses = _picked(np.arange(first_off, first_miss), width), _picked(np.arange(first_miss, first_rate), width)
    owner = [kinds.index((one.assumption, one.measure)) for one in proxies]
    apart = sparse.vstack([misses[: len(goals) - len(proxies)], misses[len(goals) - len(proxies) :] + off[owner]])
    limits = _limits(bands, goals, unit, apart)
    weight = np.repeat([PRINT, RATIO], [len(goals) - len(proxies), len(proxies)])
    middle = [(days[1:] + days[:-1]) / 2 / MONTH for days in map(_ordinals, grid.cuts)]
    level = [np.full(count, 100.0 / size) for count in counts]
    totals = np.concatenate([100 / size * (days[1:] - days[0]) / MONTH for days in map(_ordinals, grid.cuts)])
    solved = False
    for _ in range(ROUNDS):
        rows = [
            *_roughness(grid, relative, middle, width),
            sparse.diags_array(np.sqrt(weight)) @ misses,
            np.sqrt(RATIO) * off,
            *_leanings(usual, unit, totals, size, width),
        ]
        found, sound = _solve(sparse.vstack(rows), _links(rates, level, first_rate, width), limits)
        if found is None or (solved and not sound):
            break  # the round before is nearer to what is asked
        solved, totals = True, found[: grid.columns]
        level = [_level(rate @ totals, cuts, 1 / size) for rate, cuts in zip(rates, grid.cuts, strict=True)]
    estimate = totals * unit
    if not _met(grid, bands, estimate):
        estimate = _nearest(grid, bands, estimate, unit)
    # Running totals are rounded, not figures, so that figures still add up.
    return np.round(estimate, DECIMALS)


def _met(grid: Grid, bands: Sequence[Band], totals: NDArray[np.float64]) -> bool:
    """Whether a series keeps to its bands and never falls, as closely as the solver does where it ends well."""
    for band in bands:
        value = sum(factor * totals[column] for column, factor in band.terms.items())
        size = max(1.0, *(abs(end) for end in (band.low, band.high) if abs(end) < INFINITE))
        if not band.low - _MET * size <= value <= band.high + _MET * size:
            return False
    return all(
        np.diff(part, prepend=0.0).min(initial=0.0) >= -_MET * max(1.0, part.max(initial=0.0))
        for part in np.split(totals, grid.start[1:-1])
    )


_MET = 5e-7
"""Bands are met to this share of their ends."""


def _nearest(
    grid: Grid, bands: Sequence[Band], totals: NDArray[np.float64], unit: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Of the series that keep to the bands that whose amounts in all intervals lie nearest to those of another.

    No solver of quadratic programmes is without fail, and large claims beside small ones leave it few digits for these.
    """
    n, opening = grid.columns, set(grid.start[:-1].tolist())
    rows: list[Row] = [*rising(grid), *((band.terms, band.low, band.high) for band in bands)]
    for i in range(n):
        terms, amount = {i: 1.0, n + i: -1.0, 2 * n + i: 1.0}, float(totals[i])
        if i not in opening:
            terms[i - 1], amount = -1.0, float(totals[i] - totals[i - 1])
        rows.append((terms, amount, amount))
    cost = {column: 1 / float(unit[column % n]) for column in range(n, 3 * n)}
    return held_together(Program(3 * n, rows, cost).solve()).point[:n]


def _ordinals(cuts: Sequence[Any]) -> NDArray[np.float64]:
    return np.array([day.toordinal() for day in cuts], dtype=np.float64)


def _rates(grid: Grid, i: int) -> csr_array:
    """Rates of a series in units a month, from running totals, shape (intervals, columns)."""
    from scipy import sparse

    days = np.diff(_ordinals(grid.cuts[i]))
    n, first = len(days), int(grid.start[i])
    rows = np.concatenate([np.arange(n), np.arange(1, n)])
    columns = first + np.concatenate([np.arange(n), np.arange(n - 1)])
    values = np.concatenate([MONTH / days, -MONTH / days[1:]])
    return sparse.csr_array((values, (rows, columns)), shape=(n, grid.columns))


class _Limits(NamedTuple):
    """Rows of ``A x = b``, and of ``A x <= b``."""

    equal: csr_array
    to: NDArray[np.float64]
    below: csr_array
    ends: NDArray[np.float64]


def _limits(bands: Sequence[Band], goals: Sequence[Goal], unit: NDArray[np.float64], apart: csr_array) -> _Limits:
    """What bands allow, and by how many halves, which unknowns add up to, sums lie apart from their goals."""
    from scipy import sparse

    def rows(some: Sequence[Band | Goal], ends: Sequence[float]) -> tuple[csr_array, NDArray[np.float64], Any]:
        row = np.repeat(np.arange(len(some)), [len(one.terms) for one in some])
        column = np.array([i for one in some for i in one.terms], dtype=np.int64)
        factor = np.array([factor for one in some for factor in one.terms.values()]) * unit[column]
        scale = np.array([max(abs(v) * unit[i] for i, v in one.terms.items()) for one in some])
        found = sparse.csr_array((factor / scale[row], (row, column)), shape=(len(some), apart.shape[1]))
        return found, np.array(ends) / scale, scale

    some = [band for band in bands if band.terms]
    exact = [band for band in some if band.low == band.high]
    above = [band for band in some if band.low < band.high < INFINITE]
    below = [band for band in some if -INFINITE < band.low < band.high]
    equal, to, _ = rows(exact, [band.low for band in exact])
    near, middle, scale = rows(goals, [one.value for one in goals])
    near = near - sparse.diags_array(np.array([one.half for one in goals]) / scale) @ apart
    over, highs, _ = rows(above, [band.high for band in above])
    under, lows, _ = rows(below, [band.low for band in below])
    return _Limits(
        sparse.vstack([equal, near]),
        np.concatenate([to, middle]),
        sparse.vstack([over, -under]),
        np.concatenate([highs, -lows]),
    )


def _links(rates: Sequence[csr_array], level: Sequence[NDArray[np.float64]], first_rate: int, width: int) -> csr_array:
    """Rows that are zero: rates over their levels, less the same from running totals."""
    from scipy import sparse

    given = sparse.vstack([sparse.diags_array(1 / levels) @ rate for levels, rate in zip(level, rates, strict=True)])
    between = sparse.csr_array((width - first_rate, first_rate - given.shape[1]))
    return sparse.hstack([given, between, -sparse.eye_array(width - first_rate)]).tocsr()


def _picked(columns: NDArray[np.int64], width: int) -> csr_array:
    """Rows that pick one unknown each."""
    from scipy import sparse

    n = len(columns)
    return sparse.csr_array((np.ones(n), (np.arange(n), columns)), shape=(n, width))


def _roughness(
    grid: Grid, relative: Sequence[NDArray[np.int64]], middle: Sequence[NDArray[np.float64]], width: int
) -> Iterator[csr_array]:
    """Rows whose squares are to be small."""
    from scipy import sparse

    def scaled(factor: NDArray[np.float64], rows: csr_array) -> csr_array:
        return sparse.diags_array(factor) @ rows

    for i, (columns, at) in enumerate(zip(relative, middle, strict=True)):
        month = [grid.columns + day.month - 1 for day in grid.cuts[i][:-1]]
        within = (np.diff(_ordinals(grid.cuts[i])) <= _LONGEST_MONTH).astype(np.float64)  # a year has no such pattern
        pattern = sparse.csr_array((within, (np.arange(len(at)), month)), shape=(len(at), width))
        # Before its opening a series stood at nothing.
        steps = np.diff(at, prepend=at[0] - 1)
        flat = sparse.vstack([sparse.csr_array((1, width)), _picked(columns, width) - pattern]).tocsr()
        slope = scaled(1 / steps, flat[1:] - flat[:-1])
        yield np.sqrt(SLOPE) * scaled(np.sqrt(steps), slope)
        if len(at) > 1:
            yield np.sqrt(BEND) * scaled(np.sqrt(2 / (steps[1:] + steps[:-1])), slope[1:] - slope[:-1])
    season = (np.ones(12), (np.arange(12), grid.columns + np.arange(12)))
    yield np.sqrt(SEASON * len(relative)) * sparse.csr_array(season, shape=(12, width))
    index = {(one.measure, one.port, one.direction): i for i, one in enumerate(grid.series)}
    for (measure, port, direction), i in index.items():
        for weight, other in (
            (DRIFT_WAYS, (measure, port, "inbound") if direction == "outbound" else None),
            (DRIFT_LOAD, ("teu", port, direction) if measure == "trains" else None),
        ):
            j = index.get(other) if other else None
            # Both series have the same cuts since the later of their openings; what goes on before is left out.
            n = 0 if j is None else min(len(middle[i]), len(middle[j])) - 1
            if j is None or n < 2:
                continue
            apart = (_picked(relative[i][-n:], width) - _picked(relative[j][-n:], width)).tocsr()
            yield np.sqrt(weight) * scaled(1 / np.sqrt(np.diff(middle[i][-n:])), apart[1:] - apart[:-1])


def _told(one: Proxy) -> Goal:
    """What another body's figure makes of a sum, in halves of the ratio's range: so a narrow one counts for more."""
    best, least, most = one.ratio
    return Goal(one.terms, best * one.value, (most - least) / 2 * one.value)


def _leanings(
    usual: Sequence[Usual], unit: NDArray[np.float64], totals: NDArray[np.float64], size: float, width: int
) -> Iterator[csr_array]:
    """Rows for ratios of a month: by how many half ranges they lie from the middle of what is usual."""
    from scipy import sparse

    entries = []
    for row, one in enumerate(usual):
        # A ratio is no sum; so it is told with what the month's other count was in the round before, a unit at least.
        whole = max(sum(factor * unit[i] * totals[i] for i, factor in one.whole.items()), unit[min(one.whole)] / size)
        middle, half = (one.low + one.high) / 2, (one.high - one.low) / 2
        terms = added(one.part, one.whole, -middle)
        entries += [(row, i, factor * unit[i] / whole / half) for i, factor in terms.items()]
    if entries:
        rows, columns, values = (np.array(part) for part in zip(*entries, strict=True))
        yield np.sqrt(LEAN) * sparse.csr_array((values, (rows, columns)), shape=(len(usual), width))


def _solve(rows: csr_array, links: csr_array, limits: _Limits) -> tuple[NDArray[np.float64] | None, bool]:
    """Unknowns within limits for which the squares of some rows add up to the least, and whether they surely do.

    Where claims leave no room at all (a year of none, say) the solver may find no way; then it gets a hair's breadth,
    as long as it has steps left. Where it stalls short of the least, what keeps to the limits and comes nearest to it
    is taken; else what comes nearest to keeping to them; None if nothing does.
    """
    best, least, left = None, (True, _NEARLY), _WORK // links.shape[1]
    for room in _ROOM:
        found = _solved(rows, links, limits, room, min(left, _STEPS))
        if str(found.status) in ("Solved", "AlmostSolved"):
            return np.array(found.x), True
        apart = abs(found.obj_val - found.obj_val_dual) / max(abs(found.obj_val), 1e-9)
        off = (False, apart) if found.r_prim < _KEPT else (True, found.r_prim)
        if off < least:  # not so where it is nan
            best, least = np.array(found.x), off
        left -= found.iterations
        if left <= 0:
            break
    return best, least < (False, _NEAR_LEAST)


_KEPT, _NEARLY = 1e-9, 1e-6
"""Limits are kept, or nearly, if they are missed by no more than this share of the largest number."""

_NEAR_LEAST = 1e-5
"""A sum of squares is near the least if no other can be less by more than this share of it."""

_ROOM = (0.0, 1e-7, 1e-6, 1e-5)

_STEPS, _WORK = 300, 1_200_000
"""Of the solver: steps of one attempt, and steps times unknowns of all. The project's ledger takes 25 steps with 3,225
unknowns. With 18,098, for claims spread over 80 years, one takes 0.04 s; after 66 it is near the least, and 300 bring
it no closer than 1e-9."""


def _solved(rows: csr_array, links: csr_array, limits: _Limits, room: float, steps: int) -> Any:
    """One attempt, each end moved outwards by a share of its value."""
    import clarabel
    from scipy import sparse

    settings = clarabel.DefaultSettings()
    settings.verbose, settings.max_threads, settings.max_iter = False, 1, steps
    # Where the sum of squares is flat, the series lies farther from the best one than the sums do from each other: at
    # 1e-9 running totals of a million err by hundredths, at 1e-12 by millionths. Where that cannot be reached ("almost
    # solved"), less will do.
    settings.tol_feas, settings.tol_gap_abs, settings.tol_gap_rel = 1e-10, 1e-12, 1e-12
    settings.reduced_tol_feas, settings.reduced_tol_gap_abs, settings.reduced_tol_gap_rel = _KEPT, 1e-9, 1e-9
    settings.tol_infeas_abs = settings.tol_infeas_rel = 1e-13
    n, count = links.shape[1], links.shape[0]
    no_less = sparse.hstack([sparse.csr_array((count, n - count)), -sparse.eye_array(count)])
    below, ends = sparse.vstack([limits.below, no_less]), np.concatenate([limits.ends, np.zeros(count)])
    equal, to = sparse.vstack([links, limits.equal]), np.concatenate([np.zeros(count), limits.to])
    if room:
        ends = ends + room * np.maximum(1e-3, np.abs(ends))
        margin = room * np.maximum(1e-3, np.abs(limits.to))
        below = sparse.vstack([below, limits.equal, -limits.equal])
        ends = np.concatenate([ends, limits.to + margin, margin - limits.to])
        equal, to = links, np.zeros(count)
    solver = clarabel.DefaultSolver(
        sparse.csc_matrix(sparse.triu(rows.T @ rows)),
        np.zeros(n),
        sparse.csc_matrix(sparse.vstack([equal, below])),
        np.concatenate([to, ends]),
        [clarabel.ZeroConeT(len(to)), clarabel.NonnegativeConeT(len(ends))],
        settings,
    )
    return solver.solve()


def _level(rates: NDArray[np.float64], cuts: Sequence[Any], least: float) -> NDArray[np.float64]:
    """Mean rate around each interval, but not less than some rate."""
    ends = _ordinals(cuts)
    days, middle = np.diff(ends), (ends[1:] + ends[:-1]) / 2
    # Rounded, and summed in one order: exponentials and products of matrices differ from processor to processor.
    weight = np.round(np.exp(-np.abs(middle[:, None] - middle) / LEVEL_DAYS), 6) * days
    mean = np.cumsum(weight * rates, axis=1)[:, -1] / np.cumsum(weight, axis=1)[:, -1]
    level: NDArray[np.float64] = np.maximum(mean, least)
    return level
