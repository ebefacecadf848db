"""One message as it goes on the wire: headers, body, return path; refuses line breaks in anything that becomes a header.

Python's e-mail package encodes header tokens longer than about 77 characters as RFC 2047 words, which kills one-click
unsubscribe (H-6); raising its line length instead breaks quoted-printable. Headers that hold addresses are therefore written
whole, and a test looks at the raw bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from email import policy
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from typing import Any, Final

from service.mail.prepared import Filled

LINE_BYTES_AT_MOST: Final = 998  # RFC 5322 2.1.1


class _WholeHeader(UnstructuredHeader):
    """A header that is folded between its comma-separated items only, and neither encoded nor decoded."""

    name: str

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """Keep the value as it is: `=?utf-8?q?=0D=0A...?=@example.org` is an address, and decoding it would break the line."""
        kwds["parse_tree"] = cls.value_parser("")
        kwds["decoded"] = value

    def fold(self, *, policy: policy.Policy) -> str:
        """The header as one line, or one line for each of its items."""
        items = [item.strip() for item in str(self).split(",")]
        return f"{self.name}: " + f",{policy.linesep} ".join(items) + policy.linesep


_WHOLE: Final = (
    *("to", "message-id", "list-id", "list-unsubscribe", "list-unsubscribe-post", "list-help", "list-owner", "list-post"),
    *("feedback-id", "reply-to"),
)


def _policy() -> "policy.EmailPolicy[EmailMessage]":
    registry = HeaderRegistry()
    for name in _WHOLE:
        registry.map_to_type(name, _WholeHeader)  # type: ignore[arg-type]  # typeshed knows BaseHeader only
    return policy.SMTP.clone(header_factory=registry, max_line_length=76)


_POLICY: Final = _policy()


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the transport needs: return path, one recipient (H-17), the ENVID of RFC 3461, and the bytes with CRLF."""

    sender: str
    recipient: str
    ref: str
    data: bytes


def to_bytes(headers: Mapping[str, str], body: Filled, *, boundary: str, text_only: bool = False) -> bytes:
    """The message as bytes: multipart/alternative, text first, both parts quoted-printable (H-40); or the text alone.

    The boundary is given, so that the same letter is the same bytes when a person sends it again. Raises ValueError where a
    header holds CR, LF or NUL (H-21).
    """
    message = EmailMessage(policy=_POLICY)
    for name, value in headers.items():
        message[name] = _clean(name, value)
        _clean(name, message[name])  # what an encoded word stands for
    message.set_content(body.text, cte="quoted-printable")
    if not text_only:
        message.add_alternative(body.html, subtype="html", cte="quoted-printable")
        message.set_boundary(boundary)
    return message.as_bytes()


def _clean(name: str, value: str) -> str:
    if any(sign in value for sign in "\r\n\0"):
        raise ValueError(f"The header {name} must not hold a line break or a NUL.")
    return value
