"""A matplotlib ``Figure`` that is saved the same way from every process."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from corridor.figures.settings import our_settings

DOTS_PER_INCH = 200
_CSS_PIXELS = 96
"""Pixels of a browser in an inch, as CSS has it."""

# Matplotlib writes the time of saving and its own version into these.
_METADATA: dict[str, dict[str, None]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
    "svg": {"Creator": None, "Date": None},
}


class Drawing(Figure):
    """A figure whose ``savefig`` takes its settings from us and its arguments, and none from matplotlibrc or styles."""

    def savefig(self, fname: Any, **options: Any) -> None:
        """Save the figure: as :meth:`matplotlib.figure.Figure.savefig`, with the same bytes from every process.

        Parameters
        ----------
        fname : path-like or binary file
        **options
            Those of matplotlib. By default 200 dots per inch, PNG if nothing names a format, and no time of saving.
        """
        suffix = Path(fname).suffix[1:] if isinstance(fname, str | os.PathLike) else ""
        kind = str(options.get("format") or suffix or "png").lower()
        chosen = {"dpi": DOTS_PER_INCH, "metadata": _METADATA.get(kind), **options}
        with our_settings():
            super().savefig(fname, **chosen)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """The figure as a notebook shows it: without this only where pyplot has drawn something before."""
        buffer = io.BytesIO()
        self.savefig(buffer)
        width, height = (round(inches * _CSS_PIXELS) for inches in self.get_size_inches())
        return buffer.getvalue(), {"width": width, "height": height}
