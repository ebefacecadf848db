"""The account of a batch closes after every step of random walks, on both databases, and says what the rows say."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from service.actions import batches, erasure, launches, messages, moves, outcomes, subscribers
from service.actions.batches import RefusedError
from service.bootstrap import Service
from service.domain.batches import launch_at
from service.domain.messages import Kind, Reason, State
from service.domain.moves import Move, What
from service.domain.progress import Account
from service.domain.sequences import EnrolmentState
from service.domain.subscribers import State as SubscriberState
from service.mail.tokens import Purpose
from service.store import erasures
from service.store.tables import Enrolment, Message, Subscriber
from tests.parts.batches import DAILY, SATURDAY, River
from tests.parts.grave import link
from tests.parts.river import TUESDAY, confirmed, load, programme

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LETTERS, READERS = 3, 6


class Walk:
    """One batch to which anything happens in any order."""

    def __init__(self, service: Service, seed: int) -> None:
        self.river, self.service, self.chance = River(service), service, random.Random(seed)  # noqa: S311
        load(service, programme(letters=8))
        self.people = [confirmed(service, f"w{n}@example.net", now=TUESDAY, wall=TUESDAY) for n in range(READERS)]
        self.batch = self.river.begin(DAILY, LETTERS, limit=4)
        self.now = launch_at(SATURDAY)

    def step(self) -> str:
        """Something happens, and time goes on."""
        self.now += timedelta(hours=self.chance.choice((0, 1, 5, 12, 24)))
        often, seldom = (self.plan, self.end), (self.late, self.again, self.leave, self.undo_leave, self.erase, self.offer)
        deed = self.chance.choice((*often * 3, *seldom, self.pause, self.resume, self.bounce, self.forget, self.pause_reader))
        deed()
        return deed.__name__

    def plan(self) -> None:
        self.river.plan(self.now)

    def end(self) -> None:
        waiting = [each.id for each in self.river.letters(self.batch) if each.state == State.DUE]
        ends = {each: self.chance.choice((State.SENT, State.SENT, State.REFUSED, State.UNKNOWN)) for each in waiting}
        self.river.send(but=ends, wall=self.now)

    def late(self) -> None:
        with self.service.write() as session:
            for each in session.scalars(select(Message).where(Message.state == State.DUE, Message.kind == Kind.LETTER)).all():
                messages.skip(session, each, Reason.LATE, now=self.now, wall=self.now)

    def _somebody(self) -> int | None:
        with self.service.read() as session:
            found = session.scalars(select(Subscriber.id).where(Subscriber.id.in_(self.people)).order_by(Subscriber.id)).all()
        return self.chance.choice(found) if found else None

    def again(self) -> None:
        person = self._somebody()
        if person is not None:
            with self.service.write() as session:
                mine = select(Enrolment.id).where(Enrolment.subscriber_id == person, Enrolment.sequence_id == self.batch)
                token = link(self.service, person, Purpose.PREFERENCES)
                move = Move(What.AGAIN, days=1)
                moves.make(session, token, session.scalars(mine).one(), move, keys=self.service.keys, now=self.now)

    def leave(self) -> None:
        if self.chance.random() < 0.3 and (person := self._somebody()) is not None:
            token = link(self.service, person, Purpose.UNSUBSCRIBE)
            with self.service.write() as session:
                subscribers.stop(session, token, keys=self.service.keys, now=self.now, wall=self.now)

    def undo_leave(self) -> None:
        person = self._somebody()
        if person is not None:
            token = link(self.service, person, Purpose.UNSUBSCRIBE)
            with self.service.write() as session:
                subscribers.undo(session, token, keys=self.service.keys, now=self.now, wall=self.now)

    def erase(self) -> None:
        if self.chance.random() < 0.3 and (person := self._somebody()) is not None:
            with self.service.write() as session:
                row, days = session.get_one(Subscriber, person), timedelta(days=7)
                erasure.forget(session, row, keys=self.service.keys, wall=self.now, backups=days)

    def offer(self) -> None:
        with self.service.write() as session:
            for state in (State.UNKNOWN, State.REFUSED):
                outcomes.send_all_again(session, state, self.batch, now=self.now, wall=self.now)

    def pause(self) -> None:
        self._verb(lambda session: batches.pause(session, self.batch, wall=self.now))

    def resume(self) -> None:
        self._verb(lambda session: batches.resume(session, self.batch, now=self.now, wall=self.now))

    def _verb(self, act: object) -> None:
        try:
            with self.service.write() as session:
                act(session)  # type: ignore[operator]
        except RefusedError:
            pass

    def bounce(self) -> None:
        if self.chance.random() < 0.2 and (person := self._somebody()) is not None:
            with self.service.write() as session:
                session.get_one(Subscriber, person).state = SubscriberState.BOUNCED

    def forget(self) -> None:
        """Turn what ended of ended enrolments into counts, as house-keeping does after ninety days."""
        with self.service.write() as session:
            ended = (State.SENT, State.REFUSED, State.SKIPPED)
            over = select(Enrolment.id).where(Enrolment.state != EnrolmentState.RUNNING, Enrolment.sequence_id == self.batch)
            erasures.forget_messages(session, Message.enrolment_id.in_(over) & Message.state.in_(ended))

    def pause_reader(self) -> None:
        person = self._somebody()
        if person is not None:
            token = link(self.service, person, Purpose.PREFERENCES)
            with self.service.write() as session:
                moves.pause(session, token, 1, keys=self.service.keys, now=self.now, wall=self.now)

    def counted(self) -> Counter[str]:
        """The same by looking at each reader and letter by itself; only for walks in which no row was forgotten."""
        found: Counter[str] = Counter()
        letters = sorted({each.letter_id or 0 for each in self.river.letters(self.batch)})
        for enrolment in self.river.enrolled(self.batch):
            mine = [each for each in self.river.letters(self.batch) if each.enrolment_id == enrolment.id]
            for number in range(LETTERS):
                rows = [each for each in mine if number < len(letters) and each.letter_id == letters[number]]
                kept = [each for each in rows if each.state != State.SKIPPED]
                found[_name(*(kept or rows)[-1:])] += 1
        return found


def _name(row: Message | None = None) -> str:
    if row is None or row.state == State.SKIPPED:
        return "none came"
    return "waiting" if row.state in (State.DUE, State.SENDING) else row.state


def _as_counted(found: Account) -> Counter[str]:
    none_came = found.to_come + sum(found.skipped.values())
    refused = sum(found.refused.values())
    named = {"waiting": found.waiting, "sent": found.sent, "unknown": found.unknown, "refused": refused, "none came": none_came}
    return Counter({name: number for name, number in named.items() if number})


@pytest.mark.parametrize("seed", range(3))
def test_the_account_closes_after_every_step(bare_service: Service, seed: int) -> None:
    walk = Walk(bare_service, seed)
    steps: list[str] = []
    for _ in range(45):
        steps.append(walk.step())
        found = walk.river.account(walk.batch).total
        assert found.expected == LETTERS * READERS, steps
        if not {"erase", "forget"} & set(steps):
            assert _as_counted(found) == walk.counted(), steps
    walk.resume()
    with bare_service.write() as session:
        batches.cancel(session, walk.batch, now=walk.now, wall=walk.now)
        launches.clear(session, walk.batch, now=walk.now, wall=walk.now)
    found = walk.river.account(walk.batch).total
    assert (found.to_come, found.waiting) == (0, 0)
    assert found.expected == LETTERS * READERS


def test_erased_readers_and_forgotten_letters_stay_in_the_account(bare_service: Service) -> None:
    walk = Walk(bare_service, 0)
    river, first = walk.river, datetime(2026, 3, 28, 9, tzinfo=UTC)
    river.plan(first)
    ids = [each.id for each in river.letters(walk.batch)]
    river.send(but={ids[0]: State.UNKNOWN, ids[1]: State.REFUSED}, wall=first)
    with bare_service.write() as session:
        for person in walk.people[:3]:
            row = session.get_one(Subscriber, person)
            erasure.forget(session, row, keys=bare_service.keys, wall=first, backups=DAY)
    found = river.account(walk.batch)
    one, *others = found.letters.values()
    assert (one.sent, one.unknown, dict(one.refused), one.to_come) == (4, 1, {"erased": 1}, 0)
    assert [(each.to_come, dict(each.skipped)) for each in others] == [(3, {"erased": 3})] * 2
    river.live(first, first + 5 * DAY)
    walk.forget()
    assert river.letters(walk.batch) == []
    assert (river.account(walk.batch).total.sent, river.account(walk.batch).total.unknown) == (4 + 3 + 3, 1)
