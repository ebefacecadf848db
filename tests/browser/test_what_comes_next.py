"""In a real browser: each move and each wish is pressed on its page, and then what is sent next is looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from service.actions import enrolments, messages
from service.domain.messages import Kind, State
from service.domain.schedule import local
from service.mail.tokens import Purpose
from service.store.tables import Enrolment, Letter, Message, Subscriber
from tests.browser.reader_pages import reader
from tests.browser.site import Site
from tests.parts.grave import link
from tests.parts.quiet_weeks import QUIET_WEEKS

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Next:
    """The letter that comes next: its name, when it was to come on the reader's wall, and the mail itself."""

    name: str
    wall: datetime
    mail: EmailMessage

    @property
    def text(self) -> str:
        """The text of the mail, in one line."""
        part = self.mail.get_body(("plain",))
        assert part is not None
        return " ".join(part.get_content().split())


@dataclass
class Desk:
    """A reader with a browser: two letters came, `lamp` of the first part and `cup` of the second."""

    site: Site
    page: Page
    person: int

    def open(self, path: str, *, of_note: bool = True) -> None:
        """Open one of their pages."""
        me = f"{self.site.url}/p/{link(self.site.service, self.person, Purpose.PREFERENCES)}"
        with self.site.service.read() as session:
            number = session.scalars(select(Enrolment.id).where(Enrolment.subscriber_id == self.person)).one()
        self.page.goto(f"{me}/{number}/{path}" if of_note else f"{me}/{path}")

    def press(self) -> str:
        """Press the one filled button; gives what the page says then."""
        self.page.click("main form button:not(.quiet)")
        return self.page.inner_text("main")

    def next(self) -> Next | None:
        """Let the clock plan when the next letter is due, and make the mail; None if nothing is planned."""
        service = self.site.service
        with service.write() as session:
            due = session.scalars(select(Enrolment.next_due_at).where(Enrolment.subscriber_id == self.person)).one()
            assert due is not None
            now = max(due, service.now())
            enrolments.plan(session, now=now, wall=now, speed=1)
            due = session.scalars(select(Enrolment.next_due_at).where(Enrolment.subscriber_id == self.person)).one()
            assert due is not None
            if not session.scalars(select(Message.id).where(Message.kind == Kind.LETTER, Message.state == State.DUE)).all():
                now = due  # it had been found late: then at its new slot
                enrolments.plan(session, now=now, wall=now, speed=1)
            for system in session.scalars(select(Message).where(Message.kind != Kind.LETTER)):
                system.state = State.SENT
            taken = messages.take(session, token="t", lease=timedelta(minutes=5), now=now, wall=now, speed=1)
            if taken is None:
                return None
            row = session.get_one(Message, taken.message_id)
            person = session.get_one(Subscriber, self.person)
            assert row.slot is not None
            name = session.get_one(Letter, row.letter_id).name
            mail = message_from_bytes(service.compose(taken.posting).data, policy=policy.default)
            return Next(name, local(row.slot, person.zone), mail)


@pytest.fixture
def desk(browser: Browser, site: Site) -> Desk:
    person = reader(site)
    return Desk(site, site.open(browser), person)


def came(desk: Desk) -> Next:
    """The next letter, which must come."""
    found = desk.next()
    assert found is not None
    return found


def test_without_a_press_the_usual_letter_comes(desk: Desk) -> None:
    assert came(desk).name == "bench"


@pytest.mark.parametrize(
    ("path", "choice", "name"),
    [
        ("longer", "", "other-cup"),
        ("on", "", "gate"),
        ("back", "", "lamp"),
        ("part", "label.choice:last-of-type input", "gate"),
        ("later", 'input[value="2"]', "cup"),
    ],
)
def test_moves(desk: Desk, path: str, choice: str, name: str) -> None:
    desk.open(path)
    if choice:
        desk.page.check(choice)
    assert "comes on" in desk.press()
    assert came(desk).name == name


