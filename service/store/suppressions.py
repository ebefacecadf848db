"""Keyed hashes of addresses that must not be written to; refuses to know an address."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from service.store.tables import Suppression

NEVER: Final = "never"
"""The reason of those who asked for it themselves. It is the only one that ends by itself."""


def holds(session: Session, hashes: Sequence[str]) -> bool:
    """Whether any of these hashes of one address, one under each key, is suppressed."""
    return bool(session.scalar(select(exists().where(Suppression.hash.in_(hashes)))))


def add(session: Session, hashes: Sequence[tuple[str, str]], *, reason: str, source: str, wall: datetime) -> None:
    """Suppress an address, given as (key id, hash) under every key.

    Adding it again changes nothing, but that a reason which ends gives way to one that does not.
    """
    all_of_them = Suppression.hash.in_([value for _, value in hashes])
    known = set(session.scalars(select(Suppression.hash).where(all_of_them)))
    if reason != NEVER:
        ends = update(Suppression).where(all_of_them, Suppression.reason == NEVER)
        session.execute(ends.values(reason=reason, source=source, created_at=wall).execution_options(synchronize_session=False))
    session.add_all(
        Suppression(hash=value, key_id=key_id, reason=reason, source=source, created_at=wall)
        for key_id, value in hashes
        if value not in known
    )


def any_lapsed(session: Session, *, before: datetime) -> bool:
    """Whether anybody's “never” is older than that."""
    old = Suppression.reason == NEVER, Suppression.created_at <= before
    return bool(session.scalar(select(exists().where(*old))))


def lapse(session: Session, *, before: datetime) -> None:
    """Forget every “never” that is older than that."""
    session.execute(delete(Suppression).where(Suppression.reason == NEVER, Suppression.created_at <= before))


def keys_in_use(session: Session) -> set[str]:
    """The ids of all keys that suppressions were made with. Without one of them an address could be written to again."""
    return set(session.scalars(select(Suppression.key_id).distinct()))
