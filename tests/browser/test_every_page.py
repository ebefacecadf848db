"""What holds for every page: axe finds nothing, nothing scrolls sideways, no title tells, colours may be forced."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.pages import EVERY_PAGE, IN_OTHER_LANGUAGES, press
from tests.browser.site import Site
from tests.parts.river import load, programme
from tests.parts.spanish import in_spanish

pytestmark = pytest.mark.browser

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 320, "height": 640}
QUARTERS = [list(EVERY_PAGE)[start::4] for start in range(4)]
THIRDS = [list(IN_OTHER_LANGUAGES)[start::3] for start in range(3)]
SEEN_IN_ENGLISH = {"color-contrast": {"enabled": False}}
"""Colours do not depend on the language."""

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALL = """[...document.querySelectorAll("a, button, select, input:not([type=hidden]), summary")]
  .filter(it => !it.closest("p, li, .skip") && !it.matches(".skip") && it.checkVisibility())
  .filter(it => (it.closest(".choice") || it).getBoundingClientRect().height < 44).map(it => it.outerHTML.slice(0, 80))"""
NOT_OURS = "[lang=en], .letter, blockquote, .address, .ways, .line-name, [rel=noreferrer], #zone, .sender, footer > p"
"""What may stand in English on a page in another language: what is marked so, letters, a consent, names."""
SAID = """others => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll(others).forEach(it => it.remove());
  return copy.textContent.replaceAll("Weekly notes", "").split("\\n");
}"""
ENGLISH_WORD = re.compile(r"\b(?:the|and|you|your|with|please|this|that|from|is|are|not|to|of|at|time)\b", re.I)
TOPIC = re.compile(r"abuse|violence|survivor|toxic|leaving|trauma|safe|heal|hurt|relationship|\bex\b", re.IGNORECASE)


SHORTEN = "document.querySelectorAll('#zone optgroup').forEach(it => [...it.children].slice(2).forEach(zone => zone.remove()))"
"""Four hundred zones are all alike, and axe looks at each of them for a while."""

DARK_AND_NARROW = [
    *("color-contrast", "link-in-text-block"),
    *("target-size", "scrollable-region-focusable", "css-orientation-lock", "meta-viewport", "region"),
]
"""What a change of colours and of width can change."""


def assert_accessible(page: Page, name: str, **options: object) -> None:
    page.evaluate(SHORTEN)
    found = Axe().run(page, options={"resultTypes": ["violations"], **options})
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"


def assert_fits_a_small_phone(page: Page, name: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.emulate_media(color_scheme="dark")
    assert_accessible(page, f"{name}, dark at 320 px", runOnly=DARK_AND_NARROW)
    page.emulate_media(color_scheme="light")
    assert page.evaluate(SMALL) == [], name
    for size in ("100%", "200%"):
        page.evaluate("size => document.documentElement.style.fontSize = size", size)
        assert page.evaluate(SIDEWAYS) == 0, f"{name} at {size}"
    page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.looks
@pytest.mark.parametrize("names", QUARTERS, ids=lambda names: names[0])
def test_every_page_is_accessible_light_and_dark_and_small_and_has_a_neutral_title(
    browser: Browser, site: Site, names: list[str]
) -> None:
    page = site.open(browser, viewport=DESKTOP, color_scheme="light")
    for name in names:
        EVERY_PAGE[name](page, site)
        assert_accessible(page, name)
        assert_fits_a_small_phone(page, name)
        assert not TOPIC.search(page.title()), name
        assert page.title().endswith(" – Weekly notes"), name


@pytest.mark.looks
@pytest.mark.parametrize("names", THIRDS, ids=lambda names: names[0])
def test_every_page_is_accessible_and_whole_in_spanish(browser: Browser, site: Site, names: list[str]) -> None:
    load(site.service, in_spanish(programme()))
    site.language = "es"
    page = site.open(browser, viewport=DESKTOP, color_scheme="light", locale="es-ES")
    for name in names:
        EVERY_PAGE[name](page, site)
        assert page.evaluate("document.documentElement.lang") == "es", name
        assert_accessible(page, f"{name} in Spanish", rules=SEEN_IN_ENGLISH)
        assert page.evaluate(SIDEWAYS) == 0, name
        assert page.title().endswith(" – Weekly notes"), name
        assert [line for line in page.evaluate(SAID, NOT_OURS) if ENGLISH_WORD.search(line)] == [], name


def test_the_other_language_is_at_the_foot_and_stays(browser: Browser, site: Site) -> None:
    load(site.service, in_spanish(programme()))
    page = site.open(browser, viewport=PHONE)
    page.goto(site.url)
    press(page, "text=Español")
    assert page.url == f"{site.url}/?lang=es"
    assert page.get_by_role("button", name="Emergencia: Salir de esta página", exact=True).count() == 1
    press(page, "footer >> text=Ayuda y seguridad")
    assert page.inner_text("h1") == "Ayuda"
    page.goto(f"{site.url}/?lang=es")
    page.keyboard.press("Shift")
    assert page.locator(".leave [role=status]").inner_text() == "Mayúsculas: pulsa 2 veces más para salir."
    page.click("summary")
    page.select_option("#weekday", "5")
    page.select_option("#zone", "Europe/Madrid")
    assert page.inner_text("summary .help >> nth=0") == "Sábado a las 10:00, hora de Europe/Madrid, salvo que lo cambies."
    page.fill("#email", "lectora@example.org")
    page.check("#consent")
    press(page, "#form")
    assert page.inner_text("h1") == "Mira tu correo, por favor"
    press(page, "footer >> text=Privacidad")
    assert page.evaluate("document.documentElement.lang") == "es"


def test_a_long_address_is_broken_rather_than_scrolled_to(browser: Browser, site: Site) -> None:
    page = site.open(browser, viewport=PHONE)
    page.goto(site.url)
    page.fill("#email", "a" * 60 + "@" + "b" * 60 + ".example.org")
    page.check("#consent")
    press(page, "#form")
    assert page.evaluate(SIDEWAYS) == 0


def test_with_forced_colours_everything_keeps_its_edge(browser: Browser, site: Site) -> None:
    page = site.open(browser, forced_colors="active", viewport=DESKTOP)
    page.goto(site.url)
    page.click("summary")
    for place in (".exit", "#form", "#email", "#zone", ".choice >> nth=0", ".panel", ".mail", ".note"):
        edge = page.locator(place).evaluate("it => [getComputedStyle(it).borderTopStyle, getComputedStyle(it).borderTopWidth]")
        assert edge[0] == "solid", place
        assert float(edge[1].removesuffix("px")) >= 1, place
    page.keyboard.press("Shift")
    assert page.is_visible(".dots")
    ground, lit = page.locator(".dots .on").evaluate(
        "it => [getComputedStyle(it.closest('.exit')).backgroundColor, getComputedStyle(it).backgroundColor]"
    )
    assert ground != lit
