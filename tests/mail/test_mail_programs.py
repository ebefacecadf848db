"""The HTML of every letter against what mail programs do to it: strip, invert, narrow, enlarge, and draw with Word."""

import colorsys
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TypeAlias

import pytest

from service.mail import layouts, markdown
from service.mail.layouts import Link, Passage, Sheet
from service.mail.words import words_for
from tests.mail.shipped import Shipped, by_turns, one_of_each

VOID = {"br", "hr", "img", "input", "link", "meta"}
BLOCKS = {"p", "li", "h1", "h2"}
MOST_WIDE = 600
LEAST_CONTRAST = 4.5
THUMB = 44

ROWS = {
    "confirm": ["Confirm this address"],
    "confirm_import": ["Confirm this address"],
    "manage": ["Pause or change anything", "Stop these emails"],
    "address": ["Use this address"],
    "export": ["Open the page"],
}
"""The last rows of letters that are no list mail."""

COMMENT = re.compile(r"<!--\[if ([^\]]*)\]>(<!-->)?(.*?)(?:<!--)?<!\[endif\]-->", re.DOTALL)
LINK_TO_NOTHING = re.compile(r"\b(?:click )?here\b|\bthis link\b|\bread more\b", re.IGNORECASE)

Colour: TypeAlias = tuple[float, float, float]

every = pytest.mark.parametrize("letter", by_turns(), ids=str)
"""Every letter, in one of its forms by turns: what depends on the words of a letter."""

each_kind = pytest.mark.parametrize("letter", one_of_each(), ids=str)
"""A letter of each kind, in both forms: what depends on the layout alone."""


@dataclass
class Element:
    """An element with the styles of its own and those of all elements around it, nearest first."""

    tag: str
    attributes: dict[str, str]
    around: "Element | None" = None
    words: str = ""

    @property
    def style(self) -> dict[str, str]:
        """Its inline style."""
        pairs = (rule.partition(":") for rule in self.attributes.get("style", "").split(";") if rule)
        return {name.strip(): value.strip() for name, _, value in pairs}

    def line(self) -> Iterator["Element"]:
        """This element and those around it, nearest first."""
        element: Element | None = self
        while element:
            yield element
            element = element.around

    def nearest(self, name: str) -> "Element":
        """The nearest element that sets a style."""
        return next(element for element in self.line() if name in element.style)

    def is_hidden(self) -> bool:
        """Whether nobody sees it."""
        return any(element.style.get("display") == "none" for element in self.line())

    def is_in(self, name: str) -> bool:
        """Whether it is part of something of that class."""
        return any(name in element.attributes.get("class", "").split() for element in self.line())


@dataclass
class Page(HTMLParser):
    """All elements of an HTML, refusing tags that do not match."""

    html: str
    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)
        self._open: list[Element] = []
        self.feed(self.html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open[-1] if self._open else None)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop().tag == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].words += data

    def all(self, *tags: str) -> list[Element]:
        """The elements with one of these tags."""
        return [element for element in self.elements if element.tag in tags]

    def with_words(self) -> list[Element]:
        """The elements of the body that show words of their own."""
        inside = [element for element in self.elements if any(outer.tag == "body" for outer in element.line())]
        return [element for element in inside if element.words.strip() and not element.is_hidden()]


def unchanged(colour: Colour) -> Colour:
    """What a mail program shows that leaves colours alone."""
    return colour


def rgb(colour: str) -> Colour:
    """The channels of #RRGGBB, from 0 to 1."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def luminance(colour: Colour) -> float:
    """The relative luminance of WCAG 2.2."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def channels_inverted(colour: Colour) -> Colour:
    """What a filter of the whole screen makes of it."""
    red, green, blue = (1 - channel for channel in colour)
    return red, green, blue


