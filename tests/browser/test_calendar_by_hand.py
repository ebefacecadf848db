"""The calendar in a browser: a batch is dragged to another day, or moved with the keyboard alone; both say what moved."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from service.actions.batches import Settings
from service.app import build
from service.domain.calendar import Calendar
from tests.parts.batches import River
from tests.parts.river import TUESDAY, Parts, confirmed, load
from tests.web.admin.seats import StandInSeats

pytestmark = pytest.mark.browser

SERIES = Settings("Four evenings", first_date=date(2026, 3, 14), cadence_days=2, hour=20)
SAID = "“Four evenings” moved from Sat 14 Mar 2026 to {}: 2 letters for fewer than 5 people."


@pytest.fixture
def page(sqlite_url: str, browser: Browser) -> Iterator[Page]:
    """March, with a batch that has not begun; the browser may not complain."""
    service = replace(Parts(sqlite_url).service(), calendar=Calendar(TUESDAY, datetime(2100, 1, 1, tzinfo=UTC), 1))
    load(service)
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    river = River(service)
    river.confirm(river.draft(SERIES, 2), TUESDAY)
    seats = StandInSeats()
    seats.sit()
    server = make_server("127.0.0.1", 0, build(service, seats=seats), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    complaints: list[str] = []
    window = browser.new_context(viewport={"width": 1280, "height": 2000}, reduced_motion="reduce").new_page()
    window.on("console", lambda message: complaints.append(message.text))
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.goto(f"http://127.0.0.1:{server.server_port}/admin/calendar?month=2026-03")
    yield window
    window.context.close()
    server.shutdown()
    thread.join()
    server.server_close()
    service.database.close()
    assert complaints == []


def test_a_batch_is_dragged_to_another_day(page: Page) -> None:
    page.locator("[data-moves]").drag_to(page.locator("[data-day='2026-03-25']"), target_position={"x": 100, "y": 60})
    page.locator(".answer", has_text=SAID.format("Wed 25 Mar 2026")).wait_for()
    assert "Four evenings, 1" in page.inner_text("[data-day='2026-03-27']")


def test_a_batch_is_moved_with_the_keyboard_alone(page: Page) -> None:
    page.get_by_label("New first day").focus()
    page.keyboard.type("03202026")
    page.keyboard.press("Enter")
    page.locator(".answer", has_text=SAID.format("Fri 20 Mar 2026")).wait_for()
