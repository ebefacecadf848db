"""The letters of a batch as its page lists them, and those that a batch can copy or ask about; refuses to render their words."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.domain.sequences import Kind, LetterState, Role
from service.domain.sequences import State as SequenceState
from service.store import batches, sequences
from service.store.desk_tables import Draft
from service.store.tables import Letter, Sequence


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter of a batch: the newest words in the batch's own language, and the languages that it can be sent in."""

    id: int
    name: str
    state: LetterState
    source: str
    languages: tuple[str, ...]
    has_draft: bool


def rows(session: Session, batch_id: int) -> list[LetterRow]:
    """The letters of a batch in their order, without those that were taken out."""
    language = session.get_one(Sequence, batch_id).language
    spoken = batches.languages_of(session, batch_id)
    return [_row(session, each, language, spoken[each.id]) for each in batches.letters_of(session, batch_id)]


def taken_out(session: Session, batch_id: int) -> list[LetterRow]:
    """The letters that were taken out of a batch."""
    language = session.get_one(Sequence, batch_id).language
    gone = [each for each in sequences.letters_of(session, batch_id) if each.state == LetterState.RETIRED]
    return [_row(session, each, language, set()) for each in gone]


def _row(session: Session, letter: Letter, language: str, languages: set[str]) -> LetterRow:
    version = sequences.newest_version(session, letter.id)
    text = sequences.text_of(session, version.id, [language]) if version else None
    draft = session.scalar(select(Draft.source).where(Draft.letter_id == letter.id, Draft.language == language))
    return LetterRow(
        id=letter.id,
        name=letter.name,
        state=LetterState(letter.state),
        source=text.source if text else draft or "",
        languages=tuple(sorted(languages)),
        has_draft=draft is not None,
    )


@dataclass(frozen=True, slots=True)
class Shelf:
    """A programme or batch and its live letters, each as its id and name, in their order."""

    id: int
    title: str
    kind: Kind
    letters: tuple[tuple[int, str], ...]


def shelves(session: Session, *, without: int | None = None) -> list[Shelf]:
    """All programmes and batches that have a live letter; programmes first, each by title. `without` leaves one out."""
    found = session.execute(
        select(Sequence.id, Sequence.title, Sequence.kind, Letter.id, Letter.name)
        .join(Letter, Letter.sequence_id == Sequence.id)
        .where(Letter.state == LetterState.LIVE, Letter.role != Role.CHECK_IN)
        .where((Sequence.kind == Kind.BATCH) | (Sequence.state != SequenceState.RETIRED), Sequence.id != (without or 0))
        .order_by(Sequence.kind.desc(), Sequence.title, Sequence.id, Letter.position)
    )
    letters: dict[tuple[int, str, str], list[tuple[int, str]]] = {}
    for sequence_id, title, kind, letter_id, name in found:
        letters.setdefault((sequence_id, title, kind), []).append((letter_id, name))
    return [Shelf(key[0], key[1], Kind(key[2]), tuple(some)) for key, some in letters.items()]
