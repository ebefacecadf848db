"""Hold and pause in mid-run with real processes: nothing leaves any more within seconds, and all of it does later, once."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from service.actions import batches, holds
from service.actions.batches import Settings
from service.bootstrap import Service
from service.store.tables import Enrolment, Sequence
from tests.parts.batches import River
from tests.parts.crowd import CrewMaker, check, crowd, is_settled
from tests.parts.river import Parts, load
from tests.parts.servers import Redis, Witness, smtp_witness, stop, until

LETTERS = 90
WORKERS = ("send-1", "send-2")
SECONDS = 5.0
"""Within so many seconds nothing leaves any more; a letter in hand may still be accepted."""


@dataclass
class Deed:
    """What somebody at the desk does, and how they undo it."""

    service: Service
    batch: int | None = None

    def everything(self, *, back: bool) -> None:
        """Hold everything."""
        now, wall = self.service.now(), self.service.wall()
        with self.service.write() as session:
            if back:
                holds.release_everything(session, now=now, wall=wall)
            else:
                holds.hold_everything(session, "Ada", wall=wall)

    def programme(self, *, back: bool) -> None:
        """Hold the programme."""
        now, wall = self.service.now(), self.service.wall()
        with self.service.write() as session:
            programme = session.scalars(select(Sequence.id).where(Sequence.kind == "programme")).one()
            if back:
                holds.release(session, programme, now=now, wall=wall)
            else:
                holds.hold(session, programme, wall=wall)

    def pause(self, *, back: bool) -> None:
        """Pause the batch."""
        assert self.batch is not None
        now, wall = self.service.now(), self.service.wall()
        with self.service.write() as session:
            if back:
                batches.resume(session, self.batch, now=now, wall=wall)
            else:
                batches.pause(session, self.batch, wall=wall)


def a_batch_that_is_due(service: Service) -> int:
    """A batch that everybody is on and that is due to all of them now; their programme waits for another day."""
    river, now = River(service), service.now()
    batch = river.draft(Settings("Now", first_date=now.date()), 1)
    river.confirm(batch, now - timedelta(minutes=11))
    river.launch(batch, now)
    with service.write() as session:
        for these, due in (
            (Enrolment.sequence_id == batch, now - timedelta(seconds=1)),
            (Enrolment.sequence_id != batch, now + timedelta(days=9)),
        ):
            session.execute(update(Enrolment).where(these).values(next_due_at=due))
    return batch


def quiet_within(witness: Witness, seconds: float) -> int:
    """Wait until nothing has come for a second; gives how many have come. Fails where it takes too long."""
    end = time.monotonic() + seconds
    known, since = len(witness.received()), time.monotonic()
    while time.monotonic() - since < 1:
        assert time.monotonic() < end + 1, "letters still leave"
        time.sleep(0.05)
        if (now := len(witness.received())) != known:
            known, since = now, time.monotonic()
    return known


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("deed", "database"), [("everything", "sqlite_url"), ("programme", "postgresql_url"), ("pause", "postgresql_url")]
)
def test_what_is_held_in_mid_run_stops_at_once_and_comes_later_once(
    redis: Redis, tmp_path: Path, make_crew: CrewMaker, deed: str, database: str, request: pytest.FixtureRequest
) -> None:
    with smtp_witness(tmp_path / "smtp", delay=0.05) as witness:
        parts = Parts(request.getfixturevalue(database), redis.url, witness.url)
        service = parts.service()
        load(service)
        crowd(service, LETTERS)
        does = Deed(service, a_batch_that_is_due(service) if deed == "pause" else None)
        act: Callable[..., None] = getattr(does, deed)
        crew = make_crew(parts)
        try:
            for name in ("clock-1", *WORKERS):
                crew.start(name)
            until("some letters", lambda: len(witness.received()) >= LETTERS // 6, 60)
            act(back=False)
            held = quiet_within(witness, SECONDS)
            assert held < LETTERS, "it was held in mid-run"
            act(back=True)
            until("all letters", lambda: is_settled(service, LETTERS), 60)
            check(service, witness, planned=LETTERS, unknown_at_most=0)
        finally:
            for process in crew.processes.values():
                stop(process)
            service.database.close()
