"""The border ports of the corridor, as a table of points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from corridor import store
from corridor.places import find_name, load_stations, name_index

if TYPE_CHECKING:
    import geopandas as gpd


@store.remember
def port_table() -> pd.DataFrame:
    """The ports without geometry (data/ports/ports.csv), index ``port_id``; columns as in :func:`load_ports`."""
    anything = store.optional(store.text, empty="")
    stations = list(load_stations().index)
    day, link = store.optional(store.day), store.optional(store.web_address, empty="")
    return store.read_table(
        store.data_file("ports/ports.csv"),
        {
            "port_id": store.text,
            "name_en": store.text,
            "name_zh": store.text,
            "name_ru": store.text,
            "aliases": anything,
            "province_en": store.text,
            "province_zh": store.text,
            "neighbour_region": store.text,
            "station_home": store.one_of(*stations),
            "station_abroad": store.one_of(*stations),
            "opened": store.day,
            "opened_source": store.web_address,
            "first_outbound": store.day,
            "first_outbound_source": store.web_address,
            "first_inbound": day,
            "first_inbound_source": link,
            "status": store.one_of("printed", "derived", "assumed"),
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
        it), each with its source. Geometry: the station on the Chinese side, WGS84 (EPSG:4326).

    Raises
    ------
    DataError
        If a file is missing or breaks its contract.
    """
    import geopandas as gpd

    table = port_table()
    stations = load_stations().loc[table["station_home"]]
    days: dict[str, Any] = {name: pd.to_datetime(table[name]) for name in ("opened", "first_outbound", "first_inbound")}
    return gpd.GeoDataFrame(
        table.assign(**days),
        geometry=gpd.points_from_xy(stations["lon"], stations["lat"]),
        crs="EPSG:4326",
    )


def find_port(name: str) -> str:
    """Id of a port given by any of its names.

    Raises
    ------
    UnknownName
        If there is no such port; the message lists those there are.
    """
    table = port_table()
    index = name_index(table)
    return find_name(name, index, kind="port", listing=table.index, where="corridor ports")
