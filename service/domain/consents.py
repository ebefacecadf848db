"""What follows from a sign-up: a confirm letter, a manage letter or nothing; refuses to say so on the page (O-1)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from service.domain.subscribers import State, Wishes

CONFIRM_WITHIN: Final = timedelta(hours=72)
"""How long a confirm link works, and how long an unconfirmed address is kept (O-3, L-6)."""

CONFIRM_LETTERS: Final = ((timedelta(hours=24), 1), (timedelta(days=30), 3))
"""At most this many confirm letters to one address within that time (O-2)."""

REMEMBER_LETTERS: Final = max(span for span, _ in CONFIRM_LETTERS)


@dataclass(frozen=True, slots=True)
class SignUp:
    """One sign-up as typed on the form, after the edge has checked its form."""

    address: str
    address_key: str
    programme: str
    wishes: Wishes
    language: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows later that consent was asked for: the text as shown, where, and from which network (L-3, D3)."""

    text: str
    form_url: str
    ip: str


class Reply(StrEnum):
    """What a sign-up led to. Kept with the consent; never shown to who typed the address."""

    CONFIRM = "confirm"
    MANAGE = "manage"
    SUPPRESSED = "suppressed"
    ROLE = "role"
    LIMITED = "limited"
    NO_PROGRAMME = "no-programme"
    TRAP = "trap"  # a field was filled in that nobody sees
    HASTY = "hasty"  # the form came back sooner than anybody fills it in
    CROWD = "crowd"  # too many from one network, or for one domain
    IMPORTED = "imported"  # consent was given elsewhere, and an import brought it
    KNOWN = "known"  # an import wanted to ask somebody who has been here meanwhile


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the defences of the form say about a sign-up: taken in at once, later, or not at all (O-7)."""

    dropped: Reply | None = None
    held: timedelta = timedelta()


AT_ONCE: Final = Verdict()


def reply(
    state: State | None,
    *,
    suppressed: bool,
    role: bool,
    open_programme: bool,
    letters: Collection[datetime],
    wall: datetime,
) -> Reply:
    """Decide what a sign-up leads to (O-2).

    `letters` are the real times of the confirm letters this address may have had; unknown and skipped ones are left out by
    the caller, since neither counts against the person.
    """
    if suppressed or state in (State.BOUNCED, State.COMPLAINED):
        return Reply.SUPPRESSED
    if role:
        return Reply.ROLE
    if state is State.ACTIVE:
        return Reply.MANAGE
    if not open_programme:
        return Reply.NO_PROGRAMME
    if _too_many(letters, wall):
        return Reply.LIMITED
    return Reply.CONFIRM


def _too_many(letters: Collection[datetime], wall: datetime) -> bool:
    return any(sum(wall - at < span for at in letters) >= most for span, most in CONFIRM_LETTERS)


class Never(StrEnum):
    """What a link that says “never write to this address” can do."""

    OPEN = "open"
    READER = "reader"  # somebody confirmed this address meanwhile: its letters have links to stop
    DONE = "done"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """Where a confirm link stands when somebody opens it."""

    OPEN = "open"
    DONE = "done"
    EXPIRED = "expired"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


def standing(
    *, confirmed: bool, replaced: bool, withdrawn: bool, blocked: bool, expires_at: datetime, wall: datetime
) -> Standing:
    """Where a confirm link stands: used, superseded by a newer one or by leaving, too old, or open (O-3)."""
    if withdrawn or replaced or blocked:
        return Standing.REPLACED
    if confirmed:
        return Standing.DONE
    return Standing.OPEN if wall < expires_at else Standing.EXPIRED
