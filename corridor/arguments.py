"""Arguments of public functions: what a person may write, read into plain values, or a BadValue that says what to give.

Libraries of this field hand over numbers, days and points of their own kinds (numpy, pandas, shapely). These are
recognised by what they can do, so that nothing large is imported here.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from numbers import Real
from pathlib import Path
from typing import Any

from corridor import tables, texts
from corridor.errors import BadValue, UnknownValue


def shown(value: Any) -> str:
    """A value as a message shows it: on one line, and short."""
    if value is None or isinstance(value, str | bytes | Real | date | tuple | list | Path):
        return texts.shown(value)
    kind = type(value).__name__
    return f"{'an' if kind[:1].upper() in 'AEIOU' else 'a'} {kind}"


def name(value: Any, what: str) -> str:
    """A name: any text."""
    if isinstance(value, str):
        return str(value)
    raise BadValue(f"{shown(value)} is no {what}: give its name as text")


def word(value: Any, known: Iterable[str], what: str) -> str:
    """A word of a closed list."""
    listed = list(known)
    if isinstance(value, str) and value in listed:
        return str(value)
    raise UnknownValue(f"no {what} {shown(value)}; known: {', '.join(listed)}")


def whole(value: Any, what: str, low: int, high: int | None = None) -> int:
    """A whole number from ``low`` to ``high``, whatever library it comes from, or as text."""
    if isinstance(value, str):
        found = int(value) if re.fullmatch(r"\s*\d{1,18}\s*", value, re.ASCII) else None
    else:
        read = number(value)
        found = int(read) if read is not None and read.is_integer() else None
    if found is None or found < low or (high is not None and found > high):
        limits = f"from {low} to {high}" if high is not None else f"of {low} or more"
        raise BadValue(f"{what} cannot be {shown(value)}: give a whole number {limits}")
    return found


def number(value: Any) -> float | None:
    """A finite number, whatever library it comes from; None for anything else, text and truth values too."""
    kind = getattr(getattr(value, "dtype", None), "kind", "f")  # of what is not numpy's, float() decides
    if isinstance(value, str | bytes | bool) or kind not in "iuf" or _shape(value):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def amount(value: Any, what: str, low: float, high: float = math.inf) -> float:
    """A finite number from ``low`` to ``high``, whatever library it comes from."""
    found = number(value)
    if found is None or not low <= found <= high:
        limits = f"from {low:g} to {high:g}" if math.isfinite(high) else f"of {low:g} or more"
        raise BadValue(f"{what} cannot be {shown(value)}: give a number {limits}")
    return found


def _shape(value: Any) -> tuple[int, ...]:
    """Shape of an array; () of what is none."""
    return tuple(getattr(value, "shape", None) or ())


def day(value: Any) -> date:
    """A calendar day: a date or time of any library, or ``YYYY-MM-DD``; of a time the day in its own zone."""
    given = value
    if getattr(getattr(value, "dtype", None), "kind", "") == "M":  # numpy's datetime64
        try:
            value = value.astype("datetime64[D]").item()
        except (TypeError, ValueError):
            value = None
    if isinstance(value, datetime) and value == value:  # not pandas' NaT
        return value.date()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise BadValue(f"{shown(given)} is no day; give it as YYYY-MM-DD or as a date")
    try:
        found: date = tables.calendar_day(value)
    except ValueError as err:
        why = "" if "YYYY" in str(err) else f": it {err}"
        raise BadValue(f"{shown(given)} is no day; give it as YYYY-MM-DD{why}") from None
    return found


def several(value: Any, what: str) -> list[Any]:
    """Some values: those of any collection but a mapping or a table; a text alone, or None, means one or none."""
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, bytes | Mapping) or hasattr(value, "columns") or not isinstance(value, Iterable):
        raise BadValue(f"{what} cannot be {shown(value)}: give a list")
    try:
        return list(value)
    except TypeError:  # an array of no dimension
        raise BadValue(f"{what} cannot be {shown(value)}: give a list") from None


def lonlat(value: Any) -> tuple[float, float] | None:
    """Longitude and latitude of a point of shapely, or of two numbers in that order; None for anything else."""
    if isinstance(kind := getattr(value, "geom_type", None), str) and kind == "Point":  # a GeoSeries has many
        return None if value.is_empty else (float(value.x), float(value.y))
    pair = isinstance(value, tuple | list) or len(_shape(value)) == 1
    if not pair or len(value) != 2:
        return None
    lon, lat = map(number, value)
    return None if lon is None or lat is None else (lon, lat)


def path(value: Any, what: str) -> Path:
    """Path of a file or folder, as text or path object."""
    if isinstance(value, str | os.PathLike) and isinstance(text := os.fspath(value), str) and text:
        with suppress(UnicodeEncodeError):
            if b"\0" not in os.fsencode(text):
                return Path(text)
        raise BadValue(f"{what} cannot be {shown(value)}: no file can have this name")
    raise BadValue(f"{what} cannot be {shown(value)}: give the path of a file as text")


def table(value: Any, what: str) -> Any:
    """A DataFrame."""
    if hasattr(value, "columns") and hasattr(value, "itertuples"):
        return value
    raise BadValue(f"{what} cannot be {shown(value)}: give a DataFrame")
