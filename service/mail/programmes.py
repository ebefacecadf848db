"""Reads the folder of a programme; refuses it with every mistake of every file at once, each with its line and what to do."""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Final

from service.domain.letters import LetterText, PhasePlan, ProgrammePlan
from service.mail import sources
from service.mail.prepared import LetterTooLarge, prepare_letter
from service.mail.site import Site

PLAN_FILE: Final = "programme.toml"
PACES: Final = (*range(1, 8), 14, 21, 28)
HEAVIEST: Final = 3

_PLAN_TEXTS: Final = {"title": 80, "summary": 300, "language": 20}
_PHASE_TEXTS: Final = {"key": 40, "title": 60, "plain": 60}
_SOME_SITE: Final = Site(
    base_url="https://a-rather-long-name-for-a-site.example.org",
    name="Weekly notes",
    mail_from="notes@example.org",
    mail_from_system="notes@example.org",
    bounce_domain="",
    postal_address="x" * 300,
    organisation="",
)
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_PHASE: Final = r"^\s*\[\[\s*phases\s*\]\]"
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TOML_PLACE: Final = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
_TOML_ADVICE: Final = (
    (re.compile("[“”„‘’]"), "Type quotation marks straight, as the keyboard has them."),
    (re.compile(r"^\s*\[\s*phases\s*\]"), "Begin each phase with [[phases]], in two brackets on each side."),
    (re.compile(r"^\s*\w+\s*:"), "A field is written with an equals sign: name = value."),
)
_NAME_ADVICE: Final = "Use lower-case letters, digits and single dashes"


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
class _Reading:
    """What was found in a folder so far."""

    folder: Path
    findings: set[FileFinding] = field(default_factory=set)
    plan: str = ""
    sources: dict[str, str] = field(default_factory=dict)
    letters: dict[str, LetterText] = field(default_factory=dict)
    misspelt: set[str] = field(default_factory=set)

    def complain(self, line: int, sentence: str, file: str = PLAN_FILE) -> None:
        self.findings.add(FileFinding(self.folder / file, line, sentence))

    def line_of(self, expression: str, turn: int = 0, *, after: int = 0, before: int | None = None) -> int:
        """The line of the plan where an expression is found for the n-th time; where it is nowhere, the line to begin at."""
        lines = list(enumerate(self.plan.split("\n"), 1))[after : before and before - 1]
        found = [number for number, line in lines if re.search(expression, line)]
        return found[min(turn, len(found) - 1)] if found else max(after, 1)

    def line_of_letter(self, name: str, turn: int = 0) -> int:
        return self.line_of(rf"""["']{re.escape(name)}["']""", turn)

    def line_of_field(self, key: str, phase_line: int = 0) -> int:
        """The line of a field of the plan itself, or of the phase that begins on `phase_line`."""
        following = self.line_of(_PHASE, after=phase_line)
        before = following if following > phase_line + 1 else None
        return self.line_of(rf"""^\s*["']?{re.escape(key)}["']?\s*=""", after=phase_line, before=before)

    def line_of_phase(self, number: int) -> int:
        return self.line_of(_PHASE, number)


def read_programme(folder: Path) -> ProgrammePlan:
    """The programme in `folder`; raises ProgrammeErrors with all mistakes of all its files."""
    reading = _Reading(folder)
    slug = folder.absolute().name
    if not _NAME.fullmatch(slug):
        reading.complain(1, f"The folder's name becomes the programme's. {_NAME_ADVICE}, not “{slug}”.")
    table = _plan_table(reading)
    phases = tuple(_phases(reading, table))
    listed = [name for phase in phases for name in phase.letters]
    if table:
        _check_plan(reading, table)
        _check_listing(reading, listed)
        _check_files(reading, listed)
    for name in dict.fromkeys(listed):
        _read_letter(reading, name)
    _check_intensity(reading, listed)
    if not reading.findings:
        _check_sizes(reading, phases, str(table["language"]))
    if reading.findings:
        raise ProgrammeErrors(tuple(sorted(reading.findings)))
    texts = {name: str(table[name]) for name in _PLAN_TEXTS}
    return ProgrammePlan(slug=slug, pace_days=table["pace_days"], phases=phases, sources=reading.sources, **texts)


