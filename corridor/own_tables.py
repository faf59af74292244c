"""Tables of users' own: files as spreadsheets leave them, DataFrames and lists of records, read by one rule.

What has one meaning is read, and put to the same checks as the project's own tables; all faults are reported at once.

* A header may differ in case, spaces and marks; a column whose name is like a missing one is a fault, other columns
  of one's own are left out.
* Empty columns and rows, rows that begin with ``#`` and repeated headers are skipped.
* An empty cell, or a mark for a missing value, of an optional column takes the column's default.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor import arguments, cells, sheets, tables, texts
from corridor.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_ALIKE = 0.8
"""A name this much like that of a missing column is taken for a slip of the pen (difflib's ratio)."""


def own_rows(
    source: Path | str | pd.DataFrame | Sequence[Mapping[str, Any]],
    name: str,
    columns: Mapping[str, tables.Parser],
    *,
    key: str,
    check: Callable[[tables.Row], Iterable[str]] = lambda row: (),
    defaults: Mapping[str, str],
) -> dict[str, tables.Row]:
    """Rows of a user's table, by their key; arguments as of :func:`corridor.tables.read_rows`.

    Parameters
    ----------
    source : path-like, DataFrame or sequence of mappings
        Where no column is named like the key, the index of a DataFrame is the key, and of records their number.
    name : str
        What the table is, for messages ("claims").

    Raises
    ------
    DataError
        All faults at once, each with its place, column and value; or if it is no such table at all.
    """
    known = {_squashed(column): column for column in columns}
    delimiter = ","
    if isinstance(source, str | os.PathLike):
        path = arguments.path(source, name)
        sheet = sheets.read_sheet(path, lambda cell: _squashed(cell) in known)
        place, header, delimiter = f"{path}:{sheet.line}", sheet.header, sheet.delimiter
        records = [(f"{path}:{line}", given) for line, given in sheet.records]
    else:
        place = name
        header, records = _taken_apart(source, name, lambda cell: known.get(_squashed(cell)) == key, key)
    taken = _columns_taken(place, header, [given for _, given in records], known, defaults)
    rows, faults = [], []
    needed = [column for column in columns if column not in defaults]
    for where, given in records:
        row = [cells.tidy(cell) for cell in given]
        found = {column: row[i] if i < len(row) else "" for column, i in taken.items()}
        surplus = [cell for cell in row[len(header) :] if cell]
        if _is_remark(row) or [*map(_squashed, row)] == [*map(_squashed, header)]:
            continue
        if surplus:
            faults.append(
                f"{where}: {len(header) + len(surplus)} cells where the header has {len(header)}; "
                f"a cell that holds {delimiter!r} must stand in quotes"
            )
        elif any(found.values()) and sum(bool(found.get(column)) for column in needed) < len(needed) / 2:
            filled = texts.listed(cell for cell in found.values() if cell)
            faults.append(
                f"{where}: only {filled} of a row that needs {', '.join(needed)}; "
                "if it is a sum or a remark, take it out, or begin it with #"
            )
        elif any(found.values()):
            rows.append((where, [_or_default(found.get(column, ""), defaults.get(column)) for column in columns]))
    return tables.parse_rows(place, list(columns), rows, columns, key=key, check=check, faults=faults)


def _is_remark(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    return len(filled) == 1 and filled[0].startswith("#")


def _or_default(cell: str, default: str | None) -> str:
    return default if default is not None and cells.is_blank(cell) else cell


def _squashed(name: str) -> str:
    """The name of a column without case, space and marks."""
    return re.sub(r"[\W_]+", "", cells.tidy(name)).casefold()


def _columns_taken(
    place: str,
    header: Sequence[str],
    records: Sequence[Sequence[str]],
    known: Mapping[str, str],
    defaults: Mapping[str, str],
) -> dict[str, int]:
    """Where in a record each known column stands."""
    taken: dict[str, int] = {}
    faults, own = [], []
    for i, cell in enumerate(header):
        squashed = _squashed(cell)
        column = known.get(squashed)
        if column is not None and column in taken:
            faults.append(
                f"the header names a column twice: {texts.shown(header[taken[column]])} and {texts.shown(cell)}"
            )
        elif column is not None:
            taken[column] = i
        elif squashed:
            own.append(cell)
        else:
            filled = [cell for record in records if i < len(record) and (cell := cells.tidy(record[i]))]
            if filled and (i or not _numbers_rows(filled)):
                faults.append(f"column {i + 1} has no name but holds {texts.shown(filled[0])}; name it, or empty it")
    missing = {squashed: column for squashed, column in known.items() if column not in taken}
    likes = ((cell, difflib.get_close_matches(_squashed(cell), missing, n=1, cutoff=_ALIKE)) for cell in own)
    faults += [f"unknown column {texts.shown(cell)}; did you mean {missing[like[0]]}?" for cell, like in likes if like]
    if needed := [column for column in missing.values() if column not in defaults]:
        wanted = [column for column in known.values() if column not in defaults]
        also = f"; may be left out: {', '.join(defaults)}" if defaults else ""
        beside = f"; found beside: {texts.listed(own)}" if own else ""
        faults.append(f"columns: missing {', '.join(needed)}; wanted: {', '.join(wanted)}{also}{beside}")
        if any({*wanted} <= {known.get(_squashed(cell)) for cell in row} for row in records):
            faults.append("the header stands farther below; take out the lines above it")
    tables.raise_faults(f"{place}: {fault}" for fault in faults)
    return taken


def _numbers_rows(filled: Sequence[str]) -> bool:
    """Whether a column without a name holds numbers of rows, as pandas writes them."""
    numbers = [int(cell) for cell in filled if re.fullmatch("[0-9]{1,9}", cell)]
    return len(numbers) == len(filled) and all(a < b for a, b in pairwise(numbers))


# ---------------------------------------------------------------- DataFrames and records


def _taken_apart(
    source: Any, name: str, is_key: Callable[[str], bool], key: str
) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Header and records, as text, of a DataFrame or of a list of records; with their index or numbers for the key."""
    if hasattr(source, "itertuples") and hasattr(source, "columns"):
        header = [_label(column) for column in source.columns]
        ids = None if any(map(is_key, header)) or source.index.nlevels > 1 else list(map(_cell, source.index))
        values: Iterable[Sequence[Any]] = source.itertuples(index=False, name=None)
        place = f"{name}.iloc"
    elif isinstance(source, list | tuple) and all(isinstance(one, Mapping) for one in source):
        columns = list(dict.fromkeys(column for one in source for column in one))
        header = list(map(_label, columns))
        ids = None if any(map(is_key, header)) else list(map(str, range(len(source))))
        values = ([one.get(column) for column in columns] for one in source)
        place = name
    else:
        given = arguments.shown(source)
        raise DataError(f"{name}: {given} is no table; give a DataFrame, a list of records or a file's path")
    records = [(f"{place}[{i}]", list(map(_cell, row))) for i, row in enumerate(values)]
    if ids is None:
        return header, records
    # An id from outside the table is none where the row is empty.
    return [key, *header], [(at, [one if any(row) else "", *row]) for one, (at, row) in zip(ids, records, strict=True)]


def _label(column: Any) -> str:
    return " ".join(map(str, column)).strip() if isinstance(column, tuple) else str(column)


def _cell(value: Any) -> str:
    """A value as a file would have it."""
    import pandas as pd

    if (lonlat := arguments.lonlat(value)) is not None:
        return ",".join(map(str, lonlat))
    if isinstance(value, list | tuple | set | frozenset):
        return ";".join(map(_cell, sorted(value, key=str) if isinstance(value, set | frozenset) else value))
    if isinstance(value, Decimal) and value.is_nan():  # pandas cannot compare a signalling one
        return ""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, date):  # a Timestamp is one too
        return value.isoformat()
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    # What has no text of its own is shown by its kind: an address in memory is another one in each run.
    return arguments.shown(value) if re.search(r" at 0x[0-9A-Fa-f]+>", text) else text
