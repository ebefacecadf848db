"""What is counted for the desk: how letters ended, who came, what readers did; refuses to say anything about one person.

Days are days of the zone that is asked for. Forgotten messages are not counted by day: they are older than any chart here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from service.domain.messages import DESK_MAIL, WAITING, Kind, State
from service.domain.schedule import instant
from service.domain.sequences import EnrolmentState, LetterState
from service.domain.subscribers import State as SubscriberState
from service.store.tables import CareSum, Consent, Enrolment, History, Letter, Message, Sequence, Subscriber, Suppression

FEWEST_ANSWERS: Final = 5
"""Fewer answers about a letter are not shown: somebody might guess whose they are."""

_Named = TypeVar("_Named", int, str)
_MIDNIGHT: Final = datetime.min.time()


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand at this moment."""

    readers: int
    pending: int
    paused: int
    waiting: int
    unknown: int
    refused: int


@dataclass(frozen=True, slots=True)
class Care:
    """What readers said of one letter."""

    letter_id: int
    sequence_id: int
    name: str
    programme: str
    answers: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many said anything."""
        return sum(self.answers.values())


def standing(session: Session, *, now: datetime) -> Standing:
    """How things stand: readers, what waits, and what wants a person's eye."""
    states = _pairs(session, select(Subscriber.state, func.count()).group_by(Subscriber.state))
    paused = select(func.count()).where(Subscriber.state == SubscriberState.ACTIVE, Subscriber.paused_until > now)
    return Standing(
        readers=states.get(SubscriberState.ACTIVE, 0),
        pending=states.get(SubscriberState.PENDING, 0),
        paused=_number(session, paused),
        waiting=_number(session, select(func.count()).where(Message.state.in_(WAITING), _TO_READERS)),
        unknown=_number(session, select(func.count()).where(Message.state == State.UNKNOWN, Message.left_at.is_(None))),
        refused=_number(session, select(func.count()).where(Message.state == State.REFUSED, Message.left_at.is_(None))),
    )


_TO_READERS: Final[ColumnElement[bool]] = Message.kind.not_in(sorted(DESK_MAIL))


def _number(session: Session, count: Select[int]) -> int:
    return session.scalar(count) or 0


def _pairs(session: Session, counted: Select[_Named, int]) -> dict[_Named, int]:
    """How many there are of each."""
    return {named: count for named, count in session.execute(counted)}  # noqa: C416  a result is no sequence of pairs


def days_before(today: date, days: int) -> list[date]:
    """So many days up to and with today."""
    return [today - timedelta(days=back) for back in range(days - 1, -1, -1)]


def ended_by_day(session: Session, zone: str, days: list[date]) -> dict[date, Counter[str]]:
    """How many letters came to which end on each day."""
    parts = (
        select(literal(place), Message.state, func.count())
        .where(Message.settled_at >= start, Message.settled_at < end, Message.kind == Kind.LETTER)
        .group_by(Message.state)
        for place, (start, end) in enumerate(_spans(days, zone))
    )
    return _counted(session, days, parts)


def sign_ups_by_day(session: Session, zone: str, days: list[date]) -> dict[date, Counter[str]]:
    """How many asked for notes on each day, and how many confirmed."""
    parts = (
        select(literal(place), literal(what), func.count()).where(column >= start, column < end)
        for place, (start, end) in enumerate(_spans(days, zone))
        for what, column in (("asked", Consent.submitted_at), ("confirmed", Consent.confirmed_at))
    )
    return _counted(session, days, parts)


def _spans(days: list[date], zone: str) -> Iterator[tuple[datetime, datetime]]:
    """When each day begins and ends."""
    for day in days:
        yield instant(day, _MIDNIGHT, zone), instant(day + timedelta(days=1), _MIDNIGHT, zone)


def _counted(session: Session, days: list[date], parts: Iterable[Select[int, str, int]]) -> dict[date, Counter[str]]:
    """One count for each part, which says the place of its day and what it counts."""
    counts: dict[date, Counter[str]] = {day: Counter() for day in days}
    for place, what, count in session.execute(union_all(*parts)):
        counts[days[place]][what] += count
    return counts


def facts_since(session: Session, since: datetime) -> dict[str, int]:
    """How often each thing happened on an enrolment since a calendar moment: moved, paused, finished, stopped."""
    found = select(History.what, func.count()).where(History.at >= since).group_by(History.what)
    return _pairs(session, found)


def complaints_since(session: Session, since: datetime) -> int:
    """How many said to their mail provider that they do not want this."""
    found = select(func.count()).where(Suppression.reason == "complaint", Suppression.created_at >= since)
    return _number(session, found)


def left_since(session: Session, since: datetime) -> int:
    """How many left since a real moment, and have not been forgotten yet."""
    return _number(session, select(func.count()).where(Subscriber.left_at >= since))


def care(session: Session) -> list[Care]:
    """What readers said, of letters that have enough answers; those of which most were hard to read come first."""
    rows = session.execute(
        select(CareSum.letter_id, Letter.sequence_id, Letter.name, Sequence.title, CareSum.answer, CareSum.count)
        .join(Letter, Letter.id == CareSum.letter_id)
        .join(Sequence, Sequence.id == Letter.sequence_id)
    )
    found: dict[int, dict[str, Any]] = {}
    for letter_id, sequence_id, name, programme, answer, count in rows:
        entry = found.setdefault(letter_id, {"sequence_id": sequence_id, "name": name, "programme": programme, "answers": {}})
        entry["answers"][answer] = count
    told = [Care(letter_id, **entry) for letter_id, entry in found.items()]
    enough = [each for each in told if each.total >= FEWEST_ANSWERS]
    return sorted(enough, key=lambda each: (-each.answers.get("hard", 0) / each.total, each.programme, each.name))


def programmes(session: Session) -> list[tuple[Sequence, int, int]]:
    """Every programme and batch of which letters go out, with how many readers are on the way and how many letters it has."""
    running = select(Enrolment.sequence_id, func.count()).where(Enrolment.state == EnrolmentState.RUNNING)
    readers = _pairs(session, running.group_by(Enrolment.sequence_id))
    live = select(Letter.sequence_id, func.count()).where(Letter.state == LetterState.LIVE)
    letters = _pairs(session, live.group_by(Letter.sequence_id))
    rows = session.scalars(select(Sequence).where(Sequence.kind == "programme").order_by(Sequence.title)).all()
    return [(row, readers.get(row.id, 0), letters.get(row.id, 0)) for row in rows]
