"""What maps and figures share: colours, sizes, number formats, attribution."""

from __future__ import annotations

import json
import math
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

UNKNOWN_TEXT = "not known"

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


def number(value: float, digits: int = 0) -> str:
    """A number with thousands separated: 5,001."""
    return f"{value:,.{digits}f}"


def about(value: float, lower: float, upper: float) -> str:
    """An estimate as text, marked as one, to the digits that its bounds leave any sense.

    Examples
    --------
    >>> about(4855.2, 4831.9, 4879.0), about(115970, 88650, 157462), about(5.2, 1, 562)
    ('≈ 4,855', '≈ 116,000', '≈ 5')
    """
    unit = _unit(value, lower, upper)
    return f"≈ {number(round(value / unit) * unit)}"


def _unit(value: float, lower: float, upper: float) -> int:
    """The largest power of ten that is small beside what bounds leave open, and leaves two digits of a value."""
    room = min((upper - lower) / 20 if upper > lower else 1.0, value / 10)
    return 10 ** max(0, math.floor(math.log10(room))) if room >= 1 else 1


def amount(value: float, lower: float, upper: float, status: str = "", contested: str = "") -> str:
    """A figure as text: its value, with its bounds if they differ; else the range; else what is known.

    An estimate is marked as one, so that it never passes for a report, and shown with no more digits than make sense;
    its bounds are rounded outwards. A dagger says that another figure is in print for the same days.

    Examples
    --------
    >>> amount(5001, 5001, 5001), amount(540000, 535000, 545000), amount(3548, 3548, 3548, "printed", "C081")
    ('5,001', '540,000 (535,000–545,000)', '3,548 †')
    >>> nan = float("nan")
    >>> amount(nan, 684, 3103), amount(nan, 80000, nan), amount(nan, 0, 45), amount(nan, 0, nan)
    ('684–3,103', 'at least 80,000', 'at most 45', 'not known')
    >>> amount(4855.2, 4831.9, 4879.0, "estimated"), amount(20.2, 20.1, 20.3, "estimated")
    ('≈ 4,855 (4,831–4,879)', '≈ 20')
    >>> amount(115970, 88650, 157462, "estimated"), amount(538609, 535000, 545000, "printed")
    ('≈ 116,000 (88,000–158,000)', '≈ 538,600 (535,000–545,000)')
    >>> amount(0, 0, 0, "implied")
    'none'
    """
    mark = " †" if contested else ""
    if math.isnan(value):
        if math.isnan(upper):
            return (f"at least {number(lower)}" if lower > 0 else UNKNOWN_TEXT) + mark
        return (f"{number(lower)}–{number(upper)}" if lower > 0 else f"at most {number(upper)}") + mark
    if status == "implied" and value == 0:
        return "none"  # nothing can have run
    near = number(round(lower)), number(round(upper))
    if near[0] == near[1] and status != "estimated":
        return number(value) + mark
    if status not in ("estimated", "printed"):
        return f"{number(value)} ({'–'.join(near)})" + mark
    unit = _unit(value, lower, upper)
    ends = number(math.floor(lower / unit) * unit), number(math.ceil(upper / unit) * unit)
    return about(value, lower, upper) + (f" ({'–'.join(ends)})" if near[0] != near[1] else "") + mark


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
    try:
        outlines = json.loads(store.read_text(file))
        rings = [
            np.array(ring, dtype=np.float64)
            for feature in outlines["features"]
            for polygon in feature["geometry"]["coordinates"]
            for ring in polygon
        ]
        sound = bool(rings) and all(ring.ndim == 2 and ring.shape[1] == 2 for ring in rings)
    except (ValueError, KeyError, TypeError, RecursionError) as err:
        if isinstance(err, DataError):
            raise
        sound = False
    if not sound:
        raise DataError(f"{file}: no GeoJSON of multipolygons; restore it, or run `corridor network build`")
    return rings
