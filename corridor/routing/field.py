"""Cheapest legs: between the sides of the open gates, and from there to any point of the rails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor.gates import gates_of, locate_gates
from corridor.geo import geodesic_km
from corridor.network import RailNetwork, Snap
from corridor.routing.limits import Limits
from corridor.routing.stops import Stop, ends_of, seeds_of
from corridor.trees import LONGEST, grow, tree_over

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHANGE = LONGEST
"""Metres that a change of gauge counts for: more than any way is long, so the fewest changes come first."""

NO_WAY = 2**60
"""Cost where there is no way."""


class Leg(NamedTuple):
    """What a leg between two stops costs, and through which sides of which gates it goes (none: directly)."""

    cost: int
    sides: tuple[int, ...]
    from_system: int
    to_system: int


def field_of(network: RailNetwork, limits: Limits) -> Field:
    """The field of a network within limits, kept for the next call."""
    return network.memory.get(("field", limits), lambda: Field(network, limits))


def bounds_of(network: RailNetwork, limits: Limits, grown: Mapping[int, bytes] | None = None) -> Field:
    """A field whose trees were grown with fewer links closed, so that its costs are bounds from below.

    For one question few trees need to be grown anew; :meth:`Field.regrown` does so.

    Parameters
    ----------
    network : RailNetwork
    limits : Limits
    grown : Mapping of int to bytes, optional
        As of another field, within limits under which no more links were closed.
    """
    if not limits.closed:
        return field_of(network, limits)
    return (
        Field(network, limits, grown)
        if grown
        else network.memory.get(("bounds", limits), lambda: Field(network, limits, {}))
    )


class Field:
    """Cheapest ways between the sides of the open gates, and from there to any point of the rails.

    Parameters
    ----------
    network : RailNetwork
    limits : Limits
    grown : Mapping of int to bytes, optional
        By side of the whole network, the links that were closed when its tree was grown; for others none were. By
        default all trees are of the rails that are left.
    """

    def __init__(self, network: RailNetwork, limits: Limits, grown: Mapping[int, bytes] | None = None) -> None:
        self.network, self.limits, self.grown, self.closed = network, limits, grown, limits.closed
        self.gates = gates_of(network, self.closed) if grown is None else locate_gates(network, self.closed)
        self.is_open = np.array([name in limits.open for name in self.gates.names], dtype=bool)
        self.port_gates = [i for i, name in enumerate(self.gates.names) if name in limits.port]
        self.hop_metres = self.gates.hop_metres

    @property
    def nbytes(self) -> int:
        """Bytes of the trees, and of the tables between their sides."""
        trees = self.gates.nbytes if self.grown is None else 4 * len(self.grown) * len(self.network.nodes)
        return trees + 16 * len(self.gates.node) ** 2

    def tree_key(self, side: int) -> tuple[int, bytes]:
        """By what the tree of a side is known: its number where no link is closed, and the links closed for it."""
        return self.whole_side[side], self.shut_of(side)

    @cached_property
    def whole_side(self) -> list[int]:
        """For each side its number where no link is closed."""
        names = gates_of(self.network).names
        return [2 * names.index(name) + side for name in self.gates.names for side in (0, 1)]

    def shut_of(self, side: int) -> bytes:
        """Links that were closed when the tree of a side was grown, as in :func:`corridor.trees.rails`."""
        return self.closed if self.grown is None else self.grown.get(self.whole_side[side], b"")

    @cached_property
    def trees(self) -> NDArray[np.int32] | list[NDArray[np.int32]]:
        """The tree of each side, shape (n,) each [m]."""
        return self.gates.metres if self.grown is None else [self._tree(side) for side in range(len(self.gates.node))]

    def _tree(self, side: int) -> NDArray[np.int32]:
        node, system, shut = int(self.gates.node[side]), int(self.gates.system[side]), self.shut_of(side)
        if not shut:
            whole: NDArray[np.int32] = gates_of(self.network).metres[self.whole_side[side]]
            return whole
        key = ("side", shut, node, system)
        return self.network.memory.get(key, lambda: grow(self.network, system, shut, [node])[0])

    def regrown(self, sides: Iterable[int]) -> Field:
        """The field with the trees of some sides grown over the rails that are left."""
        anew = {self.whole_side[side]: self.closed for side in sides}
        return Field(self.network, self.limits, {**(self.grown or {}), **anew})

    def _metres_to(self, nodes: NDArray[np.int32]) -> NDArray[np.int32]:
        """Metres from each side to some nodes, -1 where there is no way, shape (2k, nodes)."""
        if self.grown is None:
            return self.gates.metres[:, nodes]
        metres = gates_of(self.network).metres[np.array(self.whole_side, np.int64)[:, None], nodes]
        for side, whole_side in enumerate(self.whole_side):
            if whole_side in self.grown:
                metres[side] = self.trees[side][nodes]
        return metres

    @cached_property
    def between(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Cost from side to side, and the side before the last on the way; the port's gates are left out."""
        gates, n = self.gates, len(self.gates.node)
        cost = np.full((n, n), NO_WAY, dtype=np.int64)
        usable, metres = np.repeat(self.is_open, 2), self._metres_to(gates.node).astype(np.int64)
        joined = usable & usable[:, None] & (gates.system == gates.system[:, None]) & (metres >= 0)
        cost[joined] = metres[joined]
        np.maximum(cost, cost.T, out=cost)  # of two bounds from below the higher
        for i in np.flatnonzero(self.is_open).tolist():
            if i not in self.port_gates:
                cost[2 * i, 2 * i + 1] = cost[2 * i + 1, 2 * i] = self.hop_metres[i] + CHANGE
        before = np.where(cost < NO_WAY, np.arange(n)[:, None], -1)
        for mid in np.flatnonzero(usable).tolist():
            through = cost[:, mid, None] + cost[mid]
            better = through < cost
            np.copyto(cost, through, where=better)
            np.copyto(before, before[mid], where=better)  # never better in the row of mid itself
        return cost, before

    def to_sides(self, snap: Snap, system: int) -> NDArray[np.int64]:
        """Metres from a point to each side of a gate over rails of one system, shape (2k,)."""
        away: NDArray[np.int64] = self.sides_of([{system: snap}])[0]
        return away

    def sides_of(self, stops: Sequence[Mapping[int, Snap]]) -> NDArray[np.int64]:
        """Metres from each of some places to each side of a gate, over rails of any system that serves it."""
        row, system, link, share = np.array(
            [(i, system, snap.link, snap.share) for i, stop in enumerate(stops) for system, snap in stop.items()]
        ).T
        length = self.network.metres[link.astype(np.int64)].astype(np.int64)
        back = np.rint(length * share).astype(np.int64)
        first, last = self.network.ends[link.astype(np.int64)].T
        metres = self._metres_to(np.concatenate([first, last]))
        to_first, to_last = metres[:, : len(first)], metres[:, len(first) :]
        there = (to_first >= 0) & (self.gates.system[:, None] == system) & np.repeat(self.is_open, 2)[:, None]
        away = np.where(there, np.minimum(to_first + back, to_last + (length - back)), NO_WAY)
        nearest: NDArray[np.int64] = np.minimum.reduceat(away, np.flatnonzero(np.diff(row, prepend=-1)), axis=1).T
        return nearest

    def costs_of(self, stops: Sequence[Mapping[int, Snap]], side: int) -> NDArray[np.int64]:
        """Cost from a side to each of some places, over rails of any system that serves them, shape (stops,).

        From one tree over (node, gauge): where a few sides count, that is sooner grown than the trees of all.
        """
        spread, out = _spread(self, side), np.full(len(stops), NO_WAY)
        for i, stop in enumerate(stops):
            for system in stop.keys() & spread.keys():
                ways = [int(spread[system][node]) + rest for _, node, rest in ends_of(self.network, stop[system])]
                out[i] = min(int(out[i]), *ways)
        return out

    @cached_property
    def columns(self) -> list[tuple[int, int, int]]:
        """Where ways can be cut in two: the side reached, the side gone on from, and the cost between them.

        Through the port if it must be passed, else at each side of an open gate.
        """
        if self.limits.port:
            sides = [side for gate in self.port_gates for side in (2 * gate, 2 * gate + 1)]
            return [(side, side ^ 1, self.hop_metres[side // 2] + CHANGE) for side in sides]
        return [(side, side, 0) for side in np.flatnonzero(np.repeat(self.is_open, 2)).tolist()]

    @staticmethod
    def metres_of(cost: NDArray[np.int64]) -> NDArray[np.int64]:
        """Metres of which a cost is made, changes of gauge left out."""
        rest: NDArray[np.int64] = cost % CHANGE
        return rest

    def legs(self, start: Stop, stop: Stop, system: int, *, through_port: bool) -> list[Leg]:
        """The cheapest leg from a stop, left on one gauge, for each gauge on which the next can be reached."""
        if system not in start.snaps:
            return []
        cost, before = self.between
        first = self.to_sides(start.snaps[system], system)
        out = []
        for target, snap in stop.snaps.items():
            last = self.to_sides(snap, target)
            if through_port:
                leg = self._through_port(first, last, system, target)
            elif system == target and (metres := self._direct(start.snaps[system], snap, system)) is not None:
                leg = Leg(metres, (), system, target)
            else:
                total = first[:, None] + cost + last if len(first) else np.full((1, 1), NO_WAY)
                a, b = np.unravel_index(int(total.argmin()), total.shape)
                leg = Leg(
                    int(total[a, b]),
                    tuple(chain_of(before, int(a), int(b))) if total[a, b] < NO_WAY else (),
                    system,
                    target,
                )
            if leg is not None and leg.cost < NO_WAY:
                out.append(leg)
        return out

    def _through_port(self, first: NDArray[np.int64], last: NDArray[np.int64], system: int, target: int) -> Leg | None:
        """The cheapest way that passes one of the port's gates, once."""
        cost, before = self.between
        best: Leg | None = None
        for enter, leave, hop in self.columns:
            ahead, behind = first + cost[:, enter], cost[leave] + last
            a, b = int(ahead.argmin()), int(behind.argmin())
            total = int(ahead[a] + behind[b]) + hop
            if max(ahead[a], behind[b]) < NO_WAY and (best is None or total < best.cost):
                best = Leg(total, (*chain_of(before, a, enter), *chain_of(before, leave, b)), system, target)
        return best

    def _direct(self, start: Snap, stop: Snap, system: int) -> int | None:
        """Metres between two points over rails of one system; None if these do not join them."""
        sides = np.flatnonzero(self.gates.system == system)
        nodes = self.network.ends[[start.link, stop.link], 0]
        reached = np.array([self.trees[side][nodes] >= 0 for side in sides.tolist()]).reshape(-1, 2)
        if (reached[:, 0] != reached[:, 1]).any():
            return None  # a tree that reaches one and not the other
        first, last = sorted([start, stop])  # the tree of one serves both ways
        along, tree = direct(self.network, first, last, system, self.limits.closed)
        there = nearer_end(self.network, tree, last)
        return min((metres for metres in (along, there and there[0]) if metres is not None), default=None)


def _spread(field: Field, side: int) -> dict[int, NDArray[np.int64]]:
    return field.network.memory.get(("spread", field.limits, side), lambda: _grown_spread(field, side))


def _grown_spread(field: Field, side: int) -> dict[int, NDArray[np.int64]]:
    """Cost from a side to each node on the rails of each system, shape (n,): one tree over (node, gauge).

    It grows change by change: over the rails of one gauge, then over those of the next from wherever open gates
    lead there, while that reaches anything new. The port's gates are left out.
    """
    gates, network = field.gates, field.network
    node, system = gates.node.tolist(), gates.system.tolist()
    doors = [2 * i + k for i in np.flatnonzero(field.is_open).tolist() if i not in field.port_gates for k in (0, 1)]
    cost: dict[int, NDArray[np.int64]] = {}
    seeds, changes = {system[side]: {node[side]: 0}}, 0
    while seeds:
        for here, roots in seeds.items():
            tree = tree_over(network, here, tuple(roots.items()), shut=field.limits.closed)
            known = cost.setdefault(here, np.full(len(tree), NO_WAY))
            np.copyto(known, tree + changes * CHANGE, where=(tree >= 0) & (known == NO_WAY))
        before, seeds, changes = changes, {}, changes + 1
        for door in doors:
            there, beyond = system[door ^ 1], node[door ^ 1]
            at = cost[system[door]][node[door]] if system[door] in cost else NO_WAY
            if at // CHANGE == before and not (there in cost and cost[there][beyond] < NO_WAY):
                metres = int(at % CHANGE) + field.hop_metres[door // 2]
                roots = seeds.setdefault(there, {})
                roots[beyond] = min(metres, roots.get(beyond, metres))
    return cost


def direct(
    network: RailNetwork, start: Snap, stop: Snap, system: int, shut: bytes
) -> tuple[int | None, NDArray[np.int32]]:
    """Metres between two points along the link on which both lie, if they do, and the tree of the first."""
    metres = int(network.metres[start.link])
    along = abs(round(metres * start.share) - round(metres * stop.share)) if start.link == stop.link else None
    # Beside the link only shorter ways matter; else a guess of what the way may be.
    straight = float(geodesic_km(start.lon, start.lat, stop.lon, stop.lat))
    reach = 1.4 * straight + 60 if along is None else along / 1000
    seeds = seeds_of(network, start)
    tree = tree_over(network, system, seeds, shut=shut, reach_km=reach)
    if along is None and (tree[network.ends[stop.link]] < 0).any():
        tree = tree_over(network, system, seeds, shut=shut)
    return along, tree


def nearer_end(network: RailNetwork, tree: NDArray[np.int32], snap: Snap) -> tuple[int, int, int] | None:
    """Metres from a tree's root to a point, and the end of its link over which they are run, 0 or 1, and its node."""
    ways = [(int(tree[node]) + rest, end, node) for end, node, rest in ends_of(network, snap) if tree[node] >= 0]
    return min(ways, default=None)


def chain_of(before: NDArray[np.int64], first: int, last: int) -> list[int]:
    """Sides from first to last."""
    chain = [last]
    while chain[-1] != first:
        chain.append(int(before[first, chain[-1]]))
    return chain[::-1]
