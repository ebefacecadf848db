"""The file of one letter: read whole, or refused with all its mistakes."""

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.mail import sources

LETTER = """\
---
subject: Rest before answers
preview: Some things can wait until you have slept.
discreet subject: Your weekly note
discreet preview: Here is your note for this week.
content note: This note speaks about [sleep]({{ help_link }}).
minutes: 4
intensity: 1
written by: The founders
reviewed by: not yet reviewed by a practitioner
---

# Rest before answers

You may be tired. It is {{ phase }}.

## Reflection

One *idea*.

Two paragraphs.

## Practice

1. Breathe out.
2. Stop.

## Question

What could wait?

## If today is hard

Feet on the floor. See [the help page]({{ help_link }}).
"""

SHORT_LETTER = """\
---
shape: short
subject: A line for today
preview: One small thing.
discreet subject: Today's line
discreet preview: A few words, for whenever you have a minute.
minutes: 1
intensity: 1
written by: The founders
reviewed by: not yet reviewed by a practitioner
---

# A cup of tea

Somewhere a kettle is on.

## Question

What is warm today?
"""

SYSTEM = """\
---
subject: Please confirm your address for {{ site_name }}
preview: One press, and the notes can begin.
---

# {{ site_name }}

[Confirm]({{ confirm_link }}), or wait until {{ next_date }}.
"""


def findings_in(source: str) -> list[tuple[int, str]]:
    with pytest.raises(sources.SourceErrors) as caught:
        sources.parse_letter(source, name="x")
    return [(finding.line, finding.sentence) for finding in caught.value.findings]


def changed(old: str, new: str, source: str = LETTER) -> str:
    assert old in source
    return source.replace(old, new, 1)


def test_a_letter_is_read_into_its_parts() -> None:
    letter = sources.parse_letter(LETTER, name="rest")
    assert (letter.name, letter.subject, letter.title) == ("rest", "Rest before answers", "Rest before answers")
    assert (letter.minutes, letter.intensity) == (4, 1)
    assert letter.opening == "You may be tired. It is {{ phase }}."
    assert letter.reflection == "One *idea*.\n\nTwo paragraphs."
    assert letter.practice == "1. Breathe out.\n2. Stop."
    assert letter.question == "What could wait?"
    assert letter.hard_day == "Feet on the floor. See [the help page]({{ help_link }})."
    assert letter.content_note == "This note speaks about [sleep]({{ help_link }})."
    assert letter.reviewed_by == "not yet reviewed by a practitioner"


def test_line_ends_of_windows_and_a_byte_order_mark_make_no_difference() -> None:
    letter = sources.parse_letter("\ufeff" + LETTER.replace("\n", "\r\n"), name="rest")
    assert letter == sources.parse_letter(LETTER, name="rest")
    assert letter == sources.parse_letter(LETTER.replace("\n", "\r"), name="rest")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("minutes: 4", "minutes:\t4"),
        ("minutes: 4", "\tminutes : 4  "),
        ("---\n\n# Rest", "---\n# Rest"),
        ("# Rest before answers\n\n", "# Rest before answers\n"),
        ("One *idea*.", "One *idea*.  "),
        ("\n\n## Practice", "\n## Practice"),
        ("## Practice", "## practice"),
        ("## Practice", "## Practice ##"),
        ("1. Breathe out.\n2. Stop.", "1) Breathe out.\n2) Stop."),
        ("One *idea*.", "One *idea*, #1 of {all}, <https://x.example/a>."),
    ],
)
def test_what_only_looks_different_makes_no_difference(old: str, new: str) -> None:
    letter = sources.parse_letter(changed(old, new), name="rest")
    assert (letter.minutes, letter.title) == (4, "Rest before answers")


def test_the_content_note_may_be_missing() -> None:
    line = "content note: This note speaks about [sleep]({{ help_link }}).\n"
    assert sources.parse_letter(changed(line, ""), name="rest").content_note == ""


def test_a_short_letter_needs_no_more_than_an_opening_and_a_question() -> None:
    letter = sources.parse_letter(SHORT_LETTER, name="line")
    assert (letter.shape, letter.title) == ("short", "A cup of tea")
    assert (letter.opening, letter.question) == ("Somewhere a kettle is on.", "What is warm today?")
    assert (letter.reflection, letter.practice, letter.hard_day) == ("", "", "")


