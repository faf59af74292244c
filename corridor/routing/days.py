"""How long a path takes: running days at published speeds, and stays at transfers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor import store, tables
from corridor.network import GAUGE_SYSTEMS, gauge_bits

if TYPE_CHECKING:
    import pandas as pd

    from corridor.routing.path import RailPath


class Days(NamedTuple):
    """An estimate of travel time [days]: best value and range."""

    best: float
    low: float
    high: float


@tables.remember
def assumption_rows() -> dict[str, tables.Row]:
    """Rows of data/routes/assumptions.csv by ``assumption_id``; columns as in :func:`load_assumptions`."""
    number, anything = tables.optional(tables.number(), empty=float("nan")), tables.optional(tables.text, empty="")

    def check(row: tables.Row) -> list[str]:
        if row["value_min"] > row["value"] or row["value"] > row["value_max"]:
            return [f"value={row['value']:g} lies outside its range"]
        return []

    return tables.read_rows(
        store.data_file("routes/assumptions.csv"),
        {
            "assumption_id": tables.text,
            "quantity": tables.text,
            "where": anything,
            "value": number,
            "value_min": number,
            "value_max": number,
            "unit": tables.text,
            "basis": tables.one_of("printed", "derived", "assumed"),
            "publisher": anything,
            "title": anything,
            "url": tables.optional(tables.web_address, empty=""),
            "note": anything,
        },
        key="assumption_id",
        check=check,
    )


def load_assumptions() -> pd.DataFrame:
    """Values that no source gives as such, and the published ones that they rest on (data/routes/assumptions.csv).

    Returns
    -------
    DataFrame
        Index ``assumption_id``; ``quantity``; ``where``; ``value`` with ``value_min``, ``value_max`` and ``unit``;
        ``basis`` printed, derived or assumed; the citation; ``note``.
    """
    return tables.frame(assumption_rows(), "assumption_id")


def travel_days(path: RailPath) -> Days:
    """Travel time of a path [days]: length over running speed by area, and the stay at each transfer.

    Speeds (``speed-cn`` in China, ``speed-1520`` on broad gauge, ``speed-1435-eu`` elsewhere) and the stay at
    transfers of which nothing is published (``dwell-other``) are assumptions with ranges, from
    :func:`load_assumptions`. The low value takes the highest speeds and the shortest stays, the high value the
    opposite.
    """
    rows = assumption_rows()
    broad = gauge_bits(";".join(map(str, GAUGE_SYSTEMS[1])))
    in_china = np.array([code == "CN" for code in path.network.countries])[path.network.country[path.links]]
    on_broad = ((path.train_gauge & broad) > 0) & ~in_china
    best = low = high = 0.0
    for name, mine in (("speed-cn", in_china), ("speed-1520", on_broad), ("speed-1435-eu", ~in_china & ~on_broad)):
        km, speed = float(path.piece_km[mine].sum()), rows[name]
        best, low, high = best + km / speed["value"], low + km / speed["value_max"], high + km / speed["value_min"]
    other = rows["dwell-other"]
    for passage in path.transfers:
        least, most = passage.dwell_hours or (other["value_min"], other["value_max"])
        middle = (least + most) / 2 if passage.dwell_hours else other["value"]
        best, low, high = best + middle / 24, low + least / 24, high + most / 24
    return Days(best, low, high)
