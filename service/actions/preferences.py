"""What a reader sees and changes on the page behind their own link; refuses to show what could put them in danger (S-8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from service.actions import enrolments as enrolling
from service.actions import links, moves
from service.actions import messages as letters
from service.actions.moves import Outlook
from service.actions.subscribers import end
from service.domain.messages import Reason
from service.domain.moves import part_after, parts_before
from service.domain.schedule import MOST_QUIET_DAYS, UNTIL_I_SAY, Rhythm, in_days, local, local_day
from service.domain.sequences import EnrolmentState, Wish, phase_of
from service.domain.subscribers import State, Support, is_zone
from service.mail.tokens import Keyring, Purpose
from service.store import enrolments, messages, sequences
from service.store.subscribers import days, mask, written
from service.store.tables import Enrolment, Sequence, Subscriber


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a programme as one chooses it: its plain name, and how one would say that one begins there."""

    id: int
    plain: str
    begin: str


@dataclass(frozen=True, slots=True)
class Running:
    """One programme of a reader: what comes next, where they are (`here` is a part's id), and what they can wish for."""

    id: int
    title: str
    weekday: int
    pace_days: int
    paces: tuple[int, ...]
    outlook: Outlook
    parts: tuple[Part, ...]
    here: int | None
    on: int | None
    before: tuple[int, ...]
    wish: Wish | None
    begun: bool


@dataclass(frozen=True, slots=True)
class ReaderView:
    """What the preference page may know.

    Hours without mail, zone, country and quiet days are write-only: only whether they are set. `paused_until` is local; a
    pause without end has `paused` alone. `others` are programmes that could be started: (slug, title, summary).
    """

    state: State
    language: str
    hour: int
    discreet: bool
    link_only: bool
    plain_text: bool
    extras: bool
    tell_me: bool
    support: Support
    country_set: bool
    never_set: bool
    quiet_set: bool
    paused: bool
    paused_until: datetime | None
    running: tuple[Running, ...]
    others: tuple[tuple[str, str, str], ...]
    stop_token: str
    erase_token: str

    @property
    def next_at(self) -> datetime | None:
        """When the next letter of any programme comes."""
        return min((each.outlook.next_at for each in self.running if each.outlook.next_at), default=None)


def view(session: Session, token: str, *, keys: Keyring, now: datetime) -> ReaderView | None:
    """The page behind a preferences link; None for one that is not in use any more. Changes nothing."""
    subscriber = links.owner(session, token, Purpose.PREFERENCES, keys=keys)
    if subscriber is None:
        return None
    running = tuple(_running(session, subscriber, each, now=now) for each in enrolments.running(session, subscriber.id))
    paused = subscriber.paused_until is not None and subscriber.paused_until > now
    until = subscriber.paused_until if paused and subscriber.paused_until != UNTIL_I_SAY else None
    return ReaderView(
        state=State(subscriber.state),
        language=subscriber.language,
        hour=subscriber.hour,
        discreet=subscriber.discreet,
        link_only=subscriber.link_only,
        plain_text=subscriber.plain_text,
        extras=subscriber.extras,
        tell_me=subscriber.tell_me,
        support=Support(subscriber.support),
        country_set=subscriber.country is not None,
        never_set=subscriber.never_hours != 0,
        quiet_set=bool(subscriber.quiet_days),
        paused=paused,
        paused_until=local(until, subscriber.zone) if until else None,
        running=running,
        others=_others(session, subscriber),
        stop_token=keys.link_token(Purpose.UNSUBSCRIBE, subscriber.ref, subscriber.link_epoch),
        erase_token=keys.link_token(Purpose.ERASE, subscriber.ref, subscriber.link_epoch),
    )


