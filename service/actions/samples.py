"""Finds a letter that anybody may read before they sign up; refuses to show one that is heavy where a lighter one is near."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from service.domain.letters import LetterText
from service.domain.sequences import LetterState, Role
from service.mail.sources import parse_letter
from service.store import sequences
from service.store.tables import Sequence

USUAL: Final = "ended"
"""What the programme fits that somebody gets who does not say what fits."""

WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Sample:
    """One letter to read, its language, and since when its words have been these. `phase` is that of its part."""

    text: LetterText
    language: str
    since: datetime
    phase: str
    weekly: bool


def find(session: Session, language: str) -> Sample | None:
    """The lightest letter in the first part of the programme that most begin with, the earliest of them.

    In the language that is asked for if it is there in it, else in that of its programme. None where there is nothing to read.
    """
    programme = _usual(session)
    if programme is None:
        return None
    return min(_first_letters(session, programme, language), key=lambda sample: sample.text.intensity, default=None)


def _usual(session: Session) -> Sequence | None:
    """The programme of those who choose nothing, else any that is open."""
    found = [sequences.live_programme(session, row.slug) for row in sequences.open_programmes(session)]
    return min(filter(None, found), key=lambda programme: USUAL not in programme.fits, default=None)


def _first_letters(session: Session, programme: Sequence, language: str) -> Iterator[Sample]:
    phases = sequences.phases_of(session, programme.id)
    for letter in sequences.letters_of(session, programme.id):
        if letter.state == LetterState.LIVE and letter.role == Role.MAIN and letter.phase_id == phases[0].id:
            version = sequences.newest_version(session, letter.id)
            text = sequences.text_of(session, version.id, [language, programme.language]) if version else None
            if version and text:
                phase = sequences.phase_words(phases[0], text.language)["plain"]
                words = parse_letter(text.source, name=letter.name)
                yield Sample(words, text.language, version.created_at, phase, weekly=programme.pace_days >= WEEK)
