"""A batch of four letters to readers in 8 zones over a clock change, with real RQ, Valkey, PostgreSQL and SMTP.

What the dry run promised is what was sent, to the minute; holding up in mid-run loses nothing, floods nobody and repeats
nothing; and the account closes at every step.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import select

from service.actions import batch_letters, batches
from service.actions.batches import Settings
from service.app import build
from service.domain.batches import UNDO_WITHIN, launch_at
from service.domain.messages import Kind
from service.domain.schedule import local_day
from service.store import batches as batch_rows
from service.store import dry_runs, progress, sequences
from service.store.tables import Enrolment, Letter, Message, Subscriber
from tests.parts.river import Parts
from tests.parts.servers import Redis, Witness
from tests.parts.world import World, world_of
from tests.web.admin.seats import StandInSeats

ZONES = (
    *("Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles"),
    *("Asia/Kolkata", "Australia/Sydney", "Pacific/Auckland", "America/Sao_Paulo"),
)
READERS = 1_000 if os.environ.get("STORM") else 24
"""`make storm` takes all of them; four letters to each are as many mails as all other tests together."""

FIRST = date(2026, 3, 21)
"""Four Saturdays: Europe's clocks go forward on 29 March, Australia's and New Zealand's back on 5 April."""
HOUR = 9
BEFORE = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
GRACE = timedelta(minutes=10)
WEEK = timedelta(days=7)


@pytest.fixture
def world(postgresql_url: str, redis: Redis, witness: Witness) -> Iterator[World]:
    with world_of(Parts(postgresql_url, redis.url, witness.url), witness, "after-leaving") as world:
        yield world


def crowd(world: World) -> None:
    """Readers who have come to different letters of their programme, and get it on Tuesdays."""
    with world.service.write() as session:
        programme = sequences.by_slug(session, "after-leaving")
        assert programme is not None
        for number in range(READERS):
            zone = ZONES[number % len(ZONES)]
            session.add(
                Subscriber(
                    ref=f"{number:016x}",
                    address=f"r{number}@example.net",
                    address_key=f"r{number}@example.net",
                    address_hash=f"{number:064x}",
                    state="active",
                    zone=zone,
                    hour=10,
                    language="en",
                    discreet=True,
                    created_at=BEFORE,
                    confirmed_at=BEFORE,
                )
            )
        session.flush()
        for person in session.scalars(select(Subscriber)):
            session.add(
                Enrolment(
                    subscriber_id=person.id,
                    sequence_id=programme.id,
                    state="running",
                    weekday=1,
                    pace_days=7,
                    anchor=BEFORE.date(),
                    created_at=BEFORE,
                    next_due_at=datetime(2026, 3, 24, 10, tzinfo=UTC),
                )
            )


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


def slots(world: World, batch: int) -> list[Counter[datetime]]:
    """When each letter of the batch left, by the ledger."""
    with world.service.read() as session:
        order = [letter.id for letter in batch_rows.letters_of(session, batch)]
        found: dict[int, Counter[datetime]] = defaultdict(Counter)
        sent = select(Message).where(Message.letter_id.in_(order), Message.state == "sent")
        for message in session.scalars(sent):
            if message.letter_id and message.slot:
                found[message.letter_id][message.slot] += 1
    return [found[letter_id] for letter_id in order]


def check(world: World, batch: int) -> None:
    """The account closes, whatever is going on."""
    with world.service.read() as session:
        accounts = progress.account(session, batch)
    assert accounts.total.closes
    assert all(each.closes for each in accounts.letters.values())


def received(world: World) -> Counter[str]:
    """How many mails the SMTP server took for each address."""
    return Counter(line["rcpt"] for line in world.witness.received())


@pytest.mark.timeout(600)
def test_what_was_promised_is_what_readers_get(world: World) -> None:
    crowd(world)
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


def nobody_twice(world: World) -> None:
    """No two letters on one local day, none twice, and none that the SMTP server did not see."""
    with world.service.read() as session:
        rows = session.execute(
            select(Message.subscriber_id, Message.letter_id, Message.slot, Subscriber.zone, Message.ref)
            .join(Subscriber, Subscriber.id == Message.subscriber_id)
            .join(Letter, Letter.id == Message.letter_id)
            .where(Message.kind == Kind.LETTER, Message.state == "sent")
        ).all()
    days = Counter((person, local_day(slot, zone)) for person, _, slot, zone, _ in rows if slot)
    letters = Counter((person, letter) for person, letter, *_ in rows)
    assert set(days.values()) == set(letters.values()) == {1}
    seen = Counter(
        message_from_bytes(world.witness.raw(line["seq"]))["Message-ID"].partition(".")[2].partition("@")[0]
        for line in world.witness.received()
    )
    assert seen == Counter(ref for *_, ref in rows)


@pytest.mark.timeout(300)
def test_after_a_long_pause_nobody_gets_a_heap(world: World) -> None:
    crowd(world)
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
