"""Files of OpenStreetMap: their kind, what disagrees between them, and what of their rails is noted."""

import bz2
import gzip
import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osm_drawn import ENDS, LINE, LINE_KM, NODES, RAIL, WAYS, line_ways, write_extract

from corridor.cli import main
from corridor.errors import DataError, NoPath
from corridor.geo import geodesic_km
from corridor.network import USAGES, gauge_name
from corridor.routing import find_path
from corridor.sources import import_network, note_lines
from corridor.sources.notes import sums

osmium = pytest.importorskip("osmium")
make = osmium.osm.mutable

BROAD = RAIL | {"gauge": "1520"}
WHOLE = {1: ([*range(1, 22)], BROAD)}
OLD, NEW = "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def line_with(tmp_path, tags, **options):
    """The network of the line whose middle has some tags."""
    return import_network([write_extract(tmp_path / "a.osm.pbf", LINE, line_ways(tags), **options)])


def path_km(network, **options):
    return find_path(*ENDS, network=network, **options).rail_km


# ---------------------------------------------------------------- kinds of files


@pytest.mark.parametrize(
    "name", ["A.OSM.PBF", "a.pbf.1", "a.osm.pbf.part", "a", "a.osm", "a.xml", "a.osh.pbf", "a.txt"]
)
def test_an_extract_is_known_by_its_content(tmp_path, name):
    whole = write_extract(tmp_path / "x.osm.pbf", LINE, WHOLE).read_bytes()
    (tmp_path / name).write_bytes(whole)
    assert path_km(import_network([tmp_path / name])) == pytest.approx(LINE_KM, abs=0.1)


@pytest.mark.parametrize("form", ["osm", "opl", "osm.gz", "osm.bz2", "opl.gz"])
@pytest.mark.parametrize("name", ["a.osm.pbf", "b"])
def test_other_forms_are_read_whatever_they_are_called(tmp_path, form, name):
    path = write_extract(tmp_path / name, LINE, WHOLE, form=form)
    assert path_km(import_network([path])) == pytest.approx(LINE_KM, abs=0.1)


CHANGES = '<?xml version="1.0"?>\n<osmChange version="0.6"><create/></osmChange>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "(it is empty); download it again"),
        (b"  \n\n", "(it is blank)"),
        (b"no extract at all", "(it is text, 'no extract at all'); download it again"),
        (
            b"<!DOCTYPE html>\n<html><body>404</body></html>",
            "(it is a web page, as a failed download leaves); download it",
        ),
        (b"\n<html>", "(it is a web page"),
        (b"PK\x03\x04rest", "(it is a zip archive); unpack it"),
        (b"\xfd7zXZ\x00", "(it is an xz archive); unpack it"),
        (b"(\xb5/\xfd\x04", "(it is a zstd archive); unpack it"),
        (b"\x00" * 257 + b"ustar", "(it is a tar archive); unpack it"),
        (b"\x00\x00'\n" + b"\x00" * 96, "(it is a shapefile, which lacks tags); name an extract"),
        (b"SQLite format 3\x00", "(it is an SQLite database, a GeoPackage say)"),
        (b'{"type": "FeatureCollection", "features": []}', "(it is GeoJSON)"),
        (b'{"type":"Topology"}', "(it is TopoJSON)"),
        (b'{"version": 0.6, "elements": []}', "(it is JSON)"),
        (b'<?xml version="1.0"?><gpx></gpx>', "(it is XML of another kind, <gpx>)"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
            "(it is a pointer of Git LFS); fetch the file itself",
        ),
        (bytes(range(128, 256)), "(it begins like no file of OpenStreetMap)"),
        (gzip.compress(b"<html>"), "(it is a web page"),
        (b"\x1f\x8bbroken", "not an OSM PBF file, or broken off"),
        (CHANGES.encode(), "a change file, which holds what was changed and not the map; apply it to an extract"),
        (gzip.compress(CHANGES.encode()), "a change file"),
        (bz2.compress(CHANGES.encode()), "a change file"),
        (b"\xff\xe0\x04o5c2", "a change file"),
        (b'<?xml version="1.0"?><osm version="0.6"><node id="1', "not an OSM PBF file, or broken off"),
        (b"\xff\xe0\x04o5m2\xfe", "no rails (railway=rail)"),
    ],
)
def test_other_files_are_named(tmp_path, content, words):
    (tmp_path / "a.osm.pbf").write_bytes(content)
    done = run("network", "import", tmp_path / "a.osm.pbf", "--out", tmp_path / "n.npz")
    assert (done.exit_code, done.stdout) == (1, "")
    assert words in done.stderr
    assert "a.osm.pbf: " in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "n.npz").exists()


