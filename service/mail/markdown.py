"""Reads the Markdown of letters into HTML and wrapped text; refuses what a letter must not hold (HTML, pictures, tables)."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

DEEPEST: Final = 20
TEXT_WIDTH: Final = 72
Measure: TypeAlias = Callable[[str], int]
PLACEHOLDER: Final = re.compile(r"\{\{ *([a-z_]+) *\}\}")
LONE_LINK: Final = "a alone"
ADDRESS_SCHEMES: Final = ("https://", "http://", "mailto:", "tel:")

# The parser stops without a word at its own limit, so that limit must lie beyond the one that we report.
_PARSER_LIMIT: Final = 3 * DEEPEST
_NO_TEXT_LEFT: Final = 16

_REFUSED: Final[Mapping[str, str]] = {
    "html_block": "HTML is not used in letters. Write plain words; Markdown gives bold, italic, lists, quotes and links.",
    "html_inline": "HTML is not used in letters. Write plain words; Markdown gives bold, italic, lists, quotes and links.",
    "image": "Pictures are not used in letters: nothing may be loaded from elsewhere. Take it out or say it in words.",
    "table_open": "Tables are not used in letters. Write a list instead.",
    "code_block": "Four or more spaces at the start of a line make a block of code. Begin the line at the left.",
    "fence": "A line of ``` or ~~~ makes a block of code, which letters do not use. Take it out.",
    "code_inline": "Words between backticks are set as code, which letters do not use. Take the backticks out.",
    "hr": "A line of dashes or stars draws a rule. The layout does that by itself, so take the line out.",
}

# What the parser takes for plain words, although its author meant something by it.
_MEANT: Final = (
    (re.compile(r"^#{1,6}[^#\s]"), "A heading needs a space behind its signs: ## Practice."),
    (re.compile(r"\]\s+\(\s*(?:https?://|mailto:|tel:)"), "A link has no space between its brackets: [words](https://...)."),
    (
        re.compile(r"(?<!\()https?://\S"),
        "An address by itself is no link that one can press. Write it as [words](https://...).",
    ),
    (re.compile(r"(?<!\{)\{ *[a-z]+_[a-z_]+ *\}(?!\})"), "A placeholder stands between two braces on each side: {{ name }}."),
)


class Refusal(NamedTuple):
    """One thing that a letter must not hold: its line, counted from 1 within the text that was read, and what to do."""

    line: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading at the top level of a text: the lines [first, after) that it takes, counted from 0, and its words."""

    first: int
    after: int
    level: int
    words: str
    is_plain: bool


class Marks:
    """Stand-ins for placeholders which pass through Markdown and MJML untouched, being lower-case letters and digits."""

    def __init__(self, names: Iterable[str], *texts: str) -> None:
        """Choose stand-ins for `names` that occur in none of `texts`."""
        everything = "\n".join(texts).lower()
        number = 0
        while (stem := f"slot{number}x") in everything:
            number += 1
        self._of = {name: f"{stem}{index:02d}z" for index, name in enumerate(sorted(names))}
        self._names = {mark: name for name, mark in self._of.items()}
        self.expression = re.compile(rf"({stem}\d\dz)")

    def __getitem__(self, name: str) -> str:
        """The stand-in of one placeholder."""
        return self._of[name]

    def name_of(self, mark: str) -> str:
        """The placeholder behind a stand-in."""
        return self._names[mark]

    def put_into(self, source: str) -> str:
        """`source` with a stand-in for every placeholder that we know; unknown ones stay as they are."""
        return PLACEHOLDER.sub(lambda found: self._of.get(found[1], found[0]), source)

    def take_out_of(self, text: str) -> str:
        """`text` with its placeholders back in place of their stand-ins."""
        return self.expression.sub(lambda found: f"{{{{ {self._names[found[0]]} }}}}", text)

    def split(self, text: str) -> list[str]:
        """`text` cut at its stand-ins: constants at even places, the names of placeholders at odd ones."""
        pieces = self.expression.split(text)
        return [self._names[piece] if place % 2 else piece for place, piece in enumerate(pieces)]


class _OpenReader(MarkdownIt):
    """Takes every address for a link, so that a bad one can be reported instead of turning into words."""

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802
        return True


@cache
def _checker() -> MarkdownIt:
    return _warmed(_OpenReader("commonmark", {"html": True, "maxNesting": _PARSER_LIMIT}).enable("table"))


@cache
def _reader(quotes: str) -> MarkdownIt:
    options = {"html": False, "maxNesting": _PARSER_LIMIT, "typographer": bool(quotes), "quotes": quotes}
    return _warmed(MarkdownIt("commonmark", options).enable("smartquotes"))


def _warmed(reader: MarkdownIt) -> MarkdownIt:
    """The reader after its first text: it puts its rules together then, which no two threads may do at once."""
    reader.parse("x")
    return reader


