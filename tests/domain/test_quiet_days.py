"""Quiet days, and days that already have a letter: nothing comes on them, and what comes after does not get lost."""

from datetime import UTC, date, datetime, timedelta

import pytest

from service.domain import schedule
from service.domain.schedule import Rhythm, day_after, local, next_slot

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TUESDAY, FRIDAY, SATURDAY, SUNDAY = 1, 4, 5, 6
BERLIN = "Europe/Berlin"


def utc(text: str) -> datetime:
    """A UTC instant such as 2026-03-01 14:00."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(moment: datetime, zone: str) -> str:
    """What the reader's wall shows."""
    return f"{local(moment, zone):%a %Y-%m-%d %H:%M}"


def two_slots(rhythm: Rhythm, start: datetime) -> list[datetime]:
    """The first slot from a moment on, and the one after it, found as planning does."""
    first = next_slot(rhythm, earliest=start, last=None)
    return [first, next_slot(rhythm, earliest=first + timedelta(minutes=1), last=first)]


CHRISTMAS = frozenset({(12, 24), (12, 25), (12, 26)})
FEBRUARY_29 = frozenset({(2, 29)})


def a_year_of(weekday: int, year: int) -> frozenset[tuple[int, int]]:
    """All days of a year on a weekday."""
    days = [date(year, 1, 1) + n * DAY for n in range(365)]
    return frozenset((day.month, day.day) for day in days if day.weekday() == weekday)


def in_a_row(month: int, day: int, count: int) -> frozenset[tuple[int, int]]:
    days = [date(2026, month, day) + n * DAY for n in range(count)]
    return frozenset((day.month, day.day) for day in days)


@pytest.mark.parametrize(
    ("rhythm", "start", "expected"),
    [
        (Rhythm(FRIDAY, 10, BERLIN, 7, quiet_days=CHRISTMAS), "2026-12-20 12:00", "Fri 2027-01-01 10:00"),
        (Rhythm(FRIDAY, 10, BERLIN, 1, quiet_days=CHRISTMAS), "2026-12-23 12:00", "Sun 2026-12-27 10:00"),
        (Rhythm(FRIDAY, 10, BERLIN, 7, quiet_days=CHRISTMAS), "2027-12-18 12:00", "Fri 2027-12-31 10:00"),
        (Rhythm(TUESDAY, 10, BERLIN, 1, quiet_days=FEBRUARY_29), "2028-02-28 12:00", "Wed 2028-03-01 10:00"),
        (Rhythm(TUESDAY, 10, BERLIN, 7, quiet_days=FEBRUARY_29), "2028-02-23 12:00", "Tue 2028-03-07 10:00"),
        (Rhythm(SUNDAY, 10, BERLIN, 1, quiet_days=FEBRUARY_29), "2027-02-28 12:00", "Mon 2027-03-01 10:00"),
        (Rhythm(TUESDAY, 10, BERLIN, 7, quiet_days=a_year_of(TUESDAY, 2026)), "2026-01-01 00:00", "Tue 2027-01-05 10:00"),
        (Rhythm(TUESDAY, 10, BERLIN, 28, quiet_days=in_a_row(7, 1, 60)), "2026-06-30 12:00", "Tue 2026-09-01 10:00"),
        (Rhythm(SATURDAY, 23, "America/Nuuk", 7, quiet_days=frozenset({(3, 29)})), "2026-03-28 12:00", "Sat 2026-03-28 22:00"),
    ],
    ids=[
        "over a feast",
        "daily over a feast",
        "any year",
        "29 February",
        "a week without it",
        "28 February is not it",
        "a year of Tuesdays",
        "a summer",
        "a slot that a gap would push onto one",
    ],
)
def test_no_slot_is_on_a_quiet_day(rhythm: Rhythm, start: str, expected: str) -> None:
    assert wall(next_slot(rhythm, earliest=utc(start), last=None), rhythm.zone) == expected


def test_a_quiet_day_is_one_of_the_readers_wall() -> None:
    kiritimati = Rhythm(FRIDAY, 1, "Pacific/Kiritimati", 1, quiet_days=frozenset({(12, 25)}))
    found = two_slots(kiritimati, utc("2026-12-23 00:00"))
    assert [wall(slot, kiritimati.zone) for slot in found] == ["Thu 2026-12-24 01:00", "Sat 2026-12-26 01:00"]
    assert found[1] == utc("2026-12-25 11:00"), "the 25th in UTC is the 26th there"


def test_sixty_quiet_days_are_allowed_and_one_more_is_refused() -> None:
    assert len(Rhythm(TUESDAY, 10, BERLIN, 7, quiet_days=in_a_row(7, 1, 60)).quiet_days) == schedule.MOST_QUIET_DAYS
    with pytest.raises(ValueError, match="There can be 60 quiet days in a year at most"):
        Rhythm(TUESDAY, 10, BERLIN, 7, quiet_days=in_a_row(7, 1, 61))


