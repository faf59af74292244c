"""Where rails of OpenStreetMap meet: ends that all but touch are joined, lines that cross without a switch parted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from corridor.network import USAGES
from corridor.sources.crossings import part_crossings
from corridor.sources.ends import join_ends
from corridor.sources.points import Points
from corridor.sources.tags import WORD_BASIS
from corridor.sources.tracks import Tracks
from corridor.sources.ways import Ways, numbered, take_ways

if TYPE_CHECKING:
    from numpy.typing import NDArray


def settle_junctions(
    ways: Ways,
    ids: NDArray[np.int64],
    places: NDArray[np.int32],
    points: Points,
) -> tuple[Ways, NDArray[np.int64], NDArray[np.int32], dict[str, str]]:
    """Join ends that touch other rails, and part lines that cross.

    Parameters
    ----------
    ways, ids, places
        As in :func:`corridor.sources.rails.to_graph`.
    points : Points

    Returns
    -------
    ways, ids, places
        Likewise, of the ways that count; new nodes have ids above those that were there.
    notes : dict
        How many ends were joined and left apart, and crossings parted, by the keys of COUNTS in
        :mod:`corridor.sources.notes`.
    """
    halved = np.intersect1d(points.crossings, take_ways(ways, ~ways.counts).nodes)
    at = [np.flatnonzero(np.isin(ids, some, kind="sort")) for some in (*points, halved)]
    crossings, switches, stops, halved = at
    ways = take_ways(ways, ways.counts)
    # "1435/broad" may be any gauge as yet: what the word means is known with the country.
    known = [(kind.gauge if kind.gauge_basis < WORD_BASIS else 0, kind.level) for kind in ways.kinds]
    gauge, level = np.array(known, np.int64).reshape(-1, 2)[ways.kind].T
    tracks = Tracks(ways.start, numbered(ways, ids)[1], places, gauge, level)
    tracks, joined, left = join_ends(tracks, stops)
    # Trains change between quays and ships where the two meet: no line crosses there.
    ferries = np.array([kind.usage for kind in ways.kinds], np.int64)[ways.kind] == USAGES.index("ferry")
    quays = np.unique(tracks.nodes[ferries[tracks.way]])
    tracks, copied = part_crossings(tracks, crossings, np.union1d(switches, quays), halved)
    ids = np.concatenate([ids, ids[-1:] + 1 + np.arange(len(copied))])
    notes = {"joined_ends": f"{joined}", "ends_left_apart": f"{left}", "parted_crossings": f"{len(np.unique(copied))}"}
    return replace(ways, start=tracks.start, nodes=ids[tracks.nodes]), ids, tracks.places, notes
