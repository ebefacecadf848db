"""Writes a programme as the folder that `read_programme` reads; refuses to write over anything that is there."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from service.domain.letters import PhasePlan, ProgrammePlan, Translation
from service.mail.folders import PLAN_FILE


def write_programme(plan: ProgrammePlan, folder: Path) -> Path:
    """Write a programme below `folder`, in one of its own name; answers where. Raises FileExistsError where there is one."""
    own = folder / plan.slug
    own.mkdir(parents=True)
    _write(own / PLAN_FILE, "\n".join(_plan(plan)) + "\n")
    _write_letters(own, plan.sources)
    for code, other in plan.translations.items():
        (own / code).mkdir()
        _write(own / code / PLAN_FILE, "\n".join(_translation(other)) + "\n")
        _write_letters(own / code, other.sources)
    return own


def _write_letters(folder: Path, sources: Mapping[str, str]) -> None:
    for name, source in sources.items():
        _write(folder / f"{name}.md", source)


def _write(path: Path, words: str) -> None:
    path.write_bytes(words.encode())  # as they are: a letter is known again by every byte


def _plan(plan: ProgrammePlan) -> Iterator[str]:
    yield from _fields({"title": plan.title, **_discreet(plan), "summary": plan.summary, "language": plan.language})
    yield f"pace_days = {plan.pace_days}"
    yield f"paces = {json.dumps(list(plan.paces or (plan.pace_days,)))}"
    if plan.again:
        yield "again = true"
    for name, listed in (("fits", plan.fits), ("check_ins", plan.check_ins)):
        if listed:
            yield f"{name} = {_list(listed)}"
    for phase in plan.phases:
        yield from ("", "[[phases]]", *_phase(phase))


def _discreet(names: ProgrammePlan | Translation) -> dict[str, str]:
    return {"discreet_title": names.discreet_title} if names.discreet_title not in ("", names.title) else {}


def _phase(phase: PhasePlan) -> Iterator[str]:
    begin = {"begin": phase.begin} if phase.begin else {}
    yield from _fields({"key": phase.key, "title": phase.title, "plain": phase.plain, **begin})
    yield f"letters = {_list(phase.letters)}"
    if phase.alternates:
        yield f"alternates = {_list(phase.alternates)}"


def _translation(other: Translation) -> Iterator[str]:
    yield from _fields({"title": other.title, **_discreet(other), "summary": other.summary})
    for key, words in other.phases.items():
        yield from ("", f"[phases.{key}]", *_fields(words))


def _fields(values: Mapping[str, str]) -> Iterator[str]:
    for name, value in values.items():
        yield f"{name} = {_text(value)}"


def _list(names: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, names))}]"


def _text(value: str) -> str:
    """A string as TOML has it: that of JSON, whose escapes it shares."""
    return json.dumps(value, ensure_ascii=False)
