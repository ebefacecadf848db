"""Reads the folder of a programme; refuses it with every mistake of every file at once, each with its line and what to do."""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Final

from service.domain.letters import FITS, PACES_TO_CHOOSE, PhasePlan, ProgrammePlan
from service.mail import sources, translations
from service.mail.folders import PLAN_FILE, ProgrammeErrors, Reading, table_of, text_of
from service.mail.prepared import LetterTooLarge, prepare_letter
from service.mail.site import Site

PACES: Final = (*range(1, 8), 14, 21, 28)
HEAVIEST: Final = 3

_PLAN_TEXTS: Final = {"title": 80, "summary": 300, "language": 20}
_PHASE_TEXTS: Final = {"key": 40, "title": 60, "plain": 60, "begin": 80}
_OPTIONAL: Final = frozenset({"begin"})
_LISTS: Final = frozenset({"letters", "alternates"})
_DISCREET: Final = "discreet_title"
_CHOICES: Final = frozenset({"paces", "again", "fits", "check_ins", _DISCREET})
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
_NAME_ADVICE: Final = "Use lower-case letters, digits and single dashes"


def read_programme(folder: Path) -> ProgrammePlan:
    """The programme in `folder`; raises ProgrammeErrors with all mistakes of all its files."""
    reading = Reading(folder)
    slug = folder.absolute().name
    if not _NAME.fullmatch(slug):
        reading.complain(1, f"The folder's name becomes the programme's. {_NAME_ADVICE}, not “{slug}”.")
    table = table_of(reading)
    phases = tuple(_phases(reading, table))
    check_ins = tuple(_names_in(reading, table.get("check_ins", []), 1))
    main = [name for phase in phases for name in phase.letters]
    listed = [*main, *(name for phase in phases for name in phase.alternates), *check_ins]
    if table:
        _check_plan(reading, table)
        _check_listing(reading, listed)
        _check_files(reading, listed)
    for name in dict.fromkeys(listed):
        _read_letter(reading, name)
    _check_intensity(reading, main)
    found = {code: translations.read(reading, code, phases, listed) for code in _languages(folder)}
    if not reading.findings:
        _check_sizes(reading, str(table["language"]))
    if reading.findings:
        raise ProgrammeErrors(tuple(sorted(reading.findings)))
    texts = {name: str(table[name]) for name in _PLAN_TEXTS}
    return ProgrammePlan(
        slug=slug,
        pace_days=table["pace_days"],
        paces=_paces(table),
        again=table.get("again", False),
        fits=tuple(table.get("fits", ())),
        check_ins=check_ins,
        discreet_title=str(table.get(_DISCREET, table["title"])),
        phases=phases,
        sources=reading.sources,
        translations=found,
        **texts,
    )


def _paces(table: Mapping[str, Any]) -> tuple[int, ...]:
    """What a reader may choose: what the plan says, or its own pace and every slower one, since a pace is a ceiling."""
    own: int = table["pace_days"]
    return tuple(sorted({own, *table.get("paces", (pace for pace in PACES_TO_CHOOSE if pace > own))}))


