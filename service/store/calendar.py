"""What went out, waits and will go out, counted between moments and by sequence, for the calendar; refuses to name anybody.

What went out is counted by when it ended. Where the calendar is moved by `CLOCK` real moments say nothing about its days: there
everything is counted by its slot.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, Select, extract, func, select, text
from sqlalchemy.orm import Session

from service.domain.batches import State as BatchState
from service.domain.messages import Kind as MessageKind
from service.domain.messages import State
from service.domain.sequences import Kind
from service.store import ahead, holds
from service.store.desk_tables import Batch
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
_QUARTER: Final = 15 * 60


@dataclass(frozen=True, slots=True)
class Line:
    """A programme or batch of which something is counted. `state` is a batch's; `held` says that nothing of it leaves."""

    id: int
    title: str
    is_batch: bool
    state: str
    held: bool
    first_date: date | None


def look(session: Session, bounds: Many[datetime], *, now: datetime, wall: datetime, moved: bool) -> Counts:
    """What is counted from each of these moments to the next one. `moved` says that the calendar runs by `CLOCK`."""
    found: dict[tuple[int, int], Counter[What]] = defaultdict(Counter)
    ended = _ended_by_slot(session, bounds) if moved else _ended(session, bounds, wall=wall)
    for place, sequence_id, what, number in ended:
        found[place, sequence_id][what] += number
    still = _Places(bounds)
    for sequence_id, moment, number in _waiting(session, wall=wall, moved=moved):
        if (here := still.of(moment)) is not None:
            found[here, sequence_id][What.WAITING] += number
    if bounds[-1] > now:
        held = _held(session)
        for (sequence_id, slot), number in ahead.coming(session, now=now, until=bounds[-1]).items():
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


def _held(session: Session) -> set[int] | None:
    """The sequences that are held; None where everything is."""
    if holds.everything(session) is not None:
        return None
    return set(session.scalars(select(Sequence.id).where(Sequence.held.is_(True))))


class _Places:
    """Between which two moments another one lies."""

    def __init__(self, bounds: Many[datetime]) -> None:
        self._bounds = bounds

    def of(self, moment: datetime) -> int | None:
        place = bisect_right(self._bounds, moment) - 1
        return place if 0 <= place < len(self._bounds) - 1 else None


Ended = Iterator[tuple[int, int, What, int]]


def _ended(session: Session, bounds: Many[datetime], *, wall: datetime) -> Ended:
    """Nearly all that ends was sent: all are counted in an index, letter by letter, and the few others taken off."""
    others: Counter[tuple[int, int]] = Counter()
    for place, sequence_id, what, number in _other_ends(session, bounds):
        others[place, sequence_id] += number
        yield place, sequence_id, what, number
    for place, begin in enumerate(bounds[:-1]):
        if begin <= wall:
            for sequence_id, number in _all_ends(session, begin, bounds[place + 1]).items():
                yield place, sequence_id, What.SENT, number - others[place, sequence_id]


def _all_ends(session: Session, begin: datetime, end: datetime) -> Counter[int]:
    number = (
        select(func.count())
        .where(Message.letter_id == Letter.id, Message.settled_at >= begin, Message.settled_at < end)
        .correlate(Letter)
        .scalar_subquery()
    )
    found: Counter[int] = Counter()
    for sequence_id, count in session.execute(select(Letter.sequence_id, number)):
        found[sequence_id] += count or 0
    return found


def _other_ends(session: Session, bounds: Many[datetime]) -> Ended:
    seconds = extract("epoch", Message.settled_at)
    quarter = seconds - seconds % _QUARTER
    rows = session.execute(
        select(Letter.sequence_id, Message.state, quarter, func.count())
        .join(Letter, Letter.id == Message.letter_id)
        .where(Message.settled_at >= bounds[0], Message.settled_at < bounds[-1])
        .where(Message.state.in_(_OTHER_ENDS), Message.kind == MessageKind.LETTER)
        .group_by(Letter.sequence_id, Message.state, quarter)
    )
    places = _Places(bounds)
    for sequence_id, state, begins, number in rows:
        if (place := places.of(datetime.fromtimestamp(int(begins), UTC))) is not None:
            yield place, sequence_id, What(state), number


def _ended_by_slot(session: Session, bounds: Many[datetime]) -> Ended:
    rows = session.execute(
        select(Letter.sequence_id, Message.state, Message.slot, func.count())
        .join(Letter, Letter.id == Message.letter_id)
        .where(Message.slot >= bounds[0], Message.slot < bounds[-1])
        .where(Message.state.in_((State.SENT, *_OTHER_ENDS)), Message.kind == MessageKind.LETTER)
        .group_by(Letter.sequence_id, Message.state, Message.slot)
    )
    places = _Places(bounds)
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
