"""Keeps, moves and ends the sessions of browsers at the desk; refuses to keep a token, of which it stores the hash alone."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from service.store import admin_sessions
from service.store.account_tables import AdminSession


@dataclass(frozen=True, slots=True)
class Kept:
    """A session as a request finds it. Times are aware and real."""

    id: int
    admin_id: int | None
    created_at: datetime
    seen_at: datetime
    data: dict[str, Any]


def new_token() -> str:
    """What a browser carries: 256 random bits that mean nothing (Z-4)."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """What the database keeps of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(session: Session, token: str, *, wall: datetime) -> Kept | None:
    """The session of a token, if it is not over."""
    row = admin_sessions.find(session, fingerprint(token), wall=wall)
    return None if row is None else Kept(row.id, row.admin_id, row.created_at, row.seen_at, dict(row.data))


def begin(session: Session, token: str, data: dict[str, Any], *, admin_id: int | None, browser: str, wall: datetime) -> None:
    """Keep a new session, and drop those that are over."""
    admin_sessions.forget_old(session, wall=wall)
    row = AdminSession(
        token_hash=fingerprint(token), admin_id=admin_id, created_at=wall, seen_at=wall, browser=browser, data=data
    )
    session.add(row)


def keep(session: Session, token: str, data: dict[str, Any], *, wall: datetime) -> None:
    """Keep what the pages noted. A session that was ended meanwhile stays ended."""
    row = admin_sessions.find(session, fingerprint(token), wall=wall)
    if row is not None:
        row.data, row.seen_at = data, wall


def touch(session: Session, kept: Kept, *, wall: datetime) -> None:
    """Note that somebody is there."""
    admin_sessions.touch(session, kept.id, wall=wall)


def end(session: Session, token: str) -> None:
    """End the session of a token."""
    admin_sessions.end(session, fingerprint(token))
