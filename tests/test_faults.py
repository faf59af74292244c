"""A fault is reported where it is; what is no number and no day is a bad value."""

import csv
import itertools
import re
from contextlib import suppress
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from test_processes import LEDGER

from corridor import arguments, audit, store, tables
from corridor.accuracy import load_distances
from corridor.assumptions import load_assumptions
from corridor.claims import checked_claims, load_claims
from corridor.cli import main
from corridor.countries import country_rows
from corridor.errors import BadValue, DataError
from corridor.places import load_stations
from corridor.routes import load_routes
from corridor.sources import band
from corridor.sources.gauges import load_gauge_rules
from corridor.sources.lines import load_lines
from corridor.sources.mends import load_mends
from corridor.statements import statement_rows
from corridor.transfers import load_closures, transfers

TABLES = sorted(
    f"{folder}/{file.name}" for folder in ("ports", "routes") for file in (store.data_folder() / folder).glob("*.csv")
)

BROKEN = {
    "missing": None,
    "empty": lambda lines: [],
    "no UTF-8": lambda lines: [*lines, "\udcff\n"],
    "a column less": lambda lines: [lines[0].replace(lines[0].split(",")[1], "other", 1), *lines[1:]],
    "a short row": lambda lines: [lines[0], "a,b\n", *lines[2:]],
    "a key twice": lambda lines: [*lines, lines[1]],
    "an open quote": lambda lines: [*lines, '"a'],
}


def spoil(path, change):
    if change is None:
        path.unlink()
    else:
        lines = change(path.read_text(encoding="utf-8").splitlines(keepends=True))
        path.write_text("".join(lines), encoding="utf-8", errors="surrogateescape")


LOADERS = [
    load_claims,
    load_closures,
    load_gauge_rules,
    load_lines,
    load_mends,
    load_routes,
    load_distances,
    load_assumptions,
    country_rows,
    statement_rows,
]
"""Loaders that read all tables among them, directly or as others refer to them."""


@pytest.mark.parametrize(("name", "how"), [*itertools.product(TABLES, BROKEN)])
def test_whoever_reads_a_broken_file_blames_that_file(data_copy, name, how):
    spoil(data_copy / name, BROKEN[how])
    faults = []
    for load in LOADERS:
        with suppress(DataError):
            load()
            continue
        with pytest.raises(DataError) as caught:
            load()
        faults.append(str(caught.value))
    assert faults
    assert all(re.match(re.escape(f"{data_copy / name}:"), fault) and "\n" not in fault for fault in faults)


@pytest.mark.parametrize("name", TABLES)
def test_the_check_of_all_data_reads_every_table(data_copy, name):
    spoil(data_copy / name, BROKEN["a column less"])
    with pytest.raises(DataError) as caught:
        audit.check_data()
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{data_copy / name}:1: columns: missing ")


def test_a_broken_table_of_stations_is_one_fault_of_it(data_copy):
    path = data_copy / "routes" / "stations.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",city,", ",village,", 1), encoding="utf-8")
    for command in ("claims", "routes", "transfers", "path harbin moscow"):
        done = CliRunner().invoke(main, command.split())
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.startswith(f"corridor: {path}:")
        assert len(done.stderr.splitlines()) == 1


