"""Keyed hashes of addresses that must not be written to; refuses to know an address."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, exists, func, select, update
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


def lift(session: Session, hashes: Sequence[str]) -> None:
    """Let an address be written to again, given as its hashes under every key."""
    session.execute(delete(Suppression).where(Suppression.hash.in_(hashes)).execution_options(synchronize_session=False))


def count_by_reason(session: Session) -> dict[str, int]:
    """How many addresses are suppressed, and why.

    Each has a row under every key that there was when it was added, so that the oldest key has them all.
    """
    rows = session.execute(
        select(Suppression.reason, Suppression.key_id, func.count()).group_by(Suppression.reason, Suppression.key_id)
    )
    counts: dict[str, int] = {}
    for reason, _, number in rows:
        counts[reason] = max(number, counts.get(reason, 0))
    return counts


def newest(session: Session, reason: str, *, limit: int) -> Sequence[Suppression]:
    """The newest rows of a reason, one for each address under the key that has most of them."""
    of_reason = Suppression.reason == reason
    fullest = select(Suppression.key_id).where(of_reason).group_by(Suppression.key_id).order_by(func.count().desc()).limit(1)
    rows = select(Suppression).where(of_reason, Suppression.key_id == fullest.scalar_subquery())
    return session.scalars(rows.order_by(Suppression.created_at.desc(), Suppression.hash).limit(limit)).all()


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
