"""Commands that list tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from corridor.cli.group import Commands, as_json, main, on_network
from corridor.display import show

if TYPE_CHECKING:
    import pandas as pd


def _without_geometry(table: Any) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(table.drop(columns="geometry"))


@main.command()
@as_json
def ports(as_json: bool) -> None:
    """The border ports: names, stations, openings."""
    from corridor.ports import load_ports

    table = load_ports()
    flat = _without_geometry(table).assign(lon=table.geometry.x, lat=table.geometry.y)
    columns = [
        "port_id",
        "name_en",
        "name_zh",
        "name_ru",
        "province_en",
        "station_abroad",
        "opened",
        "first_outbound",
    ]
    show(flat, as_json=as_json, columns=[*columns, "first_inbound"])


@main.command()
@as_json
def stations(as_json: bool) -> None:
    """Stations, terminals and cities that can be named."""
    from corridor.places import load_stations

    columns = ["station_id", "name_en", "name_zh", "name_ru", "country", "kind", "lon", "lat", "coord_basis"]
    show(load_stations(), as_json=as_json, columns=columns, digits=4)


@main.command()
@as_json
def transfers(as_json: bool) -> None:
    """Stations where containers change gauge, since when, and how long a train stays."""
    from corridor.transfers import load_transfers

    columns = ["transfer_id", "station_a", "station_b", "gauge_a_mm", "gauge_b_mm", "valid_from", "valid_to"]
    show(
        load_transfers(),
        as_json=as_json,
        columns=[*columns, "dwell_hours_min", "dwell_hours_max", "dwell_kind"],
        digits=1,
    )


@main.command()
@click.option(
    "--kind", type=click.Choice(["mixed", "freight", "passenger_only", "unknown"]), help="Only lines of this kind."
)
@as_json
def lines(kind: str | None, as_json: bool) -> None:
    """Rail lines and the trains they carry."""
    from corridor.sources.lines import load_lines

    table = load_lines()
    if kind is not None:
        table = table[table["kind"] == kind]
    columns = ["line_id", "name_en", "name_local", "country", "kind", "printed_km", "opened"]
    show(table, as_json=as_json, columns=[*columns, "publisher"])


@main.command()
@click.option("--port", help="Only services through this port.")
@click.option("--paths", is_flag=True, help="Add the length of each service on the rails.")
@click.option("--geojson", is_flag=True, help="Write the paths as GeoJSON.")
@on_network
@as_json
def routes(port: str | None, paths: bool, geojson: bool, as_json: bool) -> None:
    """Services between cities through a port, with citation and dates."""
    from corridor.ports import find_port
    from corridor.routes import load_routes

    table = load_routes()
    if port is not None:
        table = table[table["port"] == find_port(port)]
    columns = ["route_id", "origin", "destination", "port", "direction"]
    if paths or geojson:
        from corridor.routing import route_paths

        found = route_paths(table)
        if geojson:
            from corridor.routing.report import feature_collection, line_features

            click.echo(json.dumps(feature_collection(line_features(found)), ensure_ascii=False, allow_nan=False))
            return
        measured = _without_geometry(found).drop(columns=["origin", "destination", "port", "direction"])
        columns += ["rail_km", "geodesic_km", "published_km"]
        table = table.join(measured)
    show(table, as_json=as_json, columns=[*columns, "service", "first_run", "publisher"])


@main.group(cls=Commands)
def metrics() -> None:
    """Measures of the services."""


@metrics.command()
@on_network
@as_json
def distance(as_json: bool) -> None:
    """Rail, great-circle and published length of each service, and the difference."""
    from corridor.atlas import distance_table

    columns = [
        "route_id",
        "rail_km",
        "geodesic_km",
        "detour",
        "published_km",
        "km_precision",
        "difference_km",
    ]
    show(distance_table(), as_json=as_json, columns=[*columns, "difference_percent"], digits=2)
