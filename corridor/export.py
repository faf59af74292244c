"""Tables as CSV for spreadsheets and programmes: text from data is text there, and no formula."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# What spreadsheets take for the beginning of a formula, also in full width and after blanks; but numbers are numbers,
# several of them too, such as coordinates.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\n]")
_NUMBER = r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?"
_NUMBERS = re.compile(rf"{_NUMBER}([,; ]\s*{_NUMBER})*", re.ASCII)


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet runs: text that looks like a formula gets an apostrophe before it.

    Carriage returns become line feeds: the csv module would leave them unquoted.

    Examples
    --------
    >>> harmless("=1+1"), harmless("@sum"), harmless("Harbin"), harmless("-5"), harmless(-5)
    ("'=1+1", "'@sum", 'Harbin', '-5', -5)
    """
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if _FORMULA.match(text) and not _NUMBERS.fullmatch(text) else text


def csv_text(table: pd.DataFrame) -> str:
    """A table as CSV text: a header, its named index first, days as YYYY-MM-DD, nothing where a value is missing.

    Quoted as RFC 4180 says, with line feeds; floats in full.
    """
    import pandas as pd

    flat = table.reset_index() if table.index.name else table
    texts = [name for name, kind in flat.dtypes.items() if not pd.api.types.is_any_real_numeric_dtype(kind)]
    sound = {name: flat[name].map(harmless) for name in texts if not pd.api.types.is_datetime64_any_dtype(flat[name])}
    return str(flat.assign(**sound).to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d"))
