"""Figures: the same bytes whatever settings a reader has, nothing left out, nothing drawn for a wrong name."""

import csv
import os
import pickle
import subprocess
import sys
from collections import Counter

import matplotlib as mpl
import matplotlib.style
import pandas as pd
import pytest
from click.testing import CliRunner
from cycler import Cycler, cycler
from IPython.core.formatters import PNGFormatter
from matplotlib.colors import to_hex
from matplotlib.text import Text

import corridor
from corridor import style
from corridor.cli import main
from corridor.figures import figure, figure_bytes, figure_names, find_figures

EVERYTHING = {
    "text.usetex": True,
    "text.color": "red",
    "text.hinting": "force_autohint",
    "text.parse_math": True,
    "font.family": ["serif"],
    "font.size": 23.0,
    "figure.dpi": 37.0,
    "figure.figsize": [2.0, 2.0],
    "figure.facecolor": "black",
    "figure.autolayout": True,
    "figure.constrained_layout.h_pad": 0.5,
    "axes.grid": True,
    "axes.facecolor": "green",
    "axes.prop_cycle": cycler(color=["k"], linewidth=[9]),
    "axes.unicode_minus": False,
    "axes.xmargin": 0.4,
    "axes.formatter.use_locale": True,
    "lines.linewidth": 8.0,
    "lines.antialiased": False,
    "legend.fontsize": 30.0,
    "path.simplify": False,
    "path.sketch": (5.0, 100.0, 2.0),
    "agg.path.chunksize": 100,
    "savefig.dpi": 50.0,
    "savefig.bbox": "tight",
    "savefig.pad_inches": 2.0,
    "savefig.facecolor": "yellow",
    "savefig.transparent": True,
    "svg.fonttype": "path",
    "svg.hashsalt": "mine",
    "pdf.fonttype": 42,
    "xtick.top": True,
    "ytick.labelsize": 30.0,
}


@pytest.fixture(scope="module")
def clean():
    return {(name, kind): figure_bytes(figure(name), kind) for name in figure_names() for kind in ("png", "svg")}


@pytest.mark.parametrize("name", figure_names())
def test_settings_of_the_reader_change_no_byte_and_are_left_alone(name, clean):
    with mpl.rc_context(EVERYTHING):
        before = dict(mpl.rcParams)
        drawn = figure(name)
        assert {kind: figure_bytes(drawn, kind) for kind in ("png", "svg")} == {
            kind: clean[name, kind] for kind in ("png", "svg")
        }
        assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("look", ["dark_background", "xkcd"])
def test_a_style_changes_no_byte(look, clean, tmp_path):
    with mpl.rc_context():
        if look == "xkcd":
            mpl.rcParams.update({"font.family": ["xkcd"], "path.sketch": (1, 100, 2), "axes.linewidth": 1.5})
        else:
            mpl.style.use(look)
        drawn = figure("distances")
        drawn.savefig(tmp_path / "d.png")
        assert (tmp_path / "d.png").read_bytes() == clean["distances", "png"]
    # Drawn before, saved after: the settings of neither moment count.
    drawn.savefig(tmp_path / "later.SVG")
    assert (tmp_path / "later.SVG").read_bytes() == clean["distances", "svg"]


def run(folder, *words, **variables):
    command = [sys.executable, "-m", "corridor", *words]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **variables}, text=True, capture_output=True, check=False
    )


def as_text(value):
    if isinstance(value, Cycler):
        return "cycler('color', ['k']) + cycler('linewidth', [9])"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


@pytest.fixture
def settings_file(tmp_path):
    """A matplotlibrc in a folder of its own, with a key and a value that matplotlib does not know."""
    lines = [f"{name}: {as_text(value)}" for name, value in EVERYTHING.items()]
    file = tmp_path / "rc" / "matplotlibrc"
    file.parent.mkdir()
    file.write_text("\n".join([*lines, "backend: nope", "no.such.key: 3"]) + "\n")
    return file


@pytest.mark.parametrize("where", ["variable", "working folder"])
def test_another_process_with_other_settings_gives_the_same_bytes(where, settings_file, clean, tmp_path):
    variables = {"MPLBACKEND": "nope", "SOURCE_DATE_EPOCH": "12345", "PYTHONHASHSEED": "7", "TZ": "Asia/Harbin"}
    if where == "variable":
        variables |= {"MATPLOTLIBRC": str(settings_file), "MPLBACKEND": "module://nothing.here"}
    done = run(settings_file.parent, "figures", "distances", "teu", "--out", str(tmp_path / "out"), **variables)
    assert done.returncode == 0, done.stderr
    made = {(file.stem, file.suffix[1:]): file.read_bytes() for file in (tmp_path / "out").iterdir()}
    assert made == {key: raw for key, raw in clean.items() if key[0] in ("distances", "teu")}


