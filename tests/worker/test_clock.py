"""The clock's tick, called by hand, with a real queue."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from service.bootstrap import Service
from service.domain.messages import Kind, State
from service.store import beats
from service.store.tables import Beat, Consent, Enrolment, Knock, Message
from tests.parts.crowd import crowd
from tests.parts.river import Parts, ask, confirmed, load
from tests.parts.servers import Redis
from worker import bell
from worker.clock import Clock


@pytest.fixture
def ready(parts: Parts, redis: Redis) -> Iterator[Service]:
    """A service that sweeps at every tick."""
    service = replace(replace(parts, redis_url=redis.url).service(), sweep_every=timedelta(0))
    load(service)
    yield service
    service.database.close()


def _clock(service: Service) -> Clock:
    return Clock(service, bell.queue_of(bell.redis_of(service.redis_url)))


def _bells(service: Service) -> int:
    return bell.queue_of(bell.redis_of(service.redis_url)).count


def _states(service: Service) -> list[str]:
    with service.read() as session:
        return list(session.scalars(select(Message.state).order_by(Message.id)))


def test_a_tick_answers_sign_ups_rings_and_beats(ready: Service) -> None:
    ask(ready)
    _clock(ready).tick()
    assert _states(ready) == [State.DUE]
    assert _bells(ready) == 1
    with ready.read() as session:
        age = beats.last_tick_age(session, wall=ready.wall())
    assert age is not None
    assert 0 <= age < 10


def test_a_tick_plans_what_is_due(ready: Service) -> None:
    crowd(ready, 3)
    _clock(ready).tick()
    assert _states(ready) == [State.DUE] * 3


def test_no_more_than_two_bells_ring(ready: Service) -> None:
    ask(ready)
    clock = _clock(ready)
    for _ in range(5):
        clock.tick()
    assert _bells(ready) == 2


def test_nothing_due_rings_nothing(ready: Service) -> None:
    _clock(ready).tick()
    assert _bells(ready) == 0


def test_a_bell_carries_nothing_and_does_not_outlive_its_use(ready: Service) -> None:
    queue = bell.queue_of(bell.redis_of(ready.redis_url))
    bell.ring(queue)
    job = queue.jobs[0]
    assert (job.func_name, list(job.args), job.kwargs) == ("worker.jobs.drain", [], {})
    assert (job.timeout, job.result_ttl, job.failure_ttl, job.ttl) == (-1, 0, 60, 15)
    assert not job.retries_left


def test_two_clocks_at_once_plan_each_letter_once(ready: Service) -> None:
    crowd(ready, 60)
    clocks = [threading.Thread(target=_clock(ready).tick) for _ in range(2)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join(60)
    with ready.read() as session:
        assert session.scalars(select(func.count()).select_from(Message)).one() == 60
        assert set(session.scalars(select(Enrolment.turn))) == {1}


def test_a_lease_that_is_over_is_swept_to_unknown(ready: Service) -> None:
    confirmed(ready, now=ready.now())
    with ready.write() as session:
        session.execute(
            update(Message)
            .where(Message.kind == Kind.WELCOME)
            .values(state=State.SENDING, token="t", lease_until=ready.wall() - timedelta(seconds=1))
        )
    _clock(ready).tick()
    assert State.UNKNOWN in _states(ready)


def test_unconfirmed_sign_ups_are_forgotten(ready: Service) -> None:
    ask(ready, wall=ready.wall() - timedelta(hours=73))
    clock = _clock(ready)
    clock.tick()
    clock.tick()
    with ready.read() as session:
        assert session.scalars(select(func.count()).select_from(Consent)).one() == 0


def test_traces_of_forgotten_addresses_go_after_thirty_days_on_a_quiet_site_too(ready: Service) -> None:
    with ready.write() as session:
        session.add(Knock(address_hash="h" * 64, at=ready.wall() - timedelta(days=31)))
        session.add(Knock(address_hash="h" * 64, at=ready.wall() - timedelta(days=29)))
    _clock(ready).tick()
    with ready.read() as session:
        assert session.scalars(select(func.count()).select_from(Knock)).one() == 1


def test_without_redis_everything_else_goes_on(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    service = replace(parts, redis_url="unix:///nowhere/at/all").service()
    load(service)
    ask(service)
    clock = _clock(service)
    clock.tick()
    clock.tick()
    assert _states(service) == [State.DUE]
    with service.read() as session:
        assert session.scalars(select(Beat.name)).one() == beats.CLOCK
    assert [record.message for record in caplog.records if "ring" in record.message] == [
        "ring failed and will be tried again each second: ConnectionError"
    ]
    service.database.close()


def test_a_database_that_is_away_is_waited_for(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    away = replace(parts, database_url="postgresql://nobody@/nowhere?host=/nowhere").service()
    _clock(away).tick()
    assert any("beat failed" in record.message for record in caplog.records)
