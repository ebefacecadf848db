"""Sentences that a page or a record needs in more than one place; refuses to hold whole pages."""

import unicodedata
from collections.abc import Collection
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit

from babel.dates import format_date, format_datetime, get_day_names, get_month_names
from markupsafe import Markup

from service.web import languages, zones
from service.web.speech import mark, say

NOTES: Final[dict[frozenset[int], str]] = {
    frozenset({7}): mark("I would like one note a week by email."),
    frozenset({2}): mark("I would like one short note every second day by email."),
    frozenset({1}): mark("I would like one short note a day by email."),
}
"""What somebody agrees to get, where all that can be chosen has one pace."""

ANY_PACE: Final = mark("I would like short notes by email, at the pace that I choose.")
AGREED: Final = mark(
    "I agree that %(organisation)s keeps my address and these choices for it, and know that they say something about my "
    "private life. I can stop at any time."
)


def consent(organisation: str, paces: Collection[int]) -> str:
    """What somebody agrees to. The page shows this text, and the same text is kept as proof."""
    notes = NOTES.get(frozenset(paces), ANY_PACE)
    return f"{say(notes)} {say(AGREED, organisation=organisation)}"


def pace(days: int) -> str:
    """How often notes come."""
    known = {1: say("one a day"), 2: say("one every second day"), 7: say("one a week"), 14: say("one every two weeks")}
    known[28] = say("one every four weeks")
    return known.get(days) or say("one every %(days)s days", days=days)


def day(on: date) -> str:
    """A day as one says it: `20 November 2026`."""
    # translators: How a date is written, in the letters of Unicode CLDR; words that stay stand in '...'.
    return format_date(on, say("d MMMM y"), languages.locale())


def weekday_day(on: date) -> str:
    """A day that is near: `Tuesday 8 December`. It tells neither the hour nor the zone."""
    # translators: How a day with its name is written, in the letters of Unicode CLDR; words that stay stand in '...'.
    return format_date(on, say("EEEE d MMMM"), languages.locale())


def beginning(text: str) -> str:
    """The same words at the beginning of a line."""
    return text[:1].upper() + text[1:]


def moment(at: datetime) -> str:
    """A local time as one says it: `Tuesday 8 December at 10:00, Europe/Berlin time`."""
    zone = getattr(at.tzinfo, "key", None) or at.tzname() or "UTC"
    # translators: How a day and an hour are written, in the letters of Unicode CLDR; words that stay stand in '...'.
    pattern = say("EEEE d MMMM 'at' HH:mm")
    return f"{format_datetime(at, pattern, locale=languages.locale())}, {zones.spoken(zone)}"


def weekdays() -> list[str]:
    """The days of the week from Monday on, as one writes them alone on a line."""
    names = get_day_names("wide", "stand-alone", languages.locale())
    return [beginning(names[number]) for number in range(7)]


def weekday(number: int) -> str:
    """A day of the week in a sentence, from 0 for Monday: `Tuesday`."""
    return str(get_day_names("wide", "format", languages.locale())[number])


def months() -> list[str]:
    """The months from January on, as one writes them alone on a line."""
    names = get_month_names("wide", "stand-alone", languages.locale())
    return [beginning(names[number]) for number in range(1, 13)]


def slot(weekday: int, hour: int) -> str:
    """When notes come, at the beginning of a sentence: `Tuesday at 10:00`."""
    return say("%(day)s at %(hour)s", day=weekdays()[weekday], hour=f"{hour:02}:00")


def country(code: str, name: str) -> str:
    """A country as it is called in the language of the page; by the name in our file, where nobody knows better."""
    found = translated(name)
    if found != name or languages.current() == languages.ENGLISH:
        return found
    return str(languages.locale().territories.get(code, name))


def for_sorting(name: str) -> str:
    """A name without accents and capitals, so that names can be put in order."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter)).casefold()


def host(url: str) -> str:
    """Another site as one says it: `thehotline.org`."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def translated(text: str) -> str:
    """A name from a file, in the language of the page where a catalogue has it."""
    return languages.gettext(text)


def as_found(text: str) -> str | Markup:
    """Words from a file, in the language of the page where a catalogue has them, and else marked as English ones."""
    found = translated(text)
    if found != text or languages.current() == languages.ENGLISH or not any(map(str.isalpha, text)):
        return found
    return Markup('<span lang="en">{}</span>').format(text)
