"""The atlas: whole, the same from every run, and nothing written from broken data."""

import csv
import hashlib
import json
import math
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import pandas as pd
import pytest
from click.testing import CliRunner

from corridor import atlas, store, words
from corridor.claims import load_claims
from corridor.cli import main
from corridor.errors import CorridorError, DataError, OutputError
from corridor.figures import figure, figure_bytes, figure_names
from corridor.statements import statement_rows
from corridor.volumes import estimate_volumes


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("atlas")
    told = []
    manifest = atlas.build_atlas(out, progress=lambda name, number, count: told.append((name, number, count)))
    return out, manifest, told


def files(folder):
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


def test_all_files_are_there_and_listed(made):
    out, manifest, told = made
    assert set(files(out)) == {*manifest.index, "manifest.csv"}
    assert {"index.html", "corridor.html", "tables/distances.csv", "tables/volumes.csv"} <= set(manifest.index)
    assert sum(name.endswith(".svg") for name in manifest.index) >= 3
    assert [number for _, number, _ in told] == list(range(1, len(manifest) + 1))
    with (out / "manifest.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            content = (out / row["file"]).read_bytes()
            assert row["sha256"] == hashlib.sha256(content).hexdigest()
            assert int(row["bytes"]) == len(content)
            assert all((store.data_folder() / name).is_file() for name in row["made_from"].split(";"))


@pytest.mark.slow
def test_another_process_gives_the_same_bytes_and_writes_nothing(made):
    out, _, _ = made
    before = {name: (path.stat().st_mtime_ns, path.read_bytes()) for name, path in files(out).items()}
    command = [sys.executable, "-m", "corridor", "atlas", "--out", str(out)]
    done = subprocess.run(command, text=True, capture_output=True, check=True)
    assert done.stdout.strip() == str(out / "index.html")
    assert done.stderr == ""
    after = {name: (path.stat().st_mtime_ns, path.read_bytes()) for name, path in files(out).items()}
    assert after == before


def test_a_removed_file_comes_back(made, tmp_path):
    out, manifest, _ = made
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    (copy / "tables" / "ports.csv").unlink()
    again = atlas.build_atlas(copy)
    pd.testing.assert_frame_equal(again, manifest)
    assert (copy / "tables" / "ports.csv").read_bytes() == (out / "tables" / "ports.csv").read_bytes()


def test_pages_ask_for_nothing_from_outside(made):
    out, _, _ = made
    index = (out / "index.html").read_text()
    assert "default-src 'none'" in index
    for word in ("OpenStreetMap", "ODbL", "Natural Earth", "GeoNames", "corridor.html", "manifest.csv"):
        assert word in index
    for name in ("src=", "href="):
        for rest in index.split(name)[1:]:
            target = rest[1:].split('"')[0]
            if not target.startswith("http"):
                assert (out / target).is_file(), target


def test_tables_carry_units_sources_and_status(made):
    out, _, _ = made
    distances = pd.read_csv(out / "tables" / "distances.csv", index_col="route_id")
    assert {"rail_km", "geodesic_km", "detour", "published_km", "difference_km", "url"} <= set(distances.columns)
    assert (distances["detour"] > 1).all()
    assert distances["url"].str.startswith("http").all()
    volumes = pd.read_csv(out / "tables" / "volumes.csv")
    assert set(volumes["status"]) <= {"printed", "implied", "estimated", "unknown"}
    assert volumes["period"].min() == 2013
    assert volumes["period"].max() == 2025


@pytest.mark.parametrize("name", figure_names())
def test_figures_are_the_same_bytes_whatever_came_before(name):
    first = figure(name)
    png = figure_bytes(first, "png")
    svg = figure_bytes(first, "svg")
    assert png.startswith(b"\x89PNG")
    ET.fromstring(svg)
    assert figure_bytes(figure(name), "svg") == svg


def test_what_is_on_the_axes():
    drawn = figure("trains")
    titles = [ax.get_title(loc="left") for ax in drawn.axes]
    assert titles == ["Manzhouli", "Suifenhe", "Tongjiang"]
    texts = {text.get_text() for text in drawn.axes[0].texts}
    assert {"5,001", "4,235", "3,548"} <= texts
    assert any(text.startswith("≈ 4,8") for text in texts)  # 2022
    assert "no China–Europe trains yet" in {text.get_text() for text in drawn.axes[1].texts}
    assert {ax.get_ylabel() for ax in drawn.axes} == {"Trains in the year"}


def test_broken_data_write_nothing(data_copy, tmp_path):
    """All faults of all tables at once, and no file."""
    for name, old, new in [
        ("ports/claims.csv", ",exact,", ",exactly,"),
        ("routes/routes.csv", ",outbound,", ",outwards,"),
    ]:
        file = data_copy / name
        file.write_text(file.read_text().replace(old, new, 1))
    out = tmp_path / "out"
    with pytest.raises(DataError) as caught:
        atlas.build_atlas(out)
    assert "precision='exactly'" in str(caught.value)
    assert "direction='outwards'" in str(caught.value)
    assert not out.exists()


@pytest.mark.parametrize(
    ("file", "change", "words"),
    [
        ("routes/countries.json", lambda text: "{", "no GeoJSON of multipolygons"),
        ("routes/countries.json", lambda text: '{"features": []}', "no GeoJSON of multipolygons"),
        ("routes/countries.json", lambda text: "[]", "no GeoJSON of multipolygons"),
        ("routes/routes.csv", lambda text: text.splitlines()[0] + "\n", "no rows"),
        ("ports/claims.csv", lambda text: text.splitlines()[0] + "\n", "no rows"),
        ("routes/routes.csv", lambda text: text.replace("kuntsevo;malaszewicze", "kuntsevo;beijing"), "suzhou-warsaw"),
    ],
    ids=["cut outlines", "no outlines", "other JSON", "no routes", "no claims", "a via on both sides"],
)
def test_a_late_fault_leaves_the_old_atlas_whole(data_copy, tmp_path, file, change, words):
    path = data_copy / file
    path.write_text(change(path.read_text()))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "index.html").write_text("old")
    with pytest.raises(CorridorError, match=words) as caught:
        atlas.build_atlas(tmp_path / "out")
    assert "\n" not in str(caught.value)
    left = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert [path.read_text() for path in left] == ["old"]


