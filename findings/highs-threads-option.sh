#!/usr/bin/env bash
# highspy 1.16.0 and 1.10.0; seen 2026-11-28.
# Two parts of one program solve linear programmes with HiGHS, one with `threads` 2, the other with 1. The second one does not
# raise: `run()` returns kError, the model status is kNotset and the objective reads 0.0, which looks like an answer. The
# message calls the scheduler global, but it belongs to the thread that solved first: the same two settings work side by side
# when each has a thread of its own, and then the first solver goes on working too.
# Output seen, with both versions:
#   same thread, threads=2: kOk kOptimal 1
#   same thread, threads=1: kError kNotset 0
#   own thread, threads=1: kOk kOptimal 1
#   own thread, threads=3: kOk kOptimal 1
#   same thread, threads=2: kOk kOptimal 1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in 1.16.0 1.10.0; do
python3 -m venv "$folder/$version"
"$folder/$version/bin/python" -m pip --disable-pip-version-check install --quiet "highspy==$version" numpy==2.2.6
"$folder/$version/bin/python" - <<'PY'
import threading

import highspy
import numpy as np

found = []


def solve(name, threads):
    """The least x + 2 y with x + y of at least 1, which is 1."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", threads)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = 2, 1
    model.col_cost_, model.col_lower_, model.col_upper_ = np.array([1.0, 2.0]), np.zeros(2), np.full(2, np.inf)
    model.row_lower_, model.row_upper_ = np.array([1.0]), np.array([10.0])
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.array([0, 2], np.int32)
    model.a_matrix_.index_, model.a_matrix_.value_ = np.array([0, 1], np.int32), np.ones(2)
    solver.passModel(model)
    status = solver.run()
    value = solver.getInfo().objective_function_value
    found.append((status.name, solver.getModelStatus().name, value))
    print(f"{name}, threads={threads}: {status.name} {solver.getModelStatus().name} {value:g}")


solve("same thread", 2)
solve("same thread", 1)
for count in (1, 3):
    thread = threading.Thread(target=solve, args=("own thread", count))
    thread.start()
    thread.join()
solve("same thread", 2)
good, silent = ("kOk", "kOptimal", 1.0), ("kError", "kNotset", 0.0)
raise SystemExit(found != [good, silent, good, good, good])
PY
done
