"""A desk on a real service on SQLite, with an owner in the seat."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.app import build
from service.bootstrap import Service
from tests.parts.river import Parts, load
from tests.web.admin.seats import StandInSeats


@pytest.fixture
def service(sqlite_url: str) -> Iterator[Service]:
    """A service with a programme of three letters, on SQLite."""
    made = Parts(sqlite_url).service()
    load(made)
    yield made
    made.database.close()


@pytest.fixture
def seats() -> StandInSeats:
    """An owner sits at the desk."""
    made = StandInSeats()
    made.sit()
    return made


@pytest.fixture
def app(service: Service, seats: StandInSeats) -> Flask:
    """The whole web process."""
    return build(service, seats=seats)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Whoever sits at the desk."""
    return app.test_client()
