"""What was counted is kept for a while, counted once at a time, and forgotten in time."""

import threading
from collections.abc import Callable

import pytest

from service.web.admin.counting import MOST, Remembered


class Counting:
    """A count that says how often it was made."""

    def __init__(self) -> None:
        self.now = 100.0
        self.made = 0

    def __call__(self) -> int:
        self.made += 1
        return self.made

    def kept(self, seconds: float = 60) -> Remembered[int]:
        return Remembered(seconds, lambda: self.now)


def test_what_is_young_enough_is_not_counted_again() -> None:
    counting = Counting()
    kept = counting.kept()
    assert kept.known("month") is None
    assert [kept.get("month", counting), kept.get("month", counting), kept.known("month")] == [1, 1, 1]
    counting.now += 60
    assert kept.known("month") is None
    assert kept.get("month", counting) == 2


def test_each_figure_has_its_own_name() -> None:
    counting = Counting()
    kept = counting.kept()
    assert [kept.get(name, counting) for name in ("month", "week", "month")] == [1, 2, 1]


def test_the_oldest_ones_make_room() -> None:
    counting = Counting()
    kept = counting.kept()
    for number in range(MOST + 1):
        kept.get(number, counting)
    assert kept.known(0) is None
    assert kept.known(1) == 2


def test_a_count_that_failed_is_not_kept() -> None:
    counting = Counting()
    kept = counting.kept()

    def fail() -> int:
        raise LookupError("away")

    with pytest.raises(LookupError):
        kept.get("month", fail)
    assert kept.get("month", counting) == 1


def test_two_who_ask_at_once_have_it_counted_once() -> None:
    counting, begun, go = Counting(), threading.Event(), threading.Event()
    kept = counting.kept()
    found: list[int] = []

    def slow() -> int:
        begun.set()
        assert go.wait(10)
        return counting()

    def ask(count: Callable[[], int]) -> None:
        found.append(kept.get("month", count))

    threads = [threading.Thread(target=ask, args=(slow,)) for _ in range(2)]
    threads[0].start()
    assert begun.wait(10)
    threads[1].start()
    go.set()
    for thread in threads:
        thread.join()
    assert (found, counting.made) == ([1, 1], 1)
