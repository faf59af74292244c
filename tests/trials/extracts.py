"""Extracts of OpenStreetMap, damaged: each is refused in one line, or what is read of it stands in it.

    python tests/trials/extracts.py --seed 1 --count 2500

A case is a function of its seed. The extract is read as ``corridor network import`` reads it, in a helper process,
whose death is a refusal; what is read is compared with :mod:`pbf_codec`'s own reading of the same bytes. One case in
forty is made a whole network. Of other formats than PBF only the form of the answer is checked.
"""

import argparse
import bz2
import collections
import gzip
import random
import struct
import sys
import tempfile
import time
import traceback
import zlib
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(Path(__file__).resolve().parent)]

import numpy as np  # noqa: E402
from osm_drawn import BROAD, LINE, NODES, WAYS, SharedHelper, line_ways, write_extract  # noqa: E402
from pbf_codec import Content, fields, message, pack_blob, pack_file, packed, unpack_file, varint  # noqa: E402

from corridor.errors import CorridorError  # noqa: E402
from corridor.sources import Choice, import_network, pbf  # noqa: E402
from corridor.sources.tags import read_way  # noqa: E402
from corridor.sources.ways import is_placed  # noqa: E402

SLOW = 20  # seconds of a case
_ODD = (0, 1, 127, 128, 2**31 - 1, 2**31, 2**32 - 1, 2**36, 2**53, 2**63 - 1, 2**63, 2**64 - 1)

NAMED = {"name": "Забайкальск 满洲里", "electrified": "contact_line", "usage": "main"}


class Wrong(Exception):
    """What a case found."""


# ---------------------------------------------------------------- damage to PBF


def flip_bits(random, blobs):
    """Some bits of what is packed in a blob."""
    blob = random.choice(blobs)
    content = bytearray(blob[1])
    for _ in range(random.choice([1, 1, 1, 2, 8, 64])):
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    blob[1] = bytes(content)
    return pack_file(blobs)


def set_bytes(random, blobs):
    """Some bytes of what is packed in a blob."""
    blob = random.choice(blobs)
    content = bytearray(blob[1])
    for _ in range(random.choice([1, 2, 8])):
        content[random.randrange(len(content))] = random.choice([0, 1, 127, 128, 255, random.randrange(256)])
    blob[1] = bytes(content)
    return pack_file(blobs)


