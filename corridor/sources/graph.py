"""The open rail graph before contraction: read, crop, join the holes, keep what hangs together."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor import store, tables, texts
from corridor.errors import DataError, MissingExtra
from corridor.geo import geodesic_km

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_SAME_POINT_KM = 0.01  # two points of a link that are no farther apart share a node

_ON_NODE_KM = 0.15  # a mend that ends this near to a node of the graph (3 decimals, 74 m) is meant to end there


@dataclass(frozen=True)
class RawGraph:
    """An undirected rail graph before contraction: straight links between points.

    ``lonlat`` (n, 2) degrees; ``ends`` (m, 2); and for each link ``km`` along the track, ``country``, ``gauge``,
    ``gauge_basis``, ``usage``, ``traits``, ``opened``, ``closed`` and ``mended`` as in
    :class:`corridor.network.RailNetwork`.
    """

    lonlat: NDArray[np.float64]
    ends: NDArray[np.int64]
    km: NDArray[np.float64]
    country: NDArray[np.uint8]
    gauge: NDArray[np.uint8]
    gauge_basis: NDArray[np.uint8]
    usage: NDArray[np.uint8]
    traits: NDArray[np.uint8]
    opened: NDArray[np.int32]
    closed: NDArray[np.int32]
    mended: NDArray[np.bool_]


def raw_graph(lonlat: NDArray[np.float64], ends: NDArray[np.int64], km: NDArray[np.float64], **known: Any) -> RawGraph:
    """A graph of which nothing is known but its geometry, and what is given."""
    names = [field.name for field in fields(RawGraph) if field.name not in ("lonlat", "ends", "km")]
    return RawGraph(lonlat, ends, km, **({name: np.zeros(len(ends), raw_dtype(name)) for name in names} | known))


def raw_dtype(name: str) -> type:
    """Type of what is known of the links of a graph: days, marks, or small numbers."""
    return {"opened": np.int32, "closed": np.int32, "mended": np.bool_}.get(name, np.uint8)


def take_links(graph: RawGraph, index: NDArray[np.int64] | NDArray[np.bool_], **new: Any) -> RawGraph:
    """Links by place in the graph, each as often as it is named, with some of their arrays replaced."""
    whole = {field.name: getattr(graph, field.name) for field in fields(RawGraph)}
    lonlat = whole.pop("lonlat")
    return RawGraph(**{"lonlat": lonlat, **{name: array[index] for name, array in whole.items()}, **new})


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
    text = store.read_text(path)
    literals = dict(re.findall(r"^(graph|nodes) ?= ?(\[.*\])$", text, flags=re.MULTILINE))
    try:
        # The keys of `graph` are bare numbers, all that keeps it from being JSON.
        neighbours = store.json_of(re.sub(r"(\d+):", r'"\1":', literals["graph"]))
        lonlat = np.array(store.json_of(literals["nodes"]), dtype=np.float64)[:, ::-1]
        links = [
            (first, int(second), km)
            for first, row in enumerate(neighbours)
            for second, km in row.items()
            if first <= int(second)
        ]
        table = np.array(links, dtype=np.float64).reshape(-1, 3)
        known = (table >= 0).all(axis=1) & (table[:, :2] < len(lonlat)).all(axis=1) & np.isfinite(table[:, 2])
        if not (len(links) and known.all() and np.isfinite(lonlat).all() and lonlat.shape[1] == 2):
            raise ValueError("links without ends, or places that are none")
    except (KeyError, ValueError, IndexError, TypeError, AttributeError, OverflowError) as err:
        raise DataError(f"{path}: not the world railway graph of scgraph-data 2.0.0 ({texts.bare(repr(err))})") from err
    return raw_graph(np.ascontiguousarray(lonlat), table[:, :2].astype(np.int64), table[:, 2])


def crop(graph: RawGraph, box: tuple[float, float, float, float]) -> RawGraph:
    """Links with both ends in the box."""
    lon, lat = graph.lonlat.T
    inside = (lon >= box[0]) & (lat >= box[1]) & (lon <= box[2]) & (lat <= box[3])
    return keep_links(graph, inside[graph.ends].all(axis=1))


def drop_loops(graph: RawGraph) -> RawGraph:
    """Without the links that end where they start."""
    return keep_links(graph, graph.ends[:, 0] != graph.ends[:, 1])


def largest_component(graph: RawGraph) -> RawGraph:
    """Only what is joined to the largest part."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(graph.lonlat)
    joined = coo_array((np.ones(len(graph.ends)), tuple(graph.ends.T)), shape=(n, n))
    _, label = connected_components(joined, directed=False)
    touched = label[graph.ends[:, 0]]
    return keep_links(graph, touched == np.bincount(touched).argmax())


def keep_links(graph: RawGraph, keep: NDArray[np.bool_]) -> RawGraph:
    """The links kept, and the nodes that they touch, renumbered."""
    used = np.zeros(len(graph.lonlat), dtype=bool)
    used[graph.ends[keep].ravel()] = True
    number = np.cumsum(used) - 1
    return take_links(graph, keep, lonlat=graph.lonlat[used], ends=number[graph.ends[keep]])


