"""Commands on the rail network: what it is, and how to make one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corridor import texts
from corridor.cli.group import Commands, as_json, main, on_network, say, write_json
from corridor.display import write_line
from corridor.errors import OutputError

if TYPE_CHECKING:
    from corridor.network import RailNetwork


@main.group(cls=Commands)
def network() -> None:
    """The rail network."""


@network.command()
@on_network
@as_json
def info(as_json: bool) -> None:
    """Size, origin, licence and hash of the network."""
    from corridor.network import load_network

    facts = _facts(load_network())
    if as_json:
        write_json(facts)
    else:
        for name, value in facts.items():
            label, fact = texts.bare(name, texts.LONGEST_VALUE), texts.bare(_text(value), texts.LONGEST_NOTE)
            write_line(f"{label:20} {fact}", indent=21)


def write_made(file: Path, made: RailNetwork, *, as_json: bool) -> None:
    """Where a network was written that a command made, and what it is."""
    if as_json:
        write_json({"file": str(file), **_facts(made)})
    else:
        write_line(f"{file}: {made}")


def _facts(net: RailNetwork) -> dict[str, Any]:
    """What a network is and was made from, in plain values."""
    from corridor.gates import gates_of
    from corridor.network import GAUGE_BASES, USAGES, gauge_name

    facts = {
        "nodes": len(net.nodes),
        "links": len(net.metres),
        "km": round(float(net.km.sum())),
        "mended_km": round(float(net.km[net.mended].sum()), 1),
        "countries": len(set(net.country.tolist())),
        "km_by_gauge": _sums(gauge_name, net.gauge, net.km),
        "km_by_gauge_basis": _sums(GAUGE_BASES.__getitem__, net.gauge_basis, net.km),
        "km_by_usage": _sums(USAGES.__getitem__, net.usage, net.km),
        "length_factor": list(net.length_factor),
        "transfers": list(gates_of(net).names),
        "digest": net.digest,
    }
    # What the network was made from has "countries" too: the file of their outlines.
    return facts | {f"{name}_from" if name in facts else name: text for name, text in net.origin.items()}


def _sums(name: Callable[[int], str], kind: Any, km: Any) -> dict[str, float]:
    """Lengths by kind [km], the longest first."""
    import numpy as np

    sums = np.bincount(kind, km)
    return {name(int(i)): round(float(sums[i]), 1) for i in np.argsort(-sums, kind="stable") if sums[i] > 0}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {km:,.0f} km" for name, km in value.items())
    if isinstance(value, int | float):
        return f"{value:,}"
    return (", ".join(map(str, value)) if isinstance(value, list) else str(value)) or "none"


@network.command()
@click.option(
    "--countries",
    type=click.Path(path_type=Path),
    required=True,
    help="countries-10m.json of world-atlas 2.0.2.",
)
@click.option("--open-graph", type=click.Path(path_type=Path), help="world_railways.py; by default scgraph-data's.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Data folder to write routes/network.npz and routes/countries.json to; by default the one in use, unless it "
    "is an installed package's.",
)
@as_json
def build(countries: Path, open_graph: Path | None, out: Path | None, as_json: bool) -> None:
    """Make the embedded network anew from the open rail graph (about a minute).

    Needs the extra `network` (pip install 'corridor[network]') and the file countries-10m.json, which
    `npm pack world-atlas@2.0.2` brings.
    """
    from corridor import sources, store
    from corridor.gates import network_files, trees_path

    data = out or store.data_folder()
    if out is None and store.is_installed(data):
        raise OutputError(f"{data}: belongs to the installed package and is not overwritten; name a folder with --out")
    folder = data / "routes"
    for file in (folder / "network.npz", trees_path(folder / "network.npz"), folder / "countries.json"):
        store.check_out(file)  # before the work, not after
    made = sources.build_network(open_graph or sources.find_open_graph(), countries, progress=say)
    outlines = sources.outline_bytes(countries, sources.EURASIA)
    store.make_folder(folder)
    store.write_all({folder / "countries.json": outlines, **network_files(folder / "network.npz", made)})
    write_made(folder / "network.npz", made, as_json=as_json)
