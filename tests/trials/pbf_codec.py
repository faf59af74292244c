"""OSM PBF files taken apart and put together again by hand, and read: independent of libosmium.

The layout is in the OpenStreetMap wiki (PBF Format). A message is a list of ``[number, wire type, value]``.
"""

import struct
import zlib

ZIGZAG_ALL = 2**64 - 1


def read_varint(raw, at):
    value = shift = 0
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value & ZIGZAG_ALL, at
        if shift > 63:
            raise ValueError("varint")


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def signed(value):
    return (value >> 1) ^ -(value & 1)


def zigzag(value):
    return (value << 1 if value >= 0 else (-value << 1) - 1) & ZIGZAG_ALL


def fields(raw):
    out, at = [], 0
    while at < len(raw):
        key, at = read_varint(raw, at)
        wire = key & 7
        if wire == 0:
            value, at = read_varint(raw, at)
        else:
            if wire == 2:
                size, at = read_varint(raw, at)
            else:
                size = {1: 8, 5: 4}[wire]
            if at + size > len(raw):
                raise ValueError("message cut short")
            value, at = raw[at : at + size], at + size
        out.append([key >> 3, wire, value])
    return out


def message(parts):
    out = bytearray()
    for number, wire, value in parts:
        out += varint(number << 3 | wire)
        out += varint(value) if wire == 0 else varint(len(value)) + value if wire == 2 else value
    return bytes(out)


def packed(raw):
    out, at = [], 0
    while at < len(raw):
        value, at = read_varint(raw, at)
        out.append(value)
    return out


def unpack_file(raw):
    """The blobs of a file: kinds and unpacked contents."""
    out, at = [], 0
    while at < len(raw):
        (size,) = struct.unpack(">I", raw[at : at + 4])
        head = {number: value for number, _, value in fields(raw[at + 4 : at + 4 + size])}
        at += 4 + size
        blob = {number: value for number, _, value in fields(raw[at : at + head[3]])}
        if at + head[3] > len(raw):
            raise ValueError("file cut short")
        at += head[3]
        out.append([head[1], blob[1] if 1 in blob else zlib.decompress(blob[3])])
    return out


def pack_blob(kind, content, *, raw_size=None, data_size=None):
    size = len(content) if raw_size is None else raw_size
    blob = message([[2, 0, size], [3, 2, zlib.compress(content, 1)]])
    head = message([[1, 2, kind], [3, 0, len(blob) if data_size is None else data_size]])
    return struct.pack(">I", len(head)) + head + blob


def pack_file(blobs):
    return b"".join(pack_blob(kind, content) for kind, content in blobs)


class Content:
    """What a file says, by this module's own reading: of each way and node the first."""

    def __init__(self, raw):
        self.nodes, self.ways = {}, {}
        for kind, content in unpack_file(raw):
            if b"OSMData".startswith(kind):  # libosmium compares as many bytes as there are
                self._block(fields(content))

    def _block(self, parts):
        one = {number: value for number, _, value in parts}
        texts = [text for number, _, text in fields(one[1]) if number == 1]
        granularity, south, west = one.get(17, 100), _int64(one.get(19, 0)), _int64(one.get(20, 0))

        def place(lon, lat):
            # Like libosmium in whole units of 1e-7 degrees, towards zero, of 32 bits.
            return tuple(_int32(_cut(granularity * x + offset)) for x, offset in ((lon, west), (lat, south)))

        for number, _, group in parts:
            for what, _, raw in fields(group) if number == 2 else ():
                if what == 1:
                    node = {n: value for n, _, value in fields(raw)}
                    self.nodes.setdefault(signed(node[1]), place(signed(node[9]), signed(node[8])))
                elif what == 2:
                    dense = {n: value for n, _, value in fields(raw)}
                    ids, lats, lons = (_running(dense[n]) for n in (1, 8, 9))
                    for i, lat, lon in zip(ids, lats, lons, strict=True):
                        self.nodes.setdefault(i, place(lon, lat))
                elif what == 3:
                    self._way(fields(raw), texts, place)

    def _way(self, parts, texts, place):
        way = {number: value for number, _, value in parts}
        keys, values = packed(way.get(2, b"")), packed(way.get(3, b""))
        tags = {texts[k].decode(): texts[v].decode() for k, v in zip(keys, values, strict=True)}
        refs = _running(way.get(8, b""))
        self.ways.setdefault(_int64(way[1]), (refs, tags))


def _running(raw):
    out, total = [], 0
    for value in packed(raw):
        total = _int64(total + signed(value))
        out.append(total)
    return out


def _int64(value):
    return (value + 2**63) % 2**64 - 2**63


def _int32(value):
    return (value + 2**31) % 2**32 - 2**31


def _cut(nano):
    nano = _int64(nano)
    return -(-nano // 100) if nano < 0 else nano // 100
