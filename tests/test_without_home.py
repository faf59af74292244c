"""Users without a home, and caches that cannot be written: every command works as it does with a cache."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from osm_drawn import RAIL, write_extract
from test_processes import CASES, LEDGER

from corridor import store

ROOT = str(Path(__file__).parent.parent)

# A user id that no user has, as containers use them, and no HOME: the system knows of no home then.
NOBODY = """
import os, pwd, sys
def getpwuid(number):
    raise KeyError(f"getpwuid(): uid not found: {number}")
pwd.getpwuid = getpwuid
os.environ.pop("HOME", None)
"""

RUN = """
import io, json, sys
from contextlib import redirect_stdout
from corridor.cli import main
done = []
for words in json.loads(sys.argv[1]):
    with redirect_stdout(io.StringIO()) as out:
        status = main(words, standalone_mode=False) or 0
    done.append([status, out.getvalue()])
json.dump(done, sys.__stdout__)
"""


@pytest.fixture(scope="module")
def run(small, tmp_path_factory):
    """Runs commands in a process of its own, in an environment without any folder of the user's."""

    def ask(commands, before="", **variables):
        folder = tmp_path_factory.mktemp("run")
        write_extract(folder / "drawn.osm.pbf", {1, 2}, {1: ([1, 2], RAIL)})
        (folder / "file").write_text("x")
        given = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "HOME")
        env = {name: value for name, value in os.environ.items() if name not in given}
        paths = {name: value.replace("FOLDER", str(folder)) for name, value in variables.items()}
        env |= {"CORRIDOR_DATA": str(small), "PYTHONPATH": ROOT, **paths}
        command = [sys.executable, "-c", before + RUN, json.dumps(commands)]
        done = subprocess.run(command, cwd=folder, env=env, text=True, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return folder, json.loads(done.stdout)

    return ask


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The data with the smallest ledger that a solver has to be asked about."""
    folder = tmp_path_factory.mktemp("small") / "data"
    shutil.copytree(store.data_folder(), folder)
    (folder / "ports" / "claims.csv").write_text(LEDGER, encoding="utf-8")
    return folder


SOME = [["volumes", "--csv"], ["figures", "trains", "--format", "svg", "--out", "made"], ["claims", "--conflicts"]]


@pytest.fixture(scope="module")
def usual(run):
    folder, answers = run(SOME, HOME="FOLDER/home")
    assert [status for status, _ in answers] == [0, 0, 0]
    assert list((folder / "home/.cache/corridor/volumes").iterdir())
    return answers, (folder / "made" / "trains.svg").read_bytes()


@pytest.mark.slow
def test_every_command_works_for_a_user_without_a_home(run):
    commands = [[*name.split(), *more.split(), "--json"] for name, (more, _) in CASES.items()]
    folder, answers = run(commands, NOBODY)
    wrong = {name: answer for name, answer in zip(CASES, answers, strict=True) if answer[0] != (name == "check")}
    assert not wrong
    for _, text in answers:
        assert json.loads(text)
    assert {path.name for path in folder.iterdir()} == {"drawn.osm.pbf", "file", "made", "made.html", "made.npz"} | {
        "made.trees.npz"
    }


@pytest.mark.parametrize(
    "variables",
    [
        {"HOME": "FOLDER/file"},
        {"HOME": "FOLDER/home", "XDG_CACHE_HOME": "FOLDER/file/below"},
        {"HOME": "FOLDER/home", "MPLCONFIGDIR": "FOLDER/file"},
        {"HOME": "FOLDER/home", "XDG_CACHE_HOME": "relative"},
        {"HOME": "/proc/none", "FONTCONFIG_FILE": "FOLDER/none.conf"},
    ],
    ids=str,
)
def test_the_same_answers_whatever_the_caches(run, usual, variables):
    folder, answers = run(SOME, **variables)
    assert (answers, (folder / "made" / "trains.svg").read_bytes()) == usual
