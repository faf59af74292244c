"""Paths and distances beside other tools, on the embedded network, in one process.

    python benchmarks/bench_paths.py [--rounds N] [--json FILE]

The tasks: (a) load the network; (b) one path with geometry (and, for us, its certificate), between listed places
from stored trees, and between two points anywhere; (c) 2,400 distances, 60 Chinese places to 40 beyond the border,
through the best port; (d) the same as paths with geometry; each from stored trees and with trees grown anew. Last,
`corridor path` in a fresh process beside `import numpy`.

The others get the freight rails of the network as one graph, whatever their gauge, as none of them knows of transfers;
of parallel links the shortest. What a tool builds once from the network is told apart: the others their graphs, we the
rails of each gauge as a matrix, and where the transfers lie. Rounds go in turn over all tools, and medians are
given: on a shared machine only the ratios mean anything. A tool that is not installed is left out.
"""

import argparse
import importlib
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import corridor
from corridor import gates, network, trees
from corridor.places import Place, find_place, station_rows
from corridor.routing import distance_matrix, find_path, find_paths

FROM, TO = "suzhou", "duisburg"
PORTS = ("manzhouli", "suifenhe", "tongjiang")


def places(net: network.RailNetwork) -> tuple[list[Place], list[Place]]:
    """60 Chinese places, and 40 beyond the border that rails of China's gauge do not reach from there."""
    china, abroad = [], []
    hops = np.unique(net.ends[[link for hop in gates.gates_of(net).hop for link in hop]])
    for key, row in station_rows().items():
        place = find_place(key)
        snap = network.nearest_rail(net, place.lon, place.lat, net.freight)
        if snap is None or snap.gap_km > 5 or np.isin(net.ends[snap.link], hops).any():
            continue  # away from the rails, or at a transfer
        (china if row["country"] == "CN" else abroad).append(place)
    step = len(abroad) // 40
    return china[:60], abroad[::step][:40]


class Graph:
    """The freight rails as arrays, of parallel links the shortest; nodes of the places."""

    def __init__(self, net: network.RailNetwork, china: list[Place], abroad: list[Place]) -> None:
        links = np.flatnonzero(net.freight)
        order = links[np.argsort(net.metres[links], kind="stable")]
        pairs = np.sort(net.ends[order], axis=1)
        _, first = np.unique(pairs, axis=0, return_index=True)
        self.net, self.link = net, order[np.sort(first)]
        self.ends, self.km = net.ends[self.link], net.km[self.link]
        self.link_of = {tuple(sorted(pair)): int(i) for pair, i in zip(self.ends.tolist(), self.link, strict=True)}
        self.origins, self.targets = ([self.node(place) for place in side] for side in (china, abroad))

    def node(self, place: Place) -> int:
        """Nearest node of the freight rails."""
        snap = network.nearest_rail(self.net, place.lon, place.lat, self.net.freight)
        assert snap is not None
        return int(self.net.ends[snap.link, round(snap.share)])

    def line(self, nodes: list[int]) -> Any:
        """Geometry along some nodes."""
        links = [self.link_of[min(a, b), max(a, b)] for a, b in itertools.pairwise(nodes)]
        return self.net.trace(links, [int(self.net.ends[i, 0]) == a for i, a in zip(links, nodes, strict=False)])


# ---------------------------------------------------------------- others: what to build, and each task


