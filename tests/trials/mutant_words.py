"""Trials of what a person writes: names of places, days, boxes, numbers, and the options of commands."""

from __future__ import annotations

import json
import math
import random
import re
import unicodedata
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from trials.frame import Wrong, answer_or_refusal, unclean
from trials.mutant_tables import DATA, read_csv
from trials.mutators import HOSTILE, hostile_text

# ---------------------------------------------------------------- places, days, boxes


@cache
def _names() -> list[tuple[str, ...]]:
    """Names of each station, as its row has them."""
    header, *rows = read_csv((DATA / "routes/stations.csv").read_bytes())
    records = [dict(zip(header, row, strict=True)) for row in rows]
    return [
        tuple(filter(None, (r["station_id"], r["name_en"], r["name_zh"], r["name_ru"], *r["aliases"].split(";"))))
        for r in records
    ]


def place_name(rng: random.Random) -> str:
    """A name with a slip: refused, or the place has a name whose letters stand in what was given."""
    from corridor.places import find_place

    names = rng.choice(_names())
    given = hostile_text(rng, rng.choice(names))
    if rng.random() < 0.3:
        numbers = [rng.choice(HOSTILE) if rng.random() < 0.4 else str(rng.uniform(-200, 200)) for _ in range(2)]
        given = ",".join(numbers)
    place, refused = answer_or_refusal(lambda: find_place(given))
    if refused is not None:
        return "place: refused"
    if not (-180 <= place.lon <= 180 and -90 <= place.lat <= 90):
        raise Wrong(f"{given!r} is a place at {place.lon}, {place.lat}")
    if re.fullmatch(r"[-+\d.,\s，]+", given):
        lon, lat = map(float, re.split("[,，]", given))
        if (place.lon, place.lat) != (lon, lat):
            raise Wrong(f"{given!r} is a place at {place.lon}, {place.lat}")
        return "place: answer"
    known = next(names for names in _names() if place.name in names)
    if not any(_bare(name) in _bare(given) for name in known) and not _has_traditional(given):
        raise Wrong(f"{given!r} was taken for {place.name}")
    return "place: answer"


def _bare(name: str) -> str:
    """Letters of a name alone."""
    plain = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "L").casefold())
    return "".join(c for c in plain if unicodedata.category(c)[0] in "LN").replace("ё", "е")


def _has_traditional(name: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in name)


def day_text(rng: random.Random) -> str:
    """A day with a slip: refused, or the day that is written."""
    from corridor.arguments import day

    known = date(rng.randrange(1990, 2030), rng.randrange(1, 13), rng.randrange(1, 29)).isoformat()
    given = hostile_text(rng, known) if rng.random() < 0.9 else known
    found, refused = answer_or_refusal(lambda: day(given))
    if refused is None and found.isoformat() != given:
        raise Wrong(f"{given!r} was read as {found}")
    if refused is not None and given == known:
        raise Wrong(f"{given!r} was refused: {refused}")
    return "day: " + ("answer" if refused is None else "refused")


def area(rng: random.Random) -> str:
    """A box of four numbers, or a band round a line: refused, or an area that holds what was asked for."""
    import shapely

    from corridor.sources import band, box

    odd = (0, -180, 180, 90, -90, 1e-12, 1e300, math.nan, math.inf, 179.9999999, 85)
    if rng.random() < 0.5:
        numbers = [rng.choice(HOSTILE) if rng.random() < 0.15 else f"{rng.uniform(-200, 200):.3f}" for _ in range(4)]
        if rng.random() < 0.6:
            west, south = rng.uniform(-180, 170), rng.uniform(-85, 80)
            numbers = [f"{west:.6f}", f"{south:.6f}", f"{west + rng.choice((1e-7, 1, 9)):.7f}", f"{south + 2:.6f}"]
        text = ",".join(numbers)
        found, refused = answer_or_refusal(lambda: box(text))
        if refused is None and found.bounds != tuple(map(float, numbers)):
            raise Wrong(f"the box {text} became {found.bounds}")
        return "area: " + ("answer" if refused is None else "refused")
    line = [(rng.uniform(-170, 170), rng.uniform(-80, 80)) for _ in range(rng.randint(2, 4))]
    if rng.random() < 0.3:
        line[0] = (rng.choice(odd), rng.choice(odd))
    width = rng.choice((20.0, 0.0, -1.0, 1e-9, 500.0))
    if not all(map(math.isfinite, (width, *line[0]))) or abs(line[0][0]) > 180 or abs(line[0][1]) > 85 or width <= 0:
        return "area: not asked"  # the command line lets only positive widths and lines of paths through
    found, refused = answer_or_refusal(lambda: band(line, width))
    if refused is None and not all(found.distance(shapely.Point(*point)) < 0.02 for point in line):
        raise Wrong(f"a band round {line} of {width} km leaves out a vertex")
    return "area: " + ("answer" if refused is None else "refused")


