"""Where rail networks come from.

=============  =====================================================================================
room           what is in it
=============  =====================================================================================
graph          the open rail graph: read, crop, mend, largest component
countries      Natural Earth: countries, outlines for drawing
borders        the country of each link
contraction    nodes of degree two become vertices
gauges         the gauge of each link
recipe         all of it in order: :func:`build_network`
tags           what OpenStreetMap's tags say of a rail
gauge_values   what a value of the tag ``gauge`` says
tag_days       days in the tags ``start_date`` and ``end_date``
lifecycle      whether tags say that no freight train runs
ways           OpenStreetMap's ways as arrays
notes          what was left out, cannot be read or is missing, with kilometres
points         what nodes of the rails are: crossings, switches, buffer stops
tracks         rail ways as numbered nodes
ends           dead ends that touch other rails are joined to them
crossings      lines that cross without a switch are parted
junctions      both, one after the other
stations       a node on the rails of each gauge at the stations of transfers
ferries        countries and gauges of train ferries, by their quays
rails          the network that ways make
extracts       files of OpenStreetMap: their kind by content, what is refused
blobs          a look into a file before a compiled library reads it
apart          work in a Python process of its own, whose death is an exception
reading        what extracts hold of rails, read in such a process
pbf            rails out of extracts: :func:`import_network`
areas          the band along a path, the squares that it touches
overpass       one question to a server
download       rails of an area, square by square: :func:`download_network`
=============  =====================================================================================
"""

from corridor.sources.areas import band, box
from corridor.sources.countries import outline_bytes
from corridor.sources.download import download_network
from corridor.sources.graph import find_open_graph
from corridor.sources.notes import note_lines
from corridor.sources.overpass import Server
from corridor.sources.pbf import import_network
from corridor.sources.rails import ISLAND_KM
from corridor.sources.recipe import EURASIA, build_network, inputs_digest
from corridor.sources.tags import HIGHSPEED, Choice

__all__ = [
    "EURASIA",
    "HIGHSPEED",
    "ISLAND_KM",
    "Choice",
    "Server",
    "band",
    "box",
    "build_network",
    "download_network",
    "find_open_graph",
    "import_network",
    "inputs_digest",
    "note_lines",
    "outline_bytes",
]
