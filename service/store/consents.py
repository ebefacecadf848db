"""Rows of sign-ups and the texts they agreed to; refuses to decide what follows from them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.domain.addresses import text_sha256
from service.domain.messages import Kind, State
from service.domain.subscribers import State as SubscriberState
from service.store.tables import Attempt, Consent, ConsentText, Knock, Message, Subscriber

_COUNTED = (State.DUE, State.SENDING, State.SENT, State.REFUSED)  # unknown and skipped do not count against a person


def text_id(session: Session, body: str, *, language: str, wall: datetime) -> int:
    """The id of a consent text, kept once, though two people may be the first to agree to it at the same moment."""
    by_hash = select(ConsentText.id).where(ConsentText.sha256 == text_sha256(body))
    known = session.scalar(by_hash)
    if known is not None:
        return known
    try:
        with session.begin_nested():
            session.add(ConsentText(sha256=text_sha256(body), language=language, body=body, created_at=wall))
    except IntegrityError:
        pass  # somebody else was first
    return session.scalars(by_hash).one()


def text_of(session: Session, consent: Consent) -> str:
    """The text that was shown when this consent was asked for."""
    return session.scalars(select(ConsentText.body).where(ConsentText.id == consent.text_id)).one()


def by_token_hash(session: Session, token_hash: str) -> Consent | None:
    """The sign-up that a confirm link belongs to."""
    return session.scalar(select(Consent).where(Consent.token_hash == token_hash).execution_options(populate_existing=True))


def by_ref(session: Session, ref: str) -> Consent | None:
    """The sign-up of a random public id."""
    return session.scalar(select(Consent).where(Consent.ref == ref))


def forget_unlettered(session: Session, address_key: str) -> None:
    """Delete the sign-ups for an address that nobody confirmed and from which no letter followed."""
    unconfirmed = Consent.address_key == address_key, Consent.confirmed_at.is_(None), Consent.subscriber_id.is_(None)
    session.execute(delete(Consent).where(*unconfirmed).execution_options(synchronize_session=False))


def unanswered(session: Session, *, wall: datetime, limit: int) -> Sequence[Consent]:
    """Sign-ups that nothing has followed from yet and that are not held any more, oldest first."""
    return session.scalars(select(Consent).where(_is_waiting(wall)).order_by(Consent.id).limit(limit)).all()


def any_unanswered(session: Session, *, wall: datetime) -> bool:
    """Whether there is anything for intake."""
    return bool(session.scalar(select(exists().where(_is_waiting(wall)))))


def _is_waiting(wall: datetime) -> ColumnElement[bool]:
    return and_(Consent.outcome.is_(None), or_(Consent.not_before.is_(None), Consent.not_before <= wall))


def answer(session: Session, consent: Consent, outcome: str, subscriber_id: int | None) -> bool:
    """Note what follows from a sign-up. False if another clock has done so."""
    done = session.execute(
        update(Consent)
        .where(Consent.id == consent.id, Consent.outcome.is_(None))
        .values(outcome=outcome, subscriber_id=subscriber_id)
        .returning(Consent.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def replace_others(session: Session, consent: Consent, *, wall: datetime) -> None:
    """End all other open confirm links of the same subscriber."""
    session.execute(
        update(Consent)
        .where(
            Consent.subscriber_id == consent.subscriber_id,
            Consent.id != consent.id,
            Consent.confirmed_at.is_(None),
            Consent.replaced_at.is_(None),
        )
        .values(replaced_at=wall)
        .execution_options(synchronize_session=False)
    )


def withdraw(session: Session, subscriber_id: int, *, wall: datetime) -> None:
    """Note that all consent of a subscriber is withdrawn (GDPR Art 7(3))."""
    session.execute(
        update(Consent)
        .where(Consent.subscriber_id == subscriber_id, Consent.confirmed_at.is_not(None), Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=wall)
        .execution_options(synchronize_session=False)
    )


def restore(session: Session, subscriber_id: int, *, withdrawn_at: datetime) -> None:
    """Take back a withdrawal of that moment."""
    session.execute(
        update(Consent)
        .where(Consent.subscriber_id == subscriber_id, Consent.withdrawn_at == withdrawn_at)
        .values(withdrawn_at=None)
        .execution_options(synchronize_session=False)
    )


def letters_to(session: Session, *, subscriber_id: int | None, hashes: Sequence[str], since: datetime) -> list[datetime]:
    """The real times of confirm letters that an address may have had, forgotten ones included."""
    knocks = session.scalars(select(Knock.at).where(Knock.address_hash.in_(hashes), Knock.at > since)).all()
    letters = session.scalars(
        select(Message.planned_at).where(
            Message.subscriber_id == subscriber_id,
            Message.kind == Kind.CONFIRM,
            Message.state.in_(_COUNTED),
            Message.planned_at > since,
        )
    ).all()
    return [*knocks, *letters]


def expired(session: Session, *, wall: datetime, limit: int) -> Sequence[Consent]:
    """Unconfirmed sign-ups whose time is over and whose letter is not on the wire at this moment."""
    on_the_wire = exists().where(Message.consent_id == Consent.id, Message.state == State.SENDING)
    return session.scalars(
        select(Consent)
        .where(Consent.confirmed_at.is_(None), Consent.expires_at <= wall, Consent.outcome.is_not(None), ~on_the_wire)
        .order_by(Consent.id)
        .limit(limit)
    ).all()


def any_to_forget(session: Session, *, wall: datetime, knocks_before: datetime) -> bool:
    """Whether anything about people who never confirmed has outlived its time."""
    return bool(expired(session, wall=wall, limit=1)) or bool(session.scalar(select(exists().where(Knock.at <= knocks_before))))


def forget(session: Session, consent: Consent) -> None:
    """Delete a sign-up that was never confirmed, and the person with it if nothing else holds them."""
    confirm = select(Message).where(Message.consent_id == consent.id, Message.kind == Kind.CONFIRM)
    for letter in session.scalars(confirm):
        _remember_knock(session, letter)
        session.execute(delete(Attempt).where(Attempt.message_id == letter.id))
        session.execute(delete(Message).where(Message.id == letter.id))
    session.execute(update(Message).where(Message.consent_id == consent.id).values(consent_id=None))
    session.execute(delete(Consent).where(Consent.id == consent.id))
    _forget_subscriber(session, consent.subscriber_id)


def _remember_knock(session: Session, letter: Message) -> None:
    if letter.state in _COUNTED:
        address_hash = session.scalars(select(Subscriber.address_hash).where(Subscriber.id == letter.subscriber_id)).one()
        session.add(Knock(address_hash=address_hash, at=letter.planned_at))


def _forget_subscriber(session: Session, subscriber_id: int | None) -> None:
    held = or_(exists().where(Consent.subscriber_id == Subscriber.id), exists().where(Message.subscriber_id == Subscriber.id))
    session.execute(
        delete(Subscriber).where(Subscriber.id == subscriber_id, Subscriber.state == SubscriberState.PENDING, ~held)
    )


def forget_knocks(session: Session, *, before: datetime) -> None:
    """Delete the traces that no limit looks back to any more."""
    session.execute(delete(Knock).where(Knock.at <= before))
