"""Rails out of OpenStreetMap extracts (.osm.pbf), through pyosmium, in two readings of each file.

The first reads the ways that are rails, the second the places of their nodes and of no others: memory grows with the
rails, not with the file. Both filters run in C++; only rails reach Python.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor.errors import DataError, MissingExtra
from corridor.network import RailNetwork
from corridor.sources.junctions import settle_junctions
from corridor.sources.points import Points, read_points
from corridor.sources.rails import ISLAND_KM, Ways, is_placed, join_ways, to_graph, to_network, unplaced
from corridor.sources.tags import KEYS, Choice, read_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AT_ONCE = 1_000_000  # nodes looked up at a time

_SMALL_FILE = 300_000_000  # bytes; read in seconds, so it is rather read four times than with a table of 1.5 GB


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
    next. Where they disagree the newest counts (by the time in its header), whatever their order.

    Parameters
    ----------
    files : sequence of Path
        OSM PBF files, or others that pyosmium knows by their suffix.
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
        If a file is none of OpenStreetMap's, broken off, or there are no rails.
    MissingExtra
        If pyosmium is not installed.
    """
    osmium, choice = _load_osmium(), choice or Choice()
    stamps = {path: _stamp(osmium, path) for path in dict.fromkeys(files)}
    # Newest first; of the same time, in an order that does not depend on how they were named.
    inputs = sorted(sorted(stamps, key=lambda path: stamps[path][1]), key=lambda path: stamps[path][0], reverse=True)
    parts = []
    for path in inputs:
        progress(f"read the rails of {path.name}")
        parts.append(_read_ways(osmium, path, choice))
    ways = join_ways(parts)
    del parts
    ids = np.unique(ways.nodes)
    if len(ids) and ids[0] <= 0:
        raise DataError(f"{files[0]}: node {ids[0]}: not OpenStreetMap's data, which have ids from 1; name an extract")
    places = unplaced(len(ids))
    for path in inputs:
        progress(f"place the nodes of {path.name}")
        missing = np.flatnonzero(~is_placed(places))
        # pyosmium's table of ids is as large as the range they span, however few they are.
        for part in np.array_split(missing, 4 if path.stat().st_size < _SMALL_FILE else 1):
            if len(part):
                places[part] = _read_places(osmium, path, ids[part], choice)
    progress("look where the rails meet")
    ways, ids, places, notes = settle_junctions(ways, ids, places, _read_points(osmium, inputs), progress)
    progress("measure the rails")
    names = ", ".join(str(path) for path in files)
    graph = to_graph(ways, ids, places)
    del ways, ids, places
    origin = {
        "source": "OpenStreetMap contributors, extracts read by pyosmium",
        "licence": "ODbL-1.0",
        "files": ", ".join(path.name for path in inputs),
        "files_sha256": ", ".join(stamps[path][1] for path in inputs),
        "snapshot": ", ".join(stamps[path][0] or "unknown" for path in inputs),
        "choice": str(choice),
        **notes,
    }
    return to_network(graph, what=names, origin=origin, countries=countries, island_km=island_km, progress=progress)


def _load_osmium() -> Any:
    try:
        import osmium
    except ImportError as err:
        raise MissingExtra("pyosmium is not installed; it reads OSM PBF files: pip install 'corridor[osm]'") from err
    return osmium


def _broken(path: Path, err: RuntimeError) -> DataError:
    return DataError(f"{path}: not an OSM PBF file, or broken off ({err}); download it again")


def _file(osmium: Any, path: Path) -> Any:
    """The file for pyosmium; what is named pbf is read as such, the rest by its suffix."""
    return osmium.io.File(str(path), "pbf" if path.suffix == ".pbf" else "")


def _stamp(osmium: Any, path: Path) -> tuple[str, str]:
    """Time of the data as the header tells it (or nothing), and the hash of the file."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as err:
        raise DataError(f"{path}: cannot be read ({err.strerror or err}); check that it is a readable file") from err
    try:
        with osmium.io.Reader(_file(osmium, path), osmium.osm.NOTHING) as reader:
            return reader.header().get("osmosis_replication_timestamp", ""), digest
    except RuntimeError as err:
        raise _broken(path, err) from err


def _rail_filter(osmium: Any, choice: Choice) -> Any:
    return osmium.filter.TagFilter(*(("railway", value) for value in choice.values))


def _read_ways(osmium: Any, path: Path, choice: Choice) -> Ways:
    """The rail ways of one file."""
    ids, counts, nodes, told = array("q"), array("q"), array("q"), array("B")
    try:
        reading = osmium.FileProcessor(_file(osmium, path), osmium.osm.WAY).with_filter(_rail_filter(osmium, choice))
        for way in reading:
            if said := read_values(tuple([way.tags.get(key) for key in KEYS]), choice):
                refs = [node.ref for node in way.nodes]
                ids.append(way.id)
                counts.append(len(refs))
                nodes.extend(refs)
                told.extend(said)
    except RuntimeError as err:
        raise _broken(path, err) from err
    start = np.concatenate([[0], np.cumsum(np.frombuffer(counts, dtype=np.int64))]).astype(np.int64)
    kinds = np.frombuffer(told, dtype=np.uint8).reshape(-1, 5).T
    # Within a file too, a way counts once.
    return join_ways([Ways(np.frombuffer(ids, np.int64), start, np.frombuffer(nodes, np.int64), *kinds)])


def _read_points(osmium: Any, inputs: Sequence[Path]) -> Points:
    """What the nodes of the rails are, as the newest file that has them says."""
    try:
        return read_points(osmium, [_file(osmium, path) for path in inputs])
    except RuntimeError as err:
        raise _broken(inputs[0], err) from err


def _read_places(osmium: Any, path: Path, ids: NDArray[np.int64], choice: Choice) -> NDArray[np.int32]:
    """Places of some nodes, as far as the file tells them."""
    found = osmium.index.create_map("sparse_mem_array")
    wanted = osmium.filter.IdFilter(array("q", ids.tobytes())).enable_for(osmium.osm.NODE)
    keeper = osmium.NodeLocationsForWays(found)
    keeper.ignore_errors()
    try:
        with osmium.io.Reader(_file(osmium, path), osmium.osm.NODE | osmium.osm.WAY) as reader:
            # The rails pass too: at the first of them the keeper sorts what it holds, should the file be out of order.
            osmium.apply(reader, wanted, _rail_filter(osmium, choice).enable_for(osmium.osm.WAY), keeper)
    except RuntimeError as err:
        raise _broken(path, err) from err
    places = unplaced(len(ids))
    for begin in range(0, len(ids), _AT_ONCE):
        for i, node in enumerate(ids[begin : begin + _AT_ONCE].tolist(), start=begin):
            try:
                place = found.get(node)
            except KeyError:
                continue
            places[i] = place.x, place.y
    return places
