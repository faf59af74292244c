"""Documentation is run."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

import corridor
from corridor.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def commands(group, prefix=""):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}"


def test_every_block_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    assert {path.name for path in tmp_path.iterdir()} == {"corridor.html", "trains.png"}


@pytest.mark.parametrize("command", list(commands(main)))
def test_every_command_is_named(command):
    assert f"corridor {command}" in README


@pytest.mark.parametrize("name", corridor.__all__)
def test_every_public_name_is_named(name):
    assert re.search(rf"`{name}[`(]", README)


@pytest.mark.parametrize("file", re.findall(r"`((?:data|examples|maps)/[\w./-]+|[\w-]+\.md|LICENSE)`", README))
def test_every_file_that_is_named_is_there(file):
    made = {"maps/index.html", "maps/corridor.html"}
    assert file in made or (ROOT / file).exists()


def test_every_data_file_is_told():
    told = (ROOT / "data" / "README.md").read_text()
    for part in ("ports", "routes"):
        for file in (ROOT / "data" / part).iterdir():
            assert f"`{file.name}`" in told


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_every_example_runs(example, tmp_path):
    done = subprocess.run([sys.executable, str(example)], cwd=tmp_path, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 5


def test_the_figures_in_the_readme_are_the_networks():
    network = corridor.load_network()
    for number in (len(network.nodes), len(network.km)):
        assert f"{number:,}" in README
        assert f"{number:,}" in (ROOT / "data" / "README.md").read_text()
    tested = corridor.distance_metrics()["difference_percent"].dropna().abs()
    words = re.search(
        r"of (\d+) services with a published length, the\s+median difference is ([\d.]+) % and (\d+) lie", README
    )
    assert words is not None
    assert (int(words[1]), float(words[2]), int(words[3])) == (
        len(tested),
        round(float(tested.median()), 1),
        int((tested <= 5).sum()),
    )
    table = corridor.check_distances()
    error = table.loc[table["kind"] == "track", "error_percent"].abs()
    words = re.search(
        r"(\d+) published track distances the median error is ([\d.]+) %, and (\d+) lie within 4 %", README
    )
    assert words is not None
    assert (int(words[1]), float(words[2]), int(words[3])) == (
        len(error),
        round(float(error.median()), 1),
        int((error <= 4).sum()),
    )
