"""What is held, and the letters that wait behind it; refuses to let one go that has waited too long.

A programme or a batch is held by a mark on its sequence; everything by a row of its own. The last look reads both.
"""

from collections.abc import Sequence as Many
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, case, insert, literal, select, true, update
from sqlalchemy.orm import Session

from service.domain.messages import Kind, Reason, State
from service.domain.schedule import GRACE
from service.store.columns import UTCDateTime
from service.store.desk_tables import Hold
from service.store.messages import EVERYTHING
from service.store.tables import Enrolment, History, Message, Sequence

_AT_ONCE: Final = 500


def everything(session: Session) -> Hold | None:
    """Who holds everything, and since when; None while letters go."""
    return session.get(Hold, EVERYTHING)


def locked(session: Session, sequence_id: int) -> Sequence | None:
    """A sequence, locked before any enrolment in it; letters of it can be planned meanwhile."""
    return session.scalar(
        select(Sequence)
        .where(Sequence.id == sequence_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def is_held(session: Session, message: Message) -> bool:
    """Whether a message waits because somebody holds it."""
    if everything(session) is not None:
        return True
    sequence = select(Sequence.held).join(Enrolment, Enrolment.sequence_id == Sequence.id)
    return bool(session.scalar(sequence.where(Enrolment.id == message.enrolment_id)))


def put(sequence: Sequence, *, wall: datetime) -> None:
    """Hold a programme or a batch."""
    sequence.held, sequence.held_at = True, wall


def lift(session: Session, sequence: Sequence, *, now: datetime, wall: datetime) -> int:
    """Let a programme or a batch go on. Returns how many letters were given back."""
    given_back = _give_back_late(session, Enrolment.sequence_id == sequence.id, sequence.held_at, now=now, wall=wall)
    sequence.held, sequence.held_at = False, None
    session.flush()
    return given_back


def lift_everything(session: Session, hold: Hold, *, now: datetime, wall: datetime) -> int:
    """Let everything go on that is not held by itself. Returns how many letters were given back."""
    given_back = _give_back_late(session, true(), hold.at, now=now, wall=wall)
    session.delete(hold)
    session.flush()
    return given_back


def _give_back_late(
    session: Session, which: ColumnElement[bool], since: datetime | None, *, now: datetime, wall: datetime
) -> int:
    """Skip letters that a hold has kept for longer than the grace, and return their enrolments to the letter before.

    The hold is lifted in the same transaction: until then nobody takes them. What waits for a slow relay is not late.
    """
    if since is not None and wall - since <= GRACE:
        return 0
    waited = _late(session, which, wall - GRACE)
    for start in range(0, len(waited), _AT_ONCE):
        these = Message.id.in_(waited[start : start + _AT_ONCE])
        _give_back(session, these, now=now)
        _skip(session, these, wall=wall)
    session.expire_all()
    return len(waited)


def _late(session: Session, which: ColumnElement[bool], before: datetime) -> Many[int]:
    """Held in the order of locks: enrolments, then messages. What somebody has just taken is left alone."""
    found = (
        select(Message.id)
        .join(Enrolment, Enrolment.id == Message.enrolment_id)
        .where(Message.kind == Kind.LETTER, Message.state == State.DUE, Message.not_before <= before, which)
        .order_by(Message.enrolment_id)
    )
    session.execute(found.with_only_columns(Enrolment.id).with_for_update(of=Enrolment)).all()
    return session.scalars(found.with_for_update(of=Message, skip_locked=True)).all()


def _give_back(session: Session, these: ColumnElement[bool], *, now: datetime) -> None:
    newest = (Enrolment.id == Message.enrolment_id, Enrolment.turn == Message.turn, these)
    facts = select(
        Message.enrolment_id, literal(now, UTCDateTime()), literal("given back"), Message.turn, Message.letter_id
    ).where(*newest)
    session.execute(insert(History).from_select(["enrolment_id", "at", "what", "turn", "letter_id"], facts))
    has_none = Enrolment.wish.is_(None)
    session.execute(
        update(Enrolment)
        .where(*newest)
        .values(
            last_letter_id=Message.letter_before_id,
            wish=case((has_none, Message.wish_before), else_=Enrolment.wish),
            wish_phase_id=case((has_none, Message.wish_phase_before_id), else_=Enrolment.wish_phase_id),
        )
        .execution_options(synchronize_session=False)
    )


def _skip(session: Session, these: ColumnElement[bool], *, wall: datetime) -> None:
    session.execute(
        update(Message)
        .where(these, Message.state == State.DUE)
        .values(state=State.SKIPPED, reason=Reason.HELD, settled_at=wall)
        .execution_options(synchronize_session=False)
    )
