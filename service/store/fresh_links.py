"""Rows of links for one grave act; refuses to keep the links themselves."""

from datetime import datetime

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from service.domain.messages import Kind
from service.store.tables import Attempt, FreshLink, Message


def by_token_hash(session: Session, token_hash: str) -> FreshLink | None:
    """The row of a fresh link."""
    return session.scalar(select(FreshLink).where(FreshLink.token_hash == token_hash).execution_options(populate_existing=True))


def asked_since(session: Session, subscriber_id: int, purpose: str, since: datetime) -> int:
    """How many links for an act somebody has asked for."""
    return session.scalars(
        select(func.count()).where(
            FreshLink.subscriber_id == subscriber_id, FreshLink.purpose == purpose, FreshLink.created_at > since
        )
    ).one()


def use(session: Session, link: FreshLink, *, wall: datetime) -> bool:
    """Mark a link as used. False if somebody was first."""
    done = session.execute(
        update(FreshLink)
        .where(FreshLink.id == link.id, FreshLink.used_at.is_(None))
        .values(used_at=wall)
        .returning(FreshLink.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def any_old(session: Session, *, before: datetime) -> bool:
    """Whether there are links that have been over for a while."""
    return bool(session.scalar(select(exists().where(FreshLink.expires_at <= before))))


def forget_old(session: Session, *, before: datetime) -> None:
    """Delete links that have been over for a while, and the addresses with them that somebody wanted to change to."""
    old = select(FreshLink.id).where(FreshLink.expires_at <= before)
    theirs = select(Message.id).where(Message.fresh_link_id.in_(old))
    wished = (Message.kind == Kind.ADDRESS) & Message.id.in_(theirs)
    session.execute(delete(Attempt).where(Attempt.message_id.in_(select(Message.id).where(wished))))
    session.execute(update(Message).where(wished).values(sent_address=None, reply_text=None))
    session.execute(update(Message).where(Message.fresh_link_id.in_(old)).values(fresh_link_id=None))
    session.execute(delete(FreshLink).where(FreshLink.expires_at <= before))
