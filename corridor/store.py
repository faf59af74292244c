"""The one door to files: where the data are, reading, hashes, writing whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import select
import stat
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from corridor import drafts
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


def is_installed(folder: Path) -> bool:
    """Whether a data folder is that of the installed package, which `pip` owns and checks."""
    return folder.resolve() == Path(__file__).resolve().parent / "_data"


def cache_folder() -> Path | None:
    """Folder for what can be found again: ``corridor`` in the user's cache (XDG_CACHE_HOME, else ~/.cache).

    None for a user without a home, as the system gives to a number that is nobody's.
    """
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not given.is_absolute():  # as its specification says of such a value
        try:
            given = Path.home() / ".cache"
        except RuntimeError:
            return None
    return given / "corridor" if given.is_absolute() else None


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


MOST_BYTES = 64 * 2**20
"""A file that is longer is not read: a device may have no end."""

_PATIENCE = 15.0  # seconds; a pipe whose writer keeps silent so long is given up
_NOBODY = 2.0  # seconds in which somebody must begin to write to a pipe


def read_bytes(path: Path, most: int = MOST_BYTES, *, pipes: bool = True) -> bytes:
    """Contents of a file; what the system says is turned into one line.

    Parameters
    ----------
    path : Path
    most : int
        No file is read that is longer [bytes].
    pipes : bool
        Whether it may also be a pipe, a terminal or a device, of which is read what comes.

    Raises
    ------
    DataError
        If it cannot be read, is too long, or is a pipe to which nobody writes.
    """
    try:
        # Not to block: to open a pipe that nobody writes to would wait for ever.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            return _read_whole(path, number, most, pipes)
        finally:
            os.close(number)
    except DataError:
        raise
    except (OSError, ValueError) as err:  # a ValueError for a name that no file can have
        raise DataError(f"{path}: cannot be read ({_reason(err)}); check that it is a readable file") from err


def _read_whole(path: Path, number: int, most: int, pipes: bool) -> bytes:
    """All that can be read of an open file."""
    state, parts, began = os.fstat(number), list[bytes](), time.monotonic()
    is_file, left = stat.S_ISREG(state.st_mode), most
    if not (is_file or pipes or stat.S_ISDIR(state.st_mode)):
        raise DataError(f"{path}: is a pipe or a device; name a file")
    while left >= 0 and not (is_file and state.st_size > most):
        try:
            part = os.read(number, min(left, max(state.st_size, 2**20)) + 1)
        except BlockingIOError:
            if is_file or not select.select([number], [], [], _PATIENCE)[0]:
                raise DataError(f"{path}: nothing came for {_PATIENCE:g} s; write it to a file first") from None
            continue
        if part:
            parts.append(part)
            left -= len(part)
        elif not parts and stat.S_ISFIFO(state.st_mode) and time.monotonic() < began + _NOBODY:
            time.sleep(0.02)  # the writer of a pipe may be about to open it
        elif not parts and stat.S_ISFIFO(state.st_mode):
            raise DataError(f"{path}: a pipe through which nothing comes; name a file, or write to the pipe")
        else:
            return b"".join(parts)
    raise DataError(f"{path}: longer than {most // 2**20:,} MB, the most that is read of such a file; name another")


def read_text(path: Path) -> str:
    """Contents of a UTF-8 file (a byte order mark is dropped)."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as err:
        raise DataError(f"{path}: byte {err.start} is not UTF-8; save the file as UTF-8") from err


