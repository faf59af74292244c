"""From a ledger to what it forces and suggests: claims weighed, limits kept, one smoothest series."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor import store
from corridor.assumptions import assumption_rows
from corridor.errors import OutputError
from corridor.frozen import by_fields
from corridor.locks import WEIGHING
from corridor.ports import port_rows
from corridor.volumes import kept
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
    with_ties,
)
from corridor.volumes.conflicts import Conflict, Settled, settle
from corridor.volumes.grid import Grid, Terms
from corridor.volumes.parts import Parts
from corridor.volumes.program import DECIMALS, INFINITE, without_error
from corridor.volumes.smooth import smoothest

if TYPE_CHECKING:
    from numpy.typing import NDArray


if TYPE_CHECKING:
    _found_once = cached_property
else:

    class _found_once(cached_property):  # noqa: N801 - used as cached_property is
        """A property that is computed by one thread, while others wait: bands are known again by identity."""

        def __get__(self, instance: object, owner: type | None = None) -> Any:
            with WEIGHING:
                return super().__get__(instance, owner)


@dataclass(frozen=True, eq=False)
class Model:
    """What a ledger says, weighed. Threads may share it.

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

    @_found_once
    def main(self) -> list[Figure]:
        """Claims of the body whose series it is, those under doubt left out."""
        return [one for one in self.figures if one.basis == self.basis and not one.doubt]

    @_found_once
    def others(self) -> list[Figure]:
        """Claims of other bodies that may tell something where this one prints nothing."""
        return [one for one in self.figures if one.basis in BODIES.get(self.basis, ()) and not one.doubt]

    @_found_once
    def grid(self) -> Grid:
        """The unknowns, up to the last day of any of these claims."""
        return grid_of([*self.main, *self.others])

    @_found_once
    def proxies(self) -> list[Proxy]:
        """Figures of other bodies where this one prints nothing."""
        return proxies_of(self.grid, self.main, self.others)

    @_found_once
    def usual(self) -> list[Usual]:
        """How many TEU a train of each month holds, and which share goes out."""
        return [
            *usual_loads(self.grid, self.figures, self.basis),
            *usual_shares(self.grid, self.figures, self.basis),
        ]

    @_found_once
    def bands(self) -> list[Band]:
        """What claims say, and then what is assumed."""
        return with_ties(
            [
                *(band for one in self.main for band in bands_of(self.grid, one)),
                *opening_bands(self.grid),
                *usual_bands(self.usual),
                *body_bands(self.proxies),
                *pace_bands(self.grid, self.main),
            ]
        )

    @_found_once
    def limits(self) -> list[Band]:
        """What trains can carry on the windows of claims."""
        return with_ties(limit_bands(self.grid, self.main))

    @_found_once
    def settled(self) -> Settled:
        """The bands that can all hold, and the conflicts."""
        known = self._kept
        if known is None:
            return settle(self.grid, self.bands, self.limits)
        bands, left = [*self.bands, *self.limits], list(self.bands)
        for i, low, high in known["left"]:
            left[i] = left[i]._replace(low=low, high=high)
        conflicts = [Conflict(bands[i], by, tuple(bands[j] for j in against)) for i, by, against in known["conflicts"]]
        return Settled(tuple(left), tuple(conflicts))

    @_found_once
    def goals(self) -> list[Goal]:
        """The middles of what claims that stand print rounded."""
        gone = {(one.band.claim, one.band.kind) for one in self.settled.conflicts}
        return [
            goal
            for one in self.main
            for goal in goals_of(self.grid, one, [kind for kind in CLAIMED if (one.name, kind) not in gone])
        ]

    @_found_once
    def totals(self) -> NDArray[np.float64]:
        """The estimate: running totals, shape (columns,)."""
        if self._kept is not None:
            return np.array(self._kept["totals"])
        return smoothest(self.grid, self.settled.bands, self.proxies, self.goals, self.usual)

    @_found_once
    def _forced(self) -> Parts:
        return Parts(self.grid, [band for band in self.settled.bands if band.kind in FORCED])

    @_found_once
    def _assumed(self) -> Parts:
        return Parts(self.grid, self.settled.bands)

    def extreme(self, terms: Terms, *, assumed: bool, largest: bool) -> tuple[float, list[Band]]:
        """The least or largest value of a sum (infinite if nothing bounds it), and the bands that hold it there."""
        if not terms:
            return 0.0, []
        asked = (frozenset(terms.items()), assumed, largest)
        with WEIGHING:
            if asked not in self._extremes:  # windows far from all claims ask the same again and again
                value, held = (self._assumed if assumed else self._forced).extreme(terms, largest=largest)
                self._extremes[asked] = max(0.0, without_error(value)), held
            return self._extremes[asked]

    @_found_once
    def _extremes(self) -> dict[tuple[frozenset[tuple[int, float]], bool, bool], tuple[float, list[Band]]]:
        return {}

    def between(self, series: Sequence[int], first: date, after: date) -> float:
        """The estimate on some days, uniform between two cuts."""
        total = 0.0
        for i in series:
            stand = np.concatenate([[0.0], self.totals[self.grid.start[i] : self.grid.start[i + 1]]])
            points = [first.toordinal(), after.toordinal()]
            begin, end = np.round(np.interp(points, self.grid.ordinals[i], stand), DECIMALS)
            total += float(end - begin)
        return total

    @_found_once
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

    @_found_once
    def _file(self) -> Path | None:
        """Where it is kept; None if nowhere."""
        folder = store.cache_folder() if self.digest else None
        return folder and folder / "volumes" / f"{self.digest}.json"

    @_found_once
    def _kept(self) -> dict[str, Any] | None:
        """What an earlier run found, if it is whole."""
        if self._file is None:
            return None
        return kept.read(self._file, kept.Shape(len(self.bands), len(self.limits), self.grid.columns))

    @_found_once
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
            "windows": dict(self.windows),  # other threads may add to them meanwhile
        }

    def keep(self) -> None:
        """Keep what was found for later runs, if the cache can be written."""
        if self._file is None or (self._kept is not None and len(self._kept["windows"]) == len(self.windows)):
            return
        if kept.can_be_kept(self._file):
            with suppress(OutputError):
                store.write(self._file, kept.written(self._found()))


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
