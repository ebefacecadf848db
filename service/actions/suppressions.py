"""“Never write to this address”, by a link in the confirm letter (O-5); refuses to end what somebody confirmed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from service.actions import erasure
from service.domain.addresses import masked
from service.domain.consents import Never
from service.domain.subscribers import State
from service.mail.tokens import Keyring, Purpose, read_token
from service.store import consents, subscribers, suppressions
from service.store.tables import Consent, Subscriber


@dataclass(frozen=True, slots=True)
class NeverView:
    """What the page behind such a link may know."""

    state: Never
    address: str = ""
    language: str = ""


def look(session: Session, token: str, *, keys: Keyring) -> NeverView:
    """Where a link stands. Changes nothing."""
    consent = _find(session, token, keys)
    if consent is None:
        return NeverView(Never.UNKNOWN)
    return _view(consent, _is_reader(subscribers.by_key(session, consent.address_key)))


def never(session: Session, token: str, *, keys: Keyring, wall: datetime, backups: timedelta) -> NeverView:
    """Write to an address no more, and forget whoever signed up with it and has not confirmed, or has left.

    What is kept is a keyed hash of the address, for a year. A letter that is on the wire at this moment may still arrive.
    """
    consent = _find(session, token, keys)
    if consent is None:
        return NeverView(Never.UNKNOWN)
    subscriber = _locked(session, consent.address_key)
    view = _view(consent, _is_reader(subscriber))
    if view.state is Never.READER:
        return view
    hashes = keys.address_hashes(consent.address_key)
    suppressions.add(session, hashes, reason=suppressions.NEVER, source="confirm letter", wall=wall)
    consents.forget_unlettered(session, consent.address_key)
    if subscriber is not None and subscriber.state in (State.PENDING, State.LEFT):
        erasure.forget(session, subscriber, keys=keys, wall=wall, backups=backups)
    return NeverView(Never.DONE, view.address, view.language)


def _find(session: Session, token: str, keys: Keyring) -> Consent | None:
    reading = read_token(token, Purpose.NEVER)
    if reading is None or not keys.is_true(reading, epochs=[0]):
        return None
    return consents.by_ref(session, reading.ref)


def _locked(session: Session, address_key: str) -> Subscriber | None:
    found = subscribers.by_key(session, address_key)
    return subscribers.locked(session, found.id) if found else None


def _is_reader(subscriber: Subscriber | None) -> bool:
    return subscriber is not None and subscriber.state == State.ACTIVE


def _view(consent: Consent, is_reader: bool) -> NeverView:
    return NeverView(Never.READER if is_reader else Never.OPEN, masked(consent.address), consent.language)
