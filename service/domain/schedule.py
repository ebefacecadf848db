"""When a letter comes: from a wish as said to a UTC instant; refuses to look at a clock (T-7..T-10).

A wish is kept as it was said (weekday, hour, zone) and instants are derived. Calendar days are added in local time. A local
time that does not exist moves forward; one that comes twice means the first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

FIRST_AFTER: Final = timedelta(hours=12)
"""The first letter comes at the next wished slot at least this long after confirming."""

GRACE: Final = timedelta(minutes=15)
"""A letter planned later than this, in real time, is late: a slot is chosen anew."""

MOST_QUIET_DAYS: Final = 60
"""How many days of a year may be without mail: enough for a holiday, and some slot can always be found."""

_QUARTER: Final = timedelta(minutes=15)
_DAY: Final = timedelta(days=1)
_A_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A reader's wish for one sequence.

    Monday is 0. Below a pace of seven days the weekday has no say. `never_hours` are local hours (0-23) in which no mail
    may come; not all 24. `quiet_days` are (month, day) of any year: no letter comes on one. `minute` belongs to the hour.
    """

    weekday: int
    hour: int
    zone: str
    pace_days: int
    never_hours: frozenset[int] = frozenset()
    quiet_days: frozenset[tuple[int, int]] = frozenset()
    minute: int = 0

    def __post_init__(self) -> None:
        """Refuse a day, or a year, in which mail may never come: no slot could be found."""
        if len(self.never_hours) >= 24:
            raise ValueError("At least one hour of the day must be left for mail.")
        if len(self.quiet_days) > MOST_QUIET_DAYS:
            raise ValueError(f"There can be {MOST_QUIET_DAYS} quiet days in a year at most.")


@cache
def _zone(name: str) -> ZoneInfo:
    # ZoneInfo itself keeps eight zones only and reads a file for each of the others, again and again.
    return ZoneInfo(name)


def instant(day: date, at: time, zone: str) -> datetime:
    """The UTC instant of a local wall time.

    A time in a gap is read with the offset before it, so it moves forward; an ambiguous one is the first (RFC 5545 3.3.5,
    PEP 495 fold=0).
    """
    return datetime.combine(day, at, _zone(zone)).astimezone(UTC)


def local(moment: datetime, zone: str) -> datetime:
    """A UTC instant as the reader's wall shows it."""
    return moment.astimezone(_zone(zone))


def local_day(moment: datetime, zone: str) -> date:
    """The reader's calendar day of an instant."""
    return local(moment, zone).date()


def pause_end(moment: datetime, zone: str, weeks: int) -> datetime:
    """When a pause of some weeks ends: as that local day begins, so that the letter of the day comes at its hour."""
    return instant(local_day(moment, zone) + weeks * 7 * _DAY, time(0), zone)


def minimum_gap(pace_days: int) -> timedelta:
    """The least time between two letters of a sequence: 0.75 of the pace.

    For some paces that alone would let a slot one step early through, a week at four weeks, a day at four days; half a step
    short of the pace does not.
    """
    half_a_step = 3.5 if pace_days >= 7 else 0.5
    return max(timedelta(days=0.75 * pace_days), timedelta(days=pace_days - half_a_step))


def next_slot(rhythm: Rhythm, *, earliest: datetime, last: datetime | None) -> datetime:
    """The first slot of a rhythm at or after `earliest`, at least the minimum gap after the `last` planned one, on a later day.

    At a daily pace the gap alone would let two letters come on one local day: where a slot has moved past midnight through a
    gap of the clock, and where a reader changes their hour.
    """
    floor = earliest if last is None else max(earliest, last + minimum_gap(rhythm.pace_days))
    slots = (slot for day in _wished_days(rhythm, floor) if (slot := _on(rhythm, day)) is not None and slot >= floor)
    taken = None if last is None else local_day(last, rhythm.zone)
    return next(slot for slot in slots if taken is None or local_day(slot, rhythm.zone) != taken)


def first_slot(rhythm: Rhythm, *, confirmed: datetime) -> datetime:
    """The slot of the first letter after confirming."""
    return next_slot(rhythm, earliest=confirmed + FIRST_AFTER, last=None)


def slot_from(rhythm: Rhythm, day: date) -> datetime:
    """The slot of a local day, whatever its weekday, or of the first day after it on which mail may come."""
    span = range(8 + len(rhythm.quiet_days))
    return next(slot for n in span if (slot := _on(rhythm, day + n * _DAY)) is not None)


@dataclass(frozen=True, slots=True)
class Block:
    """The first and the last slot of a batch that comes instead of a reader's programmes: in between, these wait."""

    first: datetime
    last: datetime


