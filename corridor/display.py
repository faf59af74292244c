"""Tables on a terminal, for reading or as JSON."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    import pandas as pd


def _plain(value: Any) -> Any:
    """A cell as JSON can hold it: no NaN, no library types."""
    import pandas as pd

    if isinstance(value, float) and math.isnan(value):
        return None
    if value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp | date):
        return value.strftime("%Y-%m-%d")
    return value.item() if hasattr(value, "item") else value


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table, its index too, as JSON can hold them: days as text, nothing for what is missing."""
    flat = table.reset_index() if table.index.name else table
    return [{str(name): _plain(value) for name, value in row.items()} for row in flat.to_dict("records")]


RESULTS = "corridor.results"
"""Where a command's context keeps the stream for results; ``sys.stdout`` takes what libraries print meanwhile."""


def results() -> TextIO:
    """The stream for results: the command's, or else standard output."""
    context = click.get_current_context(silent=True)
    kept: TextIO | None = context.meta.get(RESULTS) if context else None
    return kept or sys.stdout


def write(text: object) -> None:
    """Write a result, and a line feed, on the stream for results."""
    click.echo(text, file=results())


def show(table: pd.DataFrame, *, as_json: bool, columns: Sequence[str], digits: int = 0) -> None:
    """Print a table: as JSON with all columns, or the named columns for reading."""
    rows = records(table)
    if as_json:
        write(json.dumps(rows, ensure_ascii=False, indent=2, allow_nan=False))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        numeric = any(isinstance(row[name], int | float) for row in rows)
        shown.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        # As plain text: a name in brackets is a name, not a colour.
        shown.add_row(*(Text(_cell(row[name], digits)) for name in columns))
    stream = results()
    width = None if stream.isatty() else 200
    Console(file=stream, width=width, highlight=False, emoji=False).print(shown)


def printable(text: str) -> str:
    """Text without what could steer a terminal: control characters other than a line feed are shown as �."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


def _cell(value: Any, digits: int) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.{digits}f}"
    return printable(str(value)).replace("\n", " ")