def _running(session: Session, subscriber: Subscriber, enrolment: Enrolment, *, now: datetime) -> Running:
    sequence = session.get_one(Sequence, enrolment.sequence_id)
    way, place = sequences.way_of(session, sequence), enrolments.place_of(session, enrolment)
    return Running(
        id=enrolment.id,
        title=sequences.title_of(sequence, subscriber.language, discreet=subscriber.discreet),
        weekday=enrolment.weekday,
        pace_days=enrolment.pace_days,
        paces=tuple(sequence.paces or [sequence.pace_days]),
        outlook=moves.outlook(session, subscriber, enrolment, place, now=now),
        parts=parts_of(session, sequence, subscriber.language),
        here=phase_of(way, place.standing),
        on=part_after(way, place.standing),
        before=tuple(parts_before(way, place.standing)),
        wish=place.standing.wish,
        begun=bool(place.standing.seen),
    )


def parts_of(session: Session, sequence: Sequence, language: str) -> tuple[Part, ...]:
    """The parts of a programme that one can choose, in their order."""
    words = {phase.id: sequences.phase_words(phase, language) for phase in sequences.phases_of(session, sequence.id)}
    return tuple(Part(id_, words[id_]["plain"], words[id_]["begin"]) for id_ in sequences.way_of(session, sequence).phases)


def _others(session: Session, subscriber: Subscriber) -> tuple[tuple[str, str, str], ...]:
    """The programmes that a reader could start, in their language where there are words for it."""
    mine = {each.sequence_id for each in enrolments.running(session, subscriber.id)}
    rows = [row for row in sequences.live_programmes(session, subscriber.language) if row.id not in mine]
    language, discreet = subscriber.language, subscriber.discreet
    return tuple(
        (row.slug, sequences.title_of(row, language, discreet=discreet), sequences.summary_of(row, language)) for row in rows
    )


@dataclass(frozen=True, slots=True)
class Changes:
    """Wishes to change; None leaves one as it is. `country` is emptied with ''. The page has checked each value."""

    hour: int | None = None
    zone: str | None = None
    language: str | None = None
    country: str | None = None
    support: Support | None = None
    discreet: bool | None = None
    link_only: bool | None = None
    plain_text: bool | None = None
    extras: bool | None = None
    tell_me: bool | None = None
    never_hours: frozenset[int] | None = None
    quiet_days: frozenset[tuple[int, int]] | None = None
    add_quiet_days: frozenset[tuple[int, int]] = frozenset()

    @property
    def touch_time(self) -> bool:
        """Whether any of them says when mail comes."""
        timed = (self.hour, self.zone, self.never_hours, self.quiet_days)
        return any(wish is not None for wish in timed) or bool(self.add_quiet_days)


def change(session: Session, token: str, changes: Changes, *, keys: Keyring, now: datetime, wall: datetime) -> bool:
    """Change wishes that hold for all of a reader's letters. False for a link that is not in use any more.

    What concerns time moves the next date of every programme and looks anew at letters that wait. Raises ValueError, with
    nothing changed, for a zone that nobody knows, for hours that leave none, and for more quiet days than there can be.
    """
    subscriber = links.owner(session, token, Purpose.PREFERENCES, keys=keys, lock=True)
    if subscriber is None:
        return False
    columns = _columns(subscriber, changes)
    _check(changes, columns)
    for name, value in columns.items():
        setattr(subscriber, name, value)
    session.flush()
    if changes.touch_time:
        for enrolment in enrolments.running(session, subscriber.id):
            _move_date(session, subscriber, enrolment, now=now)
        letters.reopen(session, subscriber, now=now, wall=wall)
    return True


def _check(changes: Changes, columns: Mapping[str, Any]) -> None:
    if changes.zone is not None and not is_zone(changes.zone):
        raise ValueError("This time zone is not known here.")
    if len(changes.never_hours or ()) >= 24:
        raise ValueError("At least one hour of the day must be left for mail.")
    if len(columns.get("quiet_days", ())) > MOST_QUIET_DAYS:
        raise ValueError(f"There can be {MOST_QUIET_DAYS} quiet days in a year at most.")


