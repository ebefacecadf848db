"""Rows of batches: what was said of each, and what the clock has to do with them; refuses to decide what may happen."""

from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select, union_all
from sqlalchemy.orm import Session

from service.domain import batches as rules
from service.domain.audiences import Audience, from_json
from service.domain.batches import LOOKED_AT, Manner, Settled, State, Timing
from service.domain.messages import State as MessageState
from service.domain.sequences import EnrolmentState, Kind, LetterState, Role
from service.store import sequences
from service.store.desk_tables import Batch
from service.store.tables import Enrolment, Letter, Message, Sequence, VersionText


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch as lists show it: its name, where it stands, and how many letters and readers it has."""

    id: int
    name: str
    state: State
    manner: Manner
    timing: Timing | None
    letters: int
    readers: int
    rolling: bool
    paused_why: str


def get(session: Session, batch_id: int) -> Batch | None:
    """The batch of an id, which is its sequence's."""
    return session.get(Batch, batch_id)


def locked(session: Session, batch_id: int, *, skip: bool = False) -> Batch | None:
    """A batch, locked before any reader, enrolment or message. With `skip`, None where somebody else works on it."""
    found = select(Batch).where(Batch.sequence_id == batch_id).execution_options(populate_existing=True)
    return session.scalar(found.with_for_update(skip_locked=skip))


def list_(session: Session, *, states: Many[State] = tuple(State), limit: int = 200) -> list[BatchRow]:
    """Batches in some states, the newest first."""
    live = (
        select(Letter.sequence_id, func.count().label("letters"))
        .where(Letter.role == Role.MAIN, Letter.state != LetterState.RETIRED)
        .group_by(Letter.sequence_id)
        .subquery()
    )
    found = (
        select(Batch, Sequence.title, func.coalesce(live.c.letters, 0))
        .join(Sequence, Sequence.id == Batch.sequence_id)
        .outerjoin(live, live.c.sequence_id == Batch.sequence_id)
        .where(Batch.state.in_(states))
        .order_by(Batch.sequence_id.desc())
        .limit(limit)
    )
    return [_row(batch, title, letters) for batch, title, letters in session.execute(found)]


def _row(batch: Batch, name: str, letters: int) -> BatchRow:
    return BatchRow(
        id=batch.sequence_id,
        name=name,
        state=State(batch.state),
        manner=Manner(batch.manner),
        timing=timing_of(batch),
        letters=letters,
        readers=batch.readers,
        rolling=batch.rolling,
        paused_why=batch.paused_why,
    )


def timing_of(batch: Batch) -> Timing | None:
    """When a batch comes; None before a first day was chosen."""
    if batch.first_date is None:
        return None
    return Timing(batch.first_date, batch.cadence_days, batch.hour, batch.spread_hours)


def audience_of(batch: Batch) -> Audience:
    """Whom a batch is for."""
    return from_json(batch.audience)


def letters_of(session: Session, batch_id: int) -> list[Letter]:
    """The letters of a batch in their order, without those that were taken out."""
    return [each for each in sequences.letters_of(session, batch_id) if each.state != LetterState.RETIRED]


def languages_of(session: Session, batch_id: int) -> dict[int, set[str]]:
    """The languages that the newest version of each letter of a batch has a text in; none for a letter without a version."""
    return {each.id: _languages(session, each) for each in letters_of(session, batch_id)}


def _languages(session: Session, letter: Letter) -> set[str]:
    version = sequences.newest_version_id(session, letter.id)
    return set(session.scalars(select(VersionText.language).where(VersionText.version_id == version))) if version else set()


def is_editable(session: Session, letter_id: int, *, now: datetime) -> bool:
    """Whether the words of a letter may still change; those of any programme always may."""
    letter = session.get_one(Letter, letter_id)
    batch = session.get(Batch, letter.sequence_id)
    if batch is None or batch.first_date is None:
        return True
    order = [each.id for each in letters_of(session, batch.sequence_id)]
    number = order.index(letter_id) + 1 if letter_id in order else 1
    return rules.is_editable(State(batch.state), batch.first_date, batch.cadence_days, number, now=now)


