"""Figures of the ways: published lengths tested, and the services on their rails."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from corridor import style
from corridor.figures.canvas import broken, canvas, sign
from corridor.flows import shared_chains
from corridor.metrics import distance_metrics
from corridor.network import load_network
from corridor.places import load_stations
from corridor.ports import load_ports
from corridor.routes import load_routes
from corridor.routing import find_route_paths

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# Lambert azimuthal equal area: true areas, and the corridor without the stretch of Mercator.
_PROJECTION = "+proj=laea +lat_0=52 +lon_0=75 +datum=WGS84 +units=km"


def draw_distances() -> Figure:
    """Each published length of a service beside the length along the rails."""
    table = distance_metrics()
    table = table[table["published_km"].notna() & (table["direction"] == "outbound")].sort_values("difference_percent")
    names = load_stations()["name_en"]
    drawn, ax = canvas(7.2, 0.6 + 0.27 * len(table))
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
    sign(drawn, f"{style.ATTRIBUTION}. Shaded: within 5 %.{broken(table['broken'])}")
    return drawn


def draw_map() -> Figure:
    """Services on their rails, and the ports, in equal-area projection."""
    from matplotlib.collections import LineCollection, PolyCollection
    from matplotlib.lines import Line2D
    from pyproj import Transformer

    project = Transformer.from_crs("EPSG:4326", _PROJECTION, always_xy=True).transform
    drawn, ax = canvas(9.0, 5.2)
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
    limits = broken("; ".join(path.certificate.broken) for path in paths.values())
    sign(drawn, f"{style.ATTRIBUTION}. Nobody publishes which line a train took.{limits}")
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
