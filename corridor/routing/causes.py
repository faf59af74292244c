"""What keeps two places apart that rails would join: days, ferries, unread gauges, lines without freight.

They are tried one by one, then all together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from corridor import texts, words
from corridor.network import GAUGES_MM, USAGES, RailNetwork
from corridor.routing.limits import Limits, unpacked
from corridor.routing.stops import unread_gauges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from corridor.routing.path import RailPath

Search = Callable[[RailNetwork, Limits], "RailPath | None"]
"""The search that found no path, to be tried on another network and within other limits."""


def missing_link(search: Search, network: RailNetwork, limits: Limits) -> str:
    """What a path lacks, and what to do, in words; empty if none of it would join the places.

    Parameters
    ----------
    search : callable
    network : RailNetwork
    limits : Limits
        Those within which nothing was found.
    """
    ferry, passenger = (network.usage == USAGES.index(name) for name in ("ferry", "passenger_only"))
    unknown = network.gauge == 0
    possible = {
        "days": bool(limits.idle),
        "ferries": not network.ferries and bool(ferry.any()),
        "gauges": bool(unread_gauges(network) and unknown.any()),
        "freight": bool(network.origin.get("no_freight") and passenger.any()),
    }
    causes = [cause for cause, may_be in possible.items() if may_be]
    for tried in [[cause] for cause in causes] + ([causes] if len(causes) > 1 else []):
        net = network.with_ferries if "ferries" in tried else network
        net = _as_if_any_gauge(net) if "gauges" in tried else net
        net = _as_if_for_freight(net) if "freight" in tried else net
        found = search(net, _as_if_in_service(limits) if "days" in tried else limits)
        if net not in (network, network.with_ferries):
            net.memory.clear()  # it was made for this question alone
        if found:
            idle = unpacked(network, limits.idle)
            parts = (
                _days(found, idle[found.links]),
                "" if network.ferries else _ferries(found, ferry[found.links]),
                _gauges(found, unknown[found.links], network),
                _freight(found, passenger[found.links], network),
            )
            return "; ".join(filter(None, parts))
    return ""


def _days(path: RailPath, idle: NDArray[np.bool_]) -> str:
    if not idle.any():
        return ""
    return f"{_km(path, idle)} of rails between them were not in service then; name another day, or none"


def _ferries(path: RailPath, ferry: NDArray[np.bool_]) -> str:
    """The ferries of a path: how long, and from where to where."""
    if not ferry.any():
        return ""
    on = np.flatnonzero(ferry)
    ends = path.network.nodes[path.network.ends[path.links]]
    last = (path.span[:, 1] > path.span[:, 0]).astype(int)  # which end of each link comes last
    found = []
    for run in np.split(on, np.flatnonzero(np.diff(on) > 1) + 1):
        start, stop = ends[run[0], 1 - last[run[0]]], ends[run[-1], last[run[-1]]]
        where = f"from {start[0]:.2f},{start[1]:.2f} to {stop[0]:.2f},{stop[1]:.2f}"
        found.append(f"a train ferry of {_km(path, run)} {where}")
    return f"{' and '.join(found)} would join them; allow it with --ferries (in Python ferries=True)"


def _gauges(path: RailPath, unknown: NDArray[np.bool_], network: RailNetwork) -> str:
    if not unknown.any():
        return ""
    return f"{_km(path, unknown)} of rails between them are of unknown gauge: {unread_gauges(network)}"


def _freight(path: RailPath, passenger: NDArray[np.bool_], network: RailNetwork) -> str:
    if not passenger.any():
        return ""
    tags = texts.bare(network.origin["no_freight"], texts.LONGEST_NOTE)
    return f"{_km(path, passenger)} of rails between them carry no freight by their tags ({tags})"


def _as_if_in_service(limits: Limits) -> Limits:
    shut = np.frombuffer(limits.shut, np.uint8) & ~np.frombuffer(limits.idle, np.uint8)
    return limits._replace(shut=shut.tobytes() if shut.any() else b"", idle=b"")


def _as_if_any_gauge(network: RailNetwork) -> RailNetwork:
    """The network, with trains of every gauge on rails of unknown gauge."""
    every = (1 << len(GAUGES_MM)) - 1
    return replace(network, gauge=np.where(network.gauge == 0, every, network.gauge).astype(np.uint8), file=None)


def _as_if_for_freight(network: RailNetwork) -> RailNetwork:
    """The network, with passenger-only lines open to freight."""
    passenger = network.usage == USAGES.index("passenger_only")
    return replace(
        network, usage=np.where(passenger, USAGES.index("unknown"), network.usage).astype(np.uint8), file=None
    )


def left_out(network: RailNetwork) -> str:
    """What an import left out, could not read or missed, for the end of a message; empty if nothing."""
    names = {"left_out": "left out: ", "unread_gauges": "gauge cannot be read: ", "missing_nodes": ""}
    if not network.ferries:
        names["ferries"] = "train ferries: "
    return "; ".join(name + _first(network.origin[key]) for key, name in names.items() if network.origin.get(key))


def _first(parts: str, most: int = 3) -> str:
    """The first few of some parts, and how many more there are."""
    some = texts.bare(parts, texts.LONGEST_NOTE).split("; ")
    return "; ".join(some[:most] + ([f"{len(some) - most:,} more (corridor network info)"] if len(some) > most else []))


def _km(path: RailPath, some: NDArray[np.bool_] | NDArray[np.int64]) -> str:
    return words.km(path.link_km[some].sum())
