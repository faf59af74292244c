"""Files that spreadsheets write, taken apart into cells: encodings, delimiters, ``sep=`` lines."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from corridor import formulas, store, texts
from corridor.errors import DataError

DELIMITERS = (",", ";", "\t", "|", "，", "；")

_KINDS = {
    b"PK\x03\x04": "a workbook (or another packed file)",
    b"\xd0\xcf\x11\xe0": "an old workbook",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a packed file",
}
_ENCODINGS = {"gb18030": "GB18030", "big5": "Big5", "cp1251": "Windows-1251", "cp1252": "Windows-1252"}
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SEPARATOR = re.compile(r'"?sep=(\\t|.)"?[,;\t]*(?=\r|\n|$)', re.IGNORECASE)


class Sheet(NamedTuple):
    """Cells of a file: the line of the header, the header, each record with its line, the delimiter."""

    line: int
    header: list[str]
    records: list[tuple[int, list[str]]]
    delimiter: str


def read_sheet(path: Path, known: Callable[[str], bool]) -> Sheet:
    """Take a file apart by the delimiter that its ``sep=`` line names, or that makes most known names of its header.

    Parameters
    ----------
    path : Path
        UTF-8, or UTF-16 with a byte order mark.
    known : callable
        Whether a cell of the header is the name of a column.

    Raises
    ------
    DataError
        If the file is not such a text.
    """
    text = _text(path)
    if match := _SEPARATOR.match(text):
        text = text[match.end() :]  # its line break stays, so that lines keep their numbers
        return _split(path, text, "\t" if match[1] == "\\t" else match[1])
    return _split(path, text, max(DELIMITERS, key=lambda one: sum(map(known, _header(path, text, one)))))


def _header(path: Path, text: str, delimiter: str) -> list[str]:
    """The first line with any cell, as far as it can be taken apart by a delimiter."""
    try:
        return next(_rows(path, text, delimiter), (1, []))[1]
    except DataError:
        return []


def _split(path: Path, text: str, delimiter: str) -> Sheet:
    rows = list(_rows(path, text, delimiter))
    line, header = rows[0] if rows else (1, [])
    return Sheet(line, header, rows[1:], delimiter)


def _rows(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Lines with any cell that is not empty, each with its number."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield reader.line_num, [*map(formulas.unmarked, cells)]
    except csv.Error as err:
        raise DataError(f"{path}:{reader.line_num}: not a CSV table ({texts.bare(err)})") from err


def _text(path: Path) -> str:
    raw = store.read_bytes(path)
    for mark, kind in _KINDS.items():
        if raw.startswith(mark):
            raise DataError(f"{path}: is {kind}, not a text; save the table as CSV UTF-8")
    encoding = next((name for mark, name in _MARKS.items() if raw.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in raw:
        raise DataError(f"{path}: holds zero bytes, as UTF-16 without a byte order mark has; save it as CSV UTF-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as err:
        if encoding == "utf-16":
            raise DataError(f"{path}: byte {err.start} is not UTF-16; save it as CSV UTF-8") from err
        raise DataError(
            f"{path}: byte {err.start} is not UTF-8; {_guessed(raw, err.start)}save it as CSV UTF-8"
        ) from err


def _guessed(raw: bytes, start: int) -> str:
    """How the first word that is not UTF-8 reads in other encodings, for the user to see which it is."""
    begin = max(raw.rfind(mark, 0, start) for mark in (b",", b";", b"\t", b"\n")) + 1
    word = re.split(rb"[,;\t\r\n]", raw[begin : begin + 60])[0]
    shown = []
    for encoding, name in _ENCODINGS.items():
        text = word.decode(encoding, errors="replace")
        if "\ufffd" not in text and text.isprintable():
            shown.append(f"{texts.shown(text)} as {name}")
    return f"it reads {', '.join(shown)}; " if shown else ""
