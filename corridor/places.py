"""Places on the railway: stations and cities with names in English, Chinese and Russian, found by any of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corridor import arguments, store, tables, texts
from corridor.countries import countries_by_name, country_rows
from corridor.errors import BadValue, UnknownName
from corridor.names import fold, qualified, without_words

if TYPE_CHECKING:
    import pandas as pd


def _short(name: str) -> str:
    """A name as messages show it: on one line, and short."""
    return texts.bare(name, texts.LONGEST_VALUE)


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
        lon, lat, named = arguments.number(self.lon), arguments.number(self.lat), arguments.shown(self.name)
        if not isinstance(self.name, str) or not isinstance(self.country, str | None):
            raise BadValue(f"a place cannot be named {named}: give name and country as text")
        if lon is None or lat is None:
            given = ", ".join(map(arguments.shown, (self.lon, self.lat)))
            raise BadValue(f"no place {named} at {given}: give longitude and latitude as numbers, in degrees")
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            swapped = "; did you swap them?" if -180 <= lat <= 180 and -90 <= lon <= 90 else ""
            raise BadValue(
                f"no place {named}: longitude is -180 to 180 and comes first, latitude is -90 to 90{swapped}"
            )
        object.__setattr__(self, "lon", lon)
        object.__setattr__(self, "lat", lat)

    @property
    def label(self) -> str:
        """The name as messages show it: on one line, and short."""
        return _short(self.name)


@tables.remember
def station_rows() -> dict[str, tables.Row]:
    """Rows of data/routes/stations.csv by ``station_id``; columns as in :func:`load_stations`."""
    anything, names = tables.optional(tables.text, empty=""), tables.optional(tables.name, empty="")
    return tables.read_rows(
        store.data_file("routes/stations.csv"),
        {
            "station_id": tables.text,
            "name_en": tables.name,
            "name_zh": names,
            "name_ru": names,
            "aliases": names,
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


def names_of(key: str, row: tables.Row) -> list[str]:
    """Every name of a row, folded: its id first, then its names and aliases."""
    names = (key, row["name_en"], row["name_zh"], row["name_ru"], *row["aliases"].split(";"))
    return list(dict.fromkeys(filter(None, map(fold, names))))


def name_index(rows: Mapping[str, tables.Row]) -> dict[str, str]:
    """Every name, alias and id of some rows, folded, and the id that it means; an id always means its own row."""
    index = {fold(key): key for key in rows}
    for key, row in rows.items():
        for name in names_of(key, row):
            index.setdefault(name, key)
    return index


def find_name(
    name: str,
    index: Mapping[str, str],
    *,
    kind: str,
    listing: Iterable[str],
    where: str,
    country_of: Callable[[str], str] | None = None,
) -> str:
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
    country_of : callable, optional
        Gives the country code of an id. With it, a name may come with its country and with words such as *station*
        ("Manzhouli, China", "满洲里站"); a name that is in the index as it stands is never taken apart.

    Raises
    ------
    UnknownName
        With near names, if there are any; or if the named place lies in another country than the one given.
    """
    folded = fold(arguments.name(name, kind))
    if found := index.get(folded):
        return found
    stems = list(_stems(folded)) if country_of is not None else []
    elsewhere = ""
    for stem, code in stems:
        if country_of is not None and (key := index.get(stem)):
            lies = country_of(key)
            if code in ("", lies):
                return key
            known_as = country_rows()
            here, there = (known_as[one]["name_en"] if one in known_as else one for one in (lies, code))
            elsewhere = elsewhere or f"{key} lies in {here}, not in {there}"
    if elsewhere:
        raise UnknownName(f"no {kind} {arguments.shown(name)}: {elsewhere}. See `{where}`.")
    like = dict.fromkeys([re.split(r" *[,(]", folded)[0], folded, *(stem for stem, _ in stems)])
    near = [match for stem in like for match in difflib.get_close_matches(stem, list(index), n=3, cutoff=0.6)]
    ids = list(dict.fromkeys(index[match] for match in near))[:3]
    known = list(listing)
    shown = ", ".join(_short(one) for one in known[:8]) + (f" and {len(known) - 8} more" if len(known) > 8 else "")
    hint = f" Did you mean {' or '.join(_short(one) for one in ids)}?" if ids else ""
    raise UnknownName(f"no {kind} {arguments.shown(name)}; known: {shown}.{hint} See `{where}`.")


PlaceLike = str | Place | Any
"""What stands for a place: a name, an id or ``"lon,lat"``; a :class:`Place`; two numbers; a point of shapely."""


def _stems(folded: str) -> Iterator[tuple[str, str]]:
    """What a folded name may mean without the words around it, and the code of the country named with it (or empty)."""
    yield from ((stem, "") for stem in without_words(folded))
    countries, (bare, beside) = countries_by_name(), qualified(folded)
    if beside in countries:
        yield bare, countries[beside]
        yield from ((stem, countries[beside]) for stem in without_words(bare))
    elif bare:
        yield from ((stem, "") for stem in without_words(f"{bare} {beside}"))
    for country, code in countries.items():
        if "\u4e00" <= country[0] <= "\u9fff" and folded.startswith(country):  # Chinese names the country first
            rest = folded.removeprefix(country).strip()
            yield rest, code
            yield from ((stem, code) for stem in without_words(rest))


def find_place(given: PlaceLike) -> Place:
    """A place given as a name (English, Chinese in both scripts, Russian, alias), an id, or ``lon,lat``; or as a value.

    A name may come with its country and with words such as *station*: "Manzhouli, China", "станция Забайкальск".
    Which values stand for a place says PlaceLike.

    Raises
    ------
    UnknownName
        If there is no such place, or it lies in another country.
    BadValue
        If the coordinates are out of range, or what is given is of another kind.
    """
    if isinstance(given, Place):
        return given
    return place_of(place_key(given)) if isinstance(given, str) else _place_at(given)


def place_key(text: str) -> str:
    """Id of a station given by any of its names, or ``lon,lat`` as it is written in one form; as :func:`find_place`."""
    number = r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+|nan|inf(?:inity)?))\s*"
    if match := re.fullmatch(f"{number}[,，]{number}", text, re.IGNORECASE):
        return _place_at((float(match[1]), float(match[2]))).name
    return find_station(text)


def place_of(key: str) -> Place:
    """The place of a key that :func:`place_key` gives."""
    if key in station_rows():
        return station_place(key)
    lon, lat = map(float, key.split(","))
    return Place(key, lon, lat)


def find_station(name: str) -> str:
    """Id of a station or city given by any of its names.

    Raises
    ------
    UnknownName
        As :func:`find_place`.
    """
    rows = station_rows()
    return find_name(
        name,
        _stations_by_name(),
        kind="place",
        listing=rows,
        where="corridor stations",
        country_of=lambda key: str(rows[key]["country"]),
    )


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
