"""Finds what has been kept long enough; refuses to find what a running programme or an open letter still needs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from service.domain.messages import WAITING, State
from service.domain.sequences import EnrolmentState
from service.domain.subscribers import State as SubscriberState
from service.store.erasures import forget_messages
from service.store.tables import Consent, Enrolment, Message, Subscriber


def finished(session: Session, *, before: datetime, limit: int) -> Sequence[Subscriber]:
    """Active readers for whom nothing runs or waits, whose last letter is older than that, and who did not ask for news.

    They are locked; whoever does something at this moment is left for another time.
    """
    found = _finished(before).with_only_columns(Subscriber.id).order_by(Subscriber.id).limit(limit)
    ids = session.scalars(found.with_for_update(of=Subscriber, key_share=True, skip_locked=True)).all()
    # What they did just before they were locked is seen by a second look only.
    return session.scalars(_finished(before).where(Subscriber.id.in_(ids)).order_by(Subscriber.id)).all()


def any_finished(session: Session, *, before: datetime) -> bool:
    """Whether there is anybody to forget."""
    return session.scalar(_finished(before).limit(1)) is not None


def _finished(before: datetime) -> Select[Subscriber]:
    mine = Enrolment.subscriber_id == Subscriber.id
    last = func.coalesce(Enrolment.last_planned_at, Enrolment.created_at)
    running = exists().where(mine, or_(Enrolment.state == EnrolmentState.RUNNING, last > before))
    waiting = exists().where(Message.subscriber_id == Subscriber.id, Message.state.in_(WAITING))
    return select(Subscriber).where(
        Subscriber.state == SubscriberState.ACTIVE,
        Subscriber.tell_me.is_(False),
        exists().where(mine),
        ~running,
        ~waiting,
    )


def _with_network(confirmed: datetime, left: datetime) -> ColumnElement[bool]:
    gone = exists().where(Subscriber.id == Consent.subscriber_id, Subscriber.left_at <= left)
    return and_(
        or_(Consent.ip != "", Consent.confirm_ip.is_not(None)),
        Consent.confirmed_at.is_not(None),
        or_(Consent.confirmed_at <= confirmed, gone),
    )


def any_network(session: Session, *, confirmed: datetime, left: datetime) -> bool:
    """Whether a consent still knows its network for no reason."""
    return bool(session.scalar(select(exists().where(_with_network(confirmed, left)))))


def forget_networks(session: Session, *, confirmed: datetime, left: datetime) -> None:
    """Blank the networks of old consents."""
    session.execute(
        update(Consent)
        .where(_with_network(confirmed, left))
        .values(ip="", confirm_ip=None)
        .execution_options(synchronize_session=False)
    )


def _old_delivery(before: datetime) -> ColumnElement[bool]:
    running = exists().where(Enrolment.id == Message.enrolment_id, Enrolment.state == EnrolmentState.RUNNING)
    ended = Message.state.in_((State.SENT, State.REFUSED, State.SKIPPED))
    return and_(ended, Message.settled_at <= before, ~running)


def any_delivery(session: Session, *, before: datetime) -> bool:
    """Whether there is an old delivery that nothing needs."""
    return bool(session.scalar(select(exists().where(_old_delivery(before)))))


def forget_deliveries(session: Session, *, before: datetime, limit: int) -> int:
    """Turn old deliveries into counts. Unknown ones stay until a person has looked at them."""
    old = select(Message.id).where(_old_delivery(before)).order_by(Message.id).limit(limit)
    ids = session.scalars(old.with_for_update(of=Message, skip_locked=True)).all()
    return forget_messages(session, Message.id.in_(ids)) if ids else 0
