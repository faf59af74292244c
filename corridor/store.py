"""The one door to files: where the data are, tables with line numbers, hashes, writing whole or not at all."""

from __future__ import annotations

import csv
import glob
import hashlib
import io
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor.errors import DataError, OutputError

if TYPE_CHECKING:
    import pandas as pd

Parser = Callable[[str], Any]
"""Turns the text of one cell into a value, or raises ValueError with what a good value looks like."""


# ---------------------------------------------------------------- where the data are


def data_folder() -> Path:
    """Folder of the data: ``CORRIDOR_DATA`` if set (used, or an error), else a checkout's, else the wheel's.

    Raises
    ------
    DataError
        If no such folder holds ``ports/`` and ``routes/``.
    """
    told = os.environ.get("CORRIDOR_DATA")
    here = Path(__file__).resolve().parent
    tried = [Path(told)] if told else [here.parent / "data", here / "_data"]
    for folder in tried:
        try:
            if (folder / "ports").is_dir() and (folder / "routes").is_dir():
                return folder
        except OSError as err:
            raise DataError(f"{folder}: cannot be looked into ({err.strerror or err}); mend its rights") from err
    where = "CORRIDOR_DATA names" if told else "looked for data in"
    raise DataError(
        f"{where} {' and '.join(map(str, tried))}: no folders ports/ and routes/ there; "
        + ("unset CORRIDOR_DATA or name a copy of the project's data/" if told else "install the package again")
    )


def data_file(name: str) -> Path:
    """Path of one data file, for instance ``ports/ports.csv``.

    Raises
    ------
    DataError
        If the file is not there.
    """
    path = data_folder() / name
    try:
        there = path.is_file()
    except OSError as err:
        raise DataError(f"{path}: cannot be looked at ({err.strerror or err}); mend its rights") from err
    if not there:
        raise DataError(f"{path}: no such file; restore it from the project's data/{name}, or set CORRIDOR_DATA")
    return path


def read_bytes(path: Path) -> bytes:
    """Contents of a file; what the system says is turned into one line."""
    try:
        return path.read_bytes()
    except OSError as err:
        raise DataError(f"{path}: cannot be read ({err.strerror or err}); check that it is a readable file") from err


def read_text(path: Path) -> str:
    """Contents of a UTF-8 file (a byte order mark is dropped)."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as err:
        raise DataError(f"{path}: byte {err.start} is not UTF-8; save the file as UTF-8") from err


# ---------------------------------------------------------------- cells


def text(cell: str) -> str:
    """Any text but none, on one line or more, without control characters."""
    if not cell:
        raise ValueError("must not be empty")
    if any((ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160 for c in cell):
        raise ValueError("holds a control character")
    return cell


def number(low: float = float("-inf"), high: float = float("inf")) -> Parser:
    """A decimal number within bounds."""

    def parse(cell: str) -> float:
        try:
            value = float(cell)
        except ValueError:
            raise ValueError("is not a number") from None
        if not low <= value <= high:
            raise ValueError(f"is not between {low:g} and {high:g}")
        return value

    return parse


def whole(low: int = 0, high: int = 2**53) -> Parser:
    """A whole number within bounds."""

    def parse(cell: str) -> int:
        if not re.fullmatch(r"-?\d+", cell):
            raise ValueError("is not a whole number")
        if not low <= int(cell) <= high:
            raise ValueError(f"is not between {low} and {high}")
        return int(cell)

    return parse


def one_of(*words: str) -> Parser:
    """One of a closed list of words."""

    def parse(cell: str) -> str:
        if cell not in words:
            raise ValueError(f"is not one of {', '.join(words)}")
        return cell

    return parse


def words_of(*words: str) -> Parser:
    """One or more of a closed list, separated by semicolons."""

    def parse(cell: str) -> str:
        given = cell.split(";")
        if wrong := [word for word in given if word not in words]:
            raise ValueError(f"names {', '.join(map(repr, wrong))}; known: {', '.join(words)}")
        if len(set(given)) < len(given):
            raise ValueError("names one twice")
        return cell

    return parse


def day(cell: str) -> date:
    """A calendar day, ``YYYY-MM-DD``."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
        raise ValueError("is not a day as YYYY-MM-DD")
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise ValueError("is not a day of the calendar") from None


def partial_day(cell: str) -> str:
    """A year, a month or a day: ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, kept as printed."""
    if not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", cell):
        raise ValueError("is not YYYY, YYYY-MM or YYYY-MM-DD")
    day((cell + "-01-01")[:10])
    return cell


def web_address(cell: str) -> str:
    """An http or https address."""
    if not re.fullmatch(r"https?://[^\s<>\"]+", cell):
        raise ValueError("is not an http(s) address")
    return cell


def optional(parser: Parser, *, empty: Any = None) -> Parser:
    """The same, or an empty cell, which becomes ``empty``."""
    return lambda cell: parser(cell) if cell else empty


# ---------------------------------------------------------------- tables


