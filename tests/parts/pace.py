"""One reader, moved along by hand: planned for, sent to, and heard about their own pace; refuses to run a clock of its own."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select, update

from service.actions import enrolments, moves
from service.actions import messages as letters
from service.actions.moves import Gone, NotPossible, Outlook, Paused
from service.bootstrap import Service
from service.domain.messages import Kind, Reason, State
from service.domain.moves import Move
from service.domain.schedule import instant, local
from service.mail.tokens import Purpose
from service.store import sequences
from service.store.tables import Enrolment, History, Letter, Message
from tests.parts.grave import link
from tests.parts.river import TUESDAY, confirmed

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
FIRST = TUESDAY + WEEK - HOUR  # Tuesday 10 March 10:00 in Berlin


def tuesday(number: int) -> datetime:
    """10:00 in Berlin on the Tuesday so many weeks after the first letter, whatever the clocks did."""
    return instant(date(2026, 3, 10) + number * WEEK, time(10), "Europe/Berlin")


@dataclass(frozen=True)
class Came:
    """A letter that was planned."""

    name: str
    state: str
    slot: datetime | None
    after_pause: bool


@dataclass(frozen=True)
class Reader:
    """A confirmed reader in Berlin, with the token of their own page and their first programme."""

    service: Service
    id: int
    token: str
    enrolment: int

    def plan(self, now: datetime) -> int:
        """Let the clock look once."""
        with self.service.write() as session:
            return enrolments.plan(session, now=now, wall=now, speed=1)

    def get(self, now: datetime) -> None:
        """Have the letter of this moment planned and sent."""
        assert self.plan(now) == 1
        self.sent()

    def looked(self, now: datetime) -> bool:
        """Let the clock look for two seconds, and send what it plans. Whether that was anything."""
        planned = self.plan(now) + self.plan(now + timedelta(seconds=1))
        self.sent()
        return planned > 0

    def sent(self) -> None:
        """Send whatever waits."""
        with self.service.write() as session:
            session.execute(update(Message).where(Message.state == State.DUE).values(state=State.SENT))

    def skip(self, now: datetime) -> None:
        """Find the letters that wait too late."""
        with self.service.write() as session:
            for message in session.scalars(
                select(Message).where(Message.state == State.DUE, Message.kind == Kind.LETTER)
            ).all():
                assert letters.skip(session, message, Reason.LATE, now=now, wall=now)

    def move(self, move: Move, now: datetime, *, enrolment: int | None = None) -> Outlook | NotPossible | Gone:
        """Press a button of the own page."""
        with self.service.write() as session:
            return moves.make(session, self.token, enrolment or self.enrolment, move, keys=self.service.keys, now=now)

    def pause(self, weeks: int | None, now: datetime) -> Paused:
        """Pause from this moment on."""
        with self.service.write() as session:
            answer = moves.pause(session, self.token, weeks, keys=self.service.keys, now=now, wall=now)
        assert isinstance(answer, Paused)
        return answer

    def row(self) -> Enrolment:
        """The enrolment as it is now."""
        with self.service.read() as session:
            return session.get_one(Enrolment, self.enrolment)

    def due(self) -> str:
        """When the next letter is due, as the wall in Berlin shows it."""
        due = self.row().next_due_at
        assert due is not None
        return f"{local(due, 'Europe/Berlin'):%a %Y-%m-%d %H:%M}"

    def came(self, *states: State) -> list[str]:
        """The names of all letters in the order in which they were planned; of those in some states, where they are given."""
        return [row.name for row in self.letters() if not states or row.state in states]

    def letters(self) -> list[Came]:
        """All letters in the order in which they were planned."""
        found = select(Letter.name, Message).join(Letter, Letter.id == Message.letter_id).where(Message.kind == Kind.LETTER)
        with self.service.read() as session:
            rows = session.execute(found.where(Message.enrolment_id == self.enrolment).order_by(Message.id))
            return [Came(name, message.state, message.slot, message.after_pause) for name, message in rows]

    def waiting(self) -> Message:
        """The one letter that waits."""
        with self.service.read() as session:
            return session.scalars(select(Message).where(Message.kind == Kind.LETTER, Message.state == State.DUE)).one()

    def facts(self) -> list[str]:
        """What the history of the enrolment says."""
        with self.service.read() as session:
            own = select(History.what).where(History.enrolment_id == self.enrolment)
            return list(session.scalars(own.order_by(History.id)))

    def phases(self) -> dict[str, int]:
        """The parts of the programme by their keys."""
        with self.service.read() as session:
            sequence = session.get_one(Enrolment, self.enrolment).sequence_id
            return {phase.key: phase.id for phase in sequences.phases_of(session, sequence)}


def reader(service: Service, address: str = "reader@example.net", **more: object) -> Reader:
    """Sign up and confirm on a Tuesday."""
    id_ = confirmed(service, address, now=TUESDAY, wall=TUESDAY, **more)
    with service.read() as session:
        enrolment = session.scalars(select(Enrolment.id).where(Enrolment.subscriber_id == id_)).one()
    return Reader(service, id_, link(service, id_, Purpose.PREFERENCES), enrolment)
