"""Tables as CSV for spreadsheets and programmes: text from data is text there, and no formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corridor import formulas

if TYPE_CHECKING:
    import pandas as pd

BYTE_ORDER_MARK = "\ufeff"
"""By which Excel knows a file for UTF-8."""


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet runs: text that looks like a formula gets an apostrophe before it.

    Our own readers take it off again (:mod:`corridor.formulas`). Carriage returns become line feeds: the csv module
    would leave them unquoted.

    Examples
    --------
    >>> harmless("=1+1"), harmless("@sum"), harmless("Harbin"), harmless("-5"), harmless(-5)
    ("'=1+1", "'@sum", 'Harbin', '-5', -5)
    """
    if not isinstance(value, str):
        return value
    return formulas.marked(value.replace("\r\n", "\n").replace("\r", "\n"))


def csv_text(table: pd.DataFrame, *, bom: bool = False) -> str:
    """A table as CSV text: a header, its named index first, days as YYYY-MM-DD, nothing where a value is missing.

    Quoted as RFC 4180 says, with line feeds; floats in full. ``bom``: with a byte order mark.
    """
    import pandas as pd

    flat = table.reset_index() if table.index.name else table
    texts = [name for name, kind in flat.dtypes.items() if not pd.api.types.is_any_real_numeric_dtype(kind)]
    sound = {name: flat[name].map(harmless) for name in texts if not pd.api.types.is_datetime64_any_dtype(flat[name])}
    plain = flat.assign(**sound).rename(columns=harmless)
    text = plain.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
    return f"{BYTE_ORDER_MARK if bom else ''}{text}"
