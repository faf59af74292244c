"""What is assumed where claims are silent: TEU per train, what other bodies counted, and how steady months are.

Each is a band like a claim's, under the id of its assumption; without them bounds are `forced`, with them `assumed`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from corridor.assumptions import assumed
from corridor.volumes.bands import FIRST_TRUST, UNIT, Band, Figure, added, year_before
from corridor.volumes.grid import Grid, Terms
from corridor.volumes.program import INFINITE

BODIES = {"rail": ("customs", "ciq", "unstated")}
"""Bodies whose counts tell something of another's where that one prints nothing."""

TRUST = 6.0
"""Weight of an assumption when it and claims cannot all hold: its band is wide, so a claim beyond it is odd."""

ALIKE = date(2019, 1, 1)
"""From then on the bodies' counts lie closer together, and have a ratio of their own."""

BODY_TRUST = 0.6
"""Weight of another body's figure: it gives way before any that the main body prints."""

TOLD_SHARE = 0.75
"""Where the main body's claims cover more than this share of the days, another body's figure on them tells nothing."""

FEWEST = 3
"""Fewer ratios than this tell no range."""

PAIR_DAYS = 400
"""Longer windows say little of how many passed at any one time."""

NEAR = timedelta(days=366)
"""Claims this far off still tell of a day."""


class Ratio(NamedTuple):
    """What a body's claims on one window make of a ratio (TEU per train, outbound share): the least and the largest."""

    basis: str
    ports: frozenset[str]
    first: date
    after: date
    low: float
    high: float


LIMITS, RANGE = "teu-per-train-limits", "teu-per-train-range"
"""Ids of the assumptions on what a train can carry at all, and on what it plausibly carries."""


def loads_of(figures: Sequence[Figure]) -> list[Ratio]:
    """TEU per train of each window for which one body prints both, where it is plausible."""
    _, least, most = assumed(RANGE)
    trains: dict[tuple[object, ...], Figure] = {}
    for one in figures:
        if one.measure == "trains" and one.high < INFINITE and one.low > 0 and not one.doubt:
            trains.setdefault((one.ports, one.direction, one.basis, one.first, one.after), one)
    out = []
    for one in figures:
        if one.measure != "teu" or one.high == INFINITE or one.doubt or (one.after - one.first).days > PAIR_DAYS:
            continue
        same = trains.get((one.ports, one.direction, one.basis, one.first, one.after))
        if same is not None and one.high >= least * same.low and one.low <= most * same.high:
            out.append(Ratio(one.basis, one.ports, one.first, one.after, one.low / same.high, one.high / same.low))
    return out


def limit_bands(grid: Grid, figures: Sequence[Figure]) -> list[Band]:
    """TEU on the window of each claim between the least and the most that its trains can carry."""
    _, least, most = assumed(LIMITS)
    rows = []
    for ports, direction, first, after in dict.fromkeys(
        (one.ports, one.direction, one.first, one.after) for one in figures
    ):
        trains, teu = (grid.window(grid.pick(what, ports, direction), first, after) for what in ("trains", "teu"))
        if trains and teu:
            for factor, low, high in ((least, 0.0, INFINITE), (most, -INFINITE, 0.0)):
                rows.append(Band(LIMITS, "limit", added(teu, trains, -factor), low, high, FIRST_TRUST))
    return rows


def shares_of(figures: Sequence[Figure]) -> list[Ratio]:
    """What share was outbound, for each window of which one body prints both directions."""
    told = [one for one in figures if one.low > 0 and one.high < INFINITE and not one.doubt]
    inbound: dict[tuple[object, ...], list[Figure]] = {}
    for one in told:
        if one.direction == "inbound":
            inbound.setdefault((one.ports, one.measure, one.basis, one.first, one.after), []).append(one)
    out = []
    for one in told:
        if one.direction == "outbound":
            for other in inbound.get((one.ports, one.measure, one.basis, one.first, one.after), []):
                share = one.value / (one.value + other.value)
                out.append(Ratio(one.basis, one.ports, one.first, one.after, share, share))
    return out