def test_one_port_and_a_dollar_are_drawn(data_copy):
    ports, claims = data_copy / "ports" / "ports.csv", data_copy / "ports" / "claims.csv"
    ports.write_text("".join(ports.read_text().splitlines(keepends=True)[:2]).replace("Manzhouli,", "M $\\frac$,", 1))
    rows = claims.read_text().splitlines(keepends=True)
    claims.write_text("".join(row for row in rows if "suifenhe" not in row and "tongjiang" not in row))
    drawn = figure("trains")
    assert len(drawn.axes) == 1
    ET.fromstring(figure_bytes(drawn, "svg"))


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        atlas.build_atlas(tmp_path / "file")


# ---------------------------------------------------------------- the same figures everywhere


def numbers(text):
    """Estimate, lower and upper as an amount's text prints them; one number stands for all three."""
    text = "0" if text == "none" else text
    found = [int(part.replace(",", "")) for part in re.findall(r"[\d,]*\d", text)]
    return tuple(found) if len(found) == 3 else (found[0],) * 3


@pytest.fixture(scope="module")
def index_texts(made):
    """The cells of the index's table of volumes, by measure, port and year."""
    out, _, _ = made
    rows = re.findall(r"<tr>(.*?)</tr>", (out / "index.html").read_text().split("</table>")[0])
    heads, *cells = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows)
    keys = {
        "Manzhouli": "manzhouli",
        "Suifenhe": "suifenhe",
        "Tongjiang": "tongjiang",
        "trains": "trains",
        "TEU": "teu",
    }
    of_column = [[keys[word] for word in head.split(", ")] for head in heads[1:]]
    return {
        (measure, port, int(row[0])): text
        for row in cells
        for (port, measure), text in zip(of_column, row[1:], strict=True)
    }


@pytest.fixture(scope="module")
def bands(index_texts):
    """Estimate, lower and upper as the index prints them, by measure, port and year."""
    return {key: numbers(text) for key, text in index_texts.items()}


@pytest.fixture(scope="module")
def page_data(made):
    block = (made[0] / "corridor.html").read_text().split('id="corridor-data">')[1].split("</script>")[0]
    return json.loads(block)


def run(*command):
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_index_prints_bounds_outwards(bands):
    assert len(bands) == 78
    assert sum(lower < upper for _, lower, upper in bands.values()) >= 40
    for row in estimate_volumes().table().itertuples():
        estimate, lower, upper = bands[row.measure, row.port, int(row.period)]
        exact = [round(value, 3) for value in (row.estimate, row.lower, row.upper)]  # without a solver's error
        assert (lower, upper) == (math.floor(exact[1]), math.ceil(exact[2]))
        assert abs(estimate - exact[0]) <= 0.5
        assert lower <= estimate <= upper


