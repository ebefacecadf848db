"""A letter as the desk edits it, a field for each part, and its file; refuses to lose words of a draft that it cannot read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

from service.domain.letters import FULL, SHORT, LetterText
from service.mail.source_reading import PARTS_BY_OTHER_NAMES, is_nearly_a_fence
from service.mail.sources import LARGEST_FILE, SourceErrors, parse_letter

LABELS: Final[Mapping[str, str]] = {
    "shape": "Shape",
    "subject": "Subject",
    "preview": "Preview",
    "discreet_subject": "Discreet subject",
    "discreet_preview": "Discreet preview",
    "content_note": "Content note",
    "minutes": "Minutes",
    "intensity": "Intensity",
    "written_by": "Written by",
    "reviewed_by": "Reviewed by",
    "title": "Title",
    "opening": "Opening",
    "reflection": "Reflection",
    "practice": "Practice",
    "question": "Question",
    "hard_day": "If today is hard",
}
"""What the desk calls each field of a letter, in the order in which a file holds them."""

PARTS: Final[Mapping[str, str]] = {
    "reflection": "Reflection",
    "practice": "Practice",
    "question": "Question",
    "hard_day": "If today is hard",
}
"""The parts that begin with a heading, and that heading."""

MARKDOWN_FIELDS: Final = frozenset({"content_note", "opening", *PARTS})
"""The fields in which bold, italic, lists, quotes and links may stand."""

_FENCE: Final = "---"
_ON_TOP: Final[Mapping[str, str]] = {
    field: label.lower() for field, label in LABELS.items() if field not in {"title", "opening", *PARTS}
}
_FIELDS_BY_NAME: Final = {name: field for field, name in _ON_TOP.items()}
_MAY_BE_LEFT_OUT: Final = frozenset({"shape", "content_note"})
_FIELDS_BY_HEADING: Final = {heading.lower(): field for field, heading in PARTS.items()} | {
    other.lower(): next(field for field, heading in PARTS.items() if heading == part)
    for other, part in PARTS_BY_OTHER_NAMES.items()
}
_UNLIKE_A_NAME: Final = str.maketrans(dict.fromkeys("\"'“”„‘’_-\u00a0", " "))


@dataclass(frozen=True, slots=True)
class LetterForm:
    """Every part of a letter as it was typed, finished or not. An empty `shape` means that none was chosen."""

    subject: str = ""
    preview: str = ""
    discreet_subject: str = ""
    discreet_preview: str = ""
    content_note: str = ""
    minutes: str = ""
    intensity: str = ""
    written_by: str = ""
    reviewed_by: str = ""
    title: str = ""
    opening: str = ""
    reflection: str = ""
    practice: str = ""
    question: str = ""
    hard_day: str = ""
    shape: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "LetterForm":
        """The form that a page sent; whatever is no field of a letter is passed over."""
        return cls(**{name: values[name] for name in LABELS if name in values})

    def values(self) -> dict[str, str]:
        """Every field by its name, in the order of LABELS."""
        return {name: getattr(self, name) for name in LABELS}

    def tidied(self) -> "LetterForm":
        """The same words as a file can hold them: lines of one line, parts without empty lines at their ends."""
        return LetterForm(**{name: _part(value) if _is_part(name) else _line(value) for name, value in self.values().items()})

    @property
    def is_short(self) -> bool:
        """Whether its author chose the short shape."""
        return self.shape.strip() == SHORT


def to_source(form: LetterForm) -> str:
    """The file of a letter, as an author would write it. A full letter does not say so; empty parts are left out."""
    tidy = form.tidied()
    values = replace(tidy, shape="" if tidy.shape == FULL else tidy.shape).values()
    on_top = [f"{name}: {values[field]}".rstrip() for field, name in _ON_TOP.items() if _stands(field, values[field])]
    blocks = ["\n".join((_FENCE, *on_top, _FENCE))]
    if values["title"]:
        blocks.append(f"# {values['title']}")
    if values["opening"]:
        blocks.append(values["opening"])
    for field, heading in PARTS.items():
        if values[field]:
            blocks += (f"## {heading}", values[field])
    return "\n\n".join(blocks) + "\n"


def from_source(source: str) -> LetterForm:
    """The form of a file. Of one that cannot be taken in, all that can be told apart; never raises.

    Words that belong to no part stay in the part above them, or begin the opening. What lies beyond
    the largest file is cut off.
    """
    try:
        return form_of(parse_letter(source, name=""))
    except SourceErrors:
        return _drafted(source[:LARGEST_FILE])


def form_of(letter: LetterText) -> LetterForm:
    """The form of a letter that was taken in."""
    return LetterForm(**{field.name: str(getattr(letter, field.name)) for field in fields(LetterForm)})


def fields_by_line(source: str) -> list[str]:
    """For each line of a file the field that it belongs to; empty for lines that belong to none."""
    return [field for field, _ in _told_apart(source)]


def _is_part(field: str) -> bool:
    return field == "opening" or field in PARTS


def _stands(field: str, value: str) -> bool:
    return bool(value) or field not in _MAY_BE_LEFT_OUT


def _line(value: str) -> str:
    return " ".join(_plain_ends(value).split("\n")).strip()


def _part(value: str) -> str:
    lines = _plain_ends(value).split("\n")
    first = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
    return "\n".join(lines[first:]).rstrip()


def _plain_ends(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n")


# A draft that is no whole letter yet


def _drafted(source: str) -> LetterForm:
    found: dict[str, list[str]] = {}
    for field, words in _told_apart(source):
        if field:
            found.setdefault(field, []).append(words)
    return LetterForm.of({field: "\n".join(lines) for field, lines in found.items()}).tidied()


def _told_apart(source: str) -> Iterator[tuple[str, str]]:
    """Each line as the field that it belongs to, and what it adds to it."""
    lines = _plain_ends(source.removeprefix("\ufeff")).split("\n")
    below = _end_of_fields(lines)
    yield from _lines_on_top(lines[:below])
    yield from _lines_below(lines[below:])


def _end_of_fields(lines: Sequence[str]) -> int:
    """The number of lines that the fields and their dashes take."""
    first = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
    is_fenced = first < len(lines) and is_nearly_a_fence(lines[first])
    for place in range(first + is_fenced, len(lines)):
        if is_fenced and is_nearly_a_fence(lines[place]):
            return place + 1
        if lines[place].startswith("#") or (not is_fenced and not _named(lines[place])[0]):
            return place
    return len(lines)


def _lines_on_top(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Fields of one line each. What is indented goes on with the field above it; what names none moves to the opening."""
    field, seen = "opening", set[str]()
    for line in lines:
        named, value = _named(line)
        if not line.strip() or is_nearly_a_fence(line):
            yield "", ""
        elif named and named not in seen:
            field = named
            seen.add(field)
            yield field, value
        else:
            yield (field if line[0].isspace() else "opening"), line.strip()


