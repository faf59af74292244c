"""What is kept for the next question: within a budget of bytes, and safe in threads."""

import gc
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from conftest import make_network, place
from hypothesis import given
from hypothesis import strategies as st

from corridor.errors import NoPath
from corridor.gates import gates_of
from corridor.memory import Memory, size_of
from corridor.network.model import MEMORY_BYTES
from corridor.routing import find_alternatives, find_path


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40_000)), max_size=60))
def test_a_budget_is_kept_and_the_newest_value(asked):
    memory, last = Memory(100_000), {}
    for key, size in asked:
        value = memory.get(key, lambda size=size: np.zeros(size, np.uint8))
        last[key] = value
        assert memory.get(key, lambda: pytest.fail("computed twice")) is value
        assert memory.used <= 100_000
    memory.clear()
    assert (len(memory), memory.used) == (0, 0)


def test_what_was_used_last_stays():
    memory = Memory(30_000)
    for key in "abac":
        memory.get(key, lambda: np.zeros(10_000, np.uint8))
    assert memory.get("a", lambda: "anew") is not None
    assert memory.get("b", lambda: "anew") == "anew"


def test_a_value_larger_than_the_budget_stays_until_the_next():
    memory = Memory(10)
    large = memory.get("large", lambda: np.zeros(1000))
    assert memory.get("large", lambda: None) is large
    memory.get("small", lambda: 1)
    assert memory.get("large", lambda: "anew") == "anew"


def test_of_an_error_nothing_is_kept():
    memory = Memory(1000)
    with pytest.raises(NoPath):
        memory.get("a", lambda: (_ for _ in ()).throw(NoPath("none")))
    assert memory.get("a", lambda: 5) == 5


def test_threads_get_one_value():
    memory = Memory(10**6)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda i: memory.get(i % 3, object), range(3000)))
    assert len(set(found)) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_is_not_locked_out():
    from corridor import memory

    with memory._lock:
        child = os.fork()
        if child == 0:
            Memory(10).get("a", int)
            os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_sizes():
    array = np.zeros(100)
    assert size_of(array) == 800
    assert size_of([array, (array, {"a": array}), b"abc", "text", None]) == 2403


def test_what_questions_leave_behind_is_bounded(two_gauges, monkeypatch):
    network, at = two_gauges
    monkeypatch.setattr("corridor.network.model.MEMORY_BYTES", 20_000)
    bare = make_network({"A": (90.0, 60.0), "B": (91.0, 60.0)}, [("A", "B", 60, "RU")], ("RU",))[0]
    assert bare.memory.budget == 20_000
    network.__dict__.pop("memory", None)
    answers = []
    for _ in range(2):
        for a in "HTUWP":
            for b in "HTUWP":
                if a != b:
                    ways = find_alternatives(place(network, at, a), place(network, at, b), network=network)
                    answers.append([way.links.tolist() for way in ways])
                    assert network.memory.used <= 20_000 or len(network.memory) == 1
    network.__dict__.pop("memory")
    assert answers[: len(answers) // 2] == answers[len(answers) // 2 :]


def test_a_network_takes_what_was_kept_along_when_it_goes(two_gauges):
    network, at = make_network({"A": (90.0, 60.0), "B": (91.0, 60.0)}, [("A", "B", 60, "RU")], ("RU",))
    find_path(place(network, at, "A"), place(network, at, "B"), network=network)
    gates_of(network)
    kept = [id(network)]
    del network
    gc.collect()
    assert kept[0] not in {id(one) for one in gc.get_objects() if type(one).__name__ == "RailNetwork"}
    assert two_gauges[0].nbytes > MEMORY_BYTES


def test_alternatives_take_no_more_memory_than_their_trees():
    if not Path("/proc/self/status").exists():
        pytest.skip("only Linux says how much memory a program has taken since it began")
    # getrusage would count the memory of the process that started this one too.
    code = (
        "import corridor; corridor.find_alternatives('harbin', 'hamburg', most=6); "
        "print(open('/proc/self/status').read())"
    )
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True, timeout=120)
    kib = int(re.search(r"VmHWM:\s+(\d+) kB", done.stdout)[1])
    assert kib < 300 * 1024
