"""Drains the ledger: take, send, settle, one letter at a time; refuses to send while a result is not yet written.

A drain lasts at most a minute and ends when nothing is due. It runs inside a SimpleWorker, in the process that took the bell,
so connections and prepared letters outlive a bell.
"""

import logging
import random
import secrets
import threading
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service.actions import messages
from service.actions.messages import Retry, Taken
from service.bootstrap import Service
from service.domain.messages import Accepted, Broken, Deferred, Outcome
from service.mail.transport import Connection, RelayAwayError

LONGEST: Final = 60.0
_LONGEST_REST: Final = 30.0
log: Final = logging.getLogger("mendletter.worker")


@dataclass(slots=True)
class Courier:
    """One process's way of sending. `stop` is looked at between letters; a signal sets it and nothing else."""

    service: Service
    stop: threading.Event
    _rest: float = 0.0
    _rest_until: float = 0.0
    _sent: int = field(default=0)

    def drain(self) -> None:
        """Send what is due until nothing is, a minute is over, the relay is away or somebody says stop."""
        try:
            self._drain(self.service.monotonic() + LONGEST)
        except SQLAlchemyError as error:
            log.warning("the database is away, nothing is sent: %s", type(error).__name__)
        finally:
            if self._sent:
                log.info("sent %d letters", self._sent)
            self._sent = 0

    def _drain(self, end: float) -> None:
        while not self._is_over(end) and self.service.monotonic() >= self._rest_until:
            try:
                with self.service.connect() as connection:
                    if not self._send_all(connection, end):
                        return
            except RelayAwayError as error:
                log.warning("the relay is away, letters wait: %s", error)
                self._take_a_rest()

    def _is_over(self, end: float) -> bool:
        return self.stop.is_set() or self.service.monotonic() >= end

    def _send_all(self, connection: Connection, end: float) -> bool:
        """Send over one connection. False when nothing is left to do, True when another connection may do more."""
        done: tuple[Taken, Outcome] | None = None
        while True:
            take = connection.usable and not self._is_over(end)
            lease_end = self.service.monotonic() + self.service.lease.total_seconds()
            taken = self._turn_page(done, take=take)
            if taken is None:
                return self._go_on(done, nothing_left=take)
            done = taken, self._send(connection, taken, lease_end)

    def _go_on(self, done: tuple[Taken, Outcome] | None, *, nothing_left: bool) -> bool:
        if _blames_relay(done):
            self._take_a_rest()
        elif done is not None:
            self._rest = 0.0
        return not nothing_left

    def _take_a_rest(self) -> None:
        self._rest = min(_LONGEST_REST, self._rest * 2 or 1.0)
        self._rest_until = self.service.monotonic() + self._rest

    def _send(self, connection: Connection, taken: Taken, lease_end: float) -> Outcome:
        try:
            envelope = self.service.compose(taken.posting)
        except Exception as error:  # whatever is wrong with one letter must not stop the others
            log.error("message %s could not be made: %s", taken.posting.ref, _where(error))
            return Broken(type(error).__name__)
        outcome = connection.send(envelope, lease_is_over=lambda: self.service.monotonic() >= lease_end)
        self._log(taken, outcome)
        return outcome

    def _log(self, taken: Taken, outcome: Outcome) -> None:
        if isinstance(outcome, Accepted):
            self._sent += 1
            log.debug("%s %s sent", taken.posting.kind, taken.posting.ref)
        else:
            code = getattr(outcome, "code", None)
            log.warning("%s %s: %s %s", taken.posting.kind, taken.posting.ref, type(outcome).__name__.lower(), code or "")

    def _turn_page(self, done: tuple[Taken, Outcome] | None, *, take: bool) -> Taken | None:
        """Settle the last letter and take the next, in one commit.

        If the commit fails the result is kept and written again until it is, and whatever the commit may have taken after
        all is released: nothing of it was sent. Nothing else is sent meanwhile.
        """
        token = secrets.token_hex(16)
        try:
            with self.service.write() as session:
                self._settle(session, done)
                if not take:
                    return None
                now, wall = self.service.now(), self.service.wall()
                return messages.take(
                    session,
                    token=token,
                    lease=self.service.lease,
                    now=now,
                    wall=wall,
                    speed=self.service.calendar.speed,
                )
        except SQLAlchemyError as error:
            log.warning("a commit failed, its result is kept and written again: %s", type(error).__name__)
        self._write_at_last(done, token)
        return None

    def _write_at_last(self, done: tuple[Taken, Outcome] | None, token: str) -> None:
        wait = 0.1
        while True:
            try:
                with self.service.write() as session:
                    self._settle(session, done)
                    messages.release(session, token)
            except SQLAlchemyError:
                if self.stop.is_set() and done is None:
                    return  # nothing is owed: the lease runs out by itself
                self.stop.wait(wait) if not self.stop.is_set() else threading.Event().wait(wait)
                wait = min(wait * 2, 10.0)
            else:
                return

    def _settle(self, session: Session, done: tuple[Taken, Outcome] | None) -> None:
        if done is not None:
            retry = Retry(self.service.retry_first, random.uniform(-1, 1))  # noqa: S311  a jitter, not a secret
            messages.settle(session, *done, retry=retry, wall=self.service.wall())


def _where(error: BaseException) -> str:
    """What kind of error it was and the line it came from. Its own words may hold an address or a letter's text."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {frame.name} ({Path(frame.filename).name}:{frame.lineno})"


def _blames_relay(done: tuple[Taken, Outcome] | None) -> bool:
    return done is not None and isinstance(done[1], Deferred) and done[1].relay


_bound: list[Courier] = []


def bind(service: Service, stop: threading.Event) -> Courier:
    """Give the jobs of this process their service. RQ knows jobs by name only, so they cannot be handed one."""
    _bound[:] = [Courier(service, stop)]
    return _bound[0]


def drain() -> None:
    """The one job: what a bell wakes."""
    _bound[0].drain()
