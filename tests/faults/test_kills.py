"""kill -9 of workers and clock at random: nothing twice, nothing lost, at most one unknown for each kill of a worker."""

import os
import random
import time
from pathlib import Path

import pytest

from tests.parts.crowd import CrewMaker, check, crowd, is_settled
from tests.parts.river import Parts, load
from tests.parts.servers import Redis, kill, smtp_witness, stop, until

STORM = int(os.environ.get("STORM", "1"))
LETTERS = 200 * STORM
KILLS = 8 * STORM
SHORT = (("LEASE_SECONDS", "4"), ("SWEEP_SECONDS", "1"), ("RETRY_SECONDS", "1"))


@pytest.mark.timeout(300 * STORM)
@pytest.mark.parametrize("seed", [20261120])
def test_killing_loses_and_doubles_nothing(
    database_url: str, redis: Redis, tmp_path: Path, make_crew: CrewMaker, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  a repeatable storm
    # Slow enough that most kills hit a letter on the wire.
    with smtp_witness(tmp_path / "smtp", delay=0.08) as witness:
        parts = Parts(database_url, redis.url, witness.url, more=SHORT)
        service = parts.service()
        load(service)
        crew = make_crew(parts)
        for name in ("clock-1", "send-1", "send-2"):
            crew.start(name)
        worker_kills = 0
        try:
            crew.wait_ready()
            crowd(service, LETTERS)
            until("the first letters", lambda: len(witness.received()) > 10, 60)
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.2, 1.6))
                name = chance.choice(["send-1", "send-1", "send-2", "send-2", "clock-1"])
                kill(crew.processes[name])
                worker_kills += name.startswith("send")
                crew.start(name)
            until("quiet after the storm", lambda: is_settled(service, LETTERS), 150 * STORM, pause=0.5)
        finally:
            for process in crew.processes.values():
                stop(process)
        check(service, witness, planned=LETTERS, unknown_at_most=worker_kills)
        assert worker_kills >= KILLS / 2
        service.database.close()
