"""How letters sound: each shipped letter is short, calm, plain, discreet and whole, and the lint itself notices what is not."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, TypeAlias

import pytest
import textstat

from service.domain import tone
from service.domain.letters import SHORT, LetterText, ProgrammePlan, SystemText
from service.domain.tone import FIRST, HIGHEST_GRADE, lengths_of, plain, sentences, words_of
from service.mail.compose import LetterSource
from service.mail.programmes import HEAVIEST
from service.mail.sources import LONGEST_PREVIEW, LONGEST_SUBJECT, parse_letter, parse_system
from tests.mail.raw_mail import Shown
from tests.mail.shipped import SYSTEM_KINDS, TEMPLATES, Shipped, every_programme, letters_of, sent, system_letter

QUOTED_ON_PURPOSE: Final = {
    ("asked-gently", "why did you stay"),  # what others ask; the letter is about not owing them an answer
    ("asked-gently", "why did you leave"),
    ("like-a-guest", "forgiving"),  # forgiving others is optional, and said to be
}

ENGLISH: Final = tone.tone_of("en")
GRADES: Final = (2.0, HIGHEST_GRADE)
WORDS_IN_A_SENTENCE: Final = (6.0, 13.0)
FEW_WORDS: Final = 100
"""Below this a reading age depends on a word or two: such short letters are measured together."""

SENTENCES_OF_A_LINE: Final = range(2, 5)
PARTS_LEFT_OUT: Final = {"check-in": {"reflection"}, "line-a-day": {"reflection", "practice", "hard_day"}}
"""The programmes of short letters, and what none of their letters has."""

CRISIS: Final = "If you are thinking about ending your life, you deserve a person, not an email."
STILL_A_GOOD_ADDRESS: Final = "Still a good address for you?"
HEADINGS: Final = {"practice": "A small practice", "question": "A question", "hard_day": "If today is hard"}
EVERY_WEEK: Final = 7
OPENER: Final = "Hello. Here is your note for {when}. There is nothing to do and nothing to answer."
NEXT: Final = "If you do nothing, your next note comes on Tuesday 10 March."
WHY: Final = "You get this because this address was confirmed on notes.example.org."
SIGNED: Final = "Weekly notes\nQuiet Mornings\nPO Box 1\nExampletown\n"
STOP: Final = re.compile(r"^Stop these emails\nhttps://notes\.example\.org/u/[\w-]{43}$", re.MULTILINE)
CONFIRM: Final = re.compile(r"^Confirm this address\nhttps://notes\.example\.org/c/[\w-]{43}$", re.MULTILINE)
NEW_ADDRESS: Final = re.compile(r"^Use this address\nhttps://notes\.example\.org/a/[\w-]{43}$", re.MULTILINE)
EXPORT: Final = re.compile(r"^Open the page\nhttps://notes\.example\.org/x/[\w-]{43}$", re.MULTILINE)
HELP: Final = re.compile(r"^https://notes\.example\.org/help$", re.MULTILINE)


@dataclass(frozen=True)
class Specimen:
    """One letter under the lens: as written, and as sent in each of its forms."""

    name: str
    written: LetterText | SystemText
    forms: tuple[Shipped, ...]
    pace_days: int = EVERY_WEEK

    def __str__(self) -> str:
        return self.name

    @property
    def lines(self) -> dict[str, str]:
        """What an inbox shows, field by field; those of a system letter are discreet by themselves."""
        text = self.written
        named = {"subject": text.subject, "preview": text.preview}
        if isinstance(text, LetterText):
            return named | {"discreet subject": text.discreet_subject, "discreet preview": text.discreet_preview}
        return {f"discreet {name}": words for name, words in named.items()}

    @property
    def said(self) -> str:
        """Everything that any reader of it reads, without the addresses of links."""
        words = "\n\n".join([*self.lines.values(), *(form.text for form in self.forms)])
        return re.sub(r"\S+://\S+", "", words)


def specimen(source: LetterSource, plan: ProgrammePlan) -> Specimen:
    """A letter of a programme that comes every so many days."""
    return Specimen(source.name, parse_letter(source.source, name=source.name), sent(source, plan), plan.pace_days)


def system_specimen(kind: str) -> Specimen:
    """A letter of the system."""
    text = parse_system((TEMPLATES / "email" / kind / "en.md").read_text("utf-8"), kind=kind)
    return Specimen(kind, text, (system_letter(kind),))


def passages(letter: Specimen) -> list[str]:
    """The paragraphs and steps of a letter, with those that are ours, each on one line and without addresses."""
    found = []
    for form in letter.forms:
        for block in re.split(r"\n\n+|\n(?=(?:\d+\.|-) )", form.text):
            rows = [row.strip() for row in block.split("\n") if "://" not in row]
            found.append(re.sub(r"^(?:\d+\.|-) ", "", " ".join(rows)))
    return [*dict.fromkeys(passage for passage in found if passage)]


def written_parts(letter: Specimen) -> str:
    """What its author wrote, as it is said."""
    text = letter.written
    if isinstance(text, SystemText):
        return plain(text.body)
    parts = (text.opening, text.reflection, text.practice, text.question, text.hard_day)
    return "\n\n".join(plain(part) for part in parts if part)


def is_measured_with_others(letter: Specimen) -> bool:
    """Whether it is a short letter of so few words that a reading age of its own says nothing."""
    text = letter.written
    return isinstance(text, LetterText) and text.shape == SHORT and len(words_of(written_parts(letter))) < FEW_WORDS


# What is looked at. Each check answers what it finds.


def forbidden_words(letter: Specimen) -> Iterator[str]:
    """Words and phrases that letters do not use."""
    said = " ".join(letter.said.split())
    for found, reason in tone.forbidden_words(said, ENGLISH):
        if (letter.name, found.lower().replace("’", "'")) not in QUOTED_ON_PURPOSE:
            yield f"“{found}”: {reason}"


def exclamations(letter: Specimen) -> Iterator[str]:
    """Marks that raise the voice."""
    for mark in tone.loud_marks(letter.said):
        yield f"“{mark}” is loud"


def long_sentences(letter: Specimen) -> Iterator[str]:
    """Sentences that somebody tired has to read twice."""
    for passage in [*letter.lines.values(), *passages(letter)]:
        for sentence in sentences(passage):
            if len(words_of(sentence)) > ENGLISH.most_words:
                yield f"{len(words_of(sentence))} words: {sentence}"


def hard_or_halting_reading(letter: Specimen) -> Iterator[str]:
    """A reading age above 11, or sentences so short that they hack."""
    if not is_measured_with_others(letter):
        yield from hard_reading(written_parts(letter))
    each = [len(words_of(sentence)) for passage in passages(letter) for sentence in sentences(passage)]
    mean = sum(each) / len(each)
    if not WORDS_IN_A_SENTENCE[0] <= mean <= WORDS_IN_A_SENTENCE[1]:
        yield f"{mean:.1f} words in a sentence"


def hard_reading(text: str) -> Iterator[str]:
    """A reading age above 11, or one that leaves nothing to read."""
    grade = textstat.flesch_kincaid_grade(text)
    if not GRADES[0] <= grade <= GRADES[1]:
        yield f"grade {grade:.1f}"


def long_lines(letter: Specimen) -> Iterator[str]:
    """Subjects and previews that an inbox cuts off."""
    for name, words in letter.lines.items():
        limit = LONGEST_SUBJECT if name.endswith("subject") else LONGEST_PREVIEW
        if not 0 < len(words) <= limit:
            yield f"{name}: {len(words)} characters"


def telling_beginnings(letter: Specimen) -> Iterator[str]:
    """Words that tell what this is about, in anything that somebody else may see first."""
    discreet = next(form for form in letter.forms if form.is_discreet)
    page = Shown(discreet.html)
    seen = {name: words for name, words in letter.lines.items() if name.startswith("discreet")} | {
        "title": letter.written.title,
        "subject as sent": discreet.subject,
        "title of the page": page.title,
        "preview of the page": page.preview,
        "first words of the text": discreet.text[:FIRST],
        "first words of the page": page.words[:FIRST],
    }
    for place, words in seen.items():
        for word in tone.words_at_first(words, ENGLISH):
            yield f"{place}: “{word}”"


def missing_parts(letter: Specimen) -> Iterator[str]:
    """What every letter has, in its order, in both parts; and no heading without words below it."""
    for form in letter.forms:
        for part, words in (("text", form.text), ("page", Shown(form.html).words)):
            missing = [each for each in _expected(letter, form) if " ".join(each.split()) not in " ".join(words.split())]
            yield from (f"{form}, {part}: no “{each}”" for each in missing)
            there, absent = _headings(letter)
            yield from (f"{form}, {part}: “{each}” stands there without words" for each in absent if each in words)
            places = [words.rfind(each) for each in there]
            if places != sorted(places):
                yield f"{form}, {part}: its parts are out of order"


def _headings(letter: Specimen) -> tuple[list[str], list[str]]:
    """The fixed headings that a letter has, in order, and those that it has not; one of the system has none to look for."""
    text = letter.written
    if isinstance(text, SystemText):
        return [], []
    there = [heading for part, heading in HEADINGS.items() if getattr(text, part)]
    return there, [heading for heading in HEADINGS.values() if heading not in there]


def _expected(letter: Specimen, form: Shipped) -> Iterator[str]:
    yield letter.written.title.replace("'", "’")
    yield from SIGNED.split("\n")
    if isinstance(letter.written, LetterText):
        yield from (*_headings(letter)[0], NEXT)
        if letter.written.hard_day:
            yield CRISIS
        if form.is_discreet:
            yield OPENER.format(when="this week" if letter.pace_days == EVERY_WEEK else "today")
    if form.name not in LINKS:
        yield WHY


def missing_links(letter: Specimen) -> Iterator[str]:
    """Links that a reader must find in each form and part."""
    for form in letter.forms:
        links = Shown(form.html).links
        wanted = {
            "stop": (STOP, "/u/"),
            "help": (HELP, "/help"),
            "confirm": (CONFIRM, "/c/"),
            "address": (NEW_ADDRESS, "/a/"),
            "export": (EXPORT, "/x/"),
        }
        for name in LINKS.get(form.name, ("stop", "help")):
            in_text, in_page = wanted[name]
            if not in_text.search(form.text):
                yield f"{form}, text: no {name} link alone on its line"
            if not any(in_page in link for link in links):
                yield f"{form}, page: no {name} link"
        if not form.text.endswith(SIGNED):
            yield f"{form}, text: it does not end with its sender and postal address"


LINKS: Final = {
    **{"confirm": ("confirm",), "confirm_import": ("confirm",), "manage": ("stop",), "address": ("address",)},
    "export": ("export",),
}
"""What the letters hold that answer somebody's wish: the link that they are for."""


