"""Keyed hashes of addresses that must not be written to; refuses to know an address."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from service.store.tables import Suppression


def holds(session: Session, hashes: Sequence[str]) -> bool:
    """Whether any of these hashes of one address, one under each key, is suppressed."""
    return bool(session.scalar(select(exists().where(Suppression.hash.in_(hashes)))))


def add(session: Session, hashes: Sequence[tuple[str, str]], *, reason: str, source: str, wall: datetime) -> None:
    """Suppress an address, given as (key id, hash) under every key. Adding it again changes nothing."""
    known = set(session.scalars(select(Suppression.hash).where(Suppression.hash.in_([value for _, value in hashes]))))
    session.add_all(
        Suppression(hash=value, key_id=key_id, reason=reason, source=source, created_at=wall)
        for key_id, value in hashes
        if value not in known
    )


def keys_in_use(session: Session) -> set[str]:
    """The ids of all keys that suppressions were made with. Without one of them an address could be written to again."""
    return set(session.scalars(select(Suppression.key_id).distinct()))
