"""The border ports of the corridor, as a table of points."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from corridor import store, tables
from corridor.places import find_name, load_stations, name_index, station_rows

if TYPE_CHECKING:
    import geopandas as gpd


@tables.remember
def port_rows() -> dict[str, tables.Row]:
    """Rows of data/ports/ports.csv by ``port_id``; columns as in :func:`load_ports`."""
    anything, names = tables.optional(tables.text, empty=""), tables.optional(tables.name, empty="")
    stations = list(station_rows())
    day, link = tables.optional(tables.day), tables.optional(tables.web_address, empty="")
    return tables.read_rows(
        store.data_file("ports/ports.csv"),
        {
            "port_id": tables.text,
            "name_en": tables.name,
            "name_zh": tables.name,
            "name_ru": tables.name,
            "aliases": names,
            "province_en": tables.text,
            "province_zh": tables.text,
            "neighbour_region": tables.text,
            "station_home": tables.one_of(*stations),
            "station_abroad": tables.one_of(*stations),
            "opened": tables.day,
            "opened_source": tables.web_address,
            "first_outbound": tables.day,
            "first_outbound_source": tables.web_address,
            "first_inbound": day,
            "first_inbound_source": link,
            "status": tables.one_of("printed", "derived", "assumed"),
            "note": anything,
        },
        key="port_id",
    )


def load_ports() -> gpd.GeoDataFrame:
    """Border ports of the corridor, one row a port.

    Returns
    -------
    GeoDataFrame
        Index ``port_id``. Names in English, Chinese and Russian and aliases; province in China and region
        abroad; the station on each side; ``opened``: the day the railway crossing opened;
        ``first_outbound``, ``first_inbound``: day of the first China-Europe train (NaT: no source prints
        it), each with its source. Geometry: the station on the Chinese side, WGS84 (EPSG:4326). As GeoJSON
        (``to_json()``, ``folium.GeoJson``) days are text.

    Raises
    ------
    DataError
        If a file is missing or breaks its contract.
    """
    import geopandas as gpd
    import pandas as pd

    from corridor.dated import DatedGeoDataFrame

    table = tables.frame(port_rows(), "port_id")
    stations = load_stations().loc[table["station_home"]]
    days: dict[str, Any] = {name: pd.to_datetime(table[name]) for name in ("opened", "first_outbound", "first_inbound")}
    return DatedGeoDataFrame(
        table.assign(**days),
        geometry=gpd.points_from_xy(stations["lon"], stations["lat"]),
        crs="EPSG:4326",
    )


def find_port(name: str) -> str:
    """Id of a port given by any of its names; "Manzhouli, China" and 满洲里口岸 are such names too.

    Raises
    ------
    UnknownName
        If there is no such port; the message lists those there are.
    """
    rows = port_rows()
    index = name_index(rows)
    return find_name(name, index, kind="port", listing=rows, where="corridor ports", country_of=lambda key: "CN")


def first_train(port: str, direction: str) -> date:
    """The day before which no China–Europe train can have passed a port in a direction (both: in either)."""
    row = port_rows()[port]
    day: date = (direction == "inbound" and row["first_inbound"]) or row["first_outbound"]
    return day
