"""Text from outside: what tables refuse, and how arguments, names and notes are shown in messages and on terminals."""

import json
import re
import unicodedata
from dataclasses import replace

import canaries
import pandas as pd
import pytest
from click.testing import CliRunner
from conftest import make_network
from hypothesis import given
from hypothesis import strategies as st

from corridor import texts
from corridor.claims import checked_claims
from corridor.cli import main
from corridor.errors import CorridorError, DataError
from corridor.network import RailNetwork
from corridor.places import Place, load_stations
from corridor.routes import checked_routes

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066\u2067\ud800-\udfff]")
"""What must never reach a terminal as it is; isolates that begin with U+2068 are ours."""

CLAIM = {
    "claim_id": "A",
    "ports": "manzhouli",
    "measure": "trains",
    "basis": "rail",
    "value": "4235",
    "period_start": "2021-01-01",
    "period_end": "2021-12-31",
    "publisher": "HG",
    "title": "2021",
}

# ---------------------------------------------------------------- what tables refuse

REFUSED = {
    "a control character": "\x00 \x07 \x0b \x1b \x7f \x85 \x9b",
    "a mark that sets the direction of text": " ".join(
        "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    ),
    "no character of Unicode": "\ufdd0 \uffff \U0001fffe",
    "a character that cannot be seen": "\u2061 \u206e \ufff9 \U000e0041 \U0001d173",
}
REFUSED_ONE = [
    pytest.param(kind, mark, id=f"U+{ord(mark):04X}") for kind in REFUSED for mark in REFUSED[kind].split(" ")
]
DROPPED = ["\ufeff", "\u200b", "\u2060", "\u00ad"]


@pytest.mark.parametrize(("kind", "mark"), REFUSED_ONE)
@pytest.mark.parametrize("column", ["title", "note", "url"])
def test_a_users_table_names_what_it_refuses_by_its_code_point(tmp_path, kind, mark, column):
    text = f"https://example.org/a{mark}b"
    row = CLAIM | {column: text}
    for source, place in (([row], r"claims\[0\]"), (pd.DataFrame([row]), r"claims\.iloc\[0\]")):
        with pytest.raises(
            DataError, match=rf"^{place}: {column}='https://example\.org/a.*b' holds {kind}, U\+"
        ) as caught:
            checked_claims(source)
        assert f"U+{ord(mark):04X}; take it out" in str(caught.value)
        assert mark not in caught.value.args[0]
    if mark != "\x00":
        pd.DataFrame([row]).to_csv(tmp_path / "mine.csv", index=False)
        with pytest.raises(DataError, match=rf"mine\.csv:2: {column}=.* holds {kind}, U\+{ord(mark):04X}"):
            checked_claims(tmp_path / "mine.csv")


@pytest.mark.parametrize(
    "mark", [*(mark for kind in REFUSED.values() for mark in kind.split(" ")[1:]), *DROPPED, "\u2028"]
)
def test_the_projects_own_tables_are_stricter(data_copy, mark):
    stations = (data_copy / "routes/stations.csv").read_text()
    (data_copy / "routes/stations.csv").write_text(stations.replace("harbin,Harbin,", f"harbin,Har{mark}bin,"))
    with pytest.raises(
        DataError, match=rf"stations\.csv:[0-9]+: name_en='.*' holds .*, U\+{ord(mark):04X}; take it out"
    ):
        load_stations()


@pytest.mark.parametrize("mark", DROPPED)
def test_what_cannot_be_seen_and_means_nothing_is_left_out_of_users_tables(mark):
    assert checked_claims([CLAIM | {"title": f"a{mark}b{mark}"}]).loc["A", "title"] == "ab"


@pytest.mark.parametrize("mark", "\u200e\u200f\u061c")
def test_marks_beside_days_and_figures_are_left_out(mark):
    """Programs put them there: a day copied from a dialogue of Windows begins with one."""
    row = {name: f"{mark}{text}{mark}" for name, text in CLAIM.items() if name in ("value", "period_start", "measure")}
    assert checked_claims([CLAIM | row]).loc["A", "value"] == 4235


@pytest.mark.parametrize("column", ["value", "period_start", "ports", "publisher", "claim_id"])
def test_a_mark_that_turns_figures_round_is_refused_wherever_it_stands(column):
    row = CLAIM | {column: f"{CLAIM[column][0]}\u202e{CLAIM[column][1:]}"}
    with pytest.raises(DataError, match=rf"{column}='.*' .*U\+202E"):
        checked_claims([row])


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",
        "क्\u200dष",
        "Việt Nam",
        "满洲里　站",
        "a\u00a0b",
        "two\nlines",
        "\U0001f682\ufe0f",
        "\U00020bb7",
        "\ue000",
        "שָׁלוֹם",
    ],
)
def test_text_of_any_script_is_taken(text):
    assert checked_claims([CLAIM | {"title": text}]).loc["A", "title"] == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("\u200d", "nothing that can be seen"),
        ("\u2800\u3164", "nothing that"),
        ("a" + "\u0301" * 9, "9 marks on one letter"),
    ],
)
def test_text_that_shows_nothing_or_covers_its_neighbours_is_refused(text, why):
    with pytest.raises(DataError, match=why):
        checked_routes(
            [{"route_id": "A", "origin": "harbin", "destination": "hamburg", "port": "manzhouli", "title": text}]
        )


