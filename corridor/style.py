"""What maps and figures share: colours, sizes, attribution, outlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corridor import store
from corridor.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

PORT_COLOURS = {"manzhouli": "#0072b2", "suifenhe": "#d55e00", "tongjiang": "#007a5a"}
"""Okabe-Ito hues (the green a little darker), told apart with any colour vision, 4.5:1 on LAND."""

OTHER_COLOUR = "#5b5b5b"
LAND, SEA, BORDER = "#f6f4ee", "#dde8ee", "#c3bdae"
INK, MUTED, RAIL, DIMMED = "#22282d", "#5d6770", "#3d4a57", "#c4c8cc"
"""Text, secondary text, rails, rails that stand back."""

ATTRIBUTION = (
    "Rails © OpenStreetMap contributors, ODbL, through scgraph-data "
    "· outlines: Natural Earth · places: GeoNames, CC BY 4.0"
)
"""Stands on every map and figure."""

LARGEST_RADIUS = 26.0
"""Radius of a port's circle at LARGEST_TRAINS trains a year; areas are in proportion [px]."""
LARGEST_TRAINS = 5000.0


def port_colour(port: str) -> str:
    """Colour of a port."""
    return PORT_COLOURS.get(port, OTHER_COLOUR)


def land_rings() -> list[NDArray[np.float64]]:
    """Rings of the country outlines (data/routes/countries.json, Natural Earth).

    Returns
    -------
    list of ndarray of shape (n, 2)
        WGS84 ``lon, lat``; east of the Bering Strait longitudes go on beyond 180.

    Raises
    ------
    DataError
        If the file is missing or holds something else.
    """
    file = store.data_file("routes/countries.json")
    text = store.read_text(file)
    try:
        outlines = store.json_of(text)
        rings = [
            np.array(ring, dtype=np.float64)
            for feature in outlines["features"]
            for polygon in feature["geometry"]["coordinates"]
            for ring in polygon
        ]
        sound = bool(rings) and all(_is_ring(ring) for ring in rings)
    except (ValueError, KeyError, TypeError, OverflowError):
        sound = False
    if not sound:
        raise DataError(f"{file}: no GeoJSON of multipolygons; restore it, or run `corridor network build`")
    return rings


def _is_ring(ring: NDArray[np.float64]) -> bool:
    """Whether an array can be the points of a ring; what is no number fails every comparison."""
    return ring.ndim == 2 and ring.shape[1] == 2 and bool((np.abs(ring) <= (360, 90)).all())
