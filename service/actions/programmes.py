"""Takes programmes from files into the database; refuses to overwrite what was changed at the desk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from service.domain.addresses import text_sha256
from service.domain.letters import PhasePlan, ProgrammePlan
from service.domain.sequences import Kind, LetterState, State
from service.store import sequences
from service.store.tables import Letter, Phase, Sequence, Version, VersionText


@dataclass(slots=True)
class Loaded:
    """What loading did, letter by letter."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)


class ChangedTwiceError(Exception):
    """A letter was changed both in its file and at the desk: a person must say which is meant."""


def load(session: Session, plan: ProgrammePlan, *, wall: datetime) -> Loaded:
    """Take a programme in: unchanged letters make nothing, changed ones a new version, missing ones are retired.

    Raises ChangedTwiceError, with a sentence, before anything is committed.
    """
    sequence = _sequence(session, plan)
    loaded = Loaded()
    known = {letter.name: letter for letter in sequences.letters_of(session, sequence.id)}
    for position, (phase, name) in enumerate(_in_order(session, sequence, plan), start=1):
        letter = known.pop(name, None)
        if letter is None:
            _add_letter(session, sequence, phase, name, position, plan, wall=wall)
            loaded.new.append(name)
        else:
            letter.phase_id, letter.position, letter.state = phase.id, position, LetterState.LIVE
            changed = _renew(session, letter, plan, wall=wall)
            (loaded.changed if changed else loaded.unchanged).append(name)
    loaded.retired = _retire(known.values())
    session.flush()
    return loaded


def _sequence(session: Session, plan: ProgrammePlan) -> Sequence:
    sequence = sequences.by_slug(session, plan.slug)
    if sequence is None:
        sequence = Sequence(slug=plan.slug, kind=Kind.PROGRAMME, state=State.LIVE, held=False)
        session.add(sequence)
    sequence.title, sequence.summary = plan.title, plan.summary
    sequence.language, sequence.pace_days = plan.language, plan.pace_days
    session.flush()
    return sequence


def _in_order(session: Session, sequence: Sequence, plan: ProgrammePlan) -> Iterator[tuple[Phase, str]]:
    known = {phase.key: phase for phase in sequences.phases_of(session, sequence.id)}
    for position, wanted in enumerate(plan.phases, start=1):
        phase = known.get(wanted.key) or Phase(sequence_id=sequence.id, key=wanted.key)
        _describe(phase, wanted, position)
        session.add(phase)
        session.flush()
        for name in wanted.letters:
            yield phase, name


def _describe(phase: Phase, wanted: PhasePlan, position: int) -> None:
    phase.position, phase.title, phase.plain = position, wanted.title, wanted.plain


def _add_letter(
    session: Session, sequence: Sequence, phase: Phase, name: str, position: int, plan: ProgrammePlan, *, wall: datetime
) -> None:
    letter = Letter(sequence_id=sequence.id, phase_id=phase.id, name=name, position=position, state=LetterState.LIVE)
    session.add(letter)
    session.flush()
    _add_version(session, letter, 1, plan, wall=wall)


def _add_version(session: Session, letter: Letter, number: int, plan: ProgrammePlan, *, wall: datetime) -> None:
    version = Version(letter_id=letter.id, number=number, origin="file", created_at=wall)
    session.add(version)
    session.flush()
    source = plan.sources[letter.name]
    session.add(VersionText(version_id=version.id, language=plan.language, source=source, source_sha256=text_sha256(source)))


def _renew(session: Session, letter: Letter, plan: ProgrammePlan, *, wall: datetime) -> bool:
    newest = sequences.newest_version(session, letter.id)
    from_file = sequences.newest_version(session, letter.id, origin="file")
    known = sequences.text_of(session, from_file.id, [plan.language]) if from_file else None
    if known and known.source_sha256 == text_sha256(plan.sources[letter.name]):
        return False
    if newest and newest.origin == "desk":
        raise ChangedTwiceError(
            f'"{letter.name}" was changed at the desk and in its file. Export the programme, put both together, load again.'
        )
    _add_version(session, letter, (newest.number if newest else 0) + 1, plan, wall=wall)
    return True


def _retire(letters: Iterable[Letter]) -> list[str]:
    retired = []
    for letter in letters:
        if letter.state == LetterState.LIVE:
            letter.state = LetterState.RETIRED
            retired.append(letter.name)
    return retired
