"""Rails of OpenStreetMap as arrays, and the network that they make: the same way on from a file or a download."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corridor import store
from corridor.errors import DataError
from corridor.geo import geodesic_km
from corridor.network import RailNetwork
from corridor.sources.borders import crop_to_countries, split_at_borders
from corridor.sources.contraction import contract, sharp_corners
from corridor.sources.countries import read_countries, read_outlines
from corridor.sources.gauges import assign_national_gauges
from corridor.sources.graph import RawGraph, raw_graph
from corridor.sources.recipe import without_islands
from corridor.sources.stations import with_nodes_at_transfers

if TYPE_CHECKING:
    from numpy.typing import NDArray

ISLAND_KM = 50.0
"""Rails of one gauge that hang together over less than this are left out, if more is there."""

_AT_ONCE = 500_000  # steps measured at a time

_UNPLACED = 2**31 - 1  # as osmium has it: a node whose place is not told, at the edge of an extract say


@dataclass(frozen=True)
class Ways:
    """Rail ways as their source has them.

    ``ids`` (w,): way ids, each once; ``start`` (w + 1,): way i runs over ``nodes[start[i]:start[i + 1]]``,
    which are node ids; ``gauge``, ``gauge_basis``, ``usage``, ``traits`` (w,) as in
    :class:`corridor.network.RailNetwork`; ``level`` (w,) as in :class:`corridor.sources.tags.Told`.
    """

    ids: NDArray[np.int64]
    start: NDArray[np.int64]
    nodes: NDArray[np.int64]
    gauge: NDArray[np.uint8]
    gauge_basis: NDArray[np.uint8]
    usage: NDArray[np.uint8]
    traits: NDArray[np.uint8]
    level: NDArray[np.uint8]


def join_ways(parts: Sequence[Ways]) -> Ways:
    """The ways of several sources by id; of a way in several, the first source's counts."""
    if not parts:
        nothing, told = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint8)
        return Ways(nothing, np.zeros(1, dtype=np.int64), nothing, told, told, told, told, told)
    ids = np.concatenate([part.ids for part in parts])
    _, chosen = np.unique(ids, return_index=True)
    length = np.concatenate([np.diff(part.start) for part in parts])
    before = np.cumsum(length) - length
    nodes = np.concatenate([part.nodes for part in parts])
    start = np.concatenate([[0], np.cumsum(length[chosen])])
    place = np.repeat(before[chosen] - start[:-1], length[chosen]) + np.arange(start[-1])
    by_name = {
        name: np.concatenate([getattr(part, name) for part in parts])[chosen]
        for name in ("gauge", "gauge_basis", "usage", "traits", "level")
    }
    return Ways(ids[chosen], start, nodes[place], **by_name)


def unplaced(count: int) -> NDArray[np.int32]:
    """Places of nodes in units of 1e-7 degrees, none of them known yet, shape (count, 2)."""
    return np.full((count, 2), _UNPLACED, dtype=np.int32)


def is_placed(places: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which of the nodes have a place."""
    return np.asarray(places[:, 0] != _UNPLACED)


def to_graph(ways: Ways, ids: NDArray[np.int64], places: NDArray[np.int32]) -> RawGraph:
    """The steps of all ways as straight links; a step to a node without a place is left out.

    Steps that two ways have in common count once, unless gauge, usage or traits differ.

    Parameters
    ----------
    ways : Ways
    ids : ndarray of int64
        Ids of the nodes, ascending.
    places : ndarray of int32
        Their ``lon, lat`` in units of 1e-7 degrees.
    """
    number = np.searchsorted(ids, ways.nodes)
    way = np.repeat(np.arange(len(ways.ids)), np.diff(ways.start))
    placed = is_placed(places)[number]
    step = (way[1:] == way[:-1]) & placed[1:] & placed[:-1] & (number[1:] != number[:-1])
    first, second, way = number[:-1][step], number[1:][step], way[:-1][step]
    low, high = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort([ways.traits[way], ways.usage[way], ways.gauge_basis[way], ways.gauge[way], high, low])
    low, high, way = low[order], high[order], way[order]
    told = [array[way] for array in (ways.gauge, ways.gauge_basis, ways.usage, ways.traits)]
    again = np.ones(len(way), dtype=bool)
    again[:1] = False
    for array in (low, high, *told):
        again[1:] &= array[1:] == array[:-1]
    ends = np.column_stack([low, high])[~again]
    used, ends = np.unique(ends, return_inverse=True)
    lonlat = places[used] * 1e-7
    ends = ends.reshape(-1, 2)
    km = np.empty(len(ends))
    for begin in range(0, len(ends), _AT_ONCE):
        one, other = lonlat[ends[begin : begin + _AT_ONCE]].transpose(1, 2, 0)
        km[begin : begin + _AT_ONCE] = geodesic_km(*one, *other)
    gauge, gauge_basis, usage, traits = (array[~again] for array in told)
    return raw_graph(lonlat, ends, km, gauge=gauge, gauge_basis=gauge_basis, usage=usage, traits=traits)


def to_network(
    graph: RawGraph,
    *,
    what: str,
    origin: dict[str, str],
    countries: Path | None = None,
    island_km: float = ISLAND_KM,
    progress: Callable[[str], None] = lambda step: None,
) -> RailNetwork:
    """The network that a graph of tagged rails makes: countries, contraction, gauges.

    Parameters
    ----------
    graph : RawGraph
    what : str
        What it was read from, for messages.
    origin : dict
        What it was made from; the countries are added.
    countries : Path, optional
        ``countries-10m.json`` of world-atlas; by default the outlines of the data, whose borders are some
        kilometres off.
    island_km : float
        Rails of one gauge that hang together over less than this are left out, unless that is all there is.
    progress : callable, optional
        Told the name of each step.

    Raises
    ------
    DataError
        If there are no rails in the countries that are known.
    """
    if not len(graph.ends):
        raise DataError(f"{what}: no rails (railway=rail); name an extract or an area with railways")
    progress("split links at borders")
    areas = read_outlines() if countries is None else read_countries(countries)
    graph = crop_to_countries(graph, areas)
    if not len(graph.ends):
        raise DataError(f"{what}: no rails in the countries of countries.csv; name an extract or an area in Eurasia")
    graph = split_at_borders(graph, areas)
    outlines = store.data_file("routes/countries.json") if countries is None else countries
    progress("contract")
    network = contract(
        graph,
        keep=sharp_corners(graph),
        rings=True,
        countries=tuple(areas["country"]),
        origin=origin | {"countries": outlines.name, "countries_sha256": store.sha256(store.read_bytes(outlines))},
    )
    network = assign_national_gauges(network)
    large = without_islands(network, island_km)
    return with_nodes_at_transfers(large if len(large.metres) else network)