def test_an_extract_packed_once_more(tmp_path):
    whole = write_extract(tmp_path / "x.osm.pbf", LINE, WHOLE).read_bytes()
    (tmp_path / "x.osm.pbf.gz").write_bytes(gzip.compress(whole))
    with pytest.raises(DataError, match=r"\(it is an OSM PBF file packed once more\); unpack it"):
        import_network([tmp_path / "x.osm.pbf.gz"])


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_one_line(tmp_path, content):
    path = tmp_path / "a.osm.pbf"
    path.write_bytes(content)
    with pytest.raises(DataError) as refused:
        import_network([path])
    assert len(str(refused.value).splitlines()) == 1


# ---------------------------------------------------------------- several versions in a file


def write_history(path, *, flag=True, nodes=True, ways=True, deleted=False):
    """Way 1 first of 750 mm, then of 1520; nodes first 0.3 degrees to the south; a way deleted."""
    path.unlink(missing_ok=True)
    header = osmium.io.Header()
    header.has_multiple_object_versions = flag
    refs = list(LINE)
    with osmium.SimpleWriter(osmium.io.File(str(path), "osh.pbf" if flag else "pbf"), header=header) as writer:
        for i, (x, y) in LINE.items():
            if nodes:
                writer.add_node(make.Node(id=i, version=1, visible=True, location=(x, y - 0.3)))
            writer.add_node(make.Node(id=i, version=2, visible=True, location=(x, y)))
        if ways:
            writer.add_way(make.Way(id=1, version=1, visible=True, nodes=refs, tags=RAIL | {"gauge": "750"}))
        writer.add_way(make.Way(id=1, version=2, visible=True, nodes=refs, tags=BROAD))
        if deleted:
            writer.add_way(make.Way(id=2, version=1, visible=True, nodes=refs, tags=BROAD))
            writer.add_way(make.Way(id=2, version=2, visible=False, nodes=[], tags={}))
    return path


@pytest.mark.parametrize(
    ("kinds", "why"),
    [
        ({}, ""),
        ({"deleted": True}, ""),
        ({"nodes": False, "ways": False}, ""),
        ({"flag": False}, "way 1 stands in it with two versions"),
        ({"flag": False, "nodes": False}, "way 1 stands in it with two versions"),
        ({"flag": False, "ways": False}, "node 1 stands in it with two versions"),
    ],
    ids=str,
)
def test_a_history_file_is_refused(tmp_path, kinds, why):
    path = write_history(tmp_path / "a.osh.pbf", **kinds)
    done = run("network", "import", path, "--out", tmp_path / "n.npz")
    assert done.exit_code == 1
    assert "a history file, which holds every version of each object; take the map of one day from it" in done.stderr
    assert why in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_what_stands_twice_in_one_version_is_no_history(tmp_path):
    path = tmp_path / "joined.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for _ in range(2):
            for i, place in LINE.items():
                writer.add_node(make.Node(id=i, version=3, location=place))
            writer.add_way(make.Way(id=1, version=2, nodes=list(LINE), tags=BROAD))
    assert path_km(import_network([path])) == pytest.approx(LINE_KM, abs=0.1)


# ---------------------------------------------------------------- files that disagree


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    "tags",
    [
        {"railway": "disused"},
        {"disused:railway": "rail"},
        BROAD | {"abandoned": "yes"},
        BROAD | {"service": "siding"},
        {"highway": "cycleway"},
        {"railway": "tram"},
        {},
    ],
    ids=str,
)
def test_the_newest_file_decides_that_a_way_is_no_rail(tmp_path, tags, order):
    new = write_extract(tmp_path / "new.osm.pbf", LINE, line_ways(tags), stamp=NEW)
    old = write_extract(tmp_path / "old.osm.pbf", LINE, line_ways(BROAD), stamp=OLD)
    network = import_network([new, old][::order])
    assert network.km.sum() == pytest.approx(LINE_KM * 15 / 20, abs=0.1)
    assert "on 1 track, 34.4 km" in network.origin["left_out"]
    with pytest.raises(NoPath, match=r"34\.4 km"):
        path_km(network)


