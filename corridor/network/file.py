"""The npz file of a network: bytes, reading, the embedded one."""

from __future__ import annotations

import io
import json
import os
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor import arguments, store
from corridor.errors import BadValue, DataError
from corridor.locks import READING
from corridor.network.model import DAYS, DEGREE, GAUGE_BASES, PER_LINK, USAGES, RailNetwork
from corridor.network.npz import arrays_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 2
"""Version of the file format; a file of another version is refused."""

_AGAIN = "make it again with `corridor network build`, `import` or `download`"


def network_bytes(network: RailNetwork) -> bytes:
    """A network as the bytes of an npz file; the same network gives the same bytes."""
    buffer = io.BytesIO()
    origin = np.array(json.dumps(dict(network.origin), sort_keys=True))
    # Stored, not deflated: it loads seven times as fast, and stays under 4 MB.
    np.savez(buffer, allow_pickle=False, format=np.array(FORMAT), origin=origin, **network.stored())
    return buffer.getvalue()


def read_network(path: Path) -> RailNetwork:
    """Read a network from an npz file.

    Raises
    ------
    DataError
        If the file is missing, damaged or of another version.
    """
    raw = store.read_bytes(path)
    try:
        found = arrays_of(raw, io.BytesIO(raw))
        if int(found["format"]) != FORMAT:
            raise DataError(f"{path}: network format {int(found['format'])}, this version reads {FORMAT}; {_AGAIN}")
        factor = found["length_factor"].tolist()
        arrays: dict[str, Any] = {name: found[name] for name in _AS_STORED}
        arrays |= {name: found[name] for name in DAYS if name in found}
        network = RailNetwork(
            nodes=found["nodes"] * DEGREE,
            bends=found["bends"] * DEGREE,
            countries=tuple(found["countries"].tolist()),
            origin=dict(json.loads(str(found["origin"])).items()),
            length_factor=(factor[0], factor[1], factor[2]),
            file=path,
            **arrays,
        )
        if not len(network.metres):
            raise DataError(f"{path}: a network of no links; {_AGAIN}")
        if problem := _shape_problem(network):
            raise DataError(f"{path}: damaged ({problem}); {_AGAIN}")
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        EOFError,
        OSError,
        TypeError,
        IndexError,
        AttributeError,
        NotImplementedError,
    ) as err:
        if isinstance(err, DataError):
            raise
        raise DataError(f"{path}: not a rail network, or damaged ({err}); {_AGAIN}") from err
    return network


_AS_STORED = ("ends", "bend_start", *(name for name in PER_LINK if name not in DAYS))


def _shape_problem(network: RailNetwork) -> str | None:
    links = len(network.metres)
    shapes: dict[str, tuple[int, ...]] = {
        "ends": (links, 2),
        "nodes": (len(network.nodes), 2),
        "bends": (len(network.bends), 2),
        "bend_start": (links + 1,),
    }
    shapes |= {name: (links,) for name in (*_AS_STORED, *DAYS) if name not in shapes}
    if wrong := [name for name, shape in shapes.items() if getattr(network, name).shape != shape]:
        return f"arrays of different length or shape: {', '.join(wrong)}"
    if not all(getattr(network, name).dtype.kind in "iub" for name in (*_AS_STORED, *DAYS)):
        return "numbers that should be whole are not"
    return _content_problem(network)


def _content_problem(network: RailNetwork) -> str | None:
    links, start = len(network.metres), network.bend_start
    if links and network.metres.min() < 1:
        return "a link of no length"
    if not (_within(network.nodes) and _within(network.bends)):
        return "coordinates out of range"
    low, high = network.length_factor[1:]
    if not 0.5 < low <= network.length_factor[0] <= high < 2:
        return "a length factor that cannot be"
    if links and not (network.ends.min() >= 0 and network.ends.max() < len(network.nodes)):
        return "a link ends at no node"
    if start[0] != 0 or start[-1] != len(network.bends) or (np.diff(start) < 0).any():
        return "geometry out of order"
    limits = {"country": len(network.countries), "gauge_basis": len(GAUGE_BASES), "usage": len(USAGES)}
    for name, limit in limits.items():
        kinds = getattr(network, name)
        if links and not (kinds.min() >= 0 and kinds.max() < limit):
            return f"a link of no {name.replace('_', ' ')} that is known"
    if (network.ends[:, 0] == network.ends[:, 1]).any():
        return "a link that ends where it begins"
    return None


def _within(lonlat: NDArray[np.float64]) -> bool:
    """Whether all points are degrees; longitudes may go on beyond 180."""
    sides = zip(lonlat.T, (360, 90), strict=True)
    return all(not len(side) or (side.min() >= -limit and side.max() <= limit) for side, limit in sides)


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
        return _read(file, store.stamp(file))


def network_path(path: Path | str | None = None) -> Path:
    """The file that :func:`load_network` reads."""
    given = path if path is not None else os.environ.get("CORRIDOR_NETWORK") or None
    return store.data_file("routes/network.npz") if given is None else arguments.path(given, "a network")


@lru_cache(maxsize=4)
def _read(file: Path, _: store.Stamp) -> RailNetwork:
    return read_network(file)


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
