"""Fixtures: both databases, Valkey, the SMTP witness, and a service on them."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright

from service.bootstrap import Service
from service.store import schema
from tests.parts.crowd import Crew, CrewMaker
from tests.parts.postgres import PostgresShelf, postgres, url_of
from tests.parts.remembering import remembering
from tests.parts.river import Parts, load
from tests.parts.servers import Redis, Witness, redis_server, smtp_witness

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session", autouse=True)
def remember_what_is_the_same() -> Iterator[None]:
    """Statements, templates and letters are worked out once for each test process."""
    with remembering():
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """One PostgreSQL server for each test process, with a migrated template database."""
    with postgres() as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS mendletter_template")
            connection.execute("CREATE DATABASE mendletter_template")
        schema.upgrade(url_of(conninfo, "mendletter_template"))
        yield conninfo


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh migrated SQLite database."""
    path = tmp_path / "test.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgresql_shelf(postgres_server: str) -> Iterator[PostgresShelf]:
    """One PostgreSQL database for each test process, emptied between tests."""
    shelf = PostgresShelf(postgres_server)
    yield shelf
    shelf.close()


@pytest.fixture
def postgresql_url(postgresql_shelf: PostgresShelf, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated PostgreSQL database with nothing in it."""
    yield postgresql_shelf.take()
    # Processes of a crew may still be at work when the database is put back.
    postgresql_shelf.put_back(keep="make_crew" not in request.fixturenames)


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """Either database: a test that uses this runs on both."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def parts(database_url: str) -> Parts:
    """The parts of a service without Redis and SMTP."""
    return Parts(database_url)


@pytest.fixture
def bare_service(parts: Parts) -> Iterator[Service]:
    """A service on a migrated database with nothing in it."""
    service = parts.service()
    yield service
    service.database.close()


@pytest.fixture
def service(bare_service: Service) -> Service:
    """A service with a programme of three letters."""
    load(bare_service)
    return bare_service


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[Redis]:
    """A Valkey server that no test may kill."""
    with redis_server() as server:
        yield server


@pytest.fixture
def redis(shared_redis: Redis) -> Redis:
    """The shared Valkey server, empty."""
    shared_redis.flush()
    return shared_redis


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A Valkey server of this test alone, which it may kill."""
    with redis_server() as server:
        yield server


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    """A real SMTP server with a ledger."""
    with smtp_witness(tmp_path / "smtp") as server:
        yield server


@pytest.fixture
def make_crew(tmp_path: Path) -> Iterator[CrewMaker]:
    """Makes crews of real processes; at the end nothing of them is left running."""
    crews: list[Crew] = []

    def make(parts: Parts) -> Crew:
        crews.append(Crew(parts, tmp_path))
        return crews[-1]

    yield make
    for made in crews:
        made.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a process: Playwright's synchronous side can be started once."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    executable = next((path for path in map(shutil.which, names) if path), None)
    if executable is None:
        pytest.skip("no Chromium here (apt-get install chromium, or CHROMIUM=/path)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield running
        running.close()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """CI skips nothing: a skipped test there is a failure, since nobody would see it."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("CI skips no test: install what is missing.")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
