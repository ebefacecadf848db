"""A web room with a small stand-in for the core behind it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.reader_stand_in import StandInReaderDoor
from tests.web.stand_in import StandInDoor, StandInService, make_app


@pytest.fixture
def service() -> StandInService:
    return StandInService()


@pytest.fixture
def door(service: StandInService) -> StandInDoor:
    return StandInDoor(service)


@pytest.fixture
def reader_door(service: StandInService) -> StandInReaderDoor:
    return StandInReaderDoor(service)


@pytest.fixture
def app(service: StandInService, door: StandInDoor, reader_door: StandInReaderDoor) -> Flask:
    return make_app(service, door, reader_door)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
