"""What nodes of OpenStreetMap's rails are: crossings without a switch, switches, buffer stops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

VALUES = ("railway_crossing", "switch", "buffer_stop")
"""Values of ``railway`` on such nodes."""


class Points(NamedTuple):
    """Ids of nodes by their tag ``railway``, each ascending: ``railway_crossing``, ``switch``, ``buffer_stop``."""

    crossings: NDArray[np.int64]
    switches: NDArray[np.int64]
    stops: NDArray[np.int64]


def point_of(tags: Mapping[str, str]) -> str | None:
    """Which of these a node is; a crossing that names a switch (``railway:switch``) is a slip switch."""
    value = tags.get("railway")
    if value == "railway_crossing" and tags.get("railway:switch", "no") != "no":
        return "switch"
    return value if value in VALUES else None


def points_of(nodes: Iterable[tuple[int, str | None]]) -> Points:
    """The points among some nodes, given with what they are; of a node given twice the first counts."""
    first: dict[int, str | None] = {}
    for node, what in nodes:
        first.setdefault(node, what)
    return Points(*(np.array(sorted(n for n, what in first.items() if what == v), np.int64) for v in VALUES))
