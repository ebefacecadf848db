"""When the calendar moves and when the wish for it ends; the processes are stood in for, they have tests of their own."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.local import mover, next_letter
from service.local.calendar import WEEK, Calendar
from service.local.ledger import Ledger
from service.local.mover import Mover
from service.local.processes import Runner
from service.local.stack import Stack

START = datetime(2026, 3, 1, tzinfo=UTC)
DUE = START + timedelta(weeks=1)


class StillStack(Stack):
    """Notes on which calendars it was to start again, and starts nothing."""

    clocks: list[str] = []  # noqa: RUF012  emptied for each test

    def again(self, _runner: Runner, clock: str) -> Stack:
        self.clocks.append(clock)
        return self


@dataclass
class Demo:
    """A demo that stands still, but for its calendar."""

    folder: Path
    mover: Mover
    calendar: Calendar
    ledger: Ledger
    clocks: list[str] = field(default_factory=list)

    def wish(self, moment: datetime) -> None:
        next_letter.wish(self.folder, moment)

    def letter_comes(self) -> None:
        self.ledger.take(b"Subject: x\r\n\r\nx", "a@example.org", "b@example.org", 1.0)

    def waits(self) -> bool:
        return next_letter.wished(self.folder) is not None


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Demo:
    stopped: list[str] = []
    monkeypatch.setattr(Runner, "stop_from", lambda _self, name: stopped.append(name))
    monkeypatch.setattr(StillStack, "clocks", [])
    calendar = Calendar(tmp_path / "calendar", START, int(time.time()), WEEK)
    stack = StillStack(tmp_path, 8000, 1025, tmp_path / "s", calendar.clock)
    demo = Demo(tmp_path, Mover(Runner(tmp_path / "log"), stack, calendar), calendar, Ledger(stack.inbox), stack.clocks)
    demo.mover.look()
    return demo


def test_a_wish_moves_the_calendar_once_and_ends_with_the_letter(demo: Demo) -> None:
    demo.wish(DUE)
    for _ in range(3):
        demo.mover.look()
        assert demo.waits()
    assert [clock.partition("@")[0] for clock in demo.clocks] == ["2026-03-07T23:59:59Z"]

    demo.letter_comes()
    demo.mover.look()

    assert not demo.waits()


def test_a_press_right_after_a_letter_came_is_not_lost(demo: Demo) -> None:
    for week in (1, 2, 3):
        demo.wish(START + timedelta(weeks=week))
        demo.mover.look()
        demo.letter_comes()
        demo.mover.look()

    assert [clock[:10] for clock in demo.clocks] == ["2026-03-07", "2026-03-14", "2026-03-21"]


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(hours=1)])
def test_a_letter_that_is_due_already_is_waited_for_and_nothing_moves(demo: Demo, ago: timedelta) -> None:
    demo.wish(START - ago)
    demo.mover.look()
    assert demo.waits()
    demo.letter_comes()
    demo.mover.look()

    assert not demo.waits()
    assert demo.clocks == []
    assert demo.calendar.start == START


def test_a_letter_that_does_not_come_is_not_waited_for_for_ever(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mover, "MAIL_PATIENCE", 0.05)
    demo.wish(DUE)
    demo.mover.look()
    assert demo.waits()
    time.sleep(0.1)
    demo.mover.look()

    assert not demo.waits()


def test_without_a_wish_the_calendar_is_only_kept(demo: Demo) -> None:
    (demo.folder / "next-letter").write_text("soon")
    demo.mover.look()

    assert demo.clocks == []
    assert (demo.folder / "calendar").read_text().startswith("2026-03-01T00:00:0")
