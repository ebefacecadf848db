"""Whom a batch is for: what is asked of a reader, read from a form or a row, and said in words; refuses to look for anybody.

`misses` is the one place that says what each condition means. The store turns it into SQL.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any, Final

MOST_WEEKS: Final = 520


@dataclass(frozen=True, slots=True)
class Audience:
    """Only readers of whom all of this is true; what is empty asks nothing. Days are those of UTC, first and last included.

    `programme`, `phase` and the weeks are about one and the same running enrolment in a programme: of that slug, with the
    main letter reached in that phase (before the first letter: the phase it will be in), and so many whole weeks after its
    start. `finished` is a programme that they read to its end; `without_letter` are letters of which they had none.
    """

    programme: str | None = None
    phase: str | None = None
    weeks_min: int | None = None
    weeks_max: int | None = None
    languages: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    signed_up_from: date | None = None
    signed_up_until: date | None = None
    finished: str | None = None
    without_letter: frozenset[int] = frozenset()


EVERYONE: Final = Audience()


class AudienceError(ValueError):
    """What was written is no audience: a sentence for each field."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__(" ".join(sentences.values()))
        self.sentences = dict(sentences)


# Read and written


def to_json(audience: Audience) -> dict[str, Any]:
    """An audience as a row keeps it: what asks nothing is left out."""
    values = {each.name: getattr(audience, each.name) for each in fields(audience)}
    return {name: _plain(value) for name, value in values.items() if value is not None and value != frozenset()}


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, date) else value


def from_json(values: Mapping[str, object]) -> Audience:
    """The audience of a row or of a form, where numbers may be text, lists may be parted by commas, and empty asks nothing.

    Raises AudienceError; also for a name that is not known here: a condition that is overlooked would write to too many.
    """
    unknown = sorted(set(values) - set(_READ))
    sentences = {name: f"“{name}” is not something that can be asked of readers." for name in unknown}
    found: dict[str, Any] = {}
    for name, (read, sentence) in _READ.items():
        try:
            found[name] = read(values.get(name))
        except ValueError:
            sentences[name] = sentence
    if not sentences:
        sentences = _contradictions(Audience(**found))
    if sentences:
        raise AudienceError(sentences)
    return Audience(**found)


def _text(value: object) -> str | None:
    if not isinstance(value, str | None):
        raise ValueError
    return (value or "").strip() or None


def _slug(value: object) -> str | None:
    text = _text(value)
    if text is not None and not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", text):
        raise ValueError
    return text


