"""When a letter comes, case by case: the vectors of the requirements, both clock changes, pauses, outages, shut hours."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from service.domain import schedule
from service.domain.schedule import Rhythm, day_after, first_slot, instant, is_late, local, next_slot

HOUR, DAY, MOMENT = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
MONDAY, TUESDAY, WEDNESDAY, FRIDAY, SATURDAY, SUNDAY = 0, 1, 2, 4, 5, 6
BERLIN = "Europe/Berlin"


def utc(text: str) -> datetime:
    """A UTC instant such as 2026-03-01 14:00."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(moment: datetime, zone: str) -> str:
    """What the reader's wall shows."""
    return f"{local(moment, zone):%a %Y-%m-%d %H:%M}"


def slots(rhythm: Rhythm, start: datetime, count: int) -> list[datetime]:
    """The first slot from a moment on, and those after it, each found from the one before as planning does."""
    found = [next_slot(rhythm, earliest=start, last=None)]
    while len(found) < count:
        found.append(next_slot(rhythm, earliest=found[-1] + timedelta(minutes=1), last=found[-1]))
    return found


def gaps(moments: Sequence[datetime]) -> list[timedelta]:
    return [later - earlier for earlier, later in pairwise(moments)]


# The vectors of T-7 and T-8, word for word


def test_weekly_at_nine_in_new_york_keeps_its_wall_time_over_the_clock_change() -> None:
    sundays = slots(Rhythm(SUNDAY, 9, "America/New_York", 7), utc("2026-03-01 00:00"), 3)
    assert sundays == [utc("2026-03-01 14:00"), utc("2026-03-08 13:00"), utc("2026-03-15 13:00")]


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected", "shown"),
    [
        ("America/New_York", "2026-03-08", "02:30", "2026-03-08 07:30", "03:30"),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01 05:30", "01:30"),
        ("Europe/London", "2026-03-29", "01:30", "2026-03-29 01:30", "02:30"),
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25 00:30", "02:30"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03 15:45", "02:45"),
        ("Africa/Cairo", "2026-04-24", "00:30", "2026-04-23 22:30", "01:30"),
        ("Pacific/Apia", "2011-12-30", "09:00", "2011-12-30 19:00", "09:00"),
    ],
)
def test_a_missing_time_moves_forward_and_a_double_one_is_the_first(
    zone: str, day: str, at: str, expected: str, shown: str
) -> None:
    moment = instant(date.fromisoformat(day), time.fromisoformat(at), zone)
    assert moment == utc(expected)
    assert moment.tzinfo is UTC
    assert f"{local(moment, zone):%H:%M}" == shown


def test_the_day_that_apia_left_out_becomes_the_day_after() -> None:
    assert schedule.local_day(instant(date(2011, 12, 30), time(9), "Pacific/Apia"), "Pacific/Apia") == date(2011, 12, 31)


# The first letter


@pytest.mark.parametrize(
    ("confirmed", "expected"),
    [
        ("2026-03-02 21:00", "Tue 2026-03-03 10:00"),
        ("2026-03-02 21:00:00.000001", "Tue 2026-03-10 10:00"),
        ("2026-03-03 08:59", "Tue 2026-03-10 10:00"),
        ("2026-03-03 09:00", "Tue 2026-03-10 10:00"),
        ("2026-03-04 00:00", "Tue 2026-03-10 10:00"),
        ("2026-03-28 12:00", "Tue 2026-03-31 10:00"),
    ],
    ids=["exactly 12 hours before", "a moment less", "an hour before", "at the slot", "the day after", "over the clock change"],
)
def test_the_first_letter_comes_at_the_next_wished_slot_12_hours_away_or_more(confirmed: str, expected: str) -> None:
    assert wall(first_slot(Rhythm(TUESDAY, 10, BERLIN, 7), confirmed=utc(confirmed)), BERLIN) == expected


def test_at_a_daily_pace_the_first_letter_does_not_wait_for_the_weekday() -> None:
    slot = first_slot(Rhythm(TUESDAY, 10, BERLIN, 1), confirmed=utc("2026-03-05 09:00"))
    assert wall(slot, BERLIN) == "Fri 2026-03-06 10:00"


