"""The layout of letters: what it may hold, and that it neither breaks nor loads anything."""

import re
from pathlib import Path

import pytest

from service.mail import layouts, markdown
from service.mail.layouts import Link, Passage, Sheet

TEMPLATES = sorted(layouts.EMAIL_TEMPLATES.glob("*.mjml"))
MARKS = markdown.Marks(["stop_link"])
SHEET = Sheet(
    language="en",
    subject="A <subject> & \"more\" 'marks'",
    preview="A preview & more",
    title="The title",
    passages=(Passage("", "Opening."), Passage("A heading", "Indented words.", is_indented=True)),
    opener="The opener.",
    note="The note.",
    phase="now: it is new",
    next_line="The next line.",
    pace=(Link("A little longer", "https://x.example/p"),),
    links=(Link("Stop", MARKS["stop_link"]), Link("Help", "https://x.example/help")),
    closing=(("Why.",), ("Name & Co", "Street 1")),
)
ORDER = [
    "The opener.",
    "The note.",
    "The title",
    "now: it is new",
    "Opening.",
    "A heading",
    "Indented words.",
    "The next line.",
    "A little longer",
    "Stop",
    "Help",
    "Why.",
    "Name & Co",
    "Street 1",
]


def html_of(sheet: Sheet = SHEET) -> str:
    return layouts.as_html(sheet, MARKS)


def of_language(language: str) -> Sheet:
    return Sheet(language=language, subject="x", preview="x", title="x", passages=(Passage("", "1. x"),), note="x")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_the_templates_hold_only_tags_and_attributes_that_the_compiler_knows(template: Path) -> None:
    """House rule: the compiler passes a misspelt tag or attribute on in silence."""
    source = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert layouts.layout_mistakes(source) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<mjml><mj-colum></mj-colum></mjml>", "<mj-colum> is no tag"),
        ('<mjml><mj-text colour="red"></mj-text></mjml>', "no attribute colour"),
        ("<mj-image />", "<mj-image> is no tag"),
        ("<div>" * 70, "nested 70 deep"),
        ("x" * 400_001, "characters"),
    ],
)
def test_a_layout_is_refused_before_it_reaches_the_compiler(source: str, words: str) -> None:
    with pytest.raises(layouts.LayoutError, match=words):
        layouts.compile_layout(source)


@pytest.mark.parametrize(
    "inside",
    [
        "{{ name }}",
        "{% if x %}",
        "{# x #}",
        '<img src="https://x.example/a.png" />',
        '<div style="background:url(https://x.example/a.png)">x</div>',
        '<div background="https://x.example/a.png">x</div>',
        "<iframe></iframe>",
    ],
)
def test_a_layout_that_is_unfilled_or_loads_something_is_refused(inside: str) -> None:
    source = f"<mjml><mj-body><mj-section><mj-column><mj-text>{inside}</mj-text></mj-column></mj-section></mj-body></mjml>"
    with pytest.raises(layouts.LayoutError):
        layouts.compile_layout(source)


def test_a_style_that_loads_something_is_refused() -> None:
    source = "<mjml><mj-head><mj-style>@import 'https://x.example/a.css';</mj-style></mj-head><mj-body></mj-body></mjml>"
    with pytest.raises(layouts.LayoutError, match="@import"):
        layouts.compile_layout(source)


def test_both_parts_say_the_same_words_in_the_same_order() -> None:
    shown = html_of().partition("<body")[2].replace("&amp;", "&")
    text = layouts.as_text(SHEET, MARKS, len)
    for whole in (shown[shown.index('class="sheet"') :], text):
        places = [whole.index(words) for words in ORDER]
        assert places == sorted(places)


def test_the_text_has_air_and_every_address_alone_on_its_line() -> None:
    assert layouts.as_text(SHEET, MARKS, len) == (
        "The opener.\n\n\nThe note.\n\n\nThe title\nnow: it is new\n\nOpening.\n\n\nA heading\n\n  Indented words.\n\n\n"
        "The next line.\n\nA little longer\nhttps://x.example/p\n\n\n"
        f"Stop\n{MARKS['stop_link']}\n\nHelp\nhttps://x.example/help\n\nWhy.\n\nName & Co\nStreet 1\n"
    )


def test_language_and_direction_stand_on_the_document_and_on_its_body() -> None:
    html = html_of()
    assert html.startswith('<!doctype html><html lang="en" dir="ltr"')
    assert re.search(
        r'<div aria-label="[^"]*" aria-roledescription="email" class="paper" role="article" lang="en" dir="ltr"', html
    )
    assert '<html lang="he" dir="rtl"' in html_of(of_language("he"))


def test_lines_begin_at_the_right_in_languages_that_do() -> None:
    html = html_of(of_language("ar-EG"))
    assert "border-right:2px" in html
    assert "border-left:2px" not in html
    assert "text-align:right" in html
    assert "margin-right:28px" in html


def test_the_title_of_the_document_is_the_subject_and_escaped() -> None:
    assert "<title>A &lt;subject&gt; &amp; &#34;more&#34; &#39;marks&#39;</title>" in html_of()


def test_dark_and_light_are_declared_and_each_text_colour_has_its_ground() -> None:
    html = html_of()
    assert '<meta name="color-scheme" content="light dark" />' in html
    assert '<meta name="supported-color-schemes" content="light dark" />' in html
    dark = html[html.index("(prefers-color-scheme: dark)") :]
    assert ".sheet { color: #ECE7DC !important; background-color: #1E2525 !important; }" in dark
    for style in re.findall(r'<(?:div|p) class="(?:sheet|soft)" style="([^"]*)"', html):
        assert "background-color:#FFFDF8" in style


def test_layout_tables_are_presentation_and_headings_are_in_order() -> None:
    html = html_of()
    tables = re.findall(r"<table[^>]*>", html)
    assert tables
    assert all('role="presentation"' in table for table in tables)
    assert re.findall(r"<(h\d)", html) == ["h1", "h2"]


def test_no_height_is_fixed_and_links_are_underlined_and_as_tall_as_a_thumb() -> None:
    html = html_of()
    assert not re.search(r'[";]height:', html)
    for style in re.findall(r"<a [^>]*style=\"([^\"]*)\"", html):
        assert "text-decoration:underline" in style
        assert "color:inherit" in style
        assert "padding:10px 0;line-height:1.6" in style
    assert "text-transform" not in html


@pytest.mark.parametrize(
    "inside", ["<v:image src='https://x.example/a.png' />", "<style>@import 'https://x.example/a';</style>"]
)
def test_a_comment_that_outlook_reads_loads_nothing_either(inside: str) -> None:
    comment = f"<mj-raw><!--[if mso]>{inside}<![endif]--></mj-raw>"
    with pytest.raises(layouts.LayoutError, match="would load something"):
        layouts.compile_layout(f"<mjml><mj-head>{comment}</mj-head><mj-body></mj-body></mjml>")


def test_a_link_that_is_a_paragraph_by_itself_is_a_row_to_press() -> None:
    def link_in(words: str) -> str:
        sheet = Sheet(language="en", subject="x", preview="x", title="x", passages=(Passage("", words),))
        return html_of(sheet).partition("<a ")[2].partition(">")[0]

    assert "padding:10px 0" in link_in("[Press]({{ stop_link }})")
    assert "padding:10px 0" not in link_in("You can [press]({{ stop_link }}).")
