"""Finds a port of this computer to listen on; refuses to fail because the wished one is taken."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from service.local.processes import DemoError

HOST = "127.0.0.1"
_NEIGHBOURS = 20


@dataclass(frozen=True, slots=True)
class Door:
    """An open socket to hand to a program, its port, and whether the wished port was taken.

    While one program gives way to the next, whoever calls waits and is not turned away.
    """

    socket: socket.socket
    port: int
    elsewhere: bool

    @property
    def number(self) -> int:
        """What a program gets the socket by."""
        return self.socket.fileno()


@contextlib.contextmanager
def open_door(preferred: int) -> Iterator[Door]:
    """Listens on the wished port if that is free, else on one near it, else on any. What is open nobody else can take."""
    near = range(preferred, min(preferred + _NEIGHBOURS, 65536))
    for port in (*near, 0):
        door = _listening(port)
        if door is not None:
            with door:
                taken = int(door.getsockname()[1])
                yield Door(door, taken, taken != preferred)
                return
    raise DemoError("No port of this computer is free.")


def unused_ports(count: int) -> list[int]:
    """As many different ports, whichever the system gives."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def taken_sentence(what: str, preferred: int, port: int) -> str:
    """Says which port is taken and which one is used instead."""
    return f"Port {preferred} is taken on this computer; {what} uses {port} instead."


def accepts(port: int) -> bool:
    """Whether something listens on the port."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


def _listening(port: int) -> socket.socket | None:
    # Listening alone is not enough: some systems let a second program listen beside one that does so on every address.
    if port and accepts(port):
        return None
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((HOST, port))
        door.listen()
    except (OSError, OverflowError):
        door.close()
        return None
    return door
