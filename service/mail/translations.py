"""Reads the folder of a programme's translation into one language; refuses a translation that is not whole."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from service.domain.letters import PhasePlan, Translation
from service.mail import sources
from service.mail.folders import PLAN_FILE, Reading, table_of, text_of

_TEXTS: Final = {"title": 80, "summary": 300}
_DISCREET: Final = "discreet_title"
_PHASE_TEXTS: Final = {"title": 60, "plain": 60, "begin": 80}


def read(reading: Reading, language: str, phases: Iterable[PhasePlan], names: Sequence[str]) -> Translation:
    """What the folder of one language holds: names of the programme and its phases, and every letter under its own name."""
    table = table_of(reading, f"{language}/{PLAN_FILE}")
    if table:
        _check_texts(reading, language, table, _TEXTS | ({_DISCREET: 80} if _DISCREET in table else {}), "")
    found = {phase.key: _phase(reading, language, table, phase) for phase in phases} if table else {}
    _check_strangers(reading, language, names)
    letters = {name: source for name in names if (source := _letter(reading, language, name)) is not None}
    title = str(table.get("title", ""))
    return Translation(title, str(table.get(_DISCREET, title)), str(table.get("summary", "")), found, letters)


def _phase(reading: Reading, language: str, table: Mapping[str, Any], phase: PhasePlan) -> dict[str, str]:
    written = table.get("phases", {})
    words = written.get(phase.key, {}) if isinstance(written, dict) else {}
    wanted = {name: limit for name, limit in _PHASE_TEXTS.items() if name != "begin" or phase.begin}
    if not isinstance(words, dict):
        words = {}
    _check_texts(reading, language, words, wanted, f"phases.{phase.key}")
    return {name: str(words.get(name, "")) for name in wanted}


def _check_texts(reading: Reading, language: str, table: Mapping[str, Any], limits: Mapping[str, int], part: str) -> None:
    for name, limit in limits.items():
        value = table.get(name)
        if not isinstance(value, str) or not 0 < len(value.strip()) <= limit or not value.isprintable():
            where = f" below a line [{part}]" if part else ""
            sentence = f'“{name}”{where} must be one line of {limit} characters at most: {name} = "...".'
            reading.complain(1, sentence, f"{language}/{PLAN_FILE}")


def _check_strangers(reading: Reading, language: str, names: Sequence[str]) -> None:
    for file in sorted((reading.folder / language).iterdir()):
        if file.name != PLAN_FILE and not file.name.startswith(".") and file.stem not in names:
            sentence = "There is no letter of this name in the programme itself. Give it the same name as there, or move it."
            reading.complain(1, sentence, f"{language}/{file.name}")


def _letter(reading: Reading, language: str, name: str) -> str | None:
    file = f"{language}/{name}.md"
    if not (reading.folder / file).is_file():
        reading.complain(1, f"There is no {file}. A translation holds every letter; write it, or move the folder away.")
        return None
    text = text_of(reading, file)
    if text is None:
        return None
    try:
        sources.parse_letter(text, name=name)
    except sources.SourceErrors as errors:
        for finding in errors.findings:
            reading.complain(finding.line, finding.sentence, file)
    return text
