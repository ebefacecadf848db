"""What the clock does with batches: take readers in, let newcomers join, finish, clear, pause by itself; refuses to hurry.

Each call is one transaction over a chunk of readers, and the next goes on where it ended: a clock that is killed, or a second
one, takes nobody twice. Locks: the batch, then subscribers, enrolments, messages.
"""

from collections import Counter
from collections.abc import Collection
from collections.abc import Sequence as Many
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from service.actions import audit
from service.actions import enrolments as enrolling
from service.actions import messages as letters
from service.actions.subscribers import end
from service.domain.batches import Manner, State, Timing, first_in_batch, rhythm_in, shift_minutes, should_pause
from service.domain.left_out import left_out
from service.domain.messages import Reason
from service.domain.schedule import GRACE, local_day, make_room
from service.domain.sequences import EnrolmentState, Wish
from service.domain.sequences import State as SequenceState
from service.domain.subscribers import State as SubscriberState
from service.store import audiences, batches, enrolments, holds, members, progress, tracks
from service.store.audiences import Candidate
from service.store.audit import Entry
from service.store.desk_tables import Batch
from service.store.tables import Enrolment, Sequence, Subscriber

CHUNK: Final = 500
"""So many readers are looked at in one transaction."""


def launch(session: Session, batch_id: int, *, now: datetime, wall: datetime, speed: float, limit: int = CHUNK) -> bool:
    """Start a batch whose time has come, and take the next readers of its audience. Whether there may be more."""
    batch = batches.locked(session, batch_id, skip=True)
    if batch is None:
        return False  # another clock works on it
    if batch.state == State.SCHEDULED and batches.may_start(batch, now=now, wall=wall):
        batch.state, batch.started_at = State.RUNNING, now
        session.get_one(Sequence, batch_id).state = SequenceState.LIVE
    if batch.state != State.RUNNING or batch.taken_all_at is not None:
        return False
    return _take_chunk(session, batch, now=now, wall=wall, speed=speed, limit=limit)


def _take_chunk(session: Session, batch: Batch, *, now: datetime, wall: datetime, speed: float, limit: int) -> bool:
    audience, timing, since = batches.audience_of(batch), _timing(batch), now - GRACE * speed
    some = audiences.candidates(session, audience, now=now, after_id=batch.taken_to, limit=limit, not_in=batch.sequence_id)
    reasons = {each.id: _why_not(each, timing, Manner(batch.manner), since) for each in some}
    take_in(session, batch, [id_ for id_, why in reasons.items() if why is None], now=now, since=since)
    counted = Counter(why for why in reasons.values() if why is not None)
    batch.left_out = dict(sorted((counted + Counter(batch.left_out)).items()))
    batch.taken_to = max(reasons, default=batch.taken_to)
    if len(some) < limit:
        batch.taken_all_at = wall
    session.flush()
    return len(some) == limit


def _timing(batch: Batch) -> Timing:
    timing = batches.timing_of(batch)
    if timing is None:
        raise ValueError("A batch without a first day cannot begin.")
    return timing


def _why_not(reader: Candidate, timing: Timing, manner: Manner, since: datetime) -> str | None:
    rhythm = rhythm_in(timing, reader.rhythm, shift_minutes(reader.id, timing.spread_hours))
    return left_out(
        manner,
        first=first_in_batch(rhythm, timing.first_date, now=since),
        suppressed=reader.suppressed,
        had=reader.had,
        extras=reader.extras,
        paused_until=reader.paused_until,
    )


def take_in(session: Session, batch: Batch, subscriber_ids: Collection[int], *, now: datetime, since: datetime) -> int:
    """Enrol readers in a running batch, and let their programmes make room. Returns how many.

    Nobody is enrolled twice, now or later. `since` is the earliest slot that is not too late yet.
    """
    people = [each for each in members.lock(session, subscriber_ids) if each.state == SubscriberState.ACTIVE]
    begun = [_enrolment(batch, person, now=now, since=since) for person in people]
    session.add_all(begun)
    session.flush()
    enrolments.note_all(session, [each.id for each in begun], "started", now=now)
    batch.readers += len(begun)
    session.flush()
    if batch.manner == Manner.INSTEAD:
        _make_room(session, people, now=now)
    return len(begun)


def _enrolment(batch: Batch, person: Subscriber, *, now: datetime, since: datetime) -> Enrolment:
    timing = _timing(batch)
    enrolment = Enrolment(
        subscriber_id=person.id,
        sequence_id=batch.sequence_id,
        run=1,
        state=EnrolmentState.RUNNING,
        weekday=timing.first_date.weekday(),
        pace_days=timing.cadence_days,
        hour=timing.hour,
        shift_minutes=shift_minutes(person.id, timing.spread_hours),
        anchor=local_day(now, person.zone),
        turn=0,
        created_at=now,
    )
    enrolment.next_due_at = first_in_batch(enrolments.rhythm_of(enrolment, person), timing.first_date, now=since)
    return enrolment


