"""The letter after the last one, whatever was inserted, retired or appended meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import pytest

from service.domain.sequences import LetterState, next_letter


@dataclass(frozen=True)
class Letter:
    """A letter with its place."""

    id: int
    position: int
    state: str = "live"


def row(*ids: int, retired: Sequence[int] = ()) -> list[Letter]:
    """Letters in this order; ids say nothing about places."""
    return [Letter(id_, place, "retired" if id_ in retired else "live") for place, id_ in enumerate(ids, start=1)]


def after(letters: Sequence[Letter], last_id: int | None) -> int | None:
    letter = next_letter(letters, last_id)
    return letter.id if letter else None


def read_from(letters: Sequence[Letter], last_id: int | None = None) -> list[int]:
    """All ids that still come after one."""
    ids: list[int] = []
    while (last_id := after(letters, last_id)) is not None:
        ids.append(last_id)
    return ids


@pytest.mark.parametrize(
    ("letters", "last_id", "expected"),
    [
        ([], None, None),
        ([], 7, None),
        (row(1, 2, 3), None, 1),
        (row(1, 2, 3), 1, 2),
        (row(1, 2, 3), 3, None),
        (row(30, 20, 10), 30, 20),
        (row(1, 9, 2, 3), 1, 9),
        (row(1, 9, 2, 3), 2, 3),
        (row(9, 1, 2, 3), 1, 2),
        (row(1, 2, 3, retired=[2]), 1, 3),
        (row(1, 2, 3, retired=[1]), None, 2),
        (row(1, 2, 3, retired=[2]), 2, 3),
        (row(1, 2, 3, retired=[3]), 2, None),
        (row(1, 2, 3, retired=[3]), 3, None),
        (row(1, 2, 3, retired=[1, 2, 3]), None, None),
        (row(1, 2, 3, 4), 3, 4),
        (row(1, 2, 3, 4, retired=[3]), 3, 4),
    ],
    ids=[
        "nothing there",
        "nothing there any more",
        "the first",
        "the second",
        "the end",
        "by place, not by id",
        "inserted right after the last one",
        "inserted before the last one is not made up for",
        "inserted in front is not made up for",
        "retired ahead",
        "the first retired",
        "the last one retired meanwhile",
        "the final one retired",
        "the final one retired after it was read",
        "all retired",
        "appended for who was at the end",
        "appended behind a retired one",
    ],
)
def test_the_next_letter_is_the_live_one_after_the_last(
    letters: list[Letter], last_id: int | None, expected: int | None
) -> None:
    assert after(letters, last_id) == expected


def test_who_read_a_letter_that_nobody_knows_begins_at_the_first() -> None:
    assert after(row(1, 2, 3), 99) == 1


@pytest.mark.parametrize("letters", [list(order) for order in permutations(row(1, 2, 3, retired=[2]))])
def test_the_order_in_which_letters_are_handed_over_says_nothing(letters: list[Letter]) -> None:
    assert read_from(letters) == [1, 3]


@pytest.mark.parametrize("state", ["live", LetterState.LIVE])
def test_a_state_is_the_same_as_a_word_and_as_a_member(state: str) -> None:
    assert after([Letter(1, 1, state)], None) == 1


@pytest.mark.parametrize("state", ["retired", LetterState.RETIRED, "draft"])
def test_only_a_live_letter_comes(state: str) -> None:
    assert after([Letter(1, 1, state)], None) is None


def test_of_two_letters_at_one_place_one_comes_and_the_row_goes_on() -> None:
    letters = [Letter(1, 1), Letter(2, 2), Letter(3, 2), Letter(4, 3)]
    assert read_from(letters) == [1, 2, 4]


def test_every_live_letter_comes_once_in_order() -> None:
    letters = row(5, 3, 9, 1, 7, retired=[9])
    assert read_from(letters) == [5, 3, 1, 7]
    assert read_from(letters, 3) == [1, 7]
