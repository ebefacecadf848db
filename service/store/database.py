"""The two ways into the database, `reading` and `writing`; refuses to let a reader write.

On SQLite a write begins with BEGIN IMMEDIATE, since its default opens no transaction for a SELECT and loses updates; a read
has `query_only` on. On PostgreSQL a read is a READ ONLY transaction and a write commits durably.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

__all__ = ["Database", "Session", "open_database", "parse_url"]

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000")


def parse_url(url: str) -> URL:
    """A DATABASE_URL as SQLAlchemy wants it: psycopg 3 for PostgreSQL, however the scheme was written.

    Raises ValueError for anything but PostgreSQL and SQLite files.
    """
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in ("sqlite", "sqlite+pysqlite") and parsed.database and parsed.database != ":memory:":
        return parsed
    raise ValueError("DATABASE_URL must be postgresql://... or sqlite:///path/to/file.db")


@dataclass(frozen=True, slots=True)
class Database:
    """Both engines of one database. Make it before forking, connect after."""

    reader: Engine
    writer: Engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that the database itself keeps from writing."""
        with Session(self.reader, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose work is committed at the end, or not at all."""
        with Session(self.writer, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Give back all connections."""
        self.reader.dispose()
        self.writer.dispose()


def open_database(url: str) -> Database:
    """Open both ways into a database. Nothing is connected yet."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Database(_sqlite(parsed, readonly=True), _sqlite(parsed, readonly=False))
    return Database(_postgresql(parsed, readonly=True), _postgresql(parsed, readonly=False))


def _postgresql(url: URL, *, readonly: bool) -> Engine:
    options = "-c default_transaction_read_only=on" if readonly else "-c synchronous_commit=on"
    given = url.query.get("options")
    joined = f"{given} {options}" if isinstance(given, str) else options
    return create_engine(url, pool_pre_ping=True, connect_args={"options": joined})


def _sqlite(url: URL, *, readonly: bool) -> Engine:
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:  # noqa: ANN401  SQLAlchemy's signature
        connection.isolation_level = None  # SQLAlchemy's begin event below says which BEGIN
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if readonly:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine
