#!/usr/bin/env bash
# scipy 1.17.1; seen 2026-11-28.
# Two tracks meet at one platform: A and B are 0 km apart, B and C 5 km. In a sparse matrix the stored 0 is a link of length 0;
# in the dense matrix of the same numbers it is "no link", so that C cannot be reached from A. Who turns a sparse matrix into
# a dense one to look at it, or the other way round, changes the network.
# Output seen:
#   sparse  A 0, B 0, C 5
#   dense   A 0, B inf, C inf
#   sparse after eliminate_zeros  A 0, B inf, C inf
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip --disable-pip-version-check install --quiet scipy==1.17.1 numpy==2.4.6
"$folder/env/bin/python" - <<'PY'
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

places = np.array([1, 2], np.int32), np.array([0, 1, 2, 2], np.int32)
sparse = csr_array((np.array([0.0, 5.0]), *places), shape=(3, 3))
without = sparse.copy()
without.eliminate_zeros()
found = {
    "sparse": dijkstra(sparse, indices=0).tolist(),
    "dense": dijkstra(sparse.toarray(), indices=0).tolist(),
    "sparse after eliminate_zeros": dijkstra(without, indices=0).tolist(),
}
for name, (a, b, c) in found.items():
    print(f"{name}  A {a:g}, B {b:g}, C {c:g}")
infinite = float("inf")
raise SystemExit(list(found.values()) != [[0, 0, 5], [0, infinite, infinite], [0, infinite, infinite]])
PY
