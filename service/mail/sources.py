"""Reads the file of one letter into its parts; refuses it with every mistake at once, each with its line and what to do."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from service.domain.letters import AUTHOR_PLACEHOLDERS, SYSTEM_PLACEHOLDERS, LetterText, SystemText
from service.mail import markdown

LARGEST_FILE: Final = 100_000
LONGEST_SUBJECT: Final = 50
LONGEST_PREVIEW: Final = 90
LONGEST_OTHER: Final = 300
LONGEST_TITLE: Final = 80

PARTS: Final = ("Reflection", "Practice", "Question", "If today is hard")
TELLING_WORDS: Final = (
    "abuse", "violence", "survivor", "toxic", "leaving", "ex", "trauma", "safety", "healing",
)  # fmt: skip

_FENCE: Final = "---"
_NOT_QUITE_A_FENCE: Final = re.compile(r"\s*[-–—+=*]{1,5}\s*")
_QUOTED: Final = re.compile(r"""(["'“„«]).*["'”“»]""")
_OTHER_NAMES: Final[Mapping[str, str]] = {"A small practice": "Practice", "A question": "Question"}
_BRACES: Final = re.compile(r"\{\{(.*?)\}\}")
_LONE_BRACES: Final = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
# C0 and C1 without tab and line feed, the separators of Unicode, and the marks that turn the direction of text.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One mistake: the line it stands on, counted from 1, and a sentence that says what to do."""

    line: int
    sentence: str


class SourceErrors(ValueError):  # noqa: N818 -- it carries many
    """A letter that cannot be taken in, with everything that is wrong with it."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(f"{finding.line}: {finding.sentence}" for finding in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class _Kind:
    """What one kind of file consists of: its fields (longest value; None for a number), parts and placeholders."""

    limits: Mapping[str, int | None]
    optional: frozenset[str]
    with_placeholders: frozenset[str]
    parts: tuple[str, ...]
    placeholders: frozenset[str]
    placeholders_in_line: frozenset[str]


_LETTER: Final = _Kind(
    limits={
        "subject": LONGEST_SUBJECT,
        "preview": LONGEST_PREVIEW,
        "discreet subject": LONGEST_SUBJECT,
        "discreet preview": LONGEST_PREVIEW,
        "content note": LONGEST_OTHER,
        "minutes": None,
        "intensity": None,
        "written by": LONGEST_OTHER,
        "reviewed by": LONGEST_OTHER,
    },
    optional=frozenset({"content note"}),
    with_placeholders=frozenset({"content note"}),
    parts=PARTS,
    placeholders=AUTHOR_PLACEHOLDERS,
    placeholders_in_line=frozenset(),
)
_SYSTEM: Final = _Kind(
    limits={"subject": LONGEST_SUBJECT, "preview": LONGEST_PREVIEW},
    optional=frozenset(),
    with_placeholders=frozenset(),
    parts=(),
    placeholders=SYSTEM_PLACEHOLDERS,
    placeholders_in_line=frozenset({"site_name"}),
)
_RANGES: Final[Mapping[str, range]] = {"minutes": range(1, 61), "intensity": range(1, 4)}


@dataclass(slots=True)
class _Reading:
    """What was found in a file so far."""

    kind: _Kind
    findings: set[Finding] = field(default_factory=set)
    fields: dict[str, str] = field(default_factory=dict)
    field_lines: dict[str, int] = field(default_factory=dict)
    title: str = ""
    parts: dict[str, str] = field(default_factory=dict)

    def complain(self, line: int, sentence: str) -> None:
        self.findings.add(Finding(line, sentence))


def parse_letter(source: str, *, name: str) -> LetterText:
    """The letter in `source`; raises SourceErrors with all mistakes."""
    reading = _read(source, _LETTER)
    return LetterText(
        name=name,
        subject=reading.fields["subject"],
        preview=reading.fields["preview"],
        discreet_subject=reading.fields["discreet subject"],
        discreet_preview=reading.fields["discreet preview"],
        title=reading.title,
        opening=reading.parts[""],
        reflection=reading.parts["Reflection"],
        practice=reading.parts["Practice"],
        question=reading.parts["Question"],
        hard_day=reading.parts["If today is hard"],
        minutes=int(reading.fields["minutes"]),
        intensity=int(reading.fields["intensity"]),
        written_by=reading.fields["written by"],
        reviewed_by=reading.fields["reviewed by"],
        content_note=reading.fields.get("content note", ""),
    )


def parse_system(source: str, *, kind: str) -> SystemText:
    """The system letter in `source`; raises SourceErrors with all mistakes."""
    reading = _read(source, _SYSTEM)
    return SystemText(
        kind=kind,
        subject=reading.fields["subject"],
        preview=reading.fields["preview"],
        title=reading.title,
        body=reading.parts[""],
    )


def _read(source: str, kind: _Kind) -> _Reading:
    reading = _Reading(kind)
    if len(source.encode("utf-8", "surrogatepass")) > LARGEST_FILE:
        reading.complain(1, f"This file is larger than {LARGEST_FILE // 1000} kB. A letter is a few hundred words.")
        raise SourceErrors(tuple(reading.findings))
    lines = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    _check_characters(reading, lines)
    _check_first_line(reading, lines)
    after_fields = _read_fields(reading, lines)
    _check_fields(reading, after_fields)
    _check_placeholders(reading, lines, after_fields)
    _read_body(reading, lines, after_fields)
    if reading.findings:  # what is missing is told of the last line at most
        found = {Finding(min(finding.line, len(lines)), finding.sentence) for finding in reading.findings}
        raise SourceErrors(tuple(sorted(found)))
    return reading


def _check_characters(reading: _Reading, lines: Sequence[str]) -> None:
    for number, line in enumerate(lines, 1):
        if found := _CONTROLS.search(line):
            reading.complain(number, f"Here is an invisible character (U+{ord(found[0]):04X}). Type the line anew.")


# The fields on top


def _check_first_line(reading: _Reading, lines: Sequence[str]) -> None:
    """Without its first line nothing of a letter can be told from anything else, so nothing else is complained of."""
    if lines[0].strip() == _FENCE:
        return
    if not any(line.strip() for line in lines):
        sentence = "This file is empty. A letter begins with three dashes (---), and its fields follow, one on each line."
    elif not lines[0].strip():
        sentence = "Nothing may stand above the three dashes (---). Take the empty lines away."
    elif _NOT_QUITE_A_FENCE.fullmatch(lines[0]):
        sentence = "The first line must be three dashes (---), and plain ones. Some editors join them; type them anew."
    else:
        sentence = "The first line must be three dashes (---). The fields follow, one on each line."
    reading.complain(1, sentence)
    raise SourceErrors(tuple(sorted(reading.findings)))


def _read_fields(reading: _Reading, lines: Sequence[str]) -> int:
    """Read the fields between the two lines of dashes; answer the number of lines that they and the dashes take."""
    below = next((number for number, line in enumerate(lines) if line.startswith("## ")), len(lines))
    closed = next((number for number, line in enumerate(lines[1:below], 2) if line.strip() == _FENCE), 0)
    for number, line in enumerate(lines[1:], 2):
        if number == closed:
            return number
        if line.startswith("#") and closed:
            reading.complain(
                number, "Fields have no titles or comments among them. Take this line out, or put the dashes above it."
            )
        elif line.startswith("#"):
            reading.complain(number, "The fields are not closed. Put a line of three dashes (---) above the title.")
            return number - 1
        elif _NOT_QUITE_A_FENCE.fullmatch(line):
            reading.complain(
                number, "A line of three plain dashes (---) closes the fields. Some editors join them; type them anew."
            )
        elif line.strip():
            _read_field(reading, number, line)
    reading.complain(len(lines), "The fields are not closed. Put a line of three dashes (---) below the last one.")
    return len(lines)


def _read_field(reading: _Reading, number: int, line: str) -> None:
    name, colon, value = (piece.strip() for piece in line.partition(":"))
    if not colon:
        reading.complain(number, "A field is written as name: value, on one line.")
    elif (plain := " ".join(re.sub(r"[\"'“”„‘’_-]", " ", name).split()).lower()) != name and plain in reading.kind.limits:
        reading.complain(
            number, f"Write this field as {plain}: ... in lower case, with plain spaces and without quotation marks."
        )
        reading.fields.setdefault(plain, value)
        reading.field_lines.setdefault(plain, number)
    elif name not in reading.kind.limits:
        reading.complain(number, f"There is no field “{name}”. {_advice(name, tuple(reading.kind.limits))}")
    elif name in reading.fields:
        reading.complain(number, f"“{name}” stands here twice, first on line {reading.field_lines[name]}. Keep one.")
    else:
        reading.fields[name] = value
        reading.field_lines[name] = number


def _check_fields(reading: _Reading, last_line: int) -> None:
    for name, limit in reading.kind.limits.items():
        line = reading.field_lines.get(name, max(last_line, 1))
        value = reading.fields.get(name)
        if not value and name not in reading.kind.optional:
            what = "is missing" if value is None else "is empty"
            reading.complain(line, f"“{name}” {what}. Add a line {name}: ... to the fields on top.")
        elif value and limit is None:
            _check_number(reading, line, name, value)
        elif value and limit is not None and len(value) > limit:
            reading.complain(line, f"“{name}” has {len(value)} characters; {limit} is the most. Make it shorter.")
        elif value and _QUOTED.fullmatch(value):
            reading.complain(line, f"The quotation marks around “{name}” would be shown. Take them away.")
    _check_discretion(reading)
    if note := reading.fields.get("content note"):
        line = reading.field_lines["content note"]
        if _check_markdown(reading, note, line - 1):
            reading.complain(line, "“content note” is a sentence, not a heading. Take the # away.")


def _check_number(reading: _Reading, line: int, name: str, value: str) -> None:
    allowed = _RANGES[name]
    if not (value.isascii() and value.isdigit() and len(value) < 4 and int(value) in allowed):
        reading.complain(line, f"“{name}” must be a whole number from {allowed[0]} to {allowed[-1]}, in digits.")


def _check_discretion(reading: _Reading) -> None:
    for name in ("discreet subject", "discreet preview"):
        for word in telling_words(reading.fields.get(name, "")):
            sentence = f"“{name}” must not name the topic, and “{word}” does. Write something bland and true."
            reading.complain(reading.field_lines[name], sentence)


def telling_words(text: str) -> list[str]:
    """The words in `text` that would tell somebody else what the letters are about."""
    found = set(re.findall(r"\w+", text.lower()))
    return [word for word in TELLING_WORDS if word in found]


# Placeholders


def _check_placeholders(reading: _Reading, lines: Sequence[str], after_fields: int) -> None:
    for number, line in enumerate(lines, 1):
        for sentence in _placeholder_mistakes(line, _allowed_on(reading, number, line, after_fields)):
            reading.complain(number, sentence)


def _allowed_on(reading: _Reading, number: int, line: str, after_fields: int) -> frozenset[str]:
    if number > after_fields:
        return reading.kind.placeholders
    name = line.partition(":")[0].strip()
    is_markdown = number <= after_fields and name in reading.kind.with_placeholders
    return reading.kind.placeholders if is_markdown else reading.kind.placeholders_in_line


def _placeholder_mistakes(line: str, allowed: frozenset[str]) -> Iterator[str]:
    for found in _BRACES.finditer(line):
        name = found[1].strip()
        if name not in allowed or not markdown.PLACEHOLDER.fullmatch(found[0]):
            instead = ", ".join(f"{{{{ {known} }}}}" for known in sorted(allowed))
            advice = f"Use one of {instead}, or none." if allowed else "Write the words themselves."
            yield f"The placeholder {{{{ {name} }}}} cannot be used here. {advice}"
    if lone := _LONE_BRACES.search(_BRACES.sub("", line)):
        yield f"“{lone[0]}” belongs to no placeholder. One is written as {{{{ name }}}}, on one line."


# The parts below


def _read_body(reading: _Reading, lines: Sequence[str], after_fields: int) -> None:
    body = list(lines[after_fields:])
    headings = _check_markdown(reading, "\n".join(body), after_fields)
    titles = [heading for heading in headings if heading.level == 1]
    sections = [heading for heading in headings if heading.level != 1]
    _read_title(reading, titles, headings, body, after_fields)
    for heading in sections:
        _check_section(reading, heading, after_fields)
    _check_order(reading, sections, after_fields)
    _cut_parts(reading, headings, body, after_fields)


def _check_markdown(reading: _Reading, source: str, lines_above: int) -> list[markdown.Heading]:
    marks = markdown.Marks(reading.kind.placeholders, source)
    refusals, headings = markdown.inspect(source, marks)
    for refusal in refusals:
        reading.complain(lines_above + refusal.line, refusal.sentence)
    return headings


def _read_title(
    reading: _Reading,
    titles: Sequence[markdown.Heading],
    headings: Sequence[markdown.Heading],
    body: Sequence[str],
    above: int,
) -> None:
    if not titles:
        reading.complain(above + 1, "The title is missing. Below the fields, write it on a line of its own: # Title.")
        return
    title = titles[0]
    line = above + title.first + 1
    reading.title = title.words
    for other in titles[1:]:
        sentence = f"There is one title only, on line {line}. Give the headings below it two signs: ## Reflection."
        reading.complain(above + other.first + 1, sentence)
    if title is not headings[0] or any(row.strip() for row in body[: title.first]):
        reading.complain(line, "The title comes first, right below the fields. Move what stands above it.")
    if not title.words or not title.is_plain or len(title.words) > LONGEST_TITLE:
        reading.complain(line, f"The title is plain words, {LONGEST_TITLE} characters at most: no bold, no link.")
    for name in markdown.PLACEHOLDER.findall(title.words):
        if name not in reading.kind.placeholders_in_line:
            reading.complain(line, f"The placeholder {{{{ {name} }}}} cannot be used in a title. Write the words themselves.")


def _check_section(reading: _Reading, heading: markdown.Heading, above: int) -> None:
    line = above + heading.first + 1
    if not reading.kind.parts:
        reading.complain(line, "A system letter has a title and no other headings. Take this one out.")
    elif _part(heading) is None:
        reading.complain(line, f"There is no part “{heading.words}”. {_part_advice(heading.words, reading.kind.parts)}")
    elif heading.level != 2:
        reading.complain(line, f"Write this heading with two signs: ## {_part(heading)}.")


def _part_advice(words: str, known: Sequence[str]) -> str:
    names = {name.lower(): name for name in known} | {other.lower(): name for other, name in _OTHER_NAMES.items()}
    close = difflib.get_close_matches(words.lower().strip(" :.*"), names, n=1)
    return f"Did you mean ## {names[close[0]]}?" if close else f"The parts are: {', '.join(known)}."


def _part(heading: markdown.Heading) -> str | None:
    return next((part for part in PARTS if part.lower() == heading.words.lower()), None)


def _check_order(reading: _Reading, sections: Sequence[markdown.Heading], above: int) -> None:
    seen: dict[str, int] = {}
    for heading in sections:
        part = _part(heading)
        line = above + heading.first + 1
        if part is None or not reading.kind.parts:
            continue
        if part in seen:
            reading.complain(line, f"“{part}” stands here twice, first on line {seen[part]}. Put the two together.")
            continue
        if later := [other for other in seen if PARTS.index(other) > PARTS.index(part)]:
            reading.complain(line, f"“{part}” comes before “{later[0]}”. Move it up.")
        seen[part] = line
    for part in reading.kind.parts:
        if part not in seen:
            reading.complain(max(above, 1), f"The part “{part}” is missing. Add its heading, ## {part}, and its text.")


def _cut_parts(reading: _Reading, headings: Sequence[markdown.Heading], body: Sequence[str], above: int) -> None:
    if not headings:
        return
    ends = [heading.first for heading in headings[1:]] + [len(body)]
    for heading, end in zip(headings, ends, strict=True):
        name = "" if heading.level == 1 else _part(heading)
        text = "\n".join(body[heading.after : end]).strip("\n").rstrip()
        if name is None or name in reading.parts:
            continue
        reading.parts[name] = text
        line = above + heading.first + 1
        if not text.strip():
            reading.complain(line, f"There is no text below “{heading.words}”. Write it, or take the heading out.")
        elif name == "Practice" and not re.search(r"^ {0,3}\d{1,9}[.)] ", text, re.MULTILINE):
            reading.complain(line, "A practice is numbered steps. Begin its lines with 1., 2., 3.")


def _advice(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name.lower(), known, n=1)
    return f"Did you mean “{close[0]}”?" if close else f"The fields are: {', '.join(known)}."
