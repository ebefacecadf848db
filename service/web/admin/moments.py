"""How the desk writes days and hours, always with their zone; refuses a time that does not know its zone."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from service.mail.words import english_name, zone_words

ENGLISH: Final = "en_GB"
"""The desk speaks English, whichever language the browser of whoever sits there prefers."""


def in_zone(moment: datetime, zone: str) -> str:
    """An instant on the clocks of a zone: `Sat 5 Dec 2026, 20:00`; an hour that comes twice that night says which it is.

    A naive one is refused with ValueError.
    """
    local = _local(moment, zone)
    twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return str(format_datetime(local, "EEE d MMM y, HH:mm" + (" (ZZZZ)" if twice else ""), locale=ENGLISH))


def clock(moment: datetime, zone: str) -> str:
    """The hour and minute alone: `20:00`. The page says the day and the zone beside it."""
    return str(format_datetime(_local(moment, zone), "HH:mm", locale=ENGLISH))


def instant(moment: datetime, zone: str) -> str:
    """The same instant for machines: `2026-12-05T20:00:00+01:00`."""
    return _local(moment, zone).isoformat(timespec="seconds")


def day(on: date) -> str:
    """A day of a calendar, which has no zone: `Sat 5 Dec 2026`."""
    return str(format_date(on, "EEE d MMM y", locale=ENGLISH))


def thousands(number: int | str) -> str:
    """A number as one reads it: `1,204`. What is no number, such as `fewer than 5`, stays as it is."""
    return f"{number:,}" if isinstance(number, int) else number


def _local(moment: datetime, zone: str) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(ZoneInfo(zone))


FILTERS: Final = {
    "desk_moment": in_zone,
    "desk_clock": clock,
    "desk_instant": instant,
    "desk_day": day,
    "desk_zone": zone_words,
    "desk_language": english_name,
    "thousands": thousands,
}
"""What the templates of the desk call them."""
