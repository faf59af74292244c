"""``RailPath``: a way over the rails, what it is made of, and its certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor import words
from corridor.cards import card
from corridor.frozen import FrozenDict, by_fields
from corridor.geo import geodesic_km, line_km
from corridor.network import GAUGE_BASES, USAGES, RailNetwork, gauge_name
from corridor.places import Place
from corridor.routing.certificate import Certificate, certify
from corridor.routing.piece import Piece, Stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely import LineString


class Passage(NamedTuple):
    """A transfer passed: its id, and its two stations and gauges [mm] in order of travel.

    ``at_km``: where its first station lies [km from the origin]; ``rail_km``: rails between its stations [km];
    ``dwell_hours``: published range for a train's stay in normal times; None where nothing is published;
    ``joined``: whether rails of the network join its two tracks; if not, ``rail_km`` is the geodesic length between
    them.
    """

    transfer: str
    stations: tuple[str, str]
    gauges_mm: tuple[int, int]
    at_km: float
    rail_km: float
    dwell_hours: tuple[float, float] | None
    joined: bool = True


class Crossing(NamedTuple):
    """A border passed: country codes in order of travel, where [km from origin], and the point."""

    countries: tuple[str, str]
    at_km: float
    lon: float
    lat: float


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

    __reduce__ = by_fields

    @cached_property
    def links(self) -> NDArray[np.int64]:
        """Links of the network in order of travel, shape (k,)."""
        return np.concatenate([np.empty(0, np.int64), *(piece.links for piece in self.pieces)])

    @cached_property
    def span(self) -> NDArray[np.float64]:
        """From where to where each link is run over, shape (k, 2), as in :class:`Piece`."""
        return np.concatenate([np.empty((0, 2)), *(piece.span for piece in self.pieces)])

    @cached_property
    def stretches(self) -> Stretches:
        """What the path is made of: its links, and the halves of straight hops, in order of travel."""
        nothing = Piece(self.network, np.empty(0, np.int64), np.empty((0, 2)), 0).stretches
        return Stretches(*map(np.concatenate, zip(nothing, *(piece.stretches for piece in self.pieces), strict=True)))

    @property
    def train_gauge(self) -> NDArray[np.int64]:
        """Gauge of the train on each stretch, shape (k,), in bits; both gauges' within a transfer."""
        return self.stretches.gauge

    # ------------------------------------------------------------ lengths

    @cached_property
    def piece_km(self) -> NDArray[np.float64]:
        """Best estimate of each stretch's length [km], shape (k,): the source's length times the network's factor.

        Mends and straight hops have no factor: their lengths are no source's.
        """
        return self.stretches.km * np.where(self._certain, 1.0, self.network.length_factor[0])

    @property
    def link_km(self) -> NDArray[np.float64]:
        """Best estimate of each link's length [km], as far as it is run over, shape as of ``links``."""
        return self.piece_km[~self.stretches.straight]

    @property
    def _certain(self) -> NDArray[np.bool_]:
        """Stretches whose length no factor changes."""
        return self.stretches.mended | self.stretches.straight

    @cached_property
    def rail_km(self) -> float:
        """Best estimate of the length along the tracks [km]: ``source_km`` times a factor, but for mends."""
        return float(self.piece_km.sum())

    @cached_property
    def rail_km_range(self) -> tuple[float, float]:
        """The length with the lowest and the highest factor that is likely [km]."""
        certain = float(self.stretches.km[self._certain].sum())
        rest = self.source_km - certain
        return certain + rest * self.network.length_factor[1], certain + rest * self.network.length_factor[2]

    @cached_property
    def source_km(self) -> float:
        """Sum of the lengths that the source gives its links [km]; the search makes it smallest.

        The source of the embedded network gives longer links than their vertices draw, so this is longer than
        ``drawn_km``; of a network made from OpenStreetMap the two agree, to half a metre a link.
        """
        return float(self.stretches.km.sum())

    @cached_property
    def drawn_km(self) -> float:
        """Length of ``geometry`` on the ellipsoid [km]: what any other program measures along the line."""
        return line_km(self.lonlat)

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
        return float(self.stretches.km[self.stretches.mended].sum())

    @cached_property
    def ferry_km(self) -> float:
        """Length by train ferry [km]."""
        return float(self.link_km[self.network.usage[self.links] == USAGES.index("ferry")].sum())

    @cached_property
    def km_by_country(self) -> Mapping[str, float]:
        """Length in each country [km], the longest first; they add up to ``rail_km``."""
        km = np.bincount(self.stretches.country, self.piece_km, len(self.network.countries))
        parts = {self.network.countries[i]: float(km[i]) for i in np.argsort(-km, kind="stable") if km[i] > 0}
        return FrozenDict(parts)

    @cached_property
    def km_by_gauge(self) -> Mapping[str, float]:
        """Length on each gauge [km], the longest first ("1435", "1520"; "1435+1520" within a transfer)."""
        km = np.bincount(self.train_gauge, self.piece_km, 1)
        return FrozenDict({gauge_name(int(i)): float(km[i]) for i in np.argsort(-km, kind="stable") if km[i] > 0})

    @cached_property
    def km_by_gauge_basis(self) -> Mapping[str, float]:
        """Length by how the gauge is known [km]: tagged, curated, assumed from the country, or unknown."""
        km = np.bincount(self.stretches.gauge_basis, self.piece_km, len(GAUGE_BASES))
        return FrozenDict({name: float(km[i]) for i, name in enumerate(GAUGE_BASES) if km[i] > 0})

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
        before, place, out = np.concatenate([[0], np.cumsum(self.piece_km)]), 0, []
        for piece in self.pieces:
            count = len(piece.stretches.km)
            start, stop, place = before[place], before[place + count], place + count
            if piece.transfer is not None:
                name, turned = piece.transfer
                (a, b), (one, other) = known[name].stations, known[name].gauges_mm
                stations, gauges = ((b, a), (other, one)) if turned else ((a, b), (one, other))
                dwell = known[name].dwell_hours
                out.append(
                    Passage(name, stations, gauges, float(start), float(stop - start), dwell, not piece.straight)
                )
        return tuple(out)

    @cached_property
    def crossings(self) -> tuple[Crossing, ...]:
        """Borders in order of travel, as the outlines of the countries have them."""
        country, stop = self.stretches.country, self.stretches.stop
        before, names = np.cumsum(self.piece_km), self.network.countries
        return tuple(
            Crossing((names[country[i]], names[country[i + 1]]), float(before[i]), *stop[i].tolist())
            for i in np.flatnonzero(country[1:] != country[:-1]).tolist()
        )

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Node behind each link in the direction of travel, shape (k,)."""
        ahead = self.span[:, 1] > self.span[:, 0]
        return self.network.ends[self.links, np.where(ahead, 0, 1)].astype(np.int64)

    @cached_property
    def lonlat(self) -> NDArray[np.float64]:
        """Vertices in order of travel, shape (n, 2), WGS84 ``lon, lat``; at least two."""
        parts = [lonlat for piece in self.pieces if len(lonlat := piece.vertices[0])]
        if not parts:
            return np.array([[self.origin.lon, self.origin.lat], [self.destination.lon, self.destination.lat]])
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    @cached_property
    def vertices(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The vertices, and for each step between two of them the place of its stretch in the path."""
        first = np.cumsum([0, *(len(piece.stretches.km) for piece in self.pieces)]).tolist()
        owner = [piece.vertices[1] + start for piece, start in zip(self.pieces, first, strict=False)]
        return self.lonlat, np.concatenate([np.empty(0, np.int64), *owner])

    @property
    def geometry(self) -> LineString:
        """The path as a line, WGS84 ``lon, lat``; on the ellipsoid it is ``drawn_km`` long."""
        from shapely import LineString

        return LineString(self.lonlat)

    # ------------------------------------------------------------ certificate

    @cached_property
    def certificate(self) -> Certificate:
        """How far the path can be trusted."""
        return certify(self)

    # ------------------------------------------------------------ shown

    def __repr__(self) -> str:
        start, stop = (f"{place.name[:30]!r}" for place in (self.origin, self.destination))
        through = f" through {self.port}" if self.port else ""
        return f"<RailPath {start} to {stop}{through}: {words.km(self.rail_km)} by rail, {len(self.links):,} links>"

    def _repr_html_(self) -> str:
        places = (self.origin, *self.via, self.destination)
        return card(
            " – ".join(place.name for place in places),
            {
                "by rail": words.km(self.rail_km),
                "great circle": words.km(self.geodesic_km),
                "port": self.port or "none",
                "by country": ", ".join(f"{code} {words.km(km)}" for code, km in self.km_by_country.items()),
                "gauge changes": ", ".join(passage.transfer for passage in self.transfers) or "none",
                "certificate": "; ".join(self.certificate.broken) or "holds",
            },
        )
