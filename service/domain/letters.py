"""What a letter consists of, as plain values; refuses to know how it is stored or shown."""

from dataclasses import dataclass
from typing import Final

AUTHOR_PLACEHOLDERS: Final = frozenset({"next_date", "phase", "help_link"})
SYSTEM_PLACEHOLDERS: Final = frozenset({"confirm_link", "next_line", "next_date", "stop_link", "help_link", "site_name"})


@dataclass(frozen=True, slots=True)
class LetterText:
    """One letter in one language, as its author wrote it. Every part but the title is Markdown."""

    name: str
    subject: str
    preview: str
    discreet_subject: str
    discreet_preview: str
    title: str
    opening: str
    reflection: str
    practice: str
    question: str
    hard_day: str
    minutes: int
    intensity: int
    written_by: str
    reviewed_by: str
    content_note: str = ""


@dataclass(frozen=True, slots=True)
class SystemText:
    """One letter of the system itself (confirm, welcome, manage) in one language. The body is Markdown."""

    kind: str
    subject: str
    preview: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class PhasePlan:
    """A phase as its file describes it: a stable key, two names, and its letters in order, by file name without `.md`."""

    key: str
    title: str
    plain: str
    letters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProgrammePlan:
    """A programme as its folder describes it. `sources` holds each letter's whole file by its name."""

    slug: str
    title: str
    summary: str
    language: str
    pace_days: int
    phases: tuple[PhasePlan, ...]
    sources: dict[str, str]
