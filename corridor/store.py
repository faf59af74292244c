"""The one door to files: where the data are, reading, hashes, writing whole or not at all."""

from __future__ import annotations

import glob
import hashlib
import os
import stat
import sys
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from corridor.errors import DataError, OutputError
from corridor.locks import READING

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
    except (OSError, ValueError) as err:  # a ValueError for a name that no file can have
        raise DataError(f"{path}: cannot be read ({_reason(err)}); check that it is a readable file") from err


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
    if str(path).endswith((os.sep, os.altsep or os.sep)):
        raise OutputError(f"{path}: names a folder; name a file to write to")
    out = Path(path)
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
    raw = content.encode() if isinstance(content, str) else content
    out = Path(path)
    try:
        if (number := open_file(out)) is not None:
            sys.stdout.flush()  # what was printed before comes before
            with os.fdopen(os.dup(number), "wb") as file:
                file.write(raw)
            return True
        if out.is_file() and _holds(out, raw):
            return False
        check_out(path)
        if out.exists() and not out.is_file():  # a pipe or a device, which another file must not replace
            with out.open("wb") as file:
                file.write(raw)
            return True
        _replace(Path(os.path.realpath(out)), raw)
    except OutputError:
        raise
    except (OSError, ValueError) as err:
        raise OutputError(f"{out}: cannot be written ({_reason(err)}); name another place") from err
    return True


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


def _replace(target: Path, raw: bytes) -> None:
    """Write a draft beside a file, and let it take the file's name, rights and owner."""
    target.parent.mkdir(parents=True, exist_ok=True)
    longest = 255 - len(".12345678")
    stem = target.name if len(os.fsencode(target.name)) < longest else sha256(os.fsencode(target.name))
    for stale in target.parent.glob(f".{glob.escape(stem)}.????????"):
        # Left by a run that was killed; one of this minute may belong to a run that still writes.
        if time.time() - stale.stat().st_mtime > 60:
            stale.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{stem}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        if target.exists():
            old = target.stat()
            with suppress(OSError, AttributeError):  # only the superuser may give files away; Windows has no owners
                os.chown(draft, old.st_uid, old.st_gid)
            draft.chmod(stat.S_IMODE(old.st_mode))
        else:
            draft.chmod(0o666 & ~_umask())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _reason(err: OSError | ValueError) -> str:
    """What the system says of a fault."""
    return str(getattr(err, "strerror", None) or err)


def _umask() -> int:
    with READING:  # it is the process's: another thread would take the 0 of this moment for it, and set that again
        mask = os.umask(0)
        os.umask(mask)
    return mask
