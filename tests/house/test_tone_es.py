"""How the Spanish letters sound: the same thought and offers as the English, calm, for any gender and both sides of the sea."""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from service.domain.letters import LetterText, SystemText
from service.domain.tone_es import FORBIDDEN, GENDERED, NOT_AT_FIRST
from service.mail.sources import LONGEST_PREVIEW, LONGEST_SUBJECT, parse_letter, parse_system
from service.mail.words import words_for
from tests.house.spanish import QUOTED_ON_PURPOSE
from tests.mail.shipped import TEMPLATES

FIRST: Final = 200
MOST_WORDS: Final = 25
LENGTHS: Final = {"opening": (55, 135), "reflection": (110, 245), "practice": (35, 140)}
CRISIS: Final = "Si piensas en quitarte la vida, mereces que te escuche una persona, no un correo."
DOUBT: Final = "esa duda cuenta"
STILL_A_GOOD_ADDRESS: Final = ("Still a good address for you?", "¿Sigue siendo esta una buena dirección para ti?")
ABOUT: Final = {
    "The Mendletter founders": "Quienes fundaron Mendletter",
    "not yet reviewed by a practitioner": "todavía sin revisar por una persona profesional",
}
ENGLISH: Final = re.compile(r"\b(?:the|and|you|your|this|that|with|of|week|note)\b", re.IGNORECASE)
PARTS: Final = ("opening", "reflection", "practice", "question", "hard_day")


@dataclass(frozen=True)
class Pair:
    """One letter in both languages, of a programme or of the system."""

    name: str
    english: LetterText | SystemText
    spanish: LetterText | SystemText

    def __str__(self) -> str:
        return self.name

    @property
    def lines(self) -> dict[str, str]:
        """What an inbox shows, and the title, field by field; those of a system letter are discreet by themselves."""
        text = self.spanish
        named = {"title": text.title, "subject": text.subject, "preview": text.preview}
        if isinstance(text, LetterText):
            return named | {"discreet subject": text.discreet_subject, "discreet preview": text.discreet_preview}
        return named | {"discreet subject": text.subject, "discreet preview": text.preview}

    @property
    def passages(self) -> list[str]:
        """Everything a reader reads, in lines, paragraphs and steps, as it is said."""
        whole = "\n\n".join([*self.lines.values(), note_of(self.spanish), *parts(self.spanish)])
        blocks = re.split(r"\n\n+|\n(?=(?:\d+\.|-) )", whole)
        return [" ".join(words.split()) for block in blocks if (words := plain(block).strip())]

    @property
    def said(self) -> str:
        """The same in one line."""
        return "\n".join(self.passages)


def parts(text: LetterText | SystemText) -> list[str]:
    """The Markdown of a letter, part by part."""
    return [text.body] if isinstance(text, SystemText) else [getattr(text, part) for part in PARTS]


def note_of(text: LetterText | SystemText) -> str:
    """The content note; empty where there is none."""
    return text.content_note if isinstance(text, LetterText) else ""


