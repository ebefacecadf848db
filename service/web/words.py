"""Sentences that a page or a record needs in more than one place; refuses to hold whole pages."""

from collections.abc import Collection
from datetime import date, datetime
from urllib.parse import urlsplit

from service.domain.subscribers import DAYS
from service.web import zones

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def consent(organisation: str, paces: Collection[int]) -> str:
    """What somebody agrees to. The page shows this text, and the same text is kept as proof."""
    notes = "one note a week by email" if set(paces) <= {7} else "short notes by email"
    return (
        f"I would like {notes}. I agree that {organisation} keeps my address and these choices for it, "
        "and know that they say something about my private life. I can stop at any time."
    )


def pace(days: int) -> str:
    """How often notes come."""
    return {1: "one a day", 2: "one every second day", 7: "one a week", 14: "one every two weeks"}.get(
        days, f"one every {days} days"
    )


def day(on: date) -> str:
    """A day as one says it: `20 November 2026`."""
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def moment(at: datetime) -> str:
    """A local time as one says it: `Tuesday 8 December at 10:00, Europe/Berlin time`."""
    zone = getattr(at.tzinfo, "key", None) or at.tzname() or "UTC"
    return f"{DAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]} at {at:%H:%M}, {zones.spoken(zone)}"


def host(url: str) -> str:
    """Another site as one says it: `thehotline.org`."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
