"""What the desk says about a letter: in plain words, at its field, and soon, whatever the letter holds."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.mail.checks import MOST_REMARKS, Level, Remark, blocks, look_over, missing_links
from service.mail.editing import LABELS, LetterForm, from_source, to_source
from service.mail.prepared import Pattern, prepare_letter
from service.mail.preview import MADE_UP_SITE
from service.mail.sources import SourceErrors, parse_letter
from tests.mail.shipped import every_programme, letters_of, translated
from tests.mail.test_sources import LETTER

GOOD = from_source(
    next(each.source for plan in every_programme() for each in letters_of(plan) if each.name == "rest-before-answers")
)
QUOTED_ON_PURPOSE = {"asked-gently", "like-a-guest"}


def remarks_on(letter: LetterForm | str, language: str = "en") -> tuple[Remark, ...]:
    return look_over(letter, language=language, site=MADE_UP_SITE, phase="it feels unreal")


def said(level: Level, letter: LetterForm | str, language: str = "en") -> list[tuple[str, str]]:
    return [(remark.field, remark.sentence) for remark in remarks_on(letter, language) if remark.level is level]


def test_of_letters_that_come_with_mendletter_there_is_nothing_to_say() -> None:
    for plan in every_programme():
        for each in [*letters_of(plan)[:4], *translated(plan)[:4]]:
            if each.name not in QUOTED_ON_PURPOSE:
                assert look_over(each.source, language=each.language, site=MADE_UP_SITE, phase=each.phase) == (), each.name


BLOCKED: list[tuple[str, str, str]] = [
    ("subject", "", "“Subject” is empty. Please write it."),
    ("practice", "", "“Practice” is empty. Please write it, or choose the short shape."),
    ("practice", "Breathe out.", "Begin its lines with 1., 2., 3."),
    ("subject", "x" * 51, "“Subject” has 51 characters; 50 is the most."),
    ("minutes", "four", "“Minutes” must be a whole number from 1 to 60"),
    ("shape", "long", "“Shape” must be full or short"),
    ("discreet_subject", "On divorce", "“divorce” tells others what this is about"),
    ("discreet_preview", "Healing, this week", "“healing” tells others"),
    ("title", "Rest *now*", "The title is plain words"),
    ("opening", "Dear {{ name }}", "Use one of {{ help_link }}"),
    ("opening", "{{ config }}", "The placeholder {{ config }} cannot be used here"),
    ("opening", "{% for x in y %}", "belongs to no placeholder"),
    ("question", "<script>alert(1)</script>?", "HTML is not used in letters"),
    ("reflection", "<!-- so\n\nmuch", "HTML is not used in letters"),
    ("opening", "A bell\x07 rings", "invisible character (U+0007)"),
    ("opening", "turned \u202e about", "invisible character (U+202E)"),
    ("hard_day", "See [here](http://x.example/a).", "http://x.example/a can be read on its way"),
    ("hard_day", "See [here](javascript:alert).", "is not a whole address"),
    ("hard_day", "See https://x.example/a.", "no link that one can press"),
    ("content_note", "# Loud", "is a sentence, not a heading"),
    ("opening", "One.\n\n## Two\n\nThree.", "A heading cannot stand here. Make it a line in bold"),
    ("opening", "One.\n\n## Reflection\n\nThree.", "A heading cannot stand here"),
    ("opening", "> " * 30 + "deep", "more than 20 deep"),
    ("opening", "word " * 18_000, "its end gets cut off"),
    ("reflection", "# Another title", "A heading cannot stand here"),
]


@pytest.mark.parametrize(("field", "words", "sentence"), BLOCKED)
def test_what_blocks_is_said_at_its_field(field: str, words: str, sentence: str) -> None:
    found = said(Level.BLOCK, replace(GOOD, **{field: words}))
    wished = "" if "cut off" in sentence else field
    assert any(at == wished and sentence in told for at, told in found), found
    assert {at for at, _ in found} == {wished}


def test_words_cannot_slip_into_another_part() -> None:
    letter = replace(GOOD, shape="short", practice="", reflection="One.\n\n## Practice\n\n1. Two.")
    assert parse_letter(to_source(letter), name="x").practice == "1. Two."
    assert [field for field, _ in said(Level.BLOCK, letter)] == ["reflection"]


@pytest.mark.parametrize(
    ("old", "new", "field", "sentence"),
    [
        ("minutes: 4", "minutes: x", "minutes", "must be a whole number"),
        ("minutes: 4", "mood: calm\nminutes: 4", "opening", "There is no field “mood”"),
        ("---\nsubject", "subject", "", "The first line must be three dashes"),
        ("What could wait?\n", "", "question", "“Question” is empty. Please write it."),
        ("Feet on the floor", "Feet {{ config }}", "hard_day", "{{ config }}"),
    ],
)
def test_a_file_is_told_by_the_same_fields(old: str, new: str, field: str, sentence: str) -> None:
    found = said(Level.BLOCK, LETTER.replace(old, new))
    assert any(at == field and sentence in told for at, told in found), found


def test_of_an_empty_form_only_what_it_lacks_is_said_once_for_each_field() -> None:
    found = said(Level.BLOCK, LetterForm())
    assert [field for field, _ in found] == [name for name in LABELS if name not in {
        "shape", "content_note", "reflection", "hard_day"}]  # fmt: skip


WARNED: list[tuple[str, str, str]] = [
    ("opening", "You should rest. " * 20, "Perhaps say it without “You should”: an order"),
    ("subject", "Rest now!", "“!” sounds loud"),
    ("reflection", "So it goes on and on, " * 8 + "and ends.", "has 50 words. 20 are easier to read."),
    ("title", "Grief", "“grief” tells others what this is about"),
    ("opening", "Few words.", "“Opening” has 2 words. 60 to 120 read well."),
    ("", "Considerable psychological difficulties necessitate intervention. " * 30, "about age 2"),
    ("content_note", "", "A letter of intensity 3 says above everything"),
    ("hard_day", "Feet on the floor.", "This leads to nobody yet"),
    ("question", "Think.", "This asks nothing"),
]


@pytest.mark.parametrize(("field", "words", "sentence"), WARNED)
def test_what_is_a_matter_of_manner_warns_and_does_not_block(field: str, words: str, sentence: str) -> None:
    letter = replace(GOOD, intensity="3") if field == "content_note" else replace(GOOD, **{field or "reflection": words})
    found = said(Level.WARN, letter)
    assert any(at == field and sentence in told for at, told in found), found
    assert not blocks(remarks_on(letter))


def test_spanish_letters_are_held_to_spanish_words() -> None:
    letter = replace(GOOD, discreet_subject="Tu duelo", opening="Debes descansar.")
    assert ("discreet_subject", "“duelo” tells others what this is about. Write something bland and true.") in said(
        Level.BLOCK, letter, "es"
    )
    assert any("“Debes”: an order" in sentence for _, sentence in said(Level.WARN, letter, "es"))


def test_a_finished_letter_without_its_links_is_noticed() -> None:
    prepared = prepare_letter(parse_letter(LETTER, name="x"), phase="", language="en", discreet=True, site=MADE_UP_SITE)
    assert list(missing_links(prepared, MADE_UP_SITE)) == []
    lost = [sentence for _, sentence in missing_links(replace(prepared, text=Pattern(("Hello",), ())), MADE_UP_SITE)]
    assert [sentence.split(". ")[0] for sentence in lost] == [
        "The finished letter has no link to stop the letters",
        "The finished letter has no link to pause or change anything",
        "The finished letter has no link to the help page",
    ]


def test_words_that_tell_are_noticed_in_the_first_lines_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.mail.checks.FIRST", 2_000)
    assert any(
        "“grief” stands in the first lines" in sentence for _, sentence in said(Level.BLOCK, replace(GOOD, title="Grief"))
    )


HOSTILE = {
    "script": "<script>alert(document.cookie)</script>",
    "nested": "> " * 10_000 + "x",
    "nested lists": "- " * 10_000 + "x",
    "nested brackets": "[" * 40_000 + "x" + "]" * 40_000,
    "pictures": "![" * 40_000,
    "braces": "{{ " * 30_000,
    "marks": "*a **b " * 10_000,
    "quotes": "'\"" * 45_000,
    "large": "word " * 4_000_000,
    "lines": "a\n\n" * 30_000,
    "headings": "## x\n" * 1_900,
    "template": "{{ config }}{{ ''.__class__.__mro__ }}{% import os %}",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("as_file", [False, True])
def test_hostile_letters_are_refused_with_a_sentence_and_soon(name: str, *, as_file: bool) -> None:
    letter = replace(GOOD, reflection=HOSTILE[name])
    begun = time.process_time()
    remarks = remarks_on(to_source(letter) if as_file else letter)
    assert time.process_time() - begun < 1
    assert blocks(remarks)
    assert len(remarks) <= MOST_REMARKS + 1
    assert all(remark.sentence.endswith((".", "?")) and len(remark.sentence) < 400 for remark in remarks)


STRUCTURE = ["# ", "## Practice", "---", "1. a", "<b>", "{{", "phase }}", "\n", "```"]


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(sorted(LABELS)),
        st.text(max_size=60) | st.lists(st.sampled_from(STRUCTURE)).map("".join),
    )
)
def test_a_letter_that_is_not_blocked_can_be_taken_in(values: dict[str, str]) -> None:
    form = replace(GOOD, **values)
    is_blocked = blocks(remarks_on(form))
    try:
        letter = parse_letter(to_source(form), name="x")
    except SourceErrors:
        assert is_blocked
    else:
        assert is_blocked or from_source(to_source(form)) == replace(form.tidied(), shape=letter.shape)
