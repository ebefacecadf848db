"""Rows of programmes: phases, letters, versions and their texts; refuses to read files."""

from collections.abc import Sequence as Many
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from service.domain.sequences import Kind, LetterState, State, Step, Way
from service.store.tables import Letter, Phase, Sequence, Version, VersionText


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """A programme that one can sign up for."""

    slug: str
    title: str
    summary: str
    pace_days: int
    fits: tuple[str, ...] = ()


def open_programmes(session: Session, language: str = "en") -> list[ProgrammeRow]:
    """The programmes that one can sign up for in a language, by title; all of them where none is written in it."""
    rows = [_in_words_of(row, language) for row in live_programmes(session, language)]
    return sorted(rows, key=lambda row: row.title)


def _live(session: Session) -> Many[Sequence]:
    live = select(Sequence).where(Sequence.kind == Kind.PROGRAMME, Sequence.state == State.LIVE)
    return session.scalars(live.order_by(Sequence.id)).all()


def _in_words_of(row: Sequence, language: str) -> ProgrammeRow:
    words = row.translations.get(language, {})
    title, summary = words.get("title", row.title), words.get("summary", row.summary)
    return ProgrammeRow(row.slug, title, summary, row.pace_days, tuple(row.fits))


def languages(session: Session) -> list[str]:
    """The languages in which somebody can read a whole programme: each of its letters has a text, in its newest version."""
    of_live = (Sequence.kind == Kind.PROGRAMME, Sequence.state == State.LIVE, Letter.state == LetterState.LIVE)
    letters = (
        select(Letter.sequence_id, func.count().label("all"))
        .join(Sequence, Sequence.id == Letter.sequence_id)
        .where(*of_live)
        .group_by(Letter.sequence_id)
        .subquery()
    )
    newest = select(Version.letter_id, func.max(Version.number).label("number")).group_by(Version.letter_id).subquery()
    texts = (
        select(Letter.sequence_id, VersionText.language, func.count().label("there"))
        .join(Sequence, Sequence.id == Letter.sequence_id)
        .join(newest, newest.c.letter_id == Letter.id)
        .join(Version, and_(Version.letter_id == Letter.id, Version.number == newest.c.number))
        .join(VersionText, VersionText.version_id == Version.id)
        .where(*of_live)
        .group_by(Letter.sequence_id, VersionText.language)
        .subquery()
    )
    whole = select(texts.c.language).join(letters, letters.c.sequence_id == texts.c.sequence_id)
    return sorted(set(session.scalars(whole.where(texts.c.there == letters.c.all))))


def by_slug(session: Session, slug: str) -> Sequence | None:
    """The sequence of a name."""
    return session.scalar(select(Sequence).where(Sequence.slug == slug))


def live_programmes(session: Session, language: str) -> Many[Sequence]:
    """The programmes of which letters are sent, as far as they speak a language; all of them where none does."""
    live = _live(session)
    return [row for row in live if language == row.language or language in row.translations] or live


def live_programme(session: Session, slug: str) -> Sequence | None:
    """The programme of a name, if one can sign up for it."""
    return session.scalar(
        select(Sequence).where(Sequence.slug == slug, Sequence.kind == Kind.PROGRAMME, Sequence.state == State.LIVE)
    )


def phases_of(session: Session, sequence_id: int) -> Many[Phase]:
    """All phases of a sequence in their order."""
    return session.scalars(select(Phase).where(Phase.sequence_id == sequence_id).order_by(Phase.position)).all()


def phase_words(phase: Phase, language: str) -> dict[str, str]:
    """A phase's title, plain name and how one begins with it, in a language where it has been translated."""
    own = {"title": phase.title, "plain": phase.plain, "begin": phase.begin}
    translated: dict[str, str] = phase.translations.get(language, {})
    return own | translated


def title_of(sequence: Sequence, language: str, *, discreet: bool) -> str:
    """A programme's title, in a language where it has been translated; one that tells nothing for a discreet reader."""
    words = sequence.translations.get(language, {})
    title = str(words.get("title", sequence.title))
    return str(words.get("discreet_title", sequence.discreet_title)) or title if discreet else title


def summary_of(sequence: Sequence, language: str) -> str:
    """A programme in a sentence, in a language where it has been translated."""
    return str(sequence.translations.get(language, {}).get("summary", sequence.summary))


def letters_of(session: Session, sequence_id: int) -> Many[Letter]:
    """All letters of a sequence in their order, retired ones too: a reader may stand at one."""
    return session.scalars(select(Letter).where(Letter.sequence_id == sequence_id).order_by(Letter.position)).all()


def way_of(session: Session, sequence: Sequence) -> Way[Step]:
    """A sequence as the rules want to see it."""
    letters = letters_of(session, sequence.id)
    return Way([Step(each.id, each.position, each.state, each.role, each.phase_id) for each in letters], sequence.again)


def newest_version(session: Session, letter_id: int, *, origin: str | None = None) -> Version | None:
    """The newest version of a letter, or the newest that came from a file or from the desk."""
    found = select(Version).where(Version.letter_id == letter_id).order_by(Version.number.desc()).limit(1)
    return session.scalar(found if origin is None else found.where(Version.origin == origin))


def newest_version_id(session: Session, letter_id: int) -> int | None:
    """The id of the newest version of a letter."""
    newest = select(func.max(Version.number)).where(Version.letter_id == letter_id).scalar_subquery()
    return session.scalar(select(Version.id).where(Version.letter_id == letter_id, Version.number == newest))


def texts_of(session: Session, version_id: int) -> Many[VersionText]:
    """A version's texts in all its languages."""
    return session.scalars(select(VersionText).where(VersionText.version_id == version_id)).all()


def text_of(session: Session, version_id: int, languages: Many[str]) -> VersionText | None:
    """A version's text in the first of these languages that it has."""
    texts = {text.language: text for text in texts_of(session, version_id)}
    return next((texts[language] for language in languages if language in texts), None)
