"""The only module of the web room that talks to Redis; refuses to wait for it longer than two seconds, and to need it."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

log: Final = logging.getLogger(__name__)

PATIENCE: Final = 0.8
"""Seconds for one try. There are two, since a connection that Redis closed while it was idle fails once."""

LOOK_AGAIN: Final = 30.0
"""Seconds without asking a Redis that did not answer."""

_FULL: Final = 50_000
_T = TypeVar("_T")
_DOWN: Final = (redis.RedisError, ValueError, OSError)


def ping(url: str) -> bool:
    """Whether Redis answers at this address."""
    try:
        with _client(url) as client:
            return bool(client.ping())
    except _DOWN:
        return False


def _client(url: str) -> redis.Redis:
    retry = Retry(NoBackoff(), 1)
    return redis.Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=retry)


@dataclass(frozen=True, slots=True)
class Step:
    """A counter to look at, and whether to count one more first. It is forgotten after its time."""

    key: str
    lasts: timedelta
    count: bool = True


class _Shelf(Protocol):
    def walk(self, steps: Sequence[Step], wall: datetime) -> list[int]: ...

    def first(self, key: str, lasts: timedelta, wall: datetime) -> bool: ...


@dataclass(slots=True)
class Memory:
    """Counters of this process alone."""

    _kept: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def walk(self, steps: Sequence[Step], wall: datetime) -> list[int]:
        """Take each step; gives the counts."""
        with self._lock:
            self._make_room(wall)
            return [self._take(step, wall) for step in steps]

    def first(self, key: str, lasts: timedelta, wall: datetime) -> bool:
        """Whether nobody asked for this key within the time that it lasts."""
        with self._lock:
            self._make_room(wall)
            count, until = self._kept.get(key, (0, wall))
            if count and until > wall:
                return False
            self._kept[key] = 1, wall + lasts
            return True

    def _take(self, step: Step, wall: datetime) -> int:
        count, until = self._kept.get(step.key, (0, wall))
        count = count if until > wall else 0
        if step.count:
            count += 1
            self._kept[step.key] = count, wall + step.lasts
        return count

    def _make_room(self, wall: datetime) -> None:
        if len(self._kept) < _FULL:
            return
        self._kept = {key: value for key, value in self._kept.items() if value[1] > wall}
        if len(self._kept) >= _FULL:
            self._kept.clear()


class Shared:
    """Counters of all processes, in Redis. Raises what `redis` raises where it is away."""

    def __init__(self, url: str) -> None:
        self._redis = _client(url)

    def walk(self, steps: Sequence[Step], wall: datetime) -> list[int]:  # noqa: ARG002  Redis has a clock of its own
        """Take each step, all in one round trip; gives the counts."""
        with self._redis.pipeline(transaction=False) as pipe:
            for step in steps:
                if step.count:
                    pipe.incr(step.key)
                    pipe.expire(step.key, step.lasts)
                else:
                    pipe.get(step.key)
            answers = iter(pipe.execute())
        counts = []
        for step in steps:
            counts.append(int(next(answers) or 0))
            if step.count:
                next(answers)
        return counts

    def first(self, key: str, lasts: timedelta, wall: datetime) -> bool:  # noqa: ARG002  Redis has a clock of its own
        """Whether nobody asked for this key within the time that it lasts."""
        return bool(self._redis.set(key, 1, nx=True, ex=lasts))


class Counters:
    """Counters in Redis, or in this process while Redis is away. Never raises, and never waits twice."""

    def __init__(self, url: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._monotonic = monotonic
        self._memory = Memory()
        self._shared: Shared | None = None
        self._away_until = self._monotonic()

    def walk(self, steps: Sequence[Step], *, wall: datetime) -> list[int]:
        """Take each step; gives the counts."""
        return self._ask(lambda shelf: shelf.walk(steps, wall))

    def first(self, key: str, lasts: timedelta, *, wall: datetime) -> bool:
        """Whether nobody asked for this key within the time that it lasts."""
        return self._ask(lambda shelf: shelf.first(key, lasts, wall))

    def _ask(self, question: Callable[[_Shelf], _T]) -> _T:
        if self._monotonic() >= self._away_until:
            try:
                self._shared = self._shared or Shared(self._url)
                return question(self._shared)
            except _DOWN as error:
                self._away_until = self._monotonic() + LOOK_AGAIN
                log.warning("Redis is away, sign-ups are counted by each process alone: %s", type(error).__name__)
        return question(self._memory)
