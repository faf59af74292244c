"""What can go wrong, as one small tree.

CorridorError
├─ DataError      a file under data/ is missing, broken or breaks its contract   (also a ValueError)
├─ UnknownName    no such port, place or file format                             (also a LookupError)
├─ BadValue       a value out of its range, or of a kind that is not taken       (also a ValueError)
├─ NoPath         the network does not join the places in the way asked for      (also a LookupError)
├─ DownloadError  a server did not give what was asked for                       (also a ConnectionError)
├─ OutputError    a file or folder cannot be written                             (also an OSError)
└─ MissingExtra   an optional package is not installed                           (also an ImportError)

Each message is one line a fault: what was given, what is known, what to do next.
"""

from __future__ import annotations


class CorridorError(Exception):
    """Anything this package raises on purpose."""


class DataError(CorridorError, ValueError):
    """A file under ``data/`` is missing, broken or breaks its contract."""


class UnknownName(CorridorError, LookupError):
    """No such port, place or other named thing."""


class BadValue(CorridorError, ValueError):
    """A value that is out of its range, or of a kind that is not taken there."""


class NoPath(CorridorError, LookupError):
    """The network does not join the places in the way asked for."""


class DownloadError(CorridorError, ConnectionError):
    """A server did not give what was asked for."""


class OutputError(CorridorError, OSError):
    """A file or folder cannot be written."""


class MissingExtra(CorridorError, ImportError):
    """An optional package is not installed."""