def plain(markdown: str) -> str:
    """Markdown as it is said: link words without addresses, steps without numbers, placeholders left out."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return re.sub(r"^\d+\. |[*_>]|\{\{.*?\}\}", "", words, flags=re.MULTILINE)


def words_of(text: str) -> list[str]:
    """The words of a text."""
    return re.findall(r"[^\W_]+(?:[’'-][^\W_]+)*", text)


def sentences(passage: str) -> list[str]:
    """The sentences of a passage; what somebody says within one belongs to it."""
    return re.findall(r"\S.*?(?:[.?!][”’\"]?(?=\s+[“\"¿A-ZÁÉÍÓÚÑ])|$)", passage)


# What is looked at. Each check answers what it finds.


def forbidden_words(letter: Pair) -> Iterator[str]:
    """Words and phrases that letters do not use."""
    for expression, reason in (FORBIDDEN | GENDERED).items():
        for found in re.findall(rf"(?<!\w)(?:{expression})(?!\w)", letter.said, re.IGNORECASE):
            if (letter.name, found.lower()) not in QUOTED_ON_PURPOSE:
                yield f"“{found}”: {reason}"


def loud_or_lopsided_marks(letter: Pair) -> Iterator[str]:
    """Marks that raise the voice, and questions without their first mark."""
    for mark in sorted(set(re.findall(r"[!¡‼]|[A-ZÁÉÍÓÚÑ]{4,}|\.\.\.|…", letter.said))):
        yield f"“{mark}” is loud"
    for passage in letter.passages:
        if passage.count("¿") != passage.count("?") or passage.count('"') % 2:
            yield f"marks that have no partner: {passage}"


def long_sentences(letter: Pair) -> Iterator[str]:
    """Sentences that somebody tired has to read twice."""
    for passage in letter.passages:
        for sentence in sentences(passage):
            if len(words_of(sentence)) > MOST_WORDS:
                yield f"{len(words_of(sentence))} words: {sentence}"


def long_lines(letter: Pair) -> Iterator[str]:
    """Subjects and previews that an inbox cuts off."""
    for name, words in letter.lines.items():
        limit = LONGEST_PREVIEW if name.endswith("preview") else LONGEST_SUBJECT
        if not 0 < len(words) <= limit:
            yield f"{name}: {len(words)} characters"


def telling_beginnings(letter: Pair) -> Iterator[str]:
    """Words that tell what this is about, in anything that somebody else may see first."""
    for place, words in letter.lines.items():
        if place.startswith("discreet") or place == "title":
            for word in sorted(set(map(str.lower, words_of(words))) & NOT_AT_FIRST):
                yield f"{place}: “{word}”"


def care(letter: Pair) -> Iterator[str]:
    """What makes a letter safe to open on a bad day; a short letter that has no such part needs none of it."""
    text = letter.spanish
    if isinstance(text, SystemText) or not text.hard_day:
        return
    if text.hard_day.count(CRISIS) != 1 or letter.said.count("quitarte la vida") != 1:
        yield "“If today is hard” lacks the sentence that all letters share, or says it twice"
    if "{{ help_link }}" not in text.hard_day:
        yield "“If today is hard” leads to nobody"
    if DOUBT not in f"{text.practice} {text.hard_day.partition(CRISIS)[0]}":
        yield "“If today is hard” does not ask about safety before it comforts"


def promised_shape(letter: Pair) -> Iterator[str]:
    """Parts of the size that a short letter has, and a question that asks."""
    text = letter.spanish
    if isinstance(text, SystemText):
        return
    if not text.question.rstrip().endswith("?"):
        yield "the question asks nothing"
    for part, (least, most) in LENGTHS.items() if text.shape == "full" else ():
        if not least <= (count := len(words_of(plain(getattr(text, part))))) <= most:
            yield f"{part}: {count} words, {least} to {most} are meant"


def otherwise_built(letter: Pair) -> Iterator[str]:
    """Links, steps, and what is filled in: a translation leaves them where they are."""
    for part, (one, other) in enumerate(zip(parts(letter.english), parts(letter.spanish), strict=True), 1):
        for what, expression in SAME_IN_BOTH.items():
            if Counter(re.findall(expression, one, re.MULTILINE)) != Counter(re.findall(expression, other, re.MULTILINE)):
                yield f"part {part}: other {what} than in English"
        if (STILL_A_GOOD_ADDRESS[0] in one) != (STILL_A_GOOD_ADDRESS[1] in other):
            yield f"part {part}: the question about the address is in one language only"


def other_fields(letter: Pair) -> Iterator[str]:
    """How long and how heavy a letter is, who wrote it and who reviewed it."""
    english, spanish = letter.english, letter.spanish
    if isinstance(english, SystemText) or isinstance(spanish, SystemText):
        return
    for name in ("minutes", "intensity", "shape"):
        if getattr(english, name) != getattr(spanish, name):
            yield f"{name}: {getattr(english, name)} in English"
    if bool(english.content_note) != bool(spanish.content_note):
        yield "a content note in one language only"
    for name in ("written_by", "reviewed_by"):
        if ABOUT.get(getattr(english, name)) != getattr(spanish, name):
            yield f"{name}: “{getattr(spanish, name)}” for “{getattr(english, name)}”"


SAME_IN_BOTH: Final = {"links": r"\]\(([^)]*)\)", "placeholders": r"\{\{.*?\}\}", "steps": r"^\d+\."}


def left_in_english(letter: Pair) -> Iterator[str]:
    """Words that nobody translated."""
    for word in sorted(set(ENGLISH.findall(letter.said))):
        yield f"“{word}” is English"


Check: TypeAlias = Callable[[Pair], Iterator[str]]
CHECKS: Final[tuple[Check, ...]] = (
    forbidden_words,
    loud_or_lopsided_marks,
    long_sentences,
    long_lines,
    telling_beginnings,
    care,
    promised_shape,
    otherwise_built,
    other_fields,
    left_in_english,
)

FOLDERS: Final = sorted(path for path in (TEMPLATES / "programmes").glob("*/es") if path.is_dir())
SYSTEM: Final = sorted((TEMPLATES / "email").glob("*/es.md"))


def pair_of(file: Path) -> Pair:
    """A letter of a programme, read from its Spanish file and the English one of the same name."""
    english = (file.parent.parent / file.name).read_text("utf-8")
    return Pair(file.stem, parse_letter(english, name=file.stem), parse_letter(file.read_text("utf-8"), name=file.stem))


def system_pair_of(file: Path) -> Pair:
    """A letter of the system, read from its Spanish file and the English one beside it."""
    kind = file.parent.name
    both = (parse_system((file.parent / name).read_text("utf-8"), kind=kind) for name in ("en.md", "es.md"))
    return Pair(kind, *both)


LETTERS: Final = [
    pair_of(file) for folder in FOLDERS for file in sorted(folder.glob("*.md")) if (folder.parent / file.name).exists()
]
SYSTEM_LETTERS: Final = [system_pair_of(file) for file in SYSTEM]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("letter", [*LETTERS, *SYSTEM_LETTERS], ids=str)
def test_every_spanish_letter_sounds_as_it_should(letter: Pair, check: Check) -> None:
    assert list(check(letter)) == []


def test_the_default_programme_is_there_in_spanish() -> None:
    assert "after-leaving" in {folder.parent.name for folder in FOLDERS}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_both_languages_hold_the_same_letters(folder: Path) -> None:
    assert {file.name for file in folder.glob("*.md")} == {file.name for file in folder.parent.glob("*.md")}


def test_every_letter_of_the_system_is_there_in_spanish() -> None:
    assert [file.parent for file in SYSTEM] == [file.parent for file in sorted((TEMPLATES / "email").glob("*/en.md"))]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_the_names_of_a_programme_and_its_phases_sound_as_they_should(folder: Path) -> None:
    table = tomllib.loads((folder / "programme.toml").read_text("utf-8"))
    names = [table["title"], table["summary"], *(words for phase in table["phases"].values() for words in phase.values())]
    assert list(short_words(names)) == []


def test_the_fixed_words_of_letters_sound_as_they_should() -> None:
    words = words_for("es")
    assert list(short_words(value for value in asdict(words).values() if isinstance(value, str))) == []
    for weekly in (True, False):
        opener = words.opener_for(1, words.last_opener_line, weekly=weekly)
        assert len(opener) > FIRST
        assert set(map(str.lower, words_of(opener))) & NOT_AT_FIRST == set()


def short_words(lines: Iterable[str]) -> Iterator[str]:
    """What is wrong with words that stand in no letter of their own."""
    spanish = SystemText("", "x", "x", "x", "\n\n".join(lines))
    for check in (forbidden_words, loud_or_lopsided_marks, long_sentences, left_in_english):
        yield from check(Pair("", spanish, spanish))


def test_every_quotation_that_is_allowed_is_still_there() -> None:
    said = {letter.name: letter.said.lower() for letter in LETTERS}
    for name, words in QUOTED_ON_PURPOSE:
        assert words in said[name]


# The lint itself


GOOD: Final = next(letter for letter in LETTERS if letter.name == "rest-before-answers")
WRITTEN: Final = (TEMPLATES / "programmes" / "after-leaving" / "es" / "rest-before-answers.md").read_text("utf-8")
PLACE: Final = "La comida sabe"
BAD_PHRASES: Final = {
    "Debes descansar.": "Debes",
    "Tienes que dormir.": "Tienes que",
    "Es simplemente sueño.": "simplemente",
    "Así se supera.": "supera",
    "Puedes pasar página.": "pasar página",
    "Todo pasa por algo.": "Todo pasa por algo",
    "El tiempo lo cura.": "El tiempo lo cura",
    "¿Por qué no te fuiste?": "Por qué no te fuiste",
    "Eso es tóxico.": "tóxico",
    "No hay víctimas.": "víctimas",
    "Ya estás a salvo.": "Ya estás a salvo",
    "Vas a sanar.": "Vas a sanar",
    "Ganarás esta batalla.": "batalla",
    "Quizá perdones.": "perdones",
    "Se lo dices a él.": "él",
    "Llamas a tus amigos.": "amigos",
    "Podéis leerla.": "Podéis",
    "Coges un vaso.": "Coges",
    "Estás muy cansada.": "Estás muy cansada",
    "Te sientes solo.": "Te sientes solo",
    "Lo haces tú misma.": "tú misma",
    "Te vuelve fuerte a ti, lector/a.": "lector/a",
    "Es para tod@s.": "tod@s",
}
ASKED: Final = "Si no tienes claro que estés a salvo, esa duda cuenta, y"
WORSE: Final[list[tuple[Check, str, str, str]]] = [
    *((forbidden_words, PLACE, f"{said} {PLACE}", found) for said, found in BAD_PHRASES.items()),
    (forbidden_words, "preview: Lo que", "preview: Superación. Lo que", "Superación"),
    (loud_or_lopsided_marks, PLACE, f"¡Descansa! {PLACE}", "¡"),
    (loud_or_lopsided_marks, PLACE, f"HOY no. {PLACE} NADA", "NADA"),
    (loud_or_lopsided_marks, PLACE, f"Y qué? {PLACE}", "no partner"),
    (long_sentences, PLACE, f"{'Y así un día ' * 7}más. {PLACE}", "29 words"),
    (long_sentences, PLACE, f"{'Y así un día ' * 7}más. ¿{PLACE}?", "29 words"),
    (telling_beginnings, "discreet subject: Nota", "discreet subject: Ruptura", "discreet subject: “ruptura”"),
    (telling_beginnings, "discreet preview: Una", "discreet preview: Duelo. Una", "discreet preview: “duelo”"),
    (telling_beginnings, "# Descanso", "# Miedo", "title: “miedo”"),
    (care, "mereces que te escuche una persona, no un correo", "mereces ayuda", "all letters share"),
    (care, PLACE, f"{CRISIS} {PLACE}", "or says it twice"),
    (care, ASKED, "Ya", "does not ask about safety"),
    (promised_shape, "¿Cómo sería soltarla por esta noche?", "Piénsalo.", "asks nothing"),
    (promised_shape, PLACE, f"{'palabra ' * 70}{PLACE}", "opening: 14"),
    (promised_shape, "1. Elige una hora", f"1. {'palabra ' * 70}Elige una hora", "practice: 1"),
    (otherwise_built, "[la página de ayuda]({{ help_link }}) va", "la página de ayuda va", "part 5: other links"),
    (otherwise_built, PLACE, f"{{{{ next_date }}}} {PLACE}", "part 1: other placeholders"),
    (otherwise_built, "5. Si trabajas", "Si trabajas", "part 3: other steps"),
    (otherwise_built, PLACE, f"{STILL_A_GOOD_ADDRESS[1]} {PLACE}", "question about the address"),
    (other_fields, "minutes: 4", "minutes: 5", "minutes: 4 in English"),
    (other_fields, "intensity: 1", "intensity: 2", "intensity: 1 in English"),
    (other_fields, "minutes: 4", "minutes: 4\ncontent note: Habla de la noche.", "content note in one language only"),
    (other_fields, "reviewed by: todavía", "reviewed by: ya", "reviewed_by"),
    (left_in_english, PLACE, f"And so on. {PLACE}", "And"),
]
"""A check, what is changed in a good letter, and a part of what the check then says."""


@pytest.mark.parametrize(("check", "old", "new", "words"), WORSE)
def test_the_lint_notices(check: Check, old: str, new: str, words: str) -> None:
    assert WRITTEN.count(old) == 1
    assert list(check(GOOD)) == []
    worse = parse_letter(WRITTEN.replace(old, new), name=GOOD.name)
    found = list(check(replace(GOOD, spanish=worse)))
    assert any(words in sentence for sentence in found), found


def test_the_lint_notices_lines_that_get_cut_off() -> None:
    assert isinstance(GOOD.spanish, LetterText)
    worse = replace(GOOD.spanish, subject="x" * 51, discreet_preview="x" * 91)
    assert list(long_lines(GOOD)) == []
    assert list(long_lines(replace(GOOD, spanish=worse))) == ["subject: 51 characters", "discreet preview: 91 characters"]
