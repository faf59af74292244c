"""Files of OpenStreetMap: which kind they are, by their content and not by their name, and what is refused.

An extract is a map of one day. A history file holds every version of each object, a change file what was changed:
neither is a map. Other files are named for what they are, so that a failed download or a mix-up is seen at once.
"""

from __future__ import annotations

import bz2
import hashlib
import os
import re
import stat
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from corridor.errors import DataError, MissingExtra
from corridor.sources.blobs import fault_of_text, has_zero_in_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HEAD = 4096  # bytes looked at

_CHANGES = "a change file, which holds what was changed and not the map; apply it to an extract (osmium apply-changes)"
_HISTORY = (
    "a history file, which holds every version of each object; take the map of one day from it "
    "(osmium time-filter FILE 2025-01-01T00:00:00Z -o day.osm.pbf)"
)

_MAGIC = (
    (b"PK\x03\x04", "a zip archive", "unpack it and name the extract in it"),
    (b"\xfd7zXZ\x00", "an xz archive", "unpack it and name the extract in it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it and name the extract in it"),
    (b"(\xb5/\xfd", "a zstd archive", "unpack it and name the extract in it"),
    (b"Rar!", "a rar archive", "unpack it and name the extract in it"),
    (b"\x00\x00'\n", "a shapefile, which lacks tags", "name an extract (.osm.pbf)"),
    (b"SQLite format 3", "an SQLite database, a GeoPackage say", "name an extract (.osm.pbf)"),
    (b"%PDF", "a PDF document", "name an extract (.osm.pbf)"),
    (b"PAR1", "a Parquet file", "name an extract (.osm.pbf)"),
    (b"\x89HDF", "an HDF file", "name an extract (.osm.pbf)"),
    (b"version https://git-lfs", "a pointer of Git LFS", "fetch the file itself (git lfs pull)"),
    (b"\x93NUMPY", "a numpy array", "name an extract (.osm.pbf)"),
)

_TAR_AT = 257  # bytes before a tar archive says what it is


class Extract(NamedTuple):
    """A file that can be read.

    ``format``: as pyosmium names it; ``stamp``: time of its data, as its header says, or nothing; ``sha256`` of the
    file; ``located``: whether the places of nodes stand on the ways; ``real``: its path for another process, to which
    /dev/stdin is another file.
    """

    path: Path
    real: Path
    format: str
    sha256: str
    stamp: str = ""
    located: bool = False

    def open(self, osmium: Any) -> Any:
        """The file for pyosmium."""
        return osmium.io.File(str(self.real), self.format)


def load_osmium() -> Any:
    """The package pyosmium.

    Raises
    ------
    MissingExtra
        If it is not installed.
    """
    try:
        import osmium
    except ImportError as err:
        raise MissingExtra("pyosmium is not installed; it reads OSM PBF files: pip install 'corridor[osm]'") from err
    return osmium


def broken(path: Path, err: str, do: str = "download it again") -> DataError:
    """What to raise where a file cannot be read as an extract."""
    return DataError(f"{path}: not an OSM PBF file, or broken off ({err}); {do}")


def open_extract(path: Path) -> Extract:
    """A file of which the kind is known; its header is still to be read.

    Raises
    ------
    DataError
        If it is no extract.
    """
    try:
        kind = path.stat().st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):  # of a folder the system says it
            raise broken(path, "it is a pipe or device, and an extract is read several times", "save it to a file")
        with path.open("rb") as file:
            head = file.read(_HEAD)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        form = _format(path, head)
        if form == "pbf" and has_zero_in_text(path):
            raise broken(path, "text with a zero byte")
        if fault := fault_of_text(path, form):
            raise broken(path, fault)
    except (OSError, ValueError) as err:
        if isinstance(err, DataError):
            raise
        why = getattr(err, "strerror", None) or err  # a ValueError for a name that no file can have
        raise DataError(f"{path}: cannot be read ({why}); check that it is a readable file") from err
    return Extract(path, Path(os.path.realpath(path)), form, digest)


