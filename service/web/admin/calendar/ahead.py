"""What is to come, as the calendar's pages get it; refuses to keep anybody waiting who did not ask for the count.

Few readers are counted with each page. Many take seconds: they are counted after the page, for five weeks at once, and kept for
some minutes as long as nobody changes a batch or holds anything.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from flask import request

from service.bootstrap import Service
from service.domain.ahead import Coming
from service.store import ahead, audiences, calendar
from service.web.admin.counting import Remembered, counts_later

if TYPE_CHECKING:
    from service.store.database import Session

SECONDS: Final = 300.0
STEP: Final = timedelta(days=35)
"""Counted at once: a month and the days around it."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is to come. `later` says that it is not counted yet; `at` is when it was, where that may be a while ago."""

    letters: Mapping[Coming, int]
    at: datetime | None = None
    later: bool = False


NOTHING: Final = Ahead({})


class CalendarAhead:
    """Counts what is to come, and remembers it where there are many readers."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._kept: Remembered[Ahead] = Remembered(SECONDS, service.monotonic)

    def look(self, session: "Session", until: datetime) -> Ahead:
        """What will leave before a moment, at the least."""
        now = self._service.now()
        if until <= now:
            return NOTHING
        if not audiences.are_many(session):
            return Ahead(ahead.coming(session, now=now, until=until))
        key = self._key(session, steps := -((now - until) // STEP))
        known = self._kept.known(key)
        if known is not None:
            return known
        if counts_later(request.args, many=True):
            return Ahead({}, later=True)
        return self._kept.get(key, lambda: Ahead(ahead.coming(session, now=now, until=now + steps * STEP), at=now))

    def _key(self, session: "Session", steps: int) -> Hashable:
        return steps, calendar.arranged(session)
