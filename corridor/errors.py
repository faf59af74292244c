"""What can go wrong, as one small tree.

CorridorError
├─ DataError      a file under data/ is missing, broken or breaks its contract   (also a ValueError)
├─ UnknownName    no such port, place, figure, claim, service or counting body   (also a LookupError)
│  └─ UnknownValue   none of the values that are known, see below                (also a BadValue)
├─ BadValue       a value out of its range, or of a kind that is not taken       (also a ValueError)
├─ SolverError    a solver gave no answer to what it was asked                   (also a RuntimeError)
├─ NoPath         the network does not join the places in the way asked for      (also a LookupError)
├─ DownloadError  a server did not give what was asked for                       (also a ConnectionError)
├─ OutputError    a file or folder cannot be written                             (also an OSError)
└─ MissingExtra   an optional package is not installed                           (also an ImportError)

Names of things that the data list are an UnknownName where they are not known. All other values (days, numbers,
coordinates, kinds of objects, options) are a BadValue where they cannot be taken. Where the values that can be taken
are a short list (a frequency, a measure, the years of a series) the error is an UnknownValue, which is both.

Each message is one line a fault: what was given, what is known, what to do next.
"""

from __future__ import annotations

from corridor.texts import printable


class CorridorError(Exception):
    """Anything this package raises on purpose."""

    def __str__(self) -> str:
        """The message, without what could steer the terminal that shows it."""
        return printable(super().__str__())


class DataError(CorridorError, ValueError):
    """A file under ``data/`` is missing, broken or breaks its contract."""


class UnknownName(CorridorError, LookupError):
    """No such port, place or other named thing."""


class BadValue(CorridorError, ValueError):
    """A value that is out of its range, or of a kind that is not taken there."""


class UnknownValue(UnknownName, BadValue):
    """None of a short list of values; whoever caught an UnknownName or a ValueError for it still does."""


class SolverError(CorridorError, RuntimeError):
    """A solver gave no answer to what it was asked: it gave up, or took what holds together for a contradiction."""


class NoPath(CorridorError, LookupError):
    """The network does not join the places in the way asked for."""


class DownloadError(CorridorError, ConnectionError):
    """A server did not give what was asked for."""


class OutputError(CorridorError, OSError):
    """A file or folder cannot be written."""


class MissingExtra(CorridorError, ImportError):
    """An optional package is not installed."""
