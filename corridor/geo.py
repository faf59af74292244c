"""Numbers on the WGS84 ellipsoid: lengths; degrees in (``lon, lat``), kilometres out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_MAJOR_KM, _FLATTENING = 6378.137, 1 / 298.257223563
"""Equatorial radius and flattening of WGS84 (NIMA TR8350.2, table 3.1)."""

_E2 = _FLATTENING * (2 - _FLATTENING)

_MEAN_KM = _MAJOR_KM * (1 - _FLATTENING / 3)
"""Mean of the three semi-axes."""


@cache
def _wgs84() -> Any:
    from pyproj import Geod

    return Geod(ellps="WGS84")


@cache
def _wgs84_single() -> Any:
    # The same algorithm by its author, for single distances: pyproj takes 60 ms to load, and a path asks for three.
    from geographiclib.geodesic import Geodesic

    return Geodesic.WGS84


def geodesic_km(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> NDArray[np.float64]:
    """Shortest distance on the WGS84 ellipsoid [km].

    Parameters
    ----------
    lon1, lat1, lon2, lat2 : array_like
        Degrees; the shapes broadcast.

    Returns
    -------
    ndarray of float
        Of the broadcast shape (Karney's algorithm: through geographiclib for one distance, else :class:`pyproj.Geod`).

    Examples
    --------
    >>> round(float(geodesic_km(0, 0, 0, 1)), 3)
    110.574
    """
    lon_a, lat_a, lon_b, lat_b = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) for value in (lon1, lat1, lon2, lat2))
    )
    if lon_a.size == 1:
        geodesic = _wgs84_single()
        metres = geodesic.Inverse(lat_a.item(), lon_a.item(), lat_b.item(), lon_b.item(), geodesic.DISTANCE)["s12"]
        return np.full(lon_a.shape, metres / 1000)
    return np.asarray(_wgs84().inv(lon_a, lat_a, lon_b, lat_b)[2], dtype=np.float64) / 1000


def step_km(lonlat: ArrayLike) -> NDArray[np.float64]:
    """Lengths of the steps of a polyline [km].

    Parameters
    ----------
    lonlat : array_like of shape (n, 2)
        Vertices in degrees, ``lon, lat``.

    Returns
    -------
    ndarray of shape (n - 1,)
    """
    xy = np.asarray(lonlat, dtype=np.float64)
    return geodesic_km(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])


def short_step_km(lonlat: ArrayLike) -> NDArray[np.float64]:
    """Lengths of the short steps of a polyline, from their chords and without loading pyproj [km].

    The arc over a chord is taken from a sphere: steps up to 250 km err by less than a millionth, up to 1,000 km by
    less than 20 millionths.

    Parameters
    ----------
    lonlat : array_like of shape (n, 2)
        Vertices in degrees, ``lon, lat``; longitudes may go on beyond 180.

    Returns
    -------
    ndarray of shape (n - 1,)

    Examples
    --------
    >>> short_step_km([(114, 52), (114, 53), (115, 53)]).round(4).tolist()
    [111.2768, 67.1367]
    """
    lon, lat = np.radians(np.asarray(lonlat, dtype=np.float64)).T
    normal = _MAJOR_KM / np.sqrt(1 - _E2 * np.sin(lat) ** 2)
    points = np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), (1 - _E2) * np.sin(lat)
    chord = np.sqrt(sum(np.diff(normal * axis) ** 2 for axis in points))
    return np.asarray(2 * _MEAN_KM * np.arcsin(np.minimum(chord / (2 * _MEAN_KM), 1)))


def line_km(lonlat: ArrayLike) -> float:
    """Length of a polyline of short steps, as :func:`short_step_km` gives them [km].

    Parameters
    ----------
    lonlat : array_like of shape (n, 2)
        Vertices in degrees, ``lon, lat``.

    Examples
    --------
    >>> round(line_km([(0, 0), (0, 1), (0, 1.1)]), 3)
    121.632
    """
    return float(short_step_km(lonlat).sum())


def unwrap_lon(lon: ArrayLike) -> NDArray[np.float64]:
    """Longitudes made continuous along a line, so that no step jumps over the 180° meridian."""
    return np.asarray(np.unwrap(np.asarray(lon, dtype=np.float64), period=360.0), dtype=np.float64)
