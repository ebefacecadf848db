"""What a reader does on their own pages: by keyboard, without scripts, and with what they chose before shown to nobody."""

import pytest
from playwright.sync_api import Browser, Page

from service.store.tables import Enrolment, Subscriber
from tests.browser.reader_pages import me, note
from tests.browser.site import Site
from tests.browser.test_keyboard import COVERED, FOCUSED, NARROW, tab_to
from tests.browser.ways import press

pytestmark = pytest.mark.browser


def said(page: Page) -> str:
    return page.inner_text("main")


def kept(site: Site) -> Subscriber:
    """The reader there is, as the database has them."""
    with site.service.read() as session:
        return session.query(Subscriber).one()


def test_a_reader_pauses_and_goes_on_by_keyboard(browser: Browser, site: Site) -> None:
    page = site.open(browser, viewport={"width": 800, "height": 500})
    page.goto(me(site))
    tab_to(page, "a[href$='/pause']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pause")
    tab_to(page, "input[name=weeks]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    tab_to(page, "main button")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:focus")
    assert page.inner_text("h1").startswith("Paused until ")
    tab_to(page, "a[href$='/resume']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/resume")
    tab_to(page, "main button")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:focus")
    assert page.inner_text("h1").startswith("Done. Your next note comes on ")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_reader_stays_and_takes_it_back(browser: Browser, site: Site, script: bool) -> None:
    page = site.open(browser, java_script_enabled=script)
    page.goto(me(site))
    page.click("text=A little longer with this")
    assert "It stays with this part: feelings in waves. It is a different note from before." in said(page)
    press(page, "main button")
    assert page.inner_text("h1").startswith("Done. Your next note comes on ")
    page.click("text=Back to your notes")
    assert "Your wish: a little longer with this part." in said(page)
    page.click("text=Leave it as it was")
    press(page, "main button")
    page.click("text=Back to your notes")
    assert "Your wish" not in said(page)


def test_an_answer_that_is_asked_for_again_shows_the_page_before_it(browser: Browser, site: Site) -> None:
    page = site.open(browser)
    page.goto(note(site, "longer"))
    press(page, "main button")
    answer = page.url
    page.goto("about:blank")
    page.goto(answer)
    assert page.inner_text("main button") == "A little longer with this"


def test_a_reader_changes_day_and_pace(browser: Browser, site: Site) -> None:
    page = site.open(browser)
    page.goto(note(site, "day"))
    page.check("text=One every two weeks")
    page.select_option("#weekday", "6")
    page.select_option("#hour", "21")
    press(page, "main button")
    assert "Done. Your next note comes on Sunday " in said(page)
    assert "One every two weeks, Sunday at 21:00." in said(page)
    with site.service.read() as session:
        enrolment = session.query(Enrolment).one()
        assert (enrolment.weekday, enrolment.pace_days) == (6, 14)
    assert kept(site).hour == 21


def test_hours_and_days_without_mail_are_kept_added_to_and_cleared(browser: Browser, site: Site) -> None:
    page = site.open(browser)
    address = me(site)
    page.goto(f"{address}/settings/hours")
    page.check("#hours-22")
    page.check("#hours-23")
    press(page, "main button")
    assert kept(site).never_hours == 0b11 << 22
    for month in ("11", "12"):
        page.goto(f"{address}/settings/days")
        page.select_option("#day", "24")
        page.select_option("#month", month)
        press(page, "main button")
    assert kept(site).quiet_days == ["11-24", "12-24"]
    page.goto(f"{address}/settings/days")
    page.select_option("#day", "1")
    page.select_option("#month", "1")
    page.select_option("#last_day", "27")
    page.select_option("#last_month", "2")
    press(page, "main button")
    page.goto(f"{address}/settings/days")
    page.select_option("#day", "1")
    page.select_option("#month", "6")
    press(page, "main button")
    assert page.inner_text(".summary a") == "There can be 60 days without mail in a year at most."
    assert len(kept(site).quiet_days) == 60
    for name, button in (("hours", "Clear the hours"), ("days", "Clear the days")):
        page.goto(f"{address}/settings/{name}")
        press(page, f"text={button}")
    assert (kept(site).never_hours, kept(site).quiet_days) == (0, [])


def test_a_new_zone_and_the_look_of_notes_are_kept(browser: Browser, site: Site) -> None:
    page = site.open(browser, timezone_id="America/New_York")
    address = me(site)
    page.goto(f"{address}/settings/zone")
    assert page.input_value("#zone") == ""
    page.select_option("#zone", "Asia/Tokyo")
    press(page, "main button")
    page.goto(f"{address}/settings/look")
    page.check("text=Each note shows its own title.")
    press(page, "main button")
    assert (kept(site).zone, kept(site).discreet) == ("Asia/Tokyo", False)
    page.goto(address)
    assert "Tokyo" not in page.content()


def test_how_is_today_changes_no_row(browser: Browser, site: Site) -> None:
    page = site.open(browser)
    page.goto(f"{me(site)}/today")
    before = vars(kept(site)).copy()
    press(page, "button[value=hopeless]")
    assert page.url.endswith("/today")
    after = vars(kept(site)).copy()
    before.pop("_sa_instance_state")
    after.pop("_sa_instance_state")
    assert before == after


@pytest.mark.parametrize("viewport", NARROW, ids=lambda viewport: f"{viewport['width']}x{viewport['height']}")
@pytest.mark.parametrize("path", ["", "/settings/hours"])
def test_the_way_out_never_covers_what_has_the_focus(browser: Browser, site: Site, viewport: dict[str, int], path: str) -> None:
    page = site.open(browser, viewport=viewport)
    page.goto(f"{me(site)}{path}")
    for key in ["Tab"] * 24 + ["Shift+Tab"] * 24:
        page.keyboard.press(key)
        assert not page.evaluate(COVERED), page.evaluate(FOCUSED)
