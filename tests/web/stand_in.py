"""A small core for the pages to talk to: programmes, links and a list of what was asked; refuses to need a database."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from flask import Flask

from service.actions.consents import ConsentView
from service.actions.samples import Sample
from service.actions.subscribers import Undone
from service.actions.suppressions import NeverView
from service.domain import support
from service.domain.consents import AT_ONCE, Never, Proof, SignUp, Standing, Verdict
from service.domain.lanes import Limits
from service.mail.site import Site
from service.mail.sources import parse_letter
from service.mail.tokens import Keyring
from service.store.sequences import ProgrammeRow
from service.web import pages
from service.web.door import Door
from service.web.reader_door import ReaderDoor

if TYPE_CHECKING:
    from service.bootstrap import Service

AFTER_LEAVING = ProgrammeRow(
    "after-leaving", "After leaving", "Twelve weeks, one short letter a week, in five phases.", 7, ("ended",)
)
LETTING_GO = ProgrammeRow("letting-go", "Letting go, in 21 small steps", "A small step every second day.", 2, ("left",))
WEEKLY_CHECK_IN = ProgrammeRow("check-in", "Weekly check-in", "A short letter every week.", 7, ("still", "unsaid"))
A_LINE_A_DAY = ProgrammeRow("line", "A line a day", "Two to four sentences every day.", 1, ("later",))

READER = "AHUxMjM0NTY3OGFiY2RlZmdoaWprbG1ub3BxcnN0dXY"
"""The stop link of the one reader there is."""

FIRST_AT = datetime(2026, 12, 8, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
REST = (pages.TEMPLATES.parent / "programmes" / "after-leaving" / "rest-before-answers.md").read_text("utf-8")
SAMPLE = Sample(
    parse_letter(REST, name="rest-before-answers"),
    "en",
    datetime(2026, 11, 20, 23, 0, tzinfo=UTC),
    "it feels unreal",
    weekly=True,
)
SUPPORT_LINES = support.parse((pages.TEMPLATES.parent / "support_lines.toml").read_text("utf-8"))
TROUBLE = "could not connect for reader@example.org"
CONSENT = "I would like one note a week by email. I can stop at any time."
LINKS = {
    "open": ConsentView(Standing.OPEN, "a•••@e•••.com", CONSENT, "After leaving"),
    "done": ConsentView(Standing.DONE, "a•••@e•••.com", CONSENT, "After leaving", FIRST_AT),
    "expired": ConsentView(Standing.EXPIRED, "a•••@e•••.com", CONSENT, "After leaving"),
    "replaced": ConsentView(Standing.REPLACED, "a•••@e•••.com", CONSENT, "After leaving"),
}


@dataclass
class StandInService:
    """What the pages read of the service."""

    site: Site = field(
        default_factory=lambda: Site(
            base_url="http://127.0.0.1:8000",
            name="Weekly notes",
            mail_from="notes@example.org",
            mail_from_system="notes@example.org",
            bounce_domain="",
            postal_address="PO Box 12, Anytown",
            organisation="The Quiet House",
        )
    )
    keys: Keyring = field(default_factory=lambda: Keyring(["n" * 32, "o" * 32]))
    exit_url: str = "https://www.example.com/weather"
    sign_up_open: bool = True
    limits: Limits = field(default_factory=Limits)
    own_pages: dict[tuple[str, str], str] = field(default_factory=dict)
    rate_limits: bool = False
    https: bool = False
    trusted_proxies: int = 0
    demo: bool = False
    support_lines: tuple[support.Country, ...] = SUPPORT_LINES
    redis_url: str = "redis://127.0.0.1:1/0"
    templates: Path = pages.TEMPLATES.parent
    backups: timedelta = timedelta(days=30)
    clock: datetime = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """The calendar."""
        return self.clock

    def wall(self) -> datetime:
        """The real time."""
        return self.clock

    def read(self) -> AbstractContextManager[None]:
        """A session that nobody uses."""
        return nullcontext()

    write = read

    def as_service(self) -> "Service":
        """The same, as the pages expect to be given it."""
        return cast("Service", self)


class StandInDoor(Door):
    """Answers from memory and writes down what it was asked to do."""

    def __init__(self, service: StandInService, programmes: list[ProgrammeRow] | None = None) -> None:
        super().__init__(service.as_service())
        self.open_programmes = [AFTER_LEAVING] if programmes is None else programmes
        self.spoken = ["en", "es"]
        self.asked_in: list[str] = []
        self.reader_language = "en"
        self.letter: Sample | None = SAMPLE
        self.asked: list[tuple[SignUp, Proof]] = []
        self.verdicts: list[Verdict] = []
        self.confirmed: list[tuple[str, str]] = []
        self.stopped: list[str] = []
        self.never_again: list[str] = []
        self.undone: list[str] = []
        self.left: dict[str, datetime] = {}
        self.ticked: tuple[bool, float | None] = (True, 1.0)
        self.broken = False

    def programmes(self, language: str = "en") -> list[ProgrammeRow]:
        """The programmes of this test."""
        self.asked_in.append(language)
        if self.broken:
            raise RuntimeError(TROUBLE)
        return self.open_programmes

    def languages(self) -> list[str]:
        """The languages of the programmes of this test."""
        return self.spoken

    def sample(self, language: str) -> Sample | None:  # noqa: ARG002
        """The letter of this test, in the one language that it has."""
        return self.letter

    def ask(self, sign_up: SignUp, proof: Proof, verdict: Verdict = AT_ONCE) -> None:
        """Remember a sign-up."""
        self.asked.append((sign_up, proof))
        self.verdicts.append(verdict)

    def look_up(self, token: str) -> ConsentView:
        """A link of this test."""
        return LINKS.get(token, ConsentView(Standing.UNKNOWN))

    def confirm(self, token: str, ip: str) -> ConsentView:
        """Confirm the open link, the first time."""
        if token != "open":
            return self.look_up(token)
        self.confirmed.append((token, ip))
        fresh = len(self.confirmed) == 1
        return ConsentView(Standing.DONE, "a•••@e•••.com", CONSENT, "After leaving", FIRST_AT, fresh=fresh)

    def look_up_never(self, token: str) -> NeverView:
        """The one link that can still be pressed, or one of a reader."""
        states = {"reader": Never.READER} if self.never_again else {"open": Never.OPEN, "reader": Never.READER}
        state = states.get(token, Never.UNKNOWN)
        return NeverView(state) if state is Never.UNKNOWN else NeverView(state, "a•••@e•••.com", "en")

    def never(self, token: str) -> NeverView:
        """Press the open link, the first time."""
        view = self.look_up_never(token)
        if view.state is not Never.OPEN:
            return view
        self.never_again.append(token)
        return NeverView(Never.DONE, view.address, view.language)

    def stop(self, token: str) -> None:
        """Remember a stop."""
        self.stopped.append(token)
        if token == READER:
            self.left.setdefault(token, self.service.wall())

    def undo(self, token: str) -> Undone:
        """Take back the stop of the one reader there is."""
        self.undone.append(token)
        return Undone(done=True, next_at=FIRST_AT) if self.left.pop(token, None) else Undone(done=False)

    def language_of(self, token: str) -> str:
        """The language of the one reader there is."""
        return self.reader_language if token == READER else ""

    def stopped_at(self, token: str) -> datetime | None:
        """When the one reader left."""
        return self.left.get(token)

    def tick_age(self) -> tuple[bool, float | None]:
        """How the clock does in this test."""
        return self.ticked


def make_app(service: StandInService, door: StandInDoor, reader_door: ReaderDoor | None = None) -> Flask:
    """The web room around them. Without a door of their own, readers' links are all out of use."""
    app = Flask("service.web", template_folder=str(pages.TEMPLATES), static_folder=str(pages.STATIC))
    pages.mount(app, service.as_service(), door, reader_door)
    return app
