"""The frame of the trials: seeded cases tried in child processes that may crash, hang or eat memory.

A case is a function of its seed. It returns a short word for the summary ("ledger: refused"), and raises where the
tried code did something wrong. Each seed is tried in a child process that lives on from case to case; one that dies or
hangs is reported with the seed, and replaced.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
import unicodedata
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, NamedTuple

SECONDS = 20
"""So much processor time a case may take; of the clock four times as much, as other programs run beside."""

GIGABYTES = 4
"""Address space of a child; libraries reserve much more of it than they use."""

CASES = 200
"""A child is replaced after so many cases, for what the tried code keeps by file and folder."""

Case = Callable[[int], str]


class Wrong(Exception):
    """What the tried code did and must not do."""


class Fault(NamedTuple):
    """A seed, and what went wrong with it."""

    seed: int
    what: str


# ---------------------------------------------------------------- outcomes


def answer_or_refusal(call: Callable[[], Any]) -> tuple[Any, str | None]:
    """What a call returns, or the text with which it was refused; anything else it raises goes on.

    Raises
    ------
    Wrong
        If the text of the refusal is not clean.
    """
    from corridor.errors import CorridorError

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            found = call(), None
        except CorridorError as err:
            found = None, str(err)
    if said:
        raise Wrong(f"a warning reached the user: {said[0].category.__name__}: {said[0].message}")
    if found[1] is not None and (problem := unclean(found[1])):
        raise Wrong(f"a message that is not clean ({problem}): {found[1][:300]!r}")
    return found


_HARMFUL = {"Cc", "Cs", "Co", "Cn"}
_ISOLATE = re.compile("\u2068([^\u2066-\u2069]*)\u2069")
"""What puts words from right to left by themselves, so that they turn nothing round."""

_BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
LONGEST = 3000
"""Characters of a line of a message; lists of known names are long."""


def unclean(message: str) -> str | None:
    """What is wrong with the text of a refusal: one line a fault, of characters that can be shown."""
    if not message.strip():
        return "empty"
    if "Traceback (most recent call last)" in message:
        return "a traceback"
    if re.search(r"<[\w.]+ object at 0x", message):
        return "the address of an object"
    for line in _ISOLATE.sub(_without_isolate, message).split("\n"):
        if len(line) > LONGEST:
            return f"a line of {len(line)} characters"
        if found := [c for c in line if (unicodedata.category(c) in _HARMFUL and c != "\t") or c in _BIDI]:
            return f"holds {found[0]!r}"
    return None


def _without_isolate(found: re.Match[str]) -> str:
    """The words in an isolate; the whole of it, marks and all, if they are not read from right to left."""
    first, last = found[1][:1], found[1][-1:]
    right_to_left = all(one and unicodedata.bidirectional(one) in ("R", "AL", "AN", "NSM") for one in (first, last))
    return found[1] if right_to_left else found[0]


# ---------------------------------------------------------------- children


class _Child:
    """A process that tries cases by their seeds."""

    def __init__(self, case: Case, seconds: int) -> None:
        self.seconds = seconds
        self.ours, theirs = multiprocessing.Pipe()
        self.errors = tempfile.NamedTemporaryFile(prefix="trial-", suffix=".err")  # noqa: SIM115
        # A fork would take along the threads' locks of libraries that are loaded here.
        context = multiprocessing.get_context("spawn")
        self.process = context.Process(target=_serve, args=(case, theirs, self.errors.name, seconds), daemon=True)
        self.process.start()
        theirs.close()
        self.seed: int | None = None
        self.tried = 0
        self.since = 0.0
        self.ours.recv()  # what it takes to load is no part of a case

    def ask(self, seed: int) -> None:
        self.seed, self.since = seed, time.monotonic()
        self.tried += 1
        self.ours.send(seed)

    def answer(self) -> tuple[str, str | None]:
        """Word for the summary and fault of the case that was asked, from a child that answered or died."""
        try:
            return self.ours.recv()
        except (EOFError, ConnectionError):
            self.process.join()
            code = self.process.exitcode or 0
            if code == -signal.SIGXCPU:
                return "hang", f"took more than {self.seconds} s{self._last()}"
            how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit status {code}"
            return "crash", f"the process died {how}{self._last()}"

    def late(self) -> bool:
        return self.seed is not None and time.monotonic() - self.since > 4 * self.seconds

    def end(self) -> None:
        self.ours.close()
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        self.errors.close()

    def _last(self) -> str:
        """The end of what the child wrote to standard error."""
        text = Path(self.errors.name).read_text(errors="replace")[-1500:]
        return f"\n{text}" if text.strip() else ""


def _serve(case: Case, pipe: Any, errors: str, seconds: int) -> None:
    """Try the cases that are asked for, until none is."""
    import faulthandler

    with open(errors, "w") as file, open(os.devnull, "w") as nothing:  # noqa: PTH123
        os.dup2(file.fileno(), 2)
        os.dup2(nothing.fileno(), 1)
    faulthandler.enable()
    size = GIGABYTES * 2**30
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory(prefix="trial-") as folder:
        os.environ["XDG_CACHE_HOME"] = str(Path(folder, "cache"))
        tempfile.tempdir = folder
        os.chdir(folder)
        environment = dict(os.environ)
        with suppress(EOFError, ConnectionError):
            pipe.send("ready")
            while (seed := pipe.recv()) is not None:
                used = resource.getrusage(resource.RUSAGE_SELF)
                spent = int(used.ru_utime + used.ru_stime) + 1
                resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, resource.RLIM_INFINITY))
                pipe.send(tried(case, seed))
                os.environ.clear()  # a command may have set CORRIDOR_NETWORK, as --network does
                os.environ.update(environment)


def tried(case: Case, seed: int) -> tuple[str, str | None]:
    """Word for the summary, and the fault, if there is one, of one case in this process."""
    try:
        return case(seed), None
    except Wrong as err:
        return "wrong", str(err)
    except BaseException:  # noqa: BLE001
        return "traceback", traceback.format_exc(limit=-6)


def run(
    case: Case,
    seeds: Iterable[int],
    *,
    workers: int = 1,
    seconds: int = SECONDS,
    show: Callable[[Fault], None] = lambda fault: None,
) -> tuple[Counter[str], list[Fault]]:
    """Try a case with each of some seeds; the count of each word, and the faults in the order of their seeds."""
    left, counts, faults = deque(seeds), Counter[str](), []
    os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"))  # for the address space
    children = [_Child(case, seconds) for _ in range(min(workers, len(left)))]
    try:
        while left or any(child.seed is not None for child in children):
            for i, child in enumerate(children):
                if child.seed is None and child.tried >= CASES:
                    child.end()
                    children[i] = child = _Child(case, seconds)
                if child.seed is None and left:
                    child.ask(left.popleft())
            ready = wait([child.ours for child in children if child.seed is not None], timeout=1)
            for i, child in enumerate(children):
                if child.seed is None or not (child.ours in ready or child.late()):
                    continue
                hung = child.ours not in ready
                word, what = ("hang", f"no answer within {4 * seconds} s") if hung else child.answer()
                counts[word] += 1
                if what is not None:
                    faults.append(Fault(child.seed, what))
                    show(faults[-1])
                child.seed = None
                if word in ("hang", "crash"):
                    child.end()
                    children[i] = _Child(case, seconds)
    finally:
        for child in children:
            child.end()
    return counts, sorted(faults)


# ---------------------------------------------------------------- command line


def main(name: str, case: Case, count: int) -> None:
    """Try cases as the command line says, print a summary and every fault with its seed, and exit."""
    asked = argparse.ArgumentParser(prog=f"python tests/trials/{name}.py", description=f"Trials: {name}.")
    asked.add_argument("--seed", type=int, default=1, help="seed of the first case")
    asked.add_argument("--count", type=int, default=count, help="number of cases, one seed after the other")
    asked.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="child processes")
    asked.add_argument("--here", action="store_true", help="try in this process, for a debugger")
    given = asked.parse_args()
    seeds, began = range(given.seed, given.seed + given.count), time.monotonic()

    def show(fault: Fault) -> None:
        print(f"FAULT python tests/trials/{name}.py --seed {fault.seed} --count 1", fault.what, sep="\n", flush=True)

    if given.here:
        for seed in seeds:
            print(seed, case(seed))
        return
    counts, faults = run(case, seeds, workers=given.workers, show=show)
    took = time.monotonic() - began
    print(f"{name}: {sum(counts.values()):,} cases from seed {given.seed} in {took:.0f} s, {len(faults)} faults")
    for word, number in sorted(counts.items()):
        print(f"  {number:6,} {word}")
    sys.exit(1 if faults else 0)