@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_file_decides_that_a_way_is_a_rail_again(tmp_path, order):
    new = write_extract(tmp_path / "new.osm.pbf", LINE, line_ways(BROAD), stamp=NEW)
    old = write_extract(tmp_path / "old.osm.pbf", LINE, line_ways({"railway": "disused"}), stamp=OLD)
    network = import_network([new, old][::order])
    assert path_km(network) == pytest.approx(LINE_KM, abs=0.1)
    assert "left_out" not in network.origin


@pytest.mark.parametrize("stamp", [OLD, NEW, ""])
def test_a_file_of_another_area_takes_nothing_away(tmp_path, stamp):
    line = write_extract(tmp_path / "line.osm.pbf", LINE, WHOLE, stamp=OLD)
    far = {i + 1000: place for i, place in NODES.items()}
    ways = {i + 1000: ([ref + 1000 for ref in refs], tags) for i, (refs, tags) in WAYS.items()}
    other = write_extract(tmp_path / "other.osm.pbf", far, ways, stamp=stamp)
    network = import_network([line, other])
    assert path_km(network) == pytest.approx(LINE_KM, abs=0.1)


def test_files_of_one_time_are_not_looked_through_again(tmp_path):
    """Which of them is right nobody knows: a rail of either counts, as before."""
    files = [
        write_extract(tmp_path / f"{i}.osm.pbf", LINE, line_ways(tags), stamp=NEW)
        for i, tags in enumerate((BROAD, {"highway": "track"}))
    ]
    steps = []
    network = import_network(files, progress=steps.append)
    assert path_km(network) == pytest.approx(LINE_KM, abs=0.1)
    assert not any("later lives" in step for step in steps)


def test_the_newest_place_of_a_node_counts(tmp_path):
    moved = {i: (x, y + 0.1) for i, (x, y) in LINE.items()}
    new = write_extract(tmp_path / "new.osm.pbf", moved, {7: ([1, 21], {"highway": "track"})}, stamp=NEW)
    old = write_extract(tmp_path / "old.osm.pbf", LINE, WHOLE, stamp=OLD)
    for order in ([new, old], [old, new]):
        assert import_network(order).nodes[:, 1].tolist() == pytest.approx([52.0, 52.0])


# ---------------------------------------------------------------- nodes


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ({11}, "1 node of 1 way is not in the file"),
        ({11, 12}, "2 nodes of 1 way are not in the file"),
        ({1, 10}, "2 nodes of 2 ways are not in the file"),
        ({13}, "1 node of 2 ways is not in the file"),
    ],
)
def test_missing_nodes_are_counted(tmp_path, lacking, words):
    ways = line_ways(BROAD)
    path = write_extract(tmp_path / "a.osm.pbf", {i: LINE[i] for i in LINE if i not in lacking}, ways)
    done = run("network", "import", path, "--out", tmp_path / "n.npz")
    assert done.stderr == f"corridor: missing: {words}\n"
    assert words in run("network", "info", "--network", tmp_path / "n.npz").stdout


def test_a_path_that_missing_nodes_cut_says_so(tmp_path):
    path = write_extract(tmp_path / "a.osm.pbf", {i: LINE[i] for i in LINE if i != 11}, WHOLE)
    with pytest.raises(NoPath, match="1 node of 1 way is not in the file"):
        path_km(import_network([path]))


def test_without_any_node_the_error_says_so(tmp_path):
    path = write_extract(tmp_path / "a.osm.pbf", {}, WHOLE)
    with pytest.raises(DataError, match=r"no rails \(railway=rail\); missing: 21 nodes of 1 way are not in the file"):
        import_network([path])


def test_nodes_that_the_next_file_has_are_not_missing(tmp_path):
    west = write_extract(tmp_path / "w.osm.pbf", {i: LINE[i] for i in range(1, 12)}, WHOLE)
    east = write_extract(tmp_path / "e.osm.pbf", {i: LINE[i] for i in range(12, 22)}, WHOLE)
    assert "missing_nodes" not in import_network([west, east]).origin
    assert import_network([west]).origin["missing_nodes"] == "10 nodes of 1 way are not in the file"


