"""Train ferries: which countries they count to, and wagons of which gauge they take, both by the quays where they land.

At sea the nearest coast says nothing: between Sassnitz and Klaipeda it is Sweden's, Denmark's and Russia's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor.geo import geodesic_km
from corridor.network import GAUGE_BASES, USAGES, RailNetwork
from corridor.sources.graph import RawGraph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_FERRY = USAGES.index("ferry")


class _Ferry(NamedTuple):
    """Links of a ferry, and the rails at its quays: their links, and the node of each at the quay."""

    links: NDArray[np.int64]
    rails: NDArray[np.int64]
    quays: NDArray[np.int64]


def assign_ferry_countries(graph: RawGraph) -> RawGraph:
    """Parts of a ferry that lie off a country where it does not land count to that of the nearest quay."""
    country = graph.country.copy()
    for ferry in _ferries(graph.ends, graph.usage):
        landed = graph.country[ferry.rails]
        at_sea = ferry.links[~np.isin(graph.country[ferry.links], landed)]
        middle = graph.lonlat[graph.ends[at_sea]].mean(axis=1)
        for link, place in zip(at_sea.tolist(), middle, strict=True):
            away_km = geodesic_km(*np.broadcast_to(place, (len(landed), 2)).T, *graph.lonlat[ferry.quays].T)
            country[link] = landed[away_km.argmin()]
    return replace(graph, country=country)


def assign_ferry_gauges(network: RailNetwork, untagged: NDArray[np.bool_]) -> RailNetwork:
    """Ferries among the links whose tags name no gauge take those of the rails at their quays.

    A train comes off again only where rails of its gauge begin, so it does not matter which quay has which.
    """
    gauge, basis = network.gauge.copy(), network.gauge_basis.copy()
    for ferry in _ferries(network.ends, network.usage):
        links = ferry.links[untagged[ferry.links]]
        if bits := np.bitwise_or.reduce(network.gauge[ferry.rails]):
            gauge[links], basis[links] = bits, GAUGE_BASES.index("assumed")
    return replace(network, gauge=gauge, gauge_basis=basis)


def _ferries(ends: NDArray[np.integer], usage: NDArray[np.uint8]) -> Iterator[_Ferry]:
    """The ferries that land at rails; those that meet are one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = np.flatnonzero(usage == _FERRY)
    if not len(links):
        return
    n = int(ends.max()) + 1
    _, label = connected_components(coo_array((np.ones(len(links)), tuple(ends[links].T)), shape=(n, n)))
    afloat = np.zeros(n, dtype=bool)
    afloat[ends[links]] = True
    rail, end = np.nonzero(afloat[ends] & (usage != _FERRY)[:, None])
    quay = ends[rail, end]
    for part in np.unique(label[quay]).tolist():
        here = label[quay] == part
        yield _Ferry(links[label[ends[links, 0]] == part], rail[here], quay[here])
