"""Text of every column of every table goes out as it came in: nothing evaluates it, whatever software shows it."""

import csv
import io
import json
import shutil
from xml.etree import ElementTree

import pytest
from canaries import CANARIES, TEXTS, canary, fill, read
from click.testing import CliRunner
from matplotlib.text import Text

from corridor import formulas, store
from corridor.accuracy import distance_rows
from corridor.assumptions import assumption_rows
from corridor.claims import checked_claims, load_claims
from corridor.cli import main
from corridor.countries import country_rows
from corridor.errors import DataError
from corridor.figures import figure, figure_bytes
from corridor.figures.canvas import label
from corridor.places import station_rows
from corridor.ports import port_rows
from corridor.routes import checked_routes, load_routes
from corridor.sources.gauges import load_gauge_rules
from corridor.sources.lines import line_rows
from corridor.sources.mends import load_mends
from corridor.statements import statement_rows
from corridor.transfers import closure_rows, transfer_rows

LOADERS = {
    "ports/claims.csv": load_claims,
    "ports/ports.csv": port_rows,
    "ports/statements.csv": statement_rows,
    "routes/assumptions.csv": assumption_rows,
    "routes/closures.csv": closure_rows,
    "routes/countries.csv": country_rows,
    "routes/distances.csv": distance_rows,
    "routes/gauges.csv": load_gauge_rules,
    "routes/lines.csv": line_rows,
    "routes/mends.csv": load_mends,
    "routes/routes.csv": load_routes,
    "routes/stations.csv": station_rows,
    "routes/transfers.csv": transfer_rows,
}
CELLS = [
    pytest.param(name, column, id=f"{name}-{column}")
    for name in LOADERS
    for column in read(store.data_folder() / name).columns
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("canaries") / "data"
    shutil.copytree(store.data_folder(), folder)
    return folder


def test_every_table_is_known():
    data = store.data_folder()
    assert {f"{file.parent.name}/{file.name}" for file in data.glob("*/*.csv")} == set(TEXTS) == set(LOADERS)
    assert all(TEXTS[name] <= set(read(data / name).columns) for name in TEXTS)


@pytest.mark.parametrize(("name", "column"), CELLS)
def test_a_column_takes_any_text_or_refuses_it_by_value(folder, monkeypatch, name, column):
    """No column is forgotten: one that takes a canary is among those that the tests below fill with all of them."""
    monkeypatch.setenv("CORRIDOR_DATA", str(folder))
    sound = (folder / name).read_bytes()
    table = read(folder / name)
    table.loc[0, column] = "{{7*7}} <b>x</b>"
    table.to_csv(folder / name, index=False)
    try:
        if column in TEXTS[name]:
            LOADERS[name]()
        elif column not in (table.columns[0], "country"):  # those name rows, in their table or in another one
            with pytest.raises(DataError, match=r"csv:2: .*'\{\{7\*7\}\} <b>x</b>'"):
                LOADERS[name]()
    finally:
        (folder / name).write_bytes(sound)


@pytest.fixture(scope="module")
def hostile(folder):
    """A data folder whose every text is a canary, in use."""
    with pytest.MonkeyPatch.context() as patch:
        own = folder.parent / "hostile"
        shutil.copytree(folder, own)
        fill(own)
        patch.setenv("CORRIDOR_DATA", str(own))
        yield own


COMMANDS = {
    "ports": "ports/ports.csv",
    "stations": "routes/stations.csv",
    "transfers": "routes/transfers.csv",
    "lines": "routes/lines.csv",
    "routes": "routes/routes.csv",
    "claims": "ports/claims.csv",
}


def run(*words):
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("command", "name"), COMMANDS.items())
def test_tables_show_text_as_it_stands(hostile, command, name):
    wide, rows = run(command, "--wide"), json.loads(run(command, "--json"))
    cells = list(csv.DictReader(io.StringIO(run(command, "--csv"))))
    for i, (row, cell) in enumerate(zip(rows, cells, strict=True)):
        for column in TEXTS[name]:
            text = canary(column, i) if row[column] or "doubt" not in column else ""
            assert row[column] == text
            assert text in wide
            assert formulas.unmarked(cell[column]) == text
            assert not any(part.lstrip("\"' ").startswith("=") and part[0] != "'" for part in cell[column].split(";"))


def test_lines_of_text_show_text_as_it_stands(hostile):
    names = {row["name_en"] for row in station_rows().values()}
    shown = run("path", "harbin", "hamburg")
    start, stop = (station_rows()[key]["name_en"] for key in ("harbin", "hamburg"))
    assert shown.startswith(f"{start} - {stop}: ")
    assert {start, stop} <= names
    explained = run("explain", "trains", "--port", "manzhouli", "--year", "2021")
    assert f"{canary('publisher', 0)[:200]}" in explained
    assert "canary++" in explained


@pytest.mark.parametrize("name", ["corridor", "distances", "trains"])
def test_figures_show_text_as_it_stands(hostile, name):
    drawn = figure(name)
    assert not any(text.get_parse_math() for text in drawn.findobj(Text))
    tree = ElementTree.fromstring(figure_bytes(drawn, "svg"))
    texts = {text for element in tree.iter("{http://www.w3.org/2000/svg}text") if (text := "".join(element.itertext()))}
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert not tags & {"script", "b", "i", "img", "image", "foreignObject", "a"}
    ports, stations = port_rows(), station_rows()
    if name == "distances":
        table = load_routes().query("published_km.notna()")
        wanted = {
            f"{label(stations[a]['name_en'], 16)} – {label(stations[b]['name_en'], 16)}"
            for a, b in table[["origin", "destination"]].to_numpy()
        }
        assert {text.removesuffix(" *") for text in texts} >= wanted
        assert any("$x^2$" in text for text in wanted)
    else:
        # The map's names have halos, which SVG knows as outlines only; its legend is text.
        wanted = {"trains": "{}", "corridor": "through {} only"}[name]
        longest = {"trains": 40, "corridor": 20}[name]
        assert {wanted.format(label(row["name_en"], longest)) for row in ports.values()} <= texts


@pytest.mark.parametrize("text", CANARIES.values(), ids=CANARIES)
def test_users_tables_take_text_as_it_stands(text):
    claim = {"claim_id": "A", "ports": "manzhouli", "measure": "trains", "basis": "rail", "value": "4235"}
    days = {"period_start": "2021-01-01", "period_end": "2021-12-31"}
    own = dict.fromkeys(TEXTS["ports/claims.csv"], text)
    assert checked_claims([claim | days | own]).loc["A", list(own)].to_dict() == own
    route = {
        "route_id": "A",
        "origin": "harbin",
        "destination": "hamburg",
        "port": "manzhouli",
        "direction": "outbound",
    }
    own = dict.fromkeys(("service", "publisher", "title", "note"), text)
    assert checked_routes([route | own]).loc["A", list(own)].to_dict() == own
