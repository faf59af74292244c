"""The one door to files: where the data are, reading, hashes, writing whole or not at all."""

from __future__ import annotations

import glob
import hashlib
import os
import tempfile
import time
from functools import cache
from pathlib import Path

from corridor.errors import DataError, OutputError

# ---------------------------------------------------------------- where the data are


def data_folder() -> Path:
    """Folder of the data: ``CORRIDOR_DATA`` if set (used, or an error), else a checkout's, else the wheel's.

    Raises
    ------
    DataError
        If no such folder holds ``ports/`` and ``routes/``.
    """
    return _data_folder(os.environ.get("CORRIDOR_DATA"))


@cache
def _data_folder(told: str | None) -> Path:
    here = Path(__file__).resolve().parent
    tried = [Path(told)] if told else [here.parent / "data", here / "_data"]
    for folder in tried:
        try:
            if (folder / "ports").is_dir() and (folder / "routes").is_dir():
                return folder
        except OSError as err:
            raise DataError(f"{folder}: cannot be looked into ({err.strerror or err}); mend its rights") from err
    where = "CORRIDOR_DATA names" if told else "looked for data in"
    raise DataError(
        f"{where} {' and '.join(map(str, tried))}: no folders ports/ and routes/ there; "
        + ("unset CORRIDOR_DATA or name a copy of the project's data/" if told else "install the package again")
    )


def cache_folder() -> Path:
    """Folder for what can be found again: ``corridor`` in the user's cache (XDG_CACHE_HOME, else ~/.cache)."""
    told = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (told if told.is_absolute() else Path.home() / ".cache") / "corridor"


def data_file(name: str) -> Path:
    """Path of one data file, for instance ``ports/ports.csv``.

    Raises
    ------
    DataError
        If the file is not there.
    """
    path = data_folder() / name
    try:
        there = path.is_file()
    except OSError as err:
        raise DataError(f"{path}: cannot be looked at ({err.strerror or err}); mend its rights") from err
    if not there:
        raise DataError(f"{path}: no such file; restore it from the project's data/{name}, or set CORRIDOR_DATA")
    return path


def read_bytes(path: Path) -> bytes:
    """Contents of a file; what the system says is turned into one line."""
    try:
        return path.read_bytes()
    except OSError as err:
        raise DataError(f"{path}: cannot be read ({err.strerror or err}); check that it is a readable file") from err


def read_text(path: Path) -> str:
    """Contents of a UTF-8 file (a byte order mark is dropped)."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as err:
        raise DataError(f"{path}: byte {err.start} is not UTF-8; save the file as UTF-8") from err


Stamp = tuple[int, int, int, int]
"""By what a changed file is known without reading it."""


def stamp(file: Path) -> Stamp:
    """What changes with a file: where it lies, its size, and when it was last written or replaced; zeros if it is gone.

    The time of its last change of state is not among what a program can set back, so a file is noticed that another
    one of the same size and date has replaced.
    """
    try:
        state = file.stat()
    except OSError:
        return (0, 0, 0, 0)  # gone: whoever reads it will say so
    return (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)


# ---------------------------------------------------------------- hashes and writing


def sha256(content: bytes) -> str:
    """SHA-256 of some bytes, as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def make_folder(folder: Path) -> Path:
    """Make a folder for outputs and prove that it can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as err:
        raise OutputError(
            f"{folder}: cannot be written ({err.strerror or err}); name another folder with --out, or mend its rights"
        ) from err
    return folder


def write(path: Path, content: bytes | str) -> bool:
    """Write a file whole or not at all, and only if its bytes change.

    Returns
    -------
    bool
        Whether the file was written.

    Raises
    ------
    OutputError
        If the file cannot be written; the old one, if any, is untouched.
    """
    raw = content.encode() if isinstance(content, str) else content
    try:
        if path.is_file() and path.read_bytes() == raw:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        for stale in path.parent.glob(f".{glob.escape(path.name)}.????????"):
            # Left by a run that was killed; one of this minute may belong to a run that still writes.
            if time.time() - stale.stat().st_mtime > 60:
                stale.unlink(missing_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(raw)
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as err:
        raise OutputError(f"{path}: cannot be written ({err.strerror or err}); name another place") from err
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
