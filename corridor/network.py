"""The rail network: read-only arrays of nodes and links, with length, country, gauge and geometry."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor import store
from corridor.errors import DataError
from corridor.geo import geodesic_km, step_km

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

FORMAT = 1
"""Version of the file format; a file of another version is refused."""

GAUGES_MM = (1435, 1520, 1524, 1668, 1000, 1067, 1676, 1600)
"""Gauges by bit: a link's ``gauge`` has bit i set where trains of GAUGES_MM[i] can run; 0 is unknown."""

GAUGE_BASES = ("unknown", "tagged", "curated", "assumed")
"""How a link's gauge is known: from its tags, from data/routes/gauges.csv, or from its country."""

LONG_STRAIGHT_KM = 30.0
"""A straight step longer than this must be a listed mend or a checked long link (data/routes/mends.csv)."""

_DEGREE = 1e-5  # coordinates are kept as whole multiples of this (about 1 m)


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
    km : ndarray of float, shape (m,)
        Length of each link [km], as measured along the tracks in the source (whole metres).
    country : ndarray of uint8, shape (m,)
        Place of each link's country in ``countries``.
    gauge : ndarray of uint8, shape (m,)
        Bits of GAUGES_MM; 0 is unknown.
    gauge_basis : ndarray of uint8, shape (m,)
        Place in GAUGE_BASES.
    mended : ndarray of bool, shape (m,)
        True where the source has a hole that data/routes/mends.csv closes.
    bends : ndarray of float, shape (k, 2)
        Vertices between the two ends, of all links in turn.
    bend_start : ndarray of int32, shape (m + 1,)
        Link i bends at ``bends[bend_start[i]:bend_start[i + 1]]``.
    countries : tuple of str
        ISO 3166 alpha-2 codes.
    origin : Mapping
        What the network was made from: source, licence, hashes of the inputs.
    """

    nodes: NDArray[np.float64]
    ends: NDArray[np.int32]
    km: NDArray[np.float64]
    country: NDArray[np.uint8]
    gauge: NDArray[np.uint8]
    gauge_basis: NDArray[np.uint8]
    mended: NDArray[np.bool_]
    bends: NDArray[np.float64]
    bend_start: NDArray[np.int32]
    countries: tuple[str, ...]
    origin: Mapping[str, str]

    def __post_init__(self) -> None:
        for field in fields(self):
            if isinstance(array := getattr(self, field.name), np.ndarray):
                array.flags.writeable = False

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all arrays and the country codes; two networks with the same digest are the same."""
        total = hashlib.sha256()
        for name, array in sorted(_to_arrays(self).items()):
            total.update(f"{name} {array.dtype} {array.shape}".encode())
            total.update(np.ascontiguousarray(array).tobytes())
        return total.hexdigest()

    def line(self, link: int) -> NDArray[np.float64]:
        """Vertices of one link, from its first to its second end, shape (k, 2)."""
        first, last = self.ends[link]
        inner = self.bends[self.bend_start[link] : self.bend_start[link + 1]]
        return np.vstack([self.nodes[first], inner, self.nodes[last]])

    def trace(self, links: Sequence[int], start: int) -> NDArray[np.float64]:
        """Vertices of links that follow each other, from node ``start`` on, shape (k, 2)."""
        pieces, node = [self.nodes[[start]]], start
        for link in links:
            line, (first, last) = self.line(link), self.ends[link].tolist()
            pieces.append(line[1:] if first == node else line[-2::-1])
            node = last if first == node else first
        return np.vstack(pieces)

    @cached_property
    def longest_straight_km(self) -> NDArray[np.float64]:
        """Longest straight step in each link's geometry [km], shape (m,)."""
        vertices, owner = self.vertices()
        steps = step_km(vertices)
        same = owner[1:] == owner[:-1]
        longest = np.zeros(len(self.km))
        np.maximum.at(longest, owner[1:][same], steps[same])
        longest.flags.writeable = False
        return longest

    def vertices(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """All links' vertices in turn, ends included, and the link that each belongs to."""
        counts = np.diff(self.bend_start) + 2
        owner = np.repeat(np.arange(len(self.km)), counts)
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        out = np.empty((int(counts.sum()), 2))
        inner = np.ones(len(out), dtype=bool)
        inner[first] = inner[first + counts - 1] = False
        out[first] = self.nodes[self.ends[:, 0]]
        out[first + counts - 1] = self.nodes[self.ends[:, 1]]
        out[inner] = self.bends
        return out, owner

    def nearest_node(
        self, lon: ArrayLike, lat: ArrayLike, *, countries: frozenset[str] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Nearest node to each point, and how far it is [km].

        Parameters
        ----------
        lon, lat : array_like
            Degrees, one or many points.
        countries : frozenset of str, optional
            Only nodes that a link in one of these countries touches; if there is none, the node is -1 and
            infinitely far.
        """
        lons, lats = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
        pool = _nodes_in(self, countries)
        if not len(pool):
            return np.full(len(lons), -1), np.full(len(lons), np.inf)
        found = np.empty(len(lons), dtype=np.int64)
        for i, (x, y) in enumerate(zip(lons, lats, strict=True)):
            squeeze = np.cos(np.radians(y))  # a degree of longitude is that much shorter than one of latitude
            gap = ((self.nodes[pool, 0] - x) * squeeze) ** 2 + (self.nodes[pool, 1] - y) ** 2
            found[i] = pool[np.argmin(gap)]
        return found, geodesic_km(lons, lats, self.nodes[found, 0], self.nodes[found, 1])

    def __repr__(self) -> str:
        return (
            f"RailNetwork({len(self.nodes):,} nodes, {len(self.km):,} links, {self.km.sum():,.0f} km, "
            f"{len(self.countries)} countries, {self.digest[:12]})"
        )


@lru_cache(maxsize=8)
def _nodes_in(network: RailNetwork, countries: frozenset[str] | None) -> NDArray[np.int64]:
    if countries is None:
        return np.arange(len(network.nodes))
    wanted = np.array([code in countries for code in network.countries])
    return np.unique(network.ends[wanted[network.country]]).astype(np.int64)


# ---------------------------------------------------------------- file


def _to_arrays(network: RailNetwork) -> dict[str, NDArray[Any]]:
    """The arrays as they are stored: whole metres and hundred-thousandths of a degree."""
    nodes = np.rint(network.nodes / _DEGREE).astype(np.int32)
    bends = np.rint(network.bends / _DEGREE).astype(np.int32)
    return {
        "bend_start": network.bend_start,
        "bends": bends,
        "countries": np.array(network.countries),
        "country": network.country,
        "ends": network.ends,
        "format": np.array(FORMAT),
        "gauge": network.gauge,
        "gauge_basis": network.gauge_basis,
        "mended": network.mended,
        "metres": np.rint(network.km * 1000).astype(np.int32),
        "nodes": nodes,
    }


def network_bytes(network: RailNetwork) -> bytes:
    """A network as the bytes of an npz file; the same network gives the same bytes."""
    buffer = io.BytesIO()
    origin = np.array(json.dumps(dict(network.origin), sort_keys=True))
    # Stored, not deflated: it loads seven times as fast, and stays under 4 MB.
    np.savez(buffer, allow_pickle=False, origin=origin, **_to_arrays(network))
    return buffer.getvalue()


def read_network(path: Path) -> RailNetwork:
    """Read a network from an npz file.

    Raises
    ------
    DataError
        If the file is missing, damaged or of another version.
    """
    raw = store.read_bytes(path)
    again = "make it again with `corridor network build`"
    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as file:
            found = dict(file)
        if int(found["format"]) != FORMAT:
            raise DataError(f"{path}: network format {int(found['format'])}, this version reads {FORMAT}; {again}")
        network = RailNetwork(
            nodes=found["nodes"] * _DEGREE,
            ends=found["ends"],
            km=found["metres"] / 1000,
            country=found["country"],
            gauge=found["gauge"],
            gauge_basis=found["gauge_basis"],
            mended=found["mended"],
            bends=found["bends"] * _DEGREE,
            bend_start=found["bend_start"],
            countries=tuple(found["countries"].tolist()),
            origin=json.loads(str(found["origin"])),
        )
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError, TypeError, IndexError) as err:
        if isinstance(err, DataError):
            raise
        raise DataError(f"{path}: not a rail network, or damaged ({err}); {again}") from err
    if problem := _shape_problem(network):
        raise DataError(f"{path}: damaged ({problem}); {again}")
    return network


def _shape_problem(network: RailNetwork) -> str | None:
    links, start = len(network.km), network.bend_start
    shapes = {
        "ends": (links, 2),
        "nodes": (len(network.nodes), 2),
        "bends": (len(network.bends), 2),
        "km": (links,),
        "country": (links,),
        "gauge": (links,),
        "gauge_basis": (links,),
        "mended": (links,),
        "bend_start": (links + 1,),
    }
    if wrong := [name for name, shape in shapes.items() if getattr(network, name).shape != shape]:
        return f"arrays of different length or shape: {', '.join(wrong)}"
    whole = (network.ends, start, network.country, network.gauge, network.gauge_basis)
    if not all(array.dtype.kind in "iu" for array in whole):
        return "numbers that should be whole are not"
    if links and network.km.min() < 0:
        return "a link of negative length"
    lonlat = np.vstack([network.nodes, network.bends])
    if len(lonlat) and not (np.abs(lonlat) <= (360, 90)).all():
        return "coordinates out of range"
    if not isinstance(network.origin, dict):
        return "no origin"
    if links and not (network.ends.min() >= 0 and network.ends.max() < len(network.nodes)):
        return "a link ends at no node"
    if start[0] != 0 or start[-1] != len(network.bends) or (np.diff(start) < 0).any():
        return "geometry out of order"
    if links and network.country.max() >= len(network.countries):
        return "a link in no country"
    return None


def load_network(path: Path | str | None = None) -> RailNetwork:
    """The embedded rail network of Eurasia, or another one.

    Parameters
    ----------
    path : path-like, optional
        An npz file made by this package; by default data/routes/network.npz (OpenStreetMap data, ODbL),
        which is read once.

    Returns
    -------
    RailNetwork

    Raises
    ------
    DataError
        If the file is missing, damaged or of another version.
    """
    return _read_once(Path(path) if path is not None else store.data_file("routes/network.npz"))


@cache
def _read_once(path: Path) -> RailNetwork:
    return read_network(path)


# ---------------------------------------------------------------- mends and checked links


@store.remember
def load_mends() -> pd.DataFrame:
    """Mended holes and checked long links, one row each (data/routes/mends.csv).

    Returns
    -------
    DataFrame
        Index ``mend_id``; ``kind`` mend or checked; both ends in degrees; ``km``; reason; source.
    """
    lon, lat = store.number(-180, 180), store.number(-90, 90)
    return store.read_table(
        store.data_file("routes/mends.csv"),
        {
            "mend_id": store.text,
            "kind": store.one_of("mend", "checked"),
            "place": store.text,
            "lon_a": lon,
            "lat_a": lat,
            "lon_b": lon,
            "lat_b": lat,
            "km": store.number(0.001, 200),
            "status": store.one_of("printed", "derived", "assumed"),
            "reason": store.text,
            "source": store.text,
        },
        key="mend_id",
    )