def _columns(subscriber: Subscriber, changes: Changes) -> Mapping[str, Any]:
    """The columns of a subscriber that a change touches."""
    names = ("hour", "zone", "language", "support", "discreet", "link_only", "plain_text", "extras", "tell_me")
    columns: dict[str, Any] = {name: value for name in names if (value := getattr(changes, name)) is not None}
    if changes.country is not None:
        columns["country"] = changes.country or None
    if changes.never_hours is not None:
        columns["never_hours"] = mask(changes.never_hours)
    if changes.quiet_days is not None or changes.add_quiet_days:
        kept = days(subscriber.quiet_days) if changes.quiet_days is None else changes.quiet_days
        columns["quiet_days"] = written(kept | changes.add_quiet_days)
    return columns


def change_pace(
    session: Session, token: str, enrolment_id: int, *, weekday: int, pace_days: int, keys: Keyring, now: datetime
) -> Outlook | None:
    """Change day and pace of one programme. None for a link or programme that is not in use, or a pace it does not allow."""
    subscriber = links.owner(session, token, Purpose.PREFERENCES, keys=keys, lock=True)
    enrolment = enrolments.running_one(session, subscriber.id, enrolment_id, lock=True) if subscriber else None
    if subscriber is None or enrolment is None:
        return None
    sequence = session.get_one(Sequence, enrolment.sequence_id)
    if pace_days not in (sequence.paces or [sequence.pace_days]) or not 0 <= weekday <= 6:
        return None
    enrolment.weekday, enrolment.pace_days = weekday, pace_days
    _move_date(session, subscriber, enrolment, now=now)
    return moves.outlook(session, subscriber, enrolment, enrolments.place_of(session, enrolment), now=now)


def _move_date(session: Session, subscriber: Subscriber, enrolment: Enrolment, *, now: datetime) -> None:
    """Find the next date anew. What was put off by a day or two keeps its day."""
    if enrolment.wish == Wish.AGAIN:
        rhythm = enrolments.rhythm_of(enrolment, subscriber)
        enrolment.next_due_at = _same_day(rhythm, enrolment.next_due_at, now=now)
    else:
        enrolment.next_due_at = enrolling.usual_date(session, enrolment, subscriber, now=now)
    session.flush()


def _same_day(rhythm: Rhythm, due: datetime | None, *, now: datetime) -> datetime | None:
    """The reader's hour on the day of a date to come, or the first day after it on which mail may come."""
    if due is None or due <= now:
        return due
    return in_days(rhythm, now, (local_day(due, rhythm.zone) - local_day(now, rhythm.zone)).days)


def start(session: Session, token: str, slug: str, *, keys: Keyring, now: datetime) -> Outlook | None:
    """Start another programme, on the weekday that the reader had last. None where that cannot be."""
    subscriber = links.owner(session, token, Purpose.PREFERENCES, keys=keys, lock=True)
    sequence = sequences.live_programme(session, slug)
    if subscriber is None or sequence is None or subscriber.state != State.ACTIVE:
        return None
    if any(each.sequence_id == sequence.id for each in enrolments.running(session, subscriber.id)):
        return None
    weekday = enrolments.last_weekday(session, subscriber.id)
    enrolment = enrolling.begin(session, subscriber, sequence, weekday=weekday, now=now)
    return moves.outlook(session, subscriber, enrolment, enrolments.place_of(session, enrolment), now=now)


def stop_one(session: Session, token: str, enrolment_id: int, *, keys: Keyring, now: datetime, wall: datetime) -> bool:
    """Stop one programme and keep the others. False for a link or programme that is not in use any more."""
    subscriber = links.owner(session, token, Purpose.PREFERENCES, keys=keys, lock=True)
    enrolment = enrolments.running_one(session, subscriber.id, enrolment_id, lock=True) if subscriber else None
    if subscriber is None or enrolment is None:
        return False
    for message in messages.waiting(session, subscriber.id, enrolment_id=enrolment.id):
        letters.skip(session, message, Reason.LEFT, now=now, wall=wall)
    session.refresh(enrolment)
    if enrolment.state == EnrolmentState.RUNNING:
        end(session, enrolment, now=now, wall=wall)
    session.flush()
    return True
