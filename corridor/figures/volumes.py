"""Figures of trains and TEU: each year of each port with its bounds, and how it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from corridor import style, words
from corridor.claims import load_claims
from corridor.errors import DataError
from corridor.figures.canvas import canvas, label, sign
from corridor.ports import load_ports
from corridor.volumes import estimate_volumes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MEASURES = {"trains": "Trains in the year", "teu": "TEU in the year"}

_MARKS: dict[str, dict[str, Any]] = {
    "printed": {"marker": "o", "s": 34, "filled": True},
    "implied": {"marker": "D", "s": 24, "filled": True},
    "estimated": {"marker": "o", "s": 22, "filled": False},
}

_OTHER: dict[str, Any] = {"marker": "x", "s": 18, "linewidths": 1.1, "clip_on": False}

_FACE = {"forced": 0.45, "assumed": 0.16}


def draw_volumes(measure: str) -> Figure:
    """Each year of each port: a mark for its figure, by how it is known, and a box for its bounds."""
    from matplotlib.ticker import StrMethodFormatter

    ports, claims, table = load_ports(), load_claims(), estimate_volumes().table("year", measure=measure)
    if table.empty:
        raise DataError(
            f"ports/claims.csv: no whole year of {measure} to draw, as the claims end on {estimate_volumes().last}; "
            "add claims that reach the end of a year"
        )
    table = table.assign(year=table["period"].astype(int))
    first, last = int(table["year"].min()), int(table["year"].max())
    drawn, grid = canvas(7.6, 6.8, nrows=len(ports), sharex=True, squeeze=False)
    for ax, port in zip(grid[:, 0], ports.itertuples(), strict=True):
        own = table[(table["port"] == port.Index) & (table["year"] >= port.first_outbound.year)]
        _one_port(ax, own, claims, style.port_colour(port.Index))
        if port.first_outbound.year > first:
            middle, until = (first + port.first_outbound.year - 1) / 2, port.first_outbound.year - 0.5
            ax.axvspan(first - 0.6, until, color="#f0ede4", zorder=0)
            ax.annotate(
                "no China–Europe trains yet",
                (middle, 0.5),
                xycoords=("data", "axes fraction"),
                ha="center",
                color=style.MUTED,
            )
        ax.set_title(label(port.name_en, 40))
        ax.set_ylabel(_MEASURES[measure], fontsize=8)
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        ax.grid(axis="y", color="#e6e2d8", linewidth=0.7)
        ax.set_axisbelow(True)
    grid[-1, 0].set_xticks(list(range(first, last + 1)))
    grid[-1, 0].set_xlim(first - 0.6, last + 0.6)
    drawn.align_ylabels()
    _legend(drawn)
    sign(drawn, "Counted by the railway, both directions; from all claims of data/ports/claims.csv together.")
    return drawn


def _one_port(ax: Axes, own: pd.DataFrame, claims: pd.DataFrame, colour: str) -> None:
    """One port's years."""
    from matplotlib.colors import to_rgb

    top = 1.3 * max(own[["estimate", "lower", "upper"]].max().max(), 1)
    for row in own.itertuples():
        upper = top if pd.isna(row.upper) else row.upper
        if upper - row.lower > 0.5:
            ax.bar(
                row.year,
                upper - row.lower,
                bottom=row.lower,
                width=0.5,
                facecolor=(*to_rgb(colour), _FACE[row.bound]),
                edgecolor=colour,
                linewidth=0.7,
                linestyle="--" if row.bound == "assumed" else "-",
            )
        if pd.isna(row.estimate):
            continue
        others = claims.loc[[name for name in row.contested.split(";") if name], "value"]
        # Beside the mark, which would hide it.
        ax.scatter([row.year + 0.33] * len(others), others, color=style.INK, **_OTHER)
        mark = dict(_MARKS[row.status])
        ax.scatter(
            row.year,
            row.estimate,
            facecolor=colour if mark.pop("filled") else "white",
            edgecolor=colour,
            zorder=3,
            clip_on=False,
            **mark,
        )
        ax.annotate(
            words.best(row.estimate, row.lower, row.upper, row.status),
            (row.year, max(row.estimate, upper, *others)),
            xytext=(0, 5),
            textcoords="offset points",
            ha="center",
            fontsize=6.6,
        )
    ax.set_ylim(0, top)


def _legend(drawn: Figure) -> None:
    from matplotlib.colors import to_rgb
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    grey = style.MUTED
    marks = [
        Line2D(
            [],
            [],
            marker=mark["marker"],
            linestyle="",
            color=grey,
            markersize=mark["s"] ** 0.5,
            markerfacecolor=grey if mark["filled"] else "white",
            label=label,
        )
        for mark, label in zip(_MARKS.values(), ("printed for the year", "implied by claims", "estimated"), strict=True)
    ]
    other = Line2D(
        [], [], marker=_OTHER["marker"], linestyle="", color=grey, markersize=5, label="printed too, gave way"
    )
    boxes = [
        Patch(
            facecolor=(*to_rgb(grey), _FACE[bound]),
            edgecolor=grey,
            linestyle="--" if bound == "assumed" else "-",
            label=label,
        )
        for bound, label in (("forced", "bounds: claims alone"), ("assumed", "bounds: with assumptions"))
    ]
    drawn.legend(
        handles=[*marks, other, *boxes],
        loc="outside upper center",
        ncols=3,
        frameon=False,
        fontsize=7,
        columnspacing=1.1,
        handletextpad=0.5,
    )
