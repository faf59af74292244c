"""Commands on the rail network: what it is, and how to make one."""

from __future__ import annotations

from pathlib import Path

import click

from corridor.cli.group import Commands, as_json, main, on_network, say, write_json


@main.group(cls=Commands)
def network() -> None:
    """The rail network."""


@network.command()
@on_network
@as_json
def info(as_json: bool) -> None:
    """Size, origin, licence and hash of the network."""
    from corridor.network import load_network

    net = load_network()
    facts = {
        "nodes": len(net.nodes),
        "links": len(net.metres),
        "km": round(float(net.km.sum())),
        "mended_km": round(float(net.km[net.mended].sum()), 1),
        "countries": len(set(net.country.tolist())),
        "digest": net.digest,
        **net.origin,
    }
    if as_json:
        write_json(facts)
    else:
        for name, value in facts.items():
            click.echo(f"{name:20} {value}")


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
    help="Data folder to write routes/network.npz and routes/countries.json to.",
)
def build(countries: Path, open_graph: Path | None, out: Path | None) -> None:
    """Make the embedded network anew from the open rail graph (about a minute).

    Needs the extra `network` (pip install 'corridor[network]') and the file countries-10m.json, which
    `npm pack world-atlas@2.0.2` brings.
    """
    from corridor import sources, store
    from corridor.gates import write_network

    folder = (out or store.data_folder()) / "routes"
    made = sources.build_network(open_graph or sources.find_open_graph(), countries, progress=say)
    outlines = sources.outline_bytes(countries, sources.EURASIA)
    store.make_folder(folder)
    write_network(folder / "network.npz", made)
    store.write(folder / "countries.json", outlines)
    click.echo(f"{folder / 'network.npz'}: {made}")
