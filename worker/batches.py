"""The clock's work on batches: launch, join, clear, finish, pause by itself; refuses to lock where nothing is due.

A look that changes nothing comes first, and each chunk of readers is a transaction of its own.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from service.actions import launches
from service.bootstrap import Service
from service.domain.batches import should_pause
from service.store import batches

LONGEST: Final = 2.0
"""So many seconds of a tick at most are spent on taking readers in, so that planning goes on beside it."""

EVERY: Final = 60.0
"""How often newcomers to rolling batches are looked for, in seconds."""

log: Final = logging.getLogger("mendletter.clock")


class Batches:
    """The work of one clock."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._joined_at: float | None = None

    def launch(self) -> None:
        """Take readers into batches that begin, clear those that were cancelled, and let newcomers join."""
        service = self._service
        now, wall, speed = service.now(), service.wall(), service.calendar.speed
        with service.read() as session:
            beginning = batches.to_launch(session, now=now, wall=wall)
            cancelled = batches.to_clear(session)
        end = service.monotonic() + LONGEST
        for batch_id in beginning:
            self._in_chunks(partial(launches.launch, batch_id=batch_id, now=now, wall=wall, speed=speed), end)
            log.info("took readers into batch %d", batch_id)
        for batch_id in cancelled:
            self._in_chunks(partial(launches.clear, batch_id=batch_id, now=now, wall=wall), end)
            log.info("cleared batch %d", batch_id)
        self._join(end)

    def _in_chunks(self, work: Callable[[Session], bool], end: float) -> None:
        more = True
        while more and self._service.monotonic() < end:
            with self._service.write() as session:
                more = work(session)

    def _join(self, end: float) -> None:
        service, moment = self._service, self._service.monotonic()
        if self._joined_at is not None and moment - self._joined_at < EVERY:
            return
        now, speed = service.now(), service.calendar.speed
        with service.read() as session:
            rolling = [each.sequence_id for each in batches.running(session) if batches.takes_newcomers(each, now=now)]
            waiting = [id_ for id_ in rolling if launches.anybody_new(session, id_, now=now)]
        for batch_id in waiting:
            self._in_chunks(partial(launches.join, batch_id=batch_id, now=now, speed=speed), end)
        self._joined_at = moment

    def sweep(self) -> None:
        """Finish batches that are at their end, and pause those of which too much comes back."""
        service = self._service
        now, wall = service.now(), service.wall()
        with service.read() as session:
            running = batches.running_or_starting(session)
            finished = [each.sequence_id for each in running if launches.is_finished(session, each, now=now)]
            bad = [each.sequence_id for each in running if should_pause(batches.last_settled(session, each))]
        for batch_id in bad:
            with service.write() as session:
                why = launches.watch(session, batch_id, wall=wall)
            log.warning("batch %d is paused: %s", batch_id, why)
        for batch_id in finished:
            with service.write() as session:
                launches.finish(session, batch_id, now=now)
            log.info("batch %d is done", batch_id)
