"""Places on the railway: stations and cities with names in English, Chinese and Russian, found by any of them."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corridor import store, tables
from corridor.errors import UnknownName

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Place:
    """A point to start from or to reach.

    ``name`` as shown; ``lon``, ``lat`` in WGS84 degrees; ``country`` ISO 3166 alpha-2, None if not known.
    """

    name: str
    lon: float
    lat: float
    country: str | None = None

    def __post_init__(self) -> None:
        if not (-180 <= self.lon <= 180 and -90 <= self.lat <= 90):  # NaN is in no range
            swapped = "; did you swap them?" if -180 <= self.lat <= 180 and -90 <= self.lon <= 90 else ""
            raise UnknownName(
                f"no place {self.name!r}: longitude is -180 to 180 and comes first, latitude is -90 to 90{swapped}"
            )


@tables.remember
def station_rows() -> dict[str, tables.Row]:
    """Rows of data/routes/stations.csv by ``station_id``; columns as in :func:`load_stations`."""
    anything = tables.optional(tables.text, empty="")
    return tables.read_rows(
        store.data_file("routes/stations.csv"),
        {
            "station_id": tables.text,
            "name_en": tables.text,
            "name_zh": anything,
            "name_ru": anything,
            "aliases": anything,
            "country": tables.text,
            "kind": tables.one_of("city", "station", "border"),
            "lon": tables.number(-180, 180),
            "lat": tables.number(-90, 90),
            "coord_basis": tables.one_of("printed", "derived", "assumed"),
            "coord_source": tables.text,
            "note": anything,
        },
        key="station_id",
    )


def load_stations() -> pd.DataFrame:
    """Stations, terminals and cities that routes and transfers name (data/routes/stations.csv).

    Returns
    -------
    DataFrame
        Index ``station_id``; ``name_en``, ``name_zh``, ``name_ru`` (may be empty), ``aliases`` (semicolons);
        ``country`` (ISO 3166 alpha-2); ``kind`` city, station or border; ``lon``, ``lat`` (WGS84 degrees);
        ``coord_basis`` printed, derived or assumed; ``coord_source``; ``note``.
    """
    return tables.frame(station_rows(), "station_id")


_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ё": "е", "Ё": "Е"})
_SURPLUS = str.maketrans("-_", "  ", "'’ʼ`\"")


def fold(name: str) -> str:
    """A name without case, accents, apostrophes and surplus space, for comparing.

    Examples
    --------
    >>> fold("  Małaszewicze ") == fold("MALASZEWICZE")
    True
    """
    plain = name
    if not name.isascii():
        marks = unicodedata.normalize("NFKD", name.translate(_LETTERS))
        plain = "".join(c for c in marks if not unicodedata.combining(c))
    return " ".join(plain.translate(_SURPLUS).casefold().split())


def name_index(rows: Mapping[str, tables.Row]) -> dict[str, str]:
    """Every name, alias and id of some rows, folded, and the id that it means."""
    index: dict[str, str] = {}
    for key, row in rows.items():
        names = [key, row["name_en"], row["name_zh"], row["name_ru"], *row["aliases"].split(";")]
        for name in filter(None, map(fold, names)):
            index.setdefault(name, key)
    return index


def find_name(name: str, index: Mapping[str, str], *, kind: str, listing: Iterable[str], where: str) -> str:
    """Id of the thing named.

    Parameters
    ----------
    name : str
        A name in any of the languages, an alias or an id.
    index : mapping
        As made by :func:`name_index`.
    kind : str
        What it is, for the message ("port", "place").
    listing : iterable of str
        Names to show as known.
    where : str
        Command that lists them all.

    Raises
    ------
    UnknownName
        With near names, if there are any.
    """
    if found := index.get(fold(name)):
        return found
    near = difflib.get_close_matches(fold(name), list(index), n=3, cutoff=0.6)
    ids = list(dict.fromkeys(index[match] for match in near))
    known = list(listing)
    shown = ", ".join(known[:8]) + (f" and {len(known) - 8} more" if len(known) > 8 else "")
    hint = f" Did you mean {' or '.join(ids)}?" if ids else ""
    raise UnknownName(f"no {kind} {name!r}; known: {shown}.{hint} See `{where}`.")


def find_place(text: str) -> Place:
    """A place given as a name (English, Chinese, Russian, alias), an id, or ``lon,lat``.

    Raises
    ------
    UnknownName
        If there is no such place, or the coordinates are out of range.
    """
    number = r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+))\s*"
    if match := re.fullmatch(f"{number}[,，]{number}", text):
        return Place(f"{float(match[1])},{float(match[2])}", float(match[1]), float(match[2]))
    key = find_name(text, _stations_by_name(), kind="place", listing=station_rows(), where="corridor stations")
    return station_place(key)


@tables.remember
def _stations_by_name() -> dict[str, str]:
    return name_index(station_rows())


def station_place(key: str) -> Place:
    """The place of one row of the stations."""
    row = station_rows()[key]
    return Place(row["name_en"], row["lon"], row["lat"], row["country"])
