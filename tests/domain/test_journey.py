"""The time machine: every letter of a journey, when it comes, and why then."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.journey import Move, Stage, journey, parse_move
from service.domain.schedule import FIRST_AFTER, Rhythm, minimum_gap
from service.domain.sequences import LetterState
from service.domain.subscribers import zone_names

CONFIRMED = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class L:
    id: int
    position: int
    state: str = LetterState.LIVE


LETTERS = [L(number, number) for number in range(1, 13)]
BERLIN = Rhythm(1, 10, "Europe/Berlin", 7)


def _walk(rhythm: Rhythm = BERLIN, moves: dict[int, Move] | None = None) -> list[Stage[L]]:
    return list(journey(rhythm, LETTERS, confirmed=CONFIRMED, moves=moves))


def test_twelve_letters_a_week_apart_with_the_reason_for_each_date() -> None:
    stages = _walk()
    assert [stage.number for stage in stages] == list(range(1, 13))
    assert {f"{stage.wall:%A %H:%M}" for stage in stages} == {"Tuesday 10:00"}
    assert stages[0].reason == "the first Tuesday at 10:00 at least 12 hours after confirming"
    assert {stage.reason for stage in stages[1:]} == {"one week after the one before"}
    assert {stage.wall.utcoffset() for stage in stages} == {timedelta(hours=1), timedelta(hours=2)}


def test_retired_letters_are_passed_over() -> None:
    letters = [L(1, 1), L(2, 2, LetterState.RETIRED), L(3, 3)]
    assert [stage.letter.id for stage in journey(BERLIN, letters, confirmed=CONFIRMED)] == [1, 3]


def test_an_empty_programme_has_no_journey() -> None:
    assert list(journey(BERLIN, [], confirmed=CONFIRMED)) == []


def test_stopping_ends_it_there() -> None:
    assert len(_walk(moves={4: Move("stop")})) == 4


@pytest.mark.parametrize("weeks", [1, 2, 4])
def test_after_a_pause_the_one_next_letter_comes_and_nothing_is_made_up_for(weeks: int) -> None:
    stages = _walk(moves={3: Move("pause", weeks)})
    assert len(stages) == 12
    gap = (stages[3].wall.date() - stages[2].wall.date()).days
    assert gap == weeks * 7
    assert f"after a pause of {'one week' if weeks == 1 else f'{weeks} weeks'}" in stages[3].reason
    assert {stage.reason for stage in stages[4:]} == {"one week after the one before"}


def test_an_hour_that_does_not_exist_is_explained() -> None:
    stages = _walk(Rhythm(6, 2, "Europe/Berlin", 7))
    moved = [stage for stage in stages if stage.wall.hour != 2]
    assert [f"{stage.wall:%Y-%m-%d %H:%M}" for stage in moved] == ["2026-03-29 03:00"]
    assert moved[0].reason == "one week after the one before; there is no 02:00 on that day"


def test_an_hour_in_which_mail_must_not_come_is_explained() -> None:
    stages = _walk(Rhythm(1, 10, "Europe/Berlin", 7, frozenset({10, 11})))
    assert {stage.wall.hour for stage in stages} == {12}
    assert stages[1].reason == "one week after the one before; mail must not come at 10:00 on that day"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("4:stop", (4, Move("stop"))), ("3:pause-2", (3, Move("pause", 2))), ("12:pause-4", (12, Move("pause", 4)))],
)
def test_moves_are_read_as_written(text: str, expected: tuple[int, Move]) -> None:
    assert parse_move(text) == expected


@pytest.mark.parametrize("text", ["", "stop", "0:stop", "4:jump", "4:pause", "4:pause-0", "4:stop "])
def test_other_moves_are_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="A move is written like"):
        parse_move(text)


@settings(deadline=None, max_examples=120)
@given(
    zone=st.sampled_from(sorted(zone_names())),
    weekday=st.integers(0, 6),
    hour=st.integers(0, 23),
    pace=st.sampled_from([1, 2, 7, 14, 28]),
    never=st.frozensets(st.integers(0, 23), max_size=20),
    days=st.integers(0, 3000),
)
def test_every_journey_keeps_every_promise(
    zone: str, weekday: int, hour: int, pace: int, never: frozenset[int], days: int
) -> None:
    rhythm = Rhythm(weekday, hour, zone, pace, never)
    confirmed = datetime(2024, 1, 1, 7, 30, tzinfo=UTC) + timedelta(days=days)
    stages = list(journey(rhythm, LETTERS, confirmed=confirmed))
    slots = [stage.slot for stage in stages]
    assert [stage.letter.id for stage in stages] == list(range(1, 13))
    assert slots[0] >= confirmed + FIRST_AFTER
    assert all(later - earlier >= minimum_gap(pace) for earlier, later in pairwise(slots))
    for stage in stages:
        wall = stage.slot.astimezone(ZoneInfo(zone))
        assert wall == stage.wall
        assert wall.hour not in never
        assert stage.reason
