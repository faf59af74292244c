"""Files that a person names: without an end, of no kind that can be read, or pipes to which nobody writes."""

import os
import subprocess
import sys
import threading
import time

import pytest

from corridor import store
from corridor.errors import DataError
from corridor.network import read_network


def sparse(path, size):
    with path.open("wb") as file:
        file.truncate(size)
    return path


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no such devices here")  # noqa: PTH110 - a device is no path
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("/dev/zero", "is a pipe or a device"),
        ("/dev/urandom", "is a pipe or a device"),
        ("/dev/null", "is a pipe or a device"),
        ("a folder", "s a directory"),
        ("a pipe", "is a pipe or a device"),
        ("10 GB", "longer than 1,024 MB"),
        ("/proc/self/status", "no npz file"),
        ("/proc/self/mem", "cannot be read"),
    ],
)
def test_a_network_is_a_file_that_ends(tmp_path, name, words):
    path = tmp_path / name if not name.startswith("/") else type(tmp_path)(name)
    if name == "a folder":
        path.mkdir()
    elif name == "a pipe":
        os.mkfifo(path)
    elif name == "10 GB":
        sparse(path, 10 * 2**30)
    began = time.monotonic()
    with pytest.raises(DataError, match=words) as caught:
        read_network(path)
    assert time.monotonic() - began < 5
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/urandom", "a file"])
def test_what_has_no_end_is_read_to_a_stated_size(tmp_path, name):
    path = sparse(tmp_path / "long", 2**40) if name == "a file" else type(tmp_path)(name)
    with pytest.raises(DataError, match="longer than 3 MB, the most that is read"):
        store.read_bytes(path, 3 * 2**20)


@pytest.mark.parametrize("size", [0, 1, 1000, 2**20, 2**20 + 1, 3 * 2**20])
def test_a_file_up_to_the_size_is_read_whole(tmp_path, size):
    content = os.urandom(size)
    (tmp_path / "a").write_bytes(content)
    assert store.read_bytes(tmp_path / "a", 3 * 2**20) == content
    assert store.read_bytes(tmp_path / "a", size) == content
    if size:
        with pytest.raises(DataError, match="the most that is read"):
            store.read_bytes(tmp_path / "a", size - 1)


def test_a_pipe_is_read_to_its_end(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    content = os.urandom(300_000)

    def slowly():
        time.sleep(0.3)
        with (tmp_path / "pipe").open("wb") as pipe:
            for part in (content[:100_000], content[100_000:]):
                pipe.write(part)
                pipe.flush()
                time.sleep(0.2)

    writer = threading.Thread(target=slowly)
    writer.start()
    assert store.read_bytes(tmp_path / "pipe") == content
    writer.join()


def test_a_pipe_to_which_nobody_writes_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_NOBODY", 0.2)
    monkeypatch.setattr(store, "_PATIENCE", 0.2)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="a pipe through which nothing comes"):
        store.read_bytes(tmp_path / "pipe")
    silent = os.open(tmp_path / "pipe", os.O_RDWR)
    try:
        with pytest.raises(DataError, match=r"nothing came for 0\.2 s"):
            store.read_bytes(tmp_path / "pipe")
    finally:
        os.close(silent)


@pytest.mark.parametrize("option", ["--claims", "--network"])
def test_the_command_line_stops_at_an_endless_file(option):
    command = ["volumes", "--claims"] if option == "--claims" else ["path", "harbin", "hamburg", "--network"]
    done = subprocess.run(
        [sys.executable, "-m", "corridor", *command, "/dev/zero"], text=True, capture_output=True, timeout=60
    )
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) <= 4
    assert "Traceback" not in done.stderr