@pytest.mark.parametrize(
    ("moment", "never", "quiet", "closes", "opens"),
    [
        ("2026-12-23 12:00", frozenset[int](), CHRISTMAS, "2026-12-23 23:00", "2026-12-23 12:00"),
        ("2026-12-23 22:59:59", frozenset[int](), CHRISTMAS, "2026-12-23 23:00", "2026-12-23 22:59:59"),
        ("2026-12-23 23:00", frozenset[int](), CHRISTMAS, "2026-12-23 23:00", "2026-12-26 23:00"),
        ("2026-12-25 12:00", frozenset(range(9)), CHRISTMAS, "2026-12-25 12:00", "2026-12-27 08:00"),
        ("2026-12-20 12:00", frozenset[int](), CHRISTMAS, None, "2026-12-20 12:00"),
        ("2026-12-20 23:01", frozenset[int](), CHRISTMAS, "2026-12-23 23:00", "2026-12-20 23:01"),
        ("2028-02-28 12:00", frozenset[int](), FEBRUARY_29, "2028-02-28 23:00", "2028-02-28 12:00"),
        ("2028-02-29 12:00", frozenset[int](), FEBRUARY_29, "2028-02-29 12:00", "2028-02-29 23:00"),
        ("2027-02-28 22:30", frozenset[int](), FEBRUARY_29, None, "2027-02-28 22:30"),
        ("2026-06-30 22:00", frozenset({0, 1}), in_a_row(7, 1, 60), "2026-06-30 22:00", "2026-08-30 00:00"),
    ],
    ids=[
        "the day before",
        "a moment before midnight",
        "at midnight",
        "within",
        "more than three days before",
        "not quite three days before",
        "before 29 February",
        "on it",
        "in a year without it",
        "a whole summer",
    ],
)
def test_mail_stops_as_a_quiet_day_begins_and_starts_after_it(
    moment: str, never: frozenset[int], quiet: frozenset[tuple[int, int]], closes: str | None, opens: str
) -> None:
    assert schedule.opens_at(utc(moment), BERLIN, never, quiet) == utc(opens)
    assert schedule.closes_at(utc(moment), BERLIN, never, quiet) == (utc(closes) if closes else None)


# Two letters, two days


def test_a_daily_letter_pushed_past_midnight_has_that_day_to_itself() -> None:
    """In Nuuk the slot of that Saturday is Sunday 00:00; Sunday's own, 22 hours later, would be a second letter that day."""
    shown = [wall(slot, "America/Nuuk") for slot in two_slots(Rhythm(SATURDAY, 23, "America/Nuuk", 1), utc("2026-03-28 12:00"))]
    assert shown == ["Sun 2026-03-29 00:00", "Mon 2026-03-30 23:00"]


def test_a_daily_reader_who_changes_their_hour_gets_the_next_letter_on_the_next_day() -> None:
    last = utc("2026-03-03 00:00")  # 01:00 in Berlin
    slot = next_slot(Rhythm(TUESDAY, 22, BERLIN, 1), earliest=last + HOUR, last=last)
    assert wall(slot, BERLIN) == "Wed 2026-03-04 22:00"


# Put off by days


@pytest.mark.parametrize(
    ("slot", "expected"),
    [("2026-12-23 09:00", "Sun 2026-12-27 10:00"), ("2026-12-22 09:00", "Wed 2026-12-23 10:00")],
)
def test_a_full_day_puts_a_letter_off_over_several_quiet_days(slot: str, expected: str) -> None:
    assert wall(day_after(Rhythm(TUESDAY, 10, BERLIN, 7, quiet_days=CHRISTMAS), utc(slot)), BERLIN) == expected


def test_a_full_day_before_sixty_quiet_days_puts_a_letter_off_to_the_day_after_them() -> None:
    rhythm = Rhythm(TUESDAY, 10, BERLIN, 1, quiet_days=in_a_row(7, 1, 60))
    assert wall(day_after(rhythm, utc("2026-06-30 08:00")), BERLIN) == "Sun 2026-08-30 10:00"


@pytest.mark.parametrize(
    ("moment", "days", "expected"),
    [
        ("2026-03-03 08:59", 0, "Tue 2026-03-03 10:00"),
        ("2026-03-03 09:00", 0, "Wed 2026-03-04 10:00"),
        ("2026-03-03 22:59", 2, "Thu 2026-03-05 10:00"),
        ("2026-03-03 23:00", 2, "Fri 2026-03-06 10:00"),
        ("2026-03-27 20:00", 2, "Sun 2026-03-29 10:00"),
        ("2026-12-22 09:00", 2, "Sun 2026-12-27 10:00"),
    ],
    ids=["later today", "not at this very moment", "before midnight", "after midnight", "over a clock change", "over a feast"],
)
def test_some_days_on_is_the_readers_hour_on_that_local_day_or_the_next_open_one(moment: str, days: int, expected: str) -> None:
    rhythm = Rhythm(TUESDAY, 10, BERLIN, 7, quiet_days=CHRISTMAS)
    assert wall(schedule.in_days(rhythm, utc(moment), days), BERLIN) == expected


@pytest.mark.parametrize(
    ("moment", "zone", "weeks", "expected"),
    [
        ("2026-03-03 09:00", BERLIN, 1, "Tue 2026-03-10 00:00"),
        ("2026-03-03 22:59", BERLIN, 2, "Tue 2026-03-17 00:00"),
        ("2026-03-03 23:00", BERLIN, 2, "Wed 2026-03-18 00:00"),
        ("2026-03-27 12:00", BERLIN, 4, "Fri 2026-04-24 00:00"),
        ("2026-04-10 12:00", "Africa/Cairo", 2, "Fri 2026-04-24 01:00"),
    ],
    ids=["a week", "before midnight", "after midnight", "over a clock change", "a day that begins at one"],
)
def test_a_pause_ends_as_a_local_day_begins(moment: str, zone: str, weeks: int, expected: str) -> None:
    assert wall(schedule.pause_end(utc(moment), zone, weeks), zone) == expected
