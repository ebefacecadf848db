"""When the week in figures is told, and which week that is; refuses to tell one twice."""

from datetime import date, datetime, timedelta
from typing import Final

from service.domain.schedule import local

TOLD_ON: Final = 0
TOLD_FROM: Final = 8
"""On Mondays from eight in the morning, on the clocks of whoever reads it."""


def week_to_tell(moment: datetime, zone: str) -> date | None:
    """The Monday with which the week begins that is to be told now; None while there is none to tell."""
    wall = local(moment, zone)
    if wall.weekday() != TOLD_ON or wall.hour < TOLD_FROM:
        return None
    return wall.date() - timedelta(days=7)
