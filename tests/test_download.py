"""Networks asked of an Overpass server: one on this machine, which answers, refuses, breaks off or dawdles."""

import json
import os
import re
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st
from osm_drawn import LINE, answer, is_asked, line_ways, write_extract

from corridor.cli import main
from corridor.errors import BadValue, DataError, DownloadError, MissingExtra
from corridor.geo import geodesic_km
from corridor.network import read_network
from corridor.sources import Choice, Server, band, box, download_network, import_network
from corridor.sources.areas import MOST_CELLS, cells
from corridor.sources.download import cache_folder, query

AREA = box("116.1,49.1,119.5,50.9")  # all that is drawn
SQUARES = 8  # of one degree
NOTED = (
    "corridor: left out: railway=disused on 1 track, 7.2 km\n"
    "corridor: gauge cannot be read, so is unknown: gauge=standard in RU on 1 stretch, 26.9 km\n"
)


class Overpass(BaseHTTPRequestHandler):
    """Answers questions as its server is told to; by default truly."""

    def do_POST(self):
        query = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["data"][0]
        ring = re.search(r"poly:'([^']*)'", query)[1].split()
        square = shapely.Polygon([(float(lon), float(lat)) for lat, lon in zip(ring[::2], ring[1::2], strict=True)])
        self.server.asked.append(query)
        way = self.server.ways.pop(0) if self.server.ways else "answer"
        body = answer(square, query, *self.server.drawn)
        if way == "slow":
            time.sleep(1.2)
        if way == "remark":
            body = json.dumps({"elements": [], "remark": "runtime error: Query timed out"}).encode()
        if way == "html":
            body = b"<html>The server is probably too busy</html>"
        if way == "cut JSON":
            body = body[: len(body) // 2]
        if way == "other JSON":
            body = b'{"version": 0.6}'
        if way == "odd numbers":
            body = body.replace(b'"lon": 11', b'"lon": 911').replace(b'"id": 1', b'"id": 1' + b"0" * 20)
        try:
            self.send_response(way if isinstance(way, int) else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:20] if way == "break off" else body)
        except OSError:
            pass  # the one who asked did not wait
        if way == "break off":
            self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture
