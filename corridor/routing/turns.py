"""Turns of a path that trains make only by stopping and running back, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor import words
from corridor.geo import short_step_km

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from corridor.routing.path import RailPath

SHARP_DEGREES = 90.0
"""A turn at a node of the network that is sharper than this is named."""

REVERSAL_DEGREES = 135.0
"""From here on it is called a reversal."""

STATION_KM = 2.0
"""So near to a place asked for, or to the hop of a transfer, trains are in a station and may reverse."""

_BASE_KM = 0.3  # directions are taken over so much of the path: coordinates may be rounded to 74 m

_KM_PER_DEGREE = 111.2  # of latitude


class Turn(NamedTuple):
    """A sharp turn on the open line: where [km from the origin], the point, and by how much [degrees, up to 180]."""

    at_km: float
    lon: float
    lat: float
    degrees: float

    @property
    def is_reversal(self) -> bool:
        """Whether the path goes back the way it came, or nearly so."""
        return self.degrees >= REVERSAL_DEGREES

    def __str__(self) -> str:
        """The turn in words."""
        what = "a reversal" if self.is_reversal else "a sharp turn"
        return f"{what} at {words.km(self.at_km)} ({self.lon:.3f},{self.lat:.3f}), {self.degrees:.0f}°"


def sharp_turns(path: RailPath) -> tuple[Turn, ...]:
    """Reversals and turns sharper than 90° at nodes of the network, but for those in stations of the path.

    In a station is what lies near a place asked for, or within a transfer and near it. Bends between two nodes are the
    line as it is drawn, and do not count.
    """
    lonlat, owner = path.vertices
    nodes = np.flatnonzero(owner[1:] != owner[:-1]) + 1
    if not len(nodes):
        return ()
    along = np.concatenate([[0], np.cumsum(short_step_km(lonlat))])
    turn = _turns(lonlat, along, nodes)
    at_km = np.cumsum(path.piece_km)[owner[nodes - 1]]
    sharp = np.flatnonzero(turn > SHARP_DEGREES)
    sharp = sharp[~_in_station(path, lonlat[nodes[sharp]], at_km[sharp])]
    found = [
        Turn(km, lon, lat, degrees)
        for km, (lon, lat), degrees in zip(
            at_km[sharp].tolist(), lonlat[nodes[sharp]].tolist(), turn[sharp].tolist(), strict=True
        )
    ]
    return tuple(_sharpest(found))


def _turns(lonlat: NDArray[np.float64], along: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """By how much a polyline turns at some vertices [degrees], from where it was a base before to where it is after."""

    def place(km: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([np.interp(km, along, side) for side in lonlat.T])

    squeeze = np.column_stack([np.cos(np.radians(lonlat[at, 1])), np.ones(len(at))])
    came, goes = (
        (lonlat[at] - place(along[at] - _BASE_KM)) * squeeze,
        (place(along[at] + _BASE_KM) - lonlat[at]) * squeeze,
    )
    across = came[:, 0] * goes[:, 1] - came[:, 1] * goes[:, 0]
    return np.asarray(np.degrees(np.abs(np.arctan2(across, (came * goes).sum(axis=1)))))


def _in_station(path: RailPath, lonlat: NDArray[np.float64], at_km: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether some points of a path lie near a place asked for, or within a transfer or near it."""
    inside = np.zeros(len(lonlat), dtype=bool)
    for place, gap in zip((path.origin, *path.via, path.destination), path.snap_km, strict=True):
        east, north = (lonlat - (place.lon, place.lat)).T
        away = _KM_PER_DEGREE * np.hypot(east * np.cos(np.radians(place.lat)), north)  # well enough where it is little
        inside |= away <= gap + STATION_KM
    for passage in path.transfers:
        start, stop = passage.at_km - STATION_KM, passage.at_km + passage.rail_km + STATION_KM
        inside |= (at_km >= start) & (at_km <= stop)
    return inside


def _sharpest(turns: Sequence[Turn]) -> list[Turn]:
    """Of turns that follow each other within two bases, which may well be the same, the sharpest."""
    out: list[Turn] = []
    for turn in turns:
        if out and turn.at_km - out[-1].at_km <= 2 * _BASE_KM:
            out[-1] = max(out[-1], turn, key=lambda one: one.degrees)
        else:
            out.append(turn)
    return out