def overlapping(session: Session, batch_id: int) -> int:
    """How many readers of a batch are on another one that runs, too."""
    runs = select(Enrolment.id).where(Enrolment.sequence_id == Sequence.id, Enrolment.state == EnrolmentState.RUNNING).exists()
    others = session.scalars(select(Sequence.id).where(Sequence.kind == Kind.BATCH, Sequence.id != batch_id, runs)).all()
    if not others:
        return 0
    mine = select(Enrolment.subscriber_id).where(Enrolment.sequence_id == batch_id)
    on_both = select(func.count(func.distinct(Enrolment.subscriber_id))).where(
        Enrolment.subscriber_id.in_(mine), Enrolment.state == EnrolmentState.RUNNING, Enrolment.sequence_id.in_(others)
    )
    return session.scalar(on_both) or 0


# What the clock has to do


def to_launch(session: Session, *, now: datetime, wall: datetime) -> list[int]:
    """The batches whose time has come, or whose readers are not all taken yet."""
    found = session.scalars(
        select(Batch)
        .where(or_(Batch.state == State.SCHEDULED, and_(Batch.state == State.RUNNING, Batch.taken_all_at.is_(None))))
        .order_by(Batch.sequence_id)
    )
    return [each.sequence_id for each in found if each.state == State.RUNNING or may_start(each, now=now, wall=wall)]


def may_start(batch: Batch, *, now: datetime, wall: datetime) -> bool:
    """Whether the clock is to start a batch."""
    if batch.first_date is None:
        return False
    return rules.may_start(State(batch.state), batch.first_date, batch.confirmed_at, now=now, wall=wall)


def to_clear(session: Session) -> Many[int]:
    """The cancelled batches in which somebody may still be enrolled."""
    found = select(Batch.sequence_id).where(Batch.state == State.CANCELLED, Batch.ended_at.is_(None))
    return session.scalars(found.order_by(Batch.sequence_id)).all()


def running(session: Session) -> Many[Batch]:
    """The batches that run, with all their readers taken."""
    found = select(Batch).where(Batch.state == State.RUNNING, Batch.taken_all_at.is_not(None))
    return session.scalars(found.order_by(Batch.sequence_id)).all()


def running_or_starting(session: Session) -> Many[Batch]:
    """The batches that run, whether all their readers are taken or not."""
    return session.scalars(select(Batch).where(Batch.state == State.RUNNING).order_by(Batch.sequence_id)).all()


def takes_newcomers(batch: Batch, *, now: datetime) -> bool:
    """Whether readers who fit by now still join."""
    until = batch.rolling_until
    return rules.takes_newcomers(State(batch.state), rolling=batch.rolling, rolling_until=until, now=now)


def last_settled(session: Session, batch: Batch) -> Settled:
    """The letters of a batch that were settled last, none before it was last resumed (B-12)."""
    since = batch.resumed_at
    letters = session.scalars(select(Letter.id).where(Letter.sequence_id == batch.sequence_id)).all()
    ended = Message.state.in_((MessageState.SENT, MessageState.REFUSED, MessageState.UNKNOWN))
    newest = [
        select(Message.settled_at, Message.state, Message.reason, Message.bounced_at, Message.complained_at)
        .where(Message.letter_id == letter_id, ended, *([Message.settled_at > since] if since else []))
        .order_by(Message.settled_at.desc())
        .limit(LOOKED_AT)
        .subquery()
        for letter_id in letters
    ]
    if not newest:
        return Settled(0, 0, 0)
    every = union_all(*(select(each) for each in newest)).subquery()
    rows = session.execute(select(every).order_by(every.c.settled_at.desc()).limit(LOOKED_AT)).all()
    return Settled(
        letters=len(rows),
        hard=sum(_is_hard(row.state, row.reason) or row.bounced_at is not None for row in rows),
        complaints=sum(row.complained_at is not None for row in rows),
    )


def _is_hard(state: str, reason: str | None) -> bool:
    """Whether a server refused a letter; one that could not be made says nothing about addresses."""
    return state == MessageState.REFUSED and reason is not None and reason.startswith("5")
