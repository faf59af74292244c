"""Areas to ask for rails: a band along a path, cut into squares that one query each can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from corridor import arguments, texts
from corridor.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from shapely import Polygon

Cell = tuple[int, int, int, int]
"""A square of the grid: west, south, east, north in whole degrees."""

MOST_CELLS = 1_000
"""More queries than this would be a burden on a server that many share."""

_KM_PER_DEGREE = 111.2  # of latitude

_POINT = 1e-9  # degrees


def band(lonlat: ArrayLike, width_km: float) -> Polygon:
    """Everything within some distance of a line.

    Parameters
    ----------
    lonlat : array_like of shape (n, 2)
        Vertices in degrees.
    width_km : float
        Distance to either side [km], good to about a per cent.

    Raises
    ------
    BadValue
        If the width is no finite number from 0 to 20,000.
    """
    import shapely

    width_km = arguments.amount(width_km, "width_km", 0, 20_000)
    points, line = np.asarray(lonlat, dtype=np.float64), shapely.LineString(lonlat)
    if line.length > _POINT:  # what is shorter GEOS takes for a point, or refuses
        points = shapely.get_coordinates(shapely.segmentize(line.simplify(0.01), 0.3))
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    squeeze = np.cos(np.radians(points[:, 1, None]))  # a degree of longitude is that much shorter
    x = points[:, 0, None] + width_km / _KM_PER_DEGREE / squeeze * np.cos(angle)
    y = points[:, 1, None] + width_km / _KM_PER_DEGREE * np.sin(angle)
    rounds = np.stack([x, y], axis=-1)
    steps = np.concatenate([rounds[:-1], rounds[1:]], axis=1)
    return shapely.union_all(shapely.convex_hull(shapely.multipoints(steps)))


def box(text: str) -> Any:
    """The area of four degrees west, south, east, north, as ``W,S,E,N``.

    Raises
    ------
    DataError
        If the text is something else.
    """
    import shapely

    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        west = east = south = north = 0.0
    if not (-180 <= west < east <= 180 and -85 <= south < north <= 85):
        raise DataError(
            f"{texts.shown(text)} is no box W,S,E,N: west before east, south before north, within 180 and 85 degrees"
        )
    return shapely.box(west, south, east, north)


def cells(area: Any) -> list[Cell]:
    """Squares of one degree that an area touches, from west to east.

    They lie on one grid for every area, so that what was asked for one serves the next.

    Raises
    ------
    DataError
        If they are more than MOST_CELLS.
    """
    import shapely

    west, south, east, north = np.floor(area.bounds).astype(int).tolist()
    grid = [(x, y, x + 1, y + 1) for x in range(west, east + 1) for y in range(south, north + 1)]
    shapely.prepare(area)
    # Not those that only touch: a box of whole degrees has no neighbours.
    inside = shapely.relate_pattern(area, shapely.box(*np.array(grid).T), "T********")
    found = [cell for cell, used in zip(grid, inside.tolist(), strict=True) if used]
    if len(found) <= MOST_CELLS:
        return found
    raise DataError(
        f"the area takes {len(found):,} queries of one square degree, at most {MOST_CELLS:,} are asked; "
        "name a smaller area or a narrower band, or read an extract with `corridor network import`"
    )
