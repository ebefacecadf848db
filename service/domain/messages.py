"""The ledger's rules: the states of a message, when it may be sent and when tried again; refuses to send it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from service.domain.subscribers import State as SubscriberState


class Kind(StrEnum):
    """What a message is. System mail goes before letters."""

    CONFIRM = "confirm"
    MANAGE = "manage"
    WELCOME = "welcome"
    ADDRESS = "address"  # to the new address of a reader who changes theirs
    EXPORT = "export"
    OFFER = "offer"  # somebody at the desk tells a reader of another programme; it starts nothing
    TEST = "test"  # a letter that somebody at the desk wants to see in their own mailbox
    DIGEST = "digest"  # a note to somebody at the desk, such as the week in figures
    LETTER = "letter"


DESK_MAIL: Final = frozenset({Kind.TEST, Kind.DIGEST})
"""Mail to those who run the service: nobody unsubscribes from it by a link, and no reader is behind it."""

LANES: Final[dict[Kind, int]] = {kind: int(kind is Kind.LETTER) for kind in Kind}

LIST_MAIL: Final = frozenset({Kind.WELCOME, Kind.OFFER, Kind.LETTER, Kind.TEST})
"""Mail that one can unsubscribe from (H-1). Confirm and manage letters answer a request and are not list mail; nobody asked
for an offer, so it is.

A letter on trial looks like the letter to its last header; its links are nobody's.
"""


class State(StrEnum):
    """The states of a message. Closed: the table checks it too."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


MOVES: Final[dict[State, frozenset[State]]] = {
    State.DUE: frozenset({State.SENDING, State.SKIPPED}),
    State.SENDING: frozenset({State.SENT, State.DUE, State.REFUSED, State.UNKNOWN}),
    # Never due by the machine: only evidence or a person ends it.
    State.UNKNOWN: frozenset({State.SENT}),
    State.SENT: frozenset(),
    State.REFUSED: frozenset(),
    State.SKIPPED: frozenset(),
}

MOVES_BY_HAND: Final[dict[State, frozenset[State]]] = {
    State.UNKNOWN: frozenset({State.DUE}),
    State.REFUSED: frozenset({State.DUE}),
}
"""What a person may decide beside that: send it again (with the same Message-ID and Date). Leaving it needs no move."""

WAITING: Final = (State.DUE, State.SENDING)


class Reason(StrEnum):
    """Why a message was skipped or refused."""

    LATE = "late"
    LEFT = "left"
    PAUSED = "paused"
    BROKEN = "broken"
    HELD = "held"  # it waited while everything, its programme or its batch was held, and its hour is over
    CANCELLED = "cancelled"  # its batch was


def may_move(old: State, new: State) -> bool:
    """Whether a message may go from one state to another."""
    return new in MOVES[old]


class Condition(StrEnum):
    """One thing the last look checks in the very statement that takes a message."""

    ASKED = "asked"  # somebody asked with this address and has not confirmed yet
    ACTIVE = "active"
    NOT_PAUSED = "not-paused"
    OPEN_HOUR = "open-hour"
    RUNNING = "running"
    NOT_HELD = "not-held"
    NOTHING_HELD = "nothing-held"  # somebody at the desk may hold everything
    AT_THE_DESK = "at-the-desk"  # whom it is for still works here
    NOT_SUPPRESSED = "not-suppressed"
    NEW_NOT_SUPPRESSED = "new-not-suppressed"  # the address that a reader wants to change to
    IN_TIME = "in-time"


_ALWAYS: Final = frozenset({Condition.NOT_SUPPRESSED, Condition.IN_TIME, Condition.NOTHING_HELD})
_DESK: Final = frozenset({Condition.IN_TIME, Condition.AT_THE_DESK})

