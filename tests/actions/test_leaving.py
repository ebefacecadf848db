"""Stopping everything with one press, on both databases (H-3, amendments)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from service.actions import enrolments, subscribers
from service.bootstrap import Service
from service.domain.messages import Kind, State
from service.domain.subscribers import State as SubscriberState
from service.mail.tokens import Keyring, Purpose
from service.store.tables import Consent, Enrolment, History, Message, Subscriber
from tests.parts.river import SECRET, TUESDAY, confirmed, stop_token

FIRST = TUESDAY + timedelta(days=7, hours=-1)


def _stop(service: Service, token: str, keys: Keyring | None = None) -> None:
    with service.write() as session:
        subscribers.stop(session, token, keys=keys or service.keys, now=TUESDAY, wall=TUESDAY)


def _token(service: Service, reader: int) -> str:
    with service.read() as session:
        return stop_token(service, session, reader)


def test_leaving_stops_everything_at_once(service: Service) -> None:
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    with service.write() as session:
        enrolments.plan(session, now=FIRST, wall=FIRST, speed=1)
    _stop(service, _token(service, reader))
    with service.read() as session:
        row = session.get_one(Subscriber, reader)
        enrolment = session.scalars(select(Enrolment)).one()
        waiting = session.scalars(select(func.count()).select_from(Message).where(Message.state == State.DUE)).one()
        letter = session.scalars(select(Message).where(Message.kind == Kind.LETTER)).one()
        consent = session.scalars(select(Consent)).one()
        facts = session.scalars(select(History.what).order_by(History.id)).all()
    assert (row.state, row.left_at) == (SubscriberState.LEFT, TUESDAY)
    assert (enrolment.state, enrolment.next_due_at) == ("stopped", None)
    assert waiting == 0
    assert (letter.state, letter.reason) == (State.SKIPPED, "left")
    assert consent.withdrawn_at == TUESDAY
    assert facts == ["started", "stopped"]


def test_leaving_twice_is_leaving_once(service: Service) -> None:
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    token = _token(service, reader)
    _stop(service, token)
    _stop(service, token)
    with service.read() as session:
        assert session.scalars(select(History.what).order_by(History.id)).all() == ["started", "stopped"]


def test_an_old_letter_stops_the_mail_of_today(service: Service) -> None:
    """Who left and came back may press the link of a letter from before: stopping always works."""
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    old = _token(service, reader)
    _stop(service, old)
    confirmed(service, now=TUESDAY + timedelta(days=2), wall=TUESDAY + timedelta(days=2))
    assert _token(service, reader) != old
    _stop(service, old)
    with service.read() as session:
        assert session.get_one(Subscriber, reader).state == SubscriberState.LEFT


def test_a_link_made_with_an_older_key_still_stops(service: Service) -> None:
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    token = _token(service, reader)
    _stop(service, token, Keyring(["a new key that came after the other one", SECRET]))
    with service.read() as session:
        assert session.get_one(Subscriber, reader).state == SubscriberState.LEFT


@pytest.mark.parametrize("how", ["purpose", "person", "epoch to come", "key", "mangled", "empty", "not ascii"])
def test_other_tokens_touch_nobody(service: Service, how: str) -> None:
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    with service.read() as session:
        row = session.get_one(Subscriber, reader)
    token = _token(service, reader)
    tried = {
        "purpose": service.keys.link_token(Purpose.CONFIRM, row.ref),
        "person": service.keys.link_token(Purpose.UNSUBSCRIBE, "00" * 8),
        "epoch to come": service.keys.link_token(Purpose.UNSUBSCRIBE, row.ref, 1),
        "key": Keyring(["a key of somebody else that is long enough"]).link_token(Purpose.UNSUBSCRIBE, row.ref),
        "mangled": token[:20] + ("A" if token[20] != "A" else "B") + token[21:],
        "empty": "",
        "not ascii": "é" * 43,
    }[how]
    _stop(service, tried)
    with service.read() as session:
        assert session.get_one(Subscriber, reader).state == SubscriberState.ACTIVE


def test_who_complained_stays_so(service: Service) -> None:
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    with service.write() as session:
        session.execute(update(Subscriber).values(state=SubscriberState.COMPLAINED))
    _stop(service, _token(service, reader))
    with service.read() as session:
        assert session.get_one(Subscriber, reader).state == SubscriberState.COMPLAINED
