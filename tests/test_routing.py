"""Paths: on drawn networks, as laws, and on the real one against published lengths."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor.audit import straight_findings
from corridor.errors import NoPath, UnknownName
from corridor.geo import step_km
from corridor.network import load_mends, load_network
from corridor.places import Place, fold, load_stations, station_place
from corridor.routes import load_routes
from corridor.routing import HOME, find_path, find_route_paths, gauge_name, route_paths
from corridor.trees import walk_back

STATIONS = load_stations()
ROUTES = load_routes()
MENDS = load_mends()
PATHS = find_route_paths(ROUTES)


def place(network, at, name):
    return Place(name, *network.nodes[at[name]].tolist())


@pytest.mark.parametrize(
    ("start", "stop", "port", "km", "nodes"),
    [
        ("H", "W", "manzhouli", 212, "HMZW"),
        ("W", "H", "manzhouli", 212, "WZMH"),
        ("T", "V", "manzhouli", 322, "THMZWV"),
        ("H", "S", None, 262, "HMZS"),
        ("T", "D", None, 190, "THMD"),
        ("W", "S", None, 120, "WVS"),
    ],
)
def test_shortest_ways_on_the_ladder(ladder, start, stop, port, km, nodes):
    network, at = ladder
    path = find_path(place(network, at, start), place(network, at, stop), port=port, network=network)
    assert path.rail_km == pytest.approx(km)
    assert "".join({number: name for name, number in at.items()}[node] for node in path.nodes.tolist()) == nodes
    assert sum(path.km_by_country.values()) == pytest.approx(path.rail_km)
    assert sum(path.km_by_gauge.values()) == pytest.approx(path.rail_km)


def test_via_makes_the_way_pass(ladder):
    network, at = ladder
    ends = place(network, at, "H"), place(network, at, "W")
    path = find_path(*ends, via=[place(network, at, "S")], network=network)
    assert path.rail_km == pytest.approx(100 + 12 + 150 + 120)
    assert [stop.name for stop in path.via] == ["S"]
    back = find_path(*ends[::-1], via=[place(network, at, "S")], network=network)
    assert back.rail_km == pytest.approx(path.rail_km)


def test_a_border_is_not_crossed_twice(ladder):
    network, at = ladder
    with pytest.raises(NoPath, match="would cross the border twice"):
        find_path(place(network, at, "H"), place(network, at, "D"), port="manzhouli", network=network)
    with pytest.raises(NoPath, match=r"both lie in China, W does not"):
        find_path(place(network, at, "H"), place(network, at, "D"), via=[place(network, at, "W")], network=network)


def test_geometry_follows_the_links(ladder):
    network, at = ladder
    path = find_path(place(network, at, "H"), place(network, at, "W"), network=network)
    np.testing.assert_allclose(path.lonlat, network.nodes[[at[name] for name in "HMZW"]])
    assert path.geometry.length > 0
    same = find_path(place(network, at, "H"), place(network, at, "H"), network=network)
    assert same.rail_km == 0
    assert same.geometry.length == 0


def test_a_query_does_not_change_the_network(ladder):
    network, at = ladder
    before = network.digest
    find_path(place(network, at, "H"), place(network, at, "W"), network=network)
    assert network.__dict__.pop("digest") == before
    assert network.digest == before


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("Harbn", UnknownName, "Did you mean harbin?"),
        ("nowhere at all", UnknownName, "known: manzhouli"),
        ("126.6,145.8", UnknownName, "longitude is -180 to 180 and comes first"),
        ("181,45", UnknownName, "longitude is -180 to 180"),
        ("90,71", NoPath, "km from the nearest rail"),
    ],
)
def test_a_place_that_cannot_be(text, error, words):
    with pytest.raises(error, match=words) as caught:
        find_path(text, "Moscow")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["harbin", "Harbin", "HARBIN", "哈尔滨", "Харбин", " harbin ", "126.65,45.75"])
def test_places_by_any_name(name):
    assert find_path(name, "manzhouli").rail_km == pytest.approx(find_path("harbin", "manzhouli").rail_km, abs=10)


@pytest.mark.parametrize(
    ("one", "other"), [("Łódź", "lodz"), ("Xi’an", "xi'an"), ("Nizhny-Novgorod", "nizhny novgorod")]
)
def test_names_are_folded(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize("bits", range(8))
def test_gauge_names(bits):
    assert gauge_name(bits).count("+") == max(0, bits.bit_count() - 1)
    assert (gauge_name(bits) == "unknown") == (bits == 0)


# ---------------------------------------------------------------- the real network


@pytest.mark.parametrize(
    ("origin", "destination", "published", "percent"),
    [
        # Line lengths and chainages in print, by Wikipedia and transsib.eyand.de; a table of them is yet to come.
        ("Harbin", "Manzhouli", 935, 1.5),
        ("Brest", "Warsaw", 216, 5),
        ("Moscow", "Brest", 1100, 2),
        ("Harbin", "Jiamusi", 343, 2),
        ("Borzya", "Zabaykalsk", 118, 4),
        ("Suifenhe", "Grodekovo", 26, 8),
        ("Omsk", "Tyumen", 572, 2),
        ("Perm", "Yekaterinburg", 381, 2),
        ("Irkutsk", "Taishet", 670, 3),
    ],
)
def test_published_lengths(origin, destination, published, percent):
    assert find_path(origin, destination).rail_km == pytest.approx(published, rel=percent / 100)


WHOLE_AGAIN = [
    ("malaszewicze", "biala-podlaska"),
    ("jiamusi", "tongjiang-north"),
    ("xiamen", "quanzhou"),
    ("moscow", "zilupe"),
    ("hrubieszow", "slawkow"),
    ("zamyn-uud", "ulan-ude"),
    ("mukran", "berlin"),
    ("altynkol", "omsk"),
]


def test_every_hole_that_was_mended_stays_mended():
    """Without its mend each of these takes more than twice the great circle, or cannot be reached."""
    for origin, destination in [
        ("malaszewicze", "biala-podlaska"),
        ("jiamusi", "tongjiang-north"),
        ("xiamen", "quanzhou"),
    ]:
        assert find_path(origin, destination).detour < 2


@pytest.mark.parametrize("row", list(ROUTES.itertuples()), ids=list(ROUTES.index))
def test_every_route_keeps_to_the_rails(row):
    path = PATHS[row.Index]
    network = path.network
    # Links follow each other, node by node.
    for link, pair in zip(path.links.tolist(), zip(path.nodes[:-1], path.nodes[1:], strict=True), strict=True):
        assert sorted(network.ends[link].tolist()) == sorted(map(int, pair))
    # Through both stations of its port, in order.
    home, abroad = (int(network.nearest_node(*STATIONS.loc[key, ["lon", "lat"]])[0][0]) for key in gate_of(row.port))
    order = [
        path.nodes.tolist().index(node) for node in ((home, abroad) if row.direction == "outbound" else (abroad, home))
    ]
    assert order[0] < order[1]
    # China on one side of the port only.
    inside = np.array([network.countries[i] in HOME for i in network.country[path.links]])
    assert np.abs(np.diff(inside.astype(int))).sum() == 1
    # No jump that is not listed.
    assert straight_findings({row.Index: path}, MENDS) == []
    steps = step_km(path.lonlat)
    assert path.longest_straight_km == pytest.approx(steps.max())
    mended = network.km[path.links][network.mended[path.links]].sum()
    assert path.mended_km == pytest.approx(mended)
    assert 1 < path.detour < 3
    assert path.rail_km > path.geodesic_km


def gate_of(port):
    from corridor.ports import port_table

    return port_table().loc[port, ["station_home", "station_abroad"]].tolist()


def test_routes_as_lines():
    lines = route_paths(ROUTES.iloc[:3])
    assert lines.crs == "EPSG:4326"
    assert list(lines.index) == list(ROUTES.index[:3])
    assert (lines["rail_km"] > lines["geodesic_km"]).all()
    first = lines.geometry.iloc[0].coords[0]
    start = station_place(STATIONS, ROUTES["origin"].iloc[0])
    assert abs(first[0] - start.lon) < 0.2


def test_a_chinese_station_is_at_home_even_where_a_foreign_rail_is_nearer():
    path = find_path("alashankou", "beijing")
    assert path.port is None
    assert set(path.km_by_country) == {"CN"}


def test_the_way_back_is_turned_round_in_all_its_parts():
    there = find_path("harbin", "hamburg", port="manzhouli", via=["chita", "moscow"])
    back = find_path("hamburg", "harbin", port="manzhouli", via=["moscow", "chita"])
    assert back.snap_km == there.snap_km[::-1]
    assert back.via == there.via[::-1]
    np.testing.assert_array_equal(back.links, there.links[::-1])
    np.testing.assert_allclose(back.lonlat, there.lonlat[::-1])


def test_places_to_pass_on_this_and_that_side_in_turn_are_refused():
    with pytest.raises(NoPath, match="by Moscow, Beijing"):
        find_path("harbin", "hamburg", via=["moscow", "beijing"])


def test_a_place_just_beyond_the_limit_is_refused():
    with pytest.raises(NoPath, match=r"lies (2[5-9]|[3-9]\d) km from the nearest rail"):
        find_path("77.5,55.75", "Moscow")


def test_the_return_is_the_same_way():
    assert PATHS["hamburg-harbin-in"].rail_km == pytest.approx(
        find_path("harbin", "hamburg", port="manzhouli", via=["yekaterinburg", "moscow"]).rail_km
    )


# ---------------------------------------------------------------- laws

inland = st.sampled_from(
    [
        key
        for key in STATIONS.index
        if STATIONS.loc[key, "country"] == "RU" and key not in ("kaliningrad", "chernyakhovsk", "mamonovo")
    ]
)


@settings(max_examples=25, deadline=None)
@given(inland, inland, inland)
def test_symmetry_triangle_and_via(a, b, c):
    there, back = find_path(a, b), find_path(b, a)
    assert there.rail_km == pytest.approx(back.rail_km, abs=1e-6)
    by_c = find_path(a, b, via=[c])
    assert by_c.rail_km >= there.rail_km - 1e-6
    assert by_c.rail_km == pytest.approx(find_path(a, c).rail_km + find_path(c, b).rail_km, abs=1e-6)
    assert sum(there.km_by_country.values()) == pytest.approx(there.rail_km)


def test_nothing_beyond_the_limit():
    network = load_network()
    everywhere = frozenset(network.countries)
    node = int(network.nearest_node(37.6, 55.7)[0][0])
    far = int(network.nearest_node(60.6, 56.8)[0][0])
    assert walk_back(network, everywhere, node, far, limit=100.0) is None
    assert walk_back(network, everywhere, node, far) is not None


def test_a_network_that_reaches_no_port_says_so(ladder):
    network, at = ladder
    with pytest.raises(NoPath, match="through suifenhe"):
        find_path(place(network, at, "H"), place(network, at, "W"), port="suifenhe", network=network)
