"""The ledger: every e-mail to every person, from due to its one end; refuses to guess an outcome."""

from collections.abc import Sequence as Many
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from service.domain.messages import LANES, MAY_BE_ASKED, MUST_HOLD, WAITING, Condition, Kind, Reason, State
from service.domain.sequences import EnrolmentState
from service.domain.sequences import State as SequenceState
from service.domain.subscribers import State as SubscriberState
from service.store import suppressions, tallies
from service.store.account_tables import Admin
from service.store.desk_tables import DeskMail, Hold
from service.store.tables import Attempt, Enrolment, FreshLink, Message, Sequence, Subscriber

EVERYTHING: Final = "everything"
"""The name of the hold that lets nothing leave."""


def add_once(session: Session, once: str, **values: Any) -> None:  # noqa: ANN401  the columns of a message
    """Add a system message unless its key exists: planning it twice, anywhere, is harmless."""
    if by_once(session, once) is None:
        add(session, once=once, **values)


def add(session: Session, *, kind: Kind, **values: Any) -> Message:  # noqa: ANN401  the columns of a message
    """Add a due message. Raises IntegrityError where a key of the protocol says no."""
    message = Message(kind=kind, lane=LANES[kind], state=State.DUE, **values)
    session.add(message)
    session.flush()
    return message


def _last_look(now: datetime, wall: datetime) -> ColumnElement[bool]:
    holds: dict[Condition, ColumnElement[bool]] = {
        Condition.ASKED: Subscriber.state.in_(MAY_BE_ASKED),
        Condition.ACTIVE: Subscriber.state == SubscriberState.ACTIVE,
        Condition.NOT_PAUSED: or_(Subscriber.paused_until.is_(None), Subscriber.paused_until <= now),
        Condition.OPEN_HOUR: or_(Message.open_until.is_(None), Message.open_until > wall),
        Condition.RUNNING: and_(Enrolment.state == EnrolmentState.RUNNING, Sequence.state == SequenceState.LIVE),
        Condition.NOT_HELD: Sequence.held.is_(False),
        Condition.NOT_SUPPRESSED: ~suppressions.bars(Subscriber.address_hash),
        Condition.NEW_NOT_SUPPRESSED: ~suppressions.bars(FreshLink.address_hash),
        Condition.NOTHING_HELD: ~exists().where(Hold.name == EVERYTHING),
        Condition.AT_THE_DESK: exists().where(
            DeskMail.message_id == Message.id, Admin.id == DeskMail.admin_id, Admin.active.is_(True)
        ),
        Condition.IN_TIME: Message.not_after > wall,
    }
    return or_(
        *(
            and_(Message.kind == kind, *(holds[condition] for condition in sorted(conditions)))
            for kind, conditions in MUST_HOLD.items()
        )
    )


def _sendable(now: datetime, wall: datetime) -> Select[int]:
    return (
        select(Message.id)
        .outerjoin(Subscriber, Subscriber.id == Message.subscriber_id)
        .outerjoin(Enrolment, Enrolment.id == Message.enrolment_id)
        .outerjoin(Sequence, Sequence.id == Enrolment.sequence_id)
        .outerjoin(FreshLink, FreshLink.id == Message.fresh_link_id)
        .where(Message.state == State.DUE, Message.not_before <= wall, _last_look(now, wall))
    )


def any_sendable(session: Session, *, now: datetime, wall: datetime) -> bool:
    """Whether a bell is worth ringing."""
    return session.execute(_sendable(now, wall).limit(1)).first() is not None


