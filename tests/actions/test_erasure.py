"""Erasing a person, on both databases: nothing of them is left in any column, and every message stays in the count (S-16)."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from service.actions import addresses, consents, enrolments, erasure, messages
from service.actions.messages import Retry, Taken
from service.bootstrap import Service
from service.domain.messages import Accepted, Broken, Deferred, Kind, Outcome, Refused, State, Unheard
from service.domain.subscribers import GraveAct
from service.mail.tokens import Keyring, Purpose
from service.store import messages as message_rows
from service.store import suppressions
from service.store.columns import Table
from service.store.tables import (
    Attempt,
    Consent,
    Enrolment,
    Erasure,
    FreshLink,
    Knock,
    Message,
    Subscriber,
    Suppression,
    Tally,
)
from tests.parts.grave import NEW, ask_address, ask_export, link
from tests.parts.river import TUESDAY, Parts, ask, confirmed, intake, load

READER, OTHER = "reader@example.net", "other@example.net"
FIRST = TUESDAY + timedelta(days=7, hours=-1)
BACKUPS = timedelta(days=30)
RETRY = Retry(timedelta(minutes=30), 0.0)


@pytest.fixture
def reader(service: Service) -> int:
    return confirmed(service, READER, now=TUESDAY, wall=TUESDAY)


def _fresh(service: Service, token: str, wall: datetime = TUESDAY) -> str:
    with service.write() as session:
        made = erasure.ask(session, token, keys=service.keys, wall=wall)
    assert made is not None
    return made


def _erase(service: Service, token: str, fresh: str, wall: datetime = TUESDAY) -> datetime | None:
    with service.write() as session:
        return erasure.erase(session, token, fresh, keys=service.keys, wall=wall, backups=BACKUPS)


def _forget(service: Service, reader: int, wall: datetime = TUESDAY) -> None:
    token = link(service, reader, Purpose.ERASE)
    assert _erase(service, token, _fresh(service, token, wall), wall) == wall + BACKUPS


def _is_here(service: Service, reader: int) -> bool:
    with service.read() as session:
        return session.get(Subscriber, reader) is not None


def _cells(service: Service) -> Iterator[tuple[str, str]]:
    """Every value of every column of every table, as text."""
    with service.read() as session:
        for table in Table.metadata.sorted_tables:
            for row in session.execute(select(table)):
                yield from ((f"{table.name}.{name}", str(value)) for name, value in row._mapping.items())


def _where(service: Service, texts: list[str]) -> set[str]:
    """The columns in which any of these texts stands, in whatever case."""
    return {place for place, value in _cells(service) if any(text.lower() in value.lower() for text in texts)}


def _take(service: Service, wall: datetime, token: str = "mine") -> Taken | None:
    with service.write() as session:
        return messages.take(session, token=token, lease=timedelta(minutes=15), now=wall, wall=wall, speed=1)


def _settle(service: Service, taken: Taken, outcome: Outcome, wall: datetime) -> bool:
    with service.write() as session:
        return messages.settle(session, taken, outcome, retry=RETRY, wall=wall)


def _live(service: Service, reader: int, other: int) -> None:
    """Leave traces of a reader in as many places as there are."""
    ask_export(service, reader, wall=TUESDAY)
    with service.write() as session:
        addresses.ask(session, link(service, other, Purpose.PREFERENCES), READER, keys=service.keys, wall=TUESDAY)
    with service.write() as session:
        enrolments.plan(session, now=FIRST, wall=FIRST, speed=1)
        session.execute(update(Message).values(not_after=FIRST + timedelta(days=9), not_before=TUESDAY))
    for number in range(3):
        taken = _take(service, FIRST, f"t{number}")
        assert taken is not None
        said = f"<{taken.posting.address}> is not here today"
        outcomes = (Deferred("rcpt", 450, said, relay=False), Refused("rcpt", 550, said), Unheard(said))
        _settle(service, taken, outcomes[number], FIRST)
    ask(service, READER, wall=FIRST)  # which nobody has answered yet
    with service.write() as session:
        session.add(Knock(address_hash=service.keys.address_hashes(READER)[0][1], at=TUESDAY))


def test_nothing_of_a_person_is_left_in_any_column_of_any_table(service: Service, reader: int) -> None:
    other = confirmed(service, OTHER, now=TUESDAY, wall=TUESDAY)
    _live(service, reader, other)
    with service.write() as session:  # and somebody wants to change to the address of this reader
        session.add(_wish_for(service, other))
    with service.read() as session:
        ref = session.get_one(Subscriber, reader).ref
        refs = session.scalars(select(Consent.ref).where(Consent.subscriber_id == reader)).all()
        refs = [*refs, *session.scalars(select(Message.ref).where(Message.subscriber_id == reader)).all()]
    hashes = [value for _, value in service.keys.address_hashes(READER)]
    texts = [READER, *hashes, ref, *refs]
    assert {"subscribers.address", "consents.address", "attempts.text", "messages.ref", "knocks.address_hash"} <= _where(
        service, texts
    )
    assert "fresh_links.address" in _where(service, [READER])
    _forget(service, reader, FIRST)
    assert _where(service, [READER, *hashes, *refs]) == set()
    assert _where(service, [ref]) == {"erasures.ref"}


def _wish_for(service: Service, other: int) -> FreshLink:
    return FreshLink(
        ref="ab" * 8,
        token_hash="cd" * 32,
        subscriber_id=other,
        purpose=GraveAct.ADDRESS,
        address=READER,
        address_key=READER,
        address_hash=service.keys.address_hashes(READER)[0][1],
        created_at=TUESDAY,
        expires_at=FIRST + timedelta(days=1),
    )


def test_somebody_elses_wish_to_change_to_the_address_is_forgotten_with_its_letter(service: Service) -> None:
    """They asked before its owner came here."""
    other = confirmed(service, OTHER, now=TUESDAY, wall=TUESDAY)
    ask_address(service, other, address=READER, wall=TUESDAY)
    reader = confirmed(service, READER, now=TUESDAY, wall=TUESDAY)
    _forget(service, reader)
    assert _where(service, [READER, service.keys.address_hashes(READER)[0][1]]) == set()
    with service.read() as session:
        assert session.scalars(select(Message.id).where(Message.kind == Kind.ADDRESS)).all() == []
        assert session.get_one(Subscriber, other).address == OTHER


def test_an_address_of_before_is_forgotten_too(service: Service, reader: int) -> None:
    with service.write() as session:
        session.add(Knock(address_hash=service.keys.address_hashes(READER)[0][1], at=TUESDAY))
    token = ask_address(service, reader, wall=TUESDAY)
    with service.write() as session:
        assert addresses.change(session, token, keys=service.keys, wall=TUESDAY)
    _forget(service, reader)
    hashes = [service.keys.address_hashes(address)[0][1] for address in (READER, NEW)]
    assert _where(service, [READER, NEW, *hashes]) == set()


def test_others_keep_everything_even_one_who_had_the_same_address_before(service: Service, reader: int) -> None:
    token = ask_address(service, reader, wall=TUESDAY)
    with service.write() as session:
        addresses.change(session, token, keys=service.keys, wall=TUESDAY)
    newcomer = confirmed(service, READER, now=TUESDAY, wall=TUESDAY)
    _forget(service, newcomer)
    assert not _is_here(service, newcomer)
    with service.read() as session:
        assert session.get_one(Subscriber, reader).address == NEW
        assert session.scalars(select(Consent.subscriber_id)).all() == [reader]
        assert session.scalars(select(Enrolment.subscriber_id)).all() == [reader]


def test_a_suppression_stays_as_a_fingerprint(service: Service, reader: int) -> None:
    hashes = service.keys.address_hashes(READER)
    with service.write() as session:
        suppressions.add(session, hashes, reason="complaint", source="test", wall=TUESDAY)
    _forget(service, reader)
    assert _where(service, [READER, *[value for _, value in hashes]]) == {"suppressions.hash"}
    with service.read() as session:
        assert session.scalars(select(func.count()).select_from(Suppression)).one() == len(hashes)


def test_every_message_stays_in_the_count_and_what_waited_is_skipped(service: Service, reader: int) -> None:
    other = confirmed(service, OTHER, now=TUESDAY, wall=TUESDAY)
    _live(service, reader, other)
    sending = _take(service, FIRST, "on the wire")
    assert sending is not None
    with service.read() as session:
        before = message_rows.count_by_state(session)
        total = session.scalars(select(func.count()).select_from(Message)).one()
    assert sum(before.values()) == total
    assert before[State.DUE] > 0
    assert before[State.SENDING] == before[State.REFUSED] == before[State.UNKNOWN] == 1
    for person in (reader, other):
        _forget(service, person, FIRST)
    with service.read() as session:
        after = message_rows.count_by_state(session)
        assert session.scalars(select(Message.id)).all() == []
        assert session.scalars(select(Attempt.id)).all() == []
        assert session.scalars(select(func.sum(Tally.count))).one() == total
    assert sum(after.values()) == total
    assert after[State.DUE] == after[State.SENDING] == 0
    assert after[State.SKIPPED] == before[State.SKIPPED] + before[State.DUE]
    assert after[State.UNKNOWN] == before[State.UNKNOWN] + 1
    assert after[State.REFUSED] == before[State.REFUSED]


def test_the_second_press_needs_a_fresh_link_of_the_first_and_both_end_with_it(service: Service, reader: int) -> None:
    token = link(service, reader, Purpose.ERASE)
    assert _erase(service, token, token) is None
    assert _erase(service, token, "") is None
    assert _is_here(service, reader)
    made = _fresh(service, token)
    assert _erase(service, token, made) == TUESDAY + BACKUPS
    assert not _is_here(service, reader)
    with service.read() as session:
        assert erasure.language_of(session, token, keys=service.keys) is None
        assert [(row.at, row.gone_by) for row in session.scalars(select(Erasure))] == [(TUESDAY, TUESDAY + BACKUPS)]


def test_pressed_twice_it_says_the_same_for_an_hour(service: Service, reader: int) -> None:
    token = link(service, reader, Purpose.ERASE)
    made = _fresh(service, token)
    _erase(service, token, made)
    assert _erase(service, token, made, TUESDAY + timedelta(minutes=59)) == TUESDAY + BACKUPS
    assert _erase(service, token, made, TUESDAY + timedelta(hours=1)) is None
    with service.write() as session:
        assert erasure.ask(session, token, keys=service.keys, wall=TUESDAY) is None


def test_the_second_press_works_for_an_hour(service: Service, reader: int) -> None:
    token = link(service, reader, Purpose.ERASE)
    made = _fresh(service, token)
    assert _erase(service, token, made, TUESDAY + timedelta(hours=1)) is None
    assert _erase(service, token, made, TUESDAY + timedelta(minutes=59)) is not None


@pytest.mark.parametrize("how", ["another person", "another act", "an epoch ago", "another key", "stranger"])
def test_other_fresh_links_erase_nobody(service: Service, reader: int, how: str) -> None:
    other = confirmed(service, OTHER, now=TUESDAY, wall=TUESDAY)
    token = link(service, reader, Purpose.ERASE)
    made = _fresh(service, token)
    with service.read() as session:
        ref = session.scalars(select(FreshLink.ref)).one()
    tried = {
        "another person": lambda: (token, _fresh(service, link(service, other, Purpose.ERASE))),
        "another act": lambda: (token, ask_export(service, reader, wall=TUESDAY)),
        "an epoch ago": lambda: (token, service.keys.link_token(Purpose.FRESH, ref, 7)),
        "another key": lambda: (token, Keyring(["a key of somebody else that is long enough"]).link_token(Purpose.FRESH, ref)),
        "stranger": lambda: (service.keys.link_token(Purpose.ERASE, "00" * 8), made),
    }[how]()
    assert _erase(service, *tried) is None
    assert _is_here(service, reader)
    assert _is_here(service, other)


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose is not Purpose.ERASE])
def test_a_link_for_another_purpose_begins_nothing(service: Service, reader: int, purpose: Purpose) -> None:
    tried = link(service, reader, purpose)
    with service.write() as session:
        assert erasure.ask(session, tried, keys=service.keys, wall=TUESDAY) is None
    assert _erase(service, tried, _fresh(service, link(service, reader, Purpose.ERASE))) is None
    with service.read() as session:
        assert erasure.language_of(session, tried, keys=service.keys) is None
    assert _is_here(service, reader)


def test_whoever_was_erased_can_come_back_as_somebody_new(service: Service, reader: int) -> None:
    old = link(service, reader, Purpose.ERASE)
    _forget(service, reader)
    again = confirmed(service, READER, now=TUESDAY, wall=TUESDAY + timedelta(days=1))
    assert again != reader
    with service.read() as session:
        assert erasure.language_of(session, old, keys=service.keys) is None


@pytest.mark.parametrize(
    "outcome",
    [
        Accepted(250, "ok"),
        Refused("rcpt", 550, "no"),
        Deferred("rcpt", 450, "later", relay=False),
        Deferred("connect", None, "away", relay=True),
        Unheard("silence"),
        Broken("ValueError"),
    ],
    ids=lambda outcome: type(outcome).__name__,
)
def test_a_letter_that_is_on_the_wire_finds_nothing_to_settle(service: Service, reader: int, outcome: Outcome) -> None:
    taken = _take(service, TUESDAY)
    assert taken is not None
    _forget(service, reader)
    assert not _settle(service, taken, outcome, TUESDAY)
    with service.read() as session:
        assert session.scalars(select(Attempt.id)).all() == []


# Two at once. On SQLite one writer waits for the other, so only PostgreSQL can get this wrong.


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Service]:
    service = Parts(postgresql_url).service()
    load(service)
    yield service
    service.database.close()


class Erasing(threading.Thread):
    """Erases a reader in a thread of its own, and remembers what came of it."""

    def __init__(self, service: Service, reader: int) -> None:
        super().__init__()
        self.token = link(service, reader, Purpose.ERASE)
        self.fresh = _fresh(service, self.token)
        self.service, self.answer, self.error = service, None, None
        self.start()

    answer: datetime | None
    error: Exception | None

    def waits(self) -> bool:
        """Whether it is still at it after a while."""
        self.join(0.5)
        return self.is_alive()

    def run(self) -> None:
        try:
            self.answer = _erase(self.service, self.token, self.fresh)
        except Exception as error:
            self.error = error

    def ends_well(self) -> None:
        self.join(20)
        assert self.error is None
        assert self.answer == TUESDAY + BACKUPS


def test_a_letter_that_is_being_taken_is_waited_for_and_counted_once(postgresql: Service) -> None:
    reader = confirmed(postgresql, READER, now=TUESDAY, wall=TUESDAY)
    with postgresql.write() as session:
        taken = messages.take(session, token="me", lease=timedelta(minutes=15), now=TUESDAY, wall=TUESDAY, speed=1)
        assert taken is not None
        erasing = Erasing(postgresql, reader)
        assert erasing.waits(), "it must wait for the sender"
    erasing.ends_well()
    assert not _settle(postgresql, taken, Accepted(250, "ok"), TUESDAY)
    with postgresql.read() as session:
        assert message_rows.count_by_state(session)[State.UNKNOWN] == 1


def test_a_letter_that_is_being_planned_is_waited_for(postgresql: Service) -> None:
    reader = confirmed(postgresql, READER, now=TUESDAY, wall=TUESDAY)
    with postgresql.write() as session:
        assert enrolments.plan(session, now=FIRST, wall=FIRST, speed=1) == 1
        erasing = Erasing(postgresql, reader)
        assert erasing.waits(), "it must wait for the clock"
    erasing.ends_well()
    assert _where(postgresql, [READER]) == set()


def test_a_sign_up_that_is_being_answered_is_waited_for(postgresql: Service) -> None:
    reader = confirmed(postgresql, READER, now=TUESDAY, wall=TUESDAY)
    ask(postgresql, READER, wall=TUESDAY)
    with postgresql.write() as session:
        assert consents.intake(session, keys=postgresql.keys, wall=TUESDAY) == 1
        session.flush()
        erasing = Erasing(postgresql, reader)
        assert erasing.waits(), "it must wait for the clock"
    erasing.ends_well()
    assert _where(postgresql, [READER]) == set()


def test_a_clock_that_comes_later_finds_nobody(postgresql: Service) -> None:
    reader = confirmed(postgresql, READER, now=TUESDAY, wall=TUESDAY)
    token = link(postgresql, reader, Purpose.ERASE)
    made = _fresh(postgresql, token)
    with postgresql.write() as session:
        erasure.erase(session, token, made, keys=postgresql.keys, wall=TUESDAY, backups=BACKUPS)
        session.flush()
        clock = threading.Thread(target=_plan_and_intake, args=(postgresql,))
        clock.start()
        clock.join(0.5)
    clock.join(20)
    assert not clock.is_alive()
    assert _where(postgresql, [READER]) == set()


def _plan_and_intake(service: Service) -> None:
    with service.write() as session:
        enrolments.plan(session, now=FIRST, wall=FIRST, speed=1)
    intake(service, wall=TUESDAY)


def test_two_people_can_be_erased_at_once(postgresql: Service) -> None:
    """Both count their messages into the same tallies."""
    readers = [confirmed(postgresql, f"reader{number}@example.net", now=TUESDAY, wall=TUESDAY) for number in range(4)]
    with postgresql.read() as session:
        total = session.scalars(select(func.count()).select_from(Message)).one()
    threads = [Erasing(postgresql, reader) for reader in readers]
    for thread in threads:
        thread.ends_well()
    with postgresql.read() as session:
        assert sum(message_rows.count_by_state(session).values()) == total
