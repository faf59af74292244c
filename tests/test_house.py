"""The rules of the house, each seen red once with a planted fault."""

import ast
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
import zlib
from pathlib import Path

import pytest

import corridor

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "corridor"
MODULES = sorted(PACKAGE.rglob("*.py"))


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    return subprocess.run([*command, "--no-cache"], cwd=folder, text=True, capture_output=True, check=False)


def test_floors_hold():
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "line", "word"),
    [
        ("geo.py", "from corridor import atlas", "corridor.geo"),
        ("routes.py", "from corridor import claims", "corridor.routes"),
        ("metrics.py", "import folium", "folium"),
        ("maps.py", "import osmnx", "osmnx"),
        ("cli/openstreetmap.py", "import osmium", "osmium"),
        ("newroom.py", "", "corridor.newroom"),
    ],
    ids=["upwards", "sideways", "heavy", "OSMnx", "pyosmium", "no floor given"],
)
def test_a_planted_import_is_caught(tmp_path, file, line, word):
    shutil.copytree(PACKAGE, tmp_path / "corridor")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "corridor" / file).open("a") as module:
        module.write(f"\n{line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode != 0
    assert word in done.stdout


ROOMS = {
    "osmium": ("sources",),
    "osmnx": ("sources",),
    "folium": ("overlays", "maps"),
    "matplotlib": ("figures",),
    "dask": (),
}
"""Where a library may be imported; nowhere else."""


@pytest.mark.parametrize("library", ROOMS)
def test_no_module_is_forgotten(tmp_path, library):
    shutil.copytree(PACKAGE, tmp_path / "corridor")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = set()
    for module in MODULES:
        parts = module.relative_to(PACKAGE).with_suffix("").parts
        if parts[0] not in ROOMS[library]:
            planted.add(".".join(["corridor", *parts]).removesuffix(".__init__"))
            with (tmp_path / "corridor" / module.relative_to(PACKAGE)).open("a") as file:
                file.write(f"\nimport {library}\n")
    done = lint_imports(tmp_path)
    caught = re.findall(rf"^- +(corridor[\w.]*) -> {library}", done.stdout, re.MULTILINE)
    assert done.returncode != 0
    assert set(caught) == planted


def test_import_is_quiet(tmp_path):
    """No library is loaded, nothing is printed, nothing is written."""
    code = (
        "import sys; before = set(sys.modules);"
        "import corridor;"
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, text=True, capture_output=True, check=False)
    assert (done.stdout, done.stderr, list(tmp_path.iterdir())) == ("['corridor']\n", "", [])


def test_import_touches_no_file():
    """But its own modules: no data, nothing written."""
    code = (
        "import sys; opened = [];"
        "sys.addaudithook(lambda event, args: opened.append(args) if event == 'open' else None);"
        "import corridor;"
        "modules = ('.py', '.pyc');"
        "print([args for args in opened if not str(args[0]).endswith(modules) or args[1] not in ('r', 'rb', None)])"
    )
    done = subprocess.run([sys.executable, "-B", "-c", code], text=True, capture_output=True, check=True)
    assert done.stdout == "[]\n"


def test_public_names():
    names = corridor.__all__
    assert names == sorted(names)
    modules = {module.name for module in pkgutil.iter_modules(corridor.__path__)}
    assert not set(names) & modules
    assert all(getattr(corridor, name).__doc__ for name in names)
    assert set(names) == set(corridor._ROOM_OF)
    # What editors and mypy see is what is loaded.
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    seen = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {f"corridor.{room}.{name}" for name, room in corridor._ROOM_OF.items()} == {
        name for name in seen if name.startswith("corridor.")
    }


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing_of_ours"):
        corridor.nothing_of_ours  # noqa: B018


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_prints_nothing_and_says_what_it_is(module):
    tree = ast.parse(module.read_text(encoding="utf-8"))
    calls = [node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    assert "print" not in calls
    assert ast.get_docstring(tree)
    assert module.stem not in ("utils", "helpers")


@pytest.mark.parametrize("module", [path for path in MODULES if path.parent.name == "cli"], ids=lambda path: path.stem)
def test_results_go_to_the_stream_for_results(module):
    """``click.echo`` is for standard error; results are written by ``corridor.display.write``."""
    calls = [node for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    echoes = [node for node in calls if ast.unparse(node.func) in ("click.echo", "click.secho", "echo")]
    assert all("err" in {keyword.arg for keyword in node.keywords} for node in echoes)


def test_one_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == corridor.__version__
    assert f"## {corridor.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_committed_files_are_small():
    # Not the environment and not outputs: what git would take.
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    files = [ROOT / name for name in done.stdout.split("\0") if name]
    # git and the wheel compress: the trees are mostly "not reached".
    large = [file.name for file in files if file.stat().st_size > 4_000_000]
    assert all(len(zlib.compress(file.read_bytes(), 1)) < 4_000_000 for file in files if file.name in large)
    assert set(large) <= {"network.trees.npz"}
