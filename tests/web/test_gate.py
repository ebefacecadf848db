"""Sign-ups by how they come: dropped, held or taken in at once, counted in Valkey or, while it is away, in this process."""

import logging
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis as redis_client

from service.domain.consents import AT_ONCE, Reply, Verdict
from service.web.gate import Gate, Visit
from service.web.limits import LOOK_AGAIN, Counters, Step, ping
from tests.parts.servers import Redis

WALL = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
HELD = Verdict(held=HOUR)
NOWHERE = "unix:///nowhere"


class Visitors:
    """People who come one after the other, each from a network of their own unless it is said."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.wall = WALL
        self.number = 0

    def come(
        self, *, proof: bool = True, stamped: bool = True, network: str = "", domain: str = "", trapped: bool = False
    ) -> Verdict:
        """One more, at this moment."""
        self.number += 1
        visit = Visit(
            trapped=trapped,
            made=self.wall - MINUTE if stamped else None,
            proof=f"proof {self.number}" if proof else None,
            network=network or f"network {self.number}",
            domain=domain or f"{self.number}.example",
        )
        return self.gate.judge(visit, wall=self.wall)


@pytest.fixture(params=["memory", "valkey"])
def counters(request: pytest.FixtureRequest) -> Counters:
    """Counters of this process, and in a real server."""
    return Counters(NOWHERE if request.param == "memory" else request.getfixturevalue("redis").url)


@pytest.fixture
def visitors(counters: Counters) -> Visitors:
    return Visitors(Gate(counters, "secret"))


def test_somebody_with_a_page_of_ours_and_a_proof_goes_through(visitors: Visitors) -> None:
    assert visitors.come() is AT_ONCE


def test_the_trap_drops(visitors: Visitors) -> None:
    assert visitors.come(trapped=True) == Verdict(dropped=Reply.TRAP)


def test_who_is_faster_than_anybody_is_dropped(visitors: Visitors) -> None:
    visit = Visit(trapped=False, made=WALL - timedelta(seconds=2), proof="a", network="n", domain="d")
    assert visitors.gate.judge(visit, wall=WALL) == Verdict(dropped=Reply.HASTY)
    assert visitors.gate.judge(replace(visit, made=WALL - timedelta(seconds=3)), wall=WALL) is AT_ONCE


def test_five_an_hour_come_from_one_network(visitors: Visitors) -> None:
    seen = [visitors.come(network="one").dropped for _ in range(7)]
    assert seen == [None] * 5 + [Reply.CROWD] * 2
    assert visitors.come(network="another") is AT_ONCE


def test_the_hour_of_a_network_slides(visitors: Visitors) -> None:
    for _ in range(5):
        visitors.come(network="one")
    visitors.wall += HOUR
    assert visitors.come(network="one").dropped is Reply.CROWD
    visitors.wall += 50 * MINUTE
    assert visitors.come(network="one").dropped is None


def test_twenty_a_day_come_from_one_network(visitors: Visitors) -> None:
    seen = []
    for _ in range(8):
        seen += [visitors.come(network="one").dropped for _ in range(3)]
        visitors.wall += 100 * MINUTE
    assert seen == [None] * 20 + [Reply.CROWD] * 4


def test_one_without_proof_goes_through_in_an_hour_and_others_are_held(visitors: Visitors) -> None:
    assert [visitors.come(proof=False, network="one") for _ in range(3)] == [AT_ONCE, HELD, HELD]
    assert visitors.come(proof=False, network="another") is AT_ONCE
    assert visitors.come(network="one") is AT_ONCE


def test_without_a_page_of_ours_a_proof_is_none(visitors: Visitors) -> None:
    assert [visitors.come(stamped=False, network="one") for _ in range(2)] == [AT_ONCE, HELD]


def test_a_proof_is_good_for_one_sign_up(visitors: Visitors) -> None:
    visit = Visit(trapped=False, made=WALL - MINUTE, proof="the same", network="n", domain="d")
    seen = [visitors.gate.judge(visit, wall=WALL) for _ in range(3)]
    assert seen == [AT_ONCE, AT_ONCE, HELD]  # by its proof, by the slow lane, and no more


def test_midnight_makes_no_proof_good_again(visitors: Visitors) -> None:
    before, after = WALL + 14 * HOUR - MINUTE, WALL + 14 * HOUR + MINUTE
    visit = Visit(trapped=False, made=WALL, proof="the same", network="n", domain="d")
    assert [visitors.gate.judge(visit, wall=wall) for wall in (before, after, after)] == [AT_ONCE, AT_ONCE, HELD]


def test_of_one_domain_twenty_an_hour_are_answered_and_the_rest_in_the_hours_after(visitors: Visitors) -> None:
    visitors.wall += 15 * MINUTE
    held = [visitors.come(domain="small.example").held for _ in range(62)]
    assert held[:20] == [timedelta()] * 20
    assert held[20:23] == [45 * MINUTE, 48 * MINUTE, 51 * MINUTE]
    assert held[40:42] == [HOUR + 45 * MINUTE, HOUR + 48 * MINUTE]
    assert held[60] == 2 * HOUR + 45 * MINUTE
    assert visitors.come(domain="gmail.com") is AT_ONCE


def test_the_queue_of_a_domain_is_a_day_long(visitors: Visitors) -> None:
    seen = [visitors.come(domain="small.example") for _ in range(501)]
    assert max(verdict.held for verdict in seen) < 25 * HOUR
    assert [verdict.dropped for verdict in seen] == [None] * 500 + [Reply.CROWD]


def test_a_provider_with_half_the_world_has_ten_times_the_room(visitors: Visitors) -> None:
    seen = [visitors.come(domain="gmail.com") for _ in range(201)]
    assert seen[:200] == [AT_ONCE] * 200
    assert seen[200].held == HOUR


def test_in_a_storm_only_proof_goes_through_at_once(visitors: Visitors) -> None:
    assert [visitors.come(proof=False) for _ in range(30)] == [AT_ONCE] * 30
    assert visitors.come() is AT_ONCE
    held = [visitors.come(proof=False).held for _ in range(32)]
    assert held[:2] == [HOUR, HOUR + 2 * MINUTE]
    assert held[29:31] == [HOUR + 58 * MINUTE, 2 * HOUR]
    assert visitors.come() is AT_ONCE
    visitors.wall += HOUR
    assert visitors.come(proof=False) is AT_ONCE


def test_what_is_usual_is_no_storm(visitors: Visitors) -> None:
    for _ in range(168):
        for _ in range(12):
            visitors.gate._is_storm(visitors.wall, count=True)
        visitors.wall += HOUR
    assert [visitors.come(proof=False) for _ in range(36)] == [AT_ONCE] * 36
    assert visitors.come(proof=False).held > timedelta()


def test_what_was_dropped_takes_nobodys_place(visitors: Visitors) -> None:
    for _ in range(100):
        visitors.come(trapped=True, domain="small.example")
    assert visitors.come(domain="small.example", proof=False) is AT_ONCE


# Where it is counted


def everything_in(url: str) -> dict[str, int]:
    """The keys of a server, each with the seconds that it still lasts."""
    with redis_client.Redis.from_url(url) as client:
        return {key.decode(): int(client.ttl(key)) for key in client.scan_iter()}


def test_what_is_kept_names_nobody_and_ends(redis: Redis) -> None:
    visitors = Visitors(Gate(Counters(redis.url), "secret"))
    for proof in (True, False, False):
        visitors.come(network="192.0.2.0/24", domain="example.org", proof=proof)
    kept = everything_in(redis.url)
    assert len(kept) == 6
    for key, seconds in kept.items():
        assert key.startswith("mendletter:sign-up:")
        assert len(key.removeprefix("mendletter:sign-up:")) == 32
        assert 0 < seconds <= 8 * DAY.total_seconds()


def test_nobody_can_be_followed_from_one_day_to_the_next(redis: Redis) -> None:
    visitors = Visitors(Gate(Counters(redis.url), "secret"))
    visitors.come(network="192.0.2.0/24", domain="example.org", proof=False)
    first = set(everything_in(redis.url))
    redis.flush()
    visitors.wall += DAY
    visitors.come(network="192.0.2.0/24", domain="example.org", proof=False)
    assert first & set(everything_in(redis.url)) == set()


def test_two_processes_count_together(redis: Redis) -> None:
    one, other = (Visitors(Gate(Counters(redis.url), "secret")) for _ in range(2))
    assert one.come(proof=False, network="n") is AT_ONCE
    assert other.come(proof=False, network="n") == HELD


@pytest.fixture
def frozen(own_redis: Redis) -> Iterator[Redis]:
    """A server that takes connections and says nothing."""
    own_redis.process.send_signal(signal.SIGSTOP)
    yield own_redis
    own_redis.process.send_signal(signal.SIGCONT)


def test_a_server_that_says_nothing_is_noticed_within_two_seconds_and_left_alone(
    frozen: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    visitors = Visitors(Gate(Counters(frozen.url), "secret"))
    start = time.monotonic()
    assert [visitors.come(proof=False, network="n") for _ in range(2)] == [AT_ONCE, HELD]
    assert 0.5 < time.monotonic() - start < 2
    start = time.monotonic()
    assert visitors.come() is AT_ONCE
    assert time.monotonic() - start < 0.2
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    start = time.monotonic()
    assert not ping(frozen.url)
    assert time.monotonic() - start < 2


def test_a_server_that_went_is_asked_again_after_half_a_minute(own_redis: Redis) -> None:
    moment = [1000.0]
    counters = Counters(own_redis.url, lambda: moment[0])
    visitors = Visitors(Gate(counters, "secret"))
    assert visitors.come(proof=False, network="n") is AT_ONCE
    own_redis.kill()
    assert visitors.come(proof=False, network="n") is AT_ONCE  # this process has not seen anybody yet
    assert visitors.come(proof=False, network="n") == HELD
    own_redis.start()
    moment[0] += LOOK_AGAIN - 1
    assert visitors.come(proof=False, network="m") is AT_ONCE
    assert everything_in(own_redis.url) == {}
    moment[0] += 1
    assert visitors.come(proof=False, network="m") is AT_ONCE
    assert everything_in(own_redis.url) != {}


def test_a_server_that_only_closed_the_connection_is_not_away(redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    visitors = Visitors(Gate(Counters(redis.url), "secret"))
    assert visitors.come(proof=False, network="n") is AT_ONCE
    with redis_client.Redis.from_url(redis.url) as client:
        client.client_kill_filter(_type="normal", skipme=True)
    assert visitors.come(proof=False, network="n") == HELD
    assert caplog.records == []


def test_the_memory_of_a_process_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.web.limits._FULL", 10)
    counters = Counters(NOWHERE)
    for number in range(1000):
        counters.walk([Step(f"key {number}", HOUR)], wall=WALL)
    assert len(counters._memory._kept) <= 10
    assert counters.walk([Step("kept", HOUR)], wall=WALL) == [1]
    assert counters.walk([Step("kept", HOUR)], wall=WALL + 2 * HOUR) == [1]
