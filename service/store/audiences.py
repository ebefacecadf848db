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

from sqlalchemy import BigInteger, ColumnElement, Select, String, and_, cast, exists, false, func, literal, or_, select
from sqlalchemy.orm import Session

from service.domain.audiences import Audience
from service.domain.batches import SHIFT_STEP
from service.domain.messages import State as MessageState
from service.domain.schedule import Rhythm
from service.domain.sequences import EnrolmentState, Kind, LetterState, Role, Wish
from service.domain.subscribers import State as SubscriberState
from service.store import suppressions
from service.store.packed import Field, flag, in_groups, pack, unpack
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
    is_whole = limit is None
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
        *((suppressions.bars(Subscriber.address_hash), _had(audience)) if is_whole else (false(), false())),
    ).where(Subscriber.id > after_id, *_fits(audience, now=now))
    if not_in is not None:
        found = found.where(~_was_in(not_in))
    rows = session.execute(found.order_by(Subscriber.id).limit(limit)).all()
    barred, had = (set(), set()) if is_whole else _barred_and_had(session, audience, [row.id for row in rows])
    known: dict[tuple[object, ...], Rhythm] = {}
    return [
        Candidate(
            row.id,
            _rhythm(known, row.zone, row.hour, row.never_hours, tuple(row.quiet_days)),
            row.address,
            row.language,
            row.extras,
            row.paused_until,
            suppressed=bool(row[9]) or row.id in barred,
            had=bool(row[10]) or row.id in had,
        )
        for row in rows
    ]


def _barred_and_had(session: Session, audience: Audience, ids: list[int]) -> tuple[set[int], set[int]]:
    """Who of some readers is suppressed, and who had a letter. In one query PostgreSQL would look that up for everybody."""
    some = select(Subscriber.id).where(Subscriber.id.in_(ids))
    barred = session.scalars(some.where(suppressions.is_barred(Subscriber.address_hash))).all() if ids else ()
    had = session.scalars(some.where(_had(audience))).all() if ids and audience.without_letter else ()
    return set(barred), set(had)


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
    fields = (*own_numbers(spread_hours), flag(_had(audience)))
    key = (pack(fields).label("numbers"), *own_words(), Subscriber.language, Subscriber.paused_until)
    found = counted(session, select(*key), select(*key), audience, now=now, not_in=not_in)
    known: dict[tuple[object, ...], Rhythm] = {}
    groups = []
    for (packed, zone, quiet, language, paused_until, suppressed), number in found.items():
        never, hour, shift, extras, had = unpack(fields, packed)
        rhythm = rhythm_from(known, zone, hour, never, quiet)
        groups.append(Alike(rhythm, shift, language, bool(extras), paused_until, suppressed, bool(had), number))
    return groups


def counted(
    session: Session, every: Select[Any], few: Select[Any], audience: Audience, *, now: datetime, not_in: int
) -> Counter[tuple[Any, ...]]:
    """How many fitting readers there are in each group of a query; each key ends with whether they are suppressed.

    They fit but for the letters they had, and were never enrolled in a sequence. Suppressed readers are few: they are counted
    by themselves and taken off, so that nobody else is looked up among them; `few` is the same query in a form for few readers.
    """
    others = [~_was_in(not_in)] if _anybody_in(session, not_in) else []
    every = every.where(*_fits(audience, now=now, at_once=True), *others)
    barred = few.where(*_fits(audience, now=now), *others, suppressions.is_barred(Subscriber.address_hash))
    groups: Counter[tuple[Any, ...]] = Counter()
    for *key, number in session.execute(in_groups(every)):
        groups[*key, False] += number
    for *key, number in session.execute(in_groups(barred)):
        groups[*key, False] -= number
        groups[*key, True] += number
    return +groups


def _anybody_in(session: Session, sequence_id: int) -> bool:
    """Whether anybody was ever enrolled: a batch has nobody before it begins, and then it need not be asked of each."""
    return session.scalar(select(Enrolment.id).where(Enrolment.sequence_id == sequence_id).limit(1)) is not None


def own_numbers(spread_hours: int) -> tuple[Field, ...]:
    """What is a number of a reader's own rhythm and wishes: shut hours, the hour, the shift of a spread batch, extras."""
    return (
        Field(Subscriber.never_hours.expression, 1 << 24),
        Field(Subscriber.hour.expression, 24),
        Field(_shift(spread_hours), max(spread_hours * 60, 1)),
        flag(Subscriber.extras.is_(True)),
    )


def own_words() -> tuple[ColumnElement[Any], ...]:
    """What else a reader's own rhythm is made of, in a form that can be grouped by."""
    return (Subscriber.zone.expression, cast(Subscriber.quiet_days, String).label("quiet"))


