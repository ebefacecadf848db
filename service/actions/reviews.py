"""Review links: somebody without an account reads one frozen letter and says what they think; refuses to tell them more.

A link is 43 characters that are kept as a hash only. What is said of words that have not changed since stands at their draft.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from service.actions import audit, drafts
from service.actions.arranging import RefusedError
from service.actions.drafts import Writer
from service.mail.tokens import token_sha256
from service.store import letters, reviews
from service.store.audit import Entry
from service.store.desk_tables import ReviewLink
from service.store.tables import Letter, Sequence

WORKS_FOR: Final = timedelta(days=30)
MOST_ANSWERS: Final = 10
LONGEST_NAME: Final = 120
LONGEST_REMARK: Final = 4000
FINE: Final = "fine"
CHANGE: Final = "change"
TOKEN_BYTES: Final = 32
WEEK: Final = 7
NOBODY: Final = 0
"""The id of whoever is not known by one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody with a link reads: one letter in one language, and what they have said of it already."""

    source: str
    letter_name: str
    language: str
    phase: str
    weekly: bool
    by: str
    expires_at: datetime
    name: str
    said: str
    remark: str


def make(session: Session, letter_id: int, language: str, *, writer: Writer) -> str:
    """A link to the words that a letter has now. The link is returned this once; only its hash is kept."""
    text = letters.text_of(session, letter_id, language)
    if not text.source:
        raise RefusedError("There are no words to read yet. Write the letter first.")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        ReviewLink(
            token_hash=token_sha256(token),
            letter_id=letter_id,
            language=language,
            source=text.source,
            by=writer.name,
            at=writer.wall,
            expires_at=writer.wall + WORKS_FOR,
        )
    )
    session.flush()
    return token


def close(session: Session, letter_id: int, link_id: int, *, wall: datetime) -> None:
    """Let a link open nothing any more. What was said through it stays."""
    link = session.get(ReviewLink, link_id)
    if link is None or link.letter_id != letter_id:
        raise RefusedError("There is no such link.")
    link.expires_at = min(link.expires_at, wall)
    session.flush()


def read(session: Session, token: str, *, wall: datetime) -> Asked | None:
    """What a link opens; None for one that never was or is not in use any more. Changes nothing."""
    link = reviews.find(session, token_sha256(token), wall=wall)
    if link is None:
        return None
    letter = session.get_one(Letter, link.letter_id)
    sequence = session.get_one(Sequence, letter.sequence_id)
    phase = letters.phase_words(session, letter, link.language)
    shown = (link.source, letter.name, link.language, phase, sequence.pace_days >= WEEK, link.by)
    return Asked(*shown, link.expires_at, link.name, link.said, link.remark)


def answer(session: Session, token: str, *, name: str, said: str, remark: str, wall: datetime) -> bool:
    """Keep what somebody says; the last word of theirs counts. False for a link that is not in use.

    Raises RefusedError for an answer without a name or a choice, and after ten of them.
    """
    link = reviews.find(session, token_sha256(token), wall=wall, lock=True)
    if link is None:
        return False
    who = " ".join(name.split())
    if not who or len(who) > LONGEST_NAME or not who.isprintable():
        raise RefusedError(f"Please say who you are, in up to {LONGEST_NAME} characters.", "name")
    if said not in (FINE, CHANGE):
        raise RefusedError("Please choose one of these.", "said")
    if said == CHANGE and not remark.strip():
        raise RefusedError("Please say what could be changed.", "remark")
    if "\0" in remark:
        raise RefusedError("There is an invisible character in it. Please type it anew.", "remark")
    if len(remark) > LONGEST_REMARK:
        raise RefusedError(f"This has {len(remark)} characters; {LONGEST_REMARK} is the most.", "remark")
    if reviews.answers(session, link.id) >= MOST_ANSWERS:
        raise RefusedError("Many answers have come through this link. Please ask for another one.")
    link.name, link.said, link.remark, link.said_at = who, said, remark.strip(), wall
    session.flush()
    audit.note(session, Entry(None, "a reviewer", "", "", "review answered", f"review:{link.id}", {"said": said}), wall=wall)
    _keep_at_draft(session, link, wall=wall)
    return True


def _keep_at_draft(session: Session, link: ReviewLink, *, wall: datetime) -> None:
    """Say at the draft that somebody has read just these words. Published ones get a draft of the same words for it."""
    letters.locked(session, link.letter_id)
    text = letters.text_of(session, link.letter_id, link.language)
    if text.source != link.source:
        return
    draft = text.draft
    if draft is None and link.said == FINE:
        draft = drafts.begin(session, link.letter_id, link.language, text, Writer(NOBODY, link.by, wall))
    if draft is not None:
        draft.reviewed_by, draft.reviewed_at = (link.name, wall) if link.said == FINE else ("", None)
    session.flush()
