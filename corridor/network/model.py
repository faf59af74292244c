"""``RailNetwork``: nodes, links and what each link is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from corridor.cards import card
from corridor.errors import BadValue
from corridor.frozen import FrozenDict, by_fields, read_only
from corridor.geo import geodesic_km, step_km
from corridor.memory import Memory

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import ArrayLike, NDArray

GAUGES_MM = (1435, 1520, 1524, 1668, 1000, 1067, 1676, 1600)
"""Gauges by bit: a link's ``gauge`` has bit i set where trains of GAUGES_MM[i] can run; 0 is unknown."""

GAUGE_SYSTEMS = ((1435,), (1520, 1524), (1668,), (1000,), (1067,), (1676,), (1600,))
"""Gauges between which trains run through without a transfer: Finland's 1524 mm and Russia's 1520 mm are one."""

GAUGE_BASES = ("unknown", "tagged", "curated", "assumed")
"""How a link's gauge is known: from its tags, from data/routes/gauges.csv, or from its country."""

USAGES = ("unknown", "mixed", "freight", "passenger_only", "ferry")
"""Whose trains a link carries, from data/routes/lines.csv or from its tags, or that it is a train ferry.

Freight keeps off passenger-only lines, and off ferries unless they are asked for.
"""

TRAITS = ("electrified", "highspeed", "bridge", "service")
"""What else tags may say of a link, by bit; "service" is a yard track, a siding or a spur."""

DAYS = ("opened", "closed")
"""Arrays of days, which a file holds only where a day is known."""

PER_LINK = ("metres", "country", "gauge", "gauge_basis", "usage", "traits", "mended", "checked", *DAYS)
"""Arrays of shape (m,): who takes, cuts or adds links does so in all of them."""

LONG_STRAIGHT_KM = 30.0
"""A straight step longer than this must be a listed mend or a checked long link (data/routes/mends.csv)."""

DEGREE = 1e-5
"""Coordinates are kept as whole multiples of this many degrees (about 1 m)."""


MEMORY_BYTES = 128 * 2**20
"""What is computed from a network and kept with it: trees, closed rails, pieces of paths; never more than this."""


def gauge_bits(gauges: str) -> int:
    """Bits of the gauges named in a semicolon list; 0 for none."""
    return sum(1 << GAUGES_MM.index(int(mm)) for mm in gauges.split(";") if mm)


def gauge_name(bits: int) -> str:
    """Name of a set of gauges, for instance "1435" or "1435+1520"; "unknown" for none."""
    return "+".join(str(mm) for i, mm in enumerate(GAUGES_MM) if bits >> i & 1) or "unknown"


