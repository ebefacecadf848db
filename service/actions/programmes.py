"""Takes programmes from files into the database; refuses to overwrite what was changed at the desk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from service.actions import arranging
from service.actions.shapes import shape_of
from service.domain.addresses import text_sha256
from service.domain.letters import ProgrammePlan
from service.domain.sequences import Kind, LetterState, Role, State
from service.store import plans, sequences
from service.store.tables import Letter, Phase, Sequence, Version, VersionText

_PUT_TOGETHER: Final = "Export the programme, put both together, and load it with --over."


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
    """Something was changed both in its file and at the desk: a person must say which is meant."""


def load(session: Session, plan: ProgrammePlan, *, wall: datetime, over: bool = False) -> Loaded:
    """Take a programme in: unchanged letters make nothing, changed ones a new version, missing ones are retired.

    Order and names that were changed at the desk stay while the file says what it said before; letters made at the desk are
    never retired. With `over` the files win wherever both were changed; without it that raises ChangedTwiceError, with a
    sentence, before anything is committed.
    """
    sequence = sequences.by_slug(session, plan.slug)
    if sequence is not None and not over and _is_kept(session, sequence, plan):
        return _renew_words(session, sequence, plan, wall=wall)
    sequence = _sequence(session, plan, sequence)
    loaded = Loaded()
    before = arranging.by_place(sequences.letters_of(session, sequence.id))
    known = {letter.name: letter for letter in before}
    for position, place in enumerate(_in_order(session, sequence, plan), start=1):
        letter = known.pop(place.name, None)
        if letter is None:
            _add_letter(session, sequence, place, position, plan, wall=wall)
            loaded.new.append(place.name)
        else:
            letter.phase_id, letter.role, letter.position, letter.state = place.phase_id, place.role, position, LetterState.LIVE
            changed = _renew(session, letter, plan, wall=wall, over=over)
            (loaded.changed if changed else loaded.unchanged).append(place.name)
    loaded.retired = _retire(letter for letter in known.values() if _is_of_a_file(session, letter))
    _put_last(known.values(), behind=len(plan.names))
    arranging.settle(session, sequence.id, before)
    return loaded


def _is_kept(session: Session, sequence: Sequence, plan: ProgrammePlan) -> bool:
    """Whether order and names are those of the desk. Raises ChangedTwiceError where the file has other new ones."""
    here, in_file = shape_of(plans.plan_of(session, sequence)), shape_of(plan)
    if not sequence.desk_shaped or here in (sequence.file_shape, in_file):
        return False
    if in_file != sequence.file_shape:
        raise ChangedTwiceError(f'Order or names of "{plan.slug}" were changed at the desk and in its file. {_PUT_TOGETHER}')
    return True


def _renew_words(session: Session, sequence: Sequence, plan: ProgrammePlan, *, wall: datetime) -> Loaded:
    """Take in new words of letters, and nothing of their order."""
    _set_pace(sequence, plan)
    loaded = Loaded()
    for letter in sequences.letters_of(session, sequence.id):
        if letter.name in plan.sources:
            changed = _renew(session, letter, plan, wall=wall, over=False)
            (loaded.changed if changed else loaded.unchanged).append(letter.name)
    session.flush()
    return loaded


def _sequence(session: Session, plan: ProgrammePlan, sequence: Sequence | None) -> Sequence:
    if sequence is None:
        sequence = Sequence(slug=plan.slug, kind=Kind.PROGRAMME, state=State.LIVE, held=False)
        session.add(sequence)
    sequence.title, sequence.summary, sequence.language = plan.title, plan.summary, plan.language
    sequence.discreet_title = plan.discreet_title
    sequence.translations = {
        code: {"title": other.title, "discreet_title": other.discreet_title, "summary": other.summary}
        for code, other in plan.translations.items()
    }
    sequence.file_shape, sequence.desk_shaped = shape_of(plan), False
    _set_pace(sequence, plan)
    session.flush()
    return sequence


def _set_pace(sequence: Sequence, plan: ProgrammePlan) -> None:
    sequence.pace_days, sequence.paces = plan.pace_days, list(plan.paces)
    sequence.again, sequence.fits = plan.again, list(plan.fits)


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
    of_file = {wanted.key for wanted in plan.phases}
    for position, key in enumerate((key for key in known if key not in of_file), start=len(of_file) + 1):
        known[key].position = position
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


def _renew(session: Session, letter: Letter, plan: ProgrammePlan, *, wall: datetime, over: bool) -> bool:
    newest = sequences.newest_version(session, letter.id)
    from_file = sequences.newest_version(session, letter.id, origin="file")
    wanted = {language: text_sha256(source) for language, source in _texts(plan, letter.name).items()}
    if from_file and _hashes(session, from_file) == wanted:
        return False
    if newest and newest.origin == "desk" and _hashes(session, newest) == wanted:
        newest.origin = "file"  # the file has caught up: what it says next is a change of the file alone
        return False
    if newest and newest.origin == "desk" and not over:
        raise ChangedTwiceError(f'"{letter.name}" was changed at the desk and in its file. {_PUT_TOGETHER}')
    _add_version(session, letter, (newest.number if newest else 0) + 1, plan, wall=wall)
    return True


def _hashes(session: Session, version: Version) -> dict[str, str]:
    return {text.language: text.source_sha256 for text in sequences.texts_of(session, version.id)}


def _is_of_a_file(session: Session, letter: Letter) -> bool:
    return sequences.newest_version(session, letter.id, origin="file") is not None


def _put_last(letters: Iterable[Letter], *, behind: int) -> None:
    """What the file does not name stands behind the others of its phase."""
    for letter in letters:
        letter.position += behind


def _retire(letters: Iterable[Letter]) -> list[str]:
    retired = []
    for letter in letters:
        if letter.state == LetterState.LIVE:
            letter.state = LetterState.RETIRED
            retired.append(letter.name)
    return retired
