"""What readers of an audience get of programmes beside a batch, as far as dates go; refuses to say what is near."""

from collections.abc import Iterator
from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, literal_column, null, select
from sqlalchemy.orm import Session

from service.domain.audiences import Audience
from service.domain.dry_runs import NEAR
from service.domain.schedule import Rhythm
from service.domain.sequences import EnrolmentState, Kind, State
from service.store import audiences
from service.store.packed import Field, pack, unpack
from service.store.tables import Enrolment, Sequence, Subscriber

_FEW: Final = 500
_RUNNING: Final[ColumnElement[str]] = literal_column("'running'")
"""As partial indexes know it: SQLite does not take a value that it is given for a constant."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A programme in this rhythm, due then and last planned then, of `number` readers who are alike.

    Their own rhythm is `own`, and a spread batch comes later to them by `shift` minutes. Whoever is on several programmes
    stands here once for each of them, with their id. A pause that ends before the batch begins is not told, and neither is a
    last letter that lies more than a day before: they make no difference.
    """

    own: Rhythm
    shift: int
    extras: bool
    paused_until: datetime | None
    number: int
    rhythm: Rhythm
    due: datetime
    last: datetime | None
    subscriber_id: int | None


def of(
    session: Session, audience: Audience, *, now: datetime, begins: datetime, spread_hours: int, not_in: int
) -> Iterator[Neighbour]:
    """The programmes of readers who fit an audience and are not suppressed. The batch leaves at `begins` or later."""
    programmes = _programmes(session)
    fields = (
        Field(Enrolment.pace_days.expression, 0),
        *audiences.own_numbers(spread_hours),
        Field(Enrolment.weekday.expression, 7),
    )
    paused = case((Subscriber.paused_until > begins, Subscriber.paused_until))
    last = case((Enrolment.last_planned_at > begins - NEAR, Enrolment.last_planned_at))
    person = _person(session, programmes)
    own = (pack(fields).label("numbers"), *audiences.own_words(), paused.label("paused"), Enrolment.next_due_at)
    found = select(*own, last.label("last"), person.label("person")).where(*audiences.not_had(audience))
    every = found.where(*_going(session, programmes, most=not audiences.is_narrow(audience)))
    few = found.where(*_going(session, programmes, most=False))
    groups = audiences.counted(session, every, few, audience, now=now, not_in=not_in)
    known: dict[tuple[object, ...], Rhythm] = {}
    made: dict[tuple[Rhythm, int, int], Rhythm] = {}
    for (packed, zone, quiet, paused_until, due, last_at, subscriber_id, suppressed), number in groups.items():
        if suppressed:
            continue
        pace_days, never, hour, shift, extras, weekday = unpack(fields, packed)
        reader = audiences.rhythm_from(known, zone, hour, never, quiet)
        yield Neighbour(
            own=reader,
            shift=shift,
            extras=bool(extras),
            paused_until=paused_until,
            number=number,
            rhythm=_in_sequence(made, reader, weekday, pace_days),
            due=due,
            last=last_at,
            subscriber_id=subscriber_id,
        )


def _in_sequence(made: dict[tuple[Rhythm, int, int], Rhythm], own: Rhythm, weekday: int, pace_days: int) -> Rhythm:
    key = (own, weekday, pace_days)
    if key not in made:
        made[key] = Rhythm(weekday, own.hour, own.zone, pace_days, own.never_hours, own.quiet_days)
    return made[key]


def _programmes(session: Session) -> Many[int]:
    """The ids of programmes of which letters leave."""
    found = select(Sequence.id).where(Sequence.kind == Kind.PROGRAMME, Sequence.state == State.LIVE, Sequence.held.is_(False))
    return session.scalars(found).all()


def _going(session: Session, programmes: Many[int], *, most: bool) -> tuple[ColumnElement[bool], ...]:
    """The enrolments of readers in programmes of which letters leave.

    For most readers SQLite is to read all enrolments in the order in which they lie, for few those of each reader: by any other
    index it takes three times as long. It uses none for what is added to. PostgreSQL knows best, where nothing is.
    """
    sequence_id: ColumnElement[int] = Enrolment.sequence_id.expression
    subscriber_id: ColumnElement[int] = Enrolment.subscriber_id.expression
    runs = Enrolment.state == _RUNNING
    if session.get_bind().dialect.name == "sqlite":
        sequence_id = sequence_id + 0
        subscriber_id = subscriber_id + 0 if most else subscriber_id
        runs = Enrolment.state.not_in((EnrolmentState.FINISHED, EnrolmentState.STOPPED)) if most else runs
    return subscriber_id == Subscriber.id, runs, Enrolment.next_due_at.is_not(None), sequence_id.in_(programmes)


def _person(session: Session, programmes: Many[int]) -> ColumnElement[Any]:
    """The id of whoever is on several programmes; none for all others."""
    found: Select[int] = (
        select(Enrolment.subscriber_id)
        .where(Enrolment.state == _RUNNING, (Enrolment.sequence_id + 0).in_(programmes))
        .group_by(Enrolment.subscriber_id)
        .having(func.count() > 1)
    )
    few = session.scalars(found.limit(_FEW + 1)).all()
    if not few:
        return null()
    return case((Subscriber.id.in_(few if len(few) <= _FEW else found), Subscriber.id))
