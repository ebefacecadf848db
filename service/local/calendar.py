"""Keeps the demo's calendar between two starts; refuses to let it go back."""

import contextlib
import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.local.processes import DemoError

WEEK = timedelta(weeks=1).total_seconds()
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_CLOCK = re.compile(r"(?P<start>\S+)@(?P<real>\d+)x(?P<speed>\d+)")


def seconds_per_week(wish: str | None) -> float:
    """How many real seconds one week of the calendar takes: `10s`, `1m`, `2h`, `1d`, `real`; a minute if nothing is wished."""
    text = (wish or "1m").strip().lower()
    if text == "real":
        return WEEK
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 2 <= seconds <= WEEK:
        raise DemoError(f"WEEK takes a time from 2s to 7d, such as 10s, 1m or 2h, or the word real; it does not take “{wish}”.")
    return float(seconds)


def length_of_a_week(week_seconds: float) -> str:
    """The same in words."""
    if week_seconds == WEEK:
        return "a week"
    for unit, word in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if week_seconds % unit == 0:
            count = int(week_seconds // unit)
            return f"{'one' if count == 1 else count} {word}{'' if count == 1 else 's'}"
    return f"{week_seconds:g} seconds"


def clock_string(start: datetime, real: float, week_seconds: float) -> str:
    """The value of CLOCK: virtual start, real start, speed."""
    return f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}@{int(real)}x{round(WEEK / week_seconds)}"


@dataclass(slots=True)
class Calendar:
    """A calendar that runs since a real moment at some speed, and the file that remembers it."""

    file: Path
    start: datetime
    real_start: int
    week_seconds: float

    @property
    def clock(self) -> str:
        """What the processes get as CLOCK."""
        return clock_string(self.start, self.real_start, self.week_seconds)

    @property
    def _second(self) -> timedelta:
        """How far it goes in one real second."""
        return timedelta(seconds=round(WEEK / self.week_seconds))

    def now(self, real: float) -> datetime:
        """The virtual moment at a real one; before the real start the calendar stands."""
        return self.start + max(0.0, real - self.real_start) * self._second

    def move_to(self, moment: datetime) -> None:
        """Goes on from one real second before a moment, and stands until all programs can know it. It never goes back."""
        real = time.time()
        self.start = _whole_second(max(moment - self._second, self.now(real)))
        self.real_start = math.ceil(real)
        self.keep()

    def keep(self) -> None:
        """Writes the moment that comes a second from now: killed before the next writing, it still does not go back."""
        self._write(time.time() + 1)

    def stop(self) -> None:
        """Writes the present moment exactly."""
        self._write(time.time())

    def _write(self, real: float) -> None:
        new = self.file.with_name(f"{self.file.name}.new")
        new.write_text(clock_string(self.now(real), real, self.week_seconds) + "\n", encoding="ascii")
        new.replace(self.file)


@contextlib.contextmanager
def kept_calendar(file: Path, week_seconds: float) -> Iterator[Calendar]:
    """Continues from the saved moment, or starts today. Where a week is a week, time spent switched off counts too."""
    real = time.time()
    today = datetime.fromtimestamp(int(real), UTC)
    saved = _saved_moment(file)
    start = today if saved is None else saved
    if week_seconds == WEEK:
        start = max(start, today)
    calendar = Calendar(file, start, int(real), week_seconds)
    calendar.keep()
    try:
        yield calendar
    finally:
        calendar.stop()


def _whole_second(moment: datetime) -> datetime:
    """Not before the moment: CLOCK has no room for parts of a second."""
    return moment.replace(microsecond=0) + timedelta(seconds=bool(moment.microsecond))


def _saved_moment(file: Path) -> datetime | None:
    if not file.exists():
        return None
    found = _CLOCK.fullmatch(file.read_text(encoding="utf-8", errors="replace").strip())
    with contextlib.suppress(ValueError):
        if found:
            return datetime.fromisoformat(found["start"]).astimezone(UTC)
    raise DemoError(f"The calendar in {file} cannot be read. Delete that file, and the calendar starts from today.")
