"""Taking, settling and sweeping, on both databases: delivery.md, page one, without the wire."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from service.actions import enrolments, messages, subscribers
from service.actions.messages import Retry, Taken
from service.bootstrap import Service
from service.domain.messages import Accepted, Broken, Deferred, Kind, Outcome, Refused, State, Unheard
from service.store import messages as rows
from service.store.subscribers import mask
from service.store.tables import Attempt, Enrolment, History, Letter, Message, Subscriber
from tests.parts.river import TUESDAY, confirmed, stop_token

LEASE = timedelta(minutes=15)
RETRY = Retry(timedelta(minutes=30), 0.0)
WEEK = timedelta(days=7)
FIRST = TUESDAY + WEEK - timedelta(hours=1)
OK = Accepted(250, "kept")


@pytest.fixture
def reader(service: Service) -> int:
    """A reader whose first letter is due at FIRST and nothing else."""
    subscriber_id = confirmed(service, now=TUESDAY, wall=TUESDAY)
    with service.write() as session:
        session.query(Message).delete()
        enrolments.plan(session, now=FIRST, wall=FIRST, speed=1)
    return subscriber_id


def _take(service: Service, wall: datetime = FIRST, token: str = "t") -> Taken | None:
    with service.write() as session:
        return messages.take(session, token=token, lease=LEASE, now=wall, wall=wall, speed=1)


def _must_take(service: Service, wall: datetime = FIRST, token: str = "t") -> Taken:
    taken = _take(service, wall, token)
    assert taken is not None
    return taken


def _settle(service: Service, taken: Taken, outcome: Outcome, wall: datetime = FIRST) -> bool:
    with service.write() as session:
        return messages.settle(session, taken, outcome, retry=RETRY, wall=wall)


def _sweep(service: Service, wall: datetime) -> None:
    with service.write() as session:
        messages.sweep(session, now=wall, wall=wall)


def _letter(service: Service) -> Message:
    with service.read() as session:
        return session.scalars(select(Message).where(Message.kind == Kind.LETTER).order_by(Message.id.desc())).first()  # type: ignore[return-value]


def _attempts(service: Service) -> list[tuple[str, str, int | None]]:
    with service.read() as session:
        return [(row.outcome, row.phase, row.code) for row in session.scalars(select(Attempt).order_by(Attempt.id))]


def test_taking_marks_and_records_how_the_letter_goes(service: Service, reader: int) -> None:
    taken = _must_take(service)
    letter = _letter(service)
    assert (letter.state, letter.token, letter.attempts) == (State.SENDING, "t", 1)
    assert letter.lease_until == FIRST + LEASE
    assert letter.dated_at == FIRST
    assert (letter.sent_address, letter.sent_language, letter.sent_discreet) == ("reader@example.net", "en", True)
    assert taken.posting.letter is not None
    assert taken.posting.letter.name == "after-leaving-1"
    assert taken.posting.next_at == FIRST + WEEK
    assert _take(service) is None


def test_address_language_and_discreet_are_read_at_sending(service: Service, reader: int) -> None:
    with service.write() as session:
        row = session.get_one(Subscriber, reader)
        row.discreet, row.address = False, "moved@example.net"
    taken = _must_take(service)
    assert (taken.posting.discreet, taken.posting.address) == (False, "moved@example.net")


def test_250_is_sent_and_leaves_no_attempt(service: Service, reader: int) -> None:
    assert _settle(service, _must_take(service), OK)
    letter = _letter(service)
    assert (letter.state, letter.reply_code, letter.sent_at, letter.settled_at) == (State.SENT, 250, FIRST, FIRST)
    assert _attempts(service) == []


def test_4xx_waits_thirty_minutes_then_one_hour_then_two(service: Service, reader: int) -> None:
    wall, waits = FIRST, []
    for _ in range(4):
        taken = _must_take(service, wall)
        _settle(service, taken, Deferred("rcpt", 451, "later", relay=False), wall)
        letter = _letter(service)
        assert letter.state == State.DUE
        waits.append(letter.not_before - wall)
        assert _take(service, letter.not_before - timedelta(seconds=1)) is None
        wall = letter.not_before
    assert waits == [timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2), timedelta(hours=2)]
    assert _attempts(service) == [("deferred", "rcpt", 451)] * 4
    assert letter.attempts == 4


def test_a_relay_that_is_away_counts_no_attempt_and_does_not_delay_the_letter(service: Service, reader: int) -> None:
    _settle(service, _must_take(service), Deferred("mail", 421, "closing", relay=True))
    letter = _letter(service)
    assert (letter.state, letter.attempts, letter.not_before) == (State.DUE, 0, FIRST)
    assert _take(service) is not None


def test_5xx_is_refused_for_good(service: Service, reader: int) -> None:
    _settle(service, _must_take(service), Refused("rcpt", 550, "no such user"))
    letter = _letter(service)
    assert (letter.state, letter.reason, letter.reply_code) == (State.REFUSED, "550", 550)
    assert _take(service, FIRST + timedelta(hours=1)) is None
    assert _attempts(service) == [("refused", "rcpt", 550)]


def test_nothing_heard_after_the_dot_is_unknown_and_never_due_again(service: Service, reader: int) -> None:
    _settle(service, _must_take(service), Unheard("closed"))
    assert _letter(service).state == State.UNKNOWN
    for hours in (1, 24, 80):
        _sweep(service, FIRST + timedelta(hours=hours))
        assert _take(service, FIRST + timedelta(hours=hours)) is None
    assert _letter(service).state == State.UNKNOWN


def test_a_lease_that_is_over_becomes_unknown_and_a_late_250_sent(service: Service, reader: int) -> None:
    taken = _must_take(service)
    _sweep(service, FIRST + LEASE - timedelta(seconds=1))
    assert _letter(service).state == State.SENDING
    _sweep(service, FIRST + LEASE)
    assert _letter(service).state == State.UNKNOWN
    assert _settle(service, taken, OK, FIRST + LEASE)
    assert _letter(service).state == State.SENT


@pytest.mark.parametrize("late", [Deferred("rcpt", 451, "", relay=False), Refused("dot", 550, ""), Unheard(""), Broken("")])
def test_no_other_late_result_changes_an_unknown(service: Service, reader: int, late: Outcome) -> None:
    taken = _must_take(service)
    _sweep(service, FIRST + LEASE)
    assert not _settle(service, taken, late, FIRST + LEASE)
    assert _letter(service).state == State.UNKNOWN
    assert _attempts(service) == []


def test_a_result_with_a_foreign_token_changes_nothing(service: Service, reader: int) -> None:
    taken = _must_take(service)
    assert not _settle(service, replace(taken, token="other"), OK)
    assert _letter(service).state == State.SENDING


def test_settling_twice_is_settling_once(service: Service, reader: int) -> None:
    """The commit may have gone through though its end was not seen."""
    taken = _must_take(service)
    refused = Refused("rcpt", 550, "no")
    assert _settle(service, taken, refused)
    assert not _settle(service, taken, refused)
    assert len(_attempts(service)) == 1


def test_what_an_unseen_commit_took_is_released(service: Service, reader: int) -> None:
    _must_take(service, token="lost")
    with service.write() as session:
        messages.release(session, "lost")
    letter = _letter(service)
    assert (letter.state, letter.token, letter.attempts) == (State.DUE, None, 0)


def test_a_letter_that_breaks_its_sender_three_times_is_refused(service: Service, reader: int) -> None:
    wall = FIRST
    for _ in range(2):
        _settle(service, _must_take(service, wall), Broken("ValueError"), wall)
        letter = _letter(service)
        assert letter.state == State.DUE
        wall = letter.not_before
    _settle(service, _must_take(service, wall), Broken("ValueError"), wall)
    letter = _letter(service)
    assert (letter.state, letter.reason) == (State.REFUSED, "broken")


def test_a_letter_without_a_text_does_not_block_those_behind_it(service: Service, reader: int) -> None:
    with service.write() as session:
        session.execute(update(Message).values(version_id=None))
    taken = _must_take(service)
    assert taken.posting.letter is None
    with pytest.raises(LookupError):
        service.compose(taken.posting)


def test_a_late_letter_is_skipped_and_given_back(service: Service, reader: int) -> None:
    _sweep(service, FIRST + timedelta(hours=72))
    letter = _letter(service)
    assert (letter.state, letter.reason) == (State.SKIPPED, "late")
    with service.write() as session:
        enrolment = session.scalars(select(Enrolment)).one()
        assert (enrolment.turn, enrolment.last_letter_id) == (1, None)
        assert session.scalars(select(History.what).order_by(History.id.desc())).first() == "given back"
        enrolments.plan(session, now=FIRST + WEEK, wall=FIRST + WEEK, speed=1)
    again = _letter(service)
    assert again.turn == 2
    assert again.letter_id == letter.letter_id


def test_a_letter_beyond_the_late_one_keeps_its_place(service: Service, reader: int) -> None:
    """Giving back only helps who has not moved on since."""
    with service.write() as session:
        session.execute(update(Enrolment).values(turn=5))
    _sweep(service, FIRST + timedelta(hours=72))
    with service.read() as session:
        first = session.scalars(select(Letter.id).order_by(Letter.position)).first()
        assert session.scalars(select(Enrolment.last_letter_id)).one() == first


@pytest.mark.parametrize("outcome", [Refused("rcpt", 550, "no"), Unheard("closed")])
def test_refused_and_unknown_letters_count_as_passed(service: Service, reader: int, outcome: Outcome) -> None:
    _settle(service, _must_take(service), outcome)
    with service.write() as session:
        assert enrolments.plan(session, now=FIRST + WEEK, wall=FIRST + WEEK, speed=1) == 1
    with service.read() as session:
        letter = session.get_one(Letter, _letter(service).letter_id or 0)
    assert letter.name == "after-leaving-2"


def test_a_letter_waits_for_open_hours(service: Service, reader: int) -> None:
    """18:00 to 8:00 is shut: a letter put off until then leaves at 8:00 and not before."""
    shut = FIRST + timedelta(hours=8)
    with service.write() as session:
        session.get_one(Subscriber, reader).never_hours = mask([*range(18, 24), *range(8)])
        session.execute(update(Message).values(open_until=shut))
    assert _take(service, shut) is None
    _sweep(service, shut)
    letter = _letter(service)
    assert letter.not_before == FIRST + timedelta(hours=22)
    assert letter.open_until == FIRST + timedelta(hours=32)
    assert _take(service, FIRST + timedelta(hours=22) - timedelta(minutes=1)) is None
    assert _take(service, FIRST + timedelta(hours=22)) is not None


def test_leaving_skips_what_waits_but_not_what_is_on_the_wire(service: Service, reader: int) -> None:
    taken = _must_take(service)
    with service.write() as session:
        token = stop_token(service, session, reader)
        subscribers.stop(session, token, keys=service.keys, now=FIRST, wall=FIRST)
    assert _letter(service).state == State.SENDING
    assert _settle(service, taken, OK)


def test_the_last_letter_names_no_next_date(service: Service, reader: int) -> None:
    for week in range(3):
        wall = FIRST + week * WEEK
        with service.write() as session:
            enrolments.plan(session, now=wall, wall=wall, speed=1)
        taken = _must_take(service, wall)
        assert (taken.posting.next_at is None) is (week == 2)
        _settle(service, taken, OK, wall)


def test_nothing_that_waits_is_overlooked_by_the_bell(service: Service, reader: int) -> None:
    with service.read() as session:
        assert rows.any_sendable(session, now=FIRST, wall=FIRST)
        assert not rows.any_to_sweep(session, wall=FIRST)
        assert rows.any_to_sweep(session, wall=FIRST + timedelta(hours=72))
    _settle(service, _must_take(service), OK)
    with service.read() as session:
        assert not rows.any_sendable(session, now=FIRST, wall=FIRST)
