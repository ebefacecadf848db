"""The readers behind each count of a batch's account; refuses to count them: `progress` does, by the same rules."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from service.domain.messages import WAITING, State
from service.domain.sequences import LetterState, Role
from service.store import progress
from service.store.desk_tables import Batch
from service.store.tables import Enrolment, Letter, Message, Subscriber


class Standing(StrEnum):
    """Where a reader stands with a letter of a batch."""

    EXPECTED = "expected"
    TO_COME = "to-come"
    WAITING = "waiting"
    SENT = "sent"
    SKIPPED = "skipped"
    REFUSED = "refused"
    UNKNOWN = "unknown"


STANDINGS: Final = frozenset(Standing)
_STATES: Final = {
    Standing.WAITING: WAITING,
    Standing.SENT: (State.SENT,),
    Standing.REFUSED: (State.REFUSED,),
    Standing.UNKNOWN: (State.UNKNOWN,),
}


@dataclass(frozen=True, slots=True)
class BatchPerson:
    """A reader of a batch, and which letter the row is about; `id` goes up from row to row."""

    id: int
    ref: str
    address: str
    letter_id: int | None
    at: datetime | None


def page(
    session: Session, batch_id: int, standing: Standing, *, letter_id: int | None, after_id: int, limit: int
) -> list[BatchPerson]:
    """The readers who stand so with a letter, or with any; in the order in which they joined. Erased ones are in no list."""
    if standing is Standing.EXPECTED:
        return _everybody(session, batch_id, after_id, limit)
    if standing in _STATES:
        return _with_message(session, batch_id, standing, letter_id, after_id, limit)
    return _without_ending(session, batch_id, standing, letter_id or 0, after_id, limit)


def _everybody(session: Session, batch_id: int, after_id: int, limit: int) -> list[BatchPerson]:
    found = (
        select(Enrolment.id, Subscriber.ref, Subscriber.address, Enrolment.created_at)
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .where(Enrolment.sequence_id == batch_id, Enrolment.id > after_id)
        .order_by(Enrolment.id)
        .limit(limit)
    )
    return [BatchPerson(row.id, row.ref, row.address, None, row.created_at) for row in session.execute(found)]


def _with_message(
    session: Session, batch_id: int, standing: Standing, letter_id: int | None, after_id: int, limit: int
) -> list[BatchPerson]:
    letters = select(Letter.id).where(
        Letter.sequence_id == batch_id, Letter.role == Role.MAIN, Letter.state == LetterState.LIVE
    )
    ids = [letter_id] if letter_id else session.scalars(letters).all()
    later = aliased(Message)
    came_again = exists().where(
        later.enrolment_id == Message.enrolment_id,
        later.letter_id == Message.letter_id,
        later.turn > Message.turn,
        later.state != State.SKIPPED,
    )
    found = (
        select(Message.id, Subscriber.ref, Subscriber.address, Message.letter_id, Message.settled_at)
        .join(Subscriber, Subscriber.id == Message.subscriber_id)
        .where(~came_again)
        .order_by(Message.id)
    )
    standing_so = select(Message.id).where(Message.letter_id.in_(ids), Message.state.in_(_STATES[standing]))
    people: list[BatchPerson] = []
    more = True
    while more and len(people) < limit:  # ids first, from an index alone; few of them came again
        some = session.scalars(standing_so.where(Message.id > after_id).order_by(Message.id).limit(limit)).all()
        rows = session.execute(found.where(Message.id.in_(some)))
        people += [BatchPerson(row.id, row.ref, row.address, row.letter_id, row.settled_at) for row in rows]
        after_id, more = some[-1] if some else after_id, len(some) == limit
    return people[:limit]


def _without_ending(
    session: Session, batch_id: int, standing: Standing, letter_id: int, after_id: int, limit: int
) -> list[BatchPerson]:
    """Those to whom a letter is still to come, or will not come: they have no message of it, or a skipped one."""
    batch, deciding = session.get_one(Batch, batch_id), progress.deciding([letter_id])
    is_ahead = _is_ahead(session, batch, letter_id)
    message = and_(Message.enrolment_id == deciding.c.enrolment_id, Message.turn == deciding.c.turn)
    found = (
        select(Enrolment.id, Subscriber.ref, Subscriber.address, Message.settled_at)
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .outerjoin(deciding, deciding.c.enrolment_id == Enrolment.id)
        .outerjoin(Message, message)
        .where(Enrolment.sequence_id == batch_id, Enrolment.id > after_id)
        .where(or_(Message.id.is_(None), Message.state == State.SKIPPED))
        .where(is_ahead if standing is Standing.TO_COME else ~is_ahead)
        .order_by(Enrolment.id)
        .limit(limit)
    )
    return [BatchPerson(row.id, row.ref, row.address, letter_id, row.settled_at) for row in session.execute(found)]


def _is_ahead(session: Session, batch: Batch, letter_id: int) -> ColumnElement[bool]:
    """Whether a reader can still get a letter and has not reached its place."""
    position = session.scalar(select(Letter.position).where(Letter.id == letter_id)) or 0
    reached = select(Letter.position).where(Letter.id == Enrolment.last_letter_id).correlate(Enrolment).scalar_subquery()
    return and_(progress.may_come(batch), func.coalesce(reached, 0) < position)
