"""Batches: what may be done with one and when, and when its letters come to whom; refuses to know who gets them."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Final

from service.domain.schedule import Rhythm, instant, next_slot, slot_from
from service.domain.subscribers import zone_names


class State(StrEnum):
    """The states of a batch. Closed: the table checks it too."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class Verb(StrEnum):
    """What happens to a batch. The clock starts and finishes it; it may also pause it (`should_pause`)."""

    CONFIRM = "confirm"
    UNDO = "undo"
    MOVE = "move"  # to another first date
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    FINISH = "finish"
    DUPLICATE = "duplicate"


MAY: Final[dict[tuple[State, Verb], State]] = {
    (State.DRAFT, Verb.CONFIRM): State.SCHEDULED,
    (State.SCHEDULED, Verb.UNDO): State.DRAFT,
    (State.DRAFT, Verb.MOVE): State.DRAFT,
    (State.SCHEDULED, Verb.MOVE): State.SCHEDULED,
    (State.SCHEDULED, Verb.START): State.RUNNING,
    (State.RUNNING, Verb.PAUSE): State.PAUSED,
    (State.PAUSED, Verb.RESUME): State.RUNNING,
    (State.RUNNING, Verb.FINISH): State.DONE,
    **{(state, Verb.CANCEL): State.CANCELLED for state in (State.DRAFT, State.SCHEDULED, State.RUNNING, State.PAUSED)},
    # The batch itself stays as it is; its copy begins as a draft.
    **{(state, Verb.DUPLICATE): state for state in State},
}
"""What a batch becomes; what is not listed does not happen."""

UNDO_WITHIN: Final = timedelta(minutes=10)
"""How long, in real time, a confirmation can be taken back. Nothing leaves before that."""


def verbs(state: State) -> frozenset[Verb]:
    """What can happen to a batch in this state."""
    return frozenset(verb for from_, verb in MAY if from_ is state)


def may_undo(state: State, confirmed_at: datetime | None, *, wall: datetime) -> bool:
    """Whether a confirmation can still be taken back."""
    return (state, Verb.UNDO) in MAY and confirmed_at is not None and wall - confirmed_at <= UNDO_WITHIN


def may_start(state: State, first_date: date, confirmed_at: datetime | None, *, now: datetime, wall: datetime) -> bool:
    """Whether the clock is to start a batch: its day has begun somewhere, and nobody can take it back any more."""
    if (state, Verb.START) not in MAY or confirmed_at is None or may_undo(state, confirmed_at, wall=wall):
        return False
    return now >= launch_at(first_date)


# What is said of a batch before it can be confirmed

CADENCES: Final = (1, 2, 3, 4, 5, 6, 7, 14, 21, 28)
MOST_SPREAD_HOURS: Final = 12
LONGEST_NAME: Final = 100


class Manner(StrEnum):
    """How a batch stands beside the programmes of its readers: these wait, or its letters come on top for who wants that."""

    INSTEAD = "instead"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Timing:
    """When a batch comes, as it was said: a first day on everybody's own wall, a pace, and an hour, None for each their own.

    With `spread_hours` the letters of one hour leave over that many hours.
    """

    first_date: date
    cadence_days: int
    hour: int | None = None
    spread_hours: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A batch as it is about to be confirmed: what was said about it, and how many live letters it has."""

    name: str
    letters: int
    timing: Timing
    rolling: bool = False
    rolling_until: date | None = None


def faults(plan: Plan, *, now: datetime) -> dict[str, str]:
    """What stands against confirming a batch: a sentence for each field. Empty if nothing does."""
    timing, until = plan.timing, plan.rolling_until
    found = {
        "name": (not 1 <= len(plan.name.strip()) <= LONGEST_NAME, f"Give the batch a name of up to {LONGEST_NAME} characters."),
        "letters": (plan.letters < 1, "Write one letter at least, and have it ready to go out."),
        "first_date": (now >= over_at(timing.first_date), "This day is over. Choose a later one."),
        "cadence_days": (timing.cadence_days not in CADENCES, "Choose how many days lie between two letters."),
        "hour": (timing.hour not in (None, *range(24)), "Choose an hour of the day, or each reader's own."),
        "spread_hours": (not 0 <= timing.spread_hours <= MOST_SPREAD_HOURS, f"Choose 0 to {MOST_SPREAD_HOURS} hours."),
        "rolling_until": (
            plan.rolling and until is not None and until < timing.first_date,
            "New readers can join until the first day or later.",
        ),
    }
    return {field: sentence for field, (wrong, sentence) in found.items() if wrong}


# Days on the whole earth

_FIRST: Final = timezone(timedelta(hours=14))
_LAST: Final = timezone(timedelta(hours=-12))


def launch_at(first_date: date) -> datetime:
    """The instant at which a day begins anywhere on earth."""
    return datetime.combine(first_date, time(0), _FIRST).astimezone(UTC)


def over_at(day: date) -> datetime:
    """The instant at which a day is over everywhere."""
    return datetime.combine(day + timedelta(days=1), time(0), _LAST).astimezone(UTC)


def takes_newcomers(state: State, *, rolling: bool, rolling_until: date | None, now: datetime) -> bool:
    """Whether readers who fit the audience by now still join. The audience of any other batch is taken once, at its start."""
    return rolling and state is State.RUNNING and (rolling_until is None or now < over_at(rolling_until))


def is_editable(state: State, first_date: date, cadence_days: int, number: int, *, now: datetime) -> bool:
    """Whether the words of a letter of a batch may still change; `number` counts from 1.

    They may until the day of the letter has begun somewhere. Nothing is skipped on the way of a batch, and whoever joins or
    waits gets it later: they read the same words. (Who changes their hour on the way may get it the evening before.)
    """
    if state in (State.DONE, State.CANCELLED):
        return False
    return state is State.DRAFT or now < launch_at(first_date + timedelta(days=cadence_days * (number - 1)))


# When its letters come

_DAY_MINUTES: Final = 24 * 60
SHIFT_STEP: Final = 7919  # a prime that divides no spread: ids in a row fall on all its minutes alike


def shift_minutes(subscriber_id: int, spread_hours: int) -> int:
    """By how many minutes a reader's letters leave later, where a batch is spread; the same for all its letters."""
    return subscriber_id * SHIFT_STEP % (spread_hours * 60) if spread_hours else 0


