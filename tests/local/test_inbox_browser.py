"""The inbox in a real browser without script: readable for everybody, in both frames, in light and dark."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, Request
from werkzeug.serving import make_server

from service.local.inbox_page import inbox_blueprint
from service.local.ledger import Ledger
from tests.local.test_inbox_page import letter

pytestmark = pytest.mark.browser

PAGES = [
    "",
    "?q=note",
    f"?q={'long' * 50}",
    "?before=1",
    "1",
    "1?frame=desktop&colours=dark",
    "1/text",
    "1/headers",
    "1/source",
    "9",
]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LETTER = """<!doctype html><html lang="en"><head><title>Note</title><meta name="viewport" content="width=device-width"><style>
:root { color-scheme: light dark } body { color: #22302F; background: #FFFDF8 }
@media (prefers-color-scheme: dark) { body { color: #ECE7DC; background: #1E2525 } }
</style></head><body><h1>A note</h1><p>Words <a href="/inbox/">and a link</a>.</p></body></html>"""
LIGHT_GROUND, DARK_GROUND = "rgb(255, 253, 248)", "rgb(30, 37, 37)"


@dataclass
class Site:
    """A running inbox and what came of it."""

    url: str
    folder: Path
    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, browser: Browser, width: int = 1280, **options: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)  # type: ignore[arg-type]
        page = context.new_page()
        page.on("request", self._note_request)
        page.on("console", self._note_complaint)
        return page

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith(self.url):
            self.strangers.append(request.url)

    def _note_complaint(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "404" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    ledger = Ledger(tmp_path / "inbox")
    for subject in ("Your note", "A long one " + "without a space" * 20, "Another note"):
        ledger.take(letter(subject, LETTER).as_bytes(), "notes@example.org", f"{'anna' * 15}@example.org", 1.0)
    app = Flask(__name__)
    app.register_blueprint(inbox_blueprint(tmp_path / "inbox", next_due=lambda: datetime(2026, 12, 8, 10, 0, tzinfo=UTC)))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    site = Site(f"http://127.0.0.1:{server.server_port}/inbox/", tmp_path)
    yield site
    server.shutdown()
    thread.join()
    server.server_close()
    assert site.strangers == []
    assert site.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, site: Site, scheme: str) -> None:
    page = site.open(browser, color_scheme=scheme)
    for path in PAGES:
        page.goto(site.url + path)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_scrolls_sideways_on_a_phone(browser: Browser, site: Site, width: int) -> None:
    page = site.open(browser, width)
    for path in PAGES:
        page.goto(site.url + path)
        for text in ("100%", "200%"):
            page.evaluate("size => document.documentElement.style.fontSize = size", text)
            assert page.evaluate(SIDEWAYS) == 0, (path, text)


def test_without_script_a_search_is_typed_and_a_letter_is_wished_for(browser: Browser, site: Site) -> None:
    page = site.open(browser, java_script_enabled=False)
    page.goto(site.url)
    page.fill("#q", "another")
    page.keyboard.press("Enter")
    assert page.inner_text("h2") == "1 message holds “another”"
    page.click(".mails a")
    assert page.inner_text("h1") == "Another note"
    page.click("text=Inbox")

    page.click("text=Next letter now")

    assert page.url == site.url
    assert "The calendar moves to Tuesday 8 December 2026, 10:00 UTC." in page.inner_text(".next")
    assert (site.folder / "next-letter").exists()
    (site.folder / "next-letter").unlink()
    page.wait_for_selector(".next button", timeout=10_000)  # the page has loaded again by itself


def test_the_page_that_waits_is_clean_but_for_its_reload(browser: Browser, site: Site) -> None:
    page = site.open(browser)
    page.goto(site.url)
    page.click("text=Next letter now")
    found = Axe().run(page, options={"rules": {"meta-refresh": {"enabled": False}}})
    assert found.violations_count == 0, found.generate_report()


def test_both_frames_have_their_width(browser: Browser, site: Site) -> None:
    page = site.open(browser, java_script_enabled=False)
    page.goto(f"{site.url}1")
    phone = page.locator("iframe").bounding_box()
    page.click("text=Desktop")
    desktop = page.locator("iframe").bounding_box()
    assert phone
    assert desktop
    assert phone["width"] == 390
    assert desktop["width"] > 1200


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_are_what_they_say_whatever_the_browser_is_set_to(browser: Browser, site: Site, scheme: str) -> None:
    page = site.open(browser, color_scheme=scheme)
    grounds = {"As this browser has it": LIGHT_GROUND if scheme == "light" else DARK_GROUND}
    page.goto(f"{site.url}1")
    for words, ground in {"Light": LIGHT_GROUND, "Dark": DARK_GROUND, **grounds}.items():
        page.click(f".looks >> text='{words}'")
        frame = page.frame_locator("iframe").locator("body")
        assert frame.evaluate("body => getComputedStyle(body).backgroundColor") == ground, words


def test_a_link_in_a_letter_opens_beside_the_inbox(browser: Browser, site: Site) -> None:
    page = site.open(browser)
    page.goto(f"{site.url}1")
    with page.expect_popup() as opened:
        page.frame_locator("iframe").locator("a").click()
    assert opened.value.url == site.url
    assert page.url == f"{site.url}1"
