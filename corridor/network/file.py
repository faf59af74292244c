"""The npz file of a network: bytes, reading, the embedded one."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor import arguments, store, texts
from corridor.errors import BadValue, DataError
from corridor.locks import READING
from corridor.memory import Memory
from corridor.network.model import (
    DAYS,
    DEGREE,
    GAUGE_BASES,
    GAUGES_MM,
    MEMORY_BYTES,
    PER_LINK,
    TRAITS,
    USAGES,
    RailNetwork,
)
from corridor.network.npz import BadArrays, arrays_of, text_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 2
"""Version of the file format; a file of another version is refused."""

_NETWORKS = Memory(5 * MEMORY_BYTES)
"""Networks that were read, with what may be computed from them: four as large as the embedded one."""

_AGAIN = "make it again with `corridor network build`, `import` or `download`"


def network_bytes(network: RailNetwork) -> bytes:
    """A network as the bytes of an npz file; the same network gives the same bytes."""
    buffer = io.BytesIO()
    origin = np.array(json.dumps(dict(network.origin), sort_keys=True))
    # Stored, not deflated: it loads seven times as fast, and stays under 4 MB.
    np.savez(buffer, allow_pickle=False, format=np.array(FORMAT), origin=origin, **network.stored())
    return buffer.getvalue()


MOST_BYTES = 2**30
"""No network file, and no file of its trees, is read that is longer; the embedded one has 4 MB."""

_KINDS = {
    "bend_start": "<i4",
    "bends": "<i4",
    "checked": "|b1",
    "closed": "<i4",
    "countries": "<U",
    "country": "|u1",
    "ends": "<i4",
    "format": "<i8",
    "gauge": "|u1",
    "gauge_basis": "|u1",
    "length_factor": "<f8",
    "mended": "|b1",
    "metres": "<i4",
    "nodes": "<i4",
    "opened": "<i4",
    "origin": "<U",
    "traits": "|u1",
    "usage": "|u1",
}
"""Types of the arrays of a file; days may be missing."""


def read_network(path: Path) -> RailNetwork:
    """Read a network from an npz file.

    Raises
    ------
    DataError
        If the file is missing, too long, damaged or of another version, or is no regular file.
    """
    raw = store.read_bytes(path, MOST_BYTES, pipes=False)
    try:
        found = arrays_of(raw, _KINDS)
        if "format" in found and found["format"].shape == () and found["format"] != FORMAT:
            raise DataError(f"{path}: network format {found['format']}, this version reads {FORMAT}; {_AGAIN}")
        problem = _problem(found)
    except BadArrays as err:
        raise DataError(f"{path}: not a rail network, or damaged ({texts.bare(err)}); {_AGAIN}") from err
    if (origin := _origin(found.get("origin"))) is None:
        problem = problem or "its origin is no list of texts"
    if problem:
        raise DataError(f"{path}: damaged ({problem}); {_AGAIN}")
    if not len(found["metres"]):
        raise DataError(f"{path}: a network of no links; {_AGAIN}")
    best, low, high = found["length_factor"].tolist()
    arrays: dict[str, Any] = {name: found[name] for name in ("ends", "bend_start", *PER_LINK) if name in found}
    return RailNetwork(
        nodes=found["nodes"] * DEGREE,
        bends=found["bends"] * DEGREE,
        countries=tuple(text_of(found["countries"])),
        origin=origin or {},
        length_factor=(best, low, high),
        file=path,
        **arrays,
    )


def _origin(array: NDArray[Any] | None) -> dict[str, str] | None:
    """What a network was made from; None if what a file says of it is no JSON object of texts."""
    try:
        (text,) = text_of(array) if array is not None and array.shape == () else []
        origin = store.json_of(text)
    except ValueError:
        return None
    sound = isinstance(origin, dict) and all(isinstance(value, str) for value in origin.values())
    return origin if sound else None


def _problem(found: Mapping[str, NDArray[Any]]) -> str | None:
    """What is wrong with the arrays of a file, in words."""
    if missing := [name for name in _KINDS if name not in found and name not in DAYS]:
        return f"it lacks {', '.join(missing)}"
    links = len(found["metres"]) if found["metres"].ndim else -1
    shapes: dict[str, tuple[int, ...]] = {
        "bend_start": (links + 1,),
        "bends": (len(found["bends"]) if found["bends"].ndim else -1, 2),
        "countries": (found["countries"].size,),
        "ends": (links, 2),
        "format": (),
        "length_factor": (3,),
        "nodes": (len(found["nodes"]) if found["nodes"].ndim else -1, 2),
        "origin": (),
    }
    shapes |= dict.fromkeys(PER_LINK, (links,))
    if wrong := [name for name, array in found.items() if array.shape != shapes[name]]:
        return f"arrays of different length or shape: {', '.join(wrong)}"
    return _content_problem(found)


def _content_problem(found: Mapping[str, NDArray[Any]]) -> str | None:
    links, start, bends, nodes = (found[name] for name in ("ends", "bend_start", "bends", "nodes"))
    low, high = found["length_factor"].tolist()[1:]
    countries = text_of(found["countries"])
    limits = {"country": len(countries), "gauge_basis": len(GAUGE_BASES), "usage": len(USAGES)}
    limits |= {"traits": 1 << len(TRAITS), "gauge": 1 << len(GAUGES_MM)}
    checks = {
        f"a link of no length, or longer than {LONGEST_LINK_KM:,} km": _between(
            found["metres"], 1, LONGEST_LINK_KM * 1000
        ),
        "coordinates out of range": all(
            _between(array[:, i], -most, most) for array in (nodes, bends) for i, most in enumerate(_WORLD)
        ),
        "a length factor that cannot be": 0.5 < low <= found["length_factor"][0] <= high < 2,
        "a link ends at no node": _between(links, 0, len(nodes) - 1),
        "a link that ends where it begins": (links[:, 0] != links[:, 1]).all(),
        "geometry out of order": (
            _between(start, 0, len(bends)) and start[0] == 0 and start[-1] == len(bends) and (np.diff(start) >= 0).all()
        ),
        "countries that are no codes of two letters, or stand there twice": (
            len(set(countries)) == len(countries) and all(re.fullmatch("[A-Z]{2}", code) for code in countries)
        ),
        "a link that is neither mended or checked nor not": all(
            _between(found[name].view(np.uint8), 0, 1) for name in ("mended", "checked")
        ),
        "a day that is none": all(_between(found[name], 0, date.max.toordinal()) for name in DAYS if name in found),
    }
    checks |= {
        f"a link of no {name.replace('_', ' ')} that is known": _between(found[name], 0, limit - 1)
        for name, limit in limits.items()
    }
    return next((problem for problem, holds in checks.items() if not holds), None)


LONGEST_LINK_KM = 20_000
"""A link that is longer goes more than half round the Earth."""

_WORLD = (round(360 / DEGREE), round(90 / DEGREE))
"""Coordinates as a file holds them lie within these; longitudes may go on beyond 180 degrees."""


def _between(array: NDArray[Any], low: int, high: int) -> bool:
    """Whether all numbers lie within these two, inclusive."""
    return not array.size or (int(array.min()) >= low and int(array.max()) <= high)


def load_network(path: Path | str | None = None) -> RailNetwork:
    """The embedded rail network of Eurasia, or another one.

    Parameters
    ----------
    path : path-like, optional
        An npz file made by this package; by default the one that ``CORRIDOR_NETWORK`` names, or else
        data/routes/network.npz (OpenStreetMap data, ODbL). A file is read again only after it has changed.

    Returns
    -------
    RailNetwork

    Raises
    ------
    DataError
        If the file is missing, damaged or of another version.
    BadValue
        If what is given is no path.
    """
    file = network_path(path).absolute()  # a relative path means another file once the working folder has changed
    with READING:  # threads that ask at once share one network, and all that is kept for it
        return _NETWORKS.get((file, store.stamp(file)), lambda: read_network(file))


def network_path(path: Path | str | None = None) -> Path:
    """The file that :func:`load_network` reads."""
    given = path if path is not None else os.environ.get("CORRIDOR_NETWORK") or None
    return store.data_file("routes/network.npz") if given is None else arguments.path(given, "a network")


def as_network(given: RailNetwork | Path | str | None) -> RailNetwork:
    """The network meant by an argument: itself, that of a file, or by default as from :func:`load_network`.

    Raises
    ------
    BadValue
        If it is neither.
    DataError
        If the file cannot be read.
    """
    if isinstance(given, RailNetwork):
        return given
    if given is None or isinstance(given, str | os.PathLike):
        return load_network(given)
    raise BadValue(f"network cannot be {arguments.shown(given)}: give a RailNetwork or the path of its npz file")
