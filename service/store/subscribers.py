"""Rows of people; refuses to decide what they may become."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.tables import Subscriber


def by_key(session: Session, address_key: str) -> Subscriber | None:
    """The subscriber of an address."""
    return session.scalar(select(Subscriber).where(Subscriber.address_key == address_key))


def by_ref(session: Session, ref: str) -> Subscriber | None:
    """The subscriber of a public id."""
    return session.scalar(select(Subscriber).where(Subscriber.ref == ref))


def locked(session: Session, subscriber_id: int) -> Subscriber | None:
    """The subscriber, locked until the transaction ends. First in the order of locks: subscribers, enrolments, messages.

    NO KEY UPDATE, so that planning, which only refers to the subscriber, need not wait for it.
    """
    return session.scalar(
        select(Subscriber)
        .where(Subscriber.id == subscriber_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def hours(mask: int) -> frozenset[int]:
    """The local hours that a `never_hours` mask names."""
    return frozenset(hour for hour in range(24) if mask >> hour & 1)


def mask(hours: Sequence[int] | frozenset[int]) -> int:
    """The `never_hours` mask of local hours."""
    return sum(1 << hour for hour in set(hours))


def days(quiet: Sequence[str]) -> frozenset[tuple[int, int]]:
    """Quiet days as (month, day), from how they are kept: `12-24`."""
    return frozenset((int(day[:2]), int(day[3:])) for day in quiet)


def written(days: Collection[tuple[int, int]]) -> list[str]:
    """Quiet days as they are kept."""
    return [f"{month:02}-{day:02}" for month, day in sorted(set(days))]
