"""What a cell of a list means: a standing, a moment, a network, a place; refuses to guess where it could mean two things."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from service.domain.subscribers import is_zone


class Standing(StrEnum):
    """How somebody stands on the list that they come from."""

    ACTIVE = "active"
    UNSAID = "unsaid"  # there is a column for it, and their cell is empty
    UNCONFIRMED = "unconfirmed"
    NEVER_ASKED = "never-asked"
    OFF = "off"  # no mail goes to them there, and nobody says why
    LEFT = "left"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"  # a word that we do not know


_WORDS: Final[dict[Standing, str]] = {
    Standing.ACTIVE: "active subscribed confirmed enabled verified optedin optin yes true 1 free paid comped member",
    Standing.UNCONFIRMED: "unconfirmed pending validating unverified notconfirmed waiting awaitingconfirmation",
    Standing.NEVER_ASKED: "nonsubscribed transactional notsubscribed neversubscribed",
    Standing.OFF: "disabled inactive invalid deleted archived needsattention paused cold",
    Standing.LEFT: "unsubscribed unsub cancelled canceled left optedout optout removed former no false 0",
    Standing.BOUNCED: "cleaned bounced hardbounced hardbounce bounce undeliverable",
    Standing.COMPLAINED: "complained complaint spam abuse spamcomplaint markedasspam",
    Standing.BLOCKED: "blocklisted blacklisted blocked suppressed banned",
}
_BY_WORD: Final = {word: standing for standing, words in _WORDS.items() for word in words.split()}
_YES: Final = frozenset(["yes", "y", "true", "t", "1", "x", "on", "ja", "si", "sí", "oui"])
_NO: Final = frozenset(["no", "n", "false", "f", "0", "off", "nein", "non"])


def plain_word(text: str) -> str:
    """A word as it can be compared: `Opted-Out` is `optedout`."""
    return "".join(filter(str.isalnum, text.casefold()))


def is_standing(text: str) -> bool:
    """Whether a cell says how somebody stands, in words that we know."""
    return plain_word(text) in _BY_WORD


def standing(text: str) -> Standing:
    """What a cell of a column for the standing says."""
    word = plain_word(text)
    return _BY_WORD.get(word, Standing.UNKNOWN) if word else Standing.UNSAID


def yes(text: str) -> bool | None:
    """What a cell of a yes-or-no column says; None for anything else, and for nothing."""
    word = text.strip().casefold()
    return True if word in _YES else False if word in _NO else None


def says_so(text: str) -> bool:
    """Whether a cell says that something happened: yes, or when."""
    return bool(text.strip()) and yes(text) is not False


_EARLIEST: Final = datetime(1995, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER: Final = timedelta(days=1)
_NUMBERS: Final = re.compile(
    r"(?P<a>\d{1,2})[./-](?P<b>\d{1,2})[./-](?P<year>\d{4}|\d{2})"
    r"(?:[ ,T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?\s*(?P<half>[ap]\.?m\.?)?)?",
    re.IGNORECASE,
)
_YEAR_FIRST: Final = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_NAMED: Final = ("%b %d %Y", "%B %d %Y", "%d %b %Y", "%d %B %Y")
_WITH_A_NAME: Final = re.compile(r"[A-Za-z]{3,9} \d{1,2} \d{4}\b|\d{1,2} [A-Za-z]{3,9} \d{4}\b")
_NAMED_HOURS: Final = ("", " %H:%M:%S", " %H:%M", " %I:%M %p", " %I:%M:%S %p")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DateOrder:
    """Which number comes first where dates are written like 03/04/2025; None where that can be read two ways."""

    day_first: bool | None

    @classmethod
    def of(cls, cells: Iterable[str]) -> "DateOrder | None":
        """The order in a column, from the numbers above 12 in it; None if no date in it is written so."""
        seen = [found for found in map(_NUMBERS.fullmatch, map(str.strip, cells)) if found]
        if not seen:
            return None
        day_first = any(int(found["a"]) > 12 for found in seen)
        month_first = any(int(found["b"]) > 12 for found in seen)
        return cls(day_first if day_first is not month_first else None)


def moment(text: str, order: DateOrder | None, *, wall: datetime) -> datetime | None:
    """The instant that a cell names, in UTC; one without a zone is read as UTC.

    None for anything that is no date, could be two days, lies ahead of `wall` or before there were lists.
    """
    try:
        found = _moment(text.strip(), order) if text else None
    except (ValueError, OverflowError):
        return None
    if found is None:
        return None
    try:
        in_utc = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError:
        return None
    return in_utc if _EARLIEST <= in_utc <= wall + _CLOCKS_DIFFER else None


def _moment(text: str, order: DateOrder | None) -> datetime | None:
    if text.isascii() and text.isdigit() and len(text) in (10, 13):
        return _EPOCH + timedelta(seconds=int(text) / (1000 if len(text) == 13 else 1))
    numbers = _NUMBERS.fullmatch(text)
    if numbers:
        return _from_numbers(numbers, order)
    try:
        return datetime.fromisoformat(_iso(text))
    except ValueError:
        return _from_names(text)


def _iso(text: str) -> str:
    """A date that begins with its year, as the standard writes it: other programs add a name of the zone, or spaces."""
    text = _YEAR_FIRST.sub(lambda found: f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}", text, count=1)
    text = re.sub(r" ?(?:UTC|GMT|Z)$", "+00:00", text) if not re.search(r"[+-]\d\d:?\d\d ?[A-Z]{2,5}$", text) else text
    text = re.sub(r" ?([+-]\d\d):?(\d\d)(?: [A-Z]{2,5})?$", r"\1:\2", text)
    return re.sub(r"\.(\d{6})\d+", r".\1", text)


def _from_numbers(found: re.Match[str], order: DateOrder | None) -> datetime | None:
    first, second = int(found["a"]), int(found["b"])
    day_first = order.day_first if order else None
    if day_first is None and first != second:
        return None
    day, month = (first, second) if day_first else (second, first)
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    return datetime(year, month, day, _hour(found), int(found["minute"] or 0), int(found["second"] or 0))  # noqa: DTZ001


def _hour(found: re.Match[str]) -> int:
    hour, half = int(found["hour"] or 0), (found["half"] or "").lower()
    if not half:
        return hour
    return hour % 12 + (12 if half.startswith("p") else 0)


def _from_names(text: str) -> datetime | None:
    words = " ".join(text.replace(",", " ").split())
    if not _WITH_A_NAME.match(words):
        return None
    for day in _NAMED:
        for hours in _NAMED_HOURS:
            try:
                return datetime.strptime(words, day + hours)  # noqa: DTZ007  the zone is added by who asked
            except ValueError:
                continue
    return None


_TONGUES: Final = {
    "english": "en",
    "spanish": "es",
    "español": "es",
    "espanol": "es",
    "german": "de",
    "deutsch": "de",
    "french": "fr",
    "français": "fr",
    "francais": "fr",
}


def language(text: str) -> str:
    """The code of a language, without its country: `es` for `es-MX` and for `Spanish`. Empty for anything else."""
    word = text.strip().casefold()
    code = re.split(r"[-_]", word)[0]
    return _TONGUES.get(word) or (code if re.fullmatch(r"[a-z]{2,3}", code) else "")


def country(text: str) -> str:
    """The code of a country, such as `GB`. Empty for anything else, names of countries too."""
    code = text.strip().upper()
    return {"UK": "GB", "EL": "GR"}.get(code, code) if re.fullmatch(r"[A-Z]{2}", code) else ""


def zone(text: str) -> str:
    """A time zone that we know. Empty for anything else."""
    return text.strip() if is_zone(text.strip()) else ""
