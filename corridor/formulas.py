"""Text that a spreadsheet would run as a formula: marked where tables leave as CSV, and read back without the mark.

The mark is an apostrophe, as spreadsheets themselves write it. It stands before a cell that begins like a formula, and
before each part of a cell that would become a cell of its own where the file is opened with another separator. Marking
and reading back are each other's inverse for every text, also for one that has apostrophes of its own.
"""

from __future__ import annotations

import re

_BLANK = r"[\s\"']*"
_NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_NUMBERS = rf"{_NUMBER}(?:[, ]\s*{_NUMBER})*"
"""A number is no formula; nor are several, such as coordinates."""

# In full width too, after blanks and quotation marks.
_LIKE_FORMULA = rf"(?!{_NUMBERS}(?:[;\t\n]|\Z)){_BLANK}[=+\-@＝＋－＠]"
_FIRST = re.compile(rf"{_LIKE_FORMULA}|{_BLANK}[\t\n]")
_LATER = re.compile(rf"(?<=[;\t\n])(?={_LIKE_FORMULA})")
_LATER_MARKED = re.compile(rf"(?<=[;\t\n])'(?={_LIKE_FORMULA})")
_LEADING = re.compile(_BLANK)
# Of the leading blanks: after quotation marks and a line break a part of its own begins.
_LAST_PART = re.compile(r"[^\t\n]*\Z")
_HERE = re.compile(_LIKE_FORMULA)


def marked(text: str) -> str:
    """A text of which no spreadsheet runs anything.

    Examples
    --------
    >>> marked("=1+1"), marked("a;=1+1"), marked("-5"), marked("it's"), marked("'=1")
    ("'=1+1", "a;'=1+1", '-5', "it's", "''=1")
    """
    lead = _LEADING.match(text).end()  # type: ignore[union-attr]
    blank, rest = text[:lead], text[lead:]
    part = _LAST_PART.search(blank).start()  # type: ignore[union-attr]
    if blank[:part].strip() and _HERE.match(rest):
        blank = f"{blank[:part]}'{blank[part:]}"
    return "'" * bool(_FIRST.match(text)) + blank + _LATER.sub("'", rest)


def unmarked(cell: str) -> str:
    """The text that :func:`marked` made a cell of; any other cell as it is.

    Examples
    --------
    >>> unmarked("'=1+1"), unmarked("a;'=1+1"), unmarked("'quoted'"), unmarked("''=1")
    ('=1+1', 'a;=1+1', "'quoted'", "'=1")
    """
    if "'" not in cell:
        return cell
    text = cell[1:] if cell.startswith("'") and _FIRST.match(cell, 1) else cell
    lead = _LEADING.match(text).end()  # type: ignore[union-attr]
    blank, rest = text[:lead], text[lead:]
    part = _LAST_PART.search(blank).start()  # type: ignore[union-attr]
    if blank[:part].strip() and blank[part:].startswith("'") and _HERE.match(rest):
        blank = blank[:part] + blank[part + 1 :]
    return blank + _LATER_MARKED.sub("", rest)
