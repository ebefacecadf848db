"""Whose link it is; refuses a token of another purpose, of another person, or of a time that is over."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.domain.subscribers import State
from service.mail.tokens import Keyring, Purpose, read_token
from service.store import messages, subscribers
from service.store.tables import Message, Subscriber

_GONE = (State.PENDING, State.BOUNCED, State.COMPLAINED)


def owner(session: Session, token: str, purpose: Purpose, *, keys: Keyring, lock: bool = False) -> Subscriber | None:
    """Whose token this is, locked if wished; None for one that is not ours or not in use any more.

    Stop links of an earlier time with us stop the mail of today too, as long as the address is the same: stopping always
    works. Every other link ends with the epoch that it was made in.
    """
    reading = read_token(token, purpose)
    found = subscribers.by_ref(session, reading.ref) if reading else None
    if reading is None or found is None or not keys.is_true(reading, epochs=_epochs(found, purpose)):
        return None
    return subscribers.locked(session, found.id) if lock else found


def _epochs(subscriber: Subscriber, purpose: Purpose) -> Iterable[int]:
    oldest = subscriber.address_epoch if purpose is Purpose.UNSUBSCRIBE else subscriber.link_epoch
    return range(subscriber.link_epoch, oldest - 1, -1)


@dataclass(frozen=True, slots=True)
class Received:
    """A letter that somebody got, and who."""

    message: Message
    subscriber: Subscriber


def letter(session: Session, token: str, *, keys: Keyring) -> Received | None:
    """The letter of a read link; None for one that is not ours or not in use any more."""
    reading = read_token(token, Purpose.READ)
    message = messages.by_ref(session, reading.ref) if reading else None
    if reading is None or message is None:
        return None
    subscriber = session.get_one(Subscriber, message.subscriber_id)
    if subscriber.state in _GONE or not keys.is_true(reading, epochs=[subscriber.link_epoch]):
        return None
    return Received(message, subscriber)
