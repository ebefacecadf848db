"""Settings: every wrong one is one clear line, and every one acts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.bootstrap import Service, assemble
from service.settings import Settings, SettingsError, described, load
from tests.parts.river import Parts

REQUIRED = ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "SECRET_KEY", "BASE_URL", "MAIL_FROM")
BASE = Parts("sqlite:////srv/never-opened.db").environment()
HTTPS = {"BASE_URL": "https://notes.example.org", "RATE_LIMITS": "on"}


@pytest.fixture(autouse=True)
def _only_these(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, _, _ in described():
        monkeypatch.delenv(name, raising=False)


def _load(monkeypatch: pytest.MonkeyPatch, **changed: str | None) -> Settings:
    for name, value in (BASE | changed).items():
        monkeypatch.setenv(name, value) if value is not None else monkeypatch.delenv(name, raising=False)
    return load()


def _service(monkeypatch: pytest.MonkeyPatch, **changed: str | None) -> Service:
    return assemble(_load(monkeypatch, **changed))


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(monkeypatch, **{name: None})
    assert str(caught.value).startswith(f"{name} is missing: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"SECRET_KEY": "too short"}, "SECRET_KEY must hold keys of at least 32 characters"),
        ({"SECRET_KEY": "k" * 32 + ",short"}, "SECRET_KEY must hold keys of at least 32 characters"),
        ({"BASE_URL": "http://notes.example.org"}, "BASE_URL must be https"),
        ({"BASE_URL": "notes.example.org"}, "BASE_URL must be like https://"),
        ({"BASE_URL": "https://notes.example.org/?a=b"}, "BASE_URL must be like https://"),
        ({"MAIL_FROM": "Notes <notes@example.org>"}, "MAIL_FROM must be a bare address"),
        ({"MAIL_FROM": "notes"}, "MAIL_FROM must be a bare address"),
        ({"SMTP_URL": "smtp://relay.example.org"}, "SMTP_URL must not send in clear to another computer"),
        ({"SMTP_URL": "http://relay.example.org"}, "SMTP_URL must be like smtp://"),
        ({"SMTP_URL": "smtp://relay.example.org?starttls=maybe"}, "SMTP_URL knows starttls=require only"),
        ({"BOUNCE_DOMAIN": "bounce example"}, "BOUNCE_DOMAIN "),
        ({"TRUSTED_PROXIES": "many"}, "TRUSTED_PROXIES "),
        ({"EXIT_URL": "javascript:alert(1)"}, "EXIT_URL "),
        ({"LEASE_SECONDS": "0"}, "LEASE_SECONDS "),
        ({**HTTPS, "RATE_LIMITS": "off"}, "RATE_LIMITS=off is for tests on this computer"),
        ({**HTTPS, "SIGN_UP": "open"}, "SIGN_UP=open is for tests on this computer"),
        ({**HTTPS, "POSTAL_ADDRESS": None}, "POSTAL_ADDRESS is missing"),
        ({**HTTPS, "INBOX_FOLDER": "/srv/x"}, "INBOX_FOLDER shows mail to everybody"),
    ],
)
def test_a_wrong_setting_is_one_clear_line_that_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str | None], words: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(monkeypatch, **changed)
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)
    assert "too short" not in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"DATABASE_URL": "mysql://h/d"}, "DATABASE_URL must be"),
        ({"CLOCK": "yesterday"}, "CLOCK must be"),
        ({"CLOCK": "2026-03-01T00:00:00@1773000000x1"}, "CLOCK needs a start with its zone"),
        ({"CLOCK": "2026-03-01T00:00:00Z@1773000000x0"}, "CLOCK needs a start"),
    ],
)
def test_what_shows_when_the_service_is_put_together_is_a_sentence_too(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        _service(monkeypatch, **changed)


def test_several_wrong_settings_are_several_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(monkeypatch, SMTP_URL=None, MAIL_FROM="x")
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, "", "", False, False)),
        ("smtp://localhost", ("localhost", 25, "", "", False, False)),
        ("smtp://u%40x:p%2Fw@h.example?starttls=require", ("h.example", 587, "u@x", "p/w", True, False)),
        ("smtps://u:p@h.example", ("h.example", 465, "u", "p", False, True)),
    ],
)
def test_smtp_url(monkeypatch: pytest.MonkeyPatch, url: str, expected: tuple[object, ...]) -> None:
    assert _load(monkeypatch, SMTP_URL=url).smtp == expected


def test_every_time_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"LEASE_SECONDS": "7", "SWEEP_SECONDS": "8", "RETRY_SECONDS": "9", "SMTP_TIMEOUT": "10", "SMTP_DOT_TIMEOUT": "11"}
    service = _service(monkeypatch, **times, SMTP_HELO="mail.example.org")
    seconds = [time.total_seconds() for time in (service.lease, service.sweep_every, service.retry_first)]
    assert seconds == [7, 8, 9]
    assert (service.relay.command_timeout, service.relay.dot_timeout) == (10, 11)
    assert service.relay.helo == "mail.example.org"


def test_the_site_is_what_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {"SITE_NAME": "Small notes", "ORGANISATION": "A charity", "MAIL_FROM_SYSTEM": "hello@example.org"}
    service = _service(monkeypatch, **named, BOUNCE_DOMAIN="Bounce.Example.org", BASE_URL="http://localhost:9/")
    site = service.site
    assert (site.name, site.organisation, site.mail_from_system) == ("Small notes", "A charity", "hello@example.org")
    assert (site.bounce_domain, site.base_url) == ("bounce.example.org", "http://localhost:9")
    assert site.postal_address == "PO Box 1, Exampletown"


def test_no_address_is_invented(monkeypatch: pytest.MonkeyPatch) -> None:
    site = _service(monkeypatch).site
    assert site.mail_from_system == site.mail_from == "notes@example.org"
    assert site.bounce_domain == ""


def test_the_calendar_runs_as_fast_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    start = datetime.now(UTC) - timedelta(seconds=10)
    service = _service(monkeypatch, CLOCK=f"2026-03-01T00:00:00Z@{start.timestamp():.0f}x60480")
    passed = service.now() - datetime(2026, 3, 1, tzinfo=UTC)
    assert timedelta(days=5) < passed < timedelta(days=10)
    assert abs(service.wall() - datetime.now(UTC)) < timedelta(seconds=5)


def test_without_clock_the_calendar_is_real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    service = _service(monkeypatch)
    assert abs(service.now() - service.wall()) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("changed", "is_open"),
    [
        ({}, True),
        (HTTPS, False),
        ({"BASE_URL": "https://localhost", "RATE_LIMITS": "on"}, True),
    ],
)
def test_sign_up_is_open_on_this_computer_only_until_the_checklist_exists(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], is_open: bool
) -> None:
    assert _service(monkeypatch, **changed).sign_up_open is is_open


def test_other_templates_may_be_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert _service(monkeypatch, TEMPLATES=str(tmp_path)).programmes == tmp_path / "programmes"


def test_proxies_and_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    service = _service(monkeypatch, TRUSTED_PROXIES="2", EXIT_URL="https://weather.example.org/")
    assert (service.trusted_proxies, service.exit_url, service.https) == (2, "https://weather.example.org/", False)


def test_a_secret_is_not_shown_by_printing_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _load(monkeypatch)
    assert BASE["SECRET_KEY"] not in repr(settings)
