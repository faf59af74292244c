"""The recipe, on graphs small enough to check by eye."""

import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Polygon, box

from corridor.errors import DataError, MissingExtra
from corridor.geo import geodesic_km
from corridor.network import USAGES, gauge_name, load_network
from corridor.routing import find_path
from corridor.sources import EURASIA, build_network, inputs_digest, outline_bytes
from corridor.sources import graph as g
from corridor.sources.borders import split_at_borders
from corridor.sources.contraction import contract
from corridor.sources.countries import _unwrapped, read_countries
from corridor.sources.graph import raw_graph
from corridor.sources.lines import mark_usage
from corridor.sources.recipe import without_islands


def raw(lonlat, links):
    """A graph from points and (first, second, km)."""
    table = np.array(links, dtype=float).reshape(-1, 3)
    return raw_graph(np.array(lonlat, dtype=float), table[:, :2].astype(int), table[:, 2])


def test_the_two_literals_are_read_as_data(tmp_path):
    path = tmp_path / "world_railways.py"
    path.write_text(
        "raise SystemExit('never run')\n"
        "graph=[{1: 2.02, 0: 0.0}, {0: 2.02, 2: 1.5}, {1: 1.5}]\n"
        "nodes=[[45.5, 126.6], [45.6, 126.7], [45.7, 126.8]]\n"
    )
    read = g.read_open_graph(path)
    np.testing.assert_allclose(read.lonlat[0], [126.6, 45.5])
    assert sorted(map(tuple, read.ends.tolist())) == [(0, 0), (0, 1), (1, 2)]
    assert len(g.drop_loops(read).ends) == 2


def test_another_file_is_refused(tmp_path):
    (tmp_path / "x.py").write_text("graph=[1, 2]\n")
    with pytest.raises(DataError, match=r"not the world railway graph of scgraph-data 2\.0\.0"):
        g.read_open_graph(tmp_path / "x.py")


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'corridor\[network\]'"):
        g.find_open_graph()


def test_crop_and_largest_component():
    """a-b-c joined; d-e apart; f outside the box."""
    graph = raw(
        [(10, 50), (10.1, 50), (10.2, 50), (20, 50), (20.1, 50), (-80, 40)],
        [(0, 1, 7), (1, 2, 7), (3, 4, 7), (2, 5, 9)],
    )
    inside = g.crop(graph, (-12, 15, 146, 72))
    assert len(inside.ends) == 3
    assert g.largest_component(inside).km.tolist() == [7, 7]


def mend(**row):
    return pd.DataFrame([{"kind": "mend", **row}], index=pd.Index(["m"], name="mend_id"))


def test_a_mend_joins_two_dead_ends():
    graph = raw([(10, 50), (10.1, 50), (10.2, 50), (10.3, 50)], [(0, 1, 7.2), (2, 3, 7.2)])
    joined = g.add_mends(graph, mend(lon_a=10.1, lat_a=50, lon_b=10.2, lat_b=50, km=7.5))
    assert joined.ends[-1].tolist() == [1, 2]
    assert joined.mended.tolist() == [False, False, True]
    assert joined.km.sum() == pytest.approx(21.9)


def test_a_mend_that_ends_on_a_link_splits_it():
    graph = raw([(10, 50), (10.4, 50), (10.1, 50.1), (10.1, 50.2)], [(0, 1, 30), (2, 3, 11)])
    joined = g.add_mends(graph, mend(lon_a=10.1, lat_a=50.1, lon_b=10.1, lat_b=50.0, km=11))
    assert len(joined.ends) == 4
    assert joined.km.sum() == pytest.approx(52)
    assert joined.km[0] == pytest.approx(7.5)
    assert sorted(np.bincount(joined.ends.ravel()).tolist()) == [1, 1, 1, 2, 3]


def test_a_mend_in_the_open_is_refused():
    graph = raw([(10, 50), (10.1, 50)], [(0, 1, 7.2)])
    with pytest.raises(DataError, match=r"m: 12,52 lies .* km from any rail"):
        g.add_mends(graph, mend(lon_a=10, lat_a=50, lon_b=12, lat_b=52, km=7.5))


