"""One cell of a table that a user hands over, rewritten as the project's own tables write it.

A cell is rewritten only where it has one meaning; else ValueError says what is unclear, and how to write it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal

# ---------------------------------------------------------------- text

_INVISIBLE = {**dict.fromkeys(map(ord, "\ufeff\u200b\u2060\u00ad")), **dict.fromkeys(map(ord, "\u2028\u2029"), "\n")}
_SIDES = dict.fromkeys(map(ord, "\u200e\u200f\u061c"))
"""Marks of direction that programs put beside days and figures, and that turn neither; in a name they are refused."""
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_BLANK = {"", "na", "n/a", "#n/a", "nan", "nat", "<na>", "none", "null", "-", "--", "–", "—"}


def tidy(cell: str) -> str:
    """A text without marks that cannot be seen and space around it; line breaks as line feeds."""
    return cell.translate(_INVISIBLE).replace("\r\n", "\n").replace("\r", "\n").strip()


def is_blank(cell: str) -> bool:
    """Whether a cell of an optional column says nothing: empty, or a mark for a missing value."""
    return cell.casefold() in _BLANK


def word(cell: str) -> str:
    """A word of a closed list: "At least" is at_least."""
    return re.sub(r"[\s-]+", "_", _narrow(cell).casefold())


def _narrow(cell: str) -> str:
    """A text with plain digits, letters, marks and spaces for those of full width and those that do not break.

    Raised digits and fractions stay as they are: the mark of a footnote is no digit of the number before it.
    """
    plain = "".join(
        c if unicodedata.category(c) == "No" else unicodedata.normalize("NFKC", c) for c in tidy(cell).translate(_SIDES)
    )
    return " ".join(plain.translate(_DASHES).split())


# ---------------------------------------------------------------- numbers

_MULTIPLES = {
    "万": 10**4,
    "萬": 10**4,
    "亿": 10**8,
    "億": 10**8,
    "thousand": 10**3,
    "million": 10**6,
    "тыс": 10**3,
    "млн": 10**6,
}
_NUMBER = re.compile(rf"([+-]?)([0-9][0-9., ']*?) ?({'|'.join(_MULTIPLES)})?\.?", re.IGNORECASE)
_RANGE = re.compile(r"[0-9]\S{0,3} ?(?:-|~|\.\.|/|to|and|至|到|до|и) ?[0-9]")
_POINT = re.compile(r"[0-9]+(?:\.[0-9]*)?")
_COMMA = re.compile(r"[0-9]+,[0-9]*")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_ENGLISH = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_GERMAN = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]*)?")
_SPACED = re.compile(r"[1-9][0-9]{0,2}(?:([ '])[0-9]{3})(?:\1[0-9]{3})*(?:[.,][0-9]*)?")


def whole_number(cell: str) -> str:
    """A count: "4,235", "4 235", "4'235", "4235.0", "1.2万" and "1.234.567" each have one meaning, "4.235" has two."""
    value = _number(cell, whole=True)
    return cell if value is None else _written(value)


def number(cell: str) -> str:
    """A number that may have decimals, with a point or a comma; a percent sign may follow."""
    value = _number(_narrow(cell).removesuffix("%").strip(), whole=False)
    return cell if value is None else _written(value)


def _written(value: Decimal) -> str:
    return str(int(value)) if value == value.to_integral_value() else format(value.normalize(), "f")


def _number(cell: str, *, whole: bool) -> Decimal | None:
    """What a cell says; None if it is no number at all."""
    text = _narrow(cell).replace("’", "'").replace("`", "'")
    match = _NUMBER.fullmatch(text)
    if not match:
        _refuse_more_than_a_number(text, whole=whole)
        return None
    sign, digits, multiple = match.groups()
    factor = _MULTIPLES[multiple.casefold()] if multiple else 1
    if _THOUSANDS.fullmatch(digits) and (whole and factor == 1) == ("." in digits):
        plain, decimals = re.sub(r"[.,]", "", digits), digits.replace(",", ".")
        raise ValueError(f"may be {plain} or {decimals}; write it without a mark between thousands and with a point")
    if _POINT.fullmatch(digits):
        value = Decimal(digits.removesuffix("."))
    elif _ENGLISH.fullmatch(digits):
        value = Decimal(digits.replace(",", "").removesuffix("."))
    elif _COMMA.fullmatch(digits):
        value = Decimal(digits.replace(",", ".").removesuffix("."))
    elif _GERMAN.fullmatch(digits):
        value = Decimal(digits.replace(".", "").replace(",", ".").removesuffix("."))
    elif _SPACED.fullmatch(digits):
        value = Decimal(re.sub(r"[ ']", "", digits).replace(",", ".").removesuffix("."))
    else:
        return None
    return -value * factor if sign == "-" else value * factor


def _refuse_more_than_a_number(text: str, *, whole: bool) -> None:
    """Say what is unclear of a text that holds a number and more."""
    if re.fullmatch(r"[+-]?[0-9][0-9.,]*[eE][+-]?[0-9]+", text):
        raise ValueError("has an exponent, and spreadsheets round such numbers; write all digits")
    if _RANGE.search(text):
        how = ", with `about` and a rounding_unit, or `at_least`, under precision" if whole else ""
        raise ValueError(f"is a range; write one number{how}")
    if re.search(r"[0-9]", text) and whole and not re.fullmatch(r"[-+]?[0-9.,]+", text):
        raise ValueError("is not a whole number alone; write its digits, and `about` or `at_least` under precision")


# ---------------------------------------------------------------- days

_MONTHS = tuple(
    line.split()
    for line in (
        "january february march april may june july august september october november december",
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    )
)
_MONTH = r"(?P<m>[^\W\d_]{3,9})"
_FORMS = (
    r"(?P<y>[0-9]{4})(?P<mark>[-/.])(?P<m>[0-9]{1,2})(?P=mark)(?P<d>[0-9]{1,2})",
    r"(?P<y>[0-9]{4}) ?年 ?(?P<m>[0-9]{1,2}) ?月 ?(?P<d>[0-9]{1,2}) ?[日号號]",
    r"(?P<y>(?:19|20)[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?:\.0)?",
    r"(?P<d>[0-9]{1,2})\.(?P<m>[0-9]{1,2})\.(?P<y>[0-9]{4})(?: ?г\.?)?",
    rf"(?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)?\.?(?: of)?[ /-]{_MONTH}\.?,?[ /-](?P<y>[0-9]{{4}})(?: ?г\.?| года)?",
    rf"{_MONTH}\.?[ -](?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)?,?[ -](?P<y>[0-9]{{4}})",
    rf"(?P<y>[0-9]{{4}})[ -]{_MONTH}\.?[ -](?P<d>[0-9]{{1,2}})",
)
_TIME = re.compile(
    r"(.*[0-9])[T ]([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[AP]M)?) ?(?:Z|UTC|[+-][0-9]{2}:?(?:[0-9]{2})?)?"
)
_MIDNIGHT = re.compile(r"(?:0?0:00(?::00(?:\.0+)?)?|12:00(?::00(?:\.0+)?)? ?AM)")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}[-/. ](?:[0-9]{1,2}|[^\W\d_]{3,9})[-/. ][0-9]{2}")
_NO_DAY = re.compile(r"[0-9]{4}(?:\.0|年)?|[0-9]{4}[-/.年] ?[0-9]{1,2}月?")
_EITHER = re.compile(r"([0-9]{1,2})([-/])([0-9]{1,2})\2([0-9]{4})")
_SERIAL_FROM = date(1899, 12, 30)
"""Day 0 of the numbers by which spreadsheets keep days (1900 system, for days since March 1900)."""


def day(cell: str) -> str:
    """A day as YYYY-MM-DD, with midnight or without; the day is the one that is written, whatever its time zone."""
    text = _narrow(cell)
    if match := _TIME.fullmatch(text):
        if not _MIDNIGHT.fullmatch(match[2]):
            raise ValueError("is not a day alone: it has a time, and so may be the next one elsewhere; write the day")
        text = match[1]
    for form in _FORMS:
        if match := re.fullmatch(form, text):
            month = match["m"] if match["m"].isdecimal() else _month(match["m"].casefold())
            return cell if month is None else _iso(match["y"], month, match["d"])
    if match := _EITHER.fullmatch(text):
        return _day_or_month_first(*match.group(1, 3, 4))
    if re.fullmatch(r"[0-9]{5}(?:\.0)?", text):
        counted = _SERIAL_FROM + timedelta(days=int(text[:5]))
        raise ValueError(
            f"is not a day but a spreadsheet's number, perhaps of {counted} (counted from 1904, of "
            f"{counted + timedelta(days=1462)}); format the column as YYYY-MM-DD and save again"
        )
    if _SHORT_YEAR.fullmatch(text):
        raise ValueError("is not a day with its whole year; write it as YYYY-MM-DD")
    if _NO_DAY.fullmatch(text):
        raise ValueError("is not a day but a year or month; write its first or last day as YYYY-MM-DD")
    return cell


def _month(name: str) -> int | None:
    """Number of a month named in English or Russian, in full or by its beginning; None of any other word."""
    found = {i for names in _MONTHS for i, full in enumerate(names, 1) if full.startswith(name)}
    return found.pop() if len(found) == 1 else None


def _day_or_month_first(first: str, second: str, year: str) -> str:
    """A day written with slashes or hyphens and the year last, where only one order can be meant or both agree."""
    if int(first) > 12 or first == second:
        return _iso(year, second, first)
    if int(second) > 12:
        return _iso(year, first, second)
    either = f"{_iso(year, second, first)} or {_iso(year, first, second)}"
    raise ValueError(f"is not a day with one meaning: {either}; write it as YYYY-MM-DD")


def partial_day(cell: str) -> str:
    """A day as :func:`day` reads it, or a year or month as YYYY or YYYY-MM."""
    text = _narrow(cell)
    if match := re.fullmatch(r"([0-9]{4})(?:\.0|年)?", text):
        return match[1]
    if match := re.fullmatch(r"([0-9]{4})(?:[-/.]| ?年 ?)([0-9]{1,2}) ?月?", text):
        return f"{match[1]}-{int(match[2]):02}"
    return day(cell)


def _iso(year: str, month: str | int, day_of_month: str) -> str:
    return f"{year}-{int(month):02}-{int(day_of_month):02}"
