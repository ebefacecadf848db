"""What owners decide at the desk: settings, support lines, opening; refuses a value that cannot be used."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from service.domain import choices as rules
from service.domain import opening, support
from service.domain.opening import Item, Point
from service.domain.support import Country, SupportLinesError
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


def write_line(session: Session, country: Country, key: str, words: Mapping[str, str], *, by: str, wall: datetime) -> str:
    """Keep a support line as somebody wrote it, and give its key; an empty key adds one. Raises SettingError.

    `country` has the lines of its file. Nobody has checked what is new in it, so readers do not see it before somebody does.
    """
    try:
        line = support.written(country.code, words)
    except SupportLinesError as error:
        raise SettingError(str(error)) from None
    others = support.places(country, support.changes_in(choices.newest(session).settings))
    if any(each.line and (each.line.type, each.line.name) == (line.type, line.name) for each in others if each.key != key):
        raise SettingError(f"name: there is a line for {line.type} that is called {line.name}. Please change that one.")
    key = key or support.new_key(secrets.token_hex(8))
    choices.choose(session, support.choice_of(country.code, key), support.to_keep(line), by=by, wall=wall)
    return key


def take_line_off(session: Session, country: str, key: str, *, by: str, wall: datetime) -> None:
    """Show a support line to nobody."""
    choices.choose(session, support.choice_of(country, key), support.to_keep(None), by=by, wall=wall)


def give_line_back(session: Session, country: str, key: str, *, by: str, wall: datetime) -> None:
    """Let its file say a support line again."""
    choices.choose(session, support.choice_of(country, key), None, by=by, wall=wall)
