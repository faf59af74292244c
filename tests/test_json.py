"""JSON files that are damaged: whichever reader, one line that names the file."""

import json

import pytest

from corridor import audit, style
from corridor.errors import DataError
from corridor.sources import countries, graph

RING = [[1, 2], [3, 2], [3, 4], [1, 2]]


def country(ring=RING, geometry=None, **properties):
    area = geometry or {"type": "MultiPolygon", "coordinates": [[ring]]}
    return json.dumps({"features": [{"properties": {"country": "CN", "name": "China"} | properties, "geometry": area}]})


def readers(folder):
    return [
        ("routes/countries.json", style.land_rings),
        ("routes/countries.json", countries.read_outlines),
        ("ports/datapackage.json", lambda: audit.stamp_data(folder)),
    ]


NO_JSON_OF_OURS = [
    *("", "{", "[]", "null", "3", '"x"', "[" * 100_000, '{"features":' * 100_000, '{"features": 3, "resources": 3}'),
    f'{{"features": [{"9" * 5000}], "resources": [{"9" * 5000}]}}',
    '{"features": [], "resources": [null]}',
]


@pytest.mark.parametrize("text", NO_JSON_OF_OURS, ids=lambda text: text[:30])
@pytest.mark.parametrize("reader", range(3))
def test_what_is_no_json_of_ours_is_one_line(data_copy, text, reader):
    name, read = readers(data_copy)[reader]
    (data_copy / name).write_text(text)
    with pytest.raises(DataError, match=name) as refused:
        read()
    assert "\n" not in str(refused.value)


BAD_RINGS = {
    "nan": [[float("nan"), 2], *RING[1:]],
    "infinite": [[float("inf"), 2], *RING[1:]],
    "too large for a number": [[10**400, 2], *RING[1:]],
    "out of the world": [[1000, 2], *RING[1:], [1000, 2]],
    "null": [[None, 2], *RING[1:]],
    "heights": [[*place, 5] for place in RING],
    "empty": [],
    "deep": [[[[[RING]]]]],
}


@pytest.mark.parametrize("read", [style.land_rings, countries.read_outlines], ids=lambda read: read.__name__)
@pytest.mark.parametrize("ring", BAD_RINGS.values(), ids=BAD_RINGS)
def test_outlines_are_of_places_on_the_globe(data_copy, ring, read):
    file = data_copy / "routes" / "countries.json"
    file.write_text(country())
    assert len(read()) == 1
    file.write_text(country(ring))
    with pytest.raises(DataError, match="no GeoJSON of"):
        read()


@pytest.mark.parametrize(
    "bad",
    [
        {"country": 3},
        {"country": None},
        {"name": ["China"]},
        {"name": "\ud800"},
        {"name": "\x1b[31m"},
        {"geometry": {"type": "Point", "coordinates": [1, 2]}},
        {"geometry": {"type": "GeometryCollection", "geometries": []}},
    ],
    ids=str,
)
def test_countries_have_codes_names_and_polygons(data_copy, bad):
    (data_copy / "routes" / "countries.json").write_text(country(**bad))
    with pytest.raises(DataError, match="no GeoJSON of countries"):
        countries.read_outlines()


@pytest.mark.parametrize(
    ("links", "nodes"),
    [
        ("[" * 100_000 + "]" * 100_000, "[[1,2]]"),
        ("[{0:1}]", "[" * 100_000 + "]" * 100_000),
        ("[]", "[]"),
        ("[{}]", "[[1,2]]"),
        ("[[1]]", "[[1,2]]"),
        ("[1]", "[[1,2]]"),
        ("[{5:1.0}]", "[[1,2]]"),
        ("[{99999999999999999999999:1.0}]", "[[1,2]]"),
        ("[{0:NaN}]", "[[1,2]]"),
        ("[{0:-1}]", "[[1,2]]"),
        ('[{0:"a"}]', "[[1,2]]"),
        (f"[{{0:{10**400}}}]", "[[1,2]]"),
        ("[{0:1}]", f"[[1,{10**400}]]"),
        ("[{0:1}]", "[[1,NaN]]"),
        ("[{0:1}]", "[[1,2,3]]"),
        ("[{0:1}]", '["ab"]'),
    ],
    ids=lambda text: text[:25],
)
def test_a_damaged_rail_graph_is_one_line(tmp_path, links, nodes):
    file = tmp_path / "world_railways.py"
    file.write_text(f"graph={links}\nnodes={nodes}\n")
    with pytest.raises(DataError, match=r"not the world railway graph of scgraph-data 2\.0\.0") as refused:
        graph.read_open_graph(file)
    assert "\n" not in str(refused.value)
