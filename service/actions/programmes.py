"""Takes programmes from files into the database; refuses to overwrite what was changed at the desk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from service.domain.addresses import text_sha256
from service.domain.letters import ProgrammePlan
from service.domain.sequences import Kind, LetterState, Role, State
from service.store import sequences
from service.store.tables import Letter, Phase, Sequence, Version, VersionText


@dataclass(slots=True)
class Loaded:
    """What loading did, letter by letter."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a letter stands in its programme."""

    name: str
    role: Role
    phase_id: int | None


class ChangedTwiceError(Exception):
    """A letter was changed both in its file and at the desk: a person must say which is meant."""


def load(session: Session, plan: ProgrammePlan, *, wall: datetime) -> Loaded:
    """Take a programme in: unchanged letters make nothing, changed ones a new version, missing ones are retired.

    Raises ChangedTwiceError, with a sentence, before anything is committed.
    """
    sequence = _sequence(session, plan)
    loaded = Loaded()
    before = _by_place(sequences.letters_of(session, sequence.id))
    known = {letter.name: letter for letter in before}
    for position, place in enumerate(_in_order(session, sequence, plan), start=1):
        letter = known.pop(place.name, None)
        if letter is None:
            _add_letter(session, sequence, place, position, plan, wall=wall)
            loaded.new.append(place.name)
        else:
            letter.phase_id, letter.role, letter.position, letter.state = place.phase_id, place.role, position, LetterState.LIVE
            changed = _renew(session, letter, plan, wall=wall)
            (loaded.changed if changed else loaded.unchanged).append(place.name)
    loaded.retired = _retire(known.values())
    _keep_places(before)
    session.flush()
    return loaded


def _sequence(session: Session, plan: ProgrammePlan) -> Sequence:
    sequence = sequences.by_slug(session, plan.slug)
    if sequence is None:
        sequence = Sequence(slug=plan.slug, kind=Kind.PROGRAMME, state=State.LIVE, held=False)
        session.add(sequence)
    sequence.title, sequence.summary = plan.title, plan.summary
    sequence.language, sequence.pace_days = plan.language, plan.pace_days
    sequence.paces, sequence.again, sequence.fits = list(plan.paces), plan.again, list(plan.fits)
    sequence.discreet_title = plan.discreet_title
    sequence.translations = {
        code: {"title": other.title, "discreet_title": other.discreet_title, "summary": other.summary}
        for code, other in plan.translations.items()
    }
    session.flush()
    return sequence


def _in_order(session: Session, sequence: Sequence, plan: ProgrammePlan) -> Iterator[_Place]:
    """The way first, then the alternates of each phase, then the check-ins."""
    phases = _phases(session, sequence, plan)
    for wanted in plan.phases:
        yield from (_Place(name, Role.MAIN, phases[wanted.key].id) for name in wanted.letters)
    for wanted in plan.phases:
        yield from (_Place(name, Role.ALTERNATE, phases[wanted.key].id) for name in wanted.alternates)
    yield from (_Place(name, Role.CHECK_IN, None) for name in plan.check_ins)


def _phases(session: Session, sequence: Sequence, plan: ProgrammePlan) -> dict[str, Phase]:
    known = {phase.key: phase for phase in sequences.phases_of(session, sequence.id)}
    for position, wanted in enumerate(plan.phases, start=1):
        phase = known.setdefault(wanted.key, Phase(sequence_id=sequence.id, key=wanted.key))
        phase.position, phase.title, phase.plain, phase.begin = position, wanted.title, wanted.plain, wanted.begin
        phase.translations = {code: other.phases[wanted.key] for code, other in plan.translations.items()}
        session.add(phase)
    session.flush()
    return known


def _add_letter(
    session: Session, sequence: Sequence, place: _Place, position: int, plan: ProgrammePlan, *, wall: datetime
) -> None:
    letter = Letter(
        sequence_id=sequence.id,
        phase_id=place.phase_id,
        role=place.role,
        name=place.name,
        position=position,
        state=LetterState.LIVE,
    )
    session.add(letter)
    session.flush()
    _add_version(session, letter, 1, plan, wall=wall)


def _add_version(session: Session, letter: Letter, number: int, plan: ProgrammePlan, *, wall: datetime) -> None:
    version = Version(letter_id=letter.id, number=number, origin="file", created_at=wall)
    session.add(version)
    session.flush()
    for language, source in _texts(plan, letter.name).items():
        text = VersionText(version_id=version.id, language=language, source=source, source_sha256=text_sha256(source))
        session.add(text)


def _texts(plan: ProgrammePlan, name: str) -> dict[str, str]:
    """A letter's source in each language."""
    return {plan.language: plan.sources[name]} | {code: other.sources[name] for code, other in plan.translations.items()}


def _renew(session: Session, letter: Letter, plan: ProgrammePlan, *, wall: datetime) -> bool:
    newest = sequences.newest_version(session, letter.id)
    from_file = sequences.newest_version(session, letter.id, origin="file")
    known = {text.language: text.source_sha256 for text in sequences.texts_of(session, from_file.id)} if from_file else {}
    if known == {language: text_sha256(source) for language, source in _texts(plan, letter.name).items()}:
        return False
    if newest and newest.origin == "desk":
        raise ChangedTwiceError(
            f'"{letter.name}" was changed at the desk and in its file. Export the programme, put both together, load again.'
        )
    _add_version(session, letter, (newest.number if newest else 0) + 1, plan, wall=wall)
    return True


def _by_place(letters: Iterable[Letter]) -> list[Letter]:
    """Letters in their order, retired ones behind the one that they followed."""
    return sorted(letters, key=lambda each: (each.position, each.state != LetterState.LIVE))


def _keep_places(before: Iterable[Letter]) -> None:
    """Leave retired letters behind the letter that they followed: who had come as far as one misses nothing that is new."""
    behind = 0
    for letter in before:
        if letter.state == LetterState.LIVE:
            behind = letter.position
        else:
            letter.position = behind


def _retire(letters: Iterable[Letter]) -> list[str]:
    retired = []
    for letter in letters:
        if letter.state == LetterState.LIVE:
            letter.state = LetterState.RETIRED
            retired.append(letter.name)
    return retired
