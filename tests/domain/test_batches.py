"""Batches: what may be done with one, when its letters come to whom, and when it pauses by itself."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.domain import dry_runs
from service.domain.batches import (
    CADENCES,
    LOOKED_AT,
    MAY,
    MOST_SPREAD_HOURS,
    UNDO_WITHIN,
    Manner,
    Plan,
    Settled,
    State,
    Timing,
    Verb,
    bounds,
    faults,
    first_in_batch,
    is_editable,
    launch_at,
    may_start,
    may_undo,
    over_at,
    rhythm_in,
    shift_minutes,
    shifted,
    should_pause,
    small,
    takes_newcomers,
    verbs,
)
from service.domain.dry_runs import are_near, by_hour, expected, expected_slots, usual_slots
from service.domain.schedule import Block, Rhythm, instant, is_open, local, local_day, make_room, minimum_gap, next_slot
from tests.domain.test_schedule_everywhere import ZONES, changes_of, day_of, moments, never_hours, rhythms, zones
from tests.parts.ways import quiet_days

HOUR, DAY, MINUTE, MOMENT = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1), timedelta(microseconds=1)
BERLIN = "Europe/Berlin"
SATURDAY = date(2026, 12, 5)
NEVER = datetime(2026, 1, 1, tzinfo=UTC)  # so early that no slot is over


def utc(text: str) -> datetime:
    """A UTC instant such as 2026-03-01 14:00."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(moment: datetime, zone: str) -> str:
    """What the reader's wall shows."""
    return f"{local(moment, zone):%a %Y-%m-%d %H:%M}"


# States


def test_a_batch_ends_once_and_stays_ended() -> None:
    for state in (State.DONE, State.CANCELLED):
        assert verbs(state) == {Verb.DUPLICATE}
    assert {state for (state, verb) in MAY if verb is Verb.DUPLICATE} == set(State)


def test_every_state_is_reached_and_left_as_the_desk_says() -> None:
    assert verbs(State.DRAFT) == {Verb.CONFIRM, Verb.MOVE, Verb.CANCEL, Verb.DUPLICATE}
    assert verbs(State.SCHEDULED) == {Verb.UNDO, Verb.MOVE, Verb.START, Verb.CANCEL, Verb.DUPLICATE}
    assert verbs(State.RUNNING) == {Verb.PAUSE, Verb.FINISH, Verb.CANCEL, Verb.DUPLICATE}
    assert verbs(State.PAUSED) == {Verb.RESUME, Verb.CANCEL, Verb.DUPLICATE}
    done = (Verb.CONFIRM, Verb.UNDO, Verb.CONFIRM, Verb.START, Verb.PAUSE, Verb.RESUME, Verb.FINISH)
    state = State.DRAFT
    for verb in done:
        state = MAY[state, verb]
    assert state is State.DONE


@pytest.mark.parametrize("since", [timedelta(0), UNDO_WITHIN, UNDO_WITHIN + MOMENT])
def test_nothing_starts_while_it_can_be_taken_back(since: timedelta) -> None:
    """Ten minutes of real time, however late a batch was confirmed and however fast the calendar runs."""
    confirmed = utc("2026-12-05 12:00")
    undo = may_undo(State.SCHEDULED, confirmed, wall=confirmed + since)
    start = may_start(State.SCHEDULED, SATURDAY, confirmed, now=utc("2027-01-01 00:00"), wall=confirmed + since)
    assert (undo, start) == ((True, False) if since <= UNDO_WITHIN else (False, True))


@pytest.mark.parametrize("state", sorted(set(State) - {State.SCHEDULED}))
def test_only_a_scheduled_batch_is_taken_back_or_started(state: State) -> None:
    long_ago = utc("2026-11-01 12:00")
    assert not may_undo(state, long_ago, wall=long_ago)
    assert not may_start(state, SATURDAY, long_ago, now=utc("2027-01-01 00:00"), wall=utc("2027-01-01 00:00"))


def test_it_starts_as_its_day_begins_anywhere_and_not_before() -> None:
    assert launch_at(SATURDAY) == utc("2026-12-04 10:00")
    assert over_at(SATURDAY) == utc("2026-12-06 12:00")
    before = launch_at(SATURDAY) - MOMENT
    confirmed = utc("2026-11-01 12:00")
    assert not may_start(State.SCHEDULED, SATURDAY, confirmed, now=before, wall=before)
    assert may_start(State.SCHEDULED, SATURDAY, confirmed, now=before + MOMENT, wall=before)


