"""Markdown of letters: what is refused, and how it comes out as HTML and as text."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.mail import markdown

NAMES = ("help_link", "next_date", "phase")


def marks_for(*texts: str) -> markdown.Marks:
    return markdown.Marks(NAMES, *texts)


def html_of(source: str) -> str:
    return markdown.to_html(source, marks=marks_for(source), styles={})


def text_of(source: str, *, indent: str = "", quotes: str = "") -> str:
    return markdown.to_text(source, marks=marks_for(source), indent=indent, quotes=quotes)


def refusals_of(source: str) -> list[markdown.Refusal]:
    return markdown.inspect(source, marks_for(source))[0]


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("one\n\n<b>two</b>", 3, "HTML"),
        ("<div>\n\none", 1, "HTML"),
        ("one\n<!-- two -->", 2, "HTML"),
        ("one\n![two](https://x.example/a.png)", 2, "Pictures"),
        ("one\n\n| a | b |\n| - | - |\n| c | d |", 3, "Tables"),
        ("one\n\n    two", 3, "Four or more spaces"),
        ("```\none\n```", 1, "```"),
        ("one\n\n~~~\ntwo", 3, "```"),
        ("one `two`", 1, "backticks"),
        ("one\n\n***\n\ntwo", 3, "rule"),
        ("> # one", 1, "inside a list or a quote"),
        ("- # one", 1, "inside a list or a quote"),
        ("one\ntwo [three](help.html)", 2, "whole address"),
        ("[one](javascript:alert(1))", 1, "whole address"),
        ("[one](data:text/html,x)", 1, "whole address"),
        ("[](https://x.example/)", 1, "needs words"),
        ("[one]({{ next_date }})", 1, "is not an address"),
        ("[one][a]\n\n[a]: https://x.example/", 3, "right behind its words"),
        (">" * 30 + " one", 1, "deep"),
    ],
)
def test_what_a_letter_must_not_hold_is_named_with_its_line(source: str, line: int, words: str) -> None:
    found = refusals_of(source)
    assert [refusal.line for refusal in found if words in refusal.sentence] == [line], found


@pytest.mark.parametrize(
    "source",
    [
        "Words, **bold** and *italic*, 3 < 4 & 5 > 4.",
        "1. one\n2. two\n\n- three\n- four",
        "> said\n> aloud",
        "[words](https://x.example/) [call](tel:116016) [write](mailto:a@x.example) <https://x.example/>",
        "[help]({{ help_link }}) on {{ next_date }}, {{ phase }}",
    ],
)
def test_what_letters_are_made_of_is_accepted(source: str) -> None:
    assert refusals_of(source) == []


@pytest.mark.parametrize("source", [">" * 50_000, "- " * 20_000 + "x", "*a " * 20_000, "[" * 30_000, "**a *b " * 5_000])
def test_hostile_nesting_ends_in_an_answer(source: str) -> None:
    markdown.inspect(source, marks_for(source))


def test_headings_are_found_with_their_lines_and_placeholders() -> None:
    source = "# One *two*\ntext\n\nThree {{ phase }}\n---\n> # no"
    _, headings = markdown.inspect(source, marks_for(source))
    assert headings == [
        markdown.Heading(0, 1, 1, "One two", False),
        markdown.Heading(3, 5, 2, "Three {{ phase }}", True),
    ]


def test_stand_ins_never_occur_in_the_text() -> None:
    marks = markdown.Marks(["a"], "SLOT0X and slot1x")
    assert marks["a"] == "slot2x00z"
    assert marks.split("one slot2x00z two") == ["one ", "a", " two"]
    assert marks.put_into("{{ a }} {{a}} {{ b }}") == "slot2x00z slot2x00z {{ b }}"


def test_html_carries_our_styles_and_no_markup_of_the_author() -> None:
    source = "a **b** [c](https://x.example/?a=1&b=2 'title') <i>d</i> [e](javascript:alert)"
    html = markdown.to_html(source, marks=marks_for(), styles={"p": "margin:0", "a": "color:inherit"})
    assert html == (
        '<p style="margin:0">a <strong>b</strong> <a href="https://x.example/?a=1&amp;b=2" style="color:inherit">c</a> '
        "&lt;i&gt;d&lt;/i&gt; [e](javascript:alert)</p>"
    )


def test_a_placeholder_survives_as_the_address_of_a_link_and_becomes_one_among_words() -> None:
    marks = marks_for()
    assert html_of("[help]({{ help_link }})") == f'<p><a href="{marks["help_link"]}">help</a></p>'
    bare = html_of("here: {{ help_link }}, {{ next_date }}")
    link = marks["help_link"]
    assert bare == f'<p>here: <a href="{link}">{link}</a>, {marks["next_date"]}</p>'


def test_text_has_lists_quotes_and_addresses_on_lines_of_their_own() -> None:
    source = (
        "See [the page](https://x.example/a) or **call** [1800](tel:1800), [us](mailto:a@x.example).\n\n"
        "1. one\n2. two [three](https://x.example/b)\n\n- four\n  - five\n\n> six\n>\n> seven\n\nhard  \nbreak"
    )
    assert text_of(source).split("\n") == [
        "See the page or call 1800, us.",
        "https://x.example/a",
        "a@x.example",
        "",
        "1. one",
        "",
        "2. two three",
        "   https://x.example/b",
        "",
        "- four",
        "  - five",
        "",
        "> six",
        ">",
        "> seven",
        "",
        "hard",
        "break",
    ]


def test_a_loose_list_keeps_its_air_and_its_first_number() -> None:
    assert text_of("3. one\n\n4. two\n\n   more").split("\n") == ["3. one", "", "4. two", "", "   more"]


def test_steps_of_one_line_stand_close_and_longer_ones_apart() -> None:
    assert text_of("1. one\n2. two\n3. three").split("\n") == ["1. one", "2. two", "3. three"]
    long = "word " * 20
    assert text_of(f"- one\n- {long}\n- three").split("\n")[:3] == ["- one", "", "- " + ("word " * 14).strip()]


def test_an_address_among_the_words_stands_alone_on_its_line() -> None:
    assert text_of("Go to <https://x.example/> then").split("\n") == ["Go to", "https://x.example/", "then"]


def test_indented_text_stays_within_its_columns() -> None:
    lines = text_of("word " * 60, indent="  ").split("\n")
    assert all(line.startswith("  word") and len(line) <= markdown.TEXT_WIDTH for line in lines)


def test_quotation_marks_are_those_of_print_where_we_know_them() -> None:
    assert text_of("It's \"so\", she *'said'*", quotes="“”‘’") == "It’s “so”, she ‘said’"
    assert text_of('"so"') == '"so"'
    assert markdown.typeset('It\'s "so" & *so*', "“”‘’") == "It’s “so” & *so*"


WORDS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=20)
PROSE = st.lists(st.lists(WORDS, min_size=1, max_size=60).map(" ".join), min_size=1, max_size=4)


@settings(deadline=None)
@given(PROSE, st.sampled_from(["{}", "> {}", "- {}", "1. {}", "- - {}", "> - {}"]))
def test_no_line_is_wider_than_72_columns(paragraphs: list[str], shape: str) -> None:
    source = "\n\n".join(shape.format(paragraph) for paragraph in paragraphs)
    assert all(len(line) <= markdown.TEXT_WIDTH for line in text_of(source).split("\n"))


@settings(deadline=None)
@given(PROSE)
def test_wrapping_loses_no_word(paragraphs: list[str]) -> None:
    source = "\n\n".join(f"x {paragraph}" for paragraph in paragraphs)
    assert text_of(source).split() == source.split()


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_whatever_gets_a_tag_of_its_own_through(source: str) -> None:
    class Tags(HTMLParser):
        seen: set[str] = set()  # noqa: RUF012 -- one parser per example

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.seen = self.seen | {tag}
            for name, value in attrs:
                assert name in {"href", "start", "src", "alt", "class"}
                assert not re.match(r"\s*(javascript|vbscript):", value or "", re.IGNORECASE)

    tags = Tags()
    tags.feed(html_of(source))
    made_by_markdown = {"p", "a", "em", "strong", "ul", "ol", "li", "blockquote", "br", "hr", "pre", "code", "img"}
    assert tags.seen <= made_by_markdown | {f"h{level}" for level in range(1, 7)}