def with_header(osmium: Any, file: Extract) -> Extract:
    """An extract with what its header says.

    Raises
    ------
    DataError
        If it is a history file.
    """
    with osmium.io.Reader(file.open(osmium), osmium.osm.NOTHING) as reader:
        header = reader.header()
        stamp = header.get("osmosis_replication_timestamp", "") or header.get("timestamp", "")
        features = [header.get(f"pbf_optional_feature_{i}") for i in range(16)]
        if header.has_multiple_object_versions:
            raise history(file.path)
    return file._replace(stamp=stamp, located="LocationsOnWays" in features)


def history(path: Path, why: str = "") -> DataError:
    """What to raise for a file that holds several versions of an object; ``why``: which, where the header is silent."""
    return DataError(f"{path}: {_HISTORY}{why and f' ({why})'}")


def repeated(ids: NDArray[np.int64], versions: NDArray[np.int64]) -> int | None:
    """The first id that stands in a file with two versions; None if there is none."""
    order = np.lexsort([versions, ids])
    same = (np.diff(ids[order]) == 0) & (np.diff(versions[order]) != 0)
    return int(ids[order][1:][same][0]) if same.any() else None


def _format(path: Path, head: bytes) -> str:
    """What pyosmium is to take a file for."""
    if not head:
        raise broken(path, "it is empty")
    packing, plain = "", head
    if head.startswith(b"\x1f\x8b"):
        packing, plain = ".gz", _unpacked(zlib.decompressobj(wbits=31), head)
    elif head.startswith(b"BZh"):
        packing, plain = ".bz2", _unpacked(bz2.BZ2Decompressor(), head)
    if plain.startswith(b"\x00\x00") and re.search(rb"\x09OSMHeader|\x07OSMData", plain[:100]):
        if packing:
            raise broken(path, "it is an OSM PBF file packed once more", "unpack it")
        return "pbf"
    if plain.startswith(b"\xff") and b"o5m2" in plain[:8]:
        return f"o5m{packing}"
    return _format_of_text(path, _checked(path, plain)) + packing


def _checked(path: Path, plain: bytes) -> bytes:
    """The beginning of a file that is of none of the kinds that its first bytes show to be something else."""
    if plain.startswith(b"\xff") and b"o5c2" in plain[:8]:
        raise DataError(f"{path}: {_CHANGES}")
    if plain.startswith(b"PK") and b".npy" in plain[:100]:
        raise broken(path, "it is an npz file, such as a network that was made before", "name the extract itself")
    for magic, name, do in _MAGIC:
        if plain.startswith(magic):
            raise broken(path, f"it is {name}", do)
    if plain[_TAR_AT : _TAR_AT + 5] == b"ustar":
        raise broken(path, "it is a tar archive", "unpack it and name the extract in it")
    return plain


def _unpacked(unpacker: Any, head: bytes) -> bytes:
    try:
        return bytes(unpacker.decompress(head))
    except (zlib.error, OSError):
        return b""


def _format_of_text(path: Path, plain: bytes) -> str:
    """The same of what should be text."""
    text = plain.decode("utf-16" if plain[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace").lstrip()
    # Atomic: what comes before the first element could be parted in ever so many ways, and each would be tried.
    root = re.match(r"(?><\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>|\s)*+<([\w:.-]+)", text, re.DOTALL | re.IGNORECASE)
    name = root[1].lower() if root else ""
    if name == "osm":
        return "osm"
    if name == "osmchange":
        raise DataError(f"{path}: {_CHANGES}")
    if name == "html" or re.match(r"<!doctype html", text, re.IGNORECASE):
        raise broken(path, "it is a web page, as a failed download leaves")
    if name:
        raise broken(path, f"it is XML of another kind, <{root[1][:40] if root else ''}>", "name an extract (.osm.pbf)")
    if re.match(r"[nwr]-?\d+( |\n|$)", text):
        return "opl"
    if text[:1] in "{[" and text:
        known = {"GeoJSON": '"FeatureCollection"' in text or '"Feature"' in text, "TopoJSON": '"Topology"' in text}
        what = next((kind for kind, is_it in known.items() if is_it), "JSON")
        raise broken(path, f"it is {what}", "name an extract (.osm.pbf)")
    if "\x00" not in text and "\ufffd" not in text[:-1]:
        line = " ".join(text.split())[:40]
        raise broken(path, f"it is text, {line!r}" if line else "it is blank")
    raise broken(path, "it begins like no file of OpenStreetMap")
