"""The figure of distances: every published length of a service, tested against the rails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from corridor import style, words
from corridor.figures.canvas import canvas, label, sign
from corridor.metrics import distance_metrics
from corridor.places import load_stations
from corridor.ports import load_ports

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TITLES = {"outbound": "From China", "inbound": "To China"}
_WORDS = {"exact": "", "about": "about ", "over": "over "}
_NEAR = 5.0
"""Half of the shaded band [%]."""
_ROW, _HEAD, _REST = 0.225, 0.34, 1.2
"""Heights of a row, of a panel's title, and of title, axis and foot together [inch]."""
_COLUMNS = {"on the rails": 66, "published": 136}
"""Right ends of the columns of lengths [points to the right of a panel]."""
_PLACE = 16
"""Longest name of a place in a row [letters]."""
_NAME = 14
"""Longest name of a port in the legend [letters]; if one is longer, each stands on a line of its own."""
_LIFT = 21
"""How far above a panel the legend stands [points]."""


def draw_distances() -> Figure:
    """Each published length of a service, both directions, beside the length along the rails; doubtful ones marked."""
    table = distance_metrics()
    table = table[table["published_km"].notna()]
    groups = {title: table[table["direction"] == key] for key, title in _TITLES.items()}
    groups = {title: own for title, own in groups.items() if len(own)} or {"No length is published": table}
    sizes = [len(own) + 1 for own in groups.values()]
    height = _REST + _HEAD * len(sizes) + _ROW * sum(sizes)
    drawn, grid = canvas(7.2, height, nrows=len(sizes), sharex=True, squeeze=False, height_ratios=sizes)
    for ax, (title, own) in zip(grid[:, 0], groups.items(), strict=True):
        _panel(ax, f"{title} ({len(own)})", own.sort_values(["difference_percent", "published_km"]))
    first, last = grid[0, 0], grid[-1, 0]
    for text, x in _COLUMNS.items():
        _beside(first, x, len(groups[next(iter(groups))]), f"km {text}", weight="bold")
    ends = [-_NEAR, _NEAR, *table["difference_percent"]]
    last.set_xlim(min(ends) - 1.5, max(ends) + 1.5)
    last.set_xlabel("Length on the rails against the published one [%]", fontsize=8)
    drawn.suptitle("Published lengths of services, tested on the rails", x=0.01, ha="left", weight="bold", size=11)
    _legend(first, table)
    notes = [f"Shaded: within {_NEAR:.0f} %."]
    if (table["km_doubt"] != "").any():
        notes.append("In doubt: other published figures contradict it (km_doubt in distances.csv).")
    if (table["broken"] != "").any():
        notes.append("* the path breaks a limit of its certificate.")
    sign(drawn, f"{style.ATTRIBUTION}. {' '.join(notes)}")
    return drawn


def _panel(ax: Axes, title: str, own: pd.DataFrame) -> None:
    """The services of one direction; those shortest beside the published length stand lowest."""
    names = load_stations()["name_en"].map(lambda name: label(name, _PLACE))
    ax.axvspan(-_NEAR, _NEAR, color="#eef2ee", zorder=0)
    ax.axvline(0, color=style.MUTED, linewidth=0.8, zorder=1)
    for at, row in enumerate(own.itertuples()):
        colour = style.port_colour(row.port)
        ax.hlines(at, 0, row.difference_percent, colors=colour, linewidth=1.6, zorder=2)
        ax.plot(row.difference_percent, at, **_mark(colour, doubtful=bool(row.km_doubt)), gid=row.Index, zorder=3)
        texts = (words.number(row.rail_km, words.KM), f"{_WORDS[row.km_precision]}{words.given(row.published_km)}")
        for text, x in zip(texts, _COLUMNS.values(), strict=True):
            _beside(ax, x, at, text)
    labels = [f"{names[row.origin]} – {names[row.destination]}{' *' * bool(row.broken)}" for row in own.itertuples()]
    ax.set_yticks(range(len(own)), labels, fontsize=8)
    ax.set_ylim(-0.8, len(own) - 0.2)
    ax.set_title(title, fontsize=9)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)


def _beside(ax: Axes, x: int, row: float, text: str, **options: Any) -> None:
    """A text in a column to the right of a panel."""
    ax.annotate(
        text,
        (1, row),
        xycoords=("axes fraction", "data"),
        xytext=(x, 0),
        textcoords="offset points",
        annotation_clip=False,
        ha="right",
        va="center_baseline",
        fontsize=7.5,
        color=style.MUTED,
        **options,
    )


def _mark(colour: str, *, doubtful: bool) -> dict[str, Any]:
    """How a service is marked: hollow if its published length is in doubt."""
    return {
        "marker": "o",
        "linestyle": "",
        "markersize": 5.4,
        "markeredgewidth": 1.3,
        "color": colour,
        "markerfacecolor": "white" if doubtful else colour,
    }


def _legend(ax: Axes, table: pd.DataFrame) -> None:
    """The ports by colour, and what a hollow mark says, above the title of the first panel."""
    from matplotlib.lines import Line2D
    from matplotlib.transforms import ScaledTranslation

    handles = [
        Line2D([], [], **_mark(style.port_colour(port), doubtful=False), label=f"through {label(name, _NAME)}")
        for port, name in load_ports()["name_en"].items()
        if (table["port"] == port).any()
    ]
    if (table["km_doubt"] != "").any():
        handles.append(Line2D([], [], **_mark(style.MUTED, doubtful=True), label="published length in doubt"))
    if handles:
        above = ax.transAxes + ScaledTranslation(0, _LIFT / 72, ax.figure.dpi_scale_trans)
        ax.legend(
            handles=handles,
            ncols=len(handles) if all(len(name) <= _NAME for name in load_ports()["name_en"]) else 1,
            frameon=False,
            fontsize=7.5,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            bbox_transform=above,
            borderaxespad=0,
            borderpad=0,
            handletextpad=0.3,
        )
