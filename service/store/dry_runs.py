"""Tries a batch out: who would get which letter when, who would not and why; refuses to change a row.

Readers are taken as launching takes them, and their slots come from the functions that launching and planning use.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.domain import reasons
from service.domain.addresses import masked
from service.domain.batches import Manner, Timing, rhythm_in, shift_minutes
from service.domain.dry_runs import are_near, expected, expected_slots, usual_slots
from service.domain.left_out import Why, left_out
from service.domain.schedule import Block, Rhythm, local
from service.domain.sequences import EnrolmentState, Kind, State
from service.store import audiences, batches
from service.store.audiences import Candidate
from service.store.desk_tables import Batch
from service.store.subscribers import days, hours
from service.store.tables import Enrolment, Sequence, Subscriber

EXAMPLES: Final = 10
_NEAR_FOR: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Example:
    """One reader who would get the batch: `wall` is their own time of the first letter, without its zone; and why then."""

    subscriber_id: int
    address: str
    wall: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a batch would do.

    `letters` are counts by UTC instant, one for each letter in order; `left_out` counts by reason; `near` are readers of whom
    a letter of the batch and one of a programme would come within 24 hours; `without_text` counts readers by a language that
    some letter has no text in: they get the batch's own language.
    """

    readers: int
    letters: tuple[Mapping[datetime, int], ...]
    left_out: Mapping[Why, int]
    near: int
    without_text: Mapping[str, int]
    examples: tuple[Example, ...]

    @property
    def first(self) -> datetime | None:
        """When the very first letter leaves."""
        return min((min(each) for each in self.letters if each), default=None)

    @property
    def last(self) -> datetime | None:
        """When the very last letter leaves, if nothing comes between."""
        return max((max(each) for each in self.letters if each), default=None)


def try_out(session: Session, batch_id: int, *, now: datetime) -> DryRun | None:
    """What a batch would do if it began on its first day with the readers of now; None without a first day or a letter."""
    batch = session.get_one(Batch, batch_id)
    timing, letters = batches.timing_of(batch), batches.letters_of(session, batch_id)
    if timing is None or not letters:
        return None
    found = audiences.candidates(session, batches.audience_of(batch), now=now, not_in=batch_id)
    return _tried(session, batch, timing, len(letters), found, now=now)


def _tried(session: Session, batch: Batch, timing: Timing, count: int, found: Many[Candidate], *, now: datetime) -> DryRun:
    manner = Manner(batch.manner)
    taken: list[tuple[Candidate, Rhythm]] = []
    why_not: Counter[Why] = Counter()
    known: dict[tuple[Rhythm, int], Rhythm] = {}
    for each in found:
        rhythm = _rhythm(known, timing, each)
        first = expected_slots(rhythm, timing.first_date, count, now=now)[0]
        why = left_out(
            manner,
            first=first,
            suppressed=each.suppressed,
            had=each.had,
            extras=each.extras,
            paused_until=each.paused_until,
        )
        if why is None:
            taken.append((each, rhythm))
        else:
            why_not[why] += 1
    groups = Counter(rhythm for _, rhythm in taken)
    return DryRun(
        readers=len(taken),
        letters=expected(groups, timing.first_date, count, now=now),
        left_out=dict(sorted(why_not.items())),
        near=_near(session, manner, timing, count, taken, now=now),
        without_text=_without_text(session, batch.sequence_id, taken),
        examples=tuple(_example(each, rhythm, timing, now=now) for each, rhythm in _spread_out(taken)),
    )


def _rhythm(known: dict[tuple[Rhythm, int], Rhythm], timing: Timing, reader: Candidate) -> Rhythm:
    key = (reader.rhythm, shift_minutes(reader.id, timing.spread_hours))
    if key not in known:
        known[key] = rhythm_in(timing, *key)
    return known[key]


def _without_text(session: Session, batch_id: int, taken: Iterable[tuple[Candidate, Rhythm]]) -> dict[str, int]:
    texts = batches.languages_of(session, batch_id).values()
    spoken = set.intersection(*texts) if texts else set()
    counted = Counter(each.language for each, _ in taken if each.language not in spoken)
    return dict(sorted(counted.items()))


def _spread_out(taken: Many[tuple[Candidate, Rhythm]]) -> list[tuple[Candidate, Rhythm]]:
    """Some from all over the audience."""
    step = max(len(taken) // EXAMPLES, 1)
    return list(taken[::step][:EXAMPLES])


def _example(reader: Candidate, rhythm: Rhythm, timing: Timing, *, now: datetime) -> Example:
    slot = expected_slots(rhythm, timing.first_date, 1, now=now)[0]
    reason = reasons.with_hour(reasons.of_a_batch(rhythm, slot, timing.first_date), rhythm, slot)
    return Example(reader.id, masked(reader.address), local(slot, rhythm.zone).replace(tzinfo=None), reason)


@dataclass(frozen=True, slots=True)
class _Usual:
    """When a programme of a reader comes next, and in which rhythm."""

    rhythm: Rhythm
    due: datetime
    last: datetime | None


def _near(
    session: Session,
    manner: Manner,
    timing: Timing,
    count: int,
    taken: Iterable[tuple[Candidate, Rhythm]],
    *,
    now: datetime,
) -> int:
    """How many readers would get a letter of the batch and one of a programme within a day."""
    programmes = _programmes(session)
    known: dict[tuple[Rhythm, _Usual], bool] = {}
    found = 0
    for each, rhythm in taken:
        keys = [(rhythm, usual) for usual in programmes.get(each.id, ())]
        for key in keys:
            if key not in known:
                known[key] = _is_near(*key, manner, timing, count, now=now)
        found += any(known[key] for key in keys)
    return found


def _is_near(rhythm: Rhythm, usual: _Usual, manner: Manner, timing: Timing, count: int, *, now: datetime) -> bool:
    slots = expected_slots(rhythm, timing.first_date, count, now=now)
    block = Block(slots[0], slots[-1]) if manner is Manner.INSTEAD else None
    until = slots[-1] + _NEAR_FOR
    days_to_go = max((until - max(usual.due, now)).days, 0)
    others = usual_slots(usual.rhythm, usual.due, days_to_go + 2, until=until, last=usual.last, block=block)
    return are_near(slots, (*others, usual.last) if usual.last else others)


def _programmes(session: Session) -> dict[int, list[_Usual]]:
    """What each active reader gets of programmes, as far as dates go."""
    rows = session.execute(
        select(
            Enrolment.subscriber_id,
            Enrolment.weekday,
            Enrolment.pace_days,
            Enrolment.next_due_at,
            Enrolment.last_planned_at,
            Subscriber.hour,
            Subscriber.zone,
            Subscriber.never_hours,
            Subscriber.quiet_days,
        )
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .where(Enrolment.state == EnrolmentState.RUNNING, Enrolment.next_due_at.is_not(None))
        .where(Sequence.kind == Kind.PROGRAMME, Sequence.state == State.LIVE, Sequence.held.is_(False))
    )
    known: dict[tuple[object, ...], Rhythm] = {}
    found: dict[int, list[_Usual]] = defaultdict(list)
    for row in rows:
        key = (row.weekday, row.hour, row.zone, row.pace_days, row.never_hours, tuple(row.quiet_days))
        if key not in known:
            known[key] = Rhythm(*key[:4], hours(row.never_hours), days(row.quiet_days))
        found[row.subscriber_id].append(_Usual(known[key], row.next_due_at, row.last_planned_at))
    return found
