"""Files of OpenStreetMap: their kind, several versions, what disagrees between them, and missing nodes."""

import bz2
import gzip
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osm_drawn import BROAD, ENDS, LINE, LINE_KM, NODES, RAIL, WAYS, WHOLE, line_ways, write_extract
from trials.extracts import pack_file, unpack_file

from corridor.cli import main
from corridor.errors import DataError, NoPath
from corridor.routing import find_path
from corridor.sources import blobs, import_network
from corridor.sources.blobs import _zero_in_table

osmium = pytest.importorskip("osmium")
make = osmium.osm.mutable

OLD, NEW = "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


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
        # What comes before an element could be parted in as many ways as there are atoms.
        (b"<??>" * 500 + b"x", "(it is text, "),
        (b"<!---->" * 500 + b"x", "(it is text, "),
        (b"<?" * 2000, "(it is text, "),
        (b"<?xml version='1.0'?>\n<!-- a --> <!-- b -->\n<html>", "(it is a web page"),
        (b"PK\x03\x04" + b"\x00" * 26 + b"format.npy", "(it is an npz file, such as a network that was made before)"),
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
        (gzip.compress(b"<html>", mtime=0), "(it is a web page"),
        (b"\x1f\x8bbroken", "not an OSM PBF file, or broken off"),
        (CHANGES.encode(), "a change file, which holds what was changed and not the map; apply it to an extract"),
        (gzip.compress(CHANGES.encode(), mtime=0), "a change file"),
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
    (tmp_path / "x.osm.pbf.gz").write_bytes(gzip.compress(whole, mtime=0))
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


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("kind", ["pipe", "zeros", "link to zeros"])
def test_a_pipe_or_device_is_refused_and_not_waited_for(tmp_path, kind):
    path = tmp_path / "a.osm.pbf"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link to zeros":
        path.symlink_to("/dev/zero")
    else:
        path = Path("/dev/zero")
    done = run("network", "import", path, "--out", tmp_path / "n.npz")
    assert (done.exit_code, done.stderr) == (
        1,
        f"corridor: {path}: not an OSM PBF file, or broken off (it is a pipe or device, and an extract is read "
        "several times); save it to a file\n",
    )


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="where open files have names")
def test_a_file_that_is_standard_input_is_read(tmp_path):
    """To the process that reads it, /dev/stdin is another file."""
    path = write_extract(tmp_path / "a.osm.pbf", LINE, WHOLE)
    with path.open("rb") as file:
        assert path_km(import_network([Path(f"/proc/self/fd/{file.fileno()}")])) == pytest.approx(LINE_KM, abs=0.1)


def with_text(path, change, form):
    """An extract of which the text ABCDEFGH of a tag is another."""
    raw = write_extract(path, LINE, {1: ([*LINE], BROAD | {"name": "ABCDEFGH"})}, form=form or "pbf").read_bytes()
    if not form:
        raw = pack_file([[kind, content.replace(b"ABCDEFGH", change)] for kind, content in unpack_file(raw)])
    path.write_bytes(raw.replace(b"ABCDEFGH", change))
    return path


@pytest.mark.parametrize(
    ("text", "form", "why"),
    [
        (b"ABC\xff\xfeFGH", "", "text that is not UTF-8"),
        (b"AB\xed\xa0\x80FGH", "", "text that is not UTF-8"),
        (b"ABCDE\xe6\xbbH", "", "text that is not UTF-8"),
        (b"ABC\xffEFGH", "opl", ""),
        (b"ABC\xffEFGH", "osm", ""),
        (b"ABC&#0;EFGH", "osm", "XML parsing error"),
        (b"ABC\x00EFGH", "osm", "XML parsing error"),
        (b"&b;" * 100, "osm", "XML parsing error"),
        (b"x" * 70_000, "osm", "too long"),
    ],
)
def test_damaged_text_is_one_line(tmp_path, text, form, why):
    path = with_text(tmp_path / "a", text, form)
    with pytest.raises(DataError) as refused:
        import_network([path])
    assert f"{path}: not an OSM PBF file, or broken off (" in str(refused.value)
    assert why in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["\x1b[31m", "\u202e", "a\nb", "\x7f"])
