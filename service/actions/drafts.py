"""Keeps what somebody is writing: saves, restores, takes in whole files; refuses to save over another's words unseen."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Final

from sqlalchemy.orm import Session

from service.actions import arranging
from service.actions.arranging import RefusedError
from service.mail.checks import Level, look_over
from service.mail.editing import LetterForm, from_source, to_source
from service.mail.site import Site
from service.mail.source_reading import LARGEST_FILE, SourceErrors, too_much
from service.mail.sources import parse_letter
from service.store import batches, holds, letter_words, letters, sequences
from service.store.desk_tables import Draft
from service.store.letters import Text
from service.store.tables import Letter, Sequence

MOST_FILES: Final = 200
NOT_NOW: Final = "The first readers of this letter may have it already. Its words stay as they are."
_APART: Final = 1_000_000
"""Drafts that began with different versions never share a revision."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, and when."""

    admin_id: int
    name: str
    wall: datetime


@dataclass(frozen=True, slots=True)
class Saved:
    """A draft is as it was sent. `revision` is what the next save must name; `is_new` says whether anything was written."""

    revision: int
    is_new: bool


class OtherWordsError(Exception):
    """Somebody else has saved or published other words since: those that were sent are not kept, and must not be lost."""

    def __init__(self, text: Text) -> None:
        self.by, self.at, self.source, self.revision = text.by or "A file", text.at, text.source, text.revision
        self.is_published = text.draft is None
        super().__init__(f"{self.by} has {'published' if self.is_published else 'saved'} other words since you opened this.")


@dataclass(frozen=True, slots=True, order=True)
class FileFinding:
    """What is wrong with a file that was brought: its name, the line counted from 1, and what to do."""

    file: str
    line: int
    sentence: str


class FilesRefusedError(Exception):
    """Nothing was taken in, with everything that is wrong with any of the files."""

    def __init__(self, findings: Iterable[FileFinding]) -> None:
        self.findings = tuple(sorted(findings))
        super().__init__(f"{len(self.findings)} things to mend")


def form_of(source: str) -> LetterForm:
    """The parts of a letter, finished or not. An empty one has none."""
    return _form_of(source) if source else LetterForm()


@lru_cache(maxsize=1024)
def _form_of(source: str) -> LetterForm:
    return from_source(source)


def title_of(source: str, name: str) -> str:
    """What a letter is called; while it has no title by its subject, or by its name."""
    form = form_of(source)
    return form.title or form.subject or name.replace("-", " ").capitalize()


def titles(session: Session, letter_ids: Collection[int]) -> dict[int, str]:
    """What letters are called now, each in the language of its sequence; one without words is left out."""
    return {letter_id: title_of(source, "") for letter_id, source in letter_words.sources(session, letter_ids).items()}


def check_open(session: Session, letter_id: int, *, now: datetime) -> Letter:
    """The letter, locked. Raises RefusedError where its words may not change: it is gone, or readers of its batch have it."""
    letter = letters.locked(session, letter_id)
    if letter is None:
        raise RefusedError("There is no such letter.")
    if not batches.is_editable(session, letter_id, now=now):
        raise RefusedError(NOT_NOW)
    return letter


def save(
    session: Session, letter_id: int, language: str, form: LetterForm, *, revision: int, writer: Writer, now: datetime
) -> Saved:
    """Keep the words of a letter in one language. `revision` is that of the text they began with.

    Raises OtherWordsError where somebody saved other words since, and RefusedError for what cannot be a letter at all.
    """
    letter = check_open(session, letter_id, now=now)
    if language not in letters.languages_of(session.get_one(Sequence, letter.sequence_id)):
        raise RefusedError("This letter is not written in that language.")
    source = to_source(form)
    if sentence := too_much(source):
        raise RefusedError(f"{sentence.replace('This file', 'This letter')} It was not saved; your words are still here.")
    text = letters.text_of(session, letter_id, language)
    if text.source == source or (not text.source and form.tidied() == LetterForm()):
        return Saved(text.revision, is_new=False)
    if text.revision != revision:
        raise OtherWordsError(text)
    return Saved(_keep(session, letter, language, source, text, writer), is_new=True)


def _keep(session: Session, letter: Letter, language: str, source: str, text: Text, writer: Writer) -> int:
    draft = text.draft or begin(session, letter.id, language, text, writer)
    draft.source, draft.admin_id, draft.by, draft.at = source, writer.admin_id, writer.name, writer.wall
    draft.reviewed_by, draft.reviewed_at = "", None  # what somebody has read were other words
    draft.revision += 1
    session.flush()
    return draft.revision


def begin(session: Session, letter_id: int, language: str, text: Text, writer: Writer) -> Draft:
    """A draft of words as they are."""
    draft = Draft(
        letter_id=letter_id,
        language=language,
        source=text.source,
        revision=-text.revision * _APART,
        admin_id=writer.admin_id,
        by=writer.name,
        at=writer.wall,
    )
    session.add(draft)
    session.flush()
    return draft


