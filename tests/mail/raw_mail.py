"""Reads a message from its bytes alone, so that no parser can be kind to what we send; refuses to decode headers."""

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser


@dataclass(frozen=True)
class Part:
    """One part of a message: its headers, and its body as it stands on the wire."""

    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        """The body without its quoted-printable, with plain line ends."""
        return quopri.decodestring(self.body).decode("utf-8").replace("\r\n", "\n")


def headers_of(data: bytes) -> list[tuple[str, str]]:
    """Every header in order, unfolded as RFC 5322 2.2.3 says and otherwise untouched."""
    head = data.partition(b"\r\n\r\n")[0].decode("ascii")
    lines = re.sub(r"\r\n(?=[ \t])", "", head).split("\r\n")
    return [(name, value) for name, _, value in (line.partition(": ") for line in lines)]


def header(data: bytes, name: str) -> str:
    """The one header of that name."""
    (value,) = [value for other, value in headers_of(data) if other == name]
    return value


def parts_of(data: bytes) -> list[Part]:
    """The parts of a multipart message, cut at its boundary."""
    found = re.search(r'boundary="([^"]+)"', header(data, "Content-Type"))
    assert found is not None
    body = data.partition(b"\r\n\r\n")[2]
    pieces = (b"\r\n" + body).split(b"\r\n--" + found[1].encode())
    assert pieces[0] == b"", "something stands before the first boundary"
    assert pieces[-1] == b"--\r\n", "the last boundary is not closed"
    return [_part(piece.removeprefix(b"\r\n")) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    head, blank, body = piece.partition(b"\r\n\r\n")
    assert blank, "a part has no headers"
    return Part(headers_of(head + blank), body)


def text_of(data: bytes) -> str:
    """The text part."""
    return parts_of(data)[0].text


def html_of(data: bytes) -> str:
    """The HTML part."""
    return parts_of(data)[1].text


def faults_on_the_wire(data: bytes) -> Iterator[str]:
    """What a strict server could stumble over (RFC 5321 2.3.8, RFC 5322 2.1.1, RFC 2045 6.7)."""
    if re.search(rb"(?<!\r)\n|\r(?!\n)", data):
        yield "a bare CR or LF"
    if not data.isascii() or b"\0" in data:
        yield "a byte that SMTP does not carry without extensions"
    if any(len(line) > 998 for line in data.split(b"\r\n")):
        yield "a line above 998 bytes"
    for part in parts_of(data):
        if dict(part.headers)["Content-Transfer-Encoding"] != "quoted-printable":
            yield "a part that is not quoted-printable"
        if any(len(line) > 76 for line in part.body.split(b"\r\n")):
            yield "a quoted-printable line above 76 bytes"


class Shown(HTMLParser):
    """The preview of an HTML letter, the words it shows after that, its links and its styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.title = self.preview = self.words = ""
        self.links: list[str] = []
        self.styles: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self._place = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes |= values.keys()
        if tag == "a":
            self.links.append(values["href"])
        if "style" in values:
            self.styles.append(values["style"])
        if tag in ("title", "style"):
            self._place = tag
        elif "display:none" in values.get("style", ""):
            self._place = "preview"

    def handle_endtag(self, tag: str) -> None:
        if (tag, self._place) in (("title", "title"), ("style", "style"), ("div", "preview")):
            self._place = "words"

    def handle_data(self, data: str) -> None:
        if self._place == "title":
            self.title += data
        elif self._place == "style":
            self.styles.append(data)
        elif self._place == "preview":
            self.preview = folded(self.preview + data)
        else:
            self.words = folded(self.words + data).lstrip()


def folded(words: str) -> str:
    """Words with every run of white space and of invisible padding as one space."""
    return re.sub(r"[\s\u034f\u200c\u00a0]+", " ", words)
