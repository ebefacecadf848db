"""What a batch would do if it were confirmed: which letters leave when, in numbers; refuses to send any.

Made for a hundred thousand readers in a few thousand rhythms: each rhythm is looked at once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

from service.domain.batches import first_in_batch
from service.domain.schedule import Block, Rhythm, local, make_room, next_slot, slot_from

_HOUR: Final = timedelta(hours=1)
_LONGEST_GAP: Final = timedelta(hours=4)
_A_MINUTE: Final = timedelta(minutes=1)
_MOST_GROUPS: Final = 1 << 16


def expected_slots(rhythm: Rhythm, first_date: date, count: int, *, now: datetime) -> tuple[datetime, ...]:
    """When the letters of a batch come to a reader of this rhythm, if nothing comes between. Quick where many share it.

    Away from clock changes any minute of an hour comes exactly as much later: readers who are spread share the full hours.
    """
    shift = timedelta(minutes=rhythm.minute)
    whole = replace(rhythm, minute=0) if shift else rhythm
    slots = _from_the_first_day(whole, first_date, count)
    if (slots and slots[0] + shift < now) or (shift and not _are_steady(whole, first_date, count)):
        return _walk(rhythm, first_in_batch(rhythm, first_date, now=now), count)
    return tuple(slot + shift for slot in slots) if shift else slots


@lru_cache(maxsize=_MOST_GROUPS)
def _from_the_first_day(rhythm: Rhythm, first_date: date, count: int) -> tuple[datetime, ...]:
    return _walk(rhythm, slot_from(rhythm, first_date), count)


@lru_cache(maxsize=_MOST_GROUPS)
def _are_steady(rhythm: Rhythm, first_date: date, count: int) -> bool:
    return all(_is_steady(slot, rhythm.zone) for slot in _from_the_first_day(rhythm, first_date, count))


@lru_cache(maxsize=_MOST_GROUPS)
def _walk(rhythm: Rhythm, first: datetime, count: int) -> tuple[datetime, ...]:
    slots = [first]
    while len(slots) < count:
        slots.append(next_slot(rhythm, earliest=slots[-1] + _A_MINUTE, last=slots[-1]))
    return tuple(slots[:count])


def _is_steady(slot: datetime, zone: str) -> bool:
    """Whether no clock changes within the hour of a slot, or so shortly before that a gap may have moved it there."""
    return len({local(moment, zone).utcoffset() for moment in (slot - _LONGEST_GAP, slot, slot + _HOUR - _A_MINUTE)}) == 1


def expected(readers: Mapping[Rhythm, int], first_date: date, count: int, *, now: datetime) -> tuple[Counter[datetime], ...]:
    """How many letters leave at which instant, letter after letter. `readers` says how many share a rhythm."""
    found: tuple[Counter[datetime], ...] = tuple(Counter() for _ in range(count))
    for rhythm, number in readers.items():
        for counted, slot in zip(found, expected_slots(rhythm, first_date, count, now=now), strict=True):
            counted[slot] += number
    return found


NEAR: Final = timedelta(hours=24)
"""Two letters within this time are near each other."""


def are_near(slots: Iterable[datetime], others: Iterable[datetime]) -> bool:
    """Whether a letter at one of these slots would have one of the others near it."""
    times = sorted([(slot, 0) for slot in slots] + [(other, 1) for other in others])
    return any(which != after and then - slot < NEAR for (slot, which), (then, after) in pairwise(times))


@lru_cache(maxsize=_MOST_GROUPS)
def usual_slots(
    rhythm: Rhythm, due: datetime, count: int, *, until: datetime, last: datetime | None = None, block: Block | None = None
) -> tuple[datetime, ...]:
    """When the next letters of a programme come, `count` at most and before `until`, with a batch that comes instead or none.

    `due` is when the next one is due, and `last` the slot of the one before.
    """
    blocks = [block] if block else []
    slots: list[datetime] = []
    slot = make_room(rhythm, due, blocks, last)
    while slot < until and len(slots) < count:
        slots.append(slot)
        slot = make_room(rhythm, next_slot(rhythm, earliest=slot + _A_MINUTE, last=slot), blocks, slot)
    return tuple(slots)


def by_hour(counted: Mapping[datetime, int], zone: str) -> dict[datetime, int]:
    """How many letters leave in each hour of a wall, in their order. An hour is named by the instant at which it begins.

    A wall shows one hour twice when clocks go back: these are two.
    """
    hours: Counter[datetime] = Counter()
    for slot, number in counted.items():
        wall = local(slot, zone)
        hours[slot - timedelta(minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)] += number
    return dict(sorted(hours.items()))
