"""From legs to a path: the pieces, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from corridor.errors import DataError
from corridor.network import GAUGE_SYSTEMS, RailNetwork, Snap, gauge_bits
from corridor.routing.field import Field, Leg, direct, nearer_end
from corridor.routing.path import RailPath
from corridor.routing.piece import Piece, Straight
from corridor.routing.stops import Stop, ends_of, seeds_of
from corridor.transfers import transfers
from corridor.trees import Seeds, rails, walk_back

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ALL_GAUGES = 255
_MASKS = tuple(gauge_bits(";".join(map(str, gauges))) for gauges in GAUGE_SYSTEMS)


def path_of(field: Field, stops: Sequence[Stop], legs: Sequence[Leg]) -> RailPath:
    """The path that some legs make."""
    pieces = [
        piece
        for leg, (start, stop) in zip(legs, pairwise(stops), strict=True)
        for piece in _pieces(field, start, stop, leg)
        if len(piece.links) or piece.transfer
    ]
    systems = [legs[0].from_system, *(leg.to_system for leg in legs)]
    return RailPath(
        origin=stops[0].place,
        destination=stops[-1].place,
        via=tuple(stop.place for stop in stops[1:-1]),
        port=field.limits.port_passed([piece.transfer[0] for piece in pieces if piece.transfer]),
        pieces=tuple(pieces),
        snap_km=tuple(stop.snaps[system].gap_km for stop, system in zip(stops, systems, strict=True)),
        network=field.network,
    )


def _pieces(field: Field, start: Stop, stop: Stop, leg: Leg) -> list[Piece]:
    """The pieces of a leg in order of travel."""
    a, b = start.snaps[leg.from_system], stop.snaps[leg.to_system]
    if not leg.sides:
        return [_direct(field, a, b, leg.from_system)]
    first, last = leg.sides[0], leg.sides[-1]
    return [_to_side(field, a, first), *_middle(field, leg.sides), _to_side(field, b, last).turned]


def _middle(field: Field, sides: tuple[int, ...]) -> list[Piece]:
    """The pieces from the first of some sides to the last, which many paths share."""
    key = ("middle", *map(field.tree_key, sides))
    return field.network.memory.get(
        key, lambda: [_between(field, here, there) for here, there in pairwise(sides) if there != here]
    )


def harmed(field: Field, stops: Sequence[Stop], legs: Sequence[Leg], closed: NDArray[np.bool_]) -> set[int]:
    """Sides whose trees lead some legs over closed links: they were grown before these were closed."""
    out = set()
    for leg, (start, stop) in zip(legs, pairwise(stops), strict=True):
        if leg.sides:
            a, b = start.snaps[leg.from_system], stop.snaps[leg.to_system]
            ends = [(side, _to_side(field, snap, side)) for side, snap in ((leg.sides[0], a), (leg.sides[-1], b))]
            pairs = [(here, there) for here, there in pairwise(leg.sides) if there not in (here, here ^ 1)]
            middle = [(max(pair), _between(field, *pair)) for pair in pairs]
            out |= {side for side, piece in ends + middle if closed[piece.links].any()}
    return out


def _between(field: Field, here: int, there: int) -> Piece:
    """The rails from a side of one gate to a side of another, or within a gate; the same rails both ways."""
    if here > there:
        return _between(field, there, here).turned
    memory, gates = field.network.memory, field.gates
    if there == here ^ 1:
        return memory.get(("hop", gates.names[here // 2]), lambda: _hop(field, here // 2))
    ends, system = gates.node[[here, there]].tolist(), int(gates.system[here])
    return memory.get(
        ("between", field.shut_of(there), *ends, system),
        lambda: _walk(field, field.trees[there], ends[0], system, ((ends[1], 0),), field.shut_of(there))[0],
    )


def _hop(field: Field, gate: int) -> Piece:
    """From the first side of a gate to the second: over the rails that join them, or straight where none does."""
    network, gates = field.network, field.gates
    links, name = gates.hop[gate], (gates.names[gate], False)
    one, other = gates.node[2 * gate : 2 * gate + 2].tolist()
    if gates.is_joined(gate):
        return Piece(network, np.array(links, np.int64), _spans(network, links, one), _ALL_GAUGES, name)
    gauges = next(transfer.gauges_mm for transfer in transfers() if transfer.name == gates.names[gate])
    countries = [
        _country(network, *side) for side in zip((one, other), gates.system[2 * gate :].tolist(), strict=False)
    ]
    straight = Straight((one, other), gates.hop_metres[gate] / 1000, (countries[0], countries[1]))
    bits = gauge_bits(";".join(map(str, gauges)))
    return Piece(network, np.empty(0, np.int64), np.empty((0, 2)), bits, name, straight)


def _country(network: RailNetwork, node: int, system: int) -> int:
    """Place of the country of the rails of one system at a node."""
    start, _, link = network.adjacency
    at_node = link[start[node] : start[node + 1]]
    return int(network.country[at_node[rails(network, system)[at_node]][0]])


def _to_side(field: Field, snap: Snap, side: int) -> Piece:
    """From a point to a side of a gate."""
    seeds, system, shut = ((int(field.gates.node[side]), 0),), int(field.gates.system[side]), field.shut_of(side)
    return field.network.memory.get(
        ("to side", shut, snap, seeds, system),
        lambda: _to_seed(field, snap, field.trees[side], system, seeds, shut)[0],
    )


def _walk(
    field: Field, tree: NDArray[np.int32], node: int, system: int, seeds: Seeds, shut: bytes
) -> tuple[Piece, int]:
    """From a node to a seed of a tree that was grown with some links closed, and that seed."""
    nodes, links = walk_back(field.network, rails(field.network, system, shut), tree, node, seeds)
    spans = _spans(field.network, links, node)
    return Piece(field.network, np.array(links, np.int64), spans, _MASKS[system]), nodes[-1]


def _to_seed(
    field: Field, snap: Snap, tree: NDArray[np.int32], system: int, seeds: Seeds, shut: bytes
) -> tuple[Piece, int]:
    """From a point to a seed of a tree that reaches it, and that seed."""
    near = nearer_end(field.network, tree, snap)
    if near is None:  # a leg leads there, so the tree is not that by which it was found
        raise DataError(
            "the stored trees of the network do not belong to its rails; remove the .trees.npz beside the network's "
            "file, and they are grown again"
        )
    _, end, node = near
    piece, seed = _walk(field, tree, node, system, seeds, shut)
    return (piece if snap.share == end else _begun(piece, snap, end)), seed


def _begun(piece: Piece, snap: Snap, end: int) -> Piece:
    """A piece with the way from a point to an end of its link before it."""
    links = np.concatenate([[snap.link], piece.links])
    span = np.concatenate([[[snap.share, float(end)]], piece.span])
    return Piece(piece.network, links, span, piece.gauges)


def _direct(field: Field, start: Snap, stop: Snap, system: int) -> Piece:
    """From point to point over rails of one system; the same rails both ways."""
    network = field.network
    if (start.link, start.share) > (stop.link, stop.share):
        return _direct(field, stop, start, system).turned
    along, tree = direct(network, start, stop, system, field.limits.closed)
    there = nearer_end(network, tree, stop)
    if along is not None and (there is None or along <= there[0]):
        links = np.array([start.link] if along else [], dtype=np.int64)
        span = np.array([[start.share, stop.share]] if along else np.empty((0, 2)))
        return Piece(network, links, span, _MASKS[system])
    piece, seed = _to_seed(field, stop, tree, system, seeds_of(network, start), field.limits.closed)
    end = next(end for end, node, _ in ends_of(network, start) if node == seed)
    return piece.turned if start.share == end else _begun(piece.turned, start, end)


def _spans(network: RailNetwork, links: Sequence[int], node: int) -> NDArray[np.float64]:
    """How each of some links that follow each other from a node on is run over, shape (k, 2)."""
    spans = []
    for first, last in network.ends[list(links)].tolist():
        spans.append((0.0, 1.0) if first == node else (1.0, 0.0))
        node = last if first == node else first
    return np.array(spans, dtype=np.float64).reshape(-1, 2)
