"""Reads a file with fields on top and parts below; refuses it with every mistake at once, each with its line and what to do."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from service.domain.tone import telling_words
from service.mail import markdown

LARGEST_FILE: Final = 100_000
MOST_LINES: Final = 2_000
MOST_OF_A_SIGN: Final = 2_000
LONGEST_TITLE: Final = 80
PARTS_BY_OTHER_NAMES: Final[Mapping[str, str]] = {"A small practice": "Practice", "A question": "Question"}
"""What readers see above two of the parts, which authors may take for their names."""

_FENCE: Final = "---"
_NOT_QUITE_A_FENCE: Final = re.compile(r"\s*[-–—+=*]{1,5}\s*")
_QUOTED: Final = re.compile(r"""(["'“„«]).*["'”“»]""")
_BRACES: Final = re.compile(r"\{\{((?:(?!\{\{).)*?)\}\}")
_SIGNS_OF_MARKDOWN: Final = "[](){}<>!*_`#&\"'~|\\"
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
class Kind:
    """What one kind of file consists of: its fields, parts and placeholders.

    Each field has the most characters it may take, the numbers or the words it may be. `optional_parts` says by the value
    of the field `shape` which parts may be left out; its first is meant where that field is left out itself.
    """

    limits: Mapping[str, int | range | tuple[str, ...]]
    placeholders: frozenset[str]
    parts: tuple[str, ...] = ()
    optional_parts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    with_placeholders: frozenset[str] = frozenset()
    placeholders_in_line: frozenset[str] = frozenset()


@dataclass(slots=True)
class Reading:
    """What was found in a file so far. The opening is the part without a name."""

    kind: Kind
    findings: set[Finding] = field(default_factory=set)
    fields: dict[str, str] = field(default_factory=dict)
    field_lines: dict[str, int] = field(default_factory=dict)
    title: str = ""
    parts: dict[str, str] = field(default_factory=dict)

    def complain(self, line: int, sentence: str) -> None:
        self.findings.add(Finding(line, sentence))


def read(source: str, kind: Kind) -> Reading:
    """What stands in a file of this kind; raises SourceErrors with all mistakes."""
    reading = Reading(kind)
    if sentence := too_much(source):
        reading.complain(1, sentence)
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


def too_much(source: str) -> str:
    """What to do about a file that would keep a reader busy for minutes; empty where it is of a letter's size."""
    if len(source.encode("utf-8", "surrogatepass")) > LARGEST_FILE:
        return f"This file is larger than {LARGEST_FILE // 1000} kB. A letter is a few hundred words."
    if max(source.count("\n"), source.count("\r")) > MOST_LINES:
        return f"This file has more than {MOST_LINES} lines. A letter is a few hundred words."
    # Markdown looks behind each of these for another one that closes it: the time grows with the square of their number.
    for sign in _SIGNS_OF_MARKDOWN:
        if source.count(sign) > MOST_OF_A_SIGN:
            return f"The sign {sign} stands here more than {MOST_OF_A_SIGN} times. A letter is a few hundred words."
    return ""


def _check_characters(reading: Reading, lines: Sequence[str]) -> None:
    for number, line in enumerate(lines, 1):
        if found := _CONTROLS.search(line):
            reading.complain(number, f"Here is an invisible character (U+{ord(found[0]):04X}). Type the line anew.")


# The fields on top


def _check_first_line(reading: Reading, lines: Sequence[str]) -> None:
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


def is_nearly_a_fence(line: str) -> bool:
    """Whether a line closes or opens the fields, or was meant to."""
    return bool(line.strip()) and bool(_NOT_QUITE_A_FENCE.fullmatch(line))


def _read_fields(reading: Reading, lines: Sequence[str]) -> int:
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


def _read_field(reading: Reading, number: int, line: str) -> None:
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


def _check_fields(reading: Reading, last_line: int) -> None:
    for name, limit in reading.kind.limits.items():
        line = reading.field_lines.get(name, max(last_line, 1))
        value = reading.fields.get(name)
        if not value and name not in reading.kind.optional:
            what = "is missing" if value is None else "is empty"
            reading.complain(line, f"“{name}” {what}. Add a line {name}: ... to the fields on top.")
        elif value and (sentence := _value_mistake(name, value, limit)):
            reading.complain(line, sentence)
    _check_discretion(reading)
    if note := reading.fields.get("content note"):
        line = reading.field_lines["content note"]
        if _check_markdown(reading, note, line - 1):
            reading.complain(line, "“content note” is a sentence, not a heading. Take the # away.")


def _value_mistake(name: str, value: str, limit: int | range | tuple[str, ...]) -> str:
    """What to do about a value that its field cannot take; empty where it can."""
    if isinstance(limit, range):
        is_number = value.isascii() and value.isdigit() and len(value) < 4
        fits = is_number and int(value) in limit
        return "" if fits else f"“{name}” must be a whole number from {limit[0]} to {limit[-1]}, in digits."
    if isinstance(limit, tuple):
        known = " or ".join(limit)
        return "" if value in limit else f"“{name}” must be {known}, in lower case. Write one of them, or take the line out."
    if len(value) > limit:
        return f"“{name}” has {len(value)} characters; {limit} is the most. Make it shorter."
    is_quoted = _QUOTED.fullmatch(value)
    return f"The quotation marks around “{name}” would be shown. Take them away." if is_quoted else ""


def _check_discretion(reading: Reading) -> None:
    for name in ("discreet subject", "discreet preview"):
        for word in telling_words(reading.fields.get(name, "")):
            sentence = f"“{name}” must not name the topic, and “{word}” does. Write something bland and true."
            reading.complain(reading.field_lines[name], sentence)


# Placeholders


def _check_placeholders(reading: Reading, lines: Sequence[str], after_fields: int) -> None:
    for number, line in enumerate(lines, 1):
        for sentence in _placeholder_mistakes(line, _allowed_on(reading, number, line, after_fields)):
            reading.complain(number, sentence)


def _allowed_on(reading: Reading, number: int, line: str, after_fields: int) -> frozenset[str]:
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


def _read_body(reading: Reading, lines: Sequence[str], after_fields: int) -> None:
    body = list(lines[after_fields:])
    headings = _check_markdown(reading, "\n".join(body), after_fields)
    titles = [heading for heading in headings if heading.level == 1]
    sections = [heading for heading in headings if heading.level != 1]
    _read_title(reading, titles, headings, body, after_fields)
    for heading in sections:
        _check_section(reading, heading, after_fields)
    _check_order(reading, sections, after_fields)
    _cut_parts(reading, headings, body, after_fields)


def _check_markdown(reading: Reading, source: str, lines_above: int) -> list[markdown.Heading]:
    marks = markdown.Marks(reading.kind.placeholders, source)
    refusals, headings = markdown.inspect(source, marks)
    for refusal in refusals:
        reading.complain(lines_above + refusal.line, refusal.sentence)
    return headings


def _read_title(
    reading: Reading,
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


def _check_section(reading: Reading, heading: markdown.Heading, above: int) -> None:
    line = above + heading.first + 1
    if not reading.kind.parts:
        reading.complain(line, "A system letter has a title and no other headings. Take this one out.")
    elif _part(reading, heading) is None:
        reading.complain(line, f"There is no part “{heading.words}”. {_part_advice(heading.words, reading.kind.parts)}")
    elif heading.level != 2:
        reading.complain(line, f"Write this heading with two signs: ## {_part(reading, heading)}.")


def _part_advice(words: str, known: Sequence[str]) -> str:
    names = {name.lower(): name for name in known} | {other.lower(): name for other, name in PARTS_BY_OTHER_NAMES.items()}
    close = difflib.get_close_matches(words.lower().strip(" :.*"), names, n=1)
    return f"Did you mean ## {names[close[0]]}?" if close else f"The parts are: {', '.join(known)}."


def _part(reading: Reading, heading: markdown.Heading) -> str | None:
    return next((part for part in reading.kind.parts if part.lower() == heading.words.lower()), None)


def _check_order(reading: Reading, sections: Sequence[markdown.Heading], above: int) -> None:
    parts, seen = reading.kind.parts, dict[str, int]()
    for heading in sections:
        part = _part(reading, heading)
        line = above + heading.first + 1
        if part is None:
            continue
        if part in seen:
            reading.complain(line, f"“{part}” stands here twice, first on line {seen[part]}. Put the two together.")
            continue
        if later := [other for other in seen if parts.index(other) > parts.index(part)]:
            reading.complain(line, f"“{part}” comes before “{later[0]}”. Move it up.")
        seen[part] = line
    for part in _needed_parts(reading):
        if part not in seen:
            reading.complain(max(above, 1), f"The part “{part}” is missing. {_advice_on_missing(reading, part)}")


def _needed_parts(reading: Reading) -> list[str]:
    """The parts that must be there. Of a shape that is none only those of all shapes: the others may not be meant."""
    by_shape = reading.kind.optional_parts
    if not by_shape:
        return list(reading.kind.parts)
    shape = reading.fields.get("shape") or next(iter(by_shape))
    optional = by_shape.get(shape, frozenset().union(*by_shape.values()))
    return [part for part in reading.kind.parts if part not in optional]


def _advice_on_missing(reading: Reading, part: str) -> str:
    shapes = [shape for shape, optional in reading.kind.optional_parts.items() if part in optional]
    without = f", or say shape: {shapes[0]} among the fields" if shapes else ""
    return f"Add its heading, ## {part}, and its text{without}."


def _cut_parts(reading: Reading, headings: Sequence[markdown.Heading], body: Sequence[str], above: int) -> None:
    if not headings:
        return
    ends = [heading.first for heading in headings[1:]] + [len(body)]
    for heading, end in zip(headings, ends, strict=True):
        name = "" if heading.level == 1 else _part(reading, heading)
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
