"""The atlas: whole, the same from every run, and nothing written from broken data."""

import csv
import hashlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from corridor import atlas, store
from corridor.errors import CorridorError, DataError, OutputError
from corridor.figures import figure, figure_bytes, figure_names


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
