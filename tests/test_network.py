"""The network file and its arrays."""

from dataclasses import replace

import numpy as np
import pytest

from corridor.errors import DataError
from corridor.network import RailNetwork, load_network, network_bytes, read_network


def test_round_trip(ladder, tmp_path):
    network, _ = ladder
    (tmp_path / "n.npz").write_bytes(network_bytes(network))
    again = read_network(tmp_path / "n.npz")
    assert again.digest == network.digest
    assert again.countries == network.countries
    assert dict(again.origin) == dict(network.origin)
    np.testing.assert_allclose(again.nodes, network.nodes, atol=1e-5)
    np.testing.assert_array_equal(again.ends, network.ends)


def test_the_same_network_gives_the_same_bytes(ladder):
    network, _ = ladder
    assert network_bytes(network) == network_bytes(network)


def test_another_network_has_another_digest(ladder):
    network, _ = ladder
    assert replace(network, km=network.km + 1).digest != network.digest
    assert replace(network, countries=("CN", "MN")).digest != network.digest


def test_arrays_are_read_only(ladder):
    network, _ = ladder
    with pytest.raises(ValueError, match="read-only"):
        network.km[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        load_network().nodes[0] = 0


def test_geometry_of_a_link(ladder):
    network, at = ladder
    line = network.line(1)
    np.testing.assert_allclose(line, [network.nodes[at["H"]], (118.0, 49.0), network.nodes[at["M"]]])
    np.testing.assert_allclose(network.trace([1], at["M"]), line[::-1])
    vertices, owner = network.vertices()
    np.testing.assert_array_equal(np.bincount(owner), [2, 3, 2, 2, 2, 2, 2, 2, 2])
    np.testing.assert_allclose(vertices[2:5], line)


def test_nearest_node(ladder):
    network, at = ladder
    node, gap = network.nearest_node(117.44, 49.58)
    assert node.tolist() == [at["M"]]
    assert gap[0] < 0.5
    node, _ = network.nearest_node(117.44, 49.58, countries=frozenset(["RU"]))
    assert node.tolist() == [at["M"]]  # the border hop touches it
    node, _ = network.nearest_node(118.6, 49.0, countries=frozenset(["RU"]))
    assert node.tolist() == [at["M"]]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda raw: b"", "not a rail network, or damaged"),
        (lambda raw: raw[: len(raw) // 2], "not a rail network, or damaged"),
        (lambda raw: b"PK" + raw[100:], "not a rail network, or damaged"),
    ],
    ids=["empty", "cut", "garbage"],
)
def test_a_damaged_file(ladder, tmp_path, spoil, words):
    path = tmp_path / "n.npz"
    path.write_bytes(spoil(network_bytes(ladder[0])))
    with pytest.raises(DataError, match=words) as caught:
        read_network(path)
    assert "corridor network build" in str(caught.value)


def with_arrays(ladder, tmp_path, **changes):
    path = tmp_path / "n.npz"
    path.write_bytes(network_bytes(ladder[0]))
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **{**arrays, **changes})
    return path


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": np.array(99)}, "network format 99, this version reads"),
        ({"metres": np.array([1, 2])}, "arrays of different length"),
        ({"metres": np.full(9, -1)}, "a link of negative length"),
        ({"ends": np.zeros((9, 3), dtype=np.int32)}, "shape: ends"),
        ({"nodes": np.zeros((8, 3), dtype=np.int32)}, "shape: nodes"),
        ({"nodes": np.full((8, 2), 10**8, dtype=np.int64)}, "coordinates out of range"),
        ({"ends": np.zeros((9, 2))}, "whole are not"),
        ({"origin": np.array("[]")}, "no origin"),
        ({"ends": np.full((9, 2), 77, dtype=np.int32)}, "a link ends at no node"),
        ({"country": np.full(9, 7, dtype=np.uint8)}, "a link in no country"),
        ({"bend_start": np.arange(10, 0, -1)}, "geometry out of order"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_contradicts_itself(ladder, tmp_path, changes, words):
    with pytest.raises(DataError, match=words):
        read_network(with_arrays(ladder, tmp_path, **changes))


def test_the_embedded_network():
    network = load_network()
    assert isinstance(network, RailNetwork)
    assert 54_000 < len(network.nodes) < 58_000
    assert 86_000 < len(network.km) < 95_000
    assert (network.km >= 0).all()
    assert network.mended.sum() >= 8
    assert "OpenStreetMap" in network.origin["source"]
    assert network.origin["licence"] == "ODbL-1.0"
    assert (network.ends[:, 0] != network.ends[:, 1]).all()
    assert load_network() is network


def test_parallel_links_are_kept_where_they_differ():
    network = load_network()
    pairs = np.sort(network.ends, axis=1)
    _, counts = np.unique(pairs, axis=0, return_counts=True)
    assert (counts > 1).sum() > 1000


def test_links_are_about_as_long_as_they_are_drawn():
    network = load_network()
    from corridor.geo import step_km

    vertices, owner = network.vertices()
    steps = step_km(vertices)
    same = owner[1:] == owner[:-1]
    drawn = np.bincount(owner[1:][same], weights=steps[same], minlength=len(network.km))
    assert (network.km >= 0.98 * drawn - 0.15).all()
    assert network.km.sum() < 1.1 * drawn.sum()