def test_no_zone_has_a_day_sooner_or_later_than_that() -> None:
    for zone in ZONES:
        begins, ends = instant(SATURDAY, time(0), zone), instant(SATURDAY, time(23, 59), zone)
        assert launch_at(SATURDAY) <= begins, zone
        assert ends < over_at(SATURDAY), zone


@pytest.mark.parametrize(
    ("state", "rolling", "until", "now", "takes"),
    [
        (State.RUNNING, True, None, "2030-01-01 00:00", True),
        (State.RUNNING, True, SATURDAY, "2026-12-06 11:59", True),
        (State.RUNNING, True, SATURDAY, "2026-12-06 12:00", False),
        (State.RUNNING, False, None, "2026-12-05 12:00", False),
        (State.PAUSED, True, None, "2026-12-05 12:00", False),
    ],
)
def test_newcomers_join_a_rolling_batch_until_its_last_day_is_over_everywhere(
    state: State, rolling: bool, until: date | None, now: str, takes: bool
) -> None:
    assert takes_newcomers(state, rolling=rolling, rolling_until=until, now=utc(now)) is takes


@pytest.mark.parametrize(
    ("state", "number", "now", "editable"),
    [
        (State.DRAFT, 1, "2027-12-01 00:00", True),
        (State.SCHEDULED, 1, "2026-12-04 09:59", True),
        (State.SCHEDULED, 1, "2026-12-04 10:00", False),
        (State.RUNNING, 2, "2026-12-11 09:59", True),
        (State.RUNNING, 2, "2026-12-11 10:00", False),
        (State.PAUSED, 3, "2026-12-11 10:00", True),
        (State.DONE, 3, "2026-12-01 00:00", False),
        (State.CANCELLED, 1, "2026-12-01 00:00", False),
    ],
)
def test_a_letter_can_be_edited_until_its_day_begins_somewhere(state: State, number: int, now: str, editable: bool) -> None:
    assert is_editable(state, SATURDAY, 7, number, now=utc(now)) is editable


@settings(max_examples=200, deadline=None)
@given(rhythm=rhythms(quiet=quiet_days), first=st.dates(date(2025, 1, 1), date(2030, 1, 1)), cadence=st.sampled_from(CADENCES))
def test_no_reader_gets_a_letter_while_its_words_may_change(rhythm: Rhythm, first: date, cadence: int) -> None:
    rhythm = rhythm_in(Timing(first, cadence), rhythm, 0)
    for number, slot in enumerate(expected_slots(rhythm, first, 4, now=NEVER), start=1):
        assert not is_editable(State.RUNNING, first, cadence, number, now=slot)


# What is said of it

SOUND = Plan("Advent", letters=4, timing=Timing(SATURDAY, 7))


@pytest.mark.parametrize(
    ("plan", "fields"),
    [
        (SOUND, set()),
        (replace(SOUND, name=" "), {"name"}),
        (replace(SOUND, letters=0, name="x" * 101), {"letters", "name"}),
        (replace(SOUND, timing=Timing(date(2026, 11, 30), 7)), set()),
        (replace(SOUND, timing=Timing(date(2026, 11, 29), 7)), {"first_date"}),
        (replace(SOUND, timing=Timing(SATURDAY, 8)), {"cadence_days"}),
        (replace(SOUND, timing=Timing(SATURDAY, 7, 24)), {"hour"}),
        (replace(SOUND, timing=Timing(SATURDAY, 7, 0, 12)), set()),
        (replace(SOUND, timing=Timing(SATURDAY, 7, 23, 13)), {"spread_hours"}),
        (replace(SOUND, rolling=True, rolling_until=SATURDAY), set()),
        (replace(SOUND, rolling=True, rolling_until=SATURDAY - DAY), {"rolling_until"}),
        (replace(SOUND, rolling=False, rolling_until=SATURDAY - DAY), set()),
    ],
)
def test_what_stands_against_a_batch_is_said_by_field(plan: Plan, fields: set[str]) -> None:
    found = faults(plan, now=utc("2026-12-01 11:59"))
    assert set(found) == fields
    assert all(sentence.endswith(".") for sentence in found.values())


def test_the_ways_of_a_batch_are_what_the_table_holds() -> None:
    assert [str(each) for each in Manner] == ["instead", "extra"]


# Spread


