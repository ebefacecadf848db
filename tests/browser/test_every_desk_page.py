"""What holds for every page of the desk: axe finds nothing, nothing scrolls sideways, nothing comes from elsewhere."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.desk_tour import DeskTour, tour
from tests.browser.test_every_page import DARK_AND_NARROW, SIDEWAYS, assert_accessible
from tests.parts.river import Parts

pytestmark = [pytest.mark.browser, pytest.mark.looks]

PARTS = 4


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[DeskTour]:
    service = Parts(sqlite_url).service()
    with tour(service) as desk:
        yield desk
    service.database.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_for_everybody(desk: DeskTour, browser: Browser, part: int) -> None:
    page = desk.open(browser, viewport={"width": 1280, "height": 800})
    for name, path in list(desk.paths().items())[part::PARTS]:
        page.set_viewport_size({"width": 1280, "height": 800})
        page.emulate_media(color_scheme="light")
        answer = page.goto(f"{desk.url}{path}")
        assert answer is not None
        assert answer.status == (404 if name == "nothing-here" else 200), path
        assert page.locator("h1").count() == 1, path
        assert_accessible(page, name)
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate(SIDEWAYS) <= 0, f"{name} scrolls sideways at 320 px"
        page.emulate_media(color_scheme="dark")
        assert_accessible(page, f"{name}, dark at 320 px", runOnly=DARK_AND_NARROW)
    page.context.close()
    assert desk.complaints == []