def left_overs(letter: Specimen) -> Iterator[str]:
    """What should have become something else on the way."""
    for form in letter.forms:
        for part in (form.subject, form.text, Shown(form.html).words):
            for found in re.findall(r"[{}<>]|\bslot\d|\bNone\b(?! of)|Undefined|\]\(|\*\*|&\w+;|=\d\w|\ufffd", part):
                yield f"{form}: “{found}” is left over"


def care(letter: Specimen) -> Iterator[str]:
    """What makes a letter safe to open on a bad day."""
    text = letter.written
    if isinstance(text, SystemText):
        return
    if text.hard_day:
        yield from _care_on_a_hard_day(text.hard_day)
    if text.intensity > 1 and not text.content_note:
        yield "a letter that may stir something up has a content note"


def _care_on_a_hard_day(words: str) -> Iterator[str]:
    if "{{ help_link }}" not in words:
        yield "“If today is hard” leads to nobody"
    if words.count(CRISIS) != 1:
        yield "“If today is hard” lacks the sentence that all letters share"
    if not re.search(r"\bsafe\b", words.partition(CRISIS)[0]):
        yield "“If today is hard” does not ask about safety before it comforts"


def promised_shape(letter: Specimen) -> Iterator[str]:
    """Parts of the size that a short letter has, and a question that asks."""
    text = letter.written
    if isinstance(text, SystemText):
        return
    if not plain(text.question).strip().endswith("?"):
        yield "the question asks nothing"
    if _is_a_line(text):
        yield from _shape_of_a_line(text)
    for part, (least, most) in lengths_of(text.shape, has_practice=bool(text.practice)).items():
        if not least <= (count := len(words_of(plain(getattr(text, part))))) <= most:
            yield f"{part}: {count} words, {least} to {most} are meant"


