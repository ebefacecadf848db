"""What somebody at the desk does for one person, much as that person could themselves; refuses to enrol anybody silently.

Pausing, going on and stopping take the very way of the reader's own link, so that they mean the same and lock in one order.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from service.actions import erasure, exports, moves
from service.actions import subscribers as leaving
from service.domain.addresses import key
from service.domain.messages import LATEST, Kind
from service.domain.subscribers import State
from service.mail.tokens import Keyring, Purpose
from service.store import enrolments, messages, people, sequences, subscribers, suppressions
from service.store.tables import Subscriber, Suppression

MANUAL: Final = "manual"
"""The reason of addresses that somebody at the desk added. All others are a person's own word, or their mailbox's."""

OFFER_EVERY: Final = timedelta(days=1)


class PersonError(Exception):
    """What was asked for cannot be done for this person, as a sentence. Nothing was changed."""


class NobodyError(Exception):
    """There is no such person, or not any more."""


def find(session: Session, address: str) -> Subscriber | None:
    """Whoever has exactly this address, however it is spelled. Changes nothing."""
    return subscribers.by_key(session, key(address))


def _locked(session: Session, ref: str) -> Subscriber:
    found = subscribers.by_ref(session, ref)
    locked = subscribers.locked(session, found.id) if found else None
    if locked is None:
        raise NobodyError
    return locked


def _own_link(subscriber: Subscriber, purpose: Purpose, keys: Keyring) -> str:
    return keys.link_token(purpose, subscriber.ref, subscriber.link_epoch)


def pause(session: Session, ref: str, weeks: int | None, *, keys: Keyring, now: datetime, wall: datetime) -> None:
    """Let nothing come to somebody for some weeks, or until they say. Raises PersonError for whoever gets nothing."""
    subscriber = _locked(session, ref)
    if subscriber.state != State.ACTIVE or not enrolments.running(session, subscriber.id):
        raise PersonError("Nothing comes to this person, so there is nothing to pause.")
    moves.pause(session, _own_link(subscriber, Purpose.PREFERENCES, keys), weeks, keys=keys, now=now, wall=wall)


def resume(session: Session, ref: str, *, keys: Keyring, now: datetime) -> None:
    """End somebody's pause: the one next letter comes at their next slot. Raises PersonError where there is none."""
    subscriber = _locked(session, ref)
    if subscriber.paused_until is None or subscriber.paused_until <= now:
        raise PersonError("This person has no pause that could end.")
    moves.resume(session, _own_link(subscriber, Purpose.PREFERENCES, keys), keys=keys, now=now)


def stop(session: Session, ref: str, *, keys: Keyring, now: datetime, wall: datetime) -> None:
    """Stop everything for somebody, as the stop link in their letters does. Raises PersonError for whoever gets nothing."""
    subscriber = _locked(session, ref)
    if subscriber.state not in (State.ACTIVE, State.PENDING):
        raise PersonError("Everything has stopped for this person already.")
    leaving.stop(session, _own_link(subscriber, Purpose.UNSUBSCRIBE, keys), keys=keys, now=now, wall=wall)


def suppress(session: Session, ref: str, *, source: str, keys: Keyring, now: datetime, wall: datetime) -> None:
    """Never write to somebody's address again, and stop what comes to it. `source` says whose word it was."""
    subscriber = _locked(session, ref)
    if subscriber.state in (State.ACTIVE, State.PENDING):
        leaving.stop(session, _own_link(subscriber, Purpose.UNSUBSCRIBE, keys), keys=keys, now=now, wall=wall)
    suppressions.add(session, keys.address_hashes(subscriber.address_key), reason=MANUAL, source=source, wall=wall)


def suppress_address(session: Session, address: str, *, source: str, keys: Keyring, now: datetime, wall: datetime) -> str:
    """Never write to an address again, whether anybody here has it or not. Returns the public id of whoever has it, or ''."""
    found = find(session, address)
    if found is not None:
        suppress(session, found.ref, source=source, keys=keys, now=now, wall=wall)
        return found.ref
    suppressions.add(session, keys.address_hashes(key(address)), reason=MANUAL, source=source, wall=wall)
    return ""


def suppression(session: Session, address: str, *, keys: Keyring) -> Suppression | None:
    """Why and since when an address is not written to, or not brought by a list; None where it may be. Changes nothing."""
    return people.suppression_of(session, [value for _, value in keys.address_hashes(key(address))], from_a_list=True)


def lift(session: Session, address: str, *, against_their_word: bool, keys: Keyring, wall: datetime) -> str:
    """Let an address be written to again, once its owner asks for it. Nobody is enrolled. Returns the public id, or ''.

    Raises PersonError where there is nothing to lift, and for what is a person's own word or their mailbox's, unless that is
    what is meant.
    """
    found, standing = find(session, address), suppression(session, address, keys=keys)
    subscriber = _locked(session, found.ref) if found else None
    barred = subscriber is not None and subscriber.state in (State.BOUNCED, State.COMPLAINED)
    if standing is None and not barred:
        raise PersonError("This address is not on the list, so there is nothing to lift.")
    if not against_their_word and (barred or (standing is not None and standing.reason != MANUAL)):
        raise PersonError("Only an owner can lift this entry, with a reason: it is the person's own word, or their mailbox's.")
    suppressions.lift(session, [value for _, value in keys.address_hashes(key(address))])
    if subscriber is not None and barred:
        # Left, not active: whoever comes back says so themselves, by signing up.
        subscriber.state, subscriber.left_at = State.LEFT, subscriber.left_at or wall
    return subscriber.ref if subscriber else ""


def erase(session: Session, ref: str, *, keys: Keyring, wall: datetime, backups: timedelta) -> datetime:
    """Delete everything about somebody. Returns until when backups still hold them."""
    erasure.forget(session, _locked(session, ref), keys=keys, wall=wall, backups=backups)
    return wall + backups


def everything(session: Session, ref: str, *, keys: Keyring) -> dict[str, Any]:
    """All that is kept about somebody, as their own export says it. Changes nothing."""
    found = subscribers.by_ref(session, ref)
    if found is None:
        raise NobodyError
    return exports.everything(session, found, keys=keys)


def offer(session: Session, ref: str, *, now: datetime, wall: datetime) -> None:
    """Mail somebody the link to their own page, where they can start other notes themselves; once a day at most.

    Raises PersonError where nothing could be started, where nothing may be sent, during a pause, and where an offer went today.
    """
    subscriber = _locked(session, ref)
    if subscriber.state != State.ACTIVE:
        raise PersonError("Only somebody who confirmed their address can be offered a programme.")
    if subscriber.paused_until is not None and subscriber.paused_until > now:
        raise PersonError(
            "This person has paused everything, so nothing goes to them. You can offer it when the pause is over."
        )
    if not _could_start(session, subscriber):
        raise PersonError("This person gets every programme that there is in their language.")
    if people.wrote_since(session, subscriber.id, Kind.OFFER, wall - OFFER_EVERY):
        raise PersonError("An offer went to this person within the last day. You can send another one tomorrow.")
    messages.add(
        session,
        kind=Kind.OFFER,
        ref=secrets.token_hex(8),
        once=f"offer:{subscriber.id}:{secrets.token_hex(4)}",
        subscriber_id=subscriber.id,
        planned_at=wall,
        not_before=wall,
        not_after=wall + LATEST[Kind.OFFER],
    )


def _could_start(session: Session, subscriber: Subscriber) -> bool:
    mine = {each.sequence_id for each in enrolments.running(session, subscriber.id)}
    return any(row.id not in mine for row in sequences.live_programmes(session, subscriber.language))
