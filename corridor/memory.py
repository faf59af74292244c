"""Answers that are kept for the next question, within a budget of bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from itertools import count
from threading import Lock
from typing import Any, TypeVar

Value = TypeVar("Value")

_ENTRY = 1000
"""What an entry takes beside its arrays [bytes], about: the key, the objects, its place in the dict."""


class _Entry:
    """A kept value, its bytes, and when it was used last."""

    __slots__ = ("last", "size", "value")

    def __init__(self, value: Any, size: int, last: int) -> None:
        self.value, self.size, self.last = value, size, last


_lock = Lock()


def _renew() -> None:
    """A forked process has none of the threads that may have held the lock."""
    global _lock
    _lock = Lock()


if hasattr(os, "register_at_fork"):  # Windows does not fork
    os.register_at_fork(after_in_child=_renew)


class Memory:
    """Values that can be computed again, kept by key; beyond the budget the least recently used are dropped.

    Threads may share it. No lock is held while a value is computed, so two threads that ask for the same value at the
    same time may both compute it; both get the one that was kept first.

    Parameters
    ----------
    budget : int
        Bytes of all values together. The value kept last stays, however large it is.
    """

    def __init__(self, budget: int) -> None:
        self.budget, self.used = budget, 0
        self._kept: dict[Hashable, _Entry] = {}
        self._tick = count()

    def get(self, key: Hashable, compute: Callable[[], Value], bytes_of: Callable[[Value], int] | None = None) -> Value:
        """The value kept under a key, or else computed now and kept; of an error nothing is kept."""
        entry = self._kept.get(key)
        if entry is None:
            value = compute()
            entry = _Entry(value, _ENTRY + size_of(key) + (bytes_of or size_of)(value), next(self._tick))
            with _lock:
                entry = self._kept.setdefault(key, entry)
                self._count(entry.size if entry.value is value else 0)
        entry.last = next(self._tick)
        known: Value = entry.value
        return known

    def put(self, key: Hashable, value: Any) -> None:
        """Keep a value in place of the one kept under a key."""
        with _lock:
            former = self._kept.pop(key, None)
            self._kept[key] = _Entry(value, _ENTRY + size_of(key) + size_of(value), next(self._tick))
            self._count(self._kept[key].size - (former.size if former else 0))

    def _count(self, more: int) -> None:
        """Count some bytes more; where that is too much, drop what was used longest ago, down to three quarters."""
        self.used += more
        if self.used > self.budget:
            for key, entry in sorted(self._kept.items(), key=lambda item: item[1].last)[:-1]:
                if self.used <= 0.75 * self.budget:
                    break
                del self._kept[key]
                self.used -= entry.size

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
