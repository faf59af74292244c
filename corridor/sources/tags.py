"""What the tags of an OpenStreetMap way say of a rail: whether it counts, its gauge, and what it carries.

Read in the OpenStreetMap wiki (Key:gauge, Key:service, Key:usage, Key:highspeed, Railways):

* ``gauge`` is whole millimetres, several with semicolons. Anything else ("standard", "2yd") names no gauge.
* ``service``: yards, sidings and spurs lead off the line, and the main track through a yard is to bear no
  ``service`` at all; a crossover joins the tracks of a line. So crossovers stay, the others go unless they are
  asked for: they would lengthen the network several times over and join what no through train joins.
* ``railway:traffic_mode`` says who uses a track: ``passenger``, ``freight`` or ``mixed``. ``usage=freight`` and
  ``usage=industrial`` are freight's alone, ``usage=tourism`` passengers'; main and branch say nothing of it.
* ``highspeed=yes`` asks for 200 km/h or a high standard of building, not for the absence of freight: German high-speed
  lines carry freight by night, and Chinese lines of 200 km/h are mixed. Alone it leaves the usage unknown; who
  wants to keep freight off all of them reads it as passenger only (``highspeed="passenger_only"``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from corridor.network import GAUGE_BASES, GAUGES_MM, TRAITS, USAGES, gauge_bits

RAILS = ("rail",)
"""Values of ``railway`` that count; what is disused, preserved or being built has another value."""

NARROW = ("narrow_gauge",)
"""Values that count if they are asked for."""

OFF_THE_LINE = ("yard", "siding", "spur")
"""Values of ``service`` that do not count unless they are asked for."""

KEYS = (
    "railway",
    "gauge",
    "usage",
    "service",
    "highspeed",
    "railway:traffic_mode",
    "railway:preserved",
    "passenger",
    "electrified",
    "bridge",
    "tunnel",
    "layer",
)
"""Keys that are read."""

HIGHSPEED = ("unknown", "passenger_only")
"""What ``highspeed=yes`` alone may be taken for."""

GROUND = 16
"""Level of the ground, as Told counts it."""

_BY_TRAFFIC = {"passenger": "passenger_only", "freight": "freight", "mixed": "mixed"}
_BY_USAGE = {"freight": "freight", "industrial": "freight", "tourism": "passenger_only"}


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


class Told(NamedTuple):
    """What tags say of a way: places in the arrays of :class:`corridor.network.RailNetwork`, and its level.

    ``level``: GROUND on the ground, more above it, less below.
    """

    gauge: int
    gauge_basis: int
    usage: int
    traits: int
    level: int = GROUND


def read_tags(tags: Mapping[str, str], choice: Choice) -> Told | None:
    """What the tags of a way say; None if the way does not count.

    A gauge that is told, but is none of those known here, has no bits and the basis ``tagged``.

    Examples
    --------
    >>> read_tags({"railway": "rail", "gauge": "1435;1520", "usage": "main"}, Choice())
    Told(gauge=3, gauge_basis=1, usage=0, traits=0, level=16)
    >>> read_tags({"railway": "rail", "service": "yard"}, Choice()) is None
    True
    """
    if tags.get("railway") not in choice.values or tags.get("railway:preserved") == "yes":
        return None
    if tags.get("service") in OFF_THE_LINE and not choice.service:
        return None
    gauge = tags.get("gauge")
    basis = "unknown" if gauge is None else "tagged"
    usage = USAGES.index(_usage(tags, choice))
    return Told(read_gauge(gauge or ""), GAUGE_BASES.index(basis), usage, _traits(tags), read_level(tags))


@lru_cache(maxsize=10_000)
def read_values(values: tuple[str | None, ...], choice: Choice) -> Told | None:
    """The same, for the values of KEYS in turn; most ways bear one of a few hundred sets of tags."""
    return read_tags({key: value for key, value in zip(KEYS, values, strict=True) if value is not None}, choice)


def read_gauge(text: str) -> int:
    """Bits of the gauges that a tag names, of those known here.

    Examples
    --------
    >>> [read_gauge(text) for text in ("1435", "1520; 1435", "1524", "1435;750", "standard", "1435 mm")]
    [1, 3, 4, 1, 0, 0]
    """
    if not re.fullmatch(r"\s*[0-9]{1,4}\s*(;\s*[0-9]{1,4}\s*)*", text):
        return 0
    named = {int(part) for part in text.split(";")}
    return gauge_bits(";".join(str(mm) for mm in GAUGES_MM if mm in named))


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
    told = {
        "electrified": tags.get("electrified", "no") != "no",
        "highspeed": tags.get("highspeed") == "yes",
        "bridge": tags.get("bridge", "no") != "no",
        "service": tags.get("service") in OFF_THE_LINE,
    }
    return sum(1 << bit for bit, name in enumerate(TRAITS) if told[name])


def _usage(tags: Mapping[str, str], choice: Choice) -> str:
    if said := _BY_TRAFFIC.get(tags.get("railway:traffic_mode", "")) or _BY_USAGE.get(tags.get("usage", "")):
        return said
    if tags.get("passenger") == "no":
        return "freight"
    return choice.highspeed if tags.get("highspeed") == "yes" else "unknown"
