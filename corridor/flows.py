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
    """Links that follow each other and that the same services use, or the straight hop of a transfer.

    ``links`` in order of travel, each run over from its first end where ``forward``; ``services``: route ids;
    ``hop``: the two nodes of a straight hop, which has no links.
    """

    links: tuple[int, ...]
    forward: tuple[bool, ...]
    services: frozenset[str]
    hop: tuple[int, int] | None = None

    def lonlat(self, network: RailNetwork) -> NDArray[np.float64]:
        """Vertices, shape (k, 2), WGS84 ``lon, lat``."""
        return network.nodes[list(self.hop)] if self.hop else network.trace(self.links, self.forward)


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
    users: dict[_Part, set[str]] = {}
    twice: set[_Part] = set()  # a way may go out to a place and back over the same rails; they stand alone
    for name, path in paths.items():
        for part, _ in _parts(path):
            if name in users.setdefault(part, set()) or isinstance(part, tuple):
                twice.add(part)
            users[part].add(name)
    chains: list[Chain] = []
    place: dict[tuple[_Part, ...], int] = {}
    of_route: dict[str, list[int]] = {}
    for name, path in paths.items():
        parts = _parts(path)
        changes = [
            i
            for i in range(1, len(parts))
            if users[parts[i][0]] != users[parts[i - 1][0]] or not twice.isdisjoint((parts[i - 1][0], parts[i][0]))
        ]
        of_route[name] = []
        for start, stop in zip([0, *changes], [*changes, len(parts)], strict=True):
            run = tuple(part for part, _ in parts[start:stop])
            if not run:
                continue
            key = min(run, run[::-1], key=str)  # the same rails, whichever way they are run over
            if key not in place:
                place[key] = len(chains)
                services = frozenset(users[run[0]])
                if isinstance(run[0], tuple):
                    chains.append(Chain((), (), services, run[0]))
                else:
                    links = tuple(part for part in run if isinstance(part, int))
                    chains.append(Chain(links, tuple(ahead for _, ahead in parts[start:stop]), services))
            of_route[name].append(place[key])
    return chains, of_route


_Part = int | tuple[int, int]
"""A link, or the two nodes of a straight hop, the lower first."""


def _parts(path: RailPath) -> list[tuple[_Part, bool]]:
    """Links and straight hops of a path in order, and whether each is run over from its first end."""
    out: list[tuple[_Part, bool]] = []
    for piece in path.pieces:
        if piece.straight:
            one, other = piece.straight.nodes
            out.append(((min(one, other), max(one, other)), one < other))
        out += zip(piece.links.tolist(), (piece.span[:, 1] > piece.span[:, 0]).tolist(), strict=True)
    return out