def overpass(monkeypatch, tmp_path):
    """A server: ``ways`` are how it treats the next questions, ``asked`` what it was asked, ``drawn`` what it holds."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Overpass)
    server.asked, server.ways, server.drawn = [], [], ()
    server.url = f"http://127.0.0.1:{server.server_port}/api"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def ask(overpass, area=AREA, **options):
    return download_network(area, server=Server(overpass.url, timeout=0.5, pause=0), island_km=0, **options)


def run(overpass, *words):
    fixed = ["--overpass", overpass.url, "--timeout", "0.5", "--pause", "0", "--islands", "0"]
    return CliRunner().invoke(main, ["network", "download", *map(str, words), *fixed])


# ---------------------------------------------------------------- what arrives


def test_a_download_makes_the_same_network_as_an_extract(overpass, tmp_path):
    network = ask(overpass)
    drawn = import_network([write_extract(tmp_path / "a.osm.pbf")], island_km=0)
    assert network.digest == drawn.digest
    assert network.origin["snapshot"] == "2026-01-02T03:04:05Z to 2026-01-02T03:04:05Z"
    assert network.origin["licence"] == "ODbL-1.0"


def test_what_is_asked(overpass):
    ask(overpass)
    assert len(overpass.asked) == SQUARES
    for question in overpass.asked:
        assert '["railway"~"^(rail)$"]["service"!~"^(yard|siding|spur)$"]' in question
        assert question.startswith("[out:json]")
        assert question.count(";way[") == 3  # other lives, prefixes, ferries: in the same question


@pytest.mark.parametrize(
    ("tags", "asked"),
    [
        ({"railway": "rail"}, True),
        ({"railway": "rail", "service": "crossover"}, True),
        ({"railway": "rail", "service": "yard"}, False),
        ({"railway": "disused", "disused": "rail"}, True),
        ({"disused:railway": "rail"}, True),
        ({"railway:abandoned": "rail"}, True),
        ({"abandoned:railway": "tram"}, False),
        ({"route": "ferry", "train": "yes"}, True),
        ({"railway": "ferry"}, True),
        ({"railway": "tram"}, False),
        ({"railway": "narrow_gauge"}, False),
        ({"highway": "primary"}, False),
    ],
    ids=str,
)
def test_what_the_question_asks_for(tags, asked):
    assert is_asked("".join(f"way{line}" for line in query(Choice()).splitlines()), tags) == asked


def test_a_download_notes_what_an_extract_notes(overpass, tmp_path):
    overpass.drawn = (
        LINE,
        line_ways({"disused:railway": "rail"}) | {9: ([8, 13], {"route": "ferry", "train": "yes", "gauge": "?"})},
    )
    done = run(overpass, "--bbox", "112.9,51.1,115.1,52.1", "--out", tmp_path / "n.npz")
    assert done.exit_code == 0, done.stderr
    extract = write_extract(tmp_path / "a.osm.pbf", *overpass.drawn)
    again = CliRunner().invoke(main, ["network", "import", str(extract), "--out", str(tmp_path / "b.npz")])
    assert done.stderr == again.stderr
    assert "left out: disused:railway=rail on 1 track, 34.4 km" in done.stderr
    assert "gauge=? on 1 track, 34.4 km" in done.stderr
    assert "way 9 of 34.4 km" in done.stderr


def test_a_second_run_asks_nothing(overpass):
    first = ask(overpass)
    asked = len(overpass.asked)
    assert ask(overpass).digest == first.digest
    assert len(overpass.asked) == asked


def test_another_area_asks_only_for_squares_that_are_new(overpass):
    ask(overpass, box("116.1,49.1,117.9,49.9"))
    assert len(overpass.asked) == 2
    ask(overpass, box("116.5,49.1,118.5,49.9"))
    assert len(overpass.asked) == 3


def test_only_ways_that_reach_into_the_area_count(overpass):
    east = ask(overpass, box("118.5,49.1,119.5,49.9"))
    assert len(east.metres) == 1  # from 6 to 7, as a whole
    assert east.nodes[:, 0].min() == pytest.approx(118.2)


def test_settings_are_as_they_were(overpass):
    import osmnx

    before, resolve = vars(osmnx.settings).copy(), socket.getaddrinfo
    ask(overpass)
    overpass.ways = [403]
    with pytest.raises(DownloadError):
        ask(overpass, box("100,49.1,100.5,49.9"))
    assert vars(osmnx.settings) == before
    assert socket.getaddrinfo is resolve


def test_the_cache_is_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "corridor" / "overpass"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "corridor" / "overpass"


def test_the_command_writes_a_network(overpass, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    out, cache = tmp_path / "n.npz", tmp_path / "answers"
    done = run(overpass, "--bbox", "116.1,49.1,119.5,50.9", "--out", out, "--cache", cache)
    assert (done.exit_code, done.stderr) == (0, NOTED)
    assert not (tmp_path / "cache" / "corridor").exists()  # the folder that was named is the only one
    assert read_network(out).digest == ask(overpass).digest
    assert len(list(cache.rglob("*.json"))) == SQUARES
    facts = json.loads(
        run(overpass, "--bbox", "116.1,49.1,119.5,50.9", "--out", out, "--cache", cache, "--json").stdout
    )
    assert (facts["file"], facts["digest"]) == (str(out), read_network(out).digest)


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("ways", "why"),
    [
        ([429] * 9, "refused, 429 Too Many Requests"),
        ([504] * 9, "refused, 504 Gateway Timeout"),
        ([403], "refused, 403 Forbidden"),
        ([400], "refused, 400 Bad Request"),
        (["break off"] * 9, "the answer broke off"),
        (["cut JSON"] * 9, "the answer is broken"),
        (["html"] * 9, "the answer is broken"),
        (["other JSON"] * 9, "the answer holds no rails and no word of why"),
        (["odd numbers"] * 9, "the answer holds no rails and no word of why"),
        ([302], "refused, 302 Found"),
        (["remark"] * 9, "the server gave up, runtime error: Query timed out"),
        (["slow"] * 9, "no answer within 0.5 s"),
    ],
    ids=lambda value: str(value[0]) if isinstance(value, list) else "",
)
def test_what_does_not_arrive_is_one_line_and_a_second_run_goes_on(overpass, tmp_path, ways, why):
    out = tmp_path / "new" / "n.npz"
    overpass.ways = ["answer", "answer", *ways]
    words = ["--bbox", "116.1,49.1,119.5,50.9", "--out", out]
    done = run(overpass, *words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert f"of {SQUARES} squares did not arrive (117,49,118,50: {why}" in done.stderr
    assert "the 2 that did are kept in" in done.stderr
    assert "run the same command again to go on from there" in done.stderr
    assert not out.parent.exists()
    overpass.ways, overpass.asked = [], []
    again = run(overpass, *words)
    assert again.exit_code == 0, again.stderr
    assert len(overpass.asked) == SQUARES - 2
    assert read_network(out).digest == ask(overpass).digest


@pytest.mark.parametrize("way", [429, 504, "break off", "cut JSON", "remark", "slow"])
def test_a_passing_fault_is_asked_again(overpass, way):
    overpass.ways = ["answer", way, way]
    ask(overpass)
    assert len(overpass.asked) == SQUARES + 2


def test_a_refusal_for_good_is_not_asked_again(overpass):
    overpass.ways = [403]
    with pytest.raises(DownloadError, match=r"1 of 8 squares .*; 7 not asked"):
        ask(overpass)
    assert len(overpass.asked) == 1


def test_one_square_that_fails_does_not_keep_the_others_back(overpass):
    overpass.ways = ["answer", 504, 504, 504]
    with pytest.raises(
        DownloadError, match=r"1 of 8 squares did not arrive \(116,50,117,51: refused, 504[^;]*\); the 7"
    ):
        ask(overpass)


def test_an_answer_cut_short_on_disk_is_asked_again(overpass, tmp_path):
    whole = ask(overpass, cache=tmp_path / "c")
    file = sorted((tmp_path / "c").rglob("*.json"))[3]
    file.write_bytes(file.read_bytes()[:30])
    overpass.asked = []
    assert ask(overpass, cache=tmp_path / "c").digest == whole.digest
    assert len(overpass.asked) == 1


@pytest.mark.parametrize("damage", ["changed", "deep", "pipe", "link to zeros", "folder"])
def test_a_kept_answer_that_is_not_as_it_was_is_asked_again(overpass, tmp_path, damage):
    area, cache = box("117.1,49.1,117.9,49.9"), tmp_path / "c"
    whole = ask(overpass, area, cache=cache)
    (file,) = cache.rglob("*.json")
    content = file.read_bytes()
    file.unlink()
    if damage == "changed":  # a gauge, which would be another network without a word
        file.write_bytes(content.replace(b"1520", b"1435"))
    elif damage == "deep":
        file.write_bytes(b"[" * 100_000)
    elif damage == "pipe":
        os.mkfifo(file)
    elif damage == "link to zeros":
        file.symlink_to("/dev/zero")
    else:
        file.with_name("old.json").mkdir()
    assert ask(overpass, area, cache=cache).digest == whole.digest
    assert len(overpass.asked) == 2
    assert file.read_bytes() == content
    ask(overpass, area, cache=cache)
    assert len(overpass.asked) == 2


def test_without_a_home_nothing_is_kept(overpass, monkeypatch):
    monkeypatch.setattr("corridor.store.cache_folder", lambda: None)
    area = box("117.1,49.1,117.9,49.9")
    assert ask(overpass, area).digest == ask(overpass, area).digest
    assert len(overpass.asked) == 2
    overpass.ways = [403]
    with pytest.raises(DownloadError, match="nothing is kept, as there is no cache folder: name one with --cache"):
        ask(overpass, area)


def test_a_server_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/api"
    with pytest.raises(DownloadError, match=r"the server cannot be reached \(ConnectionError\); 7 not asked"):
        download_network(AREA, server=Server(url, 0.5, 0))


@pytest.mark.parametrize("url", ["nonsense", "http://", "ftp://127.0.0.1/api"])
def test_an_address_that_is_none(tmp_path, url):
    with pytest.raises(DownloadError, match="cannot be reached"):
        download_network(AREA, server=Server(url, 0.5, 0), cache=tmp_path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(
            (field, value)
            for field in ("timeout", "pause")
            for value in (float("nan"), float("inf"), -1, 1e12, "1", None)
        ),
        ("timeout", 0),
        ("url", 3),
        ("url", b"http://127.0.0.1/api"),
    ],
    ids=str,
)
def test_a_server_that_cannot_be_asked_is_a_bad_value(tmp_path, field, value):
    server = Server("http://127.0.0.1:9/api", 0.5, 0)._replace(**{field: value})
    with pytest.raises(BadValue, match=f"the {field} of a server cannot be"):
        download_network(AREA, server=server, cache=tmp_path)


def test_the_public_server_is_asked_first_whether_it_is_there(monkeypatch, tmp_path):
    """Without a line out, the error comes at once, not after the minute that OSMnx waits for a busy server."""
    import osmnx

    monkeypatch.setattr(osmnx.settings, "overpass_url", "http://127.0.0.1:9/api")
    with pytest.raises(DownloadError, match="the server cannot be reached"):
        download_network(AREA, server=Server(timeout=0.5, pause=0), cache=tmp_path)


def test_a_cache_that_cannot_be_written(overpass, tmp_path):
    (tmp_path / "file").write_text("x")
    done = run(overpass, "--bbox", "116.1,49.1,116.5,49.5", "--out", tmp_path / "n.npz", "--cache", tmp_path / "file")
    assert done.exit_code == 1
    assert "name another --cache" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_area_without_rails(overpass, tmp_path):
    done = run(overpass, "--bbox", "100.1,49.1,100.5,49.5", "--out", tmp_path / "n.npz")
    assert (done.exit_code, done.stderr) == (
        1,
        "corridor: the area 100.1,49.1,100.5,49.5: no rails (railway=rail); name an extract or an area with railways\n",
    )


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "2,1,1,2", "1,2,3,nan", "1,2,3,95", "-181,1,2,2"])
def test_a_box_that_is_none(overpass, tmp_path, text):
    done = run(overpass, f"--bbox={text}", "--out", tmp_path / "n.npz")
    assert done.exit_code == 1
    assert "is no box W,S,E,N" in done.stderr


@pytest.mark.parametrize("words", [[], ["--bbox", "1,2,3,4", "--around", "x"], ["--around", "x", "--width", "0"]])
def test_wrong_usage_is_status_2(overpass, tmp_path, words):
    assert run(overpass, *words, "--out", tmp_path / "n.npz").exit_code == 2


def test_an_unknown_route(overpass, tmp_path):
    done = run(overpass, "--around", "harbin-hambrug", "--out", tmp_path / "n.npz")
    assert done.exit_code == 1
    assert "no route 'harbin-hambrug'" in done.stderr
    assert "harbin-hamburg" in done.stderr


def test_without_osmnx_the_error_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "osmnx", None)
    with pytest.raises(MissingExtra, match=r"pip install 'corridor\[osm\]'"):
        download_network(AREA, cache=tmp_path)


# ---------------------------------------------------------------- areas


lon, lat = st.floats(-170, 170), st.floats(-70, 70)


@given(st.lists(st.tuples(lon, lat), min_size=2, max_size=2, unique=True), st.floats(1, 100), st.floats(0, 360))
@example([(0.0, 0.0), (0.0, 5e-324)], 1.0, 0.0)
def test_a_band_reaches_as_far_as_it_is_wide(ends, width, angle):
    """From a point of the line: nine tenths of the width lie in it; past the end, a tenth more does not."""
    start = np.array(ends[0])
    line = np.array([start, start + 0.9 * (np.array(ends[1]) - start) / 200])
    area = band(line, width)
    step = (
        width / 111.2 * np.array([np.cos(np.radians(angle)) / np.cos(np.radians(start[1])), np.sin(np.radians(angle))])
    )
    assert shapely.contains_xy(area, *(start + 0.9 * step))
    edge = shapely.get_coordinates(area)
    gap = geodesic_km(*start, edge[:, 0], edge[:, 1]).min()
    assert 0.9 * width < gap < 1.1 * width


def thousandths(low, high):
    """Degrees to the metre or so: finer ones are no place."""
    return st.integers(round(1000 * low), round(1000 * high)).map(lambda n: n / 1000)


@given(thousandths(-20, 20), thousandths(-20, 20), thousandths(0.01, 4), thousandths(0.01, 4))
def test_squares_cover_the_area_and_each_is_needed(west, south, wide, high):
    area = shapely.box(west, south, west + wide, south + high)
    squares = [shapely.box(*cell) for cell in cells(area)]
    assert shapely.union_all(squares).buffer(1e-9).contains(area)
    assert all(square.intersection(area).area > 0 for square in squares)
    assert len(set(squares)) == len(squares)


def test_a_box_of_whole_degrees_has_no_neighbours():
    assert cells(shapely.box(10, 20, 12, 21)) == [(10, 20, 11, 21), (11, 20, 12, 21)]


def test_an_area_too_large():
    with pytest.raises(
        DataError, match=rf"takes [\d,]+ queries of one square degree, at most {MOST_CELLS:,} are asked"
    ):
        cells(box("-10,30,140,70"))


def test_the_band_of_a_long_service_is_not_too_large():
    from corridor.cli.openstreetmap import _path

    path = _path("harbin-hamburg")
    assert len(cells(band(path, 30))) < MOST_CELLS / 2
