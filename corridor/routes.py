"""Services between Chinese and European cities through one of the ports, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from typing import TYPE_CHECKING, Any

from corridor import store, tables
from corridor.places import station_rows
from corridor.ports import port_rows

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
    stations, ports = station_rows(), port_rows()
    anything = tables.optional(tables.text, empty="")
    amount = tables.optional(tables.number(0, 30000), empty=float("nan"))
    station = tables.one_of(*stations)

    def check(row: dict[str, Any]) -> Iterator[str]:
        ends = [row["origin"], row["destination"]]
        chinese, foreign = ends if row["direction"] == "outbound" else ends[::-1]
        if stations[chinese]["country"] != "CN" or stations[foreign]["country"] == "CN":
            yield f"direction={row['direction']!r} does not fit {ends[0]} - {ends[1]}"
        if row["days_min"] > row["days_max"]:
            yield f"days_min={row['days_min']:g} is more than days_max={row['days_max']:g}"
        if isnan(row["published_km"]) != (row["km_precision"] == ""):
            yield "published_km and km_precision come together or not at all"
        if (row["via"] == "") != (row["via_basis"] == ""):
            yield "via and via_basis come together or not at all"
        if (row["first_run"] == "") != (row["first_run_basis"] == "unknown"):
            yield f"first_run={row['first_run']!r} with first_run_basis={row['first_run_basis']!r}"

    return tables.read_table(
        store.data_file("routes/routes.csv"),
        {
            "route_id": tables.text,
            "origin": station,
            "destination": station,
            "port": tables.one_of(*ports),
            "direction": tables.one_of("outbound", "inbound"),
            "service": anything,
            "via": tables.optional(tables.words_of(*stations), empty=""),
            "via_basis": tables.optional(tables.one_of("printed", "derived", "assumed"), empty=""),
            "first_run": tables.optional(tables.partial_day, empty=""),
            "first_run_basis": tables.one_of("printed", "derived", "unknown"),
            "last_seen": tables.optional(tables.partial_day, empty=""),
            "published_km": amount,
            "km_precision": tables.optional(tables.one_of("exact", "about", "over"), empty=""),
            "km_scope": anything,
            "km_doubt": anything,
            "days_min": amount,
            "days_max": amount,
            "publisher": tables.text,
            "title": tables.text,
            "published": tables.optional(tables.partial_day, empty=""),
            "url": tables.web_address,
            "also_urls": anything,
            "note": anything,
        },
        key="route_id",
        check=check,
    )
