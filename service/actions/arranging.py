"""Arranges a programme at the desk: its names, its phases, the order of its letters; refuses what its file could not say.

What is arranged here stays when its files are loaded again (`service.actions.programmes`). Readers keep their place: it is that
of the main letter they reached last.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from service.actions import shapes
from service.domain.sequences import Kind, LetterState, Role
from service.domain.tone import telling_words
from service.store import holds, letters, sequences
from service.store.tables import Letter, Phase, Sequence

LONGEST_TITLE: Final = 80
LONGEST_SUMMARY: Final = 300
LONGEST_PHASE: Final = 60
LONGEST_BEGIN: Final = 80
LONGEST_NAME: Final = 60
MOST_PHASES: Final = 40
MOST_LETTERS: Final = 500

_IN_ORDER: Final = (Role.MAIN, Role.ALTERNATE, Role.CHECK_IN)


class RefusedError(Exception):
    """It cannot be done: a sentence, and the field that it is about if there is one."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Names:
    """What readers see of a programme, in one language."""

    title: str
    discreet_title: str
    summary: str


@dataclass(frozen=True, slots=True)
class PhaseNames:
    """What readers see of a phase, in one language. `begin` is how somebody would say that they want to begin here."""

    title: str
    plain: str
    begin: str = ""


# Names


def name(session: Session, sequence_id: int, language: str, names: Names) -> None:
    """Give a programme other names in one of its languages."""
    sequence = _programme(session, sequence_id)
    title = _line(names.title, LONGEST_TITLE, "title", "title")
    summary = _line(names.summary, LONGEST_SUMMARY, "summary", "summary")
    discreet = _line(names.discreet_title or title, LONGEST_TITLE, "discreet_title", "discreet title")
    if told := telling_words(discreet):
        sentence = f"“{told[0]}” tells what the letters are about. Write a discreet title that is bland and true."
        raise RefusedError(sentence, "discreet_title")
    shapes.keep_of_file(session, sequence)
    if language == sequence.language:
        sequence.title, sequence.summary, sequence.discreet_title = title, summary, discreet
    else:
        _check_language(sequence, language)
        words = {"title": title, "discreet_title": discreet, "summary": summary}
        sequence.translations = sequence.translations | {language: words}
    session.flush()


def add_phase(session: Session, sequence_id: int, names: PhaseNames) -> Phase:
    """Add a phase behind the others."""
    sequence = _programme(session, sequence_id)
    there = sequences.phases_of(session, sequence.id)
    if len(there) >= MOST_PHASES:
        raise RefusedError(f"A programme has {MOST_PHASES} phases at most.", "phase_title")
    shapes.keep_of_file(session, sequence)
    key = free_name(names.title, {each.key for each in there}, "phase")
    phase = Phase(sequence_id=sequence.id, key=key[:40], position=len(there) + 1, title="", plain="")
    _name_phase(sequence, phase, sequence.language, names)
    session.add(phase)
    session.flush()
    return phase


def name_phase(session: Session, sequence_id: int, phase_id: int, language: str, names: PhaseNames) -> None:
    """Give a phase other names in one of the programme's languages."""
    sequence, phase = _programme(session, sequence_id), _phase(session, sequence_id, phase_id)
    shapes.keep_of_file(session, sequence)
    _name_phase(sequence, phase, language, names)
    session.flush()


def _name_phase(sequence: Sequence, phase: Phase, language: str, names: PhaseNames) -> None:
    title = _line(names.title, LONGEST_PHASE, "phase_title", "title of the phase")
    plain = _line(names.plain, LONGEST_PHASE, "plain", "plain name")
    begin = _line(names.begin, LONGEST_BEGIN, "begin", "sentence to begin with") if names.begin.strip() else ""
    if language == sequence.language:
        phase.title, phase.plain, phase.begin = title, plain, begin
    else:
        _check_language(sequence, language)
        words = {"title": title, "plain": plain} | ({"begin": begin or plain} if phase.begin else {})
        phase.translations = phase.translations | {language: words}


def _check_language(sequence: Sequence, language: str) -> None:
    if language not in letters.languages_of(sequence):
        raise RefusedError("This programme is not written in that language.")


