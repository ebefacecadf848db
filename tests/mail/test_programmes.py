"""The folder of a programme: read whole, or refused with the mistakes of all its files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from service.mail import programmes
from service.mail.folders import ProgrammeErrors

SHIPPED = sorted((Path(__file__).parents[2] / "templates" / "programmes").glob("*/programme.toml"))

PLAN = """\
title = "Calm weeks"
summary = "Two weeks."
language = "en"
pace_days = 7

[[phases]]
key = "first"
title = "First"
plain = "it is new"
letters = ["one"]

[[phases]]
key = "second"
title = "Second"
plain = "it is known"
letters = [
  "two",
]
"""


def letter(*, intensity: int = 1, opening: str = "Words.") -> str:
    return f"""\
---
subject: A subject
preview: A preview
discreet subject: Your weekly note
discreet preview: Here it is.
minutes: 4
intensity: {intensity}
written by: us
reviewed by: nobody
---

# A title

{opening}

## Reflection

Words.

## Practice

1. Words.

## Question

Words.

## If today is hard

Words.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "calm-weeks"
    made.mkdir()
    (made / "programme.toml").write_text(PLAN, encoding="utf-8")
    for name in ("one", "two"):
        (made / f"{name}.md").write_text(letter(), encoding="utf-8")
    return made


def findings_in(folder: Path) -> list[tuple[str, int, str]]:
    with pytest.raises(ProgrammeErrors) as caught:
        programmes.read_programme(folder)
    return [(finding.file.name, finding.line, finding.sentence) for finding in caught.value.findings]


def test_a_programme_is_read_with_its_phases_and_whole_files(folder: Path) -> None:
    (folder / ".DS_Store").write_bytes(b"\xff")
    plan = programmes.read_programme(folder)
    assert (plan.slug, plan.title, plan.language, plan.pace_days) == ("calm-weeks", "Calm weeks", "en", 7)
    assert [(phase.key, phase.plain, phase.letters) for phase in plan.phases] == [
        ("first", "it is new", ("one",)),
        ("second", "it is known", ("two",)),
    ]
    assert plan.sources == {"one": letter(), "two": letter()}


def _with_more(folder: Path) -> None:
    """An alternate, a check-in, and names for what a reader may choose."""
    for name in ("other-one", "quiet"):
        (folder / f"{name}.md").write_text(letter(), encoding="utf-8")
    plan = PLAN.replace("pace_days = 7", 'pace_days = 7\nagain = true\nfits = ["left"]\ncheck_ins = ["quiet"]')
    plan = plan.replace('letters = ["one"]', 'begin = "At first"\nletters = ["one"]\nalternates = ["other-one"]')
    (folder / "programme.toml").write_text(
        plan.replace("Calm weeks", "After leaving", 1).replace("pace_days = 7", 'discreet_title = "Two weeks"\npace_days = 7'),
        encoding="utf-8",
    )


def test_a_programme_says_what_a_reader_may_choose(folder: Path) -> None:
    _with_more(folder)
    plan = programmes.read_programme(folder)
    assert (plan.again, plan.fits, plan.check_ins) == (True, ("left",), ("quiet",))
    assert plan.paces == (7, 14, 28), "its own pace and every slower one"
    assert (plan.title, plan.discreet_title) == ("After leaving", "Two weeks")
    assert (plan.phases[0].begin, plan.phases[0].alternates) == ("At first", ("other-one",))
    assert plan.names == ["one", "two", "other-one", "quiet"]
    assert plan.translations == {}


ES = """\
title = "Semanas"
summary = "Dos semanas."
[phases.first]
title = "Primera"
plain = "es nuevo"
begin = "Al principio"
[phases.second]
title = "Segunda"
plain = "es conocido"
"""


def _translated(folder: Path) -> Path:
    _with_more(folder)
    (folder / "es").mkdir()
    (folder / "es" / "programme.toml").write_text(ES, encoding="utf-8")
    for name in ("one", "two", "other-one", "quiet"):
        (folder / "es" / f"{name}.md").write_text(letter(opening="Palabras."), encoding="utf-8")
    return folder / "es"


def test_a_translation_is_read_whole(folder: Path) -> None:
    _translated(folder)
    other = programmes.read_programme(folder).translations["es"]
    assert (other.title, other.discreet_title, other.summary) == ("Semanas", "Semanas", "Dos semanas.")
    assert other.phases["first"] == {"title": "Primera", "plain": "es nuevo", "begin": "Al principio"}
    assert sorted(other.sources) == ["one", "other-one", "quiet", "two"]