def _languages(folder: Path) -> list[str]:
    """The codes of the languages that a programme is translated into: those of its folders."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and _LANGUAGE.fullmatch(path.name))


def _check_sizes(reading: Reading, language: str) -> None:
    """Prepare every letter as it would be sent: what mailbox providers would cut off must not wait for its reader."""
    for (name, text), discreet in product(reading.letters.items(), (True, False)):
        try:
            prepare_letter(text, phase="x" * 60, language=language, discreet=discreet, site=_SOME_SITE)
        except LetterTooLarge as error:
            reading.complain(1, f"This letter is too long to be sent: {error}", f"{name}.md")


# The plan


def _check_plan(reading: Reading, table: Mapping[str, Any]) -> None:
    _check_keys(reading, table, {*_PLAN_TEXTS, *_CHOICES, "pace_days", "phases"}, reading.line_of_field)
    for key, limit in _PLAN_TEXTS.items():
        _check_text(reading, table, key, limit, reading.line_of_field(key))
    if isinstance(table.get("language"), str) and not _LANGUAGE.fullmatch(table["language"]):
        reading.complain(reading.line_of_field("language"), "Write “language” as a short code such as en or pt-BR.")
    pace = table.get("pace_days")
    if type(pace) is not int or pace not in PACES:
        sentence = "“pace_days” must be 1 to 7, 14, 21 or 28: letters come on whole days, and from a week on at whole weeks."
        reading.complain(reading.line_of_field("pace_days"), sentence)
    _check_choices(reading, table)
    if not isinstance(table.get("phases"), list) or not table["phases"]:
        line = reading.line_of(r"^\s*\[+\s*phases?\s*\]")
        reading.complain(line, "A programme needs at least one phase. Begin each with a line [[phases]].")


def _check_choices(reading: Reading, table: Mapping[str, Any]) -> None:
    paces, fits = table.get("paces", []), table.get("fits", [])
    if not isinstance(paces, list) or any(type(pace) is not int or pace not in PACES for pace in paces):
        reading.complain(reading.line_of_field("paces"), "“paces” is a list of 1 to 7, 14, 21 or 28, such as paces = [7, 14].")
    if not isinstance(fits, list) or any(fit not in FITS for fit in fits):
        reading.complain(reading.line_of_field("fits"), f"“fits” is a list of these: {', '.join(FITS)}.")
    if _DISCREET in table:
        _check_text(reading, table, _DISCREET, _PLAN_TEXTS["title"], reading.line_of_field(_DISCREET))
    for word in sources.telling_words(str(table.get(_DISCREET, table.get("title", "")))):
        advice = f'Add {_DISCREET} = "...", something bland and true: the pages of discreet readers show it.'
        reading.complain(reading.line_of_field(_DISCREET), f"“{word}” in the title tells what the letters are about. {advice}")
    if type(table.get("again", False)) is not bool:
        reading.complain(reading.line_of_field("again"), "“again” is true or false, without quotation marks.")


def _phases(reading: Reading, table: Mapping[str, Any]) -> Iterator[PhasePlan]:
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
        yield PhasePlan(
            letters=tuple(_letter_names(reading, phase, line)),
            alternates=tuple(_names_in(reading, phase.get("alternates", []), line)),
            **texts,
        )


def _check_phase(reading: Reading, phase: Mapping[str, Any], line: int) -> None:
    _check_keys(reading, phase, {*_PHASE_TEXTS, *_LISTS}, lambda key: reading.line_of_field(key, line))
    for name, limit in _PHASE_TEXTS.items():
        if name in _OPTIONAL and name not in phase:
            continue
        _check_text(reading, phase, name, limit, reading.line_of_field(name, line))
    key = phase.get("key")
    if isinstance(key, str) and key and not _NAME.fullmatch(key):
        reading.complain(line, f"{_NAME_ADVICE} for the key of a phase, not “{key}”.")


def _letter_names(reading: Reading, phase: Mapping[str, Any], line: int) -> Iterator[str]:
    letters = phase.get("letters")
    if not isinstance(letters, list) or not letters:
        reading.complain(line, 'A phase needs its letters, in order: letters = ["first-letter", "second-letter"].')
        return
    yield from _names_in(reading, letters, line)


def _names_in(reading: Reading, letters: object, line: int) -> Iterator[str]:
    """The names of a list of letters, as far as they are names."""
    if not isinstance(letters, list):
        reading.complain(line, 'Write letters as a list: ["first-letter", "second-letter"].')
        return
    for name in letters:
        if isinstance(name, str) and _NAME.fullmatch(name):
            yield name
        else:
            shown = name if isinstance(name, str) else repr(name)
            where = reading.line_of_letter(name) if isinstance(name, str) else line
            reading.complain(where, f"“{shown}” is no name of a letter. {_NAME_ADVICE}, and leave the .md away.")
            reading.misspelt.add(shown.removesuffix(".md").lower())


def _check_keys(reading: Reading, table: Mapping[str, Any], known: set[str], line_of: Callable[[str], int]) -> None:
    for key in sorted(table.keys() - known):
        advice = _close(key, known) or f"The fields are: {', '.join(sorted(known))}."
        reading.complain(line_of(key), f"There is no field “{key}” here. {advice}")


def _close(name: str, known: Iterable[str]) -> str:
    """A question, where something known is written almost like that."""
    found = difflib.get_close_matches(name.lower(), sorted(known), n=1)
    return f"Did you mean “{found[0]}”?" if found else ""


def _check_text(reading: Reading, table: Mapping[str, Any], key: str, limit: int, line: int) -> None:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        reading.complain(line, f'“{key}” is missing or is no text. Write it as {key} = "...".')
    elif len(value) > limit or _CONTROLS.search(value):
        reading.complain(line, f"“{key}” must be one line of {limit} characters at most.")


# The files


def _check_listing(reading: Reading, listed: list[str]) -> None:
    for place, name in enumerate(listed):
        if turn := listed[:place].count(name):
            reading.complain(reading.line_of_letter(name, turn), f"“{name}” is listed twice. Keep it in one place.")


def _check_files(reading: Reading, listed: list[str]) -> None:
    for file in sorted(reading.folder.iterdir()):
        if file.name.startswith(".") or file.name == PLAN_FILE:
            continue
        if sentence := _file_mistake(reading, file, listed):
            reading.complain(1, sentence, file.name)


def _file_mistake(reading: Reading, file: Path, listed: list[str]) -> str:
    """What is wrong with a file in the folder; empty where nothing is, or where the plan was told of it already."""
    plain = re.sub(r"(\.md)?\.(md|markdown|txt)$", "", file.name.lower())
    if file.is_file() and plain in listed and file.name != f"{plain}.md":
        return f"This looks like the letter “{plain}”. Call the file {plain}.md, all in lower case."
    if file.is_dir() and _LANGUAGE.fullmatch(file.name):
        return ""
    if file.suffix != ".md" or not file.is_file():
        return f"Only {PLAN_FILE}, letters (.md) and folders of translations (es) belong here. Move this elsewhere."
    if file.stem in listed or file.stem.lower() in reading.misspelt:
        return ""
    return f"This letter is in no phase. Add “{file.stem}” to the letters of one in {PLAN_FILE}, or move it."


def _read_letter(reading: Reading, name: str) -> None:
    file = f"{name}.md"
    if not (reading.folder / file).is_symlink() and not (reading.folder / file).exists():
        stems = (path.stem for path in reading.folder.glob("*.md"))
        unlisted = [stem for stem in stems if _NAME.fullmatch(stem) and f'"{stem}"' not in reading.plan]
        advice = _close(name, unlisted) or "Write it, or take the name out."
        reading.complain(reading.line_of_letter(name), f"“{name}” is listed, but there is no file {file}. {advice}")
        return
    text = text_of(reading, file)
    if text is None:
        return
    reading.sources[name] = text
    try:
        reading.letters[name] = sources.parse_letter(text, name=name)
    except sources.SourceErrors as errors:
        for finding in errors.findings:
            reading.complain(finding.line, finding.sentence, file)


def _check_intensity(reading: Reading, listed: list[str]) -> None:
    for before, name in pairwise(listed):
        letters = reading.letters.get(before), reading.letters.get(name)
        if all(letter and letter.intensity == HEAVIEST for letter in letters):
            sentence = f"“{before}” and “{name}” both have intensity {HEAVIEST}. Put a lighter letter between them."
            reading.complain(reading.line_of_letter(name), sentence)
