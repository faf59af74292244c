"""Public calls in eight threads at once, with the answers and bytes of one thread.

Each run is a process of its own, cold (nothing loaded, nothing kept) or warm (its short calls were made once before),
and is compared with what another process found in one thread. A run that dies by a signal or hangs is a fault too.

    python tests/trials/threads.py --seed 1 --count 20
"""

from __future__ import annotations

import argparse
import faulthandler
import hashlib
import io
import json
import os
import pickle
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

THREADS = 8
EACH = 4
"""Calls of each thread in a run."""

SECONDS = 600
"""A run that takes longer hangs, even beside much other work: its calls draw maps, figures and atlases."""

Call = Callable[[Path], Any]
"""Given a folder that all threads share; returns bytes, text or a table."""

_made = threading.Lock()

# ---------------------------------------------------------------- calls


@cache
def _shared(make: Callable[[], Any]) -> Any:
    return make()


def shared(make: Callable[[], Any]) -> Any:
    """One object for all threads: what they do with it is tried, not who makes it."""
    with _made:
        return _shared(make)


def own_claims() -> list[dict[str, Any]]:
    """A small ledger with a conflict."""
    days = {"period_start": "2023-01-01", "period_end": "2023-12-31", "measure": "trains", "basis": "rail"}
    same = {"publisher": "somebody", "title": "something", "ports": "manzhouli"}
    values = {"A": 5001, "B": 5100, "C": 90}
    months = {"C": {"period_end": "2023-01-31"}}
    return [
        {"claim_id": name, "value": value, **days, **same, **months.get(name, {})} for name, value in values.items()
    ]


def volumes() -> Any:
    import corridor

    return corridor.estimate_volumes()


def own_volumes() -> Any:
    import corridor

    return corridor.estimate_volumes(own_claims())


def the_figure() -> Any:
    import corridor

    return corridor.figure("trains")


def the_map() -> Any:
    import corridor

    return corridor.corridor_map()


def saved(kind: str, drawn: Any) -> bytes:
    buffer = io.BytesIO()
    drawn.savefig(buffer, format=kind)
    return buffer.getvalue()


def path_facts(path: Any) -> list[Any]:
    return [
        path.rail_km,
        path.source_km,
        path.links.tolist(),
        list(path.km_by_country.items()),
        str(path.certificate),
    ]


def paths(*asked: tuple[str, str, dict[str, Any]]) -> list[Any]:
    import corridor

    return [path_facts(corridor.find_path(start, stop, **more)) for start, stop, more in asked]


def alternatives(_: Path) -> list[Any]:
    import corridor

    return [path_facts(path) for path in corridor.find_alternatives("xian", "hamburg", most=3)]


def matrix(_: Path) -> bytes:
    import corridor

    places = ["harbin", "moscow", "duisburg", "chengdu", "lodz"]
    return bytes(corridor.distance_matrix(places, places[::-1]).tobytes())


def one_network(_: Path) -> list[Any]:
    """All threads are given one network, whose caches they share."""
    import corridor

    network = corridor.load_network()
    return [network.digest, path_facts(corridor.find_path("harbin", "hamburg", avoid=["Belarus"]))]


def own_highs(_: Path) -> str:
    """Solvers of the user's, of another size than ours, in the same thread as our calls."""
    import highspy

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 2)
    for cost in (-1.0, -2.0, 3.0):
        solver.addVar(0, 5)
        solver.changeColCost(solver.getNumCol() - 1, cost)
    status = solver.run()
    return f"{status} {solver.getInfo().objective_function_value}"


def own_scipy(_: Path) -> str:
    from scipy.optimize import linprog, milp

    one, other = linprog([-1.0, 2.0], bounds=[(0, 4), (1, 3)]), milp([-1.0], integrality=[1], bounds=(0, 2.5))
    return f"{one.fun} {other.fun}"


def backtest(_: Path) -> Any:
    """Forks, on systems where that is how processes are made, while other threads are in the middle of things."""
    import corridor

    return corridor.backtest_volumes(own_claims(), jobs=2)


def atlas(folder: Path, *, own: bool) -> Any:
    """The whole atlas, in a folder of the thread's own or in that of all."""
    import corridor

    out = Path(tempfile.mkdtemp(dir=folder)) if own else folder / "atlas"
    return corridor.build_atlas(out)


