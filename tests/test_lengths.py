"""Three lengths of a path, drawn, of the source and best estimate, and what holds between them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from osm_drawn import ENDS, LINE, LINE_KM, WHOLE, write_extract
from pyproj import Geod

from corridor.geo import geodesic_km, line_km, short_step_km
from corridor.metrics import distance_metrics
from corridor.network import load_network
from corridor.routing import find_path, find_route_paths, route_paths
from corridor.routing.report import path_facts
from corridor.sources import import_network

PATHS = find_route_paths()
LINES = route_paths()


@pytest.mark.parametrize("name", PATHS)
def test_the_three_lengths_of_every_service(name):
    path, row = PATHS[name], LINES.loc[name]
    assert path.drawn_km == pytest.approx(Geod(ellps="WGS84").geometry_length(path.geometry) / 1000, rel=2e-6)
    # The source of the embedded network gives longer links than its vertices draw, and the factor lengthens them.
    assert 0.94 * path.source_km < path.drawn_km < path.source_km < path.rail_km
    certain = path.stretches.km[path.stretches.mended | path.stretches.straight].sum()
    factor = load_network().length_factor[0]
    assert path.rail_km == pytest.approx(certain + factor * (path.source_km - certain), rel=1e-12)
    assert path.rail_km_range[0] <= path.rail_km <= path.rail_km_range[1]
    assert [row.rail_km, row.source_km, row.drawn_km] == [path.rail_km, path.source_km, path.drawn_km]


def test_the_three_lengths_stand_wherever_a_path_is_listed():
    names = ["rail_km", "source_km", "drawn_km"]
    assert {*names} <= {*distance_metrics().columns} & {*LINES.columns}
    path = next(iter(PATHS.values()))
    assert [path_facts(path)[name] for name in names] == [round(getattr(path, name), 3) for name in names]


def test_rails_of_openstreetmap_are_as_long_as_they_are_drawn(tmp_path):
    network = import_network([write_extract(tmp_path / "line.osm.pbf", LINE, WHOLE)], island_km=0)
    path = find_path(*ENDS, network=network)
    assert path.source_km == pytest.approx(LINE_KM, abs=0.1)
    assert path.drawn_km == pytest.approx(path.source_km, abs=0.0005 * (len(path.links) + 1))


@given(st.tuples(st.floats(-180, 180), st.floats(-89, 89)), st.floats(-180, 180), st.floats(0.001, 1000))
def test_a_short_step_needs_no_geodesic(start, azimuth, km):
    stop = Geod(ellps="WGS84").fwd(*start, azimuth, 1000 * km)[:2]
    error = 1e-6 if km <= 250 else 2e-5
    assert line_km([start, stop]) == pytest.approx(float(geodesic_km(*start, *stop)), rel=error)


@pytest.mark.parametrize(
    "line",
    [[(179.9, 50), (-179.9, 50)], [(179.9, 50), (180.1, 50)], [(-180.1, 50), (-179.9, 50)]],
    ids=["over the meridian", "on beyond it", "on from beyond it"],
)
def test_a_line_over_the_180_meridian(line):
    assert line_km(line) == pytest.approx(line_km([(0, 50), (0.2, 50)]), rel=1e-9)


def test_a_line_of_one_point_has_no_length():
    assert line_km([(114, 52)]) == 0
    assert short_step_km(np.array([(114, 52)])).shape == (0,)
