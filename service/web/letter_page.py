"""A letter as a page: the same parts in the same order as by mail, in the style of our pages; refuses to know who reads it."""

import re
from collections.abc import Mapping
from typing import Final

from flask import current_app
from markupsafe import Markup, escape

from service.domain.letters import AUTHOR_PLACEHOLDERS, LetterText
from service.mail import markdown
from service.mail.sources import parse_letter
from service.mail.words import Words, direction_of, other_language, quotes_of, words_for

TEMPLATE: Final = "letter.html"
_ELSEWHERE: Final = re.compile(r'<a href="(?=https?://)')


def render(
    source: str,
    *,
    name: str,
    language: str,
    discreet: bool,
    phase: str,
    values: Mapping[str, str],
    level: int = 1,
    weekly: bool = True,
) -> Markup:
    """The letter that `source` holds. `values` fills its placeholders, and `opener_line` too where it is discreet.

    `level` is that of its title among the headings of the page; `weekly` says whether it is a note for a week or for a day.
    Raises SourceErrors for a source that is no letter.
    """
    text = parse_letter(source, name=name)
    return show(text, language=language, discreet=discreet, phase=phase, values=values, level=level, weekly=weekly)


def show(
    text: LetterText,
    *,
    language: str,
    discreet: bool,
    phase: str,
    values: Mapping[str, str],
    level: int = 1,
    weekly: bool = True,
) -> Markup:
    """The same for a letter that has been read already. Parts that it does not have are left out."""
    words, quotes = words_for(language), quotes_of(language)
    marks = markdown.Marks(AUTHOR_PLACEHOLDERS, repr(text))

    def prose(part: str) -> Markup:
        return filled(markdown.to_html(part, marks=marks, styles={}, quotes=quotes), marks, {"phase": phase, **values})

    other = other_language(language)
    made = current_app.jinja_env.get_template(TEMPLATE).render(
        language=language,
        direction=direction_of(language),
        fixed={"lang": other, "dir": direction_of(other)} if other else {},
        level=level,
        opener=_opener(words, text.minutes, values.get("opener_line", ""), weekly=weekly) if discreet else "",
        note=prose(text.content_note),
        title=markdown.typeset(text.title, quotes),
        phase=words.now.format(phase=phase) if phase and not discreet else "",
        texts=[prose(part) for part in (text.opening, text.reflection) if part],
        practice=prose(text.practice),
        question=prose(text.question),
        hard_day=prose(text.hard_day),
        words=words,
    )
    return Markup(made)  # noqa: S704  the template escapes


def _opener(words: Words, minutes: int, line: str, *, weekly: bool) -> str:
    """The fixed opener. Without a line about the next letter nothing stands in its place."""
    return " ".join(words.opener_for(minutes, line, weekly=weekly).split())


def filled(html: str, marks: markdown.Marks, values: Mapping[str, str]) -> Markup:
    """HTML made of Markdown, with plain values for its placeholders; what leads to other sites tells them nothing of us."""
    pieces = marks.split(_ELSEWHERE.sub('<a rel="noreferrer" href="', html))
    told = (escape(values[piece]) if place % 2 else piece for place, piece in enumerate(pieces))
    return Markup("".join(told))  # noqa: S704  the reader of Markdown escapes, and so does the line above
