"""The next turn of a reader in a sequence: which letter, when, and what comes after; refuses to write it down.

This one function says when: planning acts on it, `journey` walks along it, and so does every page that shows a date.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic

from service.domain.schedule import Rhythm, is_late, next_slot
from service.domain.sequences import Choice, Placed, Standing, Way, choose

_A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader stands, the slot of the letter last planned (None before the first), and when the next one is due."""

    standing: Standing
    last_planned_at: datetime | None
    next_due_at: datetime


@dataclass(frozen=True, slots=True)
class Send(Generic[Placed]):
    """A letter goes out at this slot, with which a main letter is reached; the following one is due then."""

    letter: Placed
    reached: int | None
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
    rhythm: Rhythm, way: Way[Placed], place: Place, *, now: datetime, speed: float = 1.0
) -> Send[Placed] | Wait | End:
    """What is to happen with a reader whose time has come at calendar time `now`. `speed` is how fast the calendar runs."""
    choice = choose(way, place.standing)
    if choice is None:
        return End()
    if is_late(place.next_due_at, now=now, speed=speed):
        return Wait(next_slot(rhythm, earliest=now, last=place.last_planned_at))
    slot = place.next_due_at
    return Send(choice.letter, choice.reached, slot, next_slot(rhythm, earliest=slot + _A_MINUTE, last=slot))


def after(standing: Standing, choice: Choice[Placed]) -> Standing:
    """Where a reader stands once a letter is planned: the wish has been granted."""
    return replace(standing, reached=choice.reached, seen=(*standing.seen, choice.letter.id), wish=None, wish_phase_id=None)


def is_last(way: Way[Placed], standing: Standing) -> bool:
    """Whether nothing comes after what came last, if the reader does nothing."""
    return choose(way, standing) is None


def expected_at(rhythm: Rhythm, place: Place, *, paused_until: datetime | None, now: datetime) -> datetime:
    """When the next letter comes, if nothing changes: what the pages say and planning does."""
    resumes = max(now, paused_until) if paused_until else now
    if is_late(place.next_due_at, now=resumes, speed=1.0):
        return next_slot(rhythm, earliest=resumes, last=place.last_planned_at)
    return place.next_due_at
