"""Every record of the data is a case."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from corridor import audit, store
from corridor.accuracy import load_distances
from corridor.assumptions import load_assumptions
from corridor.claims import load_claims
from corridor.countries import country_rows
from corridor.errors import DataError
from corridor.gates import gates_of
from corridor.geo import geodesic_km
from corridor.network import load_network
from corridor.places import load_stations, name_index, station_rows
from corridor.ports import find_port, load_ports
from corridor.routes import load_routes
from corridor.routing import find_route_paths
from corridor.sources import recipe
from corridor.sources.gauges import load_gauge_rules
from corridor.sources.lines import load_lines, way_points
from corridor.sources.mends import load_mends
from corridor.transfers import load_closures, load_transfers, transfers

PORTS, STATIONS, ROUTES, CLAIMS, MENDS = load_ports(), load_stations(), load_routes(), load_claims(), load_mends()


def records(table):
    return pytest.mark.parametrize("row", list(table.itertuples()), ids=[str(name) for name in table.index])


def test_the_whole_is_sound():
    found = audit.check_data()
    assert found.empty, found.to_string()


# ---------------------------------------------------------------- ports


@records(PORTS)
def test_every_port(row):
    assert row.opened <= row.first_outbound
    assert pd.isna(row.first_inbound) == (row.first_inbound_source == "")
    assert STATIONS.loc[row.station_home, "country"] == "CN"
    assert STATIONS.loc[row.station_abroad, "country"] == "RU"
    for name in (row.Index, row.name_en, row.name_zh, row.name_ru, row.name_en.upper()):
        assert find_port(name) == row.Index


def test_the_three_ports_and_their_openings():
    assert PORTS["first_outbound"].dt.strftime("%Y-%m-%d").to_dict() == {
        "manzhouli": "2013-09-30",
        "suifenhe": "2018-08-02",
        "tongjiang": "2023-07-28",
    }
    assert PORTS["province_en"].to_dict() == {
        "manzhouli": "Inner Mongolia",
        "suifenhe": "Heilongjiang",
        "tongjiang": "Heilongjiang",
    }
    assert PORTS.crs == "EPSG:4326"


# ---------------------------------------------------------------- stations


@records(STATIONS)
def test_every_station(row):
    assert re.fullmatch(r"[a-z0-9-]+", row.Index)
    assert row.country in set(country_rows())
    assert row.coord_source
    assert not row.name_zh or re.search(r"[\u4e00-\u9fff]", row.name_zh)
    assert not row.name_ru or re.search(r"[А-Яа-я]", row.name_ru)


def test_every_station_lies_near_a_rail_in_its_own_country():
    network = load_network()
    _, gaps = network.nearest_node(STATIONS["lon"], STATIONS["lat"])
    assert gaps.max() < audit.STATION_LIMIT_KM
    assert np.median(gaps) < 1.5


def test_a_name_means_one_place():
    names = [
        (name.casefold(), key)
        for key, row in STATIONS.iterrows()
        for name in {key, row["name_en"], row["name_zh"], row["name_ru"], *row["aliases"].split(";")} - {""}
    ]
    table = pd.DataFrame(names, columns=["name", "key"]).drop_duplicates()
    assert table[table["name"].duplicated(keep=False)].empty
    assert set(name_index(station_rows()).values()) == set(STATIONS.index)


# ---------------------------------------------------------------- routes


@records(ROUTES)
def test_every_route(row):
    assert row.url.startswith("http")
    assert row.publisher
    assert row.title
    assert row.origin != row.destination
    if row.first_run and row.last_seen:
        assert row.first_run[:4] <= row.last_seen[:4]
    if not pd.isna(row.published_km):
        straight = geodesic_km(
            *STATIONS.loc[row.origin, ["lon", "lat"]], *STATIONS.loc[row.destination, ["lon", "lat"]]
        )
        assert straight < row.published_km < 2.2 * straight


def test_enough_routes():
    assert len(ROUTES) >= 30
    assert set(ROUTES["port"]) == set(PORTS.index)


# ---------------------------------------------------------------- claims


@records(CLAIMS)
def test_every_claim(row):
    assert row.publisher
    assert row.title
    assert row.url or "address" in row.note or row.note.startswith("SUBSET")
    opened = min(PORTS.loc[port, "first_outbound"] for port in row.ports.split(";"))
    assert row.period_end >= opened
    if row.published:
        assert row.published[:4] >= str(row.period_end.year)
    if row.measure == "trains":
        assert row.value < 100_000
    if row.span == "annual":
        assert (row.period_end.month, row.period_end.day) == (12, 31)
        assert row.period_start.year == row.period_end.year


def test_all_claims_are_there():
    assert len(CLAIMS) >= 229
    assert CLAIMS["basis"].value_counts()["rail"] > 100


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"period_end": "2015-04-01", "period_start": "2015-05-01"}, "lies before period_start"),
        ({"value": "-3"}, "value='-3'"),
        ({"ports": "manzhuli"}, "names a port that is not known: no port 'manzhuli'; known: manzhouli,"),
        ({"basis": "guess"}, "basis='guess' is not one of rail"),
        ({"ports": "tongjiang", "period_start": "2019-01-01", "period_end": "2019-12-31"}, "before any of tongjiang"),
        ({"publisher": ""}, "publisher='' must not be empty"),
        ({"url": "javascript:canary++"}, "is not an http(s) address"),
    ],
)
def test_a_claim_that_is_refused(tmp_path, change, words):
    ledger = pd.read_csv(store.data_file("ports/claims.csv"), dtype=str, keep_default_na=False)
    for name, value in change.items():
        ledger.loc[5, name] = value
    ledger.to_csv(tmp_path / "claims.csv", index=False)
    with pytest.raises(DataError) as caught:
        load_claims(tmp_path / "claims.csv")
    assert words in str(caught.value)
    assert "claims.csv:7:" in str(caught.value)


# ---------------------------------------------------------------- mends, gauges, registry


@records(MENDS)
def test_every_mend(row):
    straight = float(geodesic_km(row.lon_a, row.lat_a, row.lon_b, row.lat_b))
    if row.kind == "mend":
        assert straight <= row.km * 1.02 + 0.1
        assert row.km <= 1.5 * straight + 0.2
    else:
        assert row.km == pytest.approx(straight, abs=0.06)


@records(load_gauge_rules())
def test_every_gauge_rule(row):
    if row.scope == "line":
        assert set(row.place.split(";")) <= set(STATIONS.index)
    else:
        lon_min, lat_min, lon_max, lat_max = map(float, row.place.split(";"))
        assert lon_min < lon_max
        assert lat_min < lat_max


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (lambda data: (data / "ports" / "notes.txt").write_text("x"), "in the folder, but not listed"),
        (lambda data: (data / "routes" / "gauges.csv").unlink(), "gauges.csv: no such file"),
        (lambda data: (data / "ports" / "datapackage.json").write_text("{}"), "not a data package"),
    ],
    ids=["unlisted", "missing", "broken registry"],
)
def test_a_fault_of_the_folder_is_found(data_copy, fault, problem):
    fault(data_copy)
    try:
        found = audit.check_data().to_string()
    except DataError as err:
        found = str(err)
    assert problem in found


def test_a_listed_file_that_is_gone_is_found(data_copy):
    (data_copy / "routes" / "gauges.csv").unlink()
    found = audit.registry_findings(data_copy)
    assert [(row.subject, row.problem) for row in found] == [("gauges.csv", "listed, but not in the folder")]


def test_a_registry_names_files_of_its_own_folder_only(data_copy):
    file = data_copy / "ports" / "datapackage.json"
    file.write_text(file.read_text().replace('"path": "ports.csv"', '"path": "../../secret"'))
    with pytest.raises(DataError, match="not a data package"):
        audit.stamp_data(data_copy)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("19.3;54.2;23.0;55.4", "19.3;54.2;23.0", "is not lon_min;lat_min;lon_max;lat_max"),
        ("19.3;54.2;23.0;55.4", "19.3;56.2;23.0;55.4", "is not lon_min;lat_min;lon_max;lat_max"),
        ("hrubieszow;slawkow", "hrubieszow;nowhere", "is not two or more stations"),
        (",RU,1520", ",ZZ,1520", "country='ZZ' is not in countries.csv"),
    ],
)
def test_a_gauge_rule_that_is_refused(data_copy, old, new, words):
    file = data_copy / "routes" / "gauges.csv"
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(DataError, match=words):
        load_gauge_rules()


def test_both_ends_of_a_straight_step_must_be_listed():
    start, stop = np.array([10.0, 50.0]), np.array([11.0, 50.0])
    assert recipe._is_listed(start, stop, np.array([[10.0, 50.0, 11.0, 50.0]]))
    assert not recipe._is_listed(start, stop, np.array([[10.0, 50.0, 12.0, 50.0]]))
    assert not recipe._is_listed(start, stop, np.array([[11.0, 50.0, 10.0, 50.0]]))


def test_a_changed_file_is_found_and_stamped(data_copy):
    file = data_copy / "routes" / "stations.csv"
    file.write_text(file.read_text().replace(",city centre", ",centre of the city"))
    assert audit.registry_findings(data_copy)[0].file == "routes/stations.csv"
    assert audit.stamp_data(data_copy) == [data_copy / "routes" / "datapackage.json"]
    assert audit.registry_findings(data_copy) == []


def test_a_moved_station_is_found(data_copy):
    file = data_copy / "routes" / "stations.csv"
    moved = pd.read_csv(file, dtype=str, keep_default_na=False)
    moved.loc[moved["station_id"] == "harbin", "lat"] = "47.2"
    moved.to_csv(file, index=False)
    problems = audit.check_data()
    assert any("harbin" in subject for subject in problems["subject"])
    assert "inputs" in set(problems["subject"])


def test_an_unlisted_straight_is_found():
    network = load_network()
    routes = ROUTES.loc[["harbin-hamburg"]]
    assert audit.straight_findings(find_route_paths(routes, network=network)) == []
    unchecked = replace(network, checked=np.zeros(len(network.metres), dtype=bool))
    assert len(audit.straight_findings(find_route_paths(routes, network=unchecked))) > 5


# ---------------------------------------------------------------- transfers, lines, distances


@records(load_transfers())
def test_every_transfer(row):
    assert {row.station_a, row.station_b} <= set(STATIONS.index)
    assert row.source.startswith("http")
    assert pd.isna(row.dwell_hours_min) == (row.dwell_kind == "")
    opened = next(transfer.opened for transfer in transfers() if transfer.name == row.Index)
    assert str(opened)[: len(row.valid_from)] == row.valid_from


def test_the_transfers_that_must_be_there():
    gates = gates_of(load_network())
    assert set(gates.names) == set(load_transfers().index)
    hops = dict(zip(gates.names, gates.hop, strict=True))
    km = {name: load_network().metres[list(hop)].sum() / 1000 for name, hop in hops.items()}
    assert km["manzhouli-zabaykalsk"] == pytest.approx(12, abs=2)
    assert km["suifenhe-grodekovo"] == pytest.approx(26, abs=1)
    assert km["alashankou-dostyk"] == pytest.approx(13, abs=2)
    assert all(length < 60 for length in km.values())


@records(load_closures())
def test_every_closure(row):
    assert row.source.startswith("http")
    assert row.reason


@records(load_lines())
def test_every_line(row):
    assert re.fullmatch(r"[a-z0-9_-]+", row.Index)
    assert row.url.startswith("http")
    if row.way:
        points = way_points(row.way)
        assert (np.abs(np.diff(points, axis=0)).max(axis=1) < 25).all()


@records(load_distances())
def test_every_distance(row):
    row = load_distances().loc[row.Index]
    ends = STATIONS.loc[[row["from"], row["to"]], ["lon", "lat"]].to_numpy()
    straight = float(geodesic_km(*ends[0], *ends[1]))
    assert 0.9 * straight - 3 < row["km"] < 3 * straight + 30


@records(load_assumptions())
def test_every_assumption(row):
    assert row.basis in {"printed", "derived", "assumed"}
    assert row.url or row.note


def test_a_wheel_finds_its_data(tmp_path):
    """Laid out as a wheel: the data inside the package, nothing beside it."""
    shutil.copytree(store.data_folder().parent / "corridor", tmp_path / "corridor")
    shutil.copytree(store.data_folder(), tmp_path / "corridor" / "_data")
    code = "import corridor.store as s, corridor; print(s.data_folder()); print(len(corridor.load_ports()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, text=True, capture_output=True, check=True)
    assert done.stdout.split() == [str(tmp_path / "corridor" / "_data"), "3"]
