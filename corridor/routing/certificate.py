"""What makes a path trustworthy, or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from corridor import words
from corridor.geo import short_step_km, step_km
from corridor.network import LONG_STRAIGHT_KM
from corridor.routing.turns import Turn, sharp_turns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from corridor.routing.path import RailPath

SNAP_WARN_KM = 10.0
"""A place farther than this from the rails breaks a limit of the certificate."""

MENDED_WARN_SHARE = 0.02
"""More than this share of a path over mends breaks a limit of the certificate."""

DETOUR_WARN = 1.7
"""A path more than this times as long as the shortest way over the ellipsoid breaks a limit of the certificate."""

DETOUR_FREE_KM = 60.0
"""So much is added to the shortest way before the detour is judged: short paths wind more."""


class Certificate(NamedTuple):
    """What makes a path trustworthy, or not.

    Attributes
    ----------
    snap_km : tuple of float
        How far the rails lie from each place asked for, in order of travel [km].
    longest_straight_km : float
        Longest straight step of the geometry [km].
    unchecked_straight_km : float
        Longest straight step that is neither a listed mend nor a checked link [km].
    mended_share : float
        Part of the length that runs over mends [-].
    detour : float
        Length over geodesic length [-].
    turns : tuple of Turn
        Reversals on the open line and turns sharper than 90°, in order of travel. They break no limit: the source may
        lack a connecting curve, and trains do reverse in stations on their way.
    unjoined : tuple of str
        Transfers passed whose two tracks no rail of the network joins: there the path goes straight.
    network : str
        Hash of the network.
    broken : tuple of str
        What limits the path breaks, in words; empty for none.
    """

    snap_km: tuple[float, ...]
    longest_straight_km: float
    unchecked_straight_km: float
    mended_share: float
    detour: float
    turns: tuple[Turn, ...]
    unjoined: tuple[str, ...]
    network: str
    broken: tuple[str, ...]

    def __repr__(self) -> str:
        verdict = f"breaks {len(self.broken)} of its limits" if self.broken else "holds"
        detour, mended = words.number(self.detour, words.RATIO), words.percent(100 * self.mended_share)
        return f"<Certificate {verdict}: detour {detour}, {mended} over mends, network {self.network[:12]}>"


def certify(path: RailPath) -> Certificate:
    """How far a path can be trusted."""
    (lonlat, owner), stretches = path.vertices, path.stretches
    steps = short_step_km(lonlat)
    doubtful = ~(stretches.checked | stretches.mended)[owner] if len(owner) else np.zeros(len(steps), bool)
    unchecked = _longest_km(lonlat, np.where(doubtful, steps, 0))
    found: dict[str, Any] = {
        "snap_km": path.snap_km,
        "longest_straight_km": _longest_km(lonlat, steps),
        "unchecked_straight_km": unchecked if unchecked > LONG_STRAIGHT_KM else 0.0,
        "mended_share": path.mended_km / path.rail_km if path.rail_km else 0.0,
        "detour": path.detour,
        "turns": sharp_turns(path),
        "unjoined": tuple(passage.transfer for passage in path.transfers if not passage.joined),
        "network": path.network.digest,
    }
    return Certificate(**found, broken=tuple(_broken(path, found)))


def _longest_km(lonlat: NDArray[np.float64], steps: NDArray[np.float64]) -> float:
    """Length of the longest step [km]; it may be long, so it is measured again."""
    longest = int(np.argmax(steps))
    return float(step_km(lonlat[longest : longest + 2])[0]) if steps[longest] > 0 else 0.0


def _broken(path: RailPath, found: Mapping[str, Any]) -> list[str]:
    """The limits that a path breaks, in words."""
    places = (path.origin, *path.via, path.destination)
    broken = [
        f"{place.label} lies {words.km(gap)} from the rails (limit {SNAP_WARN_KM:g} km)"
        for place, gap in zip(places, path.snap_km, strict=True)
        if gap > SNAP_WARN_KM
    ]
    if (straight := found["unchecked_straight_km"]) > LONG_STRAIGHT_KM:
        broken.append(f"a straight step of {words.km(straight)} that nobody checked (limit {LONG_STRAIGHT_KM:g} km)")
    if (share := found["mended_share"]) > MENDED_WARN_SHARE:
        broken.append(f"{words.percent(100 * share)} of it runs over mends (limit {100 * MENDED_WARN_SHARE:g} %)")
    limit = DETOUR_WARN * (path.geodesic_km + DETOUR_FREE_KM)
    if path.rail_km > limit:
        broken.append(
            f"{words.km(path.rail_km)} by rail for {words.km(path.geodesic_km)} "
            f"as the crow flies (limit {words.km(limit)})"
        )
    return broken