def inspect(source: str, marks: Marks) -> tuple[list[Refusal], list[Heading]]:
    """Everything in `source` that a letter must not hold, and its headings at the top level."""
    env: dict[str, dict[str, dict[str, list[int]]]] = {}
    tokens = _checker().parse(marks.put_into(source), env)
    refusals = [*_refused_blocks(tokens), *_refused_inlines(tokens, marks), *_refused_depth(tokens)]
    for reference in env.get("references", {}).values():
        line = reference["map"][0] + 1
        refusals.append(Refusal(line, "Write the address right behind its words, as [words](https://...), not apart."))
    return sorted(set(refusals)), list(_headings(tokens, marks))


def _refused_blocks(tokens: list[Token]) -> Iterator[Refusal]:
    for token in tokens:
        line = _line(token)
        if token.type in _REFUSED:
            yield Refusal(line, _REFUSED[token.type])
        elif token.type == "heading_open" and token.level > 0:
            yield Refusal(line, "A heading cannot stand inside a list or a quote. Begin its line at the left.")


def _refused_inlines(tokens: list[Token], marks: Marks) -> Iterator[Refusal]:
    for block in tokens:
        line = _line(block)
        for place, token in enumerate(block.children or []):
            if token.type in {"softbreak", "hardbreak"}:
                line += 1
            elif token.type in _REFUSED:
                yield Refusal(line, _REFUSED[token.type])
            elif token.type == "link_open":
                yield from _refused_link(line, block.children or [], place, marks)
        for offset, words in enumerate(_written_lines(block.children or [])):
            yield from (Refusal(_line(block) + offset, sentence) for found, sentence in _MEANT if found.search(words))


def _written_lines(tokens: list[Token]) -> list[str]:
    """The words of a block outside its links, line by line as its author wrote them."""
    words, depth = "", 0
    for token in tokens:
        depth += token.nesting if token.type.startswith("link_") else 0
        if token.type in {"softbreak", "hardbreak"}:
            words += "\n"
        elif not depth:
            words += token.content
    return words.split("\n")


def _refused_link(line: int, tokens: list[Token], place: int, marks: Marks) -> Iterator[Refusal]:
    address = str(tokens[place].attrs.get("href", ""))
    if tokens[place + 1].type == "link_close":
        yield Refusal(line, "A link needs words between its square brackets: [words](https://...).")
    placeholder = marks.expression.search(address)
    if placeholder and not marks.name_of(placeholder[0]).endswith("_link"):
        name = marks.name_of(placeholder[0])
        yield Refusal(line, f"{{{{ {name} }}}} is not an address, so a link cannot lead to it.")
    elif not placeholder and not address.startswith(ADDRESS_SCHEMES):
        yield Refusal(line, f"“{address}” is not a whole address. Begin it with https://, mailto: or tel:.")


def _refused_depth(tokens: list[Token]) -> Iterator[Refusal]:
    for block in tokens:
        if max([block.level, *(token.level for token in block.children or [])]) > DEEPEST:
            yield Refusal(_line(block), f"Lists and quotes lie more than {DEEPEST} deep here. Make it flatter.")
            return


def _headings(tokens: list[Token], marks: Marks) -> Iterator[Heading]:
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            children = inline.children or []
            is_plain = all(child.type == "text" for child in children)
            words = marks.take_out_of(_said(children)).strip()
            yield Heading(token.map[0], token.map[1], int(token.tag[1]), words, is_plain)


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1


@cache
def _typesetter(quotes: str) -> MarkdownIt:
    return _warmed(MarkdownIt("zero", {"typographer": bool(quotes), "quotes": quotes}).enable("smartquotes"))


def typeset(words: str, quotes: str) -> str:
    """Plain words with the quotation marks and apostrophes of print: `quotes` holds those for “a” and ‘b’ in this order."""
    return "".join(_said(token.children or []) for token in _typesetter(quotes).parseInline(words))


def to_html(source: str, *, marks: Marks, styles: Mapping[str, str], quotes: str = "") -> str:
    """HTML of `source`, each element with the inline style that `styles` gives its tag; placeholders become stand-ins.

    A link that is a paragraph by itself takes the style of LONE_LINK, where there is one.
    """
    reader = _reader(quotes)
    tokens = _parsed(reader, source, marks)
    for token in tokens:
        for part in (token, *(token.children or [])):
            if part.nesting >= 0 and part.tag in styles:
                part.attrSet("style", styles[part.tag])
            part.attrs.pop("title", None)
        if LONE_LINK in styles and _is_lone_link(token.children or []):
            (token.children or [])[0].attrSet("style", styles[LONE_LINK])
    rendered: str = reader.renderer.render(tokens, reader.options, {})
    return rendered.strip()


def _is_lone_link(tokens: list[Token]) -> bool:
    kinds = [token.type for token in tokens]
    return kinds[:1] == ["link_open"] and kinds[-1:] == ["link_close"] and kinds.count("link_open") == 1


