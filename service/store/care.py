"""Sums of what readers said of letters; refuses to know who said it, and when."""

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.store.tables import CareSum


def add(session: Session, letter_id: int, answer: str) -> None:
    """Count one more answer, though two readers may give the first one at the same moment."""
    if _count(session, letter_id, answer):
        return
    try:
        with session.begin_nested():
            session.add(CareSum(letter_id=letter_id, answer=answer, count=1))
    except IntegrityError:
        _count(session, letter_id, answer)


def _count(session: Session, letter_id: int, answer: str) -> bool:
    done = session.execute(
        update(CareSum)
        .where(CareSum.letter_id == letter_id, CareSum.answer == answer)
        .values(count=CareSum.count + 1)
        .returning(CareSum.letter_id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def sums(session: Session, letter_id: int) -> dict[str, int]:
    """How often each answer was given."""
    rows = session.execute(select(CareSum.answer, CareSum.count).where(CareSum.letter_id == letter_id))
    return {str(answer): int(count) for answer, count in rows}
