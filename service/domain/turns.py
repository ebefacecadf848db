"""The next turn of a reader in a sequence: which letter, when, and what comes after; refuses to write it down.

This one function says when: planning acts on it, `journey` walks along it, and so does every page that shows a date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic

from service.domain.schedule import Rhythm, is_late, next_slot
from service.domain.sequences import Placed, next_letter

_A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader stands: the letter last planned and its slot (None before the first), and when the next one is due."""

    last_letter_id: int | None
    last_planned_at: datetime | None
    next_due_at: datetime


@dataclass(frozen=True, slots=True)
class Send(Generic[Placed]):
    """A letter goes out at this slot; the following one is due then."""

    letter: Placed
    slot: datetime
    following: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """Found too late for its slot: the one next letter comes at the next wished slot instead."""

    until: datetime


@dataclass(frozen=True, slots=True)
class End:
    """There is no letter after the last one."""


def next_turn(
    rhythm: Rhythm, letters: Sequence[Placed], place: Place, *, now: datetime, speed: float = 1.0
) -> Send[Placed] | Wait | End:
    """What is to happen with a reader whose time has come at calendar time `now`. `speed` is how fast the calendar runs."""
    letter = next_letter(letters, place.last_letter_id)
    if letter is None:
        return End()
    if is_late(place.next_due_at, now=now, speed=speed):
        return Wait(next_slot(rhythm, earliest=now, last=place.last_planned_at))
    slot = place.next_due_at
    return Send(letter, slot, next_slot(rhythm, earliest=slot + _A_MINUTE, last=slot))
