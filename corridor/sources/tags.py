"""What the tags of an OpenStreetMap way say of a rail: whether it counts, its gauge, and what it carries.

Read in the OpenStreetMap wiki (Key:service, Key:usage, Key:highspeed, Railways, Tag:route=ferry):

* ``gauge`` is read by :mod:`corridor.sources.gauge_values`; an empty value is none.
* ``service``: yards, sidings and spurs lead off the line, and the main track through a yard is to bear no
  ``service`` at all; a crossover joins the tracks of a line. So crossovers stay, the others go unless they are
  asked for: they would lengthen the network several times over and join what no through train joins.
* ``railway:traffic_mode`` says who uses a track: ``passenger``, ``freight`` or ``mixed``. ``usage=freight`` and
  ``usage=industrial`` are freight's alone, ``usage=tourism`` passengers'; main and branch say nothing of it.
  ``freight=no`` leaves passengers alone, whatever else is said.
* ``highspeed=yes`` asks for 200 km/h or a high standard of building, not for the absence of freight: German high-speed
  lines carry freight by night, and Chinese lines of 200 km/h are mixed. Alone it leaves the usage unknown; who
  wants to keep freight off all of them reads it as passenger only (``highspeed="passenger_only"``).
* A train ferry is ``route=ferry`` with a word of trains (``train=yes``, ``railway=*``, ``ferry=train``), or
  ``railway=ferry``; other ferries are none of ours.
* What is not in use is left out, as :mod:`corridor.sources.lifecycle` says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from corridor.network import GAUGE_BASES, TRAITS, USAGES
from corridor.sources import lifecycle
from corridor.sources.gauge_values import Gauge, parse_gauge
from corridor.sources.lifecycle import is_no, out_of_use, plain, stopped
from corridor.sources.tag_days import days_of_service, read_days

RAILS = ("rail",)
"""Values of ``railway`` that count; what is disused, preserved or being built has another value."""

NARROW = ("narrow_gauge",)
"""Values that count if they are asked for."""

OFF_THE_LINE = ("yard", "siding", "spur")
"""Values of ``service`` that do not count unless they are asked for."""

FERRIES = ("ferry", "train_ferry")
"""Values of ``route`` that are looked at."""

KEYS = (
    "railway",
    "route",
    "gauge",
    "usage",
    "service",
    "highspeed",
    "railway:traffic_mode",
    "passenger",
    "freight",
    "electrified",
    "bridge",
    "tunnel",
    "layer",
    "start_date",
    "end_date",
    "rail",
    "ferry",
    *lifecycle.KEYS,
)
"""Keys that are read."""

HIGHSPEED = ("unknown", "passenger_only")
"""What ``highspeed=yes`` alone may be taken for."""

GROUND = 16
"""Level of the ground, as :class:`Kind` counts it."""

WORD_BASIS = len(GAUGE_BASES)
"""In place of a basis, from here on: words that name a gauge once the country is known, as :class:`Gauge` has them."""

_DAYS = ("start_date", "end_date")

_BY_TRAFFIC = {"passenger": "passenger_only", "freight": "freight", "mixed": "mixed"}
_BY_USAGE = {"freight": "freight", "industrial": "freight", "tourism": "passenger_only"}

_TRAINS = frozenset(["yes", "true", "1", "designated", "permissive", "private", "official", "only", "freight"])
_FERRY_OF_TRAINS = frozenset(["train", "trains", "rail", "railway", "train_ferry"])


class Choice(NamedTuple):
    """Which rails are read, and how.

    ``narrow``: narrow gauge too; ``service``: yards, sidings and spurs too; ``highspeed``: what
    ``highspeed=yes`` alone is taken for, one of HIGHSPEED.
    """

    narrow: bool = False
    service: bool = False
    highspeed: str = "unknown"

    @property
    def values(self) -> tuple[str, ...]:
        """Values of ``railway`` that count."""
        return RAILS + NARROW if self.narrow else RAILS


class Kind(NamedTuple):
    """What a way is.

    ``gauge``, ``gauge_basis``, ``usage``, ``traits``, ``opened``, ``closed``: values for the arrays of
    :class:`corridor.network.RailNetwork`, the basis also from WORD_BASIS on. ``level``: GROUND on the ground, more
    above it, less below. ``notes``: pairs of a key of NOTES and the tag that is noted; a way with a note ``left_out``
    does not count.
    """

    gauge: int = 0
    gauge_basis: int = 0
    usage: int = 0
    traits: int = 0
    opened: int = 0
    closed: int = 0
    level: int = GROUND
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it is a rail, or a ferry, that is not left out."""
        return all(key != "left_out" for key, _ in self.notes)


def read_tags(tags: Mapping[str, str], choice: Choice) -> Kind | None:
    """What the tags of a way say; None if the way does not count.

    A gauge that is none of those known here has no bits and the basis ``tagged``.

    Examples
    --------
    >>> kind = read_tags({"railway": "rail", "gauge": "1435;1520", "usage": "main"}, Choice())
    >>> kind.gauge, GAUGE_BASES[kind.gauge_basis], USAGES[kind.usage]
    (3, 'tagged', 'unknown')
    >>> read_tags({"railway": "rail", "service": "yard"}, Choice()) is None
    True
    """
    kind = read_way(tags, choice)
    return kind if kind and kind.counts else None