def _line(text: str, longest: int, field: str, what: str) -> str:
    line = " ".join(text.split())
    if not line:
        raise RefusedError(f"The {what} is empty. Please write it.", field)
    if len(line) > longest or not line.isprintable():
        raise RefusedError(f"The {what} has {len(line)} characters; {longest} is the most.", field)
    return line


# Order


def move_phase(session: Session, sequence_id: int, phase_id: int, to: int) -> None:
    """Put a phase at another place among the phases, counted from 1; its letters go with it."""
    sequence, phase = _programme(session, sequence_id), _phase(session, sequence_id, phase_id)
    shapes.keep_of_file(session, sequence)
    others = [each for each in sequences.phases_of(session, sequence_id) if each.id != phase.id]
    others.insert(max(0, min(to - 1, len(others))), phase)
    for position, each in enumerate(others, start=1):
        each.position = position
    session.flush()
    _put_in_order(session, sequence_id, _ordered(session, sequence_id))


def add_letter(
    session: Session, sequence_id: int, title: str, *, phase_id: int | None = None, role: Role = Role.MAIN
) -> Letter:
    """Add a letter without words behind the others of its phase and role. It is a draft: nobody gets it before it is published.

    Also for a batch, whose letters are all in its one phase.
    """
    sequence = _locked(session, sequence_id)
    there = sequences.letters_of(session, sequence_id)
    if len(there) >= MOST_LETTERS:
        raise RefusedError(f"A programme has {MOST_LETTERS} letters at most.", "title")
    line = _line(title, LONGEST_TITLE, "title", "title")
    shapes.keep_of_file(session, sequence)
    letter = Letter(
        sequence_id=sequence_id,
        phase_id=_phase_for(session, sequence, phase_id, role),
        role=role,
        name=free_name(line, {each.name for each in there}, "letter"),
        position=max((each.position for each in there), default=0) + 1,
        state=LetterState.DRAFT,
    )
    session.add(letter)
    session.flush()
    _put_in_order(session, sequence_id, _ordered(session, sequence_id))
    return letter


def _phase_for(session: Session, sequence: Sequence, phase_id: int | None, role: Role) -> int | None:
    if role == Role.CHECK_IN:
        return None
    if sequence.kind == Kind.BATCH:
        return sequences.phases_of(session, sequence.id)[0].id
    if phase_id is None:
        raise RefusedError("Choose the phase that it belongs to.", "phase")
    return _phase(session, sequence.id, phase_id).id


def move_letter(session: Session, letter_id: int, to: int) -> None:
    """Put a letter at another place among those of its phase and role, counted from 1."""
    sequence, letter = _letter(session, letter_id)
    shapes.keep_of_file(session, sequence)
    order = _ordered(session, letter.sequence_id)
    beside = [each for each in order if _group(each) == _group(letter) and each.id != letter.id]
    beside.insert(max(0, min(to - 1, len(beside))), letter)
    places = iter(beside)
    _put_in_order(session, letter.sequence_id, [next(places) if _group(each) == _group(letter) else each for each in order])


def place_letter(session: Session, letter_id: int, *, phase_id: int | None, role: Role) -> None:
    """Put a letter into another phase, or give it another role there, behind those that are there."""
    sequence, letter = _letter(session, letter_id)
    if sequence.kind != Kind.PROGRAMME:
        raise RefusedError("The letters of a batch have one place each.")
    shapes.keep_of_file(session, sequence)
    wanted = _phase_for(session, sequence, phase_id, role)
    if (letter.role, letter.phase_id) == (role, wanted):
        return
    order = _ordered(session, sequence.id)
    letter.role, letter.phase_id = role, wanted
    letter.position = max(each.position for each in order) + 1
    session.flush()
    _put_in_order(session, sequence.id, _ordered(session, sequence.id))


def retire(session: Session, letter_id: int) -> None:
    """Let a letter come to nobody from now on; what is planned already still leaves. Its place is kept."""
    sequence, letter = _letter(session, letter_id)
    if letter.state == LetterState.RETIRED:
        raise RefusedError("This letter is retired already.")
    shapes.keep_of_file(session, sequence)
    before = by_place(sequences.letters_of(session, letter.sequence_id))
    letter.state = LetterState.RETIRED
    keep_places(before)
    session.flush()


