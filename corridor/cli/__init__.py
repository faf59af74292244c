"""The command line: one command a function, the same words; results on standard output, all else on standard error.

=================  =================================================
``group``          the group, and what its commands have in common
``output``         how a command writes its table
``listings``       tables
``paths``          paths, alternatives, published distances
``volumes``        claims, trains and TEU, statements, explanations
``networks``       the rail network
``openstreetmap``  networks made of OpenStreetMap's rails
``drawings``       map, figures, atlas, check
=================  =================================================
"""

from corridor.cli import drawings, listings, networks, openstreetmap, paths, volumes
from corridor.cli.group import main

__all__ = ["drawings", "listings", "main", "networks", "openstreetmap", "paths", "volumes"]
