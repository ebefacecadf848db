"""Erasing a person: everything, at once; refuses to keep a name for it (S-16, GDPR Art 17).

What stays are counts, and for restored backups the random public id, until no backup holds the person any more.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from service.actions import fresh_links, links
from service.domain.subscribers import FRESH_FOR, GraveAct
from service.mail.tokens import Keyring, Purpose, read_token
from service.store import erasures, imports, subscribers
from service.store import fresh_links as link_rows
from service.store.tables import Subscriber


def language_of(session: Session, token: str, *, keys: Keyring) -> str | None:
    """The language of the reader of an erase link; None for one that is not in use any more. Changes nothing."""
    subscriber = links.owner(session, token, Purpose.ERASE, keys=keys)
    return subscriber.language if subscriber else None


def ask(session: Session, token: str, *, keys: Keyring, wall: datetime) -> str | None:
    """The first press: a fresh token for the second one. None for a link that is not in use any more."""
    subscriber = links.owner(session, token, Purpose.ERASE, keys=keys, lock=True)
    return fresh_links.make(session, subscriber, GraveAct.ERASE, keys=keys, wall=wall) if subscriber else None


def erase(session: Session, token: str, fresh: str, *, keys: Keyring, wall: datetime, backups: timedelta) -> datetime | None:
    """The second press: everything about the person is deleted, waiting letters and history included.

    Returns until when backups still hold them, the same for a press that comes twice; None where either link cannot be used, or
    they are not of one person. A letter that is on the wire at this very moment may still arrive.
    """
    subscriber = links.owner(session, token, Purpose.ERASE, keys=keys, lock=True)
    if subscriber is None:
        return _erased_already(session, token, wall=wall)
    found = fresh_links.find(session, fresh, GraveAct.ERASE, keys=keys, wall=wall)
    if found is None or found[1].id != subscriber.id or not link_rows.use(session, found[0], wall=wall):
        return None
    forget(session, subscriber, keys=keys, wall=wall, backups=backups)
    return wall + backups


def _erased_already(session: Session, token: str, *, wall: datetime) -> datetime | None:
    """For a button that was pressed twice. Its token cannot be proved any more, but nobody guesses its 64 random bits."""
    reading = read_token(token, Purpose.ERASE)
    return erasures.gone_by(session, reading.ref, since=wall - FRESH_FOR[GraveAct.ERASE]) if reading else None


def forget(session: Session, subscriber: Subscriber, *, keys: Keyring, wall: datetime, backups: timedelta) -> None:
    """Delete a person. `backups` is how long a backup may still hold them."""
    locked = subscribers.locked(session, subscriber.id)
    if locked is None:
        return
    session.flush()
    known = erasures.address_keys(session, locked)
    hashes = [value for address_key in known for _, value in keys.address_hashes(address_key)]
    imports.forget_person(session, known)
    erasures.erase(session, locked, hashes=hashes, wall=wall, gone_by=wall + backups)
