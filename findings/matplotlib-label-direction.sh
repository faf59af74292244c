#!/usr/bin/env bash
# matplotlib 3.11.2 and 3.10.8; seen 2026-11-28.
# A label of a place and a mark behind it: "Haifa", a space, a full block. Up to 3.10 a name in Hebrew letters was drawn letter
# after letter from left to right, and the mark stood on the right, as after a Latin name. From 3.11 on the direction of the
# first letter turns the label as a whole: the mark, or the figures of a value, stand on the left. A label that begins with a
# Latin word keeps its mark on the right in both. Printed is where the block stands, 0 the left end of the label, 1 the right.
# Output seen:
#   3.10.8  Latin name 0.89, Hebrew name 0.88, Latin word first 0.93
#   3.11.2  Latin name 0.89, Hebrew name 0.13, Latin word first 0.93
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in 3.10.8 3.11.2; do
python3 -m venv "$folder/$version"
"$folder/$version/bin/python" -m pip --disable-pip-version-check install --quiet "matplotlib==$version" numpy==2.4.6
"$folder/$version/bin/python" - <<'PY'
import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def place_of_block(label):
    figure = Figure(figsize=(4, 1))
    canvas = FigureCanvasAgg(figure)
    figure.text(0.5, 0.5, label, fontsize=30, ha="center")
    canvas.draw()
    ink = (255 - np.asarray(canvas.buffer_rgba())[..., 0].astype(int)).sum(axis=0)
    drawn, block = np.flatnonzero(ink), np.flatnonzero(ink == ink.max())
    return (block.mean() - drawn.min()) / (drawn.max() - drawn.min())


haifa = "\u05d7\u05d9\u05e4\u05d4"
latin, hebrew, mixed = map(place_of_block, ("Haifa \u2588", f"{haifa} \u2588", f"Port {haifa} \u2588"))
print(f"{matplotlib.__version__}  Latin name {latin:.2f}, Hebrew name {hebrew:.2f}, Latin word first {mixed:.2f}")
turned = matplotlib.__version__ == "3.11.2"
raise SystemExit(not (latin > 0.8 and mixed > 0.8 and (hebrew < 0.2 if turned else hebrew > 0.8)))
PY
done
