"""Services between Chinese and European cities through one of the ports, as a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor import cells, store, tables, texts
from corridor.errors import UnknownName
from corridor.own_tables import own_rows
from corridor.places import place_key, station_rows
from corridor.ports import find_port, port_rows

if TYPE_CHECKING:
    import pandas as pd


@tables.remember
def load_routes() -> pd.DataFrame:
    """Services that a source names with both ends and the port, one row a service and direction.

    Returns
    -------
    DataFrame
        Index ``route_id``. ``origin``, ``destination``: station ids; ``port``; ``direction`` outbound (from China) or
        inbound; ``service``: its name; ``via``: places on the way in order of travel (semicolons), with ``via_basis``
        printed, derived or assumed (assumed if one of them is); ``first_run`` and ``last_seen`` as printed (year,
        month or day; empty: unknown); ``published_km`` with ``km_precision`` exact, about or over (NaN: not
        printed) and ``km_doubt``: why the figure cannot be what it says (empty: no doubt); ``days_min``,
        ``days_max``; ``publisher``, ``title``, ``published``, ``url``: the citation; ``also_urls``; ``note``.

    Raises
    ------
    DataError
        If a file is missing or breaks its contract.
    """
    stations = station_rows()
    station = tables.one_of(*stations)
    return tables.read_table(
        store.data_file("routes/routes.csv"),
        _columns(
            end=station,
            port=tables.one_of(*port_rows()),
            via=tables.words_of(*stations),
            cited=tables.text,
            address=tables.web_address,
        ),
        key="route_id",
        check=_faults,
    )


def checked_routes(table: pd.DataFrame | Sequence[Mapping[str, Any]] | Path | str) -> pd.DataFrame:
    """Services of a user's own, read where they have one meaning and put to checks as the project's are.

    Parameters
    ----------
    table : DataFrame, sequence of mappings, or path-like
        As from :func:`load_routes` (also after a round trip through a CSV file), or services of one's own in five
        columns: ``route_id``, ``origin``, ``destination``, ``port`` and ``direction``. Ends are names in any language,
        ids, or ``lon,lat`` (WGS84 degrees; in records also two numbers or a point of shapely); the port goes by any
        of its names. The index, or the number of a record, stands for a ``route_id`` that is left out, and a
        ``direction`` that is left out follows from which end lies in China. ``via`` (semicolons) and the other columns
        of :func:`load_routes` may be there or not, and columns of one's own are left out.

    Returns
    -------
    DataFrame
        As of :func:`load_routes`; where an end is no station, ``lon,lat`` in place of its id.

    Raises
    ------
    DataError
        All faults at once, each with its place, column and value.

    Examples
    --------
    >>> found = checked_routes([{"origin": "哈爾濱", "destination": "9.99,53.55", "port": "Manzhouli", "via": ""}])
    >>> found[["origin", "destination", "port", "direction"]].to_numpy().tolist()
    [['harbin', '9.99,53.55', 'manzhouli', 'outbound']]
    """
    if getattr(table, "empty", False) or (isinstance(table, list | tuple) and not table):
        return load_routes().iloc[:0]  # some of the services, as it happens none
    anything = tables.optional(tables.text, empty="")
    columns = _columns(
        end=_end,
        port=_port,
        via=_via,
        cited=anything,
        address=tables.optional(tables.web_address, empty=""),
    )
    columns["route_id"] = tables.identifier
    for name in ("direction", "first_run_basis"):
        columns[name] = tables.optional(columns[name], empty="")
    read = {name: tables.after(_READ.get(name, cells.tidy), parser) for name, parser in columns.items()}
    defaults = {name: "" for name in columns if name not in ("route_id", "origin", "destination", "port")}
    rows = own_rows(table, "routes", read, key="route_id", check=_own_faults, defaults=defaults)
    return tables.frame({name: _completed(row) for name, row in rows.items()}, "route_id")


def services_of(routes: pd.DataFrame | Sequence[Mapping[str, Any]] | Path | str | None) -> pd.DataFrame:
    """The services that a function is given, checked; by default those of the project."""
    return load_routes() if routes is None else checked_routes(routes)


_READ: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("direction", "via_basis", "first_run_basis", "km_precision"), cells.word),
    **dict.fromkeys(("first_run", "last_seen", "published"), cells.partial_day),
    **dict.fromkeys(("published_km", "days_min", "days_max"), cells.number),
}
"""How cells of a user's services are rewritten before they are checked; the others are only tidied."""


