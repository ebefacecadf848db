"""The time zones a reader can choose from, by region, with their other names; refuses zones where nobody lives."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Final

from service.web.speech import mark, say

DEFAULT: Final = "Europe/London"
UTC: Final = "Etc/UTC"

ANYWHERE: Final = mark("Anywhere")
REGIONS: Final = frozenset(
    {
        mark("Africa"),
        mark("America"),
        mark("Antarctica"),
        mark("Arctic"),
        mark("Asia"),
        mark("Atlantic"),
        mark("Australia"),
        mark("Europe"),
        mark("Indian"),
        mark("Pacific"),
        ANYWHERE,
    }
)
"""The parts of the world that names of zones begin with, to be said in the language of the page."""


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone to choose. `others` are the names under which a browser may know it."""

    name: str
    region: str
    place: str
    others: tuple[str, ...]


def known(name: str) -> str | None:
    """The name that we list for a zone, under whichever of its names it was given; None if there is no such zone."""
    return _names().get(name)


@cache
def by_region() -> tuple[tuple[str, tuple[Zone, ...]], ...]:
    """All zones, grouped for a select."""
    others: dict[str, list[str]] = {}
    for other, name in _names().items():
        if other != name:
            others.setdefault(name, []).append(other)
    zones = [_zone(name, tuple(sorted(others.get(name, [])))) for name in _listed()]
    return tuple((region, tuple(group)) for region, group in groupby(zones, key=lambda zone: zone.region))


def spoken(name: str) -> str:
    """A zone in a sentence: `Europe/Berlin time`, `UTC`."""
    return "UTC" if name in (UTC, "UTC") else say("%(zone)s time", zone=name.replace("_", " "))


def _zone(name: str, others: tuple[str, ...]) -> Zone:
    if name == UTC:
        return Zone(name, ANYWHERE, "UTC", others)
    region, _, place = name.partition("/")
    return Zone(name, region, place.replace("_", " ").replace("/", " – "), others)


@cache
def _listed() -> tuple[str, ...]:
    rows = (line.split("\t") for line in _read("zone.tab").splitlines() if line and not line.startswith("#"))
    return (*sorted({row[2] for row in rows}), UTC)


@cache
def _names() -> dict[str, str]:
    """Every name of a zone, with the one that we list."""
    listed = frozenset(_listed())
    links = (line.split() for line in _read("tzdata.zi").splitlines() if line.startswith("L "))
    others = {link[2]: link[1] for link in links if link[1] in listed and link[2] not in listed}
    return others | {name: name for name in listed}


def _read(name: str) -> str:
    return (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