def with_scipy(graph: Graph) -> dict[str, Callable[[], Any]]:
    """scipy.sparse.csgraph."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    n = len(graph.net.nodes)
    matrix = coo_array((np.tile(graph.km, 2), np.vstack([graph.ends, graph.ends[:, ::-1]]).T), shape=(n, n)).tocsr()
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)

    def walk(before: Any, root: int, node: int) -> Any:
        nodes = [node]
        while nodes[-1] != root:
            nodes.append(int(before[nodes[-1]]))
        return graph.line(nodes)

    def paths(origins: list[int], targets: list[int]) -> None:
        _, before = dijkstra(matrix, indices=targets, return_predecessors=True)
        for row, target in zip(before, targets, strict=True):
            for origin in origins:
                walk(row, target, origin)

    return {
        "path": lambda: paths(graph.origins[:1], graph.targets[:1]),
        "distances": lambda: dijkstra(matrix, indices=graph.targets)[:, graph.origins],
        "paths": lambda: paths(graph.origins, graph.targets),
    }


def with_igraph(graph: Graph) -> dict[str, Callable[[], Any]]:
    """igraph."""
    import igraph

    made = igraph.Graph(n=len(graph.net.nodes), edges=graph.ends.tolist())
    km = graph.km.tolist()

    def paths(origins: list[int], targets: list[int]) -> None:
        for target in targets:
            for nodes in made.get_shortest_paths(target, origins, weights=km):
                graph.line(nodes)

    return {
        "path": lambda: paths(graph.origins[:1], graph.targets[:1]),
        "distances": lambda: made.distances(graph.targets, sorted(set(graph.origins)), weights=km),
        "paths": lambda: paths(graph.origins, graph.targets),
    }


def with_networkit(graph: Graph) -> dict[str, Callable[[], Any]]:
    """networkit."""
    import networkit

    made = networkit.Graph(len(graph.net.nodes), weighted=True)
    for (a, b), km in zip(graph.ends.tolist(), graph.km.tolist(), strict=True):
        made.addEdge(a, b, km)

    def path() -> None:
        search = networkit.distance.BidirectionalDijkstra(made, graph.origins[0], graph.targets[0])
        search.run()
        graph.line([graph.origins[0], *search.getPath(), graph.targets[0]])

    def distances() -> None:
        search = networkit.distance.SPSP(made, graph.targets)
        search.run()
        found = search.getDistances(asarray=True)
        np.asarray(found)[:, graph.origins]

    return {"path": path, "distances": distances}


def with_rustworkx(graph: Graph) -> dict[str, Callable[[], Any]]:
    """rustworkx."""
    import rustworkx

    made = rustworkx.PyGraph(multigraph=False)
    made.add_nodes_from(range(len(graph.net.nodes)))
    made.add_edges_from([(a, b, km) for (a, b), km in zip(graph.ends.tolist(), graph.km.tolist(), strict=True)])

    def path() -> None:
        target = graph.targets[0]
        graph.line(list(rustworkx.dijkstra_shortest_paths(made, graph.origins[0], target, weight_fn=float)[target]))

    return {"path": path}


def with_pandana(graph: Graph) -> dict[str, Callable[[], Any]]:
    """pandana."""
    import pandana
    import pandas as pd

    lon, lat = graph.net.nodes.T
    first, last = graph.ends.T
    made = pandana.Network(
        pd.Series(lon), pd.Series(lat), pd.Series(first), pd.Series(last), pd.DataFrame({"km": graph.km}), twoway=True
    )
    starts = np.repeat(graph.origins, len(graph.targets)).tolist()
    stops_ = np.tile(graph.targets, len(graph.origins)).tolist()
    return {
        "path": lambda: graph.line(made.shortest_path(graph.origins[0], graph.targets[0]).tolist()),
        "distances": lambda: made.shortest_path_lengths(starts, stops_),
        "paths": lambda: [graph.line(nodes.tolist()) for nodes in made.shortest_paths(starts, stops_)],
    }


def with_scgraph(graph: Graph) -> dict[str, Callable[[], Any]]:
    """scgraph."""
    from scgraph import Graph as ScGraph

    neighbours: list[dict[int, float]] = [{} for _ in range(len(graph.net.nodes))]
    for (a, b), km in zip(graph.ends.tolist(), graph.km.tolist(), strict=True):
        neighbours[a][b] = neighbours[b][a] = km
    made = ScGraph(neighbours)
    made.create_contraction_hierarchy()

    def one(origin: int, target: int) -> Any:
        return made.contraction_hierarchy(origin_id=origin, destination_id=target)

    return {
        "path": lambda: graph.line(one(graph.origins[0], graph.targets[0])["path"]),
        "distances": lambda: [one(a, b)["length"] for a in graph.origins for b in graph.targets],
        "paths": lambda: [graph.line(one(a, b)["path"]) for a in graph.origins for b in graph.targets],
    }


OTHERS = {
    "scipy": with_scipy,
    "igraph": with_igraph,
    "networkit": with_networkit,
    "rustworkx": with_rustworkx,
    "pandana": with_pandana,
    "scgraph": with_scgraph,
}


# ---------------------------------------------------------------- ours


def through_best_port(china: list[Place], abroad: list[Place], net: network.RailNetwork) -> Any:
    """Distances through the nearest of the three ports."""
    return distance_matrix(china, abroad, port=PORTS, network=net)


def build(net: network.RailNetwork) -> None:
    """What is built once from a network that has no stored trees: the rails of each gauge, and where transfers lie."""
    net.memory.clear()
    found = gates.gates_of(net)
    for system in np.unique(found.system).tolist():
        trees._matrix(net, system, b"")


def nothing() -> None:
    """Prepare nothing."""


def ours(
    net: network.RailNetwork, china: list[Place], abroad: list[Place]
) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """Our tasks, each with what prepares it: those "grown" start with no tree, the others with the stored ones."""
    bare = network.read_network(network.network_path())
    bare.__dict__["file"] = None  # so that no trees are found beside it
    pair = itertools.count()

    def path(*ends: str | Place) -> None:
        found = find_path(*ends, network=net)
        found.lonlat, found.certificate, found.km_by_country, found.km_by_gauge  # noqa: B018

    def points(one: list[Place], other: list[Place]) -> None:
        """Between two points, each some km beside a place, and others every time, so that nothing is kept of them."""
        i = next(pair)
        a, b = one[i % len(one)], other[(7 * i + 3) % len(other)]
        path(Place("a", a.lon + 0.011, a.lat + 0.017), Place("b", b.lon - 0.013, b.lat + 0.019))

    def lines(rails: network.RailNetwork) -> None:
        for row in find_paths(china, abroad, port="manzhouli", network=rails):
            for found in row:
                assert found is not None
                found.lonlat  # noqa: B018

    def forget_pieces() -> None:
        net.memory.clear()
        distance_matrix(china[:1], abroad[:1], port="manzhouli", network=net)

    warm = lambda: path(FROM, TO)  # noqa: E731
    return {
        "built": (bare.memory.clear, lambda: build(bare)),
        "load": (nothing, lambda: network.read_network(network.network_path())),
        "path, listed places": (warm, warm),
        "path, any two points across the border": (lambda: points(china, abroad), lambda: points(china, abroad)),
        "path, any two points in China": (lambda: points(china, china), lambda: points(china, china)),
        "distances": (lambda: through_best_port(china, abroad, net), lambda: through_best_port(china, abroad, net)),
        "distances, trees grown": (lambda: build(bare), lambda: through_best_port(china, abroad, bare)),
        "paths": (lambda: lines(net), lambda: lines(net)),
        "paths, pieces traced anew": (forget_pieces, lambda: lines(net)),
        "paths, trees grown": (lambda: build(bare), lambda: lines(bare)),
    }


def fresh(code: list[str]) -> float:
    """Seconds that a fresh process takes."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *code], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Time all, in turn, and print medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    net = corridor.load_network()
    china, abroad = places(net)
    graph = Graph(net, china, abroad)
    tasks = {("corridor", name): task for name, task in ours(net, china, abroad).items()}
    for name, build in OTHERS.items():
        try:
            importlib.import_module(name)
        except ImportError:
            print(f"{name}: not installed")
            continue
        start = time.perf_counter()
        built = build(graph)
        print(f"{name}: built in {1000 * (time.perf_counter() - start):,.0f} ms")
        tasks |= {(name, task): (nothing, run) for task, run in built.items()}
    tasks[("corridor", "path, fresh process")] = (nothing, lambda: fresh(["-m", "corridor", "path", FROM, TO]))
    tasks[("python", "import numpy, fresh process")] = (nothing, lambda: fresh(["-c", "import numpy"]))
    taken: dict[tuple[str, str], list[float]] = {key: [] for key in tasks}
    for round_ in range(asked.rounds + 1):  # the first warms up
        for key, (prepare, run) in tasks.items():
            if round_ > 1 and taken[key] and taken[key][0] > 3:
                continue  # a slow task once
            prepare()
            start = time.perf_counter()
            run()
            if round_:
                taken[key].append(time.perf_counter() - start)
    found = {f"{tool}: {task}": round(1000 * statistics.median(times), 3) for (tool, task), times in taken.items()}
    for name, ms in found.items():
        print(f"{name:45} {ms:10,.2f} ms")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
