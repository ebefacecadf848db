"""What owners chose at the desk, with its history, and what holds now; refuses to forget who chose it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service.store.database import Database
from service.store.desk_tables import Choice, LineCheck, Opening, OwnPage

LOOK_AGAIN: Final = 2.0
"""Seconds for which a process believes what it has read."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What holds now, beside the environment. `opened` is None while nobody has opened or closed sign-up at the desk.

    `pages` are sources by page and language; `lines` are days and names by the country and the hash of a support line.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    opened: bool | None = None
    pages: Mapping[tuple[str, str], str] = field(default_factory=dict)
    lines: Mapping[tuple[str, str], tuple[date, str]] = field(default_factory=dict)


class Choices:
    """What holds now, for a process that lives long: looked up every two seconds at most. Without a database the last holds."""

    def __init__(self, database: Database, monotonic: Callable[[], float]) -> None:
        self._database = database
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._looked_at: float | None = None
        self._revision: tuple[int, ...] = ()
        self._chosen = Chosen()

    def now(self) -> Chosen:
        """What holds now."""
        moment = self._monotonic()
        if self._looked_at is not None and moment - self._looked_at < LOOK_AGAIN:
            return self._chosen
        with self._lock:
            # What held a moment ago still does; whoever needs the database says that it is away.
            with suppress(SQLAlchemyError):
                self._look()
            self._looked_at = moment
        return self._chosen

    def forget(self) -> None:
        """Look anew next time: this process itself has just changed something."""
        self._looked_at = None

    def _look(self) -> None:
        with self._database.read() as session:
            seen = revision(session)
            if seen != self._revision:
                self._chosen, self._revision = newest(session), seen


def revision(session: Session) -> tuple[int, ...]:
    """What changes whenever anything was chosen."""
    # Counted too: of two choices made at once, the one with the lower id may be committed last.
    seen = (
        select(what).select_from(table).scalar_subquery()
        for table in (Choice, OwnPage, LineCheck, Opening)
        for what in (func.max(table.id), func.count())
    )
    return tuple(number or 0 for number in session.execute(select(*seen)).one())


def newest(session: Session) -> Chosen:
    """All that holds now."""
    opening = newest_opening(session)
    return Chosen(
        settings={row.name: row.value for row in _settings(session) if row.value is not None},
        opened=opening.opened if opening else None,
        pages={(row.name, row.language): row.source for row in _pages(session) if row.source is not None},
        lines={(row.country, row.line): (row.at.date(), row.by) for row in _lines(session)},
    )


def _settings(session: Session) -> Sequence[Choice]:
    ids = select(func.max(Choice.id)).group_by(Choice.name)
    return session.scalars(select(Choice).where(Choice.id.in_(ids))).all()


def _lines(session: Session) -> Sequence[LineCheck]:
    ids = select(func.max(LineCheck.id)).group_by(LineCheck.country, LineCheck.line)
    return session.scalars(select(LineCheck).where(LineCheck.id.in_(ids))).all()


def _pages(session: Session) -> Sequence[OwnPage]:
    ids = select(func.max(OwnPage.id)).group_by(OwnPage.name, OwnPage.language)
    return session.scalars(select(OwnPage).where(OwnPage.id.in_(ids))).all()


def newest_opening(session: Session) -> Opening | None:
    """The last time that sign-up was opened or closed at the desk."""
    return session.scalar(select(Opening).order_by(Opening.id.desc()).limit(1))


def openings(session: Session) -> Sequence[Opening]:
    """Every time that sign-up was opened or closed, the newest first."""
    return session.scalars(select(Opening).order_by(Opening.id.desc())).all()


def history(session: Session, name: str) -> Sequence[Choice]:
    """Every value that a setting was given at the desk, the newest first."""
    return session.scalars(select(Choice).where(Choice.name == name).order_by(Choice.id.desc())).all()


def page_history(session: Session, name: str, language: str) -> Sequence[OwnPage]:
    """Every text that a page was given at the desk, the newest first."""
    return session.scalars(
        select(OwnPage).where(OwnPage.name == name, OwnPage.language == language).order_by(OwnPage.id.desc())
    ).all()


def page_version(session: Session, version_id: int) -> OwnPage | None:
    """One text that a page once had."""
    return session.get(OwnPage, version_id)


def line_history(session: Session, country: str, line: str) -> Sequence[LineCheck]:
    """Every time that a support line was checked, the newest first."""
    return session.scalars(
        select(LineCheck).where(LineCheck.country == country, LineCheck.line == line).order_by(LineCheck.id.desc())
    ).all()


def choose(session: Session, name: str, value: str | None, *, by: str, wall: datetime) -> None:
    """Set something; None lets the environment say it again."""
    session.add(Choice(name=name, value=value, by=by, at=wall))


def save_page(session: Session, name: str, language: str, source: str | None, *, by: str, wall: datetime) -> None:
    """Save the text of a page; None lets its file say it again."""
    session.add(OwnPage(name=name, language=language, source=source, by=by, at=wall))


def check_line(session: Session, country: str, line: str, *, by: str, wall: datetime) -> None:
    """Keep that somebody found a support line as we show it."""
    session.add(LineCheck(country=country, line=line, by=by, at=wall))


def open_or_close(session: Session, *, opened: bool, missing: Sequence[str], reason: str, by: str, wall: datetime) -> None:
    """Keep that sign-up was opened or closed, what was not green then, and the owner's word."""
    session.add(Opening(opened=opened, missing=list(missing), reason=reason, by=by, at=wall))
