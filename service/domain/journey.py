"""The time machine: a reader's whole way through a programme, by the function that plans; refuses to invent a date.

Moves are what a reader may do on the way. Each is given with the number of the letter it follows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic

from service.domain import reasons
from service.domain.moves import Move, What, moved
from service.domain.schedule import Rhythm, first_slot, local, pause_end
from service.domain.sequences import Placed, Standing, Way
from service.domain.turns import End, Place, Send, Wait, next_turn, sent

LONGEST: Final = 120
"""So many letters are told of a way that begins again for ever."""


@dataclass(frozen=True, slots=True)
class Stage(Generic[Placed]):
    """One letter of a journey: its number from 1, its slot in UTC and as the reader's wall shows it, and why then."""

    number: int
    letter: Placed
    slot: datetime
    wall: datetime
    reason: str


def journey(
    rhythm: Rhythm,
    way: Way[Placed],
    *,
    confirmed: datetime,
    moves: Mapping[int, Move] | None = None,
    standing: Standing | None = None,
) -> Iterator[Stage[Placed]]:
    """Every letter from confirming to the end, with the reason for its date. A way without end is told up to `LONGEST`."""
    moves = moves or {}
    place = Place(standing or Standing(), None, first_slot(rhythm, confirmed=confirmed))
    now, number, reason = place.next_due_at, 0, reasons.of_the_first(rhythm, confirmed)
    while number < LONGEST:
        match next_turn(rhythm, way, place, now=now):
            case End():
                return
            case Wait(until):
                place = Place(place.standing, place.last_planned_at, until)
                now = until
            case Send(letter, slot=slot, following=following) as send:
                number += 1
                yield Stage(number, letter, slot, local(slot, rhythm.zone), reasons.with_hour(reason, rhythm, slot))
                place = sent(place, send)
                now, reason = following, reasons.of_the_next(rhythm, slot, following)
                if number in moves:
                    told = _told(moves[number], way, place, rhythm, now=slot)
                    if told is None:
                        return
                    place, now, reason = told.place, told.now, told.reason or reason


@dataclass(frozen=True, slots=True)
class _Told:
    """How a journey goes on after a move: from which place, at what time, and why the next date is what it is."""

    place: Place
    now: datetime
    reason: str = ""


def _told(move: Move, way: Way[Placed], place: Place, rhythm: Rhythm, *, now: datetime) -> _Told | None:
    """What a move leads to; None where the journey ends with it."""
    if move.what is What.STOP or (move.what is What.PAUSE and move.weeks is None):
        return None
    if move.what is What.PAUSE:
        # A pause begins at the letter it follows; what falls into it is not sent afterwards.
        until = pause_end(now, rhythm.zone, move.weeks or 0)
        why = f"{reasons.behind_a_pause(rhythm)} of {reasons.count(move.weeks or 0, 'week')}"
        return _Told(place, max(place.next_due_at, until), why)
    place = moved(move, way, place, rhythm, now=now)
    put_off = reasons.of_the_same(rhythm, now, place.next_due_at, move.days) if move.what is What.AGAIN else ""
    return _Told(place, place.next_due_at, put_off)
