"""The transfers of one network: their nodes, the rails between their stations, and a tree from each.

Every way that changes gauge passes transfers, so the trees grown from their stations, each over the rails of one
gauge, serve all pairs of places. They may stand in a file beside the network, keyed by its hash.
"""

from __future__ import annotations

import hashlib
import io
import mmap
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from corridor import store
from corridor.network import GAUGE_SYSTEMS, RailNetwork, arrays_of, nearest_rail, network_bytes
from corridor.places import station_place
from corridor.transfers import Transfer, transfers
from corridor.trees import ANY_GAUGE, grow, rails, tree_over, walk_back

if TYPE_CHECKING:
    from numpy.typing import NDArray

STATION_LIMIT_KM = 5.0
"""A transfer is on a network if rails of each of its gauges come this near to its stations."""

HOP_LIMIT_KM = 100.0
"""The two stations of a transfer are never farther apart than this by rail."""


class Gates(NamedTuple):
    """Transfers on a network; side 2i is the first station of ``names[i]``, side 2i + 1 the second.

    ``node``, ``system`` (2k,): where each side lies, and its place in GAUGE_SYSTEMS; ``hop``: links between the
    two stations, from the first to the second; ``metres`` (2k, n): the tree of each side.
    """

    names: tuple[str, ...]
    node: NDArray[np.int32]
    system: NDArray[np.int32]
    hop: tuple[tuple[int, ...], ...]
    metres: NDArray[np.int32]


@lru_cache(maxsize=16)
def gates_of(network: RailNetwork, shut: bytes = b"") -> Gates:
    """The transfers of a network and their trees, read from beside it or grown.

    Parameters
    ----------
    network : RailNetwork
    shut : bytes
        Closed links, as in :func:`corridor.trees.rails`.
    """
    if not shut and network.file is not None and (kept := _read_gates(network, trees_path(network.file))) is not None:
        return kept
    return grow_gates(network, shut)


def grow_gates(network: RailNetwork, shut: bytes = b"") -> Gates:
    """The transfers of a network and their trees, grown anew where the closed links have a part in them."""
    whole = gates_of(network) if shut else None
    names, nodes, systems, hops = [], [], [], []
    for transfer in transfers():
        found = _located(network, transfer) if whole is None else _left(network, whole, transfer.name, shut)
        if found is None:
            continue
        names.append(transfer.name)
        nodes += found[0]
        systems += found[1]
        hops.append(found[2])
    metres = np.empty((len(nodes), len(network.nodes)), dtype=np.int32)
    missing: dict[int, list[int]] = {}
    for i, (node, system) in enumerate(zip(nodes, systems, strict=True)):
        known = None if whole is None else _unharmed(network, whole, node, system, shut)
        if known is None:
            missing.setdefault(system, []).append(i)
        else:
            metres[i] = known
    for system, sides in missing.items():
        metres[sides] = grow(network, system, shut, [nodes[i] for i in sides])
    metres.flags.writeable = False
    return Gates(tuple(names), np.array(nodes, np.int32), np.array(systems, np.int32), tuple(hops), metres)


def _unharmed(network: RailNetwork, whole: Gates, node: int, system: int, shut: bytes) -> NDArray[np.int32] | None:
    """The tree of a node with all links open, if no way in it uses a closed link."""
    for i in np.flatnonzero((whole.node == node) & (whole.system == system)).tolist():
        metres: NDArray[np.int32] = whole.metres[i]
        closed = np.flatnonzero(rails(network, system) & ~rails(network, system, shut))
        away = metres[network.ends[closed]]
        used = (away >= 0).all(axis=1) & (np.abs(away[:, 0] - away[:, 1]) == network.metres[closed])
        if not used.any():
            return metres
    return None


def _located(network: RailNetwork, transfer: Transfer) -> tuple[list[int], list[int], tuple[int, ...]] | None:
    """Nodes, gauge systems and hop of a transfer; None if the network does not reach it."""
    nodes, systems = [], []
    for key, mm in zip(transfer.stations, transfer.gauges_mm, strict=True):
        place, system = station_place(key), next(i for i, gauges in enumerate(GAUGE_SYSTEMS) if mm in gauges)
        snap = nearest_rail(network, place.lon, place.lat, rails(network, system))
        if snap is None or snap.gap_km > STATION_LIMIT_KM:
            return None
        nodes.append(int(network.ends[snap.link, round(snap.share)]))
        systems.append(system)
    last = ((nodes[1], 0),)
    metres = tree_over(network, ANY_GAUGE, last, reach_km=HOP_LIMIT_KM)
    if not 0 <= metres[nodes[0]] <= HOP_LIMIT_KM * 1000:
        return None
    _, links = walk_back(network, rails(network, ANY_GAUGE), metres, nodes[0], last)
    return nodes, systems, tuple(links)


def _left(
    network: RailNetwork, whole: Gates, name: str, shut: bytes
) -> tuple[list[int], list[int], tuple[int, ...]] | None:
    """The same, of a transfer located before; None if its hop is closed."""
    if name not in whole.names:
        return None
    i = whole.names.index(name)
    if not rails(network, ANY_GAUGE, shut)[list(whole.hop[i])].all():
        return None
    return whole.node[2 * i : 2 * i + 2].tolist(), whole.system[2 * i : 2 * i + 2].tolist(), whole.hop[i]


# ---------------------------------------------------------------- file


def trees_path(network_file: Path) -> Path:
    """Where the trees of a network file stand: beside it."""
    return network_file.with_suffix(".trees.npz")


def _key(network: RailNetwork) -> str:
    """Hash of what the trees depend on: the network, and the stations and gauges of the transfers."""
    stations = [[(place.lon, place.lat) for place in map(station_place, t.stations)] for t in transfers()]
    known = [(t.name, t.gauges_mm) for t in transfers()]
    return hashlib.sha256(f"{network.digest} {known} {stations}".encode()).hexdigest()


def gates_bytes(network: RailNetwork, gates: Gates) -> bytes:
    """Trees as the bytes of an npz file; the same trees give the same bytes."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        allow_pickle=False,
        hop=np.array([link for hop in gates.hop for link in hop], np.int32),
        hop_count=np.array([len(hop) for hop in gates.hop], np.int32),
        key=np.array(_key(network)),
        metres=gates.metres,
        names=np.array(gates.names),
        node=gates.node,
        system=gates.system,
    )
    return buffer.getvalue()


def write_network(path: Path, network: RailNetwork) -> None:
    """Write a network file, and the trees of its transfers beside it."""
    trees, whole = gates_bytes(network, grow_gates(network)), network_bytes(network)
    store.write(trees_path(path), trees)  # first: they do no harm beside another network, whose hash they do not bear
    store.write(path, whole)


def _read_gates(network: RailNetwork, path: Path) -> Gates | None:
    """The trees in a file; None if there is none, or it belongs to another network or other transfers."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            raw = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            found = arrays_of(raw, file)
        if str(found["key"]) != _key(network):
            return None
        ends = np.cumsum(found["hop_count"])[:-1]
        hops = tuple(tuple(part.tolist()) for part in np.split(found["hop"], ends))
        names, node, system, metres = tuple(found["names"].tolist()), found["node"], found["system"], found["metres"]
        if not _fits(network, names, node, system, hops, metres):
            return None
        return Gates(names, node, system, hops, metres)
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError):
        return None  # they are a copy of what can be grown again


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
    if metres.shape != (sides, len(network.nodes)) or metres.dtype != np.int32:
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