def read_table(
    path: Path,
    columns: Mapping[str, Parser],
    *,
    key: str | None = None,
    check: Callable[[dict[str, Any]], Iterable[str]] = lambda row: (),
    defaults: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Read a CSV file and check every cell; all faults are reported at once.

    Parameters
    ----------
    path : Path
        A UTF-8 file with a header line.
    columns : mapping of name to parser
        Exactly the columns that the file must have.
    key : str, optional
        Column whose values must differ from row to row; it becomes the index.
    check : callable, optional
        Told each row whose cells are sound, as a dict of parsed values; gives what is wrong between them.
    defaults : mapping of name to str, optional
        Columns that may be missing, and what their cells then hold.

    Returns
    -------
    DataFrame
        One row a record, in the order of the file.

    Raises
    ------
    DataError
        One line a fault: file, line, column, value. A table without a row is a fault too.
    """
    import pandas as pd

    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    rows: list[dict[str, Any]] = []
    faults: list[str] = []
    seen: dict[str, int] = {}
    try:
        header = next(reader, [])
        added = {name: cell for name, cell in (defaults or {}).items() if name not in header}
        header += added
        if problem := _header_problem(header, list(columns)):
            raise DataError(f"{path}:1: {problem}")
        for cells in filter(None, reader):
            line = reader.line_num
            cells += added.values()
            row, problems = _parse_row(header, cells, columns)
            if key and len(cells) == len(header):
                value = cells[header.index(key)].strip()
                if seen.setdefault(value, line) != line:
                    problems.append(f"{key}={value!r} stands in line {seen[value]} already")
            if len(row) == len(columns):
                problems += check(row)
                rows.append(row)
            faults += [f"{path}:{line}: {problem}" for problem in problems]
    except csv.Error as err:
        raise DataError(f"{path}:{reader.line_num}: not a CSV table ({err})") from err
    if not rows and not faults:
        faults.append(f"{path}:1: a header and no rows; restore the file")
    raise_faults(faults)
    table = pd.DataFrame(rows, columns=list(columns))
    return table.set_index(key) if key else table


def _parse_row(header: list[str], cells: list[str], columns: Mapping[str, Parser]) -> tuple[dict[str, Any], list[str]]:
    """Parsed cells of one row, as far as they are sound, and what is wrong with the others."""
    if len(cells) != len(header):
        return {}, [f"{len(cells)} cells where the header has {len(header)}"]
    row, problems = {}, []
    record = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    for name, parser in columns.items():
        try:
            row[name] = parser(record[name])
        except ValueError as err:
            problems.append(f"{name}={record[name]!r} {err}")
    return row, problems


def _header_problem(header: list[str], wanted: list[str]) -> str | None:
    missing = [name for name in wanted if name not in header]
    extra = [name for name in header if name not in wanted]
    if len(set(header)) < len(header):
        return "the header names a column twice"
    if missing or extra:
        parts = [f"missing {', '.join(missing)}"] if missing else []
        parts += [f"unknown {', '.join(map(repr, extra))}"] if extra else []
        return f"columns: {'; '.join(parts)}; wanted: {', '.join(wanted)}"
    return None


def raise_faults(faults: Iterable[str]) -> None:
    """Raise one DataError that lists every fault, or do nothing if there is none."""
    faults = list(faults)
    if len(faults) == 1:
        raise DataError(faults[0])
    if faults:
        raise DataError(f"{len(faults)} faults\n" + "\n".join(faults))


def remember(load: Callable[[], pd.DataFrame]) -> Callable[[], pd.DataFrame]:
    """Read a table of the data folder once, for as long as no table there changes; each caller gets a copy."""
    kept: dict[str, Any] = {}

    @wraps(load)
    def loader() -> pd.DataFrame:
        folder = data_folder()
        files = sorted([*folder.glob("ports/*.csv"), *folder.glob("routes/*.csv")])
        try:
            stamp = [(file, file.stat().st_mtime_ns, file.stat().st_size) for file in files]
        except OSError as err:
            raise DataError(f"{err.filename}: cannot be looked at ({err.strerror}); restore it or remove it") from err
        if kept.get("stamp") != stamp:
            kept.update(table=load(), stamp=stamp)
        table: pd.DataFrame = kept["table"]
        return table.copy()

    return loader


# ---------------------------------------------------------------- hashes and writing


def sha256(content: bytes) -> str:
    """SHA-256 of some bytes, as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def make_folder(folder: Path) -> Path:
    """Make a folder for outputs and prove that it can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as err:
        raise OutputError(
            f"{folder}: cannot be written ({err.strerror or err}); name another folder with --out, or mend its rights"
        ) from err
    return folder


def write(path: Path, content: bytes | str) -> bool:
    """Write a file whole or not at all, and only if its bytes change.

    Returns
    -------
    bool
        Whether the file was written.

    Raises
    ------
    OutputError
        If the file cannot be written; the old one, if any, is untouched.
    """
    raw = content.encode() if isinstance(content, str) else content
    try:
        if path.is_file() and path.read_bytes() == raw:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        for stale in path.parent.glob(f".{glob.escape(path.name)}.????????"):
            # Left by a run that was killed; one of this minute may belong to a run that still writes.
            if time.time() - stale.stat().st_mtime > 60:
                stale.unlink(missing_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(raw)
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as err:
        raise OutputError(f"{path}: cannot be written ({err.strerror or err}); name another place") from err
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def csv_text(table: pd.DataFrame) -> str:
    """A table as CSV text: its index first, line feeds, floats as they are (round them before)."""
    return str(table.to_csv(lineterminator="\n"))
