"""A slice of the trial of broken servers, in this process; ``python tests/trials/servers.py`` tries them all."""

import time

import pytest
from trials import servers

from corridor.errors import DownloadError
from corridor.sources import Server, box, download_network


@pytest.fixture(scope="module")
def digest(tmp_path_factory):
    return servers.right_digest(tmp_path_factory.mktemp("right"))


def ask(url, tmp_path, timeout=servers.PATIENCE):
    return download_network(box(servers.BBOX), server=Server(url, timeout, 0), cache=tmp_path / "answers", island_km=0)


@pytest.mark.parametrize(
    "mode",
    [mode for mode in servers.MODES if mode.name in ("true", "chunks", "gzip", "hangs up once", "all twice")],
    ids=lambda mode: mode.name,
)
def test_an_odd_answer_is_read(mode, tmp_path, digest):
    with servers.serving(mode) as server:
        assert ask(server.url, tmp_path).digest == digest


@pytest.mark.parametrize(
    "mode",
    [
        mode
        for mode in servers.MODES
        if mode.name in ("body cut", "gzip damaged", "deep lists", "403", "UTF-16", "tags of numbers", "SSH")
    ],
    ids=lambda mode: mode.name,
)
def test_a_broken_answer_is_one_line(mode, tmp_path):
    with servers.serving(mode) as server, pytest.raises(DownloadError) as refused:
        ask(server.url, tmp_path)
    assert mode.says in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
    assert not [path for path in (tmp_path / "answers").rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["headers drip", "body drips"])
def test_the_time_is_that_of_the_whole_answer(name, tmp_path, monkeypatch):
    from corridor.sources import overpass

    monkeypatch.setattr(overpass, "_TRIES", 1)
    mode = next(mode for mode in servers.MODES if mode.name == name)
    began = time.monotonic()
    with servers.serving(mode) as server, pytest.raises(DownloadError, match="no answer within 2 s"):
        ask(server.url, tmp_path, servers.TIMEOUT)
    assert time.monotonic() - began < 30


def test_an_answer_has_a_greatest_length(tmp_path):
    """Packed, it is a thousandth of that: what it unpacks to counts."""
    mode = next(mode for mode in servers.MODES if mode.name == "gzip bomb")
    with servers.serving(mode) as server, pytest.raises(DownloadError, match="the answer is longer than 256 MB"):
        download_network(box(servers.BBOX), server=Server(server.url, 60, 0), cache=tmp_path / "answers")


def test_the_modes_have_names_of_their_own():
    names = [mode.name for mode in servers.MODES]
    assert len(names) == len(set(names)) >= 36
