"""Names as people write them: case, accents, both Chinese scripts, and words such as *station* beside the name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

TRADITIONAL = (
    "萬東豐臨義烏喬鄉雲亞們倫餘兗蘭關興茲內涼凱別華盧衛衞廈縣參雙發臺葉後呂園國圖聖壩頭奧婁寧寶賓爾崗島嶺峯"
    "幫廣莊慶庫開張懷紮揚無來橋稜橫漢瀋溝滄澤濟潤滿灤濱灘濰琿納紐紹綏維綿羅騰蕪蘆蘇荊萊營薩許諾謝貝貨貴賈賽"
    "贛車軒邊遼達運連鄭鄲裏裡鐵銀錫錦鎮長門闊陽際饒馬駐魯雞鷄鷹麥齊龍脫峽"
)
SIMPLIFIED = (
    "万东丰临义乌乔乡云亚们伦余兖兰关兴兹内凉凯别华卢卫卫厦县参双发台叶后吕园国图圣坝头奥娄宁宝宾尔岗岛岭峰"
    "帮广庄庆库开张怀扎扬无来桥棱横汉沈沟沧泽济润满滦滨滩潍珲纳纽绍绥维绵罗腾芜芦苏荆莱营萨许诺谢贝货贵贾赛"
    "赣车轩边辽达运连郑郸里里铁银锡锦镇长门阔阳际饶马驻鲁鸡鸡鹰麦齐龙脱峡"
)
"""Traditional characters and the simplified ones that our tables write, one below the other.

The pairs are those of Unicode's Unihan database (kTraditionalVariant), limited to the characters that names of
stations, ports and countries hold and chosen for place names: 新余 is 新餘 and 沈阳 is 瀋陽, but 松, 谷, 岳 and 秋 are
the same in both scripts. Some have two forms: 裏 and 裡, which converters make of the 里 in 滿洲里; 衞 and 峯 are those
of Hong Kong; 雞 is also written 鷄.
"""

_UNSEEN = ("Mn", "Cf")
"""Accents, and what cannot be seen: marks of byte order and of direction, spaces of no width."""

_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ё": "е", "Ё": "Е"})
_SURPLUS = str.maketrans(
    {**dict.fromkeys("-_‐–—", " "), **dict.fromkeys("'’ʼ`\""), **dict(zip(TRADITIONAL, SIMPLIFIED, strict=True))}
)


def fold(name: str) -> str:
    """A name without case, accents, apostrophes and surplus space, in simplified characters, for comparing.

    Examples
    --------
    >>> fold("  Małaszewicze ") == fold("MALASZEWICZE")
    True
    >>> fold("綏芬河") == fold("绥芬河")
    True
    """
    plain = name
    if not name.isascii():
        marks = unicodedata.normalize("NFKD", name.translate(_LETTERS))
        plain = "".join(c for c in marks if unicodedata.category(c) not in _UNSEEN)
    return " ".join(plain.translate(_SURPLUS).casefold().split())


# ---------------------------------------------------------------- words beside a name, as they are folded

_STATION = re.compile(
    r"(?:station|ж/?д станция|железнодорожная станция|станция|ст)\.? +(?P<after>.+)"
    r"|(?P<before>.+?)(?: (?:railway |rail |train |freight )?station| ж/?д станция| (?:железнодорожная )?станция| ст\.?"
    r"|铁路车站|火车站|铁路站|货运站|车站|站)"
)
_OTHER = re.compile(
    r"(?:(?:port|city|town) of|город|гор|г|порт|пункт пропуска|погранпереход|пограничный переход)\.? +(?P<after>.+)"
    r"|(?P<before>.+?)(?: (?:railway |rail |land |border )?(?:port|crossing|border)| city| town| terminal"
    r"|铁路口岸|陆路口岸|边境口岸|口岸|市)"
)
_QUALIFIED = re.compile(r"(?P<name>[^,(]+?) *(?:, *(?P<comma>[^,()]+)|\( *(?P<brackets>[^()]+?) *\))")


def without_words(folded: str) -> Iterator[str]:
    """What a folded name may be in our tables once words for a station, town or border port are taken off.

    Examples
    --------
    >>> list(without_words(fold("满洲里口岸")))
    ['满洲里']
    >>> list(without_words(fold("Harbin railway station")))
    ['harbin station', 'harbin (станция)', 'harbin站', 'harbin']
    """
    if match := _STATION.fullmatch(folded):
        bare = (match["after"] or match["before"]).strip()
        yield from (f"{bare} station", f"{bare} (станция)", f"{bare}站", bare)
    elif match := _OTHER.fullmatch(folded):
        yield (match["after"] or match["before"]).strip()


def qualified(folded: str) -> tuple[str, str]:
    """A folded name, and what stands behind it after a comma or in brackets; else empty texts.

    Examples
    --------
    >>> qualified(fold("Manzhouli (China)"))
    ('manzhouli', 'china')
    """
    match = _QUALIFIED.fullmatch(folded)
    return (match["name"], match["comma"] or match["brackets"]) if match else ("", "")
