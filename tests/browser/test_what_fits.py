"""“What fits?” in a real browser: readable, reachable by keyboard, and it may be left out."""

from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from sqlalchemy import select, update

from service.bootstrap import Service
from service.store.tables import Consent, Sequence
from tests.browser.site import Site
from tests.parts.river import load, programme

pytestmark = pytest.mark.browser

PHONE = {"width": 320, "height": 640}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def service(service: Service) -> Service:
    """A service with a programme for each answer."""
    with service.write() as session:
        session.execute(update(Sequence).values(fits=["ended"]))
    for slug, pace, fits in (("letting-go", 2, ("left",)), ("check-in", 7, ("still", "unsaid")), ("line", 1, ("later",))):
        load(service, replace(programme(slug, pace_days=pace), fits=fits))
    return service


def chosen(site: Site) -> list[str]:
    with site.service.read() as session:
        return list(session.scalars(select(Consent.programme).order_by(Consent.id)))


def test_the_question_reads_well_in_every_light_and_size(browser: Browser, site: Site) -> None:
    page = site.open(browser, viewport=PHONE)
    page.goto(site.url)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, found.generate_report()
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.get_by_role("group", name="What fits?").get_by_role("radio").count() == 4
    assert page.get_by_text("A line a day").count() == 0


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_it_leads_to_a_programme_and_may_be_left_out(browser: Browser, site: Site, script: bool) -> None:
    page = site.open(browser, java_script_enabled=script)
    for label in (None, "I have left, or it has ended", "Someone left me", "I would rather not say"):
        page.goto(site.url)
        if label:
            page.get_by_label(label).check()
        page.fill("#email", site.new_address())
        page.check("#consent")
        page.click("#form")
        assert "can receive mail" in page.inner_text("main")
    assert chosen(site) == ["after-leaving", "after-leaving", "letting-go", "check-in"]


def test_it_is_answered_by_keyboard(browser: Browser, site: Site) -> None:
    page = site.open(browser)
    page.goto(site.url)
    page.focus("#fit")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.locator("input[name=fit]:checked").get_attribute("value") == "still"
