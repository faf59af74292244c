"""What the services' paths have in common: chains of links that the same services use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from corridor.network import RailNetwork
    from corridor.routing import RailPath


class Chain(NamedTuple):
    """Links that follow each other and that the same services use.

    ``links`` in order of travel, each run over from its first end where ``forward``; ``services``: route ids.
    """

    links: tuple[int, ...]
    forward: tuple[bool, ...]
    services: frozenset[str]

    def lonlat(self, network: RailNetwork) -> NDArray[np.float64]:
        """Vertices, shape (k, 2), WGS84 ``lon, lat``."""
        return network.trace(self.links, self.forward)


def shared_chains(paths: Mapping[str, RailPath]) -> tuple[list[Chain], dict[str, list[int]]]:
    """Cut paths into chains, so that rails which several services share are there once.

    Parameters
    ----------
    paths : mapping of route id to path
        All over one network.

    Returns
    -------
    chains : list of Chain
    of_route : dict of route id to list of int
        Places of each path's chains in that list, in order of travel.
    """
    users: dict[int, set[str]] = {}
    twice: set[int] = set()  # a way may go out to a place and back over the same rails; they stand alone
    for name, path in paths.items():
        for link in path.links.tolist():
            if name in users.setdefault(link, set()):
                twice.add(link)
            users[link].add(name)
    chains: list[Chain] = []
    place: dict[tuple[int, ...], int] = {}
    of_route: dict[str, list[int]] = {}
    for name, path in paths.items():
        links, forward = path.links.tolist(), (path.span[:, 1] > path.span[:, 0]).tolist()
        changes = [
            i
            for i in range(1, len(links))
            if users[links[i]] != users[links[i - 1]] or not twice.isdisjoint(links[i - 1 : i + 1])
        ]
        of_route[name] = []
        for start, stop in zip([0, *changes], [*changes, len(links)], strict=True):
            run = tuple(links[start:stop])
            if not run:
                continue
            key = min(run, run[::-1])  # the same rails, whichever way they are run over
            if key not in place:
                place[key] = len(chains)
                chains.append(Chain(run, tuple(forward[start:stop]), frozenset(users[run[0]])))
            of_route[name].append(place[key])
    return chains, of_route
