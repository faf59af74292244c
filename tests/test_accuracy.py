"""Our lengths against published ones."""

import numpy as np
import pandas as pd
import pytest

from corridor.accuracy import accuracy_summary, check_distances, length_factor, load_distances
from corridor.assumptions import assumed
from corridor.network import load_network
from corridor.routes import load_routes
from corridor.routing import find_path

TABLE = check_distances()


def test_every_published_figure_is_there_the_worst_first():
    services = load_routes()["published_km"].notna().sum()
    assert len(TABLE) == len(load_distances()) + services
    assert set(TABLE["kind"]) == {"track", "route", "service"}
    error = TABLE["error_percent"].abs()
    assert error.notna().all()
    assert (np.diff(error) <= 1e-9).all()
    again = 100 * (TABLE["rail_km"] / TABLE["published_km"] - 1)
    np.testing.assert_allclose(TABLE["error_percent"], again)
    assert (TABLE["mended_km"] <= TABLE["source_km"]).all()


def test_track_distances_are_as_good_as_promised():
    error = TABLE.loc[TABLE["kind"] == "track", "error_percent"].abs()
    assert len(error) > 250
    assert error.median() <= 1.5
    assert (error <= 4).mean() >= 0.9


def test_lengths_of_services_are_as_good_as_promised():
    services = TABLE[TABLE["kind"] == "service"]
    sure = services[services["doubt"] == ""]
    assert len(sure) >= len(services) - 4
    assert (sure["error_percent"].abs() <= 5).mean() >= 0.8
    # Each of the others is explained.
    far = services[services["error_percent"].abs() > 5]
    assert ((far["note"] + far["doubt"]).str.len() > 40).all()


def test_the_length_factor_helps_lines_that_it_was_not_taken_from():
    factor = length_factor(TABLE)
    assert factor.error_with < factor.error_without
    assert factor.low < factor.best < factor.high
    assert factor.lines > 60
    assert assumed("length-factor") == pytest.approx((factor.best, factor.low, factor.high), abs=5e-4)
    assert load_network().length_factor == pytest.approx(assumed("length-factor"))


def drawn(ratios):
    """Figures of lines that are so much longer in print than measured, two a line, on 10 km of mends each."""
    rows = [
        {
            "kind": "track",
            "precision": "exact",
            "line": f"line {i}",
            "published_km": ratio * km + 10,
            "source_km": km + 10.0,
            "mended_km": 10.0,
            "rail_km": km + 10.0,
            "doubt": "",
        }
        for i, ratio in enumerate(ratios)
        for km in (100.0, 400.0)
    ]
    table = pd.DataFrame(rows)
    return table.assign(error_percent=100 * (table["rail_km"] / table["published_km"] - 1))


def test_a_factor_that_is_there_is_found():
    factor = length_factor(drawn([1.02] * 9))
    assert factor[:3] == pytest.approx((1.02, 1.02, 1.02))
    assert factor.error_with == pytest.approx(0, abs=1e-9)
    assert factor.error_without > 1.8


def test_a_factor_that_is_not_there_does_not_help():
    factor = length_factor(drawn([0.98, 1.02, 0.97, 1.03, 0.99, 1.01, 1.0]))
    assert factor.low < 1 < factor.high
    assert factor.error_with >= factor.error_without - 0.2


def test_a_network_of_one_region_tells_what_it_lacks(ladder):
    table = check_distances(network=ladder[0])
    assert len(table) == len(TABLE)
    assert table["rail_km"].isna().all()
    assert (table["note"].str.len() > 10).all()
    assert "without a way" in accuracy_summary(table)[0]


def test_the_summary_tells_each_kind():
    told = accuracy_summary(TABLE)
    assert [line.split(":")[0] for line in told[:3]] == ["track", "route", "service"]
    assert "length factor" in told[3]


@pytest.mark.parametrize(
    ("origin", "destination", "published", "percent"),
    [
        ("harbin-st", "manzhouli", 935, 1.5),
        ("shanhaiguan-st", "shenyang-st", 426, 3),  # not the passenger line, which is 9 % shorter
        ("harbin-st", "mudanjiang-st", 355, 3),  # nor here: 293
        ("suifenhe", "grodekovo", 26, 4),
        ("moscow", "brest", 1100, 3),
        ("borzya", "zabaykalsk", 118, 4),
    ],
)
def test_freight_keeps_off_passenger_lines(origin, destination, published, percent):
    path = find_path(origin, destination)
    assert path.rail_km == pytest.approx(published, rel=percent / 100)
    assert path.network.freight[path.links].all()
