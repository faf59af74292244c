"""Cells of users' tables: numbers, days and ports as people write them are read where they have one meaning."""

import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest
from own_ledgers import CLAIM

from corridor.claims import checked_claims
from corridor.errors import DataError


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("4235", 4235),
        (" 4235 ", 4235),
        ("+4235", 4235),
        ("4235.", 4235),
        ("4235.0", 4235),
        ("4235.00", 4235),
        ("4235,0", 4235),
        ("4235,00", 4235),
        ("4,235", 4235),
        ("4,235.00", 4235),
        ("4 235", 4235),
        ("4\u00a0235", 4235),
        ("4\u202f235", 4235),
        ("4\u2009235,0", 4235),
        ("4'235", 4235),
        ("4’235", 4235),
        ("4.235,00", 4235),
        ("1.234.567", 1234567),
        ("1,234,567", 1234567),
        ("1 234 567", 1234567),
        ("４２３５", 4235),
        ("４，２３５", 4235),
        ("1.2万", 12000),
        ("1.2萬", 12000),
        ("1,2 万", 12000),
        ("3万", 30000),
        ("1.234万", 12340),
        ("0.5亿", 50000000),
        ("2.91 million", 2910000),
        ("12 thousand", 12000),
        ("1,5 тыс.", 1500),
        ("2 млн", 2000000),
        ("0", 0),
        ("0004", 4),
    ],
)
def test_whole_numbers(cell, value):
    assert checked_claims([CLAIM | {"value": cell}])["value"].tolist() == [value]


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("4.235", "may be 4235 or 4.235"),
        ("4.000", "may be 4000 or 4.000"),
        ("1,234万", "may be 1234 or 1.234"),
        ("4.2", "is not a whole number"),
        ("4,2", "is not a whole number"),
        ("0,235", "is not a whole number"),
        ("0.235", "is not a whole number"),
        ("1.23456万", "is not a whole number"),
        ("12,34,567", "is not a whole number"),
        ("4,23", "is not a whole number"),
        ("4, 235", "is not a whole number"),
        ("4 23", "is not a whole number"),
        ("4'235 000", "is not a whole number"),
        ("-4,235", "is not between 0"),
        ("−5", "is not between 0"),
        ("1.2E+05", "has an exponent"),
        ("4e3", "has an exponent"),
        ("4235 trains", "write its digits, and `about` or `at_least` under precision"),
        ("~4235", "write its digits"),
        ("约4235", "write its digits"),
        (">4,000", "write its digits"),
        ("4235列", "write its digits"),
        ("NA", "is not a whole number"),
        ("", "is not a whole number"),
        ("4235¹", "write its digits"),
        ("4235½", "write its digits"),
        ("4000-5000", "is a range; write one number, with `about` and a rounding_unit"),
        ("4,000 – 5,000", "is a range"),
        ("4000～5000列", "is a range"),
        ("4000 to 5000", "is a range"),
        ("3万至4万", "is a range"),
        ("万", "is not a whole number"),
        ("many", "is not a whole number"),
        ("二万", "is not a whole number"),
        ("9" * 400, "is not between"),
        ("1" + ",000" * 40, "is not between"),
        (True, "is not a whole number"),
        (np.inf, "is not a whole number"),
        ([1, 2], "is not a whole number"),
    ],
)
def test_whole_numbers_that_are_refused(cell, fault):
    with pytest.raises(DataError, match=r"claims\[0\]: value=.*" + re.escape(fault)):
        checked_claims([CLAIM | {"value": cell}])


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12.5", 12.5),
        ("12,5", 12.5),
        ("+12,5 %", 12.5),
        ("12.50%", 12.5),
        ("-3.25", -3.25),
        ("−3,25", -3.25),
        ("18", 18.0),
        ("1.234", 1.234),
        ("1,234.5", 1234.5),
        ("1 234,5", 1234.5),
        ("99.77", 99.77),
    ],
)
def test_numbers_with_decimals(cell, value):
    assert checked_claims([CLAIM | {"yoy_percent": cell}])["yoy_percent"].tolist() == [value]


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("1,234", "may be 1234 or 1.234"),
        ("up", "is not a number"),
        ("5¹", "is not a number"),
        ("3-5", "is a range"),
    ],
)
def test_numbers_with_decimals_that_are_refused(cell, fault):
    with pytest.raises(DataError, match=fault):
        checked_claims([CLAIM | {"yoy_percent": cell}])


@pytest.mark.parametrize(
    "cell",
    [
        "2021-03-04",
        "2021-3-4",
        "2021/03/04",
        "2021/3/4",
        "2021.03.04",
        "2021年3月4日",
        "2021 年 3 月 4 日",
        "２０２１年３月４日",
        "20210304",
        "04.03.2021",
        "4.3.2021",
        "04.03.2021 г.",
        "4 March 2021",
        "4th March 2021",
        "4-Mar-2021",
        "4. Mar 2021",
        "March 4, 2021",
        "Mar 4 2021",
        "4 марта 2021 г.",
        "4 марта 2021 года",
        "4th of March 2021",
        "04/Mar/2021",
        "Mar-04-2021",
        "2021-Mar-04",
        "2021 March 4",
        "2021–03–04",
        "2021‑03‑04",
        "20210304.0",
        "2021-03-04 00:00:00",
        "2021-03-04T00:00:00",
        "2021-03-04T00:00:00.000000",
        "2021-03-04T00:00:00Z",
        "2021-03-04T00:00:00+08:00",
        "2021-03-04 00:00:00+0800",
        "2021/3/4 0:00",
        "04.03.2021 00:00",
        dt.date(2021, 3, 4),
        dt.datetime(2021, 3, 4, tzinfo=dt.UTC),
        pd.Timestamp("2021-03-04"),
        pd.Timestamp("2021-03-04", tz="Asia/Shanghai"),
        pd.Timestamp("2021-03-04", tz="UTC"),
        np.datetime64("2021-03-04"),
        20210304,
        20210304.0,
    ],
)
def test_days(cell):
    assert checked_claims([CLAIM | {"period_start": cell}])["period_start"].tolist() == [pd.Timestamp("2021-03-04")]


