"""Puts the parts of the service together, and reads the wall clock for all of them; refuses to start on a missing key."""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from service.domain import choices, support
from service.domain.calendar import Calendar, parse_clock
from service.domain.lanes import Limits
from service.mail.compose import Composer, Posting
from service.mail.envelope import Envelope
from service.mail.site import Site
from service.mail.tokens import Keyring
from service.mail.transport import Connection, RelayAddress
from service.settings import Settings, SettingsError, shown
from service.store import suppressions
from service.store.choices import Choices
from service.store.database import Database, open_database

SUPPORT_LINES: Final = "support_lines.toml"


@dataclass(frozen=True, slots=True)
class Given:
    """What the environment says of things that an owner may say otherwise at the desk. `shown` is for looking at there."""

    site: Site
    exit_url: str
    sign_up_open: bool
    support_lines: tuple[support.Country, ...]
    shown: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """All that a door needs. Make one per process; nothing is connected until it is used."""

    database: Database
    calendar: Calendar
    given: Given
    choices: Choices
    keys: Keyring
    composer: Composer
    relay: RelayAddress
    redis_url: str
    https: bool
    rate_limits: bool
    trusted_proxies: int
    lease: timedelta
    sweep_every: timedelta
    retry_first: timedelta
    backups: timedelta
    programmes: Path
    templates: Path
    demo: bool

    @property
    def site(self) -> Site:
        """Whose site it is: what the environment says, and an owner's word over it."""
        return _site_now(self.given, self.choices)

    @property
    def exit_url(self) -> str:
        """Where the way out leads."""
        return self.choices.now().settings.get("exit_url", self.given.exit_url)

    @property
    def sign_up_open(self) -> bool:
        """Whether anybody may sign up: an owner opened it at the desk, or it is open for trying."""
        opened = self.choices.now().opened
        return self.given.sign_up_open if opened is None else opened

    @property
    def support_lines(self) -> tuple[support.Country, ...]:
        """The support lines as the desk changed them, with what was checked there."""
        return _lines_now(self.given.support_lines, self.choices)

    @property
    def own_pages(self) -> Mapping[tuple[str, str], str]:
        """The pages that were rewritten at the desk, by name and language."""
        return self.choices.now().pages

    @property
    def limits(self) -> Limits:
        """How fast sign-ups may come."""
        return choices.limits(self.choices.now().settings)

    def read(self) -> AbstractContextManager[Session]:
        """A session that the database keeps from writing."""
        return self.database.read()

    def write(self) -> AbstractContextManager[Session]:
        """A session that is committed at its end."""
        return self.database.write()

    def wall(self) -> datetime:
        """Real time, in UTC."""
        return datetime.now(UTC)

    def now(self) -> datetime:
        """Calendar time, in UTC, which CLOCK may let run fast. It ends at planning."""
        return self.calendar.at(self.wall())

    def monotonic(self) -> float:
        """Seconds that never jump, for leases and waits."""
        return time.monotonic()

    def connect(self) -> Connection:
        """An open connection to the relay. Raises RelayAwayError."""
        return Connection(self.relay)

    def compose(self, posting: Posting) -> Envelope:
        """One person's message."""
        return self.composer.compose(posting)

    def check_keys(self) -> None:
        """Refuse to go on while a key that suppressions were made with is missing: those people would be written to again.

        Raises SettingsError.
        """
        with self.read() as session:
            missing = suppressions.keys_in_use(session) - set(self.keys.key_ids)
        if missing:
            raise SettingsError(
                f"SECRET_KEY lacks the key{'s' if len(missing) > 1 else ''} with id {', '.join(sorted(missing))}. "
                "Addresses that must never be written to were kept with it. Add the old key after the new one."
            )


def assemble(settings: Settings) -> Service:
    """The service these settings ask for. Raises SettingsError for what only shows when it is put together."""
    keys = Keyring(settings.keys)
    site = _site(settings)
    host, port, user, password, starttls, tls = settings.smtp
    countries, demo = _support_lines(settings.templates / SUPPORT_LINES), settings.inbox_folder is not None
    try:
        database, calendar = open_database(settings.database_url.get_secret_value()), parse_clock(settings.clock)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    given = Given(
        site=site,
        exit_url=settings.exit_url,
        sign_up_open=settings.on_loopback or settings.sign_up == "open",
        support_lines=countries,
        shown=tuple(shown(settings)),
    )
    chosen = Choices(database, time.monotonic)

    def lines() -> tuple[support.Country, ...]:
        return support.for_readers(_lines_now(countries, chosen), demo=demo)

    return Service(
        database=database,
        calendar=calendar,
        given=given,
        choices=chosen,
        keys=keys,
        composer=Composer(lambda: _site_now(given, chosen), keys, settings.templates / "email", lines),
        relay=RelayAddress(
            host=host,
            port=port,
            user=user,
            password=password,
            starttls=starttls,
            tls=tls,
            helo=settings.smtp_helo,
            command_timeout=settings.smtp_timeout,
            dot_timeout=settings.smtp_dot_timeout,
        ),
        redis_url=settings.redis_url.get_secret_value(),
        https=settings.https,
        rate_limits=settings.rate_limits == "on",
        trusted_proxies=settings.trusted_proxies,
        lease=timedelta(seconds=settings.lease_seconds),
        sweep_every=timedelta(seconds=settings.sweep_seconds),
        retry_first=timedelta(seconds=settings.retry_seconds),
        backups=timedelta(days=settings.backup_days),
        programmes=settings.templates / "programmes",
        templates=settings.templates,
        demo=demo,
    )


def _site_now(given: Given, choices: Choices) -> Site:
    chosen = choices.now().settings
    named = {
        field: chosen[name]
        for field, name in (("name", "site_name"), ("organisation", "organisation"), ("postal_address", "postal_address"))
        if name in chosen
    }
    return replace(given.site, **named) if named else given.site


def _lines_now(given: tuple[support.Country, ...], choices: Choices) -> tuple[support.Country, ...]:
    chosen = choices.now()
    return support.checked_at_the_desk(support.changed_at_the_desk(given, support.changes_in(chosen.settings)), chosen.lines)


def _support_lines(path: Path) -> tuple[support.Country, ...]:
    """The support lines of a folder of templates, which need not have any. Raises SettingsError for a wrong file."""
    try:
        return support.parse(path.read_text("utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        # The reason without the path that an operating system adds: the path is said once, in front.
        raise SettingsError(f"{path} cannot be used. {getattr(error, 'strerror', None) or error}") from None


def _site(settings: Settings) -> Site:
    return Site(
        base_url=settings.base_url,
        name=settings.site_name,
        mail_from=settings.mail_from,
        mail_from_system=settings.mail_from_system or settings.mail_from,
        bounce_domain=settings.bounce_domain.lower(),
        postal_address=settings.postal_address,
        organisation=settings.organisation,
    )
