"""Days in the tags ``start_date`` and ``end_date``, as the OpenStreetMap wiki (Key:start date) has them written.

A day is a whole number as :meth:`datetime.date.toordinal` counts it. As with transfers, only what is surely in service
counts: a line that opened in 2013 from the last day of that year, one that closed in 2013 until the first.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

_JULIAN_DAY = 1_721_425  # of the day before 1 January of year 1

_JULIAN_MARCH = 308  # days from 1 March of the Julian year 0 to 1 January of our year 1

_YEARS = {"": (0, 1), "early": (0, 1 / 3), "mid": (1 / 3, 2 / 3), "late": (2 / 3, 1)}

_NAMED = re.compile(r"(before|after|by|until|since)? ?(.+)")


def read_days(text: str) -> tuple[int, int] | None:
    """First and last day that a value may mean; 0 for no limit, None if it is no date.

    Examples
    --------
    >>> [date.fromordinal(day).isoformat() for day in read_days("2013-05")]
    ['2013-05-01', '2013-05-31']
    >>> [date.fromordinal(day).isoformat() for day in read_days("1930s..1941")]
    ['1930-01-01', '1941-12-31']
    >>> read_days("before 1910")[0], read_days("soon")
    (0, None)
    """
    plain = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in unicodedata.normalize("NFKC", text))
    plain = re.sub(r"\s+", " ", plain.strip().lower()).replace("–", "-").replace("—", "-")
    ends = [_period(part) for part in plain.split("..")] if len(plain) <= 60 else []
    if not 1 <= len(ends) <= 2 or None in ends:
        return None
    known = [end for end in ends if end is not None]
    first, last = known[0][0], known[-1][1]
    return (first, last) if not (first and last) or first <= last else None


def _period(text: str) -> tuple[int, int] | None:
    """The same of a value without "..": a date, a decade or a century, or what lies before or after it."""
    found = _NAMED.fullmatch(text.strip().lstrip("~").strip())
    if found is None:
        return None
    relation, rest = found.groups()
    span = _span(rest.strip().removeprefix("~").removeprefix("ca. ").removeprefix("c. ").strip())
    if span is None or relation is None:
        return span
    first, last = span
    if relation == "before":
        return 0, max(first - 1, 1)
    return (0, last) if relation in ("by", "until") else (last + 1 if relation == "after" else first, 0)


def _span(text: str) -> tuple[int, int] | None:
    try:
        if found := re.fullmatch(r"(?:(early|mid|late)[ -])?(?:c(\d\d?)|(\d{3})0s)", text):
            part, century, decade = found.groups()
            start, years = (100 * int(century) - 99, 100) if century else (10 * int(decade), 10)
            low, high = _YEARS[part or ""]
            first = date(max(start + int(low * years), 1), 1, 1)
            return first.toordinal(), date(start + int(high * years) - 1, 12, 31).toordinal()
        if found := re.fullmatch(r"jd:(\d{1,7})", text):
            day = date.fromordinal(int(found[1]) - _JULIAN_DAY).toordinal()
            return day, day
        if found := re.fullmatch(r"j:(\d{4})-(\d\d)-(\d\d)", text):
            day = _of_julian(*map(int, found.groups()))
            return day, day
        return _calendar(text)
    except (ValueError, OverflowError):
        return None  # such as 30 February


def _calendar(text: str) -> tuple[int, int] | None:
    """A year, a month or a day."""
    for form in (
        r"(?P<y>\d{4})(?:[-/.](?P<m>\d\d?)(?:[-/.](?P<d>\d\d?))?)?(?:t[\d:.+z-]*)?",
        r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)",
        r"(?:(?P<d>\d\d?)\.)?(?P<m>\d\d?)\.(?P<y>\d{4})",
        r"(?P<y>\d{4})年(?:(?P<m>\d\d?)月(?:(?P<d>\d\d?)日)?)?",
    ):
        if found := re.fullmatch(form, text):
            year, month, day = int(found["y"]), found["m"], found["d"]
            if day:
                exact = date(year, int(month), int(day)).toordinal()
                return exact, exact
            if not month:
                return date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
            first = date(year, int(month), 1)
            return first.toordinal(), ((first + timedelta(days=31)).replace(day=1) - timedelta(days=1)).toordinal()
    return None


def _of_julian(year: int, month: int, day: int) -> int:
    """A day of the Julian calendar, counted in years that begin in March, so that leap days come last."""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise ValueError("no month or day")
    early = month < 3
    years, months = year - early, month - 3 + 12 * early
    return day + (153 * months + 2) // 5 + 365 * years + years // 4 - _JULIAN_MARCH


def days_of_service(start: str | None, end: str | None) -> tuple[int, int]:
    """First day on which a line surely is in service, and the first on which it no longer surely is; 0: not known.

    Examples
    --------
    >>> [date.fromordinal(day).isoformat() for day in days_of_service("2013", "2019-05")]
    ['2013-12-31', '2019-05-01']
    """
    opened, closed = (read_days(text) if text else None for text in (start, end))
    return (opened[1] or opened[0]) if opened else 0, (closed[0] or closed[1]) if closed else 0