def test_odd_letters_of_a_tag_are_shown_and_not_done(tmp_path, text):
    path = write_extract(tmp_path / "a.osm.pbf", LINE, {1: ([*LINE], BROAD | {"gauge": f"15{text}"})})
    done = run("network", "import", path, "--out", tmp_path / "n.npz")
    assert done.exit_code == 0
    assert all(line.isprintable() for line in done.stderr.splitlines())
    assert len(done.stderr.splitlines()) == 1


def test_text_with_a_zero_byte_is_found_in_python():
    """What would be taken for the end of a text is looked for before a compiled reader has the file."""
    assert not _zero_in_table(b"\x0a\x00" + b"\x0a\x03abc")
    assert _zero_in_table(b"\x0a\x00" + b"\x0a\x03a\x00c")


@pytest.mark.parametrize("text", [b"# %0%", b"# %20%\n# %0000%", b"#" * 999_996 + b"%0%"])
@pytest.mark.parametrize("packing", ["", ".gz", ".bz2"])
def test_so_it_is_where_it_is_written_as_a_number(tmp_path, text, packing):
    """In comments, which no reader takes for tags."""
    pack = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress}[packing]
    (tmp_path / "a").write_bytes(pack(text))
    assert blobs.fault_of_text(tmp_path / "a", f"opl{packing}") == "text with a zero byte"
    (tmp_path / "a").write_bytes(pack(b"# %20%0%20% %a0%"))
    assert blobs.fault_of_text(tmp_path / "a", f"opl{packing}") == ""


def test_what_unpacks_to_hundreds_of_times_its_length_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(blobs, "MOST_TEXT", 1_000_000)
    path = tmp_path / "a.osm.gz"
    path.write_bytes(gzip.compress(b"<osm version='0.6'>" + b" " * 2_000_000 + b"</osm>", mtime=0))
    with pytest.raises(DataError, match="it unpacks to more than 1 MB"):
        import_network([path])


@pytest.mark.parametrize(
    ("nodes", "ways", "why"),
    [
        (LINE | {2**40: (115.1, 51.9)}, {1: ([*LINE, 2**40], BROAD)}, "node 1099511627776: not OpenStreetMap's data"),
        (LINE, {2**50: ([*LINE], BROAD)}, "way 1125899906842624: not OpenStreetMap's data"),
        (LINE, {-1: ([*LINE], BROAD)}, "way -1: not OpenStreetMap's data"),
    ],
    ids=["node", "way", "below zero"],
)
def test_ids_that_are_not_openstreetmaps(tmp_path, nodes, ways, why):
    with pytest.raises(DataError, match=why):
        import_network([write_extract(tmp_path / "a.osm.pbf", nodes, ways)])


def test_a_node_out_of_the_world(tmp_path):
    """The same numbers in units twice as large."""
    path = write_extract(tmp_path / "a.osm.pbf", LINE, WHOLE)
    raw = pack_file(
        [
            [kind, content + b"\x88\x01\xc8\x01" * (kind == b"OSMData")]
            for kind, content in unpack_file(path.read_bytes())
        ]
    )
    path.write_bytes(raw)
    with pytest.raises(DataError, match=r"node 1 lies at .*, 103\.8, out of the world"):
        import_network([path])


def test_a_node_at_two_places(tmp_path):
    raw = write_extract(tmp_path / "a.opl", LINE, WHOLE).read_text().splitlines(keepends=True)
    (tmp_path / "a.opl").write_text("".join([*raw[:3], raw[2].replace("51.9", "51.8"), *raw[3:]]))
    with pytest.raises(DataError, match="node 3 stands in it at two places"):
        import_network([tmp_path / "a.opl"])


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
