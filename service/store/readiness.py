"""What can be seen of the opening checklist in the database; refuses to judge it."""

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from service.domain.messages import Kind
from service.domain.messages import State as MessageState
from service.domain.sequences import Kind as SequenceKind
from service.domain.sequences import LetterState, State
from service.store.tables import Letter, Message, Sequence, Version, VersionText


def letters(session: Session, unreviewed: str) -> tuple[int, int]:
    """How many live letters of live programmes there are, and how many of them say that nobody has reviewed them."""
    newest = select(func.max(Version.number)).where(Version.letter_id == Letter.id).correlate(Letter).scalar_subquery()
    found = (
        select(func.count(), func.count().filter(Version.reviewed_by == "", VersionText.source.contains(unreviewed)))
        .select_from(Letter)
        .join(Sequence, Sequence.id == Letter.sequence_id)
        .join(Version, (Version.letter_id == Letter.id) & (Version.number == newest))
        .join(VersionText, (VersionText.version_id == Version.id) & (VersionText.language == Sequence.language))
        .where(Sequence.kind == SequenceKind.PROGRAMME, Sequence.state == State.LIVE, Letter.state == LetterState.LIVE)
    )
    every, waiting = session.execute(found).one()
    return every, waiting


def a_test_letter_was_sent(session: Session) -> bool:
    """Whether any letter on trial has left."""
    return bool(session.scalar(select(exists().where(Message.kind == Kind.TEST, Message.state == MessageState.SENT))))
