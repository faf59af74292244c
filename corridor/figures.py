"""Figures for print: matplotlib ``Figure`` objects, the same bytes from every run."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from corridor import style
from corridor.errors import UnknownName
from corridor.flows import shared_chains
from corridor.metrics import distance_metrics
from corridor.network import load_network
from corridor.places import find_name, load_stations
from corridor.ports import load_ports
from corridor.routes import load_routes
from corridor.routing import find_route_paths
from corridor.volumes import YEARS, yearly_volumes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_MEASURES = {"trains": "Trains in the year", "teu": "TEU in the year"}

# Lambert azimuthal equal area: true areas, and the corridor without the stretch of Mercator.
_PROJECTION = "+proj=laea +lat_0=52 +lon_0=75 +datum=WGS84 +units=km"

_SETTINGS: Any = {
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
    "text.parse_math": False,  # a dollar in a name is a dollar
    "xtick.color": style.INK,
    "ytick.color": style.INK,
}


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

    with rc_context(_SETTINGS):
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
    with rc_context(_SETTINGS):
        drawn.savefig(buffer, format=kind, dpi=200, metadata=nothing, facecolor="white")
    return buffer.getvalue()


def _canvas(width: float, height: float, **options: Any) -> tuple[Figure, Any]:
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(width, height), layout="constrained")
    return drawn, drawn.subplots(**options)


def _broken(texts: Iterable[str]) -> str:
    """How many paths break a limit of their certificate, for the foot of a figure."""
    count = sum(map(bool, texts))
    return f" {count} of the paths break a limit of their certificate (distances.csv)." if count else ""


def _sign(drawn: Figure, text: str) -> None:
    """Source and licence, at the foot."""
    drawn.supxlabel(text, x=0.01, ha="left", fontsize=6.8, color=style.MUTED)


# ---------------------------------------------------------------- volumes


def _volumes(measure: str) -> Figure:
    """Printed and implied figures of each port and year: a dot where there is a value, a bar where a range."""
    from matplotlib.ticker import FuncFormatter

    ports = load_ports()
    table = yearly_volumes()
    table = table[table["measure"] == measure]
    drawn, grid = _canvas(7.2, 6.4, nrows=len(ports), sharex=True, squeeze=False)
    axes = grid[:, 0]
    for ax, port in zip(axes, ports.itertuples(), strict=True):
        own = table[table["port"] == port.Index]
        _one_port(ax, own, style.port_colour(port.Index), port.first_outbound.year)
        ax.set_title(f"{port.name_en}")
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: style.number(value)))
        ax.grid(axis="y", color="#e6e2d8", linewidth=0.7)
        ax.set_axisbelow(True)
    axes[-1].set_xticks(list(YEARS))
    axes[-1].set_xlim(YEARS[0] - 0.6, YEARS[-1] + 0.6)
    drawn.supylabel(_MEASURES[measure], fontsize=9)
    _legend(drawn)
    _sign(
        drawn,
        "Counted by the railway, both directions. Single claims of data/ports/claims.csv; nothing is interpolated.",
    )
    return drawn


def _one_port(ax: Axes, own: pd.DataFrame, colour: str, opened: int) -> None:
    """One port's years: a mark where there is a value, a box where there is a range."""
    from matplotlib.colors import to_rgb

    top = 1.25 * max(own[["value", "lower", "upper"]].max().max(), 1)
    for row in own[own["year"] >= opened].itertuples():
        open_above = pd.isna(row.upper)
        upper = top if open_above else row.upper
        vague = row.lower == 0 or open_above
        if upper > row.lower:
            face = (*to_rgb(colour), 0.12 if vague else 0.35)
            ax.bar(
                row.year,
                upper - row.lower,
                bottom=row.lower,
                width=0.5,
                facecolor=face,
                edgecolor=colour,
                linewidth=0.7,
                linestyle="--" if vague else "-",
            )
        if not pd.isna(row.value):
            printed = row.status == "printed"
            shape: Any = {"marker": "o", "s": 38} if printed else {"marker": "D", "s": 24}
            ax.scatter(
                row.year,
                row.value,
                facecolor=colour if printed else "white",
                edgecolor=colour,
                zorder=3,
                **shape,
            )
        _label(ax, row, upper)
    if opened > YEARS[0]:
        middle = (YEARS[0] + opened - 1) / 2
        ax.axvspan(YEARS[0] - 0.6, opened - 0.5, color="#f0ede4", zorder=0)
        ax.annotate("not open yet", (middle, 0.5), xycoords=("data", "axes fraction"), ha="center", color=style.MUTED)
    ax.set_ylim(0, top)


