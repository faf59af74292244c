"""Runs that are killed while they write: every file is the old or the new one, and the next run mends what is left.

A case is a function of its seed: files as an earlier run left them, and a run that replaces them, in a process that is
killed (SIGKILL) either at one of the system's calls by which it changes files, or at any moment. Afterwards

* each file is whole, the old one or the new one;
* an atlas with a manifest is the one that it lists;
* another run, of the new content or of the old, gives just the bytes and the files of a run that nobody disturbed.

``python tests/trials/kills.py --seed 1 --count 200``
"""

from __future__ import annotations

import argparse
import csv
import gc
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conftest import make_network
from osm_drawn import RAIL, write_extract

from corridor import atlas, audit, gates, store
from corridor.figures import figure, figure_bytes
from corridor.maps import corridor_map
from corridor.routes import load_routes
from corridor.sources import import_network
from corridor.volumes import estimate_volumes

EVENTS = ("open", "os.chmod", "os.chown", "os.mkdir", "os.remove", "os.rename", "tempfile.mkstemp")
"""Audit events before which a run is killed, if they are about a file of the case; flushing to the disk is another."""

Job = Callable[[Path, int], None]
"""Writes into a folder the content of some number."""


# ---------------------------------------------------------------- what is written


def write_atlas(folder: Path, content: int) -> None:
    """An atlas of the usual names, some of whose files are others with each content."""

    def made(name: str, own: random.Random) -> bytes:
        stays = random.Random(name).random() < 0.3
        return (random.Random(name) if stays else own).randbytes(own.choice([10, 5_000, 300_000]))

    own = random.Random(content)
    raws = {item.name: made(item.name, own) for item in usual_pages()}
    atlas.pages = lambda: iter(
        atlas.Page(name, ("ports/ports.csv",), lambda raw=raw: raw) for name, raw in raws.items()
    )
    atlas._read_all = lambda: None  # what is written is not made of the data
    atlas.build_atlas(folder)


@cache
def usual_pages() -> list[atlas.Page]:
    return list(atlas.pages())


def write_figures(folder: Path, content: int) -> None:
    drawn = drawings()[content % 2]
    store.write_all({folder / f"{name}.svg": raw for name, raw in drawn.items()})


@cache
def drawings() -> list[dict[str, bytes]]:
    raws = [figure_bytes(figure(name), "svg") for name in ("trains", "teu")]
    return [dict(zip("ab", raws, strict=True)), dict(zip("ab", raws[::-1], strict=True))]


def write_map(folder: Path, content: int) -> None:
    drawn, html = pages_of_map()[content % 2]
    type(drawn).html = lambda self: html
    drawn.save(folder / "corridor.html")


@cache
def pages_of_map() -> list[tuple[object, str]]:
    drawn = [corridor_map(load_routes().iloc[i : i + 1]) for i in range(2)]
    return [(one, one.html()) for one in drawn]


def write_network(folder: Path, content: int) -> None:
    gates.write_network(folder / "rails.npz", networks()[content % 2])


@cache
def networks() -> list[object]:
    drawn, _ = make_network(
        {"A": (117.442, 49.583), "B": (117.3267, 49.6514), "C": (116.0, 50.0)},
        [("A", "B", 12, "RU"), ("B", "C", 100, "RU")],
        gauge={0: 3},
    )
    with tempfile.TemporaryDirectory() as folder:
        write_extract(Path(folder) / "drawn.osm.pbf", {1, 2, 3}, {1: ([1, 2, 3], RAIL)})
        imported = import_network([Path(folder) / "drawn.osm.pbf"], island_km=0)
    for network in (drawn, imported):
        gates.network_files(Path("rails.npz"), network)  # grown once
    return [drawn, imported]


def stamp(folder: Path, content: int) -> None:
    """Hashes of some data."""
    audit.stamp_data(folder)


def edit_data(folder: Path, content: int) -> None:
    """The data that are to be stamped."""
    for part in ("ports", "routes"):
        (folder / part).mkdir(exist_ok=True)
        (folder / part / "table.csv").write_text(f"{part} {content}\n" * 1000)
        if not (folder / part / "datapackage.json").is_file():
            (folder / part / "datapackage.json").write_text(json.dumps({"resources": [{"path": "table.csv"}]}))


def keep_volumes(folder: Path, content: int) -> None:
    """The cache of solved models; with each content more questions are answered in it."""
    model = estimate_volumes().model
    os.environ["XDG_CACHE_HOME"] = str(folder)
    for name in ("_file", "_kept"):
        model.__dict__.pop(name, None)
    model.__dict__["windows"] = {str(i): [i] for i in range(1 + content)}
    model.keep()


JOBS: tuple[Job, ...] = (
    write_atlas,
    write_network,
    write_atlas,
    stamp,
    write_map,
    write_atlas,
    write_figures,
    keep_volumes,
)


BEFORE: dict[Job, Job] = {stamp: edit_data}
"""What is done before a job, and not killed."""


# ---------------------------------------------------------------- one case


class Wrong(Exception):
    """What a case found."""


