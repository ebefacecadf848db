"""Deletes whole people, and counts what is deleted with them; refuses to leave a row that points at them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.orm import Session

from service.domain.messages import State
from service.store import tallies
from service.store.desk_tables import DeskMail
from service.store.tables import (
    Attempt,
    Consent,
    Enrolment,
    Erasure,
    FreshLink,
    History,
    Knock,
    Message,
    Subscriber,
)

ENDED: Final[dict[str, str]] = {State.DUE: State.SKIPPED, State.SENDING: State.UNKNOWN}
"""How a message counts that had no end yet: its person is gone, so it is never sent, or nobody hears what became of it."""


def address_keys(session: Session, subscriber: Subscriber) -> set[str]:
    """Every address that somebody ever signed up with or changed to, as far as it is still known."""
    theirs = select(Consent.address_key).where(Consent.subscriber_id == subscriber.id)
    return {subscriber.address_key, *session.scalars(theirs)}


def erase(session: Session, subscriber: Subscriber, *, hashes: Sequence[str], wall: datetime, gone_by: datetime) -> None:
    """Delete everything about a person. Their messages stay in the count; suppressions are keyed hashes and stay too."""
    person, ref = subscriber.id, subscriber.ref
    consents = _lock(session, subscriber)
    _forget_wishes_for(session, subscriber)
    forget_messages(session, Message.subscriber_id == person)
    enrolments = select(Enrolment.id).where(Enrolment.subscriber_id == person)
    _delete(session, History, History.enrolment_id.in_(enrolments))
    _delete(session, Enrolment, Enrolment.subscriber_id == person)
    _delete(session, Consent, Consent.id.in_(consents))
    _delete(session, FreshLink, FreshLink.subscriber_id == person)
    _delete(session, Knock, Knock.address_hash.in_(hashes))
    session.expunge(subscriber)
    _delete(session, Subscriber, Subscriber.id == person)
    session.add(Erasure(ref=ref, at=wall, gone_by=gone_by))
    session.flush()


def _lock(session: Session, subscriber: Subscriber) -> Sequence[int]:
    """Hold all that others might hang something on meanwhile, in the order of locks; gives the ids of the consents.

    Planning holds an enrolment and intake a sign-up before they refer to a person. Whoever comes later finds nobody.
    """
    person = subscriber.id
    mine = or_(
        Consent.subscriber_id == person, and_(Consent.subscriber_id.is_(None), Consent.address_key == subscriber.address_key)
    )
    session.scalars(
        select(Enrolment.id).where(Enrolment.subscriber_id == person).order_by(Enrolment.id).with_for_update()
    ).all()
    consents = session.scalars(select(Consent.id).where(mine).order_by(Consent.id).with_for_update()).all()
    session.scalars(select(Subscriber.id).where(Subscriber.id == person).with_for_update()).all()
    return consents


def _forget_wishes_for(session: Session, subscriber: Subscriber) -> None:
    """Somebody else may have asked to change to this address before its owner came here."""
    links = session.scalars(select(FreshLink.id).where(FreshLink.address_key == subscriber.address_key)).all()
    forget_messages(session, Message.fresh_link_id.in_(links))
    _delete(session, FreshLink, FreshLink.id.in_(links))


def forget_messages(session: Session, which: ColumnElement[bool]) -> int:
    """Delete messages with their attempts, and keep how they ended in the tallies. Returns how many.

    They are held first: a sender who has taken one of them meanwhile is waited for, and then finds nothing to settle.
    """
    held = select(Message.id, Message.kind, Message.letter_id, Message.state).where(which).order_by(Message.id)
    rows = session.execute(held.with_for_update()).all()
    counts = Counter((str(kind), letter_id or 0, str(ENDED.get(state, state))) for _, kind, letter_id, state in rows)
    ids = [row.id for row in rows]
    _delete(session, Attempt, Attempt.message_id.in_(ids))
    _delete(session, DeskMail, DeskMail.message_id.in_(ids))
    _delete(session, Message, Message.id.in_(ids))
    tallies.add(session, counts)
    return len(ids)


def _delete(
    session: Session,
    table: type[Attempt | Consent | DeskMail | Enrolment | Erasure | FreshLink | History | Knock | Message | Subscriber],
    which: ColumnElement[bool],
) -> None:
    session.execute(delete(table).where(which).execution_options(synchronize_session=False))


def gone_by(session: Session, ref: str, *, since: datetime) -> datetime | None:
    """Until when backups hold somebody who was erased since then; None for anybody else."""
    return session.scalar(select(Erasure.gone_by).where(Erasure.ref == ref, Erasure.at > since))


def any_old(session: Session, *, wall: datetime) -> bool:
    """Whether there is a trace that no backup needs any more."""
    return bool(session.scalar(select(exists().where(Erasure.gone_by <= wall))))


def forget_old(session: Session, *, wall: datetime) -> None:
    """Delete the traces that no backup needs any more."""
    _delete(session, Erasure, Erasure.gone_by <= wall)
