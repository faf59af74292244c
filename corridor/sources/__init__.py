"""Where rail networks come from.

=============  =====================================================================================
room           what is in it
=============  =====================================================================================
graph          the open rail graph: read, crop, mend, largest component
countries      Natural Earth: the country of each link, outlines for drawing
contraction    nodes of degree two become vertices
gauges         the gauge of each link
recipe         all of it in order: :func:`build_network`
=============  =====================================================================================
"""

from corridor.sources.countries import outline_bytes
from corridor.sources.graph import find_open_graph
from corridor.sources.recipe import EURASIA, build_network, inputs_digest

__all__ = ["EURASIA", "build_network", "find_open_graph", "inputs_digest", "outline_bytes"]
