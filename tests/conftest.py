"""Fixtures: networks small enough to check by eye, and a copy of the data that a test may break."""

import shutil

import numpy as np
import pytest

from corridor import store
from corridor.network import RailNetwork


def make_network(nodes, links, countries=("CN", "RU")):
    """A network from {name: (lon, lat)} and [(name, name, km, country, *bends)], and the number of each name."""
    number = {name: i for i, name in enumerate(nodes)}
    bends = [list(link[4:]) for link in links]
    return (
        RailNetwork(
            nodes=np.array(list(nodes.values()), dtype=float),
            ends=np.array([(number[a], number[b]) for a, b, *_ in links], dtype=np.int32),
            km=np.array([link[2] for link in links], dtype=float),
            country=np.array([countries.index(link[3]) for link in links], dtype=np.uint8),
            gauge=np.array([1 if link[3] == "CN" else 2 for link in links], dtype=np.uint8),
            gauge_basis=np.full(len(links), 3, dtype=np.uint8),
            mended=np.zeros(len(links), dtype=bool),
            bends=np.array([point for own in bends for point in own], dtype=float).reshape(-1, 2),
            bend_start=np.cumsum([0, *map(len, bends)]).astype(np.int32),
            countries=countries,
            origin={"source": "drawn for a test"},
        ),
        number,
    )


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


@pytest.fixture
def data_copy(tmp_path, monkeypatch):
    """A copy of the data folder, in use while the test runs."""
    folder = tmp_path / "data"
    shutil.copytree(store.data_folder(), folder)
    monkeypatch.setenv("CORRIDOR_DATA", str(folder))
    return folder
