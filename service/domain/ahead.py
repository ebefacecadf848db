"""How many letters will leave when, over many readers at once; refuses to know who gets them.

It says what `forecast` says, without reasons and without the letters themselves: readers of whom the same is true are looked
at once, and the slots of a rhythm are found once.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from service.domain.schedule import UNTIL_I_SAY, Block, Rhythm, day_after, is_late, local_day, make_room, next_slot

_A_MINUTE: Final = timedelta(minutes=1)
_MOST_SLOTS: Final = 1 << 17
_NO_DAYS: Final[frozenset[date]] = frozenset()

MOST: Final = 120
"""So many letters are looked at of a way that begins again for ever."""

Coming = tuple[int, datetime]
"""A letter to come: the id of its sequence, and its slot."""


@dataclass(frozen=True, slots=True)
class Thread:
    """One running enrolment, as far as dates go.

    `due` is when its next letter is, `last` when the one before was, `left` how many are to come. `instead` is a batch for
    which programmes wait; a batch itself waits for none.
    """

    sequence_id: int
    rhythm: Rhythm
    due: datetime
    last: datetime | None
    left: int
    is_batch: bool = False
    instead: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """All that one reader is on, in the order of planning, until when they pause, and days that have a letter already."""

    threads: tuple[Thread, ...]
    paused_until: datetime | None = None
    taken: frozenset[date] = _NO_DAYS


def count(readers: Mapping[Reader, int], *, now: datetime, until: datetime) -> Counter[Coming]:
    """How many letters will leave at which slot from `now` to before `until`. `readers` says of how many the same is true."""
    found: Counter[Coming] = Counter()
    for reader, number in readers.items():
        for coming in slots_of(reader, now=now, until=until):
            found[coming] += number
    return found


def slots_of(reader: Reader, *, now: datetime, until: datetime) -> Iterable[Coming]:
    """What will come to one reader."""
    tick = max(now, reader.paused_until) if reader.paused_until else now
    if tick >= until:
        return ()
    if len(reader.threads) == 1 and not reader.taken:
        return _of_one(reader.threads[0], tick, until)
    return _Walk(reader).until(tick, until)


def joined(threads: Iterable[Thread], batches: Iterable[Thread], *, now: datetime) -> tuple[Thread, ...]:
    """What a reader is on once batches have begun that have not begun yet: their programmes make room at the launch."""
    own, new = tuple(threads), tuple(batches)
    blocks = [block for each in (*own, *new) if each.instead and (block := _block(each, now)) is not None]
    return (*(each if each.is_batch else _moved(each, blocks) for each in own), *new)


def _moved(thread: Thread, blocks: Collection[Block]) -> Thread:
    due = _room(thread.rhythm, thread.due, blocks, thread.last)
    return thread if due == thread.due else replace(thread, due=due)


def _room(rhythm: Rhythm, slot: datetime, blocks: Collection[Block], last: datetime | None) -> datetime:
    return _room_of(rhythm, slot, tuple(blocks), last) if blocks else slot


@lru_cache(maxsize=_MOST_SLOTS)
def _room_of(rhythm: Rhythm, slot: datetime, blocks: tuple[Block, ...], last: datetime | None) -> datetime:
    return make_room(rhythm, slot, blocks, last)


def _of_one(thread: Thread, tick: datetime, until: datetime) -> Iterator[Coming]:
    """The letters of a reader who is on one thing only: nothing else can come in its way."""
    slot = _in_time(thread, tick)
    for _ in range(thread.left):
        if slot >= until:
            return
        yield thread.sequence_id, slot
        slot = _following(thread.rhythm, slot)


def _in_time(thread: Thread, tick: datetime) -> datetime:
    late = is_late(thread.due, now=tick, speed=1.0)
    return next_slot(thread.rhythm, earliest=tick, last=thread.last) if late else thread.due


@lru_cache(maxsize=_MOST_SLOTS)
def _following(rhythm: Rhythm, slot: datetime) -> datetime:
    return next_slot(rhythm, earliest=slot + _A_MINUTE, last=slot)


@lru_cache(maxsize=_MOST_SLOTS)
def _last_of(rhythm: Rhythm, first: datetime, count: int) -> datetime:
    slot = first
    for _ in range(count - 1):
        slot = _following(rhythm, slot)
    return slot


def _block(thread: Thread, tick: datetime) -> Block | None:
    """The time that a batch takes instead of programmes, from its first letter to the last one expected."""
    if tick >= UNTIL_I_SAY or thread.left == 0:
        return Block(thread.last, thread.last) if thread.last else None
    slot = _in_time(thread, max(tick, thread.due))
    return Block(thread.last or slot, _last_of(thread.rhythm, slot, min(thread.left, MOST)))


class _Walk:
    """One reader, planned for as the clock would: what is due in its order, one letter a day, programmes behind batches."""

    def __init__(self, reader: Reader) -> None:
        self._threads = dict(enumerate(reader.threads))
        self._taken = set(reader.taken)

    def until(self, tick: datetime, until: datetime) -> Iterator[Coming]:
        """All letters before a moment."""
        while self._threads:
            tick = max(tick, min(each.due for each in self._threads.values()))
            if tick >= until:
                return
            for number in [number for number, each in self._threads.items() if each.due <= tick]:
                yield from self._turn(number, tick)

    def _turn(self, number: int, tick: datetime) -> Iterator[Coming]:
        thread = self._threads[number]
        if thread.left == 0:
            del self._threads[number]
            return
        blocks = [] if thread.is_batch else self._blocks(tick)
        slot = _room(thread.rhythm, _in_time(thread, tick), blocks, thread.last)
        if slot != thread.due:
            self._threads[number] = replace(thread, due=slot)
        elif (day := local_day(slot, thread.rhythm.zone)) in self._taken:
            self._threads[number] = replace(thread, due=day_after(thread.rhythm, slot))
        else:
            yield thread.sequence_id, slot
            self._taken.add(day)
            due = _room(thread.rhythm, _following(thread.rhythm, slot), blocks, slot)
            self._threads[number] = replace(thread, last=slot, left=thread.left - 1, due=due)

    def _blocks(self, tick: datetime) -> list[Block]:
        found = (_block(each, tick) for each in self._threads.values() if each.instead)
        return [each for each in found if each is not None]
