"""``RailPath``: a way over the rails, what it is made of, and its certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor.geo import geodesic_km
from corridor.network import GAUGE_BASES, USAGES, RailNetwork, gauge_name
from corridor.places import Place
from corridor.routing.certificate import Certificate, certify

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely import LineString


class Passage(NamedTuple):
    """A transfer passed: its id, and its two stations and gauges [mm] in order of travel.

    ``at_km``: where its first station lies [km from the origin]; ``rail_km``: rails between its stations [km];
    ``dwell_hours``: published range for a train's stay in normal times; None where nothing is published.
    """

    transfer: str
    stations: tuple[str, str]
    gauges_mm: tuple[int, int]
    at_km: float
    rail_km: float
    dwell_hours: tuple[float, float] | None


class Crossing(NamedTuple):
    """A border passed: country codes in order of travel, where [km from origin], and the point."""

    countries: tuple[str, str]
    at_km: float
    lon: float
    lat: float


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
    """

    network: RailNetwork
    links: NDArray[np.int64]
    span: NDArray[np.float64]
    gauges: int
    transfer: tuple[str, bool] | None = None

    def __post_init__(self) -> None:
        # Paths share pieces: who changed one would change them all.
        self.links.flags.writeable = self.span.flags.writeable = False

    @cached_property
    def turned(self) -> Piece:
        """The same rails the other way."""
        transfer = (self.transfer[0], not self.transfer[1]) if self.transfer else None
        back = Piece(self.network, self.links[::-1], self.span[::-1, ::-1], self.gauges, transfer)
        back.__dict__["turned"] = self
        return back

    @cached_property
    def vertices(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Vertices in order of travel, shape (n, 2), and for each step between two of them the place of its link."""
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


@dataclass(frozen=True, eq=False)
class RailPath:
    """A way over the rails.

    Attributes
    ----------
    origin, destination : Place
    via : tuple of Place
        Places passed because they were asked for.
    port : str or None
        Id of the port it goes through; None if it passes none.
    pieces : tuple of Piece
        In order of travel; none is empty.
    snap_km : tuple of float
        How far the rails lie from each place asked for, in order of travel [km].
    network : RailNetwork
    """

    origin: Place
    destination: Place
    via: tuple[Place, ...]
    port: str | None
    pieces: tuple[Piece, ...]
    snap_km: tuple[float, ...]
    network: RailNetwork

    @cached_property
    def links(self) -> NDArray[np.int64]:
        """Links of the network in order of travel, shape (k,)."""
        return np.concatenate([np.empty(0, np.int64), *(piece.links for piece in self.pieces)])

    @cached_property
    def span(self) -> NDArray[np.float64]:
        """From where to where each link is run over, shape (k, 2), as in :class:`Piece`."""
        return np.concatenate([np.empty((0, 2)), *(piece.span for piece in self.pieces)])

    @cached_property
    def train_gauge(self) -> NDArray[np.int64]:
        """Gauge of the train on each link, shape (k,), in bits; both gauges' within a transfer."""
        counts = [len(piece.links) for piece in self.pieces]
        masks = np.repeat(np.array([piece.gauges for piece in self.pieces], dtype=np.int64), counts)
        return self.network.gauge[self.links].astype(np.int64) & masks

    # ------------------------------------------------------------ lengths

    @cached_property
    def measured_km(self) -> NDArray[np.float64]:
        """Length of each piece as measured along the geometry of the source [km], shape (k,)."""
        return np.abs(self.span[:, 1] - self.span[:, 0]) * self.network.km[self.links]

    @cached_property
    def piece_km(self) -> NDArray[np.float64]:
        """Best estimate of each piece's length [km], shape (k,): what was measured times the network's factor."""
        factor = np.where(self.network.mended[self.links], 1.0, self.network.length_factor[0])
        return self.measured_km * factor

    @cached_property
    def rail_km(self) -> float:
        """Best estimate of the length along the tracks [km]."""
        return float(self.piece_km.sum())

    @cached_property
    def rail_km_range(self) -> tuple[float, float]:
        """The length with the lowest and the highest factor that is likely [km]."""
        mended, rest = self.mended_km, self.geometry_km - self.mended_km
        return mended + rest * self.network.length_factor[1], mended + rest * self.network.length_factor[2]

    @cached_property
    def geometry_km(self) -> float:
        """Length as measured along the geometry of the source [km]; the search makes it smallest."""
        return float(self.measured_km.sum())

    @cached_property
    def geodesic_km(self) -> float:
        """Shortest distance between the two places on the ellipsoid [km]."""
        start, stop = self.origin, self.destination
        return float(geodesic_km(start.lon, start.lat, stop.lon, stop.lat))

    @property
    def detour(self) -> float:
        """Rail length over geodesic length [-]; infinite if both ends are one point."""
        return self.rail_km / self.geodesic_km if self.geodesic_km else float("inf")

    @cached_property
    def mended_km(self) -> float:
        """Length over mends, where the source has a hole [km]."""
        return float(self.measured_km[self.network.mended[self.links]].sum())

    @cached_property
    def ferry_km(self) -> float:
        """Length by train ferry [km]."""
        return float(self.piece_km[self.network.usage[self.links] == USAGES.index("ferry")].sum())

    @cached_property
    def km_by_country(self) -> Mapping[str, float]:
        """Length in each country [km], the longest first; they add up to ``rail_km``."""
        km = np.bincount(self.network.country[self.links], self.piece_km, len(self.network.countries))
        parts = {self.network.countries[i]: float(km[i]) for i in np.argsort(-km, kind="stable") if km[i] > 0}
        return MappingProxyType(parts)

    @cached_property
    def km_by_gauge(self) -> Mapping[str, float]:
        """Length on each gauge [km], the longest first ("1435", "1520"; "1435+1520" within a transfer)."""
        km = np.bincount(self.train_gauge, self.piece_km, 1)
        return MappingProxyType({gauge_name(int(i)): float(km[i]) for i in np.argsort(-km, kind="stable") if km[i] > 0})

    @cached_property
    def km_by_gauge_basis(self) -> Mapping[str, float]:
        """Length by how the gauge is known [km]: tagged, curated, assumed from the country, or unknown."""
        km = np.bincount(self.network.gauge_basis[self.links], self.piece_km, len(GAUGE_BASES))
        return MappingProxyType({name: float(km[i]) for i, name in enumerate(GAUGE_BASES) if km[i] > 0})

    @property
    def assumed_gauge_km(self) -> float:
        """Length whose gauge is assumed from the country [km]."""
        return self.km_by_gauge_basis.get("assumed", 0.0)

    # ------------------------------------------------------------ way

    @property
    def transfers(self) -> tuple[Passage, ...]:
        """Transfers in order of travel."""
        from corridor.transfers import transfers

        known = {transfer.name: transfer for transfer in transfers()}
        before, link, out = np.concatenate([[0], np.cumsum(self.piece_km)]), 0, []
        for piece in self.pieces:
            start, stop, link = before[link], before[link + len(piece.links)], link + len(piece.links)
            if piece.transfer is not None:
                name, turned = piece.transfer
                (a, b), (one, other) = known[name].stations, known[name].gauges_mm
                stations, gauges = ((b, a), (other, one)) if turned else ((a, b), (one, other))
                dwell = known[name].dwell_hours
                out.append(Passage(name, stations, gauges, float(start), float(stop - start), dwell))
        return tuple(out)

    @cached_property
    def crossings(self) -> tuple[Crossing, ...]:
        """Borders in order of travel, as the outlines of the countries have them."""
        country = self.network.country[self.links]
        before = np.cumsum(self.piece_km)
        names, ahead = self.network.countries, self.span[:, 1] > self.span[:, 0]
        out = []
        for i in np.flatnonzero(country[1:] != country[:-1]).tolist():
            lon, lat = self.network.nodes[self.network.ends[self.links[i], int(ahead[i])]]
            out.append(Crossing((names[country[i]], names[country[i + 1]]), float(before[i]), float(lon), float(lat)))
        return tuple(out)

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Node behind each link in the direction of travel, shape (k,)."""
        ahead = self.span[:, 1] > self.span[:, 0]
        return self.network.ends[self.links, np.where(ahead, 0, 1)].astype(np.int64)

    @cached_property
    def lonlat(self) -> NDArray[np.float64]:
        """Vertices in order of travel, shape (n, 2), WGS84 ``lon, lat``; at least two."""
        if not self.pieces:
            return np.array([[self.origin.lon, self.origin.lat], [self.destination.lon, self.destination.lat]])
        parts = [piece.vertices[0] for piece in self.pieces]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    @cached_property
    def vertices(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The vertices, and for each step between two of them the place of its link in the path."""
        if not self.pieces:
            return self.lonlat, np.empty(0, np.int64)
        first = np.cumsum([0, *(len(piece.links) for piece in self.pieces)]).tolist()
        owner = [piece.vertices[1] + start for piece, start in zip(self.pieces, first, strict=False)]
        return self.lonlat, np.concatenate(owner)

    @property
    def geometry(self) -> LineString:
        """The path as a line, WGS84 ``lon, lat``."""
        from shapely import LineString

        return LineString(self.lonlat)

    # ------------------------------------------------------------ certificate

    @cached_property
    def certificate(self) -> Certificate:
        """How far the path can be trusted."""
        return certify(self)
