"""Why a letter comes on its day, in words that the time machine says; refuses to find the day."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from service.domain.schedule import FIRST_AFTER, Rhythm, first_slot, local, local_day, next_slot, slot_from
from service.domain.subscribers import DAYS


def of_the_first(rhythm: Rhythm, confirmed: datetime) -> str:
    """Why the first letter of a programme comes when it does."""
    hours = int(FIRST_AFTER.total_seconds() // 3600)
    usual = first_slot(replace(rhythm, quiet_days=frozenset()), confirmed=confirmed)
    return _past_quiet(f"the first {wish(rhythm)} at least {hours} hours after confirming", rhythm, usual)


def of_the_next(rhythm: Rhythm, slot: datetime, following: datetime) -> str:
    """Why a letter comes when it does, after the one at `slot`."""
    reason = f"{_span(_days_between(rhythm, slot, following))} after the one before"
    usual = next_slot(replace(rhythm, quiet_days=frozenset()), earliest=slot + timedelta(minutes=1), last=slot)
    return _past_quiet(reason, rhythm, usual)


def of_a_wish(rhythm: Rhythm) -> str:
    """Why a letter comes when it does, where nothing else is known of it."""
    return f"the next {wish(rhythm)}"


def of_the_same(rhythm: Rhythm, slot: datetime, due: datetime, days: int | None = None) -> str:
    """Why the letter of `slot` comes once more when it does; so many `days` later was wished for, if that is known."""
    between = _days_between(rhythm, slot, due)
    wished = " as wished" if days in (None, between) else ", the first day on which mail may come"
    return f"the same letter once more, {count(between, 'day')} later{wished}"


def of_a_batch(rhythm: Rhythm, due: datetime, first_date: date) -> str:
    """Why the first letter of a batch comes when it does."""
    day = local_day(due, rhythm.zone)
    if day == first_date:
        return "the first day of the batch"
    if due == slot_from(rhythm, first_date):
        return f"the first day after {day_in_words(first_date)}, when the batch begins, on which mail may come"
    return f"the next {wish(rhythm)} in a batch that began on {day_in_words(first_date)}"


def behind_a_pause(rhythm: Rhythm) -> str:
    """Why a letter comes when it does, where its slot fell into a pause that is over."""
    return f"the next {wish(rhythm)} after a pause"


def behind_a_batch(rhythm: Rhythm) -> str:
    """Why a letter of a programme comes when it does, where a batch came instead."""
    return f"the next {wish(rhythm)} after the batch that comes instead"


def behind_a_full_day(rhythm: Rhythm, slot: datetime, due: datetime) -> str:
    """Why a letter was put off: its day has one already."""
    return f"{_span(_days_between(rhythm, slot, due))} later; {day_in_words(local_day(slot, rhythm.zone))} has a letter already"


def with_hour(reason: str, rhythm: Rhythm, slot: datetime) -> str:
    """A reason with why the hour is another than the wished one, where it is."""
    wall = local(slot, rhythm.zone)
    if wall.hour == rhythm.hour:
        return reason
    why = "mail must not come at" if rhythm.hour in rhythm.never_hours else "there is no"
    return f"{reason}; {why} {_time(rhythm)} on that day"


def wish(rhythm: Rhythm) -> str:
    """The wished time, such as “Tuesday at 10:00”."""
    day = DAYS[rhythm.weekday] if rhythm.pace_days >= 7 else "day"
    return f"{day} at {_time(rhythm)}"


def count(number: int, word: str) -> str:
    """A number of things, such as “one week” or “2 weeks”."""
    return f"one {word}" if number == 1 else f"{number} {word}s"


def day_in_words(day: date) -> str:
    """A day without its year, such as “5 December”."""
    return f"{day:%-d %B}"


def _past_quiet(reason: str, rhythm: Rhythm, usual: datetime) -> str:
    """A reason with the quiet day on which the letter would have come."""
    day = local_day(usual, rhythm.zone)
    return f"{reason}; {day_in_words(day)} is a day without mail" if (day.month, day.day) in rhythm.quiet_days else reason


def _days_between(rhythm: Rhythm, earlier: datetime, later: datetime) -> int:
    return (local_day(later, rhythm.zone) - local_day(earlier, rhythm.zone)).days


def _span(days: int) -> str:
    return count(days // 7, "week") if days % 7 == 0 else count(days, "day")


def _time(rhythm: Rhythm) -> str:
    return f"{rhythm.hour:02}:{rhythm.minute:02}"
