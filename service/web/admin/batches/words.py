"""What the pages of batches say in plain words: counts, days, hours, reasons; refuses a time without its zone."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from service.domain import batches as rules
from service.domain.batches import Manner, State, Timing
from service.domain.left_out import WORDS, Why
from service.domain.progress import Account
from service.mail.words import zone_words
from service.web.admin import moments
from service.web.admin.people import words as person_words

MANNERS: Final[Mapping[Manner, tuple[str, str]]] = {
    Manner.INSTEAD: (
        "Instead of their usual note",
        "Their series waits while the batch comes, and goes on behind it. Nobody gets both.",
    ),
    Manner.EXTRA: (
        "As an extra",
        "It comes beside their series, never on the same day. Only those get it who accept extras.",
    ),
}
"""What an admin chooses, and what that does."""

STATES: Final[Mapping[State, str]] = {
    State.DRAFT: "Nobody gets anything of it yet.",
    State.SCHEDULED: "It begins by itself on its day.",
    State.RUNNING: "Its letters are on their way.",
    State.PAUSED: "Nothing leaves until somebody resumes it.",
    State.DONE: "All its letters have come to their end.",
    State.CANCELLED: "Nothing more of it leaves.",
}

SKIPPED: Final[Mapping[str, str]] = {
    "late": "could not leave in time",
    "held": "waited while the batch was paused or letters were held, until their time was over",
    "paused": "their reader pauses",
    "left": "their reader left",
    "cancelled": "the batch was cancelled",
    "passed": "their reader was past this place already",
    "erased": "their reader was erased",
    "suppressed": "the address must not be written to",
    "bounced": "mail to the address came back for good",
    "complained": "their reader complained",
}
REFUSED: Final[Mapping[str, str]] = {
    "broken": "the letter could not be made",
    "erased": "their reader was erased since",
}
CHOOSE_DAY: Final = "Please give a day such as 2026-12-05."
EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(2100, 1, 1)
_WORDS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def day(text: str) -> date | None:
    """A day as a form sends it; None for what is none, or lies where no calendar of ours goes."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if EARLIEST <= found < LATEST else None


def number(count: int) -> str:
    """A small number as a word."""
    return _WORDS[count] if 0 <= count < len(_WORDS) else f"{count:,}"


def people(count: int) -> str:
    """So many readers; too few to be told apart are `fewer than 5 people`."""
    return "nobody" if count == 0 else f"{rules.small(count)} people"


def letters(count: int) -> str:
    """So many letters."""
    return "one letter" if count == 1 else f"{number(count)} letters"


def minutes(span: timedelta) -> str:
    """A span in whole minutes, the begun one counted."""
    whole = max(-(-int(span.total_seconds()) // 60), 1)
    return "one minute" if whole == 1 else f"{number(whole)} minutes"


def moment(at: datetime, zone: str) -> str:
    """An instant in a sentence, with its zone."""
    return f"{moments.in_zone(at, zone)} {zone_words(zone)}"


def cadence(days: int) -> str:
    """How far letters lie apart."""
    return person_words.pace(days)


def hour(at: int | None) -> str:
    """At which hour letters come."""
    return "at the hour that each reader chose" if at is None else f"at {at:02}:00 on each reader’s own clock"


def rhythm(timing: Timing, count: int) -> str:
    """When the letters of a batch come, as it was chosen. `count` letters."""
    often = f", {cadence(timing.cadence_days)}" if count > 1 else ""
    spread = f", spread over {_hours(timing.spread_hours)}" if timing.spread_hours else ""
    return f"From {moments.day(timing.first_date)}{often}, {hour(timing.hour)}{spread}."


def _hours(count: int) -> str:
    return "one hour" if count == 1 else f"{number(count)} hours"


def first_leaves(timing: Timing, zone: str) -> str:
    """Between which instants the first letters leave on the whole earth, for somebody who sees times in `zone`."""
    first, last = _bounds(timing)
    return f"The first can leave {moment(first, zone)}, where the day begins first. The last zone begins {moment(last, zone)}."


@lru_cache(maxsize=256)
def _bounds(timing: Timing) -> tuple[datetime, datetime]:
    """Six hundred zones take a while; a page asks for the same few days again and again."""
    return rules.bounds(timing)


def audience_taken(*, rolling: bool, until: str) -> str:
    """When it is decided who gets a batch."""
    if not rolling:
        return "Taken once, when it starts. Nobody joins later."
    end = f"until {until}" if until else "without an end"
    return f"Rolling {end}: whoever fits later joins too, and gets every letter from the first on."


def left_out(counts: Mapping[Why, int] | Mapping[str, int]) -> list[tuple[str, int]]:
    """Why readers are left out, with how many of them."""
    return [(WORDS[Why(why)], count) for why, count in counts.items() if count]


def skipped(reason: str) -> str:
    """Why letters were skipped."""
    return SKIPPED.get(reason, reason)


def gone(account: Account) -> str:
    """How many letters of a batch have left."""
    return f"{account.sent:,} of {account.expected:,} sent"


def refused(reason: str) -> str:
    """Why letters were refused: a code of the other side, or a word of ours."""
    return REFUSED.get(reason) or f"the other side said {reason}"
