"""Places on the railway: stations and cities with names in English, Chinese and Russian, found by any of them."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corridor import arguments, store, tables
from corridor.errors import BadValue, UnknownName

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
        lon, lat = arguments.number(self.lon), arguments.number(self.lat)
        if not isinstance(self.name, str) or not isinstance(self.country, str | None):
            raise BadValue(f"a place cannot be named {arguments.shown(self.name)}: give name and country as text")
        if lon is None or lat is None:
            given = ", ".join(map(arguments.shown, (self.lon, self.lat)))
            raise BadValue(f"no place {self.name!r} at {given}: give longitude and latitude as numbers, in degrees")
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            swapped = "; did you swap them?" if -180 <= lat <= 180 and -90 <= lon <= 90 else ""
            raise BadValue(
                f"no place {self.name!r}: longitude is -180 to 180 and comes first, latitude is -90 to 90{swapped}"
            )
        object.__setattr__(self, "lon", lon)
        object.__setattr__(self, "lat", lat)


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
    if found := index.get(fold(arguments.name(name, kind))):
        return found
    near = difflib.get_close_matches(fold(name), list(index), n=3, cutoff=0.6)
    ids = list(dict.fromkeys(index[match] for match in near))
    known = list(listing)
    shown = ", ".join(known[:8]) + (f" and {len(known) - 8} more" if len(known) > 8 else "")
    hint = f" Did you mean {' or '.join(ids)}?" if ids else ""
    raise UnknownName(f"no {kind} {arguments.shown(name)}; known: {shown}.{hint} See `{where}`.")


PlaceLike = str | Place | Any
"""What stands for a place: a name, an id or ``"lon,lat"``; a :class:`Place`; two numbers; a point of shapely."""


def find_place(given: PlaceLike) -> Place:
    """A place given as a name (English, Chinese, Russian, alias), an id, or ``lon,lat``; or as a value, see PlaceLike.

    Raises
    ------
    UnknownName
        If there is no such place.
    BadValue
        If the coordinates are out of range, or what is given is of another kind.
    """
    if isinstance(given, Place):
        return given
    if not isinstance(given, str):
        return _place_at(given)
    number = r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+))\s*"
    if match := re.fullmatch(f"{number}[,，]{number}", given):
        return _place_at((float(match[1]), float(match[2])))
    key = find_name(given, _stations_by_name(), kind="place", listing=station_rows(), where="corridor stations")
    return station_place(key)


def find_places(given: PlaceLike | Iterable[PlaceLike], what: str) -> list[Place]:
    """The places of a list, in its order; of a place alone, that one."""
    return [find_place(one) for one in listed(given, what)]


def listed(given: PlaceLike | Iterable[PlaceLike], what: str) -> list[PlaceLike]:
    """Values that stand for places, as a list; one alone too."""
    alone = isinstance(given, Place) or arguments.lonlat(given) is not None
    return [given] if alone else arguments.several(given, what)


def _place_at(point: Any) -> Place:
    """The place of a pair of numbers or a point of shapely, named by its coordinates."""
    if (lonlat := arguments.lonlat(point)) is None:
        raise BadValue(
            f"{arguments.shown(point)} is no place: give a name, an id, 'lon,lat', two numbers, a point or a Place"
        )
    return Place(f"{lonlat[0]},{lonlat[1]}", *lonlat)


@tables.remember
def _stations_by_name() -> dict[str, str]:
    return name_index(station_rows())


def station_place(key: str) -> Place:
    """The place of one row of the stations."""
    row = station_rows()[key]
    return Place(row["name_en"], row["lon"], row["lat"], row["country"])
