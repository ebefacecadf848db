"""Keeps the demo's calendar and moves it to the next letter when the inbox page wishes so; refuses to lose a press."""

import time
from datetime import datetime
from typing import Final

from service.local import next_letter
from service.local.calendar import Calendar
from service.local.ledger import entries
from service.local.processes import Runner, say
from service.local.stack import Stack

MAIL_PATIENCE: Final = 15.0
"""Seconds in which a letter should come, once the service runs on the new calendar."""


class Mover:
    """Looks once a second. A wish stays until its letter has come, or is not likely to, so that the page can tell."""

    def __init__(self, runner: Runner, stack: Stack, calendar: Calendar) -> None:
        self._runner, self._stack, self._calendar = runner, stack, calendar
        self._give_up_at: float | None = None
        self._mails = 0

    def look(self) -> None:
        """Keep the calendar; begin or end with a wish."""
        self._calendar.keep()
        if self._give_up_at is not None:
            if self._count() > self._mails or time.monotonic() > self._give_up_at:
                next_letter.forget(self._stack.folder)
                self._give_up_at = None
        elif wish := next_letter.wished(self._stack.folder):
            self._mails = self._count()
            self._fulfil(wish.moment)
            self._give_up_at = time.monotonic() + MAIL_PATIENCE

    def _fulfil(self, moment: datetime) -> None:
        if moment <= self._calendar.now(time.time()):
            return  # it is due already and comes by itself
        say(f"The calendar moves to {next_letter.spoken(moment)}, for the next letter.")
        self._runner.stop_from("web")
        self._calendar.move_to(moment)
        self._stack = self._stack.again(self._runner, self._calendar.clock)

    def _count(self) -> int:
        return sum(1 for _ in entries(self._stack.inbox))
