"""A node on the rails of each gauge at the stations of transfers, so that a transfer begins there and nowhere else."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from corridor.countries import country_rows
from corridor.geo import geodesic_km
from corridor.network import GAUGE_BASES, GAUGE_SYSTEMS, USAGES, gauge_bits
from corridor.places import station_place
from corridor.sources.borders import split_links
from corridor.sources.graph import RawGraph, foot_points
from corridor.transfers import STATION_LIMIT_KM, transfers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AT_NODE_KM = 0.02  # a foot point this near to a node is that node
_KM_PER_DEGREE = 111.2  # of latitude


def nodes_at_transfers(graph: RawGraph, countries: tuple[str, ...]) -> tuple[RawGraph, NDArray[np.int64]]:
    """Split the link that comes nearest to each station of a transfer, of those that carry freight on its gauge.

    Parameters
    ----------
    graph : RawGraph
        With the country of each link.
    countries : tuple of str
        ISO 3166 alpha-2 codes, as the links' countries count them.

    Returns
    -------
    graph : RawGraph
    nodes : ndarray of int
        At the stations that rails of their gauge come near to, each once.
    """
    rows = country_rows()
    national = np.array([gauge_bits(rows[code]["gauge_mm"]) for code in countries], dtype=np.uint8)
    untagged = graph.gauge_basis == GAUGE_BASES.index("unknown")
    gauge = np.where(untagged, national[graph.country], graph.gauge)
    gauge[graph.usage == USAGES.index("passenger_only")] = 0
    west, east = _sorted_ends(graph, 0)
    south, north = _sorted_ends(graph, 1)
    nodes: set[int] = set()
    cuts: dict[int, set[float]] = {}
    for station, mm in sorted({pair for t in transfers() for pair in zip(t.stations, t.gauges_mm, strict=True)}):
        place = station_place(station)
        system = next(gauges for gauges in GAUGE_SYSTEMS if mm in gauges)
        squeeze = np.array([np.cos(np.radians(place.lat)), 1.0])
        aside, along = STATION_LIMIT_KM / _KM_PER_DEGREE / squeeze
        near = (west <= place.lon + aside) & (east >= place.lon - aside)
        near &= (south <= place.lat + along) & (north >= place.lat - along)
        links = np.flatnonzero(near & (gauge & gauge_bits(";".join(map(str, system))) > 0))
        if not len(links):
            continue
        gap, share, foot = foot_points(graph, links, np.array([place.lon, place.lat]), squeeze)
        best = int(gap.argmin())
        if geodesic_km(place.lon, place.lat, *foot[best]) > STATION_LIMIT_KM:
            continue
        link, at = int(links[best]), float(share[best])
        if min(at, 1 - at) * graph.km[link] <= _AT_NODE_KM:
            nodes.add(int(graph.ends[link, round(at)]))
        else:
            cuts.setdefault(link, set()).add(at)
    parts = [(link, _apart(sorted(shares), graph.km[link])) for link, shares in sorted(cuts.items())]
    added = len(graph.lonlat) + np.arange(sum(len(shares) for _, shares in parts))
    graph = split_links(graph, [(link, at, [int(graph.country[link])] * (len(at) + 1)) for link, at in parts])
    return graph, np.concatenate([np.array(sorted(nodes), dtype=np.int64), added])


def _apart(shares: list[float], km: float) -> list[float]:
    """Those of some shares of a link, in order, that do not lie on the one before."""
    return [at for before, at in pairwise([-1.0, *shares]) if (at - before) * km > _AT_NODE_KM]


def _sorted_ends(graph: RawGraph, axis: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The lower and the higher coordinate of each link's ends, along longitude (0) or latitude (1)."""
    one, other = graph.lonlat[graph.ends, axis].T
    return np.minimum(one, other), np.maximum(one, other)