@pytest.mark.parametrize("part", ["Reflection", "Practice", "If today is hard"])
def test_a_short_letter_may_leave_out_each_of_the_other_parts_by_itself(part: str) -> None:
    section = LETTER[LETTER.index(f"## {part}\n") :]
    section = section[: section.find("\n## ") + 1] or section
    letter = sources.parse_letter(changed(section, "", changed("subject", "shape: short\nsubject")), name="x")
    parts = {"Reflection": letter.reflection, "Practice": letter.practice, "If today is hard": letter.hard_day}
    assert [name for name, words in parts.items() if not words] == [part]


def test_a_letter_is_full_where_its_shape_is_left_out() -> None:
    letter = sources.parse_letter(LETTER, name="x")
    assert letter.shape == "full"
    for line in ("shape: full", "shape:"):
        assert sources.parse_letter(changed("subject", f"{line}\nsubject"), name="x") == letter


@pytest.mark.parametrize("line", ["", "shape: full\n"])
def test_a_full_letter_is_told_how_to_do_without_a_part(line: str) -> None:
    found = [sentence for _, sentence in findings_in(changed("shape: short\n", line, SHORT_LETTER))]
    assert found == [
        f"The part “{part}” is missing. Add its heading, ## {part}, and its text, or say shape: short among the fields."
        for part in ("If today is hard", "Practice", "Reflection")
    ]


