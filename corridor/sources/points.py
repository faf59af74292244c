"""What nodes of OpenStreetMap's rails are: crossings without a switch, switches, buffer stops."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_VALUES = ("railway_crossing", "switch", "buffer_stop")


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
    return value if value in _VALUES else None


def points_of(nodes: Iterable[tuple[int, str | None]]) -> Points:
    """The points among some nodes, given with what they are; of a node given twice the first counts."""
    first: dict[int, str | None] = {}
    for node, what in nodes:
        first.setdefault(node, what)
    return Points(*(np.array(sorted(n for n, what in first.items() if what == v), np.int64) for v in _VALUES))


def read_points(osmium: Any, files: Sequence[Any]) -> Points:
    """The points in some files, newest first; what the newest file that has a node says of it counts.

    Only nodes with such a tag reach Python.

    Parameters
    ----------
    osmium : module
    files : sequence of osmium.io.File

    Raises
    ------
    RuntimeError
        pyosmium's, if a file cannot be read.
    """
    tagged = osmium.filter.TagFilter(*(("railway", value) for value in _VALUES))
    found = [
        (node.id, point_of(dict(node.tags)))
        for file in files
        for node in osmium.FileProcessor(file, osmium.osm.NODE).with_filter(tagged)
    ]
    if len(files) > 1 and found:
        # A newer file may have a node without the tag.
        ids = array("q", sorted({node for node, _ in found}))
        found = [
            (node.id, point_of(dict(node.tags)))
            for file in files
            for node in osmium.FileProcessor(file, osmium.osm.NODE).with_filter(osmium.filter.IdFilter(ids))
        ]
    return points_of(found)
