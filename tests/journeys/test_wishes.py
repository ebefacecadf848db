"""Each wish of a reader, changed on its page, shows in what is sent next; real mail, on PostgreSQL.

The actions behind the pages are tested on both databases.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from service.domain.schedule import local
from service.mail.programmes import read_programme
from service.store.tables import Message, Subscriber
from tests.parts.river import Parts
from tests.parts.servers import Redis, Witness
from tests.parts.world import SHIPPED, Form, World, link_in, text_of, world_of

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
READER = "reader@example.net"
SETTINGS = "Pause or change anything"


@pytest.fixture
def world(postgresql_url: str, redis: Redis, witness: Witness, tmp_path: Path) -> Iterator[World]:
    parts = Parts(postgresql_url, redis.url, witness.url, more=(("INBOX_FOLDER", str(tmp_path)),))  # a demo shows support lines
    with world_of(parts, witness, "after-leaving", "check-in", "line-a-day") as world:
        world.join(READER, START, discreet="on")
        yield world


def wall_of(world: World, mail: EmailMessage, zone: str = "Europe/Berlin") -> datetime:
    """When the letter of a mail was to come, as a wall in that zone shows it."""
    with world.service.read() as session:
        ref = str(mail["Message-ID"]).split("@")[0].removeprefix("<d.")
        slot = session.scalars(select(Message.slot).where(Message.ref == ref)).one()
    assert slot is not None
    return local(slot, zone)


def said(mail: EmailMessage) -> str:
    """The text of a mail, in one line."""
    return " ".join(text_of(mail).split())


@pytest.mark.timeout(240)
def test_how_a_note_looks_and_speaks(world: World) -> None:
    plan = read_programme(SHIPPED / "after-leaving")
    first = world.next(READER)
    settings = link_in(first, SETTINGS) + "/settings"
    assert "Hello. Here is your note for this week." in said(first)
    assert str(first["Subject"]) != "Whatever you feel makes sense"

    world.press(f"{settings}/look", answer="no")
    world.press(f"{settings}/plain", answer="yes")
    world.press(f"{settings}/lines", lines="one", country="GB")
    second = world.next(READER)
    assert str(second["Subject"]) == "Rest before answers"
    assert "Hello. Here is your note" not in said(second)
    assert second.get_content_type() == "text/plain"
    assert "999" in said(second)
    assert "999" not in said(first)

    world.press(f"{settings}/plain", answer="no")
    world.press(f"{settings}/lines", lines="all")
    world.press(f"{settings}/language", spoken="es")
    third = world.next(READER)
    assert third.get_content_type() == "multipart/alternative"
    assert "lila.help" in said(third)
    assert "Si no haces nada, tu próxima nota llega el martes" in said(third)
    title = plan.translations["es"].sources["when-the-storm-comes"].partition("\n# ")[2].partition("\n")[0]
    assert title in said(third)

    world.press(f"{settings}/link", answer="yes")
    fourth = world.next(READER)
    assert "Reflection" not in said(fourth)
    assert len(said(fourth)) < 1200
    read = next(word for word in text_of(fourth).split() if "/r/" in word)
    page = world.web.get(urlsplit(read).path)
    assert page.status_code == 200
    assert READER not in page.text
    assert page.headers["X-Robots-Tag"] == "noindex"
    title = plan.translations["es"].sources["a-plan-for-hard-moments"].partition("\n# ")[2].partition("\n")[0]
    assert title in page.text


@pytest.mark.timeout(240)
def test_when_a_note_comes(world: World) -> None:
    first = world.next(READER)
    mine, note = link_in(first, SETTINGS), link_in(first, "Not today, send it again later").rpartition("/")[0]
    assert f"{wall_of(world, first):%A %H:%M}" == "Tuesday 10:00"

    world.press(f"{note}/day", pace="14", weekday="4", hour="18")
    second = world.next(READER)
    assert f"{wall_of(world, second):%A %H:%M}" == "Friday 18:00"
    assert (wall_of(world, second).date() - wall_of(world, first).date()).days >= 11

    world.press(f"{note}/day", pace="7", weekday="4", hour="18")
    world.press(f"{mine}/settings/hours", hours=["18", "19"])
    third = world.next(READER)
    assert f"{wall_of(world, third):%A %H:%M}" == "Friday 20:00", "never at 18 or 19: the next open hour"

    usual = wall_of(world, third).date() + timedelta(days=7)
    world.press(f"{mine}/settings/days", day=str(usual.day), month=str(usual.month))
    fourth = world.next(READER)
    assert wall_of(world, fourth).date() == usual + timedelta(days=7), "nothing comes on a quiet day"

    world.press(f"{mine}/settings/zone", zone="America/New_York")
    fifth = world.next(READER)
    assert f"{wall_of(world, fifth, 'America/New_York'):%A %H:%M}" == "Friday 20:00"
    with world.service.read() as session:
        row = session.scalars(select(Subscriber)).one()
        assert (row.zone, row.quiet_days) == ("America/New_York", [f"{usual:%m-%d}"])


@pytest.mark.timeout(240)
def test_other_programmes_news_and_extras(world: World) -> None:
    first = world.next(READER)
    mine, note = link_in(first, SETTINGS), link_in(first, "Not today, send it again later").rpartition("/")[0]
    world.press(f"{mine}/start", programme="line-a-day")
    came = len(world.mails(READER))
    days = [world.service.now() + timedelta(days=day) for day in range(1, 8)]
    for day in days:
        world.at(day.replace(hour=8, minute=0))
        world.at(day.replace(hour=9, minute=0))
    letters = world.mails(READER)[came:]
    walls = [wall_of(world, mail).date() for mail in letters]
    assert len(letters) >= 5
    assert len(set(walls)) == len(walls), "at most one reflection a local day, over all programmes"
    assert any("Rest before answers" in said(mail) for mail in letters)

    world.press(f"{note}/stop")
    came = len(world.mails(READER))
    for number in range(1, 6):
        world.at(days[-1].replace(hour=9, minute=0) + timedelta(days=number))
    later = world.mails(READER)[came:]
    assert len(later) >= 4, "the other programme goes on"
    assert not any("When the storm comes" in said(mail) for mail in later)

    world.press(f"{mine}/settings/news", answer="yes")
    world.press(f"{mine}/settings/extras", answer="yes")
    with world.service.read() as session:
        row = session.scalars(select(Subscriber)).one()
        assert (row.tell_me, row.extras) == (True, True)


@pytest.mark.timeout(240)
def test_a_new_address_gets_everything_and_the_old_one_nothing_not_even_a_word(world: World) -> None:
    first = world.next(READER)
    mine, stop = link_in(first, SETTINGS), link_in(first, "Stop these emails")
    old = len(world.mails(READER))
    world.press(f"{mine}/address", email="new@example.net")
    world.at(world.service.now())
    (asked,) = world.mails("new@example.net")
    link = next(word for word in text_of(asked).split() if "/a/" in word)
    world.press(link)
    world.at(world.service.now())
    second = world.next("new@example.net")
    assert "Rest before answers" in said(second)
    assert len(world.mails(READER)) == old
    path = urlsplit(mine).path
    assert world.web.get(path).status_code == 404
    assert world.web.post(urlsplit(stop).path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert "When the storm comes" in said(world.next("new@example.net")), "the old stop link touches nothing of the new one"


@pytest.mark.timeout(240)
def test_an_export_comes_by_mail_and_erasing_leaves_nothing_to_send(world: World) -> None:
    first = world.next(READER)
    mine = link_in(first, "Delete everything")
    world.web.post(f"{urlsplit(mine).path}/export", data=_stamped(world, mine))
    world.at(world.service.now())
    mail = world.mails(READER)[-1]
    link = next(word for word in text_of(mail).split() if "/x/" in word)
    page = world.web.get(urlsplit(link).path)
    assert page.status_code == 200
    shown = world.press(link, format="html")
    assert READER in shown
    assert "Europe/Berlin" not in shown

    second_page = world.web.post(f"{urlsplit(mine).path}/erase", data=_stamped(world, mine)).text
    came = len(world.mails(READER))
    answer = world.web.post(f"{urlsplit(mine).path}/erased", data=Form(second_page).fields)
    assert "Deleted." in answer.text
    world.at(world.service.now() + timedelta(days=30))
    assert len(world.mails(READER)) == came
    with world.service.read() as session:
        assert session.scalars(select(Subscriber.id)).all() == []


def _stamped(world: World, link: str) -> dict[str, str]:
    return Form(world.web.get(urlsplit(link).path).text).fields
