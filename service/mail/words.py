"""The fixed words that stand in letters of every author, by language; refuses to hold what a letter itself says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_RIGHT_TO_LEFT: Final = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed words of one language. Names between single braces are filled in when a letter is prepared."""

    opener: str
    one_minute: str
    minutes: str
    numbers: tuple[str, ...]
    now: str
    practice: str
    question: str
    hard_day: str
    stop: str
    support: str
    why: str
    quotes: str

    def opener_for(self, minutes: int, line: str) -> str:
        """The fixed opener of a discreet letter that takes so many minutes to read; `line` says whether one comes after it."""
        number = self.numbers[minutes - 1] if minutes <= len(self.numbers) else str(minutes)
        unit = self.one_minute if minutes == 1 else self.minutes
        return self.opener.format(line=line, minutes=unit.format(number=number))


_ENGLISH: Final = Words(
    opener=(
        "Hello. Here is your note for this week. There is nothing to do and nothing to answer. Read it now, keep it for "
        "a quieter moment, or leave it unread. {line} Reading it takes about {minutes}."
    ),
    one_minute="{number} minute",
    minutes="{number} minutes",
    numbers=("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    now="now: {phase}",
    practice="A small practice",
    question="A question",
    hard_day="If today is hard",
    stop="Stop these emails",
    support="Support lines",
    why="You get this because this address was confirmed on {host}.",
    quotes="“”‘’",
)
_STAND_IN: Final = "en"
_BY_LANGUAGE: Final[Mapping[str, Words]] = {_STAND_IN: _ENGLISH}


def words_for(language: str) -> Words:
    """The words of a language such as `en` or `en-GB`; English ones where there are none yet."""
    return _BY_LANGUAGE.get(_root(language), _ENGLISH)


def other_language(language: str) -> str:
    """The language of the words that stand in where a language has none yet; empty where it has its own."""
    return "" if has_words(language) else _STAND_IN


def has_words(language: str) -> bool:
    """Whether the fixed words are there in that language."""
    return _root(language) in _BY_LANGUAGE


def quotes_of(language: str) -> str:
    """The quotation marks of a language in print, outer and inner ones; empty where we do not know them."""
    return words_for(language).quotes if has_words(language) else ""


def direction_of(language: str) -> str:
    """`ltr` or `rtl`: the way a language is written."""
    return "rtl" if _root(language) in _RIGHT_TO_LEFT else "ltr"


def _root(language: str) -> str:
    return language.partition("-")[0].lower()
