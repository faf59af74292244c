"""Ways of OpenStreetMap as arrays: what several sources have of them, joined."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from corridor.sources.tags import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_ID = 2**36
"""Five times the largest id that OpenStreetMap has; pyosmium's tables grow with ids, so there is a largest."""

_UNPLACED = 2**31 - 1  # as osmium has it: a node whose place is not known, at the edge of an extract say


@dataclass(frozen=True)
class Ways:
    """Rail ways and ferries as their source has them, also those that are left out.

    ``ids`` (w,): way ids, each once; ``start`` (w + 1,): way i runs over ``nodes[start[i]:start[i + 1]]``,
    which are node ids; ``kind`` (w,): place of what it is in ``kinds``.
    """

    ids: NDArray[np.int64]
    start: NDArray[np.int64]
    nodes: NDArray[np.int64]
    kind: NDArray[np.int32]
    kinds: tuple[Kind, ...]

    @cached_property
    def counts(self) -> NDArray[np.bool_]:
        """Which of the ways are not left out, shape (w,)."""
        return np.array([kind.counts for kind in self.kinds], dtype=bool)[self.kind]


class WayList:
    """Ways collected while a source is read, one after the other."""

    def __init__(self) -> None:
        self._ids, self._counts, self._nodes, self._kind = array("q"), array("q"), array("q"), array("i")
        self._kinds: dict[Kind, int] = {}

    def add(self, way: int, nodes: Sequence[int], kind: Kind) -> None:
        """One more way."""
        self._ids.append(way)
        self._counts.append(len(nodes))
        self._nodes.extend(nodes)
        self._kind.append(self._kinds.setdefault(kind, len(self._kinds)))

    def ways(self) -> Ways:
        """All of them as arrays, each id once: of a way that came twice, the first."""
        start = np.concatenate([[0], np.cumsum(np.frombuffer(self._counts, np.int64))]).astype(np.int64)
        ids, nodes, kind = np.frombuffer(self._ids, np.int64), np.frombuffer(self._nodes, np.int64), self._kind
        return join_ways([Ways(ids, start, nodes, np.frombuffer(kind, np.int32), tuple(self._kinds))])


def take_ways(ways: Ways, index: NDArray[np.int64] | NDArray[np.bool_]) -> Ways:
    """Some of the ways, by place or by a mask."""
    length = np.diff(ways.start)[index]
    start = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    place = np.repeat(ways.start[:-1][index] - start[:-1], length) + np.arange(start[-1])
    return Ways(ways.ids[index], start, ways.nodes[place], ways.kind[index], ways.kinds)


def join_ways(parts: Sequence[Ways]) -> Ways:
    """The ways of several sources by id; of a way in several, the first source's counts."""
    table = {kind: i for i, kind in enumerate(dict.fromkeys(kind for part in parts for kind in part.kinds))}
    recoded = [np.array([table[kind] for kind in part.kinds], dtype=np.int32)[part.kind] for part in parts]
    nothing = [np.empty(0, dtype=np.int64)]
    length = np.concatenate([np.diff(part.start) for part in parts] or nothing)
    whole = Ways(
        np.concatenate([part.ids for part in parts] or nothing),
        np.concatenate([[0], np.cumsum(length)]).astype(np.int64),
        np.concatenate([part.nodes for part in parts] or nothing),
        np.concatenate(recoded or [np.empty(0, dtype=np.int32)]),
        tuple(table),
    )
    _, chosen = np.unique(whole.ids, return_index=True)
    return take_ways(whole, chosen)


def numbered(ways: Ways, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each node of each way in turn: the place of the way, and of the node in some ascending ids."""
    return np.repeat(np.arange(len(ways.ids)), np.diff(ways.start)), np.searchsorted(ids, ways.nodes)


def unplaced(count: int) -> NDArray[np.int32]:
    """Places of nodes in units of 1e-7 degrees, none of them known yet, shape (count, 2)."""
    return np.full((count, 2), _UNPLACED, dtype=np.int32)


def is_placed(places: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which of the nodes have a place."""
    return np.asarray(places[:, 0] != _UNPLACED)
