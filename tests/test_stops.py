"""Places by name and by point, and where they meet the rails."""

import numpy as np
import pytest
from conftest import make_network

from corridor.errors import BadValue, NoPath, UnknownName
from corridor.network import gauge_bits, gauge_name
from corridor.places import Place, fold
from corridor.routing import find_path


@pytest.mark.parametrize(
    ("a", "b", "km"),
    [
        ((116.5, 50.0), (119.5, 50.0), 300),  # both on one link
        ((119.5, 50.0), (116.5, 50.0), 300),
        ((116.0, 50.0), (118.0, 50.0), 200),  # from an end
        ((118.0, 50.0), (121.0, 50.0), 300),  # over a node
        ((121.0, 50.0), (121.0, 50.0), 0),
    ],
)
def test_points_between_nodes(a, b, km):
    nodes = {"A": (116.0, 50.0), "B": (120.0, 50.0), "C": (122.0, 50.0)}
    network, _ = make_network(nodes, [("A", "B", 400, "CN", (118.0, 50.0)), ("B", "C", 200, "CN")])
    path = find_path(Place("a", *a), Place("b", *b), network=network)
    assert path.rail_km == pytest.approx(km, rel=0.002, abs=0.01)
    np.testing.assert_allclose(path.lonlat[[0, -1]], [a, b], atol=1e-3)
    assert (np.diff(path.lonlat[:, 0]) * np.sign(b[0] - a[0]) >= 0).all()
    assert sum(path.km_by_country.values()) == pytest.approx(path.rail_km)


def test_via_a_point_in_the_middle_of_a_link():
    nodes = {"A": (116.0, 50.0), "B": (120.0, 50.0), "C": (120.0, 52.0)}
    network, _ = make_network(nodes, [("A", "B", 400, "CN"), ("B", "C", 250, "CN")])
    through = find_path("116,50", "120,50", via=["118,50"], network=network)
    assert through.rail_km == pytest.approx(400)
    out_and_back = find_path("120,52", "120,50", via=["118,50"], network=network)
    assert out_and_back.rail_km == pytest.approx(250 + 200 + 200, rel=0.002)
    np.testing.assert_allclose(out_and_back.lonlat, [(120, 52), (120, 50), (118, 50), (120, 50)], atol=1e-3)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("Harbn", UnknownName, "Did you mean harbin?"),
        ("nowhere at all", UnknownName, "known: manzhouli"),
        ("126.6,145.8", BadValue, "longitude is -180 to 180 and comes first"),
        ("45.75,126.65", BadValue, "did you swap them"),
        ("181,45", BadValue, "longitude is -180 to 180"),
        ("90,71", NoPath, "km from the nearest freight rail; the limit is 25 km"),
        ("-30.5,20", NoPath, "km from the nearest freight rail"),
    ],
)
def test_a_place_that_cannot_be(text, error, words):
    with pytest.raises(error, match=words) as caught:
        find_path(text, "Moscow")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["harbin", "Harbin", "HARBIN", "哈尔滨", "Харбин", " harbin ", "126.65,45.75"])
def test_places_by_any_name(name):
    assert find_path(name, "manzhouli").rail_km == pytest.approx(find_path("harbin", "manzhouli").rail_km, abs=10)


@pytest.mark.parametrize(
    ("one", "other"), [("Łódź", "lodz"), ("Xi’an", "xi'an"), ("Nizhny-Novgorod", "nizhny novgorod")]
)
def test_names_are_folded(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize("bits", range(8))
def test_gauge_names(bits):
    name = gauge_name(bits)
    assert name.count("+") == max(0, bits.bit_count() - 1)
    assert (name == "unknown") == (bits == 0)
    assert gauge_bits("" if bits == 0 else name.replace("+", ";")) == bits
