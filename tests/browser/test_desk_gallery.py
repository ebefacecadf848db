"""The pieces of the desk in a browser: accessible in every look, whole on a small phone, and comfortable with script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import desk_gallery
from tests.browser.test_every_page import DESKTOP, PHONE, SIDEWAYS, SMALL, assert_accessible

pytestmark = pytest.mark.browser

FROM_A_WORD_PROCESSOR = """
<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p { mso-style: x }</style></head><body>
<h2>A heading</h2><p class="MsoNormal">Some <b>days </b>are&nbsp;<span style="font-style: italic">long</span>.<o:p></o:p>
<script>alert(1)</script></p><b style="font-weight:normal"><p>Plain, see <a href="https://example.org/a">here</a>
and <a href="javascript:alert(1)">there</a>.</p></b><ol><li>One</li><li><p>Two</p></li></ol>
<ul><li>A<ul><li>B</li></ul></li></ul><blockquote><p>Said</p></blockquote><img src="https://example.org/a.png"></body></html>"""
AS_MARKDOWN = """**A heading**

Some **days** are *long*.

Plain, see [here](https://example.org/a) and there.

1. One
2. Two

- A
   - B

> Said"""
PASTE = """([selector, html]) => {
  const area = document.querySelector(selector), data = new DataTransfer();
  area.focus(); area.select();
  data.setData("text/html", html); data.setData("text/plain", "plain");
  return area.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The gallery, served."""
    with desk_gallery.served() as url:
        yield url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window whose complaints are gathered, and that may not have any."""
    complaints: list[str] = []
    page = browser.new_context(viewport=DESKTOP, reduced_motion="reduce").new_page()  # type: ignore[arg-type]
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.context.close()
    assert complaints == []


@pytest.mark.looks
@pytest.mark.parametrize("name", desk_gallery.PAGES)
def test_every_piece_is_accessible_and_fits(page: Page, url: str, name: str) -> None:
    for colours, forced, size in (("light", "none", DESKTOP), ("dark", "none", PHONE), ("dark", "active", DESKTOP)):
        page.emulate_media(color_scheme=colours, forced_colors=forced)  # type: ignore[arg-type]
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(f"{url}/{name}")
        page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
        assert_accessible(page, f"{name}, {colours}, {size['width']} px, forced colours {forced}")
        assert page.evaluate(SMALL) == []
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for text in ("100%", "200%"):
        page.evaluate("size => document.documentElement.style.fontSize = size", text)
        assert page.evaluate(SIDEWAYS) == 0, f"{name} at {text}"


def test_the_menu_stands_open_on_a_desktop_and_opens_by_keyboard_on_a_phone(page: Page, url: str) -> None:
    page.goto(f"{url}/forms")
    assert page.get_by_role("link", name="Batches", exact=True).is_visible()
    assert not page.locator(".ways summary").is_visible()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert not page.get_by_role("link", name="Batches", exact=True).is_visible()
    page.locator(".ways summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Desk"


def test_a_row_is_moved_by_its_button_and_by_dragging_alike(page: Page, url: str) -> None:
    page.goto(f"{url}/forms")
    page.get_by_role("button", name="Down Whatever you feel makes sense").press("Enter")
    assert "{'item': '1', 'to': '2'}" in page.inner_text("p")
    page.goto(f"{url}/forms")
    rows = page.locator(".order > li")
    rows.nth(0).drag_to(rows.nth(2), source_position={"x": 60, "y": 24}, target_position={"x": 60, "y": 50})
    page.wait_for_url("**/said")
    assert "{'item': '1', 'to': '3'}" in page.inner_text("p")
    page.goto(f"{url}/forms")
    rows.nth(2).drag_to(rows.nth(0), source_position={"x": 60, "y": 24}, target_position={"x": 60, "y": 4})
    page.wait_for_url("**/said")
    assert "{'item': '3', 'to': '1'}" in page.inner_text("p")


def test_what_comes_from_a_word_processor_is_pasted_as_markdown_and_can_be_undone(page: Page, url: str) -> None:
    page.goto(f"{url}/editor")
    before = page.input_value("#opening")
    page.evaluate(PASTE, ["#opening", FROM_A_WORD_PROCESSOR])
    assert page.input_value("#opening") == AS_MARKDOWN
    page.keyboard.press("Control+z")
    assert page.input_value("#opening") == before


def test_plain_text_and_other_fields_are_pasted_as_ever(page: Page, url: str) -> None:
    page.goto(f"{url}/editor")
    assert page.evaluate(PASTE, ["#subject", FROM_A_WORD_PROCESSOR]) is True
    assert page.evaluate(PASTE, ["#opening", "<p> </p>"]) is True
    assert page.evaluate(PASTE, ["#opening", "<p>" + "a" * 500_000]) is True
    page.evaluate(PASTE, ["#opening", "<div>" * 3000 + "deep" + "</div>" * 3000])
    assert page.input_value("#opening") == "deep"


def test_what_is_sent_in_place_carries_the_token_of_the_page(page: Page, url: str) -> None:
    page.goto(f"{url}/editor")
    page.fill("#opening", "Anew")
    page.locator("#said", has_text="'opening': 'Anew'").wait_for()
    assert "a-token" in page.inner_text("#said")
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
