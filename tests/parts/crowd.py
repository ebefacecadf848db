"""Many readers at once, all due now, and the oracle of delivery.md 3.1 over what the SMTP server received."""

import secrets
import subprocess
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import insert, select

from service.bootstrap import Service
from service.domain.messages import Kind, State
from service.domain.sequences import EnrolmentState
from service.domain.subscribers import State as SubscriberState
from service.store.tables import Enrolment, Message, Sequence, Subscriber
from tests.parts.river import Parts, process
from tests.parts.servers import Witness, kill, start, until


def crowd(service: Service, size: int, local_part: str = "reader") -> None:
    """`size` active readers of the first programme, each with a letter due at this moment."""
    wall, now = service.wall(), service.now()
    with service.write() as session:
        sequence = session.scalars(select(Sequence).order_by(Sequence.id)).first()
        assert sequence is not None
        addresses = [f"{local_part}.{number}@example.net" for number in range(size)]
        session.execute(
            insert(Subscriber),
            [
                {
                    "ref": secrets.token_hex(8),
                    "link_epoch": 0,
                    "address": address,
                    "address_key": address,
                    "address_hash": service.keys.address_hashes(address)[0][1],
                    "state": SubscriberState.ACTIVE,
                    "zone": "Europe/Berlin",
                    "hour": 10,
                    "never_hours": 0,
                    "language": "en",
                    "discreet": True,
                    "created_at": wall,
                }
                for address in addresses
            ],
        )
        ids = session.scalars(select(Subscriber.id).where(Subscriber.address_key.in_(addresses))).all()
        session.execute(
            insert(Enrolment),
            [
                {
                    "subscriber_id": subscriber_id,
                    "sequence_id": sequence.id,
                    "run": 1,
                    "state": EnrolmentState.RUNNING,
                    "weekday": 1,
                    "pace_days": 7,
                    "anchor": now.date(),
                    "turn": 0,
                    "next_due_at": now - timedelta(seconds=1),
                    "created_at": now,
                }
                for subscriber_id in ids
            ],
        )


class Crew:
    """Processes of the service that may be killed and started again."""

    def __init__(self, parts: Parts, folder: Path) -> None:
        self._env, self._folder = parts.environment(), folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """Start a process; its role is its name up to a dash: `send-1`, `clock-2`."""
        command = process(name.partition("-")[0])
        self.processes[name] = start(*command, env=self._env, log=self._folder / f"{name}.log")

    def log(self, name: str) -> str:
        """All that a process has written so far, over all its lives."""
        path = self._folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def close(self) -> None:
        """Leave nothing running, however the test ended."""
        for running in self.processes.values():
            kill(running)

    def _is_ready(self, name: str) -> bool:
        return "is ready" in self.log(name)

    def wait_ready(self) -> None:
        """Wait until every process has said that it is ready."""
        for name in self.processes:
            until(f"{name} to be ready", partial(self._is_ready, name), 60)


CrewMaker = Callable[[Parts], Crew]


def states(service: Service) -> Counter[str]:
    """How many letters are in each state."""
    with service.read() as session:
        return Counter(session.scalars(select(Message.state).where(Message.kind == Kind.LETTER)))


def is_settled(service: Service, planned: int) -> bool:
    """Whether all letters are planned and none waits any more."""
    counts = states(service)
    return counts.total() == planned and not counts[State.DUE] and not counts[State.SENDING]


def check(service: Service, witness: Witness, *, planned: int, unknown_at_most: int) -> Counter[str]:
    """The oracle: nothing twice, nothing lost, the unknown within its bound, and all accounted for."""
    received = Counter(line["message_id"] for line in witness.received())
    with service.read() as session:
        rows = session.execute(select(Message.ref, Message.state).where(Message.kind == Kind.LETTER)).all()
    counts = Counter(state for _, state in rows)
    for ref, state in rows:
        copies = received[f"<d.{ref}@example.org>"]
        assert copies <= 1, f"{ref} came {copies} times"
        assert state != State.SENT or copies == 1, f"{ref} is sent and was never received"
        assert copies == 0 or state in (State.SENT, State.UNKNOWN), f"{ref} was received and is {state}"
    assert received.total() <= planned
    assert counts.total() == planned == counts[State.SENT] + counts[State.UNKNOWN]
    assert counts[State.UNKNOWN] <= unknown_at_most
    return counts