def two_countries():
    """West of 10.05° lies AA, east of it BB; nothing covers latitudes above 51."""
    areas = [box(5, 45, 10.05, 51), box(10.05, 45, 15, 51)]
    return gpd.GeoDataFrame({"country": ["AA", "BB"]}, geometry=areas, crs="EPSG:4326")


def test_a_link_is_split_where_it_crosses_the_border():
    graph = raw([(10.02, 50), (10.12, 50), (10.2, 50)], [(0, 1, 8), (1, 2, 8)])
    graph = replace(graph, mended=np.array([True, False]))
    split = split_at_borders(graph, two_countries())
    assert split.country.tolist() == [0, 1, 1]
    assert split.km.tolist() == pytest.approx([2.4, 8, 5.6])
    assert split.mended.tolist() == [True, False, True]
    np.testing.assert_allclose(split.lonlat[-1], [10.05, 50])


def test_a_link_that_leaves_and_comes_back_is_split_twice():
    graph = raw([(10.04, 50), (10.04, 50.01)], [(0, 1, 1)])
    bulge = gpd.GeoDataFrame(
        {"country": ["AA", "BB"]},
        geometry=[
            Polygon([(5, 45), (10.05, 45), (10.05, 50.004), (10.03, 50.005), (10.05, 50.006), (10.05, 51), (5, 51)]),
            Polygon([(10.05, 45), (15, 45), (15, 51), (10.05, 51), (10.05, 50.006), (10.03, 50.005), (10.05, 50.004)]),
        ],
        crs="EPSG:4326",
    )
    split = split_at_borders(graph, bulge)
    assert split.country.tolist() == [0, 1, 0]
    assert split.km.sum() == pytest.approx(1)


def test_over_the_sea_the_nearest_country_counts():
    graph = raw([(9, 52), (9.1, 52)], [(0, 1, 7)])
    assert split_at_borders(graph, two_countries()).country.tolist() == [0]


def test_contraction_keeps_length_geometry_and_what_differs():
    """a--b--c with a parallel a--d--c, a spur c--e, and a loop back at e."""
    points = [(10, 50), (10.1, 50), (10.2, 50), (10.1, 50.1), (10.3, 50), (10.35, 50), (10.35, 50.02)]
    graph = raw(points, [(0, 1, 8), (1, 2, 8), (0, 3, 12), (3, 2, 12), (2, 4, 7), (4, 5, 3), (5, 6, 3), (6, 4, 3)])
    graph = split_at_borders(graph, two_countries())
    network = contract(graph, keep=np.array([], dtype=int), countries=("AA", "BB"), origin={})
    assert network.km.sum() == pytest.approx(8 + 8 + 24 + 7)  # without the loop
    pairs = {tuple(sorted(pair)) for pair in network.ends.tolist()}
    # c, e and the border on each of the two ways; a has become a bend between them.
    assert len(network.nodes) == 4
    assert len(pairs) == 4
    assert [10.0, 50.0] in network.bends.tolist()
    assert set(network.country.tolist()) == {0, 1}


def test_contraction_keeps_stations_and_mends():
    graph = raw([(10 + i / 10, 50) for i in range(6)], [(i, i + 1, 7) for i in range(5)])
    graph = replace(graph, mended=np.array([False, False, True, False, False]))
    network = contract(graph, keep=np.array([1]), countries=("AA",), origin={})
    assert network.km.tolist() == [7, 7, 7, 14]
    assert network.mended.tolist() == [False, False, True, False]


def test_an_area_over_the_180_meridian_goes_on_east():
    ring = [(170, 60), (180, 60), (-170, 60), (-170, 70), (180, 70), (170, 70)]
    whole = _unwrapped(Polygon(ring))
    assert whole.bounds == (170, 60, 190, 70)
    assert whole.area == pytest.approx(200)
    assert _unwrapped(box(-179, 60, -170, 65)).bounds == (181, 60, 190, 65)
    assert _unwrapped(box(-160, 60, -150, 65)).bounds == (-160, 60, -150, 65)


