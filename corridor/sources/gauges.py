"""Gauge of each link: its country's, then the listed exceptions one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor import store
from corridor.errors import DataError
from corridor.network import GAUGE_BASES, GAUGES_MM, RailNetwork
from corridor.places import load_stations
from corridor.sources.countries import load_countries
from corridor.trees import walk_back

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


def load_gauge_rules() -> pd.DataFrame:
    """Exceptions to the gauge of a country (gauges.csv), in the order in which they apply.

    Returns
    -------
    DataFrame
        Index ``rule_id``; ``scope`` box (lon_min, lat_min, lon_max, lat_max in ``place``) or line (two or
        more stations in ``place``, followed along the shortest way); country (may be empty: any);
        gauge_mm; status; reason; source.
    """
    stations, countries = set(load_stations().index), set(load_countries().index)

    def check(row: dict[str, Any]) -> Iterator[str]:
        if row["country"] and row["country"] not in countries:
            yield f"country={row['country']!r} is not in countries.csv"
        if row["scope"] == "line":
            parts = row["place"].split(";")
            if len(parts) < 2 or not set(parts) <= stations:
                yield f"place={row['place']!r} is not two or more stations of stations.csv"
        elif not _box(row["place"]):
            yield f"place={row['place']!r} is not lon_min;lat_min;lon_max;lat_max"

    return store.read_table(
        store.data_file("routes/gauges.csv"),
        {
            "rule_id": store.text,
            "scope": store.one_of("box", "line"),
            "place": store.text,
            "country": store.optional(store.text, empty=""),
            "gauge_mm": store.words_of(*map(str, GAUGES_MM)),
            "status": store.one_of("printed", "derived", "assumed"),
            "reason": store.text,
            "source": store.web_address,
        },
        key="rule_id",
        check=check,
    )


def _box(place: str) -> tuple[float, float, float, float] | None:
    """The four numbers of a box in order, or None."""
    try:
        lon_min, lat_min, lon_max, lat_max = map(float, place.split(";"))
    except ValueError:
        return None
    return (lon_min, lat_min, lon_max, lat_max) if lon_min < lon_max and lat_min < lat_max else None


def gauge_bits(gauges: str) -> int:
    """Bits of the gauges named in a semicolon list; 0 for none."""
    return sum(1 << GAUGES_MM.index(int(mm)) for mm in gauges.split(";") if mm)


def assign_gauges(network: RailNetwork) -> RailNetwork:
    """Gauge of each link: its country's, then the exceptions one after the other."""
    by_country = load_countries()["gauge_mm"]
    national = np.array([gauge_bits(by_country[code]) for code in network.countries], dtype=np.uint8)
    gauge = national[network.country]
    basis = np.where(gauge > 0, GAUGE_BASES.index("assumed"), GAUGE_BASES.index("unknown")).astype(np.uint8)
    for rule in load_gauge_rules().itertuples():
        allowed = np.ones(len(network.km), dtype=bool)
        if rule.country:
            allowed = network.country == network.countries.index(rule.country)
        chosen = _links_in_box(network, rule.place) if rule.scope == "box" else _links_along(network, rule)
        chosen &= allowed
        gauge[chosen] = gauge_bits(rule.gauge_mm)
        basis[chosen] = GAUGE_BASES.index("curated")
    return replace(network, gauge=gauge, gauge_basis=basis)


def _links_in_box(network: RailNetwork, place: str) -> NDArray[np.bool_]:
    box = _box(place)
    assert box is not None  # as load_gauge_rules has checked
    lon_min, lat_min, lon_max, lat_max = box
    lon, lat = network.nodes.T
    inside = (lon >= lon_min) & (lon <= lon_max) & (lat >= lat_min) & (lat <= lat_max)
    return np.asarray(inside[network.ends].all(axis=1))


def _links_along(network: RailNetwork, rule: Any) -> NDArray[np.bool_]:
    """Links of the shortest way through the rule's stations."""
    stations = load_stations()
    stops, _ = network.nearest_node(*stations.loc[rule.place.split(";"), ["lon", "lat"]].to_numpy().T)
    countries = frozenset([rule.country] if rule.country else network.countries)
    chosen = np.zeros(len(network.km), dtype=bool)
    for start, stop in pairwise(stops.tolist()):
        way = walk_back(network, countries, start, stop)
        if way is None:
            raise DataError(f"gauges.csv: {rule.Index}: no rails join {rule.place} in {rule.country or 'any land'}")
        chosen[way[1]] = True
    return chosen
