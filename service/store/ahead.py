"""What all readers are on, in groups of whom the same is true, and how many letters come of it when; refuses to name anybody.

Most readers are on one thing: these are grouped by the database. Whoever is on several, or wished for something, is read
one by one, and so is whoever joins a batch that has not begun: one thing may wait for another there. Of whom the same is true
is looked at once.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, String, and_, case, cast, func, literal, literal_column, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from service.domain import ahead
from service.domain.ahead import MOST, Coming, Reader, Thread
from service.domain.batches import Manner, launch_at, rhythm_in, shift_minutes, shifted
from service.domain.batches import State as BatchState
from service.domain.dry_runs import expected_slots
from service.domain.left_out import left_out
from service.domain.messages import Kind as MessageKind
from service.domain.messages import State as MessageState
from service.domain.schedule import GRACE, Rhythm, minimum_gap
from service.domain.sequences import EnrolmentState, Kind, Role, Standing, State, Step, Way, choose
from service.domain.subscribers import State as SubscriberState
from service.domain.turns import after
from service.store import audiences, batches, sequences
from service.store.desk_tables import Batch
from service.store.enrolments import places_of
from service.store.subscribers import days, hours
from service.store.tables import Enrolment, Message, Sequence, Subscriber

_RUNNING: Final[ColumnElement[str]] = literal_column("'running'")
"""As partial indexes know it: SQLite does not take a value that it is given for a constant."""

_FAR: Final = -1
_WEEK: Final = 7
_AT_ONCE: Final = 500
_NO_DAYS: Final[frozenset[date]] = frozenset()


def coming(session: Session, *, now: datetime, until: datetime) -> Counter[Coming]:
    """How many letters will leave at which slot before `until`, by sequence; of what is held those that would."""
    joining = _joining(session, now=now, until=until)
    groups = _Groups(session, now, until)
    several = _is_one_of(Enrolment.subscriber_id, people := _on_several(session), joining)
    for row in session.execute(_alone(groups, ~or_(several, Enrolment.wish.is_not(None)))):
        groups.add_group(row)
    rows = session.execute(_one_by_one(groups, or_(several, Enrolment.wish.is_not(None)))).all()
    taken = _taken(session, _is_one_of(Message.subscriber_id, people, joining), now) if rows else {}
    groups.add_people(rows, joining, taken)
    return ahead.count(groups.readers, now=now, until=until)


# Batches that have not taken their readers yet


@dataclass(frozen=True, slots=True)
class _Joining:
    """Who will be on which batch once it begins, as places in `threads`; and a condition for each batch that they all meet."""

    readers: Mapping[int, tuple[int, ...]]
    threads: Many[Thread]
    fits: Many[Select[int]]

    def of(self, places: tuple[int, ...]) -> tuple[Thread, ...]:
        """What stands at some places."""
        return tuple(self.threads[place] for place in places)


def _joining(session: Session, *, now: datetime, until: datetime) -> _Joining:
    beginning = select(Batch).where(
        or_(Batch.state == BatchState.SCHEDULED, and_(Batch.state == BatchState.RUNNING, Batch.taken_all_at.is_(None)))
    )
    readers: dict[int, tuple[int, ...]] = defaultdict(tuple)
    places: dict[Thread, int] = {}
    fits = []
    for batch in session.scalars(beginning.order_by(Batch.sequence_id)).all():
        if batch.first_date is not None and launch_at(batch.first_date) < until:
            fits.append(audiences.fitting(batches.audience_of(batch), now=now))
            for reader_id, thread in _readers_of(session, batch, now=now):
                readers[reader_id] += (places.setdefault(thread, len(places)),)
    return _Joining(readers, list(places), fits)


def _readers_of(session: Session, batch: Batch, *, now: datetime) -> Iterator[tuple[int, Thread]]:
    timing, letters = batches.timing_of(batch), len(batches.letters_of(session, batch.sequence_id))
    if timing is None or not letters:
        return
    manner, batch_id = Manner(batch.manner), batch.sequence_id
    known: dict[tuple[Rhythm, int], Thread] = {}
    found = audiences.candidates(
        session, batches.audience_of(batch), now=now, after_id=batch.taken_to, not_in=batch.sequence_id
    )
    for each in found:
        key = each.rhythm, shift_minutes(each.id, timing.spread_hours)
        if key not in known:
            rhythm = rhythm_in(timing, *key)
            begins = expected_slots(rhythm, timing.first_date, 1, now=now - GRACE)[0]
            known[key] = Thread(batch_id, rhythm, begins, None, letters, is_batch=True, instead=manner is Manner.INSTEAD)
        out = left_out(
            manner,
            first=known[key].due,
            suppressed=each.suppressed,
            had=each.had,
            extras=each.extras,
            paused_until=each.paused_until,
        )
        if out is None:
            yield each.id, known[key]


# What readers are on


def _going(until: datetime) -> list[ColumnElement[bool]]:
    return [
        # That is: running. SQLite would read all that is due by its index, which takes eight times as long as the whole table.
        Enrolment.state.not_in((EnrolmentState.FINISHED, EnrolmentState.STOPPED)),
        Enrolment.next_due_at.is_not(None),
        Subscriber.state == SubscriberState.ACTIVE,
        or_(Subscriber.paused_until.is_(None), Subscriber.paused_until < until),
        Sequence.state == State.LIVE,
    ]


def _on_several(session: Session) -> Many[int] | Select[int]:
    """Who is on more than one thing: their ids where they are few."""
    every = aliased(Enrolment)
    found = select(every.subscriber_id).where(every.state == _RUNNING).group_by(every.subscriber_id)
    found = found.having(func.count() > 1)
    few = session.scalars(found.limit(_AT_ONCE + 1)).all()
    return few if len(few) <= _AT_ONCE else found


def _is_one_of(
    reader_id: InstrumentedAttribute[Any], several: Many[int] | Select[int], joining: _Joining
) -> ColumnElement[bool]:
    """Whether a reader is one of those who may get letters of more than one thing."""
    return or_(reader_id.in_(several), *(reader_id.in_(each) for each in joining.fits))


class _Fact(NamedTuple):
    """All that the dates of one enrolment come from, in the order of the queries below."""

    next_due_at: datetime
    zone: str
    never_hours: int
    hour: int
    quiet_days: str
    weekday: int
    pace_days: int
    shift_minutes: int | None
    sequence_id: int
    last: datetime | None
    paused_until: datetime | None
    reached: int


_FACTS: Final = len(_Fact._fields)
_Facts = tuple[tuple[tuple[Any, ...], int | None], ...]
"""Of each enrolment of one reader the facts, and how many letters are left where a wish says it."""
_Alike = tuple[_Facts, tuple[int, ...], frozenset[date]]


def _columns() -> list[Any]:
    return [
        Enrolment.next_due_at,
        Subscriber.zone,
        Subscriber.never_hours,
        func.coalesce(Enrolment.hour, Subscriber.hour).label("hour"),
        cast(Subscriber.quiet_days, String).label("quiet_days"),
        Enrolment.weekday,
        Enrolment.pace_days,
        Enrolment.shift_minutes,
        Enrolment.sequence_id,
    ]


def _alone(groups: "_Groups", these: ColumnElement[bool]) -> Select[Any]:
    """Readers who are on one thing, counted by all that their dates come from: the letter before only where one is late."""
    now, until = groups.now, groups.until
    pauses = Subscriber.paused_until > Enrolment.next_due_at
    late = or_(Enrolment.next_due_at < now - GRACE, pauses)
    reached = func.coalesce(Enrolment.last_letter_id, 0)
    far = and_(Enrolment.pace_days >= _WEEK, Enrolment.last_letter_id.in_(groups.far))
    one = (
        select(
            *_columns(),
            case((late, Enrolment.last_planned_at)).label("last"),
            case((pauses, Subscriber.paused_until)).label("paused_until"),
            case((far, literal(_FAR)), else_=reached).label("reached"),
        )
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .where(*_going(until), Enrolment.next_due_at < until, these)
        .subquery()
    )
    return select(*one.c, func.count().label("number")).group_by(*one.c)


def _one_by_one(groups: "_Groups", these: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            *_columns(),
            Enrolment.last_planned_at.label("last"),
            Subscriber.paused_until,
            func.coalesce(Enrolment.last_letter_id, 0).label("reached"),
            Enrolment.subscriber_id,
            Enrolment.wish,
            Enrolment.id,
        )
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .where(*_going(groups.until), these)
        .order_by(Enrolment.subscriber_id, Enrolment.id)
    )


def _taken(session: Session, these: ColumnElement[bool], now: datetime) -> dict[int, frozenset[date]]:
    """The days from yesterday on that have a letter already, of readers who may get more than one."""
    found: dict[int, frozenset[date]] = {}
    rows = session.execute(
        select(Message.subscriber_id, Message.local_day).where(
            text("messages.kind = 'letter' AND messages.state <> 'skipped'"),
            Message.kind == MessageKind.LETTER,
            Message.state != MessageState.SKIPPED,
            Message.local_day >= (now - timedelta(days=1)).date(),
            these,
        )
    )
    for reader_id, day in rows:
        if reader_id is not None and day is not None:
            found[reader_id] = found.get(reader_id, _NO_DAYS) | {day}
    return found


@dataclass(slots=True)
class _Groups:
    """Readers as the rules want to see them, and how many there are of each."""

    session: Session
    now: datetime
    until: datetime
    readers: Counter[Reader] = field(default_factory=Counter)
    ways: dict[int, "_Going"] = field(init=False)
    far: list[int] = field(init=False)
    _rhythms: dict[tuple[Any, ...], Rhythm] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read all ways once."""
        self.ways = {each.id: _Going.of(self.session, each) for each in _live(self.session)}
        most = (self.until - self.now) // minimum_gap(_WEEK) + 2
        self.far = [letter for way in self.ways.values() for letter, left in way.left.items() if letter and left >= most]

    def add_group(self, row: Row[Any]) -> None:
        """So many readers who are on one thing."""
        fact = _Fact(*row[:_FACTS])
        self.readers[Reader((self._thread(fact, self._left(fact)),), fact.paused_until)] += row.number

    def add_people(self, rows: Many[Row[Any]], joining: _Joining, taken: Mapping[int, frozenset[date]]) -> None:
        """Readers who were read one by one."""
        wishing = self._left_of_wishes([row.id for row in rows if row.wish is not None])
        alike: Counter[_Alike] = Counter()
        seen = set()
        for reader_id, mine in groupby(rows, key=lambda row: int(row.subscriber_id)):
            seen.add(reader_id)
            facts = tuple((row[:_FACTS], wishing.get(row.id)) for row in mine)
            alike[facts, joining.readers.get(reader_id, ()), taken.get(reader_id, _NO_DAYS)] += 1
        for (facts, places, days_taken), number in alike.items():
            self._add_alike(facts, joining.of(places), days_taken, number)
        for reader_id in joining.readers.keys() - seen:
            self.readers[Reader(joining.of(joining.readers[reader_id]), None, taken.get(reader_id, _NO_DAYS))] += 1

    def _add_alike(self, facts: "_Facts", joining: Many[Thread], taken: frozenset[date], number: int) -> None:
        """So many readers who are on the same: what is held is counted as if it were alone, since nothing waits for it."""
        threads, paused_until = [], _Fact(*facts[0][0]).paused_until
        for values, wished in facts:
            row = _Fact(*values)
            thread = self._thread(row, self._left(row) if wished is None else wished)
            if self.ways[row.sequence_id].held:
                self.readers[Reader((thread,), paused_until)] += number
            else:
                threads.append(thread)
        together = ahead.joined(threads, joining, now=self.now) if joining else tuple(threads)
        if together:
            self.readers[Reader(together, paused_until, taken)] += number

    def _left(self, row: "_Fact") -> int:
        return MOST if row.reached == _FAR else self.ways[row.sequence_id].left.get(row.reached, 0)

    def _thread(self, row: "_Fact", left: int) -> Thread:
        way = self.ways[row.sequence_id]
        return Thread(row.sequence_id, self._rhythm(row), row.next_due_at, row.last, left, way.is_batch, way.instead)

    def _rhythm(self, row: "_Fact") -> Rhythm:
        key: tuple[Any, ...] = tuple(row[1:8])
        if key not in self._rhythms:
            hour, minute = shifted(row.hour, row.shift_minutes or 0)
            never, quiet = hours(row.never_hours), days(json.loads(row.quiet_days))
            self._rhythms[key] = Rhythm(row.weekday, hour, row.zone, row.pace_days, never, quiet, minute)
        return self._rhythms[key]

    def _left_of_wishes(self, ids: Many[int]) -> dict[int, int]:
        """How many letters are to come to those who wished for something: that may be one more, or lead elsewhere."""
        left = {}
        for start in range(0, len(ids), _AT_ONCE):
            some = select(Enrolment).where(Enrolment.id.in_(ids[start : start + _AT_ONCE]))
            rows = self.session.scalars(some).all()
            places = places_of(self.session, rows)
            for each in rows:
                left[each.id] = _to_come(self.ways[each.sequence_id].way, places[each.id].standing)
        return left


