"""What a value of the tag ``gauge`` says, as people write it.

The OpenStreetMap wiki (Key:gauge) asks for whole millimetres, several with semicolons. The database also holds units
("1520 mm", "1.52 m", "4 ft 8½ in"), other separators, thousands ("1,520"), decimals ("1435.0"), digits of other scripts
and words. Read is what is plain to a reader: a value with a part that is not understood names no gauge at all.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from corridor.network import GAUGES_MM, gauge_bits


class Gauge(NamedTuple):
    """What a value says: bits of the gauges known here, and words that name one only together with a country.

    ``words``: places in COUNTRY_WORDS, as bits.
    """

    bits: int
    words: int = 0


COUNTRY_WORDS = ("standard", "broad")
"""Words that name another gauge in another country, or none that is plain: Russia's standard may be 1435 or 1520."""

_STANDARD, _BROAD, _NARROW, _NOTHING = *COUNTRY_WORDS, "narrow", "nothing"

_BY_MEANING: dict[int | str, str] = {
    1435: "normalspur normalspurig regelspur standardspur international internacional stephenson european uic "
    "европейская європейська 标准轨 標準軌 标准轨距 標準軌距 标轨 准轨 準軌 標準軌間",
    _STANDARD: "standard standart standardgauge normal normale estándar normalny normalnotorowy стандартная стандарт "
    "нормальная нормальна",
    1520: "russian soviet русская российская советская 俄轨 俄宽轨",
    1668: "iberian ibérico iberico",
    1676: "indian",
    1000: "metre meter metric métrico métrique meterspur métrica 米轨 米軌",
    1067: "cape kapspur",
    _BROAD: "broad broadgauge breitspur breitspurig wide large szeroki szerokotorowy širokorozchodný ancha широкая "
    "широкий широка ширококолейная 宽轨 寬軌 宽轨距",
    _NARROW: "narrow narrowgauge schmalspur schmalspurig wąski wąskotorowy étroite estrecho узкая узкоколейная вузька "
    "узкоколейка 窄轨 窄軌",
    # Words that may stand beside a gauge and add nothing to it.
    _NOTHING: "gauge gauges track tracks spur spurweite dual mixed combined double triple mm мм колея колеи "
    "ширина колія rozstaw voie écartement ancho vía 轨距 軌距 轨 套轨 "
    "and und et y e i и та or oder ou o или або 和 与 與 及 或",
}

_WORDS = {word: meaning for meaning, words in _BY_MEANING.items() for word in words.split()}

_UNITS = {"mm": 1, "мм": 1, "毫米": 1, "公厘": 1, "cm": 10, "см": 10, "厘米": 10, "m": 1000, "м": 1000, "米": 1000}
_UNITS |= dict.fromkeys(("millimetre", "millimetres", "millimeter", "millimeters", "миллиметров"), 1)

_FEET = r"(?:ft|feet|foot|['’′])"
_INCH = r"(?:inches|inch|in|''|’’|′′|[\"”″])"
_PART = r"(?P<{0}>\d+(?:\.\d+)?)?(?:[ +-]?(?P<{0}_top>\d+)/(?P<{0}_bottom>\d+))?"

_TOKEN = re.compile(
    "|".join(
        (
            rf"(?P<feet>\d)\ ?{_FEET}\.?(?:[ -]*{_PART.format('inch')}(?<=\d)\ ?{_INCH}\.?)?(?![^\W_])",
            rf"{_PART.format('only')}(?<=\d)\ ?{_INCH}(?![^\W_])",
            r"(?P<thousands>(?<!\d)[12][ ,.'’]\d{3})(?:[.,]0{1,2})?(?!\d)",
            r"(?P<number>\d{1,5})(?:[.,](?P<decimals>\d{1,2}|0+))?(?!\d)",
            r"(?P<word>[^\W\d_]+)",
            r"(?P<between>(?:[;,、/|\\+&·•()\[\]:_\s]|[.。](?!\d))+)",
            r"(?P<dash>[-‐‑–—~])",
        )
    )
)

