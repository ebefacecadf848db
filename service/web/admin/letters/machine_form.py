"""What somebody types about a made-up reader; refuses what no calendar knows, with a sentence for each field.

Everything comes in the address, so that a journey can be shown to a colleague by its link. Nobody real is in it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final

from werkzeug.datastructures import MultiDict

from service.domain.letters import PACES_TO_CHOOSE
from service.domain.moves import DAYS_TO_CHOOSE, WEEKS_TO_CHOOSE, Move, parse_move
from service.domain.schedule import MOST_QUIET_DAYS, Rhythm, instant
from service.web import numbers, zones

MOST_MOVES: Final = 12
SPARE_ROWS: Final = 2
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY: Final = re.compile(
    r"(?P<day>\d{1,2})\.? ?(?P<month>[a-z]{3})[a-z]*|(?P<number>\d{1,2})-(?P<other>\d{1,2})", re.IGNORECASE
)
_EARLIEST, _LATEST = date(1990, 1, 1), date(2100, 1, 1)

CHOOSE_PROGRAMME: Final = "Please choose a programme from the list."
CHOOSE_DAY: Final = "Please give a day such as 2026-12-01."
CHOOSE_TIME: Final = "Please give a time such as 09:30."
CHOOSE_ZONE: Final = "Please choose a time zone from the list."
CHOOSE_HOUR: Final = "Please choose an hour from the list."
CHOOSE_WEEKDAY: Final = "Please choose a day of the week from the list."
ONE_HOUR_LEFT: Final = "Please leave at least one hour of the day for mail."
QUIET_LIKE: Final = "Please write days such as 24 Dec, 31 Dec."
QUIET_MOST: Final = f"There can be {MOST_QUIET_DAYS} quiet days in a year at most."
AFTER_WHICH: Final = "Please say after which letter, as a number from 1 to 999."
WHICH_MOVE: Final = "Please choose what the reader does from the list."
ONE_EACH: Final = "Only one move can follow a letter. Please choose one of them."


@dataclass(frozen=True, slots=True)
class Path:
    """A programme as the form needs it: the paces that it allows, and its parts as (key, id, plain name)."""

    slug: str
    title: str
    pace_days: int
    paces: tuple[int, ...]
    parts: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields, wrong or not, so that nothing is lost. `moves` are (after, what)."""

    programme: str
    start: str
    at: str
    zone: str
    weekday: str
    hour: str
    pace: str
    never: tuple[str, ...]
    quiet: str
    moves: tuple[tuple[str, str], ...]
    utc: bool

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The moves, and some empty rows below them."""
        return [*self.moves, *[("", "")] * SPARE_ROWS][:MOST_MOVES]


@dataclass(frozen=True, slots=True)
class Made:
    """A made-up reader: their rhythm, when they confirm, and what they do after which letter."""

    rhythm: Rhythm
    confirmed: datetime
    moves: Mapping[int, Move]


@dataclass(slots=True)
class _Reading:
    """Fields read one after the other; what cannot be read leaves a sentence."""

    errors: dict[str, str] = field(default_factory=dict)

    def wrong(self, name: str, sentence: str) -> None:
        self.errors.setdefault(name, sentence)


def typed(args: "MultiDict[str, str]", *, now: datetime, zone: str, first: str) -> Typed:
    """The fields of an address; of a first look the usual ones. `zone` is the one of whoever looks."""
    pairs = zip(args.getlist("after"), args.getlist("move"), strict=False)
    return Typed(
        programme=args.get("programme", first)[:64],
        start=args.get("start", now.date().isoformat())[:10],
        at=args.get("at", "10:00")[:5],
        zone=args.get("zone", zones.known(zone) or zones.UTC)[:64],
        weekday=args.get("weekday", "1"),
        hour=args.get("hour", "10"),
        pace=args.get("pace", ""),
        never=tuple(args.getlist("never")[:24]),
        quiet=args.get("quiet", "")[:600],
        moves=tuple((after.strip()[:4], move[:80]) for after, move in pairs if after.strip() or move)[:MOST_MOVES],
        utc=args.get("utc") == "yes",
    )


def read(given: Typed, path: Path) -> tuple[Made | None, dict[str, str]]:
    """A made-up reader, or a sentence for each field that needs another look."""
    reading = _Reading()
    day, at, zone = _day(given.start, reading), _time(given.at, reading), zones.known(given.zone)
    if zone is None:
        reading.wrong("zone", CHOOSE_ZONE)
    weekday, hour = numbers.below(given.weekday, 7), numbers.below(given.hour, 24)
    if weekday is None:
        reading.wrong("weekday", CHOOSE_WEEKDAY)
    if hour is None:
        reading.wrong("hour", CHOOSE_HOUR)
    pace, never, quiet = _pace(given.pace, path, reading), _never(given.never, reading), _quiet(given.quiet, reading)
    moves = _moves(given.moves, path, reading)
    if reading.errors or None in (day, at, zone, weekday, hour, pace):
        return None, reading.errors
    rhythm = Rhythm(weekday or 0, hour or 0, zone or "", pace or 0, never, quiet)
    return Made(rhythm, instant(day or _EARLIEST, at or time(), rhythm.zone), moves), {}


def _day(text: str, reading: _Reading) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not _EARLIEST <= found < _LATEST:
        reading.wrong("start", CHOOSE_DAY)
        return None
    return found


def _time(text: str, reading: _Reading) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        reading.wrong("at", CHOOSE_TIME)
        return None


def _pace(text: str, path: Path, reading: _Reading) -> int | None:
    if not text:
        return path.pace_days
    found = next((days for days in path.paces if str(days) == text), None)
    if found is None:
        reading.wrong("pace", f"“{path.title}” does not come that often. Please choose another pace.")
    return found


def _never(hours: tuple[str, ...], reading: _Reading) -> frozenset[int]:
    found = frozenset(hour for hour in (numbers.below(each, 24) for each in hours) if hour is not None)
    if len(found) >= 24:
        reading.wrong("never", ONE_HOUR_LEFT)
    return found


def _quiet(text: str, reading: _Reading) -> frozenset[tuple[int, int]]:
    found = [_month_and_day(each.strip()) for each in re.split(r"[,;\n]", text) if each.strip()]
    days = frozenset(each for each in found if each is not None)
    if None in found:
        reading.wrong("quiet", QUIET_LIKE)
    elif len(days) > MOST_QUIET_DAYS:
        reading.wrong("quiet", QUIET_MOST)
    return days


def _month_and_day(text: str) -> tuple[int, int] | None:
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    if found["number"]:
        month, day = int(found["number"]), int(found["other"])
    else:
        name = found["month"].lower()
        month, day = (_MONTHS.index(name) + 1 if name in _MONTHS else 0), int(found["day"])
    try:
        date(2024, month, day)  # a year that has 29 February
    except ValueError:
        return None
    return month, day


def _moves(rows: tuple[tuple[str, str], ...], path: Path, reading: _Reading) -> dict[int, Move]:
    phases, made = {key: id_ for key, id_, _ in path.parts}, {}
    for place, (after, what) in enumerate(rows, start=1):
        number = int(after) if after.isdecimal() and after.isascii() else 0
        if not 1 <= number <= 999:
            reading.wrong(f"after-{place}", AFTER_WHICH)
            continue
        try:
            number, move = parse_move(f"{number}:{what}", phases)
        except ValueError:
            reading.wrong(f"move-{place}", WHICH_MOVE)
            continue
        if number in made:
            reading.wrong(f"after-{place}", ONE_EACH)
        made[number] = move
    return made


def moves_to_choose(path: Path) -> list[tuple[str, str]]:
    """What a reader can do after a letter, as one chooses it: the value and the words."""
    parts = [(f"part-{key}", f"choose the part “{plain}”") for key, _, plain in path.parts] if len(path.parts) > 1 else []
    onward = [("stay", "stay with this part"), ("on", "on to the next part")] if len(path.parts) > 1 else []
    again = [(f"again-{days}", f"the same letter again after {_count(days, 'day')}") for days in DAYS_TO_CHOOSE]
    pauses = [(f"pause-{weeks}", f"pause {_count(weeks, 'week')}") for weeks in WEEKS_TO_CHOOSE]
    return [*onward, *parts, *again, *pauses, ("pause", "pause until they say"), ("stop", "stop everything")]


def paces_to_choose() -> list[int]:
    """Every pace that some programme might allow."""
    return list(PACES_TO_CHOOSE)


def _count(number: int, word: str) -> str:
    return f"one {word}" if number == 1 else f"{number} {word}s"
