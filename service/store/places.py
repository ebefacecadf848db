"""How far the readers of a programme have come, counted by place; refuses to say who stands where."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from service.domain.sequences import EnrolmentState, Role, Step, Way, position_of
from service.domain.subscribers import State as SubscriberState
from service.store import enrolments, sequences
from service.store.tables import Enrolment, Letter, Sequence, Subscriber


@dataclass(frozen=True, slots=True)
class Places:
    """How many active readers stand at each place of a way: those who are on it, and those who have read it to its end.

    A place is the position of the main letter reached; 0 before the first.
    """

    running: Mapping[int, int]
    finished: Mapping[int, int]
    again: bool

    def before(self, position: int) -> int:
        """How many of those on the way a letter at a position will still reach, as planning sees it."""
        return sum(count for place, count in self.running.items() if place < position or self.again)

    def passed(self, position: int) -> int:
        """How many have passed a position, on the way or beyond its end."""
        both = (*self.running.items(), *self.finished.items())
        return sum(count for place, count in both if place >= position)

    @property
    def on_the_way(self) -> int:
        """How many are on it."""
        return sum(self.running.values())

    @property
    def at_the_end(self) -> int:
        """How many have read it to its end, and are not on it again."""
        return sum(self.finished.values())


def of(session: Session, sequence: Sequence) -> Places:
    """Where all readers of a sequence stand."""
    way = sequences.way_of(session, sequence)
    return Places(
        running=_counted(session, way, sequence.id, Enrolment.state == EnrolmentState.RUNNING),
        finished=_counted(session, way, sequence.id, and_(Enrolment.state == EnrolmentState.FINISHED, ~_runs_again())),
        again=sequence.again,
    )


def _runs_again() -> ColumnElement[bool]:
    """Whether its reader is on the same way once more, or has read it to the end a second time: nobody counts twice."""
    other = aliased(Enrolment)
    later = and_(other.state == EnrolmentState.FINISHED, other.run > Enrolment.run)
    same = (other.subscriber_id == Enrolment.subscriber_id, other.sequence_id == Enrolment.sequence_id)
    return exists().where(*same, or_(other.state == EnrolmentState.RUNNING, later)).correlate(Enrolment)


def _counted(session: Session, way: Way[Step], sequence_id: int, which: ColumnElement[bool]) -> Counter[int]:
    found = (
        select(Enrolment.last_letter_id, func.count())
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .where(Enrolment.sequence_id == sequence_id, Subscriber.state == SubscriberState.ACTIVE, which)
        .group_by(Enrolment.last_letter_id)
    )
    places: Counter[int] = Counter()
    for letter_id, count in session.execute(found):
        letter = way.letter(letter_id)
        if letter is None or letter.role == Role.MAIN:
            places[letter.position if letter else 0] += count
        else:
            places.update(_one_by_one(session, way, letter.id, which))
    return places


def _one_by_one(session: Session, way: Way[Step], letter_id: int, which: ColumnElement[bool]) -> Counter[int]:
    """The places of those who reached a letter that has been made an alternate since: each has one of their own."""
    found = (
        select(Enrolment)
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .where(Enrolment.last_letter_id == letter_id, Subscriber.state == SubscriberState.ACTIVE, which)
    )
    standings = (enrolments.standing_of(session, each) for each in session.scalars(found))
    return Counter(position_of(way, standing) for standing in standings)


def on_a_phase(session: Session, phase_id: int) -> int:
    """How many active readers on the way have reached a main letter of a phase last."""
    found = (
        select(func.count())
        .select_from(Enrolment)
        .join(Letter, Letter.id == Enrolment.last_letter_id)
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .where(Letter.phase_id == phase_id, Enrolment.state == EnrolmentState.RUNNING)
        .where(Subscriber.state == SubscriberState.ACTIVE)
    )
    return session.scalar(found) or 0
