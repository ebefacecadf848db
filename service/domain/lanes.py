"""How fast sign-ups may come from one network, for one domain and in all (O-7); refuses to count them or to know an address."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from statistics import median
from typing import Final

from service.domain.consents import Reply

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

LEAST_FILL: Final = timedelta(seconds=3)
"""Nobody reads the form and fills it in sooner."""

FROM_A_NETWORK: Final = ((HOUR, 5), (DAY, 20))
"""At most this many from one network (/24 or /48) within that time. More are dropped."""

FOR_A_DOMAIN: Final = 20
FOR_A_PROVIDER: Final = 200
"""At most this many an hour for addresses of one domain, or of a provider where half the world has its mailbox.
More wait for an hour that has room."""

PROVIDERS: Final = frozenset(
    [
        "aol.com",
        "gmail.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.co.uk",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "mail.com",
        "me.com",
        "msn.com",
        "outlook.com",
        "proton.me",
        "protonmail.com",
        "web.de",
        "yahoo.co.uk",
        "yahoo.com",
    ]
)

HOLD: Final = HOUR
"""How long a sign-up without proof of work waits where one from its network went through within the hour."""

LONGEST_QUEUE: Final = 24
"""Hours after which those that wait would no longer be waited for: more are dropped."""

QUIET: Final = 30
CREST: Final = 3
LOOK_BACK: Final = 7 * 24
"""The breaker opens at `CREST` times the median hour of the last `LOOK_BACK` ones, and never below `QUIET`."""


def within(now: int, before: int, part: float) -> float:
    """How many came within the last whole span, of counts for this span and the one before; `part` of this one is over."""
    return now + before * (1 - part)


def dropped(*, trapped: bool, age: timedelta | None, seen: Iterable[float]) -> Reply | None:
    """Why a sign-up is turned down in silence, if it is.

    `age` is how long ago its page was made, if we know; `seen` how many came from its network, in the spans of FROM_A_NETWORK.
    """
    if trapped:
        return Reply.TRAP
    if age is not None and age < LEAST_FILL:
        return Reply.HASTY
    if any(count > most for count, (_, most) in zip(seen, FROM_A_NETWORK, strict=True)):
        return Reply.CROWD
    return None


def most_for(domain: str) -> int:
    """How many sign-ups an hour addresses of a domain may have."""
    return FOR_A_PROVIDER if domain in PROVIDERS else FOR_A_DOMAIN


def is_storm(this_hour: int, hours: Sequence[int]) -> bool:
    """Whether so many come at the moment that only proof of work goes through at once. `hours` are those before this one."""
    return this_hour > crest(hours)


def crest(hours: Sequence[int]) -> float:
    """How many sign-ups an hour are more than usual."""
    return max(QUIET, CREST * median(hours)) if hours else QUIET