def range_of(ratios: Sequence[Ratio], basis: str, port: str, first: date, after: date) -> tuple[float, float]:
    """The range of those within a year of a window: a body's own for the port, else any body's, else any port's.

    Fewer than FEWEST do not tell a range: then those of the next kind count too, and at last the nearest of others.
    """
    near = [one for one in ratios if one.first < after + NEAR and one.after > first - NEAR]
    own = [one for one in near if port in one.ports]
    some = next((some for some in ([one for one in own if one.basis == basis], own, near) if len(some) >= FEWEST), None)
    if some is None:
        by_distance = sorted(ratios, key=lambda one: (max(one.first - after, first - one.after), one.first, one.after))
        some = [*near, *by_distance[:FEWEST]]
    return min(one.low for one in some), max(one.high for one in some)


def months_of(grid: Grid, series: int) -> list[tuple[date, date]]:
    """Months of a series, the first from its opening, the last up to the end; far from all claims what lies between."""
    opened, *cuts = grid.cuts[series]
    return list(pairwise([opened, *(day for day in cuts if day.day == 1 and day < grid.end), grid.end]))


class Usual(NamedTuple):
    """What a sum is of another in a month: TEU per train, or the outbound share, between the least and the largest."""

    claim: str
    kind: str
    part: Terms
    whole: Terms
    low: float
    high: float
    trust: float


def usual_loads(grid: Grid, figures: Sequence[Figure], basis: str) -> list[Usual]:
    """TEU of each month and direction between the least and the largest plausible number per train.

    That is what claims print near it; where none prints both, the range that is assumed.
    """
    (_, narrow, wide), (_, least, most) = assumed("teu-per-train-margin"), assumed(RANGE)
    loads, out, trust = loads_of(figures), [], TRUST / UNIT["teu"]
    index = {(one.measure, one.port, one.direction): i for i, one in enumerate(grid.series)}
    for (measure, port, direction), i in index.items():
        if measure != "trains" or ("teu", port, direction) not in index:
            continue
        for first, after in months_of(grid, i):
            name, low, high = RANGE, least, most
            if loads:
                low, high = range_of(loads, basis, port, first, after)
                name, low, high = "teu-per-train-margin", narrow * low, wide * high
            trains = grid.window([i], first, after)
            teu = grid.window([index["teu", port, direction]], first, after)
            out.append(Usual(name, "ratio", teu, trains, low, high, trust))
    return out


def usual_shares(grid: Grid, figures: Sequence[Figure], basis: str) -> list[Usual]:
    """Each month's trains and TEU from China between the least and the largest plausible share of both directions."""
    spare, *_ = assumed("direction-share-margin")
    shares, rows = shares_of(figures), []
    index = {(one.measure, one.port, one.direction): i for i, one in enumerate(grid.series)}
    for (measure, port, direction), i in index.items():
        back = index.get((measure, port, "inbound"))
        if direction == "inbound" or back is None or not shares:
            continue
        for first, after in months_of(grid, back):
            low, high = range_of(shares, basis, port, first, after)
            out, both = grid.window([i], first, after), grid.window([i, back], first, after)
            low, high, trust = max(0.0, low - spare), min(1.0, high + spare), TRUST / UNIT[measure]
            rows.append(Usual("direction-share-margin", "share", out, both, low, high, trust))
    return rows


def usual_bands(usual: Sequence[Usual]) -> list[Band]:
    """What the usual leaves open."""
    return [
        Band(one.claim, one.kind, added(one.part, one.whole, -factor), low, high, one.trust)
        for one in usual
        for factor, low, high in ((one.low, 0.0, INFINITE), (one.high, -INFINITE, 0.0))
    ]


class Proxy(NamedTuple):
    """A figure of another body, where the main one prints nothing: the sum that it tells of, and its value.

    ``assumption``: id of the ratio between the two bodies' counts.
    """

    claim: str
    assumption: str
    measure: str
    ports: frozenset[str]
    first: date
    after: date
    terms: Terms
    low: float
    value: float
    high: float

    @property
    def ratio(self) -> tuple[float, float, float]:
        """The main body's count over this one's: the best value and the range."""
        return assumed(self.assumption)


