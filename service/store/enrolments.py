"""Rows of subscribers in sequences; refuses to say when a letter comes."""

from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from service.domain.messages import WAITING
from service.domain.schedule import Rhythm
from service.domain.sequences import EnrolmentState, State
from service.domain.subscribers import State as SubscriberState
from service.domain.turns import Place
from service.store.subscribers import hours
from service.store.tables import Enrolment, History, Message, Sequence, Subscriber


@dataclass(frozen=True, slots=True)
class Due:
    """An enrolment whose time has come, as it was seen: `turn` and `next_due_at` fence every change made from it."""

    id: int
    subscriber_id: int
    sequence_id: int
    turn: int
    last_letter_id: int | None
    last_planned_at: datetime | None
    next_due_at: datetime
    rhythm: Rhythm

    @property
    def place(self) -> Place:
        """Where the reader stands, as the rules want to know it."""
        return Place(self.last_letter_id, self.last_planned_at, self.next_due_at)


def due(session: Session, *, now: datetime, limit: int) -> list[Due]:
    """Enrolments that may be planned now, in the order of their ids."""
    found = _due(now).with_only_columns(Enrolment, Subscriber).order_by(Enrolment.id).limit(limit)
    return [_seen(enrolment, subscriber) for enrolment, subscriber in session.execute(found)]


def any_due(session: Session, *, now: datetime) -> bool:
    """Whether there is anything to plan."""
    return session.execute(_due(now).limit(1)).first() is not None


def _due(now: datetime) -> Select[int]:
    open_letter = exists().where(Message.enrolment_id == Enrolment.id, Message.state.in_(WAITING))
    return (
        select(Enrolment.id)
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .where(
            Enrolment.state == EnrolmentState.RUNNING,
            Enrolment.next_due_at <= now,
            Subscriber.state == SubscriberState.ACTIVE,
            or_(Subscriber.paused_until.is_(None), Subscriber.paused_until <= now),
            and_(Sequence.state == State.LIVE, Sequence.held.is_(False)),
            ~open_letter,
        )
    )


def _seen(enrolment: Enrolment, subscriber: Subscriber) -> Due:
    if enrolment.next_due_at is None:
        raise ValueError("An enrolment without a next date cannot be due.")
    return Due(
        id=enrolment.id,
        subscriber_id=enrolment.subscriber_id,
        sequence_id=enrolment.sequence_id,
        turn=enrolment.turn,
        last_letter_id=enrolment.last_letter_id,
        last_planned_at=enrolment.last_planned_at,
        next_due_at=enrolment.next_due_at,
        rhythm=rhythm_of(enrolment, subscriber),
    )


def rhythm_of(enrolment: Enrolment, subscriber: Subscriber) -> Rhythm:
    """The wishes of a subscriber for one sequence, as the schedule wants them."""
    return Rhythm(
        weekday=enrolment.weekday,
        hour=subscriber.hour,
        zone=subscriber.zone,
        pace_days=enrolment.pace_days,
        never_hours=hours(subscriber.never_hours),
    )


def change(session: Session, seen: Due, **values: object) -> bool:
    """Change an enrolment if it still is as it was seen. False if somebody else was first: check it, always."""
    done = session.execute(
        update(Enrolment)
        .where(
            Enrolment.id == seen.id,
            Enrolment.turn == seen.turn,
            Enrolment.next_due_at == seen.next_due_at,
            Enrolment.state == EnrolmentState.RUNNING,
        )
        .values(values)
        .returning(Enrolment.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def give_back(session: Session, *, enrolment_id: int, turn: int, letter_before_id: int | None) -> bool:
    """Return an enrolment to the letter before, if nothing was planned since: the next turn offers the letter again."""
    done = session.execute(
        update(Enrolment)
        .where(Enrolment.id == enrolment_id, Enrolment.turn == turn)
        .values(last_letter_id=letter_before_id)
        .returning(Enrolment.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def running(session: Session, subscriber_id: int) -> Many[Enrolment]:
    """A subscriber's running enrolments."""
    return session.scalars(
        select(Enrolment)
        .where(Enrolment.subscriber_id == subscriber_id, Enrolment.state == EnrolmentState.RUNNING)
        .order_by(Enrolment.id)
    ).all()


def stopped_at(session: Session, subscriber_id: int, wall: datetime) -> Many[Enrolment]:
    """A subscriber's enrolments that were stopped at this real moment, and by nothing else."""
    return session.scalars(
        select(Enrolment)
        .where(
            Enrolment.subscriber_id == subscriber_id,
            Enrolment.state == EnrolmentState.STOPPED,
            Enrolment.stopped_at == wall,
        )
        .order_by(Enrolment.id)
    ).all()


def next_run(session: Session, subscriber_id: int, sequence_id: int) -> int:
    """The number of a subscriber's next run through a sequence, from 1."""
    last = session.scalar(
        select(func.max(Enrolment.run)).where(Enrolment.subscriber_id == subscriber_id, Enrolment.sequence_id == sequence_id)
    )
    return (last or 0) + 1


def next_note_at(session: Session, subscriber_id: int) -> datetime | None:
    """When a subscriber's next letter comes over all sequences; None if none is to come."""
    return session.scalar(
        select(func.min(Enrolment.next_due_at)).where(
            Enrolment.subscriber_id == subscriber_id, Enrolment.state == EnrolmentState.RUNNING
        )
    )


def next_due_at(session: Session) -> datetime | None:
    """When the next letter to anybody is due, which may be now; None if none is to come."""
    return session.scalar(
        select(func.min(Enrolment.next_due_at))
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .where(
            Enrolment.state == EnrolmentState.RUNNING,
            Subscriber.state == SubscriberState.ACTIVE,
            or_(Subscriber.paused_until.is_(None), Subscriber.paused_until <= Enrolment.next_due_at),
            Sequence.state == State.LIVE,
            Sequence.held.is_(False),
        )
    )


def note(session: Session, enrolment_id: int, what: str, *, turn: int, letter_id: int | None, now: datetime) -> None:
    """Add a fact to an enrolment's history."""
    session.add(History(enrolment_id=enrolment_id, at=now, what=what, turn=turn, letter_id=letter_id))