def take(session: Session, *, token: str, lease_until: datetime, now: datetime, wall: datetime) -> int | None:
    """Mark the next sendable message as being sent, with the last look in the same statement; its id, or None.

    SKIP LOCKED on PostgreSQL; on SQLite the write transaction stands alone. Taking is marking: once this is committed, only
    the owner of the token may settle it.
    """
    next_one = (
        _sendable(now, wall)
        .order_by(Message.lane, Message.not_before, Message.id)
        .limit(1)
        .with_for_update(of=Message, skip_locked=True)
        .scalar_subquery()
    )
    taken = session.execute(
        update(Message)
        .where(Message.id == next_one, Message.state == State.DUE)
        .values(
            state=State.SENDING,
            token=token,
            lease_until=lease_until,
            attempts=Message.attempts + 1,
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return taken.scalar_one_or_none()


def get(session: Session, message_id: int) -> Message:
    """A message that is known to exist, as the database holds it now."""
    return session.scalars(select(Message).where(Message.id == message_id).execution_options(populate_existing=True)).one()


def find(session: Session, message_id: int) -> Message | None:
    """A message as the database holds it now; None once its person is forgotten."""
    return session.scalar(select(Message).where(Message.id == message_id).execution_options(populate_existing=True))


def by_ref(session: Session, ref: str) -> Message | None:
    """The message of a public id."""
    return session.scalar(select(Message).where(Message.ref == ref))


def by_once(session: Session, once: str) -> Message | None:
    """The message of a key that no second one may have."""
    return session.scalar(select(Message).where(Message.once == once))


def settle(session: Session, message_id: int, owner: str, states: Many[State], **values: Any) -> bool:  # noqa: ANN401  columns
    """Write an outcome if the message still has this owner's token and one of these states. False otherwise."""
    done = session.execute(
        update(Message)
        .where(Message.id == message_id, Message.token == owner, Message.state.in_(states))
        .values(values)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def release(session: Session, token: str) -> None:
    """Make whatever a token holds due again, as if it had not been taken."""
    session.execute(
        update(Message)
        .where(Message.token == token, Message.state == State.SENDING)
        .values(state=State.DUE, token=None, lease_until=None, attempts=Message.attempts - 1)
        .execution_options(synchronize_session=False)
    )


def note_attempt(
    session: Session, message_id: int, outcome: str, phase: str, code: int | None, text: str, *, wall: datetime
) -> None:
    """Keep what happened in a try that was not 250 at once."""
    session.add(Attempt(message_id=message_id, at=wall, outcome=outcome, phase=phase, code=code, text=text[:500]))


def hold_as_unknown(session: Session, *, wall: datetime) -> int:
    """Turn every message whose lease is over into unknown, never into due. Returns how many."""
    done = session.execute(
        update(Message)
        .where(Message.state == State.SENDING, Message.lease_until <= wall)
        .values(state=State.UNKNOWN, settled_at=wall, reason="lease over")
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return len(done.all())


def late(session: Session, *, wall: datetime, limit: int) -> Many[Message]:
    """Due messages whose time is over."""
    return session.scalars(
        select(Message)
        .where(Message.state == State.DUE, Message.not_after <= wall)
        .order_by(Message.enrolment_id, Message.id)
        .limit(limit)
    ).all()


def skip(session: Session, message_id: int, reason: Reason, *, wall: datetime) -> bool:
    """Skip a message that still is due."""
    done = session.execute(
        update(Message)
        .where(Message.id == message_id, Message.state == State.DUE)
        .values(state=State.SKIPPED, reason=reason, settled_at=wall)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def skip_all(session: Session, subscriber_id: int, reason: Reason, *, wall: datetime) -> None:
    """Skip everything that still waits for a subscriber. Touching the rows is what stops a sender that has just looked."""
    session.execute(
        update(Message)
        .where(Message.subscriber_id == subscriber_id, Message.state == State.DUE)
        .values(state=State.SKIPPED, reason=reason, settled_at=wall)
        .execution_options(synchronize_session=False)
    )


def waiting(session: Session, subscriber_id: int, *, enrolment_id: int | None = None) -> Many[Message]:
    """A subscriber's letters that are due and not on the wire; of one enrolment, where one is given."""
    due = select(Message).where(Message.subscriber_id == subscriber_id, Message.kind == Kind.LETTER, Message.state == State.DUE)
    if enrolment_id is not None:
        due = due.where(Message.enrolment_id == enrolment_id)
    return session.scalars(due.order_by(Message.enrolment_id, Message.id)).all()


def skipped_turn(session: Session, enrolment_id: int, turn: int, reason: Reason) -> Message | None:
    """The letter of a turn, if it was skipped for this reason."""
    return session.scalar(
        select(Message).where(
            Message.enrolment_id == enrolment_id,
            Message.turn == turn,
            Message.state == State.SKIPPED,
            Message.reason == reason,
        )
    )


def shut(session: Session, *, wall: datetime, limit: int) -> list[tuple[Message, Subscriber]]:
    """Due letters whose open hours are over, with whom they are for."""
    found = session.execute(
        select(Message, Subscriber)
        .join(Subscriber, Subscriber.id == Message.subscriber_id)
        .where(Message.state == State.DUE, Message.open_until <= wall)
        .order_by(Message.id)
        .limit(limit)
    )
    return [(message, subscriber) for message, subscriber in found]


def put_off(session: Session, message_id: int, *, not_before: datetime, open_until: datetime | None) -> None:
    """Let a due message wait until the reader's hours are open again."""
    session.execute(
        update(Message)
        .where(Message.id == message_id, Message.state == State.DUE)
        .values(not_before=not_before, open_until=open_until)
        .execution_options(synchronize_session=False)
    )


def any_to_sweep(session: Session, *, wall: datetime) -> bool:
    """Whether sweeping would do anything to the ledger."""
    overdue = and_(Message.state == State.DUE, or_(Message.not_after <= wall, Message.open_until <= wall))
    lost = and_(Message.state == State.SENDING, Message.lease_until <= wall)
    return bool(session.scalar(select(exists().where(or_(overdue, lost)))))


def is_planned(session: Session, enrolment_id: int, turn: int) -> bool:
    """Whether the letter of a turn exists already: another clock did it."""
    return bool(session.scalar(select(exists().where(Message.enrolment_id == enrolment_id, Message.turn == turn))))


def has_open(session: Session, enrolment_id: int) -> bool:
    """Whether a letter of this enrolment is still on its way."""
    return bool(session.scalar(select(exists().where(Message.enrolment_id == enrolment_id, Message.state.in_(WAITING)))))


def count_by_state(session: Session) -> dict[str, int]:
    """How many messages are in each state, forgotten ones included. They add up to all that was ever planned."""
    counts = {
        str(state): count for state, count in session.execute(select(Message.state, func.count()).group_by(Message.state))
    }
    forgotten = tallies.by_state(session)
    return {state: counts.get(state, 0) + forgotten.get(state, 0) for state in State}
