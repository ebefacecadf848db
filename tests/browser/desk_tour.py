"""A desk with something on every page: readers, letters of every outcome, batches of every state; and the way to each page."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select

from service.actions import audit, batch_letters, batches, enrolments, launches, messages, settings
from service.actions.batches import Settings
from service.app import build
from service.bootstrap import Service
from service.domain.batches import UNDO_WITHIN, Manner
from service.domain.messages import Accepted, Refused, Unheard
from service.domain.roles import Role
from service.mail.programmes import read_programme
from service.store import batches as batch_rows
from service.store import beats, care, sequences
from service.store.account_tables import Admin
from service.store.audit import Entry
from service.store.tables import Sequence, Subscriber
from tests.browser.running_desk import RunningDesk, listening
from tests.parts.river import confirmed, load
from tests.web.admin.seats import StandInSeats

READERS: Final = 14
JOURNEY: Final = "programme=after-leaving&start=2026-10-10&at=09:30&zone=Europe/Berlin&weekday=6&hour=10"
LATER: Final = timedelta(days=12)


@dataclass
class DeskTour(RunningDesk):
    """A running desk with an owner in the seat, and what its pages are about."""

    letter: int
    programme: int
    running: int
    draft: int
    done: int
    reader: str
    meant: tuple[str, ...] = field(default=("Failed to load resource",), kw_only=True)  # a page that is not there

    def paths(self) -> dict[str, str]:
        """Every page of the desk that can be looked at, by a short name."""
        today = self.service.wall().date()
        return {
            "home": "/admin/",
            "programmes": "/admin/programmes",
            "programme": f"/admin/programmes/{self.programme}",
            "letter": f"/admin/letters/{self.letter}",
            "letter-versions": f"/admin/letters/{self.letter}/versions",
            "letter-reviews": f"/admin/letters/{self.letter}/reviews",
            "letter-try": f"/admin/letters/{self.letter}/try",
            "publish": f"/admin/letters/publish?letter={self.letter}",
            "batches": "/admin/batches",
            "batch-draft": f"/admin/batches/{self.draft}",
            "batch-letters": f"/admin/batches/{self.draft}/letters",
            "batch-audience": f"/admin/batches/{self.draft}/audience",
            "batch-when": f"/admin/batches/{self.draft}/when",
            "batch-manner": f"/admin/batches/{self.draft}/manner",
            "batch-trial": f"/admin/batches/{self.draft}/trial",
            "batch-confirm": f"/admin/batches/{self.draft}/confirm",
            "batch-running": f"/admin/batches/{self.running}",
            "batch-cancel": f"/admin/batches/{self.running}/cancel",
            "batch-people": f"/admin/batches/{self.running}/people",
            "calendar": "/admin/calendar",
            "calendar-week": "/admin/calendar/week",
            "calendar-day": f"/admin/calendar/days/{today.isoformat()}",
            "outcomes-unknown": "/admin/outcomes?state=unknown",
            "outcomes-refused": "/admin/outcomes?state=refused",
            "machine": "/admin/machine",
            "machine-journey": f"/admin/machine?{JOURNEY}",
            "machine-reader": f"/admin/machine/reader/{self.reader}",
            "people": "/admin/people",
            "people-active": "/admin/people?state=active",
            "person": f"/admin/people/{self.reader}",
            "person-erase": f"/admin/people/{self.reader}/erase",
            "person-everything": f"/admin/people/{self.reader}/everything",
            "people-export": "/admin/people/export",
            "imports": "/admin/imports",
            "suppressions": "/admin/suppressions",
            "settings": "/admin/settings",
            "setting": "/admin/settings/site_name",
            "own-pages": "/admin/pages",
            "own-page": "/admin/pages/privacy/en",
            "lines": "/admin/lines",
            "line-new": "/admin/lines/GB/new",
            "opening": "/admin/opening",
            "colleagues": "/admin/colleagues",
            "trail": "/admin/trail",
            "seals": "/admin/trail/seals",
            "nothing-here": "/admin/batches/999999",
        }


@contextmanager
def tour(service: Service) -> Iterator[DeskTour]:
    """Fill a service and serve its desk."""
    seats = StandInSeats()
    seats.sit()
    made = _fill(service)
    with listening() as server:
        server.app = build(service, seats=seats)
        made.url = f"http://127.0.0.1:{server.server_port}"
        yield made


def _fill(service: Service) -> DeskTour:
    now = service.now()
    begun = now - LATER
    load(service, read_programme(service.programmes / "after-leaving"))
    for number in range(READERS):
        confirmed(service, f"reader{number}@example.net", now=begun)
    _admin(service, now)
    done = _batch(service, "Three quiet days", begun, first=(begun + timedelta(days=2)).date(), letters=2, run=True)
    _letters(service, begun, now)
    running = _batch(service, "For the first of the month", now, first=(now + timedelta(days=3)).date(), letters=3, run=True)
    draft = _batch(service, "A word in winter", now, first=(now + timedelta(days=20)).date(), letters=2, run=False)
    with service.write() as session:
        beats.beat(session, beats.CLOCK, now=now, wall=service.wall())
        programme = session.scalars(select(Sequence).where(Sequence.slug == "after-leaving")).one()
        letters = sequences.letters_of(session, programme.id)
        for number in range(9):
            care.add(session, letters[0].id, "helped" if number % 3 else "hard")
        settings.change(session, "organisation", "The Quiet House", by="Ada", wall=service.wall())
        audit.note(
            session, Entry(1, "Ada", "owner", "192.0.2.0/24", "setting changed", "setting:organisation"), wall=service.wall()
        )
        reader = session.scalars(select(Subscriber.ref).order_by(Subscriber.id)).first()
    service.choices.forget()
    assert reader is not None
    return DeskTour(service, "", letters[0].id, programme.id, running, draft, done, reader)


def _admin(service: Service, now: datetime) -> None:
    with service.write() as session:
        for name, role in (("Ada", Role.OWNER), ("Berta", Role.EDITOR)):
            session.add(
                Admin(
                    email=f"{name.lower()}@example.org",
                    email_key=f"{name.lower()}@example.org",
                    name=name,
                    role=role,
                    zone="Europe/Berlin",
                    fs_uniquifier=name,
                    fs_webauthn_user_handle=name,
                    created_at=now,
                )
            )


def _batch(service: Service, name: str, now: datetime, *, first: date, letters: int, run: bool) -> int:
    """A batch of letters from the programme; confirmed and launched where it shall run."""
    with service.write() as session:
        batch = batches.create(session, name, by="Ada", wall=now, letters=0)
        programme = sequences.by_slug(session, "after-leaving")
        assert programme is not None
        for letter in sequences.letters_of(session, programme.id)[:letters]:
            batch_letters.copy_in(session, batch, letter.id, by="Ada", wall=now)
        row = batch_rows.get(session, batch)
        assert row is not None
        wanted = Settings(name, first_date=first, cadence_days=1, hour=9, manner=Manner.INSTEAD)
        revision = batches.change(session, batch, wanted, revision=row.revision)
        if run:
            batches.confirm(session, batch, revision=revision, by="Ada", now=now, wall=now - UNDO_WITHIN - timedelta(minutes=1))
    while run and _more(service, batch, now + timedelta(days=3)):
        pass
    return batch


def _more(service: Service, batch: int, now: datetime) -> bool:
    with service.write() as session:
        return launches.launch(session, batch, now=now, wall=now, speed=1)


def _letters(service: Service, begun: datetime, now: datetime) -> None:
    """Let days go by: letters end in every way there is."""
    outcomes = (Accepted(250, "ok"), Accepted(250, "ok"), Refused("rcpt", 550, "5.1.1 no such user"), Unheard("silence"))
    moment, number = begun, 0
    while moment < now:
        with service.write() as session:
            enrolments.plan(session, now=moment, wall=moment, speed=100)
        for _ in range(2 * READERS):
            with service.write() as session:
                taken = messages.take(session, token="t", lease=timedelta(minutes=5), now=moment, wall=moment, speed=1)
            if taken is None:
                break
            number += 1
            with service.write() as session:
                retry = messages.Retry(timedelta(minutes=30), 0)
                messages.settle(session, taken, outcomes[number % 4 if number % 5 == 0 else 0], retry=retry, wall=moment)
        moment += timedelta(hours=6)
