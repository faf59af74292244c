"""Numbers on the ellipsoid: known values and laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.geo import geodesic_km, step_km, unwrap_lon

lonlat = st.tuples(st.floats(-180, 180), st.floats(-89, 89))


@pytest.mark.parametrize(
    ("a", "b", "km"),
    [
        ((0, 0), (0, 1), 110.574),
        ((0, 0), (1, 0), 111.320),
        ((0, 0), (0, 90), 10001.966),
    ],
    ids=["a degree north", "a degree east", "a quarter of the meridian"],
)
def test_known_distances(a, b, km):
    assert float(geodesic_km(*a, *b)) == pytest.approx(km, rel=5e-4)


def test_the_180_meridian_is_no_wall():
    assert float(geodesic_km(179, 60, -179, 60)) == pytest.approx(float(geodesic_km(0, 60, 2, 60)), rel=1e-12)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (3,), (2, 2), (0,)])
def test_the_shape_is_kept(shape):
    assert geodesic_km(np.zeros(shape), 0, np.ones(shape), 0).shape == shape


@given(st.lists(st.tuples(lonlat, lonlat), min_size=2, max_size=5))
def test_one_distance_is_what_it_is_among_others(pairs):
    ends = np.array(pairs).reshape(-1, 4)
    alone = [float(geodesic_km(*row)) for row in ends]
    np.testing.assert_allclose(alone, geodesic_km(*ends.T), atol=1e-9)


@given(lonlat, lonlat)
def test_distance_is_the_same_both_ways(a, b):
    assert float(geodesic_km(*a, *b)) == pytest.approx(float(geodesic_km(*b, *a)), abs=1e-6)


@given(lonlat, lonlat, lonlat)
def test_triangle(a, b, c):
    assert float(geodesic_km(*a, *c)) <= float(geodesic_km(*a, *b) + geodesic_km(*b, *c)) + 1e-6


@given(st.lists(lonlat, min_size=1, max_size=9))
def test_steps_are_the_distances_from_point_to_point(line):
    steps = step_km(line)
    assert len(steps) == len(line) - 1
    for step, a, b in zip(steps, line, line[1:], strict=False):
        assert step == pytest.approx(float(geodesic_km(*a, *b)), abs=1e-9)


@given(st.lists(st.floats(-180, 180), min_size=2, max_size=20))
def test_unwrapped_longitudes_never_jump_and_stay_where_they_were(lon):
    out = unwrap_lon(lon)
    assert (np.abs(np.diff(out)) <= 180 + 1e-9).all()
    turns = (out - np.array(lon)) / 360
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-9)
