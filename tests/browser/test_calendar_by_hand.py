"""The calendar in a browser: a batch is dragged to another day, or moved with the keyboard alone; both say what moved."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Browser, Page

from service.actions.batches import Settings
from service.bootstrap import Service
from service.domain.calendar import Calendar
from service.store import audiences
from tests.browser.running_desk import RunningDesk
from tests.parts.batches import River
from tests.parts.river import TUESDAY, Parts, confirmed, load
from tests.web.admin.seats import StandInSeats

pytestmark = pytest.mark.browser

SERIES = Settings("Four evenings", first_date=date(2026, 3, 14), cadence_days=2, hour=20)
SAID = "“Four evenings” moved from Sat 14 Mar 2026 to {}: 2 letters for fewer than 5 people."


@pytest.fixture
def page(sqlite_url: str, browser: Browser) -> Iterator[Page]:
    """March, with a batch that has not begun."""
    seats = StandInSeats()
    seats.sit()

    def make(_url: str) -> Service:
        service = replace(Parts(sqlite_url).service(), calendar=Calendar(TUESDAY, datetime(2100, 1, 1, tzinfo=UTC), 1))
        load(service)
        confirmed(service, now=TUESDAY, wall=TUESDAY)
        river = River(service)
        river.confirm(river.draft(SERIES, 2), TUESDAY)
        return service

    with RunningDesk.serve(browser, make, seats=seats) as desk:
        yield desk.open(browser, "/calendar?month=2026-03", viewport={"width": 1280, "height": 2000})


def test_a_batch_is_dragged_to_another_day(page: Page) -> None:
    page.locator("[data-moves]").drag_to(page.locator("[data-day='2026-03-25']"), target_position={"x": 100, "y": 60})
    page.locator(".answer", has_text=SAID.format("Wed 25 Mar 2026")).wait_for()
    assert "Four evenings, 1" in page.inner_text("[data-day='2026-03-27']")


def test_where_there_are_many_figures_follow_their_pages(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """One reader counts as many here. What the page fetches by itself works as what came with it."""
    monkeypatch.setattr(audiences, "MANY", 0)
    page.reload()
    page.locator("[data-day='2026-03-14'] [data-moves]", has_text="Four evenings, 1").wait_for()
    assert "What is to come was counted" in page.inner_text("#counted")
    page.locator("[data-moves]").drag_to(page.locator("[data-day='2026-03-25']"), target_position={"x": 100, "y": 60})
    page.locator(
        ".answer", has_text="moved from Sat 14 Mar 2026 to Wed 25 Mar 2026. Its dry run says who gets it now"
    ).wait_for()
    page.locator("[data-day='2026-03-27']", has_text="Four evenings, 1").wait_for()
    page.get_by_role("link", name="Four evenings", exact=True).click()
    page.get_by_role("link", name="Dry run").first.click()
    page.locator("#trial", has_text="would get two letters").wait_for()
    page.locator("#near", has_text="within 24 hours").wait_for()


def test_a_batch_is_moved_with_the_keyboard_alone(page: Page) -> None:
    page.get_by_label("New first day").focus()
    page.keyboard.type("03202026")
    page.keyboard.press("Enter")
    page.locator(".answer", has_text=SAID.format("Fri 20 Mar 2026")).wait_for()
