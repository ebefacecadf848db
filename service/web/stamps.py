"""Signed fields that stand in for a session; refuses to remember anything and to look at a clock of its own."""

from datetime import UTC, datetime, timedelta
from typing import Final

from itsdangerous import BadData, URLSafeSerializer

SKEW: Final = 60
"""Seconds by which the clocks of two web servers may differ."""


def stamp(secrets: list[str], purpose: str, wall: datetime) -> str:
    """A field that says when a page was made. The purpose names what it may be used for, and is not in it."""
    return str(URLSafeSerializer(secrets, salt=purpose).dumps(int(wall.timestamp())))


def holds(secrets: list[str], purpose: str, field: str, *, wall: datetime, within: timedelta) -> bool:
    """Whether we made this field, for this purpose, and not too long ago."""
    return made_at(secrets, purpose, field, wall=wall, within=within) is not None


def made_at(secrets: list[str], purpose: str, field: str, *, wall: datetime, within: timedelta) -> datetime | None:
    """When we made this field, if we did, for this purpose, and not too long ago."""
    try:
        made = URLSafeSerializer(secrets, salt=purpose).loads(field)
    except BadData:
        return None
    if not isinstance(made, int) or not -SKEW <= wall.timestamp() - made <= within.total_seconds():
        return None
    return datetime.fromtimestamp(made, UTC)
