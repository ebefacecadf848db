"""The calendar that letters are planned by, which demos and tests may let run fast; refuses to read any clock itself."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

SYSTEM: Final = "system"
_CLOCK: Final = re.compile(r"(?P<start>[^@]+)@(?P<real>\d+(?:\.\d+)?)x(?P<speed>\d+(?:\.\d+)?)")
_HOW: Final = "CLOCK must be `system` or like 2026-03-01T00:00:00Z@1773000000x60480."


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar that stands at `start` until the real moment `real_start` and then runs `speed` times as fast."""

    start: datetime
    real_start: datetime
    speed: float

    def at(self, wall: datetime) -> datetime:
        """The calendar's moment at a real one."""
        return self.start + max(wall - self.real_start, timedelta(0)) * self.speed


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
REAL: Final = Calendar(_EPOCH, _EPOCH, 1)


def parse_clock(text: str) -> Calendar:
    """The calendar of a CLOCK setting: `system`, or `<virtual start, ISO>@<real start, Unix seconds>x<speed>`.

    Raises ValueError with a sentence for anything else.
    """
    if text == SYSTEM:
        return REAL
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(_HOW)
    try:
        start = datetime.fromisoformat(found["start"])
        real_start = _EPOCH + timedelta(seconds=float(found["real"]))
    except (ValueError, OverflowError):
        raise ValueError(_HOW) from None
    speed = float(found["speed"])
    if start.tzinfo is None or speed <= 0:
        raise ValueError("CLOCK needs a start with its zone, such as 2026-03-01T00:00:00Z, and a speed above 0.")
    return Calendar(start.astimezone(UTC), real_start, speed)