def pickled() -> Any:
    return pickle.loads(pickle.dumps(shared(volumes))).between("2021-03-05", "2021-04-11")


def corridor_call(name: str, *given: Any, **options: Any) -> Any:
    import corridor

    return getattr(corridor, name)(*given, **options)


CALLS: dict[str, Call] = {
    "years": lambda _: volumes().table(),
    "months": lambda _: shared(volumes).table("month", ports="suifenhe", measure="trains"),
    "days": lambda _: [shared(volumes).between(f"2021-{m:02}-04", f"2022-{m:02}-19") for m in range(1, 13)],
    "bounds": lambda _: [shared(volumes).bounds(f"2022-{m:02}-04", "2023-01-19", measure="teu") for m in range(1, 13)],
    "same days": lambda _: [volumes().between("2022-01-04", "2023-01-19", measure="teu")],
    "own ledger": lambda _: [own_volumes().table("quarter"), own_volumes().conflicts()],
    "conflicts": lambda _: shared(volumes).conflicts(),
    "volumes shown": lambda _: [repr(shared(volumes)), shared(volumes)._repr_html_()],
    "volumes kept": lambda _: [shared(volumes).model.keep(), volumes().between("2020-02-03", "2020-05-06")],
    "pickled": lambda _: pickled(),
    "explain": lambda _: corridor_call("explain", "teu", port="manzhouli", year=2021),
    "statements": lambda _: corridor_call("check_statements"),
    "data": lambda _: corridor_call("check_data"),
    "accuracy": lambda _: corridor_call("check_distances"),
    "services": lambda _: corridor_call("distance_metrics"),
    "service paths": lambda _: corridor_call("route_paths"),
    "ports": lambda _: [corridor_call(f"load_{name}") for name in ("ports", "routes", "stations", "transfers")],
    "claims": lambda _: [corridor_call(f"load_{name}") for name in ("claims", "lines", "distances")],
    "own days": lambda _: [shared(own_volumes).between(f"2023-{m:02}-04", f"2023-{m:02}-19") for m in range(1, 13)],
    "paths": lambda _: paths(("harbin", "moscow", {}), ("xian", "hamburg", {"port": "manzhouli"})),
    "more paths": lambda _: paths(
        ("chengdu", "lodz", {"on": "2021-05-06"}), ("harbin", "hamburg", {"avoid": ["Kazakhstan"]})
    ),
    "alternatives": alternatives,
    "matrix": matrix,
    "network": one_network,
    "map": lambda _: the_map().html(),
    "same map": lambda _: shared(the_map).html(),
    **{
        f"{name}.{kind}": lambda _, name=name, kind=kind: saved(kind, corridor_call("figure", name))
        for name in ("corridor", "distances", "teu", "trains")
        for kind in ("png", "svg")
    },
    **{f"same figure.{kind}": lambda _, kind=kind: saved(kind, shared(the_figure)) for kind in ("png", "svg", "pdf")},
    "own HiGHS": own_highs,
    "own scipy": own_scipy,
    "backtest": backtest,
    "atlas": partial(atlas, own=True),
    "same atlas": partial(atlas, own=False),
}

HEAVY = ("atlas", "same atlas", "backtest", "statements", "data", "accuracy")
"""Calls of several seconds: two of the threads make one of them, the same one, once each."""

QUICK = ("own days", "own ledger", "paths", "ports", "distances.svg", "own HiGHS")
"""Of these a few seconds make a run."""


def digest(found: Any) -> str:
    """Hash of an answer: the same for the same bytes, text, numbers or table."""
    return hashlib.sha256(_plain(found)).hexdigest()[:16]


def _plain(found: Any) -> bytes:
    if isinstance(found, bytes):
        return found
    if hasattr(found, "to_csv"):
        return found.to_csv().encode()
    if isinstance(found, list):
        return b"\n".join(map(_plain, found))
    return repr(found).encode()


# ---------------------------------------------------------------- one process


def alone(names: Iterable[str]) -> dict[str, str]:
    """What one thread finds: the hash of each answer, in a process that makes no other thread."""
    with tempfile.TemporaryDirectory() as folder:
        return {name: digest(CALLS[name](Path(folder))) for name in names}


