"""Looks every second at what is due, from imports to bells; refuses to send. Two clocks are harmless."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from redis.exceptions import RedisError
from rq import Queue
from sqlalchemy.exc import SQLAlchemyError

from service.actions import consents, digests, enrolments, imports, messages, retention
from service.bootstrap import Service
from service.store import beats
from service.store import consents as consent_rows
from service.store import enrolments as enrolment_rows
from service.store import messages as message_rows
from worker import bell
from worker.batches import Batches

TICK: Final = 1.0
TELL_EVERY: Final = 60.0
"""How often it is looked whether a week is to be told, in seconds."""

log: Final = logging.getLogger("mendletter.clock")


class Clock:
    """One clock. `tick` may be called by hand, in tests."""

    def __init__(self, service: Service, queue: Queue | None) -> None:
        """Without a queue nothing is rung."""
        self._service = service
        self._queue = queue
        self._batches = Batches(service)
        self._swept_at: float | None = None
        self._told_at: float | None = None
        self._trouble: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        """Tick once a second until stopped. A database or Redis that is away is waited for."""
        while not stop.is_set():
            self.tick()
            stop.wait(TICK)

    def tick(self) -> None:
        """Do once what is due. Each step stands alone: the next one runs though this one failed."""
        for step in (self._import, self._intake, self._launch, self._plan, self._sweep, self._tell, self._ring, self._beat):
            self._try(step)

    def _try(self, step: Callable[[], None]) -> None:
        name = step.__name__.strip("_")
        try:
            step()
        except (SQLAlchemyError, RedisError) as error:
            if name not in self._trouble:
                log.warning("%s failed and will be tried again each second: %s", name, type(error).__name__)
            self._trouble.add(name)
        else:
            if name in self._trouble:
                log.info("%s works again", name)
            self._trouble.discard(name)

    def _import(self) -> None:
        service = self._service
        with service.read() as session:
            anything = imports.anything(session, wall=service.wall())
        if anything:
            with service.write() as session:
                imports.work(session, keys=service.keys, now=service.now(), wall=service.wall())

    def _intake(self) -> None:
        service = self._service
        with service.read() as session:
            anything = consent_rows.any_unanswered(session, wall=service.wall())
        if anything:
            with service.write() as session:
                count = consents.intake(session, keys=service.keys, wall=service.wall())
            log.info("answered %d sign-ups", count)

    def _launch(self) -> None:
        self._batches.launch()

    def _plan(self) -> None:
        service = self._service
        with service.read() as session:
            anything = enrolment_rows.any_due(session, now=service.now())
        if anything:
            now, wall = service.now(), service.wall()
            with service.write() as session:
                count = enrolments.plan(session, now=now, wall=wall, speed=service.calendar.speed)
            log.info("planned %d letters", count)

    def _sweep(self) -> None:
        service, moment = self._service, self._service.monotonic()
        if self._swept_at is not None and moment - self._swept_at < service.sweep_every.total_seconds():
            return
        wall = service.wall()
        with service.read() as session:
            ledger = message_rows.any_to_sweep(session, wall=wall)
            sign_ups = consents.anything_to_forget(session, wall=wall)
            old = retention.anything(session, now=service.now(), wall=wall)
        if ledger:
            with service.write() as session:
                messages.sweep(session, now=service.now(), wall=wall)
        if sign_ups:
            with service.write() as session:
                count = consents.forget_unconfirmed(session, wall=wall)
            log.info("forgot %d unconfirmed sign-ups", count)
        if old:
            self._keep_house(wall)
        self._batches.sweep()
        self._swept_at = moment

    def _keep_house(self, wall: datetime) -> None:
        service = self._service
        with service.write() as session:
            count = retention.keep_house(session, keys=service.keys, now=service.now(), wall=wall, backups=service.backups)
        log.info("forgot what was kept long enough, %d people among it", count)

    def _tell(self) -> None:
        service, moment = self._service, self._service.monotonic()
        if self._told_at is not None and moment - self._told_at < TELL_EVERY:
            return
        wall = service.wall()
        with service.read() as session:
            anybody = bool(digests.due(session, wall=wall))
        if anybody:
            with service.write() as session:
                count = digests.send(session, base_url=service.site.base_url, now=service.now(), wall=wall)
            log.info("told %d at the desk of their week", count)
        self._told_at = moment

    def _ring(self) -> None:
        if self._queue is None:
            return
        service = self._service
        with service.read() as session:
            anything = message_rows.any_sendable(session, now=service.now(), wall=service.wall())
        if anything:
            bell.ring(self._queue)

    def _beat(self) -> None:
        service = self._service
        with service.write() as session:
            beats.beat(session, beats.CLOCK, now=service.now(), wall=service.wall())