@pytest.mark.parametrize("shape", ["long", "Short", "short, please", '"short"', "{{ phase }}"])
def test_another_shape_is_refused_and_no_part_is_called_missing_for_it(shape: str) -> None:
    found = findings_in(changed("shape: short", f"shape: {shape}", SHORT_LETTER))
    said = "“shape” must be full or short, in lower case. Write one of them, or take the line out."
    assert found[-1] == (2, said)
    assert not any("missing" in sentence for _, sentence in found)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("shape: short", "Shape: short", 2, "Write this field as shape: ..."),
        ("shape: short", "shapes: short", 2, "Did you mean “shape”?"),
        ("shape: short", "shape: short\nshape: full", 3, "stands here twice, first on line 2"),
        ("subject: A line for today\n", "", 10, "“subject” is missing"),
        ("discreet preview: A few", "discreet preview: Healing. A few", 6, "“healing”"),
        ("minutes: 1", "minutes: 0", 7, "whole number from 1 to 60"),
        ("# A cup of tea", "", 12, "title is missing"),
        ("Somewhere a kettle is on.", "", 13, "no text below"),
        ("## Question\n\nWhat is warm today?\n", "", 11, "“Question” is missing. Add its heading, ## Question, and its text."),
        ("What is warm today?", "", 17, "no text below “Question”"),
        ("What is warm today?", "What?\n\n## Practice\n\n1. Sit.", 21, "“Practice” comes before “Question”. Move it up."),
        ("## Question", "## Practice\n\nSit.\n\n## Question", 17, "numbered steps"),
        ("## Question", "## Thoughts\n\nSo.\n\n## Question", 17, "no part “Thoughts”"),
        ("## Question", "## Practice\n\n## Question", 17, "no text below “Practice”"),
    ],
)
def test_all_other_rules_hold_for_short_letters(old: str, new: str, line: int, words: str) -> None:
    found = findings_in(changed(old, new, SHORT_LETTER))
    assert any(at == line and words in sentence for at, sentence in found), found


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("---\nsubject", "subject", 1, "three dashes"),
        ("---\nsubject", "\n---\nsubject", 1, "Take the empty lines away"),
        ("---\nsubject", "—\nsubject", 1, "plain ones"),
        ("---\nsubject", "----\nsubject", 1, "plain ones"),
        ("---\nsubject", "+++\nsubject", 1, "plain ones"),
        ("---\n\n# Rest", "\n# Rest", 12, "not closed"),
        ("---\n\n# Rest", "—-\n\n# Rest", 11, "three plain dashes (---) closes the fields"),
        ("minutes: 4", "# to do\nminutes: 4", 7, "no titles or comments among them"),
        ("subject: Rest", "Subject: Rest", 2, "Write this field as subject: ..."),
        ("subject: Rest", "“subject”: Rest", 2, "without quotation marks"),
        ("discreet subject", "discreet_subject", 4, "plain spaces"),
        ("discreet subject", "discreet\u00a0subject", 4, "plain spaces"),
        ("minutes: 4", "minutes: 4\nMinutes: 5", 8, "Write this field as minutes: ..."),
        ("minutes: 4", "minutes = 4", 7, "name: value"),
        ("preview: Some", "preview: >\n  Some", 4, "on one line"),
        ("subject: Rest before answers", 'subject: "Rest before answers"', 2, "would be shown. Take them away"),
        ("subject: Rest before answers", "subject: “Rest before answers”", 2, "would be shown. Take them away"),
        ("subject: Rest before answers\n", "", 10, "“subject” is missing"),
        ("preview: Some things can wait until you have slept.", "preview:", 3, "“preview” is empty"),
        ("subject: Rest before answers", "subject: " + "x" * 51, 2, "51 characters; 50 is the most"),
        ("preview: Some", "preview: " + "x" * 60, 3, "90 is the most"),
        ("minutes: 4", "minutes: four", 7, "whole number from 1 to 60"),
        ("minutes: 4", "minutes: ²", 7, "whole number"),
        ("minutes: 4", "minutes: 0", 7, "whole number"),
        ("intensity: 1", "intensity: 4", 8, "whole number from 1 to 3"),
        ("minutes: 4", "minutes 4", 7, "name: value"),
        ("written by", "writen by", 9, "Did you mean “written by”?"),
        ("minutes: 4", "minutes: 4\nminutes: 5", 8, "stands here twice, first on line 7"),
        ("discreet subject: Your weekly note", "discreet subject: On leaving", 4, "“leaving”"),
        ("discreet preview: Here", "discreet preview: Your Ex. Here", 5, "“ex”"),
        ("subject: Rest before", "subject: {{ phase }} before", 2, "cannot be used here"),
        ("# Rest before answers", "", 12, "title is missing"),
        ("# Rest before answers", "# Rest *before* answers", 13, "plain words"),
        ("# Rest before answers", "# Rest {{ phase }}", 13, "cannot be used in a title"),
        ("# Rest before answers", "Hello\n\n# Rest before answers", 15, "title comes first"),
        ("## Reflection", "# Reflection", 17, "one title only"),
        ("## Reflection", "### Reflection", 17, "two signs: ## Reflection"),
        ("## Reflection", "## Thoughts", 17, "no part “Thoughts”. The parts are"),
        ("## Reflection", "## Reflexion", 17, "Did you mean ## Reflection?"),
        ("## Reflection", "## Reflection:", 17, "Did you mean ## Reflection?"),
        ("## Question", "## Questions", 28, "Did you mean ## Question?"),
        ("## Practice", "## A small practice", 23, "Did you mean ## Practice?"),
        ("## If today is hard", "## If today's hard", 32, "Did you mean ## If today is hard?"),
        ("## Reflection", "## Thoughts", 11, "“Reflection” is missing"),
        ("## Question", "## Practice", 28, "twice, first on line 23"),
        ("What could wait?\n", "", 28, "no text below “Question”"),
        ("You may be tired. It is {{ phase }}.\n", "", 13, "no text below"),
        ("1. Breathe out.\n2. Stop.", "Breathe out.", 23, "numbered steps"),
        ("{{ phase }}", "{{ name }}", 15, "{{ help_link }}, {{ next_date }}, {{ phase }}"),
        ("{{ phase }}", "{{ stop_link }}", 15, "cannot be used here"),
        ("{{ phase }}", "{{ phase", 15, "belongs to no placeholder"),
        ("{{ phase }}", "{% if x %}", 15, "belongs to no placeholder"),
        ("{{ phase }}", "{{ phase | upper }}", 15, "cannot be used here"),
        ("One *idea*.", "One <b>idea</b>.", 19, "HTML"),
        ("One *idea*.", "![One](https://x.example/i.png)", 19, "Pictures"),
        ("One *idea*.", "One idea.\n---", 19, "no part “One idea.”"),
        ("One *idea*.", "```\nOne", 19, "```"),
        ("One *idea*.", "> " * 12 + "- " * 12 + "One", 19, "deep"),
        ("One *idea*.", "One *idea*.\nSee https://x.example/a too.", 20, "no link that one can press"),
        ("One *idea*.", "One [idea] (https://x.example/a).", 19, "no space between its brackets"),
        ("One *idea*.", "One idea until { next_date }.", 19, "between two braces"),
        ("## Reflection", "##Reflection", 17, "a space behind its signs"),
        ("# Rest before answers", "#Rest before answers", 13, "a space behind its signs"),
        ("One *idea*.", "\tOne idea.", 19, "Begin the line at the left"),
        ("One *idea*.", "One\x07 idea.", 19, "U+0007"),
        ("One *idea*.", "One \u202eidea.", 19, "U+202E"),
        ("content note: This", "content note: # This", 6, "not a heading"),
        ("content note: This", "content note: <b>This", 6, "HTML"),
    ],
)
def test_each_mistake_is_named_with_its_line(old: str, new: str, line: int, words: str) -> None:
    found = findings_in(changed(old, new))
    assert any(at == line and words in sentence for at, sentence in found), found