class Adjacency(NamedTuple):
    """Links by node: slots ``start[n]`` to ``start[n + 1]`` hold node n's neighbours and the links to them.

    ``start`` (nodes + 1,), ``neighbour`` (2 links,), ``link`` (2 links,), all int32; first come the links whose
    first end a node is, then those whose second end it is, each in order.
    """

    start: NDArray[np.int32]
    neighbour: NDArray[np.int32]
    link: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class RailNetwork:
    """Nodes and undirected links of a rail network.

    All arrays are read-only; a query never changes them. Coordinates are WGS84 degrees in the order
    ``lon, lat``.

    Attributes
    ----------
    nodes : ndarray of float, shape (n, 2)
        Junctions, dead ends, stations and border points.
    ends : ndarray of int32, shape (m, 2)
        The two nodes of each link.
    metres : ndarray of int32, shape (m,)
        Length of each link [m] as the source gives it, which may be longer than its vertices draw; at least 1.
    country : ndarray of uint8, shape (m,)
        Place of each link's country in ``countries``.
    gauge : ndarray of uint8, shape (m,)
        Bits of GAUGES_MM; 0 is unknown.
    gauge_basis : ndarray of uint8, shape (m,)
        Place in GAUGE_BASES.
    usage : ndarray of uint8, shape (m,)
        Place in USAGES.
    traits : ndarray of uint8, shape (m,)
        Bits of TRAITS, as far as tags tell; the embedded network's source has no tags, so none there.
    mended : ndarray of bool, shape (m,)
        True where the source has a hole that data/routes/mends.csv closes.
    checked : ndarray of bool, shape (m,)
        True where data/routes/mends.csv lists every straight step of the link longer than LONG_STRAIGHT_KM.
    bends : ndarray of float, shape (k, 2)
        Vertices between the two ends, of all links in turn.
    bend_start : ndarray of int32, shape (m + 1,)
        Link i bends at ``bends[bend_start[i]:bend_start[i + 1]]``.
    countries : tuple of str
        ISO 3166 alpha-2 codes.
    origin : Mapping
        What the network was made from: source, licence, hashes of the inputs; of one from OpenStreetMap also what was
        left out or could not be read, in words.
    opened, closed : ndarray of int32, shape (m,)
        First day on which each link surely was in service, and the first on which it no longer surely was, as
        :meth:`datetime.date.toordinal` counts them; 0 is not known. By default no day is known.
    length_factor : tuple of float
        What the source's length is multiplied by for the best estimate of the true one, mends left out: the
        best value, and the range that it was found to lie in. The geometry of an open rail graph is
        simplified, so its lengths come out short.
    file : Path or None
        Where it was read from.
    ferries : bool
        Whether freight may use train ferries; see :attr:`with_ferries`.
    """

    nodes: NDArray[np.float64]
    ends: NDArray[np.int32]
    metres: NDArray[np.int32]
    country: NDArray[np.uint8]
    gauge: NDArray[np.uint8]
    gauge_basis: NDArray[np.uint8]
    usage: NDArray[np.uint8]
    traits: NDArray[np.uint8]
    mended: NDArray[np.bool_]
    checked: NDArray[np.bool_]
    bends: NDArray[np.float64]
    bend_start: NDArray[np.int32]
    countries: tuple[str, ...]
    origin: Mapping[str, str]
    length_factor: tuple[float, float, float] = (1.0, 1.0, 1.0)
    file: Path | None = None
    ferries: bool = False
    opened: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    closed: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))

    def __post_init__(self) -> None:
        for name in DAYS:
            if not len(getattr(self, name)):
                object.__setattr__(self, name, np.zeros(len(self.metres), np.int32))
        object.__setattr__(self, "origin", FrozenDict(self.origin))
        for each in fields(self):
            if isinstance(array := getattr(self, each.name), np.ndarray):
                read_only(array)

    __reduce__ = by_fields

    @cached_property
    def memory(self) -> Memory:
        """What was computed from the network; it goes when the network goes."""
        return Memory(MEMORY_BYTES)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, and of what may be kept with them."""
        return MEMORY_BYTES + sum(getattr(value, "nbytes", 0) for value in self.__dict__.values())

    @cached_property
    def km(self) -> NDArray[np.float64]:
        """Length of each link [km], shape (m,)."""
        return read_only(self.metres / 1000)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all arrays and the country codes; two networks with the same digest are the same."""
        total = hashlib.sha256()
        for name, array in sorted(self.stored().items()):
            total.update(f"{name} {array.dtype} {array.shape}".encode())
            total.update(np.ascontiguousarray(array).data)
        return total.hexdigest()

    def stored(self) -> dict[str, NDArray[Any]]:
        """The arrays as a file holds them: coordinates in hundred-thousandths of a degree."""
        dated = {name: getattr(self, name) for name in DAYS if getattr(self, name).any()}
        return dated | {
            "bend_start": self.bend_start,
            "bends": np.rint(self.bends / DEGREE).astype(np.int32),
            "checked": self.checked,
            "countries": np.array(self.countries),
            "country": self.country,
            "ends": self.ends,
            "gauge": self.gauge,
            "gauge_basis": self.gauge_basis,
            "length_factor": np.array(self.length_factor),
            "mended": self.mended,
            "metres": self.metres,
            "traits": self.traits,
            "nodes": np.rint(self.nodes / DEGREE).astype(np.int32),
            "usage": self.usage,
        }

    @property
    def rounded(self) -> RailNetwork:
        """The network as it is read again from its file: coordinates are multiples of DEGREE."""
        stored = self.stored()
        return replace(self, nodes=stored["nodes"] * DEGREE, bends=stored["bends"] * DEGREE)

    @cached_property
    def freight(self) -> NDArray[np.bool_]:
        """Links that carry freight, or may: all but passenger-only lines, and ferries if they are not to be used."""
        off = ["passenger_only"] if self.ferries else ["passenger_only", "ferry"]
        return read_only(~np.isin(self.usage, [USAGES.index(name) for name in off]))

    @cached_property
    def with_ferries(self) -> RailNetwork:
        """The same network, with train ferries open to freight."""
        if self.ferries or not (self.usage == USAGES.index("ferry")).any():
            return self
        return replace(self, ferries=True, file=None)  # the trees beside the file know no ferries

    def in_service(self, day: date) -> NDArray[np.bool_]:
        """Links that were in service on a day, as far as days are known; shape (m,)."""
        on = day.toordinal()
        return np.asarray((self.opened <= on) & ((self.closed == 0) | (on < self.closed)))

    def runs(self, system: int) -> NDArray[np.bool_]:
        """Links on which freight trains of one of GAUGE_SYSTEMS can run, shape (m,); none of unknown gauge."""
        bits = gauge_bits(";".join(map(str, GAUGE_SYSTEMS[system])))
        return ((self.gauge & bits) > 0) & self.freight

    @cached_property
    def adjacency(self) -> Adjacency:
        """Links by node."""
        m = len(self.ends)
        near, far = self.ends.T.ravel(), self.ends[:, ::-1].T.ravel()
        order = np.argsort(near, kind="stable")
        start = np.zeros(len(self.nodes) + 1, dtype=np.int32)
        np.cumsum(np.bincount(near, minlength=len(self.nodes)), out=start[1:])
        link = (order % m).astype(np.int32) if m else order.astype(np.int32)
        return Adjacency(read_only(start), read_only(far[order]), read_only(link))

    def line(self, link: int) -> NDArray[np.float64]:
        """Vertices of one link, from its first to its second end, shape (k, 2)."""
        first, last = self.ends[link]
        inner = self.bends[self.bend_start[link] : self.bend_start[link + 1]]
        return np.vstack([self.nodes[first], inner, self.nodes[last]])

    def trace(self, links: ArrayLike, forward: ArrayLike) -> NDArray[np.float64]:
        """Vertices of links that follow each other, shape (k, 2).

        Parameters
        ----------
        links : array_like of int
            In order of travel; at least one.
        forward : array_like of bool
            Whether each is run from its first end to its second.
        """
        link, ahead = np.asarray(links), np.asarray(forward)
        first, last = self.ends[link].T
        bends = self.bend_start[link + 1] - self.bend_start[link]
        corner = np.cumsum(bends + 1) - bends - 1  # where each link's first vertex goes
        out = np.empty((int(bends.sum()) + len(link) + 1, 2))
        out[corner] = self.nodes[np.where(ahead, first, last)]
        out[-1] = self.nodes[last[-1] if ahead[-1] else first[-1]]
        step = np.repeat(np.where(ahead, 1, -1), bends)
        begin = np.where(ahead, self.bend_start[link], self.bend_start[link + 1] - 1)
        count = np.arange(len(step)) - np.repeat(np.cumsum(bends) - bends, bends)
        inner = np.ones(len(out), dtype=bool)
        inner[corner] = inner[-1] = False
        out[inner] = self.bends[np.repeat(begin, bends) + step * count]
        return out

    @cached_property
    def longest_straight_km(self) -> NDArray[np.float64]:
        """Longest straight step in each link's geometry [km], shape (m,)."""
        vertices, owner = self.vertices()
        steps = step_km(vertices)
        same = owner[1:] == owner[:-1]
        longest = np.zeros(len(self.metres))
        np.maximum.at(longest, owner[1:][same], steps[same])
        return read_only(longest)

    def vertices(self, links: NDArray[np.int64] | slice = slice(None)) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Vertices of all links, or of some, in turn, ends included, and the place of the link that each belongs to."""
        begin, stop, ends = self.bend_start[:-1][links], self.bend_start[1:][links], self.ends[links]
        counts = (stop - begin + 2).astype(np.int64)
        first = np.cumsum(counts) - counts
        owner = np.repeat(np.arange(len(counts)), counts)
        out = np.empty((len(owner), 2))
        inner = np.ones(len(out), dtype=bool)
        inner[first] = inner[first + counts - 1] = False
        out[first] = self.nodes[ends[:, 0]]
        out[first + counts - 1] = self.nodes[ends[:, 1]]
        out[inner] = self.bends[(np.arange(len(out)) + np.repeat(begin - first - 1, counts))[inner]]
        return out, owner

    @cached_property
    def boxes(self) -> NDArray[np.float64]:
        """Box around each link: west, south, east, north [degrees], shape (4, m)."""
        one, other = self.nodes[self.ends[:, 0]], self.nodes[self.ends[:, 1]]
        low, high = np.minimum(one, other), np.maximum(one, other)
        bent = np.flatnonzero(np.diff(self.bend_start))
        if len(bent):
            start = self.bend_start[bent]
            low[bent] = np.minimum(low[bent], np.minimum.reduceat(self.bends, start))
            high[bent] = np.maximum(high[bent], np.maximum.reduceat(self.bends, start))
        return read_only(np.ascontiguousarray(np.hstack([low, high]).T))

    def nearest_node(self, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Nearest node to each point (degrees, one or many), and how far it is [km].

        Raises
        ------
        BadValue
            If these are not as many longitudes as latitudes, all finite numbers.
        """
        try:
            lons, lats = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
        except (TypeError, ValueError, OverflowError):
            raise BadValue("lon and lat are numbers, or arrays of numbers, in degrees") from None
        if lons.shape != lats.shape or lons.ndim != 1 or not np.isfinite([lons, lats]).all():
            raise BadValue("lon and lat are finite numbers, or arrays of as many of them, in degrees")
        found = np.empty(len(lons), dtype=np.int64)
        for i, (x, y) in enumerate(zip(lons, lats, strict=True)):
            squeeze = np.cos(np.radians(y))  # a degree of longitude is that much shorter than one of latitude
            gap = ((self.nodes[:, 0] - x) * squeeze) ** 2 + (self.nodes[:, 1] - y) ** 2
            found[i] = np.argmin(gap)
        return found, geodesic_km(lons, lats, self.nodes[found, 0], self.nodes[found, 1])

    def __repr__(self) -> str:
        crossed = len(np.unique(self.country))
        return (
            f"RailNetwork({len(self.nodes):,} nodes, {len(self.metres):,} links, {self.km.sum():,.0f} km, "
            f"{crossed} {'country' if crossed == 1 else 'countries'}, {self.digest[:12]})"
        )

    def _repr_html_(self) -> str:
        return card(
            "Rail network",
            {
                "nodes": f"{len(self.nodes):,}",
                "links": f"{len(self.metres):,}",
                "length": f"{self.km.sum():,.0f} km, {self.km[self.mended].sum():,.0f} of it over mends",
                "countries": f"{len(np.unique(self.country))}",
                **{name: str(self.origin[name]) for name in ("source", "licence") if name in self.origin},
                "hash": self.digest[:12],
            },
        )
