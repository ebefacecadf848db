"""Migrations, on both databases and with rows in the tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import psycopg
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import URL, Column, Engine, String, create_engine, func, inspect, make_url, select

from service.bootstrap import Service
from service.store import schema
from service.store.columns import Table
from service.store.database import parse_url
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


def test_a_migrated_database_holds_every_check_key_and_index_of_the_code(database_url: str) -> None:
    """Rebuilding a table on SQLite can forget its checks, the conditions of its indexes, and that ids never come again."""
    with _engine(make_url("sqlite://")) as fresh, _engine(parse_url(database_url)) as migrated:
        Table.metadata.create_all(fresh)
        assert _names(migrated) == _names(fresh)
        if migrated.dialect.name == "sqlite":
            assert _checks(migrated) == _checks(fresh)
            assert _conditions(migrated) == _conditions(fresh)
            assert _without_reuse(migrated) == _without_reuse(fresh) >= {"messages", "subscribers", "consents", "fresh_links"}


@contextmanager
def _engine(url: URL) -> Iterator[Engine]:
    engine = create_engine(url)
    yield engine
    engine.dispose()


def _names(engine: Engine) -> set[tuple[str, str | None]]:
    return {(table, name) for table, name, _ in _checks(engine)}


def _checks(engine: Engine) -> set[tuple[str, str | None, str]]:
    look = inspect(engine)
    return {
        (table, check["name"], " ".join(check["sqltext"].split()))
        for table in Table.metadata.tables
        for check in look.get_check_constraints(table)
    }


def _conditions(engine: Engine) -> set[tuple[str, str, str]]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''")
        return {(table, name, " ".join(sql.split())) for table, name, sql in rows if not table.startswith("alembic")}


def _without_reuse(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'")
        return {name for (name,) in rows}


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
