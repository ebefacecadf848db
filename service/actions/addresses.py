"""Changing a reader's address; refuses to tell the old one, and to do it before the new one has answered (S-8)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.actions import fresh_links, links
from service.domain.addresses import is_role, key, masked
from service.domain.subscribers import GraveAct, State
from service.mail.tokens import Keyring, Purpose
from service.store import fresh_links as link_rows
from service.store import subscribers, suppressions
from service.store.tables import FreshLink, Subscriber


class Asked(StrEnum):
    """What became of the wish to change an address. Whether the new one is known here is not said."""

    SENT = "sent"
    TOO_OFTEN = "too-often"
    GONE = "gone"


def ask(session: Session, token: str, address: str, *, keys: Keyring, wall: datetime) -> Asked:
    """Send a link to the new address. `address` has been checked for its form. Nothing goes to the old one.

    An address that cannot be taken counts like any other, or the limit would tell who is known here.
    """
    subscriber = links.owner(session, token, Purpose.PREFERENCES, keys=keys, lock=True)
    if subscriber is None or subscriber.state != State.ACTIVE:
        return Asked.GONE
    if fresh_links.is_too_often(session, subscriber, GraveAct.ADDRESS, wall=wall):
        return Asked.TOO_OFTEN
    address_key = key(address)
    if is_role(address) or not _is_free(session, address_key, keys):
        # A link that leads nowhere and that nobody gets.
        fresh_links.make(session, subscriber, GraveAct.ADDRESS, keys=keys, wall=wall)
        return Asked.SENT
    new = {"address": address, "address_key": address_key, "address_hash": keys.address_hashes(address_key)[0][1]}
    fresh_links.mail(session, subscriber, GraveAct.ADDRESS, keys=keys, wall=wall, **new)
    return Asked.SENT


def _is_free(session: Session, address_key: str, keys: Keyring) -> bool:
    """Whether letters may go to an address and nobody has it here."""
    hashes = [value for _, value in keys.address_hashes(address_key)]
    return not suppressions.holds(session, hashes) and subscribers.by_key(session, address_key) is None


@dataclass(frozen=True, slots=True)
class NewAddress:
    """An address that waits for its yes, masked; `language` is the reader's."""

    address: str
    language: str


def look(session: Session, token: str, *, keys: Keyring, wall: datetime) -> NewAddress | None:
    """What a link to a new address stands for; None for one that cannot be used. Changes nothing."""
    found = fresh_links.find(session, token, GraveAct.ADDRESS, keys=keys, wall=wall)
    wish = _wish(session, *found, keys=keys) if found else None
    return NewAddress(masked(wish.address), found[1].language) if found and wish else None


def change(session: Session, token: str, *, keys: Keyring, wall: datetime) -> NewAddress | None:
    """Write to the new address from now on. Every link in a letter to the old one ends, its stop link included."""
    found = fresh_links.find(session, token, GraveAct.ADDRESS, keys=keys, wall=wall)
    subscriber = subscribers.locked(session, found[1].id) if found else None
    if found is None or subscriber is None:
        return None
    wish = _wish(session, found[0], subscriber, keys=keys)
    if wish is None or not link_rows.use(session, found[0], wall=wall):
        return None
    if not _move(session, subscriber, wish):
        return None
    suppressions.came_themselves(session, [value for _, value in keys.address_hashes(wish.address_key)])
    return NewAddress(masked(wish.address), subscriber.language)


@dataclass(frozen=True, slots=True)
class _Wish:
    address: str
    address_key: str
    address_hash: str


def _wish(session: Session, link: FreshLink, subscriber: Subscriber, *, keys: Keyring) -> _Wish | None:
    """The address of a link, unless somebody has signed up with it meanwhile: then both stay as they are."""
    if link.address is None or link.address_key is None or link.address_hash is None:
        return None
    if subscriber.state != State.ACTIVE or not _is_free(session, link.address_key, keys):
        return None
    return _Wish(link.address, link.address_key, link.address_hash)


def _move(session: Session, subscriber: Subscriber, wish: _Wish) -> bool:
    try:
        with session.begin_nested():
            subscriber.address, subscriber.address_key = wish.address, wish.address_key
            subscriber.address_hash = wish.address_hash
            subscriber.link_epoch += 1
            subscriber.address_epoch = subscriber.link_epoch
    except IntegrityError:
        return False  # somebody signed up with it at this very moment
    return True