def test_map_and_tables_have_the_figures_of_the_index(made, index_texts, bands, page_data):
    on_map = {(row["measure"], port["id"], row["year"]): row for port in page_data["ports"] for row in port["volumes"]}
    assert {key: row["text"] for key, row in on_map.items()} == index_texts
    assert {key: (row["value"], row["lower"], row["upper"]) for key, row in on_map.items()} == bands
    with (made[0] / "tables" / "volumes.csv").open(newline="") as file:
        table = {(row["measure"], row["port"], int(row["period"])): row for row in csv.DictReader(file)}
    columns = "estimate", "lower", "upper"
    # As text: no digits after the point.
    written = {key: tuple(row[name] for name in columns) for key, row in table.items()}
    assert written == {key: tuple(map(str, band)) for key, band in bands.items()}


def test_the_command_line_has_the_figures_of_the_index(bands):
    lines = [line.split() for line in run("volumes").splitlines()]
    shown = {(row[0], row[1], int(row[2])): numbers(" ".join(row[3:6])) for row in lines[1:]}
    assert shown == bands
    # For programmes in full: rounded outwards they are the same.
    for row in [*csv.DictReader(run("volumes", "--csv").splitlines()), *json.loads(run("volumes", "--json"))]:
        printed = words.interval(*(float(row[name]) for name in ("estimate", "lower", "upper")))
        assert printed == bands[row["measure"], row["port"], int(row["period"])]


@pytest.mark.parametrize("port", ["manzhouli", "suifenhe", "tongjiang"])
@pytest.mark.parametrize("measure", ["trains", "teu"])
def test_explain_and_single_figures_have_those_of_the_index(bands, measure, port):
    def shown(*command):
        text = run(*command)
        ends = (re.search(rf"^{name} +([\d,]+)$", text, re.MULTILINE)[1] for name in ("estimate", "lower", "upper"))
        return numbers(" ".join(ends))

    for year in (key[2] for key, band in bands.items() if key[:2] == (measure, port) and band[1] < band[2]):
        assert shown("explain", measure, "--port", port, "--year", str(year)) == bands[measure, port, year]
    days = ["--between", f"{year}-01-01", f"{year}-12-31"]
    assert shown("volumes", *days, "--port", port, "--measure", measure) == bands[measure, port, year]


@pytest.mark.parametrize("measure", ["trains", "teu"])
def test_figures_have_the_estimates_of_the_index(index_texts, measure):
    for ax, port in zip(figure(measure).axes, ["manzhouli", "suifenhe", "tongjiang"], strict=True):
        labels = {round(text.xy[0]): text.get_text() for text in ax.texts if text.get_text()[-1].isdecimal()}
        assert len(labels) >= 3
        for year, label in labels.items():
            assert re.match(re.escape(label) + r"( \(| †|$)", index_texts[measure, port, year]), label


def test_statements_print_bounds_outwards_too(made):
    claims, tested = load_claims(), 0
    evidence = pd.read_csv(made[0] / "tables" / "statements.csv", index_col="statement_id")["evidence"]
    for name, row in statement_rows().items():
        if row["subject"] not in ("trains", "teu"):
            continue
        others = estimate_volumes(claims[claims["url"] != row["url"]])
        days = row["period_start"], row["period_end"]
        found = others.between(*days, ports=row["ports"].split(";"), measure=row["subject"])
        printed = words.interval(found.estimate, found.lower, found.upper)
        texts = [f"{number:,}" for number in printed]
        assert f"leave {texts[1]} to {texts[2]} " in evidence[name]
        assert f"the estimate is {texts[0]}" in evidence[name]
        tested += 1
    assert tested >= 4


def test_lengths_have_the_same_digits_everywhere(made, page_data):
    with (made[0] / "tables" / "distances.csv").open(newline="") as file:
        table = {row["route_id"]: row for row in csv.DictReader(file)}
    lines = run("metrics", "distance").splitlines()
    shown = {row[0]: row[1:] for row in (line.split() for line in lines[1:])}
    labels = {text.get_text() for ax in figure("distances").axes for text in ax.texts}
    for route in page_data["routes"]:
        row, facts = table[route["id"]], {name: text for name, text, _ in route["facts"]}
        rail = f"{float(row['rail_km']):,.1f}"
        assert facts["By rail"] == f"{rail} km"
        assert facts["Great circle"] == f"{float(row['geodesic_km']):,.1f} km, detour {float(row['detour']):.3f}"
        assert shown[route["id"]][0] == rail
        if row["published_km"]:
            assert f"{float(row['published_km']):,g} km; ours is {float(row['difference_percent']):+.1f} %" in (
                facts["Published"].removeprefix("about ").removeprefix("over ")
            )
            assert rail in labels