@given(hours=st.integers(1, MOST_SPREAD_HOURS), first=st.integers(1, 10**9))
def test_readers_in_a_row_are_spread_evenly_and_each_keeps_their_minute(hours: int, first: int) -> None:
    minutes = hours * 60
    found = Counter(shift_minutes(subscriber, hours) for subscriber in range(first, first + minutes))
    assert found == Counter(range(minutes))
    assert shift_minutes(first, 0) == 0


@given(hour=st.integers(0, 23), shift=st.integers(0, MOST_SPREAD_HOURS * 60 - 1))
def test_a_shift_never_leaves_the_day(hour: int, shift: int) -> None:
    found = time(*shifted(hour, shift))
    assert found >= time(hour)
    if hour * 60 + shift < 24 * 60:
        assert found == time(*divmod(hour * 60 + shift, 60))


def test_what_would_come_after_midnight_is_spread_over_what_is_left_of_the_day() -> None:
    assert Counter(shifted(23, shift) for shift in range(180)) == {(23, minute): 3 for minute in range(60)}


@settings(max_examples=300, deadline=None)
@given(rhythm=rhythms(quiet=quiet_days), minute=st.integers(0, 59), earliest=moments, near=st.integers(-1500, 1500))
def test_a_slot_with_minutes_is_open_neither_early_nor_close_and_keeps_its_minute(
    rhythm: Rhythm, minute: int, earliest: datetime, near: int
) -> None:
    """In every zone, and about its clock changes as well."""
    if changes := changes_of(rhythm.zone):
        earliest = changes[near % len(changes)] + near * MINUTE
    rhythm = replace(rhythm, minute=minute)
    slot = next_slot(rhythm, earliest=earliest, last=None)
    assert slot >= earliest
    assert is_open(slot, rhythm.zone, rhythm.never_hours, rhythm.quiet_days)
    following = next_slot(rhythm, earliest=slot + MINUTE, last=slot)
    assert following - slot >= minimum_gap(rhythm.pace_days)
    assert local_day(following, rhythm.zone) > local_day(slot, rhythm.zone)
    # A gap of half an hour, in Lord Howe, is the only one that moves minutes.
    shown = slot.astimezone(ZoneInfo(rhythm.zone))
    assert shown.minute == minute or any(abs(change - slot) <= HOUR for change in changes)


# The first letter


@pytest.mark.parametrize(
    ("rhythm", "now", "expected"),
    [
        (Rhythm(5, 20, BERLIN, 7), NEVER, "Sat 2026-12-05 20:00"),
        (Rhythm(5, 20, "Pacific/Kiritimati", 7), utc("2026-12-04 10:00"), "Sat 2026-12-05 20:00"),
        (Rhythm(5, 0, "Pacific/Kiritimati", 7), utc("2026-12-04 10:00"), "Sat 2026-12-05 00:00"),
        (Rhythm(5, 0, "Pacific/Kiritimati", 7), utc("2026-12-04 10:01"), "Sat 2026-12-12 00:00"),
        (Rhythm(5, 20, BERLIN, 7), utc("2026-12-05 19:00"), "Sat 2026-12-05 20:00"),
        (Rhythm(5, 20, BERLIN, 7), utc("2026-12-05 19:01"), "Sat 2026-12-12 20:00"),
        (Rhythm(5, 20, BERLIN, 2), utc("2026-12-05 19:01"), "Sun 2026-12-06 20:00"),
        (Rhythm(5, 20, BERLIN, 7, quiet_days=frozenset({(12, 5)})), NEVER, "Sun 2026-12-06 20:00"),
        (Rhythm(5, 20, BERLIN, 7, quiet_days=frozenset({(12, 5)})), utc("2026-12-06 19:00"), "Sun 2026-12-06 20:00"),
        (Rhythm(5, 20, BERLIN, 7, frozenset(range(18, 24))), NEVER, "Sat 2026-12-05 17:00"),
        (Rhythm(5, 20, BERLIN, 7, frozenset({20}), minute=40), NEVER, "Sat 2026-12-05 21:40"),
    ],
    ids=[
        "on its day",
        "the first zone of all",
        "at the launch itself",
        "too late for the first zone",
        "joined in time",
        "joined after the hour",
        "joined after the hour, at a quick pace",
        "a quiet day",
        "joined at the very slot behind a quiet day",
        "a shut evening",
        "a shut hour keeps the minute",
    ],
)
def test_the_first_letter_comes_on_the_first_day_or_as_soon_as_the_batch_allows(
    rhythm: Rhythm, now: datetime, expected: str
) -> None:
    assert wall(first_in_batch(rhythm, SATURDAY, now=now), rhythm.zone) == expected


