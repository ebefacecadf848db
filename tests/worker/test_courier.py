"""Draining over a real SMTP server: what each of its answers makes of a letter."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, update

from service.actions import enrolments
from service.bootstrap import Service
from service.domain.messages import State
from service.store.tables import Attempt, Message, Subscriber
from tests.parts.crowd import crowd, is_settled
from tests.parts.river import Parts, confirmed, load
from tests.parts.servers import Witness, smtp_witness, until
from worker.jobs import Courier


@pytest.fixture
def post(parts: Parts, witness: Witness) -> Iterator[Service]:
    """A service that sends to the witness and waits briefly."""
    short = (("SMTP_DOT_TIMEOUT", "1.5"), ("SMTP_TIMEOUT", "5"), ("RETRY_SECONDS", "1"))
    service = replace(parts, smtp_url=witness.url, more=short).service()
    load(service)
    yield service
    service.database.close()


def _plan(service: Service) -> None:
    with service.write() as session:
        enrolments.plan(session, now=service.now(), wall=service.wall(), speed=1)


def _drain(service: Service) -> Courier:
    courier = Courier(service, threading.Event())
    courier.drain()
    return courier


def _one(service: Service, local_part: str) -> Message:
    crowd(service, 1, local_part)
    _plan(service)
    _drain(service)
    with service.read() as session:
        return session.scalars(select(Message).order_by(Message.id.desc())).first()  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("server", "state", "received", "attempt"),
    [
        ("good", State.SENT, 1, None),
        ("dotlines", State.SENT, 1, None),
        ("rcpt451", State.DUE, 0, ("deferred", "rcpt", 451)),
        ("rcpt550", State.REFUSED, 0, ("refused", "rcpt", 550)),
        ("data452", State.DUE, 0, ("deferred", "data", 452)),
        ("data554", State.REFUSED, 0, ("refused", "data", 554)),
        ("dot451", State.DUE, 0, ("deferred", "dot", 451)),
        ("dot554", State.REFUSED, 0, ("refused", "dot", 554)),
        ("rcptdrop", State.DUE, 0, ("deferred", "rcpt", None)),
        ("rcpt421", State.DUE, 0, ("relay", "rcpt", 421)),
        ("dotdrop", State.UNKNOWN, 1, ("unknown", "dot", None)),
        ("dothang", State.UNKNOWN, 1, ("unknown", "dot", None)),
        ("dothalf", State.UNKNOWN, 1, ("unknown", "dot", None)),
        ("dotjunk", State.UNKNOWN, 1, ("unknown", "dot", None)),
    ],
)
def test_every_answer_has_its_meaning(
    post: Service, witness: Witness, server: str, state: State, received: int, attempt: tuple[object, ...] | None
) -> None:
    letter = _one(post, server)
    assert letter.state == state
    assert len(witness.received()) == received
    with post.read() as session:
        kept = [(row.outcome, row.phase, row.code) for row in session.scalars(select(Attempt))]
    assert kept == ([attempt] if attempt else [])


def test_a_server_that_said_later_is_asked_again(post: Service, witness: Witness) -> None:
    letter = _one(post, "first-rcpt451")
    assert letter.state == State.DUE
    time.sleep(max(0.0, (letter.not_before - post.wall()).total_seconds()) + 0.05)
    _drain(post)
    assert len(witness.received()) == 1


def test_one_bad_address_does_not_hold_up_the_others(post: Service, witness: Witness) -> None:
    for wish in ("rcpt550", "dotdrop", "rcptdrop"):
        crowd(post, 1, wish)
    crowd(post, 5)
    _plan(post)
    _drain(post)
    assert len([line for line in witness.received() if line["rcpt"].startswith("reader")]) == 5


def test_while_the_relay_is_away_letters_wait_uncounted(post: Service, witness: Witness) -> None:
    witness.greet_with("554 not today")
    letter = _one(post, "reader")
    assert (letter.state, letter.attempts) == (State.DUE, 0)
    witness.greet_with(None)
    _drain(post)
    assert len(witness.received()) == 1


def test_a_courier_rests_when_the_relay_is_away(post: Service, witness: Witness) -> None:
    crowd(post, 1)
    _plan(post)
    witness.greet_with("421 busy")
    courier = _drain(post)
    witness.greet_with(None)
    courier.drain()
    assert witness.received() == [], "it should have rested a second"
    time.sleep(1.1)
    courier.drain()
    assert len(witness.received()) == 1


def test_a_letter_that_cannot_be_made_is_put_off_and_at_last_refused(post: Service, witness: Witness) -> None:
    crowd(post, 2)
    _plan(post)
    with post.write() as session:
        first = session.scalars(select(Message.id).order_by(Message.id)).first()
        session.execute(update(Message).where(Message.id == first).values(version_id=None))
    for _ in range(3):
        _drain(post)
        with post.write() as session:
            session.execute(update(Message).where(Message.state == State.DUE).values(not_before=post.wall()))
    with post.read() as session:
        broken = session.get_one(Message, first)
    assert (broken.state, broken.reason, broken.breaks) == (State.REFUSED, "broken", 2)
    assert len(witness.received()) == 1


def test_an_error_in_making_a_letter_is_logged_by_its_place_and_not_in_its_words(
    post: Service, caplog: pytest.LogCaptureFixture
) -> None:
    crowd(post, 1)
    _plan(post)
    with post.write() as session:
        session.execute(update(Subscriber).values(address="söme.body@example.net"))
    _drain(post)
    said = [record.getMessage() for record in caplog.records if "could not be made" in record.getMessage()]
    assert len(said) == 1
    assert "ValueError in compose (compose.py:" in said[0]
    assert "example.net" not in caplog.text


def test_stop_is_looked_at_between_letters(post: Service, witness: Witness) -> None:
    crowd(post, 3)
    _plan(post)
    stop = threading.Event()
    stop.set()
    Courier(post, stop).drain()
    assert witness.received() == []


def test_a_lease_that_is_over_sends_no_dot(post: Service, witness: Witness) -> None:
    brief = replace(post, lease=timedelta(seconds=-1))
    letter = _one(brief, "reader")
    assert witness.received() == []
    assert letter.state == State.DUE


def test_the_welcome_letter_goes_before_weekly_ones(post: Service, witness: Witness) -> None:
    crowd(post, 2)
    _plan(post)
    confirmed(post, "new@example.net", now=post.now())
    _drain(post)
    assert witness.received()[0]["rcpt"] == "new@example.net"


def test_a_result_outlives_a_database_that_goes_away_before_it_is_written(postgresql_url: str, tmp_path: Path) -> None:
    """All connections are cut while the server holds back its 250: the result is kept and written, nothing is sent twice."""
    with smtp_witness(tmp_path / "slow", delay=0.7) as witness:
        service = Parts(postgresql_url, smtp_url=witness.url).service()
        load(service)
        crowd(service, 4)
        _plan(service)
        courier = threading.Thread(target=Courier(service, threading.Event()).drain)
        courier.start()
        until("the first letter", witness.received)
        _cut_all_connections(service)
        courier.join(30)
        _drain(service)
        assert is_settled(service, 4)
        with service.read() as session:
            assert set(session.scalars(select(Message.state))) == {State.SENT}
        assert len(witness.received()) == 4
        service.database.close()


def _cut_all_connections(service: Service) -> None:
    url = service.database.writer.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