# Weekly, over both clock changes


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("Europe/Berlin", {167.0: 1, 168.0: 50, 169.0: 1}),
        ("America/New_York", {167.0: 1, 168.0: 50, 169.0: 1}),
        ("Africa/Cairo", {167.0: 1, 168.0: 50, 169.0: 1}),
        ("Australia/Lord_Howe", {167.5: 1, 168.0: 50, 168.5: 1}),
        ("Asia/Kathmandu", {168.0: 52}),
        ("Pacific/Apia", {168.0: 52}),
    ],
)
@pytest.mark.parametrize("weekday", range(7))
@pytest.mark.parametrize("hour", [4, 9, 23])
def test_a_weekly_letter_keeps_its_weekday_and_hour_all_year(
    zone: str, hours: dict[float, int], weekday: int, hour: int
) -> None:
    year = slots(Rhythm(weekday, hour, zone, 7), utc("2026-01-07 00:00"), 53)
    assert {(local(slot, zone).weekday(), local(slot, zone).hour, local(slot, zone).minute) for slot in year} == {
        (weekday, hour, 0)
    }
    seen = [gap / HOUR for gap in gaps(year)]
    assert {gap: seen.count(gap) for gap in set(seen)} == hours


def test_a_slot_in_the_missing_hour_moves_that_week_only() -> None:
    shown = [wall(slot, BERLIN) for slot in slots(Rhythm(SUNDAY, 2, BERLIN, 7), utc("2026-03-20 00:00"), 3)]
    assert shown == ["Sun 2026-03-22 02:00", "Sun 2026-03-29 03:00", "Sun 2026-04-05 02:00"]


def test_a_slot_in_the_double_hour_comes_once_at_the_first() -> None:
    found = slots(Rhythm(SUNDAY, 2, BERLIN, 7), utc("2026-10-18 12:00"), 2)
    assert found == [utc("2026-10-25 00:00"), utc("2026-11-01 01:00")]


def test_a_slot_before_midnight_may_move_into_the_next_day() -> None:
    """In Nuuk the clocks go forward on a Saturday at 23:00."""
    rhythm = Rhythm(SATURDAY, 23, "America/Nuuk", 7)
    moved = utc("2026-03-29 01:00")
    assert wall(moved, "America/Nuuk") == "Sun 2026-03-29 00:00"
    assert slots(rhythm, utc("2026-03-28 12:00"), 2) == [moved, utc("2026-04-05 00:00")]
    assert next_slot(rhythm, earliest=moved, last=None) == moved
    assert next_slot(rhythm, earliest=moved + MOMENT, last=None) == utc("2026-04-05 00:00")


def test_a_gap_of_two_hours_moves_a_slot_by_two_hours() -> None:
    shown = [wall(instant(date(2026, 3, 29), time(hour), "Antarctica/Troll"), "Antarctica/Troll") for hour in (0, 1, 2, 3)]
    assert [text[-5:] for text in shown] == ["00:00", "03:00", "04:00", "03:00"]


# Pace, and the least time between two letters


@pytest.mark.parametrize(
    ("pace", "days"),
    [(1, 0.75), (2, 1.5), (3, 2.5), (4, 3.5), (5, 4.5), (7, 5.25), (14, 10.5), (21, 17.5), (28, 24.5), (56, 52.5)],
)
def test_the_least_gap_is_three_quarters_of_the_pace_or_half_a_week_less(pace: int, days: float) -> None:
    assert schedule.minimum_gap(pace) == timedelta(days=days)


