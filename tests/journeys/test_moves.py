"""What a reader presses is what comes next: each move, made on its page, and the mail that follows, on PostgreSQL.

The actions behind the pages are tested on both databases.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from service.domain.schedule import local_day
from service.mail.programmes import read_programme
from service.store.tables import Message
from tests.parts.river import Parts
from tests.parts.servers import Redis, Witness
from tests.parts.world import SHIPPED, World, link_in, text_of, world_of

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
READER = "reader@example.net"
LONGER, ON, BACK, LATER = (
    "A little longer with this",
    "On to the next part",
    "Back to an earlier part",
    "Not today, send it again later",
)
SETTINGS = "Pause or change anything"


@pytest.fixture
def world(postgresql_url: str, redis: Redis, witness: Witness) -> Iterator[World]:
    with world_of(Parts(postgresql_url, redis.url, witness.url), witness, "after-leaving", "check-in") as world:
        world.join(READER, START)
        yield world


def title(slug: str, name: str) -> str:
    """The title of a shipped letter, as it stands in mails."""
    found = re.search(r"^# (.+)$", (SHIPPED / slug / f"{name}.md").read_text("utf-8"), re.MULTILINE)
    assert found is not None
    return found[1].replace("'", "’")


def is_letter(mail: EmailMessage, name: str, slug: str = "after-leaving") -> bool:
    """Whether a mail holds this letter."""
    return title(slug, name) in text_of(mail)


def first_of(slug: str) -> str:
    """The first letter of a shipped programme."""
    return read_programme(SHIPPED / slug).names[0]


def said(mail: EmailMessage) -> str:
    """The text of a mail, in one line."""
    return " ".join(text_of(mail).split())


def day_of(world: World, mail: EmailMessage) -> str:
    """The local weekday of the letter that a mail holds."""
    with world.service.read() as session:
        ref = str(mail["Message-ID"]).split("@")[0].removeprefix("<d.")
        slot = session.scalars(select(Message.slot).where(Message.ref == ref)).one()
    assert slot is not None
    return f"{local_day(slot, 'Europe/Berlin'):%a %d %b}"


@pytest.mark.timeout(240)
def test_staying_going_on_going_back_and_putting_off(world: World) -> None:
    first = world.next(READER)
    assert is_letter(first, "whatever-you-feel")

    assert "Your next note comes on" in world.press(link_in(first, LONGER))
    stayed = world.next(READER)
    assert is_letter(stayed, "three-pegs-for-a-day"), "an alternate of the part"
    world.press(link_in(stayed, LONGER))
    assert is_letter(world.next(READER), "the-part-of-you-that-listens")
    world.press(link_in(stayed, LONGER))
    quiet = world.next(READER)
    assert is_letter(quiet, "a-quieter-note"), "alternates have run out: a check-in, which says so"
    world.press(link_in(quiet, LONGER))
    assert is_letter(world.next(READER), "room-to-stay"), "never the same mail twice in a row"

    assert is_letter(world.next(READER), "rest-before-answers"), "then the notes go on where they were"
    world.press(link_in(first, ON))
    third = world.next(READER)
    assert is_letter(third, "when-the-storm-comes")

    world.press(link_in(third, LATER), days="2")
    again = world.next(READER)
    assert is_letter(again, "when-the-storm-comes"), "the same note once more"
    assert int(day_of(world, again)[4:6]) - int(day_of(world, third)[4:6]) in (2, 2 - 30, 2 - 31)

    world.press(link_in(third, BACK))
    back = world.next(READER)
    assert is_letter(back, "whatever-you-feel"), "all alternates were read, so the letter itself comes again"


@pytest.mark.timeout(240)
def test_a_pause_holds_everything_and_one_note_comes_after_it_and_says_so(world: World) -> None:
    first = world.next(READER)
    settings = link_in(first, SETTINGS)
    assert "Paused until" in world.press(f"{settings}/pause", weeks="2")
    before = len(world.mails(READER))
    tuesday = START + timedelta(days=1)  # its slot: 10:00 in Berlin
    for days in range(1, 14):
        world.at(tuesday + timedelta(days=days))
    assert len(world.mails(READER)) == before, "nothing comes during a pause"
    for days in range(14, 22):
        world.at(tuesday + timedelta(days=days))
    one, following = world.mails(READER)[before:]
    assert is_letter(one, "rest-before-answers")
    assert "You had paused, and the notes go on from here." in said(one)
    assert is_letter(following, "when-the-storm-comes")
    assert "You had paused" not in said(following)


@pytest.mark.timeout(240)
def test_a_pause_without_end_ends_when_the_reader_says(world: World) -> None:
    first = world.next(READER)
    settings = link_in(first, SETTINGS)
    world.press(f"{settings}/pause", weeks="open")
    before = len(world.mails(READER))
    world.at(START + timedelta(days=100))
    assert len(world.mails(READER)) == before
    assert "Your next note comes on" in world.press(f"{settings}/resume")
    world.at(START + timedelta(days=100))
    assert is_letter(world.next(READER), "rest-before-answers")


@pytest.mark.timeout(240)
def test_the_notes_can_begin_with_a_later_part_and_end_with_a_choice(world: World) -> None:
    address = "later@example.net"
    world.sign_up(address)
    world.at(world.service.now())
    page = world.confirm(address)
    action = re.search(r'action="(/p/[^"]+/part)"', page)
    parts = re.findall(r'name="part" value="(\d+)"', page)
    stamp = re.search(r'name="stamp" value="([^"]+)"', page)
    assert action is not None
    assert stamp is not None
    assert len(parts) == 5
    answer = world.web.post(action[1], data={"stamp": stamp[1], "part": parts[4]})
    assert answer.status_code == 200
    world.at(world.due())
    first = world.mails(address)[-1]
    assert is_letter(first, "looking-back-kindly")
    world.at(world.due())
    last = world.mails(address)[-1]
    assert is_letter(last, "open-at-your-own-pace")
    assert "If you choose nothing, they end here, and we forget your address in 30 days." in said(last)

    choice = link_in(last, "Choose what comes after these notes")
    assert "Weekly check-in" in world.web.get(choice.removeprefix("http://127.0.0.1:8000")).text
    settings = link_in(last, SETTINGS)
    world.press(f"{settings}/start", programme="check-in")
    came = len(world.mails(address))
    for _ in range(4):
        world.at(world.due())
    letters = world.mails(address)[came:]
    assert letters, "the notes that were chosen come"
    assert is_letter(letters[0], first_of("check-in"), "check-in")
