"""Drafts: the bytes of a new file beside the old one, until they are whole and take its name.

A run holds a lock on each draft that it writes, and the system frees the lock when the run ends, however it ends. So a
draft whose lock is free was left by a run that was killed, and the next one removes it. Where a file system knows no
locks, drafts older than a minute are removed instead.
"""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from corridor.locks import READING

_SUFFIX = ".draft"

_LONGEST_STEM = 255 - len(f"..12345678{_SUFFIX}")
"""Bytes that a name of 255 leaves for what a draft is named after."""

_PATIENCE = 10.0
"""How long to wait for another run to leave a folder [s]; it replaces its files within a fraction of a second."""


class Draft(NamedTuple):
    """A file to be, where it is to go, and the open file that holds its lock."""

    target: Path
    path: Path
    file: BinaryIO


def stage(target: Path, raw: bytes) -> Draft:
    """Write a draft beside a file, with the rights and the owner that the file has, or would have.

    All is on the disk when it returns: a full one fails here, not later.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    clear(target)
    handle, path = _new(target)
    with ExitStack() as undone:
        undone.callback(path.unlink, missing_ok=True)
        file = undone.enter_context(os.fdopen(handle, "wb"))
        file.write(raw)
        file.flush()
        _sync(handle)
        _take_rights(path, target)
        if os.name == "nt":  # an open file can be given no other name there, and we have no locks
            file.close()
        undone.pop_all()
    return Draft(target, path, file)


def publish(draft: Draft) -> None:
    """Let a draft take the name of its file."""
    draft.path.replace(draft.target)
    draft.file.close()


def drop(draft: Draft) -> None:
    """Remove a draft; nothing happens to one that is published."""
    draft.path.unlink(missing_ok=True)
    draft.file.close()


def clear(target: Path) -> None:
    """Remove the drafts of a file that runs have left which were killed."""
    for suffix in (_SUFFIX, ""):  # an earlier version gave its drafts none
        for path in target.parent.glob(f".{glob.escape(_stem(target))}.????????{suffix}"):
            with suppress(OSError):  # another user's, or gone by now
                if _is_forsaken(path):
                    path.unlink()


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other runs out that would replace several files of a folder meanwhile; where there are no locks, they may.

    Raises
    ------
    TimeoutError
        If another program does not leave the folder for ten seconds.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders; and a folder may be written to though it cannot be read
        yield
        return
    try:
        end = time.monotonic() + _PATIENCE
        while _lock(handle) is False:
            if time.monotonic() > end:
                raise TimeoutError(errno.ETIMEDOUT, "another program has locked this folder")
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)


def _new(target: Path) -> tuple[int, Path]:
    """An empty draft, open and locked."""
    while True:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{_stem(target)}.", suffix=_SUFFIX)
        path = Path(name)
        if _lock(handle) is not False and _is_at(handle, path):
            return handle, path
        # Another run took it for one that was left, in the moment before it was locked.
        os.close(handle)
        path.unlink(missing_ok=True)


def _stem(target: Path) -> str:
    """What the drafts of a file are named after: its name, or a hash of one that is too long."""
    name = os.fsencode(target.name)
    return target.name if len(name) < _LONGEST_STEM else hashlib.sha256(name).hexdigest()


def _is_forsaken(path: Path) -> bool:
    """Whether no run is writing a draft any more."""
    if path.suffix == _SUFFIX and path.is_file() and not path.is_symlink():
        handle = os.open(path, os.O_RDONLY)
        try:
            free = _lock(handle)
            if free is not None:
                return free and _is_at(handle, path)
        finally:
            os.close(handle)
    return time.time() - path.lstat().st_mtime > 60


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file is the one of that name."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False


def _lock(handle: int) -> bool | None:
    """Lock an open file or folder until it is closed: whether that could be done at once, None where no locks are."""
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        return None
    return True


def _sync(handle: int) -> None:
    """Have all on the disk: some file systems find only then that it is full."""
    try:
        os.fsync(handle)
    except OSError as err:
        if err.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):  # some cannot be asked to
            raise


def _take_rights(path: Path, target: Path) -> None:
    if target.exists():
        old = target.stat()
        with suppress(OSError, AttributeError):  # only the superuser may give files away; Windows has no owners
            os.chown(path, old.st_uid, old.st_gid)
        path.chmod(stat.S_IMODE(old.st_mode))
    else:
        path.chmod(0o666 & ~_umask())


def _umask() -> int:
    with READING:  # it is the process's: another thread would take the 0 of this moment for it, and set that again
        mask = os.umask(0)
        os.umask(mask)
    return mask
