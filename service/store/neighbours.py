"""What readers of an audience get of programmes beside a batch, as far as dates go; refuses to say what is near."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from service.domain.audiences import Audience
from service.domain.schedule import Rhythm
from service.domain.sequences import EnrolmentState, Kind, State
from service.store.audiences import Alike, conditions, facts, rhythm_columns, rhythm_from, shift_column
from service.store.tables import Enrolment, Sequence, Subscriber


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A programme in this rhythm, due then and last planned then, of `reader.number` readers who are alike.

    Whoever is on several programmes stands here once for each of them, with their id.
    """

    reader: Alike
    rhythm: Rhythm
    due: datetime
    last: datetime | None
    subscriber_id: int | None


def of(session: Session, audience: Audience, *, now: datetime, spread_hours: int, not_in: int) -> Iterator[Neighbour]:
    """The programmes of readers who fit an audience but for the letters they had."""
    several = (
        select(Enrolment.subscriber_id, func.count().label("number"))
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .where(*_going())
        .group_by(Enrolment.subscriber_id)
        .subquery()
    )
    own = (Enrolment.weekday, Enrolment.pace_days, Enrolment.next_due_at, Enrolment.last_planned_at)
    person = case((several.c.number > 1, Subscriber.id)).label("person")
    found: Select[Any] = (
        select(*rhythm_columns(), shift_column(spread_hours), *facts(audience), *own, person)
        .join(Enrolment, Enrolment.subscriber_id == Subscriber.id)
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .join(several, several.c.subscriber_id == Subscriber.id)
        .where(*conditions(session, audience, now=now, not_in=not_in), *_going())
    )
    every = found.subquery()
    known: dict[tuple[object, ...], Rhythm] = {}
    made: dict[tuple[Rhythm, int, int], Rhythm] = {}
    for row in session.execute(select(*every.c, func.count()).group_by(*every.c)):
        reader = Alike(rhythm_from(known, *row[:4]), *row[4:8], bool(row[8]), bool(row[9]), row[15])
        weekday, pace_days, due, last, subscriber_id = row[10:15]
        yield Neighbour(reader, _in_sequence(made, reader.rhythm, weekday, pace_days), due, last, subscriber_id)


def _in_sequence(made: dict[tuple[Rhythm, int, int], Rhythm], own: Rhythm, weekday: int, pace_days: int) -> Rhythm:
    key = (own, weekday, pace_days)
    if key not in made:
        made[key] = Rhythm(weekday, own.hour, own.zone, pace_days, own.never_hours, own.quiet_days)
    return made[key]


def _going() -> tuple[ColumnElement[bool], ...]:
    return (
        Enrolment.state == EnrolmentState.RUNNING,
        Enrolment.next_due_at.is_not(None),
        Sequence.kind == Kind.PROGRAMME,
        Sequence.state == State.LIVE,
        Sequence.held.is_(False),
    )
