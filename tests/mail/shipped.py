"""Every letter that comes with Mendletter, as its reader gets it; refuses to leave one out."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from functools import cache, cached_property
from pathlib import Path

from service.domain.letters import ProgrammePlan, Translation
from service.domain.messages import Kind
from service.mail.compose import CONFIRM_BROUGHT, Composer, LetterSource, Posting
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
SYSTEM_KINDS = tuple(sorted(path.parent.name for path in (TEMPLATES / "email").glob("*/en.md")))
LINK_ONLY = "link"

_KEYS = Keyring(["a key that is long enough for every test 0123456789"])
_CONSENT, _FRESH = "cccccccccccccccc", "ffffffffffffffff"
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
    enrolment_id=12,
)


@dataclass(frozen=True)
class Shipped:
    """One letter on the wire. Its name says which, and whether it is open or discreet; system letters have one form.

    It is made when it is looked at: each test process would make all of them to look at a part.
    """

    name: str
    is_discreet: bool
    is_system: bool
    posting: Posting
    templates: Path = TEMPLATES / "email"
    instead: bytes = b""
    """What stands for its bytes, for a test that spoils a letter."""

    def __str__(self) -> str:
        return self.name

    @cached_property
    def data(self) -> bytes:
        """Its bytes."""
        return self.instead or Composer(SITE, _KEYS, self.templates).compose(self.posting).data

    @property
    def language(self) -> str:
        """The language it is written in."""
        return self.posting.language

    @property
    def subject(self) -> str:
        """The subject line."""
        return str(make_header(decode_header(header(self.data, "Subject"))))

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
    sources = [(source, plan) for plan in every_programme() for source in (*letters_of(plan), *translated(plan))]
    letters = [form for source, plan in sources for form in sent(source, plan)]
    return (*letters, *(system_letter(kind) for kind in SYSTEM_KINDS))


@cache
def one_of_each() -> tuple[Shipped, ...]:
    """A letter of each kind that looks different: a first one, an alternate and a check-in of each programme, the system's."""
    few = [found for plan in every_programme() for found in _firsts(plan)]
    letters = [form for source, plan in few for form in sent(source, plan)]
    return (*letters, *(system_letter(kind) for kind in SYSTEM_KINDS))


@cache
def by_turns() -> tuple[Shipped, ...]:
    """Each letter once: the first discreet, the second open, and so on; system letters have one form."""
    system = [letter for letter in every_letter() if letter.is_system]
    forms = [letter for letter in every_letter() if not letter.is_system]
    return (*(forms[place * 2 + place % 2] for place in range(len(forms) // 2)), *system)


def _firsts(plan: ProgrammePlan) -> list[tuple[LetterSource, ProgrammePlan]]:
    names = {plan.names[0], *(phase.alternates[0] for phase in plan.phases[:1] if phase.alternates), *plan.check_ins[:1]}
    return [(source, plan) for source in (*letters_of(plan), *translated(plan)) if source.name in names]


@cache
def every_programme() -> tuple[ProgrammePlan, ...]:
    """All programmes that come with Mendletter."""
    return tuple(read_programme(plan.parent) for plan in sorted((TEMPLATES / "programmes").glob("*/programme.toml")))


def letters_of(plan: ProgrammePlan) -> list[LetterSource]:
    """The letters of a programme: those of the way in order, then the alternates, then the check-ins."""
    phases = {name: phase.plain for phase in plan.phases for name in (*phase.letters, *phase.alternates)}
    return [LetterSource(0, name, plan.language, plan.sources[name], phases.get(name, "")) for name in plan.names]


def translated(plan: ProgrammePlan) -> list[LetterSource]:
    """The letters of a programme in its other languages."""
    return [
        replace(source, language=code, source=other.sources[source.name], phase=_plain(other, plan, source.name))
        for code, other in plan.translations.items()
        for source in letters_of(plan)
    ]


def _plain(other: Translation, plan: ProgrammePlan, name: str) -> str:
    return next((other.phases[phase.key]["plain"] for phase in plan.phases if name in (*phase.letters, *phase.alternates)), "")


def sent(source: LetterSource, plan: ProgrammePlan) -> tuple[Shipped, Shipped]:
    """One letter, discreet and open."""
    usual = replace(_POSTING, letter=source, language=source.language, weekly=plan.pace_days >= 7, parts=len(plan.phases) > 1)
    name = source.name if source.language == plan.language else f"{source.name}-{source.language}"
    discreet, open_ = (
        Shipped(f"{name}-{form}", is_discreet, False, replace(usual, discreet=is_discreet))
        for form, is_discreet in (("discreet", True), ("open", False))
    )
    return discreet, open_


def system_letter(kind: str, templates: Path = TEMPLATES / "email") -> Shipped:
    """One letter of the system, which has one form."""
    return Shipped(kind, True, True, _system_posting(kind), templates)


def _system_posting(kind: str) -> Posting:
    if kind == LINK_ONLY:
        return replace(_POSTING, letter=letters_of(every_programme()[0])[0], link_only=True)
    hashed = token_sha256(_KEYS.link_token(Purpose.CONFIRM, _CONSENT))
    fresh = token_sha256(_KEYS.link_token(Purpose.FRESH, _FRESH, _POSTING.link_epoch))
    brought = kind == CONFIRM_BROUGHT
    posting = replace(_POSTING, kind=Kind.CONFIRM if brought else Kind(kind), consent_ref=_CONSENT, consent_token_hash=hashed)
    return replace(posting, brought=brought, fresh_ref=_FRESH, fresh_token_hash=fresh)
