#!/usr/bin/env bash
# scipy 1.17.1, networkx 3.6.1; seen 2026-11-28.
# Two tracks of 10 and 12 km join A and B, a track of 5 km B and C. As a COO matrix, the natural form of a table of links,
# dijkstra adds the lengths of parallel tracks up; of the very same links in a CSR matrix that is not canonical it takes the
# shorter. networkx keeps the last of them, or, as a multigraph, finds the shorter.
# Output seen:
#   scipy COO            A-B 22 km, A-C 27 km
#   scipy CSR            A-B 10 km, A-C 15 km
#   networkx Graph       A-B 12 km, A-C 17 km
#   networkx MultiGraph  A-B 10 km, A-C 15 km
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip --disable-pip-version-check install --quiet scipy==1.17.1 networkx==3.6.1 numpy==2.4.6
"$folder/env/bin/python" - <<'PY'
import networkx as nx
import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

km, start, stop = np.array([10.0, 12.0, 5.0]), np.array([0, 0, 1]), np.array([1, 1, 2])
table = coo_array((km, (start, stop)), shape=(3, 3))
rows = csr_array((km, stop.astype(np.int32), np.array([0, 2, 3, 3], np.int32)), shape=(3, 3))
found = {
    "scipy COO": dijkstra(table, directed=False, indices=0)[1:].tolist(),
    "scipy CSR": dijkstra(rows, directed=False, indices=0)[1:].tolist(),
}
for kind in (nx.Graph, nx.MultiGraph):
    lengths = nx.single_source_dijkstra_path_length(nx.from_scipy_sparse_array(table, create_using=kind), 0)
    found[f"networkx {kind.__name__}"] = [lengths[1], lengths[2]]
for name, (b, c) in found.items():
    print(f"{name:20} A-B {b:g} km, A-C {c:g} km")
raise SystemExit(list(found.values()) != [[22, 27], [10, 15], [12, 17], [10, 15]])
PY