def test_a_part_in_the_wrong_place_is_told_where_it_belongs() -> None:
    swapped = LETTER.replace("## Question", "## X").replace("## Practice", "## Question").replace("## X", "## Practice")
    assert (28, "“Practice” comes before “Question”. Move it up.") in findings_in(swapped)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_lines() -> None:
    source = changed("minutes: 4", "minutes: x", changed("One *idea*.", "<b>", changed("preview: Some", "prevew: Some")))
    found = findings_in(source)
    assert [line for line, _ in found] == sorted(line for line, _ in found)
    assert {3, 7, 11, 19} <= {line for line, _ in found}


def test_a_file_that_is_too_large_is_refused_before_it_is_read() -> None:
    assert findings_in("x" * 100_001)[0][1].startswith("This file is larger than 100 kB")


@pytest.mark.parametrize("piece", ["{{ ", "[", "![", "a\n\n", "*a **b ", "## x\n"])
def test_a_file_that_would_keep_a_reader_busy_for_minutes_is_refused_before_it_is_read(piece: str) -> None:
    begun = time.process_time()
    ((line, sentence),) = findings_in(changed("One *idea*.", piece * (90_000 // len(piece))))
    assert time.process_time() - begun < 0.5
    assert line == 1
    assert sentence.endswith("A letter is a few hundred words.")


@pytest.mark.parametrize("source", ["", " \n\n"])
def test_an_empty_file_is_told_once_how_to_begin(source: str) -> None:
    ((line, sentence),) = findings_in(source)
    assert line == 1
    assert sentence.startswith("This file is empty. A letter begins with three dashes")


def test_without_its_first_line_nothing_else_is_complained_of() -> None:
    ((line, sentence),) = findings_in(changed("---\nsubject", "subject"))
    assert (line, sentence) == (1, "The first line must be three dashes (---). The fields follow, one on each line.")


def test_a_field_that_is_only_spelt_oddly_is_not_called_missing_as_well() -> None:
    assert [line for line, _ in findings_in(changed("subject: Rest", "Subject: Rest"))] == [2]


def test_words_that_tell_are_found_whole_and_in_any_case() -> None:
    assert sources.telling_words("Healing, my ex-partner; explain, context") == ["ex", "healing"]


def test_a_system_letter_has_a_title_and_one_body() -> None:
    letter = sources.parse_system(SYSTEM, kind="confirm")
    assert letter.subject == "Please confirm your address for {{ site_name }}"
    assert letter.title == "{{ site_name }}"
    assert letter.body == "[Confirm]({{ confirm_link }}), or wait until {{ next_date }}."


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[Confirm]", "## Reflection\n\n[Confirm]", "no other headings"),
        ("{{ next_date }}", "{{ phase }}", "cannot be used here"),
        ("preview: One", "minutes: 4\npreview: One", "no field “minutes”"),
        ("preview: One", "shape: short\npreview: One", "no field “shape”"),
        ("subject: Please", "subject: {{ next_date }}", "cannot be used here"),
    ],
)
def test_a_system_letter_is_held_to_its_own_rules(old: str, new: str, words: str) -> None:
    with pytest.raises(sources.SourceErrors, match=words):
        sources.parse_system(changed(old, new, SYSTEM), kind="confirm")


def lines_of(source: str) -> int:
    return len(re.split(r"\r\n|\r|\n", source))


@settings(deadline=None)
@given(st.text(max_size=300))
@example("---")
def test_any_text_is_either_read_or_refused_with_lines_that_exist(source: str) -> None:
    findings = findings_in(source)
    assert all(1 <= line <= lines_of(source) and sentence for line, sentence in findings)


@settings(deadline=None)
@given(st.sampled_from([LETTER, SHORT_LETTER]), st.integers(0, len(LETTER)), st.text(max_size=20))
def test_a_letter_with_something_put_in_is_read_or_refused(whole: str, place: int, addition: str) -> None:
    source = whole[:place] + addition + whole[place:]
    try:
        letter = sources.parse_letter(source, name="x")
    except sources.SourceErrors as refused:
        found = refused.findings
    else:
        found = ()
        assert letter.name == "x"
    assert all(1 <= finding.line <= lines_of(source) for finding in found)
