"""What a reader can do about their own pace, and what each move means; refuses to count it for or against them.

A move is a wish about the next letter. It is kept with the place of the reader and granted when that letter is planned.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from service.domain.schedule import Rhythm, in_days, next_slot
from service.domain.sequences import Placed, Standing, Way, Wish, phase_of, position_of
from service.domain.turns import Place

DAYS_TO_CHOOSE: Final = (1, 2, 3)
"""After how many days the same letter can come once more."""

WEEKS_TO_CHOOSE: Final = (1, 2, 4)
"""How many weeks a pause can take, beside one that lasts until the reader says."""


class What(StrEnum):
    """The moves of a reader."""

    STAY = "stay"
    ON = "on"
    PART = "part"
    AGAIN = "again"
    USUAL = "usual"
    PAUSE = "pause"
    STOP = "stop"


FACTS: Final = {
    What.STAY: "stayed",
    What.ON: "went on",
    What.PART: "chose a part",
    What.AGAIN: "put off",
    What.USUAL: "as usual",
    What.PAUSE: "paused",
    What.STOP: "stopped",
}
"""What the history says of a move: a fact, never a failure."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move: `phase_id` belongs to a part, `days` to once more, `weeks` to a pause (None: until the reader says)."""

    what: What
    phase_id: int | None = None
    days: int = 0
    weeks: int | None = None


_MOVE: Final = re.compile(
    r"(?P<week>[1-9]\d{0,2}):(?P<what>stop|stay|on|part-(?P<part>[a-z0-9-]+)|again-(?P<days>[1-7])|pause(-(?P<weeks>[1-9]\d?))?)"
)


def parse_move(text: str, phases: Mapping[str, int]) -> tuple[int, Move]:
    """A move as written, with the letter it follows: `4:stop`, `3:pause-2`, `6:part-storm`.

    `phases` are ids by key. Raises ValueError with a sentence for anything else.
    """
    found = _MOVE.fullmatch(text)
    if found is None:
        raise ValueError(
            f"A move is written like 4:stop, 4:stay, 4:on, 6:part-storm, 5:again-2 (days), 3:pause-2 (weeks) or 3:pause, "
            f"not {text}."
        )
    if found["part"] is not None and found["part"] not in phases:
        raise ValueError(f"There is no part {found['part']}. The parts are: {', '.join(phases)}.")
    move = Move(
        What(found["what"].partition("-")[0]),
        phase_id=phases[found["part"]] if found["part"] else None,
        days=int(found["days"] or 0),
        weeks=int(found["weeks"]) if found["weeks"] else None,
    )
    return int(found["week"]), move


def part_after(way: Way[Placed], standing: Standing) -> int | None:
    """The id of the part that follows the one a reader is in; None in the last one."""
    here, place = phase_of(way, standing), position_of(way, standing)
    return next((each.phase_id for each in way.main if each.position > place and each.phase_id != here), None)


def parts_before(way: Way[Placed], standing: Standing) -> list[int]:
    """The ids of the parts before the one a reader is in, in their order."""
    here, place = phase_of(way, standing), position_of(way, standing)
    passed = {each.phase_id for each in way.main if each.position < place}
    return [phase for phase in way.phases if phase in passed and phase != here]


def moved(move: Move, way: Way[Placed], place: Place, rhythm: Rhythm, *, now: datetime) -> Place:
    """Where a reader stands with a new wish about the next letter. A pause and a stop are not about one letter.

    Raises ValueError for a part that the way does not have, for going on from the last one, and for staying with or repeating
    a letter before the first has come.
    """
    standing = replace(place.standing, wish=None, wish_phase_id=None)
    due = _usual_due(place, rhythm, now=now)
    if move.what in (What.STAY, What.AGAIN) and standing.last is None:
        raise ValueError("No letter has come yet.")
    match move.what:
        case What.STAY:
            return replace(place, standing=replace(standing, wish=Wish.STAY), next_due_at=due)
        case What.ON | What.PART:
            part = part_after(way, standing) if move.what is What.ON else move.phase_id
            if part not in way.phases:
                raise ValueError("There is no such part.")
            return replace(place, standing=replace(standing, wish=Wish.PART, wish_phase_id=part), next_due_at=due)
        case What.AGAIN:
            return replace(place, standing=replace(standing, wish=Wish.AGAIN), next_due_at=in_days(rhythm, now, move.days))
        case _:
            return replace(place, standing=standing, next_due_at=due)


def _usual_due(place: Place, rhythm: Rhythm, *, now: datetime) -> datetime:
    """When the next letter comes without a wish: a letter that was put off had moved it."""
    if place.standing.wish is not Wish.AGAIN:
        return place.next_due_at
    return next_slot(rhythm, earliest=now, last=place.last_planned_at)
