"""Makes one person's message: prepared letter, links, headers, return path; refuses to look anything up.

Letters are prepared once for each version, language and variant; per reader only slots are filled.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from service.domain.messages import LIST_MAIL, Kind
from service.domain.schedule import local
from service.mail import links
from service.mail.dates import day_in_words
from service.mail.envelope import Envelope, to_bytes
from service.mail.prepared import Filled, Prepared, prepare_letter, prepare_system
from service.mail.site import Site
from service.mail.sources import parse_letter, parse_system
from service.mail.tokens import Keyring, Purpose, token_sha256

_CACHED_AT_MOST: Final = 512
LAST_NOTE: Final = "This was the last of these notes."
NO_NOTE: Final = "At the moment no note is on its way."
ANOTHER_DAY: Final = "another day"
OPENER_LINE: Final = "If you do nothing, the next one comes on its usual day."
LAST_OPENER_LINE: Final = "This is the last one."


@dataclass(frozen=True, slots=True)
class LetterSource:
    """The frozen text of a letter: its version, and the whole source as written."""

    version_id: int
    name: str
    language: str
    source: str
    phase: str


@dataclass(frozen=True, slots=True)
class Posting:
    """All that making one message needs. `dated_at` and `next_at` are calendar time; `zone` is the reader's."""

    kind: Kind
    ref: str
    address: str
    language: str
    discreet: bool
    zone: str
    subscriber_ref: str
    link_epoch: int
    dated_at: datetime
    next_at: datetime | None
    letter: LetterSource | None = None
    consent_ref: str = ""
    consent_token_hash: str = ""


class Composer:
    """Makes messages of one site with one set of keys."""

    def __init__(self, site: Site, keys: Keyring, system_letters: Path) -> None:
        """`system_letters` holds one folder for each kind of system letter, with one file for each language."""
        self._site = site
        self._keys = keys
        self._system_letters = system_letters
        self._prepared: dict[tuple[object, ...], Prepared] = {}

    def compose(self, posting: Posting) -> Envelope:
        """One message. Raises whatever is wrong with its letter; the caller counts that against the letter."""
        if not posting.address.isascii():
            raise ValueError("The address needs SMTPUTF8, which sign-up does not take.")
        body = self._prepare(posting).fill(self._values(posting))
        return Envelope(
            sender=self._return_path(posting),
            recipient=posting.address,
            ref=posting.ref,
            data=to_bytes(self._headers(posting, body), body, boundary=f"=_{posting.ref}_="),
        )

    def _prepare(self, posting: Posting) -> Prepared:
        letter = posting.letter
        if letter is not None:
            key = (letter.version_id, letter.language, letter.phase, posting.discreet)
            return self._cached(key, lambda: self._prepare_letter(letter, discreet=posting.discreet))
        if posting.kind is Kind.LETTER:
            raise LookupError("The letter has no text in its reader's language nor in its programme's.")
        return self._cached((posting.kind, posting.language), lambda: self._prepare_system(posting))

    def _cached(self, key: tuple[object, ...], make: Callable[[], Prepared]) -> Prepared:
        if key not in self._prepared:
            if len(self._prepared) >= _CACHED_AT_MOST:
                self._prepared.clear()
            self._prepared[key] = make()
        return self._prepared[key]

    def _prepare_letter(self, letter: LetterSource, *, discreet: bool) -> Prepared:
        text = parse_letter(letter.source, name=letter.name)
        return prepare_letter(text, phase=letter.phase, language=letter.language, discreet=discreet, site=self._site)

    def _prepare_system(self, posting: Posting) -> Prepared:
        file, language = self._system_file(posting.kind, posting.language)
        text = parse_system(file.read_text("utf-8"), kind=posting.kind)
        return prepare_system(text, language=language, site=self._site, list_mail=posting.kind in LIST_MAIL)

    def _system_file(self, kind: Kind, language: str) -> tuple[Path, str]:
        wished = self._system_letters / kind / f"{language}.md"
        return (wished, language) if wished.exists() else (self._system_letters / kind / "en.md", "en")

    def _values(self, posting: Posting) -> dict[str, str]:
        next_day = day_in_words(local(posting.next_at, posting.zone)) if posting.next_at else ""
        return {
            "opener_line": OPENER_LINE if next_day else LAST_OPENER_LINE,
            "next_date": next_day or ANOTHER_DAY,
            "next_line": self._next_line(posting.kind, next_day),
            "stop_link": self._stop_link(posting),
            "confirm_link": self._confirm_link(posting) if posting.consent_ref else "",
        }

    @staticmethod
    def _next_line(kind: Kind, next_day: str) -> str:
        if not next_day:
            return LAST_NOTE if kind is Kind.LETTER else NO_NOTE
        if kind is Kind.LETTER:
            return f"If you do nothing, your next note comes on {next_day}."
        return f"The {'first' if kind is Kind.WELCOME else 'next'} note comes on {next_day}."

    def _stop_link(self, posting: Posting) -> str:
        return links.stop_link(self._site, self._keys, posting.subscriber_ref, posting.link_epoch)

    def _confirm_link(self, posting: Posting) -> str:
        """The link whose hash the sign-up row holds: it may have been made with an older key."""
        tokens = self._keys.link_tokens(Purpose.CONFIRM, posting.consent_ref)
        promised = [token for token in tokens if token_sha256(token) == posting.consent_token_hash]
        return links.confirm_link(self._site, (promised or tokens)[0])

    def _return_path(self, posting: Posting) -> str:
        if not self._site.bounce_domain:
            return self._from_address(posting)
        return f"b+{self._keys.verp_token(posting.ref)}@{self._site.bounce_domain}"

    def _from_address(self, posting: Posting) -> str:
        return self._site.mail_from if posting.kind in LIST_MAIL else self._site.mail_from_system

    def _headers(self, posting: Posting, body: Filled) -> dict[str, str]:
        headers = {
            "From": str(Address(self._site.name, addr_spec=self._from_address(posting))),
            "To": posting.address,
            "Subject": body.subject,
            "Date": format_datetime(posting.dated_at),
            "Message-ID": f"<d.{posting.ref}@{self._site.bounce_domain or self._site.mail_domain}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        }
        return headers | (self._list_headers(posting) if posting.kind in LIST_MAIL else {})

    def _list_headers(self, posting: Posting) -> dict[str, str]:
        site = self._site
        return {
            "List-Id": f"{_phrase(site.name)} <weekly.{site.mail_domain}>",
            "List-Unsubscribe": f"<{self._stop_link(posting)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Help": f"<{site.help_link}>",
            "List-Owner": f"<mailto:{site.mail_from}>",
            "List-Post": "NO",
            "Feedback-ID": f"{posting.kind}:weekly:notes:{sender_id(site.mail_domain)}",
            "Precedence": "bulk",
        }


def sender_id(domain: str) -> str:
    """The constant last field of Feedback-ID, 5 to 15 letters and digits made of the sending domain (H-12)."""
    return "".join(sign for sign in domain if sign.isascii() and sign.isalnum())[:15].ljust(5, "0")


def _phrase(name: str) -> str:
    """A site name as the phrase of List-Id: ASCII without what would need quoting (RFC 2919 section 3)."""
    plain = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign in " -'"))
    return " ".join(plain.split()) or "Weekly notes"
