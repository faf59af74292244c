"""The open rail graph before contraction: read, crop, join the holes, keep what hangs together."""

from __future__ import annotations

import importlib.util
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corridor import store
from corridor.errors import DataError, MissingExtra
from corridor.geo import geodesic_km

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_ON_NODE_KM = 0.15  # a mend that ends this near to a node of the graph (3 decimals, 74 m) is meant to end there


@dataclass(frozen=True)
class RawGraph:
    """An undirected rail graph before contraction: straight links between points.

    ``lonlat`` (n, 2) degrees; ``ends`` (m, 2); ``km`` (m,) along the track; ``country`` (m,) or empty;
    ``mended`` (m,).
    """

    lonlat: NDArray[np.float64]
    ends: NDArray[np.int64]
    km: NDArray[np.float64]
    mended: NDArray[np.bool_]
    country: NDArray[np.uint8]


def find_open_graph() -> Path:
    """File of the world railway graph in the package ``scgraph-data``, which is not imported.

    Raises
    ------
    MissingExtra
        If the package is not installed.
    """
    spec = importlib.util.find_spec("scgraph_data")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(folder) / "world_railways.py").is_file():
            return path
    raise MissingExtra(
        "scgraph-data is not installed; it carries the open rail graph: pip install 'corridor[network]', "
        "or name its file world_railways.py"
    )


def read_open_graph(path: Path) -> RawGraph:
    """Read the two literals ``graph`` and ``nodes`` from the text of the file, as data.

    The source gives nodes as ``[lat, lon]`` with three decimals, and links both ways as
    ``{neighbour: km}``.
    """
    literals = dict(re.findall(r"^(graph|nodes) ?= ?(\[.*\])$", store.read_text(path), flags=re.MULTILINE))
    try:
        # The keys of `graph` are bare numbers, all that keeps it from being JSON.
        neighbours = json.loads(re.sub(r"(\d+):", r'"\1":', literals["graph"]))
        lonlat = np.array(json.loads(literals["nodes"]), dtype=np.float64)[:, ::-1]
        links = [
            (first, int(second), km)
            for first, row in enumerate(neighbours)
            for second, km in row.items()
            if first <= int(second)
        ]
    except (KeyError, ValueError, IndexError) as err:
        raise DataError(f"{path}: not the world railway graph of scgraph-data 2.0.0 ({err!r})") from err
    table = np.array(links, dtype=np.float64)
    return RawGraph(
        lonlat=np.ascontiguousarray(lonlat),
        ends=table[:, :2].astype(np.int64),
        km=table[:, 2],
        mended=np.zeros(len(table), dtype=bool),
        country=np.empty(0, dtype=np.uint8),
    )


def crop(graph: RawGraph, box: tuple[float, float, float, float]) -> RawGraph:
    """Links with both ends in the box."""
    lon, lat = graph.lonlat.T
    inside = (lon >= box[0]) & (lat >= box[1]) & (lon <= box[2]) & (lat <= box[3])
    return _keep_links(graph, inside[graph.ends].all(axis=1))


def drop_loops(graph: RawGraph) -> RawGraph:
    """Without the links that end where they start."""
    return _keep_links(graph, graph.ends[:, 0] != graph.ends[:, 1])


def largest_component(graph: RawGraph) -> RawGraph:
    """Only what is joined to the largest part."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(graph.lonlat)
    joined = coo_array((np.ones(len(graph.ends)), tuple(graph.ends.T)), shape=(n, n))
    _, label = connected_components(joined, directed=False)
    touched = label[graph.ends[:, 0]]
    return _keep_links(graph, touched == np.bincount(touched).argmax())


def _keep_links(graph: RawGraph, keep: NDArray[np.bool_]) -> RawGraph:
    """The links kept, and the nodes that they touch, renumbered."""
    used, ends = np.unique(graph.ends[keep], return_inverse=True)
    return RawGraph(
        graph.lonlat[used],
        ends.reshape(-1, 2),
        graph.km[keep],
        graph.mended[keep],
        graph.country[keep] if len(graph.country) else graph.country,
    )


def add_mends(graph: RawGraph, mends: pd.DataFrame) -> RawGraph:
    """Join the two ends of each mend; an end on a link, not on a node, splits that link.

    Raises
    ------
    DataError
        If an end lies on neither.
    """
    faults = []
    for mend in mends[mends["kind"] == "mend"].itertuples():
        nodes = []
        for lon, lat in ((mend.lon_a, mend.lat_a), (mend.lon_b, mend.lat_b)):
            graph, node, gap = node_at(graph, lon, lat, _ON_NODE_KM)
            if gap > _ON_NODE_KM:
                faults.append(f"mends.csv: {mend.Index}: {lon},{lat} lies {gap:.2f} km from any rail of the source")
            nodes.append(node)
        graph = replace(
            graph,
            ends=np.vstack([graph.ends, nodes]),
            km=np.append(graph.km, mend.km),
            mended=np.append(graph.mended, True),
        )
    store.raise_faults(faults)
    return graph


def node_at(graph: RawGraph, lon: float, lat: float, slack_km: float) -> tuple[RawGraph, int, float]:
    """The node nearest to a point; a link that comes nearer by more than the slack is split there."""
    squeeze = np.array([np.cos(np.radians(lat)), 1.0])
    node = int((((graph.lonlat - (lon, lat)) * squeeze) ** 2).sum(axis=1).argmin())
    gap = float(geodesic_km(lon, lat, *graph.lonlat[node]))
    link, share, foot = _foot(graph, lon, lat)
    foot_gap = float(geodesic_km(lon, lat, *foot))
    if gap <= foot_gap + slack_km:
        return graph, node, gap
    added = len(graph.lonlat)
    first, second = graph.ends[link]
    ends = np.vstack([graph.ends, [added, second]])
    ends[link] = first, added
    km = np.append(graph.km, graph.km[link] * (1 - share))
    km[link] *= share
    split = RawGraph(
        lonlat=np.vstack([graph.lonlat, foot.round(5)]),
        ends=ends,
        km=km,
        mended=np.append(graph.mended, graph.mended[link]),
        country=np.append(graph.country, graph.country[link : link + 1]),
    )
    return split, added, foot_gap


def _foot(graph: RawGraph, lon: float, lat: float) -> tuple[int, float, NDArray[np.float64]]:
    """Nearest link to a point, how far along it, and the foot point (plane, good for a few km)."""
    squeeze = np.array([np.cos(np.radians(lat)), 1.0])
    start = (graph.lonlat[graph.ends[:, 0]] - (lon, lat)) * squeeze
    step = (graph.lonlat[graph.ends[:, 1]] - (lon, lat)) * squeeze - start
    square = (step**2).sum(axis=1)
    share = np.clip(-(start * step).sum(axis=1) / np.where(square > 0, square, 1), 0, 1)
    foot = start + share[:, None] * step
    link = int((foot**2).sum(axis=1).argmin())
    return link, float(share[link]), foot[link] / squeeze + (lon, lat)
