"""What tags of OpenStreetMap say of a rail: gauge, life and access, days, ferries."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.network import GAUGE_BASES, GAUGES_MM, USAGES, gauge_bits, gauge_name
from corridor.sources import Choice
from corridor.sources.gauge_values import Gauge, parse_gauge
from corridor.sources.gauges import named_gauge
from corridor.sources.lifecycle import VALUES, WORDS, out_of_use
from corridor.sources.tag_days import days_of_service, read_days
from corridor.sources.tags import is_train_ferry, read_gauge, read_tags, read_way

RAIL = {"railway": "rail"}
STANDARD, BROAD = 1, 2  # words, as bits


# ---------------------------------------------------------------- gauge


# fmt: off
SIGNS = (";", "; ", ",", ", ", "/", " / ", "|", "+", "&", " & ", " ", "、", "；", "，", "-", "–", ":")
LISTED = ("and", "und", "и", "та", "y", "et", "i", "or", "или", "和", "或")
PLAIN = {
    "1435": (
        "1435", "1435.0", "1435,00", "1435;", "1435\xa0mm", "1435\u200b", "\ufeff1435", "1.435,0 mm", "1,435.00",
        "4 ft 8.5 in", "4' 8½\"", "4′8½″", "4 ft 8 1/2 in", "4ft8½in", "4 ft 8+1⁄2 in", "4 feet 8-1/2 inches",
        "56.5 in", "56½″", "4 ft 8½ in (1,435 mm)", "1435 (standard gauge)", "143.5 cm",
        "١٤٣٥", "۱۴۳۵", "१४३५", "１４３５",
        "Normalspur", "Regelspur", "标准轨", "標準軌", "European gauge", "1435;750", "1435,750",
    ),
    "1520": (
        " 1520 ", "1520 mm", "1520mm", "1520 мм", "1520毫米", "1520 MM", "1520 mm.", "1520.", "1520-mm",
        "1520 millimetres", "152 cm", "152.0 cm", "1.52 m", "1.520 m", "1,520m", "1,52 м",
        "1,520", "1.520", "1 520", "1'520", "1\u2009520", "1 520 mm", "1520 mm (4 ft 11 27⁄32 in)",
        "русская", "Русская колея", "Russian gauge", "1520 (broad)", "1520;dual",
    ),
    "1524": ("1524", "5 ft", "5'", "5 feet", "5 ft 0 in", "60 in"),
    "1668": ("Iberian", "ancho ibérico"),
    "1676": ("5 ft 6 in", "5'6\""),
    "1067": ("3'6\"", "Cape gauge", "3 ft 6 in"),
    "1000": ("1 m", "metre gauge", "1.0 m"),
    "1435+1520": (
        *(f"1435{sign}1520" for sign in SIGNS), *(f"1520{sign}1435" for sign in SIGNS),
        *(f"1520 {word} 1435" for word in LISTED),
        "1435;;1520", "1435 mm/1520 mm", "1435/1520mm", "1,435;1,520", "1 435 1 520",
    ),
    "1435+1520+1000": ("1435;1520;1000", "1000/1435/1520"),
    # Real gauges, but none of those known here.
    "unknown": ("750", "760", "600", "1372", "914 mm", "2 ft 6 in", "narrow", "узкая колея", "窄轨"),
}
# fmt: on


@pytest.mark.parametrize(("text", "gauges"), [(text, gauges) for gauges, texts in PLAIN.items() for text in texts])
def test_gauges_that_are_plain(text, gauges):
    assert parse_gauge(text) == Gauge(sum(gauge_bits(mm) for mm in gauges.split("+") if mm != "unknown"))
    kind = read_tags(RAIL | {"gauge": text}, Choice())
    assert (gauge_name(kind.gauge), GAUGE_BASES[kind.gauge_basis]) == (gauges, "tagged")
    assert not [note for note, _ in kind.notes if note == "unread_gauges"]


@pytest.mark.parametrize(
    "text",
    [
        *("unknown", "?", "variable", "yes", "no", "dual", "mm", "2yd", "0", "1", "-1435", "1435-", "152", "15200"),
        *("1435.750", "1435.5.2", "1435 (planned)", "1520x1435", "gauge=1520", "1435m", "m1435", "3/0 in", "8½", "½"),
        *(
            "1435;foo",
            "1520 1435?",
            "9" * 50,
            "1520" * 100,
            "1435~",
            "'1520",
            "стандартная узкоколейная гауссова",
            "\x00",
        ),
    ],
)
def test_gauges_that_are_not_plain_are_noted(text):
    assert parse_gauge(text) is None
    assert read_gauge(text) == 0
    kind = read_tags(RAIL | {"gauge": text}, Choice())
    assert kind.gauge == 0
    assert ("unread_gauges", f"gauge={text}") in kind.notes


@pytest.mark.parametrize("text", ["", " ", "\t", "\u3000"])
def test_an_empty_gauge_is_none(text):
    assert read_tags(RAIL | {"gauge": text}, Choice()) == read_tags(RAIL, Choice())


@pytest.mark.parametrize(
    ("text", "bits", "words"),
    [
        *((text, 0, BROAD) for text in ("broad", "Broad gauge", "broad-gauge", "wide", "Breitspur", "широкая", "宽轨")),
        *((text, 0, STANDARD) for text in ("standard", "Standard gauge", "normal", "нормальная")),
        ("1435;broad", 1, BROAD),
        ("standard/broad", 0, STANDARD | BROAD),
    ],
)
def test_words_that_depend_on_the_country(text, bits, words):
    assert parse_gauge(text) == Gauge(bits, words)


@pytest.mark.parametrize(
    ("word", "gauge", "countries"),
    [
        ("broad", "1520", "RU KZ MN BY UA UZ LT LV EE GE MD CN PL SK HU IR"),
        ("broad", "1524", "FI"),
        ("broad", "1668", "ES PT FR"),
        ("broad", "1676", "IN PK LK BD"),
        ("broad", "unknown", "JP DE XX"),
        ("standard", "1435", "CN PL DE FR IR"),
        ("standard", "unknown", "RU ES FI XX"),
    ],
)
def test_what_a_word_means_in_a_country(word, gauge, countries):
    assert {code: gauge_name(named_gauge(word, code)) for code in countries.split()} == dict.fromkeys(
        countries.split(), gauge
    )


@given(st.text() | st.text("0123456789 .,;/'\"-ftinmm½", max_size=30))
def test_any_text_is_read_or_refused(text):
    found = parse_gauge(text)
    assert found is None or 0 <= found.bits < 1 << len(GAUGES_MM)


@given(st.permutations(["1435", "1520 mm", "1,668", "5 ft 6 in", "750", "broad", "narrow"]), st.sampled_from(";,/|+&"))
def test_the_order_of_a_list_does_not_matter(parts, sign):
    whole = [parse_gauge(f" {sign} ".join(order)) for order in (parts, sorted(parts))]
    assert whole[0] == whole[1] is not None


@given(st.sampled_from(GAUGES_MM), st.sampled_from(["", " ", "\xa0"]), st.sampled_from(["", "mm", "MM", "мм", "ｍｍ"]))
def test_every_known_gauge_is_read_with_any_unit(mm, space, unit):
    assert read_gauge(f"{mm}{space}{unit}") == gauge_bits(str(mm)) == read_gauge(f"{mm // 1000},{mm % 1000:03}")


# ---------------------------------------------------------------- life and access


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        *(({"railway": value}, f"railway={value}") for value in VALUES),
        ({"railway": "disused", "disused": "rail"}, "railway=disused"),
        ({"railway": "construction", "construction": "rail", "gauge": "1520"}, "railway=construction"),
        ({"railway": "abandoned", "abandoned:railway": "rail"}, "railway=abandoned"),
        *(({f"{word}:railway": "rail"}, f"{word}:railway=rail") for word in WORDS),
        *(({f"railway:{word}": "rail"}, f"railway:{word}=rail") for word in WORDS),
        *((RAIL | {word: "yes"}, f"{word}=yes") for word in WORDS),
        *((RAIL | {f"railway:{word}": "yes"}, f"railway:{word}=yes") for word in WORDS),
        *((RAIL | {f"{word}:railway": was}, f"{word}:railway={was}") for word in WORDS for was in ("rail", "yes")),
        (RAIL | {"disused": "Yes"}, "disused=Yes"),
        (RAIL | {"construction": "rail"}, "construction=rail"),
        (RAIL | {"disused": "2015"}, "disused=2015"),
        *(
            (RAIL | {"operational_status": value}, f"operational_status={value}")
            for value in (
                "closed",
                "out_of_order",
                "non-operational",
                "Out of service",
                "under_construction",
                "broken",
                "temporarily closed",
                "Defunct",
            )
        ),
        *((RAIL | {"access": value}, f"access={value}") for value in ("no", "No", " no ")),
        (RAIL | {"train": "no"}, "train=no"),
        (RAIL | {"access": "no", "train": "no"}, "train=no"),
        (RAIL | {"access": "no", "freight": "no"}, "access=no"),
        ({"route": "ferry", "train": "yes", "disused": "yes"}, "disused=yes"),
    ],
    ids=str,
)
def test_rails_that_are_left_out(tags, why):
    assert read_tags(tags, Choice()) is None
    assert read_way(tags, Choice()).notes == (("left_out", why),)


@pytest.mark.parametrize(
    "tags",
    [
        *({word: "no"} for word in WORDS),
        *({f"{word}:railway": "no"} for word in WORDS),
        {"abandoned:railway": "narrow_gauge"},
        {"disused:railway": "tram"},
        {"abandoned": "tram"},
        {"construction": "minor"},
        {"disused": ""},
        {"disused:name": "X"},
        {"operational_status": "operational"},
        {"operational_status": "restricted"},
        {"access": "private"},
        {"access": "permissive"},
        {"access": "no", "train": "yes"},
        {"access": "no", "train": "designated"},
        {"access": "no", "freight": "yes"},
        {"historic": "yes"},
        {"proposed:electrified": "contact_line"},
    ],
    ids=str,
)
def test_rails_in_use(tags):
    kind = read_tags(RAIL | tags, Choice())
    assert kind == read_tags(RAIL, Choice())


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"railway": "tram"},
        {"railway": "platform"},
        {"railway": "disused", "disused": "tram"},
        {"railway": "abandoned", "abandoned:railway": "narrow_gauge"},
        {"disused:railway": "station"},
        {"highway": "track", "disused": "yes"},
        {"railway": "rail", "service": "siding"},
        {"railway": "disused", "service": "siding"},
        {"railway": "narrow_gauge"},
        {"route": "ferry"},
    ],
    ids=str,
)
def test_what_is_none_of_ours_is_not_counted(tags):
    assert read_way(tags, Choice()) is None


def test_narrow_gauge_out_of_use_counts_where_narrow_gauge_does():
    tags = {"railway": "disused", "disused:railway": "narrow_gauge"}
    assert out_of_use(tags, ("rail", "narrow_gauge")) == "railway=disused"


@pytest.mark.parametrize("also", [{}, {"usage": "freight"}, {"railway:traffic_mode": "mixed"}, {"route": "ferry"}])
@pytest.mark.parametrize("no", ["no", "No", "none"])
def test_no_freight_is_for_passengers(no, also):
    kind = read_tags(RAIL | {"freight": no} | also, Choice())
    assert USAGES[kind.usage] == "passenger_only"
    assert kind.notes == (("no_freight", f"freight={no}"),)


# ---------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2013", "2013-01-01", "2013-12-31"),
        ("2013-02", "2013-02-01", "2013-02-28"),
        ("2013-05-12", "2013-05-12", "2013-05-12"),
        ("0897", "0897-01-01", "0897-12-31"),
        ("~1855", "1855-01-01", "1855-12-31"),
        ("ca. 1900", "1900-01-01", "1900-12-31"),
        ("1860s", "1860-01-01", "1869-12-31"),
        ("~1940s", "1940-01-01", "1949-12-31"),
        ("late 1920s", "1926-01-01", "1929-12-31"),
        ("C19", "1801-01-01", "1900-12-31"),
        ("early C19", "1801-01-01", "1833-12-31"),
        ("before 1910", None, "1909-12-31"),
        ("before 1910-01-20", None, "1910-01-19"),
        ("after 1823", "1824-01-01", None),
        ("2013..2015", "2013-01-01", "2015-12-31"),
        ("2008-08-08..2008-08-24", "2008-08-08", "2008-08-24"),
        ("mid C17..late C17", "1634-01-01", "1700-12-31"),
        ("j:1918-01-31", "1918-02-13", "1918-02-13"),
        ("j:1900-02-29", "1900-03-13", "1900-03-13"),
        ("jd:2455511", "2010-11-10", "2010-11-10"),
        ("2013/5/1", "2013-05-01", "2013-05-01"),
        ("12.05.2013", "2013-05-12", "2013-05-12"),
        ("20130512", "2013-05-12", "2013-05-12"),
        ("2013-05-12T10:00:00Z", "2013-05-12", "2013-05-12"),
        ("2013年5月12日", "2013-05-12", "2013-05-12"),
        ("２０１３", "2013-01-01", "2013-12-31"),
    ],
)
def test_days(text, first, last):
    assert read_days(text) == tuple(date.fromisoformat(day).toordinal() if day else 0 for day in (first, last))


@pytest.mark.parametrize(
    "text",
    ["soon", "?", "yes", "..", "2013..", "2015..2013", "2013-13", "2013-02-30", "0000", "99999", "C99x", "x" * 100],
)
def test_days_that_cannot_be_read_are_noted(text):
    assert read_days(text) is None
    kind = read_tags(RAIL | {"start_date": text, "end_date": text}, Choice())
    assert kind.notes == (("unread_days", f"start_date={text}"), ("unread_days", f"end_date={text}"))
    assert (kind.opened, kind.closed) == (0, 0)


@given(st.text() | st.text("0123456789-.~ Cjds:", max_size=24))
def test_any_text_is_a_day_or_none(text):
    found = read_days(text)
    assert found is None or all(0 <= day <= date.max.toordinal() for day in found)


@given(st.dates(), st.dates())
def test_every_day_of_the_calendar_is_read(start, end):
    days = days_of_service(start.isoformat(), end.isoformat())
    assert days == (start.toordinal(), end.toordinal())


def test_only_what_is_surely_in_service_counts():
    opened, closed = map(date.fromordinal, days_of_service("2013", "2019-05"))
    assert (opened.isoformat(), closed.isoformat()) == ("2013-12-31", "2019-05-01")
    assert days_of_service("", " ") == days_of_service(None, None) == (0, 0)


# ---------------------------------------------------------------- ferries


@pytest.mark.parametrize(
    "tags",
    [
        {"route": "ferry", "train": "yes"},
        {"route": "ferry", "train": "designated"},
        {"route": "ferry", "rail": "yes"},
        {"route": "ferry", "railway": "rail"},
        {"route": "ferry", "railway": "ferry", "train": "yes", "gauge": "1520"},
        {"route": "ferry", "ferry": "train"},
        {"route": "train_ferry"},
        {"railway": "ferry"},
        {"route": "ferry", "train": "yes", "service": "yard"},
    ],
    ids=str,
)
def test_train_ferries(tags):
    assert is_train_ferry(tags)
    assert USAGES[read_tags(tags, Choice()).usage] == "ferry"


@pytest.mark.parametrize(
    "tags",
    [
        {"route": "ferry"},
        {"route": "ferry", "train": "no"},
        {"railway": "ferry", "train": "no"},
        {"route": "ferry", "ferry": "yes"},
        {"route": "ferry", "motor_vehicle": "yes"},
        {"route": "railway", "railway": "rail"},
        {"route": "train"},
    ],
    ids=str,
)
def test_other_ferries(tags):
    assert not is_train_ferry(tags)
