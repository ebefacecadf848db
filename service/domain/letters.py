"""What a letter consists of, as plain values; refuses to know how it is stored or shown."""

from dataclasses import dataclass, field
from typing import Final

AUTHOR_PLACEHOLDERS: Final = frozenset({"next_date", "phase", "help_link", "safer_link"})
SYSTEM_PLACEHOLDERS: Final = frozenset(
    {
        *("confirm_link", "never_link", "fresh_link", "read_link", "preferences_link", "stop_link", "help_link"),
        *("next_line", "next_date", "site_name"),
    }
)

FULL: Final = "full"
SHORT: Final = "short"
"""The two shapes of a letter: with all its parts, or with those that it needs only."""


@dataclass(frozen=True, slots=True)
class LetterText:
    """One letter in one language, as its author wrote it. Every part but the title is Markdown.

    Reflection, practice and `hard_day` are empty where a short letter leaves them out.
    """

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
    shape: str = FULL


@dataclass(frozen=True, slots=True)
class SystemText:
    """One letter of the system itself (confirm, welcome, manage) in one language. The body is Markdown."""

    kind: str
    subject: str
    preview: str
    title: str
    body: str


FITS: Final = ("ended", "left", "still", "unsaid", "later")
"""What the sign-up form asks, as a programme says it: which of these it is for. `later` is never offered at sign-up."""

PACES_TO_CHOOSE: Final = (1, 2, 7, 14, 28)
"""Daily, every second day, weekly, every two or four weeks: what a reader may wish where the programme allows it."""


@dataclass(frozen=True, slots=True)
class PhasePlan:
    """A phase as its file describes it: a stable key, its names, and its letters in order, by file name without `.md`.

    `begin` is how somebody would say that they want to begin here. `alternates` are for whoever stays or comes back.
    """

    key: str
    title: str
    plain: str
    letters: tuple[str, ...]
    begin: str = ""
    alternates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Translation:
    """A programme in another language: its names, `title`, `plain` and `begin` of each phase by key, and every letter."""

    title: str
    discreet_title: str
    summary: str
    phases: dict[str, dict[str, str]]
    sources: dict[str, str]


@dataclass(frozen=True, slots=True)
class ProgrammePlan:
    """A programme as its folder describes it. `sources` holds each letter's whole file by its name.

    `discreet_title` is what the pages of a discreet reader call it: bland and true.
    """

    slug: str
    title: str
    summary: str
    language: str
    pace_days: int
    phases: tuple[PhasePlan, ...]
    sources: dict[str, str]
    discreet_title: str = ""
    paces: tuple[int, ...] = ()
    again: bool = False
    fits: tuple[str, ...] = ()
    check_ins: tuple[str, ...] = ()
    translations: dict[str, Translation] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """All its letters: those of the way, then the alternates, then the check-ins."""
        main = [name for phase in self.phases for name in phase.letters]
        return [*main, *(name for phase in self.phases for name in phase.alternates), *self.check_ins]