def to_text(source: str, *, marks: Marks, measure: Measure = len, indent: str = "", quotes: str = "") -> str:
    """Plain text of `source`, wrapped at 72 columns; addresses follow their paragraph, each alone on its line."""
    root = SyntaxTreeNode(_parsed(_reader(quotes), source, marks))
    lines = _block_lines(root.children, _Page(TEXT_WIDTH - len(indent), measure), gap=True)
    return "\n".join(f"{indent}{line}" if line else "" for line in lines)


def wrap(text: str, *, measure: Measure = len, width: int = TEXT_WIDTH) -> list[str]:
    """The words of `text` in lines of at most `width`; a longer word stands alone, a line break stays."""
    lines: list[str] = []
    for passage in text.split("\n"):
        lines.extend(_wrap_passage(passage, measure, width))
    return lines


def _wrap_passage(passage: str, measure: Measure, width: int) -> Iterator[str]:
    line, length = "", 0
    for word in re.split(r"[ \t]+", passage.strip(" \t")):
        size = measure(word)
        if line and length + 1 + size > width:
            yield line
            line, length = word, size
        else:
            line, length = (f"{line} {word}", length + 1 + size) if line else (word, size)
    yield line


def _parsed(reader: MarkdownIt, source: str, marks: Marks) -> list[Token]:
    tokens = reader.parse(marks.put_into(source))
    for token in tokens:
        if token.children:
            token.children = list(_with_links_for_bare_addresses(token.children, marks))
    return tokens


def _with_links_for_bare_addresses(tokens: list[Token], marks: Marks) -> Iterator[Token]:
    """A placeholder of an address that stands among the words becomes a link to itself."""
    depth = 0
    for token in tokens:
        depth += token.nesting if token.type.startswith("link_") else 0
        if token.type == "text" and depth == 0 and marks.expression.search(token.content):
            yield from _linked(token, marks)
        else:
            yield token


def _linked(token: Token, marks: Marks) -> Iterator[Token]:
    for piece in marks.expression.split(token.content):
        text = Token("text", "", 0, content=piece, level=token.level)
        if marks.expression.fullmatch(piece) and marks.name_of(piece).endswith("_link"):
            yield Token("link_open", "a", 1, attrs={"href": piece}, info="auto", level=token.level)
            yield text
            yield Token("link_close", "a", -1, info="auto", level=token.level)
        elif piece:
            yield text


@dataclass(frozen=True, slots=True)
class _Page:
    width: int
    measure: Measure

    def narrower(self, columns: int) -> "_Page":
        return _Page(max(self.width - columns, _NO_TEXT_LEFT), self.measure)


def _block_lines(nodes: list[SyntaxTreeNode], page: _Page, *, gap: bool) -> list[str]:
    lines: list[str] = []
    for node in nodes:
        if lines and gap:
            lines.append("")
        lines.extend(_lines_of(node, page))
    return lines


def _lines_of(node: SyntaxTreeNode, page: _Page) -> list[str]:
    if node.type in {"bullet_list", "ordered_list"}:
        return _list_lines(node, page)
    if node.type == "blockquote":
        inner = _block_lines(node.children, page.narrower(2), gap=True)
        return [f"> {line}".rstrip() for line in inner]
    if node.type in {"paragraph", "heading"}:
        inline = node.children[0].token
        return _paragraph_lines((inline.children if inline else None) or [], page)
    return [line for line in node.content.splitlines() if line]


def _list_lines(node: SyntaxTreeNode, page: _Page) -> list[str]:
    """A list. There is air between its items where the author put some, and where one takes more than a line."""
    is_tight = all(child.hidden for item in node.children for child in item.children if child.type == "paragraph")
    first = int(node.attrs.get("start", 1))
    items: list[list[str]] = []
    for number, item in enumerate(node.children, first):
        marker = f"{number}. " if node.type == "ordered_list" else "- "
        inner = _block_lines(item.children, page.narrower(len(marker)), gap=not is_tight) or [""]
        indent = " " * len(marker)
        items.append([f"{marker}{inner[0]}".rstrip(), *(f"{indent}{line}".rstrip() for line in inner[1:])])
    has_air = not is_tight or any(len(lines) > 1 for lines in items)
    return "\n\n".join("\n".join(lines) for lines in items).split("\n") if has_air else [line for [line] in items]


def _paragraph_lines(tokens: list[Token], page: _Page) -> list[str]:
    def measure(word: str) -> int:
        return page.width if "://" in word else page.measure(word)

    return [*wrap(_said(tokens), measure=measure, width=page.width), *_addresses(tokens)]


def _said(tokens: list[Token]) -> str:
    breaks = {"softbreak": " ", "hardbreak": "\n"}
    return "".join(breaks.get(token.type, token.content) for token in tokens)


def _addresses(tokens: list[Token]) -> Iterator[str]:
    """The addresses of the links that are not themselves among the words."""
    address, words = "", ""
    for token in tokens:
        if token.type == "link_open":
            address, words = str(token.attrs["href"]), ""
        elif token.type == "link_close":
            plain = re.sub(r"^(mailto|tel):", "", address)
            if token.info != "auto" and words.replace(" ", "") != plain:
                yield plain
        else:
            words += token.content
