"""When a letter comes, in every time zone there is, against an oracle that only ever asks what the wall shows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain import schedule
from service.domain.schedule import Rhythm
from tests.parts.ways import QuietDays, no_days, quiet_days

HOUR, DAY, QUARTER = timedelta(hours=1), timedelta(days=1), timedelta(minutes=15)
ZONES = sorted(
    name for name in available_timezones() if not name.startswith(("posix/", "right/")) and name not in ("localtime", "Factory")
)
PACES = (1, 2, 7, 14, 28)
FIRST, LAST = datetime(2024, 1, 1), datetime(2032, 12, 31)  # noqa: DTZ001 -- hypothesis wants its bounds naive

zones = st.sampled_from(ZONES)
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
never_hours = st.just(frozenset[int]()) | st.frozensets(st.integers(0, 23), max_size=23)


@st.composite
def rhythms(
    draw: st.DrawFn,
    never: st.SearchStrategy[frozenset[int]] = never_hours,
    quiet: st.SearchStrategy[QuietDays] = no_days,
) -> Rhythm:
    """Any wish in any zone."""
    return Rhythm(
        weekday=draw(st.integers(0, 6)),
        hour=draw(st.integers(0, 23)),
        zone=draw(zones),
        pace_days=draw(st.sampled_from(PACES)),
        never_hours=draw(never),
        quiet_days=draw(quiet),
    )


@st.composite
def times_of_change(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone and a moment near one of its clock changes, or near any moment where there are none."""
    zone = draw(zones)
    changes = changes_of(zone) or (draw(moments),)
    return zone, draw(st.sampled_from(changes)) + draw(st.timedeltas(-2 * DAY, 2 * DAY))


# The oracle. It goes from UTC to local time only, which is never in doubt


@cache
def changes_of(zone: str) -> tuple[datetime, ...]:
    """All clock changes of a zone in these years, to the quarter of an hour."""
    info = ZoneInfo(zone)
    weeks = [datetime(2024, 1, 1, tzinfo=UTC) + n * 7 * DAY for n in range(52 * 9)]
    return tuple(
        change_within(week, later, info) for week, later in pairwise(weeks) if offset(week, info) != offset(later, info)
    )


def change_within(before: datetime, after: datetime, info: ZoneInfo) -> datetime:
    """The first quarter of an hour with the later one of two offsets."""
    while after - before > QUARTER:
        middle = before + (after - before) // (2 * QUARTER) * QUARTER
        before, after = (before, middle) if offset(middle, info) == offset(after, info) else (middle, after)
    return after


def offset(moment: datetime, info: ZoneInfo) -> timedelta:
    shown = moment.astimezone(info).utcoffset()
    assert shown is not None
    return shown


def instants_showing(day: date, hour: int, zone: str) -> list[datetime]:
    """Every instant at which the wall shows this day and this full hour: none, one or two."""
    info = ZoneInfo(zone)
    naive_utc = datetime.combine(day, time(hour), UTC)
    offsets = {offset(naive_utc + n * 30 * HOUR, info) for n in (-1, 1)}  # no zone changes its clocks twice in that time
    return sorted(moment for some in offsets if offset(moment := naive_utc - some, info) == some)


def wished_instant(day: date, hour: int, zone: str) -> datetime:
    """The first instant that shows the hour; in a gap, as far behind its end as the hour is behind its beginning."""
    if found := instants_showing(day, hour, zone):
        return found[0]
    info = ZoneInfo(zone)
    naive_utc = datetime.combine(day, time(hour), UTC)
    # Walk on through real time until the wall has passed the missing hour: there the gap ends.
    after = next(
        moment
        for n in range(-4 * 36, 4 * 36)
        if (moment := naive_utc + n * QUARTER).astimezone(info).replace(tzinfo=UTC) > naive_utc
    )
    return naive_utc - offset(after - QUARTER, info)


