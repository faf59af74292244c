"""What objects that never change have in common: read-only arrays and mappings, and pickles of their fields alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from numpy.typing import NDArray


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """The same array, which can no longer be written to."""
    array.flags.writeable = False
    return array


def by_fields(frozen: Any) -> tuple[type, tuple[Any, ...]]:
    """How a frozen dataclass is pickled and deep-copied: made anew of its fields.

    To be set as its ``__reduce__``. What it has computed and kept meanwhile is left out, since it can be computed
    again, may be large and may not be picklable; arrays are made read-only again on the way through ``__init__``.
    """
    return type(frozen), tuple(getattr(frozen, field.name) for field in fields(frozen))


class FrozenDict(dict[str, Any]):
    """A dict that cannot be changed: JSON takes it as it takes any dict, which it does not take other mappings as."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("this dict is shared and cannot be changed; change a copy: dict(...)")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return type(self), (dict(self),)
