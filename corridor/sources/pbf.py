"""Rails out of OpenStreetMap extracts (.osm.pbf): read in a process of their own, made a network here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from corridor.network import RailNetwork
from corridor.sources.apart import Died, Helper
from corridor.sources.extracts import broken, load_osmium, open_extract
from corridor.sources.junctions import settle_junctions
from corridor.sources.notes import notes_of
from corridor.sources.rails import ISLAND_KM, to_graph, to_network
from corridor.sources.reading import Reading, read_extracts
from corridor.sources.tags import Choice


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
    load_osmium()
    read = _read([Path(path) for path in dict.fromkeys(files)], choice or Choice(), progress)
    inputs, ways, ids, places, points = read
    names = ", ".join(str(path) for path in files)
    origin = {
        "source": "OpenStreetMap contributors, extracts read by pyosmium",
        "licence": "ODbL-1.0",
        "files": ", ".join(file.path.name for file in inputs),
        "files_sha256": ", ".join(file.sha256 for file in inputs),
        "snapshot": ", ".join(file.stamp or "unknown" for file in inputs),
        "choice": str(choice or Choice()),
        **notes_of(ways, ids, places, source="the file" if len(inputs) == 1 else "the files"),
    }
    progress("look where the rails meet")
    ways, ids, places, notes = settle_junctions(ways, ids, places, points)
    origin |= notes
    progress("measure the rails")
    graph = to_graph(ways, ids, places)
    del read, ways, ids, places
    return to_network(graph, what=names, origin=origin, countries=countries, island_km=island_km, progress=progress)


def _read(files: Sequence[Path], choice: Choice, progress: Callable[[str], None]) -> Reading:
    """What extracts hold, read in another process: damage that ends it is a fault of the file that it was at."""
    extracts = [open_extract(path) for path in files]
    at = files[0]

    def tell(path: Path, step: str) -> None:
        nonlocal at
        at = path
        if step:
            progress(step)

    with Helper() as helper:
        try:
            reading: Reading = helper.call(read_extracts, extracts, choice, tell=tell)
        except Died as err:
            raise broken(at, f"it ended the process that read it: {err}") from err
        except MemoryError as err:
            raise broken(at, "it takes more memory than there is") from err
    return reading
