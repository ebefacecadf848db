"""People as the desk looks at them: lists, and the rows of one; refuses to give what is known to the reader alone (S-8)."""

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from sqlalchemy import ColumnElement, exists, func, select

from service.domain.messages import Kind as MessageKind
from service.domain.messages import State as MessageState
from service.domain.sequences import EnrolmentState, Kind
from service.domain.sequences import State as SequenceState
from service.domain.subscribers import State
from service.store import suppressions
from service.store.database import Session
from service.store.desk_tables import Audit
from service.store.tables import (
    Attempt,
    Consent,
    ConsentText,
    Enrolment,
    History,
    Letter,
    Message,
    Sequence,
    Subscriber,
    Suppression,
)

PAUSED: Final = "paused"
"""What a list can ask for beside the states of a subscriber: active ones whose letters wait."""

_SAME_MOMENT: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Filters:
    """Whom a list shows: a state (or `paused`), a programme by its slug, a language. Empty means all."""

    state: str = ""
    programme: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody in a list. `since` is when they confirmed, or else first asked."""

    id: int
    ref: str
    address: str
    state: str
    paused: bool
    language: str
    since: datetime
    programmes: tuple[str, ...]


def count(session: Session, filters: Filters, *, now: datetime) -> int:
    """How many people a list would show in all."""
    return session.scalars(select(func.count()).select_from(Subscriber).where(*_wanted(filters, now))).one()


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many people there are in each state (or `paused`), for each language: one look at the table for all of them."""

    numbers: Mapping[tuple[str, str], int]

    def count(self, state: str = "", language: str = "") -> int:
        """How many are in a state, and read in a language, where these are given. `paused` ones are active too."""
        return sum(
            number
            for (its_state, its_language), number in self.numbers.items()
            if its_state == state or (not state and its_state != PAUSED)
            if language in ("", its_language)
        )

    @property
    def languages(self) -> list[str]:
        """The languages that people read in."""
        return sorted({language for _, language in self.numbers})


def crowd(session: Session, *, now: datetime) -> Crowd:
    """Everybody, counted."""
    pausing = func.count().filter(Subscriber.state == State.ACTIVE, Subscriber.paused_until > now)
    counted = select(Subscriber.state, Subscriber.language, func.count(), pausing)
    numbers: dict[tuple[str, str], int] = {}
    for state, language, number, pauses in session.execute(counted.group_by(Subscriber.state, Subscriber.language)):
        numbers[state, language] = number
        numbers[PAUSED, language] = numbers.get((PAUSED, language), 0) + pauses
    return Crowd(numbers)


def page(
    session: Session,
    filters: Filters,
    *,
    now: datetime,
    limit: int,
    before_id: int | None = None,
    after_id: int | None = None,
) -> list[Row]:
    """A page of a list, the newest first; of those before an id, or next to one from the other side."""
    found = select(Subscriber).where(*_wanted(filters, now))
    if after_id is not None:
        nearest = session.scalars(found.where(Subscriber.id > after_id).order_by(Subscriber.id).limit(limit)).all()
        return _rows(session, list(reversed(nearest)), now=now)
    if before_id is not None:
        found = found.where(Subscriber.id < before_id)
    return _rows(session, session.scalars(found.order_by(Subscriber.id.desc()).limit(limit)).all(), now=now)


def matching(session: Session, part: str, *, now: datetime, limit: int) -> list[Row]:
    """People whose address holds these characters somewhere, whatever their case; the newest first."""
    holds = Subscriber.address_key.contains(part.casefold(), autoescape=True)
    return _rows(
        session, session.scalars(select(Subscriber).where(holds).order_by(Subscriber.id.desc()).limit(limit)).all(), now=now
    )


