"""Writing: pipes, devices, links, rights, names; and what GeoJSON holds."""

import contextlib
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import corridor
from corridor import store
from corridor.cli import main
from corridor.errors import BadValue, OutputError

SUPERUSER = os.geteuid() == 0


def run(*words):
    return CliRunner().invoke(main, words)


def in_shell(command, cwd):
    package = str(Path(corridor.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": package}
    return subprocess.run(command, shell=True, cwd=cwd, env=environment, text=True, capture_output=True, check=False)


@pytest.fixture(scope="module")
def page():
    return corridor.corridor_map(corridor.load_routes().head(1)).html()


# ---------------------------------------------------------------- pipes and devices


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    assert store.write(pipe, "all of it")
    reader.join(10)
    assert got == [b"all of it"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [file.name for file in tmp_path.iterdir()] == ["pipe"]


def device(tmp_path, name, minor):
    """A device of the test's own: the superuser's test must not be able to harm that of the machine."""
    own = tmp_path / name
    try:
        os.mknod(own, 0o666 | stat.S_IFCHR, os.makedev(1, minor))
        own.open("wb").close()
    except PermissionError:
        pytest.skip("devices cannot be made here")
    return own


def test_a_device_is_written_to_and_stays_a_device(tmp_path):
    null, full = device(tmp_path, "null", 3), device(tmp_path, "full", 7)
    assert store.write(null, "x")
    with pytest.raises(OutputError, match=r"full: cannot be written \(No space left"):
        store.write(full, "x" * 100_000)
    assert stat.S_ISCHR(null.stat().st_mode)
    assert stat.S_ISCHR(full.stat().st_mode)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["full", "null"]


def test_a_socket_is_refused(tmp_path, monkeypatch):
    import socket

    monkeypatch.chdir(tmp_path)  # addresses of sockets are short
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as server:
        server.bind("s")
        for ask in (store.write, lambda path, _: store.check_out(path)):
            with pytest.raises(OutputError, match="is a disk or a socket"):
                ask(Path("s"), "x")


@pytest.mark.parametrize(
    ("into", "before"), [("> page", ""), (">> page", "first\n"), ("| cat > page", "")], ids=["file", "append", "pipe"]
)
@pytest.mark.parametrize("out", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link.html"])
def test_standard_output_is_written_to_in_its_turn(tmp_path, into, before, out):
    """Whatever it is: a file that the shell has opened is not replaced behind its back, nor written over."""
    (tmp_path / "page").write_text(before)
    (tmp_path / "link.html").symlink_to("/dev/stdout")
    code = f"from corridor import store; print(1); store.write('{out}', 'two'); print(3)"
    done = in_shell(f'{sys.executable} -c "{code}" {into}', tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "page").read_text() == f"{before}1\ntwo3\n"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["link.html", "page"]


def test_a_map_on_standard_output_is_the_page_alone(tmp_path, page):
    assert page  # its figures are solved, so that no solver greets
    done = in_shell(f"{sys.executable} -m corridor map --out /dev/stdout", tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("<!DOCTYPE html>")
    assert done.stdout.endswith("</html>\n")


# ---------------------------------------------------------------- links and rights


@pytest.mark.parametrize("there", [True, False], ids=["to a file", "dangling"])
@pytest.mark.parametrize("hops", [1, 2])
def test_a_link_is_followed(tmp_path, there, hops):
    target, link = tmp_path / "far" / "target", tmp_path / "link"
    if there:
        target.parent.mkdir()
        target.write_text("old")
    (tmp_path / "hop1").symlink_to(target)
    link.symlink_to("hop1" if hops == 2 else target)
    assert store.write(link, "new")
    assert link.is_symlink()
    assert target.read_text() == link.read_text() == "new"
    assert not target.is_symlink()
    assert not store.write(link, "new")
    assert [file.name for file in target.parent.iterdir()] == ["target"]


def test_a_folder_behind_a_link_is_made(tmp_path):
    (tmp_path / "maps").symlink_to(tmp_path / "far" / "maps")
    store.make_folder(tmp_path / "maps")
    assert (tmp_path / "far" / "maps").is_dir()
    assert (tmp_path / "maps").is_symlink()


def test_links_that_go_round_are_one_line(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OutputError, match="Too many levels of symbolic links"):
        store.write(tmp_path / "a", "x")


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o664, 0o755, 0o200])
def test_a_file_keeps_its_rights(tmp_path, mode):
    file = tmp_path / "f"
    file.write_text("old")
    file.chmod(mode)
    before = file.stat()
    assert store.write(file, "new")
    after = file.stat()
    assert stat.S_IMODE(after.st_mode) == mode
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


@pytest.mark.skipif(not SUPERUSER, reason="only the superuser gives files away")
def test_a_file_keeps_its_owner(tmp_path):
    file = tmp_path / "f"
    file.write_text("old")
    os.chown(file, 1234, 2345)
    file.chmod(0o640)
    store.write(file, "new")
    assert (file.stat().st_uid, file.stat().st_gid, stat.S_IMODE(file.stat().st_mode)) == (1234, 2345, 0o640)


@pytest.mark.parametrize("mode", [0o444, 0o400, 0o555])
def test_a_read_only_file_is_refused(tmp_path, mode):
    file = tmp_path / "f"
    file.write_text("old")
    (tmp_path / "link").symlink_to(file)
    file.chmod(mode)
    for path in (file, tmp_path / "link"):
        with pytest.raises(OutputError, match="it is read-only"):
            store.write(path, "new")
        with pytest.raises(OutputError, match="it is read-only"):
            store.check_out(path)
    assert file.read_text() == "old"
    assert not store.write(file, "old")  # nothing to write
    assert sorted(one.name for one in tmp_path.iterdir()) == ["f", "link"]


@pytest.mark.parametrize("name", ["f", "x" * 255, "满" * 85, "x" * 240], ids=["short", "longest", "Chinese", "long"])
def test_any_name_that_a_file_can_have(tmp_path, name):
    assert store.write(tmp_path / name, "one")
    assert store.write(tmp_path / name, "two")
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x" * 256, "File name too long"),
        ("a\0b", "null"),
        ("folder", "is a folder; name a file"),
        ("folder/", "names a folder; name a file"),
        ("new/", "names a folder"),
        ("file/", "names a folder"),
        ("file/below", "Not a directory"),
        ("\ud800", "surrogates not allowed"),
    ],
)
def test_a_name_that_cannot_be_written_to(tmp_path, name, words):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old")
    with pytest.raises(OutputError, match=words) as caught:
        store.write(f"{tmp_path}/{name}", "new")
    assert "\n" not in str(caught.value)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "old"


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_what_is_written_is_read_again(tmp_path_factory, first, second):
    file = tmp_path_factory.mktemp("law") / "f"
    assert store.write(file, first)
    assert store.write(file, second) == (first != second)
    assert file.read_bytes() == second


# ---------------------------------------------------------------- commands


def test_a_map_goes_to_paths_and_open_files(tmp_path, page):
    drawn = corridor.corridor_map(corridor.load_routes().head(1))
    for out in (tmp_path / "a.html", str(tmp_path / "b.html")):
        drawn.save(out)
    with (tmp_path / "c.html").open("wb") as file:
        drawn.save(file)
    with (tmp_path / "d.html").open("w", encoding="utf-8", newline="") as file:
        drawn.save(file, close_file=False)
    assert {file.read_bytes() for file in tmp_path.iterdir()} == {page.encode()}
    with pytest.raises(BadValue, match="outfile cannot be 3: give a path or an open file"):
        drawn.save(3)
    with pytest.raises(OutputError, match="names a folder"):
        drawn.save(f"{tmp_path}/new/")


@pytest.mark.parametrize(
    ("words", "out", "message"),
    [
        (["map"], "folder", "is a folder; name a file"),
        (["map"], "new/", "names a folder"),
        (["map"], "sealed", "it is read-only"),
        (["figures", "trains", "--format", "svg"], "sealed", "it is a file"),
        (["figures", "trains", "--format", "svg"], "drawn", r"trains\.svg: cannot be written \(it is read-only\)"),
        (["atlas"], "book", r"manifest\.csv: cannot be written \(it is read-only\)"),
        (["network", "import", "none.osm.pbf"], "sealed.npz", "it is read-only"),
        (["network", "import", "none.osm.pbf"], "pipe.npz", "is a pipe or device, and a network is two files"),
        (["network", "import", "none.osm.pbf"], "new.npz/", "names a folder"),
        (["network", "import", "none.osm.pbf"], "half.npz", r"half\.trees\.npz: .*read-only"),
        (["network", "build", "--countries", "x"], "data", r"network\.npz: .*read-only"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_place_that_cannot_be_written_is_said_before_the_work(words, out, message, tmp_path):
    for name in ("sealed", "sealed.npz", "half.trees.npz", "drawn/trains.svg", "book/manifest.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch(0o444)
    (tmp_path / "data" / "routes").mkdir(parents=True)
    (tmp_path / "data" / "routes" / "network.npz").touch(0o444)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe.npz")
    before = sorted(tmp_path.rglob("*.*"))
    done = run(*words, "--out", f"{tmp_path}/{out}")
    assert (done.exit_code, done.stdout) == (1, "")
    assert re.search(message, done.stderr)
    assert len(done.stderr.splitlines()) == 1
    assert sorted(tmp_path.rglob("*.*")) == before


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package with its data inside, as a wheel installs it."""
    package = tmp_path / "corridor"
    shutil.copytree(store.data_folder(), package / "_data")
    monkeypatch.setattr(store, "__file__", str(package / "store.py"))
    monkeypatch.delenv("CORRIDOR_DATA", raising=False)
    store._data_folder.cache_clear()
    yield package / "_data"
    store._data_folder.cache_clear()


@pytest.mark.parametrize(
    ("words", "todo"),
    [
        (["network", "build", "--countries", "/nowhere.json"], "name a folder with --out"),
        (["check", "--stamp"], "a copy"),
    ],
    ids=["network build", "check --stamp"],
)
def test_installed_data_stay_as_they_are(installed, words, todo, monkeypatch):
    assert store.data_folder() == installed
    before = {file: file.read_bytes() for file in installed.rglob("*.*")}
    for told in (None, str(installed)):  # named by hand or not
        if told:
            monkeypatch.setenv("CORRIDOR_DATA", told)
        done = run(*words)
        assert (done.exit_code, done.stdout) == (1, "")
        assert "belongs to the installed package" in done.stderr
        assert todo in done.stderr
    assert {file: file.read_bytes() for file in installed.rglob("*.*")} == before


def test_a_network_is_built_into_a_checkouts_data_or_where_one_says(data_copy, tmp_path, two_gauges, monkeypatch):
    from corridor import sources

    monkeypatch.setattr(sources, "build_network", lambda *_, **__: two_gauges[0])
    monkeypatch.setattr(sources, "outline_bytes", lambda *_: b"{}")
    for words, folder in (([], data_copy), (["--out", str(tmp_path / "mine")], tmp_path / "mine")):
        done = run("network", "build", "--countries", "x", "--open-graph", "y", *words)
        assert done.exit_code == 0, done.output
        assert corridor.load_network(folder / "routes" / "network.npz").digest == two_gauges[0].digest
