"""What extracts hold of rails, through pyosmium, in several readings of each file.

The first reads the ways that are rails, the next the places of their nodes and of no others: memory grows with the
rails, not with the file. All filters run in C++; only rails reach Python. Damage can end the process that reads, so
:mod:`corridor.sources.pbf` has it done in another.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from corridor.errors import DataError
from corridor.sources import lifecycle
from corridor.sources.extracts import Extract, broken, history, load_osmium, repeated, with_header
from corridor.sources.points import VALUES as POINTS
from corridor.sources.points import Points, point_of, points_of
from corridor.sources.tags import FERRIES, KEYS, Choice, Kind, read_values
from corridor.sources.ways import LARGEST_ID, WayList, Ways, is_placed, join_ways, unplaced

if TYPE_CHECKING:
    from numpy.typing import NDArray

Tell = Callable[[Path, str], None]
"""Called with a file and what is done with it."""

_AT_ONCE = 1_000_000  # nodes looked up at a time

_ENTRY = 16  # bytes of a node in pyosmium's table

_SMALL_FILE = 300_000_000  # bytes; read in seconds, so it is rather read four times than with a table of 1.5 GB

_WORLD = (1_800_000_000, 900_000_000)  # longitude and latitude at most, in units of 1e-7 degrees


class Reading(NamedTuple):
    """What extracts hold: their rails, ids (ascending) and places of the rails' nodes, what these nodes are.

    ``files``: the extracts, newest first, with what their headers say.
    """

    files: tuple[Extract, ...]
    ways: Ways
    ids: NDArray[np.int64]
    places: NDArray[np.int32]
    points: Points


class Located(NamedTuple):
    """Nodes whose places stand on the ways of a file: ids, ascending, and places in units of 1e-7 degrees."""

    ids: NDArray[np.int64]
    places: NDArray[np.int32]


def read_extracts(files: Sequence[Extract], choice: Choice, tell: Tell) -> Reading:
    """The rails of extracts; where these disagree the newest counts.

    Raises
    ------
    DataError
        If a file holds several versions, or cannot be read.
    """
    osmium = load_osmium()
    headed = []
    for file in files:
        tell(file.path, "")
        with _reading(file):
            headed.append(with_header(osmium, file))
    # Newest first; of the same time, in an order that does not depend on how they were named.
    inputs = sorted(sorted(headed, key=lambda file: file.sha256), key=lambda file: file.stamp, reverse=True)
    parts, located = [], []
    for file in inputs:
        tell(file.path, f"read the rails of {file.path.name}")
        ways, places_there = _read_ways(osmium, file, choice)
        parts.append(ways)
        located.append(places_there)
    ways = join_ways(_with_later_lives(osmium, inputs, parts, tell))
    del parts
    ids = np.unique(ways.nodes)
    places = unplaced(len(ids))
    for file, places_there in zip(inputs, located, strict=True):
        tell(file.path, f"place the nodes of {file.path.name}")
        missing = np.flatnonzero(~is_placed(places))
        places[missing] = _located(ids[missing], places_there)
        missing = missing[~is_placed(places[missing])]
        # pyosmium's table of ids is as large as the range they span, however few they are.
        for part in np.array_split(missing, 4 if file.real.stat().st_size < _SMALL_FILE else 1):
            if len(part):
                places[part] = _read_places(osmium, file, ids[part], choice)
    return Reading(tuple(inputs), ways, ids, places, _read_points(osmium, inputs, tell))


@contextmanager
def _reading(file: Extract) -> Iterator[None]:
    """Turn whatever pyosmium raises while a file is read into one line on the file."""
    try:
        yield
    except DataError:
        raise
    except UnicodeDecodeError as err:
        raise broken(file.path, "text that is not UTF-8") from err
    except MemoryError as err:
        raise broken(file.path, "it takes more memory than there is") from err
    except Exception as err:  # pyosmium raises what C++ throws, as many kinds
        raise broken(file.path, " ".join(str(err).split())[:200] or type(err).__name__) from err


def _looked_at(osmium: Any, choice: Choice) -> tuple[Any, Any]:
    """Two filters that only rails and ferries pass, one after the other: by key, which is quick, then by value."""
    lives = [key for word in lifecycle.WORDS for key in (f"{word}:railway", f"railway:{word}")]
    values = {
        "railway": (*choice.values, *lifecycle.VALUES, *FERRIES),
        "route": FERRIES,
        **dict.fromkeys(lives, choice.values),
    }
    pairs = [(key, value) for key, some in values.items() for value in some]
    return osmium.filter.KeyFilter(*values), osmium.filter.TagFilter(*pairs)


def _read_ways(osmium: Any, file: Extract, choice: Choice) -> tuple[Ways, Located]:
    """The rail ways and ferries of one file, also those not in use; and places, should they stand on the ways."""
    found, versions, seen = WayList(), array("q"), array("q")
    nodes, degrees = array("q"), array("q")
    by_key, by_value = _looked_at(osmium, choice)
    with _reading(file):
        for way in osmium.FileProcessor(file.open(osmium), osmium.osm.WAY).with_filter(by_key).with_filter(by_value):
            if way.deleted:
                raise history(file.path, f"way {way.id} is deleted in it")
            # Not key by key: pyosmium looks a key up in what may be damaged, without a check.
            tags = {tag.k: tag.v for tag in way.tags}
            if len(tags) < len(way.tags):
                raise broken(file.path, f"way {way.id} has a key twice")
            if kind := read_values(tuple(map(tags.get, KEYS)), choice):
                refs = way.nodes
                found.add(way.id, [node.ref for node in refs], kind)
                seen.append(way.id)
                versions.append(way.version)
                if file.located or (len(refs) and refs[0].location.valid()):
                    for node in refs:
                        if node.location.valid():
                            nodes.append(node.ref)
                            degrees.extend((node.location.x, node.location.y))
    _check_ids(file, "way", np.frombuffer(seen, np.int64))
    if (twice := repeated(np.frombuffer(seen, np.int64), np.frombuffer(versions, np.int64))) is not None:
        raise history(file.path, f"way {twice} stands in it with two versions")
    ids, first = np.unique(np.frombuffer(nodes, np.int64), return_index=True)
    places = np.frombuffer(degrees, np.int64).reshape(-1, 2)[first].astype(np.int32)
    ways = found.ways()
    _check_ids(file, "node", ways.nodes)
    return ways, Located(ids, places)


def _check_ids(file: Extract, kind: str, ids: NDArray[np.int64]) -> None:
    """Refuse what is not OpenStreetMap's own: an editor numbers what is new from -1 down; damage leaves any number."""
    for wrong in (ids[(ids <= 0) | (ids > LARGEST_ID)][:1]).tolist():
        raise DataError(
            f"{file.path}: {kind} {wrong}: not OpenStreetMap's data, which have ids from 1 to {LARGEST_ID:,}; "
            "name an extract"
        )


