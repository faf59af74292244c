"""Locks for what all threads of a process share; a forked process finds them open.

They are taken in the order in which they stand here, from the top of the house down: whoever holds one calls only what
lies below. So no two threads can each wait for the other. Before a fork all are taken, in this order too, and given
back afterwards on both sides: so no thread that the child lacks was in the middle of anything.
"""

from __future__ import annotations

import os
from threading import RLock

DRAWING = RLock()
"""Held while a figure is drawn or saved, as matplotlib's settings are the process's, or a map becomes a page."""

WEIGHING = RLock()
"""Held while a solver is asked, or a model of volumes finds what it keeps."""

READING = RLock()
"""Held while tables are read that are kept afterwards, and while the process's umask is looked up."""

_ALL = (DRAWING, WEIGHING, READING)


def take_all() -> None:
    """Wait until no other thread holds any of the locks, and take them."""
    for lock in _ALL:
        lock.acquire()


def give_back() -> None:
    """Release the locks once."""
    for lock in reversed(_ALL):
        lock.release()


if hasattr(os, "register_at_fork"):  # Windows does not fork
    os.register_at_fork(before=take_all, after_in_parent=give_back, after_in_child=give_back)