def add_mends(graph: RawGraph, mends: pd.DataFrame) -> RawGraph:
    """Join the two ends of each mend; an end on a link, not on a node, splits that link.

    Raises
    ------
    DataError
        If an end lies on neither.
    """
    holes = mends[mends["kind"] == "mend"]
    if holes.empty:
        return graph
    points = holes[["lon_a", "lat_a", "lon_b", "lat_b"]].to_numpy().reshape(-1, 2)
    graph, nodes, gaps = nodes_at(graph, points, _ON_NODE_KM)
    tables.raise_faults(
        f"mends.csv: {holes.index[i // 2]}: {points[i, 0]:g},{points[i, 1]:g} lies {gaps[i]:.2f} km "
        "from any rail of the source"
        for i in np.flatnonzero(gaps > _ON_NODE_KM).tolist()
    )
    added = raw_graph(
        graph.lonlat, nodes.reshape(-1, 2), holes["km"].to_numpy(dtype=float), mended=np.ones(len(holes), dtype=bool)
    )
    names = [field.name for field in fields(RawGraph) if field.name != "lonlat"]
    return RawGraph(graph.lonlat, *(np.concatenate([getattr(graph, name), getattr(added, name)]) for name in names))


def nodes_at(
    graph: RawGraph, points: NDArray[np.float64], slack_km: float, *, allowed: NDArray[np.bool_] | None = None
) -> tuple[RawGraph, NDArray[np.int64], NDArray[np.float64]]:
    """A node for each of some points: the nearest, or one made on a link that comes nearer by more than the slack.

    Parameters
    ----------
    graph : RawGraph
    points : ndarray, shape (k, 2)
        Degrees.
    slack_km : float
        A link is split only where that brings a node nearer by more than this.
    allowed : ndarray of bool, shape (m,), optional
        Links to look at; by default all.

    Returns
    -------
    graph : RawGraph
        With the links split.
    nodes : ndarray of int, shape (k,)
    gap_km : ndarray of float, shape (k,)
        How far each node lies from its point.
    """
    links = np.arange(len(graph.ends)) if allowed is None else np.flatnonzero(allowed)
    one, other = graph.lonlat[graph.ends[links]].transpose(1, 2, 0)
    box = np.minimum(one, other), np.maximum(one, other)
    nodes, gaps = np.empty(len(points), np.int64), np.empty(len(points))
    cuts: dict[int, list[tuple[float, int]]] = {}
    for i, point in enumerate(points):
        squeeze = np.array([np.cos(np.radians(point[1])), 1.0])
        aside = np.maximum(np.maximum(box[0] - point[:, None], point[:, None] - box[1]), 0) * squeeze[:, None]
        box_gap = np.hypot(*aside)  # no link comes nearer than its box
        some = np.argpartition(box_gap, min(32, len(links) - 1))[:33]
        reach = _foots(graph, links[some], point, squeeze)[0].min()
        near = links[box_gap <= reach + 0.02]
        gap, share, foot = _foots(graph, near, point, squeeze)
        best = int(gap.argmin())
        ends = graph.ends[near].ravel()
        node = int(ends[np.hypot(*((graph.lonlat[ends] - point) * squeeze).T).argmin()])
        nodes[i], gaps[i] = node, float(geodesic_km(*point, *graph.lonlat[node]))
        foot_gap = float(geodesic_km(*point, *foot[best]))
        if gaps[i] > foot_gap + slack_km:
            gaps[i] = foot_gap
            cuts.setdefault(int(near[best]), []).append((float(share[best]), i))
    return (*_split(graph, cuts, nodes), gaps)


def _foots(
    graph: RawGraph, links: NDArray[np.int64], point: NDArray[np.float64], squeeze: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of each link: its gap from a point [degrees], how far along it the foot point lies, and the foot point."""
    start = (graph.lonlat[graph.ends[links, 0]] - point) * squeeze
    run = (graph.lonlat[graph.ends[links, 1]] - point) * squeeze - start
    square = (run**2).sum(axis=1)
    share = np.clip(-(start * run).sum(axis=1) / np.where(square > 0, square, 1), 0, 1)
    foot = start + share[:, None] * run  # on the plane, good for a few km
    return np.hypot(*foot.T), share, foot / squeeze + point


def _split(
    graph: RawGraph, cuts: dict[int, list[tuple[float, int]]], nodes: NDArray[np.int64]
) -> tuple[RawGraph, NDArray[np.int64]]:
    """Split links, each at some shares for some of the points, whose nodes are filled in."""
    lonlat, ends, km = graph.lonlat.tolist(), graph.ends.tolist(), graph.km.tolist()
    index, nodes = list(range(len(ends))), nodes.copy()
    for link, own in sorted(cuts.items()):
        (first, last), length = ends[link], km[link]
        start, stop = np.array(lonlat[first]), np.array(lonlat[last])
        before, chain = 0.0, [first]
        shares = [0.0]
        for share, i in sorted(own):
            if (share - before) * length > _SAME_POINT_KM:
                chain.append(len(lonlat))
                lonlat.append((start + share * (stop - start)).round(5).tolist())
                shares.append(share)
                before = share
            nodes[i] = chain[-1]
        chain.append(last)
        shares.append(1.0)
        pieces = [(chain[k : k + 2], length * (shares[k + 1] - shares[k])) for k in range(len(chain) - 1)]
        ends[link], km[link] = pieces[0]
        for pair, piece in pieces[1:]:
            index.append(link)
            ends.append(pair)
            km.append(piece)
    return take_links(graph, np.array(index), lonlat=np.array(lonlat), ends=np.array(ends), km=np.array(km)), nodes
