"""Speaks SMTP and knows how far it came; refuses to guess what a silent server did.

smtplib raises the same exception for a connection lost in mid-DATA and for one lost after the dot, so MAIL, RCPT, DATA and
the dot are driven here (RFC 5321; delivery.md, page one, 6). Its connecting, TLS and AUTH are used as they are.
"""

import contextlib
import select
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from service.domain.messages import Accepted, Deferred, Outcome, Refused, Unheard
from service.mail.envelope import Envelope

_REPLY_BYTES_AT_MOST: Final = 64 * 1024
_AUTH_REFUSED: Final = frozenset({530, 534, 535, 538})  # the relay wants other credentials: no letter's fault
_CLOSING: Final = 421


@dataclass(frozen=True, slots=True)
class RelayAddress:
    """Where to hand letters over. Times in seconds (RFC 5321 4.5.3.2): commands, and the reply to the dot."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False
    helo: str = ""
    command_timeout: float = 300
    dot_timeout: float = 600


class RelayAwayError(Exception):
    """The relay cannot be reached or does not let us in. No letter is to blame, no attempt is counted."""


class _LostError(Exception):
    """The connection ended, timed out or spoke nonsense while a reply was awaited."""


class Connection:
    """One open connection to the relay. Not shared between threads."""

    def __init__(self, address: RelayAddress) -> None:
        """Connect, greet, start TLS and log in. Raises RelayAwayError with the relay's words."""
        self._address = address
        self.usable = True
        try:
            self._smtp = _connect(address)
            self._sock = _socket_of(self._smtp)
            # The dot is a small packet after a large one: without this, Nagle and a delayed ACK cost 40 ms a letter.
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._replies = self._sock.makefile("rb")
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise RelayAwayError(_words(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Say QUIT if anybody is still there. Never raises."""
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if self.usable:
                self._sock.settimeout(5)
                self._sock.sendall(b"QUIT\r\n")
                self._replies.readline(_REPLY_BYTES_AT_MOST)
        self._drop()

    def send(self, envelope: Envelope, *, lease_is_over: Callable[[], bool]) -> Outcome:
        """Hand one letter over. Whatever happens is an outcome, never an exception.

        The dot is sent only while the lease holds: afterwards somebody else may already have called the letter unknown.
        """
        phase = "mail"
        try:
            for phase, command in self._commands(envelope):
                answer = self._ask(command)
                if (no := self._judge(phase, *answer, good=3 if phase == "data" else 2)) is not None:
                    return no
            phase = "body"
            self._sock.sendall(_stuffed(envelope.data))
            if (early := self._early_answer()) is not None:
                return early
        except (OSError, _LostError) as error:
            self._drop()
            # Lost before MAIL was answered says nothing about this letter; later it may be its size or its words.
            return Deferred(phase, None, _words(error), relay=phase == "mail")
        if lease_is_over():
            self._drop()
            return Deferred("lease", None, "The lease was over before the dot.", relay=True)
        return self._dot()

    def _commands(self, envelope: Envelope) -> tuple[tuple[str, str], ...]:
        dsn = self._smtp.has_extn("dsn")
        mail = f" RET=HDRS ENVID={envelope.ref}" if dsn else ""
        rcpt = f" NOTIFY=FAILURE,DELAY ORCPT=rfc822;{xtext(envelope.recipient)}" if dsn else ""
        return (
            ("mail", f"MAIL FROM:<{envelope.sender}>{mail}"),
            ("rcpt", f"RCPT TO:<{envelope.recipient}>{rcpt}"),
            ("data", "DATA"),
        )

    def _ask(self, command: str) -> tuple[int, str]:
        self._sock.settimeout(self._address.command_timeout)
        self._sock.sendall(command.encode("ascii") + b"\r\n")
        return self._reply()

    def _early_answer(self) -> Deferred | None:
        """What a server says before it has the dot: it does not want the rest, so it surely does not have the letter."""
        # Under TLS a readable socket may hold a session ticket and no answer at all.
        if isinstance(self._sock, ssl.SSLSocket) or not select.select([self._sock], [], [], 0)[0]:
            return None
        code, text = self._reply()
        self._drop()
        return Deferred("body", code, text, relay=code == _CLOSING)

    def _dot(self) -> Outcome:
        try:
            self._sock.settimeout(self._address.dot_timeout)
            self._sock.sendall(b".\r\n")
            code, text = self._reply()
        except (OSError, _LostError) as error:
            self._drop()
            return Unheard(_words(error))
        if 200 <= code < 300:
            return Accepted(code, text)
        return self._judge("dot", code, text, good=2) or Unheard(text)

    def _judge(self, phase: str, code: int, text: str, *, good: int) -> Deferred | Refused | None:
        """None if the answer is what was hoped for, else what it means for the letter."""
        if code // 100 == good:
            return None
        if code == _CLOSING or (phase == "mail" and (400 <= code < 500 or code in _AUTH_REFUSED)):
            self._drop()
            return Deferred(phase, code, text, relay=True)
        self._reset()
        if 500 <= code < 600:
            return Refused(phase, code, text)
        if 400 <= code < 500:
            return Deferred(phase, code, text, relay=False)
        self._drop()
        # An answer that no server gives: after the dot nobody knows what it meant.
        return None if phase == "dot" else Deferred(phase, code, text, relay=phase == "mail")

    def _reset(self) -> None:
        try:
            if self._ask("RSET")[0] != 250:
                self._drop()
        except (OSError, _LostError):
            self._drop()

    def _drop(self) -> None:
        self.usable = False
        with contextlib.suppress(OSError):
            self._replies.close()
        self._smtp.close()

    def _reply(self) -> tuple[int, str]:
        """One whole reply, of several lines perhaps. A line without its end is no reply: it may have been another one."""
        lines: list[bytes] = []
        while True:
            line = self._replies.readline(_REPLY_BYTES_AT_MOST)
            if not line.endswith(b"\n") or len(lines) > 100:
                raise _LostError("The connection ended before the reply did.")
            lines.append(line)
            if line[3:4] != b"-":
                break
        code = lines[-1][:3]
        if not code.isdigit() or len(code) != 3:
            raise _LostError("The server answered with something that is no reply.")
        return int(code), " ".join(part[4:].decode("ascii", "replace").strip() for part in lines)


def _connect(address: RelayAddress) -> smtplib.SMTP:
    context = ssl.create_default_context()
    helo = address.helo or None
    if address.tls:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            address.host, address.port, local_hostname=helo, timeout=address.command_timeout, context=context
        )
    else:
        smtp = smtplib.SMTP(address.host, address.port, local_hostname=helo, timeout=address.command_timeout)
    try:
        smtp.ehlo_or_helo_if_needed()
        if address.starttls:
            smtp.starttls(context=context)
            smtp.ehlo()
        if address.user:
            smtp.login(address.user, address.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _socket_of(smtp: smtplib.SMTP) -> socket.socket:
    if smtp.sock is None:
        raise smtplib.SMTPServerDisconnected("The relay closed the connection at once.")
    return smtp.sock


def _stuffed(data: bytes) -> bytes:
    """The message as DATA wants it: dots at the start of a line doubled, a line end at the end (RFC 5321 4.5.2)."""
    body = data.replace(b"\r\n.", b"\r\n..")
    body = b"." + body if body.startswith(b".") else body
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def xtext(value: str) -> str:
    """A value in the xtext of RFC 3461 section 4: everything but printable ASCII without + and = as +XX."""
    return "".join(sign if "!" <= sign <= "~" and sign not in "+=" else f"+{ord(sign):02X}" for sign in value)


def _words(error: BaseException) -> str:
    """What went wrong, without an address or a letter's text in it."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {error.smtp_error!r}"[:200]
    if isinstance(error, UnicodeError):  # its own words would quote the password
        return "The name, the user or the password of the relay holds a character that cannot be sent."
    return f"{type(error).__name__}: {error}"[:200]
