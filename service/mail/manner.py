"""How a letter sounds, field by field, as far as words can be counted; refuses to block anything: a lint hears no tone."""

from collections.abc import Iterator
from typing import Final, TypeAlias

from service.domain.letters import FULL, SHORT
from service.domain.reading_age import age_of, grade_of
from service.domain.tone import (
    HIGHEST_GRADE,
    Tone,
    forbidden_words,
    lengths_of,
    loud_marks,
    passages_of,
    plain,
    sentences,
    tone_of,
    words_at_first,
    words_of,
)
from service.mail.editing import LABELS, PARTS, LetterForm

Said: TypeAlias = tuple[str, str]
"""The field that is meant, empty for the whole letter, and a sentence."""

LONGEST_LOOKED_AT: Final = 20_000
"""So many characters of a field are listened to: many times what a letter holds."""

_LINES: Final = ("subject", "preview", "discreet_subject", "discreet_preview", "title")
_PROSE: Final = ("opening", *PARTS)
_WORDS_QUOTED: Final = 6
_MOST_OF_A_KIND: Final = 5


def said_of_manner(form: LetterForm, *, language: str) -> Iterator[Said]:
    """What its author may want to think about once more."""
    tone = tone_of(language)
    heard = {field: passages_of(value[:LONGEST_LOOKED_AT]) for field, value in form.tidied().values().items()}
    for field in (*_LINES, "content_note", *_PROSE):
        yield from _of_words(field, heard[field], tone)
        yield from _of_long_sentences(field, heard[field], tone)
    yield from _of_the_title(form, tone)
    yield from _of_reading_age([passage for field in _PROSE for passage in heard[field]], language)
    yield from _of_lengths(form, tone)
    yield from _of_care(form)


def _of_words(field: str, passages: list[str], tone: Tone) -> Iterator[Said]:
    said = " ".join(passages)
    found = dict[str, str]()
    for words, reason in forbidden_words(said, tone):
        found.setdefault(words.lower(), f"Perhaps say it without “{words}”: {reason}.")
    yield from ((field, sentence) for sentence in list(found.values())[:_MOST_OF_A_KIND])
    for mark in loud_marks(said)[:_MOST_OF_A_KIND]:
        yield field, f"“{mark}” sounds loud. You can say it more quietly."


def _of_long_sentences(field: str, passages: list[str], tone: Tone) -> Iterator[Said]:
    long = [words for passage in passages for sentence in sentences(passage)
            if len(words := words_of(sentence)) > tone.most_words]  # fmt: skip
    for words in long[:_MOST_OF_A_KIND]:
        begins = " ".join(words[:_WORDS_QUOTED])
        yield field, f"The sentence that begins “{begins}” has {len(words)} words. {tone.most_words} are easier to read."


def _of_the_title(form: LetterForm, tone: Tone) -> Iterator[Said]:
    for word in words_at_first(form.title[:LONGEST_LOOKED_AT], tone):
        yield "title", f"“{word}” tells others what this is about. Discreet readers see the title too, a little further down."


def _of_reading_age(passages: list[str], language: str) -> Iterator[Said]:
    """A formula for English only; other languages have others."""
    grade = grade_of(passages) if language.partition("-")[0].lower() == "en" else None
    if grade is not None and grade > HIGHEST_GRADE:
        yield "", f"This reads as if for about age {age_of(grade)}; 9 to 11 is meant. Shorter words and sentences help."


def _of_lengths(form: LetterForm, tone: Tone) -> Iterator[Said]:
    shape = SHORT if form.is_short else FULL
    for field, (least, most) in lengths_of(shape, has_practice=bool(form.practice.strip())).items():
        count = len(words_of(plain(getattr(form, field)[:LONGEST_LOOKED_AT])))
        if count and not least * (1 - tone.room) <= count <= most * (1 + tone.room):
            unit = "word" if count == 1 else "words"
            yield field, f"“{LABELS[field]}” has {count} {unit}. {least} to {most} read well."


def _of_care(form: LetterForm) -> Iterator[Said]:
    """What makes a letter safe to open on a bad day."""
    if form.intensity.strip() in {"2", "3"} and not form.content_note.strip():
        yield "content_note", f"A letter of intensity {form.intensity.strip()} says above everything what can hurt to read."
    if form.hard_day.strip() and "help_link" not in form.hard_day:
        yield "hard_day", "This leads to nobody yet. You can link to the help page: [the help page]({{ help_link }})."
    if form.question.strip() and not plain(form.question[:LONGEST_LOOKED_AT]).strip().endswith("?"):
        yield "question", "This asks nothing. A question ends with a question mark."