def _is_a_line(text: LetterText) -> bool:
    return text.shape == SHORT and not text.practice


def _shape_of_a_line(text: LetterText) -> Iterator[str]:
    """A line has a few sentences and asks one thing."""
    if (count := len(sentences(" ".join(plain(text.opening).split())))) not in SENTENCES_OF_A_LINE:
        yield f"opening: {count} sentences, two to four are meant"
    if len(sentences(plain(text.question))) != 1:
        yield "question: one is meant"


def way_of(plan: ProgrammePlan) -> list[str]:
    """The names of the letters that come one after the other; those of a programme that begins again form a ring."""
    names = [name for phase in plan.phases for name in phase.letters]
    return [*names, names[0]] if plan.again else names


def heavy_neighbours(plan: ProgrammePlan) -> Iterator[str]:
    """Two letters in a row that both stir up much."""
    letters = [(name, parse_letter(plan.sources[name], name=name).intensity) for name in way_of(plan)]
    for (before, one), (name, other) in pairwise(letters):
        if one == other == HEAVIEST:
            yield f"{before} and {name}"


Check: TypeAlias = Callable[[Specimen], Iterator[str]]
CHECKS: Final[tuple[Check, ...]] = (
    forbidden_words,
    exclamations,
    long_sentences,
    hard_or_halting_reading,
    long_lines,
    telling_beginnings,
    missing_parts,
    missing_links,
    left_overs,
    care,
    promised_shape,
)

