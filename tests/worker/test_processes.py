"""The two processes as operators start and stop them."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rq import SimpleWorker

from service.bootstrap import Service
from service.mail.tokens import Keyring
from service.store import schema, suppressions
from service.store.database import open_database
from tests.parts.crowd import CrewMaker, check, crowd, is_settled, states
from tests.parts.river import TUESDAY, Parts, load, process
from tests.parts.servers import PROJECT, Redis, smtp_witness, stop, until
from worker.__main__ import Postman, send


def _run(role: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(process(role), env=env, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def whole(sqlite_url: str, redis: Redis) -> Parts:
    return Parts(sqlite_url, redis.url)


@pytest.mark.parametrize("role", ["send", "clock"])
def test_a_missing_setting_is_one_clear_line(whole: Parts, role: str) -> None:
    env = whole.environment()
    del env["SMTP_URL"]
    done = _run(role, env)
    assert done.returncode == 2
    assert done.stderr.startswith("SMTP_URL is missing: ")
    assert done.stderr.count("\n") == 1


def test_an_unknown_role_says_which_there_are(whole: Parts) -> None:
    done = _run("dance", whole.environment())
    assert (done.returncode, done.stderr) == (2, "usage: python -m worker send|clock\n")


@pytest.mark.parametrize("role", ["send", "clock"])
def test_the_start_is_refused_while_a_key_in_use_is_missing(whole: Parts, role: str) -> None:
    database = open_database(whole.database_url)
    old = Keyring(["an old key that somebody took out too early"])
    with database.write() as session:
        suppressions.add(session, old.address_hashes("x@example.net"), reason="never", source="test", wall=TUESDAY)
    database.close()
    done = _run(role, whole.environment())
    assert done.returncode == 2
    assert f"SECRET_KEY lacks the key with id {old.key_ids[0]}." in done.stderr


@pytest.fixture
def signals() -> Iterator[None]:
    """Puts the handlers of this process back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
def test_redis_that_goes_away_before_the_first_bell_is_waited_for(
    sqlite_url: str, own_redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    parts, stopped = Parts(sqlite_url, own_redis.url), threading.Event()
    service = parts.service()
    own_redis.kill()
    timer = threading.Timer(0.5, stopped.set)
    timer.start()
    send(service, stopped)
    timer.join()
    service.database.close()
    assert "Redis is away, waiting for it: ConnectionError" in caplog.text


def test_after_a_long_absence_redis_is_asked_for_every_few_seconds() -> None:
    assert Postman.max_connection_wait_time <= 5 < SimpleWorker.max_connection_wait_time


@pytest.mark.parametrize("name", ["send-1", "clock-1"])
def test_sigterm_ends_an_idle_process_at_once(whole: Parts, make_crew: CrewMaker, name: str) -> None:
    crew = make_crew(whole)
    crew.start(name)
    crew.wait_ready()
    assert stop(crew.processes[name], 5) == 0
    assert "Traceback" not in crew.log(name)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_sigterm_in_mid_letter_finishes_it_and_takes_no_new_one(
    whole: Parts, tmp_path: Path, make_crew: CrewMaker, sent: signal.Signals
) -> None:
    with smtp_witness(tmp_path / "smtp", delay=1.0) as witness:
        parts = replace(whole, smtp_url=witness.url)
        service = parts.service()
        load(service)
        crew = make_crew(parts)
        for name in ("send-1", "clock-1"):
            crew.start(name)
        crew.wait_ready()
        crowd(service, 5)
        until("a letter on the wire", lambda: states(service)["sending"] == 1, 20)
        os.kill(crew.processes["send-1"].pid, sent)
        assert crew.processes["send-1"].wait(15) == 0
        counts = states(service)
        assert (counts["sending"], counts["unknown"]) == (0, 0)
        assert counts["sent"] == len(witness.received())
        assert counts["due"] > 0
        crew.start("send-1")
        until("the rest", lambda: is_settled(service, 5), 30)
        for running in crew.processes.values():
            stop(running)
        check(service, witness, planned=5, unknown_at_most=0)
        service.database.close()


def test_a_worker_waits_for_redis_and_the_database(tmp_path: Path, make_crew: CrewMaker, own_redis: Redis) -> None:
    url = f"sqlite:///{tmp_path / 'late.db'}"
    crew = make_crew(Parts(url, own_redis.url))
    own_redis.kill()
    crew.start("send-1")
    until("it to wait for the database", lambda: "waiting for the database" in crew.log("send-1"))
    schema.upgrade(url)
    until("it to wait for Redis", lambda: "waiting for Redis" in crew.log("send-1"))
    own_redis.start()
    crew.wait_ready()
    assert stop(crew.processes["send-1"]) == 0


def test_logs_hold_no_address_and_no_text(whole: Parts, tmp_path: Path, make_crew: CrewMaker) -> None:
    with smtp_witness(tmp_path / "smtp") as witness:
        parts = replace(whole, smtp_url=witness.url, more=(("LOG_LEVEL", "DEBUG"),))
        service: Service = parts.service()
        load(service)
        crew = make_crew(parts)
        for name in ("send-1", "clock-1"):
            crew.start(name)
        crew.wait_ready()
        crowd(service, 2)
        crowd(service, 1, "rcpt550")
        until("all letters", lambda: states(service)["sent"] == 2 and states(service)["refused"] == 1)
        for running in crew.processes.values():
            stop(running)
        logs = crew.log("send-1") + crew.log("clock-1")
        assert "example.net" not in logs
        assert "opening" not in logs
        assert "/u/" not in logs
        service.database.close()
