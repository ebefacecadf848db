"""Keyed hashes of addresses that must not be written to; refuses to know an address."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, SQLColumnExpression, delete, exists, func, select, update
from sqlalchemy.orm import Session

from service.store.tables import Suppression

NEVER: Final = "never"
"""The reason of those who asked for it themselves. It is the only one that ends by itself."""

LEFT: Final = "left"
"""The reason of those who left another list. No list brings them; they may come themselves, and then it ends."""

_WEAKER: Final[Mapping[str, Sequence[str]]] = {LEFT: (), NEVER: (LEFT,)}
"""The reasons that give way to a reason: one that ends to one that does not. To all others both do."""

_AT_ONCE: Final = 500


def bars(hash_of: SQLColumnExpression[str] | SQLColumnExpression[str | None]) -> ColumnElement[bool]:
    """Whether an address, by the hash in a column, must not be written to."""
    return exists().where(Suppression.hash == hash_of, Suppression.reason != LEFT)


def is_barred(hash_of: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """The same as `bars`, where all readers are looked at: it begins at the suppressed, who are few."""
    return hash_of.in_(select(Suppression.hash).where(Suppression.reason != LEFT))


def holds(session: Session, hashes: Iterable[str], *, from_a_list: bool = False) -> bool:
    """Whether any of these hashes of one address, one under each key, is suppressed.

    For somebody whom a list brings it counts too that they left one.
    """
    found = exists().where(Suppression.hash.in_(hashes))
    return bool(session.scalar(select(found if from_a_list else found.where(Suppression.reason != LEFT))))


def add(session: Session, hashes: Iterable[tuple[str, str]], *, reason: str, source: str, wall: datetime) -> int:
    """Suppress addresses, each given as (key id, hash) under every key. Returns how many hashes changed or are new.

    Adding one again changes nothing, but that a reason which ends gives way to one that does not.
    """
    made = {value: key_id for key_id, value in hashes}
    values, changed = list(made), 0
    for place in range(0, len(values), _AT_ONCE):
        some = values[place : place + _AT_ONCE]
        known = {
            row.hash: row.reason
            for row in session.execute(select(Suppression.hash, Suppression.reason).where(Suppression.hash.in_(some)))
        }
        weaker = [value for value, present in known.items() if present in _WEAKER.get(reason, (LEFT, NEVER))]
        session.execute(
            update(Suppression)
            .where(Suppression.hash.in_(weaker))
            .values(reason=reason, source=source, created_at=wall)
            .execution_options(synchronize_session=False)
        )
        new = [value for value in some if value not in known]
        session.add_all(
            Suppression(hash=value, key_id=made[value], reason=reason, source=source, created_at=wall) for value in new
        )
        session.flush()
        changed += len(weaker) + len(new)
    return changed


def lift(session: Session, hashes: Iterable[str]) -> None:
    """Let an address be written to again, given as its hashes under every key."""
    session.execute(delete(Suppression).where(Suppression.hash.in_(hashes)).execution_options(synchronize_session=False))


def came_themselves(session: Session, hashes: Iterable[str]) -> None:
    """Forget that somebody left another list: they confirmed here."""
    theirs = delete(Suppression).where(Suppression.hash.in_(hashes), Suppression.reason == LEFT)
    session.execute(theirs.execution_options(synchronize_session=False))


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