@pytest.mark.parametrize("pace", [1, 2, 3, 4, 5, 6, 7, 14, 28])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu"])
def test_letters_come_exactly_their_pace_apart_in_local_days(pace: int, zone: str) -> None:
    found = slots(Rhythm(WEDNESDAY, 10, zone, pace), utc("2026-01-01 00:00"), 1 + 728 // pace)
    days = [schedule.local_day(slot, zone) for slot in found]
    assert {later - earlier for earlier, later in pairwise(days)} == {timedelta(days=pace)}
    assert {local(slot, zone).hour for slot in found} == {10}
    assert pace < 7 or {day.weekday() for day in days} == {WEDNESDAY}


def test_the_least_gap_itself_is_enough_and_a_moment_less_is_not() -> None:
    rhythm = Rhythm(TUESDAY, 10, BERLIN, 7)
    tuesday = utc("2026-03-10 09:00")
    assert next_slot(rhythm, earliest=utc("2026-03-04 00:00"), last=tuesday - 5.25 * DAY) == tuesday
    assert next_slot(rhythm, earliest=utc("2026-03-04 00:00"), last=tuesday - 5.25 * DAY + MOMENT) == tuesday + 7 * DAY


@pytest.mark.parametrize(
    ("weekday", "expected"),
    [
        (MONDAY, "Mon 2026-03-09 10:00"),
        (TUESDAY, "Tue 2026-03-10 10:00"),
        (WEDNESDAY, "Wed 2026-03-11 10:00"),
        (FRIDAY, "Fri 2026-03-13 10:00"),
        (SATURDAY, "Sat 2026-03-14 10:00"),
        (SUNDAY, "Sun 2026-03-15 10:00"),
    ],
)
def test_after_a_change_of_weekday_the_next_letter_is_five_days_and_a_quarter_away_or_more(weekday: int, expected: str) -> None:
    last = utc("2026-03-03 09:00")  # a Tuesday, 10:00 in Berlin
    slot = next_slot(Rhythm(weekday, 10, BERLIN, 7), earliest=last + HOUR, last=last)
    assert wall(slot, BERLIN) == expected
    assert slot - last >= 5.25 * DAY


@pytest.mark.parametrize(
    ("zone", "expected", "days"),
    [
        ("Pacific/Auckland", "2026-03-09 21:00", 6.5),
        ("America/Los_Angeles", "2026-03-10 17:00", 7 + 8 / 24),
        ("Pacific/Kiritimati", "2026-03-09 20:00", 6 + 11 / 24),
    ],
)
def test_after_a_change_of_zone_the_next_letter_comes_at_the_new_wall_time(zone: str, expected: str, days: float) -> None:
    last = utc("2026-03-03 09:00")
    slot = next_slot(Rhythm(TUESDAY, 10, zone, 7), earliest=last + HOUR, last=last)
    assert slot == utc(expected)
    assert slot - last == timedelta(days=days)


def test_a_daily_letter_is_not_sent_twice_within_18_hours_because_the_reader_moved() -> None:
    last = utc("2026-03-03 09:00")  # 10:00 in Berlin; in Auckland 10:00 comes 12 hours later
    slot = next_slot(Rhythm(TUESDAY, 10, "Pacific/Auckland", 1), earliest=last + HOUR, last=last)
    assert slot == utc("2026-03-04 21:00")


def test_a_slot_at_the_earliest_moment_itself_is_taken() -> None:
    rhythm = Rhythm(TUESDAY, 10, BERLIN, 7)
    assert next_slot(rhythm, earliest=utc("2026-03-03 09:00"), last=None) == utc("2026-03-03 09:00")
    assert next_slot(rhythm, earliest=utc("2026-03-03 09:00") + MOMENT, last=None) == utc("2026-03-10 09:00")


# Hours in which nothing may come


@pytest.mark.parametrize(
    ("hour", "never", "expected"),
    [
        (10, {10}, 11),
        (10, {9, 11}, 10),
        (10, {10, 11, 12}, 13),
        (10, set(range(10, 24)), 9),
        (10, set(range(8, 24)), 7),
        (10, set(range(24)) - {3}, 3),
        (10, set(range(24)) - {3, 8}, 8),
        (23, {23}, 22),
        (0, {0}, 1),
        (0, set(range(24)) - {23}, 23),
    ],
)
def test_a_wish_in_a_shut_hour_moves_to_the_next_open_one_of_the_day_else_to_the_nearest_before(
    hour: int, never: set[int], expected: int
) -> None:
    rhythm = Rhythm(TUESDAY, hour, BERLIN, 7, frozenset(never))
    slot = next_slot(rhythm, earliest=utc("2026-03-02 12:00"), last=None)
    assert wall(slot, BERLIN) == f"Tue 2026-03-03 {expected:02}:00"


def test_a_slot_that_a_gap_would_push_into_a_shut_hour_moves_on() -> None:
    rhythm = Rhythm(SUNDAY, 2, BERLIN, 7, frozenset({3}))
    shown = [wall(slot, BERLIN) for slot in slots(rhythm, utc("2026-03-20 00:00"), 3)]
    assert shown == ["Sun 2026-03-22 02:00", "Sun 2026-03-29 04:00", "Sun 2026-04-05 02:00"]


def test_a_slot_that_a_gap_would_push_past_midnight_into_a_shut_hour_comes_earlier() -> None:
    rhythm = Rhythm(SATURDAY, 23, "America/Nuuk", 7, frozenset({0}))
    slot = next_slot(rhythm, earliest=utc("2026-03-28 12:00"), last=None)
    assert wall(slot, "America/Nuuk") == "Sat 2026-03-28 22:00"


def test_a_day_whose_only_open_hour_does_not_exist_is_passed_over() -> None:
    only_two = frozenset(range(24)) - {2}
    weekly = [wall(slot, BERLIN) for slot in slots(Rhythm(SUNDAY, 2, BERLIN, 7, only_two), utc("2026-03-20 00:00"), 2)]
    daily = [wall(slot, BERLIN) for slot in slots(Rhythm(SUNDAY, 2, BERLIN, 1, only_two), utc("2026-03-28 00:00"), 2)]
    assert weekly == ["Sun 2026-03-22 02:00", "Sun 2026-04-05 02:00"]
    assert daily == ["Sat 2026-03-28 02:00", "Mon 2026-03-30 02:00"]


def test_a_day_without_any_open_hour_is_refused() -> None:
    with pytest.raises(ValueError, match="At least one hour of the day must be left for mail"):
        Rhythm(TUESDAY, 10, BERLIN, 7, frozenset(range(24)))


# Late, and after an outage


@pytest.mark.parametrize("speed", [1, 24, 60480, 0.5])
def test_a_letter_is_late_after_15_real_minutes_however_fast_the_calendar_runs(speed: float) -> None:
    due = utc("2026-03-03 09:00")
    grace = timedelta(minutes=15) * speed
    assert not is_late(due, now=due - DAY, speed=speed)
    assert not is_late(due, now=due, speed=speed)
    assert not is_late(due, now=due + grace, speed=speed)
    assert is_late(due, now=due + grace + MOMENT, speed=speed)


@pytest.mark.parametrize("days_away", [0.02, 1, 3, 6.9, 7, 7.1, 14, 30, 100, 400])
@pytest.mark.parametrize("pace", [1, 7, 14, 28])
def test_after_an_outage_of_any_length_one_letter_comes_at_the_next_wished_slot(days_away: float, pace: int) -> None:
    rhythm = Rhythm(TUESDAY, 10, BERLIN, pace)
    last = utc("2026-03-03 09:00")
    due = next_slot(rhythm, earliest=last + MOMENT, last=last)
    back = due + timedelta(days=days_away)
    slot = next_slot(rhythm, earliest=back, last=last)
    following = next_slot(rhythm, earliest=slot + MOMENT, last=slot)
    assert back <= slot < back + max(1, min(pace, 7)) * DAY + HOUR
    assert local(slot, BERLIN).hour == 10
    assert pace < 7 or local(slot, BERLIN).weekday() == TUESDAY
    assert schedule.local_day(following, BERLIN) - schedule.local_day(slot, BERLIN) == timedelta(days=pace)


# A day that already has a letter


@pytest.mark.parametrize(
    ("rhythm", "slot", "expected"),
    [
        (Rhythm(TUESDAY, 10, BERLIN, 7), "2026-03-03 09:00", "Wed 2026-03-04 10:00"),
        (Rhythm(TUESDAY, 10, BERLIN, 1), "2026-03-03 09:00", "Wed 2026-03-04 10:00"),
        (Rhythm(TUESDAY, 10, BERLIN, 7, frozenset({10})), "2026-03-03 10:00", "Wed 2026-03-04 11:00"),
        (Rhythm(SATURDAY, 2, BERLIN, 7), "2026-03-28 01:00", "Sun 2026-03-29 03:00"),
        (Rhythm(SATURDAY, 2, BERLIN, 7, frozenset(range(24)) - {2}), "2026-03-28 01:00", "Mon 2026-03-30 02:00"),
        (Rhythm(SATURDAY, 23, "America/Nuuk", 7), "2026-03-29 01:00", "Mon 2026-03-30 23:00"),
    ],
    ids=["weekly", "daily", "shut hour", "into a gap", "over a day without an open hour", "after a slot pushed past midnight"],
)
def test_a_full_day_puts_a_letter_off_to_the_next_day_with_an_open_hour(rhythm: Rhythm, slot: str, expected: str) -> None:
    later = day_after(rhythm, utc(slot))
    assert wall(later, rhythm.zone) == expected
    assert schedule.local_day(later, rhythm.zone) > schedule.local_day(utc(slot), rhythm.zone)


# Open and shut


NIGHT = frozenset({22, 23, 0, 1, 2, 3, 4, 5, 6})


@pytest.mark.parametrize(
    ("moment", "never", "closes", "opens"),
    [
        ("2026-03-03 09:00", frozenset[int](), None, "2026-03-03 09:00"),
        ("2026-03-03 09:00", NIGHT, "2026-03-03 21:00", "2026-03-03 09:00"),
        ("2026-03-03 20:59:59.999999", NIGHT, "2026-03-03 21:00", "2026-03-03 20:59:59.999999"),
        ("2026-03-03 21:00", NIGHT, "2026-03-03 21:00", "2026-03-04 06:00"),
        ("2026-03-04 05:59:59", NIGHT, "2026-03-04 05:59:59", "2026-03-04 06:00"),
        ("2026-03-04 06:00", NIGHT, "2026-03-04 21:00", "2026-03-04 06:00"),
        ("2026-03-03 10:07", frozenset({12}), "2026-03-03 11:00", "2026-03-03 10:07"),
        ("2026-03-28 22:30", NIGHT, "2026-03-28 22:30", "2026-03-29 05:00"),
        ("2026-03-29 00:10", frozenset({2}), "2026-03-30 00:00", "2026-03-29 00:10"),
        ("2026-10-25 00:00", frozenset({2}), "2026-10-25 00:00", "2026-10-25 02:00"),
        ("2026-03-03 09:00", frozenset(range(24)) - {9}, "2026-03-03 09:00", "2026-03-04 08:00"),
        ("2026-03-28 02:00", frozenset(range(24)) - {2}, "2026-03-28 02:00", "2026-03-30 00:00"),
    ],
    ids=[
        "always open",
        "by day",
        "a moment before it shuts",
        "as it shuts",
        "a moment before it opens",
        "as it opens",
        "one hour shut",
        "over the night of the missing hour",
        "the shut hour does not exist today",
        "the shut hour comes twice",
        "one hour open",
        "the only open hour does not exist today",
    ],
)
def test_mail_stops_and_starts_with_the_readers_hours(
    moment: str, never: frozenset[int], closes: str | None, opens: str
) -> None:
    """In Berlin, an hour ahead of UTC in winter and two in summer."""
    assert schedule.opens_at(utc(moment), BERLIN, never) == utc(opens)
    assert schedule.closes_at(utc(moment), BERLIN, never) == (utc(closes) if closes else None)


# The Date header


@pytest.mark.parametrize("slot", [None, utc("2026-03-03 09:00")])
def test_in_real_time_a_message_is_dated_by_the_moment_it_leaves(slot: datetime | None) -> None:
    now = utc("2026-03-03 09:00:12")
    assert schedule.date_of(slot, planned_at=now - DAY, now=now, wall=now, speed=1) == now


def test_on_a_fast_calendar_a_letter_is_dated_by_its_slot_and_the_real_time_since() -> None:
    slot, planned = utc("2026-03-03 09:00"), utc("2027-01-01 00:00")
    dated = schedule.date_of(slot, planned_at=planned, now=slot + 9 * DAY, wall=planned + timedelta(seconds=3), speed=60480)
    assert dated == slot + timedelta(seconds=3)


def test_on_a_fast_calendar_system_mail_has_no_slot_and_is_dated_by_the_calendar() -> None:
    now, real = utc("2026-03-03 09:00"), utc("2027-01-01 00:00")
    assert schedule.date_of(None, planned_at=real, now=now, wall=real, speed=60480) == now
