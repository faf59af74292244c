"""The network file and its arrays."""

import io
import re
import zipfile
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
from corridor.trees import ANY_GAUGE, grow


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
        ({"metres": np.array([1, 2], dtype=np.int32)}, "arrays of different length"),
        ({"metres": np.zeros(9, dtype=np.int32)}, "a link of no length"),
        ({"usage": np.zeros(8, dtype=np.uint8)}, "shape: usage"),
        ({"length_factor": np.array([1.0, 1.1, 1.2])}, "a length factor that cannot be"),
        ({"ends": np.zeros((9, 3), dtype=np.int32)}, "shape: ends"),
        ({"nodes": np.zeros((8, 3), dtype=np.int32)}, "shape: nodes"),
        ({"nodes": np.full((8, 2), 10**8, dtype=np.int32)}, "coordinates out of range"),
        ({"ends": np.zeros((9, 2))}, "ends is of type <f8, not <i4"),
        ({"ends": np.zeros((9, 2), dtype=">i4")}, "ends is of type >i4, not <i4"),
        ({"ends": np.zeros((9, 2), dtype=np.int64)}, "ends is of type <i8, not <i4"),
        ({"mended": np.zeros(9, dtype=np.uint8)}, "mended is of type |u1, not |b1".replace("|", r"\|")),
        ({"mended": np.full(9, 2, dtype=np.uint8).view(bool)}, "neither mended or checked nor not"),
        ({"metres": np.full(9, 2**31 - 1, dtype=np.int32)}, "longer than 20,000 km"),
        ({"traits": np.full(9, 16, dtype=np.uint8)}, "a link of no traits that is known"),
        ({"bend_start": np.array([0, 2**31 - 1, *[-(2**31)] * 7, 1], dtype=np.int32)}, "geometry out of order"),
        ({"length_factor": np.array([np.nan, np.nan, np.nan])}, "a length factor that cannot be"),
        ({"length_factor": np.array([1.0, 1.0])}, "shape: length_factor"),
        ({"opened": np.full(9, -1, dtype=np.int32)}, "a day that is none"),
        ({"closed": np.full(9, 2**31 - 1, dtype=np.int32)}, "a day that is none"),
        ({"countries": np.array(["CN", "CN"])}, "countries that are no codes"),
        ({"countries": np.array(["CN", "\x1b]"])}, "countries that are no codes"),
        ({"countries": np.array([0x110000, 0x110000], dtype=np.uint32).view("<U1")}, "a character that is none"),
        ({"opened2": np.zeros(9, dtype=np.int32)}, "a name that is not known: 'opened2'"),
        ({"origin": np.array("[]")}, "its origin is no list of texts"),
        ({"origin": np.array('{"a": 1}')}, "its origin is no list of texts"),
        ({"origin": np.array("[" * 200_000)}, "its origin is no list of texts"),
        ({"origin": np.array(["{}"])}, "shape: origin"),
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


def test_a_network_saved_by_other_hands(ladder, tmp_path):
    """Other order of arrays, of axes and of the header's entries, version 2 of it, and a comment."""
    path = with_arrays(ladder, tmp_path)
    with np.load(path) as file:
        arrays = dict(file)
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = b"saved elsewhere"
        for name, array in sorted(arrays.items(), reverse=True):
            turned = array.ndim == 2
            header = (
                f'{{"shape": {array.shape}, "fortran_order": {turned}, "descr": "{array.dtype.str}"}}'.ljust(99) + "\n"
            )
            content = b"\x93NUMPY\x02\x00" + len(header).to_bytes(4, "little") + header.encode()
            archive.writestr(f"{name}.npy", content + array.tobytes("F" if turned else "C"))
    again = read_network(path)
    assert again.digest == ladder[0].digest
    assert again.ends.flags.c_contiguous