WRITTEN = every_programme()
LETTERS = [specimen(source, plan) for plan in WRITTEN for source in letters_of(plan)]
SHORT_PROGRAMMES = [plan for plan in WRITTEN if plan.slug in PARTS_LEFT_OUT]
SYSTEM_LETTERS = [system_specimen(kind) for kind in SYSTEM_KINDS]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("letter", [*LETTERS, *SYSTEM_LETTERS], ids=str)
def test_every_letter_sounds_as_it_should(letter: Specimen, check: Check) -> None:
    assert list(check(letter)) == []


@pytest.mark.parametrize("plan", WRITTEN, ids=lambda plan: plan.slug)
def test_no_two_heavy_letters_come_in_a_row(plan: ProgrammePlan) -> None:
    assert list(heavy_neighbours(plan)) == []


def letters_together(plan: ProgrammePlan) -> str:
    """All that is written in those letters of a programme that are measured together."""
    letters = [specimen(source, plan) for source in letters_of(plan)]
    return "\n\n".join(written_parts(letter) for letter in letters if is_measured_with_others(letter))


def test_the_shortest_letters_are_plain_when_they_are_read_together() -> None:
    plan = next(plan for plan in SHORT_PROGRAMMES if plan.slug == "line-a-day")
    assert list(hard_reading(letters_together(plan))) == []


@pytest.mark.parametrize(("slug", "least"), [("check-in", 12), ("line-a-day", 30)])
def test_the_programmes_of_short_letters_have_enough_of_them_and_all_of_one_shape(slug: str, least: int) -> None:
    plan = next(plan for plan in SHORT_PROGRAMMES if plan.slug == slug)
    letters = [parse_letter(each.source, name=each.name) for each in letters_of(plan)]
    assert len(letters) >= least
    parts = ("opening", "reflection", "practice", "question", "hard_day")
    left_out = {letter.name: {part for part in parts if not getattr(letter, part)} for letter in letters}
    assert left_out == dict.fromkeys(left_out, PARTS_LEFT_OUT[slug])
    assert {letter.shape for letter in letters} == {SHORT}


def test_three_check_ins_are_for_somebody_new_and_say_above_everything_that_one_can_skip_them() -> None:
    plan = next(plan for plan in SHORT_PROGRAMMES if plan.slug == "check-in")
    notes = [parse_letter(each.source, name=each.name).content_note for each in letters_of(plan)]
    assert [place for place, note in enumerate(notes, 1) if "Skip this one if nobody new is in sight." in note] == [4, 8, 12]


def test_the_fourth_letter_and_the_eighth_ask_about_the_address() -> None:
    plan = next(plan for plan in every_programme() if plan.slug == "after-leaving")
    asking = [place for place, name in enumerate(way_of(plan), 1) if STILL_A_GOOD_ADDRESS in plan.sources[name]]
    assert asking == [4, 8]


def test_every_quotation_that_is_allowed_is_still_there() -> None:
    said = {letter.name: " ".join(letter.said.lower().split()) for letter in LETTERS}
    for name, words in QUOTED_ON_PURPOSE:
        assert words in said[name]


# The lint itself


def shipped_letter(name: str) -> LetterSource:
    """A letter by its name."""
    return next(each for plan in WRITTEN for each in letters_of(plan) if each.name == name)


