"""Trials of files of arrays and of kept answers: networks, the trees beside them, and answers on volumes."""

from __future__ import annotations

import hashlib
import json
import math
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from trials.frame import Wrong, answer_or_refusal
from trials.mutator_arrays import Arrays, as_stored, damaged_npz, npz_bytes
from trials.mutators import damaged_bytes, damaged_json

DEGREE = 1e-5
SYSTEMS = (0b1, 0b110, 0b1000, 0b10000, 0b100000, 0b1000000, 0b10000000)
"""Bits of the gauges between which trains run through: 1435; 1520 and 1524; and each other alone."""


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that no cache knows."""
    made = Path(tempfile.mkdtemp(prefix="net-"))
    try:
        yield made
    finally:
        shutil.rmtree(made)


# ---------------------------------------------------------------- networks


def drawn_network(rng: random.Random) -> Arrays:
    """Arrays of a random network in Kazakhstan, far from every transfer, as a file holds them."""
    nodes = [(rng.randrange(60_00000, 75_00000), rng.randrange(45_00000, 54_00000)) for _ in range(rng.randint(4, 14))]
    pairs = {(a, b) for a in range(1, len(nodes)) for b in [rng.randrange(a)]}
    pairs |= {tuple(sorted(rng.sample(range(len(nodes)), 2), reverse=True)) for _ in range(len(nodes))}
    ends = np.array([*sorted(pairs), *rng.sample(sorted(pairs), 2)], np.int32)
    m = len(ends)
    step = [math.dist(*(nodes[n] for n in pair)) * 1.1 for pair in ends.tolist()]
    bends = [rng.randrange(3) for _ in range(m)]
    middle = [np.mean([nodes[n] for n in pair], axis=0) for pair in ends.tolist()]
    return {
        "format": np.array(2),
        "origin": np.array(json.dumps({"source": "drawn for a trial"})),
        "bend_start": np.cumsum([0, *bends]).astype(np.int32),
        "bends": np.array([m for m, n in zip(middle, bends, strict=True) for _ in range(n)], np.int32).reshape(-1, 2),
        "checked": np.ones(m, bool),
        "countries": np.array(["KZ", "RU"]),
        "country": np.array([rng.randrange(2) for _ in range(m)], np.uint8),
        "ends": ends,
        "gauge": np.array([rng.choice((2, 2, 2, 1, 3, 4, 0)) for _ in range(m)], np.uint8),
        "gauge_basis": np.full(m, 3, np.uint8),
        "length_factor": np.array([1.0125, 1.0, 1.03]),
        "mended": np.array([rng.random() < 0.1 for _ in range(m)]),
        "metres": np.array([max(1, round(km)) + rng.randrange(500) for km in step], np.int32),
        "nodes": np.array(nodes, np.int32),
        "traits": np.zeros(m, np.uint8),
        "usage": np.array([rng.choice((0, 0, 0, 1, 2, 3, 4)) for _ in range(m)], np.uint8),
    }


def network_file(rng: random.Random) -> str:
    """A damaged network: refused, or its paths are the shortest on what numpy reads from the file."""
    arrays = drawn_network(rng)
    match rng.randrange(5):
        case 0:
            raw = npz_bytes(arrays)
        case 1:
            raw = damaged_bytes(rng, npz_bytes(arrays))
        case _:
            raw = damaged_npz(rng, arrays)
    return _check_network(rng, raw, arrays)


def _check_network(rng: random.Random, raw: bytes, undamaged: Arrays) -> str:
    from corridor import load_network

    with folder() as place:
        (place / "net.npz").write_bytes(raw)
        network, refused = answer_or_refusal(lambda: load_network(place / "net.npz"))
        if refused is not None:
            return "network: refused"
        plain = as_stored(raw) or undamaged  # where numpy cannot read it, it must be as it was
        for name in ("ends", "metres", "gauge", "usage", "country", "bend_start", "traits", "mended", "checked"):
            if not np.array_equal(getattr(network, name), plain[name]):
                raise Wrong(f"the network's {name} are not those of the file")
        for name in ("nodes", "bends"):
            if not np.array_equal(np.rint(getattr(network, name) / DEGREE), plain[name]):
                raise Wrong(f"the network's {name} are not those of the file")
        words = [_check_path(rng, network, plain) for _ in range(3)]
    return f"network: {max(words)}"


def _check_path(rng: random.Random, network: Any, plain: Arrays) -> str:
    """Whether the path between two nodes is the shortest of any gauge, and hangs together."""
    import corridor

    sound = [n for n in range(len(plain["nodes"])) if _stands_apart(plain, n)]
    if len(sound) < 2:
        return "answer"
    start, stop = rng.sample(sound, 2)
    best = min(_shortest(plain, start, stop, bits) for bits in SYSTEMS)
    ends = [(float(lon), float(lat)) for lon, lat in plain["nodes"][[start, stop]] * DEGREE]
    if not all(abs(lon) <= 180 for lon, _ in ends):
        return "answer"
    path, refused = answer_or_refusal(lambda: corridor.find_path(*ends, network=network))
    if (refused is None) != (best < math.inf):
        raise Wrong(f"from node {start} to {stop}: the shortest is {best} m, and the answer is {refused or path}")
    if refused is not None:
        return "answer"
    metres = plain["metres"][path.links] * np.abs(np.diff(path.span, axis=1))[:, 0]
    if abs(metres.sum() - best) > 1e-6 * best:
        raise Wrong(f"from node {start} to {stop}: {metres.sum()} m, and the shortest is {best} m")
    passed = [set(plain["ends"][link].tolist()) for link in path.links.tolist()]
    if start not in passed[0] or stop not in passed[-1] or not all(a & b for a, b in pairwise(passed)):
        raise Wrong(f"from node {start} to {stop}: the links {path.links} do not follow each other")
    if not path.rail_km >= path.geodesic_km * 0.0 or not math.isfinite(path.rail_km):
        raise Wrong(f"a length of {path.rail_km} km")
    return "answer, path"


def _stands_apart(plain: Arrays, node: int) -> bool:
    """Whether freight rails end at a node, and no other rails come near it, so that a place there means the node."""
    import shapely

    here = plain["nodes"][node].astype(float)
    freight = ~np.isin(plain["usage"], (3, 4))
    own = (plain["ends"] == node).any(axis=1)
    if not (own & freight & (plain["gauge"] > 0)).any() or abs(here[1]) > 80_00000:
        return False
    for link in np.flatnonzero(freight).tolist():
        bends = plain["bends"][plain["bend_start"][link] : plain["bend_start"][link + 1]].astype(float)
        first, last = plain["nodes"][plain["ends"][link]].astype(float)
        line = [first, *bends, last]
        if own[link]:
            # A link that comes back past its own end, or along another one, would be found before that end.
            line = [one for one in line if math.dist(one, here) > 1]
            inner = shapely.LineString(line).distance(shapely.Point(here)) if len(line) > 1 else math.inf
            if inner < 10_000:
                return False
        elif shapely.LineString(line).distance(shapely.Point(here)) < 10_000:
            return False
    return True


def _shortest(plain: Arrays, start: int, stop: int, bits: int) -> float:
    """Metres of the shortest way over freight rails of a gauge, by networkx; infinite if there is none."""
    import networkx

    graph = networkx.Graph()
    graph.add_nodes_from((start, stop))
    for (a, b), metres, gauge, usage in zip(
        *(plain[name].tolist() for name in ("ends", "metres", "gauge", "usage")), strict=True
    ):
        if gauge & bits and usage not in (3, 4) and metres < graph.get_edge_data(a, b, {"weight": math.inf})["weight"]:
            graph.add_edge(a, b, weight=metres)
    try:
        return networkx.dijkstra_path_length(graph, start, stop)
    except networkx.NetworkXNoPath:
        return math.inf


# ---------------------------------------------------------------- trees


def trees_file(rng: random.Random) -> str:
    """Damaged trees beside a network: distances and paths are those without trees."""
    from corridor import load_network

    whole, trees, wanted = _with_transfers()
    raw = damaged_bytes(rng, trees) if rng.random() < 0.2 else damaged_npz(rng, as_stored(trees))
    with folder() as place:
        (place / "net.npz").write_bytes(whole)
        (place / "net.trees.npz").write_bytes(raw)
        found, refused = answer_or_refusal(lambda: _distances(load_network(place / "net.npz")))
        if refused is not None or found != wanted:
            raise Wrong(f"other answers than without trees: {refused or found}, not {wanted}")
    return "trees: answer"


_ENDS = {"H": (126.6, 45.8), "T": (125.0, 43.5), "W": (21.0, 52.2), "P": (23.0, 53.6), "U": (131.9, 43.8)}


@cache
def _with_transfers() -> tuple[bytes, bytes, Any]:
    """A network with three transfers as bytes, its trees as bytes, and its answers without them."""
    from trials.drawn import two_gauges

    from corridor import load_network
    from corridor.gates import trees_path, write_network

    with folder() as place:
        write_network(place / "net.npz", two_gauges())
        whole, trees = (place / "net.npz").read_bytes(), trees_path(place / "net.npz").read_bytes()
    with folder() as place:
        (place / "net.npz").write_bytes(whole)
        return whole, trees, _distances(load_network(place / "net.npz"))


def _distances(network: Any) -> Any:
    from corridor import distance_matrix, find_path

    ends = list(_ENDS.values())
    table = distance_matrix(ends, ends, network=network).round(6).tolist()
    suifenhe = distance_matrix(ends[:2], ends[2:4], port="suifenhe", network=network).round(6).tolist()
    path = find_path(_ENDS["H"], _ENDS["W"], network=network)
    return repr([table, suifenhe, path.rail_km, path.links.tolist(), path.port])


# ---------------------------------------------------------------- kept answers


def kept_answer(rng: random.Random) -> str:
    """A damaged answer in the user's cache, also under a hash that fits: the answers are those without a cache."""
    file, content, model, wanted = _kept()
    _, _, body = content.partition(b"\n")
    if rng.random() < 0.4:
        raw = damaged_bytes(rng, content)
    else:
        # What has the form of an answer, and a hash that fits, is one: only other forms differ from it.
        value = damaged_json(rng, json.loads(body))
        if rng.random() < 0.05:
            text = rng.choice(("[" * 200_000, '{"a":' * 50_000, "9" * 100_000, "", "null"))
        elif _with_ties(value, json.loads(body)):
            text = json.dumps(value)
        else:
            text = body.decode()
        raw = hashlib.sha256(text.encode()).hexdigest().encode() + b"\n" + text.encode()
    file.write_bytes(raw)
    found, refused = answer_or_refusal(lambda: _figures(model))
    if refused is not None or found != wanted:
        raise Wrong(f"other answers than without a cache: {refused or found}, not {wanted}")
    return "kept: answer"


