"""The readers behind each count of a batch's account; refuses to count them: `progress` does, by the same rules."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from service.domain.messages import WAITING, State
from service.domain.sequences import LetterState, Role
from service.store import progress, sequences
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
    """A reader of a batch, and which letter the row is about; behind `id` the next rows are found."""

    id: int
    ref: str
    address: str
    letter_id: int | None
    at: datetime | None


def page(
    session: Session, batch_id: int, standing: Standing, *, letter_id: int | None, after_id: int, limit: int
) -> list[BatchPerson]:
    """The readers who stand so with a letter, or with any, letter after letter; in the order in which they joined.

    Erased ones are in no list. Where the one of `after_id` was erased meanwhile, a list of messages begins again.
    """
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
    """Letter after letter, each in the order of an index: by their ids PostgreSQL would look for them among all messages."""
    last = session.get(Message, after_id)
    people: list[BatchPerson] = []
    ids = [letter_id] if letter_id else _letters(session, batch_id)
    begun = ids.index(last.letter_id) if last is not None and last.letter_id in ids else 0
    for each in ids[begun:]:
        after = last if last is not None and last.letter_id == each else None
        people += _of_letter(session, each, standing, after, limit - len(people))
        if len(people) == limit:
            break
    return people


def _letters(session: Session, batch_id: int) -> list[int]:
    letters = select(Letter.id).where(
        Letter.sequence_id == batch_id, Letter.role == Role.MAIN, Letter.state == LetterState.LIVE
    )
    return list(session.scalars(letters.order_by(Letter.position)))


def _of_letter(session: Session, letter_id: int, standing: Standing, after: Message | None, limit: int) -> list[BatchPerson]:
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
        .order_by(Message.enrolment_id, Message.turn)
    )
    place = tuple_(Message.enrolment_id, Message.turn)
    standing_so = (
        select(Message.id, Message.enrolment_id, Message.turn)
        .where(Message.letter_id == letter_id, Message.state.in_(_STATES[standing]))
        .order_by(Message.enrolment_id, Message.turn)
    )
    last = (after.enrolment_id, after.turn) if after else (0, 0)
    people: list[BatchPerson] = []
    more = True
    while more and len(people) < limit:  # ids first, from an index alone; few of them came again
        some = session.execute(standing_so.where(place > last).limit(limit)).all()
        rows = session.execute(found.where(Message.id.in_([row.id for row in some])))
        people += [BatchPerson(row.id, row.ref, row.address, row.letter_id, row.settled_at) for row in rows]
        last, more = (some[-1].enrolment_id, some[-1].turn) if some else last, len(some) == limit
    return people[:limit]


def _without_ending(
    session: Session, batch_id: int, standing: Standing, letter_id: int, after_id: int, limit: int
) -> list[BatchPerson]:
    """Those to whom a letter is still to come, or will not come: they have no message of it, or a skipped one."""
    is_ahead = _is_ahead(session, session.get_one(Batch, batch_id), letter_id)
    mine = and_(Message.enrolment_id == Enrolment.id, Message.letter_id == letter_id)
    settled_at = select(Message.settled_at).where(mine).order_by(Message.turn.desc()).limit(1).correlate(Enrolment)
    found = (
        select(Enrolment.id, Subscriber.ref, Subscriber.address, settled_at.scalar_subquery().label("settled_at"))
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .where(Enrolment.sequence_id == batch_id, Enrolment.id > after_id)
        .where(~exists().where(mine, Message.state != State.SKIPPED).correlate(Enrolment))
        .where(is_ahead if standing is Standing.TO_COME else ~is_ahead)
        .order_by(Enrolment.id)
        .limit(limit)
    )
    return [BatchPerson(row.id, row.ref, row.address, letter_id, row.settled_at) for row in session.execute(found)]


def _is_ahead(session: Session, batch: Batch, letter_id: int) -> ColumnElement[bool]:
    """Whether a reader can still get a letter and has not reached its place."""
    letters = sequences.letters_of(session, batch.sequence_id)
    position = next((each.position for each in letters if each.id == letter_id), 0)
    reached = [each.id for each in letters if each.position >= position]
    not_reached = or_(Enrolment.last_letter_id.is_(None), Enrolment.last_letter_id.not_in(reached))
    return and_(progress.may_come(batch), not_reached)
