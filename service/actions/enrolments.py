"""Enrolling a reader and planning their letters; refuses to plan a letter twice, or two for one day."""

import secrets
from collections.abc import Collection
from collections.abc import Sequence as Many
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.domain.batches import first_in_batch
from service.domain.messages import LATEST, Kind
from service.domain.schedule import FIRST_AFTER, Block, closes_at, day_after, local_day, make_room, next_slot
from service.domain.sequences import EnrolmentState, Step
from service.domain.turns import End, Send, Wait, next_turn
from service.store import enrolments, messages, sequences, tracks
from service.store.desk_tables import Batch
from service.store.enrolments import Due
from service.store.tables import Consent, Enrolment, Sequence, Subscriber
from service.store.tracks import Ways


def enrol(session: Session, subscriber: Subscriber, consent: Consent, *, now: datetime) -> Enrolment | None:
    """Begin the programme of a confirmed sign-up; None if it does not exist any more."""
    sequence = sequences.by_slug(session, consent.programme)
    if sequence is None:
        return None
    return begin(session, subscriber, sequence, weekday=consent.weekday, consent_id=consent.id, now=now)


def begin(
    session: Session,
    subscriber: Subscriber,
    sequence: Sequence,
    *,
    weekday: int,
    now: datetime,
    consent_id: int | None = None,
) -> Enrolment:
    """Begin a programme; its first letter comes at the first wished slot."""
    enrolment = Enrolment(
        subscriber_id=subscriber.id,
        sequence_id=sequence.id,
        consent_id=consent_id,
        run=enrolments.next_run(session, subscriber.id, sequence.id),
        state=EnrolmentState.RUNNING,
        weekday=weekday,
        pace_days=sequence.pace_days,
        anchor=local_day(now, subscriber.zone),
        turn=0,
        created_at=now,
    )
    enrolment.next_due_at = usual_date(session, enrolment, subscriber, now=now)
    session.add(enrolment)
    session.flush()
    enrolments.note(session, enrolment.id, "started", turn=0, letter_id=None, now=now)
    return enrolment


def begin_newcomers(
    session: Session, newcomers: Many[tuple[Subscriber, Consent]], sequence: Sequence, *, weekday: int, now: datetime
) -> None:
    """Begin a programme for people who have just come: nothing of theirs has to be looked up, nor made room for."""
    begun = []
    for subscriber, consent in newcomers:
        enrolment = Enrolment(
            subscriber_id=subscriber.id,
            sequence_id=sequence.id,
            consent_id=consent.id,
            run=1,
            state=EnrolmentState.RUNNING,
            weekday=weekday,
            pace_days=sequence.pace_days,
            anchor=local_day(now, subscriber.zone),
            turn=0,
            created_at=now,
        )
        enrolment.next_due_at = usual_slot(enrolment, subscriber, (), now=now)
        begun.append(enrolment)
    session.add_all(begun)
    session.flush()
    enrolments.note_all(session, [each.id for each in begun], "started", now=now)


def usual_date(session: Session, enrolment: Enrolment, subscriber: Subscriber, *, now: datetime) -> datetime:
    """The next date, found anew: the next wished slot, and for the first letter none before it may come.

    A programme waits for the batches that come instead of it.
    """
    rhythm, last = enrolments.rhythm_of(enrolment, subscriber), enrolment.last_planned_at
    batch = session.get(Batch, enrolment.sequence_id)
    if batch is not None:
        begins = last is None and batch.first_date
        return first_in_batch(rhythm, begins, now=now) if begins else next_slot(rhythm, earliest=now, last=last)
    sequence = session.get_one(Sequence, enrolment.sequence_id)
    return usual_slot(enrolment, subscriber, tracks.blocks(session, subscriber, sequence, now=now), now=now)


def usual_slot(enrolment: Enrolment, subscriber: Subscriber, blocks: Collection[Block], *, now: datetime) -> datetime:
    """The next date of a programme that waits for some batches."""
    rhythm, last = enrolments.rhythm_of(enrolment, subscriber), enrolment.last_planned_at
    first = enrolment.created_at + FIRST_AFTER if last is None else now
    return make_room(rhythm, next_slot(rhythm, earliest=max(now, first), last=last), blocks, last)


