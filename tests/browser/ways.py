"""How a page is reached."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.site import Site

Way = Callable[[Page, Site], object]


def press(page: Page, selector: str) -> None:
    """Press a button, and wait until the answer is there with its style."""
    with page.expect_navigation():
        page.click(selector)
