"""The time machine: every letter of a journey, when it comes, and why then; and what holds for any way with any moves."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.journey import LONGEST, Stage, journey
from service.domain.moves import Move, What
from service.domain.schedule import FIRST_AFTER, Rhythm, minimum_gap
from service.domain.sequences import LetterState, Standing, Step, Way
from service.domain.subscribers import zone_names
from tests.parts.ways import part, quiet_days, way, wishing

CONFIRMED = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
STAY, ON, STOP, PAUSE = Move(What.STAY), Move(What.ON), Move(What.STOP), Move(What.PAUSE)


LETTERS = Way([Step(number, number) for number in range(1, 13)])
BERLIN = Rhythm(1, 10, "Europe/Berlin", 7)
PARTS = way((2, 1), (2, 1), check_ins=1)


def _walk(rhythm: Rhythm = BERLIN, moves: dict[int, Move] | None = None) -> list[Stage[Step]]:
    return list(journey(rhythm, LETTERS, confirmed=CONFIRMED, moves=moves))


def _lived(moves: dict[int, Move], of: Way[Step] = PARTS, rhythm: Rhythm = BERLIN) -> list[tuple[int, str]]:
    """The letters of a way with moves, and their days."""
    stages = journey(rhythm, of, confirmed=CONFIRMED, moves=moves)
    return [(stage.letter.id, f"{stage.wall:%d.%m.}") for stage in stages]


def _ids(moves: dict[int, Move], of: Way[Step] = PARTS) -> list[int]:
    return [id_ for id_, _ in _lived(moves, of)]


def test_twelve_letters_a_week_apart_with_the_reason_for_each_date() -> None:
    stages = _walk()
    assert [stage.number for stage in stages] == list(range(1, 13))
    assert {f"{stage.wall:%A %H:%M}" for stage in stages} == {"Tuesday 10:00"}
    assert stages[0].reason == "the first Tuesday at 10:00 at least 12 hours after confirming"
    assert {stage.reason for stage in stages[1:]} == {"one week after the one before"}
    assert {stage.wall.utcoffset() for stage in stages} == {timedelta(hours=1), timedelta(hours=2)}


def test_retired_letters_are_passed_over() -> None:
    letters = Way([Step(1, 1), Step(2, 2, LetterState.RETIRED), Step(3, 3)])
    assert [stage.letter.id for stage in journey(BERLIN, letters, confirmed=CONFIRMED)] == [1, 3]


def test_an_empty_programme_has_no_journey() -> None:
    assert list(journey(BERLIN, way(), confirmed=CONFIRMED)) == []


def test_a_way_that_begins_again_is_told_so_far() -> None:
    stages = list(journey(BERLIN, way((2, 0), again=True), confirmed=CONFIRMED))
    assert [stage.letter.id for stage in stages] == [11, 12] * (LONGEST // 2)


# Moves


@pytest.mark.parametrize("move", [STOP, PAUSE], ids=["stopping", "a pause that nobody ends"])
def test_it_ends_there(move: Move) -> None:
    assert len(_walk(moves={4: move})) == 4


@pytest.mark.parametrize("weeks", [1, 2, 4])
def test_after_a_pause_the_one_next_letter_comes_and_nothing_is_made_up_for(weeks: int) -> None:
    stages = _walk(moves={3: Move(What.PAUSE, weeks=weeks)})
    assert len(stages) == 12
    gap = (stages[3].wall.date() - stages[2].wall.date()).days
    assert gap == weeks * 7
    assert f"after a pause of {'one week' if weeks == 1 else f'{weeks} weeks'}" in stages[3].reason
    assert {stage.reason for stage in stages[4:]} == {"one week after the one before"}


def test_staying_twice_puts_two_letters_between_and_nothing_is_lost() -> None:
    assert _ids({1: STAY, 2: STAY}) == [11, 101, 901, 12, 21, 22]


def test_staying_after_the_last_letter_is_not_too_late() -> None:
    assert _ids({4: STAY, 5: STAY}) == [11, 12, 21, 22, 201, 901]


def test_going_on_and_back() -> None:
    assert _ids({1: ON}) == [11, 21, 22]
    assert _ids({3: Move(What.PART, phase_id=1)}) == [11, 12, 21, 101, 12, 201, 22]


def test_beginning_at_a_later_part() -> None:
    stages = journey(BERLIN, PARTS, confirmed=CONFIRMED, standing=wishing(Standing(), part(2)))
    assert [stage.letter.id for stage in stages] == [21, 22]


def test_going_on_from_the_last_part_is_said_not_to_exist() -> None:
    with pytest.raises(ValueError, match="There is no such part"):
        _ids({3: ON})


def test_the_same_letter_comes_once_more_and_the_next_keeps_its_distance() -> None:
    stages = list(journey(BERLIN, PARTS, confirmed=CONFIRMED, moves={1: Move(What.AGAIN, days=2)}))
    assert [(stage.letter.id, f"{stage.wall:%a %d.%m.}") for stage in stages[:3]] == [
        (11, "Tue 10.03."),
        (11, "Thu 12.03."),
        (12, "Tue 24.03."),
    ]
    assert [stage.reason for stage in stages[1:3]] == [
        "the same letter once more, 2 days later as wished",
        "12 days after the one before",
    ]


# Reasons


def test_an_hour_that_does_not_exist_is_explained() -> None:
    stages = _walk(Rhythm(6, 2, "Europe/Berlin", 7))
    moved = [stage for stage in stages if stage.wall.hour != 2]
    assert [f"{stage.wall:%Y-%m-%d %H:%M}" for stage in moved] == ["2026-03-29 03:00"]
    assert moved[0].reason == "one week after the one before; there is no 02:00 on that day"


def test_an_hour_in_which_mail_must_not_come_is_explained() -> None:
    stages = _walk(Rhythm(1, 10, "Europe/Berlin", 7, frozenset({10, 11})))
    assert {stage.wall.hour for stage in stages} == {12}
    assert stages[1].reason == "one week after the one before; mail must not come at 10:00 on that day"


def test_a_day_without_mail_is_explained() -> None:
    stages = _walk(Rhythm(1, 10, "Europe/Berlin", 7, quiet_days=frozenset({(3, 10), (4, 7), (4, 14)})))
    shown = [(f"{stage.wall:%d.%m.}", stage.reason) for stage in stages[:5]]
    assert shown == [
        ("17.03.", "the first Tuesday at 10:00 at least 12 hours after confirming; 10 March is a day without mail"),
        ("24.03.", "one week after the one before"),
        ("31.03.", "one week after the one before"),
        ("21.04.", "3 weeks after the one before; 7 April is a day without mail"),
        ("28.04.", "one week after the one before"),
    ]


def test_a_letter_put_off_onto_a_day_without_mail_is_explained() -> None:
    rhythm = Rhythm(1, 10, "Europe/Berlin", 7, quiet_days=frozenset({(3, 12)}))
    stages = list(journey(rhythm, PARTS, confirmed=CONFIRMED, moves={1: Move(What.AGAIN, days=2)}))
    assert f"{stages[1].wall:%a %d.%m.}" == "Fri 13.03."
    assert stages[1].reason == "the same letter once more, 3 days later, the first day on which mail may come"


# Any way, any wish, any moves

zones = st.sampled_from(sorted(zone_names()))
rhythms = st.builds(
    Rhythm,
    st.integers(0, 6),
    st.integers(0, 23),
    zones,
    st.sampled_from([1, 2, 7, 14, 28]),
    st.frozensets(st.integers(0, 23), max_size=20),
    quiet_days,
)
starts = st.integers(0, 3000 * 24).map(lambda hours: datetime(2024, 1, 1, 0, 30, tzinfo=UTC) + timedelta(hours=hours))
moves = st.sampled_from([STAY, STAY, Move(What.USUAL), PAUSE, STOP]) | st.one_of(
    st.integers(1, 3).map(lambda days: Move(What.AGAIN, days=days)),
    st.sampled_from([1, 2, 4]).map(lambda weeks: Move(What.PAUSE, weeks=weeks)),
    st.integers(1, 2).map(lambda phase: Move(What.PART, phase_id=phase)),
)


@settings(deadline=None, max_examples=120)
@given(rhythm=rhythms, confirmed=starts)
def test_every_journey_keeps_every_promise(rhythm: Rhythm, confirmed: datetime) -> None:
    stages = list(journey(rhythm, LETTERS, confirmed=confirmed))
    assert [stage.letter.id for stage in stages] == list(range(1, 13))
    _kept(rhythm, confirmed, stages, {})


@settings(deadline=None, max_examples=120)
@given(
    rhythm=rhythms,
    confirmed=starts,
    of=st.builds(way, st.tuples(*[st.integers(1, 3)] * 2), st.tuples(*[st.integers(1, 3)] * 2), check_ins=st.integers(1, 2)),
    made=st.dictionaries(st.integers(1, 12), moves, max_size=8),
    again=st.booleans(),
)
def test_with_any_moves_every_promise_is_kept_and_there_is_an_end(
    rhythm: Rhythm, confirmed: datetime, of: Way[Step], made: dict[int, Move], again: bool
) -> None:
    stages = list(journey(rhythm, Way(of.letters, again), confirmed=confirmed, moves=made))
    _kept(rhythm, confirmed, stages, made)
    _none_twice(stages, made)
    ends = [number for number, move in made.items() if move.what is What.STOP or (move.what is What.PAUSE and not move.weeks)]
    if again:
        assert len(stages) == min([*ends, LONGEST])
    else:
        assert 1 <= len(stages) <= len(of.main) * (1 + len(made))
        assert len(stages) <= min([*ends, LONGEST])


def _kept(rhythm: Rhythm, confirmed: datetime, stages: list[Stage[Step]], made: dict[int, Move]) -> None:
    """What holds for the dates of any journey."""
    slots = [stage.slot for stage in stages]
    assert slots[0] >= confirmed + FIRST_AFTER
    for stage in stages:
        wall = stage.slot.astimezone(ZoneInfo(rhythm.zone))
        assert wall == stage.wall
        assert wall.hour not in rhythm.never_hours
        assert (wall.month, wall.day) not in rhythm.quiet_days
        assert stage.reason
    for earlier, later in pairwise(stages):
        assert later.wall.date() > earlier.wall.date()
        move = made.get(earlier.number)
        if move is None or move.what is not What.AGAIN:
            assert later.slot - earlier.slot >= minimum_gap(rhythm.pace_days)
        else:
            assert later.wall.date() - earlier.wall.date() >= timedelta(days=move.days)


def _none_twice(stages: list[Stage[Step]], made: dict[int, Move]) -> None:
    for earlier, later in pairwise(stages):
        move = made.get(earlier.number)
        assert (earlier.letter.id == later.letter.id) == (move is not None and move.what is What.AGAIN)
