"""A dry run that looks at readers who are alike together says what one says that looks at each by themselves."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.actions.batches import Settings
from service.bootstrap import Service
from service.domain.audiences import Audience
from service.domain.batches import Manner, Timing, rhythm_in, shift_minutes
from service.domain.dry_runs import are_near, expected_slots, usual_slots
from service.domain.left_out import left_out
from service.domain.schedule import Block, Rhythm
from service.store import audiences, batches, dry_runs, sequences, suppressions
from service.store.audiences import Candidate
from service.store.desk_tables import Batch
from service.store.tables import Enrolment, Message, Sequence, Subscriber
from tests.parts.batches import SATURDAY, River
from tests.parts.river import TUESDAY, load, programme

NOW = datetime(2026, 3, 26, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati")
SLUGS = ("after-leaving", "steady", "held")
READERS = 60


def _crowd(service: Service) -> None:
    """Readers on none, one or two programmes, of which one is held; some paused, suppressed, or with letters they had."""
    chance = random.Random(5)  # noqa: S311
    for slug in SLUGS:
        load(service, programme(slug, letters=4, paces=(1, 2, 7)))
    with service.write() as session:
        ids = [found.id for slug in SLUGS if (found := sequences.by_slug(session, slug)) is not None]
        session.get_one(Sequence, ids[2]).held = True
        for number in range(READERS):
            person = _person(chance, number)
            session.add(person)
            session.flush()
            for sequence_id in chance.sample(ids, chance.choice((0, 1, 1, 2))):
                _enrol(session, chance, person.id, sequence_id)
            if number % 11 == 0:
                hashes = [("k", person.address_hash)]
                suppressions.add(session, hashes, reason=("manual", "left")[number % 2], source="test", wall=NOW)


def _person(chance: random.Random, number: int) -> Subscriber:
    return Subscriber(
        ref=f"{number:016x}",
        address=f"r{number}@example.net",
        address_key=f"r{number}@example.net",
        address_hash=f"{number:064x}",
        state="active" if number % 13 else "left",
        zone=chance.choice(ZONES),
        hour=chance.choice((7, 20, 23)),
        never_hours=chance.choice((0, 1 << 23, 0b111 << 6)),
        quiet_days=chance.choice(([], ["03-28"])),
        language=chance.choice(("en", "es")),
        discreet=True,
        extras=chance.random() < 0.6,
        paused_until=chance.choice((None, None, NOW - DAY, NOW + DAY, NOW + 2 * DAY, NOW + 9 * DAY)),
        created_at=TUESDAY,
        confirmed_at=TUESDAY,
    )


def _enrol(session: Session, chance: random.Random, person_id: int, sequence_id: int) -> None:
    mine = Enrolment(
        subscriber_id=person_id,
        sequence_id=sequence_id,
        state=chance.choice(("running", "running", "running", "finished")),
        weekday=chance.randrange(7),
        pace_days=chance.choice((1, 2, 7)),
        anchor=TUESDAY.date(),
        created_at=TUESDAY,
        last_planned_at=NOW + chance.choice((-30, -1, 1, 2)) * DAY,
        next_due_at=NOW + timedelta(hours=chance.randrange(12, 24 * 9)),
    )
    session.add(mine)
    session.flush()
    letter = sequences.letters_of(session, sequence_id)[0].id
    session.add(
        Message(
            ref=f"{mine.id:016x}",
            kind="letter",
            lane=1,
            state=chance.choice(("sent", "refused", "skipped")),
            subscriber_id=person_id,
            enrolment_id=mine.id,
            turn=1,
            letter_id=letter,
            local_day=TUESDAY.date() + sequence_id * DAY,
            planned_at=TUESDAY,
            not_before=TUESDAY,
            not_after=TUESDAY + DAY,
        )
    )


def _slots(each: Candidate, timing: Timing) -> tuple[datetime, ...]:
    rhythm = rhythm_in(timing, each.rhythm, shift_minutes(each.id, timing.spread_hours))
    return expected_slots(rhythm, timing.first_date, 2, now=NOW)


def _near(session: Session, each: Candidate, slots: tuple[datetime, ...], manner: Manner) -> Iterator[bool]:
    """Whether the batch comes near each programme that this reader is on."""
    going = select(Enrolment).join(Sequence, Sequence.id == Enrolment.sequence_id)
    going = going.where(Enrolment.subscriber_id == each.id, Enrolment.state == "running", Sequence.held.is_(False))
    block = Block(slots[0], slots[-1]) if manner is Manner.INSTEAD else None
    own = each.rhythm
    for mine in session.scalars(going.where(Sequence.kind == "programme")):
        assert mine.next_due_at is not None
        rhythm = Rhythm(mine.weekday, own.hour, own.zone, mine.pace_days, own.never_hours, own.quiet_days)
        until, last = slots[-1] + 2 * DAY, mine.last_planned_at
        others = usual_slots(rhythm, mine.next_due_at, 99, until=until, last=last, block=block)
        yield are_near(slots, (*others, last) if last else others)


@pytest.mark.parametrize(("manner", "spread_hours"), [(Manner.INSTEAD, 3), (Manner.EXTRA, 0)])
def test_all_readers_together_get_what_each_gets(bare_service: Service, manner: Manner, spread_hours: int) -> None:
    _crowd(bare_service)
    settings = Settings("All", first_date=SATURDAY, cadence_days=2, spread_hours=spread_hours, manner=manner)
    asked = (
        Audience(),
        Audience(languages=frozenset({"es"})),
        Audience(programme="steady"),
        Audience(weeks_min=1, without_letter=frozenset({1, 5})),
        Audience(finished="after-leaving"),
    )
    drafts = [River(bare_service).draft(replace(settings, audience=audience), 2) for audience in asked]
    nears = 0
    with bare_service.read() as session:
        for batch_id, audience in zip(drafts, asked, strict=True):
            tried = dry_runs.try_out(session, batch_id, now=NOW)
            timing = batches.timing_of(session.get_one(Batch, batch_id))
            assert tried is not None
            assert timing is not None
            every = audiences.candidates(session, audience, now=NOW)
            assert audiences.candidates(session, audience, now=NOW, limit=READERS) == every
            slots = {each.id: _slots(each, timing) for each in every}
            why = {
                each.id: left_out(
                    manner,
                    first=slots[each.id][0],
                    suppressed=each.suppressed,
                    had=each.had,
                    extras=each.extras,
                    paused_until=each.paused_until,
                )
                for each in every
            }
            gets = [each for each in every if why[each.id] is None]
            near = sum(any(_near(session, each, slots[each.id], manner)) for each in gets)
            assert tried.readers == len(gets) > 0
            assert tried.letters == tuple(Counter(slots[each.id][number] for each in gets) for number in range(2))
            assert tried.left_out == dict(sorted(Counter(each for each in why.values() if each).items()))
            assert tried.near == near == dry_runs.near(session, batch_id, now=NOW)
            assert {each.subscriber_id for each in tried.examples} <= {each.id for each in gets}
            assert len(tried.examples) >= min(len(gets), dry_runs.EXAMPLES // 2)
            nears += near
    assert nears > 0
