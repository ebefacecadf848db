"""What a subscriber does about everything at once: stop; refuses to ask why."""

from datetime import datetime

from sqlalchemy.orm import Session

from service.domain.messages import Reason
from service.domain.sequences import EnrolmentState
from service.domain.subscribers import State, may_become
from service.mail.tokens import Keyring, Purpose, read_token
from service.store import consents, enrolments, messages, subscribers
from service.store.tables import Subscriber


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
        enrolment.state, enrolment.next_due_at = EnrolmentState.STOPPED, None
        enrolments.note(session, enrolment.id, "stopped", turn=enrolment.turn, letter_id=enrolment.last_letter_id, now=now)
    session.flush()
    messages.skip_all(session, subscriber.id, Reason.LEFT, wall=wall)
    consents.withdraw(session, subscriber.id, wall=wall)


def _find(session: Session, token: str, keys: Keyring) -> Subscriber | None:
    reading = read_token(token, Purpose.UNSUBSCRIBE)
    found = subscribers.by_ref(session, reading.ref) if reading else None
    # Links of an earlier time with us stop the mail of today too: stopping always works.
    if reading is None or found is None or not keys.is_true(reading, epochs=range(found.link_epoch, -1, -1)):
        return None
    return subscribers.locked(session, found.id)
