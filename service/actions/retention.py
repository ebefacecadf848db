"""Forgets what has been kept long enough (L-6); refuses to wait for somebody to ask."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from service.actions.erasure import forget
from service.domain import retention as rules
from service.mail.tokens import Keyring
from service.store import erasures, fresh_links, retention, suppressions


def anything(session: Session, *, now: datetime, wall: datetime) -> bool:
    """Whether `keep_house` has anything to do."""
    return (
        retention.any_finished(session, before=now - rules.FINISHED)
        or retention.any_network(session, confirmed=_confirmed(wall), left=_left(wall))
        or retention.any_delivery(session, before=wall - rules.DELIVERIES)
        or fresh_links.any_old(session, before=wall - rules.OVER)
        or erasures.any_old(session, wall=wall)
        or suppressions.any_lapsed(session, before=wall - rules.NEVER_AGAIN)
    )


def keep_house(session: Session, *, keys: Keyring, now: datetime, wall: datetime, backups: timedelta, limit: int = 100) -> int:
    """Forget people who have read everything, networks, deliveries and links whose time is over. Returns how many people."""
    retention.forget_networks(session, confirmed=_confirmed(wall), left=_left(wall))
    fresh_links.forget_old(session, before=wall - rules.OVER)
    erasures.forget_old(session, wall=wall)
    suppressions.lapse(session, before=wall - rules.NEVER_AGAIN)
    # The tallies come last: whoever is erased by their own hand holds rows of theirs and waits for these.
    finished = retention.finished(session, before=now - rules.FINISHED, limit=limit)
    for subscriber in finished:
        forget(session, subscriber, keys=keys, wall=wall, backups=backups)
    retention.forget_deliveries(session, before=wall - rules.DELIVERIES, limit=limit)
    return len(finished)


def _confirmed(wall: datetime) -> datetime:
    return wall - rules.NETWORK_AFTER_CONFIRMING


def _left(wall: datetime) -> datetime:
    return wall - rules.NETWORK_AFTER_LEAVING
