"""Figures for print: matplotlib ``Figure`` objects, the same bytes from every run.

``settings``: under which they are drawn and saved; ``drawing``: a figure that is saved the same way everywhere;
``canvas``: what they have in common; ``distances``: published lengths; ``map``: services on the rails; ``volumes``:
trains and TEU.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from corridor import arguments
from corridor.errors import UnknownName, UnknownValue
from corridor.figures.distances import draw_distances
from corridor.figures.map import draw_map
from corridor.figures.settings import our_settings
from corridor.figures.volumes import draw_volumes
from corridor.places import find_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure


FORMATS = ("png", "svg")


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


def find_format(kind: str) -> str:
    """Exact name of a file format, whatever its case.

    Raises
    ------
    UnknownValue
        If figures are not written in this format.
    """
    if kind.lower() not in FORMATS:
        raise UnknownValue(f"no figure format {arguments.shown(kind)}; known: {', '.join(FORMATS)}")
    return kind.lower()


def find_figures(names: Iterable[str], kinds: Iterable[str]) -> tuple[list[str], list[str]]:
    """Exact names of figures and of file formats, each once, before anything is drawn.

    Raises
    ------
    UnknownName
        If there is no such figure or format; a line for each.
    """
    figures, formats, faults = dict[str, None](), dict[str, None](), dict[str, None]()
    for texts, find, found in ((names, find_figure, figures), (kinds, find_format, formats)):
        for text in texts:
            try:
                found[find(text)] = None
            except UnknownName as err:
                faults[str(err)] = None
    if faults:
        head = [f"{len(faults)} faults"] if len(faults) > 1 else []
        raise UnknownName("\n".join([*head, *faults]))
    return list(figures), list(formats)


def figure(name: str) -> Figure:
    """Draw one figure.

    It is drawn, and saved by its ``savefig``, under settings of its own: a reader's matplotlibrc, style or usetex
    changes nothing. Where something else shows it, a notebook for instance, that sets the resolution.

    Parameters
    ----------
    name : str
        One of :func:`figure_names`.

    Returns
    -------
    matplotlib.figure.Figure
        Not shown and not saved; it belongs to no window. ``savefig("trains.svg")`` writes the same bytes everywhere.

    Raises
    ------
    UnknownName
        If there is no such figure.
    """
    found = find_figure(name)
    with our_settings():
        drawn = _DRAWERS[found]()
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
    buffer = io.BytesIO()
    drawn.savefig(buffer, format=find_format(kind))
    return buffer.getvalue()


_DRAWERS: dict[str, Callable[[], Figure]] = {
    "corridor": draw_map,
    "distances": draw_distances,
    "teu": partial(draw_volumes, "teu"),
    "trains": partial(draw_volumes, "trains"),
}