@pytest.mark.parametrize(
    ("break_it", "file", "words"),
    [
        (lambda es: (es / "quiet.md").unlink(), "programme.toml", "There is no es/quiet.md"),
        (lambda es: (es / "programme.toml").unlink(), "programme.toml", "There is no file es/programme.toml"),
        (lambda es: (es / "stray.md").write_text("x"), "stray.md", "no letter of this name"),
        (lambda es: (es / "one.md").write_text("x"), "one.md", "three dashes"),
        (
            lambda es: (es / "programme.toml").write_text(ES.replace('begin = "Al principio"\n', "")),
            "programme.toml",
            "“begin”",
        ),
        (lambda es: (es / "programme.toml").write_text(ES.replace('title = "Semanas"\n', "")), "programme.toml", "“title”"),
        (lambda es: (es / "programme.toml").write_text("phases = 3"), "programme.toml", "[phases.second]"),
    ],
)
def test_a_translation_that_is_not_whole_is_refused(
    folder: Path, break_it: Callable[[Path], object], file: str, words: str
) -> None:
    break_it(_translated(folder))
    found = findings_in(folder)
    assert any(name == file and words in sentence for name, _, sentence in found), found


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('title = "Calm weeks"', 'title = "Calm weeks', 1, "cannot be read"),
        ('"two",\n]', '"two",\n', 17, "cannot be read"),
        ('title = "Calm weeks"', "title = “Calm weeks”", 1, "Type quotation marks straight"),
        ("pace_days = 7", "pace_days: 7", 4, "with an equals sign"),
        ("pace_days = 7", "pace_days = 7\npace_days = 14", 5, "“pace_days” is in line 4 too; keep one"),
        ('plain = "it is known"\n', 'plain = "it is known"\n[phases]\n', 16, "in two brackets"),
        ('title = "Calm weeks"', 'Title = "Calm weeks"', 1, "Did you mean “title”?"),
        ('title = "Calm weeks"', 'tilte = "Calm weeks"', 1, "Did you mean “title”?"),
        ('letters = ["one"]', 'lettres = ["one"]', 10, "Did you mean “letters”?"),
        ('letters = ["one"]', 'letters = ["onee"]', 10, "no file onee.md. Did you mean “one”?"),
        ('letters = ["one"]', 'letters = ["One"]', 10, "Use lower-case letters"),
        ('letters = ["one"]', 'letters = ["one.md"]', 10, "leave the .md away"),
        ('letters = ["one"]', 'letters = ["one", "one"]', 10, "listed twice"),
        ('letters = ["one"]', 'letters = "one"', 6, "in order: letters = ["),
        ('title = "Calm weeks"\n', "", 1, "“title” is missing"),
        ('title = "Calm weeks"', "title = 3", 1, "“title” is missing or is no text"),
        ('title = "Calm weeks"', f'title = "{"x" * 81}"', 1, "80 characters at most"),
        ('language = "en"', 'language = "English"', 3, "short code"),
        ("pace_days = 7", "pace_days = 0", 4, "1 to 7, 14, 21 or 28"),
        ("pace_days = 7", "pace_days = 29", 4, "1 to 7, 14, 21 or 28"),
        ("pace_days = 7", "pace_days = true", 4, "1 to 7, 14, 21 or 28"),
        ("pace_days = 7", 'pace_days = "7"', 4, "1 to 7, 14, 21 or 28"),
        ("pace_days = 7", "pace_days = 7\npace = 3", 5, "no field “pace”"),
        ("pace_days = 7", "pace_days = 7\npaces = 14", 5, "“paces” is a list"),
        ("pace_days = 7", "pace_days = 7\npaces = [8]", 5, "“paces” is a list"),
        ("pace_days = 7", 'pace_days = 7\nfits = ["all"]', 5, "ended, left, still, unsaid, later"),
        ("pace_days = 7", 'pace_days = 7\nagain = "yes"', 5, "true or false"),
        ("pace_days = 7", 'pace_days = 7\ncheck_ins = "quiet"', 1, "Write letters as a list"),
        ("pace_days = 7", 'pace_days = 7\ncheck_ins = ["quiet"]', 5, "there is no file quiet.md"),
        ("pace_days = 7", "pace_days = 7\ndiscreet_title = 3", 5, "“discreet_title” is missing or is no text"),
        ('title = "Calm weeks"', 'title = "After leaving"', 1, "“leaving” in the title tells"),
        ('letters = ["one"]', 'letters = ["one"]\nalternates = "two"', 6, "Write letters as a list"),
        ('letters = ["one"]', 'letters = ["one"]\nalternates = ["two"]', 18, "listed twice"),
        ('key = "second"', 'key = "second"\ncolour = "red"', 14, "no field “colour”"),
        ('key = "second"', 'key = "first"', 12, "Two phases have the key"),
        ('key = "second"', 'key = "Second one"', 12, "lower-case"),
        ('plain = "it is known"\n', "", 12, "“plain” is missing"),
        ('plain = "it is known"', "plain = 3", 15, "“plain” is missing"),
        ('letters = ["one"]', "letters = []", 6, "needs its letters"),
        ('letters = ["one"]', 'letters = ["one", "three"]', 10, "“three” is listed, but there is no file three.md"),
        ('letters = ["one"]', 'letters = ["one", "two"]', 17, "listed twice"),
        ('letters = ["one"]', 'letters = ["../one"]', 10, "no name of a letter"),
        ('letters = ["one"]', 'letters = ["one", 3]', 6, "no name of a letter"),
    ],
)
def test_each_mistake_of_the_plan_is_named_with_its_line(folder: Path, old: str, new: str, line: int, words: str) -> None:
    assert old in PLAN
    (folder / "programme.toml").write_text(PLAN.replace(old, new, 1), encoding="utf-8")
    found = findings_in(folder)
    assert any(file == "programme.toml" and at == line and words in sentence for file, at, sentence in found), found


