"""All that readers are on, as planning and the forecast want to see it; refuses to say what comes of it.

A batch that comes instead of programmes makes these wait while it runs. One that is paused or cancelled makes nobody wait.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from service.domain.batches import Manner
from service.domain.forecast import Track, blocks_for
from service.domain.messages import Kind as MessageKind
from service.domain.messages import State as MessageState
from service.domain.schedule import Block, local_day
from service.domain.sequences import EnrolmentState, Kind, State, Step, Way, choose
from service.domain.turns import block_of, expected_at
from service.store import sequences
from service.store.desk_tables import Batch
from service.store.enrolments import place_of, places_of, rhythm_of
from service.store.tables import Enrolment, Message, Sequence, Subscriber


@dataclass(slots=True)
class Ways:
    """Sequences and their ways, each read once: for a stretch of work in which no letter is moved."""

    session: Session
    _sequences: dict[int, Sequence] = field(default_factory=dict)
    _ways: dict[int, Way[Step]] = field(default_factory=dict)

    def sequence(self, sequence_id: int) -> Sequence:
        """A sequence. A session forgets what nobody holds, and would read it anew for each reader."""
        if sequence_id not in self._sequences:
            self._sequences[sequence_id] = self.session.get_one(Sequence, sequence_id)
        return self._sequences[sequence_id]

    def of(self, sequence_id: int) -> Way[Step]:
        """A sequence as the rules want to see it."""
        if sequence_id not in self._ways:
            self._ways[sequence_id] = sequences.way_of(self.session, self.sequence(sequence_id))
        return self._ways[sequence_id]


def of(session: Session, subscriber: Subscriber) -> list[Track[Step]]:
    """What a reader is on and letters come of, in the order of planning: what is held or paused at the desk is left out."""
    found = session.execute(
        select(Enrolment, Sequence, Batch)
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .outerjoin(Batch, Batch.sequence_id == Sequence.id)
        .where(Enrolment.subscriber_id == subscriber.id, *_going())
        .order_by(Enrolment.id)
        .execution_options(populate_existing=True)
    ).all()
    return [_track(session, subscriber, enrolment, sequence, batch) for enrolment, sequence, batch in found]


def next_at(session: Session, subscriber: Subscriber, *, now: datetime) -> datetime | None:
    """When a reader's next letter comes, over all that they are on; None if none is to come."""
    mine = of(session, subscriber)
    expected = [
        expected_at(each.rhythm, each.place, paused_until=None, now=now, blocks=blocks_for(each, mine, now=now))
        for each in mine
        if choose(each.way, each.place.standing) is not None
    ]
    return min(expected, default=None)


def _going() -> list[ColumnElement[bool]]:
    return [
        Enrolment.state == EnrolmentState.RUNNING,
        Enrolment.next_due_at.is_not(None),
        Sequence.state == State.LIVE,
        Sequence.held.is_(False),
    ]


def _track(
    session: Session, subscriber: Subscriber, enrolment: Enrolment, sequence: Sequence, batch: Batch | None
) -> Track[Step]:
    return Track(
        id=enrolment.id,
        rhythm=rhythm_of(enrolment, subscriber),
        way=sequences.way_of(session, sequence),
        place=place_of(session, enrolment),
        begun_at=enrolment.created_at,
        first_date=batch.first_date if batch else None,
        instead=batch is not None and batch.manner == Manner.INSTEAD,
    )


def taken_days(session: Session, subscriber: Subscriber, *, now: datetime) -> set[date]:
    """A reader's local days, from today on, that have a letter already."""
    today = local_day(now, subscriber.zone)
    days = session.scalars(
        select(Message.local_day).where(
            Message.subscriber_id == subscriber.id,
            Message.kind == MessageKind.LETTER,
            Message.state != MessageState.SKIPPED,
            Message.local_day >= today,
        )
    )
    return {day for day in days if day is not None}


def _instead() -> Select[Enrolment]:
    return (
        select(Enrolment)
        .join(Batch, Batch.sequence_id == Enrolment.sequence_id)
        .join(Sequence, Sequence.id == Enrolment.sequence_id)
        .where(Batch.manner == Manner.INSTEAD, *_going())
    )


def readers_who_wait(session: Session, subscriber_ids: Collection[int]) -> set[int]:
    """Those of these readers who are on a batch that comes instead of their programmes."""
    found = _instead().where(Enrolment.subscriber_id.in_(subscriber_ids)).with_only_columns(Enrolment.subscriber_id)
    return set(session.scalars(found))


def blocks(session: Session, subscriber: Subscriber, sequence: Sequence, *, now: datetime) -> list[Block]:
    """The batches for which a reader's way through a sequence waits; a batch itself waits for none."""
    if sequence.kind != Kind.PROGRAMME:
        return []
    return blocks_of(session, [subscriber], now=now, ways=Ways(session)).get(subscriber.id, [])


def blocks_of(session: Session, subscribers: Collection[Subscriber], *, now: datetime, ways: Ways) -> dict[int, list[Block]]:
    """For which batches the programmes of each of these readers wait; who waits for none is left out."""
    people = {each.id: each for each in subscribers}
    rows = session.scalars(
        _instead().where(Enrolment.subscriber_id.in_(people)).order_by(Enrolment.id).execution_options(populate_existing=True)
    ).all()
    places = places_of(session, rows)
    found: dict[int, list[Block]] = {}
    known: dict[tuple[object, ...], Block | None] = {}  # many begin a batch alike
    for enrolment in rows:
        person = people[enrolment.subscriber_id]
        rhythm, place = rhythm_of(enrolment, person), places[enrolment.id]
        again = max(now, person.paused_until) if person.paused_until else now
        key = (enrolment.sequence_id, rhythm, place, again)
        if key not in known:
            known[key] = block_of(rhythm, ways.of(enrolment.sequence_id), place, now=again)
        if (block := known[key]) is not None:
            found.setdefault(person.id, []).append(block)
    return found
