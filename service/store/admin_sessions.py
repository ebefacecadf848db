"""Rows of browsers at the desk; refuses to keep the tokens that they carry."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.domain.accounts import IDLE, LONGEST, is_over
from service.store.account_tables import AdminSession


def find(session: Session, token_hash: str, *, wall: datetime) -> AdminSession | None:
    """The session of a token, if it is not over."""
    row = session.scalar(select(AdminSession).where(AdminSession.token_hash == token_hash))
    return None if row is None or is_over(row.created_at, row.seen_at, wall=wall) else row


def of_admin(session: Session, admin_id: int, *, wall: datetime) -> list[AdminSession]:
    """The browsers in which somebody is signed in now, the one seen last first."""
    rows = session.scalars(select(AdminSession).where(AdminSession.admin_id == admin_id).order_by(AdminSession.seen_at.desc()))
    return [row for row in rows if not is_over(row.created_at, row.seen_at, wall=wall)]


def touch(session: Session, session_id: int, *, wall: datetime) -> None:
    """Note that somebody is there."""
    session.execute(update(AdminSession).where(AdminSession.id == session_id).values(seen_at=wall))


def end(session: Session, token_hash: str) -> None:
    """Delete the session of a token."""
    session.execute(delete(AdminSession).where(AdminSession.token_hash == token_hash))


def end_one(session: Session, admin_id: int, session_id: int) -> bool:
    """Delete one session of an account. False if it has no such session."""
    gone = delete(AdminSession).where(AdminSession.id == session_id, AdminSession.admin_id == admin_id)
    return session.execute(gone.returning(AdminSession.id)).first() is not None


def end_all(session: Session, admin_id: int, *, but: str = "") -> None:
    """Delete all sessions of an account, but the one of a token hash."""
    session.execute(delete(AdminSession).where(AdminSession.admin_id == admin_id, AdminSession.token_hash != but))


def forget_old(session: Session, *, wall: datetime) -> None:
    """Delete sessions that are over."""
    over = (AdminSession.seen_at <= wall - IDLE) | (AdminSession.created_at <= wall - LONGEST)
    session.execute(delete(AdminSession).where(over))
