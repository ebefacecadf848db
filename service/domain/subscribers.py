"""Who a subscriber can be and become, and what they may wish; refuses to know where that is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Final
from zoneinfo import available_timezones

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class State(StrEnum):
    """The states of a subscriber. Closed: the table checks it too."""

    PENDING = "pending"
    ACTIVE = "active"
    LEFT = "left"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class Support(StrEnum):
    """Which support lines stand at the foot of letters: those of all countries, of one, or only a link to the page."""

    ALL = "all"
    ONE = "one"
    LINK = "link"


class GraveAct(StrEnum):
    """What needs a fresh link that is made for it, used once and soon over."""

    ADDRESS = "address"
    EXPORT = "export"
    ERASE = "erase"


FRESH_FOR: Final = {
    GraveAct.ADDRESS: timedelta(hours=72),
    GraveAct.EXPORT: timedelta(hours=24),
    GraveAct.ERASE: timedelta(hours=1),
}
"""How long, in real time, a fresh link works."""

FRESH_AT_MOST: Final = 3
"""How many fresh letters of one kind somebody can ask for within a day."""


MOVES: Final[dict[State, frozenset[State]]] = {
    State.PENDING: frozenset({State.ACTIVE, State.LEFT, State.BOUNCED, State.COMPLAINED}),
    State.ACTIVE: frozenset({State.LEFT, State.BOUNCED, State.COMPLAINED}),
    State.LEFT: frozenset({State.ACTIVE, State.BOUNCED, State.COMPLAINED}),
    # Only a person who runs the site may lift these two, by lifting the suppression.
    State.BOUNCED: frozenset({State.COMPLAINED}),
    State.COMPLAINED: frozenset(),
}


def may_become(old: State, new: State) -> bool:
    """Whether a subscriber may go from one state to another."""
    return new in MOVES[old]


UNDO_WITHIN: Final = timedelta(hours=1)
"""How long, in real time, a stop can be taken back."""


def may_undo(state: State, left_at: datetime | None, *, wall: datetime) -> bool:
    """Whether somebody who left may take that back."""
    return state is State.LEFT and left_at is not None and wall - left_at <= UNDO_WITHIN


@dataclass(frozen=True, slots=True)
class Wishes:
    """When and how somebody would like their letters. Monday is 0; the hour is local, 0 to 23; the zone an IANA name."""

    weekday: int
    hour: int
    zone: str
    discreet: bool

    def __post_init__(self) -> None:
        """Refuse, with ValueError, what no calendar knows."""
        if not 0 <= self.weekday <= 6:
            raise ValueError("A weekday is a number from 0 (Monday) to 6 (Sunday).")
        if not 0 <= self.hour <= 23:
            raise ValueError("An hour is a number from 0 to 23.")
        if not is_zone(self.zone):
            raise ValueError("This time zone is not known here.")


_NO_PLACES: Final = frozenset({"localtime", "Factory", "posixrules"})
"""Names that a time zone database may hold, and that mean this machine or nothing."""


@cache
def zone_names() -> frozenset[str]:
    """All time zones that this machine can calculate with. Asked for once: finding them takes milliseconds."""
    return frozenset(available_timezones() - _NO_PLACES)


def is_zone(name: str) -> bool:
    """Whether a name is a time zone that this machine can calculate with."""
    return name in zone_names()
