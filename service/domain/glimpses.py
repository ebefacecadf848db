"""What the desk may know of the letters that will come to a real reader: the day, and why; refuses to tell where they live.

The reasons that the forecast gives name hours, days without mail and hours in which none may come. Of a real reader all of
these are known to the reader alone (S-8), so that here a reason says only what came before.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Generic

from service.domain.forecast import Coming
from service.domain.reasons import count
from service.domain.schedule import local_day
from service.domain.sequences import Placed, Wish


@dataclass(frozen=True, slots=True)
class Glimpse(Generic[Placed]):
    """A letter to come, the day of it on the clocks of whoever looks, and why then. `track_id` is its enrolment's."""

    track_id: int
    letter: Placed
    day: date
    reason: str


def glimpses(comings: Iterable[Coming[Placed]], *, zone: str, pauses: bool) -> Iterator[Glimpse[Placed]]:
    """Letters to come as the desk may see them. `zone` is the one of whoever looks, never the reader's.

    `pauses` says that a pause of theirs holds now: the first letter of each sequence is the first one after it.
    """
    begun: set[int] = set()
    for coming in comings:
        after_pause = pauses and coming.track.id not in begun
        begun.add(coming.track.id)
        reason = "the first one after the pause" if after_pause else _reason(coming)
        yield Glimpse(coming.track.id, coming.letter, local_day(coming.slot, zone), reason)


def _reason(coming: Coming[Placed]) -> str:
    track, last = coming.track, coming.track.place.last_planned_at
    if last is None:
        return "the first letter of the batch" if track.first_date is not None else "the first letter"
    days = (local_day(coming.slot, track.rhythm.zone) - local_day(last, track.rhythm.zone)).days
    span = count(days // 7, "week") if days % 7 == 0 else count(days, "day")
    if track.place.standing.wish is Wish.AGAIN:
        return f"the same letter once more, {span} later, as wished"
    return f"{span} after the one before"
