"""Every letter in a real browser: what axe-core finds, on a small phone, in large letters, and talking to nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from service.mail.preview import MADE_UP_SITE, write_preview
from tests.mail.shipped import Shipped, by_turns, every_letter, every_programme, one_of_each

pytestmark = pytest.mark.browser

PHONE = {"width": 320, "height": 640}
DESK = {"width": 1000, "height": 800}
THUMB = 44
# A mail program shows a letter within its own main part, which a letter must not have a second time.
AXE = {"rules": {"landmark-one-main": {"enabled": False}, "region": {"enabled": False}}}

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TWICE_AS_LARGE = """() => {
  const all = [...document.querySelectorAll('body *')], sizes = all.map(each => parseFloat(getComputedStyle(each).fontSize));
  all.forEach((each, place) => each.style.setProperty('font-size', 2 * sizes[place] + 'px', 'important'));
}"""
BEYOND_THE_EDGE = """() => {
  const range = document.createRange(), walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walk.nextNode()) {
    range.selectNodeContents(walk.currentNode);
    const box = range.getBoundingClientRect();
    if (box.left < 0 || box.right > document.documentElement.clientWidth) found.push(walk.currentNode.data);
  }
  return found;
}"""
ROWS = """() => [...document.querySelectorAll('a')].filter(each => getComputedStyle(each).display === 'inline-block')
  .map(each => each.getBoundingClientRect()).map(box => [box.top, box.bottom])"""
WIDEST_LINE = """() => Math.max(...[...document.querySelectorAll('p, li')].map(each => each.getBoundingClientRect().width))"""


pytestmark = pytest.mark.looks
PARTS = 4  # so that several processes can share the letters


@contextmanager
def window(browser: Browser, here: str = "nowhere", **options: object) -> Iterator[Page]:
    """A new window, in which nothing may be asked for but what is `here`."""
    asked_for: list[str] = []
    with browser.new_context(reduced_motion="reduce", **options) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.on("request", lambda request: asked_for.append(request.url))
        yield page
    assert [url for url in asked_for if not url.startswith(here)] == []


@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_in_any_letter(browser: Browser, part: int) -> None:
    """Every letter, in one of its forms by turns; both forms of one of each kind are looked at in the dark."""
    with window(browser, viewport=DESK, color_scheme="light") as page:
        for letter in by_turns()[part::PARTS]:
            look_with_axe(page, letter)


def test_axe_finds_nothing_in_the_dark(browser: Browser) -> None:
    """Colours are the layout's: a letter of each kind is enough."""
    with window(browser, viewport=DESK, color_scheme="dark") as page:
        for letter in one_of_each():
            look_with_axe(page, letter)


def look_with_axe(page: Page, letter: Shipped) -> None:
    page.set_content(letter.html)
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, f"{letter}\n{found.generate_report()}"


@pytest.mark.parametrize("is_large", [False, True], ids=["as it is", "twice as large"])
def test_no_letter_scrolls_sideways_on_a_small_phone(browser: Browser, is_large: bool) -> None:
    with window(browser, viewport=PHONE) as page:
        for letter in by_turns():
            page.set_content(letter.html)
            if is_large:
                page.evaluate(TWICE_AS_LARGE)
            assert page.evaluate(SIDEWAYS) == 0, letter
            assert page.evaluate(BEYOND_THE_EDGE) == [], letter


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_links_on_rows_of_their_own_are_as_tall_as_a_thumb_and_apart(browser: Browser, viewport: dict[str, int]) -> None:
    with window(browser, viewport=viewport) as page:
        for letter in one_of_each():
            page.set_content(letter.html)
            rows = page.evaluate(ROWS)
            assert rows, letter
            assert all(bottom - top >= THUMB for top, bottom in rows), letter
            assert all(top - bottom >= 8 for (_, bottom), (top, _) in pairwise(rows)), letter


def test_a_letter_is_600_wide_at_most(browser: Browser) -> None:
    with window(browser, viewport=DESK) as page:
        for letter in one_of_each():
            page.set_content(letter.html)
            assert page.evaluate(WIDEST_LINE) <= 600, letter


def words_of(letter: Shipped, page: Page) -> str:
    """What is shown, folded."""
    page.set_content(letter.html)
    return " ".join(page.inner_text("body").split())


def test_the_preview_is_not_seen_in_the_letter(browser: Browser) -> None:
    with window(browser, viewport=DESK) as page:
        for letter in one_of_each():
            begins = words_of(letter, page)
            if letter.is_discreet and not letter.is_system:
                assert begins.startswith(("Hello. Here is your note", "Hola. Esta es tu nota")), letter
            assert "\u200c" not in begins


def test_the_index_of_the_preview_reads_well_and_leads_to_its_letters(browser: Browser, tmp_path: Path) -> None:
    index = write_preview(every_programme()[:1], MADE_UP_SITE, tmp_path)
    for scheme in ("light", "dark"):
        with window(browser, index.parent.as_uri(), viewport=PHONE, color_scheme=scheme) as page:
            page.goto(index.as_uri())
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert page.evaluate(SIDEWAYS) == 0
            page.get_by_text("As a page").first.click()
            assert "Here is your note" in page.inner_text("body")


def test_axe_would_notice_a_letter_that_cannot_be_read(browser: Browser) -> None:
    html = every_letter()[0].html
    with window(browser, viewport=DESK) as page:
        for worse in (
            html.replace("#526160", "#B0B0B0"),
            html.replace('lang="en"', 'lang="xx-none"'),
            html.replace("<h1", "<h4"),
        ):
            page.set_content(worse)
            assert Axe().run(page, options=AXE).violations_count > 0
