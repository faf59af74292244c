"""The command line: one command a function, the same words; results on standard output, all else on standard error."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corridor import __version__
from corridor.display import printable, records, show
from corridor.errors import CorridorError

if TYPE_CHECKING:
    import pandas as pd

    from corridor.routing import RailPath


class Commands(click.Group):
    """A group whose library errors become lines on standard error and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except CorridorError as err:
            click.echo(printable(f"corridor: {err}"), err=True)
            ctx.exit(1)
        except BrokenPipeError:
            # A reader such as `head` has seen enough.
            sys.stderr.close()
            ctx.exit(0)
        except OSError as err:
            click.echo(f"corridor: standard output cannot be written ({err.strerror or err})", err=True)
            os._exit(1)  # at a normal exit Python would try again to write what is left, and complain


as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON instead of a table.")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
def main() -> None:
    """China-Europe trains by rail: routes on real rails, volumes with their sources, maps and figures."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that knows no Chinese gets an escape, not a traceback.
            stream.reconfigure(errors="backslashreplace")


def _without_geometry(table: Any) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(table.drop(columns="geometry"))


# ---------------------------------------------------------------- listings


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
@click.option("--port", help="Only services through this port.")
@click.option("--paths", is_flag=True, help="Add the length of each service on the rails.")
@click.option("--geojson", is_flag=True, help="Write the paths as GeoJSON.")
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
            click.echo(found.to_json())
            return
        measured = _without_geometry(found).drop(columns=["origin", "destination", "port", "direction"])
        columns += ["rail_km", "geodesic_km", "published_km"]
        table = table.join(measured)
    show(table, as_json=as_json, columns=[*columns, "service", "first_run", "publisher"])


@main.command()
@click.option("--port", help="Only claims that name this port.")
@click.option("--year", type=int, help="Only claims whose period touches this year.")
@as_json
def claims(port: str | None, year: int | None, as_json: bool) -> None:
    """Published figures on trains and TEU, with their citations."""
    from corridor.claims import load_claims
    from corridor.ports import find_port

    table = load_claims()
    if port is not None:
        name = find_port(port)
        table = table[table["ports"].str.split(";").map(lambda names: name in names)]
    if year is not None:
        table = table[(table["period_start"].dt.year <= year) & (table["period_end"].dt.year >= year)]
    columns = [
        "claim_id",
        "ports",
        "measure",
        "direction",
        "basis",
        "period_start",
        "period_end",
        "value",
        "precision",
    ]
    show(table, as_json=as_json, columns=[*columns, "publisher"])


@main.command()
@click.option("--port", help="Only this port.")
@click.option("--measure", type=click.Choice(["trains", "teu"]), help="Only this measure.")
@click.option("--basis", default="rail", show_default=True, help="Who counted: rail, customs, ciq, border, unstated.")
@as_json
def volumes(port: str | None, measure: str | None, basis: str, as_json: bool) -> None:
    """Trains and TEU per port and year 2013-2023: a value where one is printed, else what claims leave open."""
    from corridor.ports import find_port
    from corridor.volumes import yearly_volumes

    table = yearly_volumes(basis=basis)
    if port is not None:
        table = table[table["port"] == find_port(port)]
    if measure is not None:
        table = table[table["measure"] == measure]
    columns = ["measure", "port", "year", "value", "lower", "upper", "status", "claims"]
    show(table, as_json=as_json, columns=columns)


@main.group(cls=Commands)
def metrics() -> None:
    """Measures of the services."""


@metrics.command()
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


# ---------------------------------------------------------------- paths and network


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("origin")
@click.argument("destination")
@click.option("--port", help="Port to pass; by default the one that makes the way shortest.")
@click.option("--via", multiple=True, help="A place to pass; several in order of travel.")
@as_json
def path(origin: str, destination: str, port: str | None, via: tuple[str, ...], as_json: bool) -> None:
    """Shortest way over the rails from ORIGIN to DESTINATION: names, ids, or lon,lat."""
    from corridor.routing import find_path

    found = find_path(origin, destination, port=port, via=via)
    facts = _path_facts(found)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2, allow_nan=False))
        return
    click.echo(printable(f"{found.origin.name} - {found.destination.name}: {found.rail_km:,.1f} km by rail"))
    click.echo(f"  great circle  {found.geodesic_km:,.1f} km, detour {found.detour:.3f}")
    click.echo(f"  port          {found.port or 'none'}")
    click.echo(f"  by country    {_parts(found.km_by_country)}")
    click.echo(f"  by gauge      {_parts(found.km_by_gauge)} (assumed from the country, but for listed exceptions)")
    click.echo(f"  over mends    {found.mended_km:,.1f} km; longest straight step {found.longest_straight_km:.1f} km")
    click.echo(f"  snapped       {found.snap_km[0]:.2f} and {found.snap_km[1]:.2f} km from the places named")


def _parts(km: Any) -> str:
    return ", ".join(f"{name} {length:,.1f} km" for name, length in km.items())


def _path_facts(found: RailPath) -> dict[str, Any]:
    return {
        "origin": found.origin.name,
        "destination": found.destination.name,
        "via": [place.name for place in found.via],
        "port": found.port,
        "rail_km": round(found.rail_km, 3),
        "geodesic_km": round(found.geodesic_km, 3),
        "detour": round(found.detour, 5) if found.geodesic_km else None,
        "km_by_country": {name: round(km, 3) for name, km in found.km_by_country.items()},
        "km_by_gauge": {name: round(km, 3) for name, km in found.km_by_gauge.items()},
        "mended_km": round(found.mended_km, 3),
        "longest_straight_km": round(found.longest_straight_km, 3),
        "snap_km": [round(km, 3) for km in found.snap_km],
        "network": found.network.digest,
    }


@main.group(cls=Commands)
def network() -> None:
    """The rail network."""


@network.command()
@as_json
def info(as_json: bool) -> None:
    """Size, origin, licence and hash of the network."""
    from corridor.network import load_network

    net = load_network()
    facts = {
        "nodes": len(net.nodes),
        "links": len(net.km),
        "km": round(float(net.km.sum())),
        "mended_km": round(float(net.km[net.mended].sum()), 1),
        "countries": len(set(net.country.tolist())),
        "digest": net.digest,
        **net.origin,
    }
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        for name, value in facts.items():
            click.echo(f"{name:20} {value}")


@network.command()
@click.option(
    "--countries",
    type=click.Path(path_type=Path),
    required=True,
    help="countries-10m.json of world-atlas 2.0.2.",
)
@click.option("--open-graph", type=click.Path(path_type=Path), help="world_railways.py; by default scgraph-data's.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Data folder to write routes/network.npz and routes/countries.json to.",
)
def build(countries: Path, open_graph: Path | None, out: Path | None) -> None:
    """Make the embedded network anew from the open rail graph (about a minute).

    Needs the extra `network` (pip install 'corridor[network]') and the file countries-10m.json, which
    `npm pack world-atlas@2.0.2` brings.
    """
    from corridor import sources, store
    from corridor.network import network_bytes

    folder = (out or store.data_folder()) / "routes"
    made = sources.build_network(open_graph or sources.find_open_graph(), countries, progress=_say)
    outlines = sources.outline_bytes(countries, sources.EURASIA)
    store.make_folder(folder)
    store.write(folder / "network.npz", network_bytes(made))
    store.write(folder / "countries.json", outlines)
    click.echo(f"{folder / 'network.npz'}: {made}")


# ---------------------------------------------------------------- drawings


@main.command(name="map")
@click.option("--out", type=click.Path(path_type=Path), default=Path("corridor.html"), show_default=True)
def map_(out: Path) -> None:
    """Write the interactive map as one file that opens without a network."""
    from corridor.maps import corridor_map

    corridor_map().save(out)
    click.echo(out)


@main.command()
@click.argument("names", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), default=Path("figures"), show_default=True, help="Folder.")
@click.option("--format", "kinds", multiple=True, default=("png", "svg"), show_default=True, help="png or svg.")
@click.option("--list", "listing", is_flag=True, help="Only list the figures.")
@as_json
def figures(names: Iterable[str], out: Path, kinds: Iterable[str], listing: bool, as_json: bool) -> None:
    """Draw figures: those named, or all."""
    from corridor import store
    from corridor.figures import figure, figure_bytes, figure_names, find_figure

    if listing:
        click.echo(json.dumps([{"name": name} for name in figure_names()]) if as_json else "\n".join(figure_names()))
        return
    drawn = {name: figure(name) for name in map(find_figure, names or figure_names())}
    content = {f"{name}.{kind}": figure_bytes(drawn[name], kind) for name in drawn for kind in kinds}
    store.make_folder(out)
    for name, raw in content.items():
        store.write(out / name, raw)
    files = [str(out / name) for name in content]
    click.echo(json.dumps([{"file": file} for file in files]) if as_json else "\n".join(files))


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("maps"), show_default=True, help="Folder.")
def atlas(out: Path) -> None:
    """Make every table, figure and map, with an index and a manifest."""
    from corridor.atlas import build_atlas

    build_atlas(out, progress=lambda name, number, count: _say(f"[{number}/{count}] {name}"))
    click.echo((out / "index.html").resolve())


def _say(text: str) -> None:
    """Progress for a person; nothing where standard error is not a terminal."""
    if sys.stderr.isatty():
        click.echo(text, err=True)


@main.command()
@click.option("--stamp", is_flag=True, help="First renew the hashes in datapackage.json, after an edit of the data.")
@as_json
def check(stamp: bool, as_json: bool) -> None:
    """Check the data: cells, references, hashes, stations near rails, holes and straight jumps."""
    from corridor import store
    from corridor.audit import check_data, stamp_data

    if stamp:
        for file in stamp_data(store.data_folder()):
            click.echo(f"renewed {file}", err=True)
    found = check_data()
    if as_json:
        click.echo(json.dumps(records(found), ensure_ascii=False, indent=2, allow_nan=False))
    for row in found.itertuples() if not as_json else ():
        click.echo(printable(f"{row.file}: {row.subject}: {row.problem}"))
    if len(found):
        raise click.exceptions.Exit(1)
    if not as_json:
        click.echo("all checks passed")


if __name__ == "__main__":
    main()