def npy(array, header=None):
    """The bytes of a npy file, with another header if one is given."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    raw = buffer.getvalue()
    if header is None:
        return raw
    header += b" " * (118 - len(header)) if len(header) < 118 else b""
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + raw[128:]


NINE = np.ones(9, np.int32)


@pytest.mark.parametrize(
    ("metres", "words"),
    [
        (npy(NINE, b"{'descr': '<i4', 'fortran_order': False, 'shape': (8,), }"), "which its bytes are not"),
        (npy(NINE, b"{'descr': '<i4', 'fortran_order': False, 'shape': (%d,), }" % 10**18), "which its bytes are not"),
        (npy(NINE, b"{'descr': '<i4', 'fortran_order': False, 'shape': (-9,), }"), "cannot be read"),
        (npy(NINE, b"{'descr': '<i4', 'fortran_order': False, 'shape': (,9), }"), "cannot be read"),
        (npy(NINE, b"{'descr': '<i4', 'fortran_order': False, 'shape': (1,9,1), }"), "which its bytes are not"),
        (npy(NINE, b"{'descr': '<i4', 'fortran_order': False, 'fortran_order': True}"), "cannot be read"),
        (npy(NINE, b"{'descr': '|O', 'fortran_order': False, 'shape': (9,), }"), "is of type |O"),
        (npy(NINE, b"{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (9,), }"), "cannot be read"),
        (npy(NINE, b"(" * 60_000), "cannot be read"),
        (npy(NINE, b"{'descr': '<i4', 'fortran_order': 1 + 1, 'shape': (9,), }"), "cannot be read"),
        # A run of blanks that could be matched in two ways would take years.
        (npy(NINE, b"{'descr': '<i4'%b'fortran_order': False%b'shape': (9,)%bx" % ((b" " * 3000,) * 3)), "be read"),
        (npy(NINE, b"{%b'shape': (9,),%b" % ((b"\n" * 4000,) * 2)), "cannot be read"),
        (npy(NINE, b"{'descr': '<i4', 'fortran_order': False, 'shape': (%b)}" % (b"9 " * 4000)), "cannot be read"),
        (npy(NINE)[:-4], "which its bytes are not"),
        (npy(NINE)[:9], "cannot be read"),
        (b"", "no npy file"),
        (b"\x93NUMPY\x09\x00" + npy(NINE)[8:], "no npy file"),
    ],
    ids=range(17),
)
def test_an_array_that_is_not_what_its_header_says(ladder, tmp_path, metres, words):
    path = with_arrays(ladder, tmp_path)
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (members | {"metres.npy": metres}).items():
            archive.writestr(name, content)
    with pytest.raises(DataError, match=re.escape(words)) as caught:
        read_network(path)
    assert "\n" not in str(caught.value)


def compressed(path):
    with np.load(path) as file:
        np.savez_compressed(path, **dict(file))


def twice(path):
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("metres.npy", archive.read("metres.npy"))


def many(path):
    with zipfile.ZipFile(path, "a") as archive:
        for i in range(200):
            archive.writestr(f"{i}.npy", b"")


def flagged(at, value):
    """Changes two bytes in the central directory's entry of the first member."""

    def change(path):
        raw = bytearray(path.read_bytes())
        begin = raw.index(b"PK\x01\x02") + at
        raw[begin : begin + len(value)] = value
        path.write_bytes(raw)

    return change


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (compressed, "is compressed; save it with numpy.savez"),
        (twice, "metres stands there twice"),
        (many, "arrays"),
        (flagged(8, b"\x01\x00"), "is encrypted"),
        (flagged(16, b"\x00\x00"), "has another checksum"),
        (flagged(20, b"\xff\xff\xff\x7f\xff\xff\xff\x7f"), "is cut"),
        (flagged(42, b"\x10\x00\x00\x00"), "is not where the file says"),
        (flagged(42, b"\xff\xff\xff\x7f"), "is not where the file says"),
        (flagged(46, b"X"), "a name that is not known"),
    ],
    ids=["compressed", "twice", "many", "encrypted", "checksum", "size", "place", "beyond", "name"],
)
def test_a_zip_file_that_lies(ladder, tmp_path, harm, words):
    path = with_arrays(ladder, tmp_path)
    harm(path)
    with pytest.raises(DataError, match=words):
        read_network(path)


def test_rails_longer_than_any(ladder):
    network, at = ladder
    long = replace(network, metres=np.full(len(network.metres), 2 * 10**9, np.int32))
    with pytest.raises(DataError, match="longer than any rails"):
        grow(long, ANY_GAUGE, b"", [at["H"]])


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