def _columns(
    *, end: tables.Parser, port: tables.Parser, via: tables.Parser, cited: tables.Parser, address: tables.Parser
) -> dict[str, tables.Parser]:
    anything = tables.optional(tables.text, empty="")
    amount = tables.optional(tables.number(0, 30000), empty=float("nan"))
    partial = tables.optional(tables.partial_day, empty="")
    return {
        "route_id": tables.text,
        "origin": end,
        "destination": end,
        "port": port,
        "direction": tables.one_of("outbound", "inbound"),
        "service": anything,
        "via": tables.optional(via, empty=""),
        "via_basis": tables.optional(tables.one_of("printed", "derived", "assumed"), empty=""),
        "first_run": partial,
        "first_run_basis": tables.one_of("printed", "derived", "unknown"),
        "last_seen": partial,
        "published_km": amount,
        "km_precision": tables.optional(tables.one_of("exact", "about", "over"), empty=""),
        "km_scope": anything,
        "km_doubt": anything,
        "days_min": amount,
        "days_max": amount,
        "publisher": cited,
        "title": cited,
        "published": partial,
        "url": address,
        "also_urls": anything,
        "note": anything,
    }


def _end(cell: str) -> str:
    """Id of a station by any of its names, or ``lon,lat``."""
    try:
        return place_key(cell)
    except UnknownName as err:
        raise ValueError(f"is not known: {err}") from err


def _port(cell: str) -> str:
    try:
        return find_port(cell)
    except UnknownName as err:
        raise ValueError(f"is not known: {err}") from err


def _via(cell: str) -> str:
    return ";".join(_end(name.strip()) for name in re.split("[;；、\n]", cell))


def _faults(row: tables.Row) -> Iterator[str]:
    """What is wrong between the cells of a row of the project's services."""
    stations, ends = station_rows(), [row["origin"], row["destination"]]
    chinese, foreign = ends if row["direction"] == "outbound" else ends[::-1]
    if stations[chinese]["country"] != "CN" or stations[foreign]["country"] == "CN":
        yield f"direction={texts.shown(row['direction'])} does not fit {ends[0]} - {ends[1]}"
    if isnan(row["published_km"]) != (row["km_precision"] == ""):
        yield "published_km and km_precision come together or not at all"
    if (row["via"] == "") != (row["via_basis"] == ""):
        yield "via and via_basis come together or not at all"
    if (row["first_run"] == "") != (row["first_run_basis"] == "unknown"):
        yield f"first_run={texts.shown(row['first_run'])} with first_run_basis={texts.shown(row['first_run_basis'])}"
    yield from _days_faults(row)


def _own_faults(row: tables.Row) -> Iterator[str]:
    """What is wrong between the cells of a row of a user's services."""
    follows, ends = _direction(row), f"{row['origin']} - {row['destination']}"
    if row["origin"] == row["destination"]:
        yield f"origin and destination are both {row['origin']}"
    elif not row["direction"] and not follows:
        yield f"direction='' is needed, as it does not follow from {ends}: give outbound (from China) or inbound"
    elif row["direction"] and follows and row["direction"] != follows:
        yield f"direction={texts.shown(row['direction'])} does not fit {ends}, which is {follows}"
    yield from _days_faults(row)


def _days_faults(row: tables.Row) -> Iterator[str]:
    if row["days_min"] > row["days_max"]:
        yield f"days_min={row['days_min']:g} is more than days_max={row['days_max']:g}"


def _direction(row: tables.Row) -> str:
    """The direction that the ends tell; empty if not just one of them is known to lie in China."""
    stations = station_rows()
    countries = [stations[end]["country"] if end in stations else "" for end in (row["origin"], row["destination"])]
    home = [country == "CN" for country in countries]
    return "" if home[0] == home[1] else "outbound" if home[0] else "inbound"


def _completed(row: tables.Row) -> tables.Row:
    """A row with what a user's table may leave out."""
    return {
        **row,
        "direction": row["direction"] or _direction(row),
        "via_basis": (row["via_basis"] or "assumed") if row["via"] else "",
        "first_run_basis": (row["first_run_basis"] or "printed") if row["first_run"] else "unknown",
        "km_precision": "" if isnan(row["published_km"]) else row["km_precision"] or "exact",
    }
