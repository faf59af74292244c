"""The helper process: what it returns, and every manner of its end; the functions are the standard library's."""

import os
import signal
import subprocess
import sys
import time

import pytest

from corridor.errors import DataError
from corridor.sources import apart, import_network, pbf
from corridor.sources.apart import Died, Helper


@pytest.fixture(scope="module")
def helper():
    with Helper() as helper:
        yield helper


def test_a_function_runs_in_another_process(helper):
    assert helper.call(os.getpid) != os.getpid()
    assert helper.call(os.getpid) == helper.call(os.getpid)


def test_what_a_function_raises_is_raised_and_the_helper_lives_on(helper):
    before = helper.call(os.getpid)
    with pytest.raises(FileNotFoundError):
        helper.call(os.listdir, "/no/such/folder")
    assert helper.call(os.getpid) == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGSEGV, "it was ended by SIGSEGV"),
        (signal.SIGABRT, "it was ended by SIGABRT"),
        (signal.SIGKILL, "it was ended by SIGKILL, as where memory is short"),
    ],
)
def test_a_death_is_said_and_the_next_call_has_a_new_helper(helper, number, words):
    with pytest.raises(Died, match=words):
        helper.call(signal.raise_signal, number)
    assert helper.call(abs, -1) == 1


def test_an_exit_is_a_death(helper):
    with pytest.raises(Died, match="it ended with status 7"):
        helper.call(os._exit, 7)


def test_when_the_time_is_up_the_helper_is_ended(helper):
    helper.call(abs, 1)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        helper.call(time.sleep, 60, seconds=0.2)
    assert time.monotonic() - began < 20
    assert helper.call(abs, -2) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="where there is a limit")
def test_memory_is_bounded(helper, monkeypatch):
    with pytest.raises(MemoryError):
        helper.call(bytes, 2 * apart.MOST_MEMORY)


def test_what_is_printed_is_no_answer(helper):
    assert helper.call(print, "x" * 100_000) is None


def test_without_an_interpreter_the_error_says_so(monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    with Helper() as helper, pytest.raises(Died, match="names no Python interpreter"):
        helper.call(abs, 1)


def test_an_interpreter_that_is_none(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with Helper() as helper, pytest.raises(Died, match="cannot be started"):
        helper.call(abs, 1)


def test_the_working_folder_is_not_looked_into_for_modules(tmp_path, monkeypatch):
    (tmp_path / "pickle.py").write_text("raise SystemExit(3)")
    (tmp_path / "numpy.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    with Helper() as helper:
        assert helper.call(abs, -3) == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
def test_a_reader_that_crashes_is_one_line_that_names_the_file(tmp_path, monkeypatch):
    """As damage in a file made a compiled reader do; here it is done on purpose."""
    from osm_drawn import write_extract

    monkeypatch.setattr(pbf, "Helper", Crashing)
    path = write_extract(tmp_path / "a.osm.pbf")
    with pytest.raises(DataError) as refused:
        import_network([path])
    assert str(refused.value) == (
        f"{path}: not an OSM PBF file, or broken off (it ended the process that read it: it was ended by SIGSEGV); "
        "download it again"
    )


class Crashing(Helper):
    def call(self, function, *arguments, **options):
        return super().call(signal.raise_signal, signal.SIGSEGV)


def test_a_script_without_a_main_guard_is_not_run_again(tmp_path):
    from osm_drawn import write_extract

    write_extract(tmp_path / "a.osm.pbf")
    (tmp_path / "script.py").write_text(
        "from pathlib import Path\nfrom corridor.sources import import_network\nprint('run')\n"
        "print(len(import_network([Path('a.osm.pbf')], island_km=0).metres))\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.split()[0] == "run"
    assert done.stdout.count("run") == 1
    assert done.stderr == ""
