"""Turns the words of a letter into its HTML and its text, in one order for both; refuses layouts that load or leak."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import mjml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from service.mail import markdown
from service.mail.words import direction_of, quotes_of

EMAIL_TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates" / "email"

# mjml-python passes unknown tags and attributes on in silence, and dies (with its process) of deep nesting.
KNOWN_TAGS: Final[Mapping[str, frozenset[str]]] = {
    "mjml": frozenset({"lang", "dir"}),
    "mj-head": frozenset(),
    "mj-title": frozenset(),
    "mj-raw": frozenset(),
    "mj-style": frozenset(),
    "mj-body": frozenset({"width", "background-color", "css-class"}),
    "mj-section": frozenset({"padding", "direction", "css-class"}),
    "mj-column": frozenset({"direction"}),
    "mj-text": frozenset(
        {
            "align",
            "color",
            "container-background-color",
            "css-class",
            "font-family",
            "font-size",
            "line-height",
            "padding",
        }
    ),
}
DEEPEST_LAYOUT: Final = 64
LARGEST_LAYOUT: Final = 400_000

_VOID: Final = frozenset({"br", "hr", "img", "input", "link", "meta"})
_LOADING_TAGS: Final = frozenset(
    {"audio", "base", "embed", "form", "iframe", "img", "input", "link", "object", "script", "svg", "video"}
)
_LOADING_ATTRIBUTES: Final = frozenset({"background", "poster", "src", "srcset"})
_LOADING_STYLE: Final = re.compile(r"url\(|@import|@font-face|expression\(", re.IGNORECASE)
_FOR_OUTLOOK: Final = re.compile(r"<!--\[if[^\]]*\]>(?!<!-->)(.*?)<!\[endif\]-->", re.DOTALL)
_UNFILLED: Final = re.compile(r"\{\{|\{%|\{#|</?mj-?")


class LayoutError(ValueError):
    """A layout that would come out broken, or would load something from elsewhere."""


class LayoutTooLarge(LayoutError):  # noqa: N818 -- says what is wrong
    """More than the compiler is given to chew on."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link on a line of its own."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a letter: its heading, if any, and its Markdown."""

    heading: str
    source: str
    is_indented: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """All words of one letter, in the order in which they stand. What is empty is left out."""

    language: str
    subject: str
    preview: str
    title: str
    passages: tuple[Passage, ...]
    opener: str = ""
    note: str = ""
    phase: str = ""
    next_line: str = ""
    pace: tuple[Link, ...] = ()
    links: tuple[Link, ...] = ()
    closing: tuple[tuple[str, ...], ...] = ()
    fixed_language: str = ""
    """The language of the fixed words, where it is not the letter's own."""


def as_html(sheet: Sheet, marks: markdown.Marks) -> str:
    """The HTML of a letter, with stand-ins where its placeholders were."""
    direction = direction_of(sheet.language)
    start = "right" if direction == "rtl" else "left"
    styles, quotes = _styles(start), quotes_of(sheet.language)

    def prose(source: str) -> Markup:
        return Markup(markdown.to_html(source, marks=marks, styles=styles, quotes=quotes))  # noqa: S704 -- made, so safe

    other = sheet.fixed_language
    words = {
        "title": markdown.typeset(sheet.title, quotes),
        "direction": direction,
        "start": start,
        "fixed": {"lang": other, "dir": direction_of(other)} if other else {},
        "prose": prose,
    }
    return compile_layout(_layouts.get_template("layout.mjml").render(sheet=sheet, **words))


def as_text(sheet: Sheet, marks: markdown.Marks, measure: markdown.Measure) -> str:
    """The same words in the same order as plain text."""
    parts = ["\n\n".join(blocks) for blocks in _text_parts(sheet, marks, measure) if blocks]
    return "\n\n\n".join(parts) + "\n"


def compile_layout(source: str) -> str:
    """HTML from MJML, checked before (tags, depth, size) and after (nothing unfilled, nothing loaded)."""
    if len(source) > LARGEST_LAYOUT:
        raise LayoutTooLarge(f"the layout has {len(source)} characters, {LARGEST_LAYOUT} is the most")
    if mistakes := layout_mistakes(source):
        raise LayoutError("; ".join(mistakes))
    html = mjml.mjml2html(source, fonts={})
    if mistakes := [*_unfilled(html), *_loads(html)]:
        raise LayoutError("; ".join(mistakes))
    return html


