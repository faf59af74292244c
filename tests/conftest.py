"""Fixtures: networks small enough to check by eye, and a copy of the data that a test may break."""

import shutil

import numpy as np
import pytest
from osm_drawn import SharedHelper

from corridor import store
from corridor.network import RailNetwork
from corridor.places import Place
from corridor.sources import download, pbf

collect_ignore = ["trials"]
"""Scripts of their own, with slices in test_trials_*.py."""


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """A cache of the tests' own, so that no answer comes from an earlier run, and no terminal's width from outside."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COLUMNS", raising=False)
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def shared_helper(own_cache):
    """One process for all that extracts and Overpass servers are read in; it asks through no proxy."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            patch.delenv(name, raising=False)
        helper = SharedHelper()
        yield helper
        helper.end()


@pytest.fixture(autouse=True)
def one_helper(shared_helper, monkeypatch):
    """Let imports and downloads of a test share it; commands that are processes have each their own."""
    monkeypatch.setattr(download, "Helper", lambda: shared_helper)
    monkeypatch.setattr(pbf, "Helper", lambda: shared_helper)


GAUGE_OF = {"CN": 1, "RU": 2, "UA": 2, "PL": 1}


def make_network(nodes, links, countries=("CN", "RU"), **arrays):
    """A network from {name: (lon, lat)} and [(name, name, km, country, *bends)], and the number of each name.

    ``arrays``: by name of a link's attribute, {place of the link: value} where it is not the common one.
    """
    number = {name: i for i, name in enumerate(nodes)}
    bends = [list(link[4:]) for link in links]
    common = {
        "gauge": np.array([GAUGE_OF[link[3]] for link in links], dtype=np.uint8),
        "gauge_basis": np.full(len(links), 3, dtype=np.uint8),
        "usage": np.zeros(len(links), dtype=np.uint8),
        "traits": np.zeros(len(links), dtype=np.uint8),
        "mended": np.zeros(len(links), dtype=bool),
        "checked": np.ones(len(links), dtype=bool),
    }
    for name, values in arrays.items():
        for link, value in values.items():
            common[name][link] = value
    return (
        RailNetwork(
            nodes=np.array(list(nodes.values()), dtype=float),
            ends=np.array([(number[a], number[b]) for a, b, *_ in links], dtype=np.int32),
            metres=np.array([round(1000 * link[2]) for link in links], dtype=np.int32),
            country=np.array([countries.index(link[3]) for link in links], dtype=np.uint8),
            bends=np.array([point for own in bends for point in own], dtype=float).reshape(-1, 2),
            bend_start=np.cumsum([0, *map(len, bends)]).astype(np.int32),
            countries=countries,
            origin={"source": "drawn for a test"},
            **common,
        ),
        number,
    )


def place(network, at, name):
    """A node of a drawn network as a place."""
    return Place(name, *network.nodes[at[name]].tolist())


def nodes_of(path, at):
    """Names of the nodes that a path over whole links passes."""
    name = {number: name for name, number in at.items()}
    if not len(path.links):
        return ""
    ahead = path.span[:, 1] > path.span[:, 0]
    last = path.network.ends[path.links[-1], int(ahead[-1])]
    return "".join(name[node] for node in [*path.starts.tolist(), int(last)])


@pytest.fixture(scope="session")
def ladder():
    """Two sides of a border; Manzhouli and Zabaykalsk stand where they stand.

        home (CN)                      abroad (RU)
                  M ------12------ Z ----100---- W
        H --100--/  \\             |             |
        |            \\--60-- D   150           80
        30                    .    |             |
        |                     .    S ----40----- V
        T                     .
                              D: a dead end

    H-M has a parallel link of 130 km with a bend; the shorter one counts.
    """
    nodes = {
        "H": (118.6, 49.2),
        "T": (118.6, 48.9),
        "M": (117.442, 49.583),
        "D": (116.8, 49.3),
        "Z": (117.3267, 49.6514),
        "W": (116.0, 50.0),
        "S": (117.5, 51.0),
        "V": (116.0, 50.8),
    }
    links = [
        ("H", "M", 100, "CN"),
        ("H", "M", 130, "CN", (118.0, 49.0)),
        ("H", "T", 30, "CN"),
        ("M", "D", 60, "CN"),
        ("M", "Z", 12, "RU"),
        ("Z", "W", 100, "RU"),
        ("Z", "S", 150, "RU"),
        ("W", "V", 80, "RU"),
        ("S", "V", 40, "RU"),
    ]
    return make_network(nodes, links)


@pytest.fixture(scope="session")
def two_gauges():
    """China, the broad gauge and Poland, with the transfers where they stand.

        T --300-- H ---935--- M ===12=== Z -----7500----- R ===16=== L ---200--- W
                  |                      |                |                      |
                 545 (430: passengers)  3000              50                     20
                  |                      |                |                      |
                  S ===26=== G ---97---- U                B ----------10-------- P

    === has both gauges, within the transfers Manzhouli (M-Z), Suifenhe (S-G) and Brest (R-L). T, H, M and S lie in
    China, L, W and P in Poland; there is no transfer at B, where the gauges meet.
    """
    nodes = {
        "H": (126.6, 45.8),
        "M": (117.442, 49.583),
        "Z": (117.3267, 49.6514),
        "S": (131.1478, 44.3998),
        "G": (131.3756, 44.4136),
        "R": (23.68, 52.1),
        "L": (23.5283, 52.0236),
        "W": (21.0, 52.2),
        "B": (24.5, 53.5),
        "P": (23.0, 53.6),
        "T": (125.0, 43.5),
        "U": (131.9, 43.8),
    }
    links = [
        ("H", "M", 935, "CN"),
        ("M", "Z", 12, "RU"),
        ("Z", "R", 7500, "RU"),
        ("R", "L", 16, "PL"),
        ("L", "W", 200, "PL"),
        ("H", "S", 545, "CN"),
        ("H", "S", 430, "CN"),
        ("S", "G", 26, "RU"),
        ("U", "Z", 3000, "RU"),
        ("R", "B", 50, "RU"),
        ("B", "P", 10, "PL"),
        ("P", "W", 20, "PL"),
        ("H", "T", 300, "CN"),
        ("G", "U", 97, "RU"),
    ]
    return make_network(nodes, links, ("CN", "RU", "PL"), gauge={1: 3, 3: 3, 7: 3}, usage={6: 3})


@pytest.fixture
def data_copy(tmp_path, monkeypatch):
    """A copy of the data folder, in use while the test runs."""
    folder = tmp_path / "data"
    shutil.copytree(store.data_folder(), folder)
    monkeypatch.setenv("CORRIDOR_DATA", str(folder))
    return folder
