"""Rails asked of an Overpass server, through OSMnx, square by square.

OSMnx asks, waits for its turn and keeps each answer in a cache; the answers themselves are read from there, by the
same rules as an extract. The graph that OSMnx would make of them is one for streets: it leaves out the tags that
``useful_tags_way`` does not list, gauge among them, and holds a continent in dictionaries.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from corridor import store
from corridor.errors import DownloadError, OutputError
from corridor.network import RailNetwork
from corridor.sources import lifecycle
from corridor.sources.areas import Cell, cells
from corridor.sources.junctions import settle_junctions
from corridor.sources.notes import notes_of
from corridor.sources.overpass import Failure, Server, ask
from corridor.sources.points import point_of, points_of
from corridor.sources.rails import ISLAND_KM, to_graph, to_network
from corridor.sources.tags import FERRIES, OFF_THE_LINE, Choice, read_way
from corridor.sources.ways import WayList, Ways, join_ways, take_ways, unplaced

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GIVE_UP_AFTER = 2  # squares in a row that did not arrive


class Answer(NamedTuple):
    """What one answer holds: ways; ids and places of nodes as in :func:`~corridor.sources.rails.to_graph`; its date.

    ``points``: nodes that are crossings, switches or buffer stops, and which.
    """

    ways: Ways
    ids: NDArray[np.int64]
    places: NDArray[np.int32]
    points: list[tuple[int, str | None]]
    snapshot: str


def cache_folder() -> Path | None:
    """Folder for answers, in that of :func:`corridor.store.cache_folder`; None if there is none of it."""
    folder = store.cache_folder()
    return folder and folder / "overpass"


@contextmanager
def _folder_for_answers(given: Path | None) -> Iterator[tuple[Path, str]]:
    """The folder given, or the cache, or one for this run alone where there can be no cache; and what a failure says.

    OSMnx needs a folder in any case.
    """
    folder = given or cache_folder()
    if folder is not None and given is None and not folder.is_dir():
        try:
            store.make_folder(folder)
        except OutputError:
            folder = None
    if folder is not None:
        yield folder, f"kept in {folder}: run the same command again to go on from there"
    else:
        with tempfile.TemporaryDirectory(prefix="corridor-") as name:
            yield Path(name), "not kept, as there is no cache: name a folder for them with --cache"


def download_network(
    area: Any,
    *,
    cache: Path | None = None,
    server: Server | None = None,
    countries: Path | None = None,
    choice: Choice | None = None,
    island_km: float = ISLAND_KM,
    progress: Callable[[str], None] = lambda step: None,
) -> RailNetwork:
    """Make a network of the rails in an area, asked of an Overpass server.

    Every answer is kept; a second run asks only for what is missing, on whatever day. Name another cache, or
    empty it, for new data.

    Parameters
    ----------
    area : shapely Polygon or MultiPolygon
        WGS84 ``lon, lat``. Ways with a node in it are taken, as a whole.
    cache : Path, optional
        Folder for the answers, by default :func:`cache_folder`; they are not kept where that cannot be made.
    server : Server, optional
    countries, choice, island_km
        As for :func:`~corridor.sources.pbf.import_network`.
    progress : callable, optional
        Told the name of each step.

    Returns
    -------
    RailNetwork

    Raises
    ------
    DownloadError
        If a part of the area did not arrive; the message names it.
    DataError
        If the area is too large, or without rails.
    MissingExtra
        If OSMnx is not installed.
    """
    choice, server = choice or Choice(), server or Server()
    squares = cells(area)
    rails = query(choice)
    # By what was asked, not of whom or how patiently: another server can go on where the first gave up.
    with _folder_for_answers(cache) as (folder, kept):
        part = folder / hashlib.sha256(rails.encode()).hexdigest()[:12]
        answers = _ask_all(squares, rails, part, server, choice, progress, kept)
    ids, first = np.unique(np.concatenate([answer.ids for answer in answers]), return_index=True)
    places = np.concatenate([answer.places for answer in answers])[first]
    ways = join_ways([answer.ways for answer in answers])
    # A node that an answer names and does not place: it has none.
    lacking = np.setdiff1d(ways.nodes, ids)
    ids, places = np.append(ids, lacking), np.vstack([places, unplaced(len(lacking))])
    order = np.argsort(ids)
    ids, places = ids[order], places[order]
    snapshots = sorted({answer.snapshot for answer in answers})
    origin = {
        "source": "OpenStreetMap contributors, asked of an Overpass server through OSMnx",
        "licence": "ODbL-1.0",
        "area": area.wkt if len(area.wkt) < 500 else f"{len(squares)} squares, sha256 {_digest(area.wkt)}",
        "snapshot": f"{snapshots[0]} to {snapshots[-1]}",
        "choice": str(choice),
    }
    ways = _within(ways, ids, places, area)
    origin |= notes_of(ways, ids, places, source="the answers")
    points = points_of(node for answer in answers for node in answer.points)
    ways, ids, places, notes = settle_junctions(ways, ids, places, points)
    origin |= notes
    graph = to_graph(ways, ids, places)
    what = f"the area {','.join(f'{degree:g}' for degree in area.bounds)}"
    return to_network(graph, what=what, origin=origin, countries=countries, island_km=island_km, progress=progress)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _ask_all(
    squares: list[Cell],
    rails: str,
    folder: Path,
    server: Server,
    choice: Choice,
    progress: Callable[[str], None],
    whereabouts: str,
) -> list[Answer]:
    """The answers for all squares, from the cache or the server; a DownloadError if any is missing.

    ``whereabouts``: where those are that did arrive, in words.
    """
    answers, failed, in_a_row = [], {}, 0
    for number, square in enumerate(squares, start=1):
        progress(f"[{number}/{len(squares)}] rails of {_name(square)}")
        kept = folder / "_".join(map(str, square))
        answer = _read_kept(kept, choice)
        if answer is None:
            try:
                ask(square, rails, kept, server)
                answer = _read_kept(kept, choice)
                if answer is None:
                    raise Failure("the answer holds no rails and no word of why")
            except Failure as err:
                failed[square], in_a_row = str(err), in_a_row + 1
                if err.final or in_a_row == _GIVE_UP_AFTER:
                    break
                continue
        answers.append(answer)
        in_a_row = 0
    if failed:
        why = "; ".join(f"{_name(square)}: {reason}" for square, reason in list(failed.items())[:3])
        asked = len(answers) + len(failed)
        more = f"; {len(squares) - asked} not asked" if asked < len(squares) else ""
        raise DownloadError(
            f"{len(failed)} of {len(squares)} squares did not arrive ({why}{more}); the {len(answers)} that did are "
            f"{whereabouts}"
        )
    return answers


def _name(square: Cell) -> str:
    return ",".join(map(str, square))


def query(choice: Choice) -> str:
    """What is asked for, in the language of Overpass: the filters of some sets of ways, one a line.

    Rails in use, rails in another state of their lives, and ferries; the last two are few.
    """
    rails, lives = "|".join(choice.values), "|".join(lifecycle.WORDS)
    kinds = f'["railway"~"^({rails})$"]'
    if not choice.service:
        kinds += f'["service"!~"^({"|".join(OFF_THE_LINE)})$"]'
    return "\n".join(
        (
            kinds,
            f'["railway"~"^({"|".join((*lifecycle.VALUES, *FERRIES))})$"]',
            f'[~"^(({lives}):railway|railway:({lives}))$"~"^({rails})$"]',
            f'["route"~"^({"|".join(FERRIES)})$"]',
        )
    )


def _within(ways: Ways, ids: NDArray[np.int64], places: NDArray[np.int32], area: Any) -> Ways:
    """The ways with a node in the area: what asking for it as a whole would give, however it was cut."""
    import shapely

    shapely.prepare(area)
    inside = shapely.contains_xy(area, *(places.T * 1e-7))[np.searchsorted(ids, ways.nodes)]
    way = np.repeat(np.arange(len(ways.ids)), np.diff(ways.start))
    keep = np.bincount(way, weights=inside, minlength=len(ways.ids)) > 0
    return take_ways(ways, keep)


# ---------------------------------------------------------------- reading what was kept


def _read_kept(kept: Path, choice: Choice) -> Answer | None:
    """The answer in a folder of the cache; one that is cut short, by a run that was killed say, is removed."""
    try:
        for file in sorted(kept.glob("*.json")):
            try:
                whole = json.loads(file.read_bytes())
                return _read_answer(whole, choice)
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
                file.unlink()
    except OSError as err:
        raise OutputError(f"{kept}: cannot be used ({err.strerror or err}); name another --cache") from err
    return None


def _read_answer(whole: dict[str, Any], choice: Choice) -> Answer:
    """Ways and nodes of an answer of Overpass."""
    found, node_ids, degrees = WayList(), array("q"), array("d")
    points: list[tuple[int, str | None]] = []
    for element in whole["elements"]:
        if element["type"] == "node":
            node_ids.append(element["id"])
            degrees.extend((element["lon"], element["lat"]))
            if what := point_of(element.get("tags", {})):
                points.append((int(element["id"]), what))
        elif element["type"] == "way" and (kind := read_way(element.get("tags", {}), choice)):
            found.add(element["id"], element["nodes"], kind)
    ids, first = np.unique(np.frombuffer(node_ids, np.int64), return_index=True)
    lonlat = np.frombuffer(degrees, np.float64).reshape(-1, 2)[first]
    if not (np.abs(lonlat) <= (180, 90)).all():
        raise ValueError("coordinates out of range")
    places = np.rint(lonlat * 1e7).astype(np.int32)
    return Answer(found.ways(), ids, places, points, str(whole.get("osm3s", {}).get("timestamp_osm_base", "unknown")))
