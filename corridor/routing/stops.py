"""Where a place meets the rails."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from corridor import texts, words
from corridor.errors import NoPath
from corridor.network import GAUGE_SYSTEMS, RailNetwork, Snap, gauge_bits, rails_near
from corridor.places import Place
from corridor.trees import ANY_GAUGE, Seeds, rails

SNAP_LIMIT_KM = 25.0
"""A place farther than this from any rail is refused."""

SAME_PLACE_KM = 2.0
"""Rails of another gauge that are farther by no more than this serve a place too."""

_SAME_POINT_KM = 0.001


class Stop(NamedTuple):
    """A place and where it meets the rails: the nearest point of each gauge system that serves it."""

    place: Place
    snaps: dict[int, Snap]


def stop_at(network: RailNetwork, place: Place, shut: bytes = b"", idle: bytes = b"") -> Stop:
    """Where a place meets the rails.

    Parameters
    ----------
    network : RailNetwork
    place : Place
    shut : bytes
        Closed links, as in :func:`corridor.trees.rails`.
    idle : bytes
        Those of them that are closed because they were not in service, likewise.

    Raises
    ------
    NoPath
        If it lies too far from any, or on closed ones.
    """
    return network.memory.get(("stop", place, shut, idle), lambda: _stop_at(network, place, shut, idle))


def _stop_at(network: RailNetwork, place: Place, shut: bytes, idle: bytes) -> Stop:
    near = network.memory.get(
        ("near", place.lon, place.lat),
        lambda: rails_near(network, place.lon, place.lat, rails(network, ANY_GAUGE), SAME_PLACE_KM),
    )
    gap = min((snap.gap_km for snap in near.values()), default=np.inf)
    if not gap <= SNAP_LIMIT_KM:
        far = f"lies {words.km(words.up(gap, words.KM))} from the nearest freight rail"
        away = far if near else "finds no rails in this network"
        raise NoPath(
            f"{place.label} {away}; the limit is {SNAP_LIMIT_KM:g} km: give a place nearer to a railway"
            + (", longitude first" if "," in place.name else "")
        )
    snaps = _by_system(near)
    if not snaps:
        unread = unread_gauges(network)
        raise NoPath(
            f"the rails at {place.label} are of unknown gauge"
            + (f": {unread}" if unread else "; say it in data/routes/gauges.csv or countries.csv")
        )
    if shut:
        left = _left(network, place, snaps, shut)
        if not left and idle and not _left(network, place, snaps, idle):
            raise NoPath(f"{place.label} lies on rails that were not in service then; name another place or day")
        if not left:
            raise NoPath(f"{place.label} lies on rails that are closed or to be avoided; name another place")
        snaps = left
    return Stop(place, snaps)


def _left(network: RailNetwork, place: Place, snaps: dict[int, Snap], shut: bytes) -> dict[int, Snap]:
    """Those of some points that are not on closed rails: a place does not move away from what is closed."""
    still = rails(network, ANY_GAUGE, shut)
    if all(still[snap.link] for snap in snaps.values()):
        return snaps  # the nearest of all are the nearest of those left too
    left = _by_system(rails_near(network, place.lon, place.lat, still, SAME_PLACE_KM))
    return {
        system: left[system]
        for system, snap in snaps.items()
        if system in left and left[system].gap_km <= snap.gap_km + _SAME_POINT_KM
    }


def unread_gauges(network: RailNetwork) -> str:
    """What an import could not read of gauges, or read as others than paths use, in words; empty for nothing."""
    unread, others = network.origin.get("unread_gauges"), network.origin.get("other_gauges")
    parts = [
        f"{texts.bare(unread, texts.LONGEST_NOTE)} cannot be read; correct the tag at OpenStreetMap or in the extract"
        if unread
        else "",
        f"{texts.bare(others, texts.LONGEST_NOTE)} is another gauge than paths use" if others else "",
    ]
    return "; ".join(filter(None, parts))


def _by_system(near: dict[int, Snap]) -> dict[int, Snap]:
    """The nearest of some points on rails of each gauge system."""
    snaps: dict[int, Snap] = {}
    for system, gauges in enumerate(GAUGE_SYSTEMS):
        bits = gauge_bits(";".join(map(str, gauges)))
        if of_system := [snap for gauge, snap in near.items() if gauge & bits]:
            snaps[system] = min(of_system, key=lambda snap: (snap.gap_km, snap.link))
    return snaps


def ends_of(network: RailNetwork, snap: Snap) -> list[tuple[int, int, int]]:
    """Ends of the link that a point lies on: 0 or 1, the node, and the metres to it; one alone where it lies on it."""
    metres = int(network.metres[snap.link])
    back = round(metres * snap.share)
    ends = [(end, int(network.ends[snap.link, end]), rest) for end, rest in ((0, back), (1, metres - back))]
    return [ends[int(snap.share)]] if snap.share in (0, 1) else ends


def seeds_of(network: RailNetwork, snap: Snap) -> Seeds:
    """The nodes next to a point, and the metres to each."""
    return tuple((node, metres) for _, node, metres in ends_of(network, snap))
