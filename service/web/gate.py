"""Judges sign-ups by how they come (O-7): taken in at once, later or not at all; refuses to know whose address it is.

It never changes the answer: whoever typed an address sees the same page. With RATE_LIMITS=off everything goes through.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from service.domain import lanes
from service.domain.consents import AT_ONCE, Reply, Verdict
from service.domain.lanes import DAY, HOUR, Limits
from service.web.limits import Counters, Step

_KEY: Final = "mendletter:sign-up:"


@dataclass(frozen=True, slots=True)
class Visit:
    """How a sign-up came. `made` is when its page was made, None where it is not from a page of ours.

    `proof` names the challenge that was solved; `network` is the truncated address of the client.
    """

    trapped: bool
    made: datetime | None
    proof: str | None
    network: str
    domain: str


class Gate:
    """Looks at one sign-up after the other."""

    def __init__(self, counters: Counters, secret: str, limits: Callable[[], Limits] = Limits) -> None:
        """`limits` is asked anew for each sign-up."""
        self._counters = counters
        self._limits = limits
        self._secret = secret.encode()
        self._calm: tuple[int, list[int]] | None = None

    def judge(self, visit: Visit, *, wall: datetime) -> Verdict:
        """What becomes of a sign-up. Counts it."""
        seen = self._from_network(visit.network, wall)
        age = None if visit.made is None else wall - visit.made
        reply = lanes.dropped(trapped=visit.trapped, age=age, seen=seen, limits=self._limits())
        # What is dropped takes nobody's place, but as long as anything else: else one could hear that it was dropped.
        waits = self._waits(visit, wall, count=reply is None)
        held = max((wait for wait in waits if wait is not None), default=timedelta())
        if reply or None in waits:
            return Verdict(dropped=reply or Reply.CROWD)
        return Verdict(held=held) if held else AT_ONCE

    def _waits(self, visit: Visit, wall: datetime, *, count: bool) -> list[timedelta | None]:
        """How long each rule lets a sign-up wait; None where there is no room any more."""
        storm = self._is_storm(wall, count=count)
        waits = [self._in_queue("domain", visit.domain, self._limits().most_for(visit.domain), wall, count=count)]
        if visit.made is not None and visit.proof is not None and self._first("proof", visit.proof, wall, count=count):
            return waits
        waits.append(timedelta() if self._first("slow", visit.network, wall, count=count) else lanes.HOLD)
        if storm:
            waits.append(self._in_queue("storm", "", lanes.QUIET, wall, count=count, begin=1))
        return waits

    def _from_network(self, network: str, wall: datetime) -> list[float]:
        """How many came from a network within the spans of the limit."""
        steps = []
        for span in lanes.SPANS:
            number, _ = _place(wall, span)
            steps.append(Step(self._key("network", span, number, network), 2 * span))
            steps.append(Step(self._key("network", span, number - 1, network), span, count=False))
        counts = self._counters.walk(steps, wall=wall)
        parts = [_place(wall, span)[1] for span in lanes.SPANS]
        return [lanes.within(now, before, part) for now, before, part in zip(counts[::2], counts[1::2], parts, strict=True)]

    def _is_storm(self, wall: datetime, *, count: bool) -> bool:
        number, _ = _place(wall, HOUR)
        step = Step(self._key("all", HOUR, number), (lanes.LOOK_BACK + 2) * HOUR, count)
        return lanes.is_storm(self._counters.walk([step], wall=wall)[0], self._hours_before(number, wall))

    def _hours_before(self, number: int, wall: datetime) -> list[int]:
        """How many came in each hour of the last week. Asked for once an hour."""
        if self._calm is None or self._calm[0] != number:
            keys = [self._key("all", HOUR, number - back) for back in range(1, lanes.LOOK_BACK + 1)]
            self._calm = number, self._counters.walk([Step(key, HOUR, count=False) for key in keys], wall=wall)
        return self._calm[1]

    def _in_queue(self, kind: str, value: str, most: int, wall: datetime, *, count: bool, begin: int = 0) -> timedelta | None:
        """How long to wait for an hour that has room, evenly spread over it; None if there is none for a day."""
        number, _ = _place(wall, HOUR)
        for later in range(begin, lanes.LONGEST_QUEUE + 1):
            step = Step(self._key(kind, HOUR, number + later, value), (later + 2) * HOUR, count)
            [place] = self._counters.walk([step], wall=wall)
            if place <= most:
                return _start(number + later, HOUR) + (place - 1) * HOUR / most - wall if later else timedelta()
        return None

    def _first(self, kind: str, value: str, wall: datetime, *, count: bool) -> bool:
        """Whether nobody came with this within the hour: a proof is good once, and without one the first goes through."""
        day = 0 if kind == "proof" else _place(wall, DAY)[0]  # a proof is no less used after midnight
        key = self._key(kind, DAY, day, value)
        if count:
            return self._counters.first(key, lanes.HOLD, wall=wall)
        return self._counters.walk([Step(key, lanes.HOLD, count=False)], wall=wall) == [0]

    def _key(self, kind: str, span: timedelta, number: int, value: str = "") -> str:
        """A name that tells nothing: each span has its own, so that nobody can be followed from one to the next (O-10)."""
        told = "|".join((kind, str(span), str(number), value))
        return _KEY + hmac.digest(self._secret, told.encode(), "sha256").hex()[:32]


def _place(wall: datetime, span: timedelta) -> tuple[int, float]:
    """The number of the span that a moment is in, and which part of it is over."""
    number, rest = divmod(wall.timestamp(), span.total_seconds())
    return int(number), rest / span.total_seconds()


def _start(number: int, span: timedelta) -> datetime:
    """When a span begins."""
    return datetime.fromtimestamp(number * span.total_seconds(), UTC)
