"""What went out, waits and will go out, counted between moments and by sequence, for the calendar; refuses to name anybody.

What went out is counted by when it ended. Where the calendar is moved by `CLOCK` real moments say nothing about its days: there
everything is counted by its slot.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, Select, func, select, text
from sqlalchemy.orm import Session

from service.domain.ahead import Coming
from service.domain.batches import State as BatchState
from service.domain.messages import Kind as MessageKind
from service.domain.messages import State
from service.domain.sequences import Kind
from service.store import holds
from service.store.desk_tables import Batch
from service.store.endings import Places, ended
from service.store.tables import Letter, Message, Sequence


class What(StrEnum):
    """What became, or will become, of a letter."""

    SENT = "sent"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    SKIPPED = "skipped"
    WAITING = "waiting"
    COMING = "coming"
    HELD = "held"  # it would come if it were not held


Counts = Mapping[tuple[int, int], Counter[What]]
"""By place (between which two moments) and sequence."""

_OTHER_ENDS: Final = (State.UNKNOWN, State.REFUSED, State.SKIPPED)


@dataclass(frozen=True, slots=True)
class Line:
    """A programme or batch of which something is counted. `state` is a batch's; `held` says that nothing of it leaves."""

    id: int
    title: str
    is_batch: bool
    state: str
    held: bool
    first_date: date | None


def look(session: Session, bounds: Many[datetime], coming: Mapping[Coming, int], *, wall: datetime, moved: bool) -> Counts:
    """What is counted from each of these moments to the next one.

    `coming` is what `ahead.coming` says is to come until then at the least. `moved` says that the calendar runs by `CLOCK`.
    """
    found: dict[tuple[int, int], Counter[What]] = defaultdict(Counter)
    gone = _ended_by_slot(session, bounds) if moved else _ended(session, bounds, wall=wall)
    for place, sequence_id, what, number in gone:
        found[place, sequence_id][what] += number
    still = Places(bounds)
    for sequence_id, moment, number in _waiting(session, wall=wall, moved=moved):
        if (here := still.of(moment)) is not None:
            found[here, sequence_id][What.WAITING] += number
    held = _held(session)
    for (sequence_id, slot), number in coming.items():
        if (here := still.of(slot)) is not None:
            found[here, sequence_id][What.HELD if held is None or sequence_id in held else What.COMING] += number
    return {key: counts for key, counts in found.items() if counts.total()}


def lines(session: Session, ids: Many[int]) -> dict[int, Line]:
    """What is known of these sequences, by id."""
    found = select(Sequence, Batch).outerjoin(Batch, Batch.sequence_id == Sequence.id).where(Sequence.id.in_(ids))
    return {
        row.id: Line(
            id=row.id,
            title=row.title,
            is_batch=row.kind == Kind.BATCH,
            state=batch.state if batch is not None else "",
            held=row.held,
            first_date=batch.first_date if batch is not None else None,
        )
        for row, batch in _pairs(session, found)
    }


def _pairs(session: Session, found: Select[Sequence, Batch]) -> Iterator[tuple[Sequence, Batch | None]]:
    yield from ((row, batch) for row, batch in session.execute(found))


def scheduled(session: Session) -> list[Line]:
    """The batches that have a day and have not begun, the next one first."""
    ids = session.scalars(
        select(Batch.sequence_id)
        .where(Batch.state == BatchState.SCHEDULED, Batch.first_date.is_not(None))
        .order_by(Batch.first_date, Batch.sequence_id)
    ).all()
    known = lines(session, ids)
    return [known[id_] for id_ in ids]


def arranged(session: Session) -> tuple[tuple[object, ...], ...]:
    """How all batches are arranged, and what is held: while it stays the same, only readers change what is to come."""
    batches = select(Batch.sequence_id, Batch.state, Batch.revision, Batch.first_date, Batch.taken_to)
    series = select(Sequence.id, Sequence.state, Sequence.held)
    everything = holds.everything(session)
    return (
        *(tuple(row) for row in session.execute(batches.order_by(Batch.sequence_id))),
        *(tuple(row) for row in session.execute(series.order_by(Sequence.id))),
        (everything.at if everything else None,),
    )


def _held(session: Session) -> set[int] | None:
    """The sequences that are held; None where everything is."""
    if holds.everything(session) is not None:
        return None
    return set(session.scalars(select(Sequence.id).where(Sequence.held.is_(True))))


Ended = Iterator[tuple[int, int, What, int]]


def _ended(session: Session, bounds: Many[datetime], *, wall: datetime) -> Ended:
    return (
        (place, sequence_id, What(state), number) for place, sequence_id, state, number in ended(session, bounds, wall=wall)
    )


def _ended_by_slot(session: Session, bounds: Many[datetime]) -> Ended:
    rows = session.execute(
        select(Letter.sequence_id, Message.state, Message.slot, func.count())
        .join(Letter, Letter.id == Message.letter_id)
        .where(Message.slot >= bounds[0], Message.slot < bounds[-1])
        .where(Message.state.in_((State.SENT, *_OTHER_ENDS)), Message.kind == MessageKind.LETTER)
        .group_by(Letter.sequence_id, Message.state, Message.slot)
    )
    places = Places(bounds)
    for sequence_id, state, slot, number in rows:
        if slot is not None and (place := places.of(slot)) is not None:
            yield place, sequence_id, What(state), number


def _waiting(session: Session, *, wall: datetime, moved: bool) -> Iterator[tuple[int, datetime, int]]:
    """Letters that are planned and have not left: at the moment from which they may, or now."""
    for state in ("due", "sending"):
        at: ColumnElement[datetime] = func.coalesce(Message.slot, Message.not_before) if moved else Message.not_before  # type: ignore[assignment]
        rows = session.execute(
            select(Letter.sequence_id, at, func.count())
            .join(Letter, Letter.id == Message.letter_id)
            .where(text(f"messages.state = '{state}'"), Message.kind == MessageKind.LETTER)
            .group_by(Letter.sequence_id, at)
        )
        for sequence_id, moment, number in rows:
            yield sequence_id, moment if moved else max(moment, wall), number
