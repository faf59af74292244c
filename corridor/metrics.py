"""Distance measures of the services: pure functions, with formula and unit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from corridor.network import RailNetwork
from corridor.routes import services_of
from corridor.routing import find_route_paths

if TYPE_CHECKING:
    import pandas as pd


def distance_metrics(
    routes: pd.DataFrame | None = None, *, network: RailNetwork | Path | str | None = None
) -> pd.DataFrame:
    """Rail length of each service beside its shortest and its published length.

    Parameters
    ----------
    routes : DataFrame or sequence of mappings, optional
        As from :func:`load_routes`, some of its rows, or services of your own: ``route_id``, ``origin``,
        ``destination``, ``port`` and ``direction`` are enough (see :func:`corridor.routes.checked_routes`).
    network : RailNetwork or path-like, optional
        A network or its npz file; by default as from :func:`corridor.load_network`.

    Returns
    -------
    DataFrame
        Index ``route_id``; ``origin``, ``destination``, ``port``, ``direction``; and

        * ``rail_km``: best estimate of the length along the tracks through the port [km];
        * ``source_km``: sum of the lengths that the network's source gives its links [km];
        * ``drawn_km``: length on the ellipsoid of the line as it is drawn [km];
        * ``geodesic_km``: shortest distance between the ends on the WGS84 ellipsoid [km];
        * ``detour`` = rail_km / geodesic_km [-], 1 or more;
        * ``published_km`` and its ``km_precision``; NaN where none is printed;
        * ``difference_km`` = rail_km - published_km [km];
        * ``difference_percent`` = 100 (rail_km / published_km - 1) [%];
        * ``mended_km``: part of rail_km where the source has a hole that was mended [km];
        * ``broken``: limits of its certificate that the path breaks (semicolons; empty: none);
        * ``url``: where the published length stands; ``km_doubt``, ``note``: what is known of it.

    Raises
    ------
    DataError
        If a row of the routes has a fault; all of them at once.
    """
    table = services_of(routes)
    paths = find_route_paths(table, network=network)
    found = [paths[str(key)] for key in table.index]
    out = table[["origin", "destination", "port", "direction"]].assign(
        rail_km=[path.rail_km for path in found],
        source_km=[path.source_km for path in found],
        drawn_km=[path.drawn_km for path in found],
        geodesic_km=[path.geodesic_km for path in found],
        detour=[path.detour for path in found],
        published_km=table["published_km"],
        km_precision=table["km_precision"],
    )
    return out.assign(
        difference_km=out["rail_km"] - out["published_km"],
        difference_percent=100 * (out["rail_km"] / out["published_km"] - 1),
        mended_km=[path.mended_km for path in found],
        broken=["; ".join(path.certificate.broken) for path in found],
        url=table["url"],
        km_doubt=table["km_doubt"],
        note=table["note"],
    )