STANDARD_MM = 1435
"""Stephenson's gauge; what is wider is broad."""

_LEAST_MM, _MOST_MM = 184, 3000  # garden railways, and the widest that was ever planned: no other number is a gauge

_MM_PER_INCH = 25.4


def parse_gauge(text: str) -> Gauge | None:
    """What a value says; None if a part of it is not understood, or it names nothing.

    Examples
    --------
    >>> parse_gauge("1435/broad")
    Gauge(bits=1, words=2)
    >>> parse_gauge("750"), parse_gauge("unknown")
    (Gauge(bits=0, words=0), None)
    """
    plain = _plain(text)
    if len(plain) > 200:
        return None
    named, at, dash = list[int | str](), 0, False
    while at < len(plain):
        token = _TOKEN.match(plain, at)
        if token is None:
            return None
        if token["dash"]:
            if dash or not named:  # "-1435" is no gauge
                return None
            dash = True
        at = token.end()
        if not (token["dash"] or token["between"]):
            at, values = _value(token, plain)
            if values is None:
                return None
            named += values
            dash = False
    if not named or dash:
        return None
    known = [mm for mm in GAUGES_MM if mm in named]
    numbers = [mm for mm in named if isinstance(mm, int)]
    # "1520 (broad)" names one gauge, "1435;broad" two.
    known_words = {_STANDARD: STANDARD_MM in numbers, _BROAD: max(numbers, default=0) > STANDARD_MM}
    words = sum(1 << i for i, word in enumerate(COUNTRY_WORDS) if word in named and not known_words[word])
    return Gauge(gauge_bits(";".join(map(str, known))), words)


def _plain(text: str) -> str:
    """A value with one form of each character: full-width and other digits, fractions, capitals, spaces."""
    out = []
    for char in text:
        if unicodedata.category(char) == "Cf":
            continue  # not to be seen
        if char.isdecimal():
            out.append(str(unicodedata.decimal(char)))
        elif unicodedata.category(char) == "No" and "⁄" in (part := unicodedata.normalize("NFKC", char)):
            out.append(" " + part.replace("⁄", "/"))  # "8½" is not 81/2
        else:
            out.append(unicodedata.normalize("NFKC", char))
    return re.sub(r"\s+", " ", "".join(out).replace("⁄", "/")).casefold().strip()


def _value(token: re.Match[str], plain: str) -> tuple[int, list[int | str] | None]:
    """Where a token ends with its unit, and what it names: nothing for a filler, None if it is not understood."""
    if word := token["word"]:
        meaning = _WORDS.get(word)
        return token.end(), None if meaning is None else [] if meaning == _NOTHING else [meaning]
    if token["feet"] or token["only"] or token["only_top"]:
        inches = 12 * int(token["feet"] or 0) + _inches(token, "inch") + _inches(token, "only")
        return token.end(), _gauge(inches * _MM_PER_INCH)
    unit = re.compile(r" ?([^\W\d_]+)\b\.?").match(plain, token.end())
    factor = _UNITS.get(unit[1]) if unit else None
    end = unit.end() if unit and factor else token.end()
    if token["thousands"]:
        return end, _gauge(int(re.sub(r"\D", "", token["thousands"]))) if factor in (None, 1, 1000) else None
    number = float(f"{token['number']}.{token['decimals'] or 0}")
    return end, _gauge(number * (factor or 1))


def _inches(token: re.Match[str], part: str) -> float:
    top, bottom = token[f"{part}_top"], token[f"{part}_bottom"]
    if top and not int(bottom):
        return float("nan")
    return float(token[part] or 0) + (int(top) / int(bottom) if top else 0)


def _gauge(mm: float) -> list[int | str] | None:
    return [round(mm)] if _LEAST_MM <= mm <= _MOST_MM else None
