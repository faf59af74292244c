"""The network file and its arrays."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor.errors import DataError
from corridor.geo import geodesic_km
from corridor.network import (
    RailNetwork,
    links_within,
    load_network,
    nearest_rail,
    network_bytes,
    rails_near,
    read_network,
)


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
    assert replace(network, metres=network.metres + 1).digest != network.digest
    assert replace(network, countries=("CN", "MN")).digest != network.digest
    assert replace(network, length_factor=(1.01, 1.0, 1.02)).digest != network.digest


def test_arrays_are_read_only(ladder):
    network, _ = ladder
    with pytest.raises(ValueError, match="read-only"):
        network.metres[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        network.km[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        load_network().nodes[0] = 0


def test_geometry_of_a_link(ladder):
    network, at = ladder
    line = network.line(1)
    np.testing.assert_allclose(line, [network.nodes[at["H"]], (118.0, 49.0), network.nodes[at["M"]]])
    np.testing.assert_allclose(network.trace([1], [False]), line[::-1])
    np.testing.assert_allclose(
        network.trace([1, 3, 3, 0], [True, True, False, False]),
        [*line, network.nodes[at["D"]], network.nodes[at["M"]], network.nodes[at["H"]]],
    )
    vertices, owner = network.vertices()
    np.testing.assert_array_equal(np.bincount(owner), [2, 3, 2, 2, 2, 2, 2, 2, 2])
    np.testing.assert_allclose(vertices[2:5], line)


def test_nearest_node(ladder):
    network, at = ladder
    node, gap = network.nearest_node(117.44, 49.58)
    assert node.tolist() == [at["M"]]
    assert gap[0] < 0.5


def brute_force(network, lon, lat, link):
    """Gap [km] and share of the nearest of many points along a link."""
    line = network.line(link)
    along = np.linspace(0, len(line) - 1, 2000 * (len(line) - 1) + 1)
    points = np.column_stack([np.interp(along, np.arange(len(line)), line[:, k]) for k in (0, 1)])
    return float(geodesic_km(lon, lat, points[:, 0], points[:, 1]).min())


@settings(max_examples=60, deadline=None)
@given(st.floats(115.5, 119.5), st.floats(48.5, 51.5))
def test_the_nearest_point_of_the_rails(ladder, lon, lat):
    network, _ = ladder
    snap = nearest_rail(network, lon, lat, network.freight)
    gaps = [brute_force(network, lon, lat, link) for link in range(len(network.metres))]
    # The plane is good for some kilometres only; these links are hundreds long.
    assert snap.gap_km == pytest.approx(min(gaps), rel=0.02, abs=0.3)
    assert 0 <= snap.share <= 1
    assert brute_force(network, snap.lon, snap.lat, snap.link) < 0.3


def test_near_rails_of_each_gauge(ladder):
    network, at = ladder
    near = rails_near(network, 117.442, 49.583, network.freight, 1.0)
    assert {gauge: snap.gap_km for gauge, snap in near.items()} == {1: 0, 2: 0}
    assert all(network.ends[snap.link, int(snap.share)] == at["M"] for snap in near.values())
    assert set(rails_near(network, 118.6, 49.0, network.freight, 1.0)) == {1}
    assert rails_near(network, 118.6, 49.0, np.zeros(9, dtype=bool), 1.0) == {}
    assert nearest_rail(network, 118.6, 49.0, np.zeros(9, dtype=bool)) is None


def test_links_near_a_place(ladder):
    network, at = ladder
    touching = (network.ends == at["M"]).any(axis=1)
    np.testing.assert_array_equal(links_within(network, 117.442, 49.583, 1.0), touching)
    assert not links_within(network, 100, 30, 50).any()
    # The middle of a long link, far from its ends.
    assert np.flatnonzero(links_within(network, 116.66, 49.82, 5.0)).tolist() == [5]


def test_adjacency_holds_each_link_twice(ladder):
    network, at = ladder
    start, neighbour, link = network.adjacency
    np.testing.assert_array_equal(np.sort(link), np.repeat(np.arange(9), 2))
    mine = slice(start[at["M"]], start[at["M"] + 1])
    assert link[mine].tolist() == [3, 4, 0, 1]
    assert neighbour[mine].tolist() == [at["D"], at["Z"], at["H"], at["H"]]


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
        ({"metres": np.zeros(9, dtype=np.int32)}, "a link of no length"),
        ({"usage": np.zeros(8, dtype=np.uint8)}, "shape: usage"),
        ({"length_factor": np.array([1.0, 1.1, 1.2])}, "a length factor that cannot be"),
        ({"ends": np.zeros((9, 3), dtype=np.int32)}, "shape: ends"),
        ({"nodes": np.zeros((8, 3), dtype=np.int32)}, "shape: nodes"),
        ({"nodes": np.full((8, 2), 10**8, dtype=np.int64)}, "coordinates out of range"),
        ({"ends": np.zeros((9, 2))}, "whole are not"),
        ({"origin": np.array("[]")}, "not a rail network, or damaged"),
        ({"ends": np.full((9, 2), 77, dtype=np.int32)}, "a link ends at no node"),
        ({"country": np.full(9, 7, dtype=np.uint8)}, "a link of no country that is known"),
        ({"usage": np.full(9, 9, dtype=np.uint8)}, "a link of no usage that is known"),
        ({"gauge_basis": np.full(9, 4, dtype=np.uint8)}, "a link of no gauge basis that is known"),
        ({"ends": np.ones((9, 2), dtype=np.int32)}, "ends where it begins"),
        ({"metres": np.array(5)}, "damaged"),
        ({"bend_start": np.arange(10, 0, -1, dtype=np.int32)}, "geometry out of order"),
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
    assert 86_000 < len(network.metres) < 95_000
    assert network.metres.min() >= 1
    assert network.usage.max() == 3
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
    drawn = np.bincount(owner[1:][same], weights=steps[same], minlength=len(network.metres))
    assert (network.km >= 0.98 * drawn - 0.15).all()
    assert network.km.sum() < 1.1 * drawn.sum()
