"""Turns what is pasted from a word processor into the Markdown of letters; refuses everything that letters cannot hold.

Words always stay; what a letter has no form for (pictures, tables, colours, sizes, links that are not https) goes. The tags are
found by expressions that look at each character once: the parser of the standard library needs minutes for a paste that was
made to keep it busy (Python 3.11: 300 kB of "<a ").
"""

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

from service.mail.inline_marks import Run, written

LARGEST_PASTE: Final = 1_000_000
LONGEST_RESULT: Final = 100_000

_TOKEN: Final = re.compile(r"<[^<>]*>|[^<]+|<")
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})")
_ATTRIBUTE: Final = re.compile(r"""\b(style|href)\s{0,9}=\s{0,9}("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_STYLE: Final = re.compile(r"([a-z-]{1,40})\s{0,9}:\s{0,9}([^;]{1,200})")
_COST_OF_A_PIECE: Final = 20
"""So many characters is each piece of words counted for beside its own, for the time that it takes."""
_LONGEST_TAG: Final = 20_000
_DEEPEST: Final = 100
_DEEPEST_LIST: Final = 4

_DROPPED: Final = frozenset(
    {"head", "style", "script", "title", "xml", "noscript", "template", "svg", "math", "object", "iframe"}
)
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LISTS: Final = frozenset({"ul", "ol"})
_BLOCKS: Final = frozenset(
    {
        *(*_HEADINGS, *_LISTS, "li", "blockquote"),
        *("p", "div", "section", "article", "header", "footer", "main", "aside", "figure", "figcaption", "address", "center"),
        *("table", "thead", "tbody", "tr", "td", "th", "caption", "dl", "dt", "dd", "form", "fieldset", "pre", "body"),
    }
)
_VOID: Final = frozenset({"br", "hr", "img", "meta", "link", "input", "col", "wbr", "area", "base", "embed", "source"})
_BOLD: Final = frozenset({"b", "strong"})
_ITALIC: Final = frozenset({"i", "em", "cite", "var"})
_TYPED_MARKER: Final = re.compile(r"\(?\d{1,2}\\?[.)]\s+|(?:[•·●○▪■‣◦∙-]|\\\*)\s+")
_RULE: Final = re.compile(r"[-–—_=*~•· |:\\]{3,}")
_NUMBER_IN_WORD: Final = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z]{1,4})[.)]")
_LONG_NUMBER: Final = re.compile(r"&#(?:\d{8,}|[xX][0-9a-fA-F]{8,});?")
# Controls, marks of direction, soft hyphens and signs without width; the joiners of scripts that need them stay.
_NOT_SEEN: Final = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffc\ud800-\udfff]"
    r"|(?<![\u0600-\u0dff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u0dff])"
)


@dataclass(frozen=True, slots=True)
class _Frame:
    """One open tag, and what holds within it."""

    tag: str
    bold: bool = False
    italic: bool = False
    href: str = ""
    is_quoted: bool = False
    is_marker: bool = False
    """The number or the sign that Word writes before the words of a step."""
    is_hidden: bool = False


@dataclass(slots=True)
class _Block:
    """A paragraph, or a step of a list; `level` 0 is no list."""

    level: int = 0
    is_ordered: bool = False
    is_quoted: bool = False
    is_heading: bool = False
    goes_on: bool = False
    """A further paragraph of the step above it."""
    runs: list[Run] = field(default_factory=list)


def from_html(pasted: str) -> str:
    """The Markdown of pasted HTML; never raises.

    Headings become a line in bold, numbers and points typed by hand become lists. Of a paste above 1 MB the rest is left out,
    and so are words beyond the largest letter.
    """
    reader = _Reader()
    for token in _TOKEN.finditer(_without_comments(pasted[:LARGEST_PASTE])):
        reader.read(token[0])
        if reader.size > LONGEST_RESULT:
            break
    return _joined(reader.finished())[:LONGEST_RESULT].rstrip()


def _without_comments(pasted: str) -> str:
    """Without comments, and the declarations of Word that look like them."""
    pieces, place = [], 0
    while (start := pasted.find("<!--", place)) >= 0:
        pieces.append(pasted[place:start])
        end = pasted.find("-->", start + 4)
        if end < 0:
            return "".join(pieces)
        place = end + 3
    pieces.append(pasted[place:])
    return re.sub(r"<[!?][^<>]*>", "", "".join(pieces))


class _Reader:
    """Reads tags and words in turn, and gathers paragraphs and steps."""

    def __init__(self) -> None:
        self.size = 0
        self._open: list[_Frame] = [_Frame("")]
        self._names: Counter[str] = Counter()
        self._too_deep = 0
        self._dropped = ""
        self._dropped_depth = 0
        self._lists: list[str] = []
        self._blocks: list[_Block] = []
        self._block = _Block()
        self._is_new_step = False

    def finished(self) -> list[_Block]:
        """All paragraphs and steps that have words."""
        self._end_block()
        return self._blocks

    def read(self, token: str) -> None:
        """One tag, or the words up to the next one."""
        found = _TAG.match(token)
        is_tag = bool(found) and token.endswith(">")
        if self._dropped_depth:
            self._drop(found)
        elif found and is_tag:
            self._tag(found[2].lower(), token, is_end=bool(found[1]))
        elif not is_tag:
            self._say(_unescaped(token))

    def _drop(self, found: re.Match[str] | None) -> None:
        """Count the tags of a part that holds no words to read, up to its end."""
        if found and found[2].lower() == self._dropped:
            self._dropped_depth += -1 if found[1] else 1

    def _tag(self, name: str, token: str, *, is_end: bool) -> None:
        is_whole = token.endswith("/>")
        if name in _DROPPED:
            self._dropped, self._dropped_depth = name, int(not (is_end or is_whole))
        elif name == "br":
            self._break()
        elif name == "hr":
            self._end_block()
        elif is_end:
            self._close(name)
        elif name not in _VOID and not is_whole:
            self._begin(name, token[:_LONGEST_TAG])

    def _break(self) -> None:
        """A new line; two in a row are a new paragraph."""
        last = next((run.words for run in reversed(self._block.runs) if run.words.strip() or run.words == "\n"), "")
        if last == "\n":
            self._end_block()
        elif last:
            self._add(Run("\n"))

    def _begin(self, name: str, token: str) -> None:
        if len(self._open) >= _DEEPEST:
            self._too_deep += 1
            return
        values = {
            key.lower(): html.unescape(_LONG_NUMBER.sub("", value.strip("\"'"))) for key, value in _ATTRIBUTE.findall(token)
        }
        style = {key: value.strip() for key, value in _STYLE.findall(values.get("style", "").lower())}
        self._open.append(_frame(name, values, style, self._open[-1]))
        self._names[name] += 1
        self._begin_block(name, style)

    def _begin_block(self, name: str, style: dict[str, str]) -> None:
        if name not in _BLOCKS:
            return
        self._end_block()
        if name in _LISTS:
            self._lists.append(name)
        self._is_new_step = self._is_new_step or name == "li"
        self._open_block(is_heading=name in _HEADINGS)
        if level := _level_in_word(style):
            self._block.level, self._block.goes_on = level, False

    def _close(self, name: str) -> None:
        if self._too_deep:
            self._too_deep -= 1
            return
        while self._names[name]:
            closed = self._open.pop().tag
            self._names[closed] -= 1
            if closed == name:
                break
        if name in _BLOCKS:
            self._end_block()
        if name in _LISTS and self._lists:
            self._lists.pop()
            self._open_block()

    def _open_block(self, *, is_heading: bool = False) -> None:
        """Begin a paragraph where we are: in a list the first one of an item is its step, and others go on with it."""
        level = min(len(self._lists), _DEEPEST_LIST)
        self._block = _Block(
            level=level,
            is_ordered=level > 0 and self._lists[-1] == "ol",
            is_quoted=self._open[-1].is_quoted,
            is_heading=is_heading,
            goes_on=level > 0 and not self._is_new_step,
        )

    def _end_block(self) -> None:
        if any(run.words.strip() for run in self._block.runs):
            self._blocks.append(self._block)
            self._is_new_step = False
        self._open_block()

    def _say(self, words: str) -> None:
        frame = self._open[-1]
        if frame.is_marker:
            self._block.is_ordered = self._block.is_ordered or bool(_NUMBER_IN_WORD.match(words.strip()))
        elif not frame.is_hidden:
            self._add(Run(_cleaned(words), frame.bold, frame.italic, frame.href))

    def _add(self, run: Run) -> None:
        self.size += len(run.words) + _COST_OF_A_PIECE
        self._block.runs.append(run)


def _frame(name: str, values: dict[str, str], style: dict[str, str], above: _Frame) -> _Frame:
    """What holds within a tag. Google Docs wraps everything in a bold tag that says it is not bold."""
    weight, slant = style.get("font-weight", ""), style.get("font-style", "")
    return _Frame(
        tag=name,
        bold=_is_heavy(weight) if weight else above.bold or name in _BOLD,
        italic=slant.startswith(("italic", "oblique")) if slant else above.italic or name in _ITALIC,
        href=_address(values.get("href", "")) if name == "a" else above.href,
        is_quoted=above.is_quoted or name == "blockquote",
        is_marker=above.is_marker or "ignore" in style.get("mso-list", ""),
        is_hidden=above.is_hidden or style.get("display") == "none" or style.get("mso-hide") == "all",
    )


def _is_heavy(weight: str) -> bool:
    return weight.startswith("bold") or (weight[:3].isdecimal() and int(weight[:3]) >= 600)


def _address(href: str) -> str:
    """Where a link leads, if it is https and whole; Google's detour is left out."""
    try:
        parts = urlsplit(href.strip())
        if parts.hostname in {"google.com", "www.google.com"} and parts.path == "/url":
            parts = urlsplit(parse_qs(parts.query, max_num_fields=50).get("q", [""])[0])
        is_whole = parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        return ""
    return _cleaned(parts.geturl()).strip() if is_whole else ""


def _level_in_word(style: dict[str, str]) -> int:
    """The level of a step as Word writes it, which makes no lists: a paragraph that says so. 0 where it is none."""
    found = re.search(r"level([1-9])", style.get("mso-list", ""))
    return min(int(found[1]), _DEEPEST_LIST) if found else 0


def _unescaped(words: str) -> str:
    """Words for what stands in HTML; without numbers that Python is not willing to read."""
    return html.unescape(_LONG_NUMBER.sub("", words))


def _cleaned(words: str) -> str:
    """Words without what nobody sees, white space single."""
    return re.sub(r"\s+", " ", _NOT_SEEN.sub("", words))


# Paragraphs and steps, put together


def _joined(blocks: list[_Block]) -> str:
    """All blocks as Markdown. Steps of one list stand close; everything else has an empty line between."""
    whole, lists, above = "", _Lists(), ""
    for block in blocks:
        text, marker = _typed(block)
        if not text or _RULE.fullmatch(text):
            continue
        begins = lists.begins(block, marker)
        kind = "step" if begins.strip() else "quote" if block.is_quoted else "words"
        whole += _between(above, kind, lists) + _indented(text, begins, quoted=block.is_quoted)
        above = kind
    return whole


def _between(above: str, kind: str, lists: "_Lists") -> str:
    if not above:
        return ""
    if above == kind == "quote":
        return "\n>\n"
    return "\n" if above == kind == "step" and not lists.is_fresh else "\n\n"


def _indented(text: str, begins: str, *, quoted: bool) -> str:
    quote = "> " if quoted else ""
    return quote + begins + text.replace("\n", f"\n{quote}{' ' * len(begins)}")


def _typed(block: _Block) -> tuple[str, str]:
    """The Markdown of a block, and the marker of a step that was typed by hand; that one is taken out of its words."""
    if block.is_heading:
        plain = written([Run(" ".join(run.words for run in block.runs if run.words != "\n"), bold=True)])
        return plain, ""
    text = written(block.runs)
    if block.level or not (found := _TYPED_MARKER.match(text)):
        return text, ""
    number = re.search(r"\d+", found[0])
    return text[found.end() :], f"{int(number[0])}." if number else "-"


@dataclass(slots=True)
class _Lists:
    """The lists that are open at a place: how each counts, and how far its words stand in."""

    numbers: list[int] = field(default_factory=list)
    """For each level the number of its last step; 0 for a list of points."""
    widths: list[int] = field(default_factory=list)
    is_fresh: bool = False
    """Whether the last step was the first of a list that follows another kind of it."""

    def begins(self, block: _Block, typed: str) -> str:
        """What stands before the words of a block: spaces, and its marker where it is a step."""
        level = 1 if typed else min(block.level, len(self.numbers) + (not block.goes_on))
        self.is_fresh = False
        del self.numbers[level:], self.widths[level:]
        if not level:
            return ""
        if block.goes_on and not typed:
            return " " * sum(self.widths)
        is_ordered = typed[:1].isdigit() if typed else block.is_ordered
        if len(self.numbers) < level:
            self.numbers.append(0)
            self.widths.append(0)
        elif is_ordered != bool(self.numbers[-1]):
            self.is_fresh = True
            self.numbers[-1] = 0
        self.numbers[-1] = int(typed[:-1]) if typed[:1].isdigit() else self.numbers[-1] + 1 if is_ordered else 0
        marker = f"{self.numbers[-1]}. " if is_ordered else "- "
        self.widths[-1] = len(marker)
        return " " * sum(self.widths[:-1]) + marker
