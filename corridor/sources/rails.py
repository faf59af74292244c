"""Rails of OpenStreetMap as arrays, and the network that they make: the same way on from a file or a download."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corridor import arguments, store
from corridor.errors import DataError
from corridor.geo import geodesic_km
from corridor.network import GAUGE_BASES, USAGES, RailNetwork
from corridor.sources.borders import crop_to_countries, split_at_borders
from corridor.sources.contraction import contract, sharp_corners
from corridor.sources.countries import read_countries, read_outlines
from corridor.sources.ferries import assign_ferry_countries, assign_ferry_gauges
from corridor.sources.gauges import add_named_gauges, assign_national_gauges
from corridor.sources.graph import RawGraph, raw_dtype, raw_graph
from corridor.sources.notes import note_lines
from corridor.sources.recipe import without_islands
from corridor.sources.stations import with_nodes_at_transfers
from corridor.sources.ways import Ways, is_placed, numbered, take_ways

if TYPE_CHECKING:
    from numpy.typing import NDArray

ISLAND_KM = 50.0
"""Rails of one gauge that hang together over less than this are left out, if more is there."""

_AT_ONCE = 500_000  # steps measured at a time

_KINDS = ("gauge", "gauge_basis", "usage", "traits", "opened", "closed")

_FERRY = USAGES.index("ferry")


def to_graph(ways: Ways, ids: NDArray[np.int64], places: NDArray[np.int32]) -> RawGraph:
    """The steps of all ways that count as straight links; a step to a node without a place is left out.

    Steps that two ways have in common count once, unless gauge, usage, traits or days differ.

    Parameters
    ----------
    ways : Ways
    ids : ndarray of int64
        Ids of the nodes, ascending.
    places : ndarray of int32
        Their ``lon, lat`` in units of 1e-7 degrees.
    """
    ways = take_ways(ways, ways.counts)
    way, number = numbered(ways, ids)
    placed = is_placed(places)[number]
    step = (way[1:] == way[:-1]) & placed[1:] & placed[:-1] & (number[1:] != number[:-1])
    first, second, way = number[:-1][step], number[1:][step], way[:-1][step]
    low, high = np.minimum(first, second), np.maximum(first, second)
    values = np.array([[getattr(kind, name) for name in _KINDS] for kind in ways.kinds], dtype=np.int64)
    # Kinds that differ only in what is noted of them make the same links.
    values, same = np.unique(values.reshape(-1, len(_KINDS)), axis=0, return_inverse=True)
    kind = same.reshape(-1)[ways.kind][way]
    order = np.lexsort([kind, high, low])
    low, high, kind = low[order], high[order], kind[order]
    again = np.ones(len(kind), dtype=bool)
    again[:1] = False
    for array in (low, high, kind):
        again[1:] &= array[1:] == array[:-1]
    ends = np.column_stack([low, high])[~again]
    used, ends = np.unique(ends, return_inverse=True)
    lonlat = places[used] * 1e-7
    ends = ends.reshape(-1, 2)
    km = np.empty(len(ends))
    for begin in range(0, len(ends), _AT_ONCE):
        one, other = lonlat[ends[begin : begin + _AT_ONCE]].transpose(1, 2, 0)
        km[begin : begin + _AT_ONCE] = geodesic_km(*one, *other)
    kind = kind[~again]
    known = {name: values[kind, i].astype(raw_dtype(name)) for i, name in enumerate(_KINDS)}
    return raw_graph(lonlat, ends, km, **known)


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
    BadValue
        If ``island_km`` is no finite number of 0 or more.
    """
    island_km = arguments.amount(island_km, "island_km", 0)
    noted = "".join(f"; {line}" for line in note_lines(origin))
    if not (graph.usage != _FERRY).any():
        raise DataError(f"{what}: no rails (railway=rail){noted}; name an extract or an area with railways")
    progress("split links at borders")
    areas = read_outlines() if countries is None else read_countries(countries)
    graph = crop_to_countries(graph, areas)
    if not (graph.usage != _FERRY).any():
        raise DataError(f"{what}: no rails in the countries of countries.csv; name an extract or an area in Eurasia")
    graph = assign_ferry_countries(split_at_borders(graph, areas))
    graph, unread = add_named_gauges(graph, tuple(areas["country"]))
    if unread:
        origin = origin | {"unread_gauges": "; ".join(filter(None, [origin.get("unread_gauges"), unread]))}
    outlines = store.data_file("routes/countries.json") if countries is None else countries
    progress("contract")
    network = contract(
        graph,
        keep=sharp_corners(graph),
        rings=True,
        countries=tuple(areas["country"]),
        origin=origin | {"countries": outlines.name, "countries_sha256": store.sha256(store.read_bytes(outlines))},
    )
    # A ferry runs straight over the sea: its steps need no check.
    network = replace(network, checked=network.usage == _FERRY)
    network = assign_ferry_gauges(assign_national_gauges(network), network.gauge_basis == GAUGE_BASES.index("unknown"))
    large = without_islands(network, island_km)
    return with_nodes_at_transfers(large if len(large.metres) else network)
