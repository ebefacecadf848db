"""Everything that can be set from outside, read once at the door; refuses to start with anything missing or wrong."""

from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_KEY_LENGTH: Final = 32


class SettingsError(Exception):
    """Settings with which nothing may start: one clear line for each."""


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be like https://notes.example.org")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("must be https; http is for this computer only")
    return value.rstrip("/")


def _mail_address(value: str) -> str:
    local, at, domain = value.rpartition("@")
    if not (at and local and domain) or not value.isascii() or any(sign in value for sign in " <>\"'\r\n,;"):
        raise ValueError("must be a bare address such as notes@example.org")
    return value


def _secret_key(value: SecretStr) -> SecretStr:
    keys = [key.strip() for key in value.get_secret_value().split(",")]
    if any(len(key) < _KEY_LENGTH for key in keys):
        raise ValueError(f"must hold keys of at least {_KEY_LENGTH} characters each, separated by commas")
    return value


def _smtp_url(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    starttls = parse_qs(parts.query).get("starttls", [""])[0]
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("must be like smtp://user:password@host:587?starttls=require or smtps://user:password@host")
    if starttls not in ("", "require"):
        raise ValueError("knows starttls=require only")
    if parts.scheme == "smtp" and starttls != "require" and parts.hostname not in _LOOPBACK:
        raise ValueError("must not send in clear to another computer: add ?starttls=require or use smtps://")
    return value


BareAddress = Annotated[str, AfterValidator(_mail_address)]


class Settings(BaseSettings):
    """The environment of every process. Names are those of the variables, in lower case."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, hide_input_in_errors=True)

    database_url: SecretStr = Field(description="postgresql://... or sqlite:////absolute/path.db")
    redis_url: SecretStr = Field(description="redis://..., rediss://... or unix:///path/to.sock")
    smtp_url: Annotated[SecretStr, AfterValidator(_smtp_url)] = Field(
        description="smtp://user:pass@host:587?starttls=require, smtps://..., or plain smtp:// for this computer"
    )
    secret_key: Annotated[SecretStr, NoDecode, AfterValidator(_secret_key)] = Field(
        description="Comma-separated keys of at least 32 characters; the first signs, all verify"
    )
    base_url: Annotated[str, AfterValidator(_base_url)] = Field(
        description="The address of the site, without a slash at its end"
    )
    mail_from: BareAddress = Field(description="The bare address that letters come from")
    mail_from_system: BareAddress | None = Field(None, description="Another one for confirm and manage letters")
    bounce_domain: str = Field("", pattern=r"^[A-Za-z0-9.-]*$", description="The domain of return paths; empty: no VERP")
    postal_address: str = Field("", max_length=300, description="In the foot of every letter; needed unless on this computer")
    site_name: str = Field("Weekly notes", min_length=1, max_length=60, description="A neutral name: sender and page titles")
    organisation: str = Field("", max_length=120, description="Who keeps the addresses, as the consent text names them")
    trusted_proxies: int = Field(0, ge=0, le=5, description="How many proxies in front may say who the client is")
    clock: str = Field(
        "system", description="The calendar: system, or <virtual start>@<real start>x<speed> for demos and tests"
    )
    rate_limits: Literal["on", "off"] = Field("on", description="off is for tests, and refused when BASE_URL is https")
    sign_up: Literal["checklist", "open"] = Field(
        "checklist", description="open is for tests, and refused when BASE_URL is https"
    )
    exit_url: str = Field("https://www.bbc.co.uk/weather", pattern=r"^https?://\S+$", description="Where the exit link leads")
    inbox_folder: Path | None = Field(None, description="The demo's mail folder, shown at /inbox; loopback only")
    templates: Path = Field(Path(__file__).resolve().parents[1] / "templates", description="Where letters and layouts are")
    lease_seconds: float = Field(900, gt=0, description="How long a letter may be on the wire before it counts as unknown")
    sweep_seconds: float = Field(15, gt=0, description="How often leases and late letters are looked at")
    retry_seconds: float = Field(1800, gt=0, description="The first wait after a server said later; doubled twice")
    smtp_timeout: float = Field(300, gt=0, description="Seconds to wait for an answer to a command")
    smtp_dot_timeout: float = Field(600, gt=0, description="Seconds to wait for the answer to the final dot")
    smtp_helo: str = Field("", description="The name to say in EHLO; empty: this computer's")
    backup_days: int = Field(30, ge=0, le=400, description="How long the oldest backup is kept; said where people are erased")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much is logged")

    @model_validator(mode="after")
    def _fit_together(self) -> "Settings":
        if self.https and self.rate_limits == "off":
            raise ValueError("RATE_LIMITS=off is for tests on this computer, not for a site under https.")
        if self.https and self.sign_up == "open":
            raise ValueError("SIGN_UP=open is for tests on this computer, not for a site under https.")
        if not self.on_loopback and not self.postal_address:
            raise ValueError("POSTAL_ADDRESS is missing: every letter must say where its sender can be written to.")
        if not self.on_loopback and self.inbox_folder:
            raise ValueError("INBOX_FOLDER shows mail to everybody: it is for demos on this computer only.")
        return self

    @property
    def https(self) -> bool:
        """Whether the site is served under https."""
        return self.base_url.startswith("https://")

    @property
    def on_loopback(self) -> bool:
        """Whether the site is on this computer only."""
        return urlsplit(self.base_url).hostname in _LOOPBACK

    @property
    def keys(self) -> list[str]:
        """The secret keys, the signing one first."""
        return [key.strip() for key in self.secret_key.get_secret_value().split(",")]

    @property
    def smtp(self) -> tuple[str, int, str, str, bool, bool]:
        """Host, port, user, password, STARTTLS, TLS from the start."""
        parts = urlsplit(self.smtp_url.get_secret_value())
        tls = parts.scheme == "smtps"
        starttls = "starttls=require" in parts.query
        port = parts.port or (465 if tls else 587 if starttls else 25)
        return parts.hostname or "", port, unquote(parts.username or ""), unquote(parts.password or ""), starttls, tls


def load() -> Settings:
    """The settings of this process. Raises SettingsError with one line for each thing that is missing or wrong."""
    try:
        return Settings()  # type: ignore[call-arg]  # the environment fills it
    except ValidationError as error:
        raise SettingsError("\n".join(_line(dict(problem)) for problem in error.errors(include_input=False))) from None


def _line(problem: dict[str, object]) -> str:
    place = problem["loc"]
    name = str(place[0]).upper() if isinstance(place, tuple) and place else ""
    if problem["type"] == "missing":
        return f"{name} is missing: {Settings.model_fields[name.lower()].description}."
    words = str(problem["msg"]).removeprefix("Value error, ")
    return f"{name} {words[:1].lower()}{words[1:]}." if name else words


def shown(settings: Settings) -> list[tuple[str, str, str]]:
    """Every setting as (variable, value, meaning), for a page that shows it to an owner. Secrets are masked."""
    return [
        (name.upper(), _masked(getattr(settings, name)), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def _masked(value: object) -> str:
    if isinstance(value, SecretStr):
        return "set, not shown"
    return "not set" if value in (None, "") else str(value)


def described() -> list[tuple[str, str, str]]:
    """Every setting as (variable, default, meaning), for `mendletter settings` and the documentation."""
    return [
        (name.upper(), "required" if field.is_required() else str(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
