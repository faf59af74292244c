"""A look into a file of OpenStreetMap before a compiled library reads it: texts of PBF and OPL, and what is packed.

No tag of OpenStreetMap has a zero byte, so a file with one in its texts is damaged, and its tags would be read as
others. The layout is in the OpenStreetMap wiki (PBF Format): blobs, each a header and packed data; in each block of
data a table with every text of its tags.
"""

from __future__ import annotations

import bz2
import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

MOST_TEXT = 256_000_000
"""Bytes of text beyond which a file may not unpack to MOST_RATIO times its length; extracts do to ten or twenty."""

MOST_RATIO = 200

_MOST_HEADER = 64 * 1024  # bytes, as the format limits a header
_AT_ONCE = 1_000_000  # bytes read at a time
_CODES = re.compile(rb"%([0-9a-fA-F]*)%")  # letters of OPL written as numbers
_MOST_BLOB = 32 * 1024 * 1024  # and a blob, packed or not


def has_zero_in_text(path: Path) -> bool:
    """Whether a text of a file has a zero byte.

    Blobs that are packed in another manner than zlib's are left out, as are those after a fault of the layout, on
    which a reader stops too.
    """
    try:
        return any(_zero_in_table(table) for table in _tables(path))
    except (ValueError, LookupError, zlib.error):
        return False


def fault_of_text(path: Path, form: str) -> str:
    """What is wrong with a file of text (OPL; what is packed), before a library reads it; empty if nothing is.

    OPL writes a zero byte as ``%0%``. What unpacks to hundreds of times its length is made to fill memory.
    """
    kind, _, packing = form.partition(".")
    known: dict[str, Callable[..., Any]] = {"gz": gzip.open, "bz2": bz2.open}
    opening = known.get(packing)
    if kind != "opl" and opening is None:
        return ""
    most = max(MOST_TEXT, MOST_RATIO * path.stat().st_size)
    size = 0
    try:
        with path.open("rb") if opening is None else opening(path, "rb") as file:
            while line := file.readline(_AT_ONCE):
                size += len(line)
                if size > most:
                    return f"it unpacks to more than {most / 1e6:,.0f} MB"
                if (
                    kind == "opl"
                    and b"%0" in line
                    and any(not code.strip(b"0") for code in _CODES.findall(line) if code)
                ):
                    return "text with a zero byte"
    except (OSError, EOFError, zlib.error):
        pass  # cut short or damaged: whoever reads it will say so
    return ""


def _zero_in_table(table: bytes) -> bool:
    # Nearly every table has one zero byte, the length of the empty text that it begins with.
    return table.count(0) > 1 and any(0 in text for number, text in _fields(table) if number == 1)


def _tables(path: Path) -> Iterator[bytes]:
    """The tables of texts of a file."""
    with path.open("rb") as file:
        while prefix := file.read(4):
            head = dict(_fields(file.read(_within(int.from_bytes(prefix, "big"), _MOST_HEADER))))
            blob = dict(_fields(file.read(_within(int.from_bytes(head.get(3, b"")), _MOST_BLOB))))
            if head.get(1) != b"OSMHeader":  # libosmium reads data without a name too
                block = blob[1] if 1 in blob else zlib.decompressobj().decompress(blob.get(3, b""), _MOST_BLOB)
                yield from (table for number, table in _fields(block) if number == 1)


def _within(size: int, most: int) -> int:
    if size > most:
        raise ValueError(size)
    return size


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a protobuf message: numbers, and contents as bytes (of a varint, big-endian)."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield key >> 3, value.to_bytes(16)
            continue
        size, at = _varint(message, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
        yield key >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A number of 7 bits a byte, the lowest first, and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError(at)
