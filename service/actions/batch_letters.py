"""Which letters a batch has, and in which order: add, copy, move, take out, put back; refuses once the batch is confirmed."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.actions.batches import RefusedError
from service.domain.batches import State
from service.domain.sequences import LetterState
from service.store import batches, copies, sequences
from service.store.desk_tables import Batch
from service.store.tables import Letter

MOST_LETTERS = 100


def add(session: Session, batch_id: int) -> int:
    """Put a letter without words at the end of a batch. Returns its id."""
    batch = _draft(session, batch_id)
    _check_room(session, batch_id)
    taken = {each.name for each in sequences.letters_of(session, batch_id)}
    letter = Letter(
        sequence_id=batch_id,
        phase_id=sequences.phases_of(session, batch_id)[0].id,
        name=next(name for number in range(1, len(taken) + 2) if (name := f"letter-{number}") not in taken),
        position=_end(session, batch_id),
        state=LetterState.DRAFT,
    )
    session.add(letter)
    _changed(session, batch)
    return letter.id


def copy_in(session: Session, batch_id: int, letter_id: int, *, by: str, wall: datetime) -> int:
    """Copy a letter from anywhere to the end of a batch, with the words that it has now. Returns the id of the copy."""
    batch = _draft(session, batch_id)
    _check_room(session, batch_id)
    letter = session.get(Letter, letter_id)
    if letter is None or sequences.newest_version_id(session, letter_id) is None:
        raise RefusedError({"letter": "Choose a letter from the list."})
    copy = copies.copy_letter(session, letter, batch_id, by=by, wall=wall)
    _changed(session, batch)
    return copy.id


def place(session: Session, batch_id: int, letter_id: int, to: int) -> None:
    """Give a letter another place, which begins at 1; the others make room."""
    batch, letter = _draft(session, batch_id), _letter(session, batch_id, letter_id)
    order = [each for each in batches.letters_of(session, batch_id) if each.id != letter.id]
    order.insert(min(max(to, 1), len(order) + 1) - 1, letter)
    gone = [each for each in sequences.letters_of(session, batch_id) if each.state == LetterState.RETIRED]
    for position, each in enumerate([*order, *(each for each in gone if each not in order)], start=1):
        each.position = position
    _changed(session, batch)


def take_out(session: Session, batch_id: int, letter_id: int) -> None:
    """Take a letter out of a batch. Its words are kept."""
    batch, letter = _draft(session, batch_id), _letter(session, batch_id, letter_id)
    letter.state = LetterState.RETIRED
    _changed(session, batch)


def put_back(session: Session, batch_id: int, letter_id: int) -> None:
    """Put a letter that was taken out at the end of its batch again."""
    batch, letter = _draft(session, batch_id), _letter(session, batch_id, letter_id)
    if letter.state == LetterState.RETIRED:
        has_words = sequences.newest_version_id(session, letter_id) is not None
        letter.position = _end(session, batch_id)
        letter.state = LetterState.LIVE if has_words else LetterState.DRAFT
        _changed(session, batch)


def _draft(session: Session, batch_id: int) -> Batch:
    batch = batches.locked(session, batch_id)
    if batch is None:
        raise RefusedError({"": "There is no such batch."})
    if batch.state != State.DRAFT:
        raise RefusedError({"": "This batch is confirmed. Take that back first, or copy it."})
    return batch


def _letter(session: Session, batch_id: int, letter_id: int) -> Letter:
    letter = session.get(Letter, letter_id)
    if letter is None or letter.sequence_id != batch_id:
        raise RefusedError({"": "This letter is not in the batch any more."})
    return letter


def _check_room(session: Session, batch_id: int) -> None:
    if len(batches.letters_of(session, batch_id)) >= MOST_LETTERS:
        raise RefusedError({"": f"A batch has {MOST_LETTERS} letters at most. A longer series is a programme."})


def _end(session: Session, batch_id: int) -> int:
    return (session.scalar(select(func.max(Letter.position)).where(Letter.sequence_id == batch_id)) or 0) + 1


def _changed(session: Session, batch: Batch) -> None:
    batch.revision += 1
    session.flush()