def test_a_day_on_which_the_only_open_hour_is_missing_is_passed_over() -> None:
    """In Berlin there is no 2 o'clock on 29 March 2026, and 3 o'clock is shut."""
    rhythm = Rhythm(6, 2, BERLIN, 7, frozenset(range(24)) - {2})
    assert wall(first_in_batch(rhythm, date(2026, 3, 29), now=NEVER), BERLIN) == "Mon 2026-03-30 02:00"


def test_a_reader_keeps_their_zone_and_what_is_shut_and_gets_the_rest_from_the_batch() -> None:
    own = Rhythm(1, 9, "Asia/Kathmandu", 14, frozenset({3}), frozenset({(12, 24)}))
    assert rhythm_in(Timing(SATURDAY, 3), own, 0) == replace(own, weekday=5, pace_days=3)
    assert rhythm_in(Timing(SATURDAY, 3, 20, 2), own, 95) == replace(own, weekday=5, pace_days=3, hour=21, minute=35)


@settings(max_examples=200, deadline=None)
@given(
    zone=zones,
    day=st.dates(date(2025, 1, 1), date(2030, 1, 1)),
    hour=st.none() | st.integers(0, 23),
    own=st.integers(0, 23),
    spread=st.integers(0, MOST_SPREAD_HOURS),
    subscriber=st.integers(1, 10**6),
    change=st.integers(0, 20),
)
def test_the_first_letters_leave_within_what_was_said(
    zone: str, day: date, hour: int | None, own: int, spread: int, subscriber: int, change: int
) -> None:
    if changes := changes_of(zone):
        day = day_of(changes[change % len(changes)], zone)
    timing = Timing(day, 7, hour, spread)
    rhythm = rhythm_in(timing, Rhythm(0, own, zone, 7), shift_minutes(subscriber, spread))
    slot = first_in_batch(rhythm, day, now=NEVER - 3000 * DAY)
    first, last = bounds(timing, [zone])
    assert first <= slot <= last
    assert last - first <= DAY + 4 * HOUR


CHANGING = (BERLIN, "Australia/Lord_Howe", "Pacific/Chatham", "America/Nuuk", "Africa/Cairo", "Antarctica/Troll")


@pytest.mark.parametrize("zone", CHANGING)
def test_about_a_clock_change_every_minute_of_a_spread_is_within_what_was_said_and_in_the_dry_run(zone: str) -> None:
    for change in changes_of(zone)[:2]:
        for day in (day_of(change - HOUR, zone) - DAY, day_of(change - HOUR, zone), day_of(change, zone)):
            for hour in range(24):
                first, last = bounds(Timing(day, 7, hour, 1), [zone])
                for minute in (0, 14, 15, 29, 30, 44, 45, 59):
                    rhythm = Rhythm(day.weekday(), hour, zone, 7, minute=minute)
                    slot = first_in_batch(rhythm, day, now=NEVER - 3000 * DAY)
                    assert first <= slot <= last, (day, hour, minute)
                    assert expected_slots(rhythm, day, 1, now=NEVER - 3000 * DAY) == (slot,), (day, hour, minute)


def test_without_zones_all_of_the_earth_is_meant() -> None:
    first, last = bounds(Timing(SATURDAY, 7, 20))
    assert (wall(first, "Pacific/Kiritimati"), wall(last, "Etc/GMT+12")) == ("Sat 2026-12-05 20:00", "Sat 2026-12-05 20:00")
    assert bounds(Timing(SATURDAY, 7, 20), [BERLIN]) == (utc("2026-12-05 19:00"), utc("2026-12-05 19:00"))
    assert bounds(Timing(SATURDAY, 7, 20, 2), [BERLIN]) == (utc("2026-12-05 19:00"), utc("2026-12-05 20:59"))


# Room for a batch


WEEKLY = Rhythm(6, 10, BERLIN, 7)  # Sundays
ADVENT = Block(utc("2026-12-05 19:00"), utc("2026-12-19 19:00"))  # Saturdays at 20:00 in Berlin


