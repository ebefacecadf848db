"""What a subscriber does about everything at once: stop; refuses to ask why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from service.domain.messages import Reason
from service.domain.schedule import local, next_slot
from service.domain.sequences import EnrolmentState
from service.domain.subscribers import State, may_become, may_undo
from service.mail.tokens import Keyring, Purpose, read_token
from service.store import consents, enrolments, messages, subscribers
from service.store.tables import Enrolment, Subscriber


def stop(session: Session, token: str, *, keys: Keyring, now: datetime, wall: datetime) -> None:
    """Stop everything for the subscriber of an unsubscribe token, at once. Idempotent; unknown tokens do nothing (H-3).

    State left, enrolments stopped, waiting messages skipped, consent withdrawn. A letter that is on the wire at this very
    moment may still arrive.
    """
    subscriber = _find(session, token, keys)
    if subscriber is None or not may_become(State(subscriber.state), State.LEFT):
        return
    subscriber.state = State.LEFT
    subscriber.left_at = wall
    for enrolment in enrolments.running(session, subscriber.id):
        enrolment.state, enrolment.next_due_at, enrolment.stopped_at = EnrolmentState.STOPPED, None, wall
        enrolments.note(session, enrolment.id, "stopped", turn=enrolment.turn, letter_id=enrolment.last_letter_id, now=now)
    session.flush()
    messages.skip_all(session, subscriber.id, Reason.LEFT, wall=wall)
    consents.withdraw(session, subscriber.id, wall=wall)


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
    subscriber = _find(session, token, keys)
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
        enrolment.last_letter_id = skipped.letter_before_id  # it never left: the next turn offers it again
    rhythm = enrolments.rhythm_of(enrolment, subscriber)
    enrolment.state, enrolment.stopped_at = EnrolmentState.RUNNING, None
    enrolment.next_due_at = next_slot(rhythm, earliest=now, last=enrolment.last_planned_at)
    enrolments.note(session, enrolment.id, "undone", turn=enrolment.turn, letter_id=enrolment.last_letter_id, now=now)


def undoable_since(session: Session, token: str, *, keys: Keyring, wall: datetime) -> datetime | None:
    """When the reader of an unsubscribe token stopped everything, while that can be taken back. Changes nothing."""
    subscriber = _owner(session, token, keys)
    if subscriber is None or not may_undo(State(subscriber.state), subscriber.left_at, wall=wall):
        return None
    return subscriber.left_at


def _find(session: Session, token: str, keys: Keyring) -> Subscriber | None:
    owner = _owner(session, token, keys)
    return subscribers.locked(session, owner.id) if owner else None


def _owner(session: Session, token: str, keys: Keyring) -> Subscriber | None:
    """Whose unsubscribe token this is, if it is one of ours."""
    reading = read_token(token, Purpose.UNSUBSCRIBE)
    found = subscribers.by_ref(session, reading.ref) if reading else None
    # Links of an earlier time with us stop the mail of today too: stopping always works.
    if reading is None or found is None or not keys.is_true(reading, epochs=range(found.link_epoch, -1, -1)):
        return None
    return found
