"""What a reader does from sign-up to leaving and back, with scripts and without."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.site import NOBODY, Site

pytestmark = pytest.mark.browser
READER = "reader@example.org"


def sign_up(page: Page, site: Site, address: str = READER) -> None:
    page.goto(site.url)
    page.fill("#email", address)
    page.check("#consent")
    page.click("#form")


def said(page: Page) -> str:
    return page.inner_text("main")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_reader_signs_up_confirms_leaves_and_takes_it_back(browser: Browser, site: Site, script: bool) -> None:
    page = site.open(browser, java_script_enabled=script)
    sign_up(page, site)
    assert f"If {READER} can receive mail, a message is on its way." in said(page)
    page.goto(site.confirm_link(READER))
    page.click("main button")
    assert "Thank you. Your first note comes on Tuesday " in said(page)
    stop = site.stop_link(READER)
    page.goto(stop)
    assert site.state(READER) == "active"
    page.click("main button")
    assert page.inner_text("h1") == "Done. No more notes. You can come back any time."
    assert site.state(READER) == "left"
    page.goto(stop)  # the letter's link again, within the hour
    page.click("main button")
    assert page.inner_text("h1").startswith("Done. Your next note comes on Tuesday ")
    assert site.state(READER) == "active"
    page.goto(page.url)  # a browser that was closed on that page
    page.click("main button")
    assert site.state(READER) == "left"


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_the_way_out_works(browser: Browser, site: Site, script: bool) -> None:
    page = site.open(browser, java_script_enabled=script)
    page.goto(site.url)
    page.click(".exit")
    page.wait_for_url(f"{site.url}/weather")


def test_an_undo_of_nothing_leads_to_signing_up(browser: Browser, site: Site) -> None:
    page = site.open(browser)
    page.goto(f"{site.url}/u/{NOBODY}")
    page.click("main button")
    page.click("main button")
    assert page.inner_text("h1") == "It is too late to undo this here"
    page.click(".onward")
    assert page.url == f"{site.url}/"


def test_with_script_the_zone_is_the_browser_s(browser: Browser, site: Site) -> None:
    page = site.open(browser, timezone_id="Asia/Calcutta")
    page.goto(site.url)
    assert page.inner_text("summary .help >> nth=0") == "Tuesday at 10:00, Asia/Kolkata time, unless you change it."
    sign_up(page, site)
    page.goto(site.confirm_link(READER))
    page.click("main button")
    assert "at 10:00, Asia/Kolkata time." in said(page)


def test_the_zone_stays_changeable_and_is_not_guessed_twice(browser: Browser, site: Site) -> None:
    page = site.open(browser, timezone_id="America/New_York")
    page.goto(site.url)
    page.click("summary")
    page.select_option("#zone", "Europe/Lisbon")
    page.select_option("#weekday", "5")
    assert page.inner_text("summary .help >> nth=0") == "Saturday at 10:00, Europe/Lisbon time, unless you change it."
    page.fill("#email", "half")
    page.check("#consent")
    page.click("#form")
    assert page.input_value("#zone") == "Europe/Lisbon"
    page.fill("#email", READER)
    page.click("#form")
    page.goto(site.confirm_link(READER))
    page.click("main button")
    assert "Saturday " in said(page)
    assert "Europe/Lisbon time." in said(page)


def test_without_script_the_zone_that_is_shown_is_the_one_that_counts_and_can_be_changed(browser: Browser, site: Site) -> None:
    page = site.open(browser, java_script_enabled=False, timezone_id="Asia/Tokyo")
    page.goto(site.url)
    assert page.inner_text("summary .help >> nth=0") == "Tuesday at 10:00, Europe/London time, unless you change it."
    assert "This browser does not tell us your time zone." in page.inner_text("summary")
    sign_up(page, site)
    page.goto(site.confirm_link(READER))
    page.click("main button")
    assert "Europe/London time." in said(page)
    page.goto(site.url)
    page.click("summary")
    page.select_option("#zone", "Asia/Tokyo")
    page.fill("#email", "other@example.org")
    page.check("#consent")
    page.click("#form")
    page.goto(site.confirm_link("other@example.org"))
    page.click("main button")
    assert "Asia/Tokyo time." in said(page)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_help_shows_the_lines_of_one_country(browser: Browser, site: Site, script: bool) -> None:
    page = site.open(browser, java_script_enabled=script)
    page.goto(f"{site.demo_url}/help")
    page.select_option("#country", "GB")
    page.click("form button")
    assert page.url == f"{site.demo_url}/help?country=GB#people"
    assert page.inner_text(".lead") == "If you are in danger now, call 999."
    assert page.inner_text("h3") == "United Kingdom"
    assert page.title() == "Help – Weekly notes"
