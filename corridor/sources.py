"""Where rail networks come from: the recipe that makes the embedded one from an open rail graph.

Steps, in order: crop to Eurasia, drop self-loops, add the mends, split links where they cross a border,
keep the largest component, give each station a node, contract nodes of degree two, give each link its gauge.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor import store
from corridor.errors import DataError, MissingExtra
from corridor.geo import geodesic_km, unwrap_lon
from corridor.network import GAUGE_BASES, GAUGES_MM, RailNetwork, load_mends
from corridor.places import load_stations

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

EURASIA = (-12.0, 15.0, 146.0, 72.0)
"""Box of the embedded network: lon_min, lat_min, lon_max, lat_max."""

_ON_NODE_KM = 0.15  # a mend that ends this near to a node of the graph (3 decimals, 74 m) is meant to end there
_STATION_KM = 0.5  # a link is split for a station only where that brings it nearer by this much


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


# ---------------------------------------------------------------- the open rail graph


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


# ---------------------------------------------------------------- mends


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
            graph, node, gap = _node_at(graph, lon, lat, _ON_NODE_KM)
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


def _node_at(graph: RawGraph, lon: float, lat: float, slack_km: float) -> tuple[RawGraph, int, float]:
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


# ---------------------------------------------------------------- countries


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
    except Exception as err:  # GDAL raises many kinds  # noqa: BLE001
        raise DataError(
            f"{path}: not world-atlas's countries TopoJSON ({err}); npm pack world-atlas@2.0.2 brings "
            "package/countries-10m.json"
        ) from err
    table = load_countries()
    codes = {name: code for code, names in table["natural_earth"].items() for name in names.split(";")}
    world = world[world["name"].isin(codes)]
    if missing := set(codes) - set(world["name"]):
        raise DataError(f"{path}: lacks {', '.join(sorted(missing))}, which countries.csv names")
    whole = shapely.make_valid([_unwrapped(area) for area in world.geometry])
    world = world.assign(country=world["name"].map(codes), geometry=whole).set_crs("EPSG:4326", allow_override=True)
    merged = world.dissolve(by="country", as_index=False)[["country", "geometry"]]
    return merged.assign(name=merged["country"].map(table["name_en"]))


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
        shapely.Polygon(ring(part.exterior), [ring(hole) for hole in part.interiors]) for part in shapely.get_parts(area)
    ]
    return shapely.MultiPolygon(parts)


def load_countries() -> pd.DataFrame:
    """Countries of the network, with the gauge that their railways mostly have (countries.csv).

    Returns
    -------
    DataFrame
        Index ``country`` (ISO 3166 alpha-2); name_en; natural_earth (names there, semicolons);
        gauge_mm (semicolons, may be empty); status; source.
    """
    gauges = store.optional(store.words_of(*map(str, GAUGES_MM)), empty="")
    return store.read_table(
        store.data_file("routes/countries.csv"),
        {
            "country": store.text,
            "name_en": store.text,
            "natural_earth": store.text,
            "gauge_mm": gauges,
            "status": store.one_of("printed", "derived", "assumed"),
            "source": store.web_address,
        },
        key="country",
    )


def split_at_borders(graph: RawGraph, countries: gpd.GeoDataFrame) -> RawGraph:
    """Give each link its country; a link that crosses a border is split there.

    Where no country covers a point (bridges, coasts cut short), the nearest one counts.
    """
    import shapely

    line = shapely.linestrings(graph.lonlat[graph.ends])
    covering = np.full(len(graph.ends), -1, dtype=np.int64)
    # Asked this way round, each country is prepared once: ten times as fast as link by link.
    area, link = shapely.STRtree(line).query(countries.geometry.values, predicate="covers")
    covering[link] = area
    tree = shapely.STRtree(countries.geometry.values)
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
        outline = countries.geometry.values[area].boundary
        meeting = shapely.get_coordinates(shapely.intersection(line, outline))
        if len(meeting):
            shares |= set(shapely.line_locate_point(line, shapely.points(meeting), normalized=True).tolist())
    return sorted(shares)


def _split_links(graph: RawGraph, parts: list[tuple[int, list[float], list[int]]]) -> RawGraph:
    lonlat, ends = graph.lonlat.tolist(), graph.ends.tolist()
    km, mended, country = graph.km.tolist(), graph.mended.tolist(), graph.country.tolist()
    for link, shares, owners in parts:
        (first, last), length = ends[link], km[link]
        start, stop = np.array(lonlat[first]), np.array(lonlat[last])
        cuts = [0.0, *shares, 1.0]
        chain = [first, *range(len(lonlat), len(lonlat) + len(shares)), last]
        lonlat += [(start + share * (stop - start)).round(5).tolist() for share in shares]
        pieces = [
            (chain[k : k + 2], length * (cuts[k + 1] - cuts[k]), owners[k]) for k in range(len(owners))
        ]
        ends[link], km[link], country[link] = pieces[0]
        for pair, piece, owner in pieces[1:]:
            ends.append(pair)
            km.append(piece)
            mended.append(mended[link])
            country.append(owner)
    return RawGraph(
        np.array(lonlat), np.array(ends), np.array(km), np.array(mended), np.array(country, dtype=np.uint8)
    )


# ---------------------------------------------------------------- contraction


def contract(
    graph: RawGraph, *, keep: NDArray[np.int64], countries: tuple[str, ...], origin: dict[str, str]
) -> RailNetwork:
    """Merge links at nodes of degree two; their places stay in the geometry.

    Kept as nodes: those in ``keep``, ends of mends, and where the country changes. Links that go back to
    where they start are dropped; parallel links are kept if they differ in length or in geometry.
    """
    n, m = len(graph.lonlat), len(graph.ends)
    degree = np.bincount(graph.ends.ravel(), minlength=n)
    kept = degree != 2
    kept[keep] = True
    kept[graph.ends[graph.mended].ravel()] = True
    low, high = np.full(n, 255), np.zeros(n, dtype=np.int64)
    for side in (0, 1):
        np.minimum.at(low, graph.ends[:, side], graph.country)
        np.maximum.at(high, graph.ends[:, side], graph.country)
    kept |= (low != high) & (degree > 0)

    links_of: list[list[int]] = [[] for _ in range(n)]
    for link, (first, second) in enumerate(graph.ends.tolist()):
        links_of[first].append(link)
        links_of[second].append(link)
    ends, used = graph.ends.tolist(), np.zeros(m, dtype=bool)
    found: dict[tuple[int, int, int, tuple[int, ...]], tuple[int, bool]] = {}
    for start in np.flatnonzero(kept).tolist():
        for first_link in links_of[start]:
            if used[first_link]:
                continue
            chain, node, link, metres = [start], start, first_link, 0.0
            while True:
                used[link] = True
                metres += graph.km[link] * 1000
                pair = ends[link]
                node = pair[1] if pair[0] == node else pair[0]
                chain.append(node)
                if kept[node]:
                    break
                one, other = links_of[node]
                link = other if one == link else one
            if chain[0] == chain[-1]:
                continue
            if chain[0] > chain[-1]:
                chain.reverse()
            key = (chain[0], chain[-1], round(metres), tuple(chain[1:-1]))
            found.setdefault(key, (int(graph.country[first_link]), bool(graph.mended[first_link])))

    order = sorted(found)
    nodes = np.unique([end for key in order for end in key[:2]])
    number = np.full(n, -1)
    number[nodes] = np.arange(len(nodes))
    bends = [node for key in order for node in key[3]]
    counts = [len(key[3]) for key in order]
    links = len(order)
    return RailNetwork(
        nodes=graph.lonlat[nodes],
        ends=number[[key[:2] for key in order]].astype(np.int32),
        km=np.array([key[2] for key in order]) / 1000,
        country=np.array([found[key][0] for key in order], dtype=np.uint8),
        gauge=np.zeros(links, dtype=np.uint8),
        gauge_basis=np.zeros(links, dtype=np.uint8),
        mended=np.array([found[key][1] for key in order]),
        bends=graph.lonlat[bends].reshape(-1, 2),
        bend_start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        countries=countries,
        origin=origin,
    )


# ---------------------------------------------------------------- gauges


def load_gauge_rules() -> pd.DataFrame:
    """Exceptions to the gauge of a country (gauges.csv), in the order in which they apply.

    Returns
    -------
    DataFrame
        Index ``rule_id``; ``scope`` box (lon_min, lat_min, lon_max, lat_max in ``place``) or line (two or
        more stations in ``place``, followed along the shortest way); country (may be empty: any);
        gauge_mm; status; reason; source.
    """
    return store.read_table(
        store.data_file("routes/gauges.csv"),
        {
            "rule_id": store.text,
            "scope": store.one_of("box", "line"),
            "place": store.text,
            "country": store.optional(store.text, empty=""),
            "gauge_mm": store.words_of(*map(str, GAUGES_MM)),
            "status": store.one_of("printed", "derived", "assumed"),
            "reason": store.text,
            "source": store.web_address,
        },
        key="rule_id",
    )


def gauge_bits(gauges: str) -> int:
    """Bits of the gauges named in a semicolon list; 0 for none."""
    return sum(1 << GAUGES_MM.index(int(mm)) for mm in gauges.split(";") if mm)


def assign_gauges(network: RailNetwork) -> RailNetwork:
    """Gauge of each link: its country's, then the exceptions one after the other."""
    by_country = load_countries()["gauge_mm"]
    national = np.array([gauge_bits(by_country[code]) for code in network.countries], dtype=np.uint8)
    gauge = national[network.country]
    basis = np.where(gauge > 0, GAUGE_BASES.index("assumed"), GAUGE_BASES.index("unknown")).astype(np.uint8)
    for rule in load_gauge_rules().itertuples():
        allowed = np.ones(len(network.km), dtype=bool)
        if rule.country:
            allowed = network.country == network.countries.index(rule.country)
        chosen = _links_in_box(network, rule.place) if rule.scope == "box" else _links_along(network, rule, allowed)
        chosen &= allowed
        gauge[chosen] = gauge_bits(rule.gauge_mm)
        basis[chosen] = GAUGE_BASES.index("curated")
    return replace(network, gauge=gauge, gauge_basis=basis)


