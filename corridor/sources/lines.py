"""Rail lines by name: what trains they carry, and which links of the graph they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from corridor import store, tables
from corridor.countries import country_rows
from corridor.geo import geodesic_km
from corridor.network import USAGES
from corridor.sources.graph import RawGraph

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

ON_LINE_KM = 0.5
"""A way point farther than this from any node of the graph is not on it."""


@tables.remember
def line_rows() -> dict[str, tables.Row]:
    """Rows of data/routes/lines.csv by ``line_id``; columns as in :func:`load_lines`."""
    anything = tables.optional(tables.text, empty="")
    countries = list(country_rows())

    def check(row: tables.Row) -> Iterator[str]:
        if (row["way"] == "") != (row["way_basis"] == ""):
            yield "way and way_basis come together or not at all"

    return tables.read_rows(
        store.data_file("routes/lines.csv"),
        {
            "line_id": tables.text,
            "name_en": tables.name,
            "name_local": tables.optional(tables.name, empty=""),
            "country": tables.words_of(*countries),
            "kind": tables.one_of(*(usage for usage in USAGES if usage != "ferry")),
            "stations": anything,
            "printed_km": tables.optional(tables.number(0.1, 12000), empty=float("nan")),
            "way": tables.optional(_way, empty=""),
            "way_basis": tables.optional(tables.one_of("printed", "derived", "assumed"), empty=""),
            "opened": tables.optional(tables.partial_day, empty=""),
            "publisher": tables.text,
            "title": tables.text,
            "url": tables.web_address,
            "also_urls": anything,
            "note": anything,
        },
        key="line_id",
        check=check,
    )


def _way(cell: str) -> str:
    """Two or more points as ``lon lat``, separated by semicolons."""
    points = way_points(cell)
    if len(points) < 2 or not (np.abs(points) <= (180, 90)).all():
        raise ValueError("is not two or more points as 'lon lat', separated by semicolons")
    return cell


def way_points(way: str) -> NDArray[np.float64]:
    """The points of a way, shape (k, 2); none where a number is missing."""
    try:
        return np.array([[float(part) for part in point.split()] for point in way.split(";")]).reshape(-1, 2)
    except ValueError:
        return np.empty((0, 2))


def load_lines() -> pd.DataFrame:
    """Rail lines and the trains they carry (data/routes/lines.csv).

    Returns
    -------
    DataFrame
        Index ``line_id``; ``name_en``, ``name_local``; ``country`` (ISO 3166 alpha-2, semicolons); ``kind``: mixed,
        freight, passenger_only or unknown; ``stations`` in order (semicolons); ``printed_km``: published length of what
        ``way`` covers (NaN: none); ``way``: points on the line ("lon lat", semicolons), so many that the shortest way
        from each to the next does not leave it (empty: not in the graph, or not needed), with ``way_basis``;
        ``opened``; the citation; ``note``.
    """
    return tables.frame(line_rows(), "line_id")


def mark_usage(graph: RawGraph) -> RawGraph:
    """The usage of each link: lines for passengers only are followed first, the others take back what they share.

    Raises
    ------
    DataError
        All lines at once that cannot be followed.
    """
    usage, faults = graph.usage.copy(), []
    follow = _Follower(graph)
    # A track that freight shares with passengers is open to freight.
    order = sorted(line_rows().items(), key=lambda item: item[1]["kind"] != "passenger_only")
    for name, row in order:
        if not row["way"] or row["kind"] == "unknown":
            continue
        found = follow.links(way_points(row["way"]))
        if isinstance(found, str):
            faults.append(f"lines.csv: {name}: {found}")
        else:
            usage[found] = USAGES.index(row["kind"])
    tables.raise_faults(faults)
    return replace(graph, usage=usage)


class _Follower:
    """Shortest ways between way points over all links, whatever they carry."""

    def __init__(self, graph: RawGraph) -> None:
        from scipy.sparse import csr_array
        from scipy.spatial import KDTree

        self.graph = graph
        near, far = np.vstack([graph.ends, graph.ends[:, ::-1]]).T
        n = len(graph.lonlat)
        key, metres = near * n + far, np.tile(np.maximum(graph.km, 1e-6), 2)
        order = np.lexsort((metres, key))
        self.key, first = np.unique(key[order], return_index=True)
        self.link = (order[first] % len(graph.ends)).astype(np.int64)
        columns, rows = (
            (self.key % n).astype(np.int32),
            np.searchsorted(self.key, np.arange(n + 1) * n).astype(np.int32),
        )
        self.matrix = csr_array((metres[order][first], columns, rows), shape=(n, n))
        self.tree = KDTree(_on_sphere(graph.lonlat))

    def links(self, points: NDArray[np.float64]) -> NDArray[np.int64] | str:
        """Links along a way, or what hinders it."""
        from scipy.sparse.csgraph import dijkstra

        _, nodes = self.tree.query(_on_sphere(points))
        gaps = geodesic_km(points[:, 0], points[:, 1], *self.graph.lonlat[nodes].T)
        if (gaps > ON_LINE_KM).any():
            far = int(gaps.argmax())
            return f"way point {points[far, 0]:g} {points[far, 1]:g} lies {gaps[far]:.1f} km from any node of the graph"
        chain: list[int] = []
        for start, stop in pairwise(nodes.tolist()):
            straight = float(geodesic_km(*self.graph.lonlat[start], *self.graph.lonlat[stop]))
            _, before = dijkstra(self.matrix, indices=start, return_predecessors=True, limit=2 * straight + 50)
            back = [stop]
            while back[-1] != start:
                if before[back[-1]] < 0:
                    at = self.graph.lonlat[start]
                    return f"no rails from way point {at[0]:g} {at[1]:g} to the next"
                back.append(int(before[back[-1]]))
            chain += back[::-1][bool(chain) :]
        pairs = np.array(chain)
        keys = pairs[:-1] * len(self.graph.lonlat) + pairs[1:]
        return np.unique(self.link[np.searchsorted(self.key, keys)])


def _on_sphere(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    lon, lat = np.radians(lonlat).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
