"""What all figures have in common: canvas and signature."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import fill
from typing import TYPE_CHECKING, Any

from corridor import style
from corridor.texts import right_to_left, short

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def canvas(width: float, height: float, **options: Any) -> tuple[Figure, Any]:
    """An empty figure of a size in inches, and its axes."""
    from corridor.figures.drawing import Drawing

    drawn = Drawing(figsize=(width, height), layout="constrained")
    return drawn, drawn.subplots(**options)


def broken(texts: Iterable[str]) -> str:
    """How many paths break a limit of their certificate, for the foot of a figure."""
    count = sum(map(bool, texts))
    breaks = "break a limit of their certificate" if count > 1 else "breaks a limit of its certificate"
    return f" {count} of the paths {breaks} (distances.csv)." if count else ""


def label(name: str, longest: int = 20) -> str:
    """A name as figures have it: short, and words from right to left between marks of the other direction.

    Those marks are in DejaVu Sans and take no room; isolates, which would do the same, are not in it.
    """
    return right_to_left(short(name, longest), "\u200e\\g<0>\u200e")


_LETTER = 3.9 / 72
"""Width of a letter of the foot, a little more than the mean [inch]."""


def sign(drawn: Figure, text: str) -> None:
    """Source and licence, at the foot, on as many lines as it needs."""
    text = fill(text, int(drawn.get_figwidth() / _LETTER))
    drawn.supxlabel(text, x=0.01, ha="left", fontsize=6.8, color=style.MUTED)
