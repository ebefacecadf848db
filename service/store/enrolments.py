"""Rows of subscribers in sequences; refuses to say when a letter comes."""

from collections.abc import Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, case, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from service.domain.batches import shifted
from service.domain.messages import WAITING
from service.domain.messages import State as MessageState
from service.domain.schedule import Rhythm
from service.domain.sequences import EnrolmentState, Standing, State, Wish
from service.domain.subscribers import State as SubscriberState
from service.domain.turns import Place
from service.store.desk_tables import Hold
from service.store.messages import EVERYTHING
from service.store.subscribers import days, hours
from service.store.tables import Enrolment, History, Message, Sequence, Subscriber


@dataclass(frozen=True, slots=True)
class Due:
    """An enrolment whose time has come, as it was seen: `turn` and `next_due_at` fence every change made from it."""

    id: int
    subscriber_id: int
    sequence_id: int
    turn: int
    place: Place
    rhythm: Rhythm
    begun_at: datetime
    paused_until: datetime | None

    @property
    def next_due_at(self) -> datetime:
        """When the letter is due."""
        return self.place.next_due_at

    @property
    def is_after_pause(self) -> bool:
        """Whether this is the first letter since a pause that is over."""
        return self.paused_until is not None and (self.place.last_planned_at or self.begun_at) < self.paused_until


def due(session: Session, *, now: datetime, limit: int) -> list[Due]:
    """Enrolments that may be planned now, in the order of their ids."""
    found = session.execute(_due(now).with_only_columns(Enrolment, Subscriber).order_by(Enrolment.id).limit(limit)).all()
    places = places_of(session, [enrolment for enrolment, _ in found])
    return [_seen(enrolment, subscriber, places[enrolment.id]) for enrolment, subscriber in found]


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
            ~exists().where(Hold.name == EVERYTHING),
            ~open_letter,
        )
    )


def _seen(enrolment: Enrolment, subscriber: Subscriber, place: Place) -> Due:
    return Due(
        id=enrolment.id,
        subscriber_id=enrolment.subscriber_id,
        sequence_id=enrolment.sequence_id,
        turn=enrolment.turn,
        place=place,
        rhythm=rhythm_of(enrolment, subscriber),
        begun_at=enrolment.created_at,
        paused_until=subscriber.paused_until,
    )


def place_of(session: Session, enrolment: Enrolment) -> Place:
    """Where a running enrolment stands, as the rules want to know it."""
    return places_of(session, [enrolment])[enrolment.id]


def places_of(session: Session, enrolments: Many[Enrolment]) -> dict[int, Place]:
    """Where running enrolments stand, by their ids."""
    seen = _seen_letters(session, [each.id for each in enrolments])
    places = {}
    for each in enrolments:
        if each.next_due_at is None:
            raise ValueError("An enrolment without a next date cannot be due.")
        places[each.id] = Place(_standing(each, seen), each.last_planned_at, each.next_due_at)
    return places


def standing_of(session: Session, enrolment: Enrolment) -> Standing:
    """How far an enrolment has come: letters that were skipped have not been seen."""
    return _standing(enrolment, _seen_letters(session, [enrolment.id]))


def _standing(enrolment: Enrolment, seen: Mapping[int, list[int]]) -> Standing:
    return Standing(
        reached=enrolment.last_letter_id,
        seen=tuple(seen.get(enrolment.id, ())),
        wish=Wish(enrolment.wish) if enrolment.wish else None,
        wish_phase_id=enrolment.wish_phase_id,
    )


def _seen_letters(session: Session, enrolment_ids: Many[int]) -> dict[int, list[int]]:
    rows = session.execute(
        select(Message.enrolment_id, Message.letter_id)
        .where(Message.enrolment_id.in_(enrolment_ids), Message.state != MessageState.SKIPPED)
        .order_by(Message.turn)
    )
    seen: dict[int, list[int]] = {}
    for enrolment_id, letter_id in rows:
        if enrolment_id is not None and letter_id is not None:
            seen.setdefault(enrolment_id, []).append(letter_id)
    return seen


def rhythm_of(enrolment: Enrolment, subscriber: Subscriber) -> Rhythm:
    """The wishes of a subscriber for one sequence, as the schedule wants them; a batch may have an hour of its own."""
    hour, minute = shifted(subscriber.hour if enrolment.hour is None else enrolment.hour, enrolment.shift_minutes or 0)
    return Rhythm(
        weekday=enrolment.weekday,
        hour=hour,
        zone=subscriber.zone,
        pace_days=enrolment.pace_days,
        never_hours=hours(subscriber.never_hours),
        quiet_days=days(subscriber.quiet_days),
        minute=minute,
    )


def change(session: Session, seen: Due, **values: object) -> bool:
    """Change an enrolment if it still is as it was seen. False if somebody else was first: check it, always."""
    done = session.execute(
        update(Enrolment)
        .where(
            Enrolment.id == seen.id,
            Enrolment.turn == seen.turn,
            Enrolment.next_due_at == seen.next_due_at,
            Enrolment.wish.is_not_distinct_from(seen.place.standing.wish),
            Enrolment.wish_phase_id.is_not_distinct_from(seen.place.standing.wish_phase_id),
            Enrolment.state == EnrolmentState.RUNNING,
        )
        .values(values)
        .returning(Enrolment.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def give_back(session: Session, message: Message) -> bool:
    """Return an enrolment to where it was before a letter, if nothing was planned since: the next turn offers it again.

    A wish that the reader has had since then stays; without one, that which the letter had granted comes back.
    """
    has_none = Enrolment.wish.is_(None)
    done = session.execute(
        update(Enrolment)
        .where(Enrolment.id == message.enrolment_id, Enrolment.turn == message.turn)
        .values(
            last_letter_id=message.letter_before_id,
            wish=case((has_none, message.wish_before), else_=Enrolment.wish),
            wish_phase_id=case((has_none, message.wish_phase_before_id), else_=Enrolment.wish_phase_id),
        )
        .returning(Enrolment.id)
        .execution_options(synchronize_session="fetch")
    )
    return done.first() is not None


def running(session: Session, subscriber_id: int) -> Many[Enrolment]:
    """A subscriber's running enrolments."""
    return session.scalars(
        select(Enrolment)
        .where(Enrolment.subscriber_id == subscriber_id, Enrolment.state == EnrolmentState.RUNNING)
        .order_by(Enrolment.id)
    ).all()


def running_one(session: Session, subscriber_id: int, enrolment_id: int, *, lock: bool = False) -> Enrolment | None:
    """One of a subscriber's running enrolments, locked if wished; None for any other."""
    found = select(Enrolment).where(
        Enrolment.id == enrolment_id,
        Enrolment.subscriber_id == subscriber_id,
        Enrolment.state == EnrolmentState.RUNNING,
    )
    return session.scalar(found.with_for_update().execution_options(populate_existing=True) if lock else found)


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


def last_weekday(session: Session, subscriber_id: int) -> int:
    """The weekday of a subscriber's newest enrolment."""
    newest = select(Enrolment.weekday).where(Enrolment.subscriber_id == subscriber_id).order_by(Enrolment.id.desc()).limit(1)
    weekday = session.scalar(newest)
    return 1 if weekday is None else weekday


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


def note_all(session: Session, enrolment_ids: Many[int], what: str, *, now: datetime) -> None:
    """Add a fact to the history of enrolments that have not begun."""
    rows = [{"enrolment_id": each, "at": now, "what": what, "turn": 0, "letter_id": None} for each in enrolment_ids]
    if rows:
        session.execute(insert(History), rows)
