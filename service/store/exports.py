"""All rows about one person as plain values; refuses the ones that are about keys and links only."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from service.store.columns import Table
from service.store.suppressions import LEFT
from service.store.tables import (
    Attempt,
    Consent,
    ConsentText,
    Enrolment,
    FreshLink,
    History,
    Knock,
    Letter,
    Message,
    Phase,
    Sequence,
    Subscriber,
    Suppression,
)

_OURS = frozenset(
    {"id", "ref", "token", "token_hash", "address_key", "address_hash", "link_epoch", "address_epoch", "once", "lease_until"}
)
"""Numbers and hashes that say nothing about a person and hold their other rows together."""


def rows_of(session: Session, subscriber: Subscriber, hashes: Iterable[str]) -> dict[str, Any]:
    """Every row that is about a person, by what it is. `hashes` are those of their address."""
    enrolments = session.scalars(select(Enrolment).where(Enrolment.subscriber_id == subscriber.id).order_by(Enrolment.id)).all()
    messages = session.scalars(select(Message).where(Message.subscriber_id == subscriber.id).order_by(Message.id)).all()
    consents = session.scalars(select(Consent).where(Consent.subscriber_id == subscriber.id).order_by(Consent.id)).all()
    fresh = session.scalars(select(FreshLink).where(FreshLink.subscriber_id == subscriber.id).order_by(FreshLink.id)).all()
    suppressed = session.scalars(select(Suppression).where(Suppression.hash.in_(hashes)).order_by(Suppression.created_at)).all()
    knocks = session.scalars(select(Knock).where(Knock.address_hash.in_(hashes)).order_by(Knock.id)).all()
    return {
        "you": _plain(subscriber),
        "consents": [_consent(session, consent) for consent in consents],
        "programmes": [_enrolment(session, enrolment) for enrolment in enrolments],
        "messages": [_message(session, message) for message in messages],
        "links_asked_for": [_plain(link, "subscriber_id") for link in fresh],
        "never_written_to": [_plain(row, "hash", "key_id") for row in suppressed if row.reason != LEFT],
        "left_elsewhere": [_plain(row, "hash", "key_id") for row in suppressed if row.reason == LEFT],
        "asked_before": [_plain(knock) for knock in knocks],
    }


def _consent(session: Session, consent: Consent) -> dict[str, Any]:
    text = session.get_one(ConsentText, consent.text_id)
    return _plain(consent, "subscriber_id", "text_id") | {"text": text.body}


def _enrolment(session: Session, enrolment: Enrolment) -> dict[str, Any]:
    facts = session.scalars(select(History).where(History.enrolment_id == enrolment.id).order_by(History.id)).all()
    phase = session.get(Phase, enrolment.wish_phase_id) if enrolment.wish_phase_id else None
    plain = _plain(enrolment, "subscriber_id", "sequence_id", "consent_id", "last_letter_id", "wish_phase_id")
    return plain | {
        "programme": session.get_one(Sequence, enrolment.sequence_id).title,
        "last_letter": _name(session, enrolment.last_letter_id),
        "wished_part": phase.plain if phase else None,
        "history": [_plain(fact, "enrolment_id", "letter_id") | {"letter": _name(session, fact.letter_id)} for fact in facts],
    }


def _message(session: Session, message: Message) -> dict[str, Any]:
    attempts = session.scalars(select(Attempt).where(Attempt.message_id == message.id).order_by(Attempt.id)).all()
    ids = [name for name in inspect(Message).columns.keys() if name.endswith("_id")]  # noqa: SIM118 -- columns are no dict
    return _plain(message, *ids, "left_at") | {
        "seen_to_at": _said(message.left_at),
        "letter": _name(session, message.letter_id),
        "tries": [_plain(attempt, "message_id") for attempt in attempts],
    }


def _name(session: Session, letter_id: int | None) -> str | None:
    return session.get_one(Letter, letter_id).name if letter_id else None


def _plain(row: Table, *without: str) -> dict[str, Any]:
    names: Iterable[str] = inspect(type(row)).columns.keys()
    return {name: _said(getattr(row, name)) for name in names if name not in _OURS and name not in without}


def _said(value: Any) -> Any:  # noqa: ANN401  whatever a column holds
    return value.isoformat() if isinstance(value, datetime | date) else value
