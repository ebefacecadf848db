"""Writes words with bold, italic and links as Markdown that reads back as the same words; refuses marks that would not work."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

_PLACEHOLDER: Final = re.compile(r"(\{\{ *[a-z_]{1,40} *\}\})")
_ADDRESS: Final = re.compile(r"(https://[^\s<>()\[\]{}\"“”\\^`|]{1,2000})")
_NOT_OF_AN_ADDRESS: Final = ".,;:!?'’*_"
_SPECIAL: Final = re.compile(r"([\\`*\[\]]|<(?=[a-zA-Z/!?])|&(?=#?\w{1,31};)|(?<![^\W_])_|_(?![^\W_]))")
_AT_THE_START: Final = re.compile(
    r"(#(?=#{0,5}(?:\s|$))|>|\+(?=\s|$)|~(?=~~)|-(?=[-\s]*$)|=(?==*\s*$)|\d{3,9}(?=[.)](?:\s|$)))"
)
_IN_AN_ADDRESS: Final = {ord(sign): f"%{ord(sign):02X}" for sign in ' ()<>[]{}\\"`|^'}


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one kind. `href` is empty, or an address that begins with https://; a line break is the words "\\n"."""

    words: str
    bold: bool = False
    italic: bool = False
    href: str = ""


def written(runs: Iterable[Run]) -> str:
    """One paragraph as Markdown; the breaks within it stay, and what is not in print at its start keeps its words."""
    return "  \n".join(line for words in _lines(runs) if (line := _line(words)))


def _lines(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """The runs of each line, those of one kind joined, white space single and none at the ends."""
    for is_break, group in groupby(runs, key=lambda run: run.words == "\n"):
        if not is_break:
            yield list(_trimmed(_merged(group)))


def _merged(runs: Iterable[Run]) -> Iterator[Run]:
    for _, group in groupby(runs, key=lambda run: replace(run, words="")):
        same = list(group)
        yield replace(same[0], words="".join(run.words for run in same))


def _trimmed(runs: Iterable[Run]) -> Iterator[Run]:
    """White space goes out of marked words, so that their marks stand right beside them."""
    has_gap = True
    for run in runs:
        core = " ".join(run.words.split())
        lead, trail = run.words[:1].isspace(), run.words[-1:].isspace()
        if (lead or not core) and run.words and not has_gap:
            yield Run(" ")
            has_gap = True
        if core:
            yield replace(run, words=core)
            has_gap = False
            if trail:
                yield Run(" ")
                has_gap = True


def _line(runs: list[Run]) -> str:
    line = ""
    for place, run in enumerate(runs):
        after = runs[place + 1].words[:1] if place + 1 < len(runs) else ""
        line = _with(line, run, after)
    bare = line.strip()
    return _AT_THE_START.sub(_escaped_start, bare, count=1) if _AT_THE_START.match(bare) else bare


def _escaped_start(found: re.Match[str]) -> str:
    return f"{found[1]}\\" if found[1].isdigit() else f"\\{found[1]}"


def _with(line: str, run: Run, after: str) -> str:
    """The line with one run behind it; without its marks where they would be taken for something else."""
    piece = f"[{_escaped(run.words)}]({run.href.translate(_IN_AN_ADDRESS)})" if run.href else _with_addresses(run.words)
    if piece.startswith("[") and line.endswith("!"):
        line = f"{line[:-1]}\\!"
    marks = ("**" if run.bold else "") + ("*" if run.italic else "")
    works = bool(piece.strip()) and _may_touch(piece[0], line[-1:]) and _may_touch(piece[-1], after) and not line.endswith("*")
    return f"{line}{marks}{piece}{marks[::-1]}" if marks and works else line + piece


def _may_touch(inner: str, outer: str) -> bool:
    """Whether a mark between these two signs is one: beside a sign of punctuation it needs a gap, or another such sign."""
    return not inner.isspace() and (not _is_punctuation(inner) or not outer or outer.isspace() or _is_punctuation(outer))


def _is_punctuation(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "PS"


def _with_addresses(words: str) -> str:
    """Words with a link for each address among them; the ones that are not https lose their beginning and lead nowhere."""
    pieces = _ADDRESS.split(re.sub(r"\bhttp://", "", words))
    done = [_escaped(pieces[0])]
    for address, behind in zip(pieces[1::2], pieces[2::2], strict=True):
        bare = address.rstrip(_NOT_OF_AN_ADDRESS)
        shown = bare.removeprefix("https://")
        link = f"[{_escaped(shown)}]({bare.translate(_IN_AN_ADDRESS)})" if shown else ""
        done.append(link + _escaped(address[len(bare) :] + behind) if shown else _escaped(behind))
    return "".join(done)


def _escaped(words: str) -> str:
    """Words that Markdown leaves alone; placeholders stay what they are."""
    pieces = _PLACEHOLDER.split(words)
    return "".join(piece if place % 2 else _SPECIAL.sub(r"\\\1", piece) for place, piece in enumerate(pieces))
