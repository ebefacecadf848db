"""The ledger's rules: every move written out, every condition of the last look broken alone, every wait."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain import messages
from service.domain.messages import Condition, Facts, Kind, State, may_move, may_send, retry_delay
from service.domain.subscribers import State as SubscriberState

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
WALL = datetime(2027, 7, 7, 7, 0, tzinfo=UTC)  # another time than the calendar's, so that mixing them up shows
MOMENT = timedelta(microseconds=1)
HALF_AN_HOUR = timedelta(minutes=30)

MAY = {
    ("due", "sending"),
    ("due", "skipped"),
    ("sending", "sent"),
    ("sending", "due"),
    ("sending", "refused"),
    ("sending", "unknown"),
    ("unknown", "sent"),
}


@pytest.mark.parametrize(("old", "new"), list(product(State, State)))
def test_a_message_goes_from_state_to_state_as_the_table_says(old: State, new: State) -> None:
    assert may_move(old, new) is ((old.value, new.value) in MAY)


def test_what_is_unknown_is_never_due_again() -> None:
    assert not may_move(State.UNKNOWN, State.DUE)


def test_only_due_and_sending_wait() -> None:
    assert set(messages.WAITING) == {State.DUE, State.SENDING}
    assert {state for state in State if any(may_move(state, new) for new in State)} == {
        State.DUE,
        State.SENDING,
        State.UNKNOWN,
    }


def test_what_nobody_asked_for_just_now_is_list_mail_and_what_answers_a_request_is_not() -> None:
    assert frozenset({Kind.WELCOME, Kind.OFFER, Kind.LETTER, Kind.TEST}) == messages.LIST_MAIL


def test_system_mail_goes_before_letters() -> None:
    assert all(messages.LANES[kind] < messages.LANES[Kind.LETTER] for kind in Kind if kind is not Kind.LETTER)


@pytest.mark.parametrize(
    ("kind", "hours"),
    [
        *(("confirm", 24), ("manage", 24), ("welcome", 72), ("address", 24), ("export", 24)),
        *(("offer", 24), ("test", 24), ("digest", 72), ("letter", 72)),
    ],
)
def test_every_kind_is_late_at_some_time(kind: str, hours: int) -> None:
    assert messages.LATEST[Kind(kind)] == timedelta(hours=hours)
    assert messages.LATEST.keys() == set(Kind)


GOOD = Facts(
    subscriber=SubscriberState.ACTIVE,
    suppressed=False,
    new_suppressed=False,
    paused_until=None,
    open_until=None,
    enrolment_running=True,
    sequence_live=True,
    held=False,
    all_held=False,
    at_the_desk=True,
    not_after=WALL + MOMENT,
    now=NOW,
    wall=WALL,
)


def facts_for(kind: Kind) -> Facts:
    """Facts with which a message of this kind may go."""
    return replace(GOOD, subscriber=SubscriberState.PENDING) if kind is Kind.CONFIRM else GOOD


DESK = frozenset({Kind.TEST, Kind.DIGEST})
ALL = frozenset(Kind)
TO_PEOPLE = ALL - DESK
OF_READERS = TO_PEOPLE - {Kind.CONFIRM, Kind.EXPORT}
STOPPED_BY: dict[str, tuple[dict[str, object], frozenset[Kind]]] = {
    "suppressed": ({"suppressed": True}, TO_PEOPLE),
    "at the last moment": ({"not_after": WALL}, ALL),
    "late": ({"not_after": WALL - MOMENT}, ALL),
    "new address suppressed": ({"new_suppressed": True}, frozenset({Kind.ADDRESS})),
    "bounced": ({"subscriber": SubscriberState.BOUNCED}, TO_PEOPLE - {Kind.EXPORT}),
    "complained": ({"subscriber": SubscriberState.COMPLAINED}, TO_PEOPLE - {Kind.EXPORT}),
    "pending": ({"subscriber": SubscriberState.PENDING}, OF_READERS),
    "left": ({"subscriber": SubscriberState.LEFT}, OF_READERS),
    "active": ({"subscriber": SubscriberState.ACTIVE}, frozenset({Kind.CONFIRM})),
    "paused": ({"paused_until": NOW + MOMENT}, frozenset({Kind.LETTER, Kind.OFFER})),
    "pause just over": ({"paused_until": NOW}, frozenset()),
    "hours just shut": ({"open_until": WALL}, frozenset({Kind.LETTER})),
    "hours long shut": ({"open_until": WALL - timedelta(days=1)}, frozenset({Kind.LETTER})),
    "hours still open": ({"open_until": WALL + MOMENT}, frozenset()),
    "enrolment stopped": ({"enrolment_running": False}, frozenset({Kind.LETTER})),
    "sequence retired": ({"sequence_live": False}, frozenset({Kind.LETTER})),
    "held": ({"held": True}, frozenset({Kind.LETTER})),
    "everything held": ({"all_held": True}, TO_PEOPLE),
    "nobody at the desk": ({"at_the_desk": False}, DESK),
}


@pytest.mark.parametrize("kind", Kind)
def test_a_message_with_nothing_against_it_may_go(kind: Kind) -> None:
    assert may_send(kind, facts_for(kind))


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("what", STOPPED_BY)
def test_each_thing_alone_stops_the_kinds_it_is_meant_for(what: str, kind: Kind) -> None:
    change, stopped = STOPPED_BY[what]
    assert may_send(kind, replace(facts_for(kind), **change)) is (kind not in stopped)  # type: ignore[arg-type]


def test_a_confirm_letter_goes_to_who_asked_again_after_leaving() -> None:
    assert may_send(Kind.CONFIRM, replace(GOOD, subscriber=SubscriberState.LEFT))


def test_who_has_left_may_still_have_what_is_kept_of_them() -> None:
    assert may_send(Kind.EXPORT, replace(GOOD, subscriber=SubscriberState.LEFT))


def test_every_condition_is_asked_of_some_kind() -> None:
    assert frozenset().union(*messages.MUST_HOLD.values()) == frozenset(Condition)
    assert messages.MUST_HOLD.keys() == set(Kind)


@pytest.mark.parametrize(("attempt", "minutes"), [(1, 30), (2, 60), (3, 120), (4, 120), (10, 120), (1000, 120)])
def test_the_wait_doubles_twice_and_then_stays(attempt: int, minutes: int) -> None:
    assert retry_delay(attempt, first=HALF_AN_HOUR, jitter=0) == timedelta(minutes=minutes)


@pytest.mark.parametrize(("jitter", "minutes"), [(-1, 25.5), (-0.5, 27.75), (0, 30), (0.5, 32.25), (1, 34.5)])
def test_jitter_moves_the_wait_by_15_percent_at_most(jitter: float, minutes: float) -> None:
    assert retry_delay(1, first=HALF_AN_HOUR, jitter=jitter) == timedelta(minutes=minutes)


@settings(max_examples=100, deadline=None)
@given(
    attempt=st.integers(1, 50),
    first=st.timedeltas(min_value=timedelta(milliseconds=1), max_value=timedelta(days=1)),
    jitter=st.floats(-1, 1),
)
def test_no_wait_is_ever_outside_its_bounds(attempt: int, first: timedelta, jitter: float) -> None:
    middle = retry_delay(attempt, first=first, jitter=0)
    wait = retry_delay(attempt, first=first, jitter=jitter)
    assert middle * 0.85 - MOMENT <= wait <= middle * 1.15 + MOMENT
    assert first <= middle <= 4 * first


@settings(max_examples=30, deadline=None)
@given(attempt=st.integers(1, 20))
def test_waits_never_get_shorter(attempt: int) -> None:
    assert retry_delay(attempt, first=HALF_AN_HOUR, jitter=0) <= retry_delay(attempt + 1, first=HALF_AN_HOUR, jitter=0)
