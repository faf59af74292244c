"""Commands that list tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from corridor.cli.group import Commands, main, on_network
from corridor.cli.output import as_table
from corridor.display import Form, json_text, show, write

if TYPE_CHECKING:
    import pandas as pd


def _without_geometry(table: Any) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(table.drop(columns="geometry"))


@main.command()
@as_table
def ports(form: Form) -> None:
    """The border ports: names, stations, openings."""
    from corridor.ports import load_ports

    table = load_ports()
    flat = _without_geometry(table).assign(lon=table.geometry.x, lat=table.geometry.y)
    columns = ["port_id", "name_en", "name_zh", "name_ru", "first_outbound", "first_inbound", "opened"]
    show(flat, form=form, columns=[*columns, "station_abroad", "province_en"])


@main.command()
@as_table
def stations(form: Form) -> None:
    """Stations, terminals and cities that can be named."""
    from corridor.places import load_stations

    columns = ["station_id", "name_en", "name_zh", "country", "kind", "lon", "lat", "name_ru", "coord_basis"]
    show(load_stations(), form=form, columns=columns)


@main.command()
@as_table
def transfers(form: Form) -> None:
    """Stations where containers change gauge, since when, and how long a train stays."""
    from corridor.transfers import load_transfers

    columns = ["transfer_id", "gauge_a_mm", "gauge_b_mm", "valid_from", "dwell_hours_min", "dwell_hours_max"]
    columns += ["dwell_kind", "valid_to", "station_a", "station_b"]
    show(load_transfers(), form=form, columns=columns)


@main.command()
@click.option(
    "--kind", type=click.Choice(["mixed", "freight", "passenger_only", "unknown"]), help="Only lines of this kind."
)
@as_table
def lines(kind: str | None, form: Form) -> None:
    """Rail lines and the trains they carry."""
    from corridor.sources.lines import load_lines

    table = load_lines()
    if kind is not None:
        table = table[table["kind"] == kind]
    columns = ["line_id", "kind", "name_en", "country", "printed_km", "opened", "name_local", "publisher"]
    show(table, form=form, columns=columns)


@main.command()
@click.option("--port", help="Only services through this port.")
@click.option("--paths", is_flag=True, help="Add the length of each service on the rails.")
@click.option("--geojson", is_flag=True, help="Write the paths as GeoJSON.")
@on_network
@as_table
def routes(port: str | None, paths: bool, geojson: bool, form: Form) -> None:
    """Services between cities through a port, with citation and dates."""
    from corridor.ports import find_port
    from corridor.routes import load_routes

    if geojson and form != "table":
        raise click.UsageError(f"--geojson and --{form}: give one of them")
    table = load_routes()
    if port is not None:
        table = table[table["port"] == find_port(port)]
    columns = ["route_id", "origin", "destination", "port", "direction"]
    if paths or geojson:
        from corridor.routing import route_paths

        found = route_paths(table)
        if geojson:
            from corridor.routing.report import feature_collection, line_features

            write(json_text(feature_collection(line_features(found))))
            return
        measured = _without_geometry(found).drop(columns=["origin", "destination", "port", "direction"])
        columns = ["route_id", "rail_km", "published_km", "port", "direction", "geodesic_km", "origin", "destination"]
        table = table.join(measured)
    show(table, form=form, columns=[*columns, "first_run", "service", "publisher"])


@main.group(cls=Commands)
def metrics() -> None:
    """Measures of the services."""


@metrics.command()
@on_network
@as_table
def distance(form: Form) -> None:
    """Rail, great-circle and published length of each service, and the difference."""
    from corridor.atlas import distance_table

    columns = ["route_id", "rail_km", "published_km", "difference_percent", "detour", "geodesic_km"]
    show(distance_table(), form=form, columns=[*columns, "km_precision", "difference_km"])