@given(st.text(max_size=30))
def test_what_a_table_takes_steers_nothing(text):
    if texts.fault(text) is None:
        assert not STEERING.search(text)
        assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in "\t\n"]


# ---------------------------------------------------------------- messages


@given(st.text(), st.integers(10, 300))
def test_a_bare_text_is_one_short_line(text, longest):
    shown = texts.bare(text, longest)
    assert len(shown) <= longest
    assert not STEERING.search(shown)
    assert "\n" not in shown
    if (
        not STEERING.search(text)
        and texts.fault(text) is None
        and "\n" not in text
        and "\t" not in text
        and len(text) <= longest
    ):
        assert shown == text


@given(st.text(), st.integers(4, 60))
def test_a_short_name_keeps_its_ends(name, longest):
    shown = texts.short(name, longest)
    width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in shown if not unicodedata.combining(c))
    assert width <= longest + 2
    assert shown == name or len(shown) <= len(name)


@given(st.text(alphabet="ab1 2–.,()חיفم\n"))
def test_isolates_add_nothing_else(text):
    isolated = texts.isolated(text)
    assert re.sub("[\u2068\u2069]", "", isolated) == text
    assert not re.search("\u2068[^\u2069]*[0-9(),\n]", isolated)
    assert not re.search("[חיفم]", re.sub("\u2068[^\u2069]*\u2069", "", isolated))


WORDS = {
    "all at once": "\x1b[31m\x9b2J\ncorridor: all is well\r\udce9\u202e\uffff\x7f",
    "escape": "\x1b[31mred\x1b]0;x\x07",
    "eight-bit escape": "\x9b2Jx",
    "line": "first\ncorridor: all is well",
    "return": "x\rcorridor: all is well",
    "long": "A" * 10_000,
    "long words": "word " * 2_000,
    "undecodable": "caf\udce9",
    "right to left": "x\u202ey",
    "many lines": "a\n" * 3_000,
    "noncharacter": "x\uffffy",
}
COMMANDS = [
    "@", "--@", "network @", "ports @", "ports --@", "lines --kind @", "lines --kind=@", "routes --port @",
    "claims --port @", "claims --year @", "claims --basis @", "claims --claims @", "claims --claims=@",
    "volumes --freq @", "volumes --port @", "volumes --by @", "volumes --basis @", "volumes --between @ 2020-01-01",
    "volumes --between 2020-01-01 @", "volumes --claims ./@", "explain @ --port manzhouli --year 2020",
    "explain trains --port @ --year 2020", "explain trains --port manzhouli --year @", "path @ harbin",
    "path harbin @", "path harbin hamburg --port @", "path harbin hamburg --via @", "path harbin hamburg --avoid @",
    "path harbin hamburg --on @", "path harbin hamburg --alternatives @", "path harbin hamburg --@",
    "path harbin hamburg --network @", "figures @", "figures --format @",
    "map --out /dev/null/@/x.html", "atlas --out /dev/null/@", "network info --network @", "network info --network=@",
    "network build --countries @", "network import @ --out x.npz", "network import x.pbf --out @",
    "network import x.pbf --out x.npz --islands @", "network import x.pbf --out x.npz --highspeed @",
    "network download --bbox @ --out x.npz", "network download --around @ --out x.npz",
    "network download --bbox 1,2,3,4 --width @ --out x.npz",
]  # fmt: skip


WITH_ALL_WORDS = ("path @ harbin", "lines --kind @", "claims --claims @", "--@")
CASES = [
    pytest.param(command, text, id=f"{command}-{name}")
    for command in COMMANDS
    for name, text in WORDS.items()
    if name in ("all at once", "long") or command in WITH_ALL_WORDS
]


@pytest.mark.parametrize(("command", "word"), CASES)
def test_words_of_the_command_line_are_shown_on_one_short_line(tmp_path, monkeypatch, command, word):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, [part.replace("@", word) for part in command.split()])
    assert done.exit_code in (1, 2), done.output[:500]
    assert isinstance(done.exception, SystemExit)
    assert not STEERING.search(done.output)
    assert "all is well" not in [line.strip() for line in done.output.splitlines()]
    assert not any(line.startswith("corridor: all is well") for line in done.output.splitlines())
    assert len(done.output.splitlines()) <= 6
    assert len(done.output) <= 2000


