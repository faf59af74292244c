"""Arrays of an npz file that is not compressed, without copying them, and only if it is just as it should be.

``numpy.load`` reads such a file in small pieces, and believes what it says of itself: it takes any type and byte order,
and evaluates headers. Here each array is a window on the bytes, of a type that was expected.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor.frozen import read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FIXED = 30
"""Bytes of a zip member's own header; the two lengths at its end say how long its name and its extras are."""

_MEMBERS = 100
"""A file of ours has some twenty arrays."""

_SIZES = {b"\x01\x00": 2, b"\x02\x00": 4}
"""Bytes of the length of a npy header, by version."""

_HEADER = re.compile(
    rb"""\{ \s* (?: (?: ['"]descr['"] \s*:\s* ['"] (?P<kind> [<>|=]? [a-zA-Z?] \d{0,6} ) ['"]
                  | ['"]fortran_order['"] \s*:\s* (?P<fortran> True|False )
                  | ['"]shape['"] \s*:\s* \( (?P<shape> [\d\s,]{0,100} ) \) ) \s* (?: , \s* | (?=\}) ) ){3} \} \s*""",
    re.VERBOSE,
)
"""Header of a npy file: a dict of three entries, in any order; of records or objects it would be another.

A run of blanks matches in one way only: were there two, a header of blanks would take for ever.
"""

Kinds = Mapping[str, str]
"""Type by name of array, as numpy writes it ("<i4"); "<U" for text of any length."""


class BadArrays(ValueError):
    """Bytes that are no npz file, or that hold other arrays than expected."""


def arrays_of(raw: bytes, kinds: Kinds) -> dict[str, NDArray[Any]]:
    """The arrays of an npz file, by name, read-only; those that it does not hold are left out.

    Parameters
    ----------
    raw : bytes
        The whole file. The arrays are windows on it.
    kinds : Mapping of str to str
        All names that may stand in it, each with the only type that is taken.

    Raises
    ------
    BadArrays
        If it is no such file, damaged, or holds anything else.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
    except Exception as err:
        raise BadArrays(f"no npz file: {str(err)[:100] or type(err).__name__}") from err
    if len(members) > _MEMBERS:
        raise BadArrays(f"{len(members):,} arrays")
    found: dict[str, NDArray[Any]] = {}
    for member in members:
        name = member.filename.removesuffix(".npy")
        if name not in kinds:
            raise BadArrays(f"an array of a name that is not known: {name[:40]!r}")
        if name in found:
            raise BadArrays(f"{name} stands there twice")
        found[name] = _array(name, _content(raw, member), kinds[name])
    return found


def _content(raw: bytes, member: zipfile.ZipInfo) -> memoryview:
    """The bytes of a member."""
    name = member.filename
    if member.flag_bits & 1:
        raise BadArrays(f"{name} is encrypted")
    if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
        raise BadArrays(f"{name} is compressed; save it with numpy.savez")
    begin = member.header_offset
    header = raw[begin : begin + _FIXED] if begin >= 0 else b""
    lengths = int.from_bytes(header[26:28], "little"), int.from_bytes(header[28:30], "little")
    start = begin + _FIXED + sum(lengths)
    own_name = raw[begin + _FIXED : begin + _FIXED + lengths[0]]
    if len(header) < _FIXED or header[:4] != b"PK\x03\x04" or own_name != name.encode():
        raise BadArrays(f"{name} is not where the file says")
    if start + member.file_size > len(raw):
        raise BadArrays(f"{name} is cut")
    content = memoryview(raw)[start : start + member.file_size]
    if zlib.crc32(content) != member.CRC:
        raise BadArrays(f"{name} has another checksum")
    return content


def _array(name: str, content: memoryview, kind: str) -> NDArray[Any]:
    """The array of a npy file."""
    size = _SIZES.get(bytes(content[6:8]))
    if bytes(content[:6]) != b"\x93NUMPY" or size is None:
        raise BadArrays(f"{name} is no npy file of version 1 or 2")
    start = 8 + size + int.from_bytes(content[8 : 8 + size], "little")
    header = _HEADER.fullmatch(bytes(content[8 + size : min(start, 10_000)]))
    if header is None or None in header.groups():
        raise BadArrays(f"{name} has a header that cannot be read")
    given = header["kind"].decode()
    if not (given == kind or (kind == "<U" and re.fullmatch("<U[1-9][0-9]*", given))):
        raise BadArrays(f"{name} is of type {given}, not {kind}")
    if not re.fullmatch(rb"\s*(\d+\s*,\s*)*(\d+\s*)?", header["shape"]):
        raise BadArrays(f"{name} has a header that cannot be read")
    shape = tuple(int(count) for count in re.findall(rb"\d+", header["shape"]))
    dtype, count = np.dtype(given), 1
    for side in shape:
        count *= side
    if len(shape) > 2 or max(shape, default=0) > len(content) or start + count * dtype.itemsize != len(content):
        raise BadArrays(f"{name} is of shape {shape}, which its bytes are not")
    flat = np.frombuffer(content, dtype, count, start)
    array = flat.reshape(shape, order="F" if header["fortran"] == b"True" else "C")
    return array if array.flags.aligned and array.flags.c_contiguous else read_only(np.array(array, order="C"))


def text_of(array: NDArray[Any]) -> list[str]:
    """The texts of an array of type "<U", which may hold what is no text.

    Raises
    ------
    BadArrays
        If a character is none.
    """
    width = array.dtype.itemsize
    flat = array.tobytes()
    try:
        return [flat[i : i + width].decode("utf-32-le").rstrip("\0") for i in range(0, len(flat), width)]
    except UnicodeDecodeError as err:
        raise BadArrays("a text with a character that is none") from err
