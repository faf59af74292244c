"""The command line beside that of another checkout: CPU time, wall time and peak memory of whole processes, as ratios.

    git worktree add ../before v0.1.0
    python benchmarks/bench_beside.py ../before [--runs 5] [--only atlas]

Both checkouts run under the same interpreter, in turns, each run in a process of its own with an empty cache and an
output folder of its own. Ratios are this checkout over the other one: medians, with the smallest and the largest pair.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parents[1]

COMMANDS = {
    "volumes from nothing": ["volumes", "--json"],
    "one path": ["path", "Harbin", "Hamburg", "--json"],
    "20 alternatives": ["path", "Harbin", "Hamburg", "--alternatives", "20", "--json"],
    "atlas": ["atlas", "--out", "atlas"],
}


def run(checkout: Path, command: list[str]) -> tuple[float, float, float]:
    """CPU seconds, wall seconds and peak MB of one run."""
    with tempfile.TemporaryDirectory() as folder:
        known = {"PYTHONPATH": str(checkout), "HOME": folder, "XDG_CACHE_HOME": folder}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CORRIDOR_")}
        start = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env=inherited | known,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
    if status:
        sys.exit(f"{checkout}: {' '.join(command)} ended with status {os.waitstatus_to_exitcode(status)}")
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss / (1 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Print one line a command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=COMMANDS, nargs="+", default=list(COMMANDS))
    asked = parser.parse_args()
    numpy = statistics.median(run(HERE, ["-c", "import numpy"])[0] for _ in range(3))
    print(f"load average {os.getloadavg()[0]:.1f}, `import numpy` {numpy:.2f} s CPU, {asked.runs} runs each")
    for name in asked.only:
        command = ["-m", "corridor", *COMMANDS[name]]
        for checkout in (HERE, asked.other.resolve()):
            run(checkout, command)  # compiles what is new
        pairs = [(run(HERE, command), run(asked.other.resolve(), command)) for _ in range(asked.runs)]
        print(name)
        for i, unit in enumerate(("s CPU", "s wall", "MB")):
            ours, theirs = (statistics.median(pair[side][i] for pair in pairs) for side in (0, 1))
            ratios = [pair[0][i] / pair[1][i] for pair in pairs]
            print(
                f"  {ours:8.2f} {unit:7} beside {theirs:8.2f}: ratio {statistics.median(ratios):.2f} "
                f"({min(ratios):.2f} to {max(ratios):.2f})"
            )


if __name__ == "__main__":
    main()
