"""The keys of the ledger and the taking of messages, on both databases."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.bootstrap import Service
from service.domain.messages import Kind, State
from service.store import messages
from service.store.tables import Enrolment, Message
from tests.parts.river import TUESDAY, Parts, confirmed, load

LEASE = TUESDAY + timedelta(minutes=15)


@pytest.fixture
def reader(service: Service) -> tuple[int, int]:
    """A subscriber and their enrolment, with nothing in the ledger."""
    subscriber_id = confirmed(service, now=TUESDAY, wall=TUESDAY)
    with service.write() as session:
        session.query(Message).delete()
        return subscriber_id, session.query(Enrolment).one().id


def _letter(session: Session, reader: tuple[int, int], turn: int, **more: Any) -> Message:  # noqa: ANN401  columns
    values: dict[str, Any] = {
        "ref": f"ref{turn}{more.get('state', '')}{len(more)}",
        "subscriber_id": reader[0],
        "enrolment_id": reader[1],
        "turn": turn,
        "local_day": date(2026, 3, turn),
        "planned_at": TUESDAY,
        "not_before": TUESDAY,
        "not_after": LEASE,
    }
    return messages.add(session, kind=Kind.LETTER, **(values | more))


def _system(session: Session, reader: tuple[int, int], once: str) -> None:
    messages.add_once(
        session,
        once,
        kind=Kind.WELCOME,
        ref=once,
        subscriber_id=reader[0],
        planned_at=TUESDAY,
        not_before=TUESDAY,
        not_after=LEASE,
    )


def _take(session: Session, token: str = "t") -> int | None:
    return messages.take(session, token=token, lease_until=LEASE, now=TUESDAY, wall=TUESDAY)


def test_a_turn_is_planned_once(service: Service, reader: tuple[int, int]) -> None:
    with service.write() as session:
        _letter(session, reader, 1)
    with pytest.raises(IntegrityError), service.write() as session:
        session.query(Message).update({"state": State.SKIPPED})
        _letter(session, reader, 1, local_day=date(2026, 4, 1))


@pytest.mark.parametrize("state", [State.DUE, State.SENDING])
def test_an_enrolment_has_one_open_letter_at_most(service: Service, reader: tuple[int, int], state: State) -> None:
    with service.write() as session:
        letter = _letter(session, reader, 1)
        letter.state, letter.token = state, "t"
    with pytest.raises(IntegrityError), service.write() as session:
        _letter(session, reader, 2)


@pytest.mark.parametrize("state", [State.SENT, State.REFUSED, State.UNKNOWN])
def test_a_reader_gets_one_letter_a_day_at_most(service: Service, reader: tuple[int, int], state: State) -> None:
    with service.write() as session:
        _letter(session, reader, 1).state = state
    with pytest.raises(IntegrityError), service.write() as session:
        _letter(session, reader, 2, local_day=date(2026, 3, 1))


def test_a_skipped_letter_leaves_its_day_free(service: Service, reader: tuple[int, int]) -> None:
    with service.write() as session:
        _letter(session, reader, 1).state = State.SKIPPED
    with service.write() as session:
        _letter(session, reader, 2, local_day=date(2026, 3, 1))
        assert session.query(Message).count() == 2


def test_system_mail_is_added_once(service: Service, reader: tuple[int, int]) -> None:
    for _ in range(2):
        with service.write() as session:
            _system(session, reader, "welcome:1")
    with service.read() as session:
        assert session.query(Message).count() == 1


@pytest.mark.parametrize(
    "wrong", [{"state": "posted"}, {"kind": "parcel"}, {"state": "sending"}, {"once": "x"}, {"enrolment_id": None}]
)
def test_the_table_itself_refuses_what_cannot_be(service: Service, reader: tuple[int, int], wrong: dict[Any, Any]) -> None:
    with service.write() as session:
        _letter(session, reader, 1)
    with pytest.raises(IntegrityError), service.write() as session:
        session.query(Message).update(wrong)


def test_system_mail_goes_before_letters(service: Service, reader: tuple[int, int]) -> None:
    with service.write() as session:
        _letter(session, reader, 1)
        _system(session, reader, "welcome:1")
        first, second = _take(session, "a"), _take(session, "b")
        assert first is not None
        assert second is not None
        assert messages.get(session, first).kind == Kind.WELCOME
        assert messages.get(session, second).kind == Kind.LETTER
        assert _take(session, "c") is None


def test_two_takers_never_get_the_same_letter(postgresql_url: str) -> None:
    """On SQLite there is one writer at a time, so this can only happen on PostgreSQL."""
    service = Parts(postgresql_url).service()
    load(service)
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY), 0
    with service.write() as session:
        session.query(Message).delete()
        for number in range(2):
            _system(session, reader, f"welcome:{number}")
    with service.write() as one, service.write() as other:
        taken = {_take(one, "a"), _take(other, "b")}
        assert None not in taken
        assert len(taken) == 2
        assert _take(other, "c") is None
    service.database.close()


def test_only_the_owner_of_the_token_settles(service: Service, reader: tuple[int, int]) -> None:
    with service.write() as session:
        _letter(session, reader, 1)
        taken = _take(session, "mine")
        assert taken is not None
        assert not messages.settle(session, taken, "other", [State.SENDING], state=State.SENT)
        assert messages.get(session, taken).state == State.SENDING
        assert messages.settle(session, taken, "mine", [State.SENDING], state=State.SENT)
        assert not messages.settle(session, taken, "mine", [State.SENDING], state=State.DUE)


def test_counts_add_up_to_all_that_was_planned(service: Service, reader: tuple[int, int]) -> None:
    with service.write() as session:
        for turn, state in enumerate([State.SENT, State.UNKNOWN, State.SKIPPED, State.DUE], start=1):
            _letter(session, reader, turn).state = state
            session.flush()
    with service.read() as session:
        counts = messages.count_by_state(session)
    assert sum(counts.values()) == 4
    assert set(counts) == set(State)
