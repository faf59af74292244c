"""Documentation is run."""

import ast
import contextlib
import io
import itertools
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

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


def examples(block):
    """Statements of a block of code, each with what stands after an arrow in its comments, and the other comments.

    A comment belongs to the statement that it stands behind, or that stands before it.
    """
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(block).readline)
        if token.type == tokenize.COMMENT
    }
    body = ast.parse(block).body
    for node, after in itertools.zip_longest(body, body[1:]):
        last = after.lineno if after else len(block.splitlines()) + 1
        own = [text for line, text in comments.items() if node.lineno <= line < last]
        shown = [text.removeprefix("→").strip() for text in own if text.startswith("→")]
        yield node, shown, [text for text in own if not text.startswith("→")]


def run_block(block, names):
    """Run a block of code as a reader would, and hold each of its comments to what comes out."""
    for node, shown, notes in examples(block):
        written, value, subject = io.StringIO(), None, None
        with contextlib.redirect_stdout(written):
            if isinstance(node, ast.Expr):
                value = eval(compile(ast.Expression(node.value), "README.md", "eval"), names)
                subject = value
                if value is None and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
                    subject = eval(compile(ast.Expression(node.value.func.value), "README.md", "eval"), names)
            else:
                exec(compile(ast.Module([node], []), "README.md", "exec"), names)
                if isinstance(node, ast.Assign):
                    subject = names[node.targets[0].id]
        if shown:
            assert (written.getvalue().strip() or repr(value)) == "\n".join(shown)
        for kind in re.findall(r"\b(GeoDataFrame|DataFrame|LineString|Map|Figure)\b", " ".join(notes)):
            assert kind in [own.__name__ for own in type(subject).__mro__], (kind, ast.unparse(node))


@pytest.fixture
def paths_found(monkeypatch):
    """Every path that is found while a test runs."""
    from corridor import routing

    found = []

    def watched(find):
        def wrapper(*args, **options):
            out = find(*args, **options)
            found.extend(out if isinstance(out, list) else [out])
            return out

        return wrapper

    for name in ("find_path", "find_alternatives", "find_paths"):
        wrapper = watched(getattr(routing, name))
        monkeypatch.setattr(routing, name, wrapper)
        monkeypatch.setitem(
            vars(corridor), name, wrapper
        )  # not setattr: that would load the name, and keep what it gets
    return found


def test_every_block_runs_and_its_comments_are_true(tmp_path, monkeypatch, paths_found):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        run_block(block, names)
    assert {path.name for path in tmp_path.iterdir()} == {"corridor.html", "trains.png"}
    assert paths_found
    assert [path.certificate.broken for path in paths_found] == [()] * len(paths_found)
    assert sum(block.count("# →") for block in blocks) >= 6


@pytest.mark.parametrize(
    "block",
    [
        "1 + 1  # → 3",
        "1 + 1  # the sum\n# → 3",
        "print('a')  # → b",
        "import pandas\nx = pandas.Series([1])  # a DataFrame",
        "import pandas\npandas.DataFrame({'a': [1]})  # GeoDataFrame, WGS84",
    ],
)
def test_a_comment_that_is_not_true_is_seen(block):
    with pytest.raises(AssertionError):
        run_block(block, {})
    run_block("import pandas\npandas.DataFrame({'a': [1]})  # DataFrame\n(1 + 1,)  # → (2,)\n", {})


# ---------------------------------------------------------------- commands

NOT_RUN = {
    "network build": "needs the open rail graph",
    "network import": "needs extracts; tests/test_pbf.py",
    "network download": "asks a server; tests/test_download.py",
    "atlas": "tests/test_atlas.py",
}
STANDS_FOR = {
    "A": "Harbin",
    "B": "Manzhouli",
    "P": "manzhouli",
    "Q": "suifenhe",
    "Y": "2021",
    "FILE": "mine.csv",
    "NAME": "trains",
}


def example_commands():
    """Commands of README: in tables with all that stands in brackets, options after a comma on their own."""
    lines = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]
    cells = [line.split(" | ")[0] for line in README.splitlines() if line.startswith("| `corridor ")]
    texts = [line for line in lines if line.startswith("corridor ")]
    for cell in cells:
        first = ""
        for text in re.findall(r"`([^`]+)`", cell):
            first = text if text.startswith("corridor ") else first
            texts.append(text if text.startswith("corridor ") else f"{first.split(' --')[0]} {text}")
    texts += re.findall(r"`(corridor [a-z]+ [^`]*--[^`]*)`", README)
    plain = [re.sub(r"\.\.\.|[\[\]]", "", text).removeprefix("corridor ") for text in texts]
    return list(dict.fromkeys(" ".join(STANDS_FOR.get(word, word) for word in text.split()) for text in plain))


def test_commands_that_are_not_run_are_few_and_there():
    assert set(NOT_RUN) <= set(commands(main))
    assert {name for name in NOT_RUN for command in example_commands() if command.startswith(name)} == set(NOT_RUN)


@pytest.mark.parametrize(
    "command", [command for command in example_commands() if not command.startswith(tuple(NOT_RUN))]
)
def test_every_command_that_is_shown_runs(command, data_copy, monkeypatch, paths_found):
    monkeypatch.chdir(data_copy.parent)
    ledger = re.search(r"```csv\n(.*?)```", README, re.DOTALL)
    assert ledger
    (data_copy.parent / "mine.csv").write_text(ledger[1], encoding="utf-8")
    done = CliRunner().invoke(main, command.split())
    assert (done.exit_code, done.exception) == (0, None), done.output
    assert done.stdout
    assert "does not hold" not in done.output
    assert bool(paths_found) == command.startswith("path ")
    assert [path.certificate.broken for path in paths_found] == [()] * len(paths_found)


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
    distances = corridor.distance_metrics().dropna(subset=["published_km"])
    tested = distances["difference_percent"].abs()
    sure = tested[distances["km_doubt"] == ""]
    words = re.search(
        r"of (\d+) services with a published length, the\s+median difference is ([\d.]+) % and (\d+) lie within 5 %, "
        r"of the (\d+) not in doubt (\d+)",
        README,
    )
    assert words is not None
    assert (int(words[1]), float(words[2]), int(words[3]), int(words[4]), int(words[5])) == (
        len(tested),
        round(float(tested.median()), 1),
        int((tested <= 5).sum()),
        len(sure),
        int((sure <= 5).sum()),
    )
    assert "times {} ({} to {})".format(*network.length_factor) in README
    shorter = round(100 * float((1 - corridor.route_paths().eval("drawn_km / source_km")).median()), 1)
    path = corridor.find_path("Harbin", "Hamburg")
    assert f"{shorter} % shorter in the median of the services" in README
    assert f"(Harbin–Hamburg: {path.source_km:,.1f} km, drawn {path.drawn_km:,.1f})" in README
    size = (ROOT / "data" / "routes" / "network.npz").stat().st_size / 1e6
    assert f"uncompressed ({size:.1f} MB)" in (ROOT / "data" / "README.md").read_text()
    for start, end, km in (("Harbin", "Manzhouli", "935"), ("Brest", "Warsaw", "215")):
        assert f"{corridor.find_path(start, end).rail_km:.0f}" == km
        assert re.search(rf"{start}–{end}\s+(comes out )?at {km} km", README)
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