GOOD = shipped_letter("rest-before-answers")
GOOD_PLAN = next(plan for plan in WRITTEN if plan.slug == "after-leaving")
GOOD_CHECK_IN = shipped_letter("a-table-with-four-legs")
GOOD_LINE = shipped_letter("moss")
QUESTION: Final = "Which decision could wait a month? What would it be like to put it down for tonight?"
ASKED: Final = (
    "Look around first. If you are not sure you are safe, trust that, and use [the help page]({{ help_link }}) "
    "before anything else.\n\nIf you are safe, breathe"
)
HARD_WORDS: Final = "Considerable psychological difficulties necessitate professional intervention. "
BAD_PHRASES: Final = {
    "You should rest.": "You should",
    "You have to rest.": "You have to",
    "It is just a cold.": "just",
    "This is how you get over it.": "get over",
    "Everything happens for a reason.": "happens for a reason",
    "Why didn't you leave?": "Why didn’t you leave",
    "Why did you stay?": "Why did you stay",
    "They are narcissists.": "narcissists",
    "You are safe now.": "You are safe now",
    "You will heal.": "will heal",
    "You can win this battle.": "battle",
    "You can confront them.": "confront",
    "You might forgive.": "forgive",
    "You can leave them today.": "leave them today",
    "You can leave your partner.": "leave your partner",
    "Tell him.": "him",
    "You missed a note.": "You missed",
}
WORSE: Final[list[tuple[Check, str, str, str]]] = [
    *((forbidden_words, "Food tastes", f"{said} Food tastes", found) for said, found in BAD_PHRASES.items()),
    (forbidden_words, "preview: Decisions", "preview: Closure. Decisions", "Closure"),
    (exclamations, "Food tastes", "Rest now! Food tastes", "!"),
    (exclamations, "Food tastes", "REST now. Food tastes", "REST"),
    (exclamations, "subject: Rest", "subject: Rest!", "!"),
    (long_sentences, "Food tastes", f"And {'so it goes ' * 7}on. Food tastes", "23 words"),
    (long_sentences, "preview: Decisions that", f"preview: {'a b ' * 11}that", "words"),
    (hard_or_halting_reading, "Food tastes", f"{HARD_WORDS * 20}Food tastes", "grade"),
    (hard_or_halting_reading, "Food tastes", f"{'It is so. ' * 150}Food tastes", "words in a sentence"),
    (telling_beginnings, "discreet subject: Note", "discreet subject: Divorce note", "discreet subject: “divorce”"),
    (telling_beginnings, "discreet preview: A", "discreet preview: Support. A", "preview of the page: “support”"),
    (telling_beginnings, "# Rest before", "# Grief before", "title: “grief”"),
    (missing_parts, "you deserve a person, not an email", "you deserve help", "no “If you are thinking"),
    (left_overs, "Food tastes", "**Food tastes", "**"),
    (left_overs, "Food tastes", "Food [tastes](", "]("),
    (care, "you deserve a person, not an email", "you deserve help", "all letters share"),
    (care, ASKED, "Breathe", "does not ask about safety"),
    (care, "intensity: 1", "intensity: 2", "content note"),
    (promised_shape, QUESTION, "Think.", "asks nothing"),
    (promised_shape, "Food tastes", f"{'word ' * 60}Food tastes", "opening: 14"),
]
"""A check, what is changed in a good letter, and a part of what the check then says."""


@pytest.mark.parametrize(("check", "old", "new", "words"), WORSE)
def test_the_lint_notices(check: Check, old: str, new: str, words: str) -> None:
    assert GOOD.source.count(old) == 1
    assert list(check(specimen(GOOD, GOOD_PLAN))) == []
    found = list(check(specimen(replace(GOOD, source=GOOD.source.replace(old, new)), GOOD_PLAN)))
    assert any(words in sentence for sentence in found), found


WORSE_SHORT: Final[list[tuple[LetterSource, Check, str, str, str]]] = [
    (GOOD_CHECK_IN, promised_shape, "In a café", f"{'word ' * 40}In a café", "50 to 110 are meant"),
    (GOOD_CHECK_IN, promised_shape, "Find the leg", f"{'word ' * 40}Find the leg", "30 to 90 are meant"),
    (GOOD_CHECK_IN, promised_shape, "could do with a little card?", "is short.", "asks nothing"),
    (GOOD_CHECK_IN, hard_or_halting_reading, "In a café", f"{HARD_WORDS * 20}In a café", "grade"),
    (GOOD_CHECK_IN, care, "you deserve a person, not an email", "you deserve help", "all letters share"),
    (GOOD_CHECK_IN, missing_parts, "you deserve a person, not an email", "you deserve help", "no “If you are thinking"),
    (GOOD_LINE, promised_shape, "It is not being brave. ", "It is. It is not. It is. ", "5 sentences"),
    (GOOD_LINE, promised_shape, "In a dry August", f"{'word ' * 40}In a dry August", "25 to 70 are meant"),
    (GOOD_LINE, promised_shape, "lately, without being asked?", "lately? And why?", "one is meant"),
    (GOOD_LINE, promised_shape, "lately, without being asked?", "lately.", "asks nothing"),
    (GOOD_LINE, hard_or_halting_reading, "In a dry August", f"{'It is so. ' * 50}In a dry August", "words in a sentence"),
    (GOOD_LINE, care, "intensity: 1", "intensity: 2", "content note"),
    (GOOD_LINE, missing_parts, "In a dry August", "If today is hard, in a dry August", "stands there without words"),
]
"""A short letter, a check, what is changed in it, and a part of what the check then says."""


