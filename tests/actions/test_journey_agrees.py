"""What the clock plans, and what the reader's page says, is what the time machine said, on both databases, with real moves."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.actions import enrolments, preferences, subscribers
from service.actions import moves as pace
from service.actions.moves import Outlook, Paused
from service.actions.preferences import Changes
from service.bootstrap import Service
from service.domain.journey import journey
from service.domain.messages import Kind, State
from service.domain.moves import Move, What, parse_move
from service.domain.schedule import UNTIL_I_SAY, local
from service.domain.sequences import Standing, Wish
from service.domain.subscribers import Wishes
from service.mail.tokens import Purpose
from service.store import enrolments as enrolment_rows
from service.store import sequences
from service.store.tables import Enrolment, Letter, Message, Sequence, Subscriber
from tests.parts.grave import link
from tests.parts.river import confirmed, load, programme

PARTS = programme(letters=6, parts=3, alternates=2, check_ins=1)
NEVER_AT_NIGHT = frozenset([*range(21, 24), *range(9)])
NONE = Changes()
BERLIN = Wishes(1, 10, "Europe/Berlin", discreet=True)
SPRING = datetime(2026, 3, 3, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Reader:
    """Somebody with wishes, who does things after letters: `2:stay` and the like. Number 0 is before the first letter."""

    moves: tuple[str, ...] = ()
    letters: int = 6
    wishes: Wishes = BERLIN
    changes: Changes = NONE
    start: datetime = SPRING
    begin: str = ""


KATHMANDU = Wishes(3, 7, "Asia/Kathmandu", discreet=True)
READERS = {
    "spring": Reader(),
    "autumn": Reader(wishes=Wishes(6, 2, "America/New_York", discreet=True), start=datetime(2026, 10, 1, 9, tzinfo=UTC)),
    "never-hours": Reader(
        wishes=Wishes(5, 22, "Australia/Lord_Howe", discreet=True),
        changes=Changes(never_hours=NEVER_AT_NIGHT),
        start=datetime(2026, 9, 1, tzinfo=UTC),
    ),
    "pause": Reader(("2:pause-3",), wishes=KATHMANDU, start=datetime(2026, 5, 1, tzinfo=UTC)),
    "pauses": Reader(("1:pause-2", "2:pause-1", "4:pause-4")),
    "pause-without-end": Reader(("3:pause",), letters=3),
    "stop": Reader(
        ("4:stop",),
        letters=4,
        wishes=Wishes(0, 0, "Africa/Cairo", discreet=True),
        changes=Changes(never_hours=frozenset({0})),
        start=datetime(2026, 4, 1, 22, tzinfo=UTC),
    ),
    "stay-twice": Reader(("2:stay", "3:stay"), letters=8),
    "stay-after-the-last": Reader(("6:stay", "7:stay", "8:stay", "9:stay"), letters=10),
    "on": Reader(("1:on",), letters=5),
    "on-and-on": Reader(("1:on", "2:on"), letters=4),
    "back": Reader(("5:part-first",), letters=11),
    "back-twice": Reader(("3:part-first", "4:part-first", "5:part-third"), letters=7),
    "again": Reader(("2:again-2",), letters=7),
    "again-and-again": Reader(("2:again-1", "3:again-3", "7:again-2"), letters=9),
    "again-over-a-quiet-day": Reader(("1:again-2",), letters=7, changes=Changes(quiet_days=frozenset({(3, 12)}))),
    "quiet-days": Reader(changes=Changes(quiet_days=frozenset({(3, 10), (3, 24), (4, 7), (4, 14), (4, 21)}))),
    "begin-later": Reader(letters=2, begin="third"),
    "begin-later-and-go-back": Reader(("1:part-second",), letters=5, begin="third"),
    "everything": Reader(
        ("1:stay", "2:pause-2", "3:on", "4:again-3", "5:part-first", "6:stay", "8:pause-1"),
        letters=12,
        wishes=Wishes(5, 23, "America/Nuuk", discreet=True),
        changes=Changes(never_hours=frozenset({23}), quiet_days=frozenset({(3, 28), (4, 25)})),
    ),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_planned_said_and_foretold_agree(bare_service: Service, reader: Reader) -> None:
    service = bare_service
    load(service, PARTS)
    life = _begin(service, reader)
    foretold = life.foretold(reader)
    assert len(foretold) == reader.letters
    planned, said = life.live()
    assert planned == foretold
    assert said == [slot for _, slot in foretold[1:]] + [None]


def _begin(service: Service, reader: Reader) -> "_Life":
    subscriber = confirmed(service, now=reader.start, wall=reader.start, wishes=reader.wishes)
    token = link(service, subscriber, Purpose.PREFERENCES)
    with service.write() as session:
        assert preferences.change(session, token, reader.changes, keys=service.keys, now=reader.start, wall=reader.start)
        enrolment = session.scalars(select(Enrolment)).one()
        phases = {phase.key: phase.id for phase in sequences.phases_of(session, enrolment.sequence_id)}
        if reader.begin:
            begin = Move(What.PART, phase_id=phases[reader.begin])
            pace.make(session, token, enrolment.id, begin, keys=service.keys, now=reader.start)
    return _Life(service, subscriber, token, enrolment.id, phases, dict(parse_move(move, phases) for move in reader.moves))


@dataclass
class _Life:
    """One reader's way: told ahead, and lived."""

    service: Service
    subscriber: int
    token: str
    enrolment: int
    phases: dict[str, int]
    moves: dict[int, Move]

    def foretold(self, reader: Reader) -> list[tuple[str, datetime]]:
        """What the time machine says."""
        with self.service.read() as session:
            enrolment = session.get_one(Enrolment, self.enrolment)
            rhythm = enrolment_rows.rhythm_of(enrolment, session.get_one(Subscriber, self.subscriber))
            sequence = session.get_one(Sequence, enrolment.sequence_id)
            names = {letter.id: letter.name for letter in sequences.letters_of(session, sequence.id)}
            way = sequences.way_of(session, sequence)
        standing = Standing(wish=Wish.PART, wish_phase_id=self.phases[reader.begin]) if reader.begin else None
        stages = journey(rhythm, way, confirmed=reader.start, moves=self.moves, standing=standing)
        return [(names[stage.letter.id], stage.slot) for stage in stages]

    def live(self) -> tuple[list[tuple[str, datetime | None]], list[datetime | None]]:
        """Let the clock plan whenever something is due, and act as the moves say: what came, and what was said each time."""
        said = []
        for _ in range(40):
            with self.service.write() as session:
                now = self._due(session)
                if now is None:
                    break
                if enrolments.plan(session, now=now, wall=now, speed=1):
                    session.execute(update(Message).where(Message.state == State.DUE).values(state=State.SENT))
                    said.append(self._act(session, self.moves.get(len(_came(session))), now))
        else:
            raise AssertionError("the way has no end")
        with self.service.read() as session:
            return _came(session), said

    def _due(self, session: Session) -> datetime | None:
        """When the clock has something to do."""
        due = session.get_one(Enrolment, self.enrolment).next_due_at
        paused = session.get_one(Subscriber, self.subscriber).paused_until
        now = max(due, paused) if due and paused else due
        return None if now is None or now >= UNTIL_I_SAY else now

    def _act(self, session: Session, move: Move | None, now: datetime) -> datetime | None:
        """Make a move as a reader does, and give the date that the answer and the page name."""
        keys = self.service.keys
        answer: object = None
        if move and move.what is What.STOP:
            subscribers.stop(session, self._stop_token(), keys=keys, now=now, wall=now)
        elif move and move.what is What.PAUSE:
            answer = pace.pause(session, self.token, move.weeks, keys=keys, now=now, wall=now)
            assert isinstance(answer, Paused)
        elif move:
            looked = pace.look(session, self.token, self.enrolment, move, keys=keys, now=now)
            answer = pace.make(session, self.token, self.enrolment, move, keys=keys, now=now)
            assert isinstance(answer, Outlook)
            assert looked == answer
        page = preferences.view(session, self.token, keys=keys, now=now)
        assert page is not None
        assert not isinstance(answer, Outlook | Paused) or answer.next_at == page.next_at
        return page.next_at and page.next_at.astimezone(UTC)

    def _stop_token(self) -> str:
        return link(self.service, self.subscriber, Purpose.UNSUBSCRIBE)


def _came(session: Session) -> list[tuple[str, datetime | None]]:
    rows = session.execute(
        select(Letter.name, Message.slot)
        .join(Letter, Letter.id == Message.letter_id)
        .where(Message.kind == Kind.LETTER)
        .order_by(Message.id)
    )
    return [(name, slot) for name, slot in rows]


def test_the_days_of_an_again_are_those_that_the_reader_counts(bare_service: Service) -> None:
    """From the evening after a letter, two days on is one more than from the letter itself."""
    load(bare_service, PARTS)
    life = _begin(bare_service, Reader())
    with bare_service.write() as session:
        now = life._due(session)
        assert now is not None
        enrolments.plan(session, now=now, wall=now, speed=1)
        session.execute(update(Message).where(Message.state == State.DUE).values(state=State.SENT))
        answer = life._act(session, Move(What.AGAIN, days=2), now + timedelta(days=1, hours=5))
    assert answer is not None
    assert f"{local(answer, 'Europe/Berlin'):%a %Y-%m-%d %H:%M}" == "Fri 2026-03-13 10:00"
