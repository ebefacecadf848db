"""What a reader can do about their own pace: how each move is written, what it means, and when it leads nowhere."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.domain.moves import FACTS, Move, What, moved, parse_move, part_after, parts_before
from service.domain.schedule import Rhythm, local
from service.domain.sequences import Standing, Step, Way, Wish
from service.domain.turns import Place
from tests.parts.ways import STAY, USUAL, lived, next_id, part, way

BERLIN = Rhythm(1, 10, "Europe/Berlin", 7)
TUESDAY = datetime(2026, 3, 3, 9, tzinfo=UTC)  # 10:00 in Berlin
WEEK = timedelta(days=7)
PARTS = {"shock": 1, "emotional-storm": 2}
THREE = way((2, 1), (2, 1), (1, 1), check_ins=1)
THERE = Place(lived(THREE, USUAL, USUAL, USUAL), TUESDAY, TUESDAY + WEEK)  # the first letter of the second part has come


def _moved(move: Move, place: Place = THERE, *, way: Way[Step] = THREE, now: datetime = TUESDAY) -> Place:
    return moved(move, way, place, BERLIN, now=now)


# As written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4:stop", (4, Move(What.STOP))),
        ("4:stay", (4, Move(What.STAY))),
        ("10:on", (10, Move(What.ON))),
        ("6:part-shock", (6, Move(What.PART, phase_id=1))),
        ("6:part-emotional-storm", (6, Move(What.PART, phase_id=2))),
        ("5:again-2", (5, Move(What.AGAIN, days=2))),
        ("3:pause-2", (3, Move(What.PAUSE, weeks=2))),
        ("12:pause-12", (12, Move(What.PAUSE, weeks=12))),
        ("999:pause", (999, Move(What.PAUSE))),
    ],
)
def test_moves_are_read_as_written(text: str, expected: tuple[int, Move]) -> None:
    assert parse_move(text, PARTS) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "stop", "0:stop", "04:stop", "1000:stop", "4:jump", "4:stop ", " 4:stop", "4:STOP", "4:stay\n", "4:usual"),
        *("4:pause-0", "4:pause-", "4:pause-100", "4:again", "4:again-0", "4:again-8", "4:part", "4:part-", "4:part-A"),
    ],
)
def test_other_moves_are_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="A move is written like 4:stop"):
        parse_move(text, PARTS)


def test_a_part_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ValueError, match=r"^There is no part calm\. The parts are: shock, emotional-storm\.$"):
        parse_move("6:part-calm", PARTS)


def test_history_has_a_fact_for_every_move() -> None:
    assert FACTS.keys() == set(What)


# What they mean


def test_staying_keeps_the_date_and_the_place() -> None:
    place = _moved(Move(What.STAY))
    assert place == replace(THERE, standing=replace(THERE.standing, wish=Wish.STAY))
    assert next_id(THREE, place.standing) == 201


def test_going_on_wishes_for_the_part_behind_this_one() -> None:
    place = _moved(Move(What.ON))
    assert place == replace(THERE, standing=replace(THERE.standing, wish=Wish.PART, wish_phase_id=3))
    assert next_id(THREE, place.standing) == 31


def test_a_part_is_wished_for_by_its_name() -> None:
    place = _moved(Move(What.PART, phase_id=1))
    assert place == replace(THERE, standing=replace(THERE.standing, wish=Wish.PART, wish_phase_id=1))
    assert next_id(THREE, place.standing) == 101


def test_a_later_part_can_be_wished_for_before_the_first_letter() -> None:
    place = _moved(Move(What.PART, phase_id=2), Place(Standing(), None, TUESDAY + WEEK))
    assert (next_id(THREE, place.standing), place.next_due_at) == (21, TUESDAY + WEEK)


@pytest.mark.parametrize(
    ("days", "now", "expected"),
    [
        (1, TUESDAY, "Wed 2026-03-04 10:00"),
        (2, TUESDAY + timedelta(hours=9), "Thu 2026-03-05 10:00"),
        (3, TUESDAY + timedelta(hours=13, minutes=59), "Fri 2026-03-06 10:00"),
        (3, TUESDAY + timedelta(hours=14), "Sat 2026-03-07 10:00"),
        (7, TUESDAY, "Tue 2026-03-10 10:00"),
        (1, TUESDAY + timedelta(days=6), "Tue 2026-03-10 10:00"),
    ],
    ids=["tomorrow", "from the evening", "before midnight", "after midnight", "in a week", "days after the letter came"],
)
def test_again_is_the_same_letter_at_the_readers_hour_some_local_days_on(days: int, now: datetime, expected: str) -> None:
    place = _moved(Move(What.AGAIN, days=days), now=now)
    assert place.standing == replace(THERE.standing, wish=Wish.AGAIN)
    assert next_id(THREE, place.standing) == THERE.standing.last
    assert f"{local(place.next_due_at, BERLIN.zone):%a %Y-%m-%d %H:%M}" == expected


def test_again_keeps_off_days_and_hours_without_mail() -> None:
    rhythm = replace(BERLIN, quiet_days=frozenset({(3, 4), (3, 5)}), never_hours=frozenset(range(10, 13)))
    place = moved(Move(What.AGAIN, days=1), THREE, THERE, rhythm, now=TUESDAY)
    assert f"{local(place.next_due_at, rhythm.zone):%a %Y-%m-%d %H:%M}" == "Fri 2026-03-06 13:00"


@pytest.mark.parametrize("move", [Move(What.STAY), Move(What.ON), Move(What.PART, phase_id=1), Move(What.USUAL)])
def test_any_other_move_gives_back_the_date_that_a_letter_was_put_off_from(move: Move) -> None:
    put_off = _moved(Move(What.AGAIN, days=2))
    assert put_off.next_due_at != THERE.next_due_at
    assert _moved(move, put_off, now=TUESDAY + timedelta(hours=3)) == _moved(move)


@pytest.mark.parametrize("wish", [Move(What.STAY), Move(What.ON), Move(What.PART, phase_id=1), Move(What.AGAIN, days=3)])
def test_as_usual_takes_a_wish_back_and_the_date_with_it(wish: Move) -> None:
    assert _moved(Move(What.USUAL), _moved(wish), now=TUESDAY + timedelta(days=1)) == THERE


def test_as_usual_without_a_wish_changes_nothing() -> None:
    assert _moved(Move(What.USUAL)) == THERE


def test_a_new_wish_takes_the_place_of_the_old_one() -> None:
    assert _moved(Move(What.STAY), _moved(Move(What.ON))) == _moved(Move(What.STAY))
    assert _moved(Move(What.AGAIN, days=1), _moved(Move(What.AGAIN, days=3))) == _moved(Move(What.AGAIN, days=1))


# Where they lead nowhere


def test_there_is_no_going_on_from_the_last_part() -> None:
    last = Place(lived(THREE, part(3)), TUESDAY, TUESDAY + WEEK)
    with pytest.raises(ValueError, match="There is no such part"):
        _moved(Move(What.ON), last)


@pytest.mark.parametrize("phase_id", [None, 0, 4])
def test_a_part_that_the_way_does_not_have_is_refused(phase_id: int | None) -> None:
    with pytest.raises(ValueError, match="There is no such part"):
        _moved(Move(What.PART, phase_id=phase_id))


def test_a_part_without_letters_any_more_is_refused() -> None:
    with pytest.raises(ValueError, match="There is no such part"):
        _moved(Move(What.PART, phase_id=3), way=way((2, 1), (2, 1), (1, 1), retired=[31]))


@pytest.mark.parametrize("what", [What.STAY, What.AGAIN])
def test_before_the_first_letter_there_is_nothing_to_stay_with_or_repeat(what: What) -> None:
    with pytest.raises(ValueError, match="No letter has come yet"):
        _moved(Move(what, days=1), Place(Standing(), None, TUESDAY + WEEK))


# Where one is


@pytest.mark.parametrize(
    ("standing", "on", "before"),
    [
        (Standing(), 2, []),
        (lived(THREE, USUAL, USUAL), 2, []),
        (lived(THREE, USUAL, USUAL, USUAL), 3, [1]),
        (lived(THREE, USUAL, USUAL, USUAL, STAY, STAY), 3, [1]),
        (lived(THREE, part(3)), None, [1, 2]),
        (lived(THREE, part(3), part(1)), 2, []),
    ],
    ids=["before the first", "in the first", "in the second", "with a check-in", "in the last", "back in the first"],
)
def test_parts_before_and_behind(standing: Standing, on: int | None, before: list[int]) -> None:
    assert part_after(THREE, standing) == on
    assert parts_before(THREE, standing) == before


def test_who_stands_in_a_part_that_is_gone_has_parts_before_and_behind_all_the_same() -> None:
    gone = way((2, 1), (2, 1), (1, 1), retired=[21, 22])
    assert part_after(gone, THERE.standing) == 3
    assert parts_before(gone, THERE.standing) == [1]


def test_a_way_without_letters_has_no_parts() -> None:
    assert part_after(way(), Standing()) is None
    assert parts_before(way(), Standing()) == []
