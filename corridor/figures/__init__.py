"""Figures for print: matplotlib ``Figure`` objects, the same bytes from every run.

``canvas``: what they have in common; ``ways``: distances and the map; ``volumes``: trains and TEU.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from corridor.errors import UnknownName
from corridor.figures.canvas import SETTINGS
from corridor.figures.volumes import draw_volumes
from corridor.figures.ways import draw_distances, draw_map
from corridor.places import find_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure_names() -> list[str]:
    """Names of the figures that :func:`figure` draws."""
    return sorted(_DRAWERS)


def find_figure(name: str) -> str:
    """Exact name of a figure, whatever its case.

    Raises
    ------
    UnknownName
        If there is no such figure; the message lists those there are.
    """
    index = {key: key for key in _DRAWERS}
    return find_name(name, index, kind="figure", listing=figure_names(), where="corridor figures --list")


def figure(name: str) -> Figure:
    """Draw one figure.

    Parameters
    ----------
    name : str
        One of :func:`figure_names`.

    Returns
    -------
    matplotlib.figure.Figure
        Not shown and not saved; it belongs to no window.

    Raises
    ------
    UnknownName
        If there is no such figure.
    """
    from matplotlib import rc_context

    with rc_context(SETTINGS):
        drawn = _DRAWERS[find_figure(name)]()
        # Settled once: else a figure's bytes would depend on the formats that it was saved in before.
        drawn.draw_without_rendering()
        drawn.set_layout_engine("none")
        return drawn


def figure_bytes(drawn: Figure, kind: str) -> bytes:
    """A figure as the bytes of a file; the same figure gives the same bytes.

    Parameters
    ----------
    drawn : Figure
    kind : str
        ``png`` (200 dots per inch) or ``svg``.
    """
    from matplotlib import rc_context

    if kind not in ("png", "svg"):
        raise UnknownName(f"no figure format {kind!r}; known: png, svg")
    nothing = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}[kind]
    buffer = io.BytesIO()
    with rc_context(SETTINGS):
        drawn.savefig(buffer, format=kind, dpi=200, metadata=nothing, facecolor="white")
    return buffer.getvalue()


_DRAWERS: dict[str, Callable[[], Figure]] = {
    "corridor": draw_map,
    "distances": draw_distances,
    "teu": partial(draw_volumes, "teu"),
    "trains": partial(draw_volumes, "trains"),
}