@pytest.mark.parametrize(
    ("slot", "expected"),
    [
        ("2026-11-29 09:00", "Sun 2026-11-29 10:00"),
        ("2026-12-04 22:59", "Fri 2026-12-04 23:59"),
        ("2026-12-04 23:00", "Sun 2026-12-27 10:00"),
        ("2026-12-06 09:00", "Sun 2026-12-27 10:00"),
        ("2026-12-20 09:00", "Sun 2026-12-27 10:00"),
        ("2026-12-25 00:59", "Sun 2026-12-27 10:00"),
        ("2026-12-25 01:00", "Fri 2026-12-25 02:00"),
    ],
    ids=["before", "the evening before", "the same day", "between", "after", "within the gap", "behind the gap"],
)
def test_a_programme_waits_from_the_day_of_the_first_letter_to_its_own_gap_behind_the_last(slot: str, expected: str) -> None:
    assert wall(make_room(WEEKLY, utc(slot), [ADVENT], None), BERLIN) == expected


def test_one_batch_behind_another_is_waited_for_too() -> None:
    new_year = Block(utc("2026-12-26 19:00"), utc("2027-01-02 19:00"))
    for blocks in ([ADVENT, new_year], [new_year, ADVENT]):
        assert wall(make_room(WEEKLY, utc("2026-12-06 09:00"), blocks, None), BERLIN) == "Sun 2027-01-10 10:00"


def test_a_daily_letter_has_no_room_on_the_day_of_the_last_one_of_a_batch() -> None:
    """18 hours lie between them, as the gap of a daily pace wants; the day has its letter."""
    just_past_midnight = Block(utc("2026-12-05 23:30"), utc("2026-12-05 23:30"))
    daily = Rhythm(0, 22, BERLIN, 1)
    found = make_room(daily, utc("2026-12-06 21:00"), [just_past_midnight], None)
    assert wall(found, BERLIN) == "Mon 2026-12-07 22:00"


def test_the_gap_to_a_note_that_came_behind_a_batch_holds_too() -> None:
    note = utc("2026-12-22 09:00")
    assert wall(make_room(WEEKLY, utc("2026-12-24 09:00"), [ADVENT], note), BERLIN) == "Sun 2027-01-03 10:00"


blocks_anywhere = st.lists(
    st.builds(lambda first, days: (first * HOUR, days * DAY), st.integers(-24 * 20, 24 * 60), st.integers(0, 28)),
    max_size=3,
)


@settings(max_examples=300, deadline=None)
@given(rhythm=rhythms(quiet=quiet_days), earliest=moments, drawn=blocks_anywhere)
def test_the_room_for_batches_is_theirs_alone(
    rhythm: Rhythm, earliest: datetime, drawn: list[tuple[timedelta, timedelta]]
) -> None:
    blocks = [Block(earliest + first, earliest + first + long) for first, long in drawn]
    slot = next_slot(rhythm, earliest=earliest, last=None)
    found = make_room(rhythm, slot, blocks, None)
    day = local_day(found, rhythm.zone)
    for block in blocks:
        days = (local_day(block.first, rhythm.zone), local_day(block.last, rhythm.zone))
        assert day < days[0] or (day > days[1] and found - block.last >= minimum_gap(rhythm.pace_days))
    assert found >= slot
    assert make_room(rhythm, found, blocks, None) == found
    assert (found == slot) or next_slot(rhythm, earliest=found, last=None) == found
    assert make_room(rhythm, slot, [], None) == slot


# A dry run


@settings(max_examples=400, deadline=None)
@given(
    rhythm=rhythms(never=never_hours, quiet=quiet_days),
    minute=st.integers(0, 59),
    day=st.dates(date(2025, 1, 1), date(2030, 1, 1)),
    cadence=st.sampled_from(CADENCES),
    change=st.none() | st.integers(0, 20),
    late=st.integers(-3, 3),
)
def test_a_dry_run_says_what_planning_finds(
    rhythm: Rhythm, minute: int, day: date, cadence: int, change: int | None, late: int
) -> None:
    """Quickly, and in every zone, about clock changes and for whoever joins later as well."""
    if change is not None and (changes := changes_of(rhythm.zone)):
        day = day_of(changes[change % len(changes)], rhythm.zone) - cadence * DAY * (change % 3)
    rhythm = replace(rhythm, minute=minute, pace_days=cadence, weekday=day.weekday())
    now = datetime.combine(day, time(12), UTC) + late * 6 * HOUR
    slots = [first_in_batch(rhythm, day, now=now)]
    while len(slots) < 4:
        slots.append(next_slot(rhythm, earliest=slots[-1] + MINUTE, last=slots[-1]))
    assert expected_slots(rhythm, day, 4, now=now) == tuple(slots)


