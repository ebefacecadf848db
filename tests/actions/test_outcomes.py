"""What a person decides about unknown and refused letters, and what holding does, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from service.actions import holds, messages, outcomes
from service.actions.messages import Retry
from service.actions.outcomes import Again
from service.bootstrap import Service
from service.domain.messages import Accepted, State
from service.domain.sequences import EnrolmentState
from service.domain.subscribers import State as SubscriberState
from service.store import holds as hold_rows
from service.store import messages as message_rows
from service.store import outcomes as rows
from service.store.tables import Message, Sequence, Subscriber
from tests.parts.batches import DAILY, MINUTE, River
from tests.parts.river import TUESDAY, confirmed, load, programme

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST = datetime(2026, 3, 28, 9, tzinfo=UTC)  # Saturday 10:00 in Berlin
RETRY = Retry(timedelta(minutes=30), 0)


@pytest.fixture
def river(bare_service: Service) -> River:
    """Three readers on a batch of two letters: the first is sent, unknown and refused."""
    load(bare_service, programme(letters=8))
    for number in range(3):
        confirmed(bare_service, f"o{number}@example.net", now=TUESDAY, wall=TUESDAY)
    river = River(bare_service)
    batch = river.begin(DAILY, 2)
    river.plan(FIRST)
    first, second, third = (each.id for each in river.letters(batch))
    river.send(but={first: State.SENT, second: State.UNKNOWN, third: State.REFUSED}, wall=FIRST)
    return river


def _batch(river: River) -> int:
    with river.service.read() as session:
        return session.scalars(select(Sequence.id).where(Sequence.kind == "batch")).one()


def _messages(river: River) -> list[Message]:
    return river.letters(_batch(river))


def _again(river: River, state: State, now: datetime) -> Again:
    with river.service.write() as session:
        return outcomes.send_all_again(session, state, _batch(river), now=now, wall=now)


def test_they_are_listed_with_what_the_server_said_until_somebody_leaves_them(river: River) -> None:
    with river.service.read() as session:
        (unknown,) = rows.list_(session, State.UNKNOWN)
        (refused,) = rows.list_(session, State.REFUSED, sequence_id=_batch(river))
        assert rows.list_(session, State.REFUSED, sequence_id=1) == []
    assert (unknown.address, unknown.letter, unknown.sequence) == ("o•••@e•••.net", "letter-1", "Four days")
    assert refused.reason == "550"
    with river.service.write() as session:
        assert outcomes.leave(session, [unknown.id, refused.id, _messages(river)[0].id], wall=FIRST) == 2
        assert outcomes.leave_all(session, State.UNKNOWN, _batch(river), wall=FIRST) == 0
    with river.service.read() as session:
        assert [rows.count(session, state) for state in (State.UNKNOWN, State.REFUSED)] == [0, 0]
        assert [each.id for each in rows.list_(session, State.UNKNOWN, left=True)] == [unknown.id]


def test_an_unknown_letter_goes_again_under_its_own_name_and_date(river: River) -> None:
    before = _messages(river)[1]
    with river.service.write() as session:
        session.get_one(Message, before.id).dated_at = FIRST
    assert _again(river, State.UNKNOWN, FIRST + HOUR) == Again(done=1)
    assert river.account(_batch(river)).total.waiting == 1
    with river.service.write() as session:
        lease = timedelta(minutes=15)
        taken = messages.take(session, token="t", lease=lease, now=FIRST + HOUR, wall=FIRST + HOUR, speed=1)
        assert taken is not None
        assert (taken.message_id, taken.posting.ref, taken.posting.dated_at) == (before.id, before.ref, FIRST)
        assert messages.settle(session, taken, Accepted(250, "ok"), retry=RETRY, wall=FIRST + HOUR)
    assert [each.state for each in _messages(river)] == [State.SENT, State.SENT, State.REFUSED]
    assert _again(river, State.UNKNOWN, FIRST + HOUR) == Again()


def test_a_refused_letter_waits_while_another_is_on_its_way_or_came_today(river: River) -> None:
    third = _messages(river)[2].id
    with river.service.write() as session:
        session.get_one(Message, third).local_day = (FIRST - DAY).date()
    assert _again(river, State.REFUSED, FIRST + HOUR) == Again(done=1)
    river.send(but={third: State.REFUSED}, wall=FIRST + HOUR)
    river.plan(FIRST + DAY - HOUR)
    assert _again(river, State.REFUSED, FIRST + DAY) == Again(later=1)
    river.send(wall=FIRST + DAY)
    assert _again(river, State.REFUSED, FIRST + DAY) == Again(later=1)
    assert _messages(river)[2].state == State.REFUSED
    assert _again(river, State.REFUSED, FIRST + 2 * DAY) == Again(done=1)
    assert river.account(_batch(river)).total.waiting == 1


def test_at_the_end_of_a_batch_it_can_still_be_sent_again(river: River) -> None:
    river.live(FIRST + HOUR, FIRST + 4 * DAY)
    assert {each.state for each in river.enrolled(_batch(river))} == {EnrolmentState.FINISHED}
    assert _again(river, State.REFUSED, FIRST + 5 * DAY) == Again(done=1)
    with river.service.write() as session:
        now = FIRST + 5 * DAY
        assert message_rows.take(session, token="t", lease_until=now + HOUR, now=now, wall=now) is not None
        message_rows.release(session, "t")
    river.send(wall=FIRST + 5 * DAY)
    river.live(FIRST + 5 * DAY, FIRST + 12 * DAY)
    assert {each.state for each in river.enrolled(_batch(river))} == {EnrolmentState.FINISHED}
    assert river.account(_batch(river)).total.sent == 5


def test_nothing_goes_again_to_somebody_who_left_or_bounced(river: River) -> None:
    with river.service.write() as session:
        session.get_one(Subscriber, _messages(river)[2].subscriber_id).state = SubscriberState.BOUNCED
    assert _again(river, State.REFUSED, FIRST + DAY) == Again(gone=1)
    with river.service.write() as session:
        assert outcomes.send_again(session, [999, _messages(river)[0].id], now=FIRST, wall=FIRST) == Again(not_there=2)
    assert [each.state for each in _messages(river)] == [State.SENT, State.UNKNOWN, State.REFUSED]


def _takeable(river: River, now: datetime) -> bool:
    with river.service.write() as session:
        taken = message_rows.take(session, token="t", lease_until=now + HOUR, now=now, wall=now)
        messages.release(session, "t")
    return taken is not None


def test_a_programme_that_is_held_waits_and_goes_on_slot_by_slot(bare_service: Service) -> None:
    load(bare_service, programme(letters=8))
    confirmed(bare_service, now=TUESDAY, wall=TUESDAY)
    river, first = River(bare_service), TUESDAY + timedelta(days=7) - HOUR
    river.send(wall=TUESDAY)
    river.plan(first)
    with bare_service.write() as session:
        assert holds.hold(session, 1, wall=first)
        assert not holds.hold(session, 1, wall=first)
        assert holds.release(session, 99, now=first, wall=first) is None
    assert not _takeable(river, first + MINUTE)
    with bare_service.write() as session:
        messages.sweep(session, now=first + 3 * DAY + HOUR, wall=first + 3 * DAY + HOUR)
    assert [(each.state, each.reason) for each in river.letters(1)] == [(State.SKIPPED, "held")]
    assert river.plan(first + 7 * DAY) == 0
    with bare_service.write() as session:
        assert holds.release(session, 1, now=first + 16 * DAY, wall=first + 16 * DAY) == 0
    river.live(first + 16 * DAY, first + 30 * DAY)
    slots = [each.slot for each in river.letters(1) if each.state == State.SENT]
    assert [f"{slot:%a %d.%m.}" for slot in slots if slot] == ["Tue 31.03.", "Tue 07.04."]


def test_everything_that_is_held_is_neither_planned_nor_sent_and_comes_back_in_order(river: River) -> None:
    batch = _batch(river)
    river.plan(FIRST + DAY - HOUR)
    with river.service.write() as session:
        assert holds.hold_everything(session, "An admin", wall=FIRST + DAY)
        assert not holds.hold_everything(session, "Another", wall=FIRST + DAY)
    with river.service.read() as session:
        held = hold_rows.everything(session)
    assert held is not None
    assert held.by == "An admin"
    assert not _takeable(river, FIRST + DAY)
    assert river.plan(FIRST + 4 * DAY) == 0
    soon = FIRST + DAY + 10 * MINUTE
    with river.service.write() as session:
        assert holds.release_everything(session, now=soon, wall=soon) == 0  # it was the relay that took an hour
        assert holds.release_everything(session, now=soon, wall=soon) is None
        holds.hold_everything(session, "An admin", wall=soon)
    later = FIRST + DAY + 5 * HOUR
    with river.service.write() as session:
        assert holds.release_everything(session, now=later, wall=later) == 3
    assert [each.state for each in river.letters(batch)[3:]] == [State.SKIPPED] * 3
    river.live(later, FIRST + 3 * DAY)
    assert river.account(batch).total.sent == 1 + 3
