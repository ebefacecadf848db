"""How fast sign-ups may come from one network, for one domain and in all (O-7); refuses to count them or to know an address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Final

from service.domain.consents import Reply

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

LEAST_FILL: Final = timedelta(seconds=3)
"""Nobody reads the form and fills it in sooner."""

SPANS: Final = (HOUR, DAY)
"""Over what times sign-ups from one network are counted."""

FOR_A_PROVIDER: Final = 200
"""At most this many an hour for addresses of a provider where half the world has its mailbox."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many may come: from one network (/24 or /48) in an hour and in a day, and in an hour for addresses of one domain.

    Of those from one network more are dropped; of those for a domain more wait for an hour that has room.
    """

    network_hour: int = 5
    network_day: int = 20
    domain_hour: int = 20

    @property
    def from_a_network(self) -> tuple[int, int]:
        """The most for each of `SPANS`."""
        return self.network_hour, self.network_day

    def most_for(self, domain: str) -> int:
        """How many sign-ups an hour addresses of a domain may have."""
        return max(FOR_A_PROVIDER, self.domain_hour) if domain in PROVIDERS else self.domain_hour


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


def dropped(*, trapped: bool, age: timedelta | None, seen: Iterable[float], limits: Limits) -> Reply | None:
    """Why a sign-up is turned down in silence, if it is.

    `age` is how long ago its page was made, if we know; `seen` how many came from its network, in each of SPANS.
    """
    if trapped:
        return Reply.TRAP
    if age is not None and age < LEAST_FILL:
        return Reply.HASTY
    if any(count > most for count, most in zip(seen, limits.from_a_network, strict=True)):
        return Reply.CROWD
    return None


def is_storm(this_hour: int, hours: Sequence[int]) -> bool:
    """Whether so many come at the moment that only proof of work goes through at once. `hours` are those before this one."""
    return this_hour > crest(hours)


def crest(hours: Sequence[int]) -> float:
    """How many sign-ups an hour are more than usual."""
    return max(QUIET, CREST * median(hours)) if hours else QUIET