def write_located(path, kept=(), form="pbf,locations_on_ways=true", ways=WHOLE):
    """An extract with the places on the ways, and a few nodes."""
    source = write_extract(path.with_suffix(".source.pbf"), LINE, ways)
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(osmium.io.File(str(path), form)) as writer:
        for i in kept:
            writer.add_node(make.Node(id=i, version=1, location=LINE[i], tags={"railway": "station"}))
        for thing in osmium.FileProcessor(str(source)).with_locations():
            if thing.is_way():
                writer.add_way(thing)
    return path


@pytest.mark.parametrize("kept", [(), (1, 2, 11, 20, 21), tuple(LINE)])
@pytest.mark.parametrize(
    "form", ["pbf,locations_on_ways=true", "osm,locations_on_ways=true", "opl,locations_on_ways=true"]
)
def test_places_that_stand_on_the_ways_are_read(tmp_path, kept, form):
    network = import_network([write_located(tmp_path / "a", kept, form)])
    assert path_km(network) == pytest.approx(LINE_KM, abs=0.1)
    assert "missing_nodes" not in network.origin


def test_places_on_the_ways_of_one_file_serve_the_next(tmp_path):
    located = write_located(tmp_path / "a", ways=line_ways({"highway": "track"}))
    bare = write_extract(tmp_path / "b.osm.pbf", {}, {5: ([8, 13], BROAD)})
    whole = import_network([located, bare])
    assert "missing_nodes" not in whole.origin
    assert path_km(whole) == pytest.approx(LINE_KM, abs=0.1)


# ---------------------------------------------------------------- what is noted


@pytest.mark.parametrize(
    ("tags", "note", "text"),
    [
        (BROAD | {"disused": "yes"}, "left_out", "disused=yes on 1 track, 34.4 km"),
        ({"abandoned:railway": "rail"}, "left_out", "abandoned:railway=rail on 1 track, 34.4 km"),
        (BROAD | {"access": "no"}, "left_out", "access=no on 1 track, 34.4 km"),
        (BROAD | {"freight": "no"}, "no_freight", "freight=no on 1 track, 34.4 km"),
        (RAIL | {"gauge": "?"}, "unread_gauges", "gauge=? on 1 track, 34.4 km"),
        (RAIL | {"gauge": "standard"}, "unread_gauges", "gauge=standard in RU on 1 stretch, 34.4 km"),
        (RAIL | {"gauge": "750"}, "other_gauges", "gauge=750 on 1 track, 34.4 km"),
        (RAIL | {"gauge": "a;\x1b[2J"}, "unread_gauges", "gauge='a;\\x1b[2J' on 1 track, 34.4 km"),
    ],
)
def test_what_keeps_trains_off_is_told_by_import_info_and_path(tmp_path, tags, note, text):
    path = write_extract(tmp_path / "a.osm.pbf", LINE, line_ways(tags))
    done = run("network", "import", path, "--out", tmp_path / "n.npz")
    assert done.exit_code == 0
    assert len(done.stderr.splitlines()) == 1
    assert text in done.stderr
    assert json.loads(run("network", "info", "--json", "--network", tmp_path / "n.npz").stdout)[note] == text
    refused = run("path", *ENDS, "--network", tmp_path / "n.npz")
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
    assert text in refused.stderr


def test_a_place_on_rails_of_unread_gauge_is_told_of_them(tmp_path):
    network = import_network([write_extract(tmp_path / "a.osm.pbf", LINE, {1: ([*LINE], RAIL | {"gauge": "?"})})])
    with pytest.raises(NoPath, match=r"of unknown gauge: gauge=\? on 1 track, 137\.7 km cannot be read"):
        path_km(network)


def test_a_date_that_cannot_be_read_is_noted_and_counts_as_none(tmp_path):
    network = line_with(tmp_path, BROAD | {"start_date": "soon"})
    assert network.origin["unread_days"] == "start_date=soon on 1 track, 34.4 km"
    assert path_km(network, on="2020-01-01") == pytest.approx(LINE_KM, abs=0.1)


