"""The clock's work on batches, on both databases: launched, cleared, paused and finished by ticks; two clocks at once."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from service.actions import batches
from service.actions.batches import Settings
from service.actions.launches import CHUNK
from service.bootstrap import Service
from service.domain.batches import UNDO_WITHIN, State
from service.domain.messages import State as MessageState
from service.domain.sequences import EnrolmentState
from service.store.tables import Enrolment, Message
from tests.parts.batches import River
from tests.parts.crowd import crowd
from tests.parts.river import Parts, load
from worker.batches import Batches
from worker.clock import Clock

MANY = 30
ALL = MANY + CHUNK


@pytest.fixture
def river(parts: Parts) -> Iterator[River]:
    """A service that sweeps at every tick, with a crowd whose programme is far away."""
    service = replace(parts.service(), sweep_every=timedelta(0))
    load(service)
    crowd(service, MANY)
    with service.write() as session:
        session.execute(update(Enrolment).values(next_due_at=service.now() + timedelta(days=400)))
    yield River(service)
    service.database.close()


def _begun(river: River, settings: Settings, letters: int = 1) -> int:
    """A batch that was confirmed ten minutes ago; its letters leave at once, whatever the time is in Berlin."""
    batch = river.draft(settings, letters)
    ago = river.service.wall() - UNDO_WITHIN - timedelta(seconds=1)
    with river.service.write() as session:
        batches.confirm(session, batch, revision=2, by="An admin", now=river.service.now(), wall=ago)
    return batch


def _today(service: Service) -> Settings:
    return Settings("News", first_date=service.now().date() + timedelta(days=1), cadence_days=1)


def _settle(service: Service, state: MessageState) -> None:
    with service.write() as session:
        reason = "550" if state is MessageState.REFUSED else None
        values = {"state": state, "reason": reason, "settled_at": service.wall()}
        session.execute(update(Message).values(values))


def test_two_clocks_take_a_crowd_in_and_each_reader_once(river: River) -> None:
    crowd(river.service, CHUNK, "other")
    batch = _begun(river, _at_hour_of_now(river.service))
    clocks = [threading.Thread(target=_tick_until_taken, args=(river, batch)) for _ in range(2)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join(120)
    with river.service.read() as session:
        mine = select(func.count(), func.count(func.distinct(Enrolment.subscriber_id))).where(Enrolment.sequence_id == batch)
        assert session.execute(mine).one() == (ALL, ALL)
    assert (river.row(batch).readers, river.row(batch).state) == (ALL, State.RUNNING)
    assert river.account(batch).total.expected == ALL


def _at_hour_of_now(service: Service) -> Settings:
    """A batch of today or tomorrow, whichever has begun somewhere."""
    return replace(_today(service), first_date=(service.now() + timedelta(hours=14)).date())


def _tick_until_taken(river: River, batch: int) -> None:
    work = Batches(river.service)
    for _ in range(100):
        work.launch()
        if river.row(batch).taken_all_at is not None:
            return


def test_ticks_plan_finish_clear_and_pause(river: River) -> None:
    service, clock = river.service, Clock(river.service, None)
    first, second, third = (_begun(river, replace(_at_hour_of_now(service), name=name)) for name in "abc")
    clock.tick()
    assert {river.row(each).readers for each in (first, second, third)} == {MANY}
    with service.write() as session:
        batches.cancel(session, second, now=service.now(), wall=service.wall())
    with service.write() as session:
        session.execute(
            update(Enrolment).where(Enrolment.sequence_id == first).values(next_due_at=service.now() - timedelta(seconds=1))
        )
    clock.tick()
    assert {each.state for each in river.enrolled(second)} == {EnrolmentState.STOPPED}
    assert river.row(second).ended_at is not None
    assert len(river.letters(first)) == MANY
    _settle(service, MessageState.REFUSED)
    clock.tick()
    assert (river.row(first).state, river.row(third).state) == (State.PAUSED, State.RUNNING)
    with service.write() as session:
        batches.resume(session, first, now=service.now(), wall=service.wall())
    clock.tick()
    assert river.row(first).state == State.DONE
    assert river.account(first).total.refused == {"550": MANY}


def test_a_clock_with_nothing_to_launch_takes_no_lock(river: River) -> None:
    """Another one writes while it looks: on SQLite there is one writer at a time."""
    work = Batches(river.service)
    with river.service.write() as session:
        session.execute(update(Enrolment).values(weekday=2))
        work.launch()
        work.sweep()
