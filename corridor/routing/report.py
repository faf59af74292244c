"""A path in plain values, as JSON can hold them."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor import words
from corridor.routing.days import travel_days
from corridor.routing.path import RailPath

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import ArrayLike

_DIGITS = 3

_PLACES = 5
"""Decimals of a degree, about a metre: the network has no more."""


def path_facts(path: RailPath) -> dict[str, Any]:
    """What there is to say of a path, in plain values; kilometres to the metre.

    Returns
    -------
    dict
        ``origin``, ``destination`` with their ``_lonlat``, ``via``, ``port``; ``rail_km`` with ``rail_km_range``,
        ``source_km``, ``drawn_km``, ``geodesic_km``, ``detour``; ``days`` with ``days_range``;
        ``km_by_country``, ``km_by_gauge``, ``km_by_gauge_basis``, ``assumed_gauge_km``, ``mended_km``,
        ``ferry_km``; ``transfers`` and ``crossings`` in order; ``certificate``.
    """
    days, certificate = travel_days(path), path.certificate
    return {
        "origin": path.origin.name,
        "destination": path.destination.name,
        "origin_lonlat": [round(path.origin.lon, _PLACES), round(path.origin.lat, _PLACES)],
        "destination_lonlat": [round(path.destination.lon, _PLACES), round(path.destination.lat, _PLACES)],
        "via": [place.name for place in path.via],
        "port": path.port,
        "rail_km": _round(path.rail_km),
        "rail_km_range": [words.down(path.rail_km_range[0], _DIGITS), words.up(path.rail_km_range[1], _DIGITS)],
        "source_km": _round(path.source_km),
        "drawn_km": _round(path.drawn_km),
        "geodesic_km": _round(path.geodesic_km),
        "detour": round(path.detour, 5) if path.geodesic_km else None,
        "days": round(days.best, 2),
        "days_range": [words.down(days.low, 2), words.up(days.high, 2)],
        "km_by_country": _rounded(path.km_by_country),
        "km_by_gauge": _rounded(path.km_by_gauge),
        "km_by_gauge_basis": _rounded(path.km_by_gauge_basis),
        "assumed_gauge_km": _round(path.assumed_gauge_km),
        "mended_km": _round(path.mended_km),
        "ferry_km": _round(path.ferry_km),
        "transfers": [
            {
                "transfer": passage.transfer,
                "from_station": passage.stations[0],
                "to_station": passage.stations[1],
                "from_gauge_mm": passage.gauges_mm[0],
                "to_gauge_mm": passage.gauges_mm[1],
                "at_km": _round(passage.at_km),
                "rail_km": _round(passage.rail_km),
                "joined": passage.joined,
                "dwell_hours": list(passage.dwell_hours) if passage.dwell_hours else None,
            }
            for passage in path.transfers
        ],
        "crossings": [
            {
                "from_country": crossing.countries[0],
                "to_country": crossing.countries[1],
                "at_km": _round(crossing.at_km),
                "lon": round(crossing.lon, _PLACES),
                "lat": round(crossing.lat, _PLACES),
            }
            for crossing in path.crossings
        ],
        "certificate": {
            "holds": not certificate.broken,
            "broken": list(certificate.broken),
            "snap_km": [_round(km) for km in certificate.snap_km],
            "longest_straight_km": _round(certificate.longest_straight_km),
            "unchecked_straight_km": _round(certificate.unchecked_straight_km),
            "mended_share": round(certificate.mended_share, 5),
            "detour": round(certificate.detour, 5) if path.geodesic_km else None,
            "turns": [
                {
                    "kind": "reversal" if turn.is_reversal else "turn",
                    "at_km": _round(turn.at_km),
                    "lon": round(turn.lon, 5),
                    "lat": round(turn.lat, 5),
                    "degrees": round(turn.degrees, 1),
                }
                for turn in certificate.turns
            ],
            "unjoined": list(certificate.unjoined),
            "network": certificate.network,
        },
    }


def path_feature(path: RailPath) -> dict[str, Any]:
    """A path as a GeoJSON feature: its line (WGS84), with its facts as properties."""
    return {"type": "Feature", "geometry": _line(path.lonlat), "properties": path_facts(path)}


def line_features(lines: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Rows with lines (WGS84) as GeoJSON features: the index as id, the other columns as properties."""
    return [
        {
            **feature,
            "geometry": _line(feature["geometry"]["coordinates"]),
            "properties": {
                name: round(value, _PLACES) if isinstance(value, float) and isfinite(value) else value
                for name, value in feature["properties"].items()
            },
        }
        for feature in lines.iterfeatures()
    ]


def feature_collection(features: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """GeoJSON features as a document (RFC 7946) that says whose data they are."""
    return {
        "type": "FeatureCollection",
        "licence": "ODbL-1.0",
        "attribution": "© OpenStreetMap contributors, https://www.openstreetmap.org/copyright",
        "features": list(features),
    }


def _line(lonlat: ArrayLike) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": np.round(np.asarray(lonlat, np.float64), _PLACES).tolist()}


def _round(km: float) -> float:
    return round(float(km), _DIGITS)


def _rounded(parts: Any) -> dict[str, float]:
    return {name: _round(km) for name, km in parts.items()}
