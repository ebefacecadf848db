"""The week in figures: the clock tells it on Monday morning, once, and it reaches a real mailbox."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from service.bootstrap import Service
from service.domain.roles import Role
from service.store.account_tables import Admin
from tests.parts.river import TUESDAY, Parts
from tests.parts.servers import Redis, Witness
from tests.parts.world import World, text_of, world_of
from worker.clock import TELL_EVERY, Clock

SUNDAY = datetime(2026, 3, 8, 20, 0, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
"""Eight in the morning in Berlin."""

WEEK = timedelta(days=7)
ADA = "ada@example.org"


@pytest.fixture
def world(sqlite_url: str, redis: Redis, witness: Witness) -> Iterator[World]:
    """A site with a programme and somebody at the desk who wants the digest."""
    with world_of(Parts(sqlite_url, redis.url, witness.url), witness, "after-leaving") as world:
        with world.service.write() as session:
            session.add(
                Admin(
                    email=ADA,
                    email_key=ADA,
                    name="Ada",
                    role=Role.OWNER,
                    zone="Europe/Berlin",
                    fs_uniquifier="ada",
                    fs_webauthn_user_handle="ada",
                    created_at=TUESDAY,
                    confirmed_at=TUESDAY,
                )
            )
        yield world


def at(world: World, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the river run at a real moment, which the calendar shares."""
    monkeypatch.setattr(Service, "wall", lambda _: moment)
    world.at(moment)


def test_the_week_reaches_a_mailbox_on_monday_morning_and_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    at(world, SUNDAY, monkeypatch)
    at(world, MONDAY - timedelta(minutes=1), monkeypatch)
    assert world.mails(ADA) == []
    for minutes in (0, 1, 2, 600):
        at(world, MONDAY + timedelta(minutes=minutes), monkeypatch)
    (mail,) = world.mails(ADA)
    assert mail["Subject"] == "The week in figures"
    assert "From Monday 2 March to Sunday 8 March" in text_of(mail)
    at(world, MONDAY + WEEK, monkeypatch)
    assert len(world.mails(ADA)) == 2


def test_a_clock_looks_no_more_than_once_a_minute(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[datetime] = []

    def nobody(_: object, *, wall: datetime) -> list[object]:
        looked.append(wall)
        return []

    monkeypatch.setattr("service.actions.digests.due", nobody)
    seconds = [1000.0]
    monkeypatch.setattr(Service, "monotonic", lambda _: seconds[0])
    clock = Clock(world.service, None)
    for passed in (0.0, 1.0, TELL_EVERY - 2, 1.0, TELL_EVERY):
        seconds[0] += passed
        clock.tick()
    assert len(looked) == 3