@pytest.mark.parametrize(("good", "check", "old", "new", "words"), WORSE_SHORT)
def test_the_lint_notices_in_short_letters(good: LetterSource, check: Check, old: str, new: str, words: str) -> None:
    assert good.source.count(old) == 1
    plan = next(plan for plan in WRITTEN if good.name in plan.sources)
    assert list(check(specimen(good, plan))) == []
    found = list(check(specimen(replace(good, source=good.source.replace(old, new)), plan)))
    assert any(words in sentence for sentence in found), found


def test_the_lint_notices_short_letters_that_are_hard_to_read_together() -> None:
    plan = next(plan for plan in SHORT_PROGRAMMES if plan.slug == "line-a-day")
    hard = {name: re.sub(r"(?m)^(# .*)$", rf"\1\n\n{HARD_WORDS * 3}", source) for name, source in plan.sources.items()}
    assert any("grade" in sentence for sentence in hard_reading(letters_together(replace(plan, sources=hard))))


@pytest.mark.parametrize(("good", "pace", "other"), [(GOOD, 7, 1), (GOOD_LINE, 1, 7)])
def test_the_lint_notices_an_opener_that_speaks_of_another_pace(good: LetterSource, pace: int, other: int) -> None:
    plan = next(plan for plan in WRITTEN if good.name in plan.sources)
    assert plan.pace_days == pace
    assert list(missing_parts(specimen(good, plan))) == []
    expects_another = replace(specimen(good, plan), pace_days=other)
    assert any("no “Hello. Here is" in sentence for sentence in missing_parts(expects_another))


def test_the_lint_notices_lines_that_get_cut_off() -> None:
    good = specimen(GOOD, GOOD_PLAN)
    assert isinstance(good.written, LetterText)
    assert list(long_lines(good)) == []
    worse = replace(good.written, subject="x" * 51, discreet_preview="x" * 91)
    assert list(long_lines(replace(good, written=worse))) == ["subject: 51 characters", "discreet preview: 91 characters"]


def without(form: Shipped, words: str) -> Shipped:
    """A letter of which a part got lost on its way, in both its parts (they are quoted-printable)."""
    assert words.encode() in form.data
    return replace(form, instead=form.data.replace(words.encode(), b""))


@pytest.mark.parametrize(
    ("lost", "check", "words"),
    [
        ("/help", missing_links, "no help link"),
        ("Stop these emails", missing_links, "no stop link"),
        ("Exampletown", missing_links, "does not end with its sender"),
        ("Exampletown", missing_parts, "no “Exampletown”"),
        ("A small practice", missing_parts, "no “A small practice”"),
        ("Hello. Here is", missing_parts, "no “Hello. Here is"),
    ],
)
def test_the_lint_notices_what_is_missing(lost: str, check: Check, words: str) -> None:
    good = specimen(GOOD, GOOD_PLAN)
    worse = replace(good, forms=tuple(without(form, lost) if form.is_discreet else form for form in good.forms))
    assert any(words in sentence for sentence in check(worse))


def test_the_lint_notices_two_heavy_letters_in_a_row() -> None:
    plan = every_programme()[0]
    heavy = {name: re.sub(r"intensity: \d", f"intensity: {HEAVIEST}", source) for name, source in plan.sources.items()}
    assert len(list(heavy_neighbours(replace(plan, sources=heavy, again=False)))) == len(way_of(replace(plan, again=False))) - 1


def test_the_lint_notices_a_heavy_last_letter_before_a_heavy_first_one() -> None:
    plan = next(plan for plan in SHORT_PROGRAMMES if plan.slug == "check-in")
    ends = (way_of(plan)[0], way_of(plan)[-2])
    heavy = {name: re.sub(r"intensity: \d", f"intensity: {HEAVIEST}", plan.sources[name]) for name in ends}
    worse = replace(plan, sources=plan.sources | heavy)
    assert list(heavy_neighbours(worse)) == [f"{ends[1]} and {ends[0]}"]
