"""Commands that make a network of OpenStreetMap's rails: from extracts, or asked of an Overpass server."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corridor.cli.group import as_json, complain, say
from corridor.cli.networks import network, write_made
from corridor.errors import OutputError

if TYPE_CHECKING:
    from corridor.network import RailNetwork

_FILE = click.Path(path_type=Path)


class Amount(click.FloatRange):
    """A number within bounds, and a finite one: nan is neither below nor above any bound."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number meant by a text."""
        found = super().convert(value, param, ctx)
        return found if math.isfinite(found) else self.fail(f"{found} is not a finite number.", param, ctx)


_COMMON = (
    # As text: a path object forgets a slash at the end, which says that a folder is meant.
    click.option("--out", type=click.Path(), required=True, help="File to write the network to (npz)."),
    click.option(
        "--countries",
        type=_FILE,
        help="countries-10m.json of world-atlas 2.0.2, for exact borders; by default the data's own outlines.",
    ),
    click.option("--narrow", is_flag=True, help="Narrow gauge (railway=narrow_gauge) too."),
    click.option("--service", is_flag=True, help="Yards, sidings and spurs too; crossovers always count."),
    click.option(
        "--highspeed",
        type=click.Choice(["unknown", "passenger_only"]),
        default="unknown",
        show_default=True,
        help="What highspeed=yes says of a line whose traffic no tag tells.",
    ),
    click.option(
        "--islands",
        "island_km",
        type=Amount(min=0),
        default=50.0,
        show_default=True,
        metavar="KM",
        help="Leave out rails of one gauge that hang together over less than this.",
    ),
)


def _common(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both commands have, in this order."""
    for option in reversed((*_COMMON, as_json)):
        command = option(command)
    return command


@network.command(name="import")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@_common
def import_(files: tuple[Path, ...], out: str, as_json: bool, **options: Any) -> None:
    """Make a network of the rails in OpenStreetMap extracts (FILES: .osm.pbf).

    Extracts may overlap or lie side by side; where they disagree the newest counts, also where it has a way that is no
    longer a rail. The kind of a file is found from its content, not its name; history and change files are refused.

    Gauge comes from the tags as people write them ("1520 mm", "1435/1520", "broad"), else from the country. Left out
    are rails that are disused, abandoned, under construction, proposed, razed, or closed by access=no; freight=no
    leaves them to passengers. start_date and end_date count for `corridor path --on`, train ferries for `--ferries`.

    What is left out or cannot be read is listed on standard error by tag, with tracks and km, as are nodes that are not
    in the files; `corridor network info` lists it again. Needs the extra `osm` (pip install 'corridor[osm]').
    """
    from corridor.sources import import_network

    place = _checked(out)
    if any(_same(file, place) for file in files):
        raise OutputError(f"{place}: is one of the extracts to read; name another file to write the network to")
    _write(place, import_network(files, progress=say, **_chosen(options)), as_json=as_json)


@network.command()
@click.option("--around", metavar="ROUTE", help="A band along the path of this service (id; `corridor routes`).")
@click.option("--bbox", metavar="W,S,E,N", help="A box in degrees.")
@click.option(
    "--width",
    type=Amount(min=0.1, max=500),
    default=30.0,
    show_default=True,
    metavar="KM",
    help="How far the band reaches to either side of the path.",
)
@click.option("--overpass", metavar="URL", help="Overpass server (https://.../api); by default OSMnx's.")
@click.option(
    "--timeout",
    type=Amount(min=0.1, max=86_400),
    default=180.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the whole of one answer may take.",
)
@click.option(
    "--pause",
    type=Amount(min=0, max=86_400),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait before asking again.",
)
@click.option("--cache", type=_FILE, help="Folder for the answers; by default corridor/overpass in the user's cache.")
@_common
def download(
    around: str | None,
    bbox: str | None,
    width: float,
    overpass: str | None,
    timeout: float,
    pause: float,
    cache: Path | None,
    out: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Make a network of the rails in an area, asked of an Overpass server through OSMnx.

    The area is asked square by square, one degree each, and every answer is kept: after a failure the same
    command goes on from there. Tags are read and what is left out is listed as by `corridor network import`. Needs the
    extra `osm` (pip install 'corridor[osm]').
    """
    from corridor import sources

    if (around is None) == (bbox is None):
        raise click.UsageError("name either --around ROUTE or --bbox W,S,E,N")
    place = _checked(out)
    area = sources.box(bbox) if bbox is not None else sources.band(_path(str(around)), width)
    server = sources.Server(overpass, timeout, pause)
    _write(
        place,
        sources.download_network(area, cache=cache, server=server, progress=say, **_chosen(options)),
        as_json=as_json,
    )


def _path(route: str) -> Any:
    """Vertices of a service's path on the embedded network."""
    from corridor.names import fold
    from corridor.places import find_name
    from corridor.routes import load_routes
    from corridor.routing import find_route_paths

    table = load_routes()
    index = {fold(key): key for key in table.index}
    found = find_name(route, index, kind="route", listing=table.index, where="corridor routes")
    return find_route_paths(table.loc[[found]])[found].lonlat


def _chosen(options: dict[str, Any]) -> dict[str, Any]:
    from corridor.sources import Choice

    choice = Choice(options.pop("narrow"), options.pop("service"), options.pop("highspeed"))
    return {"choice": choice, **options}


def _same(file: Path, place: Path) -> bool:
    try:
        return file.samefile(place)
    except OSError:  # one of them is not there, or can have no such name: whoever uses it says so
        return False


def _checked(out: str) -> Path:
    """A file that cannot be written is said so before the work, not after."""
    from corridor import store
    from corridor.gates import trees_path

    place = Path(out)
    try:
        folder, special = place.is_dir(), place.exists() and not place.is_file()
    except OSError as err:
        raise OutputError(f"{place}: cannot be written ({err.strerror or err}); name another place") from err
    if folder:
        raise OutputError(f"{place}: is a folder; name a file to write the network to")
    if place.suffix != ".npz":
        raise OutputError(f"{place}: a network is an npz file; name one, such as {place.with_suffix('.npz')}")
    if special:
        raise OutputError(f"{place}: is a pipe or device, and a network is two files; name a file")
    store.check_out(trees_path(place))
    return store.check_out(out)


def _write(out: Path, made: RailNetwork, *, as_json: bool) -> None:
    from corridor.gates import write_network
    from corridor.sources import note_lines

    write_network(out, made)
    complain(*(f"corridor: {line}" for line in note_lines(made.origin)))
    write_made(out, made, as_json=as_json)
