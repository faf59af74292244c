"""Every check on the data as a whole: what one table alone cannot tell."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from corridor import store, style, tables, words
from corridor.accuracy import distance_rows
from corridor.assumptions import assumption_rows
from corridor.claims import load_claims
from corridor.countries import country_rows
from corridor.errors import DataError, NoPath
from corridor.geo import step_km
from corridor.network import LONG_STRAIGHT_KM, RailNetwork, load_network, nearest_rail
from corridor.places import names_of, station_rows
from corridor.ports import load_ports, port_rows
from corridor.routes import load_routes
from corridor.routing import RailPath, find_route_paths
from corridor.sources import inputs_digest
from corridor.sources.gauges import load_gauge_rules
from corridor.sources.lines import load_lines
from corridor.sources.mends import load_mends
from corridor.statements import statement_rows
from corridor.transfers import closure_rows, transfer_rows

STATION_LIMIT_KM = 5.0
"""A station farther than this from any rail is misplaced, or the network has a hole there."""


class Finding(NamedTuple):
    """A fault: the file, what in it, and what is wrong."""

    file: str
    subject: str
    problem: str


def check_data() -> pd.DataFrame:
    """Check the data folder: cells, references, hashes, names, stations, holes and straight jumps.

    Returns
    -------
    DataFrame
        One row a finding: ``file``, ``subject``, ``problem``; empty if all is well.

    Raises
    ------
    DataError
        If tables cannot be read at all; it lists every fault of them.
    """
    read_all()
    network, routes = load_network(), load_routes()
    found = [
        *registry_findings(store.data_folder()),
        *name_findings("ports/ports.csv", port_rows()),
        *name_findings("routes/stations.csv", station_rows()),
        *network_findings(network),
        *station_findings(station_rows(), network),
    ]
    try:
        found += straight_findings(find_route_paths(routes, network=network))
    except NoPath as err:
        found.append(Finding("routes/routes.csv", "paths", str(err)))
    return pd.DataFrame(found, columns=list(Finding._fields))


def read_all() -> None:
    """Read every file of the data folder, so that all that is broken is reported at once.

    Raises
    ------
    DataError
        One line a fault.
    """
    faults = list[str]()
    for load in (
        station_rows,
        country_rows,
        load_ports,
        load_routes,
        load_claims,
        statement_rows,
        assumption_rows,
        distance_rows,
        transfer_rows,
        closure_rows,
        load_gauge_rules,
        load_lines,
        load_mends,
        load_network,
        style.land_rings,
    ):
        try:
            load()
        except DataError as err:
            faults += [line for line in str(err).splitlines() if not line.endswith(" faults")]
    tables.raise_faults(dict.fromkeys(faults))  # those of a table come with each table that refers to it


# ---------------------------------------------------------------- registry


def registry_findings(folder: Path) -> list[Finding]:
    """Files that differ from datapackage.json, or that it does not name."""
    found = []
    for part in ("ports", "routes"):
        listed = {entry["path"]: entry for entry in _package(folder / part)["resources"]}
        there = {file.name for file in (folder / part).iterdir() if file.name != "datapackage.json"}
        unlisted = sorted(there - set(listed))
        found += [Finding(f"{part}/datapackage.json", name, "in the folder, but not listed there") for name in unlisted]
        for name, entry in listed.items():
            if name not in there:
                found.append(Finding(f"{part}/datapackage.json", name, "listed, but not in the folder"))
            elif entry.get("hash") != f"sha256:{store.sha256(store.read_bytes(folder / part / name))}":
                found.append(
                    Finding(
                        f"{part}/{name}",
                        "sha256",
                        "differs from datapackage.json; `corridor check --stamp` renews it",
                    )
                )
    return found


def stamp_data(folder: Path) -> list[Path]:
    """Renew size and hash of each listed file in both datapackage.json; gives those that changed."""
    stamped: dict[Path, str] = {}
    for part in ("ports", "routes"):
        package = _package(folder / part)
        for entry in package["resources"]:
            content = store.read_bytes(folder / part / entry["path"])
            entry["bytes"], entry["hash"] = len(content), f"sha256:{store.sha256(content)}"
        stamped[folder / part / "datapackage.json"] = json.dumps(package, ensure_ascii=False, indent=2) + "\n"
    return store.write_all(stamped)


def _package(folder: Path) -> dict[str, Any]:
    file = folder / "datapackage.json"
    text = store.read_text(file)
    try:
        package: dict[str, Any] = store.json_of(text)
        if all(re.fullmatch(r"[\w.-]+", entry["path"]) for entry in package["resources"]):
            return package
    except (ValueError, KeyError, TypeError):
        pass
    raise DataError(f"{file}: not a data package; restore it from the project's data/")


# ---------------------------------------------------------------- names


def name_findings(file: str, rows: Mapping[str, tables.Row]) -> list[Finding]:
    """Names, in any language or script, that two rows share: a question by such a name could mean either."""
    owners: dict[str, list[str]] = {}
    for key, row in rows.items():
        for name in names_of(key, row):
            owners.setdefault(name, []).append(key)
    return [
        Finding(file, keys[0], f"is named {name!r}, as {' and '.join(keys[1:])} is; give each a name of its own")
        for name, keys in owners.items()
        if len(keys) > 1
    ]


# ---------------------------------------------------------------- network, stations, paths


def network_findings(network: RailNetwork) -> list[Finding]:
    """Whether the network was made from the mends, stations and gauges that are there now."""
    if network.origin.get("inputs_sha256") == inputs_digest():
        return []
    return [
        Finding(
            "routes/network.npz",
            "inputs",
            "made from other mends, stations, countries or gauges than these; run `corridor network build`",
        )
    ]


def station_findings(stations: Mapping[str, tables.Row], network: RailNetwork) -> list[Finding]:
    """Stations that lie too far from any rail that carries freight, mends included."""
    found = []
    for name, row in stations.items():
        snap = nearest_rail(network, row["lon"], row["lat"], network.freight)
        if snap is None or snap.gap_km > STATION_LIMIT_KM:
            gap = "infinitely far" if snap is None else words.km(words.up(snap.gap_km, words.KM))
            text = f"{gap} from the nearest freight rail; the limit is {STATION_LIMIT_KM:g} km"
            found.append(Finding("routes/stations.csv", name, text))
    return found


def straight_findings(paths: dict[str, RailPath]) -> list[Finding]:
    """Services whose path has a straight step, longer than 30 km, that mends.csv does not list."""
    found: dict[int, Finding] = {}
    for name, path in paths.items():
        net, links = path.network, path.links
        doubtful = links[(net.longest_straight_km[links] > LONG_STRAIGHT_KM) & ~net.checked[links] & ~net.mended[links]]
        for link in doubtful.tolist():
            line = net.line(link)
            i = int(step_km(line).argmax())
            text = (
                f"a straight step from {line[i, 0]:.3f},{line[i, 1]:.3f} to {line[i + 1, 0]:.3f},{line[i + 1, 1]:.3f}"
            )
            found.setdefault(link, Finding("routes/mends.csv", name, f"{text} is neither mend nor checked"))
    return list(found.values())
