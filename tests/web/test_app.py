"""The web door itself: what it starts from, whom it believes, and when it refuses to start."""

from pathlib import Path

import pytest
from flask import Flask, request

from service.app import BOOT_ERROR, create_app
from service.settings import Settings


def settings(folder: Path, **changes: object) -> Settings:
    """Settings with which a web process starts; nothing is connected."""
    values: dict[str, object] = {
        "database_url": f"sqlite:///{folder}/letters.db",
        "redis_url": "redis://127.0.0.1:1/0",
        "smtp_url": "smtp://127.0.0.1:1",
        "secret_key": "k" * 32,
        "base_url": "http://127.0.0.1:8000",
        "mail_from": "notes@example.org",
    }
    return Settings(**{**values, **changes})  # type: ignore[arg-type]


def client_of(app: Flask, forwarded_for: str) -> str:
    """Whom the app takes for the client."""
    app.add_url_rule("/seen", "seen", lambda: request.remote_addr or "")
    return app.test_client().get("/seen", headers={"X-Forwarded-For": forwarded_for}).text


def test_it_starts_from_settings_before_anything_is_connected(tmp_path: Path) -> None:
    client = create_app(settings(tmp_path)).test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/help").status_code == 200
    assert client.get("/inbox/").status_code == 404


def test_the_local_inbox_is_there_when_it_has_a_folder_and_keeps_its_own_policy(tmp_path: Path) -> None:
    answer = create_app(settings(tmp_path, inbox_folder=tmp_path)).test_client().get("/inbox/")
    assert answer.status_code == 200
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_proxy_is_believed_only_when_it_is_trusted(tmp_path: Path) -> None:
    assert client_of(create_app(settings(tmp_path)), "192.0.2.9") == "127.0.0.1"
    assert client_of(create_app(settings(tmp_path, trusted_proxies=1)), "198.51.100.1, 192.0.2.9") == "192.0.2.9"


def test_a_wrong_setting_ends_the_start_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    with pytest.raises(SystemExit) as end:
        create_app()
    assert end.value.code == BOOT_ERROR
    said = capsys.readouterr().err
    assert "DATABASE_URL" in said
    assert "Traceback" not in said
