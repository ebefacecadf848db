"""Counts the readers and letters of a batch; refuses to add anything up: `service.domain.progress` does."""

from collections import defaultdict
from collections.abc import Sequence as Many
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, exists, false, func, or_, select, true, union_all
from sqlalchemy.orm import Session

from service.domain.batches import State as BatchState
from service.domain.messages import State
from service.domain.progress import PASSED, Account, Ending, Group, reckon, total
from service.domain.sequences import EnrolmentState, LetterState, Role
from service.domain.subscribers import State as SubscriberState
from service.store import sequences, suppressions
from service.store.desk_tables import Batch
from service.store.packed import Field, in_groups, one_of, pack, unpack
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
    ids, shut = [each.id for each in counted], _shut(session, batch)
    groups = _groups(session, batch, shut)
    forgotten, again = _forgotten(session, ids), _again(session, ids)
    endings = _endings(session, batch, ids, shut, reached=[each.id for each in letters], several=bool(again))
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


def _shut(session: Session, batch: Batch) -> Subquery | None:
    """Those who are on a batch and can get no letter for what is true of them as subscribers, with why; None without any."""
    runs = (Enrolment.sequence_id == batch.sequence_id, Enrolment.state == EnrolmentState.RUNNING)
    joined = select(Enrolment.id, Subscriber.state.label("who")).join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
    on_it = joined.where(*runs)
    closed = Subscriber.state.in_([state for state in SubscriberState if state != SubscriberState.ACTIVE])
    barred = and_(Subscriber.state == SubscriberState.ACTIVE, suppressions.is_barred(Subscriber.address_hash))
    # Those who are shut are fewer than those on the batch: to look for any begins at them.
    is_on_it = exists().where(Enrolment.subscriber_id == Subscriber.id, *runs)
    if all(session.scalar(select(Subscriber.id).where(each, is_on_it).limit(1)) is None for each in (closed, barred)):
        return None
    return union_all(on_it.where(closed), on_it.where(barred)).subquery()


def _facts(shut: Subquery | None) -> tuple[ColumnElement[Any], ...]:
    """What tells the groups of readers apart."""
    facts = (Enrolment.state.expression, Enrolment.last_letter_id.expression, Enrolment.why.expression)
    return facts if shut is None else (*facts, shut.c.who)


def _group(batch: Batch, state: str, reached: int | None, why: str | None, who: str | None = None) -> Group:
    if state == EnrolmentState.FINISHED:
        return Group(False, PASSED, reached)
    if state == EnrolmentState.STOPPED:
        return Group(False, why or "left", reached)
    if who is not None and who != SubscriberState.ACTIVE:
        return Group(False, who, reached)
    if batch.state == BatchState.CANCELLED:
        return Group(False, "cancelled", reached)
    return Group(True, "", reached) if who is None else Group(False, "suppressed", reached)


def _groups(session: Session, batch: Batch, shut: Subquery | None) -> dict[Group, int]:
    key = _facts(shut)
    every = select(*key, func.count()).select_from(Enrolment).where(Enrolment.sequence_id == batch.sequence_id).group_by(*key)
    found: dict[Group, int] = defaultdict(int)
    for *facts, number in session.execute(_with_shut(every, shut)):
        found[_group(batch, *facts)] += number
    return found


def _with_shut(found: Select[Any], shut: Subquery | None) -> Select[Any]:
    return found if shut is None else found.outerjoin(shut, shut.c.id == Enrolment.id)


def deciding(letter_ids: Many[int], *, only_of_several: bool = False) -> Subquery:
    """The turn that decides for each reader and letter, and how many messages were not skipped."""
    kept = case((Message.state != State.SKIPPED, Message.turn))
    found = (
        select(
            Message.enrolment_id,
            Message.letter_id,
            func.coalesce(func.max(kept), func.max(Message.turn)).label("turn"),
            func.count(kept).label("kept"),
        )
        .where(Message.letter_id.in_(letter_ids))
        .group_by(Message.letter_id, Message.enrolment_id)
    )
    return (found.having(func.count() > 1) if only_of_several else found).subquery()


def _endings(
    session: Session, batch: Batch, letter_ids: Many[int], shut: Subquery | None, *, reached: Many[int], several: bool
) -> dict[int, dict[Group, dict[Ending, int]]]:
    """How the messages ended that decide: all of them, without those that another one of the same letter came after.

    `reached` are the ids of all letters that somebody may stand at.
    """
    lowest, highest = min(reached, default=0), max(reached, default=0)
    last = case((Enrolment.last_letter_id.is_not(None), Enrolment.last_letter_id - lowest + 1), else_=0)
    fields = (
        Field(Message.letter_id.expression, 0),
        one_of(Message.state.expression, State),
        one_of(Enrolment.state.expression, EnrolmentState),
        Field(last, highest - lowest + 2),
    )
    who = () if shut is None else (shut.c.who,)
    every = (
        select(pack(fields).label("numbers"), Message.reason, Enrolment.why, *who)
        .join_from(Message, Enrolment, Enrolment.id == Message.enrolment_id)
        .where(Message.letter_id.in_(letter_ids), Enrolment.sequence_id == batch.sequence_id)
    )
    counted = [(row, 1) for row in session.execute(in_groups(_with_shut(every, shut)))]
    if several:
        decides = deciding(letter_ids, only_of_several=True)
        mine = and_(decides.c.enrolment_id == Message.enrolment_id, decides.c.letter_id == Message.letter_id)
        past = every.join(decides, and_(mine, decides.c.turn != Message.turn))
        counted += [(row, -1) for row in session.execute(in_groups(_with_shut(past, shut)))]
    found: dict[int, dict[Group, dict[Ending, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for (packed, reason, why, *closed, number), sign in counted:
        letter_id, state, standing, place = unpack(fields, packed)
        group = _group(batch, list(EnrolmentState)[standing], place + lowest - 1 if place else None, why, *closed)
        found[letter_id][group][Ending(list(State)[state], reason or "")] += sign * number
    return found


def _again(session: Session, letter_ids: Many[int]) -> dict[int, int]:
    """How many messages of each letter were not skipped beyond one for each reader; no letter that nobody has several of."""
    twice = select(Message.enrolment_id).where(Message.letter_id.in_(letter_ids))
    twice = twice.group_by(Message.letter_id, Message.enrolment_id).having(func.count() > 1)
    if session.scalar(twice.limit(1)) is None:  # nearly always; it takes a third of the time
        return {}
    rows = deciding(letter_ids, only_of_several=True)
    more = case((rows.c.kept > 1, rows.c.kept - 1), else_=0)
    found = session.execute(select(rows.c.letter_id, func.sum(more)).group_by(rows.c.letter_id))
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
