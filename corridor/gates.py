"""The transfers of one network: their nodes, the rails between their stations, and a tree from each.

Every way that changes gauge passes transfers, so the trees grown from their stations, each over the rails of one
gauge, serve all pairs of places. They may stand in a file beside the network, keyed by its hash.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor import store
from corridor.errors import DataError
from corridor.frozen import by_fields, read_only
from corridor.geo import geodesic_km
from corridor.network import (
    GAUGE_SYSTEMS,
    MOST_BYTES,
    BadArrays,
    RailNetwork,
    arrays_of,
    nearest_rail,
    network_bytes,
    text_of,
)
from corridor.places import station_place
from corridor.transfers import STATION_LIMIT_KM, Transfer, transfers
from corridor.trees import ANY_GAUGE, grow, rails, walk_back

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOP_LIMIT_KM = 100.0
"""The tracks at the two stations of a transfer are never farther apart than this."""

HOP_DETOUR = 2.0
"""Rails that join the two tracks count if they are no longer than so many times the straight line, and 5 km more."""

_VIEW = 0.2  # degrees; more than STATION_LIMIT_KM anywhere that railways run

_HOP_FREE_KM = 5.0  # the two tracks of one station may lie side by side and meet at its far end


@dataclass(frozen=True, eq=False)
class Gates:
    """Transfers on a network; side 2i is the first station of ``names[i]``, side 2i + 1 the second.

    Attributes
    ----------
    network : RailNetwork
    shut : bytes
        Closed links, as in :func:`corridor.trees.rails`.
    names : tuple of str
    node, system : ndarray of int, shape (2k,)
        Where each side lies, and its place in GAUGE_SYSTEMS.
    hop : tuple of tuples of int
        Links between the two stations, from the first to the second; none where both are one node, or where no rail
        joins the two tracks and the hop is a straight line.
    """

    network: RailNetwork
    shut: bytes
    names: tuple[str, ...]
    node: NDArray[np.int32]
    system: NDArray[np.int32]
    hop: tuple[tuple[int, ...], ...]
    stored: NDArray[np.int32] | None = None

    def __post_init__(self) -> None:
        for array in (self.node, self.system, self.stored):
            if array is not None:
                read_only(array)

    __reduce__ = by_fields

    def __repr__(self) -> str:
        return f"<Gates: {len(self.names)} transfers on {self.network}>"

    @property
    def nbytes(self) -> int:
        """Bytes of the trees, grown or not; those of the whole network count as part of it."""
        return 4 * len(self.node) * len(self.network.nodes) if self.shut else 0

    @property
    def ready(self) -> bool:
        """Whether the trees need not be grown any more."""
        return self.stored is not None or "metres" in self.__dict__

    def is_joined(self, gate: int) -> bool:
        """Whether rails join the two sides of a gate."""
        return bool(self.hop[gate]) or bool(self.node[2 * gate] == self.node[2 * gate + 1])

    @cached_property
    def hop_metres(self) -> tuple[int, ...]:
        """Length of each hop [m]: of its links, or of the geodesic where no rail joins its sides."""
        return tuple(
            int(self.network.metres[list(hop)].sum()) if self.is_joined(i) else round(1000 * self._straight_km(i))
            for i, hop in enumerate(self.hop)
        )

    def _straight_km(self, gate: int) -> float:
        one, other = self.network.nodes[self.node[2 * gate : 2 * gate + 2]]
        return float(geodesic_km(*one, *other))

    @cached_property
    def metres(self) -> NDArray[np.int32]:
        """The tree of each side, shape (2k, n) [m]: as stored, or grown when first asked for."""
        if self.stored is not None:
            return self.stored
        metres = np.empty((len(self.node), len(self.network.nodes)), dtype=np.int32)
        whole = gates_of(self.network) if self.shut else None
        missing: dict[int, list[int]] = {}
        for i, (node, system) in enumerate(zip(self.node.tolist(), self.system.tolist(), strict=True)):
            known = _unharmed(whole, node, system, self.shut) if whole is not None and whole.ready else None
            if known is None:
                missing.setdefault(system, []).append(i)
            else:
                metres[i] = known
        for system, sides in missing.items():
            metres[sides] = grow(self.network, system, self.shut, self.node[sides].tolist())
        metres.flags.writeable = False
        return metres


def gates_of(network: RailNetwork, shut: bytes = b"") -> Gates:
    """The transfers of a network, kept for the next call; their trees are read from beside it, or grown when needed.

    Parameters
    ----------
    network : RailNetwork
    shut : bytes
        Closed links, as in :func:`corridor.trees.rails`.
    """
    return network.memory.get(("gates", shut), lambda: _gates_of(network, shut))


def _gates_of(network: RailNetwork, shut: bytes) -> Gates:
    if not shut and network.file is not None and (kept := _read_gates(network, trees_path(network.file))):
        return kept
    return locate_gates(network, shut)


def locate_gates(network: RailNetwork, shut: bytes = b"") -> Gates:
    """The transfers of a network whose hops are not closed, no tree grown yet."""
    whole = gates_of(network) if shut else None
    names, nodes, systems, hops = [], [], [], []
    for transfer in transfers():
        found = _located(network, transfer) if whole is None else _left(whole, transfer.name, shut)
        if found is None:
            continue
        names.append(transfer.name)
        nodes += found[0]
        systems += found[1]
        hops.append(found[2])
    return Gates(network, shut, tuple(names), np.array(nodes, np.int32), np.array(systems, np.int32), tuple(hops))


def _unharmed(whole: Gates, node: int, system: int, shut: bytes) -> NDArray[np.int32] | None:
    """The tree of a node with all links open, if no way in it uses a closed link."""
    network = whole.network
    for i in np.flatnonzero((whole.node == node) & (whole.system == system)).tolist():
        metres: NDArray[np.int32] = whole.metres[i]
        closed = np.flatnonzero(rails(network, system) & ~rails(network, system, shut))
        away = metres[network.ends[closed]]
        used = (away >= 0).all(axis=1) & (np.abs(away[:, 0] - away[:, 1]) == network.metres[closed])
        if not used.any():
            return metres
    return None


def _located(network: RailNetwork, transfer: Transfer) -> tuple[list[int], list[int], tuple[int, ...]] | None:
    """Nodes, gauge systems and hop of a transfer; None if the network does not reach both its stations."""
    nodes, systems = [], []
    for key, mm in zip(transfer.stations, transfer.gauges_mm, strict=True):
        if (node := _node_at(network, key, mm)) is None:
            return None
        nodes.append(node)
        systems.append(_system_of(mm))
    straight = float(geodesic_km(*network.nodes[nodes[0]], *network.nodes[nodes[1]]))
    if straight > HOP_LIMIT_KM:
        return None
    limit = min(HOP_DETOUR * straight + _HOP_FREE_KM, HOP_LIMIT_KM)
    (metres,) = grow(network, ANY_GAUGE, b"", nodes[1:], limit)
    if metres[nodes[0]] < 0:
        return nodes, systems, ()  # containers change between the tracks all the same
    _, links = walk_back(network, rails(network, ANY_GAUGE), metres, nodes[0], ((nodes[1], 0),))
    return nodes, systems, tuple(links)


def _in_view(network: RailNetwork, transfer: Transfer) -> bool:
    """Whether a transfer may be on a network, as far as the box around it shows."""
    if not len(network.metres):
        return False
    west, south, east, north = (side.min() if i < 2 else side.max() for i, side in enumerate(network.boxes))
    return all(
        west - _VIEW <= place.lon <= east + _VIEW and south - _VIEW <= place.lat <= north + _VIEW
        for place in map(station_place, transfer.stations)
    )


def _system_of(mm: int) -> int:
    return next(i for i, gauges in enumerate(GAUGE_SYSTEMS) if mm in gauges)


def _node_at(network: RailNetwork, station: str, mm: int) -> int | None:
    """Node next to a station on the nearest rails of a gauge; None if there are none near."""
    place = station_place(station)
    snap = nearest_rail(network, place.lon, place.lat, rails(network, _system_of(mm)))
    if snap is None or snap.gap_km > STATION_LIMIT_KM:
        return None
    return int(network.ends[snap.link, round(snap.share)])


def missing_sides(network: RailNetwork, transfer: Transfer) -> list[str]:
    """What a network lacks for a transfer, in words: one text for each side without rails; empty for nothing."""
    return [
        f"no freight rails of {mm} mm within {STATION_LIMIT_KM:g} km of {station_place(key).label}"
        for key, mm in zip(transfer.stations, transfer.gauges_mm, strict=True)
        if _node_at(network, key, mm) is None
    ]


def half_located(network: RailNetwork) -> list[str]:
    """Transfers of which a network reaches one station only, each with what it lacks, in words."""
    lacking = [(transfer.name, missing_sides(network, transfer)) for transfer in transfers()]
    return [f"no transfer {name}: {missing[0]}" for name, missing in lacking if len(missing) == 1]


def _left(whole: Gates, name: str, shut: bytes) -> tuple[list[int], list[int], tuple[int, ...]] | None:
    """The same, of a transfer located before; None if its hop is closed."""
    if name not in whole.names:
        return None
    i = whole.names.index(name)
    if not rails(whole.network, ANY_GAUGE, shut)[list(whole.hop[i])].all():
        return None
    return whole.node[2 * i : 2 * i + 2].tolist(), whole.system[2 * i : 2 * i + 2].tolist(), whole.hop[i]


# ---------------------------------------------------------------- file


def trees_path(network_file: Path) -> Path:
    """Where the trees of a network file stand: beside it; of a link, beside what it points to."""
    return Path(os.path.realpath(network_file)).with_suffix(".trees.npz")


def _key(network: RailNetwork, arrays: Mapping[str, NDArray[Any]]) -> str:
    """Hash of what the trees depend on and of what they are.

    That is the network, the stations and gauges of the transfers, and the arrays of the file: so a file is not believed
    in which a hop or a distance was changed.
    """
    stations = [[(place.lon, place.lat) for place in map(station_place, t.stations)] for t in transfers()]
    known = [(t.name, t.gauges_mm) for t in transfers()]
    whole = hashlib.sha256(f"{network.digest} {known} {stations}".encode())
    for name, array in sorted(arrays.items()):
        whole.update(f" {name} {array.dtype.str} {array.shape} ".encode())
        whole.update(np.ascontiguousarray(array).data)
    return whole.hexdigest()


_KINDS = {
    "hop": "<i4",
    "hop_count": "<i4",
    "key": "<U",
    "metres": "<i4",
    "names": "<U",
    "node": "<i4",
    "system": "<i4",
}
"""Types of the arrays of a file of trees."""


def gates_bytes(gates: Gates) -> bytes:
    """Trees as the bytes of an npz file; the same trees give the same bytes."""
    arrays = {
        "hop": np.array([link for hop in gates.hop for link in hop], np.int32),
        "hop_count": np.array([len(hop) for hop in gates.hop], np.int32),
        "metres": gates.metres,
        "names": np.array(gates.names, str),
        "node": gates.node,
        "system": gates.system,
    }
    buffer = io.BytesIO()
    whole = dict(sorted({**arrays, "key": np.array(_key(gates.network, arrays))}.items()))
    np.savez(buffer, allow_pickle=False, **whole)
    return buffer.getvalue()


def write_network(path: Path, network: RailNetwork) -> None:
    """Write a network file, and the trees of its transfers beside it."""
    store.write_all(network_files(path, network))


def network_files(path: Path, network: RailNetwork) -> dict[Path, bytes]:
    """The bytes of a network file and of its trees, which come first: beside another network they do no harm."""
    # Of the network as it will be read: where two tracks meet at one point, rounding decides which is the nearest.
    return {trees_path(path): gates_bytes(locate_gates(network.rounded)), path: network_bytes(network)}


def _read_gates(network: RailNetwork, path: Path) -> Gates | None:
    """The trees in a file; None if it is missing or damaged, or belongs to another network or other transfers."""
    try:
        found = arrays_of(store.read_bytes(path, MOST_BYTES, pipes=False), _KINDS)
        if found.keys() != _KINDS.keys() or text_of(found.pop("key")) != [_key(network, found)]:
            return None
        names = tuple(text_of(found["names"]))
    except (DataError, BadArrays):
        return None  # they are a copy of what can be grown again
    count, hop, node, system, metres = (found[name] for name in ("hop_count", "hop", "node", "system", "metres"))
    if count.shape != (len(names),) or hop.ndim != 1 or (count < 0).any() or int(count.sum()) != len(hop):
        return None
    hops = tuple(tuple(part.tolist()) for part in np.split(hop, np.cumsum(count)[:-1])) if len(count) else ()
    fits = _fits(network, names, node, system, hops, metres)
    return Gates(network, b"", names, node, system, hops, metres) if fits else None


def _fits(
    network: RailNetwork,
    names: tuple[str, ...],
    node: NDArray[np.int32],
    system: NDArray[np.int32],
    hops: tuple[tuple[int, ...], ...],
    metres: NDArray[np.int32],
) -> bool:
    """Whether what a file holds can be the gates of a network."""
    sides = 2 * len(names)
    if len(hops) != len(names) or node.shape != (sides,) or system.shape != (sides,):
        return False
    if metres.shape != (sides, len(network.nodes)) or not set(names) <= {transfer.name for transfer in transfers()}:
        return False
    links = np.array([link for hop in hops for link in hop], dtype=np.int64)
    inside: list[tuple[NDArray[Any], int]] = [
        (node, len(network.nodes)),
        (system, len(GAUGE_SYSTEMS)),
        (links, len(network.metres)),
    ]
    return all(not len(ids) or (ids.min() >= 0 and ids.max() < most) for ids, most in inside) and bool(
        (metres[np.arange(sides), node] == 0).all()
    )
