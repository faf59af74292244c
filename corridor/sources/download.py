"""Rails asked of an Overpass server, through OSMnx, square by square.

OSMnx asks and waits for its turn; each answer is kept, and read by the same rules as an extract. The graph that OSMnx
would make of them is one for streets: it leaves out the tags that ``useful_tags_way`` does not list, gauge among them,
and holds a continent in dictionaries.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from corridor import store
from corridor.errors import DownloadError, OutputError
from corridor.network import RailNetwork
from corridor.sources import lifecycle
from corridor.sources.apart import Helper
from corridor.sources.areas import Cell, cells
from corridor.sources.junctions import settle_junctions
from corridor.sources.notes import notes_of
from corridor.sources.overpass import MOST_BYTES, Failure, Server, ask, checked
from corridor.sources.points import point_of, points_of
from corridor.sources.rails import ISLAND_KM, to_graph, to_network
from corridor.sources.tags import FERRIES, OFF_THE_LINE, Choice, read_way
from corridor.sources.ways import LARGEST_ID, WayList, Ways, join_ways, take_ways, unplaced

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GIVE_UP_AFTER = 2  # squares in a row that did not arrive

_MOST_KEPT = 6 * MOST_BYTES  # in a file, where OSMnx writes what is not ASCII as six characters


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
    """Folder for answers, in that of :func:`corridor.store.cache_folder`; None where there is or can be none."""
    folder = store.cache_folder()
    try:
        return folder and store.make_folder(folder / "overpass")
    except OutputError:
        return None


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
        Folder for the answers, by default :func:`cache_folder`.
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
    BadValue
        If the server's address is no text, or its timeout or pause no number of seconds up to a day.
    MissingExtra
        If OSMnx is not installed.
    """
    choice, server = choice or Choice(), checked(server or Server())
    squares = cells(area)
    rails = query(choice)
    # By what was asked, not of whom or how patiently: another server can go on where the first gave up.
    folder = cache or cache_folder()
    kept = None if folder is None else folder / store.sha256(rails.encode())[:12]
    answers = _ask_all(squares, rails, kept, server, choice, progress)
    ids, first = np.unique(np.concatenate([answer.ids for answer in answers]), return_index=True)
    places = np.concatenate([answer.places for answer in answers])[first]
    ways = join_ways([answer.ways for answer in answers])
    # A node that an answer names and does not place: it has none.
    lacking = np.setdiff1d(ways.nodes, ids)
    ids, places = np.append(ids, lacking), np.vstack([places, unplaced(len(lacking))])
    order = np.argsort(ids)
    ids, places = ids[order], places[order]
    snapshots = sorted({answer.snapshot for answer in answers})
    text = area.wkt
    origin = {
        "source": "OpenStreetMap contributors, asked of an Overpass server through OSMnx",
        "licence": "ODbL-1.0",
        "area": text if len(text) < 500 else f"{len(squares)} squares, sha256 {store.sha256(text.encode())}",
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


def _ask_all(
    squares: list[Cell],
    rails: str,
    folder: Path | None,
    server: Server,
    choice: Choice,
    progress: Callable[[str], None],
) -> list[Answer]:
    """The answers for all squares, from the cache or the server; a DownloadError if any is missing."""
    answers, failed, in_a_row = [], {}, 0
    with Helper() as helper:
        for number, square in enumerate(squares, start=1):
            progress(f"[{number}/{len(squares)}] rails of {_name(square)}")
            kept = None if folder is None else folder / "_".join(map(str, square))
            answer = _read_kept(kept, choice) if kept else None
            if answer is None:
                try:
                    content = ask(helper, square, rails, server)
                    answer = _parse(content, choice)
                    if answer is None:
                        raise Failure("the answer holds no rails and no word of why")
                except Failure as err:
                    failed[square], in_a_row = str(err), in_a_row + 1
                    if err.final or in_a_row == _GIVE_UP_AFTER:
                        break
                    continue
                if kept:
                    _keep(kept, content)
            answers.append(answer)
            in_a_row = 0
    if failed:
        why = "; ".join(f"{_name(square)}: {reason}" for square, reason in list(failed.items())[:3])
        asked = len(answers) + len(failed)
        more = f"; {len(squares) - asked} not asked" if asked < len(squares) else ""
        goes_on = (
            f"the {len(answers)} that did are kept in {folder.parent}: run the same command again to go on from there"
            if folder
            else "nothing is kept, as there is no cache folder: name one with --cache"
        )
        raise DownloadError(f"{len(failed)} of {len(squares)} squares did not arrive ({why}{more}); {goes_on}")
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


# ---------------------------------------------------------------- answers, and keeping them


def _read_kept(kept: Path, choice: Choice) -> Answer | None:
    """The answer in the folder of a square, in a file named by its SHA-256, so that damage shows.

    Whatever else is there, an answer that is cut short or a pipe, is removed.
    """
    try:
        kept.mkdir(parents=True, exist_ok=True)
        for file in sorted(kept.glob("*.json")):
            content = file.read_bytes() if file.is_file() and file.stat().st_size <= _MOST_KEPT else b""
            if store.sha256(content) == file.stem and (answer := _parse(content, choice)):
                return answer
            with suppress(OSError):  # a folder, say: writing there will say so
                file.unlink()
    except OSError as err:
        raise OutputError(f"{kept}: cannot be used ({err.strerror or err}); name another --cache") from err
    return None


def _keep(kept: Path, content: bytes) -> None:
    """Write an answer where :func:`_read_kept` finds it."""
    try:
        store.write(kept / f"{store.sha256(content)}.json", content)
    except OutputError as err:
        raise OutputError(f"{err}: name another --cache") from err


def _parse(content: bytes, choice: Choice) -> Answer | None:
    """What the bytes of an answer say; None if they are none."""
    try:
        return _read_answer(store.json_of(content), choice)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None


def _read_answer(whole: dict[str, Any], choice: Choice) -> Answer:
    """Ways and nodes of an answer of Overpass."""
    found, node_ids, degrees = WayList(), array("q"), array("d")
    points: list[tuple[int, str | None]] = []
    seen: dict[tuple[str, int], Any] = {}
    for element in whole["elements"]:
        if element["type"] not in ("node", "way"):
            continue
        number, tags = element["id"], element.get("tags", {})
        _check(type(number) is int and 0 < number <= LARGEST_ID, "id")
        _check(all(isinstance(value, str) for value in tags.values()), "tags")
        _check(seen.setdefault((element["type"], number), element) == element, "twice, and not the same")
        if element["type"] == "node":
            node_ids.append(number)
            place = element["lon"], element["lat"]
            _check(all(type(degree) in (int, float) for degree in place), "place")
            degrees.extend(place)
            if what := point_of(tags):
                points.append((number, what))
        elif kind := read_way(tags, choice):
            refs = element["nodes"]
            _check(all(type(ref) is int and 0 < ref <= LARGEST_ID for ref in refs), "nodes")
            found.add(number, refs, kind)
    ids, first = np.unique(np.frombuffer(node_ids, np.int64), return_index=True)
    lonlat = np.frombuffer(degrees, np.float64).reshape(-1, 2)[first]
    _check(bool((np.abs(lonlat) <= (180, 90)).all()), "place")  # also not where it is no number
    places = np.rint(lonlat * 1e7).astype(np.int32)
    snapshot = whole.get("osm3s", {}).get("timestamp_osm_base")
    dated = isinstance(snapshot, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z", snapshot)
    return Answer(found.ways(), ids, places, points, str(snapshot) if dated else "unknown")


def _check(fits: bool, what: str) -> None:
    if not fits:
        raise ValueError(what)
