"""Reads the files of a programme's folder and keeps what is wrong with them; refuses to know what a programme is."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from service.domain.letters import LetterText
from service.mail import sources

PLAN_FILE: Final = "programme.toml"

_PHASE: Final = r"^\s*\[\[\s*phases\s*\]\]"
_TOML_PLACE: Final = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
_TOML_ADVICE: Final = (
    (re.compile("[“”„‘’]"), "Type quotation marks straight, as the keyboard has them."),
    (re.compile(r"^\s*\[\s*phases\s*\]"), "Begin each phase with [[phases]], in two brackets on each side."),
    (re.compile(r"^\s*\w+\s*:"), "A field is written with an equals sign: name = value."),
)


@dataclass(frozen=True, slots=True, order=True)
class FileFinding:
    """One mistake in one file: the line it stands on, counted from 1, and a sentence that says what to do."""

    file: Path
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


class ProgrammeErrors(ValueError):  # noqa: N818 -- it carries many
    """A programme that cannot be taken in, with everything that is wrong with it."""

    def __init__(self, findings: tuple[FileFinding, ...]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


@dataclass(slots=True)
class Reading:
    """What was found in a folder so far."""

    folder: Path
    findings: set[FileFinding] = field(default_factory=set)
    plan: str = ""
    sources: dict[str, str] = field(default_factory=dict)
    letters: dict[str, LetterText] = field(default_factory=dict)
    misspelt: set[str] = field(default_factory=set)

    def complain(self, line: int, sentence: str, file: str = PLAN_FILE) -> None:
        """Keep a mistake."""
        self.findings.add(FileFinding(self.folder / file, line, sentence))

    def line_of(self, expression: str, turn: int = 0, *, after: int = 0, before: int | None = None) -> int:
        """The line of the plan where an expression is found for the n-th time; where it is nowhere, the line to begin at."""
        lines = list(enumerate(self.plan.split("\n"), 1))[after : before and before - 1]
        found = [number for number, line in lines if re.search(expression, line)]
        return found[min(turn, len(found) - 1)] if found else max(after, 1)

    def line_of_letter(self, name: str, turn: int = 0) -> int:
        """The line of the plan that names a letter for the n-th time."""
        return self.line_of(rf"""["']{re.escape(name)}["']""", turn)

    def line_of_field(self, key: str, phase_line: int = 0) -> int:
        """The line of a field of the plan itself, or of the phase that begins on `phase_line`."""
        following = self.line_of(_PHASE, after=phase_line)
        before = following if following > phase_line + 1 else None
        return self.line_of(rf"""^\s*["']?{re.escape(key)}["']?\s*=""", after=phase_line, before=before)

    def line_of_phase(self, number: int) -> int:
        """The line of the plan on which a phase begins, counted from 0."""
        return self.line_of(_PHASE, number)


def table_of(reading: Reading, file: str = PLAN_FILE) -> dict[str, Any]:
    """What a plan holds; empty, with a complaint, where it cannot be read."""
    text = text_of(reading, file)
    if text is None:
        return {}
    if file == PLAN_FILE:
        reading.plan = text
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        line = int(place["line"]) if place and place["line"] else len(text.rstrip().split("\n"))
        reason = _TOML_PLACE.sub("", str(error))
        reading.complain(line, f"This line cannot be read ({reason}). {_toml_advice(text.splitlines()[:line])}", file)
    return {}


def _toml_advice(lines: list[str]) -> str:
    """What to do about a plan that cannot be read at the last of these lines."""
    last = lines[-1] if lines else ""
    return next((advice for expression, advice in _TOML_ADVICE if expression.search(last)), _twice_or_open(lines[:-1], last))


def _twice_or_open(earlier: list[str], last: str) -> str:
    name, equals, _ = (piece.strip() for piece in last.partition("="))
    twice = [number for number, line in enumerate(earlier, 1) if equals and line.partition("=")[0].strip() == name]
    return (f"“{name}” is in line {twice[-1]} too; keep one. " if twice else "") + "Look for a missing quote, bracket or comma."


def text_of(reading: Reading, name: str) -> str | None:
    """The text of a file in the folder, or None and a complaint."""
    file = reading.folder / name
    if not file.resolve().is_relative_to(reading.folder.resolve()):
        reading.complain(1, "This link points outside its folder. Put the file itself here.", name)
    elif not file.is_file():
        sentence = f"There is no file {name} here, in lower case. A programme is a folder with {PLAN_FILE} and its letters."
        reading.complain(1, sentence, name)
    elif file.stat().st_size > sources.LARGEST_FILE:
        reading.complain(1, f"This file is larger than {sources.LARGEST_FILE // 1000} kB. Make it smaller.", name)
    else:
        return _decoded(reading, name, file.read_bytes())
    return None


def _decoded(reading: Reading, name: str, data: bytes) -> str | None:
    if (place := data.find(b"\0")) >= 0:  # no text holds one; what Windows calls Unicode is full of them
        data = data[:place] + b"\xff"
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        reading.complain(line, "A character here is not UTF-8. Save the file anew, with the encoding UTF-8.", name)
    return None
