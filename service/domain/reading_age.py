"""How old somebody is who reads English with ease, after Flesch and Kincaid; refuses to measure what is too short to tell."""

import re
from collections.abc import Iterable
from typing import Final

from service.domain.tone import sentences, words_of

FEW_WORDS: Final = 100
"""Below this a reading age hangs on a word or two."""

_YEARS_BEFORE_SCHOOL: Final = 5
_VOWELS: Final = re.compile(r"[aeiouy]+")
# Two vowels beside each other that are said apart, as in "familiar", "seeing", "easier"; not in "version".
_APART: Final = re.compile(
    r"(?<![tcsgnx])i[aou]|(?<=n)i[au]|[aeiouy]ing|ier$|iest$|eo(?!us|ple|n\b)|[^q]u(?:al|ous|el)|io(?:d|le)|creat|real[^m]"
)
# An e that nobody hears, as in "made", "hoped", "times", "safety", "something".
_SILENT: Final = re.compile(
    r"(?:[^laeiouy]e|[aeiou]le|[^tdaeiouy]ed|[^aeiouylscxzgh]es|[aeiou]les|[aeiou][ftn]e(?:ly|ty|less|ful|ment)|^some.{3,})$"
)


def grade_of(passages: Iterable[str]) -> float | None:
    """The school year for which plain passages are written; None where they have too few words to tell."""
    counts = [words_of(sentence) for passage in passages for sentence in sentences(passage)]
    each = [words for words in counts if words]
    number = sum(map(len, each))
    if number < FEW_WORDS:
        return None
    spoken = sum(syllables(word) for words in each for word in words)
    return 0.39 * number / len(each) + 11.8 * spoken / number - 15.59


def age_of(grade: float) -> int:
    """The age, in whole years, at which somebody reads what is written for that school year."""
    return max(round(grade) + _YEARS_BEFORE_SCHOOL, _YEARS_BEFORE_SCHOOL)


def syllables(word: str) -> int:
    """How many syllables an English word has, as far as its letters tell; one at least."""
    plain = re.sub(r"[’']\w+$|[^a-z]", "", word.lower())
    groups = len(_VOWELS.findall(plain)) + len(_APART.findall(plain))
    silent = len(_SILENT.findall(plain))
    return max(groups - silent, 1)