def test_a_file_that_is_no_topojson(tmp_path):
    (tmp_path / "c.json").write_text(json.dumps({"type": "nothing"}))
    with pytest.raises(DataError, match=r"npm pack world-atlas@2\.0\.2"):
        read_countries(tmp_path / "c.json")


@pytest.mark.parametrize("name", ["gauge", "gauge_basis", "usage", "country"])
def test_contraction_keeps_a_node_where_links_differ(name):
    graph = raw([(10 + i / 10, 50) for i in range(5)], [(i, i + 1, 7) for i in range(4)])
    graph = replace(graph, **{name: np.array([1, 1, 2, 2], dtype=np.uint8)})
    network = contract(graph, keep=np.array([], dtype=int), countries=("AA", "BB", "CC"), origin={})
    assert network.km.tolist() == [14, 14]
    assert getattr(network, name).tolist() == [1, 2]


def test_a_link_is_never_without_length():
    network = contract(
        raw([(10, 50), (10, 50)], [(0, 1, 0.0)]), keep=np.array([], dtype=int), countries=("AA",), origin={}
    )
    assert network.metres.tolist() == [1]


# ---------------------------------------------------------------- lines and islands


LINE = "{0},{0},,AA,{1},,,{2},derived,,x,x,https://example.org,,\n"


def write_lines(data, *rows):
    header = (data / "routes" / "lines.csv").read_text().splitlines()[0] + "\n"
    (data / "routes" / "lines.csv").write_text(header + "".join(LINE.format(*row).replace("AA", "CN") for row in rows))


def beside():
    """A fast line a-x-b beside the old one a-m-n-b, and a spur at n.

    a --3-- x --4-- b    a --3-- m --3-- n --3-- b    n --9-- s
    """
    lonlat = [(10, 50), (10.05, 50.01), (10.1, 50), (10.03, 49.97), (10.07, 49.97), (10.07, 49.9)]
    return raw(lonlat, [(0, 1, 3), (1, 2, 4), (0, 3, 3), (3, 4, 3), (4, 2, 3), (4, 5, 9)])


@pytest.mark.parametrize(
    ("lines", "usage"),
    [
        ([("fast", "passenger_only", "10 50;10.05 50.01;10.1 50")], [3, 3, 0, 0, 0, 0]),
        # Without the point in the middle it is the shortest way all the same.
        ([("fast", "passenger_only", "10 50;10.1 50")], [3, 3, 0, 0, 0, 0]),
        ([("old", "mixed", "10 50;10.03 49.97;10.1 50")], [0, 0, 1, 1, 1, 0]),
        # What freight shares stays open, whichever row comes first.
        ([("old", "freight", "10 50;10.05 50.01"), ("fast", "passenger_only", "10 50;10.1 50")], [2, 3, 0, 0, 0, 0]),
        ([("fast", "passenger_only", "10 50;10.1 50"), ("old", "mixed", "10 50;10.05 50.01")], [1, 3, 0, 0, 0, 0]),
        ([("fast", "unknown", "10 50;10.1 50")], [0, 0, 0, 0, 0, 0]),
    ],
)
def test_lines_are_followed_from_point_to_point(data_copy, lines, usage):
    write_lines(data_copy, *lines)
    assert mark_usage(beside()).usage.tolist() == usage


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("10 50;11 50", "fast: way point 11 50 lies .* km from any node"),
        ("10 50", "way='10 50' is not two or more points"),
        ("10 50;10.1", "is not two or more points"),
        ("10 50;10.1 95", "is not two or more points"),
        ("10 50;20 40", "no rails from way point 10 50 to the next"),
    ],
)
def test_a_line_that_cannot_be_followed(data_copy, way, words):
    graph = beside()
    apart = raw([*graph.lonlat.tolist(), (20, 40), (20.1, 40)], [*np.column_stack([graph.ends, graph.km]), (6, 7, 9)])
    write_lines(data_copy, ("fast", "passenger_only", way))
    with pytest.raises(DataError, match=words):
        mark_usage(apart)


