"""Gauge of each link: its country's, then the listed exceptions one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor import store, tables, texts
from corridor.countries import country_rows
from corridor.errors import DataError
from corridor.network import GAUGE_BASES, GAUGES_MM, RailNetwork, gauge_bits
from corridor.places import station_rows
from corridor.sources.gauge_values import COUNTRY_WORDS, STANDARD_MM
from corridor.sources.graph import RawGraph
from corridor.sources.tags import WORD_BASIS
from corridor.transfers import transfers
from corridor.trees import ANY_GAUGE, rails, tree_over, walk_back

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
    stations, countries = set(station_rows()), set(country_rows())

    def check(row: dict[str, Any]) -> Iterator[str]:
        if row["country"] and row["country"] not in countries:
            yield f"country={texts.shown(row['country'])} is not in countries.csv"
        if row["scope"] == "line":
            parts = row["place"].split(";")
            if len(parts) < 2 or not set(parts) <= stations:
                yield f"place={texts.shown(row['place'])} is not two or more stations of stations.csv"
        elif not _box(row["place"]):
            yield f"place={texts.shown(row['place'])} is not lon_min;lat_min;lon_max;lat_max"

    return tables.read_table(
        store.data_file("routes/gauges.csv"),
        {
            "rule_id": tables.text,
            "scope": tables.one_of("box", "line"),
            "place": tables.text,
            "country": tables.optional(tables.text, empty=""),
            "gauge_mm": tables.words_of(*map(str, GAUGES_MM)),
            "status": tables.one_of("printed", "derived", "assumed"),
            "reason": tables.text,
            "source": tables.web_address,
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


def assign_gauges(network: RailNetwork) -> RailNetwork:
    """Gauge of each link: its country's, then the exceptions one after the other."""
    network = assign_national_gauges(network)
    gauge, basis = network.gauge.copy(), network.gauge_basis.copy()
    for rule in load_gauge_rules().itertuples():
        allowed = np.ones(len(network.metres), dtype=bool)
        if rule.country:
            allowed = network.country == network.countries.index(rule.country)
        chosen = _links_in_box(network, rule.place) if rule.scope == "box" else _links_along(network, rule)
        chosen &= allowed
        gauge[chosen] = gauge_bits(rule.gauge_mm)
        basis[chosen] = GAUGE_BASES.index("curated")
    return replace(network, gauge=gauge, gauge_basis=basis)


def assign_national_gauges(network: RailNetwork) -> RailNetwork:
    """Gauge of its country for each link that has none by its tags.

    A tag that names no gauge known here (no gauge, basis ``tagged``) makes the gauge unknown, not the
    country's: whoever wrote it meant something else.
    """
    rows = country_rows()
    national = np.array([gauge_bits(rows[code]["gauge_mm"]) for code in network.countries], dtype=np.uint8)
    untagged = network.gauge_basis == GAUGE_BASES.index("unknown")
    gauge = np.where(untagged, national[network.country], network.gauge)
    basis = np.where(untagged, GAUGE_BASES.index("assumed"), network.gauge_basis).astype(np.uint8)
    basis[gauge == 0] = GAUGE_BASES.index("unknown")
    return replace(network, gauge=gauge, gauge_basis=basis)


def add_named_gauges(graph: RawGraph, countries: tuple[str, ...]) -> tuple[RawGraph, str]:
    """Gauge of the links whose tag is a word that names one only together with their country, such as "broad".

    Returns
    -------
    graph : RawGraph
        With bases as in GAUGE_BASES.
    unread : str
        Stretches of such links, and kilometres, where a word names no single gauge; empty for none.
    """
    said = np.maximum(graph.gauge_basis.astype(np.int64) - WORD_BASIS, 0)
    if not said.any():
        return graph, ""
    gauge, lost = graph.gauge.copy(), []
    for i, word in enumerate(COUNTRY_WORDS):
        named = np.array([named_gauge(word, code) for code in countries], dtype=np.uint8)
        here = (said >> i & 1) > 0
        gauge[here] |= named[graph.country[here]]
    for country in np.unique(graph.country[(said > 0) & (gauge == 0)]).tolist():
        for words in np.unique(said[(said > 0) & (gauge == 0) & (graph.country == country)]).tolist():
            links = (said == words) & (gauge == 0) & (graph.country == country)
            value = ";".join(word for i, word in enumerate(COUNTRY_WORDS) if words >> i & 1)
            lost.append(f"gauge={value} in {countries[country]} on {_stretches(graph, links)}")
    basis = np.where(said > 0, GAUGE_BASES.index("tagged"), graph.gauge_basis).astype(np.uint8)
    return replace(graph, gauge=gauge, gauge_basis=basis), "; ".join(lost)