def _with_later_lives(osmium: Any, inputs: Sequence[Extract], parts: Sequence[Ways], tell: Tell) -> list[Ways]:
    """The ways of each file, newest first, and those that an older file has as rails and this one as something else."""
    out = []
    for i, (file, part) in enumerate(zip(inputs, parts, strict=True)):
        older = [
            other.ids[other.counts]
            for then, other in zip(inputs[i + 1 :], parts[i + 1 :], strict=True)
            if then.stamp < file.stamp
        ]
        doubtful = np.setdiff1d(np.concatenate([np.empty(0, np.int64), *older]), part.ids)
        out.append(part)
        if len(doubtful):
            tell(file.path, f"look for later lives of rails in {file.path.name}")
            out.append(_read_other_lives(osmium, file, doubtful))
    return out


def _read_other_lives(osmium: Any, file: Extract, ids: NDArray[np.int64]) -> Ways:
    """Ways of a file that are no rails there, or none that were asked for, by id."""
    found, no_rail = WayList(), Kind(notes=(("left_out", f"other tags in the newer {file.path.name}"),))
    wanted = osmium.filter.IdFilter(array("q", ids.tobytes()))
    with _reading(file):
        for way in osmium.FileProcessor(file.open(osmium), osmium.osm.WAY).with_filter(wanted):
            found.add(way.id, [node.ref for node in way.nodes], no_rail)
    return found.ways()


