"""The time machine: a reader's whole way through a programme, by the function that plans; refuses to invent a date.

Moves are what a reader may do on the way. Each is given with the week it follows: `4:stop` after the fourth letter.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic

from service.domain.schedule import FIRST_AFTER, Rhythm, first_slot, local, pause_end
from service.domain.sequences import Placed
from service.domain.subscribers import DAYS
from service.domain.turns import End, Place, Send, Wait, next_turn

STOP: Final = "stop"
_MOVE: Final = re.compile(r"(?P<week>[1-9]\d{0,2}):(?P<what>stop|pause-(?P<weeks>[1-9]\d?))")


@dataclass(frozen=True, slots=True)
class Stage(Generic[Placed]):
    """One letter of a journey: its number from 1, its slot in UTC and as the reader's wall shows it, and why then."""

    number: int
    letter: Placed
    slot: datetime
    wall: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Move:
    """Something the reader does after a letter: stop, or pause for some weeks."""

    what: str
    weeks: int = 0


def parse_move(text: str) -> tuple[int, Move]:
    """A move as written: `4:stop`, `3:pause-2`. Raises ValueError with a sentence for anything else."""
    found = _MOVE.fullmatch(text)
    if found is None:
        raise ValueError(f"A move is written like 4:stop or 3:pause-2 (weeks), not {text}.")
    return int(found["week"]), Move(STOP if found["what"] == STOP else "pause", int(found["weeks"] or 0))


def journey(
    rhythm: Rhythm, letters: Sequence[Placed], *, confirmed: datetime, moves: Mapping[int, Move] | None = None
) -> Iterator[Stage[Placed]]:
    """Every letter from confirming to the end, with the reason for its date."""
    moves = moves or {}
    place = Place(None, None, first_slot(rhythm, confirmed=confirmed))
    now, number, reason = place.next_due_at, 0, _first_reason(rhythm)
    while True:
        match next_turn(rhythm, letters, place, now=now):
            case End():
                return
            case Wait(until):
                place = Place(place.last_letter_id, place.last_planned_at, until)
                now = until
            case Send(letter, slot, following):
                number += 1
                yield Stage(number, letter, slot, local(slot, rhythm.zone), _with_hour(reason, rhythm, slot))
                place = Place(letter.id, slot, following)
                now, reason = following, _next_reason(rhythm, slot, following)
                move = moves.get(number)
                if move is not None and move.what == STOP:
                    return
                if move is not None:
                    # A pause begins at the letter it follows; what falls into it is not sent afterwards.
                    now = max(following, pause_end(slot, rhythm.zone, move.weeks))
                    reason = f"the next {_wish(rhythm)} after a pause of {_count(move.weeks, 'week')}"


def _first_reason(rhythm: Rhythm) -> str:
    hours = int(FIRST_AFTER.total_seconds() // 3600)
    return f"the first {_wish(rhythm)} at least {hours} hours after confirming"


def _next_reason(rhythm: Rhythm, slot: datetime, following: datetime) -> str:
    days = (local(following, rhythm.zone).date() - local(slot, rhythm.zone).date()).days
    return f"{_count(days // 7, 'week') if days % 7 == 0 else _count(days, 'day')} after the one before"


def _with_hour(reason: str, rhythm: Rhythm, slot: datetime) -> str:
    wall = local(slot, rhythm.zone)
    if wall.hour == rhythm.hour:
        return reason
    why = "mail must not come at" if rhythm.hour in rhythm.never_hours else "there is no"
    return f"{reason}; {why} {rhythm.hour:02}:00 on that day"


def _wish(rhythm: Rhythm) -> str:
    day = DAYS[rhythm.weekday] if rhythm.pace_days >= 7 else "day"
    return f"{day} at {rhythm.hour:02}:00"


def _count(number: int, word: str) -> str:
    return f"one {word}" if number == 1 else f"{number} {word}s"
