"""Support lines by country, from a data file and as the desk changed them; refuses an entry that lacks anything, by name."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final


class LineType(StrEnum):
    """Whom a line is for, in the order in which a page shows them."""

    EMERGENCY = "emergency"
    ABUSE = "abuse"
    SUICIDE = "suicide"
    MEN = "men"
    LGBT = "lgbt"
    UNDER_18 = "under-18"
    DEAF = "deaf"


class SupportLinesError(ValueError):
    """A file of support lines that cannot be used, in one sentence that names the entry."""


@dataclass(frozen=True, slots=True)
class SupportLine:
    """One line. `text` says how to write, `leaves_trace` what a call leaves behind; empty: nobody knows yet."""

    country: str
    type: LineType
    name: str
    number: str
    text: str
    hours: str
    url: str
    languages: str
    leaves_trace: str
    note: str
    source: str
    verified_on: date | None
    verified_by: str

    @property
    def verified(self) -> bool:
        """Whether somebody checked it, and stands for it with a name and a day."""
        return self.verified_on is not None and bool(self.verified_by)

    @property
    def fingerprint(self) -> str:
        """A hash of all that is shown of it: who checked a line did not check another one."""
        shown = (self.country, self.type, self.name, self.number, self.text, self.hours, self.url, self.languages)
        return hashlib.sha256("|".join((*shown, self.leaves_trace, self.note)).encode()).hexdigest()

    @property
    def dial(self) -> str:
        """The number as a telephone wants it."""
        return re.sub(r"[^0-9+*#]", "", self.number)


@dataclass(frozen=True, slots=True)
class Country:
    """A country with its lines, in the order of their types."""

    code: str
    name: str
    lines: tuple[SupportLine, ...]

    @property
    def emergency(self) -> SupportLine | None:
        """The line for danger now, if there is one with a number."""
        return next((line for line in self.lines if line.type is LineType.EMERGENCY and line.number), None)

    def only_verified(self) -> "Country":
        """The same country with the lines that somebody checked."""
        return Country(self.code, self.name, tuple(line for line in self.lines if line.verified))


_CODE: Final = re.compile(r"[A-Z]{2}")
_NUMBER: Final = re.compile(r"\+?[0-9*#][0-9 *#-]*")
_URL: Final = re.compile(r"https://[a-z0-9.-]+\.[a-z]+(?:/[^\s\"'<>]*)?")
_WORDS: Final = ("number", "text", "hours", "url", "languages", "leaves_trace", "note", "verified_by")
_NEEDED: Final = ("country", "type", "name", "source")
_KNOWN: Final = frozenset({*_WORDS, *_NEEDED, "verified_on"})
_TYPES: Final = ", ".join(LineType)


def parse(text: str) -> tuple[Country, ...]:
    """All countries of a file, by name, each with its lines. Raises SupportLinesError for the first entry that is wrong."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SupportLinesError(f"It is not TOML: {error}.") from None
    if stray := set(table) - {"countries", "line"}:
        raise SupportLinesError(f"Nothing is known of {_list(stray)}; a file has [countries] and [[line]] entries.")
    names = _names(table.get("countries", {}))
    entries = table.get("line", [])
    if not isinstance(entries, list):
        raise SupportLinesError("Each line is a [[line]], with two brackets.")
    lines = [_line(number, entry, names) for number, entry in enumerate(entries, 1)]
    _check_once(lines)
    found = (Country(code, name, _of(code, lines)) for code, name in names.items())
    return tuple(sorted(found, key=lambda country: country.name.casefold()))


def for_readers(countries: Iterable[Country], *, demo: bool) -> tuple[Country, ...]:
    """What a page may show: in a demo everything, elsewhere only lines that somebody checked, and no empty country."""
    shown = countries if demo else (country.only_verified() for country in countries)
    return tuple(country for country in shown if country.lines)