def lightness_inverted(colour: Colour) -> Colour:
    """What mail programs make of it that keep the hue."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*colour)
    return colorsys.hls_to_rgb(hue, 1 - lightness, saturation)


def pairs_of(letter: Shipped) -> set[tuple[str, str]]:
    """Every text colour with its ground: those of the elements, and those of the dark styles."""
    elements = [element.style for element in Page(letter.html).elements]
    dark = letter.html[letter.html.index("(prefers-color-scheme: dark)") :].partition("</style>")[0]
    rules = [dict(re.findall(r"([\w-]+): (#\w{6})", rule)) for rule in re.findall(r"\{([^{}]*)\}", dark)]
    both = [style for style in [*elements, *rules] if {"color", "background-color"} <= style.keys()]
    return {(style["color"], style["background-color"]) for style in both}


def as_outlook_reads_it(html: str) -> str:
    """The comments for Word opened, those against it gone."""
    return COMMENT.sub(lambda found: "" if found[1].startswith("!") else found[3], html)


def as_others_read_it(html: str) -> str:
    """The comments for Word gone, what is not for it kept."""
    return COMMENT.sub(lambda found: found[3] if found[1].startswith("!") else "", html)


@each_kind
def test_the_document_says_what_it_is_and_says_it_again_within_its_body(letter: Shipped) -> None:
    page = Page(letter.html)
    html = page.all("html")[0]
    wrapper = next(element for element in page.all("div") if element.around and element.around.tag == "body")
    assert letter.html.startswith("<!doctype html>")
    for element in (html, wrapper):
        assert (element.attributes["lang"], element.attributes["dir"]) == (letter.language, "ltr")
    assert page.all("title")[0].words == letter.subject
    assert letter.html.index("charset=UTF-8") < 1024


@each_kind
def test_tables_are_for_layout_only_and_say_so(letter: Shipped) -> None:
    for html in (as_others_read_it(letter.html), as_outlook_reads_it(letter.html)):
        page = Page(html)
        assert [table for table in page.all("table") if table.attributes.get("role") != "presentation"] == []
        assert page.all("th", "caption", "thead", "tfoot", "img") == []
        assert [element for element in page.elements if "summary" in element.attributes] == []


@every
def test_there_is_one_first_heading_and_no_level_is_left_out(letter: Shipped) -> None:
    levels = [int(element.tag[1]) for element in Page(letter.html).elements if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert set(levels[1:]) <= {2}
    assert (len(levels) == 1) is letter.is_system


@every
def test_all_words_stand_in_paragraphs_lists_and_headings(letter: Shipped) -> None:
    for element in Page(letter.html).with_words():
        assert any(outer.tag in BLOCKS for outer in element.line()), element


@each_kind
def test_letters_are_large_and_lines_have_air(letter: Shipped) -> None:
    for element in Page(letter.html).with_words():
        size = float(element.nearest("font-size").style["font-size"].removesuffix("px"))
        height = float(element.nearest("line-height").style["line-height"])  # no unit: it grows with its letters
        is_heading = any(outer.tag in ("h1", "h2") for outer in element.line())
        assert size >= (15 if element.is_in("soft") else 18), element
        assert height >= (1.2 if is_heading else 1.5), element


@each_kind
def test_nothing_is_of_a_fixed_height_or_wider_than_a_letter(letter: Shipped) -> None:
    for html in (as_others_read_it(letter.html), as_outlook_reads_it(letter.html)):
        for element in Page(html).elements:
            assert "height" not in element.style.keys() | element.attributes.keys(), element
            assert "min-width" not in element.style, element
            for width in (element.style.get("width", ""), element.attributes.get("width", "")):
                assert "%" in width or int(width.removesuffix("px") or 0) <= MOST_WIDE, element


@each_kind
def test_words_begin_at_the_side_where_reading_begins(letter: Shipped) -> None:
    for element in Page(letter.html).with_words():
        assert element.nearest("text-align").style["text-align"] == "left"
    assert not re.search(r"text-transform|letter-spacing|justify", letter.html)


@each_kind
def test_each_text_and_its_ground_are_set_on_one_element(letter: Shipped) -> None:
    for element in Page(letter.html).with_words():
        inked = next(e for e in element.line() if e.style.get("color", "inherit") != "inherit")
        assert inked is element.nearest("background-color"), element


@each_kind
def test_every_pair_of_colours_can_be_read_in_light_in_dark_and_inverted(letter: Shipped) -> None:
    pairs = pairs_of(letter)
    assert len(pairs) >= 4
    for ink, ground in pairs:
        for changed in (unchanged, channels_inverted, lightness_inverted):
            assert contrast(changed(rgb(ink)), changed(rgb(ground))) >= LEAST_CONTRAST, (ink, ground, changed)


@each_kind
def test_light_and_dark_are_declared_twice_and_styled_in_a_block_of_their_own(letter: Shipped) -> None:
    metas = [meta.attributes for meta in Page(letter.html).all("meta")]
    named = {meta["name"]: meta["content"] for meta in metas if "name" in meta}
    assert named["color-scheme"] == named["supported-color-schemes"] == "light dark"
    blocks = [style.words for style in Page(letter.html).all("style")]
    assert [block.count("@media") for block in blocks if "prefers-color-scheme" in block] == [1]
    assert all(len(block) < 8192 for block in blocks)  # more of it, and Gmail drops the block


@each_kind
def test_comments_for_outlook_are_well_nested_and_name_its_font(letter: Shipped) -> None:
    marks = re.findall(r"<!--\[if[^\]]*\]>|<!\[endif\]-->", letter.html)
    assert [mark.startswith("<!--") for mark in marks] == [True, False] * (len(marks) // 2)
    for html in (as_others_read_it(letter.html), as_outlook_reads_it(letter.html)):
        assert "[if" not in html
        assert Page(html).elements  # and every tag is closed where it should be
    for_word = "".join(inside for condition, _, inside in COMMENT.findall(letter.html) if condition == "mso")
    assert "font-family: Georgia, 'Times New Roman', serif" in for_word


@every
def test_links_say_where_they_lead_and_are_underlined_in_the_colour_of_their_text(letter: Shipped) -> None:
    links = Page(letter.html).all("a")
    assert links
    for link in links:
        assert link.style["text-decoration"] == "underline"
        assert link.style["color"] == "inherit"
        assert link.attributes["href"].startswith("https://notes.example.org/")
        assert "target" not in link.attributes
        assert len(link.words) > 3
        assert not LINK_TO_NOTHING.search(link.words)


@each_kind
def test_links_on_rows_of_their_own_are_as_tall_as_a_thumb(letter: Shipped) -> None:
    rows = [link for link in Page(letter.html).all("a") if link.around and not link.around.words.strip()]
    assert [link.words for link in rows][-2:] == ROWS.get(
        letter.name, [words_for(letter.language).erase, words_for(letter.language).support]
    )
    for link in rows:
        line = float(link.style["line-height"]) * float(link.nearest("font-size").style["font-size"].removesuffix("px"))
        assert link.style["padding"] == "10px 0"
        assert line + 20 >= THUMB


@each_kind
def test_the_preview_is_hidden_from_eye_and_ear_and_keeps_the_letter_out_of_its_line(letter: Shipped) -> None:
    (preview,) = [element for element in Page(letter.html).elements if element.is_hidden()]
    assert preview.attributes["aria-hidden"] == "true"
    assert "mso-hide" in preview.style
    assert len(preview.words) > 300


def test_fixed_words_in_another_language_say_so() -> None:
    sheet = Sheet(
        language="he",
        subject="x",
        preview="x",
        title="x",
        passages=(Passage("A question", "מה?"),),
        opener="Hello.",
        next_line="The next one.",
        pace=(Link("Longer", "https://x.example/p"),),
        links=(Link("Stop", "https://x.example/u"),),
        closing=(("Why.",),),
        fixed_language="en",
    )
    page = Page(layouts.as_html(sheet, markdown.Marks([])))
    for words in ("A question", "Hello.", "The next one.", "Longer", "Stop", "Why."):
        element = next(element for element in page.elements if element.words == words)
        assert next((e.attributes["lang"], e.attributes["dir"]) for e in element.line() if "lang" in e.attributes) == (
            "en",
            "ltr",
        )
    said = next(element for element in page.elements if element.words == "מה?")
    assert next(e.attributes["lang"] for e in said.line() if "lang" in e.attributes) == "he"