def _form(value: Any) -> Any:
    """What a JSON value is made of, whatever its numbers, its texts and how many things it lists.

    A forged answer of the same form under a hash that fits looks like a true one.
    """
    if isinstance(value, dict):
        return {key: _form(inner) for key, inner in value.items()}
    if isinstance(value, list):
        kinds = [_form(inner) for inner in value]
        alike = len({repr(kind) for kind in kinds}) <= 1
        return kinds if not alike or kinds[:1] == ["number"] else kinds[:1]
    if isinstance(value, float) and not math.isfinite(value):
        return "no number"
    plain = value is None or (isinstance(value, int | float) and not isinstance(value, bool))
    return "number" if plain else type(value).__name__


def _with_ties(value: Any, whole: Any) -> bool:
    """Whether the form of a damaged answer shows that it is none."""
    try:
        lists = [[*one[:2], 0] if isinstance(one[2], list) else one for one in value["conflicts"]]
        windows = {**whole["windows"], **value["windows"]}  # of fewer windows the others are computed
        value = {**value, "conflicts": lists, "windows": windows}
    except (TypeError, KeyError, IndexError):
        return True
    plain = {**whole, "conflicts": [[*one[:2], 0] for one in whole["conflicts"]]}
    emptied = [] in (value.get("left"), value.get("conflicts"))
    return _form(value) != _form(plain) and not emptied


@cache
def _kept() -> tuple[Path, bytes, Any, str]:
    """The file of a kept answer, its bytes, its model and the answers without a cache."""
    from corridor import estimate_volumes, store
    from corridor.claims import checked_claims

    # Tongjiang opened last: so few months are solved, where a damaged answer is none.
    claim = {"ports": "tongjiang", "measure": "trains", "basis": "rail", "publisher": "P", "title": "t"}
    claim |= {"period_start": "2024-01-01", "period_end": "2024-06-30"}
    values = {"A": {"value": 120}, "B": {"value": 100, "precision": "about", "rounding_unit": 10}}
    model = estimate_volumes(checked_claims([claim | {"claim_id": name} | more for name, more in values.items()])).model
    wanted = _figures(model)
    model.keep()
    [file] = (store.cache_folder() / "volumes").glob(f"*{model.digest}*")
    return file, file.read_bytes(), model, wanted


def _figures(model: Any) -> str:
    from corridor.volumes import Volumes
    from corridor.volumes.model import Model

    volumes = Volumes(Model(model.basis, model.figures, model.digest))
    return repr([volumes.table().to_csv(), volumes.between("2024-02-03", "2024-05-30"), volumes.conflicts().to_csv()])