def checked_at_the_desk(
    countries: Iterable[Country], checks: Mapping[tuple[str, str], tuple[date, str]]
) -> tuple[Country, ...]:
    """Countries with what was checked at the desk: `checks` has day and name by country and fingerprint."""
    return tuple(replace(country, lines=tuple(checked(line, checks) for line in country.lines)) for country in countries)


def checked(line: SupportLine, checks: Mapping[tuple[str, str], tuple[date, str]]) -> SupportLine:
    """A line with the day and the name of whoever checked it last, in its file or at the desk."""
    day, by = checks.get((line.country, line.fingerprint), (line.verified_on, line.verified_by))
    return line if line.verified_on and day and day < line.verified_on else replace(line, verified_on=day, verified_by=by)


FIELDS: Final = ("type", "name", "number", "text", "hours", "languages", "url", "leaves_trace", "note", "source")
"""What the desk may write of a line."""

LONGEST: Final = 300
_AT_THE_DESK: Final = "line:"
_NEW: Final = "new-"


@dataclass(frozen=True, slots=True)
class Kept:
    """A place for a line: what its file says (None: it was added at the desk), and what holds (None: it was taken off).

    `key` names it among the lines of its country. A file that says something else of a line makes another place of it.
    """

    key: str
    given: SupportLine | None
    line: SupportLine | None

    @property
    def changed(self) -> bool:
        """Whether the desk says something else than the file."""
        return _words_of(self.line) != _words_of(self.given)


Changes = Mapping[tuple[str, str], SupportLine | None]


def choice_of(country: str, key: str) -> str:
    """The name under which the desk keeps what it says of a line."""
    return f"{_AT_THE_DESK}{country}:{key}"


def new_key(letters: str) -> str:
    """The key of a line that is added at the desk."""
    return f"{_NEW}{letters}"


def written(country: str, words: Mapping[str, str]) -> SupportLine:
    """A line as somebody wrote it at the desk, which nobody has checked yet. Raises SupportLinesError."""
    tidy = {field: words.get(field, "").strip() for field in FIELDS}
    for field, value in tidy.items():
        if len(value) > LONGEST:
            raise SupportLinesError(f"{field} must have at most {LONGEST} characters.")
        if not value.isprintable():
            raise SupportLinesError(f"{field} must be words on one line, without invisible characters.")
    return _read(tidy | {"country": country}, {country: country})


def to_keep(line: SupportLine | None) -> str:
    """A line as the desk keeps it; None: it was taken off."""
    return json.dumps(_words_of(line))


def _words_of(line: SupportLine | None) -> dict[str, str]:
    return {field: getattr(line, field) for field in FIELDS} if line else {}


def changes_in(chosen: Mapping[str, str]) -> Changes:
    """What the desk says of lines, by country and key. What can no longer be read counts as unsaid."""
    found: dict[tuple[str, str], SupportLine | None] = {}
    for name, value in chosen.items():
        if name.startswith(_AT_THE_DESK):
            country, _, key = name.removeprefix(_AT_THE_DESK).partition(":")
            with suppress(ValueError):
                words = json.loads(value)
                found[country, key] = written(country, words) if words else None
    return found


def places(country: Country, changes: Changes) -> tuple[Kept, ...]:
    """Every place for a line of a country, as its file gives them, and those that were added behind."""
    given = {line.fingerprint[:16]: line for line in country.lines}
    kept = [Kept(key, line, changes.get((country.code, key), line)) for key, line in given.items()]
    added = {key: line for (code, key), line in changes.items() if code == country.code and key.startswith(_NEW)}
    return (*kept, *(Kept(key, None, line) for key, line in added.items() if line is not None))


def changed_at_the_desk(countries: Iterable[Country], changes: Changes) -> tuple[Country, ...]:
    """Countries with their lines as the desk changed, added and took them off."""
    return tuple(
        replace(each, lines=_of(each.code, [place.line for place in places(each, changes) if place.line])) if changes else each
        for each in countries
    )


