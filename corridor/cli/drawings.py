"""Commands that draw, and the check of the data."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from corridor.cli.group import complain, main, on_network, say
from corridor.cli.output import as_rows
from corridor.display import Form, results, show, write_lines
from corridor.errors import OutputError


@main.command(name="map")
@on_network
@click.option("--out", type=click.Path(), default="corridor.html", show_default=True, help="File, pipe or /dev/stdout.")
@as_rows
def map_(out: str, form: Form) -> None:
    """Write the interactive map as one file that opens without a network."""
    from corridor import store
    from corridor.maps import corridor_map

    store.check_out(out)
    drawn = corridor_map()
    if store.open_file(Path(out)) == 1:  # /dev/stdout: the page is the result
        drawn.save(results().buffer, close_file=False)
    else:
        drawn.save(out)
        _lines("file", [out], form)


@main.command()
@click.argument("names", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), default=Path("figures"), show_default=True, help="Folder.")
@click.option("--format", "kinds", multiple=True, default=("png", "svg"), show_default=True, help="png or svg.")
@click.option("--list", "listing", is_flag=True, help="Only list the figures.")
@as_rows
def figures(names: Iterable[str], out: Path, kinds: Iterable[str], listing: bool, form: Form) -> None:
    """Draw figures: those named, or all."""
    from corridor import store
    from corridor.figures import figure, figure_bytes, figure_names, find_figures

    if listing:
        _lines("name", figure_names(), form)
        return
    chosen, formats = find_figures(names or figure_names(), kinds)
    drawn = {name: figure(name) for name in chosen}
    content = {out / f"{name}.{kind}": figure_bytes(drawn[name], kind) for name in chosen for kind in formats}
    store.make_folder(out)
    store.write_all(content)
    _lines("file", list(map(str, content)), form)


def _lines(name: str, texts: list[str], form: Form) -> None:
    """Texts as lines, or as rows of one column."""
    import pandas as pd

    if form == "table":
        write_lines(texts)
    else:
        show(pd.DataFrame({name: texts}), form=form, columns=[name])


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("maps"), show_default=True, help="Folder.")
@as_rows
def atlas(out: Path, form: Form) -> None:
    """Make every table, figure and map, with an index and a manifest."""
    from corridor.atlas import build_atlas

    build_atlas(out, progress=lambda name, number, count: say(f"[{number}/{count}] {name}"))
    _lines("file", [str((out / "index.html").resolve())], form)


@main.command()
@click.option("--stamp", is_flag=True, help="First renew the hashes in datapackage.json, after an edit of the data.")
@as_rows
def check(stamp: bool, form: Form) -> None:
    """Check the data: cells, references, hashes, stations near rails, holes and straight jumps."""
    from corridor import store
    from corridor.audit import check_data, stamp_data

    if stamp:
        data = store.data_folder()
        if store.is_installed(data):
            raise OutputError(f"{data}: belongs to the installed package; stamp a copy of it, named by CORRIDOR_DATA")
        for file in stamp_data(data):
            complain(f"renewed {file}")
    found = check_data()
    if form == "table":
        problems = [f"{row.file}: {row.subject}: {row.problem}" for row in found.itertuples()]
        write_lines(problems or ["all checks passed"])
    else:
        show(found, form=form, columns=list(found.columns))
    if len(found):
        raise click.exceptions.Exit(1)
