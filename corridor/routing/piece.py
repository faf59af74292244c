"""``Piece``: what one train runs over in one go, or a transfer; and what the stretches of it are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor.frozen import by_fields
from corridor.network import GAUGE_BASES, RailNetwork, gauge_name

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Straight(NamedTuple):
    """The straight hop of a transfer whose two tracks no rail joins.

    ``nodes``: the end of each track, in order of travel; ``km``: the geodesic length between them;
    ``countries``: places of the two tracks' countries in the network's ``countries``.
    """

    nodes: tuple[int, int]
    km: float
    countries: tuple[int, int]

    @property
    def turned(self) -> Straight:
        """The same hop the other way."""
        return Straight(self.nodes[::-1], self.km, self.countries[::-1])


class Stretches(NamedTuple):
    """What a path is made of, in order of travel, all of shape (k,): its links, and the halves of straight hops.

    A straight hop counts half to the country of either track: no rail shows where it crosses the border.

    Attributes
    ----------
    km : ndarray of float
        Length [km]: the source's of what is run over of each link, or of half a straight hop.
    country, gauge, gauge_basis : ndarray of int
        Place of the country; bits of the train's gauges, on a hop those of both; place in GAUGE_BASES.
    mended, checked, straight : ndarray of bool
        Whether it is a mend, a link whose long straight steps were checked, or part of a straight hop.
    stop : ndarray of float, shape (k, 2)
        Where each ends, WGS84 ``lon, lat``: for a link that is run over in part, its node ahead.
    """

    km: NDArray[np.float64]
    country: NDArray[np.int64]
    gauge: NDArray[np.int64]
    gauge_basis: NDArray[np.int64]
    mended: NDArray[np.bool_]
    checked: NDArray[np.bool_]
    straight: NDArray[np.bool_]
    stop: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Piece:
    """Links run over one after the other by one train; many paths share a piece, and its geometry.

    Attributes
    ----------
    network : RailNetwork
    links : ndarray of int, shape (k,)
        In order of travel.
    span : ndarray of float, shape (k, 2)
        From where to where each link is run over: 0 is its first end, 1 its second; (1, 0) is all of it, backwards.
    gauges : int
        Bits of the gauges of the trains; all gauges between the two stations of a transfer.
    transfer : (str, bool) or None
        The transfer that it is: its id, and whether it is run from its second station to its first.
    straight : Straight or None
        The hop of a transfer whose tracks no rail joins; it has no links then.
    """

    network: RailNetwork
    links: NDArray[np.int64]
    span: NDArray[np.float64]
    gauges: int
    transfer: tuple[str, bool] | None = None
    straight: Straight | None = None

    def __post_init__(self) -> None:
        # Paths share pieces: who changed one would change them all.
        self.links.flags.writeable = self.span.flags.writeable = False

    __reduce__ = by_fields

    def __repr__(self) -> str:
        what = f"transfer {self.transfer[0]}" if self.transfer else gauge_name(self.gauges)
        return f"<Piece of {len(self.links):,} links, {what}>"

    @property
    def nbytes(self) -> int:
        """About the bytes of its arrays, both ways, with its vertices and stretches."""
        bends = np.diff(self.network.bend_start)[self.links].sum()
        return 2 * (100 * len(self.links) + 24 * int(bends))

    @cached_property
    def turned(self) -> Piece:
        """The same rails the other way."""
        transfer = (self.transfer[0], not self.transfer[1]) if self.transfer else None
        straight = self.straight.turned if self.straight else None
        back = Piece(self.network, self.links[::-1], self.span[::-1, ::-1], self.gauges, transfer, straight)
        back.__dict__["turned"] = self
        return back

    @cached_property
    def stretches(self) -> Stretches:
        """What it is made of."""
        net, links = self.network, self.links
        if self.straight:
            nodes = net.nodes[list(self.straight.nodes)]
            return Stretches(
                km=np.full(2, self.straight.km / 2),
                country=np.array(self.straight.countries, dtype=np.int64),
                gauge=np.full(2, self.gauges, dtype=np.int64),
                gauge_basis=np.full(2, GAUGE_BASES.index("curated"), dtype=np.int64),  # from transfers.csv
                mended=np.zeros(2, dtype=bool),
                checked=np.zeros(2, dtype=bool),
                straight=np.ones(2, dtype=bool),
                stop=np.array([nodes.mean(axis=0), nodes[1]]),
            )
        ahead = (self.span[:, 1] > self.span[:, 0]).astype(np.int64)
        return Stretches(
            km=np.abs(self.span[:, 1] - self.span[:, 0]) * net.km[links],
            country=net.country[links].astype(np.int64),
            gauge=net.gauge[links].astype(np.int64) & self.gauges,
            gauge_basis=net.gauge_basis[links].astype(np.int64),
            mended=net.mended[links],
            checked=net.checked[links],
            straight=np.zeros(len(links), dtype=bool),
            stop=net.nodes[net.ends[links, ahead]],
        )

    @cached_property
    def vertices(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Vertices in order of travel, shape (n, 2), and for each step between two of them the place of its stretch."""
        if self.straight:
            return self.network.nodes[list(self.straight.nodes)], np.zeros(1, np.int64)
        if not len(self.links):
            return np.empty((0, 2)), np.empty(0, np.int64)
        whole = np.abs(self.span[:, 1] - self.span[:, 0]) == 1
        turns = np.flatnonzero(whole[1:] != whole[:-1]) + 1
        parts: list[NDArray[np.float64]] = []
        steps = np.diff(self.network.bend_start)[self.links] + 1
        for start, stop in pairwise([0, *turns.tolist(), len(whole)]):
            if whole[start]:
                parts.append(self.network.trace(self.links[start:stop], self.span[start:stop, 1] == 1))
                continue
            for i in range(start, stop):
                parts.append(self._part(i))
                steps[i] = len(parts[-1]) - 1
        lonlat, owner = (
            np.vstack([parts[0], *(part[1:] for part in parts[1:])]),
            np.repeat(np.arange(len(steps)), steps),
        )
        lonlat.flags.writeable = owner.flags.writeable = False
        return lonlat, owner

    def _part(self, i: int) -> NDArray[np.float64]:
        """Vertices of a link that is run over in part."""
        line = self.network.line(int(self.links[i]))
        squeeze = np.cos(np.radians(line[:, 1].mean()))
        along = np.concatenate([[0], np.cumsum(np.hypot(np.diff(line[:, 0]) * squeeze, np.diff(line[:, 1])))])
        share = along / along[-1] if along[-1] else np.linspace(0, 1, len(line))
        low, high = sorted(self.span[i].tolist())
        cut = [[np.interp(at, share, line[:, 0]), np.interp(at, share, line[:, 1])] for at in (low, high)]
        part = np.vstack([cut[0], line[(share > low) & (share < high)], cut[1]])
        return part if self.span[i, 1] > self.span[i, 0] else part[::-1]
