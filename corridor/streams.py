"""Standard output is for results: what libraries print there goes elsewhere.

Compiled libraries write to file descriptor 1 whatever ``sys.stdout`` is, so the descriptor itself is guarded: for the
whole of a command (:func:`results_apart`), and, in a user's own program or notebook, for the moment in which a library
cannot yet be asked to be silent (:func:`silenced`).
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

_OUT, _ERR = 1, 2

_one_at_a_time = threading.Lock()


@contextmanager
def silenced(descriptor: int = _OUT) -> Iterator[None]:
    """Drop what is written to descriptor 1, or to 2, for the moment in which a library cannot be asked not to.

    The descriptor is the process's: what other threads print meanwhile is dropped too, so the moment must be short.

    Examples
    --------
    >>> with silenced():
    ...     _ = os.write(1, b"a banner")
    """
    with _one_at_a_time:
        _flush()
        try:
            kept = _copy(descriptor)
        except OSError:  # it is closed
            yield
            return
        try:
            _lead_nowhere(descriptor)
            yield
        finally:
            _flush()
            os.dup2(kept, descriptor)
            os.close(kept)


def open_closed() -> None:
    """Let standard streams that the caller has closed lead nowhere.

    Else the next file that is opened takes the number of one, and what libraries print goes into that file.
    """
    for number in (0, _OUT, _ERR):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the lowest number that is free: this one
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - a device is no path
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def forget_output() -> None:
    """Let standard output lead nowhere, as its reader has left: what is held back for it is dropped without a word."""
    if _is_descriptor(sys.stdout, _OUT):
        _lead_nowhere(_OUT)


@contextmanager
def results_apart() -> Iterator[TextIO]:
    """The stream for results, while standard output leads to standard error for all that libraries print.

    Yields
    ------
    TextIO
        What was standard output. Errors of writing to it (a full disk, a reader that left) are raised.
    """
    former = sys.stdout
    former.flush()
    if not _is_descriptor(former, _OUT):  # a test's, say: compiled code does not write there
        sys.stdout = sys.stderr
        try:
            yield former
        finally:
            sys.stdout = former
        return
    _flush()
    kept = _copy(_OUT)
    buffering = 1 if former.isatty() else -1
    results = open(kept, "w", buffering, encoding=former.encoding, errors=former.errors)  # noqa: SIM115, PTH123
    os.dup2(_ERR, _OUT)
    sys.stdout = sys.stderr
    try:
        yield results
    finally:
        try:
            results.flush()
        finally:
            _flush()
            os.dup2(kept, _OUT)
            sys.stdout = former
            with suppress(OSError):  # the flush has said it
                results.close()


def _is_descriptor(stream: TextIO, number: int) -> bool:
    try:
        return stream.fileno() == number
    except (OSError, ValueError, AttributeError):
        return False


def _copy(descriptor: int) -> int:
    """Another descriptor of the same file, none of the standard ones: should one be closed, its number is free."""
    copy = os.dup(descriptor)
    if copy > _ERR:
        return copy
    try:
        return _copy(descriptor)
    finally:
        os.close(copy)


def _lead_nowhere(descriptor: int) -> None:
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), descriptor)


def _flush() -> None:
    """Write out what Python and C hold back of their streams, so that it goes where it was meant to."""
    for stream in (sys.stdout, sys.__stdout__, sys.stderr):
        with suppress(OSError, ValueError):  # closed, or full: its writer learns of it
            if stream is not None:
                stream.flush()
    # C has buffers of its own: whatever is left in them comes out when the process ends, behind our backs.
    library = ctypes.CDLL("ucrtbase" if os.name == "nt" else None)
    library.fflush(None)