def _wanted(filters: Filters, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.state == PAUSED:
        conditions += [Subscriber.state == State.ACTIVE, Subscriber.paused_until > now]
    elif filters.state:
        conditions.append(Subscriber.state == filters.state)
    if filters.language:
        conditions.append(Subscriber.language == filters.language)
    if filters.programme:
        conditions.append(_is_in(filters))
    return conditions


def _is_in(filters: Filters) -> ColumnElement[bool]:
    """Whether somebody is on the way in a programme; of those who are gone, whether they ever were."""
    mine = exists().where(Enrolment.subscriber_id == Subscriber.id, Enrolment.sequence_id == _sequence_id(filters.programme))
    if filters.state in ("", PAUSED, State.ACTIVE):
        mine = mine.where(Enrolment.state == EnrolmentState.RUNNING)
    return mine


def _sequence_id(slug: str) -> ColumnElement[int]:
    return select(Sequence.id).where(Sequence.slug == slug).scalar_subquery()


def _rows(session: Session, people: Iterable[Subscriber], *, now: datetime) -> list[Row]:
    people = list(people)
    programmes = _programmes_of(session, [each.id for each in people])
    return [
        Row(
            id=each.id,
            ref=each.ref,
            address=each.address,
            state=each.state,
            paused=each.state == State.ACTIVE and each.paused_until is not None and each.paused_until > now,
            language=each.language,
            since=each.confirmed_at or each.created_at,
            programmes=programmes.get(each.id, ()),
        )
        for each in people
    ]


def _programmes_of(session: Session, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    found = session.execute(
        select(Enrolment.subscriber_id, Sequence.title)
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .where(Enrolment.subscriber_id.in_(ids), Enrolment.state == EnrolmentState.RUNNING)
        .order_by(Enrolment.subscriber_id, Enrolment.id)
    )
    return {person: tuple(title for _, title in rows) for person, rows in groupby(found, key=lambda row: row[0])}


def programmes(session: Session) -> Many[Sequence]:
    """All programmes that are not retired, by title."""
    wanted = Sequence.kind == Kind.PROGRAMME, Sequence.state != SequenceState.RETIRED
    return session.scalars(select(Sequence).where(*wanted).order_by(Sequence.title)).all()


def languages(session: Session) -> list[str]:
    """The languages that people read in."""
    return sorted(session.scalars(select(Subscriber.language).distinct()))


# ---- One person ----


def consents_of(session: Session, subscriber_id: int) -> list[tuple[Consent, str]]:
    """Every sign-up of somebody with the text that was shown then, the newest first."""
    found = session.execute(
        select(Consent, ConsentText.body)
        .join(ConsentText, ConsentText.id == Consent.text_id)
        .where(Consent.subscriber_id == subscriber_id)
        .order_by(Consent.id.desc())
    )
    return [(consent, body) for consent, body in found]


def enrolments_of(session: Session, subscriber_id: int) -> list[tuple[Enrolment, Sequence]]:
    """Every run of somebody through a sequence, the newest first."""
    found = session.execute(
        select(Enrolment, Sequence)
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .where(Enrolment.subscriber_id == subscriber_id)
        .order_by(Enrolment.id.desc())
    )
    return [(enrolment, sequence) for enrolment, sequence in found]


def history_of(session: Session, enrolment_id: int) -> list[tuple[History, str | None]]:
    """The facts of an enrolment with the names of the letters they are about, the oldest first."""
    found = session.execute(
        select(History, Letter.name)
        .outerjoin(Letter, Letter.id == History.letter_id)
        .where(History.enrolment_id == enrolment_id)
        .order_by(History.id)
    )
    return [(fact, name) for fact, name in found]


def messages_of(
    session: Session, subscriber_id: int, *, limit: int, before_id: int | None = None
) -> list[tuple[Message, str | None]]:
    """The newest mail to somebody, with the names of letters."""
    found = (
        select(Message, Letter.name)
        .outerjoin(Letter, Letter.id == Message.letter_id)
        .where(Message.subscriber_id == subscriber_id)
        .order_by(Message.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        found = found.where(Message.id < before_id)
    return [(message, name) for message, name in session.execute(found)]


def attempts_of(session: Session, message_ids: Collection[int]) -> dict[int, list[Attempt]]:
    """The tries of messages that were not accepted at once, the oldest first."""
    found = session.scalars(select(Attempt).where(Attempt.message_id.in_(message_ids)).order_by(Attempt.message_id, Attempt.id))
    return {message_id: list(rows) for message_id, rows in groupby(found, key=lambda row: row.message_id)}


def came_back(session: Session, subscriber_id: int) -> tuple[datetime | None, datetime | None]:
    """When mail to somebody came back for good, and when they complained about one: the last time of each."""
    found = select(func.max(Message.bounced_at), func.max(Message.complained_at)).where(Message.subscriber_id == subscriber_id)
    bounced, complained = session.execute(found).one()
    return bounced, complained


def suppression_of(session: Session, hashes: Collection[str], *, from_a_list: bool = False) -> Suppression | None:
    """Why and since when an address is not written to, or with `from_a_list` not brought by a list; None where it may be."""
    by_lists_alone = Suppression.reason == suppressions.LEFT
    found = select(Suppression).where(Suppression.hash.in_(hashes)).order_by(by_lists_alone, Suppression.created_at)
    return session.scalar((found if from_a_list else found.where(~by_lists_alone)).limit(1))


def ended_at_desk(session: Session, ref: str, left_at: datetime, deeds: Collection[str]) -> bool:
    """Whether the trail says that somebody was stopped at the desk at that moment, by one of these deeds."""
    line = exists().where(
        Audit.about == f"person:{ref}", Audit.what.in_(deeds), Audit.at >= left_at, Audit.at <= left_at + _SAME_MOMENT
    )
    return bool(session.scalar(select(line)))


def wrote_since(session: Session, subscriber_id: int, kind: MessageKind, since: datetime) -> bool:
    """Whether a letter of a kind was planned for somebody since then, and not skipped."""
    line = exists().where(
        Message.subscriber_id == subscriber_id,
        Message.kind == kind,
        Message.planned_at > since,
        Message.state != MessageState.SKIPPED,
    )
    return bool(session.scalar(select(line)))
