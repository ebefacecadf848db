"""Rows of programmes: phases, letters, versions and their texts; refuses to read files."""

from collections.abc import Sequence as Many
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.domain.sequences import Kind, State
from service.store.tables import Letter, Phase, Sequence, Version, VersionText


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """A programme that one can sign up for."""

    slug: str
    title: str
    summary: str
    pace_days: int


def open_programmes(session: Session) -> list[ProgrammeRow]:
    """The programmes that one can sign up for, by title."""
    rows = session.scalars(
        select(Sequence).where(Sequence.kind == Kind.PROGRAMME, Sequence.state == State.LIVE).order_by(Sequence.title)
    )
    return [ProgrammeRow(row.slug, row.title, row.summary, row.pace_days) for row in rows]


def by_slug(session: Session, slug: str) -> Sequence | None:
    """The sequence of a name."""
    return session.scalar(select(Sequence).where(Sequence.slug == slug))


def live_programme(session: Session, slug: str) -> Sequence | None:
    """The programme of a name, if one can sign up for it."""
    return session.scalar(
        select(Sequence).where(Sequence.slug == slug, Sequence.kind == Kind.PROGRAMME, Sequence.state == State.LIVE)
    )


def phases_of(session: Session, sequence_id: int) -> Many[Phase]:
    """All phases of a sequence in their order."""
    return session.scalars(select(Phase).where(Phase.sequence_id == sequence_id).order_by(Phase.position)).all()


def letters_of(session: Session, sequence_id: int) -> Many[Letter]:
    """All letters of a sequence in their order, retired ones too: a reader may stand at one."""
    return session.scalars(select(Letter).where(Letter.sequence_id == sequence_id).order_by(Letter.position)).all()


def newest_version(session: Session, letter_id: int, *, origin: str | None = None) -> Version | None:
    """The newest version of a letter, or the newest that came from a file or from the desk."""
    found = select(Version).where(Version.letter_id == letter_id).order_by(Version.number.desc()).limit(1)
    return session.scalar(found if origin is None else found.where(Version.origin == origin))


def newest_version_id(session: Session, letter_id: int) -> int | None:
    """The id of the newest version of a letter."""
    newest = select(func.max(Version.number)).where(Version.letter_id == letter_id).scalar_subquery()
    return session.scalar(select(Version.id).where(Version.letter_id == letter_id, Version.number == newest))


def text_of(session: Session, version_id: int, languages: Many[str]) -> VersionText | None:
    """A version's text in the first of these languages that it has."""
    texts = {text.language: text for text in session.scalars(select(VersionText).where(VersionText.version_id == version_id))}
    return next((texts[language] for language in languages if language in texts), None)
