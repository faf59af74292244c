"""Seeded damage of the arrays of npz files, under checksums that are right."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zipfile
import zlib

import numpy as np
from trials.mutators import damaged_bytes

Arrays = dict[str, np.ndarray]


def npz_bytes(
    arrays: Arrays, *, headers: dict[str, bytes] | None = None, order: list[str] | None = None, packed: bool = False
) -> bytes:
    """Arrays as an npz file whose checksums are right; ``headers``: of some members another npy header."""
    out = io.BytesIO()
    with (
        warnings.catch_warnings(action="ignore"),
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive,
    ):
        for name in order or list(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asanyarray(arrays[name]), allow_pickle=True)
            content = member.getvalue()
            if headers and name in headers:
                start = 10 + struct.unpack("<H", content[8:10])[0]
                content = headers[name] + content[start:]
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def damaged_npz(rng: random.Random, arrays: Arrays) -> bytes:
    """Arrays with one or two of them changed in dtype, shape, byte order, values or header, as an npz file."""
    arrays, headers = dict(arrays), {}
    order, packed = list(arrays), rng.random() < 0.03
    for _ in range(rng.randint(1, 2)):
        name = rng.choice(list(arrays))
        match rng.randrange(12):
            case 0:
                arrays[name] = _other_kind(rng, arrays[name])
            case 1:
                arrays[name] = _other_shape(rng, arrays[name])
            case 2:
                headers[name] = _odd_header(rng, arrays[name])
            case 3 if len(arrays) > 1:
                del arrays[name]
            case 4:
                rng.shuffle(order)
            case 5:
                order = [*order, name]
            case 6:
                arrays[rng.choice(("format", "x", "../x", "opened", "closed", "key"))] = arrays[name]
            case _:
                arrays[name] = _other_values(rng, arrays[name])
    order = [name for name in order if name in arrays] + [name for name in arrays if name not in order]
    raw = npz_bytes(arrays, headers=headers, order=order, packed=packed)
    return damaged_bytes(rng, raw) if rng.random() < 0.15 else raw


def _other_kind(rng: random.Random, array: np.ndarray) -> np.ndarray:
    kinds = (">i4", "<i8", "<f8", "<f4", "u1", "i1", "?", "<U8", "S3", "<c16", "<M8[D]", "<u8", ">i8", "<i2", "<f2")
    with np.errstate(all="ignore"):
        try:
            return array.astype(rng.choice(kinds))
        except (TypeError, ValueError):
            return np.zeros(array.shape, "<f8")


def _other_shape(rng: random.Random, array: np.ndarray) -> np.ndarray:
    match rng.randrange(6):
        case 0:
            return array.reshape(-1)
        case 1:
            return array[None]
        case 2:
            return array.T
        case 3:
            return array[: len(array) // 2] if array.ndim else array[None]
        case 4:
            return np.concatenate([array, array]) if array.ndim else array
        case _:
            return array[:0] if array.ndim else np.array([])


def _odd_header(rng: random.Random, array: np.ndarray) -> bytes:
    dtype = rng.choice((array.dtype.str, "|O", ">i4", "<i4", "<f8", "|V8", "<U400", "i4,f8", "<M8[ns]", "x"))
    shape = rng.choice((array.shape, (2**40,), (-1,), (2**31, 2**31), (0,), (), "x", (1.5,), (True,), (2**70,)))
    text = rng.choice(
        (
            f"{{'descr': {dtype!r}, 'fortran_order': {rng.choice((True, False, 1, 'x'))!r}, 'shape': {shape!r}, }}",
            "{" * 5000,
            "__import__('os')",
            "{'descr': '<i4'}",
            "9" * 3000,
            "",
        )
    )
    magic = b"\x93NUMPY" + bytes(rng.choice(((1, 0), (2, 0), (3, 0), (9, 9))))
    return magic + struct.pack("<H", rng.choice((len(text), len(text), 65535, 0))) + text.encode()


def _other_values(rng: random.Random, array: np.ndarray) -> np.ndarray:
    if not array.size or array.dtype.kind not in "iufb":
        return np.array(rng.choice(("", "x", "{}", "[]", "\u202e", '{"a": NaN}', "[" * 9000, "null")))
    array = array.copy()
    flat = array.reshape(-1)
    with np.errstate(all="ignore"):
        for _ in range(rng.choice((1, 1, 3, 50))):
            at, other = rng.randrange(flat.size), rng.randrange(flat.size)
            match rng.randrange(5):
                case 0:
                    flat[at], flat[other] = flat[other], flat[at]
                case 1:
                    flat[at] = np.array(rng.choice((0, 1, 2, 3, 255, 10**6, -1, -(2**31), 2**31 - 1))).astype(
                        array.dtype
                    )
                case 2 if array.dtype.kind == "f":
                    flat[at] = rng.choice((np.nan, np.inf, -np.inf, -0.0, 1e300))
                case 3:
                    flat[at] = flat[other]
                case _:
                    flat[at] = np.asarray(flat[at] + np.float64(rng.choice((-1, 1, 1000)))).astype(array.dtype)
    return array


def as_stored(raw: bytes) -> Arrays | None:
    """The arrays of an npz file as numpy alone reads them; None if it cannot."""
    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError, TypeError):
        return None
