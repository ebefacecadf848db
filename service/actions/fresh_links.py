"""Links for one grave act: made for it, used once and soon over; refuses one that was used, is too old, or is another's."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from service.domain.messages import LATEST, Kind
from service.domain.subscribers import FRESH_AT_MOST, FRESH_FOR, GraveAct
from service.mail.tokens import Keyring, Purpose, read_token, token_sha256
from service.store import fresh_links, messages
from service.store.tables import FreshLink, Subscriber

_BY_MAIL = {GraveAct.ADDRESS: Kind.ADDRESS, GraveAct.EXPORT: Kind.EXPORT}


def make(session: Session, subscriber: Subscriber, act: GraveAct, *, keys: Keyring, wall: datetime, **new_address: str) -> str:
    """A new link for an act: its token. The database keeps the hash alone (O-3)."""
    return _make(session, subscriber, act, keys=keys, wall=wall, **new_address)[1]


def _make(
    session: Session, subscriber: Subscriber, act: GraveAct, *, keys: Keyring, wall: datetime, **new_address: str
) -> tuple[FreshLink, str]:
    ref = secrets.token_hex(8)
    token = keys.link_token(Purpose.FRESH, ref, subscriber.link_epoch)
    link = FreshLink(
        ref=ref,
        token_hash=token_sha256(token),
        subscriber_id=subscriber.id,
        purpose=act,
        created_at=wall,
        expires_at=wall + FRESH_FOR[act],
        **new_address,
    )
    session.add(link)
    session.flush()
    return link, token


def is_too_often(session: Session, subscriber: Subscriber, act: GraveAct, *, wall: datetime) -> bool:
    """Whether somebody has asked for too many links of one kind today. Lock the subscriber first."""
    return fresh_links.asked_since(session, subscriber.id, act, wall - timedelta(days=1)) >= FRESH_AT_MOST


def mail(session: Session, subscriber: Subscriber, act: GraveAct, *, keys: Keyring, wall: datetime, **new_address: str) -> None:
    """Send a new link by e-mail."""
    link, _ = _make(session, subscriber, act, keys=keys, wall=wall, **new_address)
    kind = _BY_MAIL[act]
    messages.add_once(
        session,
        f"{kind}:{link.id}",
        kind=kind,
        ref=secrets.token_hex(8),
        subscriber_id=subscriber.id,
        fresh_link_id=link.id,
        planned_at=wall,
        not_before=wall,
        not_after=wall + min(LATEST[kind], FRESH_FOR[act]),
    )


def find(session: Session, token: str, act: GraveAct, *, keys: Keyring, wall: datetime) -> tuple[FreshLink, Subscriber] | None:
    """The row and the person of a link that can still be used for this act."""
    found = _find(session, token, act, keys=keys)
    if found is None or found[0].used_at is not None or wall >= found[0].expires_at:
        return None
    return found


def used_since(session: Session, token: str, act: GraveAct, since: datetime, *, keys: Keyring) -> Subscriber | None:
    """The person of a link that was used for this act a moment ago."""
    found = _find(session, token, act, keys=keys)
    if found is None or found[0].used_at is None or found[0].used_at < since:
        return None
    return found[1]


def _find(session: Session, token: str, act: GraveAct, *, keys: Keyring) -> tuple[FreshLink, Subscriber] | None:
    reading = read_token(token, Purpose.FRESH)
    link = fresh_links.by_token_hash(session, token_sha256(token)) if reading else None
    if reading is None or link is None or link.purpose != act:
        return None
    subscriber = session.get_one(Subscriber, link.subscriber_id)
    return (link, subscriber) if keys.is_true(reading, epochs=[subscriber.link_epoch]) else None