def _read_points(osmium: Any, inputs: Sequence[Extract], tell: Tell) -> Points:
    """What the nodes of the rails are, as the newest file that has them says."""
    tagged = osmium.filter.TagFilter(*(("railway", value) for value in POINTS))
    found = _points(osmium, inputs, tagged, tell)
    if len(inputs) > 1 and found:
        # A newer file may have a node without the tag.
        ids = array("q", sorted({node for node, _ in found if 0 < node <= LARGEST_ID}))
        found = _points(osmium, inputs, osmium.filter.IdFilter(ids), tell)
    return points_of(found)


def _points(osmium: Any, inputs: Sequence[Extract], wanted: Any, tell: Tell) -> list[tuple[int, str | None]]:
    """The nodes that pass a filter, and what they are; newest file first."""
    found = []
    for file in inputs:
        tell(file.path, "")
        with _reading(file):
            for node in osmium.FileProcessor(file.open(osmium), osmium.osm.NODE).with_filter(wanted):
                found.append((node.id, point_of({tag.k: tag.v for tag in node.tags})))  # noqa: PERF401 - faults name the file
    return found


def _located(ids: NDArray[np.int64], known: Located) -> NDArray[np.int32]:
    """Places of some nodes, as far as they stand on the ways of a file."""
    places = unplaced(len(ids))
    if len(known.ids):
        at = np.minimum(np.searchsorted(known.ids, ids), len(known.ids) - 1)
        there = known.ids[at] == ids
        places[there] = known.places[at[there]]
    return places


def _read_places(osmium: Any, file: Extract, ids: NDArray[np.int64], choice: Choice) -> NDArray[np.int32]:
    """Places of some nodes, as far as the file has them."""
    found = osmium.index.create_map("sparse_mem_array")
    wanted = osmium.filter.IdFilter(array("q", ids.tobytes())).enable_for(osmium.osm.NODE)
    keeper = osmium.NodeLocationsForWays(found)
    keeper.ignore_errors()
    # The rails pass too: at the first of them the keeper sorts what it holds, should the file be out of order.
    ways = [filter_.enable_for(osmium.osm.WAY) for filter_ in _looked_at(osmium, choice)]
    with _reading(file), osmium.io.Reader(file.open(osmium), osmium.osm.NODE | osmium.osm.WAY) as reader:
        osmium.apply(reader, wanted, *ways, keeper)
    places = unplaced(len(ids))
    for begin in range(0, len(ids), _AT_ONCE):
        for i, node in enumerate(ids[begin : begin + _AT_ONCE].tolist(), start=begin):
            try:
                place = found.get(node)
            except KeyError:
                continue
            places[i] = place.x, place.y
    if (wrong := np.flatnonzero(is_placed(places) & (np.abs(places.astype(np.int64)) > _WORLD).any(axis=1))).size:
        lon, lat = places[wrong[0]] * 1e-7
        raise broken(file.path, f"node {ids[wrong[0]]} lies at {lon:.1f}, {lat:.1f}, out of the world")
    if found.used_memory() > _ENTRY * np.count_nonzero(is_placed(places)):
        _refuse_versions(osmium, file, ids)
    return places


def _refuse_versions(osmium: Any, file: Extract, ids: NDArray[np.int64]) -> None:
    """Refuse a file that has nodes more than once, in different versions or deleted."""
    wanted = osmium.filter.IdFilter(array("q", ids.tobytes()))
    seen, versions, places = array("q"), array("q"), array("q")
    with _reading(file):
        for node in osmium.FileProcessor(file.open(osmium), osmium.osm.NODE).with_filter(wanted):
            if node.deleted:
                raise history(file.path, f"node {node.id} is deleted in it")
            seen.append(node.id)
            versions.append(node.version)
            places.append((node.location.x << 32) + node.location.y)
    if (twice := repeated(np.frombuffer(seen, np.int64), np.frombuffer(versions, np.int64))) is not None:
        raise history(file.path, f"node {twice} stands in it with two versions")
    if (twice := repeated(np.frombuffer(seen, np.int64), np.frombuffer(places, np.int64))) is not None:
        raise broken(file.path, f"node {twice} stands in it at two places")
