"""Countries: their outlines, the country of each link, and the outlines for drawing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor.countries import country_rows
from corridor.errors import DataError
from corridor.geo import unwrap_lon
from corridor.sources.graph import RawGraph, take_links

if TYPE_CHECKING:
    import geopandas as gpd


def read_countries(path: Path) -> gpd.GeoDataFrame:
    """Natural Earth countries (world-atlas TopoJSON, read by GDAL) with the codes of countries.csv.

    Returns
    -------
    GeoDataFrame
        Columns country (ISO 3166 alpha-2), name, geometry (WGS84); territories with one code are merged.
    """
    import geopandas as gpd
    import shapely

    try:
        world = gpd.read_file(path, layer="countries", engine="pyogrio")[["name", "geometry"]]
    except Exception as err:  # GDAL raises many kinds
        raise DataError(
            f"{path}: not world-atlas's countries TopoJSON ({err}); npm pack world-atlas@2.0.2 brings "
            "package/countries-10m.json"
        ) from err
    rows = country_rows()
    codes = {name: code for code, row in rows.items() for name in row["natural_earth"].split(";")}
    world = world[world["name"].isin(codes)]
    if missing := set(codes) - set(world["name"]):
        raise DataError(f"{path}: lacks {', '.join(sorted(missing))}, which countries.csv names")
    whole = shapely.make_valid([_unwrapped(area) for area in world.geometry])
    world = world.assign(country=world["name"].map(codes), geometry=whole).set_crs("EPSG:4326", allow_override=True)
    merged = world.dissolve(by="country", as_index=False)[["country", "geometry"]]
    return merged.assign(name=[rows[code]["name_en"] for code in merged["country"]])


def _unwrapped(area: Any) -> Any:
    """A country's polygons with rings that cross the 180° meridian going on east of it, not back across the map."""
    import shapely

    def ring(line: Any) -> Any:
        lonlat = shapely.get_coordinates(line)
        lonlat[:, 0] = unwrap_lon(lonlat[:, 0])
        # The world is cut in the Bering Strait, at 168° W, so that Russia is one piece.
        turns = np.floor((lonlat[:, 0].mean() + 168) / 360)
        return lonlat - (360 * turns, 0)

    parts = [
        shapely.Polygon(ring(part.exterior), [ring(hole) for hole in part.interiors])
        for part in shapely.get_parts(area)
    ]
    return shapely.MultiPolygon(parts)


def split_at_borders(graph: RawGraph, countries: gpd.GeoDataFrame) -> RawGraph:
    """Give each link its country; a link that crosses a border is split there.

    Where no country covers a point (bridges, coasts cut short), the nearest one counts.
    """
    import shapely

    line = shapely.linestrings(graph.lonlat[graph.ends])
    covering = np.full(len(graph.ends), -1, dtype=np.int64)
    # Asked this way round, each country is prepared once: ten times as fast as link by link.
    area, link = shapely.STRtree(line).query(countries.geometry.array, predicate="covers")
    covering[link] = area
    tree = shapely.STRtree(countries.geometry.array)
    parts: list[tuple[int, list[float], list[int]]] = []
    for i in np.flatnonzero(covering < 0):
        shares = _crossings(line[i], countries, tree)
        middles = shapely.line_interpolate_point(line[i], np.add(shares[:-1], shares[1:]) / 2, normalized=True)
        owner = tree.nearest(middles).tolist()
        changes = [k for k in range(1, len(owner)) if owner[k] != owner[k - 1]]
        owners = [owner[k] for k in [0, *changes]]
        covering[i] = owners[0]
        if changes:
            parts.append((int(i), [shares[k] for k in changes], owners))
    return _split_links(replace(graph, country=covering.astype(np.uint8)), parts)


def _crossings(line: Any, countries: gpd.GeoDataFrame, tree: Any) -> list[float]:
    """Where a line meets the outline of a country, as shares of its length, with 0 and 1."""
    import shapely

    shares = {0.0, 1.0}
    for area in tree.query(line, predicate="intersects"):
        outline = countries.geometry.array[area].boundary
        meeting = shapely.get_coordinates(shapely.intersection(line, outline))
        if len(meeting):
            shares |= set(shapely.line_locate_point(line, shapely.points(meeting), normalized=True).tolist())
    return sorted(shares)


def _split_links(graph: RawGraph, parts: list[tuple[int, list[float], list[int]]]) -> RawGraph:
    lonlat, ends, index = graph.lonlat.tolist(), graph.ends.tolist(), list(range(len(graph.ends)))
    km, country = graph.km.tolist(), graph.country.tolist()
    for link, shares, owners in parts:
        (first, last), length = ends[link], km[link]
        start, stop = np.array(lonlat[first]), np.array(lonlat[last])
        cuts = [0.0, *shares, 1.0]
        chain = [first, *range(len(lonlat), len(lonlat) + len(shares)), last]
        lonlat += [(start + share * (stop - start)).round(5).tolist() for share in shares]
        pieces = [(chain[k : k + 2], length * (cuts[k + 1] - cuts[k]), owners[k]) for k in range(len(owners))]
        ends[link], km[link], country[link] = pieces[0]
        for pair, piece, owner in pieces[1:]:
            index.append(link)
            ends.append(pair)
            km.append(piece)
            country.append(owner)
    new = {"ends": np.array(ends), "km": np.array(km), "country": np.array(country, dtype=np.uint8)}
    return take_links(graph, np.array(index), lonlat=np.array(lonlat), **new)


def outline_bytes(countries: Path, box: tuple[float, float, float, float]) -> bytes:
    """Country outlines for drawing: cropped, simplified together so that neighbours still touch, GeoJSON."""
    import shapely

    areas = read_countries(countries)
    # A wide frame, so that no edge of the crop shows on a map of the corridor.
    frame = shapely.box(box[0] - 18, box[1] - 51, 191, box[3] + 10)
    cropped = [_polygons(area) for area in shapely.intersection(areas.geometry.values, frame)]
    features = []
    for code, name, area in zip(areas["country"], areas["name"], shapely.coverage_simplify(cropped, 0.06), strict=True):
        large = _polygons(area, smallest=0.02)
        if not large.is_empty:
            rounded = shapely.set_precision(large, 0.01)
            features.append(
                {
                    "type": "Feature",
                    "properties": {"country": code, "name": name},
                    "geometry": json.loads(shapely.to_geojson(rounded)),
                }
            )
    whole = {"type": "FeatureCollection", "features": features}
    return (json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _polygons(area: Any, smallest: float = 0.0) -> Any:
    """The polygons of a geometry that are larger than some square degrees."""
    import shapely

    parts = shapely.get_parts(area)
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon" and part.area > smallest])
