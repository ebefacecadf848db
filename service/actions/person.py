"""What the desk may know of one person, and of the letters that will come to them; refuses to change anything.

Zone, country, hours without mail and quiet days are known to the reader alone (S-8), and so is every instant that would tell
them: of what is still to come there is the day only, on the clocks of whoever looks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from service.actions import coming, drafts
from service.domain.addresses import masked
from service.domain.imports.rules import METHOD
from service.domain.messages import WAITING
from service.domain.schedule import UNTIL_I_SAY, local_day
from service.domain.sequences import EnrolmentState, phase_of
from service.domain.sequences import Kind as SequenceKind
from service.domain.stops import Facts, Standstill, why
from service.domain.stops import Track as TrackFacts
from service.domain.subscribers import State
from service.mail.tokens import Keyring
from service.store import enrolments, holds, people, sequences, subscribers
from service.store.tables import Consent, Enrolment, History, Phase, Sequence, Subscriber, Suppression

STOPPED: Final = "person stopped"
SUPPRESSED: Final = "person not to be written to"
"""What the trail says of the two deeds at the desk that end all letters to somebody."""

AT_DESK: Final = ("desk:", "import:")
"""How the sources of suppressions begin that somebody at the desk added."""

ON_A_PAGE: Final = 50
_ADDRESS: Final = re.compile(r"[^\s<>()\[\]\"',;:]+@[^\s<>()\[\]\"',;]+")


@dataclass(frozen=True, slots=True)
class ConsentView:
    """One sign-up: what was asked for and shown then, when, and from which network."""

    programme: str
    text: str
    form: str
    network: str
    method: str
    asked_at: datetime
    confirmed_at: datetime | None
    confirm_network: str
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class FactView:
    """Something that happened on an enrolment, and the letter that it was about."""

    at: datetime
    what: str
    letter: str


@dataclass(frozen=True, slots=True)
class EnrolmentView:
    """One run through a sequence. `next_day` is on the clocks of whoever looks; `part` is a plain name."""

    id: int
    title: str
    is_batch: bool
    state: str
    held: bool
    part: str
    letters: int
    pace_days: int
    begun_at: datetime
    stopped_at: datetime | None
    why: str
    next_day: date | None
    facts: tuple[FactView, ...]


@dataclass(frozen=True, slots=True)
class TryView:
    """One try that was not accepted at once."""

    at: datetime
    outcome: str
    phase: str
    code: int | None
    text: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """One e-mail. `at` is the instant of its end; while it waits there is none, only a `day`."""

    id: int
    kind: str
    letter: str
    letter_id: int | None
    version_id: int | None
    state: str
    reason: str
    at: datetime | None
    day: date
    code: int | None
    text: str
    bounced_at: datetime | None
    complained_at: datetime | None
    tries: tuple[TryView, ...]


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person. `address` is in full or masked, as was asked for; `paused_day` is None for a pause until they say."""

    ref: str
    address: str
    state: State
    language: str
    discreet: bool
    extras: bool
    created_at: datetime
    confirmed_at: datetime | None
    left_at: datetime | None
    paused: bool
    paused_day: date | None
    suppressed_as: str
    suppressed_at: datetime | None
    standstill: Standstill
    next_day: date | None
    consents: tuple[ConsentView, ...]
    enrolments: tuple[EnrolmentView, ...]
    messages: tuple[MessageView, ...]
    older: int | None
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """One run through a sequence with its facts, read once for all that is said of it."""

    enrolment: Enrolment
    sequence: Sequence
    history: list[tuple[History, str | None]]


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks: the zone of their clocks, and whether they may see addresses in full."""

    zone: str
    in_full: bool


def view(
    session: Session, ref: str, looking: Looking, *, keys: Keyring, now: datetime, before_id: int | None = None
) -> PersonView | None:
    """The page of one person, with their mail from the newest on or older than an id; None for an id that nobody has."""
    subscriber = subscribers.by_ref(session, ref)
    if subscriber is None:
        return None
    hashes = [value for _, value in keys.address_hashes(subscriber.address_key)]
    suppression = people.suppression_of(session, hashes)
    paused = subscriber.paused_until is not None and subscriber.paused_until > now
    until = subscriber.paused_until if paused and subscriber.paused_until != UNTIL_I_SAY else None
    days = {} if suppression else coming.next_days(session, subscriber, zone=looking.zone, now=now)
    runs, sign_ups = _runs(session, subscriber), people.consents_of(session, subscriber.id)
    messages = _messages(session, subscriber, looking.zone, before_id)
    return PersonView(
        ref=subscriber.ref,
        address=subscriber.address if looking.in_full else masked(subscriber.address),
        state=State(subscriber.state),
        language=subscriber.language,
        discreet=subscriber.discreet,
        extras=subscriber.extras,
        created_at=subscriber.created_at,
        confirmed_at=subscriber.confirmed_at,
        left_at=subscriber.left_at,
        paused=paused,
        paused_day=local_day(until, looking.zone) if until else None,
        suppressed_as=suppression.reason if suppression else "",
        suppressed_at=suppression.created_at if suppression else None,
        standstill=why(_facts(session, subscriber, suppression, runs, sign_ups), now=now),
        next_day=min(days.values(), default=None),
        consents=tuple(_consents(session, sign_ups)),
        enrolments=tuple(_enrolments(session, runs, days)),
        messages=tuple(messages[:ON_A_PAGE]),
        older=messages[ON_A_PAGE - 1].id if len(messages) > ON_A_PAGE else None,
        others=_others(session, subscriber),
    )


def _runs(session: Session, subscriber: Subscriber) -> list[_Run]:
    return [
        _Run(enrolment, sequence, people.history_of(session, enrolment.id))
        for enrolment, sequence in people.enrolments_of(session, subscriber.id)
    ]


def _consents(session: Session, sign_ups: list[tuple[Consent, str]]) -> Iterator[ConsentView]:
    for consent, text in sign_ups:
        sequence = sequences.by_slug(session, consent.programme)
        yield ConsentView(
            programme=sequence.title if sequence else consent.programme,
            text=text,
            form=consent.form_url,
            network=consent.ip,
            method=consent.method,
            asked_at=consent.submitted_at,
            confirmed_at=consent.confirmed_at,
            confirm_network=consent.confirm_ip or "",
            withdrawn_at=consent.withdrawn_at,
        )


def _enrolments(session: Session, runs: list[_Run], days: dict[int, date]) -> Iterator[EnrolmentView]:
    for run in runs:
        enrolment, sequence = run.enrolment, run.sequence
        yield EnrolmentView(
            id=enrolment.id,
            title=sequence.title,
            is_batch=sequence.kind == SequenceKind.BATCH,
            state=enrolment.state,
            held=sequence.held,
            part=_part(session, enrolment, sequence),
            letters=enrolment.turn,
            pace_days=enrolment.pace_days,
            begun_at=enrolment.created_at,
            stopped_at=enrolment.stopped_at,
            why=enrolment.why or "",
            next_day=days.get(enrolment.id),
            facts=tuple(FactView(fact.at, fact.what, letter_name(name)) for fact, name in run.history),
        )


def _part(session: Session, enrolment: Enrolment, sequence: Sequence) -> str:
    phase_id = phase_of(sequences.way_of(session, sequence), enrolments.standing_of(session, enrolment))
    phase = session.get(Phase, phase_id) if phase_id else None
    return phase.plain if phase else ""


def letter_name(name: str | None) -> str:
    """The name of a letter as one reads it: `Rest before answers` for `rest-before-answers`."""
    return name.replace("-", " ").capitalize() if name else ""


def _messages(session: Session, subscriber: Subscriber, zone: str, before_id: int | None) -> list[MessageView]:
    rows = people.messages_of(session, subscriber.id, limit=ON_A_PAGE + 1, before_id=before_id)
    tries = people.attempts_of(session, [message.id for message, _ in rows])
    titles = drafts.titles(session, {message.letter_id for message, _ in rows if message.letter_id})
    return [
        MessageView(
            id=message.id,
            kind=message.kind,
            letter=titles.get(message.letter_id or 0) or letter_name(name),
            letter_id=message.letter_id,
            version_id=message.version_id,
            state=message.state,
            reason=message.reason or "",
            at=None if message.state in WAITING else message.sent_at or message.settled_at,
            day=local_day(message.sent_at or message.planned_at, zone),
            code=message.reply_code,
            text=_without_addresses(message.reply_text or ""),
            bounced_at=message.bounced_at,
            complained_at=message.complained_at,
            tries=tuple(
                TryView(each.at, each.outcome, each.phase, each.code, _without_addresses(each.text))
                for each in tries.get(message.id, [])
            ),
        )
        for message, name in rows
    ]


def _without_addresses(text: str) -> str:
    """What a server said, with the addresses in it masked: it may name one that somebody wants to change to."""
    return _ADDRESS.sub(lambda found: masked(found[0]), text)


def _others(session: Session, subscriber: Subscriber) -> tuple[str, ...]:
    """The programmes that they could start, by title."""
    mine = {each.sequence_id for each in enrolments.running(session, subscriber.id)}
    return tuple(row.title for row in sequences.live_programmes(session, subscriber.language) if row.id not in mine)


def _facts(
    session: Session,
    subscriber: Subscriber,
    suppression: Suppression | None,
    runs: list[_Run],
    sign_ups: list[tuple[Consent, str]],
) -> Facts:
    bounced_at, complained_at = people.came_back(session, subscriber.id)
    left_at = subscriber.left_at
    return Facts(
        state=State(subscriber.state),
        asked_at=subscriber.created_at,
        left_at=left_at,
        by_desk=left_at is not None and _ended_at_desk(session, subscriber, left_at, suppression),
        imported=any(consent.method.startswith(METHOD) for consent, _ in sign_ups),
        bounced_at=bounced_at,
        complained_at=complained_at,
        suppressed_as=suppression.reason if suppression else "",
        suppressed_at=suppression.created_at if suppression else None,
        paused_until=subscriber.paused_until,
        all_held=holds.everything(session) is not None,
        tracks=[_track_facts(run) for run in runs],
    )


def _ended_at_desk(session: Session, subscriber: Subscriber, left_at: datetime, suppression: Suppression | None) -> bool:
    """Whether the trail names the deed, or the address came by a list to the suppressions at that very moment."""
    by_list = suppression is not None and suppression.created_at == left_at and suppression.source.startswith(AT_DESK)
    return by_list or people.ended_at_desk(session, subscriber.ref, left_at, (STOPPED, SUPPRESSED))


def _track_facts(run: _Run) -> TrackFacts:
    enrolment, sequence = run.enrolment, run.sequence
    return TrackFacts(
        title=sequence.title,
        kind=SequenceKind(sequence.kind),
        state=EnrolmentState(enrolment.state),
        over_at=None if enrolment.state == EnrolmentState.RUNNING else _over_at(run),
        cancelled=enrolment.why == "cancelled",
        held=sequence.held,
    )


def _over_at(run: _Run) -> datetime:
    """When an enrolment ended: what its history says last, in calendar time, as finishing has no column of its own."""
    return run.enrolment.stopped_at or (run.history[-1][0].at if run.history else run.enrolment.created_at)
