"""Trials of the data folder: its tables, and the JSON files beside them."""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from trials.frame import Wrong, answer_or_refusal
from trials.mutators import (
    Table,
    csv_bytes,
    damaged_bytes,
    damaged_json,
    damaged_table,
    json_text,
    read_csv,
)

DATA = Path(__file__).resolve().parents[2] / "data"

# ---------------------------------------------------------------- tables of the data folder


def _loaders() -> dict[str, Callable[[], Any]]:
    from corridor import accuracy, assumptions, claims, countries, places, ports, routes, statements, transfers
    from corridor.sources import gauges, lines, mends

    return {
        "ports/claims.csv": claims.load_claims,
        "ports/ports.csv": ports.port_rows,
        "ports/statements.csv": statements.statement_rows,
        "routes/assumptions.csv": assumptions.assumption_rows,
        "routes/closures.csv": transfers.closure_rows,
        "routes/countries.csv": countries.country_rows,
        "routes/distances.csv": accuracy.distance_rows,
        "routes/gauges.csv": gauges.load_gauge_rules,
        "routes/lines.csv": lines.line_rows,
        "routes/mends.csv": mends.load_mends,
        "routes/routes.csv": routes.load_routes,
        "routes/stations.csv": places.station_rows,
        "routes/transfers.csv": transfers.transfer_rows,
    }


@contextmanager
def data_with(name: str, content: bytes) -> Iterator[Path]:
    """A data folder with other content of one file, in use meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="data-"))
    for part in ("ports", "routes"):
        (folder / part).mkdir()
        for file in (DATA / part).iterdir():
            (folder / part / file.name).symlink_to(file)
    (folder / name).unlink()
    (folder / name).write_bytes(content)
    before = os.environ.get("CORRIDOR_DATA")
    os.environ["CORRIDOR_DATA"] = str(folder)
    try:
        yield folder
    finally:
        os.environ.pop("CORRIDOR_DATA") if before is None else os.environ.update(CORRIDOR_DATA=before)
        shutil.rmtree(folder)


def data_table(rng: random.Random) -> str:
    """A damaged table of the data folder: refused, or read as it stands."""
    name, raw = _damaged(rng)
    with data_with(name, raw):
        found, refused = answer_or_refusal(_loaders()[name])
    if refused is None:
        check_as_read(found, read_csv(raw), name)
    return "table: " + ("answer" if refused is None else "refused")


def _damaged(rng: random.Random) -> tuple[str, bytes]:
    """Name and content of a table of the data folder with damage."""
    name = rng.choice(list(_loaders()))
    raw = (DATA / name).read_bytes()
    return name, damaged_bytes(rng, raw) if rng.random() < 0.4 else csv_bytes(damaged_table(rng, read_csv(raw)))


def data_use(rng: random.Random) -> str:
    """What is computed from the data folder, with a damaged table: refused by clean lines, or answered."""
    name, raw = _damaged(rng)
    use = rng.choice(("path", "figure", "path", "figure", *_uses()))
    with data_with(name, raw):
        _, refused = answer_or_refusal(_uses()[use])
    return "table, used: " + ("answer" if refused is None else "refused")


def _uses() -> dict[str, Callable[[], Any]]:
    import corridor

    return {
        "check": corridor.check_data,
        "path": lambda: corridor.find_path("Harbin", "Hamburg").rail_km,
        "metrics": corridor.distance_metrics,
        "statements": corridor.check_statements,
        "figure": lambda: corridor.explain("trains", port="manzhouli", year=2020),
        "map": lambda: corridor.corridor_map().get_root().render(),
    }


def check_as_read(found: Any, table: Table, what: str) -> None:
    """Whether what a loader gives is what stands in a table that Python's csv has read."""
    records = found.reset_index().to_dict("records") if hasattr(found, "columns") else list(found.values())
    header, *rows = table
    if len(records) != len(rows):
        raise Wrong(f"{what}: {len(records)} rows were read of {len(rows)}")
    for record, row in zip(records, rows, strict=True):
        for column, cell in zip(header, row, strict=True):
            if not _same(record[column], cell.strip(), column):
                raise Wrong(f"{what}: {column}={cell!r} was read as {record[column]!r}")


def _same(value: Any, cell: str, column: str) -> bool:
    """Whether a value is what a cell says."""
    if not cell:
        return value in ("", None) or value != value or column in ("span", "rounding_unit")
    if isinstance(value, str):
        return value == cell or (column == "ports" and not cell.isascii())
    if isinstance(value, bool) or not isinstance(value, int | float | np.number | date):
        return True  # taken apart by its loader
    if isinstance(value, date):
        return value.isoformat()[:10] == cell
    try:
        return abs(float(value) - float(cell)) <= 1e-9 * abs(float(cell))  # nan and inf are no numbers here
    except ValueError:
        return False


def shuffled_data(rng: random.Random) -> str:
    """The rows of a table of the data folder in another order: the same answers."""
    name = rng.choice(list(_loaders()))
    header, *rows = read_csv((DATA / name).read_bytes())
    rng.shuffle(rows)
    with data_with(name, csv_bytes([header, *rows])):
        shown = _answers()
    if shown != _undamaged(_answers):
        raise Wrong(f"{name} in another order of rows gives other answers")
    return "table, shuffled: answer"


def _answers() -> list[Any]:
    import corridor

    ends = [("Harbin", "Hamburg"), ("Suzhou", "Warsaw"), ("Moscow", "Dalian"), ("满洲里", "Брест")]
    found = [corridor.find_path(*pair) for pair in ends]
    table = corridor.load_claims().sort_index()
    # Not the links: of two tracks of one length, another may be taken.
    ways = [(round(path.rail_km, 3), path.port, [one.transfer for one in path.transfers]) for path in found]
    return [ways, [sorted(path.km_by_country) for path in found], table.to_csv()]


_kept: dict[Any, Any] = {}


def _undamaged(call: Callable[[], Any]) -> Any:
    if call not in _kept:
        _kept[call] = call()
    return _kept[call]


def data_json(rng: random.Random) -> str:
    """The outlines of countries or the registry, damaged."""
    from corridor import audit, style

    name = rng.choice(("routes/countries.json", "routes/datapackage.json", "ports/datapackage.json"))
    raw = (DATA / name).read_bytes()
    if rng.random() < 0.3:
        raw = damaged_bytes(rng, raw)
    else:
        raw = json_text(rng, damaged_json(rng, json.loads(raw))).encode("utf-8", "surrogatepass")
    with data_with(name, raw) as folder:
        if name != "routes/countries.json":
            _, refused = answer_or_refusal(lambda: audit.registry_findings(folder))
            return "JSON: " + ("answer" if refused is None else "refused")
        rings, refused = answer_or_refusal(style.land_rings)
    if refused is None:
        features = json.loads(raw.decode("utf-8-sig"))["features"]
        plain = [ring for one in features for part in one["geometry"]["coordinates"] for ring in part]
        if [ring.tolist() for ring in rings] != plain or not all(np.isfinite(ring).all() for ring in rings):
            raise Wrong("outlines were not read as they stand, or are no numbers")
    return "JSON: " + ("answer" if refused is None else "refused")
