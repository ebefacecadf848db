"""The next turn of a reader: send, wait or end, and the date that every page shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.domain.schedule import UNTIL_I_SAY, Rhythm, next_slot, pause_end
from service.domain.sequences import Choice, Standing, Step, Wish
from service.domain.turns import End, Place, Send, Wait, after, expected_at, next_turn
from tests.parts.ways import AGAIN, STAY, USUAL, lived, part, way, wishing

BERLIN = Rhythm(1, 10, "Europe/Berlin", 7)
TUESDAY = datetime(2026, 3, 3, 9, tzinfo=UTC)  # 10:00 in Berlin
MOMENT, MINUTE, DAY, WEEK = timedelta(microseconds=1), timedelta(minutes=1), timedelta(days=1), timedelta(days=7)
LATE = timedelta(minutes=15)
OF = way((2, 1), (1, 0), check_ins=1)
DUE = Place(lived(OF, USUAL), TUESDAY, TUESDAY + WEEK)


@pytest.mark.parametrize("now", [DUE.next_due_at, DUE.next_due_at + LATE], ids=["at its slot", "as late as can be"])
def test_a_letter_that_is_due_goes_out_at_its_slot_whenever_it_was_found(now: datetime) -> None:
    assert next_turn(BERLIN, OF, DUE, now=now) == Send(OF.main[1], 12, TUESDAY + WEEK, TUESDAY + 2 * WEEK)


@pytest.mark.parametrize(
    ("away", "until"),
    [(LATE + MOMENT, 2 * WEEK), (6 * DAY, 2 * WEEK), (WEEK, 2 * WEEK), (WEEK + MOMENT, 3 * WEEK)],
    ids=["a moment late", "days late", "back at a slot", "a moment after a slot"],
)
def test_a_letter_found_late_waits_for_the_next_wished_slot(away: timedelta, until: timedelta) -> None:
    assert next_turn(BERLIN, OF, DUE, now=DUE.next_due_at + away) == Wait(TUESDAY + until)


def test_a_fast_calendar_makes_nothing_late_sooner() -> None:
    assert isinstance(next_turn(BERLIN, OF, DUE, now=DUE.next_due_at + DAY, speed=100), Send)


@pytest.mark.parametrize("now", [TUESDAY, TUESDAY + 50 * WEEK])
def test_after_the_last_letter_is_the_end_however_late_that_is_found(now: datetime) -> None:
    last = Place(lived(OF, USUAL, USUAL, USUAL), TUESDAY, TUESDAY)
    assert next_turn(BERLIN, OF, last, now=now) == End()


@pytest.mark.parametrize(
    ("wished", "letter", "reached"), [(STAY, 101, 11), (part(2), 21, 21), (AGAIN, 11, 11)], ids=["stay", "part", "again"]
)
def test_a_wish_says_which_letter_and_never_when(wished: tuple[Wish, int | None], letter: int, reached: int) -> None:
    turn = next_turn(BERLIN, OF, replace(DUE, standing=wishing(DUE.standing, wished)), now=DUE.next_due_at)
    assert isinstance(turn, Send)
    assert (turn.letter.id, turn.reached) == (letter, reached)
    assert (turn.slot, turn.following) == (TUESDAY + WEEK, TUESDAY + 2 * WEEK)


@pytest.mark.parametrize(("days", "weeks"), [(1, 1), (2, 2), (3, 2)])
def test_behind_a_letter_that_came_again_the_least_gap_holds(days: int, weeks: int) -> None:
    """A Tuesday is five days and a quarter from Wednesday, and less from Thursday."""
    again = Place(wishing(DUE.standing, AGAIN), TUESDAY, TUESDAY + days * DAY)
    turn = next_turn(BERLIN, OF, again, now=TUESDAY + days * DAY)
    assert isinstance(turn, Send)
    assert turn.following == TUESDAY + weeks * WEEK


def test_a_planned_letter_is_remembered_and_its_wish_is_granted() -> None:
    before = Standing(11, (11,), Wish.STAY)
    alternate = Choice(Step(101, 4, phase_id=1), 11)
    assert after(before, alternate) == Standing(11, (11, 101))
    assert after(Standing(wish=Wish.PART, wish_phase_id=2), Choice(Step(21, 3, phase_id=2), 21)) == Standing(21, (21,))


# What the pages say


@pytest.mark.parametrize(
    ("paused_until", "now", "expected"),
    [
        (None, TUESDAY, WEEK),
        (None, DUE.next_due_at + LATE, WEEK),
        (None, DUE.next_due_at + LATE + MOMENT, 2 * WEEK),
        (TUESDAY - DAY, TUESDAY + DAY, WEEK),
        (pause_end(TUESDAY, BERLIN.zone, 1), TUESDAY, WEEK),
        (pause_end(TUESDAY, BERLIN.zone, 2), TUESDAY, 2 * WEEK),
        (pause_end(TUESDAY + DAY, BERLIN.zone, 1), TUESDAY + DAY, 2 * WEEK),
        (pause_end(TUESDAY, BERLIN.zone, 2), TUESDAY + 3 * WEEK, 3 * WEEK),
    ],
    ids=[
        "not paused",
        "due, and not planned yet",
        "found late",
        "paused before",
        "until the day of the letter",
        "over one letter",
        "until the day after a letter",
        "long over",
    ],
)
def test_the_next_date_is_the_one_that_planning_will_find(
    paused_until: datetime | None, now: datetime, expected: timedelta
) -> None:
    assert expected_at(BERLIN, DUE, paused_until=paused_until, now=now) == TUESDAY + expected
    assert _planned_at(DUE, max(now, paused_until or now)) == TUESDAY + expected


def _planned_at(place: Place, now: datetime) -> datetime:
    """The slot at which planning sends, if it looks from a moment on whenever something is due."""
    while True:
        now = max(now, place.next_due_at)
        match next_turn(BERLIN, OF, place, now=now):
            case Send(slot=slot):
                return slot
            case Wait(until):
                place = replace(place, next_due_at=until)
            case End():
                raise AssertionError("there is a letter to come")


def test_a_pause_without_an_end_has_a_date_that_nobody_waits_for() -> None:
    assert expected_at(BERLIN, DUE, paused_until=UNTIL_I_SAY, now=TUESDAY) >= UNTIL_I_SAY


def test_the_following_date_is_found_from_the_slot_and_not_from_when_it_was_planned() -> None:
    turn = next_turn(BERLIN, OF, DUE, now=DUE.next_due_at + LATE)
    assert isinstance(turn, Send)
    assert turn.following == next_slot(BERLIN, earliest=turn.slot + MINUTE, last=turn.slot)
