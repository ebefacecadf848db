"""Fills in what an author may leave to the desk (subject, body and practice are theirs); refuses to change what they wrote."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from service.domain.letters import FULL, SHORT
from service.domain.tone import passages_of, plain, sentences, words_of
from service.mail.editing import LetterForm, to_source
from service.mail.source_reading import LONGEST_TITLE, too_much
from service.mail.sources import LONGEST_PREVIEW

WORDS_A_MINUTE: Final = 180
LONGEST_READING: Final = 60
WORDS_OF_AN_OPENING: Final = 120
"""A body of more words than this is taken for an opening and a reflection in one piece."""

_SHARE_OF_THE_OPENING: Final = 1 / 3
_BETWEEN_PARAGRAPHS: Final = re.compile(r"\n[^\S\n]*\n\s*")
_NOT_PLAIN: Final = re.compile(r"[*_`\[\]<>#\\~|{}]")
_AROUND: Final = "\"'“”„«»‘’ "


@dataclass(frozen=True, slots=True)
class Usual:
    """What stands in a letter of one language where its author says nothing. All of it is bland and true."""

    weekly_subject: str
    weekly_preview: str
    other_subject: str
    other_preview: str
    reviewed_by: str
    question: str
    hard_day: str


_USUAL: Final[Mapping[str, Usual]] = {
    "en": Usual(
        weekly_subject="Your weekly note",
        weekly_preview="Here is your note for this week, to read when it suits you.",
        other_subject="A short note",
        other_preview="A short note, to read when it suits you.",
        reviewed_by="not yet reviewed by a practitioner",
        question="Which part of this note stays with you today?",
        hard_day=(
            "Look around first. If you are not sure you are safe, trust that, and use [the help page]({{ help_link }}).\n\n"
            "If you are safe, you can put both feet on the floor and breathe out slowly.\n\n"
            "If you are thinking about ending your life, you deserve a person, not an email. "
            "You can find one through [the help page]({{ help_link }}) too."
        ),
    ),
    "es": Usual(
        weekly_subject="Tu nota semanal",
        weekly_preview="Esta es tu nota de esta semana, para cuando quieras leerla.",
        other_subject="Una nota corta",
        other_preview="Una nota corta, para cuando quieras leerla.",
        reviewed_by="todavía sin revisar por una persona profesional",
        question="¿Qué parte de esta nota te acompaña hoy?",
        hard_day=(
            "Mira primero a tu alrededor. Si no tienes claro que estés a salvo, esa duda cuenta, y "
            "[la página de ayuda]({{ help_link }}) va antes que lo demás.\n\n"
            "Si estás a salvo, puedes apoyar los dos pies en el suelo y soltar el aire despacio.\n\n"
            "Si piensas en quitarte la vida, mereces que te escuche una persona, no un correo. "
            "También puedes encontrarla a través de [la página de ayuda]({{ help_link }})."
        ),
    ),
}


def helped(form: LetterForm, *, language: str, author: str = "", weekly: bool = True) -> tuple[LetterForm, tuple[str, ...]]:
    """The letter with its gaps filled where that can be done without its author, and the names of the fields that were filled.

    Subject, opening and practice stay empty where they are. A long body in one piece becomes opening and reflection, and then
    `opening` is among the names as well. `weekly` says whether letters come once a week; `author` who writes. In a language
    whose usual words we do not have, their fields stay empty. A form too large for any letter comes back as it is.
    """
    tidy = form.tidied()
    if too_much(to_source(tidy)):
        return tidy, ()
    split = _split(tidy)
    usual = _USUAL.get(language.partition("-")[0].lower())
    shaped = _filled(split, {"shape": _shape(split, has_usual_words=usual is not None)})
    whole = _filled(shaped, dict(_of_language(shaped, usual, weekly=weekly)) if usual else {})
    done = _filled(whole, dict(_of_its_own_words(whole)) | {"intensity": "1", "written_by": _on_a_line(author)})
    before, after = tidy.values(), done.values()
    return done, tuple(name for name in after if after[name] != before[name])


def _filled(form: LetterForm, values: Mapping[str, str]) -> LetterForm:
    """The form with those of the values whose fields are empty."""
    return replace(form, **{name: value for name, value in values.items() if not getattr(form, name)})


def _split(form: LetterForm) -> LetterForm:
    """A long body in one piece becomes opening and reflection, cut between paragraphs where a third of its words is over."""
    paragraphs = _BETWEEN_PARAGRAPHS.split(form.opening)
    counts = [len(words_of(plain(paragraph))) for paragraph in paragraphs]
    if form.is_short or form.reflection or len(paragraphs) < 2 or sum(counts) <= WORDS_OF_AN_OPENING:
        return form
    wished = sum(counts) * _SHARE_OF_THE_OPENING
    cut = min(range(1, len(paragraphs)), key=lambda place: abs(sum(counts[:place]) - wished))
    return replace(form, opening="\n\n".join(paragraphs[:cut]), reflection="\n\n".join(paragraphs[cut:]))


def _shape(form: LetterForm, *, has_usual_words: bool) -> str:
    """Full where nothing of a full letter is missing, or the rest of it can be filled in; none before there is a practice."""
    if not form.practice:
        return ""
    return FULL if form.reflection and (form.hard_day or has_usual_words) else SHORT


def _of_language(form: LetterForm, usual: Usual, *, weekly: bool) -> Iterator[tuple[str, str]]:
    yield "discreet_subject", usual.weekly_subject if weekly else usual.other_subject
    yield "discreet_preview", usual.weekly_preview if weekly else usual.other_preview
    yield "reviewed_by", usual.reviewed_by
    yield "question", usual.question
    if form.shape == FULL:
        yield "hard_day", usual.hard_day


def _of_its_own_words(form: LetterForm) -> Iterator[tuple[str, str]]:
    yield "title", _NOT_PLAIN.sub("", form.subject)[:LONGEST_TITLE].strip()
    yield "preview", _first_sentence(form.opening) or form.discreet_preview
    body = " ".join((form.opening, form.reflection, form.practice, form.question, form.hard_day))
    if count := len(words_of(plain(body))):
        yield "minutes", str(min(math.ceil(count / WORDS_A_MINUTE), LONGEST_READING))


def _first_sentence(opening: str) -> str:
    """The first sentence that holds no placeholder, as plain words that fit into a preview; empty where there is none."""
    spoken = [passage for paragraph in _BETWEEN_PARAGRAPHS.split(opening) if "{{" not in paragraph
              for passage in passages_of(paragraph)]  # fmt: skip
    found = next((sentence for passage in spoken for sentence in sentences(passage)), "")
    return _shortened(_on_a_line(_NOT_PLAIN.sub("", found)).strip(_AROUND))


def _shortened(sentence: str) -> str:
    """As much of a sentence as a preview takes, ending with a whole word."""
    if len(sentence) <= LONGEST_PREVIEW:
        return sentence
    head, space, _ = sentence[: LONGEST_PREVIEW + 1].rpartition(" ")
    return (head if space else sentence[:LONGEST_PREVIEW]).rstrip(",;:–- ")


def _on_a_line(words: str) -> str:
    return " ".join(words.split())
