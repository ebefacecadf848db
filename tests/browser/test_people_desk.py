"""The desk's pages about people in a real browser: found by keyboard, a letter opened in place, a list taken in, and axe."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from service.actions import imports
from service.bootstrap import Service
from service.store.tables import Subscriber
from tests.browser.running_desk import RunningDesk
from tests.browser.test_every_page import DARK_AND_NARROW, SIDEWAYS, assert_accessible
from tests.browser.ways import press
from tests.parts.quiet_weeks import reader_of
from tests.parts.river import Parts, load
from tests.web.admin.seats import StandInSeats
from tests.web.admin.test_import_pages import LIST

pytestmark = pytest.mark.browser

READER = "reader@example.net"
JOURNEY = "programme=quiet-weeks&start=2026-10-10&at=09:30&zone=Europe/Berlin&weekday=6&hour=10&after=1&move=pause-2&never=3"
WISHES = "programme=after-leaving&weekday=2&hour=9&zone=Europe/Madrid&ask=yes&joined="


@dataclass
class PeopleDesk(RunningDesk):
    """A running desk with an owner in the seat."""

    def work(self) -> None:
        """Let the clock take rows in."""
        with self.service.write() as session:
            imports.work(session, keys=self.service.keys, now=self.service.now(), wall=self.service.wall())


@pytest.fixture
def desk(sqlite_url: str, browser: Browser) -> Iterator[PeopleDesk]:
    seats = StandInSeats()
    seats.sit()

    def make(_url: str) -> Service:
        service = Parts(sqlite_url).service()
        load(service)
        reader_of(service, READER, letters=2)
        return service

    with PeopleDesk.serve(browser, make, seats=seats, meant=("status of 422",)) as desk:  # a wrong day is meant
        yield desk


def tab_to(page: Page, selector: str) -> None:
    """Go on with the Tab key alone until the focus is there."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no way to {selector} by the Tab key")


def bring(page: Page, desk: PeopleDesk) -> None:
    page.goto(f"{desk.url}/admin/imports")
    page.set_input_files("#list", {"name": "people.csv", "mimeType": "text/csv", "buffer": LIST.encode()})
    press(page, "text=Read the file")


def test_somebody_is_found_paused_and_foreseen_by_keyboard(browser: Browser, desk: PeopleDesk) -> None:
    page = desk.open(browser, viewport={"width": 1000, "height": 700})
    page.goto(f"{desk.url}/admin/people")
    tab_to(page, "#q")
    page.keyboard.type(READER)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"h1:has-text('{READER}')")
    assert READER not in page.url
    tab_to(page, "input[name=weeks]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "main form[action$='/pause'] button")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status]")
    assert "Paused. Nothing comes before the pause is over." in page.inner_text("[role=status]")
    with desk.service.read() as session:
        assert session.query(Subscriber.paused_until).one()[0] is not None
    tab_to(page, "a[href*='/admin/machine/reader/']")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=What will come")
    assert "The first one after the pause." in page.inner_text("main")
    tab_to(page, "a[hx-get]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#opened-1 .letter")
    assert "This is the opening." in page.inner_text("#opened-1")


def test_a_list_is_taken_in_and_its_progress_moves(browser: Browser, desk: PeopleDesk) -> None:
    page = desk.open(browser)
    bring(page, desk)
    press(page, "text=Try it out")
    assert "become readers" in page.inner_text("main")
    press(page, "text=Take them in")
    assert "0 of 5 rows" in page.inner_text("#progress")
    desk.work()
    page.wait_for_selector("text=5 of 5 rows")
    assert page.query_selector("#progress[hx-trigger]") is None


def test_every_page_is_accessible_and_fits_a_phone(browser: Browser, desk: PeopleDesk) -> None:
    with desk.service.read() as session:
        person = f"/admin/people/{session.query(Subscriber.ref).one()[0]}"
    wide = desk.open(browser, viewport={"width": 1280, "height": 900})
    narrow = desk.open(browser, viewport={"width": 320, "height": 700}, color_scheme="dark", java_script_enabled=True)
    bring(wide, desk)
    pages = (
        *("/admin/people?state=active", person, f"{person}/erase", f"{person}/everything", "/admin/people/export"),
        *(
            f"/admin/machine?{JOURNEY}",
            "/admin/machine?programme=quiet-weeks&start=x&after=0&move=stop",
            "/admin/machine/letters/4",
        ),
        *(person.replace("people", "machine/reader"), "/admin/suppressions?reason=manual"),
        *("/admin/imports", "/admin/imports/1", f"/admin/imports/1?{WISHES}&show=left-out"),
    )
    for path in pages:
        wide.goto(desk.url + path)
        assert_accessible(wide, path)
        narrow.goto(desk.url + path)
        narrow.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
        assert_accessible(narrow, f"{path}, dark at 320 px", runOnly=DARK_AND_NARROW)
        assert narrow.evaluate(SIDEWAYS) == 0, path
    wide.goto(f"{desk.url}/admin/suppressions")
    wide.fill("#address", READER)
    press(wide, "text=Look >> nth=-1")
    assert_accessible(wide, "an address looked up")
