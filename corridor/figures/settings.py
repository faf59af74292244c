"""Settings under which figures are drawn and saved: matplotlib's own, then ours, and none of the reader's."""

from __future__ import annotations

import locale
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from corridor import style
from corridor.errors import DataError
from corridor.locks import DRAWING
from corridor.streams import silenced

SETTINGS: Any = {
    "font.family": "DejaVu Sans",  # ships with matplotlib, so every machine draws the same
    "font.size": 9,
    "axes.edgecolor": style.MUTED,
    "axes.labelcolor": style.INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "svg.fonttype": "none",
    "svg.hashsalt": "corridor",
    "text.color": style.INK,
    "text.hinting": "none",  # letters keep their widths at every resolution, so no label is cut off at a low one
    "text.parse_math": False,  # a dollar in a name is a dollar
    "xtick.color": style.INK,
    "ytick.color": style.INK,
}


@contextmanager
def our_settings() -> Iterator[None]:
    """Settings of the figures for as long as something is drawn or saved; the reader's own come back afterwards.

    matplotlibrc, ``pyplot.style.use``, ``pyplot.xkcd`` and ``rcParams`` all change one table, which is replaced whole:
    matplotlib looks settings up again when it saves, so those that we do not name count as well. The table is the
    process's, so one thread draws or saves at a time.

    Raises
    ------
    DataError
        If matplotlib itself does not start with the reader's matplotlibrc.
    """
    with DRAWING:
        _load_matplotlib()
        from matplotlib import rc_context, rcParamsDefault

        defaults: Any = {name: value for name, value in rcParamsDefault.items() if name != "backend"}
        with rc_context(defaults | SETTINGS):
            yield


def _load_matplotlib() -> None:
    """Import matplotlib even if MPLBACKEND names a window system that is not there: figures are never shown.

    It looks for a folder to keep its list of fonts in, and for fonts. That it found none to write to changes no figure,
    so neither its warning nor those of fontconfig, a process of its own, are passed on.
    """
    if "matplotlib.font_manager" in sys.modules:
        return
    backend = os.environ.pop("MPLBACKEND", "")
    log = logging.getLogger("matplotlib")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with silenced(2):
            import matplotlib.font_manager
    except (ValueError, OSError, locale.Error) as err:
        advice = (
            "mend or remove its settings file (MATPLOTLIBRC, or matplotlibrc in the working folder or in "
            "~/.config/matplotlib)"
        )
        if "MPLCONFIGDIR" in str(err):  # neither the user's folders nor those for temporary files can be written
            advice = "name a folder that can be written in MPLCONFIGDIR or TMPDIR"
        raise DataError(f"matplotlib does not start: {err}; {advice}") from err
    finally:
        log.setLevel(level)
        if backend:
            os.environ["MPLBACKEND"] = backend
    if backend:
        with suppress(ValueError):  # it counts for the reader's own plots, if there is such a backend
            matplotlib.rcParams["backend"] = backend