def case(seed: int) -> str:
    """Kill one run, and see what it left."""
    rng = random.Random(seed)
    job = JOBS[seed % len(JOBS)]
    prepared()
    with tempfile.TemporaryDirectory(prefix="kills-") as name:
        place, (old, new) = Path(name), rng.sample(range(50), 2)
        if job is not keep_volumes and old % 2 == new % 2:
            new += 1  # most have two contents
        states = {}
        started = 0.0
        for content in (old, new):
            folder = place / str(content)
            folder.mkdir() if content == old else shutil.copytree(place / str(old), folder)
            started = time.monotonic()
            events = undisturbed(job, folder, content)
            states[content] = contents(folder)
        duration = time.monotonic() - started
        folder = place / "killed"
        begun = rng.random() < 0.8  # else there was nothing before
        shutil.copytree(place / str(old), folder) if begun else folder.mkdir()
        BEFORE.get(job, nothing)(folder, new)
        before = contents(folder)
        if rng.random() < 0.7:
            at = rng.randrange(events)
            left = killed(job, folder, new, at=at)
            how = f"{job.__name__} at call {at} of {events}"
        else:
            after = rng.uniform(0, 1.2 * duration)
            left = killed(job, folder, new, after=after)
            how = f"{job.__name__} after {after:.4f} s"
        check(job, folder, before, states[new], how)
        again = old if begun and rng.random() < 0.4 else new
        undisturbed(job, folder, again)
        if (found := contents(folder)) != states[again]:
            differ = sorted(key for key in {*found, *states[again]} if found.get(key) != states[again].get(key))
            raise Wrong(f"{how}: the next run leaves other files than a run alone: {', '.join(differ)}")
    return f"{job.__name__} {'killed' if left else 'ended before'}"


def check(job: Job, folder: Path, old: dict[str, bytes], new: dict[str, bytes], how: str) -> None:
    """What a killed run may leave."""
    found = {name: raw for name, raw in contents(folder).items() if not name.endswith(".draft")}
    for name in {*found, *old}:
        raw = found.get(name)
        if raw is None and name == "manifest.csv":
            continue
        if raw is None or raw not in (old.get(name), new.get(name)):
            raise Wrong(f"{how}: {name} is {'gone' if raw is None else 'neither the old nor the new one'}")
    if "manifest.csv" in found:
        for row in csv.DictReader(found["manifest.csv"].decode().splitlines()):
            if hashlib.sha256(found.get(row["file"], b"")).hexdigest() != row["sha256"]:
                raise Wrong(f"{how}: {row['file']} is not the one that the manifest lists")
    pair = [name for name in ("rails.npz", "rails.trees.npz") if name in new]
    is_new = {name: found.get(name) == new[name] != old.get(name) for name in pair}
    if is_new.get("rails.npz") and not is_new["rails.trees.npz"]:
        raise Wrong(f"{how}: the network is new, and its trees are old")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


# ---------------------------------------------------------------- processes


@cache
def prepared() -> None:
    """All that is drawn, solved and read is so before the first case: its processes are copies of this one."""
    usual_pages(), drawings(), pages_of_map(), networks(), estimate_volumes().table()
    gc.freeze()  # or each copy would visit, and so copy, all pages of memory


def nothing(folder: Path, content: int) -> None:
    """Most jobs need nothing done before."""


def copied() -> int:
    """A copy of this process, as by os.fork; it runs one job and never comes back to what other threads did here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from Python 3.12 on, where there are other threads
        return os.fork()


def undisturbed(job: Job, folder: Path, content: int) -> int:
    """Do a job in a process of its own; gives the number of calls at which it might have been killed."""
    BEFORE.get(job, nothing)(folder, content)
    reader, writer = os.pipe()
    if not (child := copied()):
        with os.fdopen(writer, "w") as out:
            calls = counted(folder, lambda number: None)
            status = 0
            try:
                job(folder, content)
            except BaseException:  # noqa: BLE001 - whatever it is, the process must not go on as the tests'
                traceback.print_exc()
                status = 1
            out.write(str(next(calls)))
            out.flush()
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as said:
        number = int(said.read() or 0)
    if os.waitpid(child, 0)[1]:
        raise Wrong(f"{job.__name__}: a run that nobody disturbs ends in a fault")
    return number


def killed(job: Job, folder: Path, content: int, *, at: int | None = None, after: float = 0) -> bool:
    """Do a job in a process that is killed at one of its calls, or after some seconds; whether it was."""
    if not (child := copied()):
        try:
            counted(folder, lambda number: os.kill(os.getpid(), signal.SIGKILL) if number == at else None)
            job(folder, content)
        finally:
            os._exit(0)
    if at is None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def counted(folder: Path, act: Callable[[int], None]) -> Iterator[int]:
    """Count the calls by which this process changes files of a folder, and act before each; gives the counter."""
    numbers = iter(range(10**9))
    below = os.fsencode(folder)

    def hook(event: str, values: tuple[object, ...]) -> None:
        if event in EVENTS and isinstance(values[0], str | bytes | os.PathLike):
            path = os.fsencode(values[0])
            writes = event != "open" or (
                isinstance(values[2], int) and values[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            )
            if path.startswith(below) and writes:
                act(next(numbers))

    sync = os.fsync

    def synced(handle: int) -> None:
        act(next(numbers))
        sync(handle)
        act(next(numbers))

    os.fsync = synced
    sys.addaudithook(hook)
    return numbers


# ---------------------------------------------------------------- many cases


def trial(first: int, count: int, say: Callable[[str], object] = lambda line: None) -> tuple[Counter[str], list[str]]:
    """Cases from a seed on: how many of each kind there were, and a line for each fault, said as it is found."""
    seen, faults = Counter[str](), []
    for seed in range(first, first + count):
        try:
            word = case(seed)
        except Exception as err:  # noqa: BLE001
            what = err if isinstance(err, Wrong) else traceback.format_exc()
            faults.append(f"FAULT python tests/trials/kills.py --seed {seed} --count 1\n{what}")
            say(faults[-1])
            word = "fault"
        seen[word] += 1
        if seen.total() % 10 == 0:
            say(f"{seen.total()} of {count} cases")
    return seen, faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    chosen = parser.parse_args()
    seen, faults = trial(chosen.seed, chosen.count, partial(print, flush=True))
    summary = ", ".join(f"{word}: {number}" for word, number in sorted(seen.items()))
    print(f"kills: {chosen.count} cases, {len(faults)} faults ({summary})")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