def read_gauge(text: str) -> int:
    """Bits of the gauges that a value names wherever it stands, of those known here.

    Examples
    --------
    >>> [read_gauge(text) for text in ("1435", "1520; 1435", "1524", "1435;750", "1520 mm", "5 ft 6 in", "broad", "?")]
    [1, 3, 4, 1, 2, 64, 0, 0]
    """
    found = parse_gauge(text)
    return found.bits if found else 0


def read_way(tags: Mapping[str, str], choice: Choice) -> Kind | None:
    """The same, also of a way that is left out because of its life or access; None if it is no rail, or not asked for.

    Examples
    --------
    >>> read_way({"railway": "disused", "disused": "rail"}, Choice()).notes
    (('left_out', 'railway=disused'),)
    """
    ferry = is_train_ferry(tags)
    if tags.get("service") in OFF_THE_LINE and not choice.service and not ferry:
        return None
    if why := stopped(tags) if ferry else out_of_use(tags, choice.values):
        return Kind(notes=(("left_out", why),))
    if not ferry and tags.get("railway") not in choice.values:
        return None
    value = tags.get("gauge", "").strip()
    gauge = parse_gauge(value) if value else Gauge(0)
    basis = "tagged" if value else "unknown"
    opened, closed = days_of_service(tags.get("start_date"), tags.get("end_date"))
    noted = {
        "no_freight": ["freight"] if is_no(tags.get("freight")) else [],
        "unread_gauges": [] if gauge else ["gauge"],
        "other_gauges": ["gauge"] if value and gauge == Gauge(0) else [],
        "unread_days": [key for key in _DAYS if tags.get(key, "").strip() and read_days(tags[key]) is None],
    }
    return Kind(
        gauge.bits if gauge else 0,
        WORD_BASIS + gauge.words if gauge and gauge.words else GAUGE_BASES.index(basis),
        USAGES.index(_usage(tags, choice, ferry=ferry)),
        _traits(tags),
        opened,
        closed,
        read_level(tags),
        tuple((note, f"{key}={tags[key]}") for note, keys in noted.items() for key in keys),
    )


@lru_cache(maxsize=10_000)
def read_values(values: tuple[str | None, ...], choice: Choice) -> Kind | None:
    """The same, for the values of KEYS in turn; most ways bear one of a few hundred sets of tags."""
    return read_way({key: value for key, value in zip(KEYS, values, strict=True) if value is not None}, choice)


def is_train_ferry(tags: Mapping[str, str]) -> bool:
    """Whether a way is the course of a ferry that carries trains.

    Examples
    --------
    >>> is_train_ferry({"route": "ferry", "train": "yes"}), is_train_ferry({"route": "ferry", "foot": "yes"})
    (True, False)
    """
    railway, route = tags.get("railway"), tags.get("route")
    if is_no(tags.get("train")) or is_no(tags.get("rail")):
        return False
    if railway in FERRIES or route == "train_ferry":
        return True
    if route != "ferry":
        return False
    carries = {plain(tags.get(key, "")) for key in ("train", "rail")} & _TRAINS
    return bool(carries) or railway in (*RAILS, *NARROW, "yes") or plain(tags.get("ferry", "")) in _FERRY_OF_TRAINS


def read_level(tags: Mapping[str, str]) -> int:
    """Level of a way: that of ``layer``, else one above the ground on a bridge, one below in a tunnel.

    Examples
    --------
    >>> [read_level(tags) - GROUND for tags in ({}, {"bridge": "yes"}, {"tunnel": "yes", "layer": "-2"})]
    [0, 1, -2]
    """
    if re.fullmatch(r"\s*[+-]?[0-9]{1,2}\s*", layer := tags.get("layer", "")):
        return GROUND + max(1 - GROUND, min(int(layer), GROUND - 1))
    return GROUND + (tags.get("bridge", "no") != "no") - (tags.get("tunnel", "no") != "no")


def _traits(tags: Mapping[str, str]) -> int:
    """Bits of TRAITS: any value of ``electrified`` and ``bridge`` but no, ``highspeed=yes``, and service tracks."""
    said = {
        "electrified": tags.get("electrified", "no") != "no",
        "highspeed": tags.get("highspeed") == "yes",
        "bridge": tags.get("bridge", "no") != "no",
        "service": tags.get("service") in OFF_THE_LINE,
    }
    return sum(1 << bit for bit, name in enumerate(TRAITS) if said[name])


def _usage(tags: Mapping[str, str], choice: Choice, *, ferry: bool) -> str:
    if is_no(tags.get("freight")):
        return "passenger_only"
    if ferry:
        return "ferry"
    if said := _BY_TRAFFIC.get(tags.get("railway:traffic_mode", "")) or _BY_USAGE.get(tags.get("usage", "")):
        return said
    if tags.get("passenger") == "no":
        return "freight"
    return choice.highspeed if tags.get("highspeed") == "yes" else "unknown"