def _check_sizes(reading: _Reading, phases: Iterable[PhasePlan], language: str) -> None:
    """Prepare every letter as it would be sent: what mailbox providers would cut off must not wait for its reader."""
    for phase in phases:
        for name, discreet in product(phase.letters, (True, False)):
            try:
                prepare_letter(reading.letters[name], phase=phase.plain, language=language, discreet=discreet, site=_SOME_SITE)
            except LetterTooLarge as error:
                reading.complain(1, f"This letter is too long to be sent: {error}", f"{name}.md")


# The plan


def _plan_table(reading: _Reading) -> dict[str, Any]:
    text = _text_of(reading, PLAN_FILE)
    if text is None:
        return {}
    reading.plan = text
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        line = int(place["line"]) if place and place["line"] else len(text.rstrip().split("\n"))
        reason = _TOML_PLACE.sub("", str(error))
        reading.complain(line, f"This line cannot be read ({reason}). {_toml_advice(text.splitlines()[:line])}")
    return {}


def _toml_advice(lines: list[str]) -> str:
    """What to do about a plan that cannot be read at the last of these lines."""
    last = lines[-1] if lines else ""
    return next((advice for expression, advice in _TOML_ADVICE if expression.search(last)), _twice_or_open(lines[:-1], last))


def _twice_or_open(earlier: list[str], last: str) -> str:
    name, equals, _ = (piece.strip() for piece in last.partition("="))
    twice = [number for number, line in enumerate(earlier, 1) if equals and line.partition("=")[0].strip() == name]
    return (f"“{name}” is in line {twice[-1]} too; keep one. " if twice else "") + "Look for a missing quote, bracket or comma."


def _check_plan(reading: _Reading, table: Mapping[str, Any]) -> None:
    _check_keys(reading, table, {*_PLAN_TEXTS, "pace_days", "phases"}, reading.line_of_field)
    for key, limit in _PLAN_TEXTS.items():
        _check_text(reading, table, key, limit, reading.line_of_field(key))
    if isinstance(table.get("language"), str) and not _LANGUAGE.fullmatch(table["language"]):
        reading.complain(reading.line_of_field("language"), "Write “language” as a short code such as en or pt-BR.")
    pace = table.get("pace_days")
    if type(pace) is not int or pace not in PACES:
        sentence = "“pace_days” must be 1 to 7, 14, 21 or 28: letters come on whole days, and from a week on at whole weeks."
        reading.complain(reading.line_of_field("pace_days"), sentence)
    if not isinstance(table.get("phases"), list) or not table["phases"]:
        line = reading.line_of(r"^\s*\[+\s*phases?\s*\]")
        reading.complain(line, "A programme needs at least one phase. Begin each with a line [[phases]].")


def _phases(reading: _Reading, table: Mapping[str, Any]) -> Iterator[PhasePlan]:
    phases = table.get("phases")
    keys: set[str] = set()
    for number, phase in enumerate(phases if isinstance(phases, list) else []):
        line = reading.line_of_phase(number)
        if not isinstance(phase, dict):
            reading.complain(line, "Begin each phase with a line [[phases]], and write its fields below it.")
            continue
        _check_phase(reading, phase, line)
        texts = {name: str(phase.get(name, "")) for name in _PHASE_TEXTS}
        if texts["key"] in keys:
            reading.complain(line, f"Two phases have the key “{texts['key']}”. Give each its own.")
        keys.add(texts["key"])
        yield PhasePlan(letters=tuple(_letter_names(reading, phase, line)), **texts)


def _check_phase(reading: _Reading, phase: Mapping[str, Any], line: int) -> None:
    _check_keys(reading, phase, {*_PHASE_TEXTS, "letters"}, lambda key: reading.line_of_field(key, line))
    for name, limit in _PHASE_TEXTS.items():
        _check_text(reading, phase, name, limit, reading.line_of_field(name, line))
    key = phase.get("key")
    if isinstance(key, str) and key and not _NAME.fullmatch(key):
        reading.complain(line, f"{_NAME_ADVICE} for the key of a phase, not “{key}”.")


def _letter_names(reading: _Reading, phase: Mapping[str, Any], line: int) -> Iterator[str]:
    letters = phase.get("letters")
    if not isinstance(letters, list) or not letters:
        reading.complain(line, 'A phase needs its letters, in order: letters = ["first-letter", "second-letter"].')
        return
    for name in letters:
        if isinstance(name, str) and _NAME.fullmatch(name):
            yield name
        else:
            shown = name if isinstance(name, str) else repr(name)
            where = reading.line_of_letter(name) if isinstance(name, str) else line
            reading.complain(where, f"“{shown}” is no name of a letter. {_NAME_ADVICE}, and leave the .md away.")
            reading.misspelt.add(shown.removesuffix(".md").lower())


