"""The words of one letter, as they are now or were in a version, for somebody at the desk to read; refuses to render them."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from service.store import sequences
from service.store.tables import Letter, Phase, Sequence, Version, VersionText

WEEK = 7


@dataclass(frozen=True, slots=True)
class LetterWords:
    """A letter's source in one language, the title of its sequence, the plain name of its part, and its kind of pace."""

    name: str
    source: str
    language: str
    phase: str
    sequence: str
    weekly: bool


def find(session: Session, letter_id: int, version_id: int | None = None, *, language: str = "") -> LetterWords | None:
    """The newest words of a letter, or those of one of its versions; None where there are none.

    In the language that is asked for where it is there, else in that of its sequence.
    """
    letter = session.get(Letter, letter_id)
    version = session.get(Version, version_id) if version_id else sequences.newest_version(session, letter_id)
    if letter is None or version is None or version.letter_id != letter.id:
        return None
    sequence = session.get_one(Sequence, letter.sequence_id)
    text = sequences.text_of(session, version.id, [language, sequence.language])
    if text is None:
        return None
    phase = session.get(Phase, letter.phase_id) if letter.phase_id else None
    plain = sequences.phase_words(phase, text.language)["plain"] if phase else ""
    return LetterWords(letter.name, text.source, text.language, plain, sequence.title, sequence.pace_days >= WEEK)


def sources(session: Session, letter_ids: Collection[int]) -> dict[int, str]:
    """The newest words of letters, each in the language of its sequence; who has none is left out."""
    newest = select(func.max(Version.number)).where(Version.letter_id == Letter.id).correlate(Letter).scalar_subquery()
    found = session.execute(
        select(Letter.id, VersionText.source)
        .join(Sequence, Sequence.id == Letter.sequence_id)
        .join(Version, and_(Version.letter_id == Letter.id, Version.number == newest))
        .join(VersionText, and_(VersionText.version_id == Version.id, VersionText.language == Sequence.language))
        .where(Letter.id.in_(letter_ids))
    )
    return {row.id: row.source for row in found}