@dataclass(frozen=True, slots=True)
class _Going:
    """A sequence of which letters go out: how many are to come after each letter, which is 0 before the first one."""

    way: Way[Step]
    left: Mapping[int, int]
    held: bool
    is_batch: bool
    instead: bool

    @classmethod
    def of(cls, session: Session, sequence: Sequence) -> "_Going":
        way = sequences.way_of(session, sequence)
        batch = session.get(Batch, sequence.id) if sequence.kind == Kind.BATCH else None
        places = [each.position for each in way.main]
        left = {each.id: _behind(places, each, again=way.again) for each in way.letters}
        instead = batch is not None and batch.manner == Manner.INSTEAD
        return cls(way, left | {0: MOST if way.again and places else len(places)}, sequence.held, batch is not None, instead)


def _live(session: Session) -> Many[Sequence]:
    return session.scalars(select(Sequence).where(Sequence.state == State.LIVE).order_by(Sequence.id)).all()


def _behind(places: Many[int], letter: Step, *, again: bool) -> int:
    """How many main letters come after one; a letter that is none of them says nothing about a place."""
    here = letter.position if letter.role == Role.MAIN else 0
    return MOST if again and places else sum(place > here for place in places)


def _to_come(way: Way[Step], standing: Standing) -> int:
    count = 0
    while count < MOST and (choice := choose(way, standing)) is not None:
        standing = after(standing, choice)
        count += 1
    return count
