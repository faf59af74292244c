"""How time and memory of `corridor network import` grow with the number of rail ways in an extract.

    python benchmarks/bench_import.py [WAYS]... [--ballast SHARE]

Each extract is made up here: parallel lines from 30° E to 130° E, so over the borders of a dozen countries; a way has
11 nodes and is 0.9 km long; each tenth is a branch; nine of ten bear a gauge. Node ids are spread over the range that
OpenStreetMap has reached, and SHARE other nodes stand beside each of the rails', as in a real extract most do. Each
import runs in a process of its own, whose peak memory is reported; the first line is a file of ten ways, so what all
of it costs before the first rail.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STEP = 0.0012  # degrees between nodes
HIGHEST_ID = 12_500_000_000
PER_ROW = 8_000  # ways in one line from west to east
ROW = 0.03  # degrees between lines


def write_extract(path: Path, ways: int, ballast: int) -> int:
    """An extract of that many ways; how many nodes it holds."""
    import osmium

    make = osmium.osm.mutable
    nodes = ways * 10 + ways // PER_ROW + 1
    stride = HIGHEST_ID // (nodes * (ballast + 1) + ballast + 2)
    number = 0
    lines = []

    with osmium.SimpleWriter(str(path)) as writer:

        def place(lon: float, lat: float) -> int:
            nonlocal number
            number += ballast + 1
            for other in range(ballast, -1, -1):
                writer.add_node(make.Node(id=(number - other) * stride, version=1, location=(lon, lat)))
            return number * stride

        end, lon, lat = 0, 0.0, 0.0
        for way in range(ways):
            if way % PER_ROW == 0:
                lon, lat = 30.0, 45 + ROW * (way // PER_ROW)
                end = place(lon, lat)
            start, branch = end, way % 10 == 9
            east, north = (0, STEP / 10) if branch else (STEP, 0)
            refs = [start, *(place(lon + k * east, lat + k * north) for k in range(1, 11))]
            if not branch:
                end, lon = refs[-1], lon + 10 * STEP
            lines.append(refs)
        for way, refs in enumerate(lines, start=1):
            tags = {"railway": "rail", "usage": "main", "electrified": "contact_line", "name": f"Line {way // 900}"}
            if way % 10:
                tags["gauge"] = "1520" if way // 1000 % 2 else "1435"
            writer.add_way(make.Way(id=way, version=1, nodes=refs, tags=tags))
    return number


def measure(path: Path) -> None:
    """Import one file and print seconds, peak memory and what came out."""
    from corridor.sources import import_network

    steps: list[tuple[float, str]] = []
    begun = time.perf_counter()
    network = import_network([path], progress=lambda step: steps.append((time.perf_counter(), step)))
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ends = [*(begun for begun, _ in steps[1:]), done]
    parts = ", ".join(
        f"{step.split(' of ')[0]} {stop - start:.1f}" for (start, step), stop in zip(steps, ends, strict=True)
    )
    print(f"{done - begun:8.1f} s {peak:8.0f} MB   {len(network.metres):,} links   ({parts})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ways", nargs="*", type=int, default=[10, 10_000, 50_000, 100_000, 250_000, 500_000])
    parser.add_argument("--ballast", type=int, default=2, help="other nodes for each of the rails'")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.measure:
        measure(told.measure)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.osm.pbf"
        for ways in told.ways:
            path.unlink(missing_ok=True)
            write_extract(path, ways, told.ballast)
            print(f"{ways:9,} ways {path.stat().st_size / 1e6:7.1f} MB on disk", end=" ", flush=True)
            subprocess.run([sys.executable, __file__, "--measure", str(path)], check=True)


if __name__ == "__main__":
    main()
