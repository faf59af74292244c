"""The atlas: every table, figure and map in one folder, with a manifest; a second run changes no byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

import pandas as pd

from corridor import arguments, export, store, words
from corridor.accuracy import check_distances
from corridor.audit import read_all
from corridor.claims import load_claims
from corridor.errors import BadValue
from corridor.figures import figure, figure_bytes, figure_names
from corridor.maps import TITLE, corridor_map
from corridor.metrics import distance_metrics
from corridor.network import load_network
from corridor.places import load_stations
from corridor.ports import load_ports
from corridor.routes import load_routes
from corridor.sources.lines import load_lines
from corridor.sources.mends import load_mends
from corridor.statements import check_statements
from corridor.texts import short
from corridor.transfers import load_transfers
from corridor.volumes import estimate_volumes


class Page(NamedTuple):
    """One file of the atlas: its name, what it is made from, and what makes its bytes."""

    name: str
    inputs: tuple[str, ...]
    make: Callable[[], bytes]


_CLAIMS = ("ports/ports.csv", "ports/claims.csv", "routes/stations.csv")
_VOLUMES = (*_CLAIMS, "routes/assumptions.csv")
_PATHS = (
    "ports/ports.csv",
    "routes/assumptions.csv",
    "routes/closures.csv",
    "routes/network.npz",
    "routes/network.trees.npz",
    "routes/routes.csv",
    "routes/stations.csv",
    "routes/transfers.csv",
)
_ALL = (*_VOLUMES, *_PATHS, "routes/countries.json")

_FIGURES = {
    "corridor": ("Services on the rails, in equal-area projection.", (*_PATHS, "routes/countries.json")),
    "distances": ("Published lengths of services, tested against the rails.", _PATHS),
    "teu": ("TEU per port and year: estimate and bounds.", _VOLUMES),
    "trains": ("Trains per port and year: estimate and bounds.", _VOLUMES),
}

_TABLES: dict[str, tuple[str, tuple[str, ...], Callable[[], pd.DataFrame]]] = {
    "accuracy": (
        "Every published distance beside ours, the worst first",
        (*_PATHS, "routes/distances.csv"),
        lambda: accuracy_table(),
    ),
    "claims": ("Published figures with their citations", _CLAIMS, load_claims),
    "distances": (
        "Rail, great-circle and published length of each service",
        _PATHS,
        lambda: distance_table(),
    ),
    "lines": ("Rail lines and the trains they carry", ("routes/countries.csv", "routes/lines.csv"), load_lines),
    "mends": ("Mended holes and checked long links of the network", ("routes/mends.csv",), load_mends),
    "ports": ("The three border ports", ("ports/ports.csv", "routes/stations.csv"), lambda: _plain_ports()),
    "routes": (
        "Services with citation and dates",
        ("ports/ports.csv", "routes/routes.csv", "routes/stations.csv"),
        load_routes,
    ),
    "stations": ("Stations, terminals and cities", ("routes/stations.csv",), load_stations),
    "transfers": (
        "Stations where containers change gauge",
        ("routes/stations.csv", "routes/transfers.csv"),
        load_transfers,
    ),
    "volumes": ("Trains and TEU per port and year: estimate, bounds, claims", _VOLUMES, lambda: volume_table()),
    "conflicts": ("Claims that cannot all hold, and which gave way", _VOLUMES, lambda: conflict_table()),
    "statements": (
        "Figures of the article, tested against the evidence",
        ("ports/statements.csv", "routes/routes.csv", *_VOLUMES),
        lambda: check_statements().set_index("statement_id"),
    ),
}


def distance_table() -> pd.DataFrame:
    """Distances of all services, as printed, index route_id."""
    return words.printed_table(distance_metrics())


def accuracy_table() -> pd.DataFrame:
    """Published distances beside ours, as printed, index subject."""
    return words.printed_table(check_distances()).set_index("subject")


def volume_table() -> pd.DataFrame:
    """Yearly volumes, as printed, index measure."""
    return words.printed_table(estimate_volumes().table()).set_index("measure")


def conflict_table() -> pd.DataFrame:
    """Claims that gave way, as printed, index claim."""
    return words.printed_table(estimate_volumes().conflicts()).astype({"value": "Int64"}).set_index("claim")


def _plain_ports() -> pd.DataFrame:
    ports = load_ports()
    return pd.DataFrame(ports.drop(columns="geometry")).assign(lon=ports.geometry.x, lat=ports.geometry.y)


def _table_bytes(load: Callable[[], pd.DataFrame]) -> bytes:
    return export.csv_text(load()).encode()


def _figure_bytes(drawn: Callable[[str], Any], name: str, kind: str) -> bytes:
    return figure_bytes(drawn(name), kind)


def _map_bytes() -> bytes:
    drawn: Any = corridor_map()
    page: str = drawn.html()
    return page.encode()


def pages() -> Iterator[Page]:
    """The files of the atlas, in the order in which they are made."""
    for name, (_, inputs, load) in _TABLES.items():
        yield Page(f"tables/{name}.csv", inputs, partial(_table_bytes, load))
    drawn = lru_cache(maxsize=1)(figure)  # once for both formats
    for name in figure_names():
        for kind in ("png", "svg"):
            yield Page(
                f"figures/{name}.{kind}",
                _FIGURES[name][1],
                partial(_figure_bytes, drawn, name, kind),
            )
    yield Page("corridor.html", _ALL, _map_bytes)
    yield Page("index.html", _ALL, _index_bytes)


def build_atlas(out: Path | str = "maps", *, progress: Callable[[str, int, int], None] | None = None) -> pd.DataFrame:
    """Make every table, figure and map, and replace those of an earlier run as a whole.

    A folder with a ``manifest.csv`` holds the atlas that it lists. What can fail (a full disk, rights) fails while the
    old one is still there. The manifest is gone only while files take their names: a run that is killed just then
    leaves none, and the next run completes the atlas.

    Parameters
    ----------
    out : path-like
        Folder to write to; it is made if need be. A file is written only if its bytes change.
    progress : callable, optional
        Told the file being made, its number from 1, and how many there are.

    Returns
    -------
    DataFrame
        The manifest, also written as ``manifest.csv``: index ``file``; ``sha256``; ``bytes``; ``made_from``.

    Raises
    ------
    OutputError
        If the folder or a file cannot be written.
    DataError
        If the data are broken; nothing is written then.
    BadValue
        If ``out`` is no path, or ``progress`` no function.
    """
    folder = arguments.path(out, "out")
    if progress is not None and not callable(progress):
        raise BadValue(f"progress cannot be {arguments.shown(progress)}: give a function of three arguments")
    plan = list(pages())
    read_all()
    for place in sorted({(folder / item.name).parent for item in plan}):
        store.make_folder(place)
    for name in (*(item.name for item in plan), "manifest.csv"):
        store.check_out(folder / name)
    # All is made before anything is written (a few MB), so that a fault on the way leaves the old atlas whole.
    content: dict[str, bytes] = {}
    for number, item in enumerate(plan, start=1):
        if progress:
            progress(item.name, number, len(plan))
        content[item.name] = item.make()
    rows = [
        {
            "file": item.name,
            "sha256": store.sha256(content[item.name]),
            "bytes": len(content[item.name]),
            "made_from": ";".join(sorted(set(item.inputs))),
        }
        for item in plan
    ]
    manifest = pd.DataFrame(rows).set_index("file").sort_index()
    files = {folder / name: raw for name, raw in content.items()}
    seal = folder / "manifest.csv"
    store.write_all({**files, seal: export.csv_text(manifest).encode()}, seal=seal)
    return manifest


# ---------------------------------------------------------------- index


def _port_labels() -> pd.Series:
    """A short name of each port that no other one has."""
    names = load_ports()["name_en"].map(lambda name: short(name, _LONGEST_HEAD))
    return names.where(~names.duplicated(keep=False), [f"{name} ({key})" for key, name in names.items()])


_LONGEST_HEAD = 24
"""Width of a port's name over a column [letters]: a longer one would push the other columns out of sight."""

