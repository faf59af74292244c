"""Rails out of OpenStreetMap extracts (.osm.pbf), through pyosmium, in two readings of each file.

The first reads the ways that are rails, the second the places of their nodes and of no others: memory grows with the
rails, not with the file. Both filters run in C++; only rails reach Python.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from corridor.errors import DataError
from corridor.network import RailNetwork
from corridor.sources import lifecycle
from corridor.sources.extracts import Extract, broken, history, load_osmium, open_extract, repeated
from corridor.sources.junctions import settle_junctions
from corridor.sources.notes import notes_of
from corridor.sources.points import Points, read_points
from corridor.sources.rails import ISLAND_KM, to_graph, to_network
from corridor.sources.tags import FERRIES, KEYS, Choice, Kind, read_values
from corridor.sources.ways import WayList, Ways, is_placed, join_ways, unplaced

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AT_ONCE = 1_000_000  # nodes looked up at a time

_ENTRY = 16  # bytes of a node in pyosmium's table

_SMALL_FILE = 300_000_000  # bytes; read in seconds, so it is rather read four times than with a table of 1.5 GB


class Located(NamedTuple):
    """Nodes whose places stand on the ways of a file: ids, ascending, and places in units of 1e-7 degrees."""

    ids: NDArray[np.int64]
    places: NDArray[np.int32]


def import_network(
    files: Sequence[Path],
    *,
    countries: Path | None = None,
    choice: Choice | None = None,
    island_km: float = ISLAND_KM,
    progress: Callable[[str], None] = lambda step: None,
) -> RailNetwork:
    """Make a network of the rails in OpenStreetMap extracts.

    Extracts may overlap: what stands in several counts once, and rails that one of them cuts go on in the
    next. Where they disagree the newest counts (by the time in its header), whatever their order, also where it has
    a way that is no longer a rail. A way that it does not have at all may lie outside it, so an older file's counts.

    What is left out because it is not in use, what cannot be read, and nodes that no file has are counted in the
    network's ``origin``, with kilometres.

    Parameters
    ----------
    files : sequence of Path
        OSM PBF files, or others that pyosmium knows (XML, o5m, OPL), whatever their names.
    countries : Path, optional
        ``countries-10m.json`` of world-atlas 2.0.2; by default the outlines of the data, whose borders are
        some kilometres off.
    choice : Choice, optional
        Which rails are read, and how.
    island_km : float
        Rails of one gauge that hang together over less than this are left out, unless that is all there is.
    progress : callable, optional
        Told the name of each step.

    Returns
    -------
    RailNetwork

    Raises
    ------
    DataError
        If a file is no extract (a history or a change file say), broken off, or there are no rails.
    MissingExtra
        If pyosmium is not installed.
    """
    osmium, choice = load_osmium(), choice or Choice()
    opened = [open_extract(osmium, path) for path in dict.fromkeys(files)]
    # Newest first; of the same time, in an order that does not depend on how they were named.
    inputs = sorted(sorted(opened, key=lambda file: file.sha256), key=lambda file: file.stamp, reverse=True)
    parts, located = [], []
    for file in inputs:
        progress(f"read the rails of {file.path.name}")
        ways, places_there = _read_ways(osmium, file, choice)
        parts.append(ways)
        located.append(places_there)
    ways = join_ways(_with_later_lives(osmium, inputs, parts, progress))
    del parts
    ids = np.unique(ways.nodes)
    if len(ids) and ids[0] <= 0:
        raise DataError(f"{files[0]}: node {ids[0]}: not OpenStreetMap's data, which have ids from 1; name an extract")
    places = unplaced(len(ids))
    for file, places_there in zip(inputs, located, strict=True):
        progress(f"place the nodes of {file.path.name}")
        missing = np.flatnonzero(~is_placed(places))
        places[missing] = _located(ids[missing], places_there)
        missing = missing[~is_placed(places[missing])]
        # pyosmium's table of ids is as large as the range they span, however few they are.
        for part in np.array_split(missing, 4 if file.path.stat().st_size < _SMALL_FILE else 1):
            if len(part):
                places[part] = _read_places(osmium, file, ids[part], choice)
    names = ", ".join(str(path) for path in files)
    origin = {
        "source": "OpenStreetMap contributors, extracts read by pyosmium",
        "licence": "ODbL-1.0",
        "files": ", ".join(file.path.name for file in inputs),
        "files_sha256": ", ".join(file.sha256 for file in inputs),
        "snapshot": ", ".join(file.stamp or "unknown" for file in inputs),
        "choice": str(choice),
        **notes_of(ways, ids, places, source="the file" if len(inputs) == 1 else "the files"),
    }
    progress("look where the rails meet")
    ways, ids, places, notes = settle_junctions(ways, ids, places, _read_points(osmium, inputs))
    origin |= notes
    progress("measure the rails")
    graph = to_graph(ways, ids, places)
    del ways, ids, places
    return to_network(graph, what=names, origin=origin, countries=countries, island_km=island_km, progress=progress)


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
    try:
        for way in osmium.FileProcessor(file.open(osmium), osmium.osm.WAY).with_filter(by_key).with_filter(by_value):
            if way.deleted:
                raise history(file.path, f"way {way.id} is deleted in it")
            tags = way.tags
            if kind := read_values(tuple([tags.get(key) for key in KEYS]), choice):
                refs = way.nodes
                found.add(way.id, [node.ref for node in refs], kind)
                seen.append(way.id)
                versions.append(way.version)
                if file.located or (len(refs) and refs[0].location.valid()):
                    for node in refs:
                        if node.location.valid():
                            nodes.append(node.ref)
                            degrees.extend((node.location.x, node.location.y))
    except RuntimeError as err:
        raise broken(file.path, err) from err
    if (twice := repeated(np.frombuffer(seen, np.int64), np.frombuffer(versions, np.int64))) is not None:
        raise history(file.path, f"way {twice} stands in it with two versions")
    ids, first = np.unique(np.frombuffer(nodes, np.int64), return_index=True)
    places = np.frombuffer(degrees, np.int64).reshape(-1, 2)[first].astype(np.int32)
    return found.ways(), Located(ids, places)


def _with_later_lives(
    osmium: Any, inputs: Sequence[Extract], parts: Sequence[Ways], progress: Callable[[str], None]
) -> list[Ways]:
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
            progress(f"look for later lives of rails in {file.path.name}")
            out.append(_read_other_lives(osmium, file, doubtful))
    return out


def _read_other_lives(osmium: Any, file: Extract, ids: NDArray[np.int64]) -> Ways:
    """Ways of a file that are no rails there, or none that were asked for, by id."""
    found, no_rail = WayList(), Kind(notes=(("left_out", f"other tags in the newer {file.path.name}"),))
    wanted = osmium.filter.IdFilter(array("q", ids.tobytes()))
    try:
        for way in osmium.FileProcessor(file.open(osmium), osmium.osm.WAY).with_filter(wanted):
            found.add(way.id, [node.ref for node in way.nodes], no_rail)
    except RuntimeError as err:
        raise broken(file.path, err) from err
    return found.ways()


def _read_points(osmium: Any, inputs: Sequence[Extract]) -> Points:
    """What the nodes of the rails are, as the newest file that has them says."""
    try:
        return read_points(osmium, [file.open(osmium) for file in inputs])
    except RuntimeError as err:
        raise broken(inputs[0].path, err) from err


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
    try:
        with osmium.io.Reader(file.open(osmium), osmium.osm.NODE | osmium.osm.WAY) as reader:
            osmium.apply(reader, wanted, *ways, keeper)
    except RuntimeError as err:
        raise broken(file.path, err) from err
    places = unplaced(len(ids))
    for begin in range(0, len(ids), _AT_ONCE):
        for i, node in enumerate(ids[begin : begin + _AT_ONCE].tolist(), start=begin):
            try:
                place = found.get(node)
            except KeyError:
                continue
            places[i] = place.x, place.y
    if found.used_memory() > _ENTRY * np.count_nonzero(is_placed(places)):
        _refuse_versions(osmium, file, ids)
    return places


def _refuse_versions(osmium: Any, file: Extract, ids: NDArray[np.int64]) -> None:
    """Refuse a file that has nodes more than once, in different versions or deleted."""
    wanted = osmium.filter.IdFilter(array("q", ids.tobytes()))
    seen, versions = array("q"), array("q")
    for node in osmium.FileProcessor(file.open(osmium), osmium.osm.NODE).with_filter(wanted):
        if node.deleted:
            raise history(file.path, f"node {node.id} is deleted in it")
        seen.append(node.id)
        versions.append(node.version)
    if (twice := repeated(np.frombuffer(seen, np.int64), np.frombuffer(versions, np.int64))) is not None:
        raise history(file.path, f"node {twice} stands in it with two versions")
