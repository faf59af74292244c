#!/usr/bin/env bash
# osmium (pyosmium) 4.3.2; seen 2026-11-28.
# A history file in which a railway was made in 2010 and deleted in 2020. The deleted version bears no tags, so a filter for
# railway=rail lets only the first version through: a reader that keeps the last version that it sees has a railway that is gone.
# Output seen:
#   all versions   [(1, visible), (2, deleted)]
#   railway=rail   [(1, visible)]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip --disable-pip-version-check install --quiet osmium==4.3.2
cd "$folder"
"$folder/env/bin/python" - <<'PY'
import osmium
from osmium.osm import mutable

header = osmium.io.Header()
header.has_multiple_object_versions = True
with osmium.SimpleWriter(osmium.io.File("history.osh.pbf", "osh.pbf"), header=header) as writer:
    for node in (1, 2):
        place = (113.0 + node / 10, 51.9)
        writer.add_node(mutable.Node(id=node, version=1, visible=True, timestamp="2010-01-01T00:00:00Z", location=place))
    made = mutable.Way(
        id=1, version=1, visible=True, timestamp="2010-01-01T00:00:00Z", nodes=[1, 2], tags={"railway": "rail"}
    )
    writer.add_way(made)
    writer.add_way(mutable.Way(id=1, version=2, visible=False, timestamp="2020-01-01T00:00:00Z", nodes=[], tags={}))


def versions(reading):
    return [(way.version, "deleted" if way.deleted else "visible") for way in reading]


whole = versions(osmium.FileProcessor("history.osh.pbf", osmium.osm.WAY))
rails = osmium.filter.TagFilter(("railway", "rail"))
seen = versions(osmium.FileProcessor("history.osh.pbf", osmium.osm.WAY).with_filter(rails))
print("all versions  ", whole)
print("railway=rail  ", seen)
raise SystemExit((whole, seen) != ([(1, "visible"), (2, "deleted")], [(1, "visible")]))
PY