def test_the_word_broad_is_read_by_country(tmp_path):
    network = line_with(tmp_path, RAIL | {"gauge": "broad"})
    assert {gauge_name(int(bits)) for bits in network.gauge} == {"1520"}
    assert path_km(network) == pytest.approx(LINE_KM, abs=0.1)
    assert not note_lines(network.origin)


KINDS = [
    BROAD,
    RAIL,
    RAIL | {"gauge": "?"},
    RAIL | {"gauge": "750"},
    BROAD | {"freight": "no"},
    BROAD | {"start_date": "2013"},
    BROAD | {"disused": "yes"},
    {"railway": "abandoned"},
    {"razed:railway": "rail"},
    {"route": "ferry", "train": "yes"},
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(KINDS), min_size=20, max_size=20))
def test_what_is_read_and_what_is_left_out_is_all_there_is(tmp_path, kinds):
    """Kilometres of the network and of what it notes as left out add up to those of the file."""
    ways = {i: ([i, i + 1], tags) for i, tags in enumerate(kinds, start=1)} | {99: ([101, 102], BROAD)}
    apart = {101: (113, 53.0), 102: (113, 53.5)}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", LINE | apart, ways)], island_km=0)
    left = [float(km) for km in re.findall(r"([\d.]+) km", network.origin.get("left_out", ""))]
    whole = LINE_KM + float(geodesic_km(*apart[101], *apart[102]))
    assert network.km.sum() + sum(left) == pytest.approx(whole, abs=0.3)


def test_many_values_are_listed_to_a_limit():
    text = sums((f"gauge=x{i}", 40.0 - i) for i in range(40))
    assert text.startswith("gauge=x0 on 1 track, 40.0 km; gauge=x1 on 1 track")
    assert text.endswith("; 10 other values on 10 tracks, 55.0 km")
    assert "..." in sums([("gauge=" + "x" * 200, 1.0)])


# ---------------------------------------------------------------- ferries


FERRY = {"route": "ferry", "train": "yes", "gauge": "1520"}


@pytest.mark.parametrize("tags", [FERRY, FERRY | {"railway": "ferry"}, {"railway": "ferry"}, RAIL | {"route": "ferry"}])
def test_a_train_ferry_is_used_only_if_asked_for(tmp_path, tags):
    network = line_with(tmp_path, tags)
    assert network.km[network.usage == USAGES.index("ferry")].sum() == pytest.approx(34.4, abs=0.1)
    with pytest.raises(
        NoPath, match=r"a train ferry of 34\.4 km from 113\.70,51\.90 to 114\.20,51\.90 would join them"
    ):
        path_km(network)
    path = find_path(*ENDS, ferries=True, network=network)
    assert (path.rail_km, path.ferry_km) == (pytest.approx(LINE_KM, abs=0.1), pytest.approx(34.4, abs=0.1))
    assert path.certificate.network == network.digest


def test_the_command_takes_ferries_if_asked_to(tmp_path):
    path = write_extract(tmp_path / "a.osm.pbf", LINE, line_ways(FERRY))
    done = run("network", "import", path, "--out", tmp_path / "n.npz")
    assert done.stderr == "corridor: train ferries, which a path uses only with --ferries: way 2 of 34.4 km\n"
    network = ["--network", tmp_path / "n.npz"]
    assert "allow it with --ferries" in run("path", *ENDS, *network).stderr
    assert "by ferry      34.4 km" in run("path", *ENDS, "--ferries", *network).stdout
    assert json.loads(run("path", *ENDS, "--ferries", "--json", *network).stdout)["ferry_km"] == pytest.approx(
        34.4, abs=0.1
    )
    assert "--ferries" not in run("path", ENDS[0], "113.4,51.9", *network).stderr


def test_rails_are_taken_where_they_are_longer_than_a_ferry(tmp_path):
    ways = WHOLE | {2: ([1, 21], FERRY)}
    detour = {i: (x, y + (0.5 if 1 < i < 21 else 0)) for i, (x, y) in LINE.items()}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", detour, ways)])
    assert path_km(network) > path_km(network, ferries=True) == pytest.approx(LINE_KM, abs=0.1)


