"""Everything can be done by keyboard, and what has the focus can always be seen."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.site import Site

pytestmark = pytest.mark.browser

SEEN = """() => {
  const it = document.activeElement;
  const style = getComputedStyle(it.closest(".choice") || it);
  return it !== document.body && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""
COVERED = """() => {
  const bar = document.querySelector(".exit").getBoundingClientRect(), it = document.activeElement.getBoundingClientRect();
  if (document.activeElement.matches("body, .exit, .skip")) return false; // the body: beyond the last stop
  return it.left < bar.right && it.right > bar.left && it.top < bar.bottom && it.bottom > bar.top;
}"""
FOCUSED = "document.activeElement.outerHTML.slice(0, 120)"
NARROW = [{"width": 320, "height": 640}, {"width": 320, "height": 256}, {"width": 800, "height": 500}]


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the place is reached. At every stop the focus must be seen."""
    for _ in range(30):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN), page.evaluate(FOCUSED)
        assert not page.evaluate(COVERED), page.evaluate(FOCUSED)
    raise AssertionError(f"{selector} cannot be reached")


def test_a_reader_signs_up_confirms_and_leaves_by_keyboard(browser: Browser, site: Site) -> None:
    page = site.open(browser, viewport={"width": 800, "height": 500})
    page.goto(site.url)
    tab_to(page, "#email")
    page.keyboard.type("reader@example.org")
    tab_to(page, "#discreet")
    page.keyboard.press("Space")
    tab_to(page, "summary")
    page.keyboard.press("Enter")
    tab_to(page, "#weekday")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#consent")
    page.keyboard.press("Space")
    tab_to(page, "#form")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:focus")
    assert "If reader@example.org can receive mail" in page.inner_text("main")
    page.goto(site.confirm_link("reader@example.org"))
    tab_to(page, "main button")
    page.keyboard.press("Space")
    page.wait_for_selector("h1:focus")
    assert "Your first note comes on Wednesday " in page.inner_text("main")
    page.goto(site.stop_link("reader@example.org"))
    tab_to(page, "main button")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:focus")
    assert site.state("reader@example.org") == "left"


def test_mistakes_are_led_to(browser: Browser, site: Site) -> None:
    page = site.open(browser)
    page.goto(site.url)
    page.click("#form")
    page.wait_for_selector(".summary:focus")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "email"


def test_the_first_stops_are_the_text_and_twice_the_way_out(browser: Browser, site: Site) -> None:
    page = site.open(browser)
    page.goto(site.url)
    stops = []
    for _ in range(3):
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN)
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
        stops.append(page.evaluate("document.activeElement.className"))
    assert stops == ["skip", "skip skip-out", "exit"]


@pytest.mark.parametrize("viewport", NARROW, ids=lambda viewport: f"{viewport['width']}x{viewport['height']}")
def test_the_way_out_never_covers_what_has_the_focus(browser: Browser, site: Site, viewport: dict[str, int]) -> None:
    page = site.open(browser, viewport=viewport)
    page.goto(site.url)
    page.click("summary")
    for key in ["Tab"] * 16 + ["Shift+Tab"] * 16:
        page.keyboard.press(key)
        assert not page.evaluate(COVERED), page.evaluate(FOCUSED)


def test_with_letters_twice_as_large_the_focus_is_not_covered_either(browser: Browser, site: Site) -> None:
    page = site.open(browser, viewport={"width": 640, "height": 700})
    page.goto(f"{site.demo_url}/help")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    for key in ["Tab"] * 24 + ["Shift+Tab"] * 24:
        page.keyboard.press(key)
        assert not page.evaluate(COVERED), page.evaluate(FOCUSED)
