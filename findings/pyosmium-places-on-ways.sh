#!/usr/bin/env bash
# osmium (pyosmium) 4.3.2; seen 2026-11-28.
# A file as `osmium add-locations-to-ways` leaves it: the way carries the places of its five nodes, and of the nodes only a
# station is left. Read plainly, all five places are there. With with_locations(), which is to add places, those of the four
# nodes that are not in the file are replaced by invalid ones, without a word.
# Output seen:
#   plain reading     5 of 5 nodes have a place
#   with_locations()  1 of 5 nodes have a place
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip --disable-pip-version-check install --quiet osmium==4.3.2
cd "$folder"
"$folder/env/bin/python" - <<'PY'
import osmium
from osmium.osm import mutable

places = {node: (113.0 + node / 10, 51.9) for node in range(1, 6)}
with osmium.SimpleWriter("plain.osm.pbf") as writer:
    for node, place in places.items():
        writer.add_node(mutable.Node(id=node, location=place))
    writer.add_way(mutable.Way(id=1, nodes=list(places), tags={"railway": "rail"}))
with osmium.SimpleWriter(osmium.io.File("located.osm.pbf", "pbf,locations_on_ways=true")) as writer:
    writer.add_node(mutable.Node(id=3, location=places[3], tags={"railway": "station"}))
    for thing in osmium.FileProcessor("plain.osm.pbf").with_locations():
        if thing.is_way():
            writer.add_way(thing)


def placed(reading):
    return [sum(node.location.valid() for node in thing.nodes) for thing in reading if thing.is_way()]


plainly = placed(osmium.FileProcessor("located.osm.pbf"))
located = placed(osmium.FileProcessor("located.osm.pbf").with_locations())
print(f"plain reading     {plainly[0]} of 5 nodes have a place")
print(f"with_locations()  {located[0]} of 5 nodes have a place")
raise SystemExit((plainly, located) != ([5], [1]))
PY
