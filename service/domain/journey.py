"""The time machine: a reader's whole way through a programme, by the function that plans; refuses to invent a date.

Moves are what a reader may do on the way. Each is given with the number of the letter it follows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Generic

from service.domain.moves import Move, What, moved
from service.domain.schedule import FIRST_AFTER, Rhythm, first_slot, local, local_day, next_slot, pause_end
from service.domain.sequences import Choice, Placed, Standing, Way
from service.domain.subscribers import DAYS
from service.domain.turns import End, Place, Send, Wait, after, next_turn

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
    now, number, reason = place.next_due_at, 0, _first_reason(rhythm, confirmed)
    while number < LONGEST:
        match next_turn(rhythm, way, place, now=now):
            case End():
                return
            case Wait(until):
                place = Place(place.standing, place.last_planned_at, until)
                now = until
            case Send(letter, reached, slot, following):
                number += 1
                yield Stage(number, letter, slot, local(slot, rhythm.zone), _with_hour(reason, rhythm, slot))
                place = Place(after(place.standing, Choice(letter, reached)), slot, following)
                now, reason = following, _next_reason(rhythm, slot, following)
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
        why = f"the next {_wish(rhythm)} after a pause of {_count(move.weeks or 0, 'week')}"
        return _Told(place, max(place.next_due_at, until), why)
    place = moved(move, way, place, rhythm, now=now)
    put_off = _again_reason(rhythm, now, place.next_due_at, move) if move.what is What.AGAIN else ""
    return _Told(place, place.next_due_at, put_off)


def _first_reason(rhythm: Rhythm, confirmed: datetime) -> str:
    hours = int(FIRST_AFTER.total_seconds() // 3600)
    usual = first_slot(replace(rhythm, quiet_days=frozenset()), confirmed=confirmed)
    return _past_quiet(f"the first {_wish(rhythm)} at least {hours} hours after confirming", rhythm, usual)


def _next_reason(rhythm: Rhythm, slot: datetime, following: datetime) -> str:
    days = _days_between(rhythm, slot, following)
    reason = f"{_count(days // 7, 'week') if days % 7 == 0 else _count(days, 'day')} after the one before"
    usual = next_slot(replace(rhythm, quiet_days=frozenset()), earliest=slot + timedelta(minutes=1), last=slot)
    return _past_quiet(reason, rhythm, usual)


def _again_reason(rhythm: Rhythm, slot: datetime, due: datetime, move: Move) -> str:
    days = _days_between(rhythm, slot, due)
    wished = " as wished" if days == move.days else ", the first day on which mail may come"
    return f"the same letter once more, {_count(days, 'day')} later{wished}"


def _past_quiet(reason: str, rhythm: Rhythm, usual: datetime) -> str:
    """A reason with the quiet day on which the letter would have come."""
    day = local_day(usual, rhythm.zone)
    return f"{reason}; {day:%-d %B} is a day without mail" if (day.month, day.day) in rhythm.quiet_days else reason


def _days_between(rhythm: Rhythm, earlier: datetime, later: datetime) -> int:
    return (local_day(later, rhythm.zone) - local_day(earlier, rhythm.zone)).days


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
