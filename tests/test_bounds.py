"""Searches that grow only the trees that closed links harm, against trees that are all grown anew."""

import heapq
from itertools import count

import numpy as np
import pytest
from conftest import place
from hypothesis import given, settings
from hypothesis import strategies as st
from test_search import _RING, drawn

from corridor.errors import NoPath
from corridor.network import load_network
from corridor.places import find_place
from corridor.routing import find_alternatives
from corridor.routing.alternatives import EXTRA_SHARE, crossing_names
from corridor.routing.field import bounds_of, field_of
from corridor.routing.limits import border_links, limits_of, unpacked
from corridor.routing.search import shortest


def both(network, places, limits):
    """The path with all trees grown anew, and that from bounds; None where there is none."""
    found = []
    for field in (field_of(network, limits), bounds_of(network, limits)):
        try:
            found.append(shortest(field, places)[0])
        except NoPath:
            found.append(None)
    return found


def closed_more(network, limits, names):
    """Limits with some crossings closed."""
    shut = unpacked(network, limits.shut)
    for name in names - limits.open:
        shut |= border_links(network, frozenset(name.split("-")))
    return limits._replace(open=limits.open - names, shut=np.packbits(shut).tobytes() if shut.any() else b"")


@settings(max_examples=60, deadline=None)
@given(drawn(), st.lists(st.sampled_from(list(_RING)), min_size=1, max_size=3), st.integers(0, 2**26 - 1))
def test_bounds_lead_to_the_path_that_trees_grown_anew_give(network_and_places, names, bits):
    network, at = network_and_places
    spots = [place(network, at, name) for name in (*names, "a", "e")]
    shut = np.array([bits >> i & 1 for i in range(len(network.metres))], bool)
    limits = limits_of(network)._replace(shut=np.packbits(shut).tobytes() if shut.any() else b"")
    for some in (spots[-2:], spots):
        anew, found = both(network, some, limits)
        assert (anew is None) == (found is None)
        if anew is not None:
            assert found.links.tolist() == anew.links.tolist()
            assert not shut[found.links].any()


@pytest.mark.parametrize(
    ("ends", "asked"),
    [
        (("harbin", "hamburg"), {"avoid": ["belarus"]}),
        (("harbin", "hamburg"), {"avoid": ["belarus", "lithuania", "manzhouli"]}),
        (("chengdu", "duisburg"), {"avoid": ["brest"], "on": "2015-06-01"}),
        (("moscow", "vladivostok"), {"avoid": ["kazakhstan", "yekaterinburg"]}),
        (("chengdu", "lodz"), {"port": "suifenhe", "avoid": ["yekaterinburg"]}),
        (("chengdu", "lodz"), {"port": ["manzhouli", "tongjiang"], "on": "2023-06-01"}),
    ],
    ids=repr,
)
def test_so_they_do_on_the_network_of_the_project(ends, asked):
    network = load_network()
    anew, found = both(network, [find_place(name) for name in ends], limits_of(network, **asked))
    np.testing.assert_array_equal(found.links, anew.links)
    np.testing.assert_array_equal(found.span, anew.span)


def searched_one_by_one(network, ends, most):
    """Alternatives as they are defined: each set of closed crossings is searched for alone, with all trees."""
    limits, places = limits_of(network), [find_place(name) for name in ends]
    best = both(network, places, limits)[0]
    number, tried, found = count(), {frozenset()}, {}
    queue = [(best.source_km, next(number), best, frozenset())]
    while queue and len(found) < most:
        _, _, path, closed = heapq.heappop(queue)
        found.setdefault(crossing_names(path), path)
        for name in dict.fromkeys(crossing_names(path)):
            more = closed | {name}
            if more in tried:
                continue
            tried.add(more)
            other = both(network, places, closed_more(network, limits, more))[0]
            if other is not None and other.source_km <= (1 + EXTRA_SHARE) * best.source_km:
                heapq.heappush(queue, (other.source_km, next(number), other, more))
    return sorted(found.values(), key=lambda path: (len(path.transfers), path.source_km))


@pytest.mark.parametrize(("ends", "most"), [(("harbin", "warsaw"), 3), (("minsk", "76.9,43.3"), 4)])
def test_alternatives_are_those_of_searches_one_by_one(ends, most):
    network = load_network()
    expected = searched_one_by_one(network, ends, most)
    found = find_alternatives(*ends, most=most)
    assert [path.links.tolist() for path in found] == [path.links.tolist() for path in expected]