@pytest.mark.parametrize("backend", ["svg", "nope"])
def test_the_backend_that_a_reader_chose_is_still_there(backend, tmp_path):
    code = (
        "import corridor, os; corridor.figure('distances');"
        "import matplotlib; print(os.environ['MPLBACKEND'], matplotlib.get_backend(auto_select=False))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "MPLBACKEND": backend},
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.split() == [backend, "svg" if backend == "svg" else "None"]


def test_settings_with_which_matplotlib_does_not_start_are_one_line(tmp_path):
    (tmp_path / "rc").write_bytes(b"\xff\xfefont.size: 3\n")
    done = run(tmp_path, "figures", "distances", MATPLOTLIBRC=str(tmp_path / "rc"))
    assert (done.returncode, done.stdout) == (1, "")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("corridor: matplotlib does not start: ")
    assert "MATPLOTLIBRC" in last
    assert "Traceback" not in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["rc"]


def test_a_figure_that_a_reader_saves_is_ours(clean, tmp_path):
    drawn = corridor.figure("distances")
    for number in range(2):
        drawn.savefig(tmp_path / f"{number}.pdf")
    assert (tmp_path / "0.pdf").read_bytes() == (tmp_path / "1.pdf").read_bytes()
    drawn.savefig(tmp_path / "none")  # as matplotlib: png
    assert (tmp_path / "none.png").read_bytes() == clean["distances", "png"]
    drawn.savefig(tmp_path / "small.png", dpi=50)  # what is asked for counts
    assert len((tmp_path / "small.png").read_bytes()) < len(clean["distances", "png"]) / 2


def test_a_notebook_shows_a_figure_though_pyplot_has_drawn_nothing(clean):
    raw, size = PNGFormatter()(corridor.figure("trains"))
    assert raw == clean["trains", "png"]
    assert size == {"width": 730, "height": 653}


@pytest.mark.parametrize("name", figure_names())
def test_a_figure_can_be_sent_to_a_worker(name, clean):
    assert figure_bytes(pickle.loads(pickle.dumps(figure(name))), "svg") == clean[name, "svg"]


# ---------------------------------------------------------------- the figure of distances


def marks(drawn):
    """The marks of services by id."""
    return {line.get_gid(): line for ax in drawn.axes for line in ax.lines if line.get_gid()}


def test_every_published_length_is_drawn_in_both_directions():
    table = corridor.distance_metrics()
    table = table[table["published_km"].notna()]
    assert set(table["direction"]) == {"outbound", "inbound"}
    drawn = figure("distances")
    found = marks(drawn)
    assert set(found) == set(table.index)
    for key, line in found.items():
        row = table.loc[key]
        assert line.get_xdata()[0] == pytest.approx(row["difference_percent"])
        colour = style.port_colour(row["port"])
        assert to_hex(line.get_color()) == colour
        assert to_hex(line.get_markerfacecolor()) == ("#ffffff" if row["km_doubt"] else colour)
    titles = [ax.get_title(loc="left") for ax in drawn.axes]
    counts = Counter(table["direction"])
    assert titles == [f"From China ({counts['outbound']})", f"To China ({counts['inbound']})"]
    texts = Counter(text.get_text() for ax in drawn.axes for text in ax.texts)
    words = {"exact": "", "about": "about ", "over": "over "}
    wanted = Counter(f"{words[row.km_precision]}{row.published_km:,.0f}" for row in table.itertuples())
    assert not wanted - texts
    legend = [text.get_text() for text in drawn.axes[0].get_legend().get_texts()]
    assert legend == ["through Manzhouli", "through Suifenhe", "published length in doubt"]
    stars = [text.get_text() for ax in drawn.axes for text in ax.get_yticklabels() if text.get_text().endswith("*")]
    assert len(stars) == int((table["broken"] != "").sum())


@pytest.mark.parametrize("dots", [60, 100, 200, 400])
@pytest.mark.parametrize("name", figure_names())
def test_no_text_is_cut_off_or_runs_into_another(name, dots):
    drawn = figure(name)
    drawn.set_dpi(dots)
    drawn.draw_without_rendering()
    page = drawn.bbox.padded(1)
    beyond = {label for ax in drawn.axes for label in labels_beyond(ax)}
    texts = [text for text in drawn.findobj(Text) if text.get_visible() and text.get_text() and text not in beyond]
    boxes = [text.get_window_extent() for text in texts]
    cut_off = [text.get_text() for text, box in zip(texts, boxes, strict=True) if not inside(page, box)]
    assert len(boxes) > 25
    assert cut_off == []
    for i, box in enumerate(boxes):
        overlapping = [texts[j].get_text() for j in range(i) if box.padded(-1).overlaps(boxes[j].padded(-1))]
        assert overlapping == [], texts[i].get_text()


@pytest.mark.parametrize("name", ["corridor", "distances", "trains"])
def test_long_names_are_not_cut_off_and_leave_room_for_what_is_drawn(name, data_copy):
    for file in (data_copy / "ports" / "ports.csv", data_copy / "routes" / "stations.csv"):
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        names = [f"{'Wm' * 200} {number}" for number in range(len(table))]
        table.assign(name_en=names).to_csv(file, index=False)
    drawn = figure(name)
    drawn.draw_without_rendering()
    page = drawn.bbox.padded(1)
    beyond = {label for ax in drawn.axes for label in labels_beyond(ax)}
    texts = [text for text in drawn.findobj(Text) if text.get_visible() and text.get_text() and text not in beyond]
    assert sum("…" in text.get_text() for text in texts) >= 3
    assert [text.get_text() for text in texts if not inside(page, text.get_window_extent())] == []
    least = {"corridor": 0.85, "distances": 0.2, "trains": 0.85}[name]
    assert min(ax.get_position().width for ax in drawn.axes) > least


def labels_beyond(ax):
    """Labels of ticks that lie beyond the ends of an axis, and so are not drawn."""
    for at, axis, (low, high) in ((0, ax.xaxis, ax.get_xlim()), (1, ax.yaxis, ax.get_ylim())):
        yield from (label for label in axis.get_ticklabels() if not low <= label.get_position()[at] <= high)


def inside(page, box):
    return page.contains(*box.min) and page.contains(*box.max)


@pytest.mark.parametrize("left", ["inbound", "nothing"])
def test_few_published_lengths_are_drawn_too(left, data_copy):
    file = data_copy / "routes" / "routes.csv"
    with file.open(newline="", encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    for row in rows:
        if left == "nothing" or row["direction"] != left:
            row.update({"published_km": "", "km_precision": "", "km_scope": "", "km_doubt": ""})
    with file.open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    drawn = figure("distances")
    assert len(marks(drawn)) == sum(bool(row["published_km"]) for row in rows)
    assert len(drawn.axes) == 1
    assert figure_bytes(drawn, "svg")


# ---------------------------------------------------------------- names and formats


@pytest.mark.parametrize("kind", ["nope", "", "jpg", "png,svg", ".png"])
def test_a_format_that_is_not_there_is_refused_before_anything_is_drawn(kind, tmp_path, monkeypatch):
    import corridor.figures as room

    monkeypatch.setattr(room, "figure", lambda name: pytest.fail("something was drawn"))
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["figures", "--format", kind])
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"corridor: no figure format {kind!r}; known: png, svg\n"
    assert list(tmp_path.iterdir()) == []


def test_all_wrong_names_and_formats_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["figures", "trians", "maps", "teu", "trians", "--format", "gif", "--format", "svg", "--format", "eps"]
    done = CliRunner().invoke(main, words)
    lines = done.stderr.splitlines()
    assert (done.exit_code, done.stdout, lines[0]) == (1, "", "corridor: 4 faults")
    for line, word in zip(lines[1:], ["figure 'trians'", "figure 'maps'", "format 'gif'", "format 'eps'"], strict=True):
        assert word in line
    assert list(tmp_path.iterdir()) == []


def test_names_and_formats_whatever_their_case_and_each_once(tmp_path):
    assert find_figures(["TEU", "teu", "Trains"], ["PNG", "svg", "png"]) == (["teu", "trains"], ["png", "svg"])
    words = ["figures", "teu", "TEU", "--format", "SVG", "--format", "svg", "--out", str(tmp_path)]
    done = CliRunner().invoke(main, words)
    assert done.stdout == f"{tmp_path / 'teu.svg'}\n"
    with pytest.raises(corridor.UnknownValue, match="no figure format 'tiff'"):
        figure_bytes(figure("teu"), "tiff")
