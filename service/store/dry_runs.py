"""Tries a batch out: who would get which letter when, who would not and why; refuses to change a row.

Readers are taken as launching takes them, and their slots come from the functions that launching and planning use.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.domain import reasons
from service.domain.addresses import masked
from service.domain.batches import Manner, Timing, launch_at, rhythm_in, shift_minutes
from service.domain.dry_runs import are_near, expected, expected_slots, usual_slots
from service.domain.left_out import Why, left_out
from service.domain.schedule import Block, Rhythm, local
from service.store import audiences, batches, neighbours
from service.store.audiences import Alike, Candidate
from service.store.desk_tables import Batch
from service.store.neighbours import Neighbour
from service.store.tables import Subscriber

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
    a letter of the batch and one of a programme would come within 24 hours, None where that was not asked; `without_text`
    counts readers by a language that some letter has no text in: they get the batch's own language.
    """

    readers: int
    letters: tuple[Mapping[datetime, int], ...]
    left_out: Mapping[Why, int]
    near: int | None
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


def try_out(session: Session, batch_id: int, *, now: datetime, near: bool = True) -> DryRun | None:
    """What a batch would do if it began on its first day with the readers of now; None without a first day or a letter.

    To look for what is `near` takes as long as all the rest.
    """
    trial = _trial(session, batch_id, now=now)
    return trial.run(near=near) if trial else None


def near(session: Session, batch_id: int, *, now: datetime) -> int:
    """Of how many readers a letter of a batch and one of a programme would come within 24 hours, as `try_out` says it."""
    trial = _trial(session, batch_id, now=now)
    return trial.near() if trial else 0


def _trial(session: Session, batch_id: int, *, now: datetime) -> "_Trial | None":
    batch = session.get_one(Batch, batch_id)
    timing, letters = batches.timing_of(batch), batches.letters_of(session, batch_id)
    if timing is None or not letters:
        return None
    return _Trial(session, batch, timing, len(letters), now)


@dataclass(slots=True)
class _Trial:
    """One look at a batch: readers who are alike are looked at once."""

    session: Session
    batch: Batch
    timing: Timing
    count: int
    now: datetime
    _known: dict[tuple[Rhythm, int], Rhythm] = field(default_factory=dict)

    def run(self, *, near: bool) -> DryRun:
        """What comes of it."""
        groups: Counter[Rhythm] = Counter()
        why_not: Counter[Why] = Counter()
        languages: Counter[str] = Counter()
        audience, spread, batch_id = batches.audience_of(self.batch), self.timing.spread_hours, self.batch.sequence_id
        for each in audiences.grouped(self.session, audience, now=self.now, spread_hours=spread, not_in=batch_id):
            rhythm = self._rhythm(each.rhythm, each.shift)
            why = self._why_not(each, rhythm)
            if why is None:
                groups[rhythm] += each.number
                languages[each.language] += each.number
            else:
                why_not[why] += each.number
        return DryRun(
            readers=groups.total(),
            letters=expected(groups, self.timing.first_date, self.count, now=self.now),
            left_out=dict(sorted(why_not.items())),
            near=self.near() if near else None,
            without_text=self._without_text(languages),
            examples=tuple(self._examples()),
        )

    def _rhythm(self, reader: Rhythm, shift: int) -> Rhythm:
        if (reader, shift) not in self._known:
            self._known[reader, shift] = rhythm_in(self.timing, reader, shift)
        return self._known[reader, shift]

    def _slots(self, rhythm: Rhythm) -> tuple[datetime, ...]:
        return expected_slots(rhythm, self.timing.first_date, self.count, now=self.now)

    def _why_not(self, each: Alike | Candidate | Neighbour, rhythm: Rhythm) -> Why | None:
        return left_out(
            Manner(self.batch.manner),
            first=self._slots(rhythm)[0],
            suppressed=not isinstance(each, Neighbour) and each.suppressed,
            had=not isinstance(each, Neighbour) and each.had,
            extras=each.extras,
            paused_until=each.paused_until,
        )

    def _without_text(self, languages: Counter[str]) -> dict[str, int]:
        texts = batches.languages_of(self.session, self.batch.sequence_id).values()
        spoken = set.intersection(*texts) if texts else set()
        return {language: number for language, number in sorted(languages.items()) if language not in spoken}

    def _examples(self) -> Iterator[Example]:
        """Some from all over the audience: the next one behind each of ten places."""
        audience, batch_id = batches.audience_of(self.batch), self.batch.sequence_id
        last = self.session.scalar(select(func.max(Subscriber.id))) or 0
        found: dict[int, Example] = {}
        some: list[Candidate] = []
        for place in range(EXAMPLES):
            after = last * place // EXAMPLES
            if place == 0 or (some and some[0].id <= after):  # else the same ones come next, or nobody
                some = audiences.candidates(
                    self.session, audience, now=self.now, after_id=after, limit=EXAMPLES, not_in=batch_id
                )
            told = (self._example(each) for each in some if each.id not in found)
            if (one := next((each for each in told if each), None)) is not None:
                found[one.subscriber_id] = one
        yield from (found[id_] for id_ in sorted(found))

    def _example(self, each: Candidate) -> Example | None:
        rhythm = self._rhythm(each.rhythm, shift_minutes(each.id, self.timing.spread_hours))
        if self._why_not(each, rhythm) is not None:
            return None
        slot = self._slots(rhythm)[0]
        reason = reasons.with_hour(reasons.of_a_batch(rhythm, slot, self.timing.first_date), rhythm, slot)
        return Example(each.id, masked(each.address), local(slot, rhythm.zone).replace(tzinfo=None), reason)

    def near(self) -> int:
        """How many readers would get a letter of the batch and one of a programme within a day."""
        alone, several = 0, set[int]()
        audience, spread, batch_id = batches.audience_of(self.batch), self.timing.spread_hours, self.batch.sequence_id
        begins = launch_at(self.timing.first_date)
        found = neighbours.of(self.session, audience, now=self.now, begins=begins, spread_hours=spread, not_in=batch_id)
        for each in found:
            rhythm = self._rhythm(each.own, each.shift)
            if self._why_not(each, rhythm) is not None or not self._is_near(rhythm, each):
                continue
            if each.subscriber_id is None:
                alone += each.number
            else:
                several.add(each.subscriber_id)
        return alone + len(several)

    def _is_near(self, rhythm: Rhythm, each: Neighbour) -> bool:
        slots = self._slots(rhythm)
        block = Block(slots[0], slots[-1]) if self.batch.manner == Manner.INSTEAD else None
        until = slots[-1] + _NEAR_FOR
        most = max((until - each.due).days, 0) + 2
        others = usual_slots(each.rhythm, each.due, most, until=until, last=each.last, block=block)
        return are_near(slots, (*others, each.last) if each.last else others)
