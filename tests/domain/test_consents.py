"""What a sign-up leads to, for every state of the address, and where a confirm link stands."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from service.domain.consents import CONFIRM_WITHIN, REMEMBER_LETTERS, Reply, Standing, reply, standing
from service.domain.subscribers import State

WALL = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
HOUR, DAY, MOMENT = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)

FREE: tuple[datetime, ...] = ()
AT_THE_LIMIT = (WALL - HOUR,)

STOPPED = (State.BOUNCED, State.COMPLAINED)
UNCONFIRMED = (None, State.PENDING, State.LEFT)
UNSTOPPED = (*UNCONFIRMED, State.ACTIVE)
EVERYBODY = (None, *State)
ANY = (False, True)
LETTERS = (FREE, AT_THE_LIMIT)


def replied(
    state: State | None,
    *,
    suppressed: bool = False,
    role: bool = False,
    open_programme: bool = True,
    letters: tuple[datetime, ...] = FREE,
) -> Reply:
    return reply(state, suppressed=suppressed, role=role, open_programme=open_programme, letters=letters, wall=WALL)


@pytest.mark.parametrize(("state", "role", "open_programme", "letters"), list(product(EVERYBODY, ANY, ANY, LETTERS)))
def test_a_suppressed_address_gets_nothing_whatever_else_is_true(
    state: State | None, role: bool, open_programme: bool, letters: tuple[datetime, ...]
) -> None:
    seen = replied(state, suppressed=True, role=role, open_programme=open_programme, letters=letters)
    assert seen is Reply.SUPPRESSED


@pytest.mark.parametrize(("state", "role", "open_programme", "letters"), list(product(STOPPED, ANY, ANY, LETTERS)))
def test_who_bounced_or_complained_gets_nothing_whatever_else_is_true(
    state: State, role: bool, open_programme: bool, letters: tuple[datetime, ...]
) -> None:
    assert replied(state, role=role, open_programme=open_programme, letters=letters) is Reply.SUPPRESSED


@pytest.mark.parametrize(("state", "open_programme", "letters"), list(product(UNSTOPPED, ANY, LETTERS)))
def test_an_office_gets_nothing(state: State | None, open_programme: bool, letters: tuple[datetime, ...]) -> None:
    assert replied(state, role=True, open_programme=open_programme, letters=letters) is Reply.ROLE


@pytest.mark.parametrize(("open_programme", "letters"), list(product(ANY, LETTERS)))
def test_an_active_reader_gets_the_manage_letter_whatever_was_chosen(
    open_programme: bool, letters: tuple[datetime, ...]
) -> None:
    assert replied(State.ACTIVE, open_programme=open_programme, letters=letters) is Reply.MANAGE


@pytest.mark.parametrize("letters", LETTERS)
@pytest.mark.parametrize("state", UNCONFIRMED)
def test_without_an_open_programme_there_is_nothing_to_confirm(state: State | None, letters: tuple[datetime, ...]) -> None:
    assert replied(state, open_programme=False, letters=letters) is Reply.NO_PROGRAMME


@pytest.mark.parametrize("state", UNCONFIRMED)
def test_who_is_new_pending_or_gone_gets_a_confirm_letter(state: State | None) -> None:
    assert replied(state) is Reply.CONFIRM


@pytest.mark.parametrize("state", UNCONFIRMED)
@pytest.mark.parametrize(
    ("ages", "expected"),
    [
        ([], Reply.CONFIRM),
        ([timedelta(0)], Reply.LIMITED),
        ([DAY - MOMENT], Reply.LIMITED),
        ([DAY], Reply.CONFIRM),
        ([DAY, 2 * DAY], Reply.CONFIRM),
        ([DAY, 2 * DAY, 30 * DAY - MOMENT], Reply.LIMITED),
        ([DAY, 2 * DAY, 30 * DAY], Reply.CONFIRM),
        ([DAY, 2 * DAY, 3 * DAY], Reply.LIMITED),
        ([DAY, 2 * DAY, 3 * DAY, 4 * DAY], Reply.LIMITED),
        ([30 * DAY, 31 * DAY, 32 * DAY, 33 * DAY], Reply.CONFIRM),
        ([DAY - MOMENT, 40 * DAY], Reply.LIMITED),
        ([-HOUR], Reply.LIMITED),
    ],
    ids=[
        "none yet",
        "just now",
        "a moment less than a day ago",
        "a day ago",
        "two in thirty days",
        "three, the oldest a moment less than thirty days ago",
        "three, the oldest thirty days ago",
        "three in thirty days",
        "four in thirty days",
        "all too old to count",
        "one today and an old one",
        "in the future, after the clock was set back",
    ],
)
def test_one_confirm_letter_a_day_and_three_in_thirty_days(state: State | None, ages: list[timedelta], expected: Reply) -> None:
    letters = tuple(WALL - age for age in ages)
    assert replied(state, letters=letters) is expected
    assert replied(state, letters=letters[::-1]) is expected


def test_letters_are_remembered_as_long_as_they_count() -> None:
    assert timedelta(days=30) == REMEMBER_LETTERS


def stands(
    *, confirmed: bool = False, replaced: bool = False, withdrawn: bool = False, blocked: bool = False, left: timedelta = HOUR
) -> Standing:
    """`left` is how long the link still works."""
    return standing(
        confirmed=confirmed, replaced=replaced, withdrawn=withdrawn, blocked=blocked, expires_at=WALL + left, wall=WALL
    )


@pytest.mark.parametrize(("confirmed", "left"), list(product(ANY, (HOUR, timedelta(0), -HOUR))))
@pytest.mark.parametrize(("replaced", "withdrawn", "blocked"), [flags for flags in product(ANY, ANY, ANY) if any(flags)])
def test_a_superseded_link_is_replaced_even_if_used_or_expired(
    replaced: bool, withdrawn: bool, blocked: bool, confirmed: bool, left: timedelta
) -> None:
    seen = stands(confirmed=confirmed, replaced=replaced, withdrawn=withdrawn, blocked=blocked, left=left)
    assert seen is Standing.REPLACED


@pytest.mark.parametrize("left", [HOUR, timedelta(0), -HOUR])
def test_a_used_link_is_done_for_ever(left: timedelta) -> None:
    assert stands(confirmed=True, left=left) is Standing.DONE


@pytest.mark.parametrize(
    ("left", "expected"),
    [(MOMENT, Standing.OPEN), (timedelta(0), Standing.EXPIRED), (-MOMENT, Standing.EXPIRED), (-90 * DAY, Standing.EXPIRED)],
)
def test_an_unused_link_is_open_until_the_very_moment_it_expires(left: timedelta, expected: Standing) -> None:
    assert stands(left=left) is expected


def test_a_confirm_link_works_for_72_hours() -> None:
    assert timedelta(hours=72) == CONFIRM_WITHIN