def _label(ax: Axes, row: Any, upper: float) -> None:
    """The figure in words, above its mark."""
    text = style.number(row.value) if not pd.isna(row.value) else style.amount(row.value, row.lower, row.upper)
    text = text.replace("at most ", "≤ ").replace("at least ", "≥ ").replace("–", "–\n")
    at = upper if pd.isna(row.value) else row.value
    ax.annotate(
        text,
        (row.year, at),
        xytext=(0, 3 if pd.isna(row.value) else 6),
        textcoords="offset points",
        ha="center",
        fontsize=6.8,
    )


def _legend(drawn: Figure) -> None:
    from matplotlib.colors import to_rgb
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    grey = style.MUTED
    drawn.legend(
        handles=[
            Line2D([], [], marker="o", linestyle="", color=grey, markersize=6, label="printed for the year"),
            Line2D(
                [],
                [],
                marker="D",
                linestyle="",
                color=grey,
                markerfacecolor="white",
                markersize=5,
                label="implied",
            ),
            Patch(facecolor=(*to_rgb(grey), 0.35), edgecolor=grey, label="range that claims leave"),
            Patch(
                facecolor=(*to_rgb(grey), 0.12),
                edgecolor=grey,
                linestyle="--",
                label="bounded on one side only",
            ),
        ],
        loc="outside upper center",
        ncols=4,
        frameon=False,
        fontsize=7.8,
    )


# ---------------------------------------------------------------- distances


def _distances() -> Figure:
    """Each published length of a service beside the length along the rails."""
    table = distance_metrics()
    table = table[table["published_km"].notna() & (table["direction"] == "outbound")].sort_values("difference_percent")
    names = load_stations()["name_en"]
    drawn, ax = _canvas(7.2, 0.6 + 0.27 * len(table))
    at = np.arange(len(table))
    colours = [style.port_colour(port) for port in table["port"]]
    ax.axvspan(-5, 5, color="#eef2ee", zorder=0)
    ax.axvline(0, color=style.MUTED, linewidth=0.8)
    ax.hlines(at, 0, table["difference_percent"], colors=colours, linewidth=1.6)
    ax.scatter(table["difference_percent"], at, c=colours, s=26, zorder=3)
    for i, row in zip(at.tolist(), table.itertuples(), strict=True):
        word = {"exact": "", "about": "about ", "over": "over "}[row.km_precision]
        left = row.difference_percent < 0
        ax.annotate(
            f"{style.number(row.rail_km)} | {word}{style.number(row.published_km)}",
            (row.difference_percent, i),
            xytext=(-6 if left else 6, 0),
            textcoords="offset points",
            va="center",
            ha="right" if left else "left",
            fontsize=6.8,
            color=style.MUTED,
        )
    ax.set_yticks(at, [f"{names[row.origin]} – {names[row.destination]}" for row in table.itertuples()], fontsize=8)
    low, high = table["difference_percent"].min(), table["difference_percent"].max()
    ax.set_xlim(low - 8, high + 8)
    ax.set_xlabel(
        "Length on the rails against the published one [%]  (beside each dot: ours | published, km)",
        fontsize=8,
    )
    ax.set_title("Published lengths, tested")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    _sign(drawn, f"{style.ATTRIBUTION}. Shaded: within 5 %.{_broken(table['broken'])}")
    return drawn


# ---------------------------------------------------------------- map


