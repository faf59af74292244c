"""Files that belong together are replaced as a whole: full disks, rights, other runs, a system that fails midway."""

import csv
import errno
import fcntl
import hashlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from corridor import atlas, drafts, gates, store
from corridor.errors import OutputError

SUPERUSER = os.geteuid() == 0


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def written(monkeypatch):
    """Makes an atlas of three small files, whose bytes a letter names."""
    monkeypatch.setattr(atlas, "read_all", lambda: None)

    def write(folder, letter, size=1):
        raws = {"index.html": b"<p>" + letter, "tables/a.csv": letter * size, "tables/same.csv": b"same"}
        pages = [atlas.Page(name, ("ports/ports.csv",), lambda raw=raw: raw) for name, raw in raws.items()]
        monkeypatch.setattr(atlas, "pages", lambda: iter(pages))
        atlas.build_atlas(folder)
        return files(folder)

    return write


def is_whole(folder):
    with (folder / "manifest.csv").open(newline="") as file:
        return all(
            hashlib.sha256((folder / row["file"]).read_bytes()).hexdigest() == row["sha256"]
            for row in csv.DictReader(file)
        )


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "corridor-test", str(disk)]
    if not SUPERUSER or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_leaves_the_old_atlas(written, small_disk):
    before = written(small_disk / "book", b"1", 20_000)
    with pytest.raises(OutputError, match=r"cannot be written \(No space left on device\)"):
        written(small_disk / "book", b"2", 40_000)
    assert files(small_disk) == {f"book/{name}": raw for name, raw in before.items()}
    assert written(small_disk / "book", b"3", 20_000) != before


def test_a_limit_of_size_leaves_the_old_files(tmp_path):
    """As `ulimit -f` sets it: the process itself is refused more than so many bytes a file."""
    store.write_all({tmp_path / "a": b"1", tmp_path / "b": b"1"})
    code = f"""
import resource, signal
from pathlib import Path
from corridor import store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
store.write_all({{Path({str(tmp_path)!r}) / "a": b"2", Path({str(tmp_path)!r}) / "b": b"2" * 50_000}})
"""
    root = str(Path(__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": root},
        text=True,
        capture_output=True,
        check=False,
    )
    assert "b: cannot be written (File too large)" in done.stderr.splitlines()[-1]
    assert files(tmp_path) == {"a": b"1", "b": b"1"}


def refuse(number=errno.EIO):
    raise OSError(number, os.strerror(number))


@pytest.mark.parametrize("turn", range(3))
def test_a_disk_that_fails_while_files_are_prepared_leaves_all_as_it_was(tmp_path, written, monkeypatch, turn):
    """Some disks find out that they are full only when they are to keep what was written."""
    before = written(tmp_path, b"1")
    turns = iter(range(10))
    monkeypatch.setattr(os, "fsync", lambda handle: refuse(errno.ENOSPC) if next(turns) == turn else None)
    with pytest.raises(OutputError, match="No space left"):
        written(tmp_path, b"2")
    assert files(tmp_path) == before


def test_a_disk_that_need_not_be_asked_to_keep_is_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: refuse(errno.EINVAL))
    assert store.write(tmp_path / "a", "1")
    assert files(tmp_path) == {"a": b"1"}


def test_a_system_that_fails_midway_leaves_no_manifest_and_no_drafts(tmp_path, written, monkeypatch):
    before = written(tmp_path, b"1")
    turns, publish = iter(range(10)), drafts.publish
    with monkeypatch.context() as patch:
        patch.setattr(drafts, "publish", lambda draft: publish(draft) if next(turns) == 0 else refuse())
        with pytest.raises(
            OutputError, match=r"a\.csv: cannot be written .*manifest\.csv is removed until a run ends well"
        ):
            written(tmp_path, b"2")
    assert set(files(tmp_path)) == {*before} - {"manifest.csv"}
    assert set(written(tmp_path, b"2")) == {*before}
    assert is_whole(tmp_path)


def test_the_manifest_is_away_while_files_change_and_stays_if_it_does_not(tmp_path, written, monkeypatch):
    written(tmp_path, b"1")
    seen, publish = [], drafts.publish

    def watch(draft):
        seen.append((draft.target.name, (tmp_path / "manifest.csv").exists()))
        publish(draft)

    monkeypatch.setattr(drafts, "publish", watch)
    written(tmp_path, b"2")
    assert seen == [("index.html", False), ("a.csv", False), ("manifest.csv", False)]
    seen.clear()
    written(tmp_path, b"2")
    assert seen == []
    (tmp_path / "index.html").unlink()
    written(tmp_path, b"2")
    assert seen == [("index.html", True)]


@pytest.mark.parametrize("spoil", ["folder", "read-only"])
def test_one_file_that_cannot_be_replaced_keeps_all_others(tmp_path, written, spoil):
    before = written(tmp_path, b"1")
    target = tmp_path / "tables" / "a.csv"
    target.unlink()
    if spoil == "folder":
        target.mkdir()
    else:
        target.write_bytes(b"mine")
        target.chmod(0o444)
    with pytest.raises(OutputError, match=r"a\.csv: "):
        written(tmp_path, b"2")
    left = files(tmp_path)
    assert {name: raw for name, raw in left.items() if name != "tables/a.csv"} == {
        name: raw for name, raw in before.items() if name != "tables/a.csv"
    }


