"""Batches for tests, made by the verbs that the desk uses; refuses to enrol anybody by its own hand."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.actions import batches, enrolments, launches
from service.actions.batches import Settings
from service.bootstrap import Service
from service.domain.addresses import text_sha256
from service.domain.batches import UNDO_WITHIN, launch_at
from service.domain.messages import Kind, State
from service.domain.sequences import LetterState
from service.store import batches as batch_rows
from service.store import progress
from service.store.desk_tables import Batch
from service.store.progress import Accounts
from service.store.tables import Enrolment, Letter, Message, Subscriber, Version, VersionText
from tests.parts.river import letter_source

SATURDAY = date(2026, 3, 28)  # the night after, clocks go forward in Europe
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class River:
    """A service moved along by hand: launched, planned and sent for."""

    service: Service
    speed: float = 1

    def draft(self, settings: Settings, letters: int = 2) -> int:
        """A draft with letters that are published."""
        with self.service.write() as session:
            batch_id = batches.create(session, settings.name, by="An admin", wall=self.service.wall(), letters=letters)
            batches.change(session, batch_id, settings, revision=1)
            for letter in batch_rows.letters_of(session, batch_id):
                publish(session, letter, f"Letter {letter.position} of {settings.name}")
        return batch_id

    def confirm(self, batch_id: int, now: datetime) -> None:
        """Confirm at a moment."""
        with self.service.write() as session:
            batches.confirm(
                session, batch_id, revision=session.get_one(Batch, batch_id).revision, by="An admin", now=now, wall=now
            )

    def begin(self, settings: Settings, letters: int = 2, *, limit: int = launches.CHUNK) -> int:
        """Confirm a batch and launch it as its day begins somewhere on earth."""
        assert settings.first_date is not None
        moment = launch_at(settings.first_date)
        batch_id = self.draft(settings, letters)
        self.confirm(batch_id, moment - UNDO_WITHIN - MINUTE)
        self.launch(batch_id, moment, limit=limit)
        return batch_id

    def launch(self, batch_id: int, now: datetime, *, limit: int = launches.CHUNK) -> None:
        """Take all readers in."""
        more = True
        while more:
            with self.service.write() as session:
                more = launches.launch(session, batch_id, now=now, wall=now, speed=self.speed, limit=limit)

    def plan(self, now: datetime) -> int:
        """Let the clock plan once."""
        with self.service.write() as session:
            return enrolments.plan(session, now=now, wall=now, speed=self.speed, limit=10_000)

    def send(self, *, but: dict[int, State] | None = None, wall: datetime | None = None) -> None:
        """Let whatever waits end as sent, or some messages in another state."""
        with self.service.write() as session:
            due = session.scalars(select(Message.id).where(Message.state == State.DUE)).all()
            for message_id in due:
                state = (but or {}).get(message_id, State.SENT)
                values = {"state": state, "reason": "550" if state is State.REFUSED else None, "settled_at": wall}
                session.execute(update(Message).where(Message.id == message_id).values(values))

    def due(self, after: datetime) -> datetime | None:
        """When the next letter to anybody is due, or a pause ends behind which one waits."""
        with self.service.read() as session:
            rows = session.execute(
                select(Enrolment.next_due_at, Subscriber.paused_until)
                .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
                .where(Enrolment.next_due_at.is_not(None))
            )
            moments = [max(due, paused) if due and paused else due for due, paused in rows]
        return min((max(each, after) for each in moments if each), default=None)

    def live(self, now: datetime, until: datetime) -> None:
        """Plan and send whatever comes due, at its moment."""
        while (moment := self.due(now)) is not None and moment < until:
            now = moment if self.plan(moment) or moment > now else now + MINUTE
            self.send(wall=now)

    def row(self, batch_id: int) -> Batch:
        """The batch as it is now."""
        with self.service.read() as session:
            return session.get_one(Batch, batch_id)

    def account(self, batch_id: int) -> Accounts:
        """The account, which adds up."""
        with self.service.read() as session:
            found = progress.account(session, batch_id)
        assert found.total.closes
        assert all(each.closes for each in found.letters.values())
        return found

    def enrolled(self, batch_id: int) -> list[Enrolment]:
        """All enrolments of a batch, by reader."""
        with self.service.read() as session:
            mine = select(Enrolment).where(Enrolment.sequence_id == batch_id)
            return list(session.scalars(mine.order_by(Enrolment.subscriber_id)))

    def letters(self, sequence_id: int | None = None, subscriber_id: int | None = None) -> list[Message]:
        """The letters of a batch or programme, of a reader, or of both, in the order of planning."""
        found = select(Message).where(Message.kind == Kind.LETTER).order_by(Message.id)
        if sequence_id is not None:
            found = found.join(Letter, Letter.id == Message.letter_id).where(Letter.sequence_id == sequence_id)
        if subscriber_id is not None:
            found = found.where(Message.subscriber_id == subscriber_id)
        with self.service.read() as session:
            return list(session.scalars(found))

    def states(self, batch_id: int) -> Counter[str]:
        """How many letters of a batch are in each state."""
        return Counter(each.state for each in self.letters(batch_id))


def publish(session: Session, letter: Letter, words: str) -> None:
    """Give a letter a new version."""
    source = letter_source(letter.name, words)
    last = session.scalars(select(Version.number).where(Version.letter_id == letter.id).order_by(Version.number.desc())).first()
    version = Version(letter_id=letter.id, number=(last or 0) + 1, origin="desk", by="An admin", created_at=launch_at(SATURDAY))
    session.add(version)
    session.flush()
    session.add(VersionText(version_id=version.id, language="en", source=source, source_sha256=text_sha256(source)))
    letter.state = LetterState.LIVE
    session.flush()


def wish(service: Service, subscriber_id: int, **columns: object) -> None:
    """Set wishes of a reader that no sign-up has."""
    with service.write() as session:
        session.execute(update(Subscriber).where(Subscriber.id == subscriber_id).values(columns))


DAILY = Settings("Four days", first_date=SATURDAY, cadence_days=1)
WEEKLY = replace(DAILY, name="Weekly", cadence_days=7)
