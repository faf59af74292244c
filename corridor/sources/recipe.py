"""The recipe of the embedded network, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corridor import store, tables
from corridor.assumptions import assumed
from corridor.countries import country_rows
from corridor.geo import geodesic_km, step_km
from corridor.network import GAUGE_SYSTEMS, LONG_STRAIGHT_KM, PER_LINK, USAGES, RailNetwork
from corridor.places import station_rows
from corridor.sources.borders import split_at_borders
from corridor.sources.contraction import contract
from corridor.sources.countries import read_countries
from corridor.sources.gauges import assign_gauges, load_gauge_rules
from corridor.sources.graph import add_mends, crop, drop_loops, largest_component, nodes_at, read_open_graph
from corridor.sources.lines import line_rows, mark_usage
from corridor.sources.mends import load_mends

if TYPE_CHECKING:
    from numpy.typing import NDArray

EURASIA = (-12.0, 15.0, 146.0, 72.0)
"""Box of the embedded network: lon_min, lat_min, lon_max, lat_max."""

ISLAND_KM = 300.0
"""Freight rails of one gauge that hang together over less than this, cut off from all others, are left out."""

ISLAND_SHARE = 0.1
"""They are not left out, though, if they are no smaller than this beside the largest of their gauge."""

_STATION_KM = 0.02  # a link is split for a station only where that brings it nearer by this much


def build_network(
    open_graph: Path, countries: Path, *, progress: Callable[[str], None] = lambda step: None
) -> RailNetwork:
    """Make the embedded network anew.

    Parameters
    ----------
    open_graph : Path
        ``world_railways.py`` of scgraph-data 2.0.0 (OpenStreetMap data, ODbL); read as text, never run.
    countries : Path
        ``countries-10m.json`` of world-atlas 2.0.2 (Natural Earth, public domain).
    progress : callable, optional
        Told the name of each step.

    Returns
    -------
    RailNetwork
    """
    progress("read the open rail graph")
    graph = drop_loops(crop(read_open_graph(open_graph), EURASIA))
    progress("add the mends")
    graph = add_mends(graph, load_mends())
    progress("split links at borders")
    areas = read_countries(countries)
    graph = largest_component(split_at_borders(graph, areas))
    progress("follow the lines")
    graph = mark_usage(graph)
    progress("give each station a node")
    points = np.array([(row["lon"], row["lat"]) for row in station_rows().values()])
    for_freight = graph.usage != USAGES.index("passenger_only")
    graph, keep, _ = nodes_at(graph, points, _STATION_KM, allowed=for_freight)
    progress("contract")
    network = contract(
        graph,
        keep=keep,
        countries=tuple(areas["country"]),
        origin={
            "source": "OpenStreetMap contributors, through scgraph-data 2.0.0 (world railways)",
            "licence": "ODbL-1.0",
            "open_graph_sha256": store.sha256(store.read_bytes(open_graph)),
            "countries": "Natural Earth through world-atlas 2.0.2 (countries-10m.json)",
            "countries_sha256": store.sha256(store.read_bytes(countries)),
            "inputs_sha256": inputs_digest(),
        },
    )
    progress("give each link its gauge")
    network = without_islands(assign_gauges(network))
    return replace(network, checked=_checked(network), length_factor=assumed("length-factor"))


def without_islands(network: RailNetwork, smallest_km: float = ISLAND_KM) -> RailNetwork:
    """The network without small sets of freight rails that no rails of their gauge join to others.

    A place would else snap to a siding from which no train can leave. Passenger-only lines stay, and so do rails of
    unknown gauge. What a train ferry joins hangs together, though a path uses it only if asked.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(network.nodes)
    open_to_some, large = np.zeros(len(network.metres), bool), np.zeros(len(network.metres), bool)
    for system in range(len(GAUGE_SYSTEMS)):
        runs = network.with_ferries.runs(system)
        ends = network.ends[runs]
        joined = coo_array((np.ones(len(ends)), tuple(ends.T)), shape=(n, n))
        _, label = connected_components(joined, directed=False)
        km = np.bincount(label[ends[:, 0]], network.km[runs], label.max(initial=0) + 1)
        open_to_some |= runs
        large[np.flatnonzero(runs)] |= km[label[ends[:, 0]]] >= min(smallest_km, ISLAND_SHARE * km.max())
    return _kept(network, large | ~open_to_some)


def _kept(network: RailNetwork, keep: NDArray[np.bool_]) -> RailNetwork:
    """Some links of a network, and the nodes that they touch, renumbered."""
    used, ends = np.unique(network.ends[keep], return_inverse=True)
    counts = np.diff(network.bend_start)
    return replace(
        network,
        nodes=network.nodes[used],
        ends=ends.reshape(-1, 2).astype(np.int32),
        bends=network.bends[np.repeat(keep, counts)],
        bend_start=np.concatenate([[0], np.cumsum(counts[keep])]).astype(np.int32),
        **{name: getattr(network, name)[keep] for name in PER_LINK},
    )


def _checked(network: RailNetwork) -> NDArray[np.bool_]:
    """Links all of whose long straight steps mends.csv lists."""
    mends = load_mends()[["lon_a", "lat_a", "lon_b", "lat_b"]].to_numpy()
    both_ways = np.vstack([mends, mends[:, [2, 3, 0, 1]]])
    checked = np.zeros(len(network.metres), dtype=bool)
    for link in np.flatnonzero(network.longest_straight_km > LONG_STRAIGHT_KM).tolist():
        line = network.line(link)
        long = np.flatnonzero(step_km(line) > LONG_STRAIGHT_KM)
        checked[link] = all(_is_listed(line[i], line[i + 1], both_ways) for i in long.tolist())
    return checked


def _is_listed(start: NDArray[np.float64], stop: NDArray[np.float64], listed: NDArray[np.float64]) -> bool:
    """Whether both ends of a step are those of a row, to 0.2 km."""
    near = geodesic_km(start[0], start[1], listed[:, 0], listed[:, 1]) < 0.2
    return bool((near & (geodesic_km(stop[0], stop[1], listed[:, 2], listed[:, 3]) < 0.2)).any())


def inputs_digest() -> str:
    """SHA-256 over what the recipe takes from data/: mends, places of stations, lines, gauges."""
    parts = [
        tables.csv_text(load_mends()[["kind", "lon_a", "lat_a", "lon_b", "lat_b", "km"]]),
        repr([(row["lon"], row["lat"]) for row in station_rows().values()]),
        repr([(row["kind"], row["way"]) for row in line_rows().values()]),
        repr([(code, row["natural_earth"], row["gauge_mm"]) for code, row in country_rows().items()]),
        tables.csv_text(load_gauge_rules()[["scope", "place", "country", "gauge_mm"]]),
        repr(assumed("length-factor")),
    ]
    return store.sha256("".join(parts).encode())