def damage_texts(random, blobs):
    """Bytes of the texts of tags, or a text of another length."""
    blob = random.choice([blob for blob in blobs if blob[0] == b"OSMData"])
    parts = fields(blob[1])
    table = next(part for part in parts if part[0] == 1)
    texts = fields(table[2])
    for _ in range(random.choice([1, 1, 3])):
        text = random.choice(texts)
        raw = bytearray(text[2])
        at = random.randrange(len(raw) + 1)
        raw[at : at + random.choice([0, 1, 1, 4])] = random.choice(
            [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x1b[2J", "\u202e".encode(), b"x" * 1020, b"y" * 70_000, b""]
        )
        text[2] = bytes(raw)
    table[2] = message(texts)
    blob[1] = message(parts)
    return pack_file(blobs)


def odd_numbers(random, blobs):
    """A number of a message, or of a packed list, is another; found at a random depth."""
    blob = random.choice([blob for blob in blobs if blob[0] == b"OSMData"])

    def edit(raw, depth):
        try:
            parts = fields(raw)
        except (ValueError, LookupError):
            parts = []
        if not parts or depth == 0:
            try:
                numbers = packed(raw)
            except (ValueError, LookupError):
                return raw[:-1]
            if numbers:
                numbers[random.randrange(len(numbers))] = random.choice([*_ODD, random.getrandbits(20)])
            return b"".join(map(varint, numbers))
        part = random.choice(parts)
        if part[1] == 0:
            part[2] = random.choice(_ODD)
        elif part[1] == 2:
            part[2] = edit(part[2], depth - 1)
        return message(parts)

    blob[1] = edit(blob[1], random.choice([1, 2, 3, 3, 3]))
    return pack_file(blobs)


def move_fields(random, blobs):
    """A field of a block or of a group is left out, doubled, renumbered or moved."""
    blob = random.choice(blobs)
    parts = fields(blob[1])
    groups = [part for part in parts if part[0] == 2 and part[1] == 2]
    inner = fields(random.choice(groups)[2]) if groups and random.random() < 0.7 else None
    some = parts if inner is None else inner
    i = random.randrange(len(some))
    match random.randrange(4):
        case 0:
            del some[i]
        case 1:
            some.insert(random.randrange(len(some) + 1), list(some[i]))
        case 2:
            some[i][0] = random.choice([1, 2, 3, 4, 5, 9, 17, 1000])
        case 3:
            random.shuffle(some)
    if inner is not None:
        random.choice(groups)[2] = message(inner)
    blob[1] = message(parts)
    return pack_file(blobs)


def move_blobs(random, blobs):
    """Blobs are swapped, doubled, left out, or of another kind."""
    i = random.randrange(len(blobs))
    match random.randrange(4):
        case 0:
            random.shuffle(blobs)
        case 1:
            blobs.insert(random.randrange(len(blobs) + 1), list(blobs[i]))
        case 2:
            del blobs[i]
        case 3:
            blobs[i][0] = random.choice([b"OSMHeader", b"OSMData", b"", b"Unknown", b"OSM\0Data"])
    return pack_file(blobs)


def wrong_sizes(random, blobs):
    """A blob or its header states another size than it has."""
    packed_blobs = [pack_blob(*blob) for blob in blobs]
    i = random.randrange(len(blobs))
    wrong = random.choice([0, 1, len(blobs[i][1]) - 1, len(blobs[i][1]) + 1, 10**9, 2**31, 2**32 - 1, 2**63])
    packed_blobs[i] = pack_blob(*blobs[i], **{random.choice(["raw_size", "data_size"]): wrong})
    if random.random() < 0.2:
        packed_blobs[i] = random.choice([b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\0\0\0\0"]) + packed_blobs[i][4:]
    return b"".join(packed_blobs)


def cut(random, blobs):
    """The file ends too soon."""
    raw = pack_file(blobs)
    return raw[: random.randrange(len(raw))]


def flip_packed(random, blobs):
    """Some bytes of the file as it stands."""
    raw = bytearray(pack_file(blobs))
    for _ in range(random.choice([1, 4, 32])):
        raw[random.randrange(len(raw))] = random.randrange(256)
    return bytes(raw)


MUTATORS = (
    *(flip_bits, flip_bits, set_bytes, damage_texts, damage_texts, odd_numbers, odd_numbers),
    *(move_fields, move_blobs, wrong_sizes, cut, flip_packed),
)

OTHERS = ("osm", "opl", "osm.gz", "osm.bz2")


def damage_other(random, raw, form):
    """Damage to a file of another format, packed again if it was."""
    pack, unpack = {"gz": (gzip.compress, gzip.decompress), "bz2": (bz2.compress, bz2.decompress)}.get(
        form.rpartition(".")[2], (bytes, bytes)
    )
    inside = random.random() < 0.8
    raw = bytearray(unpack(raw) if inside else raw)
    for _ in range(random.choice([1, 1, 2, 8])):
        at = random.randrange(len(raw))
        raw[at : at + random.choice([0, 1, 1, 20])] = random.choice(
            [
                b"\xff",
                b'"',
                b"<",
                b">",
                b"&#0;",
                b"9" * 30,
                b"a" * 70_000,
                bytes([random.randrange(256)]),
            ]
        )
    if random.random() < 0.2:
        del raw[random.randrange(len(raw)) :]
    return pack(bytes(raw)) if inside else bytes(raw)


# ---------------------------------------------------------------- one case


def drawn(folder):
    """Undamaged extracts, by name."""
    import osmium

    tagged = {way: (refs, tags | NAMED) for way, (refs, tags) in (WAYS | {40: ([7, 6], BROAD)}).items()}
    files = {
        "drawn": write_extract(folder / "drawn.osm.pbf", NODES, tagged, stamp="2026-01-01T00:00:00Z"),
        "line": write_extract(folder / "line.osm.pbf", LINE, line_ways({"disused:railway": "rail", "note": "x"})),
        "plain nodes": write_extract(folder / "plain.osm.pbf", NODES, tagged, form="pbf,pbf_dense_nodes=false"),
        "one way": write_extract(folder / "way.osm.pbf", LINE, {1: ([*LINE], BROAD | NAMED)}),
    }
    for form in OTHERS:
        files[form] = write_extract(folder / f"other.{form}", NODES, tagged)
    points = folder / "points.osm.pbf"
    with osmium.SimpleWriter(str(points)) as writer:
        for i, place in LINE.items():
            tags = {3: {"railway": "switch"}, 9: {"railway": "railway_crossing"}}.get(i, {})
            writer.add_node(osmium.osm.mutable.Node(id=i, version=1, location=place, tags=tags))
        for way, (refs, tags) in line_ways(BROAD).items():
            writer.add_way(osmium.osm.mutable.Way(id=way, version=1, nodes=refs, tags=tags))
    return {name: path.read_bytes() for name, path in (files | {"points": points}).items()}


def damaged(seed, files):
    """A damaged extract: what was done to which, and its bytes."""
    rng = random.Random(f"extract {seed}")
    name = rng.choice(sorted(files))
    if name in OTHERS:
        return f"{name} damaged", damage_other(rng, files[name], name)
    mutate = rng.choice(MUTATORS)
    return f"{name}: {mutate.__name__}", mutate(rng, unpack_file(files[name]))


def check(seed, files, folder):
    """Read the damaged extract of a seed; a word for the summary, or Wrong."""
    what, raw = damaged(seed, files)
    path = folder / "damaged.osm.pbf"
    path.write_bytes(raw)
    began = time.monotonic()
    try:
        if seed % 40 == 0:
            import_network([path], island_km=0)
        reading = pbf._read([path], Choice(), lambda step: None)
    except CorridorError as err:
        text = str(err)
        if len(text.splitlines()) != 1 or len(text) > 1000 or " at 0x" in text:
            raise Wrong(f"{what}: a refusal of another form: {text[:200]!r}") from err
        return "refused, the reader died" if "ended the process" in text else "refused"
    except Exception as err:
        raise Wrong(f"{what}: {''.join(traceback.format_exception(err))}") from err
    finally:
        if time.monotonic() - began > SLOW:
            raise Wrong(f"{what}: took {time.monotonic() - began:.0f} s")
    return compare(what, raw, reading)


def compare(what, raw, reading):
    """Whether what was read stands in the file, as far as this trial can read it."""
    if "damaged" in what:
        return "read, another format"
    try:
        content = Content(raw)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, struct.error, zlib.error):
        return "read, and not by the trial"
    ways = reading.ways
    kinds = {way: (refs, read_way(tags, Choice())) for way, (refs, tags) in content.ways.items()}
    expected = {way: (refs, kind) for way, (refs, kind) in kinds.items() if kind}
    got = {
        int(ways.ids[i]): (ways.nodes[ways.start[i] : ways.start[i + 1]].tolist(), ways.kinds[ways.kind[i]])
        for i in range(len(ways.ids))
    }
    if got != expected:
        raise Wrong(f"{what}: ways {got} instead of {expected}")
    places = dict(zip(reading.ids.tolist(), map(tuple, reading.places.tolist()), strict=True))
    there = {node: places[node] for node in np.array(reading.ids)[is_placed(reading.places)].tolist()}
    known = {node: content.nodes[node] for node in places if node in content.nodes}
    if there != known:
        raise Wrong(f"{what}: places {there} instead of {known}")
    return "read, as it stands"


def trial(seeds, say=lambda line: None):
    """Check some seeds; how often what came out, and the faults."""
    found, faults = collections.Counter(), []
    helper = SharedHelper()
    before, pbf.Helper = pbf.Helper, lambda: helper
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            files = drawn(folder)
            for seed in seeds:
                try:
                    found[check(seed, files, folder)] += 1
                except Wrong as err:
                    faults.append((seed, str(err)))
                    say(f"FAULT python tests/trials/extracts.py --seed {seed} --count 1\n{err}")
    finally:
        pbf.Helper = before
        helper.end()
    return found, faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500)
    words = parser.parse_args()
    found, faults = trial(range(words.seed, words.seed + words.count), print)
    print(f"{words.count} damaged extracts: " + ", ".join(f"{n} {what}" for what, n in found.most_common()))
    print(f"{len(faults)} faults")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
