"""Scheduling a batch in a real browser, from its name to its end, by keyboard; axe on each of its pages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page
from sqlalchemy import select, update

from service.bootstrap import Service
from service.domain.batches import State
from service.store.desk_tables import Batch
from service.store.tables import Enrolment
from tests.browser.running_desk import RunningDesk
from tests.browser.test_every_page import DARK_AND_NARROW, SIDEWAYS, SMALL, assert_accessible
from tests.parts.river import WISHES, Parts, confirmed, letter_source, load
from tests.web.admin.seats import StandInSeats
from worker.batches import Batches

pytestmark = pytest.mark.browser

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Auckland")


@dataclass
class Room(RunningDesk):
    """The desk with Ada in its seat, and one batch."""

    def state(self) -> str:
        """Where the only batch stands."""
        with self.service.read() as session:
            return session.scalars(select(Batch.state)).one()

    def begin(self) -> None:
        """Let the ten minutes pass and its day come, and the clock look."""
        with self.service.write() as session:
            past = self.service.wall() - timedelta(minutes=11)
            session.execute(update(Batch).values(confirmed_at=past, first_date=self.service.now().date()))
        Batches(self.service).launch()


@pytest.fixture
def room(sqlite_url: str, browser: Browser) -> Iterator[Room]:
    seats = StandInSeats()
    seats.sit()

    def make(_url: str) -> Service:
        service = Parts(sqlite_url).service()
        load(service)
        for number in range(8):
            wishes = replace(WISHES, zone=ZONES[number % len(ZONES)])
            confirmed(service, f"r{number}@example.net", now=service.now(), wishes=wishes)
        return service

    with Room.serve(browser, make, seats=seats, meant=("status of 422",)) as room:  # a wrong country is meant
        yield room


def press(target: Locator) -> None:
    """Press a button or a link with the keyboard alone."""
    target.focus()
    target.press("Enter")


def button(page: Page, words: str) -> Locator:
    """The button, or the link that looks like one, of these words."""
    return page.get_by_role("button", name=words, exact=True).or_(page.locator("a.button", has_text=words)).first


def looks_right(page: Page, name: str) -> None:
    """Axe finds nothing, in the light and in the dark; a small phone scrolls down only."""
    page.evaluate("document.querySelectorAll('details:not(.ways details)').forEach(it => it.open = true)")
    assert_accessible(page, name)
    page.set_viewport_size({"width": 320, "height": 640})
    page.emulate_media(color_scheme="dark")
    assert_accessible(page, f"{name}, dark at 320 px", runOnly=DARK_AND_NARROW)
    assert page.evaluate(SIDEWAYS) == 0, name
    assert page.evaluate(SMALL) == [], name
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 800})


def live_through(page: Page, room: Room, look: Callable[[Page, str], None]) -> None:
    """Make a batch of two letters, try it out, confirm, undo, confirm, pause, resume and cancel it. `look` sees each page."""
    page.goto(f"{room.url}/admin/batches")
    look(page, "no batches")
    page.fill("#name", "Two evenings")
    page.keyboard.press("Enter")
    page.wait_for_url("**/letters")
    here = page.url.removesuffix("/letters")

    page.get_by_label("Letter", exact=True).focus()
    page.keyboard.type("After leaving 2")
    press(button(page, "Copy this letter"))
    page.wait_for_url("**done=copied")
    page.set_input_files("#files", {"name": "lamp.md", "mimeType": "text/markdown", "buffer": letter_source("lamp").encode()})
    press(button(page, "Bring them in"))
    page.wait_for_url("**done=brought")
    look(page, "letters of a draft")
    press(button(page, "Publish"))
    page.wait_for_url("**done=published")
    press(button(page, "Up Letter lamp"))
    page.wait_for_url("**done=moved")
    assert page.locator(".order > li").all_inner_texts()[0].startswith("1. Letter lamp")

    page.goto(f"{here}/audience")
    page.fill("#weeks_min", "0")
    page.locator("#counted", has_text="8 people would get it").wait_for()
    page.fill("#countries", "Irland")
    page.locator("#counted", has_text="“Irland” is not a country we know").wait_for()
    press(button(page, "Save and count"))
    assert page.locator(".summary a").inner_text().startswith("“Irland”")
    look(page, "an audience with an error")
    page.fill("#countries", "")
    press(button(page, "Save and count"))
    page.wait_for_url("**done=saved")

    page.goto(f"{here}/when")
    page.fill("#first_date", (room.service.now().date() + timedelta(days=3)).isoformat())
    page.locator("#said", has_text="The first can leave").wait_for()
    page.select_option("#hour", "20")
    page.locator("#said", has_text="at 20:00 on each reader’s own clock").wait_for()
    look(page, "when it comes")
    press(button(page, "Save"))
    page.wait_for_url("**done=saved")
    page.goto(f"{here}/manner")
    look(page, "how it comes")

    page.goto(f"{here}/trial")
    assert "8 people would get two letters" in page.inner_text("#trial")
    look(page, "dry run")
    press(page.locator("#trial a", has_text="Open letter 1"))
    page.locator("#opened-1", has_text="This is the opening.").wait_for()
    look(page, "dry run with a letter open")

    page.goto(here)
    press(button(page, "Dry run"))
    page.locator("#tried", has_text="8 people would get two letters").wait_for()
    look(page, "a draft that wants nothing, tried in place")
    press(button(page, "Look it over and confirm"))
    page.wait_for_url("**/confirm")
    look(page, "confirm")
    press(button(page, "Confirm"))
    page.wait_for_url("**done=confirmed")
    look(page, "confirmed")
    press(button(page, "Undo"))
    page.wait_for_url("**done=undone")
    assert room.state() == State.DRAFT
    page.goto(f"{here}/confirm")
    press(button(page, "Confirm"))
    page.wait_for_url("**done=confirmed")
    page.goto(f"{here}/move")
    look(page, "another first day")

    room.begin()
    page.goto(here)
    assert "It adds up: 16 expected = 16 to come" in page.inner_text("#account")
    look(page, "running")
    press(button(page, "Pause"))
    page.wait_for_url("**done=paused")
    look(page, "paused")
    press(button(page, "Resume"))
    page.wait_for_url("**done=resumed")
    page.goto(f"{here}/people")
    look(page, "its readers")
    page.goto(f"{room.url}/admin/batches")
    look(page, "a list with a batch")
    page.goto(here)
    press(button(page, "Cancel this batch"))
    page.wait_for_url("**/cancel")
    look(page, "cancel")
    press(button(page, "Cancel this batch"))
    page.wait_for_url("**done=cancelled")
    assert room.state() == State.CANCELLED
    look(page, "cancelled")
    with room.service.read() as session:
        running = session.scalars(select(Enrolment).where(Enrolment.sequence_id == int(here.rpartition("/")[2])))
        assert {each.state for each in running} == {"stopped"}


def test_a_batch_is_made_tried_confirmed_undone_confirmed_paused_resumed_and_cancelled(browser: Browser, room: Room) -> None:
    live_through(room.open(browser), room, lambda _page, _name: None)


@pytest.mark.looks
def test_every_page_of_a_batch_is_accessible_and_fits(browser: Browser, room: Room) -> None:
    live_through(room.open(browser), room, looks_right)


def test_the_account_moves_by_itself_and_the_page_is_anew_when_its_state_is(browser: Browser, room: Room) -> None:
    page = room.open(browser)
    page.clock.install()
    page.goto(f"{room.url}/admin/batches")
    page.fill("#name", "One evening")
    page.keyboard.press("Enter")
    page.wait_for_url("**/letters")
    here = page.url.removesuffix("/letters")
    page.select_option("#letter", label="After leaving 1")
    press(button(page, "Copy this letter"))
    page.wait_for_url("**done=copied")
    page.goto(f"{here}/when")
    page.fill("#first_date", (room.service.now().date() + timedelta(days=3)).isoformat())
    press(button(page, "Save"))
    page.wait_for_url("**done=saved")
    page.goto(f"{here}/confirm")
    press(button(page, "Confirm"))
    page.wait_for_url("**done=confirmed")
    room.begin()
    page.goto(here)
    assert "8 expected = 8 to come" in page.inner_text("#account")
    with room.service.write() as session:
        ended = select(Enrolment.id).where(Enrolment.sequence_id == int(here.rpartition("/")[2])).limit(1)
        session.execute(update(Enrolment).where(Enrolment.id.in_(ended)).values(state="stopped", next_due_at=None))
    page.clock.fast_forward(5500)
    page.locator("#account", has_text="8 expected = 7 to come").wait_for()
    with room.service.write() as session:
        session.execute(update(Batch).values(state=State.PAUSED, paused_why="6 of the last 100 letters were refused."))
    page.clock.fast_forward(5500)
    page.get_by_text("Paused: 6 of the last 100 letters were refused.").wait_for()
