"""A reader from sign-up to goodbye: real pages, database, RQ, Valkey and SMTP, on a calendar that is moved by hand."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from service.domain.schedule import local
from service.mail.programmes import read_programme
from service.store.tables import Enrolment, Message, Subscriber
from tests.parts.river import Parts
from tests.parts.servers import PROJECT, Redis, Witness
from tests.parts.world import World, world_of

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday, four weeks before the clocks change in Europe
LETTERS = 12


@pytest.fixture
def world(database_url: str, redis: Redis, witness: Witness) -> Iterator[World]:
    with world_of(Parts(database_url, redis.url, witness.url), witness, "after-leaving") as world:
        yield world


def _due(world: World) -> datetime | None:
    with world.service.read() as session:
        return session.scalars(select(Enrolment.next_due_at).order_by(Enrolment.id)).first()


def _one_click(world: World, letter: EmailMessage) -> None:
    link = str(letter["List-Unsubscribe"]).strip("<>").removeprefix("http://127.0.0.1:8000")
    answer = world.web.post(link, data="List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200


@pytest.mark.timeout(200)
def test_a_reader_from_sign_up_to_goodbye(world: World) -> None:
    stays, leaves = "stays@example.net", "leaves@example.net"
    world.at(START)
    world.sign_up(stays, discreet="on")
    world.sign_up(leaves)
    world.at(START)
    assert [str(mail["Subject"]) for mail in world.mails(stays)] == ["Please confirm your address"]
    page = world.confirm(stays)
    assert "Tuesday 10 March" in page or "Tuesday 3 March" in page
    world.confirm(leaves)
    world.at(START)
    assert len(world.mails(stays)) == len(world.mails(leaves)) == 2

    slots = []
    for week in range(LETTERS):
        due = _due(world)
        assert due is not None
        slots.append(due)
        world.at(due - timedelta(seconds=1))
        assert len(world.mails(stays)) == 2 + week, "nothing comes before its time"
        world.at(due)
        assert len(world.mails(stays)) == 3 + week
        if week == 3:
            _one_click(world, world.mails(leaves)[-1])
    _check_calendar(slots)
    _check_letters(world, stays)

    world.at(slots[-1] + timedelta(days=7))
    _check_ends(world)
    world.at(slots[-1] + timedelta(days=60))
    assert len(world.mails(stays)) == 2 + LETTERS, "the programme ends by itself"
    assert len(world.mails(leaves)) == 2 + 4, "nothing comes after leaving"
    with world.service.read() as session:
        assert session.scalars(select(Subscriber.address)).all() == [leaves], "whoever has read everything is forgotten"


def _check_calendar(slots: list[datetime]) -> None:
    walls = [local(slot, "Europe/Berlin") for slot in slots]
    assert {f"{wall:%A %H:%M}" for wall in walls} == {"Tuesday 10:00"}
    assert len({wall.utcoffset() for wall in walls}) == 2, "the clocks changed on the way"
    assert [(b.date() - a.date()).days for a, b in pairwise(walls)] == [7] * (LETTERS - 1)


def _check_letters(world: World, address: str) -> None:
    plan = read_programme(Path(PROJECT) / "templates/programmes/after-leaving")
    titles = [re.search(r"^# (.+)$", source, re.M)[1] for source in map(plan.sources.__getitem__, plan.names[:LETTERS])]  # type: ignore[index]
    letters = world.mails(address)[2:]
    for position, (letter, title) in enumerate(zip(letters, titles, strict=True), start=1):
        text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert title.replace("'", "’") in text, f"letter {position} is not {title}"
        last = position == LETTERS
        assert ("This was the last of these notes." in text) is last
        assert ("your next note comes on Tuesday" in text) is not last
    assert len({letter["Message-ID"] for letter in letters}) == LETTERS


def _check_ends(world: World) -> None:
    with world.service.read() as session:
        states = session.execute(select(Subscriber.address, Enrolment.state).join(Enrolment)).all()
        assert {str(address): state for address, state in states} == {
            "stays@example.net": "finished",
            "leaves@example.net": "stopped",
        }
        assert set(session.scalars(select(Message.state))) == {"sent"}
