"""Says what the file of a letter consists of, and gives the letter in it; refuses it with every mistake at once."""

from typing import Final

from service.domain.letters import AUTHOR_PLACEHOLDERS, FULL, SHORT, SYSTEM_PLACEHOLDERS, LetterText, SystemText
from service.domain.tone import TELLING_WORDS, telling_words
from service.mail.source_reading import LARGEST_FILE, Finding, Kind, SourceErrors, read

__all__ = [
    "LARGEST_FILE",
    "LONGEST_PREVIEW",
    "LONGEST_SUBJECT",
    "TELLING_WORDS",
    "Finding",
    "SourceErrors",
    "parse_letter",
    "parse_system",
    "telling_words",
]

LONGEST_SUBJECT: Final = 50
LONGEST_PREVIEW: Final = 90
LONGEST_OTHER: Final = 300

_LETTER: Final = Kind(
    limits={
        "shape": (FULL, SHORT),
        "subject": LONGEST_SUBJECT,
        "preview": LONGEST_PREVIEW,
        "discreet subject": LONGEST_SUBJECT,
        "discreet preview": LONGEST_PREVIEW,
        "content note": LONGEST_OTHER,
        "minutes": range(1, 61),
        "intensity": range(1, 4),
        "written by": LONGEST_OTHER,
        "reviewed by": LONGEST_OTHER,
    },
    optional=frozenset({"shape", "content note"}),
    with_placeholders=frozenset({"content note"}),
    parts=("Reflection", "Practice", "Question", "If today is hard"),
    optional_parts={FULL: frozenset(), SHORT: frozenset({"Reflection", "Practice", "If today is hard"})},
    placeholders=AUTHOR_PLACEHOLDERS,
)
_SYSTEM: Final = Kind(
    limits={"subject": LONGEST_SUBJECT, "preview": LONGEST_PREVIEW},
    placeholders=SYSTEM_PLACEHOLDERS,
    placeholders_in_line=frozenset({"site_name"}),
)


def parse_letter(source: str, *, name: str) -> LetterText:
    """The letter in `source`; raises SourceErrors with all mistakes."""
    reading = read(source, _LETTER)
    fields, parts = reading.fields, reading.parts
    return LetterText(
        name=name,
        shape=fields.get("shape") or FULL,
        subject=fields["subject"],
        preview=fields["preview"],
        discreet_subject=fields["discreet subject"],
        discreet_preview=fields["discreet preview"],
        title=reading.title,
        opening=parts[""],
        reflection=parts.get("Reflection", ""),
        practice=parts.get("Practice", ""),
        question=parts["Question"],
        hard_day=parts.get("If today is hard", ""),
        minutes=int(fields["minutes"]),
        intensity=int(fields["intensity"]),
        written_by=fields["written by"],
        reviewed_by=fields["reviewed by"],
        content_note=fields.get("content note", ""),
    )


def parse_system(source: str, *, kind: str) -> SystemText:
    """The system letter in `source`; raises SourceErrors with all mistakes."""
    reading = read(source, _SYSTEM)
    return SystemText(
        kind=kind,
        subject=reading.fields["subject"],
        preview=reading.fields["preview"],
        title=reading.title,
        body=reading.parts[""],
    )
