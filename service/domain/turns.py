"""The next turn of a reader in a sequence: which letter, when, and what comes after; refuses to write it down.

This one function says when: planning acts on it, `journey` walks along it, and so does every page that shows a date.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Generic

from service.domain.schedule import UNTIL_I_SAY, Block, Rhythm, is_late, make_room, next_slot
from service.domain.sequences import Choice, Placed, Standing, Way, choose

_A_MINUTE = timedelta(minutes=1)

_FORESEEN: Final = 120
"""A batch has far fewer letters; what has more, and might begin again for ever, is looked at so far."""


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
    """Found too late for its slot, or a batch comes instead: the one next letter comes at the next wished slot."""

    until: datetime


@dataclass(frozen=True, slots=True)
class End:
    """There is no letter after the last one."""


def next_turn(
    rhythm: Rhythm,
    way: Way[Placed],
    place: Place,
    *,
    now: datetime,
    speed: float = 1.0,
    blocks: Collection[Block] = (),
) -> Send[Placed] | Wait | End:
    """What is to happen with a reader whose time has come at calendar time `now`. `speed` is how fast the calendar runs.

    `blocks` are the batches that come instead of this programme.
    """
    choice = choose(way, place.standing)
    if choice is None:
        return End()
    slot, last = place.next_due_at, place.last_planned_at
    if is_late(slot, now=now, speed=speed):
        return Wait(make_room(rhythm, next_slot(rhythm, earliest=now, last=last), blocks, last))
    if (free := make_room(rhythm, slot, blocks, last)) != slot:
        return Wait(free)
    following = next_slot(rhythm, earliest=slot + _A_MINUTE, last=slot)
    return Send(choice.letter, choice.reached, slot, make_room(rhythm, following, blocks, slot))


def block_of(rhythm: Rhythm, way: Way[Placed], place: Place, *, now: datetime) -> Block | None:
    """The time that a running batch takes instead of programmes: from its first letter to the last one expected.

    `now` is when mail may come again, for a reader who pauses. None where nothing comes: programmes need not wait.
    """
    slots = [] if now >= UNTIL_I_SAY else _slots(rhythm, way, place, now=now)
    if place.last_planned_at is not None:
        slots.insert(0, place.last_planned_at)
    return Block(slots[0], slots[-1]) if slots else None


def _slots(rhythm: Rhythm, way: Way[Placed], place: Place, *, now: datetime) -> list[datetime]:
    """When the letters still to come would come if nothing else came between."""
    slots: list[datetime] = []
    while len(slots) < _FORESEEN:
        now = max(now, place.next_due_at)
        match next_turn(rhythm, way, place, now=now):
            case End():
                break
            case Wait(until):
                place = replace(place, next_due_at=until)
            case Send() as send:
                slots.append(send.slot)
                place = sent(place, send)
    return slots


def sent(place: Place, send: Send[Placed]) -> Place:
    """Where a reader stands once a letter is planned."""
    return Place(after(place.standing, Choice(send.letter, send.reached)), send.slot, send.following)


def after(standing: Standing, choice: Choice[Placed]) -> Standing:
    """Where a reader stands once a letter is planned: the wish has been granted."""
    return replace(standing, reached=choice.reached, seen=(*standing.seen, choice.letter.id), wish=None, wish_phase_id=None)


def is_last(way: Way[Placed], standing: Standing) -> bool:
    """Whether nothing comes after what came last, if the reader does nothing."""
    return choose(way, standing) is None


def expected_at(
    rhythm: Rhythm, place: Place, *, paused_until: datetime | None, now: datetime, blocks: Collection[Block] = ()
) -> datetime:
    """When the next letter comes, if nothing changes: what the pages say and planning does."""
    resumes = max(now, paused_until) if paused_until else now
    slot, last = place.next_due_at, place.last_planned_at
    if is_late(slot, now=resumes, speed=1.0):
        slot = next_slot(rhythm, earliest=resumes, last=last)
    return make_room(rhythm, slot, blocks, last)
