"""The days and hours of the calendar, and what it shows in each; refuses to count: the store does."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from service.domain.schedule import instant, local
from service.store.calendar import Counts, Line, What

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
AT_ONCE: Final = 7

WORDS: Final[Mapping[What, str]] = {
    What.SENT: "sent",
    What.UNKNOWN: "unknown",
    What.REFUSED: "refused",
    What.SKIPPED: "skipped",
    What.WAITING: "waiting",
    What.COMING: "to come",
    What.HELD: "held",
}
LOOKS: Final[Mapping[What, str]] = {What.COMING: "waiting", What.HELD: "skipped"}
"""The look of a state, where it has not its own name."""

IN_A_CELL: Final = ((What.SENT, (What.SENT,)), (What.COMING, (What.WAITING, What.COMING)), (What.HELD, (What.HELD,)))
"""What a month and a week show; a day shows each state by itself."""


@dataclass(frozen=True, slots=True)
class Number:
    """How many letters, in one state."""

    what: What
    count: int

    @property
    def words(self) -> str:
        """The state in words."""
        return WORDS[self.what]

    @property
    def look(self) -> str:
        """The shape and colour of the state."""
        return LOOKS.get(self.what, str(self.what))


@dataclass(frozen=True, slots=True)
class Item:
    """One programme or batch in one place of the calendar."""

    line: Line
    numbers: tuple[Number, ...]
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour that has letters; `at` is when it begins."""

    at: datetime
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of a month or of a week."""

    day: date
    items: tuple[Item, ...] = ()
    hours: tuple[Hour, ...] = ()
    is_beyond: bool = False


def day_begins(day: date, zone: str) -> datetime:
    """The instant at which a day begins on the clocks of a zone."""
    return instant(day, time(0), zone)


def days_of(first: date, after: date, zone: str) -> list[datetime]:
    """When each day begins from the first one on, and when the last one ends."""
    return [day_begins(first + number * DAY, zone) for number in range((after - first).days + 1)]


def hours_of(first: date, after: date, zone: str) -> list[datetime]:
    """When each hour of a wall begins over some days; one that comes twice when clocks go back is two."""
    moment, end = day_begins(first, zone), day_begins(after, zone)
    bounds = []
    while moment < end:
        bounds.append(moment)
        wall = local(moment, zone)
        moment = min(moment + HOUR - timedelta(minutes=wall.minute, seconds=wall.second), end)
    return [*bounds, end]


def month_of(day: date) -> tuple[date, date]:
    """The first day of a month, and the first one after it."""
    first = day.replace(day=1)
    return first, (first + 31 * DAY).replace(day=1)


def week_of(day: date) -> tuple[date, date]:
    """The Monday of a week, and the next one."""
    monday = day - day.weekday() * DAY
    return monday, monday + AT_ONCE * DAY


def month(first: date, after: date, counts: Counts, known: Mapping[int, Line]) -> list[list[Cell]]:
    """The weeks of a month, with the days beside it that fill the first and the last."""
    by_day = _by_place(counts)
    monday, (_, end) = week_of(first)[0], week_of(after - DAY)
    cells = [
        Cell(day, is_beyond=True)
        if not first <= day < after
        else Cell(day, _items(by_day.get((day - first).days, {}), known, day))
        for day in (monday + number * DAY for number in range((end - monday).days))
    ]
    return [cells[start : start + AT_ONCE] for start in range(0, len(cells), AT_ONCE)]


def week(first: date, bounds: Sequence[datetime], counts: Counts, known: Mapping[int, Line], zone: str) -> list[Cell]:
    """The days of a week, each with its hours."""
    hours = hours_with_letters(bounds, counts, known, zone)
    days = [first + number * DAY for number in range(AT_ONCE)]
    return [Cell(day, hours=tuple(each for each in hours if local(each.at, zone).date() == day)) for day in days]


def hours_with_letters(
    bounds: Sequence[datetime], counts: Counts, known: Mapping[int, Line], zone: str, *, in_full: bool = False
) -> list[Hour]:
    """The hours that have anything, in their order."""
    return [
        Hour(bounds[place], _items(found, known, local(bounds[place], zone).date(), in_full=in_full))
        for place, found in sorted(_by_place(counts).items())
    ]


def _by_place(counts: Counts) -> dict[int, dict[int, Counter[What]]]:
    found: dict[int, dict[int, Counter[What]]] = defaultdict(dict)
    for (place, sequence_id), counter in counts.items():
        found[place][sequence_id] = counter
    return found


def _items(
    found: Mapping[int, Counter[What]], known: Mapping[int, Line], day: date, *, in_full: bool = False
) -> tuple[Item, ...]:
    items = [
        Item(known[id_], numbers, begins=known[id_].first_date == day)
        for id_, counter in found.items()
        if (numbers := _numbers(counter, in_full=in_full))
    ]
    return tuple(sorted(items, key=lambda each: (each.line.is_batch, each.line.title, each.line.id)))


def _numbers(counter: Counter[What], *, in_full: bool) -> tuple[Number, ...]:
    shown = tuple((each, (each,)) for each in What) if in_full else IN_A_CELL
    summed = ((what, sum(counter[each] for each in parts)) for what, parts in shown)
    return tuple(Number(what, count) for what, count in summed if count)


def sums(counts: Counts) -> list[Number]:
    """All that is counted, by state."""
    total = sum(counts.values(), start=Counter[What]())
    return [Number(what, total[what]) for what in What if total[what]]


def of_one(counts: Counts, sequence_id: int) -> int:
    """How many letters of one sequence leave or left."""
    kept = (What.SENT, What.WAITING, What.COMING, What.HELD)
    return sum(counter[what] for (_, id_), counter in counts.items() if id_ == sequence_id for what in kept)