def layout_mistakes(source: str) -> list[str]:
    """What is wrong with an MJML source: unknown tags and attributes, nested too deep."""
    tags = _tags_of(source)
    mistakes = [f"it is nested {tags.deepest} deep, {DEEPEST_LAYOUT} is the most"] if tags.deepest > DEEPEST_LAYOUT else []
    for name, attributes in tags.seen:
        if name.startswith("mj") and name not in KNOWN_TAGS:
            mistakes.append(f"<{name}> is no tag that layouts may use")
        for attribute in sorted(attributes.keys() - KNOWN_TAGS.get(name, attributes.keys())):
            mistakes.append(f"<{name}> has no attribute {attribute}")
    return mistakes


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(EMAIL_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_without_braces,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _without_braces(value: object) -> object:
    """Words that hold braces must not look like a part of the layout that was left unfilled."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return Markup(str(escape(value)).replace("{", "&#123;"))  # noqa: S704 -- escaped right here
    return value


_layouts: Final = _environment()


def _styles(start: str) -> dict[str, str]:
    """The inline style of each tag that Markdown makes; `start` is the side on which lines begin."""
    # Outlook knows no padding here: the numbers need a margin to stand in, or they are cut off.
    a_list = f"margin:0 0 16px;margin-{start}:28px;padding:0"
    a_link = "color:inherit;text-decoration:underline"
    return {
        "p": "margin:0 0 16px",
        "ol": a_list,
        "ul": a_list,
        "li": f"margin:0 0 8px;padding-{start}:4px",
        "blockquote": f"margin:0 0 16px;padding-{start}:16px;border-{start}:2px solid #DCD5C6",
        "a": a_link,
        markdown.LONE_LINK: f"display:inline-block;padding:10px 0;line-height:1.6;{a_link}",
        "strong": "font-weight:600",
    }


def _text_parts(sheet: Sheet, marks: markdown.Marks, measure: markdown.Measure) -> Iterator[list[str]]:
    quotes = quotes_of(sheet.language)

    def wrapped(words: str) -> str:
        return "\n".join(markdown.wrap(words, measure=measure))

    def prose(source: str, indent: str = "") -> str:
        return markdown.to_text(source, marks=marks, measure=measure, indent=indent, quotes=quotes)

    def lines(links: tuple[Link, ...]) -> list[str]:
        return [f"{link.words}\n{link.address}" for link in links]

    if sheet.opener:
        yield [wrapped(sheet.opener)]
    if sheet.note:
        yield [prose(sheet.note)]
    above = [_joined("\n", wrapped(markdown.typeset(sheet.title, quotes)), sheet.phase)]
    for passage in sheet.passages:
        yield [*above, _joined("\n\n", passage.heading, prose(passage.source, "  " if passage.is_indented else ""))]
        above = []
    yield [*filter(None, [sheet.next_line]), *lines(sheet.pace)]
    yield [*lines(sheet.links), *("\n".join(wrapped(row) for row in rows) for rows in sheet.closing)]


def _joined(between: str, *texts: str) -> str:
    return between.join(filter(None, texts))


class _Tags(HTMLParser):
    """Collects the tags of a source with their attributes, and how deep they lie in each other."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.styles: list[str] = []
        self.deepest = 0
        self._depth = 0
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, {name: value or "" for name, value in attrs}))
        self._in_style = tag == "style"
        if tag not in _VOID:
            self._depth += 1
            self.deepest = max(self.deepest, self._depth)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False
        if tag not in _VOID:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.styles.append(data)


def _tags_of(source: str) -> _Tags:
    tags = _Tags()
    tags.feed(source)
    tags.close()
    return tags


def _unfilled(html: str) -> list[str]:
    return [f"“{found}” is left over in the HTML" for found in sorted(set(_UNFILLED.findall(html)))]


def _loads(html: str) -> Iterator[str]:
    """What a mail program would fetch: Outlook reads the comments that are meant for it, so they are looked at too."""
    tags = _tags_of("\n".join([html, *_FOR_OUTLOOK.findall(html)]))
    for name, attributes in tags.seen:
        if name in _LOADING_TAGS or attributes.keys() & _LOADING_ATTRIBUTES:
            yield f"<{name}> would load something from elsewhere"
    for style in [*tags.styles, *(attributes.get("style", "") for _, attributes in tags.seen)]:
        if found := _LOADING_STYLE.search(style):
            yield f"a style holds {found[0]}, which would load something from elsewhere"
