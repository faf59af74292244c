"""The same answers under every version of the solvers that is allowed, and on every processor.

``expected_volumes.csv`` holds the figures, bounds, claims and conflicts of the project's ledger; `make newest` and
`make lowest` compare with it alike. After a change of the ledger or of the model it is written anew, and its difference
read before it is committed:

    python tests/test_same_answers.py
"""

import csv
import io
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from ledgers import ledger

from corridor.claims import load_claims
from corridor.volumes import Volumes
from corridor.volumes.bands import figures_of
from corridor.volumes.model import Model
from corridor.volumes.program import INFINITE, Program

EXPECTED = Path(__file__).with_name("expected_volumes.csv")


def answers():
    """Every figure of a year and every conflict of the ledger, found anew, as text."""
    volumes = Volumes(Model("rail", figures_of(load_claims()), ""))
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    for row in volumes.table(by=["port", "direction"]).itertuples():
        numbers = [f"{value:.3f}" for value in (row.estimate, row.lower, row.upper)]
        grounds = [row.bound, row.status, row.claims, row.assumptions, row.contested]
        write([row.measure, row.port, row.direction, row.period, *numbers, *grounds])
    for row in volumes.conflicts().itertuples():
        write(["conflict", row.claim, row.part, f"{row.by:.3f}", row.against])
    return out.getvalue()


def test_the_answers_are_the_expected_ones():
    """A difference is a claim or a model that changed, or a solver whose last digits come through."""
    assert answers().splitlines() == EXPECTED.read_text(encoding="utf-8").splitlines()


# ---------------------------------------------------------------- processors

PAGES = """
import hashlib
import corridor
from corridor.volumes import Volumes
from corridor.volumes.bands import figures_of
from corridor.volumes.model import Model
volumes = Volumes(Model("rail", figures_of(corridor.load_claims()), ""))
print(hashlib.sha256(volumes.model.totals.tobytes()).hexdigest())
print(volumes.table().to_csv())
print(volumes.conflicts().to_csv())
corridor.corridor_map().save("map.html")
print(hashlib.sha256(open("map.html", "rb").read()).hexdigest())
"""

OLD_PROCESSOR = {
    "OPENBLAS_CORETYPE": "Prescott",
    "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX X86_V3 X86_V4 AVX512_CLX AVX512_CNL AVX512_ICL",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA",
}
"""Makes OpenBLAS, numpy and the C library compute as on a processor of 2005, which every later one can do."""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="kernels of x86-64")
def test_an_old_processor_gives_the_same_bytes(tmp_path):
    found = []
    for name, more in (("new", {}), ("old", OLD_PROCESSOR)):
        folders = {key: str(tmp_path / name / key) for key in ("XDG_CACHE_HOME", "HOME", "MPLCONFIGDIR")}
        path = os.pathsep.join(filter(None, [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH")]))
        env = {**os.environ, **folders, "PYTHONPATH": path, **more}
        command = [sys.executable, "-W", "ignore", "-c", PAGES]
        done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=True)
        found.append(done.stdout)
    assert found[0] == found[1]


# ---------------------------------------------------------------- which rows hold a value


def held(*rows):
    """What a programme with room names: the value of the first unknown's least, and the rows that hold it."""
    room = [more for *_, more in rows]
    found = Program(3, [row[:3] for row in rows], room=room).least({0: 1.0})
    return found.value, found.rows


@pytest.mark.parametrize("first", [True, False])
def test_of_two_rows_that_hold_a_value_that_with_less_room_is_named(first):
    rows = [({0: 1.0}, 5.0, INFINITE, 1e-5), ({0: 1.0}, 5.0, INFINITE, 2e-5)]
    assert held(*(rows if first else rows[::-1])) == (5.0, (0 if first else 1,))


def test_room_does_not_show_in_a_value():
    total = ({0: 1.0, 1: 1.0, 2: 1.0}, 100.0, 100.0, 3e-5)
    parts = [({1: 1.0}, -INFINITE, 30.25 / 1.3, 1e-5), ({2: 0.1}, -INFINITE, 1.0, 1e-5)]
    assert held(total, *parts) == (round(100 - 30.25 / 1.3 - 10, 6), (0, 1, 2))


def named(*rows):
    volumes = Volumes(Model("rail", figures_of(ledger(*rows)), ""))
    return volumes.bounds("2019-01-01", "2019-12-31", ports="manzhouli")["forced"]["lower_by"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{"value": 100}, {"value": 100, "precision": "at_least"}], ["X0"]),
        ([{"value": 100, "precision": "at_least"}, {"value": 100}], ["X1"]),
        (
            [{"value": 100}, {"value": 60, "direction": "outbound"}, {"value": 40, "direction": "inbound"}],
            ["X1", "X2"],
        ),
    ],
    ids=["the firmer claim", "whatever the order", "directions before their sum"],
)
def test_which_claims_are_named(rows, expected):
    assert named(*rows) == expected


if __name__ == "__main__":
    EXPECTED.write_text(answers(), encoding="utf-8")