def rhythm_in(timing: Timing, reader: Rhythm, shift: int) -> Rhythm:
    """A reader's rhythm in a batch: of their own one the zone, the shut hours and days, and the hour where it is theirs."""
    hour, minute = shifted(reader.hour if timing.hour is None else timing.hour, shift)
    return replace(reader, weekday=timing.first_date.weekday(), pace_days=timing.cadence_days, hour=hour, minute=minute)


def shifted(hour: int, shift: int) -> tuple[int, int]:
    """The hour and minute that lie so many minutes behind a full hour, on the same day.

    What would come after midnight begins again at the hour, so that nothing piles up at 23:59.
    """
    hours, minute = divmod(shift % (_DAY_MINUTES - hour * 60), 60)
    return hour + hours, minute


def first_in_batch(rhythm: Rhythm, first_date: date, *, now: datetime) -> datetime:
    """The slot of a reader's first letter of a batch: on its first day, or the next on which mail may come to them.

    Who joins when that is over begins at the next slot of the batch's pace.
    """
    slot = slot_from(rhythm, first_date)
    return slot if slot >= now else next_slot(rhythm, earliest=now, last=None)


def bounds(timing: Timing, zones: Collection[str] | None = None) -> tuple[datetime, datetime]:
    """The first and the last instant at which the first letters leave, if no wish of a reader is in the way.

    `zones` are those of the audience; without them, or with none, all there are.
    """
    hours = range(24) if timing.hour is None else (timing.hour,)
    first = hours[0] * 60
    last = min(hours[-1] * 60 + max(timing.spread_hours * 60 - 1, 0), _DAY_MINUTES - 1)
    # Where clocks change a later wall time may be an earlier instant; they change as a quarter of an hour begins.
    between = [n for n in range(first, last + 1) if n % 15 in (0, 14)] if timing.spread_hours else []
    walls = [time(*divmod(minute, 60)) for minute in (*(hour * 60 for hour in hours), *between)]
    slots = [instant(timing.first_date, wall, zone) for zone in zones or zone_names() for wall in walls]
    return min(slots), max(slots)


# When a batch is paused by itself (B-12)

LOOKED_AT: Final = 500
"""So many letters are looked at: those of the batch that were settled last, none before it was last resumed."""

HARD_SHARE: Final = 0.05
COMPLAINT_SHARE: Final = 0.001
LEAST_SETTLED: Final = 20
LEAST_HARD: Final = 3
"""A share of fewer letters, or of one or two addresses that are gone, says nothing."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How many of the last letters of a batch were settled, were refused or sent back for good, and were complained of."""

    letters: int
    hard: int
    complaints: int


def should_pause(last: Settled) -> str | None:
    """Why a batch is to be paused, as a sentence; None if it need not be.

    One complaint in the last 500 is more than one in a thousand, so it pauses: somebody looks, and may go on.
    """
    if last.complaints and last.complaints >= COMPLAINT_SHARE * last.letters:
        return f"{_of(last.complaints, last.letters)} reported as spam."
    if last.letters >= LEAST_SETTLED and last.hard >= LEAST_HARD and last.hard >= HARD_SHARE * last.letters:
        return f"{_of(last.hard, last.letters)} refused, or came back for good."
    return None


def _of(part: int, whole: int) -> str:
    return f"{part:,} of the last {whole:,} letters {'was' if part == 1 else 'were'}"


SMALL: Final = 5


def small(number: int) -> str:
    """A number of readers as the desk shows it: too few of them could be known by it."""
    return f"fewer than {SMALL}" if 0 < number < SMALL else f"{number:,}"
