"""The recipe that makes the embedded network, step by step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from corridor import store
from corridor.network import RailNetwork, load_mends
from corridor.places import load_stations
from corridor.sources.contraction import contract
from corridor.sources.countries import load_countries, read_countries, split_at_borders
from corridor.sources.gauges import assign_gauges, load_gauge_rules
from corridor.sources.graph import add_mends, crop, drop_loops, largest_component, node_at, read_open_graph

EURASIA = (-12.0, 15.0, 146.0, 72.0)
"""Box of the embedded network: lon_min, lat_min, lon_max, lat_max."""

_STATION_KM = 0.5  # a link is split for a station only where that brings it nearer by this much


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
    mends = load_mends()
    graph = add_mends(graph, mends)
    progress("split links at borders")
    areas = read_countries(countries)
    graph = largest_component(split_at_borders(graph, areas))
    progress("give each station a node")
    keep = []
    for lon, lat in load_stations()[["lon", "lat"]].to_numpy():
        graph, node, _ = node_at(graph, lon, lat, _STATION_KM)
        keep.append(node)
    progress("contract")
    network = contract(
        graph,
        keep=np.array(keep),
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
    return assign_gauges(network)


def inputs_digest() -> str:
    """SHA-256 over what the recipe takes from data/: mends, places of stations, gauges."""
    mends = load_mends()
    parts = [
        mends.loc[mends["kind"] == "mend", ["lon_a", "lat_a", "lon_b", "lat_b", "km"]],
        load_stations()[["lon", "lat"]],
        load_countries()[["natural_earth", "gauge_mm"]],
        load_gauge_rules()[["scope", "place", "country", "gauge_mm"]],
    ]
    return store.sha256("".join(map(store.csv_text, parts)).encode())
