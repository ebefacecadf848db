"""Which letters a batch has, and in which order: add, copy, move, take out, bring, publish; refuses once it is confirmed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from service.actions import arranging, drafts, publishing
from service.actions.batches import RefusedError
from service.actions.drafts import Writer
from service.domain.batches import State
from service.domain.sequences import LetterState
from service.mail.site import Site
from service.store import batches, copies, letters, sequences
from service.store.tables import Letter

MOST_LETTERS: Final = 100
NOT_NOW: Final = "This batch is confirmed. Take that back first, or copy it."


def add(session: Session, batch_id: int, title: str) -> int:
    """Put a letter without words at the end of a batch. Returns its id."""
    with _arranged(session, batch_id):
        _check_room(session, batch_id, 1)
        return arranging.add_letter(session, batch_id, title).id


def copy_in(session: Session, batch_id: int, letter_id: int, *, by: str, wall: datetime) -> int:
    """Copy a letter from anywhere to the end of a batch, with the words that it has now. Returns the id of the copy."""
    with _arranged(session, batch_id):
        _check_room(session, batch_id, 1)
        letter = session.get(Letter, letter_id)
        if letter is None or sequences.newest_version_id(session, letter_id) is None:
            raise RefusedError({"letter": "Choose a letter from the list."})
        return copies.copy_letter(session, letter, batch_id, by=by, wall=wall).id


def bring(session: Session, batch_id: int, files: list[tuple[str, bytes]], *, writer: Writer, site: Site) -> int:
    """Put a letter for each Markdown file at the end of a batch. Returns how many.

    Raises drafts.FilesRefusedError with all that is wrong in any of them, and then takes none.
    """
    with _arranged(session, batch_id):
        _check_room(session, batch_id, len({name.rpartition("/")[2] for name, _ in files}))
        return len(drafts.from_files(session, batch_id, files, writer=writer, site=site))


def place(session: Session, batch_id: int, letter_id: int, to: int) -> None:
    """Give a letter another place, which begins at 1; the others make room."""
    _arrange(session, batch_id, letter_id, lambda: arranging.move_letter(session, letter_id, to))


def take_out(session: Session, batch_id: int, letter_id: int) -> None:
    """Take a letter out of a batch. Its words are kept."""
    _arrange(session, batch_id, letter_id, lambda: arranging.retire(session, letter_id))


def put_back(session: Session, batch_id: int, letter_id: int) -> None:
    """Put a letter that was taken out where it was."""
    _arrange(session, batch_id, letter_id, lambda: arranging.bring_back(session, letter_id))


def publish(session: Session, batch_id: int, *, by: str, site: Site, now: datetime, wall: datetime) -> int:
    """Publish whatever is written and waits for that. Returns how many letters; nobody gets any before the batch starts."""
    with _arranged(session, batch_id):
        ids = [each.id for each in batches.letters_of(session, batch_id) if is_waiting(session, each)]
        if not ids:
            raise RefusedError({"": "No letter here waits to be published."})
        publishing.publish(session, ids, by=by, site=site, now=now, wall=wall)
        return len(ids)


def is_waiting(session: Session, letter: Letter) -> bool:
    """Whether words of a letter were written that are not published yet."""
    return letter.state != LetterState.RETIRED and bool(letters.drafts_of(session, letter.id))


def _arrange(session: Session, batch_id: int, letter_id: int, deed: Callable[[], object]) -> None:
    with _arranged(session, batch_id):
        letter = session.get(Letter, letter_id)
        if letter is None or letter.sequence_id != batch_id:
            raise RefusedError({"": "This letter is not in the batch any more."})
        deed()


@contextmanager
def _arranged(session: Session, batch_id: int) -> Iterator[None]:
    """The batch is locked, a draft, and has another revision afterwards."""
    batch = batches.locked(session, batch_id)
    if batch is None:
        raise RefusedError({"": "There is no such batch."})
    if batch.state != State.DRAFT:
        raise RefusedError({"": NOT_NOW})
    try:
        yield
    except arranging.RefusedError as error:
        raise RefusedError({error.field: str(error)}) from None
    batch.revision += 1
    session.flush()


def _check_room(session: Session, batch_id: int, more: int) -> None:
    if len(batches.letters_of(session, batch_id)) + more > MOST_LETTERS:
        raise RefusedError({"": f"A batch has {MOST_LETTERS} letters at most. A longer series is a programme."})
