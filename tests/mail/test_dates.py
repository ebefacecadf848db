"""Days and hours in words."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.mail.dates import day_in_words, moment_in_words

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 12, 8, 10, 0, tzinfo=BERLIN), "Tuesday 8 December"),
        (datetime(2026, 3, 1, 0, 0, tzinfo=BERLIN), "Sunday 1 March"),
        (datetime(2026, 9, 30, 23, 59, tzinfo=BERLIN), "Wednesday 30 September"),
        (datetime(2028, 2, 29, 12, 0, tzinfo=BERLIN), "Tuesday 29 February"),
    ],
)
def test_a_day_is_said_with_its_weekday_and_month(moment: datetime, words: str) -> None:
    assert day_in_words(moment) == words


@pytest.mark.parametrize(
    ("hour", "minute", "words"), [(10, 0, "at 10:00"), (0, 0, "at 00:00"), (9, 5, "at 09:05"), (23, 59, "at 23:59")]
)
def test_a_moment_is_said_with_its_hour(hour: int, minute: int, words: str) -> None:
    assert moment_in_words(datetime(2026, 12, 8, hour, minute, tzinfo=BERLIN)) == f"Tuesday 8 December {words}"


def test_every_day_of_a_year_is_named_as_the_calendar_names_it() -> None:
    months = ["January", "February", "March", "April", "May", "June", "July", "August", "September"]
    months += ["October", "November", "December"]
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    for n in range(366):
        day = date(2028, 1, 1) + timedelta(days=n)
        words = f"{days[day.weekday()]} {day.day} {months[day.month - 1]}"
        assert day_in_words(datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)) == words
