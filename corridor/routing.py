"""Paths over the rail network: shortest ways through a port's two stations, and what they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from corridor.errors import NoPath
from corridor.geo import geodesic_km
from corridor.network import GAUGES_MM, RailNetwork, load_network
from corridor.places import Place, find_place, load_stations, station_place
from corridor.ports import find_port, port_table
from corridor.routes import load_routes
from corridor.trees import walk_back

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from shapely import LineString

HOME = frozenset({"CN", "HK", "MO"})
"""Countries on the Chinese side; a path changes side only between the two stations of a port."""

SNAP_LIMIT_KM = 25.0
"""A place farther than this from any rail is refused."""

HOP_LIMIT_KM = 100.0
"""The two stations of a port are never farther apart than this by rail."""


@dataclass(frozen=True, eq=False)
class RailPath:
    """A way over the rails.

    Attributes
    ----------
    origin, destination : Place
    via : tuple of Place
        Places passed because they were asked for.
    port : str or None
        Id of the port it goes through.
    rail_km : float
        Length along the tracks [km].
    geodesic_km : float
        Shortest distance between the two places on the ellipsoid [km].
    snap_km : tuple of float
        How far the first and the last rail point lie from the places asked for [km].
    mended_km : float
        Length over mends, where the source has a hole [km].
    longest_straight_km : float
        Longest straight step of the geometry [km].
    km_by_country, km_by_gauge : mapping of str to float
        Lengths that add up to ``rail_km``; gauges by name ("1435", "1435+1520", "unknown"), assumed from
        the country except where data/routes/gauges.csv says otherwise.
    links, nodes : ndarray of int
        Links in order of travel, and the nodes between them (one more).
    network : RailNetwork
    """

    origin: Place
    destination: Place
    via: tuple[Place, ...]
    port: str | None
    rail_km: float
    geodesic_km: float
    snap_km: tuple[float, float]
    mended_km: float
    longest_straight_km: float
    km_by_country: Mapping[str, float]
    km_by_gauge: Mapping[str, float]
    links: NDArray[np.int64]
    nodes: NDArray[np.int64]
    network: RailNetwork

    @property
    def detour(self) -> float:
        """Rail length over geodesic length [-]; infinite if both ends are one point."""
        return self.rail_km / self.geodesic_km if self.geodesic_km else float("inf")

    @property
    def lonlat(self) -> NDArray[np.float64]:
        """Vertices in order of travel, shape (k, 2), WGS84 ``lon, lat``."""
        return self.network.trace(self.links.tolist(), int(self.nodes[0]))

    @property
    def geometry(self) -> LineString:
        """The path as a line, WGS84 ``lon, lat``."""
        from shapely import LineString

        line = self.lonlat
        return LineString(line if len(line) > 1 else np.vstack([line, line]))


# ---------------------------------------------------------------- search


def _snap(network: RailNetwork, place: Place, side: frozenset[str] | None) -> tuple[int, float]:
    node, gap = network.nearest_node(place.lon, place.lat, countries=side)
    if gap[0] > SNAP_LIMIT_KM:
        raise NoPath(
            f"{place.name} lies {gap[0]:.0f} km from the nearest rail of the network; "
            f"the limit is {SNAP_LIMIT_KM:g} km, give a place nearer to a railway"
        )
    return int(node[0]), float(gap[0])


@cache
def _sides(codes: tuple[str, ...]) -> dict[bool, frozenset[str]]:
    return {True: HOME & set(codes), False: frozenset(codes) - HOME}


def _is_home(network: RailNetwork, place: Place) -> bool:
    """Whether a place lies on the Chinese side: by its country, or else by the nearest rail."""
    if place.country is not None:
        return place.country in HOME
    sides = _sides(network.countries)
    return _gap(network, place, sides[True]) < _gap(network, place, sides[False])


def _gap(network: RailNetwork, place: Place, side: frozenset[str]) -> float:
    """How far a place lies from the nearest rail of one side [km]."""
    return float(network.nearest_node(place.lon, place.lat, countries=side)[1][0])


def find_path(
    origin: str | Place,
    destination: str | Place,
    *,
    port: str | None = None,
    via: Sequence[str | Place] = (),
    network: RailNetwork | None = None,
) -> RailPath:
    """Shortest way over the rails between two places.

    The Chinese border is crossed only between the two stations of a port; on either side of it the way
    stays on that side.

    Parameters
    ----------
    origin, destination : str or Place
        A name, an id, or ``"lon,lat"``.
    port : str, optional
        Port to pass; by default the one that makes the way shortest, if the places lie on both sides of
        the Chinese border.
    via : sequence of str or Place
        Places to pass, in order of travel.
    network : RailNetwork, optional
        By default the embedded one.

    Returns
    -------
    RailPath

    Raises
    ------
    UnknownName
        If a place or the port is not known.
    NoPath
        If the places are not joined, or a port is asked for between two places on the same side.
    """
    net = network if network is not None else load_network()
    stops = [place if isinstance(place, Place) else find_place(place) for place in (origin, *via, destination)]
    home = [_is_home(net, place) for place in stops]
    start, stop = stops[0], stops[-1]
    gates = _gates()
    ports = [find_port(port)] if port is not None else list(gates)
    if home[0] == home[-1]:
        side = "in China" if home[0] else "outside China"
        if port is not None:
            raise NoPath(
                f"{start.name} and {stop.name} both lie {side}; a way through {ports[0]} would cross the border "
                "twice: leave the port out, or name a place on the other side"
            )
        if len(set(home)) > 1:
            odd = next(place.name for place, at_home in zip(stops, home, strict=True) if at_home != home[0])
            raise NoPath(f"{start.name} and {stop.name} both lie {side}, {odd} does not; leave it out")
        way = _path_on_one_side(net, stops, home[0])
        if way is None:
            names = ", ".join(place.name for place in stops)
            raise NoPath(f"no rails join {names}; the network has a hole, or the sea lies between")
        return way
    ways = [way for name in ports if (way := _path_through(net, stops, home, name, gates[name])) is not None]
    if not ways:
        raise NoPath(
            f"no rails join {start.name} and {stop.name} through {' or '.join(ports)}"
            + (f" by {', '.join(place.name for place in stops[1:-1])}" if via else "")
            + "; see `corridor network info`, or name another port"
        )
    return min(ways, key=lambda way: way.rail_km)


def _gates() -> dict[str, tuple[Place, Place]]:
    """The two stations of each port, the Chinese one first."""
    stations = load_stations()
    return {
        str(row.Index): (
            station_place(stations, row.station_home),
            station_place(stations, row.station_abroad),
        )
        for row in port_table().itertuples()
    }


def _path_on_one_side(net: RailNetwork, stops: list[Place], at_home: bool) -> RailPath | None:
    side = _sides(net.countries)[at_home]
    nodes, gaps = zip(*(_snap(net, place, side) for place in stops), strict=True)
    way = _legs(net, side, list(nodes), forward=True)
    return _measured(net, stops, None, (gaps[0], gaps[-1]), way) if way else None


def _path_through(
    net: RailNetwork, stops: list[Place], home: list[bool], port: str, gate: tuple[Place, Place]
) -> RailPath | None:
    """The way through one port, or None where the rails do not join."""
    if not home[0]:
        way = _path_through(net, stops[::-1], home[::-1], port, gate)
        return _reversed(way) if way else None
    if home != sorted(home, reverse=True):
        return None  # the places to pass lie on this and that side in turn
    sides = _sides(net.countries)
    inside = [place for place, at_home in zip(stops, home, strict=True) if at_home]
    outside = [place for place, at_home in zip(stops, home, strict=True) if not at_home]
    if any(
        _gap(net, place, sides[at_home]) > SNAP_LIMIT_KM for place, at_home in zip(gate, (True, False), strict=True)
    ):
        return None  # a network that does not reach this port
    before_nodes, before_gaps = zip(*(_snap(net, place, sides[True]) for place in [*inside, gate[0]]), strict=True)
    after_nodes, after_gaps = zip(*(_snap(net, place, sides[False]) for place in [gate[1], *outside]), strict=True)
    before = _legs(net, sides[True], list(before_nodes), forward=False)
    hop = walk_back(net, sides[True] | sides[False], after_nodes[0], before_nodes[-1], limit=HOP_LIMIT_KM)
    after = _legs(net, sides[False], list(after_nodes), forward=True)
    if before is None or hop is None or after is None:
        return None
    whole = before[0] + hop[0][1:] + after[0][1:], before[1] + hop[1] + after[1]
    return _measured(net, stops, port, (before_gaps[0], after_gaps[-1]), whole)


def _legs(
    net: RailNetwork, side: frozenset[str], stops: list[int], *, forward: bool
) -> tuple[list[int], list[int]] | None:
    """Nodes and links through all stops; trees grow from each leg's first stop (forward) or its last.

    Both give the same way; the choice lets the ways through a port share the trees of its stations.
    """
    nodes, links = [stops[0]], []
    for first, last in pairwise(stops):
        leg = walk_back(net, side, first, last) if forward else walk_back(net, side, last, first)
        if leg is None:
            return None
        nodes += leg[0][-2::-1] if forward else leg[0][1:]
        links += leg[1][::-1] if forward else leg[1]
    return nodes, links


def _measured(
    net: RailNetwork,
    stops: list[Place],
    port: str | None,
    snap_km: tuple[float, float],
    way: tuple[list[int], list[int]],
) -> RailPath:
    start, stop = stops[0], stops[-1]
    nodes, links = np.array(way[0], dtype=np.int64), np.array(way[1], dtype=np.int64)
    km = net.km[links]
    country = np.bincount(net.country[links], weights=km, minlength=len(net.countries))
    by_country = {net.countries[i]: float(country[i]) for i in np.argsort(-country, kind="stable") if country[i] > 0}
    gauge = np.bincount(net.gauge[links], weights=km, minlength=1)
    by_gauge = {gauge_name(i): float(gauge[i]) for i in np.argsort(-gauge, kind="stable") if gauge[i] > 0}
    return RailPath(
        origin=start,
        destination=stop,
        via=tuple(stops[1:-1]),
        port=port,
        rail_km=float(km.sum()),
        geodesic_km=float(geodesic_km(start.lon, start.lat, stop.lon, stop.lat)),
        snap_km=snap_km,
        mended_km=float(km[net.mended[links]].sum()),
        longest_straight_km=float(net.longest_straight_km[links].max(initial=0.0)),
        km_by_country=by_country,
        km_by_gauge=by_gauge,
        links=links,
        nodes=nodes,
        network=net,
    )


def _reversed(path: RailPath) -> RailPath:
    return replace(
        path,
        origin=path.destination,
        destination=path.origin,
        via=path.via[::-1],
        snap_km=path.snap_km[::-1],
        links=path.links[::-1],
        nodes=path.nodes[::-1],
    )


def gauge_name(bits: int) -> str:
    """Name of a set of gauges, for instance "1435" or "1435+1520"; "unknown" for none."""
    return "+".join(str(mm) for i, mm in enumerate(GAUGES_MM) if bits >> i & 1) or "unknown"


# ---------------------------------------------------------------- routes


def find_route_paths(routes: pd.DataFrame | None = None, *, network: RailNetwork | None = None) -> dict[str, RailPath]:
    """The path of each service through its port, by route id.

    Raises
    ------
    NoPath
        If a service's places and port are not joined.
    """
    table = routes if routes is not None else load_routes()
    net = network if network is not None else load_network()
    stations, gates = load_stations(), _gates()
    paths = {}
    for row in table.itertuples():
        keys = [row.origin, *filter(None, row.via.split(";")), row.destination]
        stops = [station_place(stations, key) for key in keys]
        way = _path_through(net, stops, [_is_home(net, stop) for stop in stops], row.port, gates[row.port])
        if way is None:
            raise NoPath(f"{row.Index}: no rails join {' - '.join(keys)} through {row.port}")
        paths[str(row.Index)] = way
    return paths


def route_paths(routes: pd.DataFrame | None = None, *, network: RailNetwork | None = None) -> gpd.GeoDataFrame:
    """Services as lines on the rails.

    Parameters
    ----------
    routes : DataFrame, optional
        As from :func:`load_routes`, or some of its rows.
    network : RailNetwork, optional
        By default the embedded one.

    Returns
    -------
    GeoDataFrame
        Index ``route_id``; origin, destination, port, direction; ``rail_km``, ``geodesic_km``, ``detour``;
        ``mended_km``, ``longest_straight_km``, ``snap_km`` (the larger of both ends); geometry: a line in
        the order of travel, WGS84 (EPSG:4326).

    Raises
    ------
    NoPath
        If a service's places and port are not joined.
    """
    import geopandas as gpd

    table = routes if routes is not None else load_routes()
    paths = find_route_paths(table, network=network)
    found = [paths[str(key)] for key in table.index]
    out = table[["origin", "destination", "port", "direction"]].assign(
        rail_km=[path.rail_km for path in found],
        geodesic_km=[path.geodesic_km for path in found],
        detour=[path.detour for path in found],
        mended_km=[path.mended_km for path in found],
        longest_straight_km=[path.longest_straight_km for path in found],
        snap_km=[max(path.snap_km) for path in found],
    )
    return gpd.GeoDataFrame(out, geometry=[path.geometry for path in found], crs="EPSG:4326")
