"""What the clock plans is what the time machine said, letter for letter and minute for minute, on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from service.actions import enrolments
from service.bootstrap import Service
from service.domain.journey import Move, journey
from service.domain.messages import Kind, State
from service.domain.schedule import Rhythm, pause_end
from service.domain.subscribers import Wishes
from service.store import enrolments as enrolment_rows
from service.store import sequences
from service.store.subscribers import mask
from service.store.tables import Enrolment, Letter, Message, Subscriber
from tests.parts.river import confirmed, load, programme

NEVER_AT_NIGHT = [*range(21, 24), *range(9)]
READERS = [
    pytest.param(Wishes(1, 10, "Europe/Berlin", discreet=True), [], {}, datetime(2026, 3, 3, 9, tzinfo=UTC), id="spring"),
    pytest.param(Wishes(6, 2, "America/New_York", discreet=True), [], {}, datetime(2026, 10, 1, 9, tzinfo=UTC), id="autumn"),
    pytest.param(
        Wishes(5, 22, "Australia/Lord_Howe", discreet=True),
        NEVER_AT_NIGHT,
        {},
        datetime(2026, 9, 1, tzinfo=UTC),
        id="never-hours",
    ),
    pytest.param(
        Wishes(3, 7, "Asia/Kathmandu", discreet=True), [], {2: Move("pause", 3)}, datetime(2026, 5, 1, tzinfo=UTC), id="pause"
    ),
    pytest.param(
        Wishes(0, 0, "Africa/Cairo", discreet=True), [0], {4: Move("stop")}, datetime(2026, 4, 1, 22, tzinfo=UTC), id="stop"
    ),
]


@pytest.mark.parametrize(("wishes", "never", "moves", "start"), READERS)
def test_planned_and_foretold_agree(
    bare_service: Service, wishes: Wishes, never: list[int], moves: dict[int, Move], start: datetime
) -> None:
    service = bare_service
    load(service, programme(letters=6))
    reader = confirmed(service, now=start, wall=start, wishes=wishes)
    with service.write() as session:
        row = session.get_one(Subscriber, reader)
        row.never_hours = mask(never)
        enrolment = session.scalars(select(Enrolment)).one()
        rhythm = enrolment_rows.rhythm_of(enrolment, row)
        enrolment.next_due_at = _first(rhythm, start)
        letters = sequences.letters_of(session, enrolment.sequence_id)
    foretold = [(stage.letter.name, stage.slot) for stage in journey(rhythm, letters, confirmed=start, moves=moves)]
    assert len(foretold) == (4 if 4 in moves else 6)
    assert _lived(service, moves) == foretold


def _first(rhythm: Rhythm, start: datetime) -> datetime:
    return next(iter(journey(rhythm, [_Any()], confirmed=start))).slot


class _Any:
    id, position, state = 1, 1, "live"


def _lived(service: Service, moves: dict[int, Move]) -> list[tuple[str, datetime | None]]:
    """Let the clock plan whenever something is due, and act as the moves say."""
    for number in range(1, 20):
        with service.write() as session:
            due = session.scalars(select(Enrolment.next_due_at)).one()
            paused = session.scalars(select(Subscriber.paused_until)).one()
            if due is None:
                break
            now = max(due, paused) if paused else due
            planned = enrolments.plan(session, now=now, wall=now, speed=1)
            session.execute(update(Message).where(Message.state == State.DUE).values(state=State.SENT))
            count = len(session.scalars(select(Message.id).where(Message.kind == Kind.LETTER)).all())
            move = moves.get(count) if planned else None
            if move is not None and move.what == "stop":
                break
            if move is not None:
                zone = session.scalars(select(Subscriber.zone)).one()
                session.execute(update(Subscriber).values(paused_until=pause_end(now, zone, move.weeks)))
        assert number < 19
    with service.read() as session:
        rows = session.execute(
            select(Letter.name, Message.slot).join(Letter, Letter.id == Message.letter_id).order_by(Message.id)
        )
        return [(name, slot) for name, slot in rows]