def _number(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return int(value)
    raise ValueError


def _weeks(value: object) -> int | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    weeks = _number(value)
    if not 0 <= weeks <= MOST_WEEKS:
        raise ValueError
    return weeks


def _day(value: object) -> date | None:
    text = _text(value)
    return date.fromisoformat(text) if text else None


def _list(value: object) -> list[object]:
    if isinstance(value, str):
        return [each.strip() for each in value.split(",") if each.strip()]
    if isinstance(value, list | tuple | frozenset):
        return [each for each in value if each != ""]
    if value is None:
        return []
    raise ValueError


def _codes(pattern: str, spell: Callable[[str], str]) -> Callable[[object], frozenset[str]]:
    def read(value: object) -> frozenset[str]:
        codes = [_text(each) or "" for each in _list(value)]
        if not all(re.fullmatch(pattern, spell(code)) for code in codes):
            raise ValueError
        return frozenset(spell(code) for code in codes)

    return read


def _ids(value: object) -> frozenset[int]:
    ids = frozenset(_number(each) for each in _list(value))
    if any(each < 1 for each in ids):
        raise ValueError
    return ids


_WEEKS: Final = f"Weeks are a whole number from 0 to {MOST_WEEKS}."
_DAYS: Final = "A day is written like 2026-12-05."
_READ: Final[dict[str, tuple[Callable[[object], Any], str]]] = {
    "programme": (_slug, "Choose a programme from the list."),
    "phase": (_slug, "Choose a part from the list."),
    "weeks_min": (_weeks, _WEEKS),
    "weeks_max": (_weeks, _WEEKS),
    "languages": (_codes(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", str), "Choose languages from the list."),
    "countries": (_codes(r"[A-Z]{2}", str.upper), "A country is written with two letters, such as IE."),
    "signed_up_from": (_day, _DAYS),
    "signed_up_until": (_day, _DAYS),
    "finished": (_slug, "Choose a programme from the list."),
    "without_letter": (_ids, "Choose letters from the list."),
}


def _contradictions(audience: Audience) -> dict[str, str]:
    """What nobody could fit, or what says too little."""
    least, most, first, last = audience.weeks_min, audience.weeks_max, audience.signed_up_from, audience.signed_up_until
    found = {}
    if audience.phase is not None and audience.programme is None:
        found["phase"] = "Choose the programme that this part belongs to."
    if least is not None and most is not None and least > most:
        found["weeks_max"] = "The most weeks are fewer than the least."
    if first is not None and last is not None and first > last:
        found["signed_up_until"] = "The last day is before the first."
    return found


# What it means


@dataclass(frozen=True, slots=True)
class Run:
    """A running enrolment in a programme: its slug, the key of the phase that the reader is in, and when it began."""

    programme: str
    phase: str | None
    began: datetime


@dataclass(frozen=True, slots=True)
class Reader:
    """What is known of a reader whom an audience is held against."""

    language: str
    country: str | None
    signed_up: date
    runs: tuple[Run, ...] = ()
    finished: frozenset[str] = frozenset()
    had: frozenset[int] = frozenset()


def misses(audience: Audience, reader: Reader, *, now: datetime) -> tuple[str, ...]:
    """The conditions that a reader does not fulfil at calendar time `now`; none if they are in the audience.

    Programme, part and weeks are one condition, named `programme`.
    """
    asks = {
        "programme": _of_a_run(audience) == () or any(_fits(audience, run, now) for run in reader.runs),
        "languages": not audience.languages or reader.language in audience.languages,
        "countries": not audience.countries or reader.country in audience.countries,
        "signed_up_from": audience.signed_up_from is None or reader.signed_up >= audience.signed_up_from,
        "signed_up_until": audience.signed_up_until is None or reader.signed_up <= audience.signed_up_until,
        "finished": audience.finished is None or audience.finished in reader.finished,
        "without_letter": not audience.without_letter & reader.had,
    }
    return tuple(name for name, fulfilled in asks.items() if not fulfilled)


def _of_a_run(audience: Audience) -> tuple[object, ...]:
    asked = (audience.programme, audience.phase, audience.weeks_min, audience.weeks_max)
    return tuple(each for each in asked if each is not None)


def _fits(audience: Audience, run: Run, now: datetime) -> bool:
    weeks = (now - run.began) // timedelta(weeks=1)
    return (
        audience.programme in (None, run.programme)
        and audience.phase in (None, run.phase)
        and (audience.weeks_min is None or weeks >= audience.weeks_min)
        and (audience.weeks_max is None or weeks <= audience.weeks_max)
    )


# In words


def _nothing() -> dict[Any, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called on the desk. What has no name here is called by its slug, code or number."""

    programmes: Mapping[str, str] = field(default_factory=_nothing)
    phases: Mapping[tuple[str, str], str] = field(default_factory=_nothing)
    languages: Mapping[str, str] = field(default_factory=_nothing)
    countries: Mapping[str, str] = field(default_factory=_nothing)
    letters: Mapping[int, str] = field(default_factory=_nothing)


NO_NAMES: Final = Names()


def in_words(audience: Audience, names: Names = NO_NAMES) -> str:
    """An audience as one plain sentence."""
    said = [*_run_in_words(audience, names), *_person_in_words(audience, names), *_past_in_words(audience, names)]
    return f"Readers who {_listed(said)}." if said else "Everyone who gets letters."


def _run_in_words(audience: Audience, names: Names) -> list[str]:
    slug, phase = audience.programme, audience.phase
    said = []
    if slug is not None:
        title = names.programmes.get(slug, slug)
        said.append(f"are in “{names.phases.get((slug, phase), phase)}” of {title}" if phase else f"are on {title}")
    if audience.weeks_min or audience.weeks_max is not None:
        weeks = _weeks_in_words(audience.weeks_min or 0, audience.weeks_max)
        said.append(f"have been on {'it' if slug else 'a programme'} for {weeks}")
    elif audience.weeks_min is not None and slug is None:
        said.append("are on a programme")
    return said


def _weeks_in_words(least: int, most: int | None) -> str:
    if most is None:
        return f"{_weeks_of(least)} or more"
    if most == 0:
        return "less than one week"
    if least == 0:
        return f"up to {_weeks_of(most)}"
    return _weeks_of(least) if least == most else f"{least} to {_weeks_of(most)}"


def _weeks_of(number: int) -> str:
    return "one week" if number == 1 else f"{number} weeks"


def _person_in_words(audience: Audience, names: Names) -> list[str]:
    said = []
    if audience.languages:
        said.append(f"read in {_either(names.languages.get(each, each) for each in sorted(audience.languages))}")
    if audience.countries:
        said.append(f"live in {_either(names.countries.get(each, each) for each in sorted(audience.countries))}")
    return said


def _past_in_words(audience: Audience, names: Names) -> list[str]:
    said = []
    if between := _between(audience.signed_up_from, audience.signed_up_until):
        said.append(f"signed up {between}")
    if audience.finished is not None:
        said.append(f"have finished {names.programmes.get(audience.finished, audience.finished)}")
    if audience.without_letter:
        letters = (f"“{names.letters.get(each, f'letter {each}')}”" for each in sorted(audience.without_letter))
        said.append(f"have not had {_either(letters)}")
    return said


def _between(first: date | None, last: date | None) -> str:
    if first is None:
        return f"on {_written(last)} or earlier" if last else ""
    if last is None:
        return f"on {_written(first)} or later"
    return f"on {_written(first)}" if first == last else f"from {_written(first)} to {_written(last)}"


def _written(day: date) -> str:
    return f"{day:%-d %B %Y}"


def _either(words: Iterable[str]) -> str:
    return _listed(list(words), "or")


def _listed(words: list[str], last: str = "and") -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else words[0]