_AMOUNT = ["estimate", "lower", "upper", "status", "contested"]


def _index_bytes() -> bytes:
    from corridor.overlays import asset, page, table_html

    names = _port_labels()
    table = estimate_volumes().table()
    unit = {"trains": "trains", "teu": "TEU"}
    cells = table.assign(
        text=[words.amount(*row) for row in table[_AMOUNT].itertuples(index=False, name=None)],
        column=[f"{names[row.port]}, {unit[row.measure]}" for row in table.itertuples()],
    )
    wide = cells.set_index(["period", "column"])[["text", "status"]].unstack()  # noqa: PD010 - nothing is aggregated
    heads = [f"{name}, {unit[measure]}" for name in names for measure in unit]
    texts = wide["text"][heads].rename_axis("Year").reset_index()
    kinds = wide["status"][heads].reset_index().assign(period="")
    distances = distance_metrics()
    tested = distances["difference_percent"].dropna().abs()
    network = load_network()
    figures = "".join(
        f'<figure><a href="figures/{name}.png"><img src="figures/{name}.png" alt="{caption}" loading="lazy"></a>'
        f'<figcaption>{caption} <a href="figures/{name}.svg">SVG</a></figcaption></figure>'
        for name, (caption, _) in _FIGURES.items()
    )
    listing = "".join(
        f'<li><a href="tables/{name}.csv">{name}.csv</a>: {title}.</li>' for name, (title, _, _) in _TABLES.items()
    )
    body = Template(asset("index.html")).substitute(
        volumes=table_html(texts, kinds),
        claims=len(load_claims()),
        services=len(distances),
        tested=len(tested),
        median=words.number(tested.median(), words.PERCENT),
        near=int((tested <= 5).sum()),
        figures=figures,
        tables=listing,
        nodes=words.number(len(network.nodes)),
        links=words.number(len(network.metres)),
        digest=network.digest[:16],
    )
    return page(title=TITLE, body=body, styles=[asset("index.css")], pictures="'self' file: data:").encode()