def test_readers_who_differ_by_minutes_are_worked_out_once() -> None:
    day = date(2027, 2, 6)
    rhythms_of = {Rhythm(5, 20, zone, 7, minute=minute): 10 for zone in (BERLIN, "Asia/Kathmandu") for minute in range(60)}
    before = dry_runs._from_the_first_day.cache_info().misses
    found = expected(rhythms_of, day, 3, now=NEVER)
    assert dry_runs._from_the_first_day.cache_info().misses - before == 2
    assert [counted.total() for counted in found] == [1200, 1200, 1200]
    assert list(by_hour(found[0], BERLIN).items()) == [
        (utc("2027-02-06 14:00"), 450),  # 20:00 in Kathmandu is 15:15 in Berlin
        (utc("2027-02-06 15:00"), 150),
        (utc("2027-02-06 19:00"), 600),
    ]


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    counted = {utc("2026-10-25 00:10"): 1, utc("2026-10-25 00:50"): 2, utc("2026-10-25 01:10"): 4}
    assert by_hour(counted, BERLIN) == {utc("2026-10-25 00:00"): 3, utc("2026-10-25 01:00"): 4}


def test_an_hour_begins_where_the_wall_says_so() -> None:
    assert by_hour({utc("2026-12-05 10:20"): 1}, "Asia/Kathmandu") == {utc("2026-12-05 10:15"): 1}


@pytest.mark.parametrize(("apart", "near"), [(24 * HOUR, False), (24 * HOUR - MOMENT, True), (timedelta(0), True)])
def test_two_letters_within_a_day_are_near_each_other(apart: timedelta, near: bool) -> None:
    batch = [ADVENT.first, ADVENT.last]
    assert are_near(batch, [ADVENT.last + apart]) is near
    assert are_near(batch, [ADVENT.last - apart]) is near
    assert not are_near([ADVENT.first, ADVENT.first], [])


def test_the_programme_of_a_dry_run_is_walked_as_far_as_it_goes() -> None:
    due, until = utc("2026-11-29 09:00"), utc("2027-02-01 00:00")
    assert [wall(slot, BERLIN) for slot in usual_slots(WEEKLY, due, 3, until=until, block=ADVENT)] == [
        "Sun 2026-11-29 10:00",
        "Sun 2026-12-27 10:00",
        "Sun 2027-01-03 10:00",
    ]
    assert len(usual_slots(WEEKLY, due, 99, until=until)) == 10


@settings(max_examples=100, deadline=None)
@given(rhythm=rhythms(quiet=quiet_days), earliest=moments)
def test_slots_of_a_programme_follow_one_another_as_planned(rhythm: Rhythm, earliest: datetime) -> None:
    due = next_slot(rhythm, earliest=earliest, last=None)
    slots = usual_slots(rhythm, due, 5, until=earliest + 400 * DAY)
    assume(len(slots) == 5)
    assert slots[0] == due
    assert all(next_slot(rhythm, earliest=one + MINUTE, last=one) == other for one, other in pairwise(slots))


# Pausing by itself, and small numbers


@pytest.mark.parametrize(
    ("letters", "hard", "complaints", "pauses"),
    [
        (LOOKED_AT, 24, 0, False),
        (LOOKED_AT, 25, 0, True),
        (LOOKED_AT, 0, 1, True),
        (LOOKED_AT, 0, 0, False),
        (60, 3, 0, True),
        (61, 3, 0, False),
        (20, 3, 0, True),
        (20, 2, 0, False),
        (19, 19, 0, False),
        (1, 0, 1, True),
        (0, 0, 0, False),
    ],
)
def test_a_batch_pauses_at_five_in_a_hundred_that_came_back_or_one_in_a_thousand_complaints(
    letters: int, hard: int, complaints: int, pauses: bool
) -> None:
    assert (should_pause(Settled(letters, hard, complaints)) is not None) is pauses


def test_why_a_batch_paused_is_a_sentence() -> None:
    assert should_pause(Settled(500, 30, 1)) == "1 of the last 500 letters was reported as spam."
    assert should_pause(Settled(400, 20, 0)) == "20 of the last 400 letters were refused, or came back for good."


@pytest.mark.parametrize(("number", "shown"), [(0, "0"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "5"), (12345, "12,345")])
def test_a_few_readers_are_not_counted_aloud(number: int, shown: str) -> None:
    assert small(number) == shown