def test_taking_a_move_back(desk: Desk) -> None:
    desk.open("longer")
    desk.press()
    desk.open("usual")
    desk.press()
    assert came(desk).name == "bench"


def test_a_pause(desk: Desk) -> None:
    desk.open("pause", of_note=False)
    desk.page.check('input[name="weeks"][value="1"]')
    assert "Paused until" in desk.press()
    with desk.site.service.write() as session:
        enrolments.plan(session, now=desk.site.service.now(), wall=desk.site.service.now(), speed=1)
        assert not session.scalars(select(Message.id).where(Message.state == State.DUE, Message.kind == Kind.LETTER)).all()
        person = session.get_one(Subscriber, desk.person)
        assert person.paused_until is not None
        until = person.paused_until
    desk.open("resume", of_note=False)
    desk.press()
    with desk.site.service.read() as session:
        person = session.get_one(Subscriber, desk.person)
        assert person.paused_until is not None
        assert person.paused_until < until
    after = came(desk)
    assert after.name == "bench"
    assert "You had paused, and the notes go on from here." in after.text


def test_day_hour_and_pace(desk: Desk) -> None:
    desk.open("day")
    desk.page.check('input[name="pace"][value="14"]')
    desk.page.select_option("#weekday", "5")
    desk.page.select_option("#hour", "19")
    desk.press()
    assert f"{came(desk).wall:%A %H:%M}" == "Saturday 19:00"


Look = Callable[[Next], bool]


def _answer(value: str) -> Callable[[Page], None]:
    return lambda page: page.check(f'input[name="answer"][value="{value}"]')


@pytest.mark.parametrize(
    ("name", "choose", "shows"),
    [
        ("look", _answer("no"), lambda note: note.mail["Subject"] == "Letter bench"),
        ("look", _answer("yes"), lambda note: note.mail["Subject"] == "Your weekly note"),
        ("plain", _answer("yes"), lambda note: note.mail.get_content_type() == "text/plain"),
        ("plain", _answer("no"), lambda note: note.mail.get_content_type() == "multipart/alternative"),
        ("link", _answer("yes"), lambda note: "/r/" in note.text and "One idea, said once." not in note.text),
        ("link", _answer("no"), lambda note: "One idea, said once." in note.text),
        ("lines", lambda page: page.check('input[name="lines"][value="all"]'), lambda note: "lila.help" in note.text),
        ("zone", lambda page: page.select_option("#zone", "Asia/Tokyo"), lambda note: f"{note.wall:%H:%M %Z}" == "10:00 JST"),
        ("hours", lambda page: page.check('input[name="hours"][value="10"]'), lambda note: f"{note.wall:%H:%M}" == "11:00"),
    ],
)
def test_wishes(desk: Desk, name: str, choose: Callable[[Page], None], shows: Look) -> None:
    desk.open(f"settings/{name}", of_note=False)
    for summary in desk.page.locator("main summary").all():
        summary.click()
    choose(desk.page)
    assert "Done." in desk.press()
    assert shows(came(desk))


def test_a_day_without_mail(desk: Desk) -> None:
    with desk.site.service.read() as session:
        due = session.scalars(select(Enrolment.next_due_at).where(Enrolment.subscriber_id == desk.person)).one()
    assert due is not None
    day = local(due, "Europe/Berlin").date()
    desk.open("settings/days", of_note=False)
    desk.page.select_option("#day", str(day.day))
    desk.page.select_option("#month", str(day.month))
    desk.press()
    assert came(desk).wall.date() == day + timedelta(days=QUIET_WEEKS.pace_days)


def test_another_programme_and_the_end_of_one(desk: Desk) -> None:
    desk.open("start", of_note=False)
    desk.page.check('input[name="programme"]')
    desk.press()
    with desk.site.service.read() as session:
        states = session.scalars(select(Enrolment.state).where(Enrolment.subscriber_id == desk.person)).all()
    assert list(states) == ["running", "running"]
