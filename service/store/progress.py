"""Counts the readers and letters of a batch; refuses to add anything up: `service.domain.progress` does."""

from collections import defaultdict
from collections.abc import Sequence as Many
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Subquery, and_, case, false, func, or_, select, true
from sqlalchemy.orm import Session

from service.domain.batches import State as BatchState
from service.domain.messages import State
from service.domain.progress import PASSED, Account, Ending, Group, reckon, total
from service.domain.sequences import EnrolmentState, LetterState, Role
from service.domain.subscribers import State as SubscriberState
from service.store import sequences, suppressions
from service.store.desk_tables import Batch
from service.store.tables import Enrolment, Letter, Message, Subscriber, Tally


@dataclass(frozen=True, slots=True)
class Accounts:
    """What became of a batch: all of it, and each letter by its id, in order."""

    total: Account
    letters: dict[int, Account]


def account(session: Session, sequence_id: int) -> Accounts:
    """The whole account of a batch. It adds up at every moment; before the launch nothing is expected."""
    batch = session.get_one(Batch, sequence_id)
    letters = sequences.letters_of(session, sequence_id)
    counted = [each for each in letters if each.role == Role.MAIN and each.state == LetterState.LIVE]
    groups = _groups(session, batch)
    endings = _endings(session, batch, [each.id for each in counted])
    forgotten = _forgotten(session, [each.id for each in counted])
    again = _again(session, [each.id for each in counted])
    found = {
        each.id: reckon(
            each.position,
            readers=batch.readers,
            groups=groups,
            endings=endings[each.id],
            positions={letter.id: letter.position for letter in letters},
            forgotten=forgotten[each.id],
            again=again.get(each.id, 0),
        )
        for each in counted
    }
    return Accounts(total(list(found.values())), found)


def may_come(batch: Batch) -> ColumnElement[bool]:
    """Whether a reader of a batch can still get letters of it."""
    return and_(
        false() if batch.state == BatchState.CANCELLED else true(),
        Enrolment.state == EnrolmentState.RUNNING,
        Subscriber.state == SubscriberState.ACTIVE,
        ~suppressions.bars(Subscriber.address_hash),
    )


def _who(batch: Batch) -> Subquery:
    """Each reader of a batch, with what their group is made of."""
    why = case(
        (Enrolment.state == EnrolmentState.FINISHED, PASSED),
        (Enrolment.state == EnrolmentState.STOPPED, func.coalesce(Enrolment.why, "left")),
        (Subscriber.state != SubscriberState.ACTIVE, Subscriber.state),
        else_="cancelled" if batch.state == BatchState.CANCELLED else "suppressed",
    )
    return (
        select(
            Enrolment.id,
            case((may_come(batch), 1), else_=0).label("is_open"),
            why.label("why"),
            Enrolment.last_letter_id.label("reached"),
        )
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .where(Enrolment.sequence_id == batch.sequence_id)
        .subquery()
    )


def _groups(session: Session, batch: Batch) -> dict[Group, int]:
    who = _who(batch)
    key = (who.c.is_open, who.c.why, who.c.reached)
    rows = session.execute(select(*key, func.count()).group_by(*key))
    found: dict[Group, int] = defaultdict(int)
    for is_open, why, reached, number in rows:
        found[_group(is_open, why, reached)] += number
    return found


def _group(is_open: int, why: str, reached: int | None) -> Group:
    return Group(bool(is_open), "" if is_open else why, reached)


def deciding(letter_ids: Many[int]) -> Subquery:
    """The turn that decides for each reader and letter, and how many messages were not skipped."""
    kept = case((Message.state != State.SKIPPED, Message.turn))
    return (
        select(
            Message.enrolment_id,
            func.coalesce(func.max(kept), func.max(Message.turn)).label("turn"),
            func.count(kept).label("kept"),
        )
        .where(Message.letter_id.in_(letter_ids))
        .group_by(Message.enrolment_id, Message.letter_id)
        .subquery()
    )


def _endings(session: Session, batch: Batch, letter_ids: Many[int]) -> dict[int, dict[Group, dict[Ending, int]]]:
    who, decides = _who(batch), deciding(letter_ids)
    key = (Message.letter_id, Message.state, Message.reason, who.c.is_open, who.c.why, who.c.reached)
    rows = session.execute(
        select(*key, func.count())
        .join(decides, and_(decides.c.enrolment_id == Message.enrolment_id, decides.c.turn == Message.turn))
        .join(who, who.c.id == Message.enrolment_id)
        .group_by(*key)
    )
    found: dict[int, dict[Group, dict[Ending, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for letter_id, state, reason, is_open, why, reached, number in rows:
        found[letter_id or 0][_group(is_open, why, reached)][Ending(State(state), reason or "")] += number
    return found


def _again(session: Session, letter_ids: Many[int]) -> dict[int, int]:
    """How many messages of each letter were not skipped beyond one for each reader."""
    several = (
        select(Message.letter_id, (func.count() - 1).label("more"))
        .where(Message.letter_id.in_(letter_ids), Message.state != State.SKIPPED)
        .group_by(Message.letter_id, Message.enrolment_id)
        .having(func.count() > 1)
    )
    rows = several.subquery()
    found = session.execute(select(rows.c.letter_id, func.sum(rows.c.more)).group_by(rows.c.letter_id))
    return {letter_id: int(number) for letter_id, number in found}


def _forgotten(session: Session, letter_ids: Many[int]) -> dict[int, dict[str, int]]:
    rows = session.execute(select(Tally.letter_id, Tally.state, Tally.count).where(Tally.letter_id.in_(letter_ids)))
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for letter_id, state, number in rows:
        found[letter_id][state] = number
    return found


def anybody_to_come(session: Session, sequence_id: int) -> bool:
    """Whether a letter of a batch waits, or somebody can still get one. Quick while there is."""
    batch = session.get_one(Batch, sequence_id)
    last = (
        select(func.max(Letter.position))
        .where(Letter.sequence_id == sequence_id, Letter.role == Role.MAIN, Letter.state == LetterState.LIVE)
        .scalar_subquery()
    )
    reached = select(Letter.position).where(Letter.id == Enrolment.last_letter_id).correlate(Enrolment).scalar_subquery()
    on_the_way = (
        select(Enrolment.id)
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .where(Enrolment.sequence_id == sequence_id, may_come(batch))
        .where(or_(func.coalesce(reached, 0) < last, Enrolment.wish.is_not(None)))
    )
    if session.scalar(on_the_way.limit(1)) is not None:
        return True
    letters = select(Letter.id).where(Letter.sequence_id == sequence_id)
    waiting = select(Message.id).where(Message.letter_id.in_(letters), Message.state.in_((State.DUE, State.SENDING)))
    return session.scalar(waiting.limit(1)) is not None
