"""Answers that are kept for the next question, within a budget of bytes."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

Value = TypeVar("Value")

_ENTRY = 1000
"""What an entry takes beside its arrays [bytes], about: the key, the objects, its place in the dict."""


_lock = Lock()


def _renew() -> None:
    """A forked process has none of the threads that may have held the lock."""
    global _lock
    _lock = Lock()


if hasattr(os, "register_at_fork"):  # Windows does not fork
    os.register_at_fork(after_in_child=_renew)


class Memory:
    """Values that can be computed again, kept by key; beyond the budget the least recently used are dropped.

    Threads may share it. The lock is not held while a value is computed, so two threads that ask for the same value at
    the same time may both compute it; both get the one that was first kept.

    Parameters
    ----------
    budget : int
        Bytes of all values together. The value kept last stays, however large it is.
    """

    def __init__(self, budget: int) -> None:
        self.budget, self.used = budget, 0
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], Value], bytes_of: Callable[[Value], int] | None = None) -> Value:
        """The value kept under a key, or else computed now and kept; of an error nothing is kept."""
        with _lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                known: Value = self._kept[key][0]
                return known
        value = compute()
        size = _ENTRY + size_of(key) + (bytes_of or size_of)(value)
        with _lock:
            if key in self._kept:
                earlier: Value = self._kept[key][0]
                return earlier
            self._kept[key] = value, size
            self.used += size
            while self.used > self.budget and len(self._kept) > 1:
                self.used -= self._kept.popitem(last=False)[1][1]
        return value

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        """Forget everything."""
        with _lock:
            self._kept.clear()
            self.used = 0


def size_of(value: Any) -> int:
    """Bytes of a value's arrays: its ``nbytes``, or those of what is in a tuple, list or dict; the rest is small."""
    if isinstance(value, tuple | list):
        return sum(map(size_of, value))
    if isinstance(value, dict):
        return sum(map(size_of, value.values()))
    return len(value) if isinstance(value, bytes) else int(getattr(value, "nbytes", 0))
