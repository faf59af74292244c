"""Where rails of OpenStreetMap meet: ends that all but touch are joined, lines that cross without a switch parted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from corridor.network import USAGES
from corridor.sources.crossings import part_crossings
from corridor.sources.ends import END_GAP_M, join_ends
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
    progress: Callable[[str], None] = lambda step: None,
) -> tuple[Ways, NDArray[np.int64], NDArray[np.int32], dict[str, str]]:
    """Join ends that touch other rails, and part lines that cross.

    Parameters
    ----------
    ways, ids, places
        As in :func:`corridor.sources.rails.to_graph`.
    points : Points
    progress : callable, optional
        Given what was joined, left and parted, in words, where there was anything.

    Returns
    -------
    ways, ids, places
        Likewise, of the ways that count; new nodes have ids above those that were there.
    notes : dict
        How many of each, as text for the origin of a network.
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
    parted = len(np.unique(copied))
    near = f"within {END_GAP_M:g} m of other rails that share no node with them"
    for count, text in (
        (joined, f"ends of rails {near}, joined: {joined:,}"),
        (left, f"ends of rails {near}, of another gauge or level, left as they are: {left:,}"),
        (parted, f"crossings of rails without a switch, where no path turns: {parted:,}"),
    ):
        if count:
            progress(text)
    notes = {"joined_ends": f"{joined}", "ends_left_apart": f"{left}", "parted_crossings": f"{parted}"}
    return replace(ways, start=tracks.start, nodes=ids[tracks.nodes]), ids, tracks.places, notes
