"""All readers and all suppressions, in portions, for a file; refuses where somebody is and when mail must not come."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.tables import Consent, Enrolment, Sequence, Subscriber, Suppression

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader as a list may name them. No zone, country, quiet day or hour without mail (S-8)."""

    address: str
    state: str
    language: str
    discreet: bool
    plain_text: bool
    extras: bool
    tell_me: bool
    created_at: datetime
    confirmed_at: datetime | None
    left_at: datetime | None
    consent_at: datetime | None
    method: str
    programmes: tuple[tuple[str, str], ...]
    """Each programme by its name, with the state of the newest enrolment in it."""


def readers(session: Session) -> Iterator[Reader]:
    """All readers by the order in which they came. Holds a portion of them at a time."""
    after = 0
    while found := session.scalars(
        select(Subscriber).where(Subscriber.id > after).order_by(Subscriber.id).limit(_AT_ONCE)
    ).all():
        ids = [subscriber.id for subscriber in found]
        consents, programmes = _consents(session, ids), _programmes(session, ids)
        for subscriber in found:
            consent = consents.get(subscriber.id)
            yield Reader(
                address=subscriber.address,
                state=subscriber.state,
                language=subscriber.language,
                discreet=subscriber.discreet,
                plain_text=subscriber.plain_text,
                extras=subscriber.extras,
                tell_me=subscriber.tell_me,
                created_at=subscriber.created_at,
                confirmed_at=subscriber.confirmed_at,
                left_at=subscriber.left_at,
                consent_at=consent.submitted_at if consent else None,
                method=consent.method if consent else "",
                programmes=tuple(sorted(programmes.get(subscriber.id, {}).items())),
            )
        after = ids[-1]


def _consents(session: Session, ids: list[int]) -> Mapping[int, Consent]:
    """The newest confirmed consent of each."""
    rows = select(Consent).where(Consent.subscriber_id.in_(ids), Consent.confirmed_at.is_not(None)).order_by(Consent.id)
    return {consent.subscriber_id: consent for consent in session.scalars(rows) if consent.subscriber_id is not None}


def _programmes(session: Session, ids: list[int]) -> Mapping[int, dict[str, str]]:
    rows = (
        select(Enrolment.subscriber_id, Sequence.slug, Enrolment.state)
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .where(Enrolment.subscriber_id.in_(ids))
        .order_by(Enrolment.id)
    )
    found: dict[int, dict[str, str]] = {}
    for subscriber_id, slug, state in session.execute(rows):
        found.setdefault(subscriber_id, {})[slug] = state
    return found


def suppressions(session: Session) -> Iterator[Suppression]:
    """All suppressions by their hashes. Holds a portion of them at a time."""
    after = ""
    while found := session.scalars(
        select(Suppression).where(Suppression.hash > after).order_by(Suppression.hash).limit(_AT_ONCE)
    ).all():
        yield from found
        after = found[-1].hash