def make_room(rhythm: Rhythm, slot: datetime, blocks: Iterable[Block], last_planned: datetime | None) -> datetime:
    """A programme's slot, or the next wished one behind the batches that come instead, at the programme's own least gap.

    A batch takes the whole local day of its first letter: a note in the morning of that day would push it to the day after.
    `last_planned` is the programme's letter before.
    """
    blocks = tuple(blocks)
    while (last := max((each.last for each in blocks if _covers(each, rhythm, slot)), default=None)) is not None:
        slot = next_slot(rhythm, earliest=last + _A_MINUTE, last=max(last, last_planned or last))
    return slot


def _covers(block: Block, rhythm: Rhythm, slot: datetime) -> bool:
    day = local_day(slot, rhythm.zone)
    if day < local_day(block.first, rhythm.zone):
        return False
    return slot < block.last + minimum_gap(rhythm.pace_days) or day <= local_day(block.last, rhythm.zone)


def _wished_days(rhythm: Rhythm, floor: datetime) -> Iterator[date]:
    # One day early: a slot late in the evening may have moved past midnight through a gap.
    day = local_day(floor, rhythm.zone) - _DAY
    while True:
        if (rhythm.pace_days < 7 or day.weekday() == rhythm.weekday) and (day.month, day.day) not in rhythm.quiet_days:
            yield day
        day += _DAY


def _on(rhythm: Rhythm, day: date) -> datetime | None:
    """The slot on a given local day: the wished hour, else the next open one, else the nearest before. None if all are shut."""
    hours = (*range(rhythm.hour, 24), *range(rhythm.hour - 1, -1, -1))
    slots = (instant(day, time(hour, rhythm.minute), rhythm.zone) for hour in hours)
    return next((slot for slot in slots if is_open(slot, rhythm.zone, rhythm.never_hours, rhythm.quiet_days)), None)


QuietDays = frozenset[tuple[int, int]]
_NO_DAYS: Final[QuietDays] = frozenset()


def is_open(moment: datetime, zone: str, never_hours: frozenset[int], quiet_days: QuietDays = _NO_DAYS) -> bool:
    """Whether mail may come to the reader at this instant."""
    wall = local(moment, zone)
    return wall.hour not in never_hours and (wall.month, wall.day) not in quiet_days


def closes_at(moment: datetime, zone: str, never_hours: frozenset[int], quiet_days: QuietDays = _NO_DAYS) -> datetime | None:
    """The instant itself if mail may not come then, else the first quarter of an hour at which it may not.

    None if it may come for the next three days: no letter waits longer.
    """
    if not is_open(moment, zone, never_hours, quiet_days):
        return moment
    if not never_hours and not quiet_days:
        return None
    return _first_quarter(moment, zone, never_hours, quiet_days, open_=False, days=3)


def opens_at(moment: datetime, zone: str, never_hours: frozenset[int], quiet_days: QuietDays = _NO_DAYS) -> datetime:
    """The instant itself if mail may come then, else the first quarter of an hour at which it may again."""
    if is_open(moment, zone, never_hours, quiet_days):
        return moment
    opening = _first_quarter(moment, zone, never_hours, quiet_days, open_=True, days=3 + len(quiet_days))
    return moment if opening is None else opening


def _first_quarter(
    moment: datetime, zone: str, never_hours: frozenset[int], quiet_days: QuietDays, *, open_: bool, days: int
) -> datetime | None:
    # Every offset of today's zones is a multiple of a quarter of an hour, so a local hour begins on one.
    start = moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)
    quarters = (start + n * _QUARTER for n in range(4 * 24 * days + 1))
    return next((q for q in quarters if q >= moment and is_open(q, zone, never_hours, quiet_days) is open_), None)


UNTIL_I_SAY: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of a pause that the reader ends."""


def is_late(due: datetime, *, now: datetime, speed: float) -> bool:
    """Whether a due letter was found too late to go out at its slot. `speed` is how fast the calendar runs (1 in real life)."""
    return now - due > GRACE * speed


def day_after(rhythm: Rhythm, slot: datetime) -> datetime:
    """The slot put off to the next local day with any open hour: its own day already has a letter."""
    return in_days(rhythm, slot, 1)


def in_days(rhythm: Rhythm, moment: datetime, days: int) -> datetime:
    """The reader's hour some local days after an instant, or the first day after those on which mail may come."""
    day = local_day(moment, rhythm.zone)
    span = range(days, days + 8 + len(rhythm.quiet_days))
    return next(slot for n in span if (slot := _on(rhythm, day + n * _DAY)) is not None and slot > moment)


def date_of(slot: datetime | None, *, planned_at: datetime, now: datetime, wall: datetime, speed: float) -> datetime:
    """The Date of a message, in calendar time, at its first hand-off (H-14).

    The calendar ends at planning. Where it runs fast, every second of real work would date a letter hours after its slot: there
    a letter is dated by its slot and the real time since it was planned.
    """
    if slot is None or speed == 1:
        return now
    return slot + (wall - planned_at)