@pytest.mark.parametrize(
    ("cell", "start"),
    [
        ("31/01/2021", "2021-01-31"),
        ("01/31/2021", "2021-01-31"),
        ("31-1-2021", "2021-01-31"),
        ("1/31/2021 12:00:00 AM", "2021-01-31"),
        ("5/5/2021", "2021-05-05"),
    ],
)
def test_days_with_slashes_of_which_one_order_can_be(cell, start):
    assert checked_claims([CLAIM | {"period_start": cell}])["period_start"].tolist() == [pd.Timestamp(start)]


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("01/02/2021", "is not a day with one meaning: 2021-02-01 or 2021-01-02; write it as YYYY-MM-DD"),
        ("1-2-2021", "is not a day with one meaning"),
        ("44197", "is not a day but a spreadsheet's number, perhaps of 2021-01-01 (counted from 1904, of 2025-01-02)"),
        (44197, "a spreadsheet's number, perhaps of 2021-01-01"),
        ("44197.0", "a spreadsheet's number, perhaps of 2021-01-01"),
        ("1/2/21", "is not a day with its whole year"),
        ("01.02.21", "is not a day with its whole year"),
        ("1-Jan-21", "is not a day with its whole year"),
        ("2021", "is not a day but a year or month; write its first or last day"),
        (2021.0, "is not a day but a year or month"),
        ("2021-01", "is not a day but a year or month"),
        ("2021年1月", "is not a day but a year or month"),
        (pd.Period("2021-01"), "is not a day but a year or month"),
        (np.datetime64("2021-01"), "is not a day but a year or month"),
        ("4 marraskuu 2021", "is not a day as YYYY-MM-DD"),  # November in Finnish
        ("2021-01-1²", "is not a day as YYYY-MM-DD"),
        ("13/1/2021 12:00:00 PM", "is not a day alone: it has a time"),
        ("2021-01-01T16:00:00Z", "is not a day alone: it has a time"),
        ("2020-12-31T16:00:00+00:00", "is not a day alone: it has a time"),
        (pd.Timestamp("2021-01-01 08:00", tz="Asia/Shanghai"), "is not a day alone: it has a time"),
        ("2021-02-30", "is not a day of the calendar"),
        ("30.02.2021", "is not a day of the calendar"),
        ("2021-13-01", "is not a day of the calendar"),
        ("32/01/2021", "is not a day of the calendar"),
        ("2021-01/02", "is not a day as YYYY-MM-DD"),
        ("1 Foo 2021", "is not a day as YYYY-MM-DD"),
        ("yesterday", "is not a day as YYYY-MM-DD"),
        ("", "is not a day as YYYY-MM-DD"),
        ("2021Q1", "is not a day as YYYY-MM-DD"),
    ],
)
def test_days_that_are_refused(cell, fault):
    with pytest.raises(DataError, match=r"claims\[0\]: period_start=.*" + re.escape(fault)):
        checked_claims([CLAIM | {"period_start": cell}])


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("2021", "2021"),
        ("2021.0", "2021"),
        ("2021年", "2021"),
        ("2021/3", "2021-03"),
        ("2021年3月", "2021-03"),
        ("04.03.2021", "2021-03-04"),
        ("", ""),
        ("-", ""),
        (2021.0, "2021"),
        (None, ""),
    ],
)
def test_days_of_publication(cell, kept):
    assert checked_claims([CLAIM | {"published": cell}])["published"].tolist() == [kept]


@pytest.mark.parametrize(
    ("cell", "ports"),
    [
        ("manzhouli;suifenhe", "manzhouli;suifenhe"),
        ("manzhouli; suifenhe", "manzhouli;suifenhe"),
        ("Manzhouli, Suifenhe", "manzhouli;suifenhe"),
        ("滿洲里、綏芬河", "manzhouli;suifenhe"),
        ("满洲里；绥芬河", "manzhouli;suifenhe"),
        ("Manzhouli, China", "manzhouli"),
        ("Manzhouli, China; Suifenhe, China", "manzhouli;suifenhe"),
        ("Suifenhe\nTongjiang", "suifenhe;tongjiang"),
        ("满洲里口岸", "manzhouli"),
        (["manzhouli", "suifenhe"], "manzhouli;suifenhe"),
        (("Маньчжурия",), "manzhouli"),
        ({"tongjiang", "suifenhe"}, "suifenhe;tongjiang"),
    ],
)
def test_ports_by_any_name(cell, ports):
    days = {"period_start": "2023-01-01", "period_end": "2023-12-31"}
    assert checked_claims([CLAIM | days | {"ports": cell}])["ports"].tolist() == [ports]


@pytest.mark.parametrize(
    "cell", ["dalian", "manzhouli, dalian", "manzhouli/dalian", "manzhouli;", "", "Manzhouli, Russia"]
)
def test_ports_that_are_not_known(cell):
    with pytest.raises(DataError, match=r"ports=.*names a port that is not known"):
        checked_claims([CLAIM | {"ports": cell}])
