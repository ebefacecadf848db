"""A reader from sign-up to goodbye: real pages, database, RQ, Valkey and SMTP, on a calendar that is moved by hand."""

import re
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import select

from service.actions import programmes
from service.app import build
from service.bootstrap import Service
from service.domain.calendar import Calendar
from service.domain.schedule import local
from service.mail.programmes import read_programme
from service.store.tables import Enrolment, Message, Subscriber
from tests.parts.river import Parts
from tests.parts.servers import PROJECT, Redis, Witness
from worker import bell, jobs
from worker.clock import Clock

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday, four weeks before the clocks change in Europe
NEVER = datetime(2100, 1, 1, tzinfo=UTC)
LETTERS = 12


class _Form(HTMLParser):
    """The hidden fields of the first POST form of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._state = "before"
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and self._state == "before" and (given.get("method") or "").lower() == "post":
            self._state = "inside"
        if tag == "input" and self._state == "inside" and given.get("type") == "hidden":
            self.fields[given["name"] or ""] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._state == "inside":
            self._state = "after"


class World:
    """Everything at once, moved by hand: `at` sets the calendar and lets the river run until it is still."""

    def __init__(self, service: Service, witness: Witness) -> None:
        self.service, self.witness = service, witness
        self.web: FlaskClient = build(service).test_client()
        jobs.bind(service, threading.Event())

    def at(self, moment: datetime) -> None:
        """Move the calendar; tick, ring and drain as the processes do."""
        self.service = replace(self.service, calendar=Calendar(moment, NEVER, 1))
        self.web = build(self.service).test_client()
        jobs.bind(self.service, threading.Event())
        queue = bell.queue_of(bell.redis_of(self.service.redis_url))
        for _ in range(2):
            Clock(self.service, queue).tick()
            SimpleWorker([queue], connection=queue.connection, serializer=JSONSerializer).work(burst=True)

    def mails(self, address: str) -> list[EmailMessage]:
        """What the SMTP server took for an address, in order."""
        lines = [line for line in self.witness.received() if line["rcpt"] == address]
        return [message_from_bytes(self.witness.raw(line["seq"]), policy=policy.default) for line in lines]

    def sign_up(self, address: str, **wishes: str) -> None:
        """Fill in the form of the sign-up page."""
        form = _Form(self.web.get("/").text).fields
        asked = {"programme": "after-leaving", "weekday": "1", "hour": "10", "zone": "Europe/Berlin", "consent": "on"}
        answer = self.web.post("/subscribe", data=form | asked | {"email": address} | wishes)
        assert answer.status_code == 200

    def confirm(self, address: str) -> str:
        """Open the link of the confirm letter and press its button; gives the page."""
        text = self.mails(address)[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
        found = re.search(r"/c/[\w-]{43}", text)
        assert found is not None
        page = self.web.get(found[0])
        assert page.status_code == 200
        answer = self.web.post(found[0], data=_Form(page.text).fields)
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
def world(database_url: str, redis: Redis, witness: Witness) -> Iterator[World]:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    service = Parts(database_url, redis.url, witness.url).service()
    with service.write() as session:
        plan = read_programme(Path(PROJECT) / "templates/programmes/after-leaving")
        programmes.load(session, plan, wall=service.wall())
    yield World(service, witness)
    service.database.close()
    for number, handler in handlers.items():
        signal.signal(number, handler)


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
    world.at(slots[-1] + timedelta(days=60))
    assert len(world.mails(stays)) == 2 + LETTERS, "the programme ends by itself"
    assert len(world.mails(leaves)) == 2 + 4, "nothing comes after leaving"
    _check_ends(world)


def _check_calendar(slots: list[datetime]) -> None:
    walls = [local(slot, "Europe/Berlin") for slot in slots]
    assert {f"{wall:%A %H:%M}" for wall in walls} == {"Tuesday 10:00"}
    assert len({wall.utcoffset() for wall in walls}) == 2, "the clocks changed on the way"
    assert [(b.date() - a.date()).days for a, b in pairwise(walls)] == [7] * (LETTERS - 1)


def _check_letters(world: World, address: str) -> None:
    plan = read_programme(Path(PROJECT) / "templates/programmes/after-leaving")
    titles = [re.search(r"^# (.+)$", source, re.M)[1] for source in plan.sources.values()]  # type: ignore[index]
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
