"""When each process was last seen at work; refuses to be used for safety, it is for the eye only."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.store.tables import Beat

CLOCK = "clock"


def beat(session: Session, name: str, *, now: datetime, wall: datetime) -> None:
    """Note that a process is at work."""
    values = {"wall": wall, "calendar": now}
    if not session.execute(update(Beat).where(Beat.name == name).values(values).returning(Beat.name)).first():
        session.add(Beat(name=name, **values))


def last_tick_age(session: Session, *, wall: datetime) -> float | None:
    """Seconds of real time since the clock last ticked; None if it never has."""
    last = session.scalar(select(func.max(Beat.wall)).where(Beat.name == CLOCK))
    return None if last is None else (wall - last).total_seconds()
