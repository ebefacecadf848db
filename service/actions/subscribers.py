"""What a subscriber does about everything at once: stop; refuses to ask why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from service.actions import enrolments as enrolling
from service.actions import links
from service.domain.messages import Reason
from service.domain.schedule import local
from service.domain.sequences import EnrolmentState
from service.domain.subscribers import State, may_become, may_undo
from service.mail.tokens import Keyring, Purpose
from service.store import consents, enrolments, messages
from service.store.tables import Enrolment, Subscriber


def stop(session: Session, token: str, *, keys: Keyring, now: datetime, wall: datetime) -> None:
    """Stop everything for the subscriber of an unsubscribe token, at once. Idempotent; unknown tokens do nothing (H-3).

    State left, enrolments stopped, waiting messages skipped, consent withdrawn. A letter that is on the wire at this very
    moment may still arrive.
    """
    subscriber = links.owner(session, token, Purpose.UNSUBSCRIBE, keys=keys, lock=True)
    if subscriber is None or not may_become(State(subscriber.state), State.LEFT):
        return
    subscriber.state = State.LEFT
    subscriber.left_at = wall
    for enrolment in enrolments.running(session, subscriber.id):
        end(session, enrolment, now=now, wall=wall)
    session.flush()
    messages.skip_all(session, subscriber.id, Reason.LEFT, wall=wall)
    consents.withdraw(session, subscriber.id, wall=wall)


def end(session: Session, enrolment: Enrolment, *, now: datetime, wall: datetime) -> None:
    """Stop one enrolment. What still waits of it is the caller's to skip."""
    enrolment.state, enrolment.next_due_at, enrolment.stopped_at = EnrolmentState.STOPPED, None, wall
    enrolments.note(session, enrolment.id, "stopped", turn=enrolment.turn, letter_id=enrolment.last_letter_id, now=now)


@dataclass(frozen=True, slots=True)
class Undone:
    """Whether a stop was taken back, and the local time of the next letter, if one is to come."""

    done: bool
    next_at: datetime | None = None


def undo(session: Session, token: str, *, keys: Keyring, now: datetime, wall: datetime) -> Undone:
    """Take back a stop that is not older than an hour.

    Everything is as it was: the same place in the same programmes, the next letter at the next wished slot. Later than that an
    intruder in the inbox could sign somebody up again (amendments).
    """
    subscriber = links.owner(session, token, Purpose.UNSUBSCRIBE, keys=keys, lock=True)
    if subscriber is None or not may_undo(State(subscriber.state), subscriber.left_at, wall=wall):
        return Undone(done=False)
    left_at, subscriber.state, subscriber.left_at = subscriber.left_at, State.ACTIVE, None
    if left_at is not None:
        for enrolment in enrolments.stopped_at(session, subscriber.id, left_at):
            _resume(session, subscriber, enrolment, now=now)
        consents.restore(session, subscriber.id, withdrawn_at=left_at)
    session.flush()
    following = enrolments.next_note_at(session, subscriber.id)
    return Undone(done=True, next_at=local(following, subscriber.zone) if following else None)


def _resume(session: Session, subscriber: Subscriber, enrolment: Enrolment, *, now: datetime) -> None:
    skipped = messages.skipped_turn(session, enrolment.id, enrolment.turn, Reason.LEFT)
    if skipped is not None:
        # It never left: the next turn offers it again.
        enrolment.last_letter_id = skipped.letter_before_id
        if enrolment.wish is None:
            enrolment.wish, enrolment.wish_phase_id = skipped.wish_before, skipped.wish_phase_before_id
    enrolment.state, enrolment.stopped_at = EnrolmentState.RUNNING, None
    enrolment.next_due_at = enrolling.usual_date(session, enrolment, subscriber, now=now)
    enrolments.note(session, enrolment.id, "undone", turn=enrolment.turn, letter_id=enrolment.last_letter_id, now=now)


def language_of(session: Session, token: str, *, keys: Keyring) -> str:
    """The language of the reader of an unsubscribe token; empty for one that nobody has. Changes nothing."""
    subscriber = links.owner(session, token, Purpose.UNSUBSCRIBE, keys=keys)
    return subscriber.language if subscriber else ""


def undoable_since(session: Session, token: str, *, keys: Keyring, wall: datetime) -> datetime | None:
    """When the reader of an unsubscribe token stopped everything, while that can be taken back. Changes nothing."""
    subscriber = links.owner(session, token, Purpose.UNSUBSCRIBE, keys=keys)
    if subscriber is None or not may_undo(State(subscriber.state), subscriber.left_at, wall=wall):
        return None
    return subscriber.left_at
