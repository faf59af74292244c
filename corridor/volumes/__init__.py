"""Trains and TEU at the ports: what claims force, what they suggest, and where they disagree.

Rooms, from the ground up:

* ``grid``: the unknowns, running totals at the days on which months and claims begin or end;
* ``program``: linear programmes over them, solved by HiGHS;
* ``bands``: what a claim says of them;
* ``assumed``: what is assumed where claims are silent;
* ``conflicts``: claims that cannot all hold, and which give way;
* ``smooth``: the smoothest series within;
* ``kept``: what is kept between runs, believed only if whole;
* ``model``: a ledger, weighed;
* ``window``: one figure on one window;
* ``disagreements``: conflicts as a table, in words;
* ``series``: ``Volumes``, tables of them;
* ``backtest``: claims left out, and predicted by the others.
"""

from corridor.volumes.bands import band_of
from corridor.volumes.series import Volumes, estimate_volumes
from corridor.volumes.window import Window

__all__ = ["Volumes", "Window", "band_of", "estimate_volumes"]
