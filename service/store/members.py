"""The readers of a batch and what they are on, locked in one order; refuses to change a row."""

from collections.abc import Collection
from collections.abc import Sequence as Many

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from service.domain.messages import State as MessageState
from service.domain.sequences import EnrolmentState, Kind
from service.store.tables import Enrolment, Message, Sequence, Subscriber


def lock(session: Session, subscriber_ids: Collection[int]) -> Many[Subscriber]:
    """Readers by id, locked as they are now. First in the order of locks; planning need not wait for it."""
    return session.scalars(
        select(Subscriber)
        .where(Subscriber.id.in_(subscriber_ids))
        .order_by(Subscriber.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def still_in(session: Session, batch_id: int, *, limit: int) -> Many[int]:
    """The ids of readers whose enrolment in a batch runs."""
    return session.scalars(
        select(Enrolment.subscriber_id)
        .where(Enrolment.sequence_id == batch_id, Enrolment.state == EnrolmentState.RUNNING)
        .order_by(Enrolment.subscriber_id)
        .limit(limit)
    ).all()


def lock_programmes(session: Session, subscriber_ids: Collection[int]) -> list[Enrolment]:
    """The running enrolments of readers in programmes, locked by id."""
    return [each for each, kind in _lock_running(session, None, subscriber_ids) if kind == Kind.PROGRAMME]


def lock_with_programmes(
    session: Session, batch_id: int, subscriber_ids: Collection[int]
) -> tuple[list[Enrolment], list[Enrolment]]:
    """The running enrolments of readers in a batch, and those in programmes; all locked by id."""
    rows = _lock_running(session, batch_id, subscriber_ids)
    mine = [each for each, _ in rows if each.sequence_id == batch_id]
    return mine, [each for each, kind in rows if kind == Kind.PROGRAMME]


def _lock_running(session: Session, batch_id: int | None, subscriber_ids: Collection[int]) -> list[tuple[Enrolment, str]]:
    rows = session.execute(
        select(Enrolment, Sequence.kind)
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .where(Enrolment.subscriber_id.in_(subscriber_ids), Enrolment.state == EnrolmentState.RUNNING)
        .where(or_(Sequence.kind == Kind.PROGRAMME, Sequence.id == batch_id))
        .order_by(Enrolment.id)
        .with_for_update(of=Enrolment)
        .execution_options(populate_existing=True)
    )
    return [(enrolment, kind) for enrolment, kind in rows]


def waiting_of(session: Session, enrolment_ids: Collection[int]) -> Many[Message]:
    """The letters of enrolments that are due and not on the wire."""
    return session.scalars(
        select(Message)
        .where(Message.enrolment_id.in_(enrolment_ids), Message.state == MessageState.DUE)
        .order_by(Message.enrolment_id)
    ).all()
