"""A whole site moved by hand: real pages, database, RQ, Valkey and SMTP, on a calendar that stands until a test moves it."""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import select

from service.actions import programmes
from service.app import build
from service.bootstrap import Service
from service.domain.calendar import Calendar
from service.mail.programmes import read_programme
from service.store.tables import Enrolment
from tests.parts.river import Parts
from tests.parts.servers import PROJECT, Witness
from worker import bell, jobs
from worker.clock import Clock

NEVER = datetime(2100, 1, 1, tzinfo=UTC)
SHIPPED = Path(PROJECT) / "templates/programmes"


class Form(HTMLParser):
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
        self._web: FlaskClient | None = None
        jobs.bind(service, threading.Event())

    def at(self, moment: datetime) -> None:
        """Move the calendar; tick, ring and drain as the processes do."""
        self.service = replace(self.service, calendar=Calendar(moment, NEVER, 1))
        self._web = None
        jobs.bind(self.service, threading.Event())
        queue = bell.queue_of(bell.redis_of(self.service.redis_url))
        for _ in range(2):
            Clock(self.service, queue).tick()
            if queue.count:
                SimpleWorker([queue], connection=queue.connection, serializer=JSONSerializer).work(burst=True)

    @property
    def web(self) -> FlaskClient:
        """The pages at this moment of the calendar. Making them takes longer than a tick, and many moments need none."""
        self._web = self._web or build(self.service).test_client()
        return self._web

    def mails(self, address: str) -> list[EmailMessage]:
        """What the SMTP server took for an address, in order."""
        lines = [line for line in self.witness.received() if line["rcpt"] == address]
        return [message_from_bytes(self.witness.raw(line["seq"]), policy=policy.default) for line in lines]

    def sign_up(self, address: str, **wishes: str) -> None:
        """Fill in the form of the sign-up page."""
        form = Form(self.web.get("/").text).fields
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
        answer = self.web.post(found[0], data=Form(page.text).fields)
        assert answer.status_code == 200
        return answer.text

    def due(self) -> datetime:
        """When the next letter to anybody is due."""
        with self.service.read() as session:
            found = session.scalars(select(Enrolment.next_due_at).where(Enrolment.next_due_at.is_not(None))).all()
        return min(moment for moment in found if moment is not None)

    def next(self, address: str) -> EmailMessage:
        """Let the next letter come, and give it: exactly one."""
        before = len(self.mails(address))
        self.at(self.due())
        (letter,) = self.mails(address)[before:]
        return letter

    def join(self, address: str, start: datetime, **wishes: str) -> None:
        """Sign up and confirm."""
        self.at(start)
        self.sign_up(address, **wishes)
        self.at(start)
        self.confirm(address)
        self.at(start)

    def press(self, link: str, **fields: str | list[str]) -> str:
        """Open a page of ours and press the button of its first form; gives the answer."""
        path = urlsplit(link).path
        page = self.web.get(path)
        assert page.status_code == 200, page.text
        answer = self.web.post(path, data=Form(page.text).fields | fields)
        assert answer.status_code == 200, answer.text
        return answer.text


def text_of(mail: EmailMessage) -> str:
    """The text part of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    words: str = part.get_content()
    return words.replace("\r\n", "\n")


def link_in(mail: EmailMessage, words: str) -> str:
    """The address below these words in the text of a mail."""
    found = re.search(rf"^{re.escape(words)}\n(https?://\S+)$", text_of(mail), re.MULTILINE)
    assert found is not None, text_of(mail)
    return found[1]


@contextmanager
def world_of(parts: Parts, witness: Witness, *slugs: str) -> Iterator[World]:
    """A world with some of the programmes that come with Mendletter."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    service = parts.service()
    with service.write() as session:
        for slug in slugs:
            programmes.load(session, read_programme(SHIPPED / slug), wall=service.wall())
    yield World(service, witness)
    service.database.close()
    for number, handler in handlers.items():
        signal.signal(number, handler)
