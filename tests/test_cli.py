"""The command line: the library with other punctuation."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import corridor
from corridor import store
from corridor.cli import main

LISTINGS = {
    "ports": 3,
    "stations": 160,
    "routes": 60,
    "claims": 229,
    "volumes": 78,
    "statements": 14,
    "claims --conflicts": 17,
    "metrics distance": 60,
    "check": 0,
}


def run(*words):
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize("command", LISTINGS)
def test_every_listing_as_json(command):
    done = run(*command.split(), "--json")
    assert done.exit_code == 0, done.output
    assert len(json.loads(done.stdout)) >= LISTINGS[command]
    assert done.stderr == ""


@pytest.mark.parametrize("command", [name for name in LISTINGS if name != "check"])
def test_every_listing_for_reading(command):
    done = run(*command.split())
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) > LISTINGS[command]
    assert "nan" not in done.stdout.lower().split()


def test_a_path_as_json():
    facts = json.loads(run("path", "Harbin", "Manzhouli", "--json").stdout)
    assert facts["rail_km"] == pytest.approx(935, rel=0.015)
    wanted = {"rail_km", "geodesic_km", "detour", "km_by_country", "km_by_gauge", "transfers", "certificate"}
    assert wanted <= set(facts)
    assert len(facts["certificate"]["network"]) == 64
    assert facts["port"] is None


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["path", "哈尔滨", "Москва", "--port", "满洲里"], "port          manzhouli"),
        (["path", "harbin", "moscow", "--port", "suifenhe", "--via", "chita"], "port          suifenhe"),
        (["path", "-1.5,52.5", "warsaw"], "-1.5,52.5 - Warsaw"),
        (["routes", "--port", "Suifenhe", "--paths"], "zhengzhou-hamburg"),
        (["claims", "--port", "tongjiang", "--year", "2023"], "C184"),
        (["volumes", "--port", "manzhouli", "--measure", "trains"], "5,001"),
        (["volumes", "--freq", "month", "--port", "tongjiang", "--by", "direction", "--measure", "trains"], "2024-07"),
        (["volumes", "--total", "--measure", "teu"], "manzhouli;suifenhe;tongjiang"),
        (["volumes", "--between", "2021-03-05", "2021-08-20", "--port", "manzhouli", "--port", "suifenhe"], "C099"),
        (["claims", "--conflicts", "--port", "suifenhe"], "C174"),
        (["statements"], "contradicted"),
        (["explain", "trains", "--port", "manzhouli", "--year", "2021"], "prints it: 4,235 trains"),
        (["explain", "teu", "--port", "suifenhe", "--year", "2022"], "teu-per-train-margin"),
        (["network", "info"], "OpenStreetMap"),
        (["figures", "--list"], "trains"),
        (["check"], "all checks passed"),
        (["--version"], "0.1.0"),
        (["--help"], "China-Europe trains by rail"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_commands(words, shown):
    done = run(*words)
    assert done.exit_code == 0, done.output
    assert shown in done.stdout


def test_a_path_of_no_length_has_no_empty_parts():
    shown = run("path", "harbin", "harbin").stdout
    assert all(line == line.rstrip() for line in shown.splitlines())
    assert "by country    none\n" in shown


@pytest.mark.parametrize(("asked", "checked"), [("Moscow --port manzhouli", True), ("Hamburg --port manzhouli", False)])
def test_a_long_straight_step_that_holds_is_shown_as_checked(asked, checked):
    shown = " ".join(run("path", "Harbin", *asked.split()).stdout.split())
    assert ("km (checked); " in shown) == checked
    assert ("that nobody checked" in shown) != checked


def test_no_infinity_in_json():
    assert json.loads(run("path", "harbin", "harbin", "--json").stdout)["detour"] is None


def test_differences_have_the_right_sign():
    rows = {row["route_id"]: row for row in json.loads(run("metrics", "distance", "--json").stdout)}
    row = rows["harbin-tilburg"]
    assert row["published_km"] == 10257
    assert row["difference_km"] == pytest.approx(row["rail_km"] - 10257, abs=0.11)
    assert row["difference_percent"] == pytest.approx(100 * row["difference_km"] / 10257, abs=0.02)


def test_a_figure_goes_by_its_name(tmp_path):
    done = run("figures", "TRAINS", "--format", "svg", "--out", str(tmp_path), "--json")
    assert json.loads(done.stdout) == [{"file": str(tmp_path / "trains.svg")}]
    assert json.loads(run("figures", "--list", "--json").stdout)[0] == {"name": "corridor"}


def test_the_countries_of_a_network_are_those_that_its_rails_cross():
    crossed = len(set(corridor.load_network().country.tolist()))
    facts = json.loads(run("network", "info", "--json").stdout)
    assert facts["countries"] == crossed
    assert facts["countries_from"].startswith("Natural Earth")
    assert f", {crossed} countries, " in repr(corridor.load_network())
    shown = run("network", "info").stdout
    assert "nodes                56,496" in shown
    assert "1435: 279,579 km, 1520: 132,042 km" in shown


@pytest.mark.parametrize("words", ["ports", "--help", "--version", "ports --help"])
def test_a_full_disk_is_one_line(words):
    command = f"{sys.executable} -m corridor {words} > /dev/full"
    done = subprocess.run(command, shell=True, text=True, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("corridor: standard output cannot be written")
    assert len(done.stderr.splitlines()) == 1


def test_a_terminal_without_chinese_gets_escapes():
    done = subprocess.run(
        [sys.executable, "-m", "corridor", "ports"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        text=True,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u6ee1" in done.stdout


def test_a_figure_between_two_days_as_json():
    facts = json.loads(run("volumes", "--between", "2021-01-01", "2021-12-31", "--port", "manzhouli", "--json").stdout)
    assert {"estimate", "lower", "upper", "status", "claims", "bound", "assumptions"} <= set(facts)
    assert facts["status"] == "printed"
    assert facts["estimate"] == pytest.approx(4235)
    parts = [
        json.loads(run("volumes", "--between", "2022-03-01", "2022-05-09", "--port", port, "--json").stdout)["estimate"]
        for port in ("manzhouli", "suifenhe")
    ]
    both = run(
        "volumes", "--between", "2022-03-01", "2022-05-09", "--port", "manzhouli", "--port", "suifenhe", "--json"
    )
    assert json.loads(both.stdout)["estimate"] == pytest.approx(sum(parts))


def test_a_ledger_of_ones_own(tmp_path):
    text = (store.data_folder() / "ports" / "claims.csv").read_text()
    lines = text.splitlines()
    file = tmp_path / "mine.csv"
    file.write_text("\n".join([lines[0], *(line for line in lines if line.startswith("C110,"))]) + "\n")
    words = ["--claims", str(file), "--json"]
    table = json.loads(run("volumes", "--port", "manzhouli", "--measure", "trains", *words).stdout)
    assert {row["period"]: row["estimate"] for row in table}["2021"] == pytest.approx(4235)
    assert [row["claim_id"] for row in json.loads(run("claims", *words).stdout)] == ["C110"]
    assert json.loads(run("claims", "--conflicts", *words).stdout) == []
    file.write_text(lines[0] + "\n" + lines[-1].replace(",trains,", ",-,") + "\n")
    done = run("volumes", "--claims", str(file))
    assert (done.exit_code, done.stdout) == (1, "")


def test_routes_as_geojson():
    read = json.loads(run("routes", "--port", "tongjiang", "--geojson").stdout)
    assert [feature["geometry"]["type"] for feature in read["features"]] == ["LineString"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["path", "Harbn", "Moscow"], "no place 'Harbn'; known: manzhouli"),
        (["path", "Harbin", "Moscow", "--port", "Omsk"], "no port 'Omsk'; known: manzhouli, suifenhe, tongjiang"),
        (["path", "Harbin", "Beijing", "--port", "manzhouli"], "would cross the border twice"),
        (["routes", "--port", "x"], "no port 'x'"),
        (["volumes", "--basis", "guess"], "no claim counted by 'guess'"),
        (["volumes", "--between", "2021", "2022-01-01"], "'2021' is no day; give it as YYYY-MM-DD"),
        (["volumes", "--between", "2022-01-02", "2022-01-01"], "lies before the start 2022-01-02"),
        (["volumes", "--claims", "/nowhere.csv"], "/nowhere.csv: cannot be read"),
        (["volumes", "--port", "dalian"], "no port 'dalian'"),
        (["explain", "tons", "--port", "manzhouli", "--year", "2020"], "no metric 'tons'; known: trains, teu"),
        (["explain", "trains", "--port", "manzhouli", "--year", "1999"], "no figure for 1999; known: 2013 to 2026"),
        (["figures", "trians"], "no figure 'trians'; known: corridor, distances, teu, trains. Did you mean trains?"),
        (["figures", "trains", "--format", "gif"], "no figure format 'gif'; known: png, svg"),
        (
            ["network", "build", "--countries", "/nowhere.json", "--open-graph", "/nowhere.py"],
            "/nowhere.py: cannot be read",
        ),
    ],
)
def test_an_error_is_one_line_and_status_1(words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*words, *(["--out", str(tmp_path)] if words[0] == "network" else []))
    assert done.exit_code == 1
    assert done.stdout == ""
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_wrong_usage_is_status_2():
    assert run("path", "Harbin").exit_code == 2
    assert run("volumes", "--measure", "tons").exit_code == 2
    assert run("nothing").exit_code == 2


@pytest.mark.parametrize(
    "words", ["Harbin --jsn", "--prot manzhouli Harbin Moscow", "Harbin Moscow --csv", "Harbin -x"]
)
def test_an_option_that_a_path_does_not_have_is_wrong_usage(words):
    done = run("path", *words.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert next(word for word in words.split() if word.startswith("-")) in done.stderr


def test_missing_data_is_one_line(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "corridor", "ports"],
        env={"CORRIDOR_DATA": str(tmp_path), "PATH": ""},
        text=True,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("corridor: CORRIDOR_DATA names")
    assert len(done.stderr.splitlines()) == 1


def test_faults_of_a_table_are_listed(data_copy):
    file = data_copy / "ports" / "claims.csv"
    file.write_text(file.read_text().replace(",rail,port,", ",train,port,"))
    done = run("claims")
    lines = done.stderr.splitlines()
    assert done.exit_code == 1
    assert lines[0].endswith("faults")
    assert len(lines) > 100
    assert all("claims.csv:" in line and "basis='train'" in line for line in lines[1:])


def test_text_from_data_cannot_steer_the_terminal(data_copy):
    file = data_copy / "routes" / "stations.csv"
    sound = file.read_text()
    file.write_text(sound.replace("harbin,Harbin,", "harbin,[bold]Harbin[/bold],"))
    assert "[bold]Harbin[/bold]" in run("stations").stdout
    file.write_text(sound.replace("harbin,Harbin,", "harbin,Har\u202ebin,"))
    done = run("stations")
    assert "U+202E" in done.stderr
    assert "\u202e" not in done.output
    file.write_text(sound)
    assert "\x1b" not in run("path", "\x1b[2Jx", "harbin").output
    file.write_text(sound.replace("harbin,Harbin,", "harbin,\x1b[2JHarbin,"))
    done = run("stations")
    assert "control character" in done.stderr
    assert "\x1b" not in done.output


def test_a_finding_is_status_1(data_copy):
    (data_copy / "ports" / "notes.txt").write_text("x")
    done = run("check")
    assert done.exit_code == 1
    assert "notes.txt" in done.stdout


def test_map_and_figures_are_written(tmp_path):
    assert run("map", "--out", str(tmp_path / "m.html")).exit_code == 0
    assert run("figures", "trains", "--format", "svg", "--out", str(tmp_path / "f")).exit_code == 0
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")) == ["f/trains.svg", "m.html"]


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    for words in (["atlas", "--out"], ["figures", "trains", "--out"], ["map", "--out"]):
        done = run(*words, str(tmp_path / "file" / "x"))
        assert done.exit_code == 1
        assert "cannot be written" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_reader_that_stops_early_is_no_error():
    command = f"{sys.executable} -m corridor stations | head -1"
    done = subprocess.run(command, shell=True, text=True, capture_output=True, check=False)
    assert done.stderr == ""
    assert done.stdout.startswith("station_id")


@pytest.mark.parametrize(
    "asked",
    [
        ["volumes", "--between", "2021-01-01", "2021-02-01", "--freq", "month"],
        ["volumes", "--between", "2021-01-01", "2021-02-01", "--total"],
        ["volumes", "--by", "direction", "--direction", "outbound"],
    ],
)
def test_options_that_would_be_left_alone_are_refused(asked):
    assert CliRunner().invoke(main, asked).exit_code == 2


def test_a_window_tells_what_was_asked():
    asked = ["volumes", "--between", "2021-01-01", "2021-12-31", "--port", "满洲里", "--json"]
    facts = json.loads(CliRunner().invoke(main, asked).stdout)
    assert (facts["measure"], facts["ports"], facts["start"]) == ("trains", ["manzhouli"], "2021-01-01")
    assert facts["estimate"] == pytest.approx(4235)
    assert facts["claims"] == ["C110", "C111", "C112"]


def test_a_ledger_of_ones_own_tells_of_its_conflicts(tmp_path):
    block = re.search(
        r"```csv\n(.*?)```", (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert block
    file = tmp_path / "mine.csv"
    file.write_text(block[1], encoding="utf-8")
    quiet = CliRunner().invoke(main, ["volumes", "--claims", str(file), "--json"])
    assert (quiet.exit_code, quiet.stderr) == (0, "")
    rows = json.loads(quiet.stdout)
    year = next(row for row in rows if (row["measure"], row["port"], row["period"]) == ("trains", "manzhouli", "2021"))
    assert (year["status"], year["claims"]) == ("printed", ["A"])
    file.write_text(block[1] + "D,manzhouli,trains,rail,2021-01-01,2021-12-31,4300,me,more\n", encoding="utf-8")
    loud = CliRunner().invoke(main, ["volumes", "--claims", str(file), "--json"])
    assert loud.exit_code == 0
    assert "1 gave way to others: corridor claims --conflicts --claims" in loud.stderr
