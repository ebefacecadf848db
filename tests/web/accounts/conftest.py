"""The whole web process on SQLite with its real seats, and somebody at its door."""

from collections.abc import Iterator

import flask_security.core
import pytest
from flask import Flask

from service.app import build
from tests.parts.river import Parts
from tests.web.accounts.visitor import LateService, Visitor, late

CHEAP = {"argon2__memory_cost": 1024, "argon2__time_cost": 1, "argon2__parallelism": 1}


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost next to nothing: there are hundreds in these tests."""
    monkeypatch.setitem(flask_security.core._default_config, "PASSWORD_HASH_PASSLIB_OPTIONS", CHEAP)


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[LateService]:
    """A service whose clock a test can move."""
    service = late(Parts(sqlite_url).service())
    yield service
    service.database.close()


@pytest.fixture
def app(desk: LateService) -> Flask:
    return build(desk)


@pytest.fixture
def ada(app: Flask, desk: LateService) -> Visitor:
    """Somebody who has no account yet."""
    return Visitor(app, desk)
