"""How a command writes its table: for reading, wide, as JSON or as CSV."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

_FORMS = {
    "json": "Write JSON instead of a table.",
    "csv": "Write CSV, with all columns.",
    "bom": "Begin the CSV with a byte order mark, by which Excel knows UTF-8.",
    "wide": "All columns and ids in full, however long the lines get.",
}


def _offer(*forms: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command a flag for each form, at most one of which may be given, and --bom; and hand it ``form``."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def with_form(*args: Any, **options: Any) -> None:
            bom, given = options.pop("bom"), [form for form in forms if options.pop(form)]
            if len(given) > 1:
                raise click.UsageError(f"{' and '.join(f'--{form}' for form in given)}: give one of them")
            if bom and given != ["csv"]:
                raise click.UsageError("--bom begins CSV with a byte order mark: give it with --csv")
            command(*args, form="bom" if bom else given[0] if given else "table", **options)

        for form in reversed([*forms, "bom"]):
            click.option(f"--{form}", form, is_flag=True, help=_FORMS[form])(with_form)
        return with_form

    return decorate


as_table = _offer("json", "csv", "wide")
"""For a command that shows a table."""

as_rows = _offer("json", "csv")
"""For a command that prints lines, which are rows to a programme."""