def together(seed: int, names: Sequence[str], expected: dict[str, str], *, each: int, warm: bool) -> list[str]:
    """The faults of one run of all threads, in this process."""
    faults: list[str] = []
    mask = os.umask(0o027)
    plans = _plans(random.Random(seed), names, each)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if warm:
            _follow(sorted(set().union(*plans).difference(HEAVY)), place, expected, faults)
        start = threading.Barrier(THREADS)

        def work(plan: Sequence[str]) -> None:
            start.wait()
            _follow(plan, place, expected, faults)

        threads = [threading.Thread(target=work, args=(plan,)) for plan in plans]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if os.umask(mask) != 0o027:
            faults.append("the process's umask is another one")
        faults += [
            f"{file.relative_to(place)}: left behind, or of other rights ({file.stat().st_mode:o})"
            for file in place.rglob("*")
            if file.is_file() and (file.name.startswith(".") or file.stat().st_mode & 0o777 != 0o640)
        ]
    return faults


def _plans(dice: random.Random, names: Sequence[str], each: int) -> list[list[str]]:
    """What each thread calls."""
    light, heavy = ([name for name in names if (name in HEAVY) == long] for long in (False, True))
    plans = [dice.choices(light, k=each) for _ in range(THREADS)]
    long = dice.choice(heavy) if heavy else None
    for plan in plans[:: THREADS // 2] if long else ():
        plan[dice.randrange(each)] = long
    return plans


def _follow(plan: Iterable[str], place: Path, expected: dict[str, str], faults: list[str]) -> None:
    """Make some calls, and note those that fail or find what one thread does not find."""
    for name in plan:
        try:
            found = digest(CALLS[name](place))
        except BaseException as err:  # noqa: BLE001 - whatever it is, it is the fault looked for
            faults.append(f"{name}: {type(err).__name__}: {err}")
        else:
            if found != expected[name]:
                faults.append(f"{name}: another answer than that of one thread")


# ---------------------------------------------------------------- many processes


def in_a_process(task: dict[str, Any]) -> Any:
    """The answer of this script to a task, in a process of its own with an empty cache; a text if it ended badly."""
    with tempfile.TemporaryDirectory() as cache_folder:
        try:
            done = subprocess.run(
                [sys.executable, "-X", "faulthandler", __file__, "--task", json.dumps(task)],
                env={**os.environ, "XDG_CACHE_HOME": cache_folder},
                capture_output=True,
                text=True,
                timeout=SECONDS + 20,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "hangs, and cannot be stopped"
    if done.returncode:
        how = f"died by signal {-done.returncode}" if done.returncode < 0 else f"ended with status {done.returncode}"
        return f"{how}: {done.stderr[-3000:]}"
    return json.loads(done.stdout.splitlines()[-1])  # a user's own HiGHS may have greeted before


def answers(names: Sequence[str]) -> dict[str, str]:
    """Hashes of the answers of one thread."""
    found = in_a_process({"names": list(names)})
    if isinstance(found, str):
        raise RuntimeError(f"one thread alone {found}")
    return dict(found)


def trial(seed: int, names: Sequence[str], expected: dict[str, str], *, each: int = EACH) -> list[str]:
    """The faults of one run: cold for an even seed, warm for an odd one."""
    task = {"names": list(names), "seed": seed, "expected": expected, "each": each, "warm": bool(seed % 2)}
    found = in_a_process(task)
    return [found] if isinstance(found, str) else list(found)


def _do(task: dict[str, Any]) -> None:
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    if "seed" in task:
        found: Any = together(task["seed"], task["names"], task["expected"], each=task["each"], warm=task["warm"])
    else:
        found = alone(task["names"])
    sys.stdout.write(f"\n{json.dumps(found)}\n")


def main() -> int:
    """Make the runs that are asked for and print what they found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--task", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task is not None:
        _do(given.task)
        return 0
    names, bad, began = list(CALLS), 0, time.monotonic()
    expected = answers(names)
    for seed in range(given.seed, given.seed + given.count):
        faults = trial(seed, names, expected)
        bad += bool(faults)
        for fault in faults:
            sys.stdout.write(f"--seed {seed} --count 1: {fault}\n")
    took = time.monotonic() - began
    runs = f"{given.count} runs of {THREADS} threads from seed {given.seed}"
    sys.stdout.write(f"threads: {runs} in {took:.0f} s, {bad} with faults\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