def _check_keys(reading: _Reading, table: Mapping[str, Any], known: set[str], line_of: Callable[[str], int]) -> None:
    for key in sorted(table.keys() - known):
        advice = _close(key, known) or f"The fields are: {', '.join(sorted(known))}."
        reading.complain(line_of(key), f"There is no field “{key}” here. {advice}")


def _close(name: str, known: Iterable[str]) -> str:
    """A question, where something known is written almost like that."""
    found = difflib.get_close_matches(name.lower(), sorted(known), n=1)
    return f"Did you mean “{found[0]}”?" if found else ""


def _check_text(reading: _Reading, table: Mapping[str, Any], key: str, limit: int, line: int) -> None:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        reading.complain(line, f'“{key}” is missing or is no text. Write it as {key} = "...".')
    elif len(value) > limit or _CONTROLS.search(value):
        reading.complain(line, f"“{key}” must be one line of {limit} characters at most.")


# The files


def _check_listing(reading: _Reading, listed: list[str]) -> None:
    for place, name in enumerate(listed):
        if turn := listed[:place].count(name):
            reading.complain(reading.line_of_letter(name, turn), f"“{name}” is listed twice. Keep it in one place.")


def _check_files(reading: _Reading, listed: list[str]) -> None:
    for file in sorted(reading.folder.iterdir()):
        if file.name.startswith(".") or file.name == PLAN_FILE:
            continue
        if sentence := _file_mistake(reading, file, listed):
            reading.complain(1, sentence, file.name)


def _file_mistake(reading: _Reading, file: Path, listed: list[str]) -> str:
    """What is wrong with a file in the folder; empty where nothing is, or where the plan was told of it already."""
    plain = re.sub(r"(\.md)?\.(md|markdown|txt)$", "", file.name.lower())
    if file.is_file() and plain in listed and file.name != f"{plain}.md":
        return f"This looks like the letter “{plain}”. Call the file {plain}.md, all in lower case."
    if file.suffix != ".md" or not file.is_file():
        return f"Only {PLAN_FILE} and letters (.md) belong in this folder. Move this elsewhere."
    if file.stem in listed or file.stem.lower() in reading.misspelt:
        return ""
    return f"This letter is in no phase. Add “{file.stem}” to the letters of one in {PLAN_FILE}, or move it."


def _read_letter(reading: _Reading, name: str) -> None:
    file = f"{name}.md"
    if not (reading.folder / file).is_symlink() and not (reading.folder / file).exists():
        stems = (path.stem for path in reading.folder.glob("*.md"))
        unlisted = [stem for stem in stems if _NAME.fullmatch(stem) and f'"{stem}"' not in reading.plan]
        advice = _close(name, unlisted) or "Write it, or take the name out."
        reading.complain(reading.line_of_letter(name), f"“{name}” is listed, but there is no file {file}. {advice}")
        return
    text = _text_of(reading, file)
    if text is None:
        return
    reading.sources[name] = text
    try:
        reading.letters[name] = sources.parse_letter(text, name=name)
    except sources.SourceErrors as errors:
        for finding in errors.findings:
            reading.complain(finding.line, finding.sentence, file)


def _text_of(reading: _Reading, name: str) -> str | None:
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


def _decoded(reading: _Reading, name: str, data: bytes) -> str | None:
    if (place := data.find(b"\0")) >= 0:  # no text holds one; what Windows calls Unicode is full of them
        data = data[:place] + b"\xff"
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        reading.complain(line, "A character here is not UTF-8. Save the file anew, with the encoding UTF-8.", name)
    return None


def _check_intensity(reading: _Reading, listed: list[str]) -> None:
    for before, name in pairwise(listed):
        letters = reading.letters.get(before), reading.letters.get(name)
        if all(letter and letter.intensity == HEAVIEST for letter in letters):
            sentence = f"“{before}” and “{name}” both have intensity {HEAVIEST}. Put a lighter letter between them."
            reading.complain(reading.line_of_letter(name), sentence)