def test_a_ferry_over_a_wide_sea_is_whole_and_its_straight_steps_need_no_check(tmp_path):
    """From Sassnitz to Klaipeda, far from every coast in between."""
    nodes = {1: (13.4, 54.4), 2: (13.6, 54.5), 3: (15.5, 55.3), 4: (18.5, 55.9), 5: (21.1, 55.7), 6: (21.4, 55.7)}
    ways = {1: ([1, 2], BROAD), 2: ([2, 3, 4, 5], FERRY), 3: ([5, 6], BROAD)}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", nodes, ways)])
    path = find_path("13.4,54.4", "21.4,55.7", ferries=True, network=network)
    assert path.ferry_km == pytest.approx(509, abs=10)
    assert not path.certificate.broken


def test_a_ferry_of_another_continent_is_none(tmp_path):
    nodes = LINE | {101: (-88, 44), 102: (-87, 44)}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", nodes, WHOLE | {2: ([101, 102], FERRY)})])
    assert not (network.usage == USAGES.index("ferry")).any()


def test_ferries_alone_are_no_rails(tmp_path):
    with pytest.raises(DataError, match=r"no rails \(railway=rail\); train ferries.*: way 1 of 137\.7 km"):
        import_network([write_extract(tmp_path / "a.osm.pbf", LINE, {1: ([*LINE], FERRY)})])


# ---------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("tags", "open_on", "closed_on"),
    [
        ({"start_date": "2013"}, "2013-12-31", "2013-12-30"),
        ({"start_date": "2013-05-12"}, "2013-05-12", "2013-05-11"),
        ({"end_date": "2013-05-12"}, "2013-05-11", "2013-05-12"),
        ({"end_date": "2013"}, "2012-12-31", "2013-01-01"),
        ({"start_date": "~1900", "end_date": "2005-06"}, "1950-01-01", "2020-01-01"),
        ({"start_date": "C19", "end_date": "before 1990"}, "1950-01-01", "2000-01-01"),
    ],
)
def test_a_day_keeps_off_rails_that_were_not_in_service(tmp_path, tags, open_on, closed_on):
    network = line_with(tmp_path, BROAD | tags)
    assert path_km(network) == pytest.approx(LINE_KM, abs=0.1)
    assert path_km(network, on=open_on) == pytest.approx(LINE_KM, abs=0.1)
    with pytest.raises(NoPath, match=rf"on {closed_on}: 34\.4 km of rails between them were not in service then"):
        path_km(network, on=closed_on)
    with pytest.raises(NoPath, match=r"113\.9,51\.9 lies on rails that were not in service then; name another place"):
        find_path("113.9,51.9", ENDS[1], on=closed_on, network=network)


def test_days_travel_through_the_file_and_only_where_there_are_any(tmp_path):
    from corridor.network import network_bytes, read_network

    dated, bare = line_with(tmp_path, BROAD | {"start_date": "2013"}), line_with(tmp_path, BROAD)
    assert dated.digest != bare.digest
    assert b"opened.npy" in network_bytes(dated)
    assert b"closed.npy" not in network_bytes(dated)
    assert b"opened.npy" not in network_bytes(bare)
    (tmp_path / "n.npz").write_bytes(network_bytes(dated))
    read = read_network(tmp_path / "n.npz")
    assert read.digest == dated.digest
    np.testing.assert_array_equal(read.opened, dated.opened)
    with pytest.raises(NoPath):
        path_km(read, on="2000-01-01")


def test_causes_are_told_together_where_one_is_not_enough(tmp_path):
    ways = line_ways(BROAD | {"start_date": "2013"})
    ways |= {3: ([13, 14, 15], BROAD), 4: ([15, 16, 17], FERRY), 5: ([17, 18, 19, 20, 21], BROAD)}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", LINE, ways)])
    with pytest.raises(NoPath) as refused:
        path_km(network, on="2010-01-01")
    assert "34.4 km of rails between them were not in service then" in str(refused.value)
    assert "a train ferry of 13.8 km from 114.40,51.90 to 114.60,51.90 would join them" in str(refused.value)


def test_what_is_drawn_for_other_tests_is_noted_too(tmp_path):
    network = import_network([write_extract(tmp_path / "a.osm.pbf")], island_km=0)
    assert note_lines(network.origin) == [
        "left out: railway=disused on 1 track, 7.2 km",
        "gauge cannot be read, so is unknown: gauge=standard in RU on 1 stretch, 26.9 km",
    ]
    assert NODES[8] in {tuple(place) for place in np.vstack([network.nodes, network.bends]).round(5).tolist()}
