"""The pages in a real browser: with and without script, by keyboard, on a small phone, and talking to nobody else."""

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from werkzeug.serving import make_server

from tests.web.stand_in import AFTER_LEAVING, LETTING_GO, StandInDoor, StandInService, make_app

pytestmark = pytest.mark.browser

PAGES = ["/", "/help", "/c/open", "/c/done", "/c/expired", "/c/replaced", "/c/nothing", "/u/x", "/nowhere"]
PHONE = {"width": 320, "height": 640}

COVERED = """() => {
  const bar = document.querySelector('.exit').getBoundingClientRect(), it = document.activeElement.getBoundingClientRect();
  const over = it.left < bar.right && it.right > bar.left && it.top < bar.bottom && it.bottom > bar.top;
  return over && document.activeElement.className !== 'exit' && it.top >= bar.top && it.bottom <= bar.bottom;
}"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Site:
    """A running web room and what came of it."""

    url: str
    door: StandInDoor
    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, browser: Browser, **options: object) -> Page:
        """A new window that notes every foreign request and every complaint of the browser."""
        page = browser.new_context(reduced_motion="reduce", **options).new_page()  # type: ignore[arg-type]
        page.on("request", self._note_request)
        page.on("console", self._note_complaint)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith(self.url):
            self.strangers.append(request.url)

    def _note_complaint(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:  # a 404 page is meant
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    executable = next((path for path in map(shutil.which, names) if path), None)
    if executable is None:
        pytest.skip("no Chromium here (apt-get install chromium, or CHROMIUM=/path)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()


@pytest.fixture
def site(service: StandInService, door: StandInDoor) -> Iterator[Site]:
    server = make_server("127.0.0.1", 0, make_app(service, door), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    site = Site(f"http://127.0.0.1:{server.server_port}", door)
    service.exit_url = f"{site.url}/healthz"
    yield site
    server.shutdown()
    thread.join()
    server.server_close()
    assert site.strangers == []
    assert site.complaints == []


def sign_up(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.fill("#email", "name@example.org")
    page.check("#consent")
    page.click("button")


def test_with_script_the_zone_is_the_browser_s(browser: Browser, site: Site) -> None:
    page = site.open(browser, timezone_id="Asia/Calcutta")
    sign_up(page, site)
    assert "If name@example.org can receive mail, a message is on its way." in page.inner_text("main")
    wishes = site.door.asked[0][0].wishes
    assert (wishes.zone, wishes.weekday, wishes.hour, wishes.discreet) == ("Asia/Kolkata", 1, 10, True)


def test_the_zone_stays_changeable_and_is_not_guessed_twice(browser: Browser, site: Site) -> None:
    page = site.open(browser, timezone_id="America/New_York")
    page.goto(site.url)
    assert page.inner_text("summary .help") == "Tuesday at 10:00, America/New York time, unless you change it."
    page.click("summary")
    page.select_option("#zone", "Europe/Lisbon")
    page.select_option("#weekday", "5")
    assert page.inner_text("summary .help") == "Saturday at 10:00, Europe/Lisbon time, unless you change it."
    page.fill("#email", "half")
    page.check("#consent")
    page.click("button")
    assert page.input_value("#zone") == "Europe/Lisbon"


def test_without_script_everything_works(browser: Browser, site: Site) -> None:
    page = site.open(browser, java_script_enabled=False, timezone_id="Asia/Tokyo")
    sign_up(page, site)
    assert site.door.asked[0][0].wishes.zone == "Europe/London"
    page.goto(f"{site.url}/c/open")
    page.click("button")
    assert "Your first note comes on Tuesday 8 December at 10:00" in page.inner_text("main")
    page.goto(f"{site.url}/u/x")
    page.click("button")
    assert "Done. No more notes." in page.inner_text("h1")
    assert site.door.stopped == ["x"]


def test_mistakes_are_led_to_by_keyboard(browser: Browser, site: Site) -> None:
    page = site.open(browser)
    page.goto(site.url)
    page.click("button")
    page.wait_for_selector(".summary:focus")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "email"


def test_answers_have_their_heading_in_focus(browser: Browser, site: Site) -> None:
    page = site.open(browser)
    sign_up(page, site)
    page.wait_for_selector("h1:focus")


def test_the_first_stops_of_the_keyboard_are_the_text_and_the_way_out(browser: Browser, site: Site) -> None:
    page = site.open(browser)
    page.goto(site.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "exit"
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/healthz")


@pytest.mark.parametrize("viewport", [PHONE, {"width": 800, "height": 500}])
def test_the_way_out_never_covers_what_has_the_focus(browser: Browser, site: Site, viewport: dict[str, int]) -> None:
    page = site.open(browser, viewport=viewport)
    page.goto(site.url)
    page.click("summary")
    for key in ["Tab"] * 14 + ["Shift+Tab"] * 14:
        page.keyboard.press(key)
        assert not page.evaluate(COVERED), page.evaluate("document.activeElement.outerHTML.slice(0, 80)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, site: Site, scheme: str) -> None:
    site.door.open_programmes = [AFTER_LEAVING, LETTING_GO]
    page = site.open(browser, color_scheme=scheme)
    for path in PAGES:
        page.goto(site.url + path)
        assert_accessible(page)
    for path in ("/", "/u/x", "/c/open"):  # the answers: errors, stopped, confirmed
        page.goto(site.url + path)
        page.click("button")
        assert_accessible(page)
    page.goto(site.url)
    page.click("summary")
    page.check("#programme")
    assert_accessible(page)


def assert_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("text", ["100%", "200%"])
def test_nothing_scrolls_sideways_on_a_small_phone(browser: Browser, site: Site, text: str) -> None:
    page = site.open(browser, viewport=PHONE)
    for path in PAGES:
        page.goto(site.url + path)
        page.evaluate("size => document.documentElement.style.fontSize = size", text)
        assert page.evaluate(SIDEWAYS) == 0, path
    page.goto(site.url)
    page.fill("#email", "a" * 60 + "@" + "b" * 60 + ".example.org")
    page.check("#consent")
    page.click("button")
    page.evaluate("size => document.documentElement.style.fontSize = size", text)
    assert page.evaluate(SIDEWAYS) == 0
