"""Tables on terminals of several widths and as CSV: words whole, nothing left out without saying so, no formula."""

import csv
import fcntl
import functools
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from corridor import export
from corridor.cli import main
from corridor.display import ID_COLUMNS, fit

TABLES = [
    "ports",
    "stations",
    "routes",
    "routes --paths --port suifenhe",
    "lines",
    "transfers",
    "claims",
    "claims --conflicts",
    "volumes",
    "volumes --total --measure teu",
    "volumes --by direction --by port --port manzhouli",
    "statements",
    "metrics distance",
    "accuracy",
]
TEXTS = [
    "path Harbin Hamburg --port manzhouli",
    "path Harbin Warsaw --alternatives 2",
    "explain teu --port manzhouli --year 2022",
    "network info",
    "volumes --between 2021-03-05 2021-08-20 --port manzhouli --port suifenhe",
]


def run(command, columns=None):
    return CliRunner().invoke(main, command.split(), env={"COLUMNS": None if columns is None else str(columns)})


of_project = functools.cache(run)
"""The same of a command that reads the project's own data only: each runs once for each width."""


def on_terminal(command, columns):
    """What a command shows on a terminal so wide, without the codes of its type."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"} | {"TERM": "xterm"}
    words = [sys.executable, "-m", "corridor", *command.split()]
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
    os.close(ours)
    assert process.returncode == 0, shown
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).replace("\r\n", "\n")


def words(text):
    return set(re.sub(r";(?=\S)", "; ", text).split())


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("command", [*TABLES, *TEXTS])
def test_lines_fit_and_words_are_whole(command, columns):
    whole, narrow = of_project(command), of_project(command, columns)
    assert (whole.exit_code, narrow.exit_code) == (0, 0)
    lines = narrow.stdout.splitlines()
    allowed = {word for word in words(whole.stdout) if cell_len(word) > columns - 22}  # an address is not cut
    long = [line for line in lines if cell_len(line) > columns]
    assert not [line for line in long if not words(line) & allowed]
    assert command in TEXTS or not long
    counts = {word for word in words(narrow.stdout) if word.isdecimal()} | set(ID_COLUMNS.values())
    assert words(narrow.stdout) <= words(whole.stdout) | counts


@pytest.mark.parametrize("command", TABLES)
def test_without_a_terminal_every_row_is_one_line(command):
    rows = json.loads(of_project(f"{command} --json").stdout)
    lines = of_project(command).stdout.splitlines()
    if command == "accuracy":
        lines = lines[: len(rows) + 1]
    assert len(lines) == len(rows) + 1
    first = next(iter(rows[0].values()))
    assert any(line.startswith(str(first)) for line in lines)


@pytest.mark.parametrize("command", TABLES)
def test_wide_shows_all_columns_and_all_ids(command):
    rows = json.loads(of_project(f"{command} --json").stdout)
    done = of_project(f"{command} --wide", 80)
    lines = done.stdout.splitlines()
    assert set(lines[0].split()) == set(rows[0])
    for row in rows:
        for name in ID_COLUMNS:
            ids = row.get(name) or []
            assert (";".join(ids) if isinstance(ids, list) else ids) in done.stdout


def test_lists_of_ids_are_folded_to_their_number():
    rows = json.loads(of_project("volumes --json").stdout)
    lines = of_project("volumes", 80).stdout.splitlines()[1:]
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        shown = row["claims"][0] if len(row["claims"]) == 1 else f"{len(row['claims'])} claims"
        assert line.endswith(f"{row['status']}  ".ljust(11) + (shown if row["claims"] else "").ljust(9))
    assert any("13 claims" in line for line in lines)


@pytest.mark.parametrize("columns", [60, 80, 132])
def test_a_terminal_is_told_which_columns_are_not_shown(columns):
    shown = on_terminal("ports", columns)
    assert all(cell_len(line) <= columns for line in shown.splitlines())
    lines = shown.splitlines()
    foot = " ".join(shown[shown.index("not shown: ") :].split())
    head = set(lines[0].split())
    named = set(foot.removeprefix("not shown: ").removesuffix(" (--wide shows all)").split(", "))
    hidden = {name for name in named if not name.endswith(" more")}
    everything = set(json.loads(run("ports --json").stdout)[0])
    more = int(next(name for name in named if name.endswith(" more")).split()[0])
    assert not hidden & head
    assert len(head) + len(hidden) + more == len(everything)
    assert ("province_en" in head) == (columns == 132)


def test_a_terminal_too_narrow_for_a_word_breaks_only_that():
    table, _, _ = on_terminal("ports", 8).partition("not\n")
    assert all(cell_len(line) <= 8 for line in table.splitlines())
    assert "manzhoul\ni" in table.replace(" ", "")


def test_a_table_of_no_rows_says_so_on_a_terminal():
    assert "no rows\n" in on_terminal("claims --year 1800", 80)
    assert run("claims --year 1800").stderr == ""


@pytest.mark.parametrize("size", ["²", "0", "-3", "nope", "9" * 30])
def test_a_size_of_the_terminal_that_is_no_number_is_left_alone(size):
    done = CliRunner().invoke(main, ["ports"], env={"COLUMNS": size, "LINES": size})
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Manzhouli" in done.stdout


def test_another_output_than_a_terminal_hears_nothing_on_standard_error():
    for width in (None, 80):
        assert run("claims", width).stderr == ""


room = st.integers(1, 200)
column = st.tuples(st.integers(1, 60), st.integers(0, 90)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(column, min_size=1, max_size=12), room)
def test_widths_of_columns(columns, room):
    widths = fit(columns, room)
    shown = [i for i, width in enumerate(widths) if width]
    assert shown[0] == 0
    assert sum(widths) + 2 * (len(shown) - 1) <= room
    for i in shown:
        assert min(columns[i][0], room) <= widths[i] <= columns[i][1]
    left = room - sum(widths) - 2 * (len(shown) - 1)
    # What is left over would help none of those that are shown or left out.
    assert left == 0 or all(widths[i] == columns[i][1] for i in shown) or left < len(shown)
    # No column is left out for one that matters less.
    for i, (least, _) in enumerate(columns):
        before = [columns[k][0] for k in shown if k < i]
        assert widths[i] or sum(before) + 2 * len(before) + least > room


# ---------------------------------------------------------------- CSV


def as_text(value):
    if value is None:
        return ""
    if isinstance(value, list):
        value = ";".join(value)
    return str(export.harmless(value))


@pytest.mark.parametrize("command", [*TABLES, "claims --port tongjiang --year 2013", "check", "figures --list"])
def test_csv_is_what_json_is(command):
    done = of_project(f"{command} --csv", 80)
    assert (done.exit_code, done.stderr) == (0, "")
    rows = list(csv.reader(io.StringIO(done.stdout)))
    wanted = json.loads(of_project(f"{command} --json").stdout)
    assert len(rows[0]) == len(set(rows[0])) > 0
    assert len(rows) == len(wanted) + 1
    for row, facts in zip(rows[1:], wanted, strict=True):
        assert list(facts) == rows[0]
        for cell, value in zip(row, facts.values(), strict=True):
            if isinstance(value, float):
                assert float(cell) == value
            else:
                assert cell == as_text(value)


def test_one_figure_as_csv():
    command = "volumes --between 2021-01-01 2021-12-31 --port manzhouli --port suifenhe"
    (row,) = csv.DictReader(io.StringIO(run(f"{command} --csv").stdout))
    facts = json.loads(run(f"{command} --json").stdout)
    assert list(row) == list(facts)
    assert row["ports"] == "manzhouli;suifenhe"
    assert row["claims"].split(";") == facts["claims"]
    assert float(row["estimate"]) == facts["estimate"]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ('=LEN("x y")', '\'=LEN("x y")'),
        ("+x|' y'!A0", "'+x|' y'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("\n=1", "'\n=1"),
        ("\r=1", "'\n=1"),
        ("a\r\nb", "a\nb"),
        ("-0.102 51.546;-0.079 51.548", "-0.102 51.546;-0.079 51.548"),
        ("-6.532, 41.968", "-6.532, 41.968"),
        ("-1,x", "'-1,x"),
        ("-٣", "'-٣"),
        ("＝1+1", "'＝1+1"),
        ("-inf", "'-inf"),
        ("-", "'-"),
        ("-5", "-5"),
        ("+5.25", "+5.25"),
        ("-1e-3", "-1e-3"),
        ("Harbin", "Harbin"),
        ("a=b", "a=b"),
        ("", ""),
        (-5, -5),
        (-5.5, -5.5),
        (None, None),
    ],
)
def test_text_that_a_spreadsheet_would_run_is_text(text, cell):
    assert export.harmless(text) == cell
    read = list(csv.reader(io.StringIO(export.csv_text(pd.DataFrame({"x": [text], "y": [-5]})), newline="")))
    assert read == [["x", "y"], ["" if cell is None else str(cell), "-5"]]


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8))
def test_no_cell_begins_like_a_formula(text):
    cell = export.harmless(text)
    assert cell.removeprefix("'") == text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("'")
    if cell.lstrip()[:1] in tuple("=+-@"):
        assert float(re.split("[;, ]", cell)[0]) < 1e400
    (row,) = list(csv.reader(io.StringIO(export.csv_text(pd.DataFrame({"x": ["a"], "y": [text]})), newline="")))[1:]
    assert row == ["a", cell]


def test_a_ledger_cannot_put_a_formula_into_a_spreadsheet(tmp_path, data_copy):
    file = tmp_path / "mine.csv"
    head = "claim_id,ports,measure,basis,period_start,period_end,value,publisher,title"
    file.write_text(f'{head}\nA,manzhouli,trains,rail,2021-01-01,2021-12-31,4235,"=x|"" y""!A0",@title\n')
    (row,) = csv.DictReader(io.StringIO(run(f"claims --claims {file} --csv").stdout))
    assert (row["publisher"], row["title"], row["value"]) == ('\'=x|" y"!A0', "'@title", "4235")
    assert json.loads(run(f"claims --claims {file} --json").stdout)[0]["title"] == "@title"
    stations = data_copy / "routes" / "stations.csv"
    stations.write_text(stations.read_text().replace("harbin,Harbin,", "harbin,+Harbin,"))
    assert "\nharbin,'+Harbin," in run("stations --csv").stdout
    from corridor import atlas

    page = next(page for page in atlas.pages() if page.name == "tables/stations.csv")
    assert b"\nharbin,'+Harbin," in page.make()


@pytest.mark.parametrize(
    "command",
    [
        "ports --json --csv",
        "claims --csv --wide",
        "volumes --json --wide",
        "accuracy --json --csv --wide",
        "check --csv --json",
        "figures --list --csv --json",
        "routes --geojson --csv",
        "routes --geojson --json",
        "volumes --between 2021-01-01 2021-12-31 --wide",
    ],
)
def test_two_forms_at_once_are_wrong_usage(command):
    done = run(command)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--" in done.stderr.splitlines()[-1]
