"""Tables of the data folder: cells with their parsers, rows with line numbers, faults all at once."""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from corridor import formulas, texts
from corridor.errors import DataError, UnknownName
from corridor.locks import READING
from corridor.store import Stamp, data_folder, read_text, stamp

if TYPE_CHECKING:
    import pandas as pd

Parser = Callable[[str], Any]
"""Turns the text of one cell into a value, or raises ValueError with what a good value looks like; from an UnknownName
where the cell names what another table lacks."""

Row = dict[str, Any]
"""Parsed cells of one record, by column."""

_T = TypeVar("_T")


# ---------------------------------------------------------------- cells


def text(cell: str) -> str:
    """Any text but none, on one line or more, of characters that :func:`corridor.texts.fault` lets pass."""
    if not cell:
        raise ValueError("must not be empty")
    if fault := texts.fault(cell):
        raise ValueError(fault)
    return cell


def name(cell: str) -> str:
    """A text on one line."""
    if "\n" in text(cell) or "\t" in cell:
        raise ValueError("must stand on one line, without tabs")
    return cell


def identifier(cell: str) -> str:
    """What names a row: printable, on one line, and without the semicolon that lists are made with."""
    fault = texts.fault(cell)
    if fault or not cell or not cell.isprintable() or ";" in cell:
        raise ValueError(f"must be printable text without a semicolon{f'; it {fault}' if fault else ''}")
    return cell


def number(low: float = float("-inf"), high: float = float("inf")) -> Parser:
    """A decimal number within bounds, in ASCII digits: neither nan nor inf, which ``float`` would read as well."""

    def parse(cell: str) -> float:
        if not _DECIMAL.fullmatch(cell):
            raise ValueError("is not a number")
        value = float(cell)
        if not math.isfinite(value):
            raise ValueError("is larger than any number that can be computed with")
        if not low <= value <= high:
            raise ValueError(f"is not between {low:g} and {high:g}")
        return value

    return parse


_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def whole(low: int = 0, high: int = 2**53) -> Parser:
    """A whole number within bounds, in ASCII digits."""

    def parse(cell: str) -> int:
        if not re.fullmatch(r"-?[0-9]+", cell):
            raise ValueError("is not a whole number")
        if len(cell.lstrip("-0")) > 20 or not low <= int(cell) <= high:
            raise ValueError(f"is not between {low} and {high}")
        return int(cell)

    return parse


def one_of(*words: str) -> Parser:
    """One of a closed list of words."""

    def parse(cell: str) -> str:
        if cell not in words:
            raise ValueError(f"is not one of {_listing([cell], words)}")
        return cell

    return parse


def _listing(given: Sequence[str], words: Sequence[str]) -> str:
    """Words of a closed list for a message; of a long list its first, and those that look like what was given."""
    if len(words) <= _SHORT_LIST:
        return ", ".join(words)
    near = [word for cell in given[:_SHORT_LIST] for word in difflib.get_close_matches(cell[:100], words, n=1)]
    meant = f"; did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
    return f"{', '.join(words[:8])} and {len(words) - 8} more{meant}"


_SHORT_LIST = 20
"""A list of no more words is shown whole in a message."""


def words_of(*words: str) -> Parser:
    """One or more of a closed list, separated by semicolons."""

    def parse(cell: str) -> str:
        given = cell.split(";")
        if wrong := [word for word in given if word not in words]:
            raise ValueError(f"names {texts.listed(wrong)}; known: {_listing(wrong, words)}")
        if len(set(given)) < len(given):
            raise ValueError("names one twice")
        return cell

    return parse


YEARS = range(1800, 2201)
"""Years that tables may name; 9999, by which some databases mean that there is no end, is none."""