IN_SHORT: Final = (LineType.EMERGENCY, LineType.ABUSE, LineType.SUICIDE)


def in_short(country: Country) -> list[SupportLine]:
    """The lines of a country that stand at the foot of a letter: one for danger now, one about abuse, one about suicide."""
    reachable = [line for line in country.lines if line.number or line.text]
    found = (next((line for line in reachable if line.type is wanted), None) for wanted in IN_SHORT)
    return [line for line in found if line is not None]


def _names(table: object) -> dict[str, str]:
    if not isinstance(table, dict):
        raise SupportLinesError('[countries] gives each code a name, such as GB = "United Kingdom".')
    for code, name in table.items():
        if not _CODE.fullmatch(code) or not isinstance(name, str) or not name.strip():
            raise SupportLinesError(f'[countries], {code}: it needs two capital letters and a name: GB = "United Kingdom".')
    return table


def _line(number: int, entry: object, names: Mapping[str, str]) -> SupportLine:
    if not isinstance(entry, dict):
        raise SupportLinesError(f"Line {number} is no table of fields.")
    try:
        return _read(entry, names)
    except SupportLinesError as error:
        called = ", ".join(str(entry[field]) for field in ("country", "name") if entry.get(field))
        raise SupportLinesError(f"Line {number} ({called or 'without a name'}): {error}") from None


def _read(entry: Mapping[str, object], names: Mapping[str, str]) -> SupportLine:
    if stray := set(entry) - _KNOWN:
        raise SupportLinesError(f"there is no field {_list(stray)}; fields are {_list(_KNOWN)}.")
    words = {field: _text(entry, field) for field in (*_NEEDED, *_WORDS)}
    for field in _NEEDED:
        if not words[field]:
            raise SupportLinesError(f"{field} is missing.")
    if words["country"] not in names:
        raise SupportLinesError("its country has no name in [countries].")
    kind, words = words["type"], {field: value for field, value in words.items() if field != "type"}
    if kind not in set(LineType):
        raise SupportLinesError(f"type must be one of {_TYPES}.")
    _check_ways(words)
    return SupportLine(type=LineType(kind), verified_on=_day(entry, words["verified_by"]), **words)


def _text(entry: Mapping[str, object], field: str) -> str:
    value = entry.get(field, "")
    if not isinstance(value, str) or value != value.strip() or not value.isprintable():
        raise SupportLinesError(f"{field} must be words in quotation marks on one line, without blanks around them.")
    return value


def _check_ways(words: Mapping[str, str]) -> None:
    if not (words["number"] or words["text"] or words["url"]):
        raise SupportLinesError("it needs a number, a text or a url, so that somebody can be reached.")
    if words["number"] and not _NUMBER.fullmatch(words["number"]):
        raise SupportLinesError("number must be one to dial: digits, blanks, hyphens, + in front. Words go to note.")
    if words["url"] and not _URL.fullmatch(words["url"]):
        raise SupportLinesError("url must be like https://www.example.org/help.")


def _day(entry: Mapping[str, object], by: str) -> date | None:
    value = entry.get("verified_on", "")
    if value == "":
        if by:
            raise SupportLinesError("verified_by names somebody, but verified_on has no day.")
        return None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise SupportLinesError("verified_on must be a day such as 2026-11-20, without quotation marks, or empty.")
    if not by:
        raise SupportLinesError("verified_on has a day, but verified_by says nobody.")
    return value


def _check_once(lines: Iterable[SupportLine]) -> None:
    seen = set()
    for number, line in enumerate(lines, 1):
        key = (line.country, line.type, line.name)
        if key in seen:
            raise SupportLinesError(f"Line {number} ({line.country}, {line.name}): it is there twice as {line.type}.")
        seen.add(key)


def _of(code: str, lines: Iterable[SupportLine]) -> tuple[SupportLine, ...]:
    order = list(LineType)
    return tuple(sorted((line for line in lines if line.country == code), key=lambda line: order.index(line.type)))


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
