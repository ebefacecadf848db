"""What will come to one reader, over all that they are on, by the function that plans; refuses to invent a date.

Everything is taken to go well: a planned letter leaves before the next one of its way is due, and no letter is given back.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Generic

from service.domain import reasons
from service.domain.schedule import Block, Rhythm, day_after, first_slot, is_late, local, local_day, make_room, next_slot
from service.domain.sequences import Placed, Way, Wish
from service.domain.turns import End, Place, Send, Wait, block_of, next_turn, sent

_NO_DAYS: Final[frozenset[date]] = frozenset()


@dataclass(frozen=True, slots=True)
class Track(Generic[Placed]):
    """One running enrolment of a reader. `id` is the enrolment's: planning goes by it where several are due at once.

    `first_date` is the batch's where this is one; `instead` says that programmes wait for it. Leave out what is held, paused
    or not live: nothing comes of it, and nothing waits for it.
    """

    id: int
    rhythm: Rhythm
    way: Way[Placed]
    place: Place
    begun_at: datetime
    first_date: date | None = None
    instead: bool = False


@dataclass(frozen=True, slots=True)
class Coming(Generic[Placed]):
    """A letter that will come: its track as it then stands, its slot in UTC and as the reader's wall shows it, and why then."""

    track: Track[Placed]
    letter: Placed
    slot: datetime
    wall: datetime
    reason: str


def forecast(
    tracks: Iterable[Track[Placed]],
    *,
    now: datetime,
    until: datetime,
    paused_until: datetime | None = None,
    taken: Collection[date] = _NO_DAYS,
) -> Iterator[Coming[Placed]]:
    """All that will come to one reader from `now` to before `until`, in the order in which it is planned.

    `taken` are the reader's local days, from today on, that have a letter already. A letter that is due, and not so late that
    it waits for another slot, is yet to come.
    """
    tick = max(now, paused_until) if paused_until else now
    reader = _Reader(tracks, taken, tick, paused_until)
    while reader.next_due_at is not None:
        tick = max(tick, reader.next_due_at)
        if tick >= until:
            return
        yield from reader.plan(tick)


def blocks_for(track: Track[Placed], tracks: Iterable[Track[Placed]], *, now: datetime) -> list[Block]:
    """The batches for which a track waits; a batch waits for none. `now` is when mail may come again, if they pause."""
    if track.first_date is not None:
        return []
    found = (block_of(each.rhythm, each.way, each.place, now=now) for each in tracks if each.instead)
    return [block for block in found if block is not None]


class _Reader(Generic[Placed]):
    """Where each track stands, which days have a letter, and why the next one of each track comes when it does."""

    def __init__(
        self, tracks: Iterable[Track[Placed]], taken: Collection[date], tick: datetime, paused_until: datetime | None
    ) -> None:
        self._tracks = {each.id: each for each in sorted(tracks, key=lambda each: each.id)}
        self._taken = set(taken)
        self._paused_until = paused_until
        self._why = {each.id: _why_due(each, self._blocks(each, tick)) for each in self._tracks.values()}

    @property
    def next_due_at(self) -> datetime | None:
        """When the next letter of any track is due; None at the end of all."""
        return min((each.place.next_due_at for each in self._tracks.values()), default=None)

    def plan(self, tick: datetime) -> Iterator[Coming[Placed]]:
        """What planning would do at this moment, track after track."""
        for track in [each for each in self._tracks.values() if each.place.next_due_at <= tick]:
            blocks = self._blocks(track, tick)
            match next_turn(track.rhythm, track.way, track.place, now=tick, blocks=blocks):
                case End():
                    del self._tracks[track.id]
                case Wait(until):
                    self._put_off(track, until, self._why_waiting(track, until, tick))
                case Send() as send if local_day(send.slot, track.rhythm.zone) in self._taken:
                    due = day_after(track.rhythm, send.slot)
                    self._put_off(track, due, reasons.behind_a_full_day(track.rhythm, send.slot, due))
                case Send() as send:
                    yield self._sent(track, send)

    def _blocks(self, track: Track[Placed], tick: datetime) -> list[Block]:
        return blocks_for(track, self._tracks.values(), now=tick)

    def _put_off(self, track: Track[Placed], due: datetime, why: str) -> None:
        self._tracks[track.id] = replace(track, place=replace(track.place, next_due_at=due))
        self._why[track.id] = why

    def _sent(self, track: Track[Placed], send: Send[Placed]) -> Coming[Placed]:
        wall = local(send.slot, track.rhythm.zone)
        why = reasons.with_hour(self._why[track.id], track.rhythm, send.slot)
        self._taken.add(wall.date())
        self._tracks[track.id] = replace(track, place=sent(track.place, send))
        self._why[track.id] = _why_following(track.rhythm, send)
        return Coming(track, send.letter, send.slot, wall, why)

    def _why_waiting(self, track: Track[Placed], until: datetime, tick: datetime) -> str:
        place, rhythm = track.place, track.rhythm
        late = is_late(place.next_due_at, now=tick, speed=1.0)
        if not late or until != next_slot(rhythm, earliest=tick, last=place.last_planned_at):
            return reasons.behind_a_batch(rhythm)
        paused = self._paused_until is not None and place.next_due_at < self._paused_until
        return reasons.behind_a_pause(rhythm) if paused else reasons.of_a_wish(rhythm)


def _why_following(rhythm: Rhythm, send: Send[Placed]) -> str:
    if send.following != _following(rhythm, send.slot):
        return reasons.behind_a_batch(rhythm)
    return reasons.of_the_next(rhythm, send.slot, send.following)


def _why_due(track: Track[Placed], blocks: Collection[Block]) -> str:
    """Why a letter is due when it is, for a date that was found some time ago."""
    rhythm, place = track.rhythm, track.place
    last, due = place.last_planned_at, place.next_due_at
    if last is None and track.first_date is not None:
        return reasons.of_a_batch(rhythm, due, track.first_date)
    if last is not None and place.standing.wish is Wish.AGAIN:
        return reasons.of_the_same(rhythm, last, due)
    usual = first_slot(rhythm, confirmed=track.begun_at) if last is None else _following(rhythm, last)
    if due != usual and due == make_room(rhythm, usual, blocks, last):
        return reasons.behind_a_batch(rhythm)
    if last is not None:
        return reasons.of_the_next(rhythm, last, due)
    return reasons.of_the_first(rhythm, track.begun_at) if due == usual else reasons.of_a_wish(rhythm)


def _following(rhythm: Rhythm, slot: datetime) -> datetime:
    return next_slot(rhythm, earliest=slot + timedelta(minutes=1), last=slot)
