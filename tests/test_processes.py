"""The command line as users run it: a process of its own, with nothing kept from earlier runs.

What compiled libraries write to standard output cannot be seen within the tests' own process.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from osm_drawn import RAIL, write_extract

from corridor import store
from corridor.cli import main

LEDGER = """\
claim_id,ports,measure,basis,period_start,period_end,value,publisher,title
A,manzhouli,trains,rail,2023-01-01,2023-12-31,5001,Harbin Group,The year 2023
B,manzhouli,trains,rail,2023-01-01,2023-12-31,5100,Harbin Group,The same year
C,suifenhe,teu,rail,2023-01-01,2023-06-30,40000,Harbin Group,Half a year
"""

# One case a command, by its name: what follows the name, and the least number of rows (of an object: 1).
CASES = {
    "ports": ("", 3),
    "stations": ("", 160),
    "transfers": ("", 19),
    "lines": ("", 290),
    "routes": ("--port suifenhe --paths", 3),
    "claims": ("--conflicts", 1),
    "volumes": ("--port manzhouli --measure trains", 11),
    "statements": ("", 14),
    "explain": ("trains --port manzhouli --year 2023", 1),
    "metrics distance": ("", 60),
    "path": ("harbin moscow --port manzhouli", 1),
    "accuracy": ("", 300),
    "network info": ("", 1),
    "network import": ("drawn.osm.pbf --out made.npz --islands 0", 1),
    "map": ("--out made.html", 1),
    "figures": ("trains --format svg --out made", 1),
    "atlas": ("--out made", 1),
    "check": ("", 1),  # the ledger of these tests is not the one that was stamped
}


# Those that need what a test here has not: an Overpass server, the open rail graph.
ELSEWHERE = {"network download": "tests/test_download.py", "network build": "tests/test_cli.py"}


def commands(group, prefix=""):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", {option for parameter in command.params for option in parameter.opts}


@pytest.fixture(scope="module")
def small_data(tmp_path_factory):
    """The data with the smallest ledger that a solver has to be asked about."""
    folder = tmp_path_factory.mktemp("small") / "data"
    shutil.copytree(store.data_folder(), folder)
    (folder / "ports" / "claims.csv").write_text(LEDGER, encoding="utf-8")
    return folder


@pytest.fixture
def process(tmp_path, small_data):
    """Runs Python in an empty folder with empty caches."""

    def run(*words, **more):
        folders = {name: str(tmp_path / "caches" / name) for name in ("XDG_CACHE_HOME", "HOME", "MPLCONFIGDIR")}
        path = os.pathsep.join(filter(None, [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH")]))
        env = {**os.environ, **folders, "CORRIDOR_DATA": str(small_data), "PYTHONPATH": path, **more}
        del env["PYTEST_CURRENT_TEST"]  # seeing it, a notebook's kernel does not show what compiled code prints
        return subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=env, text=True, capture_output=True, check=False
        )

    return run


def test_every_command_that_takes_json_has_a_case():
    assert {name for name, options in commands(main) if "--json" in options} == {*CASES, *ELSEWHERE}


@pytest.mark.parametrize("command", CASES)
def test_standard_output_is_json_and_nothing_else(process, command, tmp_path):
    more, least = CASES[command]
    write_extract(tmp_path / "drawn.osm.pbf", {1, 2}, {1: ([1, 2], RAIL)})
    done = process("-m", "corridor", *command.split(), *more.split(), "--json")
    assert done.returncode == (1 if command == "check" else 0), done.stderr
    found = json.loads(done.stdout)
    assert len(found) >= least if isinstance(found, list) else found
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["", "network", "metrics", *(name for name, _ in commands(main))])
def test_help_goes_to_standard_output(command):
    done = CliRunner().invoke(main, [*command.split(), "--help"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: ")


def test_a_table_is_the_table_and_nothing_else(process):
    done = process("-m", "corridor", "volumes")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0].startswith("measure")


NOISE = """
import contextlib, ctypes, os
from importlib import import_module
module = import_module({module!r})
whole = getattr(module, {name!r})
def noisy(*args, **kwargs):
    print("from Python")
    os.write(1, b"straight to the descriptor\\n")
    with contextlib.suppress(OSError):
        os.write(2, b"an error\\n")
    ctypes.CDLL(None).printf(b"from C, held in its buffer\\n")
    return whole(*args, **kwargs)
