"""Copies letters from one sequence into another, with the words that they have now; refuses to copy their history."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.domain.sequences import LetterState
from service.store import sequences
from service.store.desk_tables import Draft
from service.store.tables import Letter, Version, VersionText


def copy_letters(session: Session, from_id: int, to_id: int, *, by: str, wall: datetime) -> None:
    """Copy all letters but retired ones behind those that are there, into the first phase. Drafts are copied as they stand."""
    for letter in sequences.letters_of(session, from_id):
        if letter.state != LetterState.RETIRED:
            copy_letter(session, letter, to_id, by=by, wall=wall)


def copy_letter(session: Session, letter: Letter, to_id: int, *, by: str, wall: datetime) -> Letter:
    """Copy one letter to the end of a sequence, live if it has words. Who looked over the words is not copied with them."""
    phase = sequences.phases_of(session, to_id)[0]
    version = sequences.newest_version(session, letter.id)
    copy = Letter(
        sequence_id=to_id,
        phase_id=phase.id,
        name=_free_name(session, to_id, letter.name),
        position=(session.scalar(select(func.max(Letter.position)).where(Letter.sequence_id == to_id)) or 0) + 1,
        state=LetterState.LIVE if version and letter.state == LetterState.LIVE else LetterState.DRAFT,
    )
    session.add(copy)
    session.flush()
    if version is not None:
        _copy_version(session, version, copy, by=by, wall=wall)
    for draft in session.scalars(select(Draft).where(Draft.letter_id == letter.id)).all():
        session.add(
            Draft(
                letter_id=copy.id,
                language=draft.language,
                source=draft.source,
                admin_id=draft.admin_id,
                by=draft.by,
                at=draft.at,
            )
        )
    session.flush()
    return copy


def _free_name(session: Session, sequence_id: int, name: str) -> str:
    taken = {each.name for each in sequences.letters_of(session, sequence_id)}
    names = (name, *(f"{name[:96]}-{number}" for number in range(2, len(taken) + 3)))
    return next(each for each in names if each not in taken)


def _copy_version(session: Session, version: Version, letter: Letter, *, by: str, wall: datetime) -> None:
    copy = Version(letter_id=letter.id, number=1, origin="desk", by=by, created_at=wall)
    session.add(copy)
    session.flush()
    for text in sequences.texts_of(session, version.id):
        session.add(
            VersionText(version_id=copy.id, language=text.language, source=text.source, source_sha256=text.source_sha256)
        )
