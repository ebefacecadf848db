"""What a person decides about unknown and refused messages: leave them, or send them again; refuses to decide it by itself.

A message that is sent again keeps its Message-ID and its Date, so that a mailbox which has it can tell. It may arrive twice:
that is the person's word, for these messages only.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.actions import enrolments as enrolling
from service.actions.messages import open_hours
from service.domain.messages import LATEST, MOVES_BY_HAND, Kind, State
from service.domain.schedule import local_day
from service.domain.sequences import EnrolmentState
from service.domain.sequences import State as SequenceState
from service.store import enrolments, outcomes
from service.store.tables import Enrolment, Message, Sequence, Subscriber

MOST_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Again:
    """What became of the wish to send messages again.

    `later`: another letter of the same reader is on its way or came today; it can be asked for again tomorrow. `gone`: the
    reader left, or no mail may go to them any more. `not_there`: somebody else has decided meanwhile.
    """

    done: int = 0
    later: int = 0
    gone: int = 0
    not_there: int = 0

    def __add__(self, other: "Again") -> "Again":
        return Again(self.done + other.done, self.later + other.later, self.gone + other.gone, self.not_there + other.not_there)


_DONE, _LATER, _GONE, _NOT_THERE = Again(done=1), Again(later=1), Again(gone=1), Again(not_there=1)


def leave(session: Session, message_ids: Collection[int], *, wall: datetime) -> int:
    """Leave unknown or refused messages as they are: they are listed no more. Returns how many."""
    left = 0
    for message, _, _ in outcomes.locked(session, message_ids):
        if message.state in MOVES_BY_HAND and message.left_at is None:
            message.left_at = wall
            left += 1
    session.flush()
    return left


def leave_all(session: Session, state: State, sequence_id: int | None, *, wall: datetime) -> int:
    """Leave all messages of a programme or batch in this state as they are. Returns how many, a thousand at most."""
    return leave(session, outcomes.ids(session, state, sequence_id, limit=MOST_AT_ONCE), wall=wall)


def send_again(session: Session, message_ids: Collection[int], *, now: datetime, wall: datetime) -> Again:
    """Let unknown or refused messages leave once more."""
    result = Again(not_there=len(set(message_ids)))
    for message, person, enrolment in outcomes.locked(session, message_ids):
        result += Again(not_there=-1) + _send_again(session, message, person, enrolment, now=now, wall=wall)
    session.flush()
    return result


def send_all_again(session: Session, state: State, sequence_id: int | None, *, now: datetime, wall: datetime) -> Again:
    """Let all messages of a programme or batch leave once more that are unknown, or that were refused; a thousand at most."""
    ids = outcomes.ids(session, state, sequence_id, limit=MOST_AT_ONCE)
    return send_again(session, ids, now=now, wall=wall)


def _send_again(
    session: Session, message: Message, person: Subscriber, enrolment: Enrolment | None, *, now: datetime, wall: datetime
) -> Again:
    if State.DUE not in MOVES_BY_HAND.get(State(message.state), frozenset()):
        return _NOT_THERE
    if message.kind == Kind.LETTER:
        if enrolment is None or not _can_go_on(session, person, enrolment):
            return _GONE
        if outcomes.has_open(session, enrolment.id):
            return _LATER
    elif message.kind != Kind.CONFIRM and not outcomes.can_get_mail(session, person):
        return _GONE
    try:
        with session.begin_nested():
            _make_due(message, person, now=now, wall=wall)
            if enrolment is not None:
                _wake(session, person, enrolment, now=now)
            session.flush()
    except IntegrityError:  # its reader has a letter today
        session.refresh(message)
        return _LATER
    return _DONE


def _can_go_on(session: Session, person: Subscriber, enrolment: Enrolment) -> bool:
    sequence = session.get_one(Sequence, enrolment.sequence_id)
    if sequence.state != SequenceState.LIVE or enrolment.state == EnrolmentState.STOPPED:
        return False
    if enrolment.state == EnrolmentState.FINISHED and outcomes.runs_elsewhere(session, enrolment):
        return False
    return outcomes.can_get_mail(session, person)


def _make_due(message: Message, person: Subscriber, *, now: datetime, wall: datetime) -> None:
    opens, closes = open_hours(person, now)
    message.state, message.reason, message.settled_at, message.left_at = State.DUE, None, None, None
    message.token, message.lease_until, message.attempts, message.breaks = None, None, 0, 0
    message.reply_code, message.reply_text, message.bounced_at = None, None, None
    message.not_after = wall + LATEST[Kind(message.kind)]
    message.not_before = wall
    if message.kind == Kind.LETTER:
        message.local_day = local_day(opens, person.zone)
        message.not_before = wall + (opens - now)
        message.open_until = wall + (closes - now) if closes else None


def _wake(session: Session, person: Subscriber, enrolment: Enrolment, *, now: datetime) -> None:
    """Let an enrolment that is at its end run once more: only what runs can send. It ends again by itself."""
    if enrolment.state != EnrolmentState.FINISHED:
        return
    enrolment.state = EnrolmentState.RUNNING
    enrolment.next_due_at = enrolling.usual_date(session, enrolment, person, now=now)
    enrolments.note(session, enrolment.id, "offered again", turn=enrolment.turn, letter_id=enrolment.last_letter_id, now=now)
