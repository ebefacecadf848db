import re
from pathlib import Path

import pytest
import redis

from service.local.stack import Stack, secret


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    folder = tmp_path / "100% mine"
    return Stack(folder, 8000, 1025, folder / "valkey.sock", "system", {"RATE_LIMITS": "off"})


def test_the_programs_know_what_they_need_and_nothing_of_the_terminal(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "SITE_NAME", "SIGN_UP", "http_proxy", "GUNICORN_CMD_ARGS"):
        monkeypatch.setenv(name, "from the terminal")

    environment = stack.environment()

    assert "from the terminal" not in environment.values()
    assert environment["DATABASE_URL"] == f"sqlite:///{stack.folder}/mendletter.db"
    assert environment["SMTP_URL"] == "smtp://127.0.0.1:1025"
    assert environment["BASE_URL"] == "http://127.0.0.1:8000"
    assert environment["INBOX_FOLDER"] == f"{stack.folder}/inbox"
    assert environment["RATE_LIMITS"] == "off"
    assert "PATH" in environment


def test_a_strange_folder_name_survives_in_the_address_of_redis(stack: Stack) -> None:
    client = redis.Redis.from_url(stack.environment()["REDIS_URL"])

    assert client.connection_pool.connection_kwargs["path"] == str(stack.socket)


def test_the_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    file = tmp_path / "demo" / "secret"

    first = secret(file)

    assert secret(file) == first
    assert re.fullmatch(r"[\w-]{48,}", first)
    assert file.stat().st_mode & 0o777 == 0o600
    assert secret(tmp_path / "other") != first