def test_usage_errors_still_say_what_is_known():
    done = CliRunner().invoke(main, ["lines", "--kind", "x" * 10_000])
    assert "is not one of 'mixed', 'freight', 'passenger_only', 'unknown'." in done.stderr
    assert CliRunner().invoke(main, ["network"]).output.startswith("Usage: ")  # the help, whole


@pytest.mark.parametrize("variable", ["CORRIDOR_DATA", "CORRIDOR_NETWORK"])
@pytest.mark.parametrize("word", ["line", "escape", "long"])
def test_names_from_the_environment_are_shown_on_one_short_line(monkeypatch, variable, word):
    monkeypatch.setenv(variable, f"/nowhere/{WORDS[word]}")
    done = CliRunner().invoke(main, ["network", "info"])
    assert done.exit_code == 1
    assert not STEERING.search(done.output)
    assert len(done.output.splitlines()) == 1
    assert len(done.output) < 1000


def test_messages_of_errors_steer_no_terminal():
    assert str(CorridorError("a\x1b[2Jb\u202e")) == "a�[2Jb�"
    assert str(DataError("two\nfaults")) == "two\nfaults"


def test_a_number_of_ten_thousand_digits_is_shown():
    assert "digits" in texts.shown(10**10_000)


# ---------------------------------------------------------------- networks of strangers


@pytest.fixture
def stranger(tmp_path):
    network, _ = make_network({"A": (113, 52), "B": (115, 52)}, [("A", "B", 140, "RU")])
    notes = {"source": "x\x1b[2J\nlicence: mine", "no\x9bte": "\u202ex" * 5_000, "unread_gauges": "gauge='\x1b' " * 900}
    file = tmp_path / "stranger.npz"
    from corridor.gates import write_network

    write_network(file, replace(network, origin=notes) if isinstance(network, RailNetwork) else network)
    return file


def test_what_a_network_says_of_itself_is_shown_short_and_plain(stranger):
    done = CliRunner().invoke(main, ["network", "info", "--network", str(stranger)])
    assert done.exit_code == 0
    assert not STEERING.search(done.stdout)
    assert all(len(line) < 1100 for line in done.stdout.splitlines())
    assert not any(line.startswith("licence: mine") for line in done.stdout.splitlines())
    facts = CliRunner().invoke(main, ["network", "info", "--json", "--network", str(stranger)])
    assert not STEERING.search(facts.stdout)
    assert json.loads(facts.stdout)["no\x9bte"] == "\u202ex" * 5_000


def test_a_place_of_any_name_is_shown_on_one_line():
    place = Place("a\nb\x1b[2J" + "c" * 500, 0, 0)
    assert len(place.label) == texts.LONGEST_VALUE
    assert place.label.startswith("a\\nb\\x1b[2Jc")


# ---------------------------------------------------------------- terminals


def test_right_to_left_names_are_isolated_on_terminals_and_nowhere_else(data_copy):
    table = canaries.read(data_copy / "routes/stations.csv")
    table.loc[table["station_id"] == "harbin", "name_en"] = "חיפה 2"
    table.to_csv(data_copy / "routes/stations.csv", index=False)
    for words in (["stations"], ["path", "harbin", "manzhouli"]):
        assert "\u2068חיפה\u2069 2" in CliRunner().invoke(main, words).stdout
    for words in (
        ["stations", "--json"],
        ["stations", "--csv"],
        ["path", "harbin", "manzhouli", "--json"],
        ["path", "harbin", "manzhouli", "--geojson"],
    ):
        shown = CliRunner().invoke(main, words).stdout
        assert "חיפה 2" in shown
        assert "\u2068" not in shown


@pytest.mark.parametrize(
    "name", ["Wide" * 100, "word " * 80, "满洲里站" * 100, "e\u0301\u0302\u0303" * 100, "נמל" * 133, "a\u200d"]
)
@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_long_name_pushes_no_column_out_of_a_terminal(data_copy, name, columns):
    from rich.cells import cell_len

    def heads():
        done = CliRunner().invoke(main, ["stations"], env={"COLUMNS": str(columns)})
        assert done.exit_code == 0
        lines = [re.sub("[\u2068\u2069]", "", line) for line in done.stdout.splitlines()]
        assert all(cell_len(line) <= columns for line in lines)
        return lines[0].split()

    before = heads()
    table = canaries.read(data_copy / "routes/stations.csv")
    table.loc[table["station_id"] == "harbin", "name_en"] = name
    table.to_csv(data_copy / "routes/stations.csv", index=False)
    after = heads()
    assert after[0] == "station_id"
    assert columns == 60 or "name_en" in after
    assert len(after) >= min(len(before), 2 if columns == 60 else 3)
