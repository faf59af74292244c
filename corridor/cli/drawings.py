"""Commands that draw, and the check of the data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from corridor.cli.group import as_json, main, on_network, say, write_json
from corridor.display import printable, records
from corridor.errors import OutputError


@main.command(name="map")
@on_network
@click.option("--out", type=click.Path(), default="corridor.html", show_default=True, help="File, pipe or /dev/stdout.")
def map_(out: str) -> None:
    """Write the interactive map as one file that opens without a network."""
    from corridor import store
    from corridor.maps import corridor_map

    store.check_out(out)
    corridor_map().save(out)
    if store.open_file(Path(out)) != 1:  # else the page itself went there
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
    for name in content:
        store.check_out(out / name)
    for name, raw in content.items():
        store.write(out / name, raw)
    files = [str(out / name) for name in content]
    click.echo(json.dumps([{"file": file} for file in files]) if as_json else "\n".join(files))


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("maps"), show_default=True, help="Folder.")
def atlas(out: Path) -> None:
    """Make every table, figure and map, with an index and a manifest."""
    from corridor.atlas import build_atlas

    build_atlas(out, progress=lambda name, number, count: say(f"[{number}/{count}] {name}"))
    click.echo((out / "index.html").resolve())


@main.command()
@click.option("--stamp", is_flag=True, help="First renew the hashes in datapackage.json, after an edit of the data.")
@as_json
def check(stamp: bool, as_json: bool) -> None:
    """Check the data: cells, references, hashes, stations near rails, holes and straight jumps."""
    from corridor import store
    from corridor.audit import check_data, stamp_data

    if stamp:
        data = store.data_folder()
        if store.is_installed(data):
            raise OutputError(f"{data}: belongs to the installed package; stamp a copy of it, named by CORRIDOR_DATA")
        for file in stamp_data(data):
            click.echo(f"renewed {file}", err=True)
    found = check_data()
    if as_json:
        write_json(records(found))
    for row in found.itertuples() if not as_json else ():
        click.echo(printable(f"{row.file}: {row.subject}: {row.problem}"))
    if len(found):
        raise click.exceptions.Exit(1)
    if not as_json:
        click.echo("all checks passed")