def _map() -> Figure:
    """Services on their rails, and the ports, in equal-area projection."""
    from matplotlib.collections import LineCollection, PolyCollection
    from matplotlib.lines import Line2D
    from pyproj import Transformer

    project = Transformer.from_crs("EPSG:4326", _PROJECTION, always_xy=True).transform
    drawn, ax = _canvas(9.0, 5.2)
    rings = [np.column_stack(project(*ring.T)) for ring in style.land_rings()]
    ax.set_facecolor(style.SEA)
    ax.add_collection(PolyCollection(rings, facecolors=style.LAND, edgecolors=style.BORDER, linewidths=0.4))
    routes, network = load_routes(), load_network()
    paths = find_route_paths(routes, network=network)
    chains, _ = shared_chains(paths)
    lines, colours, widths = [], [], []
    for chain in chains:
        ports = set(routes.loc[list(chain.services), "port"])
        lines.append(_thinned(np.column_stack(project(*chain.lonlat(network).T))))
        colours.append(style.port_colour(ports.pop()) if len(ports) == 1 else style.RAIL)
        widths.append(0.7 + 0.35 * np.log2(len(chain.services)))
    ax.add_collection(LineCollection(lines, colors=colours, linewidths=widths, capstyle="round"))
    names = load_ports()["name_en"]
    for port in load_ports().itertuples():
        x, y = project(port.geometry.x, port.geometry.y)
        left = port.geometry.x < 125
        ax.plot(x, y, "o", markersize=8, color=style.port_colour(port.Index), markeredgecolor="white")
        ax.annotate(
            port.name_en,
            (x, y),
            xytext=(-9 if left else 9, 5),
            textcoords="offset points",
            ha="right" if left else "left",
            fontweight="bold",
            fontsize=9,
            path_effects=_halo(),
        )
    _name_ends(ax, routes, project)
    extent = np.vstack(lines)
    (x_low, y_low), (x_high, y_high) = extent.min(axis=0), extent.max(axis=0)
    ax.set_xlim(x_low - 500, x_high + 900)
    ax.set_ylim(y_low - 300, y_high + 500)
    ax.set_aspect("equal")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_title("Services through the three ports, on the rails")
    ax.legend(
        handles=[
            *(
                Line2D([], [], color=style.port_colour(port), label=f"through {name} only")
                for port, name in names.items()
            ),
            Line2D([], [], color=style.RAIL, linewidth=2.2, label="through two or three ports"),
        ],
        loc="lower left",
        fontsize=7.5,
        framealpha=0.9,
        edgecolor="none",
    )
    for spine in ax.spines.values():
        spine.set_visible(False)
    broken = _broken("; ".join(path.certificate.broken) for path in paths.values())
    _sign(drawn, f"{style.ATTRIBUTION}. Nobody publishes which line a train took.{broken}")
    return drawn


def _thinned(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """A projected line without the vertices that no reader of a printed page could see."""
    from shapely import LineString, get_coordinates

    return np.asarray(get_coordinates(LineString(line).simplify(1.5)))


def _name_ends(ax: Axes, routes: pd.DataFrame, project: Callable[..., Any]) -> None:
    """Names of cities at the ends, where they do not run into one another or into a port."""
    stations, ports = load_stations(), load_ports()
    ends = (
        pd.concat([routes["origin"], routes["destination"]]).value_counts().drop(ports["station_home"], errors="ignore")
    )
    taken = [project(x, y) for x, y in zip(ports.geometry.x, ports.geometry.y, strict=True)]
    for name in sorted(ends.index, key=lambda key: (-ends[key], key)):
        row = stations.loc[name]
        x, y = project(row["lon"], row["lat"])
        if any(abs(x - other_x) < 700 and abs(y - other_y) < 170 for other_x, other_y in taken):
            continue
        taken.append((x, y))
        ax.plot(x, y, "o", markersize=2.6, color=style.INK)
        ax.annotate(
            row["name_en"],
            (x, y),
            xytext=(4, -3),
            textcoords="offset points",
            fontsize=6.5,
            path_effects=_halo(),
        )


def _halo() -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.2, foreground="white")]


_DRAWERS: dict[str, Callable[[], Figure]] = {
    "corridor": _map,
    "distances": _distances,
    "teu": lambda: _volumes("teu"),
    "trains": lambda: _volumes("trains"),
}