def day_of(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def opens_on(rhythm: Rhythm, day: date) -> datetime | None:
    """The slot of a day on which every hour exists."""
    allowed = [hour for hour in range(24) if hour not in rhythm.never_hours]
    later = [hour for hour in allowed if hour >= rhythm.hour]
    return wished_instant(day, later[0] if later else allowed[-1], rhythm.zone)


def wished_days(rhythm: Rhythm, floor: datetime) -> Iterator[date]:
    first = floor.astimezone(ZoneInfo(rhythm.zone)).date() - 2 * DAY
    for n in range(60):
        day = first + n * DAY
        if rhythm.pace_days < 7 or day.weekday() == rhythm.weekday:
            yield day


def floor_of(rhythm: Rhythm, earliest: datetime, last: datetime | None) -> datetime:
    least = {1: 0.75, 2: 1.5, 7: 5.25, 14: 10.5, 28: 24.5}[rhythm.pace_days]
    return earliest if last is None else max(earliest, last + timedelta(days=least))


@settings(max_examples=400, deadline=None)
@given(
    rhythm=rhythms(st.just(frozenset())),
    earliest=moments,
    since=st.none() | st.timedeltas(-2 * DAY, 40 * DAY) | st.timedeltas(timedelta(), 2 * DAY),
)
def test_a_slot_is_the_first_wished_wall_time_that_is_neither_too_early_nor_too_close(
    rhythm: Rhythm, earliest: datetime, since: timedelta | None
) -> None:
    last = None if since is None else earliest - since
    floor = floor_of(rhythm, earliest, last)
    found = [wished_instant(day, rhythm.hour, rhythm.zone) for day in wished_days(rhythm, floor)]
    taken = last and day_of(last, rhythm.zone)
    expected = min(slot for slot in found if slot >= floor and day_of(slot, rhythm.zone) != taken)
    assert schedule.next_slot(rhythm, earliest=earliest, last=last) == expected


@settings(max_examples=300, deadline=None)
@given(near=times_of_change(), rhythm=rhythms(st.just(frozenset())))
def test_near_a_clock_change_a_slot_shows_the_wish_or_moves_behind_the_gap(near: tuple[str, datetime], rhythm: Rhythm) -> None:
    zone, earliest = near
    rhythm = Rhythm(rhythm.weekday, rhythm.hour, zone, rhythm.pace_days)
    slot = schedule.next_slot(rhythm, earliest=earliest, last=None)
    shown = slot.astimezone(ZoneInfo(zone))
    moved = [
        wished_instant(day, rhythm.hour, zone)
        for day in (shown.date() - DAY, shown.date())
        if not instants_showing(day, rhythm.hour, zone)
    ]
    if slot not in moved:
        assert (shown.hour, shown.minute, shown.fold) == (rhythm.hour, 0, 0)
        assert rhythm.pace_days < 7 or shown.weekday() == rhythm.weekday


@settings(max_examples=400, deadline=None)
@given(rhythm=rhythms(quiet=quiet_days), earliest=moments, since=st.none() | st.timedeltas(-2 * DAY, 40 * DAY))
def test_a_slot_is_never_too_early_too_close_on_a_quiet_day_or_in_a_shut_hour(
    rhythm: Rhythm, earliest: datetime, since: timedelta | None
) -> None:
    last = None if since is None else earliest - since
    slot = schedule.next_slot(rhythm, earliest=earliest, last=last)
    assert slot.tzinfo is UTC
    assert slot >= earliest
    assert last is None or slot - last >= timedelta(days=0.75 * rhythm.pace_days)
    assert last is None or day_of(slot, rhythm.zone) != day_of(last, rhythm.zone)
    assert slot.astimezone(ZoneInfo(rhythm.zone)).hour not in rhythm.never_hours
    assert slot.astimezone(ZoneInfo(rhythm.zone)).timetuple()[1:3] not in rhythm.quiet_days
    assert slot == schedule.next_slot(rhythm, earliest=earliest, last=last)


@settings(max_examples=300, deadline=None)
@given(near=times_of_change(), rhythm=rhythms())
def test_near_a_clock_change_no_slot_is_in_a_shut_hour(near: tuple[str, datetime], rhythm: Rhythm) -> None:
    zone, earliest = near
    rhythm = Rhythm(rhythm.weekday, rhythm.hour, zone, rhythm.pace_days, rhythm.never_hours)
    slot = schedule.next_slot(rhythm, earliest=earliest, last=None)
    assert slot >= earliest
    assert slot.astimezone(ZoneInfo(zone)).hour not in rhythm.never_hours
    later = schedule.day_after(rhythm, slot)
    assert later.astimezone(ZoneInfo(zone)).hour not in rhythm.never_hours
    assert later.astimezone(ZoneInfo(zone)).date() > slot.astimezone(ZoneInfo(zone)).date()
    assert later > slot


@settings(max_examples=200, deadline=None)
@given(rhythm=rhythms(), earliest=moments)
def test_on_a_day_with_all_its_hours_a_shut_wish_moves_to_the_next_open_hour_else_back(
    rhythm: Rhythm, earliest: datetime
) -> None:
    slot = schedule.next_slot(rhythm, earliest=earliest, last=None)
    day = slot.astimezone(ZoneInfo(rhythm.zone)).date()
    if all(len(instants_showing(day, hour, rhythm.zone)) == 1 for hour in range(24)):
        assert slot == opens_on(rhythm, day)
    assert rhythm.pace_days < 7 or day.weekday() in (rhythm.weekday, (rhythm.weekday + 1) % 7)


@settings(max_examples=150, deadline=None)
@given(rhythm=rhythms(), earliest=moments)
def test_twelve_letters_in_a_row_keep_their_pace(rhythm: Rhythm, earliest: datetime) -> None:
    found = [schedule.next_slot(rhythm, earliest=earliest, last=None)]
    for _ in range(11):
        found.append(schedule.next_slot(rhythm, earliest=found[-1] + timedelta(minutes=1), last=found[-1]))
    for gap in (later - earlier for earlier, later in pairwise(found)):
        assert gap >= timedelta(days=0.75 * rhythm.pace_days)
        # A day without an open hour, or a slot pushed past midnight, may cost a letter one turn.
        assert gap <= timedelta(days=rhythm.pace_days + max(1, min(rhythm.pace_days, 7))) + 2 * HOUR


def test_every_zone_keeps_a_four_weekly_wish_for_three_years() -> None:
    for zone in ZONES:
        rhythm = Rhythm(1, 10, zone, 28)
        slot = schedule.next_slot(rhythm, earliest=datetime(2024, 1, 1, tzinfo=UTC), last=None)
        for _ in range(39):
            later = schedule.next_slot(rhythm, earliest=slot + timedelta(minutes=1), last=slot)
            shown, before = (moment.astimezone(ZoneInfo(zone)) for moment in (later, slot))
            assert (shown.date() - before.date(), shown.hour, shown.minute) == (28 * DAY, 10, 0), zone
            slot = later


def test_every_zone_takes_every_hour_of_the_days_on_which_its_clocks_change() -> None:
    for zone in ZONES:
        for change in changes_of(zone)[:2]:
            for day in {(change + n * DAY).astimezone(ZoneInfo(zone)).date() for n in (-1, 0)}:
                for hour in range(24):
                    assert schedule.instant(day, time(hour), zone) == wished_instant(day, hour, zone), (zone, day, hour)


@settings(max_examples=250, deadline=None)
@given(near=times_of_change() | st.tuples(zones, moments), never=never_hours, days=st.integers(0, 70))
def test_closing_and_opening_agree_with_every_quarter_of_an_hour(
    near: tuple[str, datetime], never: frozenset[int], days: int
) -> None:
    zone, moment = near
    quiet = quiet_from(day_of(moment, zone), days)
    closes, opens = schedule.closes_at(moment, zone, never, quiet), schedule.opens_at(moment, zone, never, quiet)
    start = moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0) + QUARTER
    quarters = [moment, *(start + n * QUARTER for n in range(4 * 24 * (4 + len(quiet))))]
    shown = [quarter.astimezone(ZoneInfo(zone)) for quarter in quarters]
    is_open = [wall.hour not in never and (wall.month, wall.day) not in quiet for wall in shown]
    assert [schedule.is_open(quarter, zone, never, quiet) for quarter in quarters] == is_open
    assert opens == quarters[is_open.index(True)]
    within = is_open[: 4 * 72 + 1]
    assert closes == (quarters[within.index(False)] if False in within else None)


def quiet_from(day: date, days: int) -> QuietDays:
    """Some days in a row from a day on, or, where they would be too many, the day after that one alone."""
    some = range(days) if days <= schedule.MOST_QUIET_DAYS else range(1, 2)
    return frozenset((each.month, each.day) for n in some for each in [day + n * DAY])
