"""Redis is a bell: losing all it holds, or itself, in mid-run loses no letter and doubles none."""

import os
from functools import partial
from pathlib import Path

import pytest

from tests.parts.crowd import CrewMaker, check, crowd, is_settled, states
from tests.parts.river import Parts, load
from tests.parts.servers import Redis, Witness, smtp_witness, stop, until

STORM = int(os.environ.get("STORM", "1"))
LETTERS = 120 * STORM


def _more_than(witness: Witness, mark: int) -> bool:
    return len(witness.received()) > mark


@pytest.mark.timeout(240 * STORM)
@pytest.mark.parametrize("fault", ["flushall", "restart"])
def test_nothing_is_lost(sqlite_url: str, own_redis: Redis, tmp_path: Path, make_crew: CrewMaker, fault: str) -> None:
    with smtp_witness(tmp_path / "smtp", delay=0.02) as witness:
        parts = Parts(sqlite_url, own_redis.url, witness.url)
        service = parts.service()
        load(service)
        crew = make_crew(parts)
        try:
            for name in ("clock-1", "send-1", "send-2"):
                crew.start(name)
            crew.wait_ready()
            crowd(service, LETTERS)
            for mark in (LETTERS // 5, LETTERS // 2):
                until(f"{mark} letters", partial(_more_than, witness, mark), 60 * STORM)
                if fault == "flushall":
                    own_redis.flush()
                else:
                    own_redis.kill()
                    own_redis.start()
            until("all letters", lambda: is_settled(service, LETTERS), 120 * STORM, pause=0.5)
        finally:
            codes = [stop(process) for process in crew.processes.values()]
        assert check(service, witness, planned=LETTERS, unknown_at_most=0).total() == LETTERS
        assert codes == [0, 0, 0]
        service.database.close()


@pytest.mark.timeout(120)
def test_while_redis_is_away_letters_wait_and_go_within_seconds_of_its_return(
    sqlite_url: str, own_redis: Redis, tmp_path: Path, make_crew: CrewMaker
) -> None:
    with smtp_witness(tmp_path / "smtp") as witness:
        parts = Parts(sqlite_url, own_redis.url, witness.url)
        service = parts.service()
        load(service)
        crew = make_crew(parts)
        try:
            for name in ("clock-1", "send-1"):
                crew.start(name)
            crew.wait_ready()
            own_redis.kill()
            crowd(service, 3)
            until("the letters to be planned without Redis", lambda: states(service)["due"] == 3)
            assert witness.received() == []
            own_redis.start()
            until("the letters to go", lambda: is_settled(service, 3), 30)
        finally:
            for process in crew.processes.values():
                stop(process)
        check(service, witness, planned=3, unknown_at_most=0)
        service.database.close()
