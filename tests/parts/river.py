"""Readers, programmes and processes for tests: everything made through the actions that real readers use."""

import os
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.actions import consents, programmes
from service.bootstrap import Service, assemble
from service.domain.addresses import key
from service.domain.consents import Proof, SignUp
from service.domain.letters import PhasePlan, ProgrammePlan
from service.domain.subscribers import Wishes
from service.mail.tokens import Purpose
from service.settings import Settings
from service.store.tables import Consent, Subscriber
from tests.parts.servers import PROJECT

SECRET = "a secret for tests that is long enough 0123456789"
TUESDAY = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
WISHES = Wishes(weekday=1, hour=10, zone="Europe/Berlin", discreet=True)
PROOF = Proof(text="I would like one note a week by email.", form_url="http://127.0.0.1/", ip="192.0.2.0/24")

LETTER = """---
subject: {title}
preview: A preview of {name}.
discreet subject: Your weekly note
discreet preview: Here is your note for this week.
minutes: 4
intensity: 1
written by: The tests
reviewed by: not yet reviewed by a practitioner
---

# {title}

{opening}

## Reflection

One idea, said once.

## Practice

1. Breathe out slowly.

## Question

What helps?

## If today is hard

Open [the help page]({{{{ help_link }}}}).
"""


def letter_source(name: str, opening: str = "This is the opening.") -> str:
    """A whole letter file that has nothing wrong with it."""
    return LETTER.format(name=name, title=f"Letter {name}", opening=opening)


PHASES = (("first", "First", "it feels unreal"), ("second", "Second", "waves"), ("third", "Third", "steady ground"))


def programme(
    slug: str = "after-leaving",
    letters: int = 3,
    pace_days: int = 7,
    *,
    parts: int = 2,
    alternates: int = 0,
    check_ins: int = 0,
    again: bool = False,
    paces: tuple[int, ...] = (),
) -> ProgrammePlan:
    """A programme of up to three phases that share its letters: `<slug>-1`, `<slug>-2` ... in order.

    Each phase has so many alternates, `first-other-1`, `first-other-2` ...; check-ins are `quiet-1`, `quiet-2` ...
    """
    names = tuple(f"{slug}-{number}" for number in range(1, letters + 1))
    share = -(-letters // parts)
    phases = tuple(
        PhasePlan(
            key,
            title,
            plain,
            names[place * share : (place + 1) * share],
            begin=f"Begin where it is: {plain}",
            alternates=tuple(f"{key}-other-{number}" for number in range(1, alternates + 1)),
        )
        for place, (key, title, plain) in enumerate(PHASES[:parts])
    )
    plan = ProgrammePlan(
        slug=slug,
        title=slug.replace("-", " ").capitalize(),
        summary="A programme for tests.",
        language="en",
        pace_days=pace_days,
        phases=tuple(phase for phase in phases if phase.letters),
        sources={},
        paces=paces,
        again=again,
        check_ins=tuple(f"quiet-{number}" for number in range(1, check_ins + 1)),
    )
    return replace(plan, sources={name: letter_source(name) for name in plan.names})


def load(service: Service, plan: ProgrammePlan | None = None) -> None:
    """Take a programme in."""
    with service.write() as session:
        programmes.load(session, plan or programme(), wall=service.wall())


def sign_up(
    address: str = "reader@example.net", wishes: Wishes = WISHES, slug: str = "after-leaving", language: str = "en"
) -> SignUp:
    """What the form gives for an address."""
    return SignUp(address=address, address_key=key(address), programme=slug, wishes=wishes, language=language)


def ask(service: Service, address: str = "reader@example.net", *, wall: datetime | None = None, **more: object) -> None:
    """Sign up, as the web does."""
    with service.write() as session:
        consents.ask(session, sign_up(address, **more), PROOF, keys=service.keys, wall=wall or service.wall())  # type: ignore[arg-type]


def intake(service: Service, *, wall: datetime | None = None) -> int:
    """Intake, as the clock does."""
    with service.write() as session:
        return consents.intake(session, keys=service.keys, wall=wall or service.wall())


def confirm_token(service: Service, session: Session, address: str = "reader@example.net") -> str:
    """The token of an address's newest sign-up."""
    ref = session.scalars(
        select(Consent.ref).where(Consent.address_key == key(address)).order_by(Consent.id.desc()).limit(1)
    ).one()
    return service.keys.link_token(Purpose.CONFIRM, ref)


def confirmed(
    service: Service, address: str = "reader@example.net", *, now: datetime, wall: datetime | None = None, **more: object
) -> int:
    """Sign up and confirm; gives the subscriber's id."""
    wall = wall or service.wall()
    ask(service, address, wall=wall, **more)
    intake(service, wall=wall)
    with service.write() as session:
        token = confirm_token(service, session, address)
        consents.confirm(session, token, ip="", keys=service.keys, now=now, wall=wall)
        return session.scalars(select(Subscriber.id).where(Subscriber.address_key == key(address))).one()


def stop_token(service: Service, session: Session, subscriber_id: int) -> str:
    """The unsubscribe token of a subscriber, as it stands in letters."""
    subscriber = session.get_one(Subscriber, subscriber_id)
    return service.keys.link_token(Purpose.UNSUBSCRIBE, subscriber.ref, subscriber.link_epoch)


@dataclass(frozen=True)
class Parts:
    """The addresses of real parts, and settings beyond the usual ones."""

    database_url: str
    redis_url: str = "unix:///nowhere"
    smtp_url: str = "smtp://127.0.0.1:9"
    more: tuple[tuple[str, str], ...] = ()

    def environment(self) -> dict[str, str]:
        """What a process of the service needs."""
        return {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SMTP_URL": self.smtp_url,
            "SECRET_KEY": SECRET,
            "BASE_URL": "http://127.0.0.1:8000",
            "MAIL_FROM": "notes@example.org",
            "POSTAL_ADDRESS": "PO Box 1, Exampletown",
            "RATE_LIMITS": "off",
            **dict(self.more),
        }

    def settings(self) -> Settings:
        """The same as settings of this process."""
        names = {name.lower(): value for name, value in self.environment().items() if name != "PATH"}
        return Settings(**names)  # type: ignore[arg-type]

    def service(self) -> Service:
        """A service on these parts. Close its database at the end."""
        return assemble(self.settings())


def process(role: str) -> tuple[str, ...]:
    """The command of a worker process."""
    return (sys.executable, "-m", "worker", role)


def log_of(folder: Path, name: str) -> Path:
    """Where a process writes."""
    return folder / f"{name}.log"


__all__ = ["PROJECT", "PROOF", "TUESDAY", "WISHES", "Parts", "ask", "confirmed", "intake", "load", "programme", "sign_up"]
