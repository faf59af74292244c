"""Rails drawn for tests, as an extract holds them and as an Overpass server tells them."""

import json
import re

from corridor.sources.apart import Helper


class SharedHelper(Helper):
    """A helper process for many imports and downloads: starting one for each takes most of a small test's time."""

    def __exit__(self, *_):
        """Leave it running; it is ended with the tests, or by its death."""


RAIL = {"railway": "rail"}

# Near Manzhouli, broad gauge from the north-west, standard gauge to the south-east, two tracks over the border, a
# crossover, and what does not count.
#
#     1 --- 2 ----- 3 -- 4 -- 5 ----- 6 --- 7     1520 from 1 to 4, 1520;1435 to 5, 1435 to 7; way 13 untagged
#                    \      /
#                     8 -- 9                      a crossover, 3-8-9-5, with a yard 9-20-21 at its end
#     30 -- 31                                    disused; 40 -- 41 narrow gauge; 50 a node of no way
NODES = {
    1: (116.6, 50.6),
    2: (117.0, 50.2),
    3: (117.28, 49.82),
    4: (117.32, 49.78),
    5: (117.6, 49.5),
    6: (118.2, 49.4),
    7: (119.0, 49.3),
    8: (117.3, 49.81),
    9: (117.55, 49.5),
    20: (117.56, 49.49),
    21: (117.57, 49.48),
    30: (116.2, 49.5),
    31: (116.3, 49.5),
    40: (116.2, 49.4),
    41: (116.3, 49.4),
    50: (116.5, 49.5),
}
WAYS = {
    10: ([1, 2, 3, 4], RAIL | {"gauge": "1520", "usage": "main", "railway:traffic_mode": "mixed"}),
    11: ([4, 5], RAIL | {"gauge": "1520;1435"}),
    12: ([5, 6], RAIL | {"gauge": "1435", "highspeed": "yes"}),
    13: ([6, 7], RAIL),
    14: ([3, 8, 9, 5], RAIL | {"service": "crossover", "gauge": "standard"}),
    15: ([9, 20, 21], RAIL | {"service": "yard", "gauge": "1435"}),
    16: ([30, 31], {"railway": "disused", "gauge": "1435"}),
    17: ([40, 41], {"railway": "narrow_gauge", "gauge": "750"}),
    18: ([1, 50, 7], {"highway": "track"}),
}


# A line in Russia, from 113 to 115 E along 51.9 N: 21 nodes, a step each 6.9 km.
LINE = {i + 1: (113 + i / 10, 51.9) for i in range(21)}
LINE_KM = 137.7
ENDS = ("113.0,51.9", "115.0,51.9")
BROAD = RAIL | {"gauge": "1520"}
WHOLE = {1: ([*range(1, 22)], BROAD)}


def line_ways(tags):
    """The line as three ways: way 2, in the middle, has five steps and tags of its own."""
    return {1: ([*range(1, 9)], BROAD), 2: ([*range(8, 14)], tags), 3: ([*range(13, 22)], BROAD)}


def write_extract(path, nodes=None, ways=None, *, stamp="", form=""):
    """An extract of some of the nodes and ways; ids only, or a mapping of their own."""
    import osmium

    path.unlink(missing_ok=True)
    nodes = NODES if nodes is None else nodes
    ways = WAYS if ways is None else ways
    header = osmium.io.Header()
    if stamp:
        header.set("osmosis_replication_timestamp", stamp)
        header.set("timestamp", stamp)
    with osmium.SimpleWriter(osmium.io.File(str(path), form), header=header) as writer:
        for node in sorted(nodes):
            place = NODES[node] if isinstance(nodes, set) else nodes[node]
            writer.add_node(osmium.osm.mutable.Node(id=node, version=1, location=place))
        for way in sorted(ways):
            refs, tags = WAYS[way] if isinstance(ways, set) else ways[way]
            writer.add_way(osmium.osm.mutable.Way(id=way, version=1, nodes=refs, tags=tags))
    return path


def is_asked(query, tags):
    """Whether a way of these tags passes one of the sets of filters of a question to Overpass."""

    def passes(negative_key, no, negative_value, key, key_pattern, value):
        if negative_key:
            return not (negative_key in tags and re.search(negative_value, tags[negative_key]))
        if key:
            return key in tags and re.search(value, tags[key])
        return any(re.search(key_pattern, k) and re.search(value, v) for k, v in tags.items())

    one = re.compile(r'\["([^"]+)"(!)~"([^"]+)"\]|\["([^"]+)"~"([^"]+)"\]|\[~"([^"]+)"~"([^"]+)"\]')
    sets = re.findall(r"way((?:\[[^\]]*\])+)", query)
    return any(
        all(passes(nk, no, nv, k, kp, v or v2) for nk, no, nv, k, v, kp, v2 in one.findall(filters)) for filters in sets
    )


def answer(square, query, nodes=NODES, ways=WAYS):
    """What Overpass tells of the ways that a question asks for: those with a node in it, whole, and all their nodes."""
    import shapely

    elements = []
    for way, (refs, tags) in ways.items():
        if is_asked(query, tags) and any(shapely.contains_xy(square, *nodes[ref]) for ref in refs):
            elements += [{"type": "node", "id": ref, "lon": nodes[ref][0], "lat": nodes[ref][1]} for ref in refs]
            elements.append({"type": "way", "id": way, "nodes": refs, "tags": tags})
    return json.dumps({"osm3s": {"timestamp_osm_base": "2026-01-02T03:04:05Z"}, "elements": elements}).encode()
