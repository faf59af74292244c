"""Answers kept between runs: read only if whole, and of the shape that the model has."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from corridor import store
from corridor.errors import DataError

MOST_BYTES = 64 * 2**20
"""No kept answer is read that is longer; the largest seen has 2 MB."""

_LISTS = {"left", "conflicts", "totals"}

_BOUNDS = {"forced", "assumed"}
_STATUSES = {"printed", "implied", "estimated", "unknown"}


class Shape(NamedTuple):
    """What an answer is about: how many bands of claims and assumptions, how many limits, how many running totals."""

    bands: int
    limits: int
    columns: int


def written(found: Mapping[str, Any]) -> bytes:
    """An answer as the bytes of a file: the hash of the rest, and the rest as JSON."""
    body = json.dumps(found)
    return f"{store.sha256(body.encode())}\n{body}".encode()


def read(file: Path, shape: Shape) -> dict[str, Any] | None:
    """The answer in a file; None if there is none, or anything about it is odd: it can be found again."""
    try:
        head, _, body = store.read_bytes(file, MOST_BYTES, pipes=False).partition(b"\n")
        if head != store.sha256(body).encode():
            return None
        found = json.loads(body.decode(), object_pairs_hook=_once)
    except (DataError, ValueError, RecursionError):
        return None
    return found if fits(found, shape) else None


def can_be_kept(file: Path) -> bool:
    """Whether a file may be written there: not where a pipe, a device or a folder stands."""
    try:
        return file.is_file() or not file.exists()
    except OSError:
        return False


def fits(found: object, shape: Shape) -> bool:
    """Whether a value can be an answer of some shape: every kind, every length, every place within range."""
    if not isinstance(found, dict) or found.keys() != {*_LISTS, "windows"} or not isinstance(found["windows"], dict):
        return False
    if not all(isinstance(found[name], list) for name in _LISTS) or len(found["totals"]) != shape.columns:
        return False
    left = [one for one in found["left"] if _is_band(one, shape.bands)]
    return (
        len({one[0] for one in left}) == len(found["left"])
        and all(_is_conflict(one, shape.bands + shape.limits) for one in found["conflicts"])
        and all(map(_is_finite, found["totals"]))
        and all(map(_is_window, found["windows"].values()))
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The dict of an object whose keys stand there once each."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _is_band(one: object, most: int) -> bool:
    """Whether it is the place of a band, and its least and its greatest value, of which either may be infinite."""
    if not (isinstance(one, list) and len(one) == 3 and _is_place(one[0], most)):
        return False
    low, high = one[1:]
    numbers = all(isinstance(end, int | float) and not isinstance(end, bool) for end in (low, high))
    return numbers and low <= high


def _is_conflict(one: object, most: int) -> bool:
    if not (isinstance(one, list) and len(one) == 3 and isinstance(one[2], list)):
        return False
    return _is_finite(one[1]) and all(_is_place(place, most) for place in (one[0], *one[2]))


def _is_window(one: object) -> bool:
    """Whether it can be the fields of a :class:`corridor.volumes.window.Window`."""
    if not (isinstance(one, list) and len(one) == 9):
        return False
    estimate, lower, upper, bound, status, *names = one
    if not (_is_finite(lower) and (upper is None or _is_finite(upper)) and (estimate is None or _is_finite(estimate))):
        return False
    return (
        0 <= lower <= (lower if upper is None else upper)
        and (estimate is None or lower <= estimate <= (math.inf if upper is None else upper))
        and isinstance(bound, str)
        and bound in _BOUNDS
        and isinstance(status, str)
        and status in _STATUSES
        and (upper is not None or status == "unknown")
        and all(_are_names(some) for some in names)
    )


def _are_names(some: object) -> bool:
    return isinstance(some, list) and all(isinstance(name, str) for name in some)


def _is_place(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < most


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