MUST_HOLD: Final[dict[Kind, frozenset[Condition]]] = {
    Kind.CONFIRM: _ALWAYS | {Condition.ASKED},
    Kind.MANAGE: _ALWAYS | {Condition.ACTIVE},
    Kind.WELCOME: _ALWAYS | {Condition.ACTIVE},
    Kind.ADDRESS: _ALWAYS | {Condition.ACTIVE, Condition.NEW_NOT_SUPPRESSED},
    Kind.EXPORT: _ALWAYS,  # whoever left may still ask what is kept
    Kind.OFFER: _ALWAYS | {Condition.ACTIVE, Condition.NOT_PAUSED},  # "Nothing will come before", says the page of a pause
    Kind.TEST: _DESK,
    Kind.DIGEST: _DESK,
    Kind.LETTER: _ALWAYS | {Condition.ACTIVE, Condition.NOT_PAUSED, Condition.OPEN_HOUR, Condition.RUNNING, Condition.NOT_HELD},
}
"""The one table of `may_send`. The store turns it into SQL for the taking UPDATE; a test holds both to each other."""

MAY_BE_ASKED: Final = (SubscriberState.PENDING, SubscriberState.LEFT)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the last look sees; of desk mail `subscriber` is None.

    `now` and `paused_until` are calendar time; the others are real time (`delivery.md` 12).
    """

    subscriber: SubscriberState | None
    suppressed: bool
    new_suppressed: bool
    paused_until: datetime | None
    open_until: datetime | None
    enrolment_running: bool
    sequence_live: bool
    held: bool
    all_held: bool
    at_the_desk: bool
    not_after: datetime
    now: datetime
    wall: datetime


def may_send(kind: Kind, facts: Facts) -> bool:
    """Whether a due message of this kind may leave now."""
    holds = {
        Condition.ASKED: facts.subscriber in MAY_BE_ASKED,
        Condition.ACTIVE: facts.subscriber is SubscriberState.ACTIVE,
        Condition.NOT_PAUSED: facts.paused_until is None or facts.paused_until <= facts.now,
        Condition.OPEN_HOUR: facts.open_until is None or facts.wall < facts.open_until,
        Condition.RUNNING: facts.enrolment_running and facts.sequence_live,
        Condition.NOT_HELD: not facts.held,
        Condition.NOTHING_HELD: not facts.all_held,
        Condition.AT_THE_DESK: facts.at_the_desk,
        Condition.NOT_SUPPRESSED: not facts.suppressed,
        Condition.NEW_NOT_SUPPRESSED: not facts.new_suppressed,
        Condition.IN_TIME: facts.wall < facts.not_after,
    }
    return all(holds[condition] for condition in MUST_HOLD[kind])


LATEST: Final[dict[Kind, timedelta]] = {
    Kind.CONFIRM: timedelta(hours=24),
    Kind.MANAGE: timedelta(hours=24),
    Kind.WELCOME: timedelta(hours=72),
    Kind.ADDRESS: timedelta(hours=24),
    Kind.EXPORT: timedelta(hours=24),
    Kind.OFFER: timedelta(hours=24),
    Kind.TEST: timedelta(hours=24),
    Kind.DIGEST: timedelta(hours=72),
    Kind.LETTER: timedelta(hours=72),
}
"""How long a message may wait in real time before it is skipped as late (T-2)."""

BREAKS_AT_MOST: Final = 3
"""A letter that broke its sender this often is refused(broken)."""


def retry_delay(attempt: int, *, first: timedelta, jitter: float) -> timedelta:
    """How long to wait after the n-th attempt was put off (4xx): first, twice that, then four times that (T-2).

    `first` is 30 minutes in real life. `jitter` runs from -1 to 1 and moves the wait by up to 15 % either way.
    """
    steps = (1, 2, 4)
    return first * steps[min(attempt, len(steps)) - 1] * (1 + 0.15 * jitter)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server answered 2xx to the dot: it has the letter."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """The server surely does not have the letter, and it can be tried again. `relay` blames the server, not the letter."""

    phase: str
    code: int | None
    text: str
    relay: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """The server said no for good (5xx)."""

    phase: str
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Unheard:
    """The dot was sent and nothing was heard: nobody knows (RFC 1047)."""

    text: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The letter could not be made: its maker failed before anything was sent."""

    text: str


Outcome = Accepted | Deferred | Refused | Unheard | Broken
