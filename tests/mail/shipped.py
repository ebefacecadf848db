"""Every letter that comes with Mendletter, as its reader gets it; refuses to leave one out."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from service.domain.letters import ProgrammePlan
from service.domain.messages import Kind
from service.mail.compose import Composer, LetterSource, Posting
from service.mail.programmes import read_programme
from service.mail.site import Site
from service.mail.tokens import Keyring, Purpose, token_sha256
from tests.mail.raw_mail import header, html_of, text_of

TEMPLATES = Path(__file__).parents[2] / "templates"
SITE = Site(
    base_url="https://notes.example.org",
    name="Weekly notes",
    mail_from="notes@example.org",
    mail_from_system="notes@example.org",
    bounce_domain="bounce.example.org",
    postal_address="PO Box 1\nExampletown",
    organisation="Quiet Mornings",
)
SYSTEM_KINDS = tuple(sorted(Kind(path.parent.name) for path in (TEMPLATES / "email").glob("*/en.md")))

_KEYS = Keyring(["a key that is long enough for every test 0123456789"])
_CONSENT = "cccccccccccccccc"
_POSTING = Posting(
    kind=Kind.LETTER,
    ref="0123456789abcdef",
    address="reader@example.net",
    language="en",
    discreet=True,
    zone="Europe/Berlin",
    subscriber_ref="aaaaaaaaaaaaaaaa",
    link_epoch=1,
    dated_at=datetime(2026, 3, 3, 9, 0, 12, tzinfo=UTC),
    next_at=datetime(2026, 3, 10, 9, 0, tzinfo=UTC),
)


@dataclass(frozen=True)
class Shipped:
    """One letter on the wire. Its name says which, and whether it is open or discreet; system letters have one form."""

    name: str
    is_discreet: bool
    is_system: bool
    data: bytes

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """The subject line."""
        return header(self.data, "Subject")

    @property
    def html(self) -> str:
        """The HTML part."""
        return html_of(self.data)

    @property
    def text(self) -> str:
        """The text part."""
        return text_of(self.data)


@cache
def every_letter() -> tuple[Shipped, ...]:
    """All letters of all programmes, discreet and open, and those of the system."""
    letters = [form for plan in every_programme() for source in letters_of(plan) for form in sent(source)]
    return (*letters, *(system_letter(kind) for kind in SYSTEM_KINDS))


@cache
def every_programme() -> tuple[ProgrammePlan, ...]:
    """All programmes that come with Mendletter."""
    return tuple(read_programme(plan.parent) for plan in sorted((TEMPLATES / "programmes").glob("*/programme.toml")))


@cache
def every_draft() -> tuple[ProgrammePlan, ...]:
    """Programmes that are written and not offered yet."""
    return tuple(read_programme(plan.parent) for plan in sorted((TEMPLATES / "drafts").glob("*/programme.toml")))


def letters_of(plan: ProgrammePlan) -> list[LetterSource]:
    """The letters of a programme, in order."""
    phases = [(phase, name) for phase in plan.phases for name in phase.letters]
    return [LetterSource(0, name, plan.language, plan.sources[name], phase.plain) for phase, name in phases]


def sent(source: LetterSource) -> tuple[Shipped, Shipped]:
    """One letter, discreet and open."""
    discreet, open_ = (
        Shipped(f"{source.name}-{form}", is_discreet, False, _composed(replace(_POSTING, letter=source, discreet=is_discreet)))
        for form, is_discreet in (("discreet", True), ("open", False))
    )
    return discreet, open_


def system_letter(kind: Kind, templates: Path = TEMPLATES / "email") -> Shipped:
    """One letter of the system, which has one form."""
    hashed = token_sha256(_KEYS.link_token(Purpose.CONFIRM, _CONSENT))
    posting = replace(_POSTING, kind=kind, consent_ref=_CONSENT, consent_token_hash=hashed)
    return Shipped(str(kind), True, True, _composed(posting, templates))


def _composed(posting: Posting, templates: Path = TEMPLATES / "email") -> bytes:
    return Composer(SITE, _KEYS, templates).compose(posting).data