def plan(session: Session, *, now: datetime, wall: datetime, speed: float, limit: int = 200) -> int:
    """Turn every enrolment that is due into a message, or give it a new date. Returns how many letters were planned.

    `now` is calendar time and ends here: what is written to the ledger is real time. `speed` is how fast the calendar runs.
    """
    due = enrolments.due(session, now=now, limit=limit)
    waiting = tracks.readers_who_wait(session, {each.subscriber_id for each in due})
    ways = Ways(session)
    return sum(_plan_one(session, seen, ways, waiting, now=now, wall=wall, speed=speed) for seen in due)


def _plan_one(
    session: Session,
    seen: Due,
    ways: Ways | None = None,
    waiting: Collection[int] = (),
    *,
    now: datetime,
    wall: datetime,
    speed: float,
) -> bool:
    ways = ways or Ways(session)
    blocks = _blocks(session, seen, ways, now=now) if seen.subscriber_id in waiting else ()
    match next_turn(seen.rhythm, ways.of(seen.sequence_id), seen.place, now=now, speed=speed, blocks=blocks):
        case End():
            _finish(session, seen, now=now)
        case Wait(until):
            # After an outage or a pause the one next letter comes at the next wished slot: never a catch-up burst.
            enrolments.change(session, seen, next_due_at=until)
        case Send() as send:
            return _plan_letter(session, seen, send, now=now, wall=wall)
    return False


def _blocks(session: Session, seen: Due, ways: Ways, *, now: datetime) -> Collection[Block]:
    person = session.get_one(Subscriber, seen.subscriber_id)
    return tracks.blocks(session, person, ways.sequence(seen.sequence_id), now=now)


def _finish(session: Session, seen: Due, *, now: datetime) -> None:
    if enrolments.change(session, seen, state=EnrolmentState.FINISHED, next_due_at=None):
        enrolments.note(session, seen.id, "finished", turn=seen.turn, letter_id=seen.place.standing.reached, now=now)


def _plan_letter(session: Session, seen: Due, send: Send[Step], *, now: datetime, wall: datetime) -> bool:
    try:
        with session.begin_nested():
            advanced = enrolments.change(
                session,
                seen,
                turn=seen.turn + 1,
                last_letter_id=send.reached,
                last_planned_at=send.slot,
                next_due_at=send.following,
                wish=None,
                wish_phase_id=None,
            )
            if advanced:
                _add_letter(session, seen, send, now=now, wall=wall)
    except IntegrityError:
        _after_conflict(session, seen)
        return False
    return advanced


def _add_letter(session: Session, seen: Due, send: Send[Step], *, now: datetime, wall: datetime) -> None:
    slot, rhythm, standing = send.slot, seen.rhythm, seen.place.standing
    closes = closes_at(now, rhythm.zone, rhythm.never_hours, rhythm.quiet_days)
    messages.add(
        session,
        kind=Kind.LETTER,
        ref=secrets.token_hex(8),
        subscriber_id=seen.subscriber_id,
        enrolment_id=seen.id,
        turn=seen.turn + 1,
        letter_id=send.letter.id,
        letter_before_id=standing.reached,
        wish_before=standing.wish,
        wish_phase_before_id=standing.wish_phase_id,
        after_pause=seen.is_after_pause,
        version_id=sequences.newest_version_id(session, send.letter.id),
        local_day=local_day(slot, rhythm.zone),
        slot=slot,
        planned_at=wall,
        not_before=wall,
        # A late letter must never arrive beside the next one (T-2).
        not_after=wall + min(LATEST[Kind.LETTER], send.following - slot),
        open_until=wall + (closes - now) if closes else None,
    )


def _after_conflict(session: Session, seen: Due) -> None:
    """Tell the conflicts apart: the turn is another clock's work, an open letter is to be waited for, a full day defers."""
    if messages.is_planned(session, seen.id, seen.turn + 1) or messages.has_open(session, seen.id):
        return
    enrolments.change(session, seen, next_due_at=day_after(seen.rhythm, seen.next_due_at))
