"""Days as a letter says them; refuses to say a number where a word is kinder."""

from datetime import datetime
from typing import Final

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day_in_words(moment: datetime) -> str:
    """A local moment's day, such as "Tuesday 8 December". Not by locale: the machine's language is not the reader's."""
    return f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]}"


def moment_in_words(moment: datetime) -> str:
    """A local moment with its hour, such as "Tuesday 8 December at 10:00"."""
    return f"{day_in_words(moment)} at {moment:%H:%M}"
