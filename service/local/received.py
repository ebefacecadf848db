"""Reads a message as a person would see it; refuses to stumble over a broken one."""

import re
import unicodedata
from datetime import datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser

_HIDDEN_TAGS = frozenset({"head", "style", "script", "title", "template"})
_ENOUGH = 200
_CHUNK = 2000
_PADDING = re.compile(r"(?:&#847;|&zwnj;|&nbsp;|[\u034f\u200c\u00a0]){12,}")


class Received:
    """One message. Nothing in it is trusted; every property has an answer."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        # The old policy: it keeps what it cannot understand, where the new one may raise while reading a header.
        self._message = BytesParser().parsebytes(content)

    def header(self, name: str) -> str:
        """A header, decoded, on one line; empty if it is not there."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def headers(self) -> list[tuple[str, str]]:
        """All headers, in their order."""
        return [(name, _one_line(_decoded(_raw(value)))) for name, value in self._message.raw_items()]

    @property
    def sender(self) -> str:
        """The name that a mail program would show."""
        # Taken apart before it is decoded: an encoded name may hold a comma or an angle bracket.
        raw = next((value for key, value in self._message.raw_items() if key.lower() == "from"), "")
        name, address = parseaddr(_one_line(_raw(raw)))
        return _one_line(_decoded(name)) or address or "No sender"

    @property
    def subject(self) -> str:
        """The subject, or the words for none."""
        return self.header("Subject") or "No subject"

    @property
    def date(self) -> datetime | None:
        """The moment in the Date header."""
        try:
            return parsedate_to_datetime(self.header("Date"))
        except (ValueError, TypeError, IndexError, OverflowError):
            return None

    @property
    def text(self) -> str | None:
        """The plain part."""
        return self._part("text/plain")

    @property
    def html(self) -> str | None:
        """The HTML part."""
        return self._part("text/html")

    @property
    def preview(self) -> str:
        """What an inbox shows after the subject: the first words of the HTML, hidden ones too, or of the text."""
        html = self.html
        # Where a letter pads its preview an inbox shows blanks, and nothing of what stands behind them.
        words = first_words(_PADDING.split(html, 1)[0]) if html else _visible(self.text or "")
        return words[: _ENOUGH - 1] + "…" if len(words) >= _ENOUGH else words

    def _part(self, kind: str) -> str | None:
        for part in self._message.walk():
            if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
                return _payload(part)
        return None


def first_words(html: str) -> str:
    """The beginning of what an HTML text says."""
    return all_words(html, _ENOUGH)


def all_words(html: str, enough: int) -> str:
    """What an HTML text says, up to a length; reads no further than needed."""
    reader = _Words()
    start, end = 0, _CHUNK
    while start < len(html):
        try:
            reader.feed(html[start:end])
        except AssertionError:  # html.parser's answer to some broken declarations
            break
        if reader.length >= enough * 2:
            break
        start, end = end, end * 2  # ever more: the parser reads a tag that does not end anew each time
    return _visible(" ".join(reader.words))[:enough]


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.length = 0
        self._hidden: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # html.parser's name
        if self._hidden is None and tag in _HIDDEN_TAGS:
            self._hidden = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = None

    def handle_data(self, data: str) -> None:
        if self._hidden is None and (visible := _visible(data)):
            self.words.append(visible)
            self.length += len(visible)


def _payload(part: Message) -> str:
    raw = part.get_payload(decode=True)
    content = raw if isinstance(raw, bytes) else str(part.get_payload()).encode("utf-8", "replace")
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _raw(value: str) -> str:
    """A header as it stood; bytes that should not be there are read as the older mail programs meant them."""
    stood = str(value).encode("utf-8", "surrogateescape")
    try:
        return stood.decode("utf-8")
    except UnicodeDecodeError:
        return stood.decode("latin-1")


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (MessageError, LookupError, ValueError, TypeError):
        return value


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _visible(text: str) -> str:
    """Without the invisible characters with which letters push the body out of the preview."""
    return _one_line("".join(c for c in text if c.isspace() or not (c == "\u034f" or unicodedata.category(c) in {"Cf", "Cc"})))
