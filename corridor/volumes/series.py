"""``Volumes``: figures on any window, with estimate, bounds, status and the claims behind them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd

from corridor import arguments
from corridor.cards import card
from corridor.claims import DIRECTIONS, MEASURES, YEARS, checked_claims, load_claims
from corridor.errors import BadValue, UnknownName, UnknownValue
from corridor.frozen import by_fields
from corridor.locks import WEIGHING
from corridor.ports import find_port, port_rows
from corridor.volumes.bands import Band, Figure, figures_of
from corridor.volumes.disagreements import conflict_table
from corridor.volumes.grid import DAY
from corridor.volumes.model import Model, digest_of
from corridor.volumes.program import INFINITE
from corridor.volumes.window import Window, ends_of, window_of

FREQUENCIES = {"year": 12, "quarter": 3, "month": 1}
"""Kinds of periods, in months."""


_KINDS = {
    **dict.fromkeys(("measure", "port", "direction", "period"), "str"),
    "year": "int64",
    **dict.fromkeys(("start", "end"), "object"),
    **dict.fromkeys(("estimate", "lower", "upper"), "float64"),
    **dict.fromkeys(("bound", "status", "claims", "assumptions", "contested"), "str"),
}
"""Columns of a table of figures, and what they hold."""


def estimate_volumes(claims: pd.DataFrame | None = None, *, basis: str = "rail") -> Volumes:
    """Trains and TEU per port and direction, from all that one body printed.

    Each claim becomes a band on an exact sum of unknowns. Claims that cannot all hold are found, named, and give way
    in order of reliability. What is left bounds every figure (linear programmes), and the smoothest series within is
    the estimate (a convex quadratic programme). Solved once for the same inputs, and kept in the user's cache.

    Parameters
    ----------
    claims : DataFrame, sequence of mappings or path-like, optional
        A ledger, as :func:`corridor.claims.checked_claims` takes it.
    basis : str
        Counting body whose series it is; others inform the estimate of the rail's where the railway prints nothing.

    Returns
    -------
    Volumes

    Raises
    ------
    UnknownName
        If no claim has that basis.
    DataError
        If a row of the claims has a fault; all of them at once.
    """
    ledger = load_claims() if claims is None else checked_claims(claims)
    figures = figures_of(ledger)
    body = counted_by(basis, figures)
    digest = digest_of(body, figures)
    with WEIGHING:  # threads that ask at once share one model
        return Volumes(_model(body, figures, digest))


def counted_by(basis: str, figures: Sequence[Figure]) -> str:
    """A counting body, if some claim that is not in doubt has it.

    Raises
    ------
    UnknownName
        If none has.
    """
    known = sorted({one.basis for one in figures if not one.doubt})
    if arguments.name(basis, "counting body") not in known:
        raise UnknownName(
            f"no claim counted by {arguments.shown(basis)} that is not in doubt; known: {', '.join(known) or 'none'}"
        )
    return basis


@lru_cache(maxsize=8)
def _model(basis: str, figures: tuple[Figure, ...], digest: str) -> Model:
    return Model(basis, figures, digest)


@dataclass(frozen=True, eq=False)
class Volumes:
    """Trains and TEU at the ports, as far as claims tell.

    Attributes
    ----------
    model : Model
        Unknowns, bands, conflicts and the estimate.
    """

    model: Model

    __reduce__ = by_fields

    def __repr__(self) -> str:
        claims, gone = len(self.model.main), len(self.model.settled.conflicts)
        return f"<Volumes by {self.basis}, {self.first} to {self.last}: {claims} claims, {gone} gave way>"

    def _repr_html_(self) -> str:
        series = self.model.grid.series
        return card(
            "Trains and TEU",
            {
                "counted by": self.basis,
                "days": f"{self.first} to {self.last}",
                "ports": ", ".join(dict.fromkeys(one.port for one in series)),
                "measures": ", ".join(dict.fromkeys(one.measure for one in series)),
                "claims": f"{len(self.model.main)}",
                "gave way": f"{len(self.model.settled.conflicts)} claims, rates or assumptions",
            },
        )

    @property
    def basis(self) -> str:
        """The body that counted."""
        return self.model.basis

    @property
    def first(self) -> date:
        """The first day on which any train can have run."""
        return min(cuts[0] for cuts in self.model.grid.cuts)

    @property
    def last(self) -> date:
        """The last day of which any claim tells; of later ones nothing is known."""
        return self.model.grid.end - DAY

    def table(
        self,
        freq: str = "year",
        *,
        measure: str | None = None,
        by: str | Iterable[str] | None = ("port",),
        ports: str | Iterable[str] | None = None,
        direction: str = "both",
    ) -> pd.DataFrame:
        """Figures of whole periods.

        Parameters
        ----------
        freq : {"year", "quarter", "month"}
        measure : {"trains", "teu"}, optional
            By default both.
        by : str or sequence of str
            What has rows of its own: "port", "direction", both, or nothing.
        ports : str or sequence of str, optional
            By default all.
        direction : {"both", "outbound", "inbound"}
            What is counted where rows are not by direction.

        Returns
        -------
        DataFrame
            A row for each whole period from that of the first train to the last day of any claim; no rows if there is
            none. ``measure``; ``port`` (several with semicolons); ``direction``; ``period``: text (2021, 2021Q1,
            2021-01);
            ``year``: a whole number; ``start``, ``end``; ``estimate``, ``lower`` and ``upper`` [trains or TEU in
            the period] (NaN: unknown, no upper bound); ``bound``, ``status``, ``claims``, ``assumptions`` and
            ``contested`` (ids, with semicolons) as in :class:`Window`.

        Raises
        ------
        UnknownName
            If there is no such port.
        UnknownValue
            If a word is not one of these.
        """
        months = FREQUENCIES[arguments.word(freq, FREQUENCIES, "frequency")]
        measures = MEASURES if measure is None else [arguments.word(measure, MEASURES, "measure")]
        split = [arguments.word(name, ("port", "direction"), "way to split") for name in arguments.several(by, "by")]
        names = self._ports(ports)
        groups = [[name] for name in names] if "port" in split else [names]
        ways = ["outbound", "inbound"] if "direction" in split else [arguments.word(direction, DIRECTIONS, "direction")]
        rows = [
            {
                "measure": one,
                "port": ";".join(group),
                "direction": way,
                "period": label,
                "year": start.year,
                "start": start,
                "end": after - DAY,
                **_cells(self.window(one, group, way, start, after)),
            }
            for one in measures
            for group in groups
            for way in ways
            for label, start, after in _periods(self.first, self.model.grid.end, months)
        ]
        self.model.keep()
        # A ledger that ends within its first period has no rows, and columns of the same kinds all the same.
        table = pd.DataFrame(rows, columns=list(_KINDS)).astype(_KINDS)
        return table.assign(**{name: pd.to_datetime(table[name]) for name in ("start", "end")})

    def between(
        self,
        start: date | str,
        end: date | str,
        *,
        ports: str | Iterable[str] | None = None,
        measure: str = "trains",
        direction: str = "both",
    ) -> Window:
        """The figure on any days, from the first to the last, both included.

        Where claims do not cut a month, the estimate is uniform by day, and of an interval that is cut through
        anything from nothing to all may have passed.

        Parameters
        ----------
        start, end : date or str
        ports : str or sequence of str, optional
            Whose sum it is; by default all.
        measure : {"trains", "teu"}
        direction : {"both", "outbound", "inbound"}

        Raises
        ------
        UnknownName
            If there is no such port.
        BadValue
            If a day is none or lies outside the years 1900 to 2100, or the end lies before the start.
        UnknownValue
            If a word is not one of these.
        """
        return self.window(*self._question(start, end, ports, measure, direction))

    def bounds(
        self,
        start: date | str,
        end: date | str,
        *,
        ports: str | Iterable[str] | None = None,
        measure: str = "trains",
        direction: str = "both",
    ) -> dict[str, dict[str, Any]]:
        """Both kinds of bounds on any days, and what holds them; arguments as of :meth:`between`.

        Returns
        -------
        dict
            For ``forced`` and ``assumed`` each: ``lower``, ``upper`` (None: no bound), ``lower_by``, ``upper_by``: ids
            of the claims and assumptions that hold them.
        """
        what, names, way, first, after = self._question(start, end, ports, measure, direction)
        grid = self.model.grid
        series = grid.pick(what, names, way)
        least, most = (grid.spanned(series, first, min(after, grid.end), outwards=out) for out in (False, True))
        out = {}
        for kind, assumed in (("forced", False), ("assumed", True)):
            lower, upper, below, above = ends_of(self.model, least, most, assumed=assumed)
            open_end = upper == INFINITE or after > grid.end
            out[kind] = {
                "lower": lower,
                "upper": None if open_end else upper,
                "lower_by": _holders(below),
                "upper_by": [] if open_end else _holders(above),
            }
        return out

    def conflicts(self) -> pd.DataFrame:
        """Claims and assumptions that gave way, one row each, and then claims under doubt.

        Returns
        -------
        DataFrame
            ``claim``: what gave way, a claim or an assumption; ``part``: its value, its growth, or what is assumed
            (doubt: the ledger doubts it, and so it binds nothing); ``ports``, ``measure``, ``direction``, ``start``,
            ``end``, ``value``: what the claim says; ``low``, ``high``: the ends of its sum (of a rate: of the sum less
            the year before's times the rate); ``by``: how far beyond them the others force it [trains or TEU];
            ``against``: ids of the others, without any one of which it could hold; ``reason``: in words.
        """
        return conflict_table(self.model)

    # ------------------------------------------------------------ one window

    def _question(
        self, start: date | str, end: date | str, ports: str | Iterable[str] | None, measure: str, direction: str
    ) -> tuple[str, list[str], str, date, date]:
        """What :meth:`window` is asked, checked."""
        first, last = _day(start), _day(end)
        if last < first:
            raise BadValue(f"the end {last} lies before the start {first}; give the earlier day first")
        names = self._ports(ports)
        what, way = arguments.word(measure, MEASURES, "measure"), arguments.word(direction, DIRECTIONS, "direction")
        return what, names, way, first, last + DAY

    def _ports(self, ports: str | Iterable[str] | None) -> list[str]:
        known = list(port_rows())
        asked = known if ports is None else list(map(find_port, arguments.several(ports, "ports")))
        if not asked:
            raise UnknownValue(f"no port is asked for; known: {', '.join(known)}")
        return [name for name in known if name in asked]

    def window(self, measure: str, ports: Sequence[str], direction: str, first: date, after: date) -> Window:
        """The figure on the days from one to before another, of ports by id."""
        key = "|".join([measure, ";".join(ports), direction, str(first), str(after)])
        windows = self.model.windows
        if key not in windows:
            windows[key] = list(window_of(self.model, measure, ports, direction, first, after))
        found = windows[key]
        return Window(*found[:5], *map(tuple, found[5:]))


def _holders(bands: Sequence[Band]) -> list[str]:
    return sorted({name for band in bands if band.kind != "opening" for name in band.names})


def _cells(found: Window) -> dict[str, Any]:
    return {
        "estimate": math.nan if found.estimate is None else found.estimate,
        "lower": found.lower,
        "upper": math.nan if found.upper is None else found.upper,
        "bound": found.bound,
        "status": found.status,
        "claims": ";".join(found.claims),
        "assumptions": ";".join(found.assumptions),
        "contested": ";".join(found.contested),
    }


def _periods(first: date, end: date, months: int) -> list[tuple[str, date, date]]:
    """Whole periods of so many months from that of a day on, up to before another: label, first day, day after."""
    out: list[tuple[str, date, date]] = []
    begin = (first.year * 12 + first.month - 1) // months * months
    while True:
        start, after = (date(i // 12, i % 12 + 1, 1) for i in (begin, begin + months))
        if after > end:
            return out
        label = {12: f"{start.year}", 3: f"{start.year}Q{start.month // 3 + 1}", 1: f"{start:%Y-%m}"}[months]
        out.append((label, start, after))
        begin += months


def _day(given: date | str) -> date:
    found = arguments.day(given)
    if found.year not in YEARS:
        raise BadValue(f"{found} lies outside the years {YEARS[0]} to {YEARS[-1]}")
    return found
