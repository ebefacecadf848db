"""The letters of a batch as its page lists them, and all that it can copy or ask about; refuses to render their words."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.domain.sequences import Kind, LetterState, Role
from service.domain.sequences import State as SequenceState
from service.store import batches, letters
from service.store.tables import Letter, Sequence


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter of a batch: its newest words in the batch's own language, and the languages that it can be sent in."""

    id: int
    name: str
    state: LetterState
    source: str
    languages: tuple[str, ...]
    waits: bool
    """Whether words of it were written that are not published yet."""


def rows(session: Session, batch_id: int) -> list[LetterRow]:
    """The letters of a batch in their order, without those that were taken out."""
    return [each for each in _all(session, batch_id) if each.state is not LetterState.RETIRED]


def taken_out(session: Session, batch_id: int) -> list[LetterRow]:
    """The letters that were taken out of a batch."""
    return [each for each in _all(session, batch_id) if each.state is LetterState.RETIRED]


def _all(session: Session, batch_id: int) -> Iterator[LetterRow]:
    spoken = batches.languages_of(session, batch_id)
    for row in letters.rows(session, session.get_one(Sequence, batch_id)):
        yield LetterRow(
            id=row.letter.id,
            name=row.letter.name,
            state=LetterState(row.letter.state),
            source=row.source,
            languages=tuple(sorted(spoken.get(row.letter.id, ()))),
            waits=bool(row.drafts),
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
    by_shelf: dict[tuple[int, str, str], list[tuple[int, str]]] = {}
    for sequence_id, title, kind, letter_id, name in found:
        by_shelf.setdefault((sequence_id, title, kind), []).append((letter_id, name))
    return [Shelf(key[0], key[1], Kind(key[2]), tuple(some)) for key, some in by_shelf.items()]