def discard(session: Session, letter_id: int, language: str, *, revision: int) -> None:
    """Forget a draft: what is published counts again. Raises OtherWordsError where somebody saved other words since."""
    letters.locked(session, letter_id)
    text = letters.text_of(session, letter_id, language)
    if text.draft is None:
        return
    if text.revision != revision:
        raise OtherWordsError(text)
    session.delete(text.draft)
    session.flush()


def restore(session: Session, letter_id: int, version_id: int, *, writer: Writer, now: datetime) -> list[str]:
    """Make drafts of the words of an older version, in all its languages. Returns the languages that differ from now."""
    letter = check_open(session, letter_id, now=now)
    version = letters.version(session, letter_id, version_id)
    if version is None:
        raise RefusedError("There is no such version.")
    if letters.drafts_of(session, letter_id):
        raise RefusedError("There is a draft with other words. Publish it or discard it first, so that nothing is lost.")
    restored = []
    for text in sequences.texts_of(session, version.id):
        present = letters.text_of(session, letter_id, text.language)
        if present.source != text.source:
            _keep(session, letter, text.language, text.source, present, writer)
            restored.append(text.language)
    return restored


# Whole files


def from_files(
    session: Session, sequence_id: int, files: Iterable[tuple[str, bytes]], *, writer: Writer, site: Site
) -> list[int]:
    """Add a letter for each Markdown file, in the order of their names, behind those of a sequence. Returns their ids.

    A file in a folder called like another language of the sequence (`es/`) is a translation. They are drafts, to be published
    from the page of the sequence. Raises FilesRefusedError with all that is wrong, and then nothing is taken in.
    """
    sequence = holds.locked(session, sequence_id)
    if sequence is None:
        raise RefusedError("There is no such programme or batch.")
    brought = sorted(files, key=lambda each: each[0])
    findings = list(_wrong_with_all(brought))
    read = {} if findings else dict(_read(brought, findings, letters.languages_of(sequence), site))
    findings += _without_original(read, sequence.language)
    if findings:
        raise FilesRefusedError(findings)
    phase = sequences.phases_of(session, sequence_id)[0]
    made: dict[str, Letter] = {}
    for (stem, language), source in sorted(read.items(), key=lambda each: (each[0][1] != sequence.language, each[0][0])):
        if stem not in made:
            made[stem] = arranging.add_letter(session, sequence_id, form_of(source).title, phase_id=phase.id)
        _keep(session, made[stem], language, source, Text("", 0, None), writer)
    return [letter.id for letter in made.values()]


def _wrong_with_all(brought: list[tuple[str, bytes]]) -> Iterator[FileFinding]:
    if not brought:
        yield FileFinding("", 1, "Choose the files of the letters first.")
    if len(brought) > MOST_FILES:
        yield FileFinding("", 1, f"{len(brought)} files are too many at once; {MOST_FILES} is the most.")


def _read(
    brought: list[tuple[str, bytes]], findings: list[FileFinding], languages: list[str], site: Site
) -> Iterator[tuple[tuple[str, str], str]]:
    """The source of each file by its name and language; what is wrong goes to the findings."""
    seen = set[tuple[str, str]]()
    for name, data in brought:
        path = PurePosixPath(name.replace("\\", "/"))
        language = path.parent.name if path.parent.name in languages[1:] else languages[0]
        key = (path.stem.lower(), language)
        wrong = list(_wrong_with(path, data, language, site))
        if key in seen:
            wrong.append((1, "Another file has this name. Rename one of them."))
        seen.add(key)
        findings += [FileFinding(name[:200], line, sentence) for line, sentence in wrong]
        if not wrong:
            yield key, _decoded(data)


def _wrong_with(path: PurePosixPath, data: bytes, language: str, site: Site) -> Iterator[tuple[int, str]]:
    if path.suffix.lower() != ".md":
        yield 1, "Only Markdown files (.md) are letters. Leave this one out."
        return
    if len(data) > LARGEST_FILE:
        yield 1, f"This file is larger than {LARGEST_FILE // 1000} kB. A letter is a few hundred words."
        return
    try:
        source = _decoded(data)
        parse_letter(source, name=path.stem)
    except UnicodeDecodeError as error:
        yield data[: error.start].count(b"\n") + 1, "A character here is not UTF-8. Save the file anew, with that encoding."
    except SourceErrors as errors:
        yield from ((finding.line, finding.sentence) for finding in errors.findings)
    else:
        remarks = look_over(source, language=language, site=site, phase="")
        yield from ((1, remark.sentence) for remark in remarks if remark.level is Level.BLOCK)


def _decoded(data: bytes) -> str:
    return data.decode("utf-8-sig").replace("\r\n", "\n")


def _without_original(read: dict[tuple[str, str], str], language: str) -> Iterator[FileFinding]:
    for stem, other in read:
        if other != language and (stem, language) not in read:
            yield FileFinding(f"{other}/{stem}.md", 1, "There is no letter of this name in the first language. Add it too.")
