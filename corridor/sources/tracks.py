"""Rail ways as arrays of numbered nodes: what joining ends and parting crossings work on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor.sources.ways import is_placed

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Tracks(NamedTuple):
    """Ways whose nodes are places in a list of coordinates.

    Attributes
    ----------
    start : ndarray of int, shape (w + 1,)
        Way i runs over ``nodes[start[i]:start[i + 1]]``.
    nodes : ndarray of int, shape (k,)
        Places in ``places``.
    places : ndarray of int32, shape (n, 2)
        ``lon, lat`` in units of 1e-7 degrees, WGS84.
    gauge : ndarray of int, shape (w,)
        Bits of the gauges; 0 is unknown.
    level : ndarray of int, shape (w,)
        The higher, the more.
    """

    start: NDArray[np.int64]
    nodes: NDArray[np.int64]
    places: NDArray[np.int32]
    gauge: NDArray[np.int64]
    level: NDArray[np.int64]

    @property
    def way(self) -> NDArray[np.int64]:
        """The way of each of ``nodes``, shape (k,)."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    @property
    def step(self) -> NDArray[np.bool_]:
        """Whether rails lead from each of ``nodes`` to the next, shape (k,): in one way, and both have a place."""
        way, placed = self.way, is_placed(self.places)[self.nodes]
        on = np.zeros(len(way), dtype=bool)
        on[:-1] = (way[1:] == way[:-1]) & placed[1:] & placed[:-1] & (self.nodes[1:] != self.nodes[:-1])
        return on


def heading(tracks: Tracks, origin: int, target: int) -> float:
    """Direction from one node to another [degrees, anticlockwise from east], on the plane round the first."""
    east, north = (tracks.places[target].astype(np.int64) - tracks.places[origin]).tolist()
    squeeze = np.cos(np.radians(tracks.places[origin, 1] * 1e-7))
    return float(np.degrees(np.arctan2(north, east * squeeze)))


def between(one: float, other: float) -> float:
    """Angle between two directions [degrees], 0 to 180."""
    return abs((one - other + 180) % 360 - 180)
