"""Networks out of OpenStreetMap extracts that the tests write themselves."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osm_drawn import NODES, WAYS, write_extract
from soak import examples

from corridor.cli import main
from corridor.errors import DataError, MissingExtra
from corridor.geo import geodesic_km
from corridor.network import GAUGE_BASES, TRAITS, USAGES, gauge_name, read_network
from corridor.sources import Choice, import_network
from corridor.sources.tags import read_gauge, read_tags

SMALL = {"island_km": 0}


def links(network):
    """What each link is, by its two ends."""
    return {
        frozenset((tuple(a), tuple(b))): (
            network.countries[network.country[i]],
            gauge_name(int(network.gauge[i])),
            GAUGE_BASES[network.gauge_basis[i]],
            USAGES[network.usage[i]],
        )
        for i, (a, b) in enumerate(network.nodes[network.ends].round(5).tolist())
    }


def between(network, *nodes):
    """The one link between two of the drawn nodes."""
    return links(network)[frozenset(NODES[node] for node in nodes)]


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


# ---------------------------------------------------------------- what comes out


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return import_network([write_extract(tmp_path_factory.mktemp("osm") / "drawn.osm.pbf")], **SMALL)


def test_gauge_and_usage_come_from_the_tags(network):
    assert between(network, 1, 3) == ("RU", "1520", "tagged", "mixed")
    assert between(network, 3, 4) == ("RU", "1520", "tagged", "mixed")
    assert ("CN", "1435+1520", "tagged", "unknown") in links(network).values()
    assert between(network, 5, 6) == ("CN", "1435", "tagged", "unknown")


def test_without_a_tag_the_country_tells_the_gauge(network):
    assert between(network, 6, 7) == ("CN", "1435", "assumed", "unknown")


def test_a_word_names_a_gauge_by_country_or_leaves_it_unknown(network):
    """The crossover is tagged "standard": plain in China, not in Russia."""
    found = [what for what in links(network).values() if what[2] == "unknown"]
    assert found == [("RU", "unknown", "unknown", "unknown")]
    assert ("CN", "1435", "tagged", "unknown") in links(network).values()


def test_links_are_cut_at_the_border(network):
    on_border = [
        node
        for node in range(len(network.nodes))
        if len({int(network.country[i]) for i in np.flatnonzero((network.ends == node).any(axis=1))}) > 1
    ]
    assert len(on_border) == 2  # the dual-gauge track and the crossover
    assert all(49.5 < lat < 49.8 for lat in network.nodes[on_border, 1])


def test_bends_and_lengths_are_those_of_the_ways(network):
    assert list(NODES[2]) in network.bends.round(5).tolist()
    one, two, three = (NODES[node] for node in (1, 2, 3))
    wanted = geodesic_km(*one, *two) + geodesic_km(*two, *three)
    ends = network.nodes[network.ends].round(5).tolist()
    link = next(i for i, pair in enumerate(ends) if {tuple(end) for end in pair} == {one, three})
    assert network.km[link] == pytest.approx(float(wanted), abs=0.001)


def test_what_does_not_count(network):
    touched = {tuple(place) for place in np.vstack([network.nodes, network.bends]).round(5).tolist()}
    assert not touched & {NODES[node] for node in (20, 21, 30, 31, 40, 41, 50)}
    assert NODES[8] in touched  # a crossover counts


def test_what_counts_if_asked_for(tmp_path):
    path = write_extract(tmp_path / "a.osm.pbf")
    choice = Choice(narrow=True, service=True, highspeed="passenger_only")
    asked = import_network([path], choice=choice, **SMALL)
    assert between(asked, 40, 41)[1:3] == ("unknown", "unknown")  # 750 mm is none of the gauges known here
    assert between(asked, 9, 21) == ("CN", "1435", "tagged", "unknown")
    assert between(asked, 5, 6)[3] == "passenger_only"
    assert between(asked, 1, 3)[3] == "mixed"


def test_small_islands_are_left_out_and_the_whole_is_not(tmp_path):
    island = {60: (116.0, 49.0), 61: (116.1, 49.0)}
    far = {19: ([60, 61], {"railway": "rail", "gauge": "1520"})}
    path = write_extract(tmp_path / "a.osm.pbf", NODES | island, WAYS | far)
    assert not (import_network([path]).nodes[:, 1] < 49.1).any()
    alone = write_extract(tmp_path / "b.osm.pbf", island, far)
    assert len(import_network([alone]).metres) == 1


def test_where_it_comes_from(network):
    assert network.origin["licence"] == "ODbL-1.0"
    assert "OpenStreetMap" in network.origin["source"]
    assert network.origin["files"] == "drawn.osm.pbf"
    assert len(network.origin["files_sha256"]) == 64


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("1435", 1),
        ("1520", 2),
        ("1524", 4),
        ("1520;1435", 3),
        (" 1435 ; 1520", 3),
        ("1435;750", 1),
        ("1435 mm", 1),
        ("1435;", 1),
        ("1435;;1520", 3),
        ("١٤٣٥", 1),
        *((text, 0) for text in ("", "standard", "2yd", "750", "-1435")),
    ],
)
def test_gauge_tags(text, bits):
    assert read_gauge(text) == bits


@pytest.mark.parametrize(
    ("tags", "usage"),
    [
        ({}, "unknown"),
        ({"usage": "main"}, "unknown"),
        ({"usage": "freight"}, "freight"),
        ({"usage": "industrial"}, "freight"),
        ({"usage": "tourism"}, "passenger_only"),
        ({"railway:traffic_mode": "passenger", "usage": "main"}, "passenger_only"),
        ({"railway:traffic_mode": "freight", "highspeed": "yes"}, "freight"),
        ({"railway:traffic_mode": "mixed", "highspeed": "yes"}, "mixed"),
        ({"highspeed": "yes", "maxspeed": "350"}, "unknown"),
        ({"passenger": "no"}, "freight"),
    ],
    ids=str,
)
def test_usage_tags(tags, usage):
    told = read_tags({"railway": "rail"} | tags, Choice())
    assert told is not None
    assert USAGES[told.usage] == usage


@pytest.mark.parametrize(
    "tags",
    [
        {},
        *({"railway": value} for value in ("disused", "construction", "preserved", "tram", "narrow_gauge")),
        {"railway": "rail", "railway:preserved": "yes"},
        {"railway": "rail", "service": "siding"},
    ],
    ids=str,
)
def test_tags_that_do_not_count(tags):
    assert read_tags(tags, Choice()) is None


# ---------------------------------------------------------------- several extracts


def nodes_of(ways):
    return {ref for way in ways for ref in WAYS[way][0]}


@settings(max_examples=examples(8, 200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_two_extracts_that_hold_it_all_make_the_same_network(tmp_path, network, data):
    """However the ways are shared out, once or twice, and in either order."""
    first = set(data.draw(st.lists(st.sampled_from(sorted(WAYS)), unique=True)))
    second = set(WAYS) - first | set(data.draw(st.lists(st.sampled_from(sorted(WAYS)), unique=True)))
    files = [
        write_extract(tmp_path / "first.osm.pbf", nodes_of(first), first),
        write_extract(tmp_path / "second.osm.pbf", nodes_of(second), second),
    ]
    assert import_network(files[:: data.draw(st.sampled_from([1, -1]))], **SMALL).digest == network.digest


@settings(max_examples=examples(8, 200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.sampled_from(sorted(NODES))))
def test_ways_cut_at_the_edge_are_whole_again_with_the_next_extract(tmp_path, network, west):
    """Each file names every way, and places only some of the nodes."""
    files = [
        write_extract(tmp_path / "west.osm.pbf", set(west)),
        write_extract(tmp_path / "east.osm.pbf", set(NODES) - west),
    ]
    assert import_network(files, **SMALL).digest == network.digest


def test_at_the_edge_of_an_extract_a_way_ends(tmp_path, network):
    cut = import_network([write_extract(tmp_path / "a.osm.pbf", set(NODES) - {1, 7})], **SMALL)
    assert cut.km.sum() < network.km.sum()
    assert list(NODES[2]) in cut.nodes.round(5).tolist()


def test_a_file_out_of_order(tmp_path, network):
    import osmium

    path = tmp_path / "a.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for node in sorted(NODES, reverse=True):
            writer.add_node(osmium.osm.mutable.Node(id=node, version=1, location=NODES[node]))
        for way, (refs, tags) in reversed(WAYS.items()):
            writer.add_way(osmium.osm.mutable.Way(id=way, version=1, nodes=refs, tags=tags))
    assert import_network([path], **SMALL).digest == network.digest


def test_where_extracts_disagree_the_newest_counts(tmp_path):
    import osmium

    files = []
    for year, place in (("2024", NODES[2]), ("2026", (117.0, 50.3))):
        header = osmium.io.Header()
        header.set("osmosis_replication_timestamp", f"{year}-01-01T00:00:00Z")
        path = tmp_path / f"{year}.osm.pbf"
        with osmium.SimpleWriter(str(path), header=header) as writer:
            for node, where in {1: NODES[1], 2: place}.items():
                writer.add_node(osmium.osm.mutable.Node(id=node, version=1, location=where))
            writer.add_way(osmium.osm.mutable.Way(id=1, version=1, nodes=[1, 2], tags={"railway": "rail"}))
        files.append(path)
    both = [import_network(order, **SMALL) for order in (files, files[::-1])]
    assert both[0].digest == both[1].digest
    assert [117.0, 50.3] in both[0].nodes.round(5).tolist()
    assert both[0].origin["snapshot"] == "2026-01-01T00:00:00Z, 2024-01-01T00:00:00Z"


def test_ways_over_the_same_rails_count_once_unless_they_differ(tmp_path, network):
    double = WAYS | {99: WAYS[13]}
    assert import_network([write_extract(tmp_path / "a.osm.pbf", NODES, double)], **SMALL).digest == network.digest
    other = WAYS | {99: ([6, 7], {"railway": "rail", "gauge": "1520"})}
    two = import_network([write_extract(tmp_path / "b.osm.pbf", NODES, other)], **SMALL)
    assert len(two.metres) == len(network.metres) + 1


# ---------------------------------------------------------------- the command, and what goes wrong


def test_the_command_writes_a_network_that_can_be_read(tmp_path):
    out = tmp_path / "new" / "n.npz"
    done = run("network", "import", write_extract(tmp_path / "a.osm.pbf"), "--out", out)
    assert done.exit_code == 0
    assert all(line.startswith("corridor: ") for line in done.stderr.splitlines())  # what was left out
    assert str(out) in done.stdout
    read = read_network(out)
    assert between(read, 1, 3) == ("RU", "1520", "tagged", "mixed")
    assert replace(read).digest == read.digest


def broken_file(kind, tmp_path):
    path = tmp_path / "a.osm.pbf"
    if kind == "half":
        whole = write_extract(path, {i: (116 + i * 1e-5, 49.0) for i in range(1, 20_000)}, {}).read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "text":
        path.write_text("no extract at all\n" * 100)
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "folder":
        path.mkdir()
    elif kind == "no rails":
        write_extract(path, NODES, {18: WAYS[18]})
    elif kind == "nothing in it":
        write_extract(path, {}, {})
    elif kind == "America":
        write_extract(path, {1: (-90, 40), 2: (-91, 40)}, {1: ([1, 2], {"railway": "rail"})})
    elif kind == "negative ids":
        write_extract(path, {-1: (116, 49), 2: (117, 49)}, {1: ([-1, 2], {"railway": "rail"})})
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("half", "not an OSM PBF file, or broken off (PBF error: unexpected EOF); download it again"),
        ("text", "not an OSM PBF file, or broken off"),
        ("empty", "not an OSM PBF file, or broken off"),
        ("missing", "cannot be read (No such file or directory)"),
        ("folder", "cannot be read (Is a directory)"),
        ("no rails", "no rails (railway=rail); name an extract or an area with railways"),
        ("nothing in it", "no rails (railway=rail)"),
        ("America", "no rails in the countries of countries.csv"),
        ("negative ids", "node -1: not OpenStreetMap's data"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(tmp_path, kind, message):
    path = broken_file(kind, tmp_path)
    before = sorted(tmp_path.rglob("*"))
    done = run("network", "import", path, "--out", tmp_path / "new" / "n.npz")
    assert (done.exit_code, done.stdout) == (1, "")
    assert message in done.stderr
    assert str(path) in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_one_bad_file_among_good_ones(tmp_path):
    good = write_extract(tmp_path / "good.osm.pbf")
    with pytest.raises(DataError, match=r"a\.osm\.pbf: not an OSM PBF file"):
        import_network([good, broken_file("text", tmp_path)])


def test_a_folder_as_output_is_said_before_the_work(tmp_path):
    done = run("network", "import", tmp_path / "nowhere.osm.pbf", "--out", tmp_path)
    assert (done.exit_code, done.stderr) == (
        1,
        f"corridor: {tmp_path}: is a folder; name a file to write the network to\n",
    )


def test_countries_that_are_none(tmp_path):
    (tmp_path / "c.json").write_text("{}")
    with pytest.raises(DataError, match="not world-atlas"):
        import_network([write_extract(tmp_path / "a.osm.pbf")], countries=tmp_path / "c.json")


def test_without_pyosmium_the_error_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "osmium", None)
    with pytest.raises(MissingExtra, match=r"pip install 'corridor\[osm\]'"):
        import_network([tmp_path / "a.osm.pbf"])


@pytest.mark.parametrize(
    ("tags", "traits"),
    [
        ({}, ()),
        ({"electrified": "contact_line"}, ("electrified",)),
        ({"electrified": "no", "bridge": "no"}, ()),
        ({"bridge": "viaduct", "highspeed": "yes"}, ("highspeed", "bridge")),
        ({"service": "crossover"}, ()),
        ({"service": "spur"}, ("service",)),
    ],
)
def test_what_else_tags_tell(tags, traits):
    told = read_tags({"railway": "rail", **tags}, Choice(service=True))
    assert tuple(name for bit, name in enumerate(TRAITS) if told.traits >> bit & 1) == traits


def test_traits_come_into_the_network(network):
    bits = network.traits & 1 << TRAITS.index("highspeed")
    assert network.km[bits > 0].sum() == pytest.approx(45, abs=3)  # way 12
    assert not (network.traits & 1 << TRAITS.index("service")).any()


def test_an_extract_is_not_written_over(tmp_path):
    extract = write_extract(tmp_path / "x.osm.pbf")
    before = extract.read_bytes()
    (tmp_path / "x.npz").symlink_to(extract)
    for out, words in ((extract, "a network is an npz file"), (tmp_path / "x.npz", "is one of the extracts to read")):
        done = CliRunner().invoke(main, ["network", "import", str(extract), "--out", str(out)])
        assert done.exit_code == 1
        assert words in done.stderr
        assert extract.read_bytes() == before