def rhythm_from(known: dict[tuple[object, ...], Rhythm], zone: str, hour: int, never: int, quiet: str) -> Rhythm:
    """A reader's own rhythm of these columns; thousands of readers share a few."""
    return _rhythm(known, zone, hour, never, tuple(json.loads(quiet)))


def _shift(spread_hours: int) -> ColumnElement[int]:
    """What `service.domain.batches.shift_minutes` says of a reader."""
    return cast(Subscriber.id, BigInteger) * SHIFT_STEP % (spread_hours * 60) if spread_hours else literal(0)


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
    found = select(Subscriber.extras, func.count()).where(*not_had(audience)).group_by(Subscriber.extras)
    every = found.where(*_fits(audience, now=now, at_once=True))
    barred = found.where(*_fits(audience, now=now), suppressions.is_barred(Subscriber.address_hash))
    counts: Counter[bool] = Counter()
    for query, sign in ((every, 1), (barred, -1)):
        for extras, number in session.execute(query):
            counts[bool(extras)] += sign * number
    return counts.total(), counts[True]


def anybody(session: Session, audience: Audience, *, now: datetime, extras_only: bool) -> bool:
    """Whether `count` is above zero. Quick where it is."""
    if is_narrow(audience):  # PostgreSQL takes somebody for near, and looks for them reader by reader
        return count(session, audience, now=now, extras_only=extras_only) > 0
    found = select(Subscriber.id).where(
        *_fits(audience, now=now), *not_had(audience), ~suppressions.bars(Subscriber.address_hash)
    )
    wanted = found.where(Subscriber.extras.is_(True)) if extras_only else found
    return session.scalar(wanted.limit(1)) is not None


def is_narrow(audience: Audience) -> bool:
    """Whether it is asked what readers are on, have finished or had."""
    asked = (audience.programme, audience.weeks_min, audience.weeks_max, audience.finished, audience.without_letter or None)
    return any(each is not None for each in asked)


def are_many(session: Session) -> bool:
    """Whether so many people were ever here that looking at each takes a while."""
    return (session.scalar(select(func.max(Subscriber.id))) or 0) > MANY


def not_had(audience: Audience) -> list[ColumnElement[bool]]:
    """That a reader had none of the letters, where that is asked."""
    return [~_had(audience)] if audience.without_letter else []


def _was_in(sequence_id: int) -> ColumnElement[bool]:
    mine = exists().where(Enrolment.subscriber_id == Subscriber.id, Enrolment.sequence_id == sequence_id)
    return mine.correlate(Subscriber)


def _had(audience: Audience) -> ColumnElement[bool]:
    if not audience.without_letter:
        return false()  # an empty list would be looked for in the messages of every reader
    # By the enrolment and from two indexes alone: somebody may have had hundreds of letters, and each would be looked at.
    of_mine = exists().where(
        Message.enrolment_id == Enrolment.id,
        Message.letter_id.in_(audience.without_letter),
        Message.state.in_(HAD),
    )
    return exists().where(Enrolment.subscriber_id == Subscriber.id, of_mine.correlate(Enrolment)).correlate(Subscriber)


def _fits(audience: Audience, *, now: datetime, at_once: bool = False) -> Iterator[ColumnElement[bool]]:
    """All that is asked, but for the letters. `at_once` is for queries that look at all readers, not at the next few."""
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
        yield _is_mine(_finished(audience.finished), at_once=at_once)
    if (audience.programme, audience.weeks_min, audience.weeks_max) != (None, None, None):
        yield _is_mine(_is_on(audience, now=now), at_once=at_once)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)


def _is_mine(enrolled: Select[int], *, at_once: bool) -> ColumnElement[bool]:
    """Whether a reader is one of those enrolled. For all at once SQLite looks them up before, not for each reader again."""
    if at_once:
        return Subscriber.id.in_(enrolled)
    return enrolled.where(Enrolment.subscriber_id == Subscriber.id).correlate(Subscriber).exists()


def _finished(slug: str) -> Select[int]:
    return (
        select(Enrolment.subscriber_id)
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .where(Enrolment.state == EnrolmentState.FINISHED, Sequence.slug == slug)
    )


def _is_on(audience: Audience, *, now: datetime) -> Select[int]:
    """Those with one running enrolment in a programme of which everything is true that is asked."""
    found = (
        select(Enrolment.subscriber_id)
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .where(Enrolment.state == EnrolmentState.RUNNING, Sequence.kind == Kind.PROGRAMME)
    )
    if audience.programme is not None:
        found = found.where(Sequence.slug == audience.programme)
    if audience.weeks_min is not None:
        found = found.where(Enrolment.created_at <= now - audience.weeks_min * _WEEK)
    if audience.weeks_max is not None:
        found = found.where(Enrolment.created_at > now - (audience.weeks_max + 1) * _WEEK)
    return found if audience.phase is None else found.where(_is_in_phase(audience.phase))


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
