"""A letter as a form and as its file: each becomes the other without losing a word, and gaps are filled with what is true."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.domain.letters import FULL, SHORT
from service.mail.completing import helped
from service.mail.editing import LABELS, LetterForm, fields_by_line, form_of, from_source, to_source
from service.mail.sources import parse_letter
from tests.mail.shipped import every_programme, letters_of, translated
from tests.mail.test_sources import LETTER, SHORT_LETTER

SOURCES = [
    (each.name, each.source, each.language) for plan in every_programme() for each in (*letters_of(plan), *translated(plan))
]
WORDS = st.text(st.sampled_from("abcñé.,;: '“”()-–&1?"), min_size=1, max_size=40).map(lambda words: f"a{words}z")
PARAGRAPHS = st.lists(WORDS, min_size=1, max_size=4).map("\n\n".join)
STEPS = st.lists(WORDS, min_size=1, max_size=4).map(
    lambda steps: "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
)
FORMS = st.builds(
    LetterForm,
    subject=WORDS,
    preview=WORDS,
    discreet_subject=st.just("Your weekly note"),
    discreet_preview=st.just("Here it is."),
    content_note=st.one_of(st.just(""), WORDS),
    minutes=st.integers(1, 60).map(str),
    intensity=st.integers(1, 3).map(str),
    written_by=WORDS,
    reviewed_by=WORDS,
    title=st.text(st.sampled_from("abc ñ"), min_size=1, max_size=20).map(lambda words: f"a{words}z"),
    opening=PARAGRAPHS,
    reflection=PARAGRAPHS,
    practice=STEPS,
    question=WORDS,
    hard_day=PARAGRAPHS,
    shape=st.sampled_from(["", FULL, SHORT]),
)


@settings(deadline=None)
@given(FORMS)
def test_a_form_and_its_file_say_the_same(form: LetterForm) -> None:
    letter = parse_letter(to_source(form), name="x")
    assert form_of(letter) == replace(form.tidied(), shape=form.shape or FULL)
    assert from_source(to_source(form)) == form_of(letter)


@pytest.mark.parametrize(("name", "source", "language"), SOURCES, ids=lambda value: value if len(value) < 40 else "")
def test_letters_that_come_with_mendletter_come_back_letter_by_letter(name: str, source: str, language: str) -> None:
    form = from_source(source)
    assert to_source(form) == source
    assert helped(form, language=language) == (form, ())


@settings(deadline=None)
@given(FORMS, st.sets(st.sampled_from(sorted(LABELS.keys() - {"shape"}))))
def test_an_unfinished_draft_keeps_what_it_has(form: LetterForm, empty: set[str]) -> None:
    draft = replace(form, shape=SHORT if form.shape == SHORT else "", **dict.fromkeys(empty, ""))
    kept = from_source(to_source(draft))
    assert replace(kept, shape="") == replace(draft.tidied(), shape="")


@settings(deadline=None)
@given(st.text(max_size=300) | st.lists(st.sampled_from([*LETTER.split("\n"), "---", "# ", "##", "x: y"])).map("\n".join))
@example("\ud800")
@example("---\n---\n# \n## Practice ##\n")
def test_whatever_is_in_a_draft_it_can_be_read_and_no_word_is_lost(source: str) -> None:
    form = from_source(source)
    said = "\n".join(form.values().values())
    names = {word for label in LABELS.values() for word in label.lower().split()} | {"x:"}
    for word in source.replace("---", "").split():
        is_of_the_frame = word.strip("#—-–+=*\ufeff:").lower() in names or not word.strip("#—-–+=*\ufeff")
        assert is_of_the_frame or word.strip("\ufeff") in said or word.partition(":")[2] in said, word


def test_of_a_faulty_draft_all_that_can_be_told_apart_is_kept() -> None:
    faulty = (
        LETTER.replace("minutes: 4", "Minutes: four")
        .replace("## Practice", "## A small practice:")
        .replace("written by", "mood")
    )
    form = from_source(faulty + "\n## Thoughts\n\nMore.\n\n## Question\n\nAnd what else?\n")
    assert (form.minutes, form.practice) == ("four", "1. Breathe out.\n2. Stop.")
    assert form.opening.split("\n")[::3] == ["mood: The founders", "You may be tired. It is {{ phase }}."]
    assert form.hard_day.endswith("## Thoughts\n\nMore.")
    assert [line for line in form.question.split("\n") if line] == ["What could wait?", "And what else?"]


def test_a_file_without_fields_is_a_body() -> None:
    form = from_source("# Moss\n\nIt is green.\n\n## Question\n\nWhat else?")
    assert (form.title, form.opening, form.question) == ("Moss", "It is green.", "What else?")


def test_lines_know_their_fields() -> None:
    fields = fields_by_line(SHORT_LETTER)
    assert fields[:4] == ["", "shape", "subject", "preview"]
    assert [fields[number - 1] for number in (13, 15, 19)] == ["title", "opening", "question"]


def test_words_from_a_form_on_windows_are_tidied() -> None:
    form = LetterForm(subject=" Two\r\nlines ", opening="\r\n \r\nOne\r\n\r\nTwo \r\n").tidied()
    assert (form.subject, form.opening) == ("Two lines", "One\n\nTwo")


# Gaps


BODY = "\n\n".join(["First words. More of them here." + " And so it goes on." * 12] * 4)
THREE_THINGS = LetterForm(subject="Rest *before* answers", opening=BODY, practice="1. Breathe out.\n2. Stop.")


@pytest.mark.parametrize("language", ["en", "en-GB", "es"])
def test_three_things_are_enough_for_a_letter(language: str) -> None:
    form, filled = helped(THREE_THINGS, language=language, author="Ada")
    letter = parse_letter(to_source(form), name="x")
    assert (letter.shape, letter.title, letter.preview) == (FULL, "Rest before answers", "First words.")
    assert (letter.minutes, letter.intensity, letter.written_by) == (2, 1, "Ada")
    assert f"{letter.opening}\n\n{letter.reflection}" == BODY
    assert set(filled) == LABELS.keys() - {"subject", "practice", "content_note"}


def test_a_short_body_makes_a_short_letter_in_one_piece() -> None:
    form, filled = helped(replace(THREE_THINGS, opening="One.\n\nTwo."), language="en", author="Ada", weekly=False)
    assert parse_letter(to_source(form), name="x").shape == SHORT
    assert (form.opening, form.reflection, form.discreet_subject) == ("One.\n\nTwo.", "", "A short note")
    assert "opening" not in filled


def test_what_its_author_wrote_stays() -> None:
    for form in (from_source(LETTER), from_source(SHORT_LETTER)):
        assert helped(form, language="en", author="Ada") == (form, ())


def test_what_only_its_author_can_write_stays_empty() -> None:
    form, _ = helped(LetterForm(), language="en", author="Ada")
    assert (form.subject, form.title, form.opening, form.practice, form.shape) == ("", "", "", "", "")


def test_in_a_language_without_usual_words_nothing_foreign_is_put_into_a_letter() -> None:
    form, _ = helped(THREE_THINGS, language="cy", author="Ada")
    assert (form.discreet_subject, form.question, form.hard_day, form.shape) == ("", "", "", SHORT)


@settings(deadline=None)
@given(st.text(max_size=300))
@example("“" * 5)
@example("A" * 200 + ".")
@example("One {{ phase }} thing.\n\n" + "so it goes " * 20)
def test_a_preview_of_its_own_words_fits(opening: str) -> None:
    form, _ = helped(LetterForm(opening=opening), language="en")
    assert len(form.preview) <= 90
    assert "{{" not in form.preview
