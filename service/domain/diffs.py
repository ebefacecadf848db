"""What was changed between two versions of a letter, word by word and part by part; refuses to spend long on large texts."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

MOST_PAIRS: Final = 250_000
"""Texts of which more pieces than this would be held against each other are not compared piece by piece."""

_WORDS: Final = re.compile(r"\s*\S+|\s+\Z")
_PARAGRAPHS: Final = re.compile(r"(?:[^\n]|\n(?!\n))*\n*")
_SHORT: Final = 3


class Change(StrEnum):
    """What became of some words."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that share one fate, with the white space before them."""

    change: Change
    words: str


@dataclass(frozen=True, slots=True)
class PartDiff:
    """One part of a letter. Its pieces without the new ones are the text before, without the gone ones the text after."""

    name: str
    pieces: tuple[Piece, ...]

    @property
    def is_changed(self) -> bool:
        """Whether anything in it is gone or new."""
        return any(piece.change is not Change.SAME for piece in self.pieces)


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[PartDiff, ...]:
    """Every part that has words in either version, in the order of `after`; parts that only `before` has come last."""
    names = [*after, *(name for name in before if name not in after)]
    both = ((name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple(PartDiff(name, changes(old, new)) for name, old, new in both if old or new)


def changes(old: str, new: str) -> tuple[Piece, ...]:
    """How one text became the other."""
    return tuple(_together(_rounded(list(_together(_compared(_WORDS.findall(old), _WORDS.findall(new)))))))


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    """Words, or paragraphs where there are too many words, or all of it where there are too many of these as well."""
    start = next((place for place, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    rest = min(len(old), len(new)) - start
    end = next((place for place in range(rest) if old[-1 - place] != new[-1 - place]), rest)
    yield Piece(Change.SAME, "".join(old[:start]))
    yield from _compared_within(old[start : len(old) - end], new[start : len(new) - end])
    yield Piece(Change.SAME, "".join(old[len(old) - end :]))


def _compared_within(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    if len(old) * len(new) <= MOST_PAIRS:
        yield from _matched(old, new)
        return
    before, after = _PARAGRAPHS.findall("".join(old)), _PARAGRAPHS.findall("".join(new))
    if len(before) * len(after) <= MOST_PAIRS:
        yield from _matched(before, after)
    else:
        yield from (Piece(Change.GONE, "".join(old)), Piece(Change.NEW, "".join(new)))


def _matched(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    for verb, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if verb == "equal":
            yield Piece(Change.SAME, "".join(old[a:b]))
        else:
            yield Piece(Change.GONE, "".join(old[a:b]))
            yield Piece(Change.NEW, "".join(new[c:d]))


def _rounded(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """A lone short word that stayed between two changes goes with them: so a reader sees one change and not many."""
    for place, piece in enumerate(pieces):
        is_between = 0 < place < len(pieces) - 1
        if is_between and piece.change is Change.SAME and len(piece.words.strip()) <= _SHORT:
            yield from (Piece(Change.GONE, piece.words), Piece(Change.NEW, piece.words))
        else:
            yield piece


def _together(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Between two stretches that stayed, first all that is gone in one piece, then all that is new."""
    gone = new = same = ""
    for piece in pieces:
        if piece.change is Change.SAME and piece.words:
            yield from _said(gone, new)
            gone = new = ""
            same += piece.words
            continue
        if same and piece.words:
            yield Piece(Change.SAME, same)
            same = ""
        gone += piece.words if piece.change is Change.GONE else ""
        new += piece.words if piece.change is Change.NEW else ""
    if same:
        yield Piece(Change.SAME, same)
    yield from _said(gone, new)


def _said(gone: str, new: str) -> Iterator[Piece]:
    if gone:
        yield Piece(Change.GONE, gone)
    if new:
        yield Piece(Change.NEW, new)
