"""Tables on a terminal: for reading, as many columns as its lines hold; or whole, as JSON or CSV."""

from __future__ import annotations

import io
import json
import math
import os
import re
import shutil
import sys
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TextIO

import click

from corridor import export, texts, words

if TYPE_CHECKING:
    import pandas as pd

Form = Literal["table", "wide", "json", "csv", "bom"]
"""How a table is written: for reading within the lines of the terminal, for reading whole, or for programmes (``bom``:
CSV that begins with a byte order mark).
"""

ID_COLUMNS = {"claims": "claims", "assumptions": "assumptions", "contested": "claims", "against": "others"}
"""Columns that hold lists of ids, and what their number is a number of."""

_GAP = 2
"""Blanks between two columns."""

_COMFORT = 16
"""Text is wrapped to no fewer cells than this; rather the last columns are left out."""

_LONGEST_WORD = 48
"""So wide a word is shown where a table is fitted to a terminal [cells]: a wider one would push out columns.

The data's own widest, a line named after five places, has 42.
"""

_LONG_WORD = re.compile(rf"(?!https?://)(?<!\S)[^\s;]{{{_LONGEST_WORD // 2 + 1},}}")


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


def json_text(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON in the letters of its texts."""
    return texts.json_safe(json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False))


RESULTS = "corridor.results"
"""Where a command's context keeps the stream for results; ``sys.stdout`` takes what libraries print meanwhile."""


def results() -> TextIO:
    """The stream for results: the command's, or else standard output."""
    context = click.get_current_context(silent=True)
    kept: TextIO | None = context.meta.get(RESULTS) if context else None
    return kept or sys.stdout


def write(text: object, *, nl: bool = True) -> None:
    """Write a result, by default with a line feed, on the stream for results."""
    click.echo(text, file=results(), nl=nl)


def show(
    table: pd.DataFrame,
    *,
    form: Form,
    columns: Sequence[str],
    lists: Sequence[str] = (),
) -> None:
    """Print a table.

    Parameters
    ----------
    table : DataFrame
    form : {"table", "wide", "json", "csv", "bom"}
        ``table``: the named columns, the first of them only where a line of the terminal does not hold all; without a
        terminal lines have no end. The others write all columns.
    columns : sequence of str
        The columns for reading, the most important first.
    lists : sequence of str
        Columns that JSON has as lists: their cells are separated by semicolons.
    """
    if form in ("csv", "bom"):
        stream = results()
        if form == "bom" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # whatever the locale: the mark says so
        write(export.csv_text(table, bom=form == "bom"), nl=False)
        return
    rows = records(table)
    if form == "json":
        listed = [row | {name: row[name].split(";") if row[name] else [] for name in lists} for row in rows]
        write(json_text(listed, indent=2))
        return
    known = [str(name) for name in (table.reset_index() if table.index.name else table).columns]
    names = [*columns, *(name for name in known if name not in columns)] if form == "wide" else list(columns)
    room = None if form == "wide" else line_width()
    cells = [[_cell(name, row[name], whole=room is None) for name in names] for row in rows]
    numeric = [any(isinstance(row[name], int | float) for row in rows) for name in names]
    widths = fit([_measure([name, *(row[i] for row in cells)]) for i, name in enumerate(names)], room)
    shown = [i for i, width in enumerate(widths) if width]
    _print(
        [names[i] for i in shown],
        [[row[i] for i in shown] for row in cells],
        [widths[i] for i in shown],
        [numeric[i] for i in shown],
    )
    if not rows and sys.stderr.isatty():
        click.echo("no rows", err=True)
    if room is not None and len(shown) < len(known) and sys.stderr.isatty():
        hidden = [name for i, name in enumerate(names) if i not in shown]
        more = [f"{len(known) - len(names)} more"] if len(known) > len(names) else []
        foot = f"not shown: {', '.join([*hidden, *more])} (--wide shows all)"
        click.echo(_wrapped(foot, room, indent=2), err=True)


def write_line(text: str, *, indent: int = 0) -> None:
    """Write a line of text as a result; on a terminal it is wrapped at words, and what follows is indented."""
    room, line = line_width(), _one_line(text)
    write(texts.isolated(line if room is None else _wrapped(line, room, indent)))


def write_lines(lines: Sequence[str]) -> None:
    """Write texts as a result, each on a line of its own and whole."""
    write("\n".join(map(texts.isolated, map(_one_line, lines))))


def _one_line(text: str) -> str:
    return texts.printable(re.sub(r"[\n\t]", " ", text))


def _wrapped(text: str, room: int, indent: int) -> str:
    from rich.cells import cell_len

    lines = [""]
    for word in re.findall(r"\s*\S+", text):
        if lines[-1] and cell_len(lines[-1] + word) > room:
            lines.append(" " * min(indent, room // 2) + word.lstrip())
        else:
            lines[-1] += word
    return "\n".join(lines)


def line_width() -> int | None:
    """Cells in a line of the terminal (COLUMNS, if it is set); None where standard output is no terminal."""
    if os.environ.get("COLUMNS", "").isdecimal() or results().isatty():
        return max(shutil.get_terminal_size().columns, 1)
    return None


def fit(columns: Sequence[tuple[int, int]], room: int | None) -> list[int]:
    """Widths of those columns that a line holds, the first ones before others; 0 of those that it does not.

    Parameters
    ----------
    columns : sequence of (int, int)
        Least and full width of each column [cells].
    room : int, optional
        Width of a line [cells]; by default it has no end.

    Examples
    --------
    >>> columns = [(4, 4), (16, 40), (9, 9), (5, 5)]
    >>> fit(columns, 80), fit(columns, 40), fit(columns, 30)
    ([4, 40, 9, 5], [4, 16, 9, 5], [4, 17, 0, 5])
    """
    if room is None:
        return [full for _, full in columns]
    widths, left = [0] * len(columns), room + _GAP
    for i, (least, _) in enumerate(columns):
        if i == 0 or least + _GAP <= left:
            widths[i] = min(least, room)
            left -= widths[i] + _GAP
    # What is left over goes to those that would be wider, in equal parts, those that want least first.
    wanting = sorted((i for i, width in enumerate(widths) if width), key=lambda i: columns[i][1] - widths[i])
    for number, i in enumerate(wanting):
        more = min(columns[i][1] - widths[i], left // (len(wanting) - number))
        widths[i] += more
        left -= more
    return widths


def _cell(name: str, value: Any, *, whole: bool) -> str:
    if value is None:
        return "–"
    if isinstance(value, int | float):
        return words.cell(name, value)
    text = _one_line(str(value))
    if whole:
        return text
    text = _LONG_WORD.sub(lambda match: texts.short(match[0], _LONGEST_WORD), text)
    if name in ID_COLUMNS and ";" in text:
        return f"{text.count(';') + 1} {ID_COLUMNS[name]}"
    return re.sub(r";(?=\S)", "; ", text)  # a list may be wrapped between its parts


def _measure(texts: Sequence[str]) -> tuple[int, int]:
    """Least width, at which no word is broken, and full width of a column [cells]."""
    from rich.cells import cell_len

    full = max(map(cell_len, texts))
    word = max(cell_len(word) for text in texts for word in text.split() or [""])
    return max(word, min(full, _COMFORT)), full


def _print(
    names: Sequence[str], cells: Sequence[Sequence[str]], widths: Sequence[int], numeric: Sequence[bool]
) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name, width, right in zip(names, widths, numeric, strict=True):
        shown.add_column(name, justify="right" if right else "left", overflow="fold", width=width)
    for row in cells:
        # As plain text: a name in brackets is a name, not a colour.
        shown.add_row(*map(Text, row))
    # Height as well as width: else rich reads COLUMNS and LINES, and fails on digits that int() does not take (²).
    width, height = sum(widths) + _GAP * (len(widths) - 1), len(cells) + 1
    console = Console(file=results(), width=width, height=height, highlight=False, emoji=False)
    with console.capture() as drawn:  # rich itself would end the process where a reader such as `head` has left
        console.print(shown)
    write(texts.isolated(drawn.get()), nl=False)
