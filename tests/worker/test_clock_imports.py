"""The clock takes lists in, chunk by chunk, beside everything else that it does."""

import pytest
from sqlalchemy import func, select

from service.actions import imports
from service.bootstrap import Service
from service.domain.imports.rules import CHUNK, Choices
from service.domain.subscribers import Wishes
from service.store.tables import Subscriber
from tests.parts.lists import text
from worker.clock import Clock


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What a tick does to an import is tried on both databases elsewhere."""
    return sqlite_url


def test_each_tick_takes_in_one_chunk_until_the_list_is_done(service: Service) -> None:
    wall, choices = service.wall(), Choices("after-leaving", Wishes(1, 10, "Europe/Berlin", discreet=True))
    found = imports.read(
        [text("email,consent at", *(f"a{number}@example.org,2024-01-01" for number in range(CHUNK + 1)))], wall=wall
    )
    with service.write() as session:
        kept = imports.keep(session, found, name="list.csv", admin_id=1, by="Olga", wall=wall)
    clock = Clock(service, None)
    for begun, there in ((False, 0), (True, CHUNK), (True, CHUNK + 1), (True, CHUNK + 1)):
        if begun:
            with service.write() as session:
                imports.begin(session, kept, choices, organisation="Example House", wall=wall)
        clock.tick()
        with service.read() as session:
            assert session.scalars(select(func.count()).select_from(Subscriber)).one() == there
    with service.read() as session:
        progress = imports.progress(session, kept)
    assert progress is not None
    assert progress.stage == "done"
