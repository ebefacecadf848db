"""One letter as its reader would get it, finished or not, with what is to be said about it; refuses to send it."""

import email
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import MIMEPart
from typing import Any, Final

from service.domain.letters import FULL, SHORT
from service.domain.messages import Kind
from service.mail.checks import Remark, look_over
from service.mail.completing import helped
from service.mail.compose import Composer, LetterSource, Posting
from service.mail.editing import LetterForm, from_source, to_source
from service.mail.layouts import EMAIL_TEMPLATES, LayoutError
from service.mail.prepared import LetterTooLarge
from service.mail.site import Site
from service.mail.source_reading import too_much
from service.mail.sources import SourceErrors
from service.mail.tokens import Keyring, Purpose, token_sha256

FIRST_DAY: Final = datetime(2026, 12, 1, 10, tzinfo=UTC)

_SIGN_UP: Final = "c" * 16
# Made up for looking, and never used to send a letter: the links of a reader that it makes open nothing.
_KEYS: Final = Keyring(["made up for looking at letters, and never used to send one"])
MADE_UP_READER: Final = Posting(
    kind=Kind.LETTER,
    ref="a" * 16,
    address="reader@example.net",
    language="en",
    discreet=True,
    zone="UTC",
    subscriber_ref="b" * 16,
    link_epoch=0,
    dated_at=FIRST_DAY,
    next_at=FIRST_DAY + timedelta(days=7),
    consent_ref=_SIGN_UP,
    consent_token_hash=token_sha256(_KEYS.link_token(Purpose.CONFIRM, _SIGN_UP)),
    fresh_ref=_SIGN_UP,
)

_NOT_YET: Final[Mapping[str, str]] = {
    "subject": "No subject yet",
    "preview": "No preview yet",
    "discreet_subject": "No discreet subject yet",
    "discreet_preview": "No discreet preview yet",
    "minutes": "1",
    "intensity": "1",
    "written_by": "nobody yet",
    "reviewed_by": "nobody yet",
    "title": "No title yet",
    "opening": "*The opening will stand here.*",
    "question": "*The question will stand here.*",
}
_NO_PRACTICE_YET: Final = "1. *The practice will stand here.*"
_NOT_YET_IN_FULL: Final[Mapping[str, str]] = {
    "reflection": "*The reflection will stand here.*",
    "hard_day": "*What helps on a hard day will stand here.*",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A message taken apart again: what an inbox shows of it, and its two parts. `size` is that of the HTML in bytes."""

    sender: str
    subject: str
    html: str
    text: str
    size: int


@dataclass(frozen=True, slots=True)
class Look:
    """One letter in one form. All but `remarks` is empty where the letter cannot be laid out."""

    sender: str
    subject: str
    preview: str
    html: str
    text: str
    size: int
    remarks: tuple[Remark, ...]


def look(
    letter: LetterForm | str,
    *,
    language: str,
    discreet: bool,
    phase: str,
    site: Site,
    zone: str = "UTC",
    weekly: bool = True,
    parts: bool = True,
) -> Look:
    """A letter, given as a form or as its file, as a made-up reader in `zone` would get it; never raises for what it holds.

    Gaps are filled as the desk would fill them; a part that only its author can write is shown as a line that says so, and the
    remarks tell that it is empty. `weekly` and `parts` are those of its programme.
    """
    form = from_source(letter) if isinstance(letter, str) else letter
    done, _ = helped(form, language=language, weekly=weekly)
    whole = letter if isinstance(letter, str) and too_much(letter) else done
    remarks = look_over(whole, language=language, site=site, phase=phase)
    shown = _without_gaps(done)
    source = LetterSource(0, "", language, to_source(shown), phase)
    reader = replace(MADE_UP_READER, letter=source, language=language, discreet=discreet, zone=zone, weekly=weekly, parts=parts)
    try:
        seen = opened(reader, site)
    except (SourceErrors, LetterTooLarge, LayoutError):
        return Look("", "", "", "", "", 0, remarks)
    preview = shown.discreet_preview if discreet else shown.preview
    return Look(seen.sender, seen.subject, preview, seen.html, seen.text, seen.size, remarks)


def opened(posting: Posting, site: Site) -> Opened:
    """A message composed as for sending and taken apart again: what is looked at is what would be sent.

    Raises whatever is wrong with its letter.
    """
    data = Composer(site, _KEYS, EMAIL_TEMPLATES).compose(posting).data
    message = email.message_from_bytes(data, policy=policy.default)
    text, html = (_words_of(part) for part in message.iter_parts())
    return Opened(message["From"].addresses[0].display_name, str(message["Subject"]), html, text, len(html.encode()))


def _words_of(part: "MIMEPart[Any, Any]") -> str:
    words: str = part.get_content()
    return words.replace("\r\n", "\n")


def _without_gaps(form: LetterForm) -> LetterForm:
    """The form with a line for each part that only its author can write and has not written yet."""
    not_yet = dict(_NOT_YET)
    if not form.is_short:
        not_yet["practice"] = _NO_PRACTICE_YET
    if form.shape == FULL:
        not_yet |= _NOT_YET_IN_FULL
    shown = replace(form, **{field: words for field, words in not_yet.items() if not getattr(form, field)})
    return replace(shown, shape=shown.shape or SHORT)
