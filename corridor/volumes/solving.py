"""The one thread in which HiGHS works.

HiGHS keeps a scheduler for each thread that solves, as large as the first solver there asked for, and turns away
every solver that asks for another size. So ours work in a thread of their own, in which no solver of the user's ever
was, and the scheduler of the user's threads is left alone. As there is one such thread, no solver is asked by two
threads at once.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial, wraps
from typing import ParamSpec, TypeVar

from corridor.locks import WEIGHING, give_back, take_all

_P = ParamSpec("_P")
_T = TypeVar("_T")

_worker: ThreadPoolExecutor | None = None
_here = threading.local()


def alone(task: Callable[_P, _T]) -> Callable[_P, _T]:
    """The same function, carried out as a whole in the thread of the solvers, one call after the other.

    What it raises is raised. A caller who is interrupted meanwhile (Ctrl-C) goes on only when the call is over, so no
    solver is left in the middle of one.
    """

    @wraps(task)
    def called(*args: _P.args, **options: _P.kwargs) -> _T:
        if getattr(_here, "solves", False):
            return task(*args, **options)
        with WEIGHING:
            return _carried_out(partial(task, *args, **options))

    return called


def _carried_out(task: Callable[[], _T]) -> _T:
    global _worker
    try:
        _worker = _worker or ThreadPoolExecutor(1, "corridor-solver", _enter)
        asked = _worker.submit(task)
    except RuntimeError:  # the interpreter is about to end, or the system has no thread left
        _worker = None
        return task()
    try:
        return asked.result()
    finally:
        wait([asked])


def _enter() -> None:
    _here.solves = True


def _rest() -> None:
    """End the thread before a fork, as the child would not have it; the next question begins another."""
    global _worker
    take_all()
    if _worker is not None:
        _worker.shutdown()
        _worker = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_rest, after_in_parent=give_back, after_in_child=give_back)
