"""Reads what a reader wishes for all their notes, and says what is wrong in words; refuses to repeat what endangers (S-8)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from werkzeug.datastructures import MultiDict

from service.actions.preferences import Changes
from service.domain.schedule import MOST_QUIET_DAYS
from service.domain.subscribers import Support, is_zone
from service.web import numbers, zones
from service.web.speech import mark, say

Form = MultiDict[str, str]

CHOOSE_ONE: Final = mark("Please choose one of these.")
CHOOSE_LANGUAGE: Final = mark("Please choose a language from the list.")
CHOOSE_ZONE: Final = mark("Please choose a time zone from the list.")
CHOOSE_COUNTRY: Final = mark("Please choose the country whose lines you would like.")
TICK_HOUR: Final = mark("Please tick the hours in which no mail may come.")
LEAVE_HOUR: Final = mark("Please leave at least one hour of the day for mail.")
NO_SUCH_DAY: Final = mark("Please choose a day and a month that belong together.")
TOO_MANY_DAYS: Final = mark("There can be %(most)s days without mail in a year at most.")

CLEAR: Final = "clear"
A_LEAP_YEAR: Final = 2024
"""A day of any year may be 29 February."""


@dataclass(slots=True)
class Asked:
    """What came of a form: the change and what it means in a sentence, or a sentence for each field."""

    changes: Changes | None = None
    said: str = ""
    errors: dict[str, str] = field(default_factory=dict)


def wrong(name: str, sentence: str, **values: object) -> Asked:
    """A field that needs another look."""
    return Asked(errors={name: say(sentence, **values)})


def read_language(form: Form, offered: Collection[str]) -> Asked:
    """The language of the notes."""
    code = form.get("spoken", "")
    if code not in offered:
        return wrong("spoken", CHOOSE_LANGUAGE)
    return Asked(Changes(language=code), say("From the next note on, the notes and these pages speak this language."))


LINES: Final = {
    Support.ALL: mark("From the next note on, the lines of all countries stand at its foot."),
    Support.ONE: mark("From the next note on, the lines of the one country stand at its foot."),
    Support.LINK: mark("From the next note on, a link to the lines stands at its foot."),
}


def read_lines(form: Form, countries: Collection[str], *, country_set: bool) -> Asked:
    """Which support lines stand below the notes, and of which country. An empty country leaves it as it is."""
    sent, code = form.get("lines", ""), form.get("country", "")
    if sent not in set(Support):
        return wrong("lines", CHOOSE_ONE)
    if code not in ("", CLEAR, *countries):
        return wrong("country", CHOOSE_COUNTRY)
    support = Support(sent)
    country = {"": None, CLEAR: ""}.get(code, code)
    if support is Support.ONE and not (country or (country is None and country_set)):
        return wrong("country", CHOOSE_COUNTRY)
    return Asked(Changes(support=support, country=country), say(LINES[support]))


def read_zone(form: Form) -> Asked:
    """The zone that the hours are meant in."""
    zone = zones.known(form.get("zone", ""))
    if zone is None or not is_zone(zone):
        return wrong("zone", CHOOSE_ZONE)
    return Asked(Changes(zone=zone), say("From now on the hours are meant in the time zone that you chose."))


def read_hours(form: Form) -> Asked:
    """The hours in which mail must never come. They take the place of those before."""
    if form.get(CLEAR):
        return Asked(Changes(never_hours=frozenset()), say("Mail may come at any hour now."))
    hours = {hour for sent in form.getlist("hours") if (hour := numbers.below(sent, 24)) is not None}
    if not hours:
        return wrong("hours", TICK_HOUR)
    if len(hours) == 24:
        return wrong("hours", LEAVE_HOUR)
    return Asked(Changes(never_hours=frozenset(hours)), say("In the hours that you ticked no mail comes."))


def read_days(form: Form) -> Asked:
    """One day or several in a row, of every year. They are added to those before."""
    if form.get(CLEAR):
        return Asked(Changes(quiet_days=frozenset()), say("Mail may come on any day of the year now."))
    first = _day(form.get("day", ""), form.get("month", ""))
    if first is None:
        return wrong("day", NO_SUCH_DAY)
    last = first
    if form.get("last_day") or form.get("last_month"):
        found = _day(form.get("last_day", ""), form.get("last_month", ""))
        if found is None:
            return wrong("last_day", NO_SUCH_DAY)
        last = found
    days = _between(first, last)
    if len(days) > MOST_QUIET_DAYS:
        return too_many_days()
    return Asked(Changes(add_quiet_days=days), say("On the days that you chose no mail comes, this year and every year."))


def too_many_days() -> Asked:
    """There would be more days without mail than there can be."""
    return wrong("day", TOO_MANY_DAYS, most=MOST_QUIET_DAYS)


def _day(day: str, month: str) -> date | None:
    """A day of any year, in a year that has all of them."""
    number, of = numbers.below(day, 32), numbers.below(month, 13)
    try:
        return date(A_LEAP_YEAR, of or 0, number or 0)
    except ValueError:
        return None


def _between(first: date, last: date) -> frozenset[tuple[int, int]]:
    """All days from one to another, over the end of the year where the last one comes before the first."""
    if last < first:
        return _between(first, date(A_LEAP_YEAR, 12, 31)) | _between(date(A_LEAP_YEAR, 1, 1), last)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return frozenset((day.month, day.day) for day in days)
