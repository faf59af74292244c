"""Overpass servers that break off, lie or never end: each is one line within the time asked for, or the right network.

    python tests/trials/servers.py --seed 1 --count 70

A case is a mode of MODES: seed 1 is the first, and after the last they begin anew. Each is asked by the real command in
a process of its own, with empty caches; its exit status, its one line, what it leaves on disk and the digest of the
network are checked.
"""

import argparse
import collections
import contextlib
import functools
import gzip
import itertools
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS)]

from osm_drawn import NODES, WAYS, answer, write_extract  # noqa: E402

BBOX = "117.05,49.05,117.95,49.95"  # one square
SQUARE = (117, 49, 118, 50)
TIMEOUT = 2  # seconds for an answer that never ends
PATIENCE = 30  # for others, on a machine that is busy with much else
TRIES = 3
SPARE = 60  # seconds for the processes to start, and to be ended
FONTS = Path(tempfile.gettempdir()) / "corridor-trial-fonts"
REFUSED = "1 of 1 squares did not arrive (117,49,118,50: "


class Mode(NamedTuple):
    """A way of being broken: its name, what must be said of it (NETWORK: the right network is made), what is sent.

    ``says``: words of which some must stand in the line, parted by "|".

    ``send`` yields bytes to send and seconds to wait; it is given the true body and the number of the question.
    """

    name: str
    says: str
    send: object

    @property
    def endless(self):
        """Whether time is what ends it."""
        return LATE in self.says or not self.says


NETWORK = "(a network)"
NO_RAILS = "no rails (railway=rail)"
LATE = "no answer within 2 s"
BROKEN = "the answer is broken"
BROKE_OFF = "the answer broke off"
NOTHING = "the answer holds no rails and no word of why"
LONG = "the answer is longer than 256 MB"
HUNG_UP = "the server hung up without an answer"


def http(body, *headers, status="200 OK", length=True):
    size = [f"Content-Length: {len(body)}"] if length is True else []
    return "\r\n".join([f"HTTP/1.1 {status}", *size, *headers, "", ""]).encode() + body


def whole(change=lambda body: body, *headers, **options):
    """One answer, of a changed body."""
    return lambda body, turn: [http(change(body), *headers, **options)]


def refused(status, *headers):
    return lambda body, turn: [http(b"<html>no</html>", *headers, status=status)]


def first(bad, times=1):
    """Broken at first, then true."""
    return lambda body, turn: bad(body, turn) if turn <= times else [http(body)]


def drip(before, parts, seconds):
    return lambda body, turn: itertools.chain(
        [before], itertools.chain.from_iterable((part, seconds) for part in parts)
    )


def chunks(body, size=50):
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@functools.cache
def packed_blanks(times, rounds=1):
    """Packed blanks, a megabyte a time: what unpacks to a thousand times its length, once or more."""
    packer = zlib.compressobj(9, wbits=31)
    raw = b"".join(packer.compress(b" " * 1_000_000) for _ in range(times)) + packer.flush()
    for _ in range(rounds - 1):
        raw = gzip.compress(raw, mtime=0)
    return raw


def elements(change):
    """Each element of an answer changed by a function."""

    def changed(body):
        answer = json.loads(body)
        answer["elements"] = [item for element in answer["elements"] for item in change(element)]
        return json.dumps(answer).encode()

    return whole(changed)


def nodes(**values):
    return elements(lambda one: [one | values if one["type"] == "node" else one])


def ways(**values):
    return elements(lambda one: [one | values if one["type"] == "way" else one])


def said(value):
    return whole(lambda body: json.dumps(value).encode())


OK = b"HTTP/1.1 200 OK\r\n"
JSON = "Content-Type: application/json"
GZIP = "Content-Encoding: gzip"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS = itertools.repeat(b" " * 65_536)
RESET = object()

