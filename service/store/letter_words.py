"""The words of one letter, as they are now or were in a version, for somebody at the desk to read; refuses to render them."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.store import sequences
from service.store.tables import Letter, Phase, Sequence, Version

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
