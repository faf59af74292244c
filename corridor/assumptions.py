"""Values that no source gives as such, and the published ones that they rest on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from corridor import store, tables
from corridor.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


@tables.remember
def assumption_rows() -> dict[str, tables.Row]:
    """Rows of data/routes/assumptions.csv by ``assumption_id``; columns as in :func:`load_assumptions`."""
    number, anything = tables.optional(tables.number(), empty=float("nan")), tables.optional(tables.text, empty="")

    def check(row: tables.Row) -> Iterator[str]:
        if row["value_min"] > row["value"] or row["value"] > row["value_max"]:
            yield f"value={row['value']:g} lies outside its range"
        if row["value"] != row["value"] and row["basis"] == "assumed":
            yield "an assumed value must be told"

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


def assumed(name: str) -> tuple[float, float, float]:
    """Best value, and the range, of an assumption.

    Raises
    ------
    DataError
        If the table lacks it.
    """
    row = assumption_rows().get(name)
    if row is None:
        raise DataError(f"assumptions.csv: lacks the row {name!r}; restore it from the project's data/routes")
    return row["value"], row["value_min"], row["value_max"]
