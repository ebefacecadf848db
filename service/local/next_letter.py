"""The wish for the next letter, a file between the inbox page and the runner; refuses to believe one that nobody takes."""

import contextlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

BUTTON: Final = "Next letter now"
_NAME: Final = "next-letter"
_LONGEST: Final = 64
_STALE_AFTER: Final = 90.0


@dataclass(frozen=True, slots=True)
class Wish:
    """The moment to which the calendar shall move. A stale wish is one that no runner has taken or given up."""

    moment: datetime
    stale: bool


def wish(folder: Path, moment: datetime) -> None:
    """Writes a wish into the demo's folder. While an earlier one is on its way, that one stays: two presses are one."""
    earlier = wished(folder)
    if earlier is None or earlier.stale:
        new = folder / f"{_NAME}.new"
        new.write_text(moment.astimezone(UTC).isoformat(), encoding="ascii")
        new.replace(folder / _NAME)


def wished(folder: Path) -> Wish | None:
    """The wish that is there. One that makes no sense is none."""
    file = folder / _NAME
    with contextlib.suppress(OSError, ValueError):
        with file.open(encoding="ascii") as text:
            moment = datetime.fromisoformat(text.read(_LONGEST).strip())
        if moment.tzinfo is not None:
            return Wish(moment.astimezone(UTC), stale=time.time() - file.stat().st_mtime > _STALE_AFTER)
    return None


def forget(folder: Path) -> None:
    """Removes the wish."""
    (folder / _NAME).unlink(missing_ok=True)


def spoken(moment: datetime) -> str:
    """A moment for people, with its zone."""
    utc = moment.astimezone(UTC)
    return f"{utc:%A} {utc.day} {utc:%B %Y}, {utc:%H:%M} UTC"
