import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.domain.calendar import parse_clock
from service.local.calendar import WEEK, Calendar, clock_string, kept_calendar, length_of_a_week, seconds_per_week
from service.local.processes import DemoError

MARCH = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [(None, 60), ("", 60), ("10s", 10), ("1m", 60), ("2h", 7200), ("1D", 86400), ("7d", WEEK), ("real", WEEK), (" 30s ", 30)],
)
def test_a_week_lasts_as_long_as_wished(wish: str | None, seconds: float) -> None:
    assert seconds_per_week(wish) == seconds


@pytest.mark.parametrize("wish", ["10", "1s", "0s", "-5s", "8d", "soon", "1w", "1.5m", "²s", "9999999s"])
def test_a_wish_that_makes_no_sense_is_answered_with_a_sentence(wish: str) -> None:
    with pytest.raises(DemoError, match="WEEK takes a time"):
        seconds_per_week(wish)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (60, "one minute"),
        (10, "10 seconds"),
        (WEEK, "a week"),
        (7200, "2 hours"),
        (86400, "one day"),
        (90, "90 seconds"),
        (2.5, "2.5 seconds"),
    ],
)
def test_the_length_is_said_in_words(seconds: float, words: str) -> None:
    assert length_of_a_week(seconds) == words


def test_the_clock_has_the_form_that_the_service_reads() -> None:
    assert clock_string(MARCH, 1773000000.9, 10) == "2026-03-01T00:00:00Z@1773000000x60480"


def test_a_calendar_stands_before_its_start_and_runs_after_it(tmp_path: Path) -> None:
    calendar = Calendar(tmp_path / "calendar", MARCH, 1000, 60)

    assert calendar.now(900) == MARCH
    assert calendar.now(1060) == MARCH + timedelta(weeks=1)


def test_a_second_start_goes_on_where_the_first_ended(tmp_path: Path) -> None:
    file = tmp_path / "calendar"
    file.write_text(clock_string(MARCH, time.time() - 3600, 60))

    with kept_calendar(file, 10) as calendar:
        assert calendar.start == MARCH
        assert calendar.clock.endswith("x60480")
        ended = calendar.now(time.time())
    with kept_calendar(file, 60) as again:
        assert ended - timedelta(seconds=1) <= again.start <= ended + timedelta(days=1)


def test_a_calendar_that_was_killed_does_not_go_back(tmp_path: Path) -> None:
    file = tmp_path / "calendar"
    calendar = Calendar(file, MARCH, int(time.time()), 60)

    calendar.keep()
    shown_until_killed = calendar.now(time.time() + 0.9)

    with kept_calendar(file, 60) as again:
        assert again.start >= shown_until_killed


def test_a_calendar_moves_to_a_second_before_a_moment_and_remembers_it(tmp_path: Path) -> None:
    file = tmp_path / "calendar"
    file.write_text(clock_string(MARCH, time.time(), 60))
    moment = MARCH + timedelta(weeks=5)

    with kept_calendar(file, 60) as calendar:
        calendar.move_to(moment)
        assert calendar.clock.startswith("2026-04-04T21:12:00Z@")
        assert calendar.now(time.time()) <= moment
        assert calendar.now(time.time() + 2) >= moment
        assert file.read_text().startswith("2026-04-0")
    with kept_calendar(file, 60) as again:
        assert again.start >= moment - timedelta(seconds=10080)


@pytest.mark.parametrize("back", [timedelta(weeks=1), timedelta(0)])
def test_a_calendar_does_not_move_back(tmp_path: Path, back: timedelta) -> None:
    calendar = Calendar(tmp_path / "calendar", MARCH, int(time.time()) - 10, 60)
    before = calendar.now(time.time())

    calendar.move_to(before - back)

    assert calendar.now(time.time()) >= before
    assert parse_clock(calendar.clock).start >= before


def test_a_first_start_begins_today(tmp_path: Path) -> None:
    with kept_calendar(tmp_path / "calendar", 60) as calendar:
        assert abs(calendar.start - datetime.now(UTC)) < timedelta(seconds=5)


def test_where_a_week_is_a_week_the_time_switched_off_counts(tmp_path: Path) -> None:
    file = tmp_path / "calendar"
    file.write_text(clock_string(MARCH, 1000, WEEK))

    with kept_calendar(file, WEEK) as calendar:
        assert abs(calendar.start - datetime.now(UTC)) < timedelta(seconds=5)
        assert calendar.clock.endswith("x1")


@pytest.mark.parametrize("content", ["", "yesterday", "2026-13-01T00:00:00Z@1x1", "2026-03-01T00:00:00Z"])
def test_a_spoilt_calendar_is_answered_with_a_sentence(tmp_path: Path, content: str) -> None:
    file = tmp_path / "calendar"
    file.write_text(content)

    with pytest.raises(DemoError, match="cannot be read"), kept_calendar(file, 60):
        pass