# ---------------------------------------------------------------- the command line

COMMANDS: dict[str, list[list[str]]] = {
    # Of each command: words that are right, in which one is replaced.
    "ports": [[]],
    "stations": [[]],
    "transfers": [[]],
    "lines": [["--kind", "freight"]],
    "routes": [["--port", "manzhouli"], ["--paths"], ["--geojson"]],
    "network info": [["--network", "nothing.npz"], []],
    "network import": [["nothing.osm.pbf", "--out", "out.npz"], ["x.osm", "--out", "y.npz", "--islands", "10"]],
    "network build": [["--countries", "a", "--open-graph", "b", "--out", "c.npz"]],
    "path": [
        ["Harbin", "Hamburg"],
        ["Harbin", "Hamburg", "--port", "manzhouli", "--on", "2023-01-01"],
        ["120.6,31.3", "Warsaw", "--avoid", "BY", "--via", "Moscow"],
        ["Harbin", "Suifenhe", "--alternatives", "2"],
        ["Harbin", "Suifenhe", "--geojson", "--ferries"],
    ],
    "claims": [["--port", "suifenhe", "--year", "2020"], ["--basis", "rail"], ["--claims", "mine.csv"]],
    "volumes": [
        ["--claims", "mine.csv", "--between", "2021-01-01", "2021-06-30"],
        ["--claims", "mine.csv", "--freq", "quarter", "--port", "manzhouli", "--measure", "trains"],
        ["--claims", "mine.csv", "--basis", "rail", "--total", "--direction", "outbound"],
    ],
    "explain": [["trains", "--port", "manzhouli", "--year", "2021", "--claims", "mine.csv"]],
    "figures": [["nothing", "--out", "figs", "--format", "png"]],
    "metrics distance": [["--network", "nothing.npz"]],
    "accuracy": [["--network", "nothing.npz"]],
}


def command(rng: random.Random) -> str:
    """A command with words replaced: done, or ended with 1 or 2 and clean lines; with ``--json`` JSON alone."""
    from click.testing import CliRunner
    from trials.mutant_own import LEDGER
    from trials.mutators import csv_bytes

    from corridor.cli import main

    Path("mine.csv").write_bytes(csv_bytes(LEDGER))
    name = rng.choice(list(COMMANDS))
    words = list(rng.choice(COMMANDS[name]))
    for _ in range(rng.choice((0, 1, 1, 2))):
        if words and rng.random() < 0.85:
            at = rng.randrange(len(words))
            words[at] = hostile_text(rng, words[at])
        else:
            words.insert(
                rng.randrange(len(words) + 1), rng.choice((*HOSTILE, "--json", "--csv", "--wide", "--x", "--"))
            )
    if rng.random() < 0.4:
        words.append("--json")
    words = [word[:2000] for word in words if "\0" not in word]  # no system hands over a zero in a word
    done = CliRunner().invoke(main, [*name.split(), *words])
    asked = f"corridor {name} {words}"
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    if done.exit_code not in (0, 1, 2):
        raise Wrong(f"{asked}: exit status {done.exit_code}")
    if done.stderr and (problem := unclean(done.stderr.replace("\n\n", "\n"))):
        raise Wrong(f"{asked}: a message that is not clean ({problem}): {done.stderr[:400]!r}")
    if done.exit_code and not done.stderr.strip():
        raise Wrong(f"{asked}: exit status {done.exit_code} without a word")
    if done.exit_code == 0 and "--json" in words and "--help" not in words and "-h" not in words:
        _check_json(asked, done.stdout)
    return f"command: {done.exit_code}"


def _check_json(asked: str, text: str) -> None:
    def refuse(word: str) -> Any:
        raise Wrong(f"{asked}: {word} in JSON")

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError as err:
        raise Wrong(f"{asked}: no JSON on standard output: {err}: {text[:300]!r}") from None
