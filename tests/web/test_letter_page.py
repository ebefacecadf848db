"""A letter on a page: its parts in the order of the mail, its placeholders filled, nothing of it passed on unescaped."""

import re

import pytest
from flask import Flask

from service.domain.letters import LetterText
from service.mail.sources import SourceErrors
from service.web import letter_page

SOURCE = """---
subject: A "subject"
preview: A preview.
discreet subject: Your weekly note
discreet preview: Here is your note for this week.
content note: This note speaks about *hard days*.
minutes: 4
intensity: 1
written by: The tests
reviewed by: not yet reviewed by a practitioner
---

# Tea & "toast" <3

The opening, of {{ phase }}.

## Reflection

One idea, with [the help page]({{ help_link }}) and [another site](https://www.example.org/a?b=c&d=e).

## Practice

1. Breathe out.
2. Look at {{ help_link }}.

## Question

What helps until {{ next_date }}?

## If today is hard

- Put both feet on the floor.
"""
VALUES = {"help_link": "/help?lang=es&a=b", "next_date": "Tuesday <8> December", "safer_link": "/safer"}
EMPTY = LetterText(
    name="short",
    subject="",
    preview="",
    discreet_subject="",
    discreet_preview="",
    title="Today",
    opening="One line.",
    reflection="",
    practice="",
    question="Which one?",
    hard_day="",
    minutes=1,
    intensity=1,
    written_by="",
    reviewed_by="",
)


def letter(app: Flask, *, source: str = SOURCE, discreet: bool = False, language: str = "en", level: int = 1) -> str:
    """The letter as a page shows it, outside any request."""
    with app.app_context():
        return letter_page.render(
            source, name="tea", language=language, discreet=discreet, phase="it feels <unreal>", values=VALUES, level=level
        )


def in_order(page: str, *parts: str) -> bool:
    """Whether all these stand on the page, one behind the other."""
    places = [page.find(part) for part in parts]
    return -1 not in places and places == sorted(places)


def test_an_open_letter_has_its_parts_in_the_order_of_the_mail(app: Flask) -> None:
    page = letter(app)
    assert page.startswith('<article class="letter" lang="en" dir="ltr">')
    assert in_order(
        page,
        '<div class="content-note"><p>This note speaks about <em>hard days</em>.</p></div>',
        '<h1 class="letter-title">Tea &amp; “toast” &lt;3</h1>',
        '<p class="phase">now: it feels &lt;unreal&gt;</p>',
        "<p>The opening, of it feels &lt;unreal&gt;.</p>",
        "<p>One idea, with",
        "<h2>A small practice</h2>",
        "<ol>\n<li>Breathe out.</li>",
        "<h2>A question</h2>",
        "<p>What helps until Tuesday &lt;8&gt; December?</p>",
        '<div class="ruled" aria-hidden="true">',
        "<h2>If today is hard</h2>",
        "<li>Put both feet on the floor.</li>",
    )
    assert "Hello. Here is your note" not in page


def test_a_discreet_letter_begins_with_the_opener_and_names_no_part(app: Flask) -> None:
    page = letter(app, discreet=True)
    assert in_order(page, "<p>Hello. ", "four minutes.</p>", 'class="content-note"', "<h1")
    assert 'class="phase"' not in page
    assert not re.search(r" {2}", page.partition("<p>Hello")[2].partition("</p>")[0])


def test_a_letter_that_comes_more_often_is_one_of_today(app: Flask) -> None:
    with app.app_context():
        page = letter_page.show(EMPTY, language="en", discreet=True, phase="", values={}, weekly=False)
    assert "<p>Hello. Here is your note for today." in page
    assert "one minute." in page


def test_links_are_filled_and_escaped_and_other_sites_learn_nothing(app: Flask) -> None:
    page = letter(app)
    assert '<a href="/help?lang=es&amp;a=b">the help page</a>' in page
    assert '<a href="/help?lang=es&amp;a=b">/help?lang=es&amp;a=b</a>' in page
    assert '<a rel="noreferrer" href="https://www.example.org/a?b=c&amp;d=e">another site</a>' in page
    assert "style=" not in page
    assert "{{" not in page


def test_its_headings_can_stand_below_those_of_a_page(app: Flask) -> None:
    page = letter(app, level=2)
    assert re.findall(r"<h(\d)", page) == ["2", "3", "3", "3"]


def test_words_that_a_language_does_not_have_are_marked_as_english(app: Flask) -> None:
    page = letter(app, language="fa", discreet=True)
    assert page.startswith('<article class="letter" lang="fa" dir="rtl">')
    assert '<p lang="en" dir="ltr">Hello.' in page
    assert '<h2 lang="en" dir="ltr">A small practice</h2>' in page


def test_parts_that_are_not_there_are_left_out(app: Flask) -> None:
    with app.app_context():
        page = letter_page.show(EMPTY, language="en", discreet=False, phase="", values={})
    assert re.findall(r"<(?:h\d|p)[^>]*>([^<]+)", page) == ["Today", "One line.", "A question", "Which one?"]
    assert page.count("<section") == 2


def test_what_is_no_letter_is_refused(app: Flask) -> None:
    with pytest.raises(SourceErrors):
        letter(app, source="Hello.")
