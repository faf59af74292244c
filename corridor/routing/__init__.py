"""Paths over the rail network for freight trains and their containers.

================  ======================================================================
``limits``        what a way may use: transfers open on a day, the port, what to keep off
``stops``         where a place meets the rails
``field``         cheapest legs, through the gates or directly
``pieces``        from legs to a path
``search``        ``find_path``: shortest ways over (node, gauge)
``days``          how long a path takes, estimated
``report``        a path in plain values
``piece``         ``Piece``: what one train runs over in one go, or a transfer
``path``          ``RailPath``: what a way is made of
``turns``         reversals and sharp turns of a path
``certificate``   what makes it trustworthy, or not
``alternatives``  the best way for each sequence of border crossings
``many``          distances and paths between many places at once
``services``      the paths of the services of data/routes/routes.csv
================  ======================================================================
"""

from corridor.routing.alternatives import find_alternatives
from corridor.routing.certificate import Certificate
from corridor.routing.many import distance_matrix, find_paths
from corridor.routing.path import Crossing, Passage, RailPath
from corridor.routing.search import find_path
from corridor.routing.services import find_route_paths, route_paths
from corridor.routing.stops import SNAP_LIMIT_KM
from corridor.routing.turns import Turn

__all__ = [
    "SNAP_LIMIT_KM",
    "Certificate",
    "Crossing",
    "Passage",
    "RailPath",
    "Turn",
    "distance_matrix",
    "find_alternatives",
    "find_path",
    "find_paths",
    "find_route_paths",
    "route_paths",
]
