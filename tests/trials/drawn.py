"""Small networks that trials ask paths on."""

from __future__ import annotations

from typing import Any

import numpy as np


def two_gauges() -> Any:
    """China, the broad gauge and Poland: rails through the transfers at Manzhouli, Suifenhe and Brest, and a detour."""
    from corridor import RailNetwork

    nodes = {
        "H": (126.6, 45.8),
        "T": (125.0, 43.5),
        "M": (117.442, 49.583),
        "Z": (117.3267, 49.6514),
        "S": (131.1478, 44.3998),
        "G": (131.3756, 44.4136),
        "U": (131.9, 43.8),
        "R": (23.68, 52.1),
        "L": (23.5283, 52.0236),
        "W": (21.0, 52.2),
        "P": (23.0, 53.6),
    }
    links = [
        *(("T", "H", 300, 0, 1), ("H", "M", 935, 0, 1), ("M", "Z", 12, 1, 3), ("Z", "R", 7500, 1, 2)),
        *(("R", "L", 16, 2, 3), ("L", "W", 200, 2, 1), ("W", "P", 250, 2, 1), ("H", "S", 545, 0, 1)),
        *(("S", "G", 26, 1, 3), ("G", "U", 97, 1, 2), ("U", "Z", 3000, 1, 2), ("H", "S", 600, 0, 1)),
    ]
    number = {name: i for i, name in enumerate(nodes)}
    count = len(links)
    return RailNetwork(
        nodes=np.array(list(nodes.values())),
        ends=np.array([(number[a], number[b]) for a, b, *_ in links], np.int32),
        metres=np.array([1000 * link[2] for link in links], np.int32),
        country=np.array([link[3] for link in links], np.uint8),
        gauge=np.array([link[4] for link in links], np.uint8),
        gauge_basis=np.full(count, 3, np.uint8),
        usage=np.zeros(count, np.uint8),
        traits=np.zeros(count, np.uint8),
        mended=np.zeros(count, bool),
        checked=np.ones(count, bool),
        bends=np.empty((0, 2)),
        bend_start=np.zeros(count + 1, np.int32),
        countries=("CN", "RU", "PL"),
        origin={"source": "drawn for a trial"},
    )
