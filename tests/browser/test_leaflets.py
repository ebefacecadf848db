"""What leaflets do in a real browser: a named answer opens, without scripts too, and paper gets lines to write on."""

import pytest
from playwright.sync_api import Browser

from tests.browser.site import Site

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False])
def test_a_question_opens_by_key_and_by_its_name_in_the_address(browser: Browser, site: Site, scripts: bool) -> None:
    page = site.open(browser, java_script_enabled=scripts)
    page.goto(f"{site.url}/worries")
    assert page.locator("details[open]").count() == 0
    page.locator("summary").nth(1).press("Enter")
    assert page.locator("#shame").is_visible()
    page.goto(f"{site.url}/worries?again#back")
    assert page.locator("#back").is_visible()
    assert page.locator("details[open]").count() == 1


@pytest.mark.parametrize("anchor", ["device", "email", "exit", "people", "notes"])
def test_every_known_place_on_the_help_page_is_still_there(browser: Browser, site: Site, anchor: str) -> None:
    page = site.open(browser)
    page.goto(f"{site.url}/help#{anchor}")
    assert page.locator(f"h2#{anchor}").evaluate("it => it.matches(':target')")


def test_on_paper_a_letter_has_lines_under_its_question_and_no_controls(browser: Browser, site: Site) -> None:
    page = site.open(browser)
    page.goto(f"{site.url}/sample")
    lines = page.locator(".ruled i")
    assert [line.is_visible() for line in lines.all()] == [False] * 4
    page.emulate_media(media="print")
    assert [line.is_visible() for line in lines.all()] == [True] * 4
    assert not page.locator(".onward").is_visible()
    assert not page.locator(".exit").is_visible()
    assert page.locator(".letter-title").is_visible()
