"""Holding a programme, or everything, and letting go again; refuses to send in a heap what has waited.

The last look sees a hold in the very statement that takes a letter, so that nothing more is taken from its commit on. A letter
that is on the wire at this moment may still arrive.
"""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.domain.sequences import Kind
from service.store import holds
from service.store.desk_tables import Hold
from service.store.messages import EVERYTHING
from service.store.tables import Sequence


def hold(session: Session, sequence_id: int, *, wall: datetime) -> bool:
    """Let nothing of a programme leave or be planned. False if it is held already, or is no programme."""
    sequence = _programme(session, sequence_id)
    if sequence is None or sequence.held:
        return False
    holds.put(sequence, wall=wall)
    session.flush()
    return True


def release(session: Session, sequence_id: int, *, now: datetime, wall: datetime) -> int | None:
    """Let a programme go on. None if it is not held; else how many letters had waited too long and come at a later slot."""
    sequence = _programme(session, sequence_id)
    if sequence is None or not sequence.held:
        return None
    return holds.lift(session, sequence, now=now, wall=wall)


def _programme(session: Session, sequence_id: int) -> Sequence | None:
    """A programme, locked. A batch is paused and resumed instead."""
    sequence = holds.locked(session, sequence_id)
    return sequence if sequence is not None and sequence.kind == Kind.PROGRAMME else None


def hold_everything(session: Session, by: str, *, wall: datetime) -> bool:
    """Let nothing leave at all but mail to the desk, and plan nothing. False if everything is held already."""
    if holds.everything(session) is not None:
        return False
    try:
        with session.begin_nested():
            session.add(Hold(name=EVERYTHING, by=by, at=wall))
    except IntegrityError:  # somebody else was first
        return False
    return True


def release_everything(session: Session, *, now: datetime, wall: datetime) -> int | None:
    """Let everything go again. None if nothing is held; else how many letters had waited too long and come at a later slot.

    What is held by itself stays so. Mail that somebody asked for goes at once, if it is not too late for it.
    """
    held = holds.everything(session)
    if held is None:
        return None
    return holds.lift_everything(session, held, now=now, wall=wall)
