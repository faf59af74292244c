"""Mended holes of the source, and long straight steps that were looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor import store, tables

if TYPE_CHECKING:
    import pandas as pd


@tables.remember
def load_mends() -> pd.DataFrame:
    """Mended holes and checked long links, one row each (data/routes/mends.csv).

    Returns
    -------
    DataFrame
        Index ``mend_id``; ``kind`` mend or checked; both ends in degrees; ``km``; reason; source.
    """
    lon, lat = tables.number(-180, 180), tables.number(-90, 90)
    return tables.read_table(
        store.data_file("routes/mends.csv"),
        {
            "mend_id": tables.text,
            "kind": tables.one_of("mend", "checked"),
            "place": tables.text,
            "lon_a": lon,
            "lat_a": lat,
            "lon_b": lon,
            "lat_b": lat,
            "km": tables.number(0.001, 200),
            "status": tables.one_of("printed", "derived", "assumed"),
            "reason": tables.text,
            "source": tables.text,
        },
        key="mend_id",
    )
