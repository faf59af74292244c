"""From a ledger to what it forces and suggests: claims weighed, limits kept, one smoothest series."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor import store
from corridor.assumptions import assumption_rows
from corridor.errors import DataError, OutputError
from corridor.frozen import by_fields
from corridor.ports import port_rows
from corridor.volumes.assumed import (
    BODIES,
    Proxy,
    Usual,
    body_bands,
    limit_bands,
    pace_bands,
    proxies_of,
    usual_bands,
    usual_loads,
    usual_shares,
)
from corridor.volumes.bands import (
    CLAIMED,
    FORCED,
    Band,
    Figure,
    Goal,
    bands_of,
    goals_of,
    grid_of,
    opening_bands,
    told_apart,
)
from corridor.volumes.conflicts import Conflict, Settled, settle
from corridor.volumes.grid import Grid, Terms
from corridor.volumes.program import DECIMALS, INFINITE, Program, rising
from corridor.volumes.smooth import smoothest

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Model:
    """What a ledger says, weighed.

    Attributes
    ----------
    basis : str
        The counting body whose series it is.
    figures : tuple of Figure
        All claims, also of other bodies and under doubt.
    digest : str
        As from :func:`digest_of`, under which the answer is kept between runs; empty: it is not.
    """

    basis: str
    figures: tuple[Figure, ...]
    digest: str

    def __reduce__(self) -> tuple[Any, ...]:
        # What was found goes along, as it does into the cache; solvers do not, and are made anew.
        found = {"_kept": self._found()} if "totals" in self.__dict__ else None
        return (*by_fields(self), found)

    def __repr__(self) -> str:
        return f"<Model by {self.basis} of {len(self.figures):,} claims>"

    @cached_property
    def main(self) -> list[Figure]:
        """Claims of the body whose series it is, those under doubt left out."""
        return [one for one in self.figures if one.basis == self.basis and not one.doubt]

    @cached_property
    def others(self) -> list[Figure]:
        """Claims of other bodies that may tell something where this one prints nothing."""
        return [one for one in self.figures if one.basis in BODIES.get(self.basis, ()) and not one.doubt]

    @cached_property
    def grid(self) -> Grid:
        """The unknowns, up to the last day of any of these claims."""
        return grid_of([*self.main, *self.others])

    @cached_property
    def proxies(self) -> list[Proxy]:
        """Figures of other bodies where this one prints nothing."""
        return proxies_of(self.grid, self.main, self.others)

    @cached_property
    def usual(self) -> list[Usual]:
        """How many TEU a train of each month holds, and which share goes out."""
        return [
            *usual_loads(self.grid, self.figures, self.basis),
            *usual_shares(self.grid, self.figures, self.basis),
        ]

    @cached_property
    def bands(self) -> list[Band]:
        """What claims say, and then what is assumed."""
        return told_apart(
            [
                *(band for one in self.main for band in bands_of(self.grid, one)),
                *opening_bands(self.grid),
                *usual_bands(self.usual),
                *body_bands(self.proxies),
                *pace_bands(self.grid, self.main),
            ]
        )

    @cached_property
    def limits(self) -> list[Band]:
        """What trains can carry on the windows of claims."""
        return told_apart(limit_bands(self.grid, self.main))

    @cached_property
    def settled(self) -> Settled:
        """The bands that can all hold, and the conflicts."""
        kept = self._kept
        if kept is None:
            return settle(self.grid, self.bands, self.limits)
        bands, left = [*self.bands, *self.limits], list(self.bands)
        for i, low, high in kept["left"]:
            left[i] = left[i]._replace(low=low, high=high)
        conflicts = [Conflict(bands[i], by, tuple(bands[j] for j in against)) for i, by, against in kept["conflicts"]]
        return Settled(tuple(left), tuple(conflicts))

    @cached_property
    def goals(self) -> list[Goal]:
        """The middles of what claims that stand print rounded."""
        gone = {(one.band.claim, one.band.kind) for one in self.settled.conflicts}
        return [
            goal
            for one in self.main
            for goal in goals_of(self.grid, one, [kind for kind in CLAIMED if (one.name, kind) not in gone])
        ]

    @cached_property
    def totals(self) -> NDArray[np.float64]:
        """The estimate: running totals, shape (columns,)."""
        if self._kept is not None:
            return np.array(self._kept["totals"])
        return smoothest(self.grid, self.settled.bands, self.proxies, self.goals, self.usual)

    @cached_property
    def _forced(self) -> tuple[Program, list[Band]]:
        bands = [band for band in self.settled.bands if band.kind in FORCED]
        return self._program(bands), bands

    @cached_property
    def _assumed(self) -> tuple[Program, list[Band]]:
        return self._program(self.settled.bands), list(self.settled.bands)

    @property
    def rising(self) -> int:
        """How many rows stand before the bands."""
        return self.grid.columns - len(self.grid.series)

    def _program(self, bands: Sequence[Band]) -> Program:
        rows = [*rising(self.grid), *((band.terms, band.low, band.high) for band in bands)]
        return Program(self.grid.columns, rows, room=[*[0.0] * self.rising, *(band.room for band in bands)])

    def extreme(self, terms: Terms, *, assumed: bool, largest: bool) -> tuple[float, list[Band]]:
        """The least or largest value of a sum (infinite if nothing bounds it), and the bands that hold it there."""
        if not terms:
            return 0.0, []
        asked = (frozenset(terms.items()), assumed, largest)
        if asked not in self._extremes:  # windows far from all claims ask the same again and again
            program, bands = self._assumed if assumed else self._forced
            found = program.largest(terms) if largest else program.least(terms)
            assert found is not None  # what is settled holds together
            held = [bands[row - self.rising] for row in found.rows if row >= self.rising]
            self._extremes[asked] = max(0.0, found.value), held
        return self._extremes[asked]

    @cached_property
    def _extremes(self) -> dict[tuple[frozenset[tuple[int, float]], bool, bool], tuple[float, list[Band]]]:
        return {}

    def between(self, series: Sequence[int], first: date, after: date) -> float:
        """The estimate on some days, uniform between two cuts."""
        total = 0.0
        for i in series:
            cuts = [day.toordinal() for day in self.grid.cuts[i]]
            stand = np.concatenate([[0.0], self.totals[self.grid.start[i] : self.grid.start[i + 1]]])
            begin, end = np.round(np.interp([first.toordinal(), after.toordinal()], cuts, stand), DECIMALS)
            total += float(end - begin)
        return total

    @cached_property
    def printed(self) -> dict[frozenset[tuple[int, float]], tuple[list[str], list[str]]]:
        """Ids of claims by the sum that they print: of those that stand, and of those that gave way or are doubted."""
        gone = {one.band.claim for one in self.settled.conflicts if one.band.kind == "value"}
        out: dict[frozenset[tuple[int, float]], tuple[list[str], list[str]]] = {}
        for one in self.figures:
            if one.basis == self.basis and not one.part and one.high < INFINITE:
                terms = self.grid.exact(self.grid.pick(one.measure, one.ports, one.direction), one.first, one.after)
                if terms:
                    stand, fell = out.setdefault(frozenset(terms.items()), ([], []))
                    (fell if one.doubt or one.name in gone else stand).append(one.name)
        return out

    def measure_of(self, band: Band) -> str:
        """What a band counts; of a ratio trains and TEU."""
        columns = np.searchsorted(self.grid.start, list(band.terms), side="right") - 1
        return ";".join(dict.fromkeys(self.grid.series[i].measure for i in sorted(set(columns.tolist()))))

    # ------------------------------------------------------------ kept between runs

    @cached_property
    def _file(self) -> Path:
        return store.cache_folder() / "volumes" / f"{self.digest}.json"

    @cached_property
    def _kept(self) -> dict[str, Any] | None:
        """What an earlier run found, if it is whole."""
        if not self.digest:
            return None
        try:
            head, _, body = store.read_text(self._file).partition("\n")
            kept: dict[str, Any] = json.loads(body)
        except (DataError, ValueError):
            return None  # it is a copy of what can be found again
        return kept if head == store.sha256(body.encode()) else None

    @cached_property
    def windows(self) -> dict[str, Any]:
        """Answers on windows, by what was asked; kept between runs by :meth:`keep`."""
        return dict(self._kept["windows"]) if self._kept is not None else {}

    def _found(self) -> dict[str, Any]:
        """What was found, in plain values; bands by their places."""
        number = {id(band): i for i, band in enumerate([*self.bands, *self.limits])}
        return {
            "left": [
                [i, band.low, band.high]
                for i, (band, whole) in enumerate(zip(self.settled.bands, self.bands, strict=True))
                if (band.low, band.high) != (whole.low, whole.high)
            ],
            "conflicts": [
                [number[id(one.band)], one.by, [number[id(band)] for band in one.against]]
                for one in self.settled.conflicts
            ],
            "totals": self.totals.tolist(),
            "windows": self.windows,
        }

    def keep(self) -> None:
        """Keep what was found for later runs, if the cache can be written."""
        if not self.digest or (self._kept is not None and len(self._kept["windows"]) == len(self.windows)):
            return
        try:
            body = json.dumps(self._found())
            store.write(self._file, f"{store.sha256(body.encode())}\n{body}")
        except OutputError:
            return


@cache
def _recipe() -> str:
    """Hash of the code of this package: another one may give another answer."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return store.sha256(b"".join(file.read_bytes() for file in files))


def digest_of(basis: str, figures: tuple[Figure, ...]) -> str:
    """Hash of all that the answer depends on."""
    openings = [(port, row["first_outbound"], row["first_inbound"]) for port, row in port_rows().items()]
    ranges = [(name, row["value"], row["value_min"], row["value_max"]) for name, row in assumption_rows().items()]
    solvers = [version(name) for name in ("highspy", "clarabel", "numpy", "scipy")]
    told = [[*one._replace(ports=frozenset()), sorted(one.ports)] for one in figures]
    return hashlib.sha256(repr((basis, told, openings, ranges, solvers, _recipe())).encode()).hexdigest()