def _links_in_box(network: RailNetwork, place: str) -> NDArray[np.bool_]:
    lon_min, lat_min, lon_max, lat_max = (float(value) for value in place.split(";"))
    lon, lat = network.nodes.T
    inside = (lon >= lon_min) & (lon <= lon_max) & (lat >= lat_min) & (lat <= lat_max)
    return np.asarray(inside[network.ends].all(axis=1))


def _links_along(network: RailNetwork, rule: Any, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Links of the shortest way through the rule's stations."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    stations = load_stations()
    stops, _ = network.nearest_node(*stations.loc[rule.place.split(";"), ["lon", "lat"]].to_numpy().T)
    # Shortest first, so that of parallel links the first one found is the one taken.
    links = np.flatnonzero(allowed)[np.argsort(network.km[allowed], kind="stable")]
    _, first = np.unique(np.sort(network.ends[links], axis=1), axis=0, return_index=True)
    links = links[first]
    n = len(network.nodes)
    graph = coo_array((np.maximum(network.km[links], 1e-6), tuple(network.ends[links].T)), shape=(n, n)).tocsr()
    link_at = {tuple(sorted(pair)): link for pair, link in zip(network.ends[links].tolist(), links, strict=True)}
    chosen = np.zeros(len(network.km), dtype=bool)
    for start, stop in zip(stops[:-1].tolist(), stops[1:].tolist(), strict=True):
        _, before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
        while stop != start:
            if before[stop] < 0:
                raise DataError(f"gauges.csv: {rule.Index}: no rails join {rule.place} in {rule.country or 'any land'}")
            chosen[link_at[tuple(sorted((stop, int(before[stop]))))]] = True
            stop = int(before[stop])
    return chosen


# ---------------------------------------------------------------- the recipe


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
        graph, node, _ = _node_at(graph, lon, lat, _STATION_KM)
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


def outline_bytes(countries: Path, box: tuple[float, float, float, float] = EURASIA) -> bytes:
    """Country outlines for drawing: cropped, simplified together so that neighbours still touch, GeoJSON."""
    import shapely

    areas = read_countries(countries)
    # A wide frame, so that no edge of the crop shows on a map of the corridor.
    frame = shapely.box(box[0] - 18, box[1] - 15, 191, box[3] + 10)
    cropped = [_polygons(area) for area in shapely.intersection(areas.geometry.values, frame)]
    features = []
    for code, name, area in zip(
        areas["country"], areas["name"], shapely.coverage_simplify(cropped, 0.06), strict=True
    ):
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
