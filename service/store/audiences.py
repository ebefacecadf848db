"""Finds the readers of an audience; refuses to ask anything of them but what the audience says.

`service.domain.audiences.misses` says what each condition means; a test holds these queries to it.
"""

import json
from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, String, and_, case, cast, exists, false, func, literal, or_, select
from sqlalchemy.orm import Session

from service.domain.audiences import Audience
from service.domain.batches import SHIFT_STEP
from service.domain.messages import State as MessageState
from service.domain.schedule import Rhythm
from service.domain.sequences import EnrolmentState, Kind, LetterState, Role, Wish
from service.domain.subscribers import State as SubscriberState
from service.store import suppressions
from service.store.subscribers import days, hours
from service.store.tables import Enrolment, Letter, Message, Phase, Sequence, Subscriber

HAD = (MessageState.DUE, MessageState.SENDING, MessageState.SENT, MessageState.UNKNOWN)
"""A letter in one of these states is one that a reader had, or is about to have."""

MANY: Final = 5_000
"""Of more people a page does not count before it answers what takes a look at each of them."""

_WEEK = timedelta(weeks=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reader who fits an audience but for the letters they had: `rhythm` is their own, of no sequence yet."""

    id: int
    rhythm: Rhythm
    address: str
    language: str
    extras: bool
    paused_until: datetime | None
    suppressed: bool
    had: bool


def candidates(
    session: Session,
    audience: Audience,
    *,
    now: datetime,
    after_id: int = 0,
    limit: int | None = None,
    not_in: int | None = None,
) -> list[Candidate]:
    """Active readers who fit, by id, those who had one of the letters marked as such.

    `after_id` and `limit` take a chunk; `not_in` leaves out whoever was ever enrolled in that sequence.
    """
    found = select(
        Subscriber.id,
        Subscriber.zone,
        Subscriber.hour,
        Subscriber.never_hours,
        Subscriber.quiet_days,
        Subscriber.address,
        Subscriber.language,
        Subscriber.extras,
        Subscriber.paused_until,
        suppressions.bars(Subscriber.address_hash).label("suppressed"),
        _had(audience).label("had"),
    ).where(Subscriber.id > after_id, *_fits(audience, now=now))
    if not_in is not None:
        found = found.where(~_was_in(not_in))
    known: dict[tuple[object, ...], Rhythm] = {}
    return [
        Candidate(
            row.id,
            _rhythm(known, row.zone, row.hour, row.never_hours, tuple(row.quiet_days)),
            row.address,
            row.language,
            row.extras,
            row.paused_until,
            bool(row.suppressed),
            bool(row.had),
        )
        for row in session.execute(found.order_by(Subscriber.id).limit(limit))
    ]


def _rhythm(known: dict[tuple[object, ...], Rhythm], zone: str, hour: int, never: int, quiet: tuple[str, ...]) -> Rhythm:
    """A reader's own rhythm; thousands of readers share a few."""
    key = (zone, hour, never, quiet)
    if key not in known:
        known[key] = Rhythm(0, hour, zone, 7, hours(never), days(quiet))
    return known[key]


@dataclass(frozen=True, slots=True)
class Alike:
    """So many readers of whom all of this is true; `shift` is by how many minutes a spread batch comes later to them."""

    rhythm: Rhythm
    shift: int
    language: str
    extras: bool
    paused_until: datetime | None
    suppressed: bool
    had: bool
    number: int


def grouped(session: Session, audience: Audience, *, now: datetime, spread_hours: int, not_in: int) -> list[Alike]:
    """The same readers as those of `candidates`, those who are alike counted together: some thousand groups of any crowd."""
    key = (*rhythm_columns(), shift_column(spread_hours), *facts(audience))
    every = select(*key).where(*conditions(session, audience, now=now, not_in=not_in)).subquery()
    known: dict[tuple[object, ...], Rhythm] = {}
    return [
        Alike(rhythm_from(known, *row[:4]), *row[4:8], bool(row[8]), bool(row[9]), row[10])
        for row in session.execute(select(*every.c, func.count()).group_by(*every.c))
    ]


def conditions(session: Session, audience: Audience, *, now: datetime, not_in: int) -> list[ColumnElement[bool]]:
    """That a reader fits, but for the letters they had, and was never enrolled in a sequence.

    Of a sequence that nobody was in, it is not asked: a batch has nobody before it begins.
    """
    anybody = session.scalar(select(Enrolment.id).where(Enrolment.sequence_id == not_in).limit(1)) is not None
    return [*_fits(audience, now=now), *([~_was_in(not_in)] if anybody else [])]


def facts(audience: Audience) -> tuple[ColumnElement[Any], ...]:
    """What leaving a reader out is decided by."""
    return (
        Subscriber.language.expression,
        Subscriber.extras.expression,
        Subscriber.paused_until.expression,
        case((suppressions.bars(Subscriber.address_hash), 1), else_=0).label("suppressed"),
        case((_had(audience), 1), else_=0).label("had"),
    )


def rhythm_columns() -> tuple[ColumnElement[Any], ...]:
    """What a reader's own rhythm is made of, in a form that can be grouped by."""
    quiet = cast(Subscriber.quiet_days, String).label("quiet")
    return (Subscriber.zone.expression, Subscriber.hour.expression, Subscriber.never_hours.expression, quiet)


def rhythm_from(known: dict[tuple[object, ...], Rhythm], zone: str, hour: int, never: int, quiet: str) -> Rhythm:
    """A reader's own rhythm of these columns; thousands of readers share a few."""
    return _rhythm(known, zone, hour, never, tuple(json.loads(quiet)))


def shift_column(spread_hours: int) -> ColumnElement[int]:
    """What `service.domain.batches.shift_minutes` says of a reader."""
    if not spread_hours:
        return literal(0).label("shift")
    return (cast(Subscriber.id, BigInteger) * SHIFT_STEP % (spread_hours * 60)).label("shift")


def newcomers(
    session: Session, audience: Audience, sequence_id: int, *, extras_only: bool, now: datetime, limit: int
) -> Many[int]:
    """The ids of readers who fit by now, were never enrolled in the sequence, and can get a letter now."""
    found = select(Subscriber.id).where(
        *_fits(audience, now=now),
        ~_had(audience),
        ~suppressions.bars(Subscriber.address_hash),
        ~_was_in(sequence_id),
        or_(Subscriber.paused_until.is_(None), Subscriber.paused_until <= now),
    )
    if extras_only:
        found = found.where(Subscriber.extras.is_(True))
    return session.scalars(found.order_by(Subscriber.id).limit(limit)).all()


def fitting(audience: Audience, *, now: datetime) -> Select[int]:
    """The ids of all active readers who fit but for the letters they had, as a condition of other queries."""
    return select(Subscriber.id).where(*_fits(audience, now=now))


def count(session: Session, audience: Audience, *, now: datetime, extras_only: bool = False) -> int:
    """How many active readers fit who are not suppressed; with `extras_only` of those who accept extras."""
    fits, wanting = count_both(session, audience, now=now)
    return wanting if extras_only else fits


def count_both(session: Session, audience: Audience, *, now: datetime) -> tuple[int, int]:
    """How many active readers fit who are not suppressed, and how many of those accept extras: one look for both.

    Suppressed readers are few: they are counted by themselves and taken off, so that nobody else is looked up among them.
    """
    every = select(Subscriber.extras, func.count()).where(*_fits(audience, now=now), *_not_had(audience))
    barred = every.where(suppressions.is_barred(Subscriber.address_hash))
    counts: Counter[bool] = Counter()
    for found, sign in ((every, 1), (barred, -1)):
        for extras, number in session.execute(found.group_by(Subscriber.extras)):
            counts[bool(extras)] += sign * number
    return counts.total(), counts[True]


def anybody(session: Session, audience: Audience, *, now: datetime, extras_only: bool) -> bool:
    """Whether `count` is above zero. Quick where it is."""
    found = select(Subscriber.id).where(
        *_fits(audience, now=now), *_not_had(audience), ~suppressions.bars(Subscriber.address_hash)
    )
    wanted = found.where(Subscriber.extras.is_(True)) if extras_only else found
    return session.scalar(wanted.limit(1)) is not None


def are_many(session: Session) -> bool:
    """Whether so many people were ever here that looking at each takes a while."""
    return (session.scalar(select(func.max(Subscriber.id))) or 0) > MANY


def _not_had(audience: Audience) -> list[ColumnElement[bool]]:
    return [~_had(audience)] if audience.without_letter else []


def _was_in(sequence_id: int) -> ColumnElement[bool]:
    mine = exists().where(Enrolment.subscriber_id == Subscriber.id, Enrolment.sequence_id == sequence_id)
    return mine.correlate(Subscriber)


def _had(audience: Audience) -> ColumnElement[bool]:
    if not audience.without_letter:
        return false()  # an empty list would be looked for in the messages of every reader
    return exists().where(
        Message.subscriber_id == Subscriber.id,
        Message.letter_id.in_(audience.without_letter),
        Message.state.in_(HAD),
    )


def _fits(audience: Audience, *, now: datetime) -> Iterator[ColumnElement[bool]]:
    """All that is asked, but for the letters."""
    yield Subscriber.state == SubscriberState.ACTIVE
    if audience.languages:
        yield Subscriber.language.in_(audience.languages)
    if audience.countries:
        yield Subscriber.country.in_(audience.countries)
    signed_up = func.coalesce(Subscriber.confirmed_at, Subscriber.created_at)
    if audience.signed_up_from is not None:
        yield signed_up >= _start(audience.signed_up_from)
    if audience.signed_up_until is not None:
        yield signed_up < _start(audience.signed_up_until + _DAY)
    if audience.finished is not None:
        yield _finished(audience.finished)
    if (audience.programme, audience.weeks_min, audience.weeks_max) != (None, None, None):
        yield _is_on(audience, now=now)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)


