"""The rail network: read-only arrays of nodes and links, with length, country, gauge, usage and geometry.

=========  =========================================================================
``model``  ``RailNetwork``: the arrays, and what is asked of them alone
``snap``   the nearest point of the rails to a place
``file``   the npz file: bytes, reading, the embedded network
``npz``    arrays of such a file without copying them
=========  =========================================================================
"""

from corridor.network.file import (
    FORMAT,
    MOST_BYTES,
    as_network,
    load_network,
    network_bytes,
    network_path,
    read_network,
)
from corridor.network.model import (
    GAUGE_BASES,
    GAUGE_SYSTEMS,
    GAUGES_MM,
    LONG_STRAIGHT_KM,
    PER_LINK,
    TRAITS,
    USAGES,
    RailNetwork,
    gauge_bits,
    gauge_name,
)
from corridor.network.npz import BadArrays, arrays_of, text_of
from corridor.network.snap import Snap, links_within, nearest_rail, rails_near

__all__ = [
    "FORMAT",
    "GAUGES_MM",
    "GAUGE_BASES",
    "GAUGE_SYSTEMS",
    "LONG_STRAIGHT_KM",
    "MOST_BYTES",
    "PER_LINK",
    "TRAITS",
    "USAGES",
    "BadArrays",
    "RailNetwork",
    "Snap",
    "arrays_of",
    "as_network",
    "gauge_bits",
    "gauge_name",
    "links_within",
    "load_network",
    "nearest_rail",
    "network_bytes",
    "network_path",
    "rails_near",
    "read_network",
    "text_of",
]
