"""Makes one person's message: prepared letter, links, headers, return path; refuses to look anything up.

Letters are prepared once for each version, language and variant; per reader only slots are filled.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from service.domain.messages import LIST_MAIL, Kind
from service.domain.schedule import local
from service.domain.subscribers import Support
from service.domain.support import Country, in_short
from service.mail import links
from service.mail.envelope import Envelope, to_bytes
from service.mail.prepared import Filled, Prepared, Setting, prepare_letter, prepare_system
from service.mail.site import Site
from service.mail.sources import parse_letter, parse_system
from service.mail.tokens import Keyring, Purpose, token_sha256
from service.mail.words import Words, words_for

_CACHED_AT_MOST: Final = 512
LINK_ONLY: Final = "link"
"""The folder of the letter that stands in for one that is read on a page."""
CONFIRM_BROUGHT: Final = "confirm_import"
"""The folder of the letter to confirm for whoever a list brought: nobody asked for it with their address."""


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
    """All that making one message needs.

    `dated_at` and `next_at` are calendar time; `zone` is the reader's. `weekly` and `parts` are those of the letter's setting;
    `forgotten` says that the address goes with the last letter, if the reader does nothing; `link_only` and `plain_text` are
    wishes of the reader; `brought` says that a list did, and not they. `note` is the whole source of a letter to the desk.
    """

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
    enrolment_id: int = 0
    weekly: bool = True
    parts: bool = True
    after_pause: bool = False
    forgotten: bool = False
    link_only: bool = False
    plain_text: bool = False
    support: Support = Support.LINK
    country: str | None = None
    consent_ref: str = ""
    consent_token_hash: str = ""
    fresh_ref: str = ""
    fresh_token_hash: str = ""
    brought: bool = False
    note: str = ""


class Composer:
    """Makes messages of one site with one set of keys."""

    def __init__(
        self,
        site: Site | Callable[[], Site],
        keys: Keyring,
        system_letters: Path,
        countries: Callable[[], Iterable[Country]] = tuple,
    ) -> None:
        """`system_letters` holds one folder for each kind of system letter, with one file for each language.

        `countries` are those whose support lines may be shown. Both they and the site may change while a process lives.
        """
        self._countries = countries
        self._site_now = site if callable(site) else lambda: site
        self._keys = keys
        self._system_letters = system_letters
        self._prepared: dict[tuple[object, ...], Prepared] = {}

    @property
    def _site(self) -> Site:
        return self._site_now()

    def compose(self, posting: Posting) -> Envelope:
        """One message. Raises whatever is wrong with its letter; the caller counts that against the letter."""
        if not posting.address.isascii():
            raise ValueError("The address needs SMTPUTF8, which sign-up does not take.")
        body = self._prepare(posting).fill(self._values(posting))
        return Envelope(
            sender=self._return_path(posting),
            recipient=posting.address,
            ref=posting.ref,
            data=to_bytes(self._headers(posting, body), body, boundary=f"=_{posting.ref}_=", text_only=posting.plain_text),
        )

    def _prepare(self, posting: Posting) -> Prepared:
        letter = posting.letter
        if posting.note:
            text = parse_system(posting.note, kind=posting.kind)
            return prepare_system(text, language=posting.language, site=self._site, list_mail=False)
        if posting.kind in (Kind.LETTER, Kind.TEST) and letter is None:
            raise LookupError("The letter has no text in its reader's language nor in its programme's.")
        if letter is None or posting.link_only:
            folder = LINK_ONLY if letter else _folder(posting)
            return self._cached((folder, posting.language), lambda site: self._prepare_system(folder, posting, site))
        setting = Setting(posting.weekly, posting.parts, posting.next_at is None, bool(self._support_line(posting)))
        key = (letter.version_id, letter.language, letter.phase, posting.discreet, setting)
        return self._cached(key, lambda site: self._prepare_letter(letter, setting, site, discreet=posting.discreet))

    def _cached(self, key: tuple[object, ...], make: Callable[[Site], Prepared]) -> Prepared:
        """What is kept for a site is made for the very same one, though it may change at any moment."""
        site = self._site
        prepared = self._prepared.get((*key, site))
        if prepared is None:
            if len(self._prepared) >= _CACHED_AT_MOST:
                self._prepared.clear()
            prepared = self._prepared[(*key, site)] = make(site)
        return prepared

    def _prepare_letter(self, letter: LetterSource, setting: Setting, site: Site, *, discreet: bool) -> Prepared:
        text = parse_letter(letter.source, name=letter.name)
        return prepare_letter(text, phase=letter.phase, language=letter.language, discreet=discreet, site=site, setting=setting)

    def _prepare_system(self, folder: str, posting: Posting, site: Site) -> Prepared:
        file, language = self._system_file(folder, posting.language)
        text = parse_system(file.read_text("utf-8"), kind=folder)
        return prepare_system(text, language=language, site=site, list_mail=posting.kind in LIST_MAIL)

    def _system_file(self, folder: str, language: str) -> tuple[Path, str]:
        wished = self._system_letters / folder / f"{language}.md"
        return (wished, language) if wished.exists() else (self._system_letters / folder / "en.md", "en")

    def _values(self, posting: Posting) -> dict[str, str]:
        words = words_for(posting.letter.language if posting.letter else posting.language)
        next_day = words.day_of(local(posting.next_at, posting.zone)) if posting.next_at else ""
        links_of_reader = links.ReaderLinks(
            self._site, self._keys, posting.subscriber_ref, posting.link_epoch, posting.ref, posting.enrolment_id
        )
        return links_of_reader.all() | {
            "opener_line": words.opener_line if next_day else words.last_opener_line,
            "next_date": next_day or words.another_day,
            "next_line": _next_line(words, posting, next_day),
            "support_line": self._support_line(posting),
            **self._links_once(posting),
        }

    def _support_line(self, posting: Posting) -> str:
        """The support lines that a reader wants to see at the foot; empty where a link is all they want."""
        if posting.support is Support.ALL:
            return words_for(posting.language).all_countries
        wished = posting.country if posting.support is Support.ONE else None
        country = next((each for each in self._countries() if each.code == wished), None)
        return " · ".join(f"{line.name}: {line.number or line.text}" for line in in_short(country)) if country else ""

    def _links_once(self, posting: Posting) -> dict[str, str]:
        """Links that work once. The row of each holds a hash, and its link may have been made with an older key."""
        never = self._keys.link_tokens(Purpose.NEVER, posting.consent_ref) if posting.consent_ref else [""]
        confirm = self._keys.link_tokens(Purpose.CONFIRM, posting.consent_ref) if posting.consent_ref else [""]
        fresh = self._keys.link_tokens(Purpose.FRESH, posting.fresh_ref, posting.link_epoch) if posting.fresh_ref else [""]
        promised = _promised(confirm, posting.consent_token_hash)
        return {
            "confirm_link": links.confirm_link(self._site, confirm[promised]),
            "never_link": links.never_link(self._site, never[promised]),
            "fresh_link": links.fresh_link(self._site, posting.kind, fresh[_promised(fresh, posting.fresh_token_hash)]),
        }

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
            "List-Unsubscribe": f"<{links.stop_link(site, self._keys, posting.subscriber_ref, posting.link_epoch)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Help": f"<{site.help_link}>",
            "List-Owner": f"<mailto:{site.mail_from}>",
            "List-Post": "NO",
            "Feedback-ID": f"{posting.kind}:weekly:notes:{sender_id(site.mail_domain)}",
            "Precedence": "bulk",
        }


def _folder(posting: Posting) -> str:
    return CONFIRM_BROUGHT if posting.brought and posting.kind is Kind.CONFIRM else posting.kind


def _next_line(words: Words, posting: Posting, next_day: str) -> str:
    if not next_day:
        if posting.kind is not Kind.LETTER:
            return words.no_note
        return f"{words.last_note} {words.forgotten}" if posting.forgotten else words.last_note
    if posting.kind is Kind.LETTER:
        line = words.next_note.format(day=next_day)
        return f"{words.after_pause} {line}" if posting.after_pause else line
    return (words.first_note if posting.kind is Kind.WELCOME else words.coming_note).format(day=next_day)


def _promised(tokens: Sequence[str], token_hash: str) -> int:
    """The place of the token whose hash a row holds; the newest one where none is."""
    return next((place for place, token in enumerate(tokens) if token_sha256(token) == token_hash), 0)


def sender_id(domain: str) -> str:
    """The constant last field of Feedback-ID, 5 to 15 letters and digits made of the sending domain (H-12)."""
    return "".join(sign for sign in domain if sign.isascii() and sign.isalnum())[:15].ljust(5, "0")


def _phrase(name: str) -> str:
    """A site name as the phrase of List-Id: ASCII without what would need quoting (RFC 2919 section 3)."""
    plain = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign in " -'"))
    return " ".join(plain.split()) or "Weekly notes"
