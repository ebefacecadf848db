"""The form's defences in a real browser: nobody sees them, nobody waits for them, and without scripts it works all the same."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, Route
from sqlalchemy import select

from service.bootstrap import Service
from service.store.tables import Consent
from tests.browser.site import Site, serve
from tests.parts.servers import Redis

pytestmark = pytest.mark.browser

VALUE = "document.querySelector('[name=proof]').value"
HOUR = timedelta(hours=1)


@pytest.fixture
def guarded(service: Service, redis: Redis, browser: Browser) -> Iterator[Site]:
    """The site as it is in life, with all its defences."""
    with serve(replace(service, rate_limits=True, redis_url=redis.url)) as site:
        yield site
        for context in browser.contexts:
            context.close()
    assert site.strangers == []
    assert site.complaints == []


def fill(page: Page, site: Site, address: str) -> None:
    page.goto(site.url)
    page.fill("#email", address)
    page.check("#consent")


def hold(page: Page, url: str) -> list[Route]:
    """Let requests wait; gives those that do."""
    waiting: list[Route] = []
    page.route(url, lambda route: waiting.append(route))
    return waiting


def give_up(waiting: list[Route]) -> None:
    """Leave nothing waiting behind."""
    for route in waiting:
        with suppress(Error):  # its page is gone
            route.abort()


def rows(site: Site) -> list[tuple[str, str | None, timedelta]]:
    """Each sign-up: the address, what has come of it, and how long it is held."""
    with site.service.read() as session:
        return [
            (row.address, row.outcome, row.not_before - row.submitted_at if row.not_before else timedelta())
            for row in session.scalars(select(Consent).order_by(Consent.id))
        ]


def test_the_proof_is_there_before_the_form_is_filled_in(browser: Browser, guarded: Site) -> None:
    page = guarded.open(browser)
    for address in ("one@example.org", "two@example.org", "three@example.org"):
        fill(page, guarded, address)
        page.wait_for_timeout(3_000)  # as fast as a person can be
        assert page.evaluate(VALUE) != ""
        page.click("#form")
        assert f"If {address} can receive mail" in page.inner_text("main")
    # Without a proof, the second and the third would be held: they came from one network.
    assert rows(guarded) == [(f"{name}@example.org", None, timedelta()) for name in ("one", "two", "three")]


def test_a_visitor_who_only_reads_solves_nothing(browser: Browser, guarded: Site) -> None:
    page, asked = guarded.open(browser), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(guarded.url)
    page.wait_for_timeout(500)
    assert not [url for url in asked if "challenge" in url or "vendor" in url]


def test_whoever_presses_at_once_waits_for_the_proof_and_no_longer(browser: Browser, guarded: Site) -> None:
    page = guarded.open(browser)
    page.goto(guarded.url)
    page.wait_for_timeout(3_000)
    page.evaluate(
        "document.getElementById('email').value = 'fast@example.org'; document.getElementById('consent').checked = true"
    )
    page.click("#form")
    page.wait_for_selector("h1:has-text('Please check your email')", timeout=10_000)
    assert rows(guarded) == [("fast@example.org", None, timedelta())]


def test_without_an_answer_the_form_is_sent_after_three_seconds(browser: Browser, guarded: Site) -> None:
    page = guarded.open(browser)
    unanswered = hold(page, "**/challenge")
    fill(page, guarded, "first@example.org")
    page.click("#form")
    page.wait_for_timeout(1_500)
    assert page.url == f"{guarded.url}/"
    page.wait_for_selector("h1:has-text('Please check your email')", timeout=5_000)
    fill(page, guarded, "second@example.org")
    page.wait_for_timeout(2_000)
    page.click("#form")
    page.wait_for_selector("h1:has-text('Please check your email')", timeout=5_000)
    give_up(unanswered)
    assert rows(guarded) == [("first@example.org", None, timedelta()), ("second@example.org", None, HOUR)]


def test_whoever_leaves_while_the_form_waits_is_not_brought_back(browser: Browser, guarded: Site) -> None:
    page = guarded.open(browser)
    unanswered, slow = hold(page, "**/challenge"), hold(page, "**/exit")
    fill(page, guarded, "leaver@example.org")
    page.click("#form")
    page.click(".exit", no_wait_after=True)
    page.wait_for_timeout(4_000)
    slow[0].continue_()
    page.wait_for_url(f"{guarded.url}/weather")
    give_up(unanswered)
    assert rows(guarded) == []


def test_without_script_the_form_works_and_the_second_one_is_held(browser: Browser, guarded: Site) -> None:
    page = guarded.open(browser, java_script_enabled=False)
    for address in ("one@example.org", "two@example.org"):
        fill(page, guarded, address)
        page.wait_for_timeout(3_000)
        page.click("#form")
        assert f"If {address} can receive mail" in page.inner_text("main")
    assert rows(guarded) == [("one@example.org", None, timedelta()), ("two@example.org", None, HOUR)]


def test_after_a_mistake_the_button_can_be_pressed_at_once(browser: Browser, guarded: Site) -> None:
    page = guarded.open(browser)
    page.goto(guarded.url)
    page.fill("#email", "name@gmial.com")
    page.check("#consent")
    page.click("#form")
    page.wait_for_selector(".summary")
    page.click("#form")
    page.wait_for_selector("h1:has-text('Please check your email')", timeout=5_000)
    assert rows(guarded) == [("name@gmial.com", None, timedelta())]


def test_nobody_sees_reads_or_reaches_the_field_that_is_a_trap(browser: Browser, guarded: Site) -> None:
    page = guarded.open(browser)
    page.goto(guarded.url)
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()
    assert page.locator("#remarks").count() == 1
    assert page.get_by_label("Please leave this field empty").get_attribute("tabindex") == "-1"
    assert page.get_by_role("textbox").count() == 1  # the address: the trap is not read aloud
    assert page.evaluate("document.getElementById('remarks').parentElement.getBoundingClientRect().width") <= 1
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") != "remarks"


def test_what_fills_in_the_trap_is_told_what_everybody_is_told_and_dropped(browser: Browser, guarded: Site) -> None:
    page = guarded.open(browser)
    fill(page, guarded, "bot@example.org")
    page.evaluate("document.getElementById('remarks').value = 'Buy now'")
    page.wait_for_timeout(3_000)
    page.click("#form")
    page.wait_for_selector("h1:has-text('Please check your email')", timeout=5_000)
    assert rows(guarded) == [("", "trap", timedelta())]
