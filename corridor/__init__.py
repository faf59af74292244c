"""Geospatial analysis of the China-Europe rail-freight corridor.

Names are loaded when they are first used, so that ``import corridor`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corridor.accuracy import check_distances, load_distances
    from corridor.atlas import build_atlas
    from corridor.audit import check_data
    from corridor.claims import load_claims
    from corridor.errors import (
        BadValue,
        CorridorError,
        DataError,
        DownloadError,
        MissingExtra,
        NoPath,
        OutputError,
        SolverError,
        UnknownName,
        UnknownValue,
    )
    from corridor.figures import figure, figure_names
    from corridor.maps import corridor_map
    from corridor.metrics import distance_metrics
    from corridor.network import RailNetwork, load_network
    from corridor.places import load_stations
    from corridor.ports import load_ports
    from corridor.provenance import explain
    from corridor.routes import load_routes
    from corridor.routing import RailPath, distance_matrix, find_alternatives, find_path, find_paths, route_paths
    from corridor.sources.lines import load_lines
    from corridor.statements import check_statements
    from corridor.transfers import load_transfers
    from corridor.volumes import Volumes, estimate_volumes
    from corridor.volumes.backtest import backtest_volumes

__version__ = "0.1.0"

_ROOMS = {
    "accuracy": ["check_distances", "load_distances"],
    "atlas": ["build_atlas"],
    "audit": ["check_data"],
    "claims": ["load_claims"],
    "errors": [
        "BadValue",
        "CorridorError",
        "DataError",
        "DownloadError",
        "MissingExtra",
        "NoPath",
        "OutputError",
        "SolverError",
        "UnknownName",
        "UnknownValue",
    ],
    "figures": ["figure", "figure_names"],
    "maps": ["corridor_map"],
    "metrics": ["distance_metrics"],
    "network": ["RailNetwork", "load_network"],
    "places": ["load_stations"],
    "ports": ["load_ports"],
    "provenance": ["explain"],
    "routes": ["load_routes"],
    "routing": ["RailPath", "distance_matrix", "find_alternatives", "find_path", "find_paths", "route_paths"],
    "sources.lines": ["load_lines"],
    "statements": ["check_statements"],
    "transfers": ["load_transfers"],
    "volumes": ["Volumes", "estimate_volumes"],
    "volumes.backtest": ["backtest_volumes"],
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [  # sorted as a test asks
    "BadValue",
    "CorridorError",
    "DataError",
    "DownloadError",
    "MissingExtra",
    "NoPath",
    "OutputError",
    "RailNetwork",
    "RailPath",
    "SolverError",
    "UnknownName",
    "UnknownValue",
    "Volumes",
    "backtest_volumes",
    "build_atlas",
    "check_data",
    "check_distances",
    "check_statements",
    "corridor_map",
    "distance_matrix",
    "distance_metrics",
    "estimate_volumes",
    "explain",
    "figure",
    "figure_names",
    "find_alternatives",
    "find_path",
    "find_paths",
    "load_claims",
    "load_distances",
    "load_lines",
    "load_network",
    "load_ports",
    "load_routes",
    "load_stations",
    "load_transfers",
    "route_paths",
]


def __getattr__(name: str) -> Any:
    if room := _ROOM_OF.get(name):
        return getattr(import_module(f"corridor.{room}"), name)
    raise AttributeError(f"module 'corridor' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