def test_small_islands_of_freight_rails_are_left_out():
    """A passenger-only line cuts a spur off: freight would never leave it."""
    graph = raw([(10 + i, 50) for i in range(5)], [(0, 1, 700), (1, 2, 60), (2, 3, 50), (3, 4, 20)])
    graph = replace(graph, usage=np.array([0, 3, 0, 3], dtype=np.uint8), gauge=np.array([1, 1, 1, 0], dtype=np.uint8))
    network = contract(graph, keep=np.array([], dtype=int), countries=("AA",), origin={})
    left = without_islands(network)
    assert left.km.tolist() == [700, 60, 20]
    assert left.usage.tolist() == [0, 3, 3]
    assert left.ends.max() == len(left.nodes) - 1
    assert USAGES[left.usage[1]] == "passenger_only"


# ---------------------------------------------------------------- the whole recipe


STATION = "{0},{0},,,,{1},station,{2},{3},assumed,drawn for a test,\n"


def drawn_inputs(data):
    """A line from west to east over a border at 10.05°, with a hole, a station, a loop, and what must go.

    a --- b  ..hole..  c --|-- d --- e       f --- g: apart       h: beyond the box
    10.0  10.01       10.03   10.06  10.08   10.5, 47
    """
    lonlat = [(10.0, 50), (10.01, 50), (10.03, 50), (10.06, 50), (10.08, 50), (10.5, 47), (10.51, 47), (10.0, 80)]
    links = [(0, 1, 0.72), (2, 3, 2.16), (3, 4, 1.5), (5, 6, 0.8), (0, 7, 3300.0), (3, 3, 0.0)]
    rows = [{} for _ in lonlat]
    for first, second, km in links:
        rows[first][second] = rows[second][first] = km
    text = ", ".join("{" + ", ".join(f"{to}: {km}" for to, km in row.items()) + "}" for row in rows)
    graph = data / "world_railways.py"
    graph.write_text(f"graph=[{text}]\nnodes={[[lat, lon] for lon, lat in lonlat]}\n")
    arcs = [
        [[10.05, 52], [10.05, 45]],
        [[10.05, 45], [5, 45], [5, 52], [10.05, 52]],
        [[10.05, 45], [15, 45], [15, 52], [10.05, 52]],
    ]
    topology = {
        "type": "Topology",
        "arcs": arcs,
        "objects": {
            "countries": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Polygon", "id": "1", "properties": {"name": "Westland"}, "arcs": [[0, 1]]},
                    {"type": "Polygon", "id": "2", "properties": {"name": "Eastland"}, "arcs": [[2, 0]]},
                ],
            }
        },
    }
    countries = data / "countries-10m.json"
    countries.write_text(json.dumps(topology))
    routes = data / "routes"
    source = "https://example.org"
    (routes / "countries.csv").write_text(
        "country,name_en,natural_earth,gauge_mm,status,source\n"
        f"WW,Westland,Westland,1435,assumed,{source}\nEE,Eastland,Eastland,1520,assumed,{source}\n"
    )
    header = "station_id,name_en,name_zh,name_ru,aliases,country,kind,lon,lat,coord_basis,coord_source,note\n"
    stations = [("west", "WW", 10.0, 50), ("mid", "WW", 10.04, 50.001), ("east", "EE", 10.08, 50)]
    (routes / "stations.csv").write_text(header + "".join(STATION.format(*row) for row in stations))
    (routes / "mends.csv").write_text(
        "mend_id,kind,place,lon_a,lat_a,lon_b,lat_b,km,status,reason,source\n"
        "hole,mend,x,10.01,50,10.03,50,1.5,derived,x,x\nlong,checked,x,10.0,50,10.08,50,5.7,derived,x,x\n"
    )
    lines = (routes / "lines.csv").read_text().splitlines()[0]
    way = "10.06 50;10.08 50"
    (routes / "lines.csv").write_text(f"{lines}\nslow,slow,,WW,mixed,,,{way},derived,,x,x,{source},,\n")
    (routes / "gauges.csv").write_text(
        "rule_id,scope,place,country,gauge_mm,status,reason,source\n"
        f"both,line,mid;east,,1435;1520,assumed,x,{source}\nbox,box,9;49;10.02;51,WW,1000,assumed,x,{source}\n"
        f"east,box,10.03;49;11;51,EE,1600,assumed,x,{source}\n"
    )
    return graph, countries


