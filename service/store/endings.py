"""How letters ended, counted between moments and by sequence; refuses to say anything of one letter.

Nearly all that ends was sent: all are counted in an index, letter by letter, and the few others taken off. Moments must lie on
quarters of an hour, as the days of every zone do.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence as Many
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, extract, func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.domain.messages import State
from service.store.tables import Letter, Message

_QUARTER: Final = 15 * 60

Ended = tuple[int, int, State, int]
"""Between which two moments (0 is from the first to the second), of which sequence, how, and how many."""


class Places:
    """Between which two of some moments another one lies."""

    def __init__(self, bounds: Many[datetime]) -> None:
        self._bounds = bounds

    def of(self, moment: datetime) -> int | None:
        """The place, from 0; None for what lies before the first or after the last."""
        place = bisect_right(self._bounds, moment) - 1
        return place if 0 <= place < len(self._bounds) - 1 else None


def quarter(column: InstrumentedAttribute[Any]) -> ColumnElement[int]:
    """The quarter of an hour of an instant, as the seconds since 1970 at which it begins: every zone's days begin on one."""
    seconds = extract("epoch", column)
    return seconds - seconds % _QUARTER


def ended(session: Session, bounds: Many[datetime], *, wall: datetime) -> Iterator[Ended]:
    """How many letters came to which end from each of these moments to the next one."""
    others: Counter[tuple[int, int]] = Counter()
    for place, sequence_id, state, number in _other_ends(session, bounds):
        others[place, sequence_id] += number
        yield place, sequence_id, state, number
    letters = _letters_that_ended(session, bounds[0], bounds[-1]) if bounds[0] <= wall else []
    for place, begin in enumerate(bounds[:-1]):
        if begin <= wall:
            for sequence_id, number in _all_ends(session, letters, begin, bounds[place + 1]).items():
                if number > others[place, sequence_id]:
                    yield place, sequence_id, State.SENT, number - others[place, sequence_id]


def _letters_that_ended(session: Session, begin: datetime, end: datetime) -> Many[int]:
    """The few letters that were on their way then, of all that there ever were."""
    any_ended = exists().where(Message.letter_id == Letter.id, Message.settled_at >= begin, Message.settled_at < end)
    return session.scalars(select(Letter.id).where(any_ended)).all()


def _all_ends(session: Session, letters: Many[int], begin: datetime, end: datetime) -> Counter[int]:
    number = (
        select(func.count())
        .where(Message.letter_id == Letter.id, Message.settled_at >= begin, Message.settled_at < end)
        .correlate(Letter)
        .scalar_subquery()
    )
    found: Counter[int] = Counter()
    for sequence_id, count in session.execute(select(Letter.sequence_id, number).where(Letter.id.in_(letters))):
        found[sequence_id] += count or 0
    return found


def _other_ends(session: Session, bounds: Many[datetime]) -> Iterator[Ended]:
    begins_at = quarter(Message.settled_at)
    rows = session.execute(
        select(Letter.sequence_id, Message.state, begins_at, func.count())
        .join(Letter, Letter.id == Message.letter_id)
        .where(Message.settled_at >= bounds[0], Message.settled_at < bounds[-1])
        .where(text("messages.state IN ('unknown', 'refused', 'skipped')"))  # as its index says it
        .group_by(Letter.sequence_id, Message.state, begins_at)
    )
    places = Places(bounds)
    for sequence_id, state, begins, number in rows:
        if (place := places.of(datetime.fromtimestamp(int(begins), UTC))) is not None:
            yield place, sequence_id, State(state), number
