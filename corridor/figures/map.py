"""The map for print: the services on their rails."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from corridor import style
from corridor.figures.canvas import broken, canvas, label, sign
from corridor.flows import shared_chains
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
    extent = np.vstack(lines)
    (x_low, y_low), (x_high, y_high) = extent.min(axis=0), extent.max(axis=0)
    edge = x_high + 900
    for port in load_ports().itertuples():
        x, y = project(port.geometry.x, port.geometry.y)
        left = port.geometry.x < 125
        ax.plot(x, y, "o", markersize=8, color=style.port_colour(port.Index), markeredgecolor="white")
        ax.annotate(
            _label(port.name_en, x - x_low if left else edge - x, _PORT_LETTER_KM),
            (x, y),
            xytext=(-9 if left else 9, 5),
            textcoords="offset points",
            ha="right" if left else "left",
            fontweight="bold",
            fontsize=9,
            path_effects=_halo(),
        )
    _name_ends(ax, routes, project, edge)
    ax.set_xlim(x_low - 500, edge)
    ax.set_ylim(y_low - 300, y_high + 500)
    ax.set_aspect("equal")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_title("Services through the three ports, on the rails")
    ax.legend(
        handles=[
            *(
                Line2D([], [], color=style.port_colour(port), label=f"through {label(name)} only")
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


_LETTER_KM, _PORT_LETTER_KM = 53.0, 130.0
"""Width of a letter on the map: of a city's name a little more than the mean, of a port's the widest."""

_FEWEST = 9
"""So many letters of a name are shown, whatever room there is."""


def _label(name: str, room: float, letter: float = _LETTER_KM) -> str:
    """A name for the map, no longer than the room beside its place [km]."""
    return label(name, min(20, max(_FEWEST, int(room / letter))))


def _thinned(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """A projected line without the vertices that no reader of a printed page could see."""
    from shapely import LineString, get_coordinates

    return np.asarray(get_coordinates(LineString(line).simplify(1.5)))


def _name_ends(ax: Axes, routes: pd.DataFrame, project: Callable[..., Any], edge: float) -> None:
    """Names of cities at the ends, where they do not run into one another or into a port."""
    stations, ports = load_stations(), load_ports()
    ends = (
        pd.concat([routes["origin"], routes["destination"]]).value_counts().drop(ports["station_home"], errors="ignore")
    )
    taken = [(*project(x, y), 0.0) for x, y in zip(ports.geometry.x, ports.geometry.y, strict=True)]
    for key in sorted(ends.index, key=lambda key: (-ends[key], key)):
        row = stations.loc[key]
        x, y = project(row["lon"], row["lat"])
        name = _label(row["name_en"], edge - x)
        reach = max(700.0, _LETTER_KM * len(name))
        if any(abs(x - other_x) < max(reach, other) and abs(y - other_y) < 170 for other_x, other_y, other in taken):
            continue
        taken.append((x, y, reach))
        ax.plot(x, y, "o", markersize=2.6, color=style.INK)
        ax.annotate(
            name,
            (x, y),
            xytext=(4, -3),
            textcoords="offset points",
            fontsize=6.5,
            path_effects=_halo(),
        )


def _halo() -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.2, foreground="white")]