def calendar_day(text: str) -> date:
    """A calendar day, ``YYYY-MM-DD``."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("is not a day as YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("is not a day of the calendar") from None


def day(cell: str) -> date:
    """A calendar day, ``YYYY-MM-DD``, of a year that a table may name."""
    found = calendar_day(cell)
    if found.year not in YEARS:
        raise ValueError(f"lies outside the years {YEARS[0]} to {YEARS[-1]}")
    return found


def partial_day(cell: str) -> str:
    """A year, a month or a day: ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, kept as printed."""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", cell):
        raise ValueError("is not YYYY, YYYY-MM or YYYY-MM-DD")
    day((cell + "-01-01")[:10])
    return cell


def web_address(cell: str) -> str:
    """An http or https address."""
    if not re.fullmatch(r"https?://[^\s<>\"]+", cell):
        raise ValueError("is not an http(s) address")
    return text(cell)


def optional(parser: Parser, *, empty: Any = None) -> Parser:
    """The same, or an empty cell, which becomes ``empty``."""
    return lambda cell: parser(cell) if cell else empty


def after(rewrite: Callable[[str], str], parser: Parser) -> Parser:
    """The same of a cell that is rewritten first."""
    return lambda cell: parser(rewrite(cell))


# ---------------------------------------------------------------- tables


def read_rows(
    path: Path,
    columns: Mapping[str, Parser],
    *,
    key: str,
    check: Callable[[Row], Iterable[str]] = lambda row: (),
    defaults: Mapping[str, str] | None = None,
) -> dict[str, Row]:
    """Read a CSV file and check every cell; all faults are reported at once.

    Parameters
    ----------
    path : Path
        A UTF-8 file with a header line.
    columns : mapping of name to parser
        Exactly the columns that the file must have.
    key : str
        Column whose values must differ from row to row.
    check : callable, optional
        Told each row whose cells are sound, as a dict of parsed values; gives what is wrong between them.
    defaults : mapping of name to str, optional
        Columns that may be missing, and what their cells then hold.

    Returns
    -------
    dict of key to row
        In the order of the file.

    Raises
    ------
    DataError
        One line a fault: file, line, column, value. A table without a row is a fault too.
    """
    with READING:
        for files in _reading:
            files.add(path)
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        header = next(reader, [])
        rows = (map(formulas.unmarked, cells) for cells in filter(None, reader))
        cells = ((f"{path}:{reader.line_num}", [*row]) for row in rows)
        return parse_rows(f"{path}:1", header, cells, columns, key=key, check=check, defaults=defaults)
    except csv.Error as err:
        raise DataError(f"{path}:{reader.line_num}: not a CSV table ({texts.bare(err)})") from err


def parse_rows(
    place: str,
    header: Sequence[str],
    records: Iterable[tuple[str, Sequence[str]]],
    columns: Mapping[str, Parser],
    *,
    key: str,
    check: Callable[[Row], Iterable[str]] = lambda row: (),
    defaults: Mapping[str, str] | None = None,
    faults: Sequence[str] = (),
) -> dict[str, Row]:
    """The same of cells wherever they come from: the place of the header, the header, each record with its place.

    ``faults``: those found before, to be reported with all others.
    """
    rows: list[Row] = []
    columns = {**columns, key: after(optional(identifier, empty=""), columns[key])}  # ids stand in lists and messages
    faults, found = list(faults), list[_Fault]()
    seen: dict[str, str] = {}
    added = {name: cell for name, cell in (defaults or {}).items() if name not in header}
    names = [*header, *added]
    if problem := _header_problem(names, list(columns)):
        raise DataError(f"{place}: {problem}")
    for where, given in records:
        cells = [*given, *added.values()]
        row, problems = _parse_row(names, cells, columns)
        if len(cells) == len(names):
            value = cells[names.index(key)].strip()
            if seen.setdefault(value, where) != where:
                found.append(_Fault(where, f"{key}={texts.shown(value)} stands at {seen[value]} already"))
        found += [_Fault(where, *problem) for problem in problems]
        if len(row) == len(columns):
            found += [_Fault(where, problem) for problem in check(row)]
            rows.append(row)
    faults += _gathered(found)
    if not rows and not faults:
        faults.append(f"{place}: a header and no rows; add rows, or restore the file")
    raise_faults(faults)
    return {row[key]: row for row in rows}


class _Fault(NamedTuple):
    """What is wrong where, and whether it is that another table lacks what a cell names."""

    where: str
    problem: str
    elsewhere: bool = False


def _gathered(found: Sequence[_Fault]) -> Iterator[str]:
    """Faults as lines: one each, but one for all rows that name the same that another table lacks, if many do."""
    places: dict[str, list[str]] = {}
    for fault in found:
        places.setdefault(fault.problem, []).append(fault.where)
    for where, problem, elsewhere in found:
        same = places[problem]
        if not elsewhere or len(same) <= _MANY:
            yield f"{where}: {problem}"
        elif where == same[0]:
            yield f"{where}: {problem}; the same in {len(same) - 1} more rows, the last at {same[-1]}"


_MANY = 3
"""So many rows with the same fault have a line each."""


def read_table(path: Path, columns: Mapping[str, Parser], *, key: str, **options: Any) -> pd.DataFrame:
    """The same as a DataFrame; see :func:`read_rows`."""
    return frame(read_rows(path, columns, key=key, **options), key)


def frame(rows: Mapping[str, Row], key: str) -> pd.DataFrame:
    """Rows as a DataFrame with the key as its index."""
    import pandas as pd  # takes half a second to load, and a path needs none of it

    return pd.DataFrame(list(rows.values())).set_index(key)


def _parse_row(
    header: list[str], cells: list[str], columns: Mapping[str, Parser]
) -> tuple[dict[str, Any], list[tuple[str, bool]]]:
    """Parsed cells of one row, as far as they are sound, and what is wrong with the others, as in :class:`_Fault`."""
    if len(cells) != len(header):
        return {}, [(f"{len(cells)} cells where the header has {len(header)}", False)]
    row, problems = {}, list[tuple[str, bool]]()
    record = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    for name, parser in columns.items():
        try:
            if texts.TURNING.search(record[name]):
                raise ValueError(texts.fault(record[name]))
            row[name] = parser(record[name])
        except DataError:
            raise  # of another file, which this one refers to
        except ValueError as err:
            hidden = texts.fault(record[name])  # a number with a mark in it looks like one
            why = hidden if hidden and "U+" not in str(err) else err
            elsewhere = isinstance(err.__cause__, UnknownName)
            problems.append((f"{name}={texts.shown(record[name])} {why}", elsewhere))
    return row, problems


def _header_problem(header: list[str], wanted: list[str]) -> str | None:
    missing = [name for name in wanted if name not in header]
    extra = [name for name in header if name not in wanted]
    if len(set(header)) < len(header):
        return "the header names a column twice"
    if missing or extra:
        parts = [f"missing {', '.join(missing)}"] if missing else []
        parts += [f"unknown {texts.listed(extra)}"] if extra else []
        return f"columns: {'; '.join(parts)}; wanted: {', '.join(wanted)}"
    return None


def raise_faults(faults: Iterable[str]) -> None:
    """Raise one DataError that lists every fault, or do nothing if there is none."""
    faults = list(faults)
    if len(faults) == 1:
        raise DataError(faults[0])
    if faults:
        raise DataError(f"{len(faults)} faults\n" + "\n".join(faults))


_reading: list[set[Path]] = []
"""Files read so far by each call of a loader that is going on, the innermost last; all of the thread that reads."""


def remember(load: Callable[[], _T]) -> Callable[[], _T]:
    """Read something from the tables of the data folder once, for as long as the files that it was read from stay so.

    Rows are shared by all callers, who must not change them; of a DataFrame each caller gets a copy. One thread reads,
    while others wait, and copies: pandas promises no more.
    """
    kept: dict[Path, tuple[dict[Path, Stamp], _T]] = {}

    @wraps(load)
    def loader() -> _T:
        with READING:
            folder = data_folder()
            if folder not in kept or any(stamp(file) != before for file, before in kept[folder][0].items()):
                _reading.append(set())
                try:
                    loaded = load()
                finally:
                    files = _reading.pop()
                kept[folder] = ({file: stamp(file) for file in files}, loaded)
            files_read, found = kept[folder]
            for outer in _reading:
                outer.update(files_read)
            return found.copy() if hasattr(found, "iloc") else found  # type: ignore[attr-defined]

    return loader


def csv_text(table: pd.DataFrame) -> str:
    """A table as CSV text: its index first, line feeds, floats as they are (round them before)."""
    return str(table.to_csv(lineterminator="\n"))
