"""What a reading of OpenStreetMap leaves out, cannot read, or misses: counted with kilometres, in words.

The words travel in the network's ``origin``, under the keys of NOTES: the commands print them,
``corridor network info`` lists them, and a :class:`~corridor.errors.NoPath` that is caused by them quotes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from corridor.geo import geodesic_km
from corridor.network import USAGES
from corridor.sources.ends import END_GAP_M
from corridor.sources.ways import Ways, is_placed, numbered, take_ways

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTES = {
    "left_out": "left out",
    "no_freight": "without freight",
    "ferries": "train ferries, which a path uses only with --ferries",
    "unread_gauges": "gauge cannot be read, so is unknown",
    "other_gauges": "of another gauge than paths use",
    "unread_days": "date cannot be read, so is unknown",
    "missing_nodes": "missing",
}
"""Keys of ``origin``, and what to call their content."""

_NEAR = f"ends of rails within {END_GAP_M:g} m of other rails that share no node with them"

COUNTS = {
    "joined_ends": f"{_NEAR}, joined",
    "ends_left_apart": f"{_NEAR}, of another gauge or level, left as they are",
    "parted_crossings": "crossings of rails without a switch, where no path turns",
}
"""Likewise, of numbers, which may be 0."""

_MOST = 30  # values listed

_LONGEST = 60  # characters of a value that are shown

_FERRY = USAGES.index("ferry")


def note_lines(origin: Mapping[str, str]) -> list[str]:
    """The notes of a network, one line each; none if nothing was noted."""
    return [f"{name}: {origin[key]}" for key, name in (NOTES | COUNTS).items() if origin.get(key, "0") not in ("", "0")]


def notes_of(ways: Ways, ids: NDArray[np.int64], places: NDArray[np.int32], *, source: str) -> dict[str, str]:
    """What there is to note of some ways, by the keys of NOTES.

    Parameters
    ----------
    ways : Ways
        Also those that are left out.
    ids, places
        As for :func:`~corridor.sources.rails.to_graph`.
    source : str
        Where missing nodes are missing: "the file", say.
    """
    noted = np.array([bool(kind.notes or kind.usage == _FERRY) for kind in ways.kinds], dtype=bool)
    part = take_ways(ways, np.flatnonzero(noted[ways.kind]))
    km, kinds = _lengths(part, ids, places).tolist(), [part.kinds[i] for i in part.kind.tolist()]
    tags: dict[str, list[tuple[str, float]]] = {key: [] for key in NOTES}
    for kind, length in zip(kinds, km, strict=True):
        for key, tag in kind.notes:
            tags[key].append((tag, length))
    found = {key: sums(parts) for key, parts in tags.items()}
    found["ferries"] = _ferries(
        [(way, length) for way, kind, length in zip(part.ids.tolist(), kinds, km, strict=True) if kind.usage == _FERRY]
    )
    found["missing_nodes"] = _missing(ways, ids, places, source)
    return {key: text for key, text in found.items() if text}


def sums(parts: Iterable[tuple[str, float]]) -> str:
    """Tracks and kilometres by tag, the longest first: "disused=yes on 2 tracks, 3.4 km; ..."."""
    total: dict[str, tuple[int, float]] = {}
    for tag, km in parts:
        tracks, before = total.get(tag, (0, 0.0))
        total[tag] = tracks + 1, before + km
    ranked = sorted(total.items(), key=lambda item: (-item[1][1], item[0]))
    words = [f"{shown(tag)} on {counted(tracks, 'track')}, {km:,.1f} km" for tag, (tracks, km) in ranked[:_MOST]]
    if rest := ranked[_MOST:]:
        tracks, km = (sum(sizes) for sizes in zip(*(size for _, size in rest), strict=True))
        words.append(f"{len(rest):,} other values on {counted(int(tracks), 'track')}, {km:,.1f} km")
    return "; ".join(words)


def shown(tag: str) -> str:
    """A tag as a message shows it: whole if it is short and plain."""
    key, is_, value = tag.partition("=")
    if not is_:
        return tag
    short = value if len(value) <= _LONGEST else value[:_LONGEST] + "..."
    plain = value.isprintable() and value == value.strip() and not set(value) & set(";,'\"")
    return f"{key}={short}" if plain else f"{key}={short!r}"


def counted(number: int, word: str) -> str:
    """A number of things: "1 track", "1,200 tracks"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _ferries(found: Sequence[tuple[int, float]]) -> str:
    """Ferries by way and length, the longest first."""
    ranked = sorted(found, key=lambda ferry: (-ferry[1], ferry[0]))
    more = [f"{len(ranked) - _MOST:,} more"] if len(ranked) > _MOST else []
    return ", ".join([*(f"way {way} of {km:,.1f} km" for way, km in ranked[:_MOST]), *more])


def _lengths(ways: Ways, ids: NDArray[np.int64], places: NDArray[np.int32]) -> NDArray[np.float64]:
    """Length of each way, as far as its nodes have places [km], shape (w,)."""
    way, number = numbered(ways, ids)
    placed = is_placed(places)[number]
    step = np.flatnonzero((way[1:] == way[:-1]) & placed[1:] & placed[:-1])
    one, other = places[number[step]] * 1e-7, places[number[step + 1]] * 1e-7
    return np.bincount(way[step], geodesic_km(*one.T, *other.T), len(ways.ids)).astype(np.float64)


def _missing(ways: Ways, ids: NDArray[np.int64], places: NDArray[np.int32], source: str) -> str:
    """How many nodes of ways that count have no place."""
    part = take_ways(ways, ways.counts)
    way, number = numbered(part, ids)
    lacking = ~is_placed(places)[number]
    nodes, of_ways = len(np.unique(number[lacking])), len(np.unique(way[lacking]))
    if not nodes:
        return ""
    return f"{counted(nodes, 'node')} of {counted(of_ways, 'way')} {'is' if nodes == 1 else 'are'} not in {source}"
