"""One figure on one window: estimate, bounds, status, and what stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from corridor.ports import first_train
from corridor.volumes.bands import CLAIMED, FORCED, Band
from corridor.volumes.conflicts import TOLERANCE
from corridor.volumes.grid import Terms
from corridor.volumes.model import Model
from corridor.volumes.program import INFINITE, without_error

_PINNED = 0.001
"""Bounds no farther apart than this share, or half a unit, leave no room."""


class Window(NamedTuple):
    """A figure on a window.

    ``estimate``: the best value, None where nothing is known; ``lower``, ``upper``: what must hold (None: no upper
    bound); ``bound``: ``forced`` by claims alone, or ``assumed``: narrower with assumptions; ``status``: ``printed``,
    ``implied`` (the claims leave no room, or nothing can have run), ``estimated``, ``unknown``; ``claims``: ids of
    those that print it, hold the bounds, or inform it from another body's count; ``assumptions``: ids of those used;
    ``printed``: of these claims those that print the very figure; ``contested``: ids of claims that print another one
    for the same days, and gave way to others or are under doubt.
    """

    estimate: float | None
    lower: float
    upper: float | None
    bound: str
    status: str
    claims: tuple[str, ...]
    assumptions: tuple[str, ...]
    printed: tuple[str, ...]
    contested: tuple[str, ...]


def window_of(model: Model, measure: str, ports: Sequence[str], direction: str, first: date, after: date) -> Window:
    """The figure on the days from one to before another, of ports by id."""
    grid = model.grid
    series = grid.pick(measure, ports, direction)
    known = min(after, grid.end)
    least, most = (grid.spanned(series, first, known, outwards=way) for way in (False, True))
    ways = ("outbound", "inbound") if direction == "both" else (direction,)
    open_then = [(port, way) for port in ports for way in ways if first_train(port, way) < after]
    if not open_then:
        return Window(0.0, 0.0, 0.0, "forced", "implied", (), (), (), ())
    if not {(measure, *one) for one in open_then} <= {one[:3] for one in grid.series}:
        after = date.max  # of a part no claim tells anything, as of days after the last claim
    if not series or known <= first:
        return Window(None, 0.0, None, "forced", "unknown", (), (), (), ())
    lower, upper, bound, rows = _bounds(model, least, most)
    if after > grid.end:
        upper = INFINITE
    exact = grid.exact(series, first, after) if after <= grid.end else {}
    printed, contested = model.printed.get(frozenset(exact.items()), ([], [])) if exact else ([], [])
    # The series keeps to the bands as far as its solver can; the bounds are exact, and the estimate keeps to them.
    upper = max(lower, upper)
    estimate = min(max(without_error(model.between(series, first, known)), lower), upper)
    if upper == INFINITE:
        status = "unknown"
    elif printed:
        status = "printed"
    else:
        status = "implied" if upper - lower <= max(0.5, _PINNED * upper) else "estimated"
    # Where other bodies inform an estimate, their claims and the ratio stand behind it, whether they bind or not.
    others = [
        one
        for one in (model.proxies if status == "estimated" else ())
        if one.measure == measure
        and one.ports & set(ports)
        and one.first < after
        and one.after > first
        and one.after - one.first <= 3 * (after - first)
    ]
    held = {name for band in rows for name in (band.source, band.claim if band.kind in CLAIMED else "") if name}
    claims = tuple(sorted({*printed, *held, *(one.claim for one in others)}))
    assumed = {band.claim for band in rows if band.kind not in FORCED} | {one.assumption for one in others}
    return Window(
        None if upper == INFINITE else estimate,
        lower,
        None if upper == INFINITE else upper,
        bound,
        status,
        claims,
        tuple(sorted(assumed)),
        tuple(sorted(printed)),
        tuple(sorted(contested)),
    )


def _bounds(model: Model, least: Terms, most: Terms) -> tuple[float, float, str, list[Band]]:
    """Least and largest value, by claims alone unless assumptions narrow them; and the bands that hold them."""
    low, high, *held = ends_of(model, least, most, assumed=False)
    margin = TOLERANCE * max(1.0, low, 0.0 if high == INFINITE else high)
    if high - low > margin:  # else nothing can narrow it
        lower, upper, *more = ends_of(model, least, most, assumed=True)
        if lower > low + margin or upper < high - margin:
            return lower, upper, "assumed", [*more[0], *more[1]]
    return low, high, "forced", [*held[0], *held[1]]


def ends_of(model: Model, least: Terms, most: Terms, *, assumed: bool) -> tuple[float, float, list[Band], list[Band]]:
    """Least and largest value, and the bands that hold each."""
    lower, below = model.extreme(least, assumed=assumed, largest=False)
    upper, above = model.extreme(most, assumed=assumed, largest=True)
    return lower, upper, below, above