MODES = (
    # answers that are right, if oddly sent
    Mode("true", NETWORK, whole()),
    Mode("gzip", NETWORK, whole(lambda body: gzip.compress(body), GZIP)),
    Mode("deflate", NETWORK, whole(zlib.compress, "Content-Encoding: deflate")),
    Mode("chunks", NETWORK, lambda body, turn: [CHUNKED + chunks(body)]),
    Mode("no length", NETWORK, whole(length=False)),
    Mode("text/html", NETWORK, whole(lambda body: body, "Content-Type: text/html; charset=latin-1")),
    Mode("byte order mark", NETWORK, whole(lambda body: b"\xef\xbb\xbf" + body)),
    Mode("100 first", NETWORK, lambda body, turn: [b"HTTP/1.1 100 Continue\r\n\r\n", http(body)]),
    Mode(
        "slow, in time", NETWORK, lambda body, turn: [http(body)[:99], 0.3, http(body)[99:150], 0.3, http(body)[150:]]
    ),
    Mode("cookies", NETWORK, whole(lambda body: body, *(f"Set-Cookie: c{i}={'x' * 900}" for i in range(40)))),
    Mode("429 once", NETWORK, first(refused("429 Too Many Requests", "Retry-After: 86400"))),
    Mode("504 twice", NETWORK, first(refused("504 Gateway Timeout"), 2)),
    Mode("hangs up once", NETWORK, first(lambda body, turn: [])),
    Mode("cut once", NETWORK, first(whole(lambda body: body[:99]))),
    Mode("no elements", NO_RAILS, said({"elements": []})),
    Mode("other elements", NO_RAILS, said({"elements": [{"type": "count", "id": 0, "tags": {"total": "0"}}]})),
    # never ends
    Mode("silent", LATE, lambda body, turn: [30.0]),
    Mode("status drips", LATE, drip(b"HTTP/1.1 200 ", itertools.repeat(b"O"), 0.2)),
    Mode("headers drip", LATE, drip(OK, itertools.repeat(b"X"), 0.2)),
    Mode("body drips", LATE, drip(OK + b"Content-Length: 999999\r\n\r\n", itertools.repeat(b" "), 0.2)),
    Mode("chunks drip", LATE, drip(CHUNKED, itertools.repeat(b"1\r\n \r\n"), 0.2)),
    Mode("stops midway", LATE, drip(OK + b"Content-Length: 999999\r\n\r\n{", [b" "], 30.0)),
    Mode("endless status", "", lambda body, turn: itertools.chain([b"HTTP/1.1 200 "], itertools.repeat(b"O" * 65_536))),
    Mode("endless headers", "", lambda body, turn: itertools.chain([OK], itertools.repeat(b"X: y\r\n" * 999))),
    Mode("100 for ever", "", lambda body, turn: itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 999)),
    Mode("endless body", f"{LONG}|{LATE}", lambda body, turn: itertools.chain([OK + b"\r\n"], ENDLESS)),
    Mode(
        "endless chunks",
        f"{LONG}|{LATE}",
        lambda body, turn: itertools.chain([CHUNKED], itertools.repeat(b"10000\r\n" + b" " * 65_536 + b"\r\n")),
    ),
    Mode("gzip bomb", f"{LONG}|{LATE}", whole(lambda body: packed_blanks(300), GZIP)),
    Mode(
        "gzip in gzip",
        f"{LONG}|{LATE}|memory",
        whole(lambda body: packed_blanks(300, 2), "Content-Encoding: gzip, gzip"),
    ),
    Mode("claims to be long", BROKE_OFF, lambda body, turn: [OK + b"Content-Length: 99999999999999\r\n\r\n" + body]),
    # broken off
    Mode("hangs up", HUNG_UP, lambda body, turn: []),
    Mode("resets", f"{HUNG_UP}|{BROKE_OFF}", lambda body, turn: [RESET]),
    Mode("resets midway", f"{HUNG_UP}|{BROKE_OFF}", lambda body, turn: [http(body)[:150], 0.2, RESET]),
    Mode("headers cut", f"{BROKEN}|{HUNG_UP}|{NOTHING}", lambda body, turn: [OK + b"Content-Le"]),
    Mode("body cut", BROKE_OFF, lambda body, turn: [http(body)[:-20]]),
    Mode("JSON cut", BROKEN, whole(lambda body: body[: len(body) // 2])),
    Mode("no length, cut", BROKEN, whole(lambda body: body[:-20], length=False)),
    Mode("chunks cut", BROKE_OFF, lambda body, turn: [CHUNKED + chunks(body)[:-30]]),
    Mode("chunks of no size", BROKE_OFF, lambda body, turn: [CHUNKED + b"zz\r\n" + body + b"\r\n"]),
    Mode("gzip cut", BROKEN, whole(lambda body: gzip.compress(body)[:-20], GZIP)),
    Mode("gzip damaged", BROKE_OFF, whole(lambda body: b"\x1f\x8b" + body, GZIP)),
    Mode("gzip that is none", BROKE_OFF, whole(lambda body: body, GZIP)),
    # no HTTP
    Mode("SSH", HUNG_UP, lambda body, turn: [b"SSH-2.0-OpenSSH_9.6\r\n"]),
    Mode("TLS", HUNG_UP, lambda body, turn: [b"\x15\x03\x01\x00\x02\x02\x28"]),
    Mode("zeros", "", lambda body, turn: itertools.repeat(bytes(65_536))),
    Mode(
        "two lengths",
        f"{HUNG_UP}|cannot be reached|{BROKEN}|{BROKE_OFF}",
        whole(lambda body: body, "Content-Length: 3"),
    ),
    Mode("length below zero", NETWORK, lambda body, turn: [OK + b"Content-Length: -5\r\n\r\n" + body]),
    # refusals
    Mode("400", "refused, 400", refused("400 Bad Request")),
    Mode("403", "refused, 403", refused("403 Forbidden")),
    Mode("404", "refused, 404", refused("404 Not Found")),
    Mode("429", "refused, 429", refused("429 Too Many Requests", "Retry-After: 86400")),
    Mode("500", "refused, 500", refused("500 Internal Server Error")),
    Mode("504", "refused, 504", refused("504 Gateway Timeout", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT")),
    Mode("204", "refused, 204", lambda body, turn: [b"HTTP/1.1 204 No Content\r\n\r\n"]),
    Mode("302 to itself", "refused, 302", refused("302 Found", "Location: /api/interpreter")),
    Mode("307 to itself", "refused, 307", refused("307 Temporary Redirect", "Location: /api/interpreter")),
    Mode("long reason", "refused, 418", refused("418 " + "no" * 20_000)),
    Mode("reason with escapes", "refused, 418", refused("418 \x1b[31mred\x1b[0m \x07")),
    # bodies of other kinds
    Mode("empty", BROKEN, whole(lambda body: b"")),
    Mode("web page", BROKEN, whole(lambda body: b"<!DOCTYPE html><html>too busy</html>")),
    Mode("XML", BROKEN, whole(lambda body: b'<?xml version="1.0"?><osm version="0.6"></osm>')),
    Mode("Latin-1", "not UTF-8", whole(lambda body: body.replace(b"rail", b"r\xe4il"))),
    Mode("UTF-16", "not UTF-8", whole(lambda body: body.decode().encode("utf-16"))),
    Mode("deep lists", "nested too deep", whole(lambda body: b"[" * 100_000 + b"]" * 100_000)),
    Mode("deep objects", "nested too deep", whole(lambda body: b'{"elements":' * 100_000)),
    Mode("a list", BROKEN, said([])),
    Mode("null", BROKEN, said(None)),
    Mode("no elements at all", NOTHING, said({"version": 0.6})),
    Mode("elements of text", NOTHING, said({"elements": "none"})),
    Mode("elements of numbers", NOTHING, said({"elements": [1, 2, 3]})),
    Mode("remark", "the server gave up, runtime error", said({"elements": [], "remark": "runtime error: timed out"})),
    Mode(
        "remark with escapes",
        "the server gave up",
        said({"elements": [], "remark": "\x1b]0;x\x07\u202e" + "y" * 10**6}),
    ),
    # elements that are wrong
    Mode("NaN", NOTHING, nodes(lon=float("nan"))),
    Mode("infinite", NOTHING, nodes(lat=float("inf"))),
    Mode("out of the world", NOTHING, nodes(lon=999)),
    Mode("places as text", NOTHING, nodes(lon="117")),
    Mode("no places", NOTHING, elements(lambda one: [{key: one[key] for key in one if key != "lon"}])),
    Mode("ids beyond 64 bits", NOTHING, nodes(id=10**20)),
    Mode("ids of a thousand digits", BROKEN, whole(lambda body: body.replace(b'"id": ', b'"id": ' + b"9" * 5_000))),
    Mode("ids below zero", NOTHING, ways(id=-10)),
    Mode("ids as text", NOTHING, ways(id="10")),
    Mode("nodes as text", NOTHING, ways(nodes="1234")),
    Mode("nodes of halves", NOTHING, ways(nodes=[1.5, 2.5])),
    Mode("tags as a list", NOTHING, ways(tags=["railway", "rail"])),
    Mode("tags of numbers", NOTHING, ways(tags={"railway": "rail", "gauge": 1520})),
    Mode("all twice", NETWORK, elements(lambda one: [one, one])),
    Mode(
        "nodes twice, elsewhere",
        NOTHING,
        elements(lambda one: [one, one | {"lon": 117.5}] if one["type"] == "node" else [one]),
    ),
)


# ---------------------------------------------------------------- the server, and one case


class Broken:
    """A server on this machine that treats every question in one mode."""

    def __init__(self, mode, body):
        self.mode, self.body, self.asked = mode, body, 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=20)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/api"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):  # closed
            while True:
                connection, _ = self.listener.accept()
                self.asked += 1
                threading.Thread(target=self.treat, args=(connection, self.asked), daemon=True).start()

    def treat(self, connection, turn):
        with connection, contextlib.suppress(OSError):  # who asked has left
            asked = b""
            while not (
                found := re.search(rb"Content-Length: (\d+).*?\r\n\r\n", asked, re.DOTALL | re.IGNORECASE)
            ) or len(asked) < found.end() + int(found[1]):
                part = connection.recv(65_536)
                if not part:
                    return
                asked += part
            for part in self.mode.send(self.body, turn):
                if part is RESET:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                if isinstance(part, float):
                    time.sleep(part)
                else:
                    connection.sendall(part)

    def close(self):
        self.listener.close()


@contextlib.contextmanager
def serving(mode):
    """A server of a mode."""
    import shapely

    from corridor.sources import Choice
    from corridor.sources.download import query

    question = "".join(f"way{line}" for line in query(Choice()).splitlines())
    server = Broken(mode, answer(shapely.box(*SQUARE), question, NODES, WAYS))
    try:
        yield server
    finally:
        server.close()


def check(mode, folder, right):
    """Ask a server of a mode by the command; what is wrong with how it ends, or None.

    ``right``: digest of the right network.
    """
    out = folder / "new" / "n.npz"
    timeout = TIMEOUT if mode.endless else PATIENCE
    words = ["network", "download", "--bbox", BBOX, "--timeout", f"{timeout}", "--pause", "0", "--islands", "0"]
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {"XDG_CACHE_HOME": str(folder / "cache"), "HOME": str(folder)}
    environment |= {"MPLCONFIGDIR": str(FONTS)}  # matplotlib looks at every font once
    began = time.monotonic()
    with serving(mode) as server:
        place = ["--overpass", server.url, "--cache", str(folder / "answers"), "--out", str(out)]
        try:
            done = subprocess.run(
                [sys.executable, "-m", "corridor", *words, *place, "--json"],
                env=environment,
                capture_output=True,
                timeout=(TRIES * (TIMEOUT + 5) if mode.endless else 0) + SPARE,
            )
        except subprocess.TimeoutExpired as err:
            return f"took more than {err.timeout:g} s"
    seconds = time.monotonic() - began
    said, kept = done.stderr.decode(errors="replace"), sorted((folder / "answers").rglob("*.json"))
    if "Traceback" in said or done.returncode not in (0, 1):
        return f"status {done.returncode}, after {seconds:.0f} s: {said[-2000:]}"
    if mode.says == NETWORK:
        if done.returncode:
            return f"not the network: {said}"
        digest = json.loads(done.stdout)["digest"]
        return f"another network, {digest}" if digest != right else None
    if done.returncode == 0:
        return "a network, of what is no answer"
    lines = said.splitlines()
    if len(lines) != 1 or not lines[0].isprintable() or len(lines[0]) > 700 + len(str(folder)):
        return f"{len(lines)} lines: {said[:2000]}"
    if mode.says != NO_RAILS and (REFUSED not in said or kept):
        return f"{said} (kept: {kept})"
    if not re.search("|".join(map(re.escape, mode.says.split("|"))), said):
        return f"{said.strip()} instead of {mode.says!r}"
    left = [path for path in (folder / "answers").rglob("*") if path.is_file() and path not in kept]
    return f"left behind: {left}" if left or out.parent.exists() else None


def right_digest(folder):
    """Digest of the network that a true answer makes, by way of an extract."""
    from corridor.sources import import_network

    west, south, east, north = map(float, BBOX.split(","))
    ways = {
        way: (refs, tags)
        for way, (refs, tags) in WAYS.items()
        if any(west <= NODES[ref][0] <= east and south <= NODES[ref][1] <= north for ref in refs)
    }
    return import_network([write_extract(folder / "right.osm.pbf", NODES, ways)], island_km=0).digest


def trial(modes, say=lambda line: None):
    """Check some modes, given by their places in MODES; how many were right, and the faults."""
    found, faults = collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        right = right_digest(Path(folder))
    for seed in modes:
        mode = MODES[(seed - 1) % len(MODES)]
        with tempfile.TemporaryDirectory() as folder:
            wrong = check(mode, Path(folder), right)
        found["network" if mode.says == NETWORK else "one line"] += wrong is None
        if wrong:
            faults.append((seed, mode.name, wrong))
            say(f"FAULT python tests/trials/servers.py --seed {seed} --count 1\n{mode.name}: {wrong}")
    return found, faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=len(MODES))
    words = parser.parse_args()
    found, faults = trial(range(words.seed, words.seed + words.count), functools.partial(print, flush=True))
    print(f"{words.count} servers: " + ", ".join(f"{n} {what}" for what, n in found.items()))
    print(f"{len(faults)} faults")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