def _stretches(graph: RawGraph, links: NDArray[np.bool_]) -> str:
    """How many stretches some links make, and how long they are."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    nodes, ends = np.unique(graph.ends[links], return_inverse=True)
    joined = coo_array((np.ones(links.sum()), tuple(ends.reshape(-1, 2).T)), shape=(len(nodes), len(nodes)))
    count, _ = connected_components(joined, directed=False)
    return f"{count:,} stretch{'' if count == 1 else 'es'}, {graph.km[links].sum():,.1f} km"


def named_gauge(word: str, country: str) -> int:
    """Bits of the gauge that one of COUNTRY_WORDS names in a country; 0 where there is none, or more than one.

    "Standard" is 1435 mm where the country's railways have it; elsewhere it may mean that, or the country's own.
    "Broad" is what is wider: the country's own, else what lies beyond its transfers.

    Examples
    --------
    >>> from corridor.network import gauge_name
    >>> [gauge_name(named_gauge("broad", code)) for code in ("RU", "CN", "ES", "FR", "JP")]
    ['1520', '1520', '1668', '1668', 'unknown']
    >>> [gauge_name(named_gauge("standard", code)) for code in ("CN", "RU")]
    ['1435', 'unknown']
    """
    row, stations = country_rows().get(country), station_rows()
    own = {int(mm) for mm in row["gauge_mm"].split(";") if mm} if row else set()
    if word == "standard":
        return gauge_bits(str(STANDARD_MM)) if STANDARD_MM in own else 0
    beyond = {
        mm
        for transfer in transfers()
        if any(stations[key]["country"] == country for key in transfer.stations)
        for mm in transfer.gauges_mm
    }
    for known in (own, beyond):
        if len(wide := [mm for mm in known if mm > STANDARD_MM]) == 1:
            return gauge_bits(str(wide[0]))
    return 0


def _links_in_box(network: RailNetwork, place: str) -> NDArray[np.bool_]:
    if (box := _box(place)) is None:
        raise DataError(f"gauge rule for {place!r}: not a box of four numbers (lon_min;lat_min;lon_max;lat_max)")
    lon_min, lat_min, lon_max, lat_max = box
    lon, lat = network.nodes.T
    inside = (lon >= lon_min) & (lon <= lon_max) & (lat >= lat_min) & (lat <= lat_max)
    return np.asarray(inside[network.ends].all(axis=1))


def _links_along(network: RailNetwork, rule: Any) -> NDArray[np.bool_]:
    """Links of the shortest way through the rule's stations."""
    rows = [station_rows()[key] for key in rule.place.split(";")]
    stops, _ = network.nearest_node([row["lon"] for row in rows], [row["lat"] for row in rows])
    shut = b""
    if rule.country:
        shut = np.packbits(network.country != network.countries.index(rule.country)).tobytes()
    chosen = np.zeros(len(network.metres), dtype=bool)
    for start, stop in pairwise(stops.tolist()):
        metres = tree_over(network, ANY_GAUGE, ((start, 0),), shut=shut)
        if metres[stop] < 0:
            raise DataError(f"gauges.csv: {rule.Index}: no rails join {rule.place} in {rule.country or 'any land'}")
        chosen[walk_back(network, rails(network, ANY_GAUGE, shut), metres, stop, ((start, 0),))[1]] = True
    return chosen
