"""Stopping everything with one press, on both databases (H-3, amendments)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from service.actions import enrolments, subscribers
from service.actions.subscribers import Undone
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


def _undo(service: Service, token: str, after: timedelta = timedelta(minutes=10)) -> Undone:
    with service.write() as session:
        return subscribers.undo(session, token, keys=service.keys, now=TUESDAY + after, wall=TUESDAY + after)


def test_leaving_can_be_undone_within_an_hour_and_everything_is_as_it_was(service: Service) -> None:
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    token = _token(service, reader)
    _stop(service, token)
    undone = _undo(service, token, timedelta(hours=1))
    with service.read() as session:
        row = session.get_one(Subscriber, reader)
        enrolment = session.scalars(select(Enrolment)).one()
        facts = session.scalars(select(History.what).order_by(History.id)).all()
        consent = session.scalars(select(Consent)).one()
    assert undone.done
    assert f"{undone.next_at:%A %Y-%m-%d %H:%M}" == "Tuesday 2026-03-10 10:00"
    assert (row.state, row.left_at) == (SubscriberState.ACTIVE, None)
    assert (enrolment.state, enrolment.stopped_at, enrolment.next_due_at) == ("running", None, FIRST)
    assert consent.withdrawn_at is None
    assert facts == ["started", "stopped", "undone"]


def test_the_page_knows_for_an_hour_that_a_stop_can_be_taken_back(service: Service) -> None:
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    token = _token(service, reader)
    moments = (TUESDAY, TUESDAY + timedelta(hours=1), TUESDAY + timedelta(hours=1, seconds=1))

    def since(tried: str) -> list[object]:
        with service.read() as session:
            return [subscribers.undoable_since(session, tried, keys=service.keys, wall=wall) for wall in moments]

    assert since(token) == [None, None, None]
    _stop(service, token)
    assert since(token) == [TUESDAY, TUESDAY, None]
    assert since("x" * 43) == [None, None, None]


def test_a_letter_that_was_skipped_by_leaving_is_offered_again(service: Service) -> None:
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    with service.write() as session:
        enrolments.plan(session, now=FIRST, wall=FIRST, speed=1)
    token = _token(service, reader)
    with service.write() as session:
        subscribers.stop(session, token, keys=service.keys, now=FIRST, wall=FIRST)
        subscribers.undo(session, token, keys=service.keys, now=FIRST, wall=FIRST)
    week_later = FIRST + timedelta(days=7)
    with service.write() as session:
        assert enrolments.plan(session, now=week_later, wall=week_later, speed=1) == 1
    with service.read() as session:
        letters = session.execute(
            select(Message.letter_id, Message.state).where(Message.kind == Kind.LETTER).order_by(Message.id)
        ).all()
    assert [state for _, state in letters] == [State.SKIPPED, State.DUE]
    assert letters[0][0] == letters[1][0]


def test_after_an_hour_nothing_is_undone(service: Service) -> None:
    """Later an intruder in the inbox could sign her up again."""
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    token = _token(service, reader)
    _stop(service, token)
    assert _undo(service, token, timedelta(hours=1, seconds=1)) == Undone(done=False)
    with service.read() as session:
        assert session.get_one(Subscriber, reader).state == SubscriberState.LEFT


def test_there_is_nothing_to_undo_for_a_reader_or_a_stranger(service: Service) -> None:
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    assert not _undo(service, _token(service, reader)).done
    assert not _undo(service, "x" * 43).done
    with service.write() as session:
        session.execute(update(Subscriber).values(state=SubscriberState.COMPLAINED, left_at=TUESDAY))
    assert not _undo(service, _token(service, reader)).done


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