def windows_of(one: Figure) -> list[tuple[date, date, float, float, float]]:
    """What a figure says of its window, and by its growth of the same days a year earlier: least, best and largest."""
    windows = [(one.first, one.after, one.low, one.value, one.high)]
    if one.growth:
        slow, fast = one.growth
        earlier = year_before(one.first), year_before(one.after)
        windows.append((*earlier, one.low / fast, 2 * one.value / (slow + fast), one.high / slow))
    return windows


def proxies_of(grid: Grid, main: Sequence[Figure], others: Sequence[Figure]) -> list[Proxy]:
    """Figures of other bodies on years and ports of which the main one prints nothing."""
    told: dict[tuple[str, str], set[int]] = {}
    for one in main:
        if len(one.ports) == 1 and (one.after - one.first).days <= PAIR_DAYS:
            told.setdefault((one.measure, min(one.ports)), set()).update(
                range(one.first.toordinal(), one.after.toordinal())
            )
    out = []
    for one in others:
        for first, after, low, value, high in windows_of(one):
            days = range(first.toordinal(), after.toordinal())
            known = max(len(told.get((one.measure, port), set()).intersection(days)) for port in one.ports)
            if known > TOLD_SHARE * len(days):
                continue
            terms = grid.window(grid.pick(one.measure, one.ports, one.direction), first, after)
            if terms:
                era = f"{'before' if first < ALIKE else 'since'}-{ALIKE.year}"
                ratio = "rail-per-service" if one.part else f"rail-per-{one.basis}-{era}"
                out.append(Proxy(one.name, ratio, one.measure, one.ports, first, after, terms, low, value, high))
    return out


def body_bands(proxies: Sequence[Proxy]) -> list[Band]:
    """What other bodies' figures leave open, by the range of the ratio between the two counts."""
    rows = []
    for one in proxies:
        _, least, most = one.ratio
        trust = BODY_TRUST / UNIT[one.measure]
        rows.append(Band(one.assumption, "body", one.terms, least * one.low, most * one.high, trust, one.claim))
    return rows


def pace_bands(grid: Grid, figures: Sequence[Figure]) -> list[Band]:
    """No stretch of days far busier than the busiest month or longer window that claims print near it."""
    _, least, most = assumed("busiest-days")
    (spare, *_), (chance, *_) = assumed("busiest-days-spare"), assumed("busiest-days-chance")
    rows, told = [], set[str]()
    for measure, port in dict.fromkeys((one.measure, one.port) for one in grid.series):
        series = grid.pick(measure, [port], "both")
        known, halves = (
            [
                (first, after, factor * high / (after - first).days)
                for one in figures
                if one.ports == {port} and one.measure == measure and (one.direction == "both") == (factor == 1)
                for first, after, _, _, high in windows_of(one)
                if high < INFINITE and 28 <= (after - first).days <= PAIR_DAYS
            ]
            for factor in (1, 2)
        )
        known = known or halves  # a figure of one direction tells of a rate of both about twice as high
        if known:
            told.add(port)
        if not known or (measure == "teu" and port in told):
            continue  # TEU follow trains, by their number in each
        longest = min(series, key=lambda i: grid.cuts[i][0])
        for first, after in zip(grid.cuts[longest], grid.cuts[longest][1:], strict=False):
            if after - first > NEAR:
                continue  # so far from all claims nothing is known
            near = next(
                (
                    some
                    for gap in (NEAR / 2, NEAR)
                    if (some := [rate for a, b, rate in known if a < after + gap and b > first - gap])
                ),
                [rate for _, _, rate in known],
            )
            within = [rate for a, b, rate in known if a < after and b > first]
            days, unit = (after - first).days, UNIT[measure]
            # Of a few trains chance scatters more than the range allows.
            busiest, calmest = max(near) * days, min(within, default=0.0) * days
            low = min(least * calmest, calmest - chance * math.sqrt(calmest * unit)) - unit * spare
            high = max(most * busiest, busiest + chance * math.sqrt(busiest * unit)) + unit * spare
            rows.append(
                Band("busiest-days", "pace", grid.window(series, first, after), max(0.0, low), high, TRUST / unit)
            )
    return rows
