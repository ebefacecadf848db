"""Two clocks and three workers at once over hundreds of letters: each is received exactly once."""

import os

import pytest

from service.domain.messages import State
from tests.parts.crowd import CrewMaker, check, crowd, is_settled
from tests.parts.river import Parts, load
from tests.parts.servers import Redis, Witness, stop, until

STORM = int(os.environ.get("STORM", "1"))
LETTERS = 300 * STORM


@pytest.mark.timeout(300 * STORM)
def test_each_letter_is_received_exactly_once(database_url: str, redis: Redis, witness: Witness, make_crew: CrewMaker) -> None:
    parts = Parts(database_url, redis.url, witness.url)
    service = parts.service()
    load(service)
    crew = make_crew(parts)
    names = ("clock-1", "clock-2", "send-1", "send-2", "send-3")
    try:
        for name in names:
            crew.start(name)
        crew.wait_ready()
        crowd(service, LETTERS)
        until("all letters", lambda: is_settled(service, LETTERS), 150 * STORM, pause=0.5)
    finally:
        codes = [stop(process) for process in crew.processes.values()]
    counts = check(service, witness, planned=LETTERS, unknown_at_most=0)
    assert counts[State.SENT] == LETTERS
    assert codes == [0] * len(names)
    busy = [name for name in names if "sent" in crew.log(name)]
    assert len(busy) == 3, f"all three workers should have had a part in it: {busy}"
    service.database.close()
