"""Text from outside: what a cell of a table may hold, and how text is shown where it could deceive its reader.

A text can steer a terminal, turn the figures beside it round, hide letters, or fill a page. Tables refuse what has no
use in a name or a note; messages show one line of limited length; text that is read from right to left is isolated from
what stands beside it. Programmes get every text as it is (JSON, CSV, GeoJSON).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Any

LONGEST_VALUE = 60
"""So many characters of a value are shown in a message."""

LONGEST_NAME = 200
"""So many characters of a file's name, an identifier or an argument are shown in a message."""

LONGEST_NOTE = 1000
"""So many characters of what a network says of its making are shown or quoted."""

MOST_MARKS = 8
"""More combining marks than this on one letter are refused: no script needs them, and they run over the lines above."""

# ---------------------------------------------------------------- what a cell may hold

_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_REFUSED = {
    # Tabs and line feeds are allowed: cells of spreadsheets have lines.
    "a control character": "\x00-\x08\x0b-\x1f\x7f-\x9f",
    "a mark that sets the direction of text": _DIRECTION,
    "a separator of lines": "\u2028\u2029",
    "half of a character": "\ud800-\udfff",
    "no character of Unicode": _NONCHARACTERS,
    # All that Unicode calls a format character, but for the joiners (U+200C, U+200D), with which Persian, Urdu and the
    # scripts of India are spelt, and for the signs before numbers in Arabic script, which can be seen.
    "a character that cannot be seen": (
        "\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"
        "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff"
    ),
}
_REFUSED_ANY = re.compile(f"[{''.join(_REFUSED.values())}]")
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Marks that turn what follows them round, figures too: refused wherever they stand in a table."""

_UNSEEN = re.compile(r"[\s\u034f\u115f\u1160\u17b4\u17b5\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0]+")


def fault(text: str) -> str | None:
    r"""What is wrong with the characters of a cell, by the code point of the first that is refused; None if nothing is.

    Examples
    --------
    >>> fault("Harbin 2\u202e1")
    'holds a mark that sets the direction of text, U+202E; take it out'
    >>> fault("哈尔滨"), fault("می\u200cخواهم")
    (None, None)
    """
    if found := _REFUSED_ANY.search(text):
        kind = next(kind for kind, those in _REFUSED.items() if re.match(f"[{those}]", found[0]))
        return f"holds {kind}, U+{ord(found[0]):04X}; take it out"
    if _UNSEEN.fullmatch(text):
        return f"holds nothing that can be seen, only U+{ord(text[0]):04X} and the like; take it out"
    if not text.isascii() and _marks(text) > MOST_MARKS:
        return f"holds {_marks(text)} marks on one letter; at most {MOST_MARKS} are taken"
    return None


def _marks(text: str) -> int:
    """Most combining marks that follow each other in a text."""
    most = run = 0
    for character in text:
        run = run + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        most = max(most, run)
    return most


# ---------------------------------------------------------------- how it is shown

_STEERING = re.compile(rf"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_DIRECTION}{_NONCHARACTERS}]")
_STEERING_JSON = re.compile(rf"[\x7f-\x9f\u2028\u2029{_DIRECTION}]")  # JSON escapes the others itself
_LOOSE_JOINER = re.compile(r"[\u200c\u200d]+(?=\s|\Z)")


def printable(text: str) -> str:
    r"""Text on one line or more for a reader: what could steer a terminal or turn text round is shown as �.

    A joiner at the end of a word joins nothing and is left out (rich 14.3.0 fails on it).

    Examples
    --------
    >>> printable("Harbin\x1b[2J"), printable("滿洲里　站")
    ('Harbin�[2J', '滿洲里　站')
    """
    return _LOOSE_JOINER.sub("", _STEERING.sub("�", text))


def bare(text: object, longest: int = LONGEST_NAME) -> str:
    r"""A file's name, an identifier or a library's words for a message: on one line, escaped, cut in the middle.

    Examples
    --------
    >>> bare("mine.csv"), bare("a\nb\x1b[2J"), len(bare("x" * 1000))
    ('mine.csv', 'a\\nb\\x1b[2J', 200)
    """
    return _cut("".join(c if c == " " or _plain(c) else _escape(c) for c in str(text)), longest)


def _plain(character: str) -> bool:
    """Whether a character is shown as it is on one line: letters, signs, spaces, joiners, those not yet assigned."""
    return not (_REFUSED_ANY.match(character) or character in "\t\n")


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _cut(text: str, longest: int) -> str:
    """A text without its middle, if it is longer than that; no mark loses its letter."""
    if len(text) <= longest:
        return text
    head, tail = text[: longest - longest // 3 - 1], text[len(text) - longest // 3 :]
    return f"{head}…{tail.lstrip(''.join(c for c in tail if unicodedata.combining(c)))}"


def short(name: str, longest: int) -> str:
    """A name for a label: no wider than so many Latin letters, cut in the middle; few marks on one letter.

    Examples
    --------
    >>> short("Yekaterinburg", 20), short("Yekaterinburg-Passazhirsky", 20), short("满洲里" * 9, 20)
    ('Yekaterinburg', 'Yekaterinburg…zhirsky', '满洲里满洲里…满洲里')
    """
    letters: list[str] = []
    for character in name:
        if not unicodedata.combining(character) or not letters:
            letters.append(character)
        elif len(letters[-1]) <= _MARKS_OF_LABEL:
            letters[-1] += character
    if sum(map(_cells, letters)) <= longest:
        return "".join(letters)
    head, tail = _fitting(letters, longest * 2 // 3), _fitting(letters[::-1], longest - longest * 2 // 3)
    return f"{''.join(head).rstrip()}…{''.join(tail[::-1]).lstrip()}"


_MARKS_OF_LABEL = 3


def _cells(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter[0]) in "WF" else 1


def _fitting(letters: list[str], longest: int) -> list[str]:
    """The first letters that are no wider together."""
    widths = list(accumulate(map(_cells, letters)))
    return letters[: bisect_right(widths, longest)]


def shown(value: Any) -> str:
    r"""A value in a message: quoted if it is text, on one line, and no longer than :data:`LONGEST_VALUE`.

    Examples
    --------
    >>> shown("Harbin\x1b"), shown(5), shown("x" * 100) == f"'{'x' * 59}…"
    ("'Harbin\\x1b'", '5', True)
    """
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # Python writes no whole number of more than some thousand digits
        return f"a number of type {type(value).__name__} with thousands of digits"
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def listed(values: Iterable[object]) -> str:
    """Values of a list in a message, each as :func:`shown`."""
    return ", ".join(map(shown, values))


def json_safe(document: str) -> str:
    r"""A JSON document that means the same, in which what could steer a terminal or turn text round is escaped.

    Examples
    --------
    >>> json_safe('{"name": "a\u202eb"}')
    '{"name": "a\\u202eb"}'
    """
    return _STEERING_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", document)


# ---------------------------------------------------------------- right to left

RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff"
"""The ranges of Unicode whose letters are read from right to left (Hebrew, Arabic, Syriac, Thaana, N'Ko and others)."""

RIGHT_TO_LEFT_RUN = rf"[{RIGHT_TO_LEFT}]+(?:[ \u00a0'’\x22.\-\u200c\u200d][{RIGHT_TO_LEFT}]+)*"
"""Words in such letters that follow each other; figures, brackets and two spaces part them (Python and JavaScript)."""

_RUN = re.compile(RIGHT_TO_LEFT_RUN)


def isolated(text: str) -> str:
    r"""A text whose words from right to left stand in isolates (U+2068, U+2069), so that they move nothing beside them.

    Without isolates a display that follows Unicode's rules shows the range 12–15 after a Hebrew name as 15–12. Each run
    of words has isolates of its own, so text may be broken into lines before, but not after.

    Examples
    --------
    >>> isolated("Harbin 12–15")
    'Harbin 12–15'
    >>> isolated("חיפה 12–15").encode("unicode_escape")
    b'\\u2068\\u05d7\\u05d9\\u05e4\\u05d4\\u2069 12\\u201315'
    """
    return right_to_left(text, "\u2068\\g<0>\u2069")


def right_to_left(text: str, template: str) -> str:
    """A text with each run of words from right to left put into a template of :mod:`re`."""
    return text if text.isascii() else _RUN.sub(template, text)