def _make_room(session: Session, people: Many[Subscriber], *, now: datetime) -> None:
    """Put the programmes of readers off that would come while the batch does."""
    by_id = {each.id: each for each in people}
    programmes = members.lock_programmes(session, list(by_id))
    blocks = tracks.blocks_of(session, people, now=now, ways=tracks.Ways(session))
    for each in programmes:
        if each.next_due_at is not None:
            rhythm = enrolments.rhythm_of(each, by_id[each.subscriber_id])
            each.next_due_at = make_room(rhythm, each.next_due_at, blocks.get(each.subscriber_id, []), each.last_planned_at)
    session.flush()


def join(session: Session, batch_id: int, *, now: datetime, speed: float, limit: int = CHUNK) -> bool:
    """Enrol readers who fit the audience of a rolling batch by now. Whether there may be more."""
    batch = batches.locked(session, batch_id, skip=True)
    if batch is None or batch.taken_all_at is None or not batches.takes_newcomers(batch, now=now):
        return False
    ids = _newcomers(session, batch, now=now, limit=limit)
    take_in(session, batch, ids, now=now, since=now - GRACE * speed)
    return len(ids) == limit


def anybody_new(session: Session, batch_id: int, *, now: datetime) -> bool:
    """Whether anybody could join a rolling batch. Changes nothing."""
    return bool(_newcomers(session, session.get_one(Batch, batch_id), now=now, limit=1))


def _newcomers(session: Session, batch: Batch, *, now: datetime, limit: int) -> Many[int]:
    extras = batch.manner == Manner.EXTRA
    audience = batches.audience_of(batch)
    return audiences.newcomers(session, audience, batch.sequence_id, extras_only=extras, now=now, limit=limit)


def finish(session: Session, batch_id: int, *, now: datetime) -> bool:
    """End a batch of which nothing is to come or waits any more. Whether it ended.

    Its last letters can still be put off by a day, as any letter: enrolments end by themselves when the next slot comes.
    """
    batch = batches.locked(session, batch_id, skip=True)
    if batch is None or not is_finished(session, batch, now=now):
        return False
    batch.state, batch.ended_at = State.DONE, now
    session.flush()
    return True


def is_finished(session: Session, batch: Batch, *, now: datetime) -> bool:
    """Whether a running batch is at its end. Changes nothing."""
    if batch.state != State.RUNNING or batch.taken_all_at is None or batches.takes_newcomers(batch, now=now):
        return False
    return not progress.anybody_to_come(session, batch.sequence_id)


def clear(session: Session, batch_id: int, *, now: datetime, wall: datetime, limit: int = CHUNK) -> bool:
    """Stop the next enrolments of a cancelled batch, skip what waits, and give programmes their usual date.

    Whether there may be more.
    """
    batch = batches.locked(session, batch_id, skip=True)
    if batch is None or batch.state != State.CANCELLED or batch.ended_at is not None:
        return False
    people = members.lock(session, members.still_in(session, batch_id, limit=limit))
    mine, programmes = members.lock_with_programmes(session, batch_id, [each.id for each in people])
    for message in members.waiting_of(session, [each.id for each in mine]):
        letters.skip(session, message, Reason.CANCELLED, now=now, wall=wall)
    for enrolment in mine:
        end(session, enrolment, now=now, wall=wall)
        enrolment.why = "cancelled"
    session.flush()
    if batch.manner == Manner.INSTEAD:
        _give_usual_dates(session, people, programmes, now=now)
    if len(people) < limit:
        batch.ended_at = now
    session.flush()
    return len(people) == limit


def _give_usual_dates(session: Session, people: Many[Subscriber], programmes: Many[Enrolment], *, now: datetime) -> None:
    """Bring dates forward again that had been put off for the batch. What the reader put off keeps its day."""
    by_id = {each.id: each for each in people}
    blocks = tracks.blocks_of(session, people, now=now, ways=tracks.Ways(session))
    for each in programmes:
        if each.next_due_at is not None and each.next_due_at > now and each.wish != Wish.AGAIN:
            usual = enrolling.usual_slot(each, by_id[each.subscriber_id], blocks.get(each.subscriber_id, ()), now=now)
            each.next_due_at = min(each.next_due_at, usual)


def watch(session: Session, batch_id: int, *, wall: datetime) -> str | None:
    """Pause a running batch of which too much is refused or complained of (B-12). The reason, if it was paused."""
    batch = batches.locked(session, batch_id, skip=True)
    if batch is None or batch.state != State.RUNNING:
        return None
    why = should_pause(batches.last_settled(session, batch))
    if why is None:
        return None
    batch.state, batch.paused_why = State.PAUSED, why
    holds.put(session.get_one(Sequence, batch_id), wall=wall)
    entry = Entry(None, "the clock", "", "", "batch paused", f"batch:{batch_id}", {"why": why})
    audit.note(session, entry, wall=wall)
    session.flush()
    return why
