"""Brings a database to the newest schema and says how far it is; refuses to do it while somebody else does."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from service.store import account_tables, desk_tables, tables
from service.store.database import parse_url

_MIGRATIONS = Path(__file__).parent / "migrations"
METADATA = tables.Subscriber.metadata
ALL_TABLES = (tables, account_tables, desk_tables)
"""The modules that put their tables on the metadata."""

_ADVISORY_LOCK = 0x4D454E44  # "MEND": two releases may start at once


def upgrade(url: str, revision: str = "head") -> None:
    """Run all migrations up to a revision. Safe to call twice and from two places."""
    with _connection(url) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Go back to a revision. For tests of the migrations; nobody does this to real data without a backup."""
    with _connection(url) as connection:
        command.downgrade(_config(connection), revision)


def present(url: str) -> str | None:
    """The revision the database is at; None if it is empty."""
    with _connection(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The newest revision that this code knows."""
    return ScriptDirectory(str(_MIGRATIONS)).get_current_head()


def drift(url: str) -> list[Any]:
    """What differs between the database and the tables in the code. Empty when they agree."""
    with _connection(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        return list(compare_metadata(context, METADATA))


def add_revision(url: str, message: str, number: str) -> None:
    """Write a new migration from what differs now. For developers: read it before it lands."""
    with _connection(url) as connection:
        command.revision(_config(connection), message=message, autogenerate=True, rev_id=number)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    parsed = parse_url(url)
    engine = create_engine(parsed)
    sqlite = parsed.get_backend_name() == "sqlite"
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF" if sqlite else f"SELECT pg_advisory_lock({_ADVISORY_LOCK})")
            connection.commit()
            yield connection
            connection.commit()
            if sqlite:
                _check_foreign_keys(connection)
    finally:
        engine.dispose()


def _check_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"After the migration {len(broken)} rows point at rows that are gone.")