def _finished(slug: str) -> ColumnElement[bool]:
    return (
        exists()
        .where(Enrolment.subscriber_id == Subscriber.id, Enrolment.state == EnrolmentState.FINISHED)
        .where(Sequence.id == Enrolment.sequence_id, Sequence.slug == slug)
        .correlate(Subscriber)
    )


def _is_on(audience: Audience, *, now: datetime) -> ColumnElement[bool]:
    """One running enrolment in a programme of which everything is true that is asked."""
    found = exists().where(
        Enrolment.subscriber_id == Subscriber.id,
        Enrolment.state == EnrolmentState.RUNNING,
        Sequence.id == Enrolment.sequence_id,
        Sequence.kind == Kind.PROGRAMME,
    )
    if audience.programme is not None:
        found = found.where(Sequence.slug == audience.programme)
    if audience.weeks_min is not None:
        found = found.where(Enrolment.created_at <= now - audience.weeks_min * _WEEK)
    if audience.weeks_max is not None:
        found = found.where(Enrolment.created_at > now - (audience.weeks_max + 1) * _WEEK)
    return (found.where(_is_in_phase(audience.phase)) if audience.phase is not None else found).correlate(Subscriber)


def _is_in_phase(key: str) -> ColumnElement[bool]:
    """The phase of the main letter that was reached; before the first letter, the one that the reader will be in."""
    reached = (
        exists()
        .where(Letter.id == Enrolment.last_letter_id, Phase.id == Letter.phase_id, Phase.key == key)
        .correlate(Enrolment)
    )
    wished = exists().where(Phase.id == Enrolment.wish_phase_id, Phase.key == key).correlate(Enrolment)
    begins = (
        select(Letter.phase_id)
        .where(Letter.sequence_id == Enrolment.sequence_id, Letter.role == Role.MAIN, Letter.state == LetterState.LIVE)
        .order_by(Letter.position)
        .limit(1)
        .correlate(Enrolment)
        .scalar_subquery()
    )
    usual = exists().where(Phase.id == begins, Phase.key == key).correlate(Enrolment)
    not_begun = Enrolment.last_letter_id.is_(None)
    has_wish = Enrolment.wish.is_not_distinct_from(Wish.PART)
    return or_(reached, and_(not_begun, has_wish, wished), and_(not_begun, ~has_wish, usual))