def json_of(text: str | bytes) -> Any:
    """What a JSON text holds.

    Raises
    ------
    ValueError
        If it is none, or is nested deeper than can be read.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


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
    """Make a folder for outputs, that of a link where the link is, and prove that it can be written."""
    try:
        Path(os.path.realpath(folder)).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as err:  # a ValueError for a name that no file can have
        why = "it is a file" if isinstance(err, FileExistsError) else _reason(err)
        raise OutputError(
            f"{folder}: cannot be written ({why}); name another folder with --out, or mend its rights"
        ) from err
    return folder


def check_out(path: Path | str) -> Path:
    """The path of a file to write, if nothing that can be seen beforehand stands against writing it.

    Raises
    ------
    OutputError
        If it names a folder, a read-only file, or what is neither file, pipe nor terminal.
    """
    out = _file_named(path)
    if open_file(out) is not None:
        return out
    try:
        state = out.stat()
    except FileNotFoundError:
        return out
    except (OSError, ValueError) as err:
        raise OutputError(f"{out}: cannot be written ({_reason(err)}); name another place") from err
    if stat.S_ISDIR(state.st_mode):
        raise OutputError(f"{out}: is a folder; name a file to write to")
    if stat.S_ISBLK(state.st_mode) or stat.S_ISSOCK(state.st_mode):
        raise OutputError(f"{out}: is a disk or a socket; name a file to write to")
    # The superuser may write whatever the rights say, so these are looked at too.
    if stat.S_ISREG(state.st_mode) and not (state.st_mode & 0o222 and os.access(out, os.W_OK)):
        raise OutputError(f"{out}: cannot be written (it is read-only); mend its rights, or name another place")
    return out


def write(path: Path | str, content: bytes | str) -> bool:
    """Write a file whole or not at all, and only if its bytes change.

    A link is followed: what it points to is written. A file keeps its rights, and its owner if that is allowed; it is
    another one afterwards, so a second (hard) link to it goes on leading to the old bytes. Pipes, terminals and names
    of open files (/dev/stdout) are written to as they are.

    Returns
    -------
    bool
        Whether the file was written.

    Raises
    ------
    OutputError
        If the file cannot be written; the old one, if any, is untouched.
    """
    return bool(write_all({_file_named(path): content}))


def write_all(content: Mapping[Path, bytes | str], *, seal: Path | None = None) -> list[Path]:
    """Write some files, all of them or none, each as :func:`write` does; gives those whose bytes changed.

    All bytes are on the disk, beside the old files, before the first one changes: rights that lack and a disk that is
    full leave the old files as they were. Then each takes its name, in the order given. Another run that writes to the
    folder of the last file waits meanwhile, as far as the file system has locks.

    Parameters
    ----------
    content : mapping of Path to bytes or str
    seal : Path, optional
        The one of them that vouches for the others, a manifest say. If it changes, it is removed before the first
        change and comes last: should the run be killed in between, nothing vouches for the mixture.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    paths = sorted(content, key=lambda path: path == seal)  # stable: only the seal moves
    with ExitStack() as afterwards:
        if len(paths) > 1:
            with _reported(paths[-1]):
                afterwards.enter_context(drafts.alone_in(paths[-1].parent))
        staged: dict[Path, drafts.Draft | bytes] = {}
        for path in paths:
            with _reported(path):
                if (draft := _stage(path, content[path])) is not None:
                    staged[path] = draft
                if isinstance(draft, drafts.Draft):
                    afterwards.callback(drafts.drop, draft)
        advice = "name another place"
        if seal in staged and len(staged) > 1 and seal.is_file():
            with _reported(seal):
                Path(os.path.realpath(seal)).unlink()
            advice = f"{seal} is removed until a run ends well: mend this, and run again"
        for path, draft in staged.items():
            with _reported(path, advice):
                _publish(path, draft)
    return list(staged)


@contextmanager
def _reported(path: Path, advice: str = "name another place") -> Iterator[None]:
    """Turn what the system says of a file that cannot be written into one line."""
    try:
        yield
    except OutputError:
        raise
    except (OSError, ValueError) as err:
        raise OutputError(f"{path}: cannot be written ({_reason(err)}); {advice}") from err


def _stage(out: Path, content: bytes | str) -> drafts.Draft | bytes | None:
    """The draft of a file; the bytes themselves for what another file must not replace; None for no change."""
    raw = content.encode() if isinstance(content, str) else content
    if open_file(out) is not None:
        return raw
    if out.is_file() and _holds(out, raw):
        drafts.clear(Path(os.path.realpath(out)))
        return None
    check_out(out)
    if out.exists() and not out.is_file():  # a pipe or a device
        return raw
    return drafts.stage(Path(os.path.realpath(out)), raw)


def _publish(path: Path, draft: drafts.Draft | bytes) -> None:
    if isinstance(draft, drafts.Draft):
        drafts.publish(draft)
    elif (number := open_file(path)) is not None:
        sys.stdout.flush()  # what was printed before comes before
        with os.fdopen(os.dup(number), "wb") as file:
            file.write(draft)
    else:
        with path.open("wb") as file:
            file.write(draft)


def _file_named(path: Path | str) -> Path:
    """The path of a file; a slash at the end of a text, which a Path forgets, names a folder."""
    if str(path).endswith((os.sep, os.altsep or os.sep)):
        raise OutputError(f"{path}: names a folder; name a file to write to")
    return Path(path)


def open_file(path: Path) -> int | None:
    """Number of the open file that a name such as /dev/stdout or /dev/fd/3 stands for; None for any other name."""
    for _ in range(40):  # as many links as the system follows
        if path.name.isdecimal() and os.path.realpath(path.parent) == os.path.realpath("/dev/fd"):
            return int(path.name)
        try:
            path = path.parent / path.readlink()
        except (OSError, ValueError):
            break
    return None


def _holds(path: Path, raw: bytes) -> bool:
    """Whether a file holds just these bytes; one that cannot be read is taken for another."""
    try:
        return path.stat().st_size == len(raw) and path.read_bytes() == raw
    except PermissionError:
        return False


def _reason(err: OSError | ValueError) -> str:
    """What the system says of a fault."""
    return str(getattr(err, "strerror", None) or err)
