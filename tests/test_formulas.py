"""What a spreadsheet would run is marked in what we write; the mark is taken off in what we read."""

import csv
import io

import click
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from corridor import atlas, export, formulas
from corridor.claims import checked_claims
from corridor.cli import main
from corridor.places import station_rows
from corridor.routes import checked_routes, load_routes

TEXTS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠x", "'=1+1", "''=1", "'quoted'", "it's", '"=1+1"',
    "' =1", "-5", "+5.25", "-5 %", "-1,x", "1;=1+1", "a;=1+1;b", "a; -5", "a;'=1", "two\nlines", "two\n=1+1", "-5;=1",
    "=", "'", "a=b", "-٣", "Harbin",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a\n=1+1", "a\n'=1+1"),
        ("a;b; @x", "a;b;' @x"),
        ("=1;=2", "'=1;'=2"),
        ("a;-5", "a;-5"),
        ("-5;-6 7", "-5;-6 7"),
        ("'=1", "''=1"),
        ('"=1"', '\'"=1"'),
        ("'quoted'", "'quoted'"),
        ("a;'b'", "a;'b'"),
        ("'\n=", "''\n'="),
        ("'\n'=", "''\n''="),
    ],
)
def test_each_part_that_another_separator_would_make_a_cell_is_marked(text, cell):
    assert formulas.marked(text) == cell
    assert formulas.unmarked(cell) == text


@given(st.text(alphabet="=+-@'\" ;\t\n1.,eaＡ＝\u00a0"))
def test_reading_is_the_inverse_of_marking(text):
    assert formulas.unmarked(formulas.marked(text)) == text


@given(st.text(alphabet="=+-@'\" ;\t\n1.,a＝", min_size=1))
def test_no_part_of_a_cell_begins_like_a_formula(text):
    for separator in (";", "\t", "\n"):
        for part in formulas.marked(text.strip()).split(separator):
            if part.lstrip()[:1] in tuple("=@＝"):
                pytest.fail(f"{text!r}: {part!r}")


@pytest.mark.parametrize("bom", [False, True])
def test_tables_come_back_through_our_own_readers(tmp_path, data_copy, bom):
    file = tmp_path / "mine.csv"
    claim = {"ports": "manzhouli", "measure": "trains", "basis": "rail", "period_start": "2021-01-01"}
    claim |= {"period_end": "2021-12-31", "value": 4235, "publisher": "HG"}
    ledger = checked_claims([claim | {"claim_id": f"A{i}", "title": text} for i, text in enumerate(TEXTS)])
    file.write_text(export.csv_text(ledger, bom=bom), encoding="utf-8")
    assert file.read_bytes().startswith(b"\xef\xbb\xbf") == bom
    pd.testing.assert_frame_equal(checked_claims(file), ledger)
    route = {"origin": "harbin", "destination": "hamburg", "port": "manzhouli", "direction": "outbound"}
    services = checked_routes([route | {"route_id": f"A{i}", "title": text} for i, text in enumerate(TEXTS)])
    file.write_text(export.csv_text(services, bom=bom), encoding="utf-8")
    assert checked_routes(file)["title"].tolist() == TEXTS
    # The project's own tables are read by another reader, which takes off the mark as well.
    table = load_routes().head(len(TEXTS)).copy()
    table["title"] = TEXTS[: len(table)]
    (data_copy / "routes" / "routes.csv").write_text(export.csv_text(table, bom=bom), encoding="utf-8")
    assert load_routes()["title"].tolist() == TEXTS[: len(table)]


def test_what_spreadsheets_run_is_not_read_as_marked_where_it_is_no_file():
    """A DataFrame or a record is not a table of ours that comes back: its apostrophes are its own."""
    claim = {"claim_id": "A", "ports": "manzhouli", "measure": "trains", "basis": "rail", "value": 1, "publisher": "HG"}
    days = {"period_start": "2021-01-01", "period_end": "2021-12-31", "title": "'=1"}
    assert checked_claims([claim | days]).loc["A", "title"] == "'=1"
    assert checked_claims(pd.DataFrame([claim | days])).loc["A", "title"] == "'=1"


def test_heads_are_marked_too():
    assert next(csv.reader(io.StringIO(export.csv_text(pd.DataFrame({"=x": [1], "a": ["b"]}))))) == ["'=x", "a"]


def test_every_table_of_the_atlas_is_marked(data_copy):
    file = data_copy / "routes" / "stations.csv"
    file.write_text(file.read_text().replace("harbin,Harbin,", "harbin,=Harbin;=1,"))
    assert station_rows()["harbin"]["name_en"] == "=Harbin;=1"
    page = next(page for page in atlas.pages() if page.name == "tables/stations.csv")
    assert b"\nharbin,'=Harbin;'=1," in page.make()


# ---------------------------------------------------------------- byte order mark


def commands(group=main, words=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


WITH_CSV = [
    (words, command) for words, command in commands() if any("--csv" in option.opts for option in command.params)
]


def test_each_command_that_writes_csv_offers_the_mark():
    assert len(WITH_CSV) >= 13
    for words, command in WITH_CSV:
        assert any("--bom" in option.opts for option in command.params), words


@pytest.mark.parametrize("command", ["ports", "transfers", "lines", "figures --list", "routes"])
def test_the_mark_stands_before_the_csv(command):
    plain = CliRunner().invoke(main, [*command.split(), "--csv"])
    marked = CliRunner().invoke(main, [*command.split(), "--csv", "--bom"])
    assert marked.stdout_bytes == b"\xef\xbb\xbf" + plain.stdout_bytes


@pytest.mark.parametrize("flags", [["--bom"], ["--bom", "--json"], ["--bom", "--wide"]])
def test_the_mark_without_csv_is_wrong_usage(flags):
    done = CliRunner().invoke(main, ["ports", *flags])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "give it with --csv" in done.stderr