setattr(module, {name!r}, noisy)
from corridor.cli import main
main()
"""


@pytest.mark.skipif(os.name == "nt", reason="C's printf by another name")
@pytest.mark.parametrize(
    ("module", "name", "command"),
    [
        ("clarabel", "DefaultSolver", "volumes --measure trains"),
        ("highspy", "HighsLp", "claims --conflicts"),
        ("scipy.sparse.csgraph", "dijkstra", "path 113.5,52.0 moscow --avoid Belarus"),
        ("corridor.claims", "load_claims", "claims"),
    ],
)
def test_whatever_a_library_prints(process, module, name, command):
    done = process("-c", NOISE.format(module=module, name=name), *command.split(), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)
    for printed in ("from Python", "straight to the descriptor", "from C, held in its buffer"):
        assert printed in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="a shell's way to close a stream")
@pytest.mark.parametrize(("closed", "result"), [("2>&-", True), (">&-", False), ("<&-", True), (">&- 2>&-", False)])
def test_streams_that_are_closed(process, closed, result):
    noisy = NOISE.format(module="corridor.claims", name="load_claims")
    done = process(
        "-c",
        "import subprocess, sys; done = subprocess.run(sys.argv[1], shell=True, stdout=subprocess.PIPE);"
        "sys.stdout.buffer.write(done.stdout); sys.exit(done.returncode)",
        shlex.join([sys.executable, "-c", noisy, "claims", "--json"]) + " " + closed,
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == 3 if result else done.stdout == ""


def test_a_program_of_ones_own_gets_no_line_that_it_did_not_print(process):
    code = "import corridor; print('before'); corridor.estimate_volumes().table('year'); print('after')"
    done = process("-c", code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "before\nafter\n", "")


def test_a_notebook_has_no_stray_output(process, tmp_path):
    cells = [
        "import corridor",
        "table = corridor.estimate_volumes().table('year')",
        "made = corridor.corridor_map(), corridor.figure('trains'), corridor.check_statements()",
        "print(len(table))",
    ]
    code = f"""
import nbformat, nbclient
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in {cells!r}])
nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
nbformat.write(notebook, "ran.ipynb")
"""
    done = process("-c", code)
    assert done.returncode == 0, done.stderr
    ran = json.loads((tmp_path / "ran.ipynb").read_text(encoding="utf-8"))
    outputs = [cell["outputs"] for cell in ran["cells"]]
    assert outputs[:-1] == [[], [], []]
    assert [(one["name"], one["text"]) for one in outputs[-1]] == [("stdout", ["66\n"])]


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell's words")
@pytest.mark.parametrize(
    ("command", "end", "status"),
    [
        ("stations", "| true", 0),
        ("stations --json", "| head -1", 0),
        ("stations --csv", "| true", 0),
        ("network info", "| true", 0),
        ("--help", "| true", 0),
        ("ports --help", "| true", 0),
        ("map --out /dev/stdout", "| head -1", 0),
        ("ports", ">&-", 0),
        ("ports", "2>&-", 0),
        ("ports", "<&- >&- 2>&-", 0),
        ("map --out made.html", ">&- 2>&-", 0),
        ("--help", ">&-", 0),
        ("path nowhere moscow", "2>&-", 1),
        ("path nowhere moscow", "2>&1 | true", 1),
        ("path nowhere moscow", "2>/dev/full", 1),
        ("path --nope", ">&- 2>&-", 2),
        ("path --nope", "2>/dev/full", 2),
        ("", "2>/dev/full", 2),
    ],
)
def test_a_closed_stream_is_silent(process, tmp_path, command, end, status):
    """Whatever is closed, or whoever has left: the work is done, and the status says how it ended."""
    ask = shlex.join([sys.executable, "-m", "corridor", *command.split()])
    shell = ["bash", "-c", f"{{ {ask}; echo $? > status; }} {end}"]
    process("-c", f"import subprocess; subprocess.run({shell!r}, stderr=open('errors', 'w'))", COLUMNS="60")
    assert (tmp_path / "status").read_text() == f"{status}\n"
    assert (tmp_path / "errors").read_text() == ""
    assert (tmp_path / "made.html").is_file() == ("made.html" in command)