def test_a_ledger_of_ones_own_is_not_to_blame_either(data_copy, tmp_path):
    (tmp_path / "mine.csv").write_text(LEDGER, encoding="utf-8")
    (data_copy / "ports" / "ports.csv").write_text("port_id\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"^\S*/ports/ports\.csv:1: columns: missing name_en[^\n]*$"):
        load_claims(tmp_path / "mine.csv")


def test_a_row_that_others_refer_to_is_missed_in_few_lines(data_copy):
    path = data_copy / "ports" / "ports.csv"
    rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(row for row in rows if not row.startswith("manzhouli")), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_claims()
    lines = str(caught.value).splitlines()
    assert len(lines) < 10
    assert all("no port 'manzhouli'" in line and "claims.csv:" in line for line in lines[1:])
    assert any("the same in" in line and "more rows, the last at" in line for line in lines)


def test_bad_cells_of_many_rows_are_listed_each(tmp_path):
    (tmp_path / "t.csv").write_text("name,km\n" + "".join(f"{i},x\n" for i in range(6)))
    with pytest.raises(DataError) as caught:
        tables.read_rows(tmp_path / "t.csv", {"name": tables.text, "km": tables.number()}, key="name")
    path = tmp_path / "t.csv"
    assert str(caught.value).splitlines() == ["6 faults", *(f"{path}:{i}: km='x' is not a number" for i in range(2, 8))]


# ---------------------------------------------------------------- bad values


@pytest.mark.parametrize(
    "cell",
    [
        "nan",
        "NaN",
        "-nan",
        "inf",
        "-inf",
        "Infinity",
        "1e999",
        "-1e999",
        "1_000",
        "٣",
        "１",
        "0x10",
        " ",
        ".",
        "e3",
        "1e",
        "--1",
    ],
)
@pytest.mark.parametrize("parse", [tables.number(), tables.number(-1e300, 1e300), tables.whole(-(10**6), 10**6)])
def test_what_is_no_number(parse, cell):
    with pytest.raises(ValueError, match=r"^(is not a|is larger than|is not between)"):
        parse(cell)


@pytest.mark.parametrize("cell", ["+5", "1e3", "1.0", "5.", "9" * 5000, "-" + "9" * 5000, "²", "1 000"])
def test_what_is_no_whole_number(cell):
    with pytest.raises(ValueError, match=r"^is not (a whole number|between)"):
        tables.whole(-(10**9), 10**9)(cell)


@pytest.mark.parametrize(
    ("cell", "value"), [("0", 0), ("-0", 0), ("+5", 5), ("1e3", 1000), ("5.", 5), (".5", 0.5), ("1E-3", 0.001)]
)
def test_numbers_in_their_usual_forms(cell, value):
    assert tables.number()(cell) == value


@pytest.mark.parametrize("cell", ["9999", "9999-12", "9999-12-31", "0000", "0000-01-01", "0001", "1799-12-31", "2201"])
@pytest.mark.parametrize("blank", ["", "-01"])
def test_years_that_no_table_means(cell, blank):
    with pytest.raises(ValueError, match=r"lies outside the years 1800 to 2200|is not"):
        tables.partial_day(cell + blank)
    with pytest.raises(ValueError, match=r"lies outside the years 1800 to 2200|is not"):
        tables.day(cell)


@pytest.mark.parametrize(
    "cell", ["٢٠٢٣-٠١-٠١", "２０２３-01-01", "2023-1-1", "2023-02-29", "20230101", "+2023-01-01", "2023-W01-1"]
)
def test_what_is_no_day(cell):
    with pytest.raises(ValueError, match="is not"):
        tables.day(cell)


@pytest.mark.parametrize(
    ("name", "load", "old", "new"),
    [
        ("routes/closures.csv", load_closures, "closed_from", "9999-12"),
        ("routes/transfers.csv", transfers, "valid_from", "9999-12"),
        ("routes/assumptions.csv", load_assumptions, "value", "inf"),
        ("routes/stations.csv", load_stations, "lon", "nan"),
        ("routes/routes.csv", load_routes, "published_km", "inf"),
        ("ports/claims.csv", load_claims, "value", "1_000"),
        ("ports/claims.csv", load_claims, "period_end", "9999-12-31"),
    ],
)
def test_a_bad_value_of_a_table_is_one_line(data_copy, name, load, old, new):
    path = data_copy / name
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    rows[1][rows[0].index(old)] = new
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(DataError) as caught:
        load()
    assert str(caught.value).replace("'", "").startswith(f"{path}:2: {old}={new} ")
    assert "\n" not in str(caught.value)


NUMBERS = [float("nan"), float("inf"), np.nan, np.float32("-inf"), pd.NaT, pd.NA, Decimal("NaN"), Decimal("sNaN")]
NUMBERS += [Decimal("Infinity"), True, np.bool_(True), 10**400, 1j, "nan", [], {}, None, "x", b"x", "3", date.max]


@pytest.mark.parametrize("value", NUMBERS, ids=repr)
def test_what_is_no_number_to_a_function(value):
    with pytest.raises(BadValue, match=r"^width_km cannot be .*: give a number from 0 to 20000$"):
        band([(1, 2), (3, 4)], value)
    with pytest.raises(BadValue):
        arguments.amount(value, "it", 0)
    with pytest.raises(BadValue):
        arguments.whole("x" if isinstance(value, str) else value, "it", 0)


@pytest.mark.parametrize("value", NUMBERS[:-5], ids=repr)
@pytest.mark.parametrize("column", ["value", "period_end"])
def test_what_is_no_number_in_a_record(column, value):
    claim = {"claim_id": "A", "ports": "manzhouli", "measure": "trains", "basis": "rail", "period_start": "2021-01-01"}
    claim |= {"period_end": "2021-12-31", "value": 5, "publisher": "p", "title": "t"}
    with pytest.raises(DataError, match=rf"^claims\[0\]: {column}=[^\n]*$"):
        checked_claims([claim | {column: value}])


@pytest.mark.parametrize("option", ["--timeout", "--pause", "--width", "--islands"])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999", "x", ""])
def test_options_take_finite_numbers(option, value, tmp_path):
    words = ["network", "download", "--bbox", "1,2,3,4", "--out", str(tmp_path / "n.npz"), option, value]
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"Invalid value for '{option}'" in done.stderr


@pytest.mark.parametrize(
    "box", ["nan,1,2,3", "1,nan,2,3", "1,2,inf,3", "-inf,1,2,3", "1,2,3", "1,2,3,4,5", "a,b,c,d", ""]
)
def test_a_box_that_is_none(box, tmp_path):
    done = CliRunner().invoke(main, ["network", "download", "--bbox", box, "--out", str(tmp_path / "n.npz")])
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
