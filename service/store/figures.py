"""What is counted for the desk: how letters ended, who came, what readers did; refuses to say anything about one person.

Days are days of the zone that is asked for. Forgotten messages are not counted by day: they are older than any chart here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, case, func, literal, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.domain.messages import DESK_MAIL, State
from service.domain.schedule import instant, local_day
from service.domain.sequences import EnrolmentState, LetterState
from service.domain.sequences import Kind as Series
from service.domain.subscribers import State as SubscriberState
from service.store import endings
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
    pauses = case((Subscriber.paused_until > now, 1))
    rows = session.execute(select(Subscriber.state, func.count(), func.count(pauses)).group_by(Subscriber.state))
    states = {state: (number, paused) for state, number, paused in rows}
    readers, paused = states.get(SubscriberState.ACTIVE, (0, 0))
    return Standing(
        readers=readers,
        pending=states.get(SubscriberState.PENDING, (0, 0))[0],
        paused=paused,
        waiting=sum(
            _number(session, select(func.count()).select_from(Message).where(text(waiting), _TO_READERS))
            for waiting in _WAITING
        ),
        unknown=_to_look_at(session, State.UNKNOWN),
        refused=_to_look_at(session, State.REFUSED),
    )


_WAITING: Final = (
    "messages.state = 'due' AND messages.lane >= 0",
    "messages.state = 'sending' AND messages.lease_until IS NOT NULL",
)
"""Said so that SQLite takes the small index of each state: it knows no value that it is given for a constant."""

_TO_READERS: Final[ColumnElement[bool]] = Message.kind.not_in(sorted(DESK_MAIL))


def _to_look_at(session: Session, state: State) -> int:
    """How many messages to readers nobody has looked at yet that ended like this."""
    open_ones = (
        text("messages.state IN ('unknown', 'refused')"),
        Message.state == state,
        Message.left_at.is_(None),
        _TO_READERS,
    )
    return _number(session, select(func.count()).select_from(Message).where(*open_ones))


def _number(session: Session, count: Select[int]) -> int:
    return session.scalar(count) or 0


def _pairs(session: Session, counted: Select[_Named, int]) -> dict[_Named, int]:
    """How many there are of each."""
    return {named: count for named, count in session.execute(counted)}  # noqa: C416  a result is no sequence of pairs


def days_before(today: date, days: int) -> list[date]:
    """So many days up to and with today."""
    return [today - timedelta(days=back) for back in range(days - 1, -1, -1)]


def ended_by_day(session: Session, zone: str, days: list[date], *, wall: datetime) -> dict[date, Counter[str]]:
    """How many letters came to which end on each of some days in a row."""
    counts: dict[date, Counter[str]] = {day: Counter() for day in days}
    bounds = [instant(day, _MIDNIGHT, zone) for day in (*days, days[-1] + timedelta(days=1))]
    for place, _, state, number in endings.ended(session, bounds, wall=wall):
        counts[days[place]][state] += number
    return counts


def sign_ups_by_day(session: Session, zone: str, days: list[date]) -> dict[date, Counter[str]]:
    """How many asked for notes on each day, and how many confirmed."""
    counted = []
    for what, column in (("asked", Consent.submitted_at), ("confirmed", Consent.confirmed_at)):
        quarter = endings.quarter(column)
        counted.append(select(quarter, literal(what), func.count()).where(*_within(column, days, zone)).group_by(quarter))
    return _by_day(session, zone, days, counted)


def _within(column: InstrumentedAttribute[Any], days: list[date], zone: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """From the beginning of the first day to the end of the last."""
    return column >= instant(days[0], _MIDNIGHT, zone), column < instant(days[-1] + timedelta(days=1), _MIDNIGHT, zone)


def _by_day(
    session: Session, zone: str, days: list[date], counted: Iterable[Select[int, str, int]]
) -> dict[date, Counter[str]]:
    counts: dict[date, Counter[str]] = {day: Counter() for day in days}
    for each in counted:
        for seconds, what, count in session.execute(each):
            counts[local_day(datetime.fromtimestamp(int(seconds), UTC), zone)][what] += count
    return counts


def facts_since(session: Session, since: datetime) -> dict[str, int]:
    """How often each thing happened on a programme since a calendar moment: moved, paused, finished, stopped."""
    found = (
        select(History.what, func.count())
        .join(Enrolment, Enrolment.id == History.enrolment_id)
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .where(History.at >= since, Sequence.kind == Series.PROGRAMME)
        .group_by(History.what)
    )
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
