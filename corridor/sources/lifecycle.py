"""Whether the tags of a way say that no freight train runs there: by its life, its access, or its status.

Read in the OpenStreetMap wiki (Railways, Lifecycle prefix, Comparison of life cycle concepts, Key:access,
Key:operational_status). A rail that is not in use is tagged in one of four forms, all of which are met:

* as value: ``railway=disused``, perhaps with ``disused=rail`` or ``disused:railway=rail``, which say what it was;
* as prefix: ``disused:railway=rail``;
* as a property: ``railway=rail`` with ``disused=yes``, or ``railway:disused=yes``;
* as status: ``operational_status=closed``.

``access=no`` alone leaves a rail out; ``access=private`` and the like do not: trespassing on a working railway is
forbidden nearly everywhere. ``train=yes`` and ``freight=yes`` are more special than ``access`` and count before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

WORDS = (
    "disused",
    "abandoned",
    "construction",
    "proposed",
    "planned",
    "razed",
    "demolished",
    "dismantled",
    "removed",
    "destroyed",
    "preserved",
)
"""States in which no freight train runs: as value of ``railway``, as prefix, or as a key of its own."""

VALUES = (*WORDS, "historic", "obliterated", "closed", "out_of_service")
"""Values of ``railway`` that say so too."""

KEYS = (
    "access",
    "train",
    "operational_status",
    *WORDS,
    *(f"{word}:railway" for word in WORDS),
    *(f"railway:{word}" for word in WORDS),
)
"""Keys that are read here, beside ``railway``."""

_CLOSED = re.compile(
    "((temporarily|permanently)_)?(closed|broken|suspended|inactive|inoperative|unused|disused|abandoned|defunct|"
    "decommissioned|demolished|destroyed|dismantled|under_construction|no|out_of_(order|service|use)|(non|not)_?operational|"
    "not_(in_use|working))"
)

_NO = frozenset(("no", "false", "0", "none", "never"))
_YES = frozenset(("yes", "true", "1"))

_ANOTHER = ("minor", "widening", "tram", "subway", "light_rail", "narrow_gauge", "monorail", "funicular")
"""Values that say nothing of a rail in use: ``construction=minor``, ``abandoned=tram`` beside it."""


def out_of_use(tags: Mapping[str, str], rails: tuple[str, ...]) -> str | None:
    """The tag by which a way is no rail in use, as ``key=value``; None if it is one, or never was.

    Parameters
    ----------
    tags : mapping of str to str
    rails : tuple of str
        Values of ``railway`` that count.

    Examples
    --------
    >>> out_of_use({"railway": "rail", "disused": "yes"}, ("rail",))
    'disused=yes'
    >>> out_of_use({"abandoned:railway": "rail"}, ("rail",)), out_of_use({"disused:railway": "tram"}, ("rail",))
    ('abandoned:railway=rail', None)
    >>> out_of_use({"railway": "rail", "access": "private"}, ("rail",)) is None
    True
    """
    railway = tags.get("railway", "")
    if railway in VALUES:
        # What it was, where that is said; else it counts as a rail.
        was = tags.get(railway) or tags.get(f"{railway}:railway") or "rail"
        return f"railway={railway}" if was in (*rails, "yes") else None
    for word in WORDS:
        for key in (f"{word}:railway", f"railway:{word}"):
            # "abandoned:railway=narrow_gauge" beside a rail in use is about another track.
            was = plain(tags.get(key, ""))
            if (was in rails and railway in ("", was)) or (was in _YES and railway in rails):
                return f"{key}={tags[key]}"
    return stopped(tags) if railway in rails else None


def stopped(tags: Mapping[str, str]) -> str | None:
    """The tag by which a rail, or a ferry, is out of use."""
    for word in WORDS:
        for key in (word, f"railway:{word}"):
            said = plain(tags.get(key, "no"))
            if said and said not in _NO and said not in _ANOTHER:
                return f"{key}={tags[key]}"
    if _CLOSED.fullmatch(plain(tags.get("operational_status", ""))):
        return f"operational_status={tags['operational_status']}"
    if is_no(tags.get("train")):
        return f"train={tags['train']}"
    if is_no(tags.get("access")) and not any(tags.get(key) and not is_no(tags[key]) for key in ("train", "freight")):
        return f"access={tags['access']}"
    return None


def is_no(value: str | None) -> bool:
    """Whether a value denies."""
    return value is not None and plain(value) in _NO


def plain(value: str) -> str:
    """A value in small letters, with one sign between words."""
    return "_".join(value.casefold().replace("-", " ").replace("_", " ").split())
