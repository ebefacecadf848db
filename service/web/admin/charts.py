"""The places of bars and lines in a chart, and the table with the same numbers; refuses to draw, to colour, and to count.

Widths are shares of the whole in percent, so that a chart is as wide as its page and its words stay as large as all others;
heights are in pixels. `bars` in `templates/web/desk/parts.html` shows what is made here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, log10
from typing import Final

HEIGHT: Final = 200
"""Of the whole picture, with the names below, in pixels."""
TOP: Final = 14
FOOT: Final = 28
FLOOR: Final = HEIGHT - FOOT
FEWEST_PLACES: Final = 7
"""A chart of two days has bars as narrow as a chart of a week."""
BAR: Final = 0.72
"""The share of its place that a bar takes."""
THINNEST: Final = 3.0
"""The least height of a bar that counts anything, in pixels."""
MOST_NAMES: Final = 8
FEWEST_NAMES: Final = 3
_A_DAY: Final = re.compile(r"\w{3} (\d{1,2} \w{3}) \d{4}")
"""A day as pages write it. Below its bar there is no room for its weekday and year; the table has them."""

LOOKS: Final = ("sent", "waiting", "skipped", "refused", "unknown", "first", "second", "third", "fourth")
"""The classes of desk.css: the five states of a message, or four colours without a meaning."""


@dataclass(frozen=True, slots=True)
class Series:
    """What is counted, and how often in each place. `look` is one of LOOKS."""

    name: str
    look: str
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across, and the number it stands for."""

    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a place, below it. A rare one is left out where there is little room."""

    x: float
    words: str
    anchor: str
    rare: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, or a part of one. x and width in percent, y and height in pixels; the words say what it counts."""

    x: float
    y: float
    width: float
    height: float
    look: str
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line from one place to the next. x in percent, y in pixels."""

    x1: float
    y1: float
    x2: float
    y2: float
    look: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A count on a line. x in percent, y in pixels; the words say what it counts."""

    x: float
    y: float
    look: str
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that a page needs to show a chart, and the table beside it: `first` and `heads` name its columns."""

    id: str
    title: str
    words: str
    legend: tuple[Series, ...]
    scale_width: int
    height: int
    ticks: tuple[Tick, ...]
    names: tuple[Name, ...]
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    dots: tuple[Dot, ...]
    first: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


def stacked(title: str, first: str, places: Sequence[str], series: Sequence[Series]) -> Chart:
    """A bar in each place, made of its series one above the other. `first` says what the places are, such as `Day`.

    ValueError: a series has not as many counts as there are places, counts below zero, or has a look that is not known.
    """
    _check(places, series)
    top = _top(max((sum(column) for column in _columns(series)), default=0))
    piles = [_pile(number, place, series, len(places), top) for number, place in enumerate(places)]
    bars = [bar for pile in piles for bar in pile]
    return _chart(title, first, places, series, top, bars=bars)


def bars(title: str, first: str, places: Sequence[str], name: str, counts: Sequence[int], look: str = "sent") -> Chart:
    """A bar in each place. ValueError as above."""
    return stacked(title, first, places, [Series(name, look, counts)])


def lines(title: str, first: str, places: Sequence[str], series: Sequence[Series]) -> Chart:
    """A line for each series from place to place. ValueError as above."""
    _check(places, series)
    top = _top(max((count for each in series for count in each.counts), default=0))
    middles = [_middle(place, len(places)) for place in range(len(places))]
    dots = [
        Dot(middles[number], _y(count, top), each.look, _said(places[number], each, count))
        for each in series
        for number, count in enumerate(each.counts)
    ]
    joined = [Line(a.x, a.y, b.x, b.y, a.look) for a, b in pairwise(dots) if a.look == b.look]
    return _chart(title, first, places, series, top, lines=joined, dots=dots)


def _check(places: Sequence[str], series: Sequence[Series]) -> None:
    for each in series:
        if len(each.counts) != len(places):
            raise ValueError(f"{len(each.counts)} counts for {len(places)} places")
        if any(count < 0 for count in each.counts):
            raise ValueError("a count below zero")
        if each.look not in LOOKS:
            raise ValueError(f"no look is called {each.look}")
    if len({each.look for each in series}) != len(series):
        raise ValueError("two series that look the same")


def _chart(
    title: str,
    first: str,
    places: Sequence[str],
    series: Sequence[Series],
    top: int,
    *,
    bars: Sequence[Bar] = (),
    lines: Sequence[Line] = (),
    dots: Sequence[Dot] = (),
) -> Chart:
    ticks = tuple(Tick(_y(count, top), f"{count:,}") for count in _steps(top))
    return Chart(
        id="chart-" + re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-"),
        title=title,
        words=_in_words(first, places, series),
        legend=tuple(series) if len(series) > 1 else (),
        scale_width=14 + 8 * max(len(tick.words) for tick in ticks),
        height=HEIGHT,
        ticks=ticks,
        names=_names(places),
        bars=tuple(bars),
        lines=tuple(lines),
        dots=tuple(dots),
        first=first,
        heads=tuple(f"#{each.name}" for each in series),
        rows=tuple((place, *column) for place, column in zip(places, _columns(series), strict=True)),
    )


def _in_words(first: str, places: Sequence[str], series: Sequence[Series]) -> str:
    """What somebody hears who does not see the picture: the sums, and where most was."""
    if not places:
        return "Nothing to show yet."
    said = []
    for each in series:
        most = max(each.counts)
        where = f", most in {places[list(each.counts).index(most)]}: {most:,}" if most else ""
        said.append(f"{each.name}: {sum(each.counts):,} altogether{where}.")
    return f"{first}: from {places[0]} to {places[-1]}. {' '.join(said)} The table below has every number."


def _columns(series: Sequence[Series]) -> list[tuple[int, ...]]:
    return list(zip(*(each.counts for each in series), strict=True))


def _pile(number: int, place: str, series: Sequence[Series], places: int, top: int) -> list[Bar]:
    pile, floor = [], float(FLOOR)
    share = 100 / max(places, FEWEST_PLACES)
    left, width = round(number * share + share * (1 - BAR) / 2, 3), round(share * BAR, 3)
    for each in series:
        count = each.counts[number]
        if count:
            height = round(max(THINNEST, FLOOR - _y(count, top)), 2)
            floor = round(floor - height, 2)
            pile.append(Bar(left, floor, width, height, each.look, _said(place, each, count)))
    return pile


def _said(place: str, series: Series, count: int) -> str:
    return f"{place}: {count:,} {series.name}"


def _middle(place: int, places: int) -> float:
    return round((place + 0.5) * 100 / max(places, FEWEST_PLACES), 3)


def _y(count: int, top: int) -> float:
    return round(FLOOR - (FLOOR - TOP) * count / top, 2)


def _top(most: int) -> int:
    """The number at the top: the next round one, and even, so that its half is whole."""
    if most <= 2:
        return 2
    unit: int = 10 ** int(log10(most))
    return next(
        number for number in (unit, 2 * unit, 4 * unit, 6 * unit, 8 * unit, 10 * unit) if number >= most and number % 2 == 0
    )


def _steps(top: int) -> tuple[int, int, int]:
    return 0, top // 2, top


def _names(places: Sequence[str]) -> tuple[Name, ...]:
    """At most eight of the names, and at most three where there is little room, at equal distances."""
    every, often = (max(1, ceil(len(places) / most)) for most in (MOST_NAMES, FEWEST_NAMES))
    often = ceil(often / every) * every
    return tuple(
        Name(_middle(place, len(places)), _A_DAY.sub(r"\1", words), "middle", rare=place % often != 0)
        for place, words in enumerate(places)
        if place % every == 0
    )