def test_phases_that_are_no_list_are_refused(folder: Path) -> None:
    plan = PLAN.partition("[[phases]]")[0]
    for phases in ("", "phases = 3", "phases = [3]"):
        (folder / "programme.toml").write_text(plan + phases, encoding="utf-8")
        assert any("[[phases]]" in sentence for _, _, sentence in findings_in(folder))


def test_a_letter_that_no_phase_lists_is_named(folder: Path) -> None:
    (folder / "three.md").write_text(letter(), encoding="utf-8")
    assert [(file, line) for file, line, _ in findings_in(folder)] == [("three.md", 1)]


@pytest.mark.parametrize("name", ["One.md", "one.MD", "one.markdown", "one.md.txt", "one.txt"])
def test_a_file_that_is_called_almost_like_its_letter_is_told_its_name(folder: Path, name: str) -> None:
    (folder / "one.md").rename(folder / name)
    found = findings_in(folder)
    assert (name, 1, "This looks like the letter “one”. Call the file one.md, all in lower case.") in found
    assert [(file, line) for file, line, _ in found] == [(name, 1), ("programme.toml", 10)]


def test_a_name_with_an_ending_in_the_plan_is_told_once(folder: Path) -> None:
    (folder / "programme.toml").write_text(PLAN.replace('["one"]', '["one.md"]'), encoding="utf-8")
    assert [file for file, _, _ in findings_in(folder)] == ["programme.toml"]


@pytest.mark.parametrize("change", [lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text])
def test_line_ends_of_windows_and_a_byte_order_mark_make_no_difference(folder: Path, change: Callable[[str], str]) -> None:
    for name in ("programme.toml", "one.md", "two.md"):
        (folder / name).write_bytes(change((folder / name).read_text(encoding="utf-8")).encode())
    assert [phase.letters for phase in programmes.read_programme(folder).phases] == [("one",), ("two",)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
@pytest.mark.parametrize("name", ["one.md", "programme.toml"])
def test_what_windows_calls_unicode_is_told_once(folder: Path, name: str, encoding: str) -> None:
    (folder / name).write_bytes((folder / name).read_text(encoding="utf-8").encode(encoding))
    ((file, line, sentence),) = findings_in(folder)
    assert (file, line) == (name, 1)
    assert "with the encoding UTF-8" in sentence


def test_anything_that_is_no_letter_is_named(folder: Path) -> None:
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    (folder / "drafts").mkdir()
    assert [file for file, _, _ in findings_in(folder)] == ["drafts", "notes.txt"]


def test_mistakes_of_several_files_are_told_at_once_and_print_with_their_place(folder: Path) -> None:
    (folder / "one.md").write_text(letter(opening="<b>x</b>"), encoding="utf-8")
    (folder / "two.md").write_bytes(letter().encode().replace(b"A title", b"A t\xeftle"))
    with pytest.raises(ProgrammeErrors) as caught:
        programmes.read_programme(folder)
    first, second = str(caught.value).split("\n")
    assert first.startswith(f"{folder / 'one.md'}:14: HTML is not used")
    assert second.startswith(f"{folder / 'two.md'}:12: A character here is not UTF-8")


def test_a_link_that_points_outside_is_refused_and_one_inside_is_not(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    (folder / "one.md").rename(outside)
    (folder / "one.md").symlink_to(outside)
    assert [(file, sentence[:9]) for file, _, sentence in findings_in(folder)] == [("one.md", "This link")]
    (folder / "one.md").unlink()
    (folder / "one.md").symlink_to(folder / "two.md")
    programmes.read_programme(folder)


def test_a_folder_with_a_bad_name_or_without_a_plan_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "Calm_Weeks"
    bad.mkdir()
    sentences = [sentence for _, _, sentence in findings_in(bad)]
    assert any("lower-case letters" in sentence for sentence in sentences)
    assert any("no file programme.toml" in sentence for sentence in sentences)
    assert findings_in(tmp_path / "nowhere")


def test_two_heavy_letters_in_a_row_are_refused(folder: Path) -> None:
    for name in ("one", "two"):
        (folder / f"{name}.md").write_text(letter(intensity=3), encoding="utf-8")
    assert findings_in(folder) == [
        ("programme.toml", 17, "“one” and “two” both have intensity 3. Put a lighter letter between them.")
    ]


def test_a_file_that_is_too_large_is_refused(folder: Path) -> None:
    (folder / "one.md").write_text("x" * 100_001, encoding="utf-8")
    assert "larger than 100 kB" in findings_in(folder)[0][2]


@pytest.mark.parametrize("plan", SHIPPED, ids=lambda plan: plan.parent.name)
def test_every_shipped_programme_reads_without_findings(plan: Path) -> None:
    assert programmes.read_programme(plan.parent).phases