def test_the_whole_recipe(data_copy):
    told = []
    network = build_network(*drawn_inputs(data_copy), progress=told.append)
    assert len(told) >= 5
    assert network.countries == ("EE", "WW")
    # a-b, the mend, c-mid, mid-border, border-d, d-e: what is apart, beyond the box or a loop is gone.
    order = np.argsort(network.nodes[network.ends].min(axis=1)[:, 0])
    assert network.km[order].tolist() == pytest.approx([0.72, 1.5, 0.72, 0.72, 0.72, 1.5], abs=0.002)
    assert network.mended[order].tolist() == [False, True, False, False, False, False]
    assert [network.countries[i] for i in network.country[order]] == ["WW", "WW", "WW", "WW", "EE", "EE"]
    # One box holds both ends of the first link only; the other, later than the line, holds in Eastland only.
    names = [gauge_name(bits) for bits in network.gauge[order].tolist()]
    assert names == ["1000", "1435", "1435", "1435+1520", "1600", "1600"]
    assert network.gauge_basis[order].tolist() == [2, 3, 3, 2, 2, 2]
    # A node stays where the line begins.
    assert [USAGES[i] for i in network.usage[order]] == ["unknown"] * 5 + ["mixed"]
    assert len(network.bends) == 0
    assert network.origin["inputs_sha256"] == inputs_digest()


def test_outlines_share_their_border(data_copy):
    _, countries = drawn_inputs(data_copy)
    made = json.loads(outline_bytes(countries, EURASIA))
    names = [feature["properties"]["country"] for feature in made["features"]]
    assert names == ["EE", "WW"]
    rings = [set(map(tuple, feature["geometry"]["coordinates"][0][0])) for feature in made["features"]]
    assert rings[0] & rings[1] == {(10.05, 45.0), (10.05, 52.0)}


# ---------------------------------------------------------------- what the embedded network shows of the recipe


@pytest.mark.parametrize(
    ("origin", "destination", "gauge", "share"),
    [
        ("harbin", "manzhouli", 1, 0.95),
        ("moscow", "yekaterinburg", 2, 1),
        ("hrubieszow", "slawkow", 2, 0.99),
        ("brest", "malaszewicze", 3, 0.9),
        ("suifenhe", "grodekovo", 3, 0.9),
        ("kaliningrad", "chernyakhovsk", 2, 1),
        ("kouvola", "helsinki", 4, 1),
    ],
)
def test_gauges_of_known_lines(origin, destination, gauge, share):
    path = find_path(origin, destination)
    carried = path.stretches.km[path.network.gauge[path.links] == gauge].sum()
    assert carried >= share * path.source_km - 1e-6


@pytest.mark.parametrize(
    ("lon", "lat", "country"),
    [
        (126.6, 45.8, "CN"),
        (37.6, 55.7, "RU"),
        (23.7, 52.1, "BY"),
        (21.0, 52.2, "PL"),
        (20.5, 54.7, "RU"),
        (24.94, 60.17, "FI"),
    ],
    ids=["Harbin", "Moscow", "Brest", "Warsaw", "Kaliningrad", "Helsinki"],
)
def test_countries_of_known_places(lon, lat, country):
    network = load_network()
    node, gap = network.nearest_node(lon, lat)
    assert gap[0] < 5
    links = (network.ends == node[0]).any(axis=1)
    assert country in {network.countries[i] for i in network.country[links]}


def test_no_link_is_far_shorter_than_the_way_between_its_ends():
    network = load_network()
    a, b = network.nodes[network.ends[:, 0]], network.nodes[network.ends[:, 1]]
    straight = geodesic_km(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    assert (network.km >= 0.98 * straight - 0.15).all()
