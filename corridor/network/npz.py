"""Arrays of an npz file that is not compressed, without copying them.

``numpy.load`` reads such a file in small pieces; taken from its bytes as they are, the arrays are there at once.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from corridor.frozen import read_only

if TYPE_CHECKING:
    from mmap import mmap

    from numpy.typing import NDArray

_FIXED = 30  # bytes of a zip member's own header; the two lengths at its end tell how long the rest is


def arrays_of(raw: bytes | mmap, file: BinaryIO) -> dict[str, NDArray[Any]]:
    """The arrays of an npz file, by name, read-only.

    Parameters
    ----------
    raw : bytes or mmap
        The whole file. The arrays are windows on it.
    file : file
        The same, to be read.

    Raises
    ------
    BadZipFile, ValueError
        If it is no such file, or damaged.
    """
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
    found = {}
    view = memoryview(raw)
    for member in members:
        if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
            raise zipfile.BadZipFile(f"{member.filename} is compressed")
        header = bytes(view[member.header_offset : member.header_offset + _FIXED])
        start = member.header_offset + _FIXED + int.from_bytes(header[26:28], "little")
        start += int.from_bytes(header[28:30], "little")
        content = view[start : start + member.file_size]
        name = member.filename.removesuffix(".npy")
        if zlib.crc32(content) != member.CRC:
            raise zipfile.BadZipFile(f"{member.filename} has another checksum")
        found[name] = _array(content)
    return found


def _array(content: memoryview) -> NDArray[Any]:
    """The array of a npy file."""
    head = io.BytesIO(bytes(content[:4096]))
    version = np.lib.format.read_magic(head)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read_header(head)
    if dtype.hasobject:
        raise ValueError("holds objects")
    count = int(np.prod(shape, dtype=np.int64))
    flat = np.frombuffer(content, dtype, count, head.tell())
    array = flat.reshape(shape, order="F" if fortran else "C")
    return array if array.flags.aligned else read_only(array.copy())
