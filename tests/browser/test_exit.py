"""The way out (S-1): a press or Shift three times, an empty page at once, and nothing that happens by mistake."""

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.site import Site
from tests.parts.servers import until

pytestmark = pytest.mark.browser

TWO_MORE = "Shift, press 2 more times to exit."
ONE_MORE = "Shift, press 1 more time to exit."
EXPIRED = "Exit this page expired."
LIT = "document.querySelectorAll('.dots .on').length"


@pytest.fixture
def page(browser: Browser, site: Site) -> Page:
    """The first page, with a clock that the test moves."""
    page = site.open(browser, viewport={"width": 1280, "height": 800})
    page.clock.install(time=0)
    page.goto(site.url)
    page.clock.pause_at(60)
    return page


def status(page: Page) -> str:
    return page.locator(".leave [role=status]").inner_text()


def shift(page: Page, times: int) -> None:
    for _ in range(times):
        page.keyboard.press("Shift")


def hold(page: Page) -> None:
    """Let the way out lead nowhere, so that the page before it stays to be looked at."""

    def stay(route: Route) -> None:
        route.fulfill(status=204)

    page.route("**/exit", stay)


def test_three_presses_of_shift_lead_out_and_back_does_not_return(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/help")
    shift(page, 3)
    page.wait_for_url(f"{site.url}/weather")
    page.go_back()
    assert page.url == f"{site.url}/"


def test_each_press_is_shown_and_said(page: Page) -> None:
    hold(page)
    assert (status(page), page.evaluate(LIT)) == ("", 0)
    assert not page.is_visible(".dots")
    assert page.get_attribute(".dots", "aria-hidden") == "true"
    shift(page, 1)
    assert (status(page), page.evaluate(LIT)) == (TWO_MORE, 1)
    assert page.is_visible(".dots")
    shift(page, 1)
    assert (status(page), page.evaluate(LIT)) == (ONE_MORE, 2)
    assert page.locator(".dots span").count() == 3
    shift(page, 1)
    assert page.locator(".overlay").inner_text() == "Loading."


def test_each_press_starts_five_seconds_anew_and_then_it_expires(page: Page) -> None:
    shift(page, 1)
    page.clock.run_for(4_000)
    shift(page, 1)
    page.clock.run_for(4_900)
    assert status(page) == ONE_MORE
    page.clock.run_for(200)
    assert (status(page), page.evaluate(LIT)) == (EXPIRED, 0)
    page.clock.run_for(5_000)
    assert status(page) == ""
    shift(page, 2)
    assert status(page) == ONE_MORE


def test_any_other_key_begins_again(page: Page) -> None:
    for key in ("a", "Escape", "Tab", "Control"):
        shift(page, 2)
        page.keyboard.press(key)
        assert (status(page), page.evaluate(LIT)) == (EXPIRED, 0), key
        shift(page, 1)
        assert status(page) == TWO_MORE
        page.clock.run_for(5_000)


def test_shift_that_is_held_for_something_else_does_not_count(page: Page) -> None:
    page.focus("#email")
    for combination in ("Shift+A", "Shift+Tab", "Shift+ArrowLeft", "Control+Shift", "Alt+Shift"):
        for _ in range(3):
            page.keyboard.press(combination)
        assert page.evaluate(LIT) == 0, combination
    for _ in range(3):
        page.click("h1", modifiers=["Shift"])
    assert page.evaluate(LIT) == 0
    page.keyboard.down("Shift")
    page.keyboard.press("b")
    page.keyboard.press("c")
    page.keyboard.up("Shift")
    assert page.evaluate(LIT) == 0
    shift(page, 1)
    assert page.evaluate(LIT) == 1


def test_escape_does_not_lead_out(page: Page, site: Site) -> None:
    for _ in range(3):
        page.keyboard.press("Escape")
    assert page.url == f"{site.url}/"
    assert page.locator(".overlay").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_before_anything_is_loaded_the_page_is_empty(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    hold(page)
    page.click(".exit")
    overlay = page.locator(".overlay")
    assert overlay.get_attribute("role") == "alert"
    assert overlay.inner_text() == page.inner_text("body") == "Loading."
    assert overlay.bounding_box() == {"x": 0, "y": 0, "width": 1280, "height": 800}
    ground = "rgb(18, 18, 18)" if scheme == "dark" else "rgb(255, 255, 255)"
    assert overlay.evaluate("overlay => getComputedStyle(overlay).backgroundColor") == ground
    assert [place.is_visible() for place in page.locator("body > *").all()].count(True) == 1


def test_a_page_that_is_brought_back_can_be_used_again(page: Page) -> None:
    hold(page)
    page.click(".exit")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert page.locator(".overlay").count() == 0
    assert page.is_visible("h1")
    shift(page, 2)
    assert status(page) == ONE_MORE


@pytest.mark.parametrize("key", ["Enter", "Space"])
@pytest.mark.parametrize("link", [".exit", ".skip-out"])
def test_both_ways_out_are_buttons_and_obey_both_keys(page: Page, site: Site, link: str, key: str) -> None:
    assert page.get_attribute(link, "role") == "button"
    page.focus(link)
    page.keyboard.press(key)
    page.wait_for_url(f"{site.url}/weather")


def test_the_name_of_the_way_out_says_that_it_is_for_an_emergency(page: Page) -> None:
    assert page.get_by_role("button", name="Emergency Exit this page", exact=True).count() == 1
    assert page.locator(".exit .hidden").bounding_box()["width"] <= 1  # type: ignore[index]


def test_the_way_out_stays_in_sight_above_all_else_and_is_not_printed(page: Page) -> None:
    at_first = page.locator(".exit").bounding_box()
    page.mouse.wheel(0, 700)
    # Not wait_for_function: it polls with eval, which the pages' own policy forbids.
    until("the page to have scrolled", lambda: page.evaluate("scrollY > 300"))
    assert page.locator(".exit").bounding_box() == at_first
    assert page.locator(".leave").evaluate("bar => getComputedStyle(bar).zIndex") == "1000"
    page.emulate_media(media="print")
    assert not page.is_visible(".exit")


def test_on_a_phone_the_way_out_is_a_bar_along_the_foot(browser: Browser, site: Site) -> None:
    page = site.open(browser, viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    page.goto(site.url)
    box = page.locator(".exit").bounding_box()
    assert box is not None
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 390, 700)
    assert box["height"] >= 48
    page.tap(".exit")
    page.wait_for_url(f"{site.url}/weather")