def _named(line: str) -> tuple[str, str]:
    """The field that a line names, and its value; no field where it names none."""
    name, colon, value = line.partition(":")
    plain = " ".join(name[:100].translate(_UNLIKE_A_NAME).split()).lower()
    return (_FIELDS_BY_NAME.get(plain, ""), value.strip()) if colon else ("", "")


def _lines_below(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The title, and parts that begin with a heading we know. A part that comes twice goes on where it stopped."""
    field, has_title = "opening", False
    for line in lines:
        level, words = _heading(line)
        part = _FIELDS_BY_HEADING.get(words.lower().strip(" :.*"), "") if level > 1 else ""
        if level == 1 and words and not has_title:
            has_title = True
            yield "title", words
        elif part:
            field = part
            yield field, ""
        else:
            yield field, line


def _heading(line: str) -> tuple[int, str]:
    """The level and the words of a heading; level 0 where the line is none."""
    signs = line.lstrip(" ")
    words = signs.lstrip("#")
    level = len(signs) - len(words)
    if len(line) - len(signs) > 3 or not 0 < level < 7 or words[:1] not in {" ", "\t", ""}:
        return 0, ""
    bare = words.strip()
    without = bare.rstrip("#")
    return level, (without.rstrip() if without != bare and without[-1:] in {" ", "\t", ""} else bare)
