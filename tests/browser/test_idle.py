"""A reader's own page empties itself when nobody has touched it for ten minutes, and warns a minute before (S-7)."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.reader_pages import letter, me
from tests.browser.site import Site
from tests.browser.test_every_page import assert_accessible
from tests.browser.test_keyboard import SEEN

pytestmark = pytest.mark.browser

PHONE = {"width": 320, "height": 640}
CLOSED = "This page has closed. The link in your letters opens it again."


def opened(browser: Browser, site: Site, path: str = "", **options: object) -> Page:
    """A reader's own page on a clock that only the test moves."""
    page = site.open(browser, **options)
    page.clock.install()
    page.goto(f"{me(site)}{path}")
    return page


def is_warned(page: Page) -> bool:
    return page.is_visible("#idle")


def said(page: Page) -> str:
    return page.inner_text("main").strip()


def test_after_nine_minutes_there_is_a_warning_and_after_ten_the_page_is_empty(browser: Browser, site: Site) -> None:
    page = opened(browser, site)
    page.clock.run_for("08:59")
    assert not is_warned(page)
    page.clock.run_for("00:01")
    assert is_warned(page)
    assert page.inner_text("#idle-words") == "This page closes in one minute. Keep it open?"
    page.clock.run_for("00:59")
    assert "Your next note comes on" in said(page)
    page.clock.run_for("00:01")
    assert said(page) == CLOSED
    assert page.title() == "Weekly notes"
    assert page.locator("#idle").count() == 0
    assert "/p/" not in page.inner_html("body")
    assert page.is_visible(".exit")
    page.clock.run_for("30:00")
    assert said(page) == CLOSED


def test_the_warning_is_reached_and_answered_by_keyboard_and_gives_the_focus_back(browser: Browser, site: Site) -> None:
    page = opened(browser, site, "/pause", viewport=PHONE)
    page.focus("#weeks-2")
    page.keyboard.press("Space")
    page.clock.run_for("09:00")
    assert is_warned(page)
    assert page.evaluate("document.activeElement.textContent") == "Keep it open"
    assert page.evaluate(SEEN)
    page.keyboard.press("Enter")
    assert not is_warned(page)
    assert page.evaluate("document.activeElement.id") == "weeks-2"
    assert page.is_checked("#weeks-2")  # nothing chosen is lost
    page.clock.run_for("08:59")
    assert not is_warned(page)
    page.clock.run_for("01:01")
    assert said(page) == CLOSED


@pytest.mark.parametrize("touch", ["key", "pointer", "scroll"])
def test_a_touch_begins_the_ten_minutes_anew(browser: Browser, site: Site, touch: str) -> None:
    page = opened(browser, site, viewport=PHONE)
    page.clock.run_for("08:00")
    if touch == "key":
        page.keyboard.press("Tab")
    elif touch == "pointer":
        page.mouse.move(100, 100)
    else:
        page.evaluate("window.scrollTo(0, 200)")
        page.wait_for_function("window.scrollY > 0")
        page.evaluate(
            "new Promise(done => { document.addEventListener('scroll', done, {once: true}); window.scrollTo(0, 100) })"
        )
    page.clock.run_for("08:59")
    assert not is_warned(page)
    page.clock.run_for("00:02")
    assert is_warned(page)


def test_while_the_warning_stands_only_its_button_keeps_the_page(browser: Browser, site: Site) -> None:
    page = opened(browser, site)
    page.clock.run_for("09:00")
    page.mouse.move(10, 10)
    page.keyboard.press("ArrowDown")
    page.clock.run_for("01:00")
    assert said(page) == CLOSED


def test_a_device_that_slept_wakes_up_with_an_empty_page(browser: Browser, site: Site) -> None:
    page = opened(browser, site)
    page.clock.fast_forward("45:00")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert said(page) == CLOSED


def test_the_way_out_stays_within_reach_beside_the_warning(browser: Browser, site: Site) -> None:
    for size in ({"width": 320, "height": 256}, {"width": 1280, "height": 800}):
        page = opened(browser, site, viewport=size)
        page.clock.run_for("09:00")
        box, way_out = page.locator("#idle").bounding_box(), page.locator(".exit").bounding_box()
        assert box
        assert way_out
        assert box["y"] + box["height"] <= way_out["y"] or way_out["y"] + way_out["height"] <= box["y"]
        assert_accessible(page, "with the warning")
        page.click(".exit")
        page.wait_for_url("**/weather")


def test_without_script_nothing_happens(browser: Browser, site: Site) -> None:
    page = site.open(browser, java_script_enabled=False)
    page.goto(me(site))
    assert not is_warned(page)
    assert "Your next note comes on" in said(page)


def test_a_letter_that_is_read_slowly_stays(browser: Browser, site: Site) -> None:
    page = site.open(browser)
    page.goto(letter(site))
    assert page.locator("#idle").count() == 0
