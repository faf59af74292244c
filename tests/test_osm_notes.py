"""What an import leaves out, cannot read or keeps apart: noted with kilometres, and told where a path fails of it."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osm_drawn import BROAD, ENDS, LINE, LINE_KM, NODES, RAIL, WHOLE, line_ways, write_extract
from soak import examples

from corridor.cli import main
from corridor.errors import DataError, NoPath
from corridor.geo import geodesic_km
from corridor.network import USAGES, gauge_name, network_bytes, read_network
from corridor.routing import find_path
from corridor.sources import import_network, note_lines
from corridor.sources.notes import sums

pytest.importorskip("osmium")

FERRY = {"route": "ferry", "train": "yes", "gauge": "1520"}


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def line_with(tmp_path, tags):
    """The network of the line whose middle has some tags."""
    return import_network([write_extract(tmp_path / "a.osm.pbf", LINE, line_ways(tags))])


def path_km(network, **options):
    return find_path(*ENDS, network=network, **options).rail_km


# ---------------------------------------------------------------- what is noted


@pytest.mark.parametrize(
    ("tags", "note", "text"),
    [
        (BROAD | {"disused": "yes"}, "left_out", "disused=yes on 1 track, 34.4 km"),
        ({"abandoned:railway": "rail"}, "left_out", "abandoned:railway=rail on 1 track, 34.4 km"),
        (BROAD | {"access": "no"}, "left_out", "access=no on 1 track, 34.4 km"),
        (BROAD | {"freight": "no"}, "no_freight", "freight=no on 1 track, 34.4 km"),
        (RAIL | {"gauge": "?"}, "unread_gauges", "gauge=? on 1 track, 34.4 km"),
        (RAIL | {"gauge": "standard"}, "unread_gauges", "gauge=standard in RU on 1 stretch, 34.4 km"),
        (RAIL | {"gauge": "750"}, "other_gauges", "gauge=750 on 1 track, 34.4 km"),
        (RAIL | {"gauge": "a;\x1b[2J"}, "unread_gauges", "gauge='a;\\x1b[2J' on 1 track, 34.4 km"),
    ],
)
def test_what_keeps_trains_off_is_told_by_import_info_and_path(tmp_path, tags, note, text):
    path = write_extract(tmp_path / "a.osm.pbf", LINE, line_ways(tags))
    done = run("network", "import", path, "--out", tmp_path / "n.npz")
    assert done.exit_code == 0
    assert len(done.stderr.splitlines()) == 1
    assert text in done.stderr
    facts = json.loads(run("network", "info", "--json", "--network", tmp_path / "n.npz").stdout)
    assert (facts[note], facts["countries"], facts["countries_from"]) == (text, 1, "countries.json")
    refused = run("path", *ENDS, "--network", tmp_path / "n.npz")
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
    assert text in refused.stderr


def test_a_place_on_rails_of_unread_gauge_is_told_of_them(tmp_path):
    network = import_network([write_extract(tmp_path / "a.osm.pbf", LINE, {1: ([*LINE], RAIL | {"gauge": "?"})})])
    with pytest.raises(NoPath, match=r"of unknown gauge: gauge=\? on 1 track, 137\.7 km cannot be read"):
        path_km(network)


def test_a_date_that_cannot_be_read_is_noted_and_counts_as_none(tmp_path):
    network = line_with(tmp_path, BROAD | {"start_date": "soon"})
    assert network.origin["unread_days"] == "start_date=soon on 1 track, 34.4 km"
    assert path_km(network, on="2020-01-01") == pytest.approx(LINE_KM, abs=0.1)


def test_the_word_broad_is_read_by_country(tmp_path):
    network = line_with(tmp_path, RAIL | {"gauge": "broad"})
    assert {gauge_name(int(bits)) for bits in network.gauge} == {"1520"}
    assert path_km(network) == pytest.approx(LINE_KM, abs=0.1)
    assert not note_lines(network.origin)


def test_a_path_that_fails_for_another_reason_tells_what_is_missing_near_it(tmp_path):
    """A ferry that touches no rails, and an unread gauge that would not join the places either."""
    ways = line_ways({"railway": "disused"}) | {7: ([101, 102], FERRY), 8: ([21, 103], RAIL | {"gauge": "?"})}
    apart = {101: (113.75, 51.8), 102: (114.15, 51.8), 103: (115.1, 51.9)}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", LINE | apart, ways)], island_km=0)
    with pytest.raises(NoPath) as refused:
        path_km(network)
    assert "the network may have a hole" in str(refused.value)
    for text in ("left out: railway=disused on 1", "gauge cannot be read: gauge=? on 1 track", "train ferries: way 7"):
        assert text in str(refused.value)


KINDS = [
    BROAD,
    RAIL,
    RAIL | {"gauge": "?"},
    RAIL | {"gauge": "750"},
    BROAD | {"freight": "no"},
    BROAD | {"start_date": "2013"},
    BROAD | {"disused": "yes"},
    {"railway": "abandoned"},
    {"razed:railway": "rail"},
    {"route": "ferry", "train": "yes"},
]


@settings(max_examples=examples(10, 200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(KINDS), min_size=20, max_size=20))
def test_what_is_read_and_what_is_left_out_is_all_there_is(tmp_path, kinds):
    """Kilometres of the network and of what it notes as left out add up to those of the file."""
    ways = {i: ([i, i + 1], tags) for i, tags in enumerate(kinds, start=1)} | {99: ([101, 102], BROAD)}
    apart = {101: (113, 53.0), 102: (113, 53.5)}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", LINE | apart, ways)], island_km=0)
    left = [float(km) for km in re.findall(r"([\d.]+) km", network.origin.get("left_out", ""))]
    whole = LINE_KM + float(geodesic_km(*apart[101], *apart[102]))
    assert network.km.sum() + sum(left) == pytest.approx(whole, abs=0.3)


def test_many_values_are_listed_to_a_limit():
    text = sums((f"gauge=x{i}", 40.0 - i) for i in range(40))
    assert text.startswith("gauge=x0 on 1 track, 40.0 km; gauge=x1 on 1 track")
    assert text.endswith("; 10 other values on 10 tracks, 55.0 km")
    assert "..." in sums([("gauge=" + "x" * 200, 1.0)])


# ---------------------------------------------------------------- ferries


@pytest.mark.parametrize("tags", [FERRY, FERRY | {"railway": "ferry"}, {"railway": "ferry"}, RAIL | {"route": "ferry"}])
def test_a_train_ferry_is_used_only_if_asked_for(tmp_path, tags):
    network = line_with(tmp_path, tags)
    assert network.km[network.usage == USAGES.index("ferry")].sum() == pytest.approx(34.4, abs=0.1)
    with pytest.raises(
        NoPath, match=r"a train ferry of 34\.4 km from 113\.70,51\.90 to 114\.20,51\.90 would join them"
    ):
        path_km(network)
    path = find_path(*ENDS, ferries=True, network=network)
    assert (path.rail_km, path.ferry_km) == (pytest.approx(LINE_KM, abs=0.1), pytest.approx(34.4, abs=0.1))
    assert path.certificate.network == network.digest


def test_the_command_takes_ferries_if_asked_to(tmp_path):
    path = write_extract(tmp_path / "a.osm.pbf", LINE, line_ways(FERRY))
    done = run("network", "import", path, "--out", tmp_path / "n.npz")
    assert done.stderr == "corridor: train ferries, which a path uses only with --ferries: way 2 of 34.4 km\n"
    network = ["--network", tmp_path / "n.npz"]
    assert "allow it with --ferries" in run("path", *ENDS, *network).stderr
    assert "by ferry      34.4 km" in run("path", *ENDS, "--ferries", *network).stdout
    assert json.loads(run("path", *ENDS, "--ferries", "--json", *network).stdout)["ferry_km"] == pytest.approx(
        34.4, abs=0.1
    )
    assert "--ferries" not in run("path", ENDS[0], "113.4,51.9", *network).stderr


def test_rails_are_taken_where_they_are_longer_than_a_ferry(tmp_path):
    ways = WHOLE | {2: ([1, 21], FERRY)}
    detour = {i: (x, y + (0.5 if 1 < i < 21 else 0)) for i, (x, y) in LINE.items()}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", detour, ways)])
    assert path_km(network) > path_km(network, ferries=True) == pytest.approx(LINE_KM, abs=0.1)


def test_a_ferry_over_a_wide_sea_is_whole_and_its_straight_steps_need_no_check(tmp_path):
    """From Sassnitz to Klaipeda, far from every coast in between."""
    nodes = {1: (13.4, 54.4), 2: (13.6, 54.5), 3: (15.5, 55.3), 4: (18.5, 55.9), 5: (21.1, 55.7), 6: (21.4, 55.7)}
    ways = {1: ([1, 2], BROAD), 2: ([2, 3, 4, 5], FERRY), 3: ([5, 6], BROAD)}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", nodes, ways)])
    path = find_path("13.4,54.4", "21.4,55.7", ferries=True, network=network)
    assert path.ferry_km == pytest.approx(509, abs=10)
    assert not path.certificate.broken


@pytest.mark.parametrize(
    ("west", "sea", "east", "joined"),
    [
        ("1520", "", "1520", True),
        ("1435", "", "1435", True),
        ("1435", "", "1520", False),
        ("1520", "1520", "1520", True),
        ("1520", "1435", "1520", False),
        ("1435", "?", "1435", False),
        ("1520", "broad", "1520", False),  # none that is plain in Germany
    ],
)
def test_a_ferry_counts_to_where_it_lands_and_takes_the_gauges_of_its_quays(tmp_path, west, sea, east, joined):
    """From Sassnitz to Klaipeda, off the coasts of Sweden, Denmark and Russia."""
    nodes = {1: (13.4, 54.4), 2: (13.6, 54.5), 3: (15.5, 55.3), 4: (18.5, 55.9), 5: (21.1, 55.7), 6: (21.4, 55.7)}
    tags = [RAIL | {"gauge": west}, {"route": "ferry", "train": "yes", "gauge": sea}, RAIL | {"gauge": east}]
    ways = dict(enumerate(zip(([1, 2], [2, 3, 4, 5], [5, 6]), tags, strict=True), start=1))
    network = import_network([write_extract(tmp_path / "a.osm.pbf", nodes, ways)])
    assert {network.countries[i] for i in network.country.tolist()} == {"DE", "LT"}
    asked = {"ferries": True, "avoid": "RU", "network": network}
    if not joined:
        with pytest.raises(NoPath):
            find_path("13.4,54.4", "21.4,55.7", **asked)
        return
    path = find_path("13.4,54.4", "21.4,55.7", **asked)
    assert [crossing.countries for crossing in path.crossings] == [("DE", "LT")]
    assert set(path.km_by_gauge) == {west}


def test_a_ferry_of_another_continent_is_none(tmp_path):
    nodes = LINE | {101: (-88, 44), 102: (-87, 44)}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", nodes, WHOLE | {2: ([101, 102], FERRY)})])
    assert not (network.usage == USAGES.index("ferry")).any()


def test_ferries_alone_are_no_rails(tmp_path):
    with pytest.raises(DataError, match=r"no rails \(railway=rail\); train ferries.*: way 1 of 137\.7 km"):
        import_network([write_extract(tmp_path / "a.osm.pbf", LINE, {1: ([*LINE], FERRY)})])


# ---------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("tags", "open_on", "closed_on"),
    [
        ({"start_date": "2013"}, "2013-12-31", "2013-12-30"),
        ({"start_date": "2013-05-12"}, "2013-05-12", "2013-05-11"),
        ({"end_date": "2013-05-12"}, "2013-05-11", "2013-05-12"),
        ({"end_date": "2013"}, "2012-12-31", "2013-01-01"),
        ({"start_date": "~1900", "end_date": "2005-06"}, "1950-01-01", "2020-01-01"),
        ({"start_date": "C19", "end_date": "before 1990"}, "1950-01-01", "2000-01-01"),
    ],
)
def test_a_day_keeps_off_rails_that_were_not_in_service(tmp_path, tags, open_on, closed_on):
    network = line_with(tmp_path, BROAD | tags)
    assert path_km(network) == pytest.approx(LINE_KM, abs=0.1)
    assert path_km(network, on=open_on) == pytest.approx(LINE_KM, abs=0.1)
    with pytest.raises(NoPath, match=rf"on {closed_on}: 34\.4 km of rails between them were not in service then"):
        path_km(network, on=closed_on)
    with pytest.raises(NoPath, match=r"113\.9,51\.9 lies on rails that were not in service then; name another place"):
        find_path("113.9,51.9", ENDS[1], on=closed_on, network=network)


def test_days_travel_through_the_file_and_only_where_there_are_any(tmp_path):
    dated, bare = line_with(tmp_path, BROAD | {"start_date": "2013"}), line_with(tmp_path, BROAD)
    assert dated.digest != bare.digest
    assert b"opened.npy" in network_bytes(dated)
    assert b"closed.npy" not in network_bytes(dated)
    assert b"opened.npy" not in network_bytes(bare)
    (tmp_path / "n.npz").write_bytes(network_bytes(dated))
    read = read_network(tmp_path / "n.npz")
    assert read.digest == dated.digest
    np.testing.assert_array_equal(read.opened, dated.opened)
    with pytest.raises(NoPath):
        path_km(read, on="2000-01-01")


def test_causes_are_told_together_where_one_is_not_enough(tmp_path):
    ways = line_ways(BROAD | {"start_date": "2013"})
    ways |= {3: ([13, 14, 15], BROAD), 4: ([15, 16, 17], FERRY), 5: ([17, 18, 19, 20, 21], BROAD)}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", LINE, ways)])
    with pytest.raises(NoPath) as refused:
        path_km(network, on="2010-01-01")
    assert "34.4 km of rails between them were not in service then" in str(refused.value)
    assert "a train ferry of 13.8 km from 114.40,51.90 to 114.60,51.90 would join them" in str(refused.value)


def test_what_is_drawn_for_other_tests_is_noted_too(tmp_path):
    network = import_network([write_extract(tmp_path / "a.osm.pbf")], island_km=0)
    assert note_lines(network.origin) == [
        "left out: railway=disused on 1 track, 7.2 km",
        "gauge cannot be read, so is unknown: gauge=standard in RU on 1 stretch, 26.9 km",
    ]
    assert NODES[8] in {tuple(place) for place in np.vstack([network.nodes, network.bends]).round(5).tolist()}


def test_rails_that_a_ferry_joins_are_no_island(tmp_path):
    """A port of 6.9 km beside 124 km of rails."""
    ways = {1: ([*range(1, 20)], BROAD), 2: ([19, 20], FERRY), 3: ([20, 21], BROAD)}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", LINE, ways)])
    assert path_km(network, ferries=True) == pytest.approx(LINE_KM, abs=0.1)
    rails_alone = import_network([write_extract(tmp_path / "b.osm.pbf", LINE, {1: ways[1], 3: ways[3]})])
    assert rails_alone.km.sum() == pytest.approx(LINE_KM * 18 / 20, abs=0.1)


def test_days_stay_with_their_links_where_islands_are_left_out(tmp_path):
    island = {101: (112.0, 51.0), 102: (112.05, 51.0)}  # sorts before the line
    ways = line_ways(BROAD | {"start_date": "2013"}) | {9: ([101, 102], BROAD | {"start_date": "1900"})}
    network = import_network([write_extract(tmp_path / "a.osm.pbf", LINE | island, ways)])
    assert network.opened.shape == network.closed.shape == network.metres.shape == (3,)
    with pytest.raises(NoPath, match=r"34\.4 km of rails between them were not in service then"):
        path_km(network, on="2010-01-01")
