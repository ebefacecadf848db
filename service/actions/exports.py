"""Everything we keep about a reader, for them to have (GDPR Art 15, 20); refuses to mail what could put them in danger (S-8).

Whoever holds the inbox must not learn where somebody is or where they write from now. So zone, country, networks, quiet days,
hours without mail and an address that they want to change to are said to be set or not, and so is what would give them away.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from service.actions import fresh_links, links
from service.domain.messages import Kind
from service.domain.subscribers import GraveAct
from service.mail.tokens import Keyring, Purpose
from service.store import exports
from service.store import fresh_links as link_rows
from service.store.tables import Subscriber

AGAIN_FOR: Final = timedelta(minutes=10)
"""How long a page with an export can also give the file."""

SAYS_WHETHER: Final[dict[str, tuple[str, ...]]] = {
    "you": ("zone", "country", "never_hours", "quiet_days"),
    "consents": ("zone", "ip", "confirm_ip"),
    "messages": ("not_before", "open_until"),  # they end and begin with the hours without mail
    "links_asked_for": ("address",),
}
"""What an export says of each table only: whether it is set."""

OF_A_NEW_ADDRESS: Final = ("sent_address", "reply_text")
"""The same, for letters to an address that somebody wants to change to."""


def ask(session: Session, token: str, *, keys: Keyring, wall: datetime) -> bool | None:
    """Mail a link to the export. False where it was asked for too often today, None for a link that is not in use any more."""
    subscriber = links.owner(session, token, Purpose.ERASE, keys=keys, lock=True)
    if subscriber is None:
        return None
    if fresh_links.is_too_often(session, subscriber, GraveAct.EXPORT, wall=wall):
        return False
    fresh_links.mail(session, subscriber, GraveAct.EXPORT, keys=keys, wall=wall)
    return True


def look(session: Session, token: str, *, keys: Keyring, wall: datetime) -> str | None:
    """The language of the reader of an export link; None for one that cannot be used. Changes nothing."""
    found = fresh_links.find(session, token, GraveAct.EXPORT, keys=keys, wall=wall)
    return found[1].language if found else None


def take(session: Session, token: str, *, keys: Keyring, wall: datetime) -> dict[str, Any] | None:
    """The export, once for each link; None for one that cannot be used."""
    found = fresh_links.find(session, token, GraveAct.EXPORT, keys=keys, wall=wall)
    if found is None or not link_rows.use(session, found[0], wall=wall):
        return None
    return everything(session, found[1], keys=keys)


def again(session: Session, token: str, *, keys: Keyring, wall: datetime) -> dict[str, Any] | None:
    """The export once more, for a page that was just shown: its own sign that it was is the caller's to check."""
    subscriber = fresh_links.used_since(session, token, GraveAct.EXPORT, wall - AGAIN_FOR, keys=keys)
    return everything(session, subscriber, keys=keys) if subscriber else None


def everything(session: Session, subscriber: Subscriber, *, keys: Keyring) -> dict[str, Any]:
    """All rows about a person, as plain values: times as ISO 8601 in UTC."""
    kept = exports.rows_of(session, subscriber, [value for _, value in keys.address_hashes(subscriber.address_key)])
    for table, names in SAYS_WHETHER.items():
        for row in kept[table] if isinstance(kept[table], list) else [kept[table]]:
            _say_whether(row, names)
    for message in kept["messages"]:
        if message["kind"] == Kind.ADDRESS:
            _say_whether(message, OF_A_NEW_ADDRESS)
            for attempt in message["tries"]:
                _say_whether(attempt, ("text",))
    return kept


def _say_whether(row: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        row[name] = "set" if row[name] else "not set"
