"""Why somebody gets no letters, found from facts, or that letters go on; refuses to guess what no fact says."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.domain.schedule import UNTIL_I_SAY
from service.domain.sequences import EnrolmentState, Kind
from service.domain.subscribers import State


class Cause(StrEnum):
    """The one thing that keeps letters from somebody. `GOES_ON`: nothing does."""

    PENDING = "pending"
    LEFT = "left"  # by a link of their own
    LEFT_SOMEWHERE = "left-somewhere"  # the same, or an import said that they had left another list
    STOPPED = "stopped"  # by somebody at the desk
    COMPLAINED = "complained"
    BOUNCED = "bounced"
    NEVER = "never"  # they asked never to be written to
    SUPPRESSED = "suppressed"
    PAUSED = "paused"
    ALL_HELD = "all-held"
    HELD = "held"
    CANCELLED = "cancelled"  # the batch that they were in
    FINISHED = "finished"
    ENDED = "ended"  # they stopped their last notes themselves
    NOTHING = "nothing"
    GOES_ON = "goes-on"


@dataclass(frozen=True, slots=True)
class Track:
    """One sequence of theirs, by its title: how it stands, and since when it is over, where it is."""

    title: str
    kind: Kind
    state: EnrolmentState
    over_at: datetime | None = None
    cancelled: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of somebody. `suppressed_as` is the reason, empty where their address is not suppressed.

    `imported` says that a list brought them: a later one may have stopped them, and nothing tells that from leaving.
    """

    state: State
    asked_at: datetime
    left_at: datetime | None = None
    by_desk: bool = False
    imported: bool = False
    bounced_at: datetime | None = None
    complained_at: datetime | None = None
    suppressed_as: str = ""
    suppressed_at: datetime | None = None
    paused_until: datetime | None = None
    all_held: bool = False
    tracks: Collection[Track] = ()


@dataclass(frozen=True, slots=True)
class Standstill:
    """Why nothing comes: since when (for a pause: until when, None until they say), and which sequence it is about."""

    cause: Cause
    at: datetime | None = None
    about: str = ""


def why(facts: Facts, *, now: datetime) -> Standstill:
    """The first of all reasons that holds: what is for good before what passes, the whole person before one sequence."""
    return _of_the_person(facts) or _for_a_while(facts, now=now) or _of_the_tracks(facts.tracks)


def _of_the_person(facts: Facts) -> Standstill | None:
    match facts.state:
        case State.COMPLAINED:
            return Standstill(Cause.COMPLAINED, facts.complained_at or facts.suppressed_at)
        case State.BOUNCED:
            return Standstill(Cause.BOUNCED, facts.bounced_at or facts.suppressed_at)
        case State.LEFT:
            left = Cause.LEFT_SOMEWHERE if facts.imported else Cause.LEFT
            return Standstill(Cause.STOPPED if facts.by_desk else left, facts.left_at)
    if facts.suppressed_as:
        cause = Cause.NEVER if facts.suppressed_as == "never" else Cause.SUPPRESSED
        return Standstill(cause, facts.suppressed_at)
    return Standstill(Cause.PENDING, facts.asked_at) if facts.state is State.PENDING else None


def _for_a_while(facts: Facts, *, now: datetime) -> Standstill | None:
    running = [track for track in facts.tracks if track.state is EnrolmentState.RUNNING]
    if not running:
        return None
    if facts.paused_until is not None and facts.paused_until > now:
        return Standstill(Cause.PAUSED, None if facts.paused_until == UNTIL_I_SAY else facts.paused_until)
    if facts.all_held:
        return Standstill(Cause.ALL_HELD)
    if all(track.held for track in running):
        return Standstill(Cause.HELD, about=running[0].title)
    return Standstill(Cause.GOES_ON)


def _of_the_tracks(tracks: Collection[Track]) -> Standstill:
    over = [(track.over_at, track) for track in tracks if track.over_at is not None]
    if not over:
        return Standstill(Cause.NOTHING)
    at, last = max(over, key=lambda pair: pair[0])
    if last.cancelled:
        return Standstill(Cause.CANCELLED, at, last.title)
    return Standstill(Cause.FINISHED if last.state is EnrolmentState.FINISHED else Cause.ENDED, at, last.title)
