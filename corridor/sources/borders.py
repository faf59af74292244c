"""The country of each link; links that cross a border are split there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor.network import USAGES
from corridor.sources.graph import RawGraph, keep_links, take_links

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

_CELL = 0.25  # degrees; most cells lie in one country as a whole, and so do the links in them
_NEAR = 0.5  # degrees; a rail farther than this from every country that is known lies in one that is not
_AT_ONCE = 200_000  # links held as geometries at a time


def crop_to_countries(graph: RawGraph, countries: gpd.GeoDataFrame) -> RawGraph:
    """Links that lie in one of the countries or near it (0.5 to 0.75 degrees), off its coast say.

    A ferry stays as a whole if one of its links does: it may cross a wide sea.
    """
    import shapely
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    cell, place = _cells(graph.lonlat)
    _, near = shapely.STRtree(_boxes(cell)).query(countries.geometry.array, predicate="dwithin", distance=_NEAR)
    inside = np.zeros(len(cell), dtype=bool)
    inside[near] = True
    keep = np.asarray(inside[place][graph.ends].all(axis=1))
    ferry = graph.usage == USAGES.index("ferry")
    if ferry.any():
        n, ends = len(graph.lonlat), graph.ends[ferry]
        _, label = connected_components(coo_array((np.ones(len(ends)), tuple(ends.T)), shape=(n, n)), directed=False)
        landed = np.unique(label[ends[inside[place][ends].any(axis=1), 0]])
        keep[ferry] = np.isin(label[ends[:, 0]], landed)
    return keep_links(graph, keep)


def _cells(lonlat: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cells that points lie in, each once, and the place of each point's in them."""
    column, row = np.floor(lonlat / _CELL).astype(np.int64).T
    # As one number each: pairs sort slowly, numbers fast.
    code, place = np.unique(column * 10_000 + row + 5_000, return_inverse=True)
    return np.column_stack([code // 10_000, code % 10_000 - 5_000]), place


def _boxes(cells: NDArray[np.int64]) -> NDArray[Any]:
    import shapely

    west, south = (cells * _CELL).T
    return np.asarray(shapely.box(west, south, west + _CELL, south + _CELL))


def split_at_borders(graph: RawGraph, countries: gpd.GeoDataFrame) -> RawGraph:
    """Give each link its country; a link that crosses a border is split there.

    Where no country covers a point (bridges, coasts cut short), the nearest one counts.
    """
    import shapely

    covering = _country_by_cell(graph, countries)
    open_links = np.flatnonzero(covering < 0)
    for start in range(0, len(open_links), _AT_ONCE):
        part = open_links[start : start + _AT_ONCE]
        lines = shapely.linestrings(graph.lonlat[graph.ends[part]])
        # Asked this way round, each country is prepared once: ten times as fast as link by link.
        area, link = shapely.STRtree(lines).query(countries.geometry.array, predicate="covers")
        covering[part[link]] = area
    rest = np.flatnonzero(covering < 0)
    piece, piece_owner = _outline_pieces(countries)
    tree = shapely.STRtree(piece)
    parts: list[tuple[int, list[float], list[int]]] = []
    for start in range(0, len(rest), _AT_ONCE):
        links = rest[start : start + _AT_ONCE]
        lines = shapely.linestrings(graph.lonlat[graph.ends[links]])
        line, share, middle = _stretches(lines, piece, tree)
        owner = _owners(middle, countries, piece_owner, tree)
        bounds = np.flatnonzero(np.diff(line, prepend=-1))
        for i, first, after in zip(links.tolist(), bounds.tolist(), [*bounds[1:].tolist(), len(line)], strict=True):
            changes = [k for k in range(first + 1, after) if owner[k] != owner[k - 1]]
            covering[i] = owner[first]
            if changes:
                owners = [int(owner[k]) for k in [first, *changes]]
                parts.append((i, [float(share[k]) for k in changes], owners))
    return _split_links(replace(graph, country=covering.astype(np.uint8)), parts)


def _country_by_cell(graph: RawGraph, countries: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Country of the links in cells that one country covers; -1 for the others."""
    import shapely

    covering = np.full(len(graph.ends), -1, dtype=np.int64)
    cell, place = _cells(graph.lonlat)
    first, second = place[graph.ends].T
    country = np.full(len(cell), -1, dtype=np.int64)
    area, inside = shapely.STRtree(_boxes(cell)).query(countries.geometry.array, predicate="covers")
    country[inside] = area
    within = first == second
    covering[within] = country[first[within]]
    return covering


def _outline_pieces(countries: gpd.GeoDataFrame) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Outlines cut into short pieces, so that a tree finds the one that matters, and the country of each."""
    import shapely

    rings, owner = shapely.get_parts(countries.geometry.boundary.values, return_index=True)
    pieces, owners = [], []
    for ring, country in zip(rings, owner.tolist(), strict=True):
        lonlat = shapely.get_coordinates(ring)
        cut = [lonlat[k : k + 33] for k in range(0, len(lonlat) - 1, 32)]
        pieces += [shapely.LineString(part) for part in cut]
        owners += [country] * len(cut)
    return np.array(pieces, dtype=object), np.array(owners, dtype=np.int64)


def _stretches(
    lines: NDArray[Any], piece: NDArray[Any], tree: Any
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[Any]]:
    """Stretches of lines between the outlines they meet: number of the line, where it starts [share], its middle."""
    import shapely

    line, other = tree.query(lines, predicate="intersects")
    meeting, which = shapely.get_coordinates(shapely.intersection(lines[line], piece[other]), return_index=True)
    owner = line[which]
    where = shapely.line_locate_point(lines[owner], shapely.points(meeting), normalized=True)
    both = np.arange(len(lines))
    cuts = np.unique(
        np.column_stack([np.concatenate([both, both, owner]), np.concatenate([both * 0.0, both * 0.0 + 1, where])]),
        axis=0,
    )
    number, share = cuts[:, 0].astype(np.int64), cuts[:, 1]
    begins = np.flatnonzero(number[1:] == number[:-1])
    number, start, stop = number[begins], share[begins], share[begins + 1]
    return number, start, shapely.line_interpolate_point(lines[number], (start + stop) / 2, normalized=True)


def _owners(
    points: NDArray[Any], countries: gpd.GeoDataFrame, piece_owner: NDArray[np.int64], pieces: Any
) -> NDArray[np.int64]:
    """Country that covers each point, else the nearest."""
    import shapely

    if not len(points):
        return np.empty(0, dtype=np.int64)
    owner = piece_owner[pieces.nearest(points)]
    area, point = shapely.STRtree(points).query(countries.geometry.array, predicate="covers")
    owner[point] = area
    return np.asarray(owner)


def _split_links(graph: RawGraph, parts: list[tuple[int, list[float], list[int]]]) -> RawGraph:
    """The graph with some links cut at shares of their length, each stretch with its country."""
    index = np.append(np.arange(len(graph.ends)), np.repeat([link for link, _, _ in parts], _cuts(parts)).astype(int))
    ends, km, country = graph.ends[index], graph.km[index], graph.country[index]
    places, row = [graph.lonlat], len(graph.ends)
    added = len(graph.lonlat)
    for link, shares, owners in parts:
        first, last = graph.ends[link].tolist()
        start, stop = graph.lonlat[first], graph.lonlat[last]
        cuts = [0.0, *shares, 1.0]
        chain = [first, *range(added, added + len(shares)), last]
        added += len(shares)
        places.append((start + np.outer(shares, stop - start)).round(5))
        for k, where in enumerate([link, *range(row, row + len(shares))]):
            ends[where] = chain[k : k + 2]
            km[where] = graph.km[link] * (cuts[k + 1] - cuts[k])
            country[where] = owners[k]
        row += len(shares)
    return take_links(graph, index, lonlat=np.vstack(places), ends=ends, km=km, country=country)


def _cuts(parts: list[tuple[int, list[float], list[int]]]) -> list[int]:
    return [len(shares) for _, shares, _ in parts]
