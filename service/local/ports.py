"""Finds a port of this computer to listen on; refuses to fail because the wished one is taken."""

import contextlib
import socket
from collections.abc import Iterator

from service.local.processes import DemoError

HOST = "127.0.0.1"
_NEIGHBOURS = 20


def free_port(preferred: int) -> tuple[int, bool]:
    """A port that is free now, the wished one if possible, and whether the wished one was taken."""
    if _is_free(preferred):
        return preferred, False
    for port in range(preferred + 1, min(preferred + _NEIGHBOURS, 65536)):
        if _is_free(port):
            return port, True
    return unused_ports(1)[0], True


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


@contextlib.contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """A socket to hand to a program. While one program gives way to the next, whoever calls waits and is not turned away."""
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
            door.listen()
        except OSError as error:
            raise DemoError(f"Port {port} was taken by another program just now ({error}). Please start again.") from error
        yield door


def accepts(port: int) -> bool:
    """Whether something listens on the port."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


def _is_free(port: int) -> bool:
    # Binding alone is not enough: some systems let a second program bind beside one that listens on every address.
    return _can_bind(port) and not accepts(port)


def _can_bind(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError, OverflowError):
            probe.bind((HOST, port))
            return True
    return False
