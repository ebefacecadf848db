"""A batch of four letters to readers in 8 zones over a clock change, with real RQ, Valkey, PostgreSQL and SMTP.

What the dry run promised is what was sent, to the minute; holding up in mid-run loses nothing, floods nobody and repeats
nothing; and the account closes at every step.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from service.actions import batch_letters, batches
from service.actions.batches import Settings
from service.app import build
from service.domain.batches import UNDO_WITHIN, launch_at
from service.store import batches as batch_rows
from service.store import dry_runs, progress, sequences
from service.store.tables import Enrolment
from tests.parts.eight_zones import FIRST, check, crowd, nobody_twice, received, slots
from tests.parts.river import Parts
from tests.parts.servers import Redis, Witness
from tests.parts.world import World, world_of
from tests.web.admin.seats import StandInSeats

STORM = "STORM" in os.environ
READERS = 1_000 if STORM else 24
"""`make storm` takes all of them; four letters to each are as many mails as all other tests together."""
LONGEST = 3_000 if STORM else 600
"""Seconds for one test. With a thousand readers the two of them took 500 together on two busy cores."""

HOUR = 9
BEFORE = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 24, 10, tzinfo=UTC)
GRACE = timedelta(minutes=10)
WEEK = timedelta(days=7)


@pytest.fixture
def world(postgresql_url: str, redis: Redis, witness: Witness) -> Iterator[World]:
    with world_of(Parts(postgresql_url, redis.url, witness.url), witness, "after-leaving") as world:
        yield world


def schedule(world: World) -> int:
    """A batch of four letters, confirmed eleven minutes ago."""
    service = world.service
    wall = service.wall() - UNDO_WITHIN - timedelta(minutes=1)
    with service.write() as session:
        batch = batches.create(session, "Four Saturdays", by="Ada", wall=wall, letters=0)
        programme = sequences.by_slug(session, "after-leaving")
        assert programme is not None
        for letter in sequences.letters_of(session, programme.id)[:4]:
            batch_letters.copy_in(session, batch, letter.id, by="Ada", wall=wall)
        row = batch_rows.get(session, batch)
        assert row is not None
        settings = Settings("Four Saturdays", first_date=FIRST, cadence_days=7, hour=HOUR)
        revision = batches.change(session, batch, settings, revision=row.revision)
        assert batches.faults(session, batch, now=BEFORE) == {}
        batches.confirm(session, batch, revision=revision, by="Ada", now=BEFORE, wall=wall)
    return batch


@pytest.mark.timeout(LONGEST)
def test_what_was_promised_is_what_readers_get(world: World) -> None:
    crowd(world, READERS, since=BEFORE, due=TUESDAY)
    batch = schedule(world)
    with world.service.read() as session:
        promised = dry_runs.try_out(session, batch, now=BEFORE)
    assert promised is not None
    assert promised.readers == READERS
    assert [sum(letter.values()) for letter in promised.letters] == [READERS] * 4
    assert len(promised.letters[0]) == 8, "each zone has its own moment"

    begins = launch_at(FIRST)
    world.at(begins - timedelta(minutes=1))
    assert batch_rows_state(world, batch) == "scheduled"
    world.at(begins)
    check(world, batch)
    moments = sorted({moment for letter in promised.letters for moment in letter})
    second = sorted(promised.letters[1])
    for moment in moments:
        if moment == second[3]:
            hold_up(world, batch, moment)
        world.at(moment if moment != second[3] else moment + GRACE)
        if moment.hour == 0 or moment == moments[-1]:
            check(world, batch)

    assert slots(world, batch) == [Counter(letter) for letter in promised.letters], "to the minute"
    nobody_twice(world)
    with world.service.read() as session:
        accounts = progress.account(session, batch)
        waiting = session.scalars(select(Enrolment.next_due_at).where(Enrolment.sequence_id != batch)).all()
    assert (accounts.total.expected, accounts.total.sent) == (4 * READERS, 4 * READERS)
    assert min(moment for moment in waiting if moment) > moments[-1] + timedelta(days=5), "the series waited, and its gap holds"
    world.at(moments[-1] + timedelta(days=1))
    assert batch_rows_state(world, batch) == "done"
    seats = StandInSeats()
    seats.sit()
    page = build(world.service, seats=seats).test_client().get(f"/admin/batches/{batch}")
    assert page.status_code == 200
    assert f"{4 * READERS:,}" in page.text


def hold_up(world: World, batch: int, moment: datetime) -> None:
    """Pause before a zone's moment: nothing leaves. Resume ten minutes after it."""
    before = sum(received(world).values())
    with world.service.write() as session:
        batches.pause(session, batch, wall=world.service.wall())
    world.at(moment)
    check(world, batch)
    assert sum(received(world).values()) == before, "a paused batch sends nothing"
    with world.service.write() as session:
        batches.resume(session, batch, now=moment + GRACE, wall=world.service.wall())


def batch_rows_state(world: World, batch: int) -> str:
    with world.service.read() as session:
        row = batch_rows.get(session, batch)
        assert row is not None
        return row.state


@pytest.mark.timeout(LONGEST)
def test_after_a_long_pause_nobody_gets_a_heap(world: World) -> None:
    crowd(world, READERS, since=BEFORE, due=TUESDAY)
    batch = schedule(world)
    with world.service.read() as session:
        promised = dry_runs.try_out(session, batch, now=BEFORE)
    assert promised is not None
    world.at(launch_at(FIRST))
    first = sorted(promised.letters[0])
    for moment in first[:4]:
        world.at(moment)
    with world.service.write() as session:
        batches.pause(session, batch, wall=world.service.wall())
    for moment in first[4:]:
        world.at(moment)
    check(world, batch)
    sent = sum(received(world).values())
    late = first[-1] + timedelta(hours=7)
    with world.service.write() as session:
        batches.resume(session, batch, now=late, wall=world.service.wall())
    world.at(late)
    assert sum(received(world).values()) == sent, "what is late comes at the next wished hour"
    for moment in first:
        world.at(moment + WEEK)
    check(world, batch)
    assert sum(received(world).values()) == sent + READERS
    nobody_twice(world)
