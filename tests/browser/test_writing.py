"""Writing letters in a real browser: typed, seen, published; by two at once; by keyboard alone; axe on each page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from service.bootstrap import Service
from service.domain.roles import Role
from service.store import letters, sequences
from tests.browser.running_desk import RunningDesk
from tests.browser.test_every_page import DARK_AND_NARROW, SIDEWAYS, assert_accessible
from tests.browser.test_keyboard import SEEN
from tests.parts.river import Parts, load, programme
from tests.web.admin.seats import StandInSeats

pytestmark = pytest.mark.browser

DESKTOP = {"width": 1280, "height": 900}


@dataclass
class Room(RunningDesk):
    """A desk with a programme."""

    def words(self, letter_id: int) -> str:
        """What is published of a letter."""
        with self.service.read() as session:
            return letters.published(session, letter_id).get("en", "")


@pytest.fixture
def seats() -> StandInSeats:
    """Whoever a test lets sit there."""
    seats = StandInSeats()
    seats.sit()
    return seats


@pytest.fixture
def room(sqlite_url: str, browser: Browser, seats: StandInSeats) -> Iterator[Room]:
    def make(_url: str) -> Service:
        service = Parts(sqlite_url).service()
        load(service, programme(alternates=1, check_ins=1))
        return service

    with Room.serve(browser, make, seats=seats) as room:
        yield room


def add_letter(page: Page, title: str = "A bench in the park") -> int:
    """Add a letter, which opens it; its id."""
    page.fill("#title-new", title)
    page.click("text=Add and write it")
    return int(page.url.rpartition("/")[2])


def test_a_letter_is_written_seen_and_published(browser: Browser, room: Room) -> None:
    page = room.open(browser, "/programmes/1", viewport=DESKTOP)
    letter = add_letter(page)
    page.fill("#subject", "A bench in the park")
    page.fill("#opening", "You can sit down for a while. Nobody hurries you here.")
    shown = page.frame_locator("#frame")
    expect(shown.locator("body")).to_contain_text("Nobody hurries you here.")
    page.type("#practice", "1. Sit down where you are.\n2. Breathe out slowly.")
    expect(shown.locator("ol li").first).to_contain_text("Sit down where you are.")
    expect(page.locator("#saved")).to_contain_text("Saved as revision")
    page.select_option("#view_form", "open")
    expect(page.locator("#look .subject")).to_have_text("A bench in the park")
    page.select_option("#view_shade", "dark")
    expect(page.locator("#frame")).to_have_attribute("src", re.compile("view_shade=dark"))
    page.select_option("#view_shape", "text")
    expect(page.locator("#look pre")).to_contain_text("1. Sit down where you are.")
    page.click("text=See what publishing does")
    expect(page.locator("main")).to_contain_text("1 letter added to phase 1 (First)")
    page.click("main button:has-text('Publish')")
    expect(page.locator(".answer")).to_contain_text("Published.")
    assert "Sit down where you are." in room.words(letter)


def test_two_editors_the_second_is_told_and_loses_nothing(browser: Browser, room: Room, seats: StandInSeats) -> None:
    one, two = room.open(browser, "/letters/1", viewport=DESKTOP), room.open(browser, "/letters/1", viewport=DESKTOP)
    one.fill("#question", "What does Ada ask?")
    expect(one.locator("#saved")).to_contain_text("Saved as revision")
    seats.sit(admin_id=2, name="Ben", role=Role.EDITOR)
    two.fill("#question", "What does Ben ask?")
    expect(two.locator("#saved")).to_contain_text("Ada has saved other words")
    assert two.input_value("#question") == "What does Ben ask?"
    room.complaints.clear()  # Chromium names every 4xx answer
    two.click("button[value=save]")
    expect(two.locator("#both")).to_have_text("Ada was here too")
    expect(two.locator(".diff").first).to_contain_text("Ada")
    assert two.input_value("#question") == "What does Ben ask?"
    assert_accessible(two, "both texts")
    two.fill("#question", "What do both ask?")
    two.click("text=Save these instead")
    expect(two.locator(".answer")).to_have_text("Saved.")
    room.complaints.clear()


def test_what_is_pasted_comes_in_as_markdown(browser: Browser, room: Room) -> None:
    page = room.open(browser, "/letters/1", viewport=DESKTOP)
    page.fill("#opening", "")
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text/html", "<p class=MsoNormal style='mso-x:1'>A <b>bold</b> word<o:p></o:p></p><script>x</script>");
          document.querySelector("#opening").focus();
          document.querySelector("#opening").dispatchEvent(
            new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    assert page.input_value("#opening") == "A **bold** word"


def tab_to(page: Page, selector: str, most: int = 90) -> None:
    """Press Tab until the place is reached. At every stop the focus must be seen."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN), page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
    raise AssertionError(f"{selector} cannot be reached")


def test_a_letter_is_moved_written_and_published_by_keyboard(browser: Browser, room: Room) -> None:
    page = room.open(browser, "/programmes/1", viewport=DESKTOP, java_script_enabled=False)
    down = page.locator(".order button:has-text('Down')").first
    down.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".order li").first).to_contain_text("Letter after-leaving-2")
    with room.service.read() as session:
        assert [each.name for each in sequences.letters_of(session, 1)][:2] == ["after-leaving-2", "after-leaving-1"]
    scripted = room.open(browser, "/letters/1", viewport=DESKTOP)
    tab_to(scripted, "#subject")
    scripted.keyboard.press("Control+A")
    scripted.keyboard.type("Written by keyboard")
    tab_to(scripted, "button[value=publish]")
    scripted.keyboard.press("Enter")
    scripted.wait_for_url("**/letters/publish?letter=1")
    tab_to(scripted, "main button.main")
    scripted.keyboard.press("Enter")
    expect(scripted.locator(".answer")).to_contain_text("Published.")
    assert "subject: Written by keyboard" in room.words(1)


def test_without_scripts_everything_is_saved_by_its_button(browser: Browser, room: Room) -> None:
    page = room.open(browser, "/letters/1", viewport=DESKTOP, java_script_enabled=False)
    page.fill("#subject", "Without scripts")
    page.select_option("#view_form", "open")
    page.click("button[value=save]")
    assert page.inner_text(".answer") == "Saved."
    assert page.inner_text("#look .subject") == "Without scripts"


PAGES = ("/programmes", "/programmes/1", "/letters/1", "/letters/publish?letter=1", "/letters/1/versions", "/letters/1/try")


@pytest.mark.looks
def test_every_page_is_accessible_and_fits_a_phone(browser: Browser, room: Room) -> None:
    page = room.open(browser, "/letters/1", viewport=DESKTOP)
    page.fill("#practice", "Breathe out.")
    expect(page.locator("#said-practice li")).to_be_visible()
    page.goto(f"{room.url}/admin/letters/1/reviews")
    page.click("text=Make a link")
    link = page.input_value("#link")
    for path in (*PAGES, "/letters/1/reviews", link.partition("8000")[2]):
        page.goto(room.url + (path if path.startswith("/review/") else f"/admin{path}"))
        assert_accessible(page, path)
        page.set_viewport_size({"width": 320, "height": 640})
        page.emulate_media(color_scheme="dark")
        assert_accessible(page, f"{path}, dark at 320 px", runOnly=DARK_AND_NARROW)
        assert page.evaluate(SIDEWAYS) == 0, path
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