def bring_back(session: Session, letter_id: int) -> None:
    """Let a retired letter come again at the place that it had; one without published words is a draft again."""
    sequence, letter = _letter(session, letter_id)
    if letter.state != LetterState.RETIRED:
        raise RefusedError("This letter is not retired.")
    shapes.keep_of_file(session, sequence)
    is_written = sequences.newest_version_id(session, letter.id) is not None
    before = by_place(sequences.letters_of(session, letter.sequence_id))
    letter.state = LetterState.LIVE if is_written else LetterState.DRAFT
    settle(session, letter.sequence_id, before)


def _ordered(session: Session, sequence_id: int) -> list[Letter]:
    """All letters but retired ones: the way first, then the alternates of each phase, then the check-ins."""
    phases = {each.id: each.position for each in sequences.phases_of(session, sequence_id)}
    there = [each for each in sequences.letters_of(session, sequence_id) if each.state != LetterState.RETIRED]
    return sorted(
        there, key=lambda each: (_IN_ORDER.index(Role(each.role)), phases.get(each.phase_id or 0, 0), each.position, each.id)
    )


def _group(letter: Letter) -> tuple[str, int | None]:
    return letter.role, letter.phase_id


def settle(session: Session, sequence_id: int, before: Iterable[Letter]) -> None:
    """Give every letter its place by role, phase and position. `before` are the letters by place as readers knew them."""
    session.flush()
    _renumber(before, _ordered(session, sequence_id))
    session.flush()


def _put_in_order(session: Session, sequence_id: int, order: Iterable[Letter]) -> None:
    _renumber(by_place(sequences.letters_of(session, sequence_id)), order)
    session.flush()


def _renumber(before: Iterable[Letter], order: Iterable[Letter]) -> None:
    for position, letter in enumerate(order, start=1):
        letter.position = position
    keep_places(before)


def by_place(there: Iterable[Letter]) -> list[Letter]:
    """Letters in their order, retired ones behind the one that they followed."""
    return sorted(there, key=lambda each: (each.position, each.state == LetterState.RETIRED, each.id))


def keep_places(before: Iterable[Letter]) -> None:
    """Leave retired letters behind the live one that they followed: who had come as far as one misses nothing that is new."""
    behind = 0
    for letter in before:
        if letter.state == LetterState.LIVE:
            behind = letter.position
        elif letter.state == LetterState.RETIRED:
            letter.position = behind


# What all of it needs


def _locked(session: Session, sequence_id: int) -> Sequence:
    sequence = holds.locked(session, sequence_id)
    if sequence is None:
        raise RefusedError("There is no such programme.")
    return sequence


def _programme(session: Session, sequence_id: int) -> Sequence:
    sequence = _locked(session, sequence_id)
    if sequence.kind != Kind.PROGRAMME:
        raise RefusedError("This is no programme.")
    return sequence


def _phase(session: Session, sequence_id: int, phase_id: int) -> Phase:
    phase = session.get(Phase, phase_id)
    if phase is None or phase.sequence_id != sequence_id:
        raise RefusedError("Choose a phase of this programme.", "phase")
    return phase


def _letter(session: Session, letter_id: int) -> tuple[Sequence, Letter]:
    """A letter and its sequence, locked: the sequence first, since whoever arranges it goes on to all its letters."""
    seen = session.get(Letter, letter_id)
    sequence = _locked(session, seen.sequence_id) if seen else None
    letter = letters.locked(session, letter_id)
    if sequence is None or letter is None:
        raise RefusedError("There is no such letter.")
    return sequence, letter


def free_name(words: str, taken: set[str], otherwise: str) -> str:
    """A name made of words, as files have it: lower-case letters, digits and single dashes; with a number where it is taken."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_NAME].strip("-") or otherwise
    names = (made, *(f"{made[: LONGEST_NAME - 4].strip('-')}-{number}" for number in range(2, len(taken) + 3)))
    return next(each for each in names if each not in taken)
