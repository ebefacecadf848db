"""Migrations, on both databases and with rows in the tables."""

from threading import Thread

import psycopg
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Column, String, func, select

from service.bootstrap import Service
from service.store import schema
from service.store.tables import Table
from tests.parts.postgres import url_of
from tests.parts.river import TUESDAY, Parts, confirmed


def _counts(service: Service) -> dict[str, int]:
    with service.read() as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Table.metadata.sorted_tables
        }


def test_models_and_migrations_agree(database_url: str) -> None:
    assert schema.drift(database_url) == []


def test_the_newest_revision_is_reached_and_reaching_it_twice_changes_nothing(service: Service, parts: Parts) -> None:
    confirmed(service, now=TUESDAY)
    before = _counts(service)
    schema.upgrade(parts.database_url)
    assert schema.present(parts.database_url) == schema.newest()
    assert _counts(service) == before


def test_every_migration_can_be_undone_and_done_again(database_url: str) -> None:
    schema.downgrade(database_url, "base")
    assert schema.present(database_url) is None
    schema.upgrade(database_url)
    assert schema.drift(database_url) == []


def test_going_back_one_revision_and_forth_again_keeps_every_row(service: Service, parts: Parts) -> None:
    confirmed(service, now=TUESDAY)
    before = _counts(service)
    service.database.close()
    schema.downgrade(parts.database_url, "0001")
    schema.upgrade(parts.database_url)
    assert _counts(service) == before
    assert schema.drift(parts.database_url) == []


def test_rebuilding_a_table_keeps_the_rows_that_point_at_it(service: Service, parts: Parts) -> None:
    """On SQLite a rebuild with foreign keys on can empty the table that points at it."""
    confirmed(service, now=TUESDAY)
    before = _counts(service)
    service.database.close()
    with schema._connection(parts.database_url) as connection:
        operations = Operations(MigrationContext.configure(connection))
        sqlite = connection.dialect.name == "sqlite"
        with operations.batch_alter_table("subscribers", recreate="always" if sqlite else "auto") as batch:
            batch.add_column(Column("colour", String(10), nullable=True))
    assert _counts(service) == before
    assert before["messages"] == 2
    assert before["consents"] == before["subscribers"] == before["enrolments"] == 1


def test_two_releases_at_once_do_not_disturb_each_other(postgres_server: str) -> None:
    """The second one waits for the first."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE two_releases")
    url = url_of(postgres_server, "two_releases")
    releases = [Thread(target=schema.upgrade, args=(url,)) for _ in range(2)]
    for release in releases:
        release.start()
    for release in releases:
        release.join(60)
    assert schema.present(url) == schema.newest()
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("DROP DATABASE two_releases WITH (FORCE)")
