"""What owners decide at the desk: settings, pages, checks of support lines, opening; refuses a value that cannot be used."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from service.domain import choices as rules
from service.domain import opening
from service.domain.opening import Item, Point
from service.store import choices

SAID: str = "said:{}"
"""The name under which it is kept that somebody looked at a point that we cannot see."""


class SettingError(ValueError):
    """A value that cannot be used, in a sentence."""


def change(session: Session, name: str, value: str | None, *, by: str, wall: datetime) -> None:
    """Set one thing; None lets the environment say it again. Raises SettingError."""
    setting = rules.setting(name)
    if setting is None:
        raise SettingError("Only the environment of the service can say this.")
    if value is not None:
        value = "\n".join(line.strip() for line in value.strip().splitlines())
        if sentence := setting.check(value):
            raise SettingError(sentence)
    choices.choose(session, name, value, by=by, wall=wall)


def say(session: Session, point: Point, *, looked: bool, by: str, wall: datetime) -> None:
    """Keep that somebody looked at a point that we cannot see, or that they take it back. Raises SettingError."""
    if point not in opening.BY_HAND:
        raise SettingError("This shows by itself once it is done.")
    choices.choose(session, SAID.format(point), by if looked else None, by=by, wall=wall)


def said(session: Session) -> dict[Point, str]:
    """Who looked at the points that we cannot see."""
    chosen = choices.newest(session).settings
    return {point: chosen[SAID.format(point)] for point in opening.BY_HAND if SAID.format(point) in chosen}


def open_sign_up(session: Session, items: Sequence[Item], reason: str, *, by: str, wall: datetime) -> None:
    """Open sign-up. Raises SettingError where something is not seen to and no reason is given."""
    if sentence := opening.what_is_wrong(items, reason):
        raise SettingError(sentence)
    left = [item.label for item in opening.missing(items)]
    choices.open_or_close(session, opened=True, missing=left, reason=reason.strip()[:1000], by=by, wall=wall)


def close_sign_up(session: Session, *, by: str, wall: datetime) -> None:
    """Close sign-up. Whoever reads already goes on reading."""
    choices.open_or_close(session, opened=False, missing=[], reason="", by=by, wall=wall)
