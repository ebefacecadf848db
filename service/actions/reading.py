"""A letter read on a page, and what a reader says of it; refuses to keep who said it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from service.actions import links
from service.domain.messages import Kind
from service.domain.schedule import local_day
from service.mail.tokens import Keyring, Purpose
from service.store import care, sequences
from service.store.tables import Enrolment, Letter, Phase, Sequence


class Answer(StrEnum):
    """What a letter was like."""

    HELPED = "helped"
    TOO_SOON = "too-soon"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter as its reader got it: its source in their language, and the links that may stand below it.

    `enrolment_id` is None once the programme is over for them; `weekly` says whether it is a note for a week or for a day.
    `day` is the local day on which it came.
    """

    name: str
    source: str
    language: str
    discreet: bool
    phase: str
    day: date
    preferences_token: str
    stop_token: str
    enrolment_id: int | None
    weekly: bool = True


def letter(session: Session, token: str, *, keys: Keyring) -> LetterView | None:
    """The letter of a read link; None for one that is not in use any more. Changes nothing."""
    found = links.letter(session, token, keys=keys)
    if found is None or found.message.kind != Kind.LETTER or found.message.letter_id is None:
        return None
    message, subscriber = found.message, found.subscriber
    row = session.get_one(Letter, message.letter_id)
    sequence = session.get_one(Sequence, row.sequence_id)
    languages = [message.sent_language or subscriber.language, subscriber.language, sequence.language]
    text = sequences.text_of(session, message.version_id or 0, languages)
    if text is None:
        return None
    phase = session.get(Phase, row.phase_id) if row.phase_id else None
    enrolment = session.get(Enrolment, message.enrolment_id) if message.enrolment_id else None
    return LetterView(
        name=row.name,
        source=text.source,
        language=text.language,
        discreet=subscriber.discreet if message.sent_discreet is None else message.sent_discreet,
        phase=sequences.phase_words(phase, text.language)["plain"] if phase else "",
        day=message.local_day or local_day(message.planned_at, subscriber.zone),
        preferences_token=keys.link_token(Purpose.PREFERENCES, subscriber.ref, subscriber.link_epoch),
        stop_token=keys.link_token(Purpose.UNSUBSCRIBE, subscriber.ref, subscriber.link_epoch),
        enrolment_id=message.enrolment_id,
        weekly=enrolment is None or enrolment.pace_days >= 7,
    )


def say(session: Session, token: str, answer: Answer, *, keys: Keyring) -> bool:
    """Add one to the sum of a letter's answers. False for a link that is not in use any more."""
    found = links.letter(session, token, keys=keys)
    if found is None or found.message.letter_id is None:
        return False
    care.add(session, found.message.letter_id, answer)
    return True
