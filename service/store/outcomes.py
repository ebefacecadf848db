"""Messages that a person should look at: unknown and refused ones; refuses to show an address in full."""

from collections.abc import Collection
from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from service.domain.addresses import masked
from service.domain.messages import WAITING, Kind, State
from service.domain.sequences import EnrolmentState
from service.domain.subscribers import State as SubscriberState
from service.store import suppressions
from service.store.tables import Enrolment, Letter, Message, Sequence, Subscriber

_Row = TypeVar("_Row", Subscriber, Enrolment, Message)


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One message that ended as unknown or refused, and what is known of it. `settled_at` is when."""

    id: int
    ref: str
    kind: Kind
    state: State
    subscriber_ref: str
    address: str
    letter_id: int | None
    letter: str
    sequence_id: int | None
    sequence: str
    reason: str
    reply_code: int | None
    reply_text: str
    attempts: int
    settled_at: datetime | None
    left_at: datetime | None


def list_(
    session: Session,
    state: State,
    *,
    sequence_id: int | None = None,
    left: bool = False,
    before_id: int | None = None,
    limit: int = 50,
) -> list[OutcomeRow]:
    """Messages to readers in this state, of one sequence if given, the newest first; `left` shows those left as they are."""
    found = (
        _to_look_at(state, sequence_id, left=left)
        .with_only_columns(Message, Subscriber, Letter, Sequence)
        .outerjoin(Letter, Letter.id == Message.letter_id)
        .order_by(Message.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        found = found.where(Message.id < before_id)
    return [_row(message, person, letter, sequence) for message, person, letter, sequence in session.execute(found).all()]


def count(session: Session, state: State, *, sequence_id: int | None = None) -> int:
    """How many messages to readers are in this state and wait for somebody to look at them."""
    return session.scalar(_to_look_at(state, sequence_id, left=False).with_only_columns(func.count())) or 0


def by_sequence(session: Session, state: State) -> list[tuple[int | None, str, int]]:
    """How many messages in this state wait to be looked at, by programme or batch; system mail last, without id."""
    found = _to_look_at(state, None, left=False).with_only_columns(Sequence.id, Sequence.title, func.count())
    rows = session.execute(found.group_by(Sequence.id, Sequence.title)).all()
    counted = [(id_, title or "", number) for id_, title, number in rows]
    return sorted(counted, key=lambda each: (each[0] is None, each[1], each[0] or 0))


def ids(session: Session, state: State, sequence_id: int | None, *, limit: int) -> Many[int]:
    """The ids of messages of a sequence, or of all, in this state that wait for somebody to look at them, as locks go."""
    found = _to_look_at(state, sequence_id, left=False).order_by(Message.enrolment_id, Message.id).limit(limit)
    return session.scalars(found).all()


def _to_look_at(state: State, sequence_id: int | None, *, left: bool) -> Select[int]:
    found = (
        select(Message.id)
        .join(Subscriber, Subscriber.id == Message.subscriber_id)
        .outerjoin(Enrolment, Enrolment.id == Message.enrolment_id)
        .outerjoin(Sequence, Sequence.id == Enrolment.sequence_id)
        .where(Message.state == state, Message.left_at.is_not(None) if left else Message.left_at.is_(None))
    )
    return found if sequence_id is None else found.where(Enrolment.sequence_id == sequence_id)


def _row(message: Message, person: Subscriber, letter: Letter | None, sequence: Sequence | None) -> OutcomeRow:
    return OutcomeRow(
        id=message.id,
        ref=message.ref,
        kind=Kind(message.kind),
        state=State(message.state),
        subscriber_ref=person.ref,
        address=masked(message.sent_address or person.address),
        letter_id=letter.id if letter else None,
        letter=letter.name if letter else "",
        sequence_id=sequence.id if sequence else None,
        sequence=sequence.title if sequence else "",
        reason=message.reason or "",
        reply_code=message.reply_code,
        reply_text=message.reply_text or "",
        attempts=message.attempts,
        settled_at=message.settled_at,
        left_at=message.left_at,
    )


def locked(session: Session, message_ids: Collection[int]) -> list[tuple[Message, Subscriber, Enrolment | None]]:
    """Messages to readers with whom they are for, locked in order: subscribers, enrolments, messages."""
    found = (
        select(Message.id, Message.subscriber_id, Message.enrolment_id)
        .where(Message.id.in_(message_ids), Message.subscriber_id.is_not(None))
        .order_by(Message.enrolment_id, Message.id)
    )
    rows = session.execute(found).all()
    people = {each.id: each for each in _lock(session, Subscriber, {row.subscriber_id for row in rows}, share=True)}
    enrolments = {each.id: each for each in _lock(session, Enrolment, {row.enrolment_id for row in rows})}
    messages = _lock(session, Message, {row.id for row in rows})
    return [
        (each, people[each.subscriber_id or 0], enrolments.get(each.enrolment_id or 0))
        for each in messages
        if each.subscriber_id in people
    ]


def _lock(session: Session, table: type[_Row], ids: Collection[int | None], *, share: bool = False) -> Many[_Row]:
    found = select(table).where(table.id.in_({each for each in ids if each is not None})).order_by(table.id)
    return session.scalars(found.with_for_update(key_share=share).execution_options(populate_existing=True)).all()


def can_get_mail(session: Session, person: Subscriber) -> bool:
    """Whether a letter to this reader could leave at all."""
    return person.state == SubscriberState.ACTIVE and not suppressions.holds(session, [person.address_hash])


def has_open(session: Session, enrolment_id: int) -> bool:
    """Whether another letter of an enrolment is on its way."""
    return bool(session.scalar(select(exists().where(Message.enrolment_id == enrolment_id, Message.state.in_(WAITING)))))


def runs_elsewhere(session: Session, enrolment: Enrolment) -> bool:
    """Whether its reader goes through the same sequence once more by now."""
    other = exists().where(
        Enrolment.subscriber_id == enrolment.subscriber_id,
        Enrolment.sequence_id == enrolment.sequence_id,
        Enrolment.state == EnrolmentState.RUNNING,
        Enrolment.id != enrolment.id,
    )
    return bool(session.scalar(select(other)))
