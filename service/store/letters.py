"""Letters as the desk sees them: what is being written, what is live, who wrote it; refuses to change any of it."""

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from service.domain.sequences import LetterState
from service.store import sequences
from service.store.account_tables import Admin
from service.store.desk_tables import DeskMail, Draft
from service.store.tables import Letter, Message, Phase, Sequence, Version, VersionText


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter in a list: its newest version, its drafts by language, and the words that are newest in its own language."""

    letter: Letter
    version: Version | None
    drafts: Mapping[str, Draft]
    source: str

    @property
    def newest_draft(self) -> Draft | None:
        """The draft that somebody saved last."""
        return max(self.drafts.values(), key=lambda each: each.at, default=None)


@dataclass(frozen=True, slots=True)
class Text:
    """The newest words of a letter in one language, saved or published, by whom and since when.

    `revision` tells them apart from all others: above zero that of a draft, else the number of the version with a minus.
    """

    source: str
    revision: int
    draft: Draft | None
    by: str = ""
    at: datetime | None = None


def locked(session: Session, letter_id: int) -> Letter | None:
    """A letter that nobody else writes or publishes until the transaction ends; letters of it can be planned meanwhile."""
    found = select(Letter).where(Letter.id == letter_id).with_for_update(key_share=True)
    return session.scalar(found.execution_options(populate_existing=True))


def languages_of(sequence: Sequence) -> list[str]:
    """The languages that a sequence is written in, its own first."""
    return [sequence.language, *sorted(code for code in sequence.translations if code != sequence.language)]


def drafts_of(session: Session, letter_id: int) -> dict[str, Draft]:
    """The drafts of a letter by language."""
    return {each.language: each for each in session.scalars(select(Draft).where(Draft.letter_id == letter_id))}


def published(session: Session, letter_id: int) -> dict[str, str]:
    """The words of a letter's newest version by language; empty before it was published."""
    version_id = sequences.newest_version_id(session, letter_id)
    return {each.language: each.source for each in sequences.texts_of(session, version_id)} if version_id else {}


def text_of(session: Session, letter_id: int, language: str) -> Text:
    """What an editor opens: the draft in a language, else the newest version; empty words where there are none."""
    draft = drafts_of(session, letter_id).get(language)
    if draft is not None:
        return Text(draft.source, draft.revision, draft, draft.by, draft.at)
    newest = sequences.newest_version(session, letter_id)
    if newest is None:
        return Text("", 0, None)
    source = next((each.source for each in sequences.texts_of(session, newest.id) if each.language == language), "")
    return Text(source, -newest.number, None, newest.by, newest.created_at)


def phase_words(session: Session, letter: Letter, language: str) -> str:
    """The plain name of a letter's phase; empty for a check-in and in a batch."""
    phase = session.get(Phase, letter.phase_id) if letter.phase_id else None
    return sequences.phase_words(phase, language)["plain"] if phase else ""


def rows(session: Session, sequence: Sequence) -> list[LetterRow]:
    """All letters of a sequence in their order, retired ones too."""
    versions = {each.letter_id: each for each in session.scalars(_newest_versions(sequence.id))}
    texts = _texts(session, versions.values(), sequence.language)
    drafts: dict[int, dict[str, Draft]] = {}
    of_sequence = select(Draft).join(Letter, Letter.id == Draft.letter_id).where(Letter.sequence_id == sequence.id)
    for draft in session.scalars(of_sequence):
        drafts.setdefault(draft.letter_id, {})[draft.language] = draft
    return [
        _row(letter, versions.get(letter.id), drafts.get(letter.id, {}), texts, sequence.language)
        for letter in sequences.letters_of(session, sequence.id)
    ]


def _newest_versions(sequence_id: int) -> Select[Version]:
    newest = (
        select(Version.letter_id, func.max(Version.number).label("number"))
        .join(Letter, Letter.id == Version.letter_id)
        .where(Letter.sequence_id == sequence_id)
        .group_by(Version.letter_id)
        .subquery()
    )
    return select(Version).join(newest, and_(newest.c.letter_id == Version.letter_id, newest.c.number == Version.number))


def _texts(session: Session, versions: Iterable[Version], language: str) -> dict[int, str]:
    ids = [each.id for each in versions]
    found = select(VersionText).where(VersionText.version_id.in_(ids), VersionText.language == language)
    return {each.version_id: each.source for each in session.scalars(found)}


def _row(
    letter: Letter, version: Version | None, drafts: Mapping[str, Draft], texts: Mapping[int, str], language: str
) -> LetterRow:
    draft = drafts.get(language)
    source = draft.source if draft else texts.get(version.id, "") if version else ""
    return LetterRow(letter, version, drafts, source)


def versions_of(session: Session, letter_id: int) -> Many[Version]:
    """All versions of a letter, the newest first."""
    return session.scalars(select(Version).where(Version.letter_id == letter_id).order_by(Version.number.desc())).all()


def version(session: Session, letter_id: int, version_id: int) -> Version | None:
    """One version of a letter; None for another letter's."""
    return session.scalar(select(Version).where(Version.id == version_id, Version.letter_id == letter_id))


def waiting(session: Session, sequence_id: int) -> list[int]:
    """The ids of letters with words that are not published yet, in their order."""
    found = (
        select(Letter.id)
        .where(Letter.sequence_id == sequence_id, Letter.state != LetterState.RETIRED)
        .where(Letter.id.in_(select(Draft.letter_id)))
        .order_by(Letter.position)
    )
    return list(session.scalars(found))


def trials(session: Session, letter_id: int, *, limit: int = 20) -> Many[tuple[DeskMail, Message, str]]:
    """The letters on trial that were sent to somebody at the desk, each with its message and their name, the newest first."""
    found = (
        select(DeskMail, Message, Admin.name)
        .join(Message, Message.id == DeskMail.message_id)
        .join(Admin, Admin.id == DeskMail.admin_id)
        .where(DeskMail.name == trial_name(letter_id))
        .order_by(DeskMail.message_id.desc())
        .limit(limit)
    )
    return [(mail, message, name) for mail, message, name in session.execute(found)]


def trial_name(letter_id: int) -> str:
    """What a letter on trial is called in the rows of desk mail."""
    return f"letter-{letter_id}"