def test_links_and_rights_of_an_atlas_are_kept(tmp_path, written):
    book = tmp_path / "book"
    written(book, b"1")
    far = tmp_path / "far"
    far.mkdir()
    for name in ("manifest.csv", "index.html"):
        (far / name).write_bytes((book / name).read_bytes())
        (far / name).chmod(0o640)
        (book / name).unlink()
        (book / name).symlink_to(far / name)
    (book / "tables").rename(far / "tables")
    (book / "tables").symlink_to(far / "tables")
    written(book, b"2")
    assert is_whole(book)
    assert all((book / name).is_symlink() for name in ("manifest.csv", "index.html", "tables"))
    assert {(far / name).stat().st_mode & 0o777 for name in ("manifest.csv", "index.html")} == {0o640}
    assert sorted(path.name for path in far.rglob("*") if path.is_file()) == [
        "a.csv",
        "index.html",
        "manifest.csv",
        "same.csv",
    ]


# ---------------------------------------------------------------- other runs

WRITER = """
import sys
from pathlib import Path
from corridor import store
folder, letter = Path(sys.argv[1]), sys.argv[2].encode()
for turn in range(30):
    raw = letter * (1000 + turn)
    content = {folder / name: raw + name.encode() for name in "abc"}
    store.write_all({**content, folder / "seal": raw}, seal=folder / "seal")
"""


def test_two_runs_into_one_folder_do_not_mix(tmp_path):
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    runs = [subprocess.Popen([*command, letter], env=env, stderr=subprocess.PIPE) for letter in "xyz"]
    mixed = looks = 0
    while any(run.poll() is None for run in runs):
        time.sleep(0.005)
        try:
            before, *three, after = ((tmp_path / name).read_bytes() for name in ("seal", "a", "b", "c", "seal"))
        except FileNotFoundError:
            continue
        if before == after:  # no run ended in between
            looks += 1
            mixed += any(raw != before + name.encode() for name, raw in zip("abc", three, strict=True))
    assert [(run.communicate()[1], run.returncode) for run in runs] == [(b"", 0)] * 3
    found = files(tmp_path)
    assert set(found) == {"a", "b", "c", "seal"}
    assert {name: raw for name, raw in found.items() if name != "seal"} == {
        name: found["seal"] + name.encode() for name in "abc"
    }
    assert mixed == 0


def test_a_folder_that_another_program_has_locked_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(drafts, "_PATIENCE", 0.1)
    handle = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(OutputError, match="another program has locked this folder"):
            store.write_all({tmp_path / "a": b"1", tmp_path / "b": b"1"})
        assert store.write(tmp_path / "a", "1")  # one file needs no lock
    finally:
        os.close(handle)
    assert files(tmp_path) == {"a": b"1"}


def test_the_draft_of_a_run_that_still_writes_is_left_and_that_of_a_killed_one_is_not(tmp_path):
    living = drafts.stage(tmp_path / "a", b"half")
    killed = tmp_path / ".a.12345678.draft"
    killed.write_bytes(b"half")
    assert store.write(tmp_path / "a", "whole")
    assert sorted(files(tmp_path)) == sorted([living.path.name, "a"])
    drafts.drop(living)
    killed.write_bytes(b"half")
    assert not store.write(tmp_path / "a", "whole")  # also where nothing is written
    assert files(tmp_path) == {"a": b"whole"}


def test_what_only_looks_like_a_draft_is_left(tmp_path):
    for name in (".a.12345678.html", ".a.123.draft", ".b.12345678.draft", "a.12345678.draft"):
        (tmp_path / name).write_text("mine")
    (tmp_path / ".a.abcdefgh.draft").symlink_to(tmp_path / ".a.12345678.html")
    os.mkfifo(tmp_path / ".a.ijklmnop.draft")
    before = files(tmp_path)
    store.write(tmp_path / "a", "whole")
    assert files(tmp_path) == {**before, "a": b"whole"}


def test_without_locks_a_draft_of_this_minute_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(fcntl, "flock", lambda *_: refuse(errno.ENOTSUP))
    old, young = tmp_path / ".a.12345678.draft", tmp_path / ".a.abcdefgh.draft"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert store.write(tmp_path / "a", "whole")
    assert set(files(tmp_path)) == {young.name, "a"}


def test_threads_that_write_one_file_leave_one_of_their_contents(tmp_path):
    raws = [bytes([letter]) * 100_000 for letter in b"wxyz"]
    threads = [threading.Thread(target=store.write, args=(tmp_path / "a", raw)) for raw in raws for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(files(tmp_path)) == ["a"]
    assert (tmp_path / "a").read_bytes() in raws


def test_a_network_comes_after_its_trees(tmp_path, two_gauges, monkeypatch):
    order, publish = [], drafts.publish
    monkeypatch.setattr(drafts, "publish", lambda draft: (order.append(draft.target.name), publish(draft)))
    gates.write_network(tmp_path / "n.npz", two_gauges[0])
    assert order == ["n.trees.npz", "n.npz"]
