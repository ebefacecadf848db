"""The calendar that letters are planned by: the real one, and a fast one for demos."""

from datetime import UTC, datetime, timedelta

import pytest

from service.domain.calendar import REAL, parse_clock

EXAMPLE = "2026-03-01T00:00:00Z@1773000000x60480"
REAL_START = datetime(2026, 3, 8, 20, 0, tzinfo=UTC)  # 1773000000
START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("year", [1999, 2026, 2099])
def test_the_system_calendar_is_real_time(year: int) -> None:
    wall = datetime(year, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
    assert parse_clock("system") == REAL
    assert parse_clock("system").at(wall) == wall


def test_the_example_of_the_design_runs_a_week_in_ten_seconds() -> None:
    calendar = parse_clock(EXAMPLE)
    assert calendar.speed == 60480
    assert calendar.at(REAL_START) == START
    assert calendar.at(REAL_START + timedelta(seconds=10)) == START + timedelta(weeks=1)
    assert calendar.at(REAL_START + timedelta(seconds=120)) == START + timedelta(weeks=12)


@pytest.mark.parametrize("before", [timedelta(microseconds=1), timedelta(days=1), timedelta(days=3650)])
def test_before_the_real_start_the_calendar_stands(before: timedelta) -> None:
    assert parse_clock(EXAMPLE).at(REAL_START - before) == START


@pytest.mark.parametrize(
    ("speed", "expected"), [("1", timedelta(hours=1)), ("24", timedelta(days=1)), ("0.5", timedelta(minutes=30))]
)
def test_the_speed_is_how_many_seconds_one_second_takes(speed: str, expected: timedelta) -> None:
    calendar = parse_clock(f"2026-03-01T00:00:00Z@1773000000x{speed}")
    assert calendar.at(REAL_START + timedelta(hours=1)) - START == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-03-01T00:00:00Z", START),
        ("2026-03-01T00:00:00+00:00", START),
        ("2026-03-01T05:45:00+05:45", START),
        ("2026-02-28T19:00:00-05:00", START),
        ("2026-03-01T00:00:00.5Z", START + timedelta(seconds=0.5)),
    ],
)
def test_the_start_may_be_said_in_any_offset_and_is_kept_in_utc(start: str, expected: datetime) -> None:
    calendar = parse_clock(f"{start}@1773000000.25x2")
    assert calendar.start == expected
    assert calendar.start.tzinfo is UTC
    assert calendar.real_start == REAL_START + timedelta(seconds=0.25)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "System",
        " system",
        "fast",
        "2026-03-01T00:00:00Z",
        "2026-03-01T00:00:00Z@1773000000",
        "2026-03-01T00:00:00Z@1773000000x",
        "2026-03-01T00:00:00Z@1773000000x-5",
        "2026-03-01T00:00:00Z@-1x5",
        "2026-03-01T00:00:00Z@nowx5",
        "2026-03-01T00:00:00Z@1773000000x1e5",
        "2026-03-01T00:00:00Z@1773000000x5x5",
        "2026-03-01T00:00:00Z@1773000000x5\n",
        "2026-02-30T00:00:00Z@1773000000x5",
        "tomorrow@1773000000x5",
        f"2026-03-01T00:00:00Z@{'9' * 30}x5",
        "2026-03-01T00:00:00Z@99999999999999x5",
    ],
)
def test_anything_else_is_refused_with_a_sentence_that_shows_how(text: str) -> None:
    with pytest.raises(ValueError, match=r"^CLOCK must be `system` or like 2026-03-01T00:00:00Z@1773000000x60480\.$"):
        parse_clock(text)


@pytest.mark.parametrize("text", ["2026-03-01T00:00:00@1773000000x5", "2026-03-01@1773000000x5", "2026-03-01T00:00:00Z@1x0"])
def test_a_start_without_its_zone_and_a_clock_that_stands_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^CLOCK needs a start with its zone, .* and a speed above 0\.$"):
        parse_clock(text)


def test_the_calendar_never_runs_backwards() -> None:
    calendar = parse_clock(EXAMPLE)
    moments = [calendar.at(REAL_START + timedelta(seconds=seconds)) for seconds in range(-5, 20)]
    assert moments == sorted(moments)
