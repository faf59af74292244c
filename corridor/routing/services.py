"""The paths of the services."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from corridor.errors import NoPath
from corridor.network import RailNetwork, as_network
from corridor.places import place_of
from corridor.routes import services_of
from corridor.routing.limits import limits_of
from corridor.routing.path import RailPath
from corridor.routing.search import search

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


def find_route_paths(
    routes: pd.DataFrame | None = None, *, network: RailNetwork | Path | str | None = None
) -> dict[str, RailPath]:
    """The path of each service through its port, by route id; ``routes`` as of :func:`route_paths`.

    Raises
    ------
    DataError
        If a row of the routes has a fault; all of them at once.
    NoPath
        If a service's places and port are not joined.
    """
    table = services_of(routes)
    net = as_network(network)
    paths = {}
    for row in table.itertuples():
        keys = [row.origin, *filter(None, row.via.split(";")), row.destination]
        try:
            paths[str(row.Index)] = search(net, [place_of(key) for key in keys], limits_of(net, port=row.port))
        except NoPath as err:
            raise NoPath(f"{row.Index}: {err}") from None
    return paths


def route_paths(
    routes: pd.DataFrame | None = None, *, network: RailNetwork | Path | str | None = None
) -> gpd.GeoDataFrame:
    """Services as lines on the rails.

    Parameters
    ----------
    routes : DataFrame or sequence of mappings, optional
        As from :func:`load_routes`, some of its rows, or services of your own: ``route_id``, ``origin``,
        ``destination``, ``port`` and ``direction`` are enough (see :func:`corridor.routes.checked_routes`).
    network : RailNetwork or path-like, optional
        A network or its npz file; by default as from :func:`load_network`.

    Returns
    -------
    GeoDataFrame
        Index ``route_id``; origin, destination, port, direction; ``rail_km``, ``source_km``, ``drawn_km`` (the length
        of the geometry), ``geodesic_km`` and ``detour`` as of :class:`RailPath`; ``mended_km``,
        ``longest_straight_km``, ``snap_km`` (the largest of its places); ``broken``: limits of its certificate that it
        breaks (semicolons; empty: none); geometry: a line in the order of travel, WGS84 (EPSG:4326).

    Raises
    ------
    DataError
        If a row of the routes has a fault; all of them at once.
    NoPath
        If a service's places and port are not joined.
    """
    import geopandas as gpd

    table = services_of(routes)
    paths = find_route_paths(table, network=network)
    found = [paths[str(key)] for key in table.index]
    out = table[["origin", "destination", "port", "direction"]].assign(
        rail_km=[path.rail_km for path in found],
        source_km=[path.source_km for path in found],
        drawn_km=[path.drawn_km for path in found],
        geodesic_km=[path.geodesic_km for path in found],
        detour=[path.detour for path in found],
        mended_km=[path.mended_km for path in found],
        longest_straight_km=[path.certificate.longest_straight_km for path in found],
        snap_km=[max(path.snap_km) for path in found],
        broken=["; ".join(path.certificate.broken) for path in found],
    )
    return gpd.GeoDataFrame(out, geometry=[path.geometry for path in found], crs="EPSG:4326")
