"""Figures that take long to count: whether they follow their page, and kept for a while; refuses to keep what is decided on.

Each web process remembers by itself, so a figure may be as old as `seconds`, and two processes may tell two ages. A page that
shows one says when it was counted.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar


def counts_later(asked: Mapping[str, str], *, many: bool) -> bool:
    """Whether a page answers without what takes a look at each reader: there are many, and nobody asked to count them now."""
    return many and asked.get("count") != "yes"


MOST: Final = 16
"""So many figures are kept, the youngest ones."""

Value = TypeVar("Value")


@dataclass(slots=True)
class _Figure(Generic[Value]):
    until: float
    value: Value


@dataclass(slots=True)
class Remembered(Generic[Value]):
    """What was counted in the last `seconds`. `monotonic` gives seconds. Two who ask at once have it counted once."""

    seconds: float
    monotonic: Callable[[], float]
    _kept: OrderedDict[Hashable, _Figure[Value]] = field(default_factory=OrderedDict)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def known(self, key: Hashable) -> Value | None:
        """What is remembered, without counting; None for nothing, or nothing young enough."""
        figure = self._kept.get(key)
        return figure.value if figure is not None and self.monotonic() < figure.until else None

    def get(self, key: Hashable, count: Callable[[], Value]) -> Value:
        """What is remembered, or what `count` gives now. Whatever `count` raises goes on to who asked, and nothing is kept."""
        with self._counting:
            known = self.known(key)
            if known is not None:
                return known
            value = count()
            self._kept.pop(key, None)
            self._kept[key] = _Figure(self.monotonic() + self.seconds, value)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
            return value
